"""Payroll and bills against the general ledger: what agrees, and where the two part."""

from __future__ import annotations

from typing import Any

from dashboard import asking, blocks, layout, scope, store, store_data
from dashboard import format as fmt
from dashboard.components import Cell, Column, Row, responsive_table
from pipelines.analysis.books import Books

MONTHS = 12
SHOWN = 25


def section(chosen: scope.Scope) -> None:
    """The last twelve months of the page's sites."""
    span = blocks.history(chosen, MONTHS)
    found = store_data.books(span, where=chosen.where)
    if found.rows.is_empty():
        layout.section("General ledger")
        layout.empty(
            "No general ledger of these months is here to hold pay and bills against. Load a trial "
            "balance, account transactions, or the plain layout of the ledger."
        )
        return
    layout.section(_finding(found), f"By site, month and account, {span.name()}.")
    _accounts(found, chosen)
    if found.off.height:
        _differences(found)
    _apart(found)


def _finding(found: Books) -> str:
    compared, off = found.compared, found.off.height
    if compared.is_empty():
        return "Nothing can be held against the ledger yet"
    if not off:
        return f"All {fmt.count(compared.height)} sums agree with the general ledger"
    verb = "differs" if off == 1 else "differ"
    return f"{fmt.counted(off, 'sum')} of {fmt.count(compared.height)} {verb} from the ledger"


def _accounts(found: Books, chosen: scope.Scope) -> None:
    rows = [
        Row(
            [
                Cell(row["title"], second=row["account"] or ""),
                fmt.money(row["ledger"], row["currency"]),
                fmt.money(row["ours"], row["currency"]),
                _difference(row),
                f"{fmt.count(row['tie'])} of {fmt.count(row['months'])}",
            ],
            link=asking.to_number(
                "ledger",
                chosen,
                {**chosen.where, "account": [row["account"]]},
                period=blocks.history(chosen, MONTHS),
            )
            if row["account"]
            else None,
        )
        for row in found.accounts.iter_rows(named=True)
    ]
    columns = [
        Column("Account"),
        Column("Ledger", align="right", phone="second"),
        Column("Pay and bills", align="right", phone="second"),
        Column("Apart", align="right", phone="value"),
        Column("Months that agree", align="right", phone="second"),
    ]
    responsive_table(columns, rows, key="books", label="Accounts against the general ledger")


def _differences(found: Books) -> None:
    layout.section("Where they part", "By site, month and account, the furthest apart first.")
    names = {code: site.name for code, site in store.sites().items()}
    rows = [
        Row(
            [
                Cell(names.get(row["site"], row["site"]), second=fmt.month(row["month"])),
                row["title"],
                fmt.money_exact(row["ledger"], row["currency"]),
                fmt.money_exact(row["ours"], row["currency"]),
                _difference(row),
            ],
            link=scope.to_site(row["site"]),
        )
        for row in found.off.head(SHOWN).iter_rows(named=True)
    ]
    columns = [
        Column("Site and month"),
        Column("Account", phone="second", quiet=True),
        Column("Ledger", align="right", phone="second"),
        Column("Pay and bills", align="right", phone="second"),
        Column("Apart", align="right", phone="value"),
    ]
    responsive_table(columns, rows, key="books-off", label="Sums that differ, furthest first")
    more = found.off.height - SHOWN
    rest = f" {fmt.counted(more, 'more')}: rounds reconcile --rows lists all." if more > 0 else ""
    layout.note(
        "Pay stands in the months of the days worked: a ledger that books it on pay dates differs "
        f"at the ends of months, and evens out over a year.{rest}"
    )


def _apart(found: Books) -> None:
    said = [
        f"{fmt.counted(count, 'sum')} can't be compared: {reason[0].lower()}{reason[1:]}."
        for reason, count in found.rows.drop_nulls("reason")["reason"]
        .value_counts(sort=True)
        .iter_rows()
    ]
    if found.others.height:
        said.append(
            f"Nothing here speaks of {fmt.counted(found.others['account'].n_unique(), 'account')} "
            f"of the ledger: {fmt.names(found.others['title'].unique().sort().to_list(), limit=4)}."
        )
    if said:
        layout.note(" ".join(said))


def _difference(row: dict[str, Any]) -> Cell:
    """A difference in full, as an auditor wants it; rounding is none."""
    if abs(row["apart"]) < 1:
        return Cell("–")
    return Cell(fmt.money_exact(row["apart"], row["currency"], signed=True), tone="concern")
