"""The contracts register in words and tables: notice dates, locked renewals, ceilings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from textwrap import shorten
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, layout, scope, store
from dashboard import format as fmt
from dashboard.components import Cell, Column, Link, Row, responsive_table
from pipelines.wording import rises as wording

SOON, NEAR, FAR = 30, 90, 365  # days to a notice date: orange, listed, on request
TITLE = 70  # characters of a contract's title; some registers state half a page
NEAREST = 8
MOST = 100  # contracts of a list: those that come soonest
PAYER = "payer"  # contracts that bring money in: never in one sum with what others cost

Contract = Mapping[str, Any]


def sums(frame: pl.DataFrame, column: str, *, exact: bool = False) -> list[str]:
    """The sum of a money column, a currency each: never across two."""
    parts = frame.drop_nulls(column).group_by("currency", maintain_order=True)
    write = fmt.money_exact if exact else fmt.money
    return [
        write(amount, currency) for currency, amount in parts.agg(pl.col(column).sum()).iter_rows()
    ]


def due_soon(register: pl.DataFrame, day: date) -> str:
    """How many notices are due soon, and what the contracts are worth a year."""
    due = register.filter(~pl.col("locked"), pl.col("days") <= NEAR)
    ends = _only_ends(register)
    if due.is_empty():
        verb = "ends" if ends else "needs notice"
        after = fmt.day_in_sentence(day, year=True)
        return f"No contract {verb} in the {fmt.days(NEAR)} after {after}"
    one, many = ("ends", "end") if ends else ("needs notice", "need notice")
    verb = one if due.height == 1 else many
    said = f"{fmt.counted(due.height, 'contract')} {verb} within {fmt.days(NEAR)}"
    worth = fmt.names(sums(due.filter(pl.col("kind") != PAYER), "annual_value"))
    return f"{said}, {worth} a year" if worth else said


def _only_ends(register: pl.DataFrame) -> bool:
    """Whether the register states no notice period at all."""
    return register.height > 0 and bool((register["notice_date"] == register["end"]).all())


def notices(register: pl.DataFrame, day: date) -> None:
    """Contracts by notice date, soonest first, and those that can't be stopped any more.

    `register` is the list "notices" of the store, `day` the day from which it counts.
    """
    if not store.months(("contracts",))[0]:
        layout.section("Contracts by notice date")
        layout.empty(f"Here {blocks.wanting(('contracts',))}")
        return
    layout.section(due_soon(register, day), _counting(register, day))
    free = register.filter(~pl.col("locked"))
    near, later = free.filter(pl.col("days") <= NEAR), free.filter(pl.col("days") > NEAR)
    if near.height:
        _table(near, "notices", "Contracts by notice date")
    if later.height:
        due = "ending" if _only_ends(register) else "with a notice date"
        label = f"Show {fmt.count(later.height)} more {due} within a year"
        with st.expander(label, on_change="rerun", key="later") as more:
            if more.open:
                _table(later, "notices-later", "Contracts with a later notice date")
    locked = register.filter(pl.col("locked"))
    if locked.height:
        _locked(locked)


def _counting(register: pl.DataFrame, day: date) -> str:
    counted = f"Days are counted from {fmt.day_in_sentence(day, year=True)}."
    if _only_ends(register):
        return f"{counted} The register states no notice periods: the last day of the term stands."
    return f"{counted} The date that matters is the last day for notice, not the end."


def _table(rows: pl.DataFrame, key: str, label: str) -> None:
    """The contracts' rows; what no contract of them states has no column."""
    valued = rows["annual_value"].count() > 0
    rising = any(
        rows[name].count() > 0 for name in ("escalator", "escalator_index", "escalator_steps")
    )
    columns = [
        Column("Contract"),
        *([Column("A year", align="right", phone="value")] if valued else []),
        Column("Ends" if _only_ends(rows) else "Notice by", phone="second"),
        Column("Time left", phone="second" if valued else "value", quiet=True),
        Column("Site", phone="second", quiet=True),
        *([Column("Price rise", align="right", phone="second")] if rising else []),
        Column("If nothing is done", phone="own", quiet=True),
    ]
    links = scope.to_sites()
    made = [_notice_cells(r, valued, rising, links) for r in rows.head(MOST).iter_rows(named=True)]
    responsive_table(columns, [Row(cells) for cells in made], key=key, label=label)
    _left_out(rows.height)


def _left_out(whole: int) -> None:
    """That a list goes on, and how to see the rest."""
    if whole > MOST:
        layout.note(f"The first {MOST} of {fmt.count(whole)}: {scope.NARROWER}.")


def _notice_cells(
    row: Contract, valued: bool, rising: bool, links: Mapping[str, Link]
) -> list[Cell | str]:
    soon = row["days"] < SOON
    left = Cell(
        fmt.days_left(row["days"]),
        tone="concern" if soon else "plain",
        bar=row["days"] / NEAR if row["days"] <= NEAR else None,
    )
    return [
        _contract(row),
        *([fmt.money(row["annual_value"], row["currency"])] if valued else []),
        Cell(fmt.day(row["notice_date"]), second=_sending(row)),
        left,
        Cell(row["site_name"], link=links.get(row["site"])),
        *([wording.terms(row)] if rising else []),
        _otherwise(row),
    ]


def _sending(row: Contract) -> str:
    """The last working day for a notice that is due on a day off."""
    if row["send_by"] == row["notice_date"] or row["end"] == row["notice_date"]:
        return ""
    return f"send by {fmt.day(row['send_by'])}"


def _contract(row: Contract) -> Cell:
    """A contract's title, with vendor and number below."""
    title = shorten(row["title"] or row["contract"], TITLE, placeholder="…")
    income = "brings money in" if row.get("kind") == PAYER else None
    known = [row["vendor"], row["contract"] if row["title"] else None, income]
    return Cell(title, second=" · ".join(filter(None, known)))


def _otherwise(row: Contract) -> str:
    """What becomes of the contract when nobody gives notice."""
    if row["auto_renew"] is None:
        ends = "" if row["end"] == row["notice_date"] else f"ends {fmt.day(row['end'])}; "
        return f"{ends}renewal not stated"
    if not row["auto_renew"]:
        return f"lapses {fmt.day(row['end'])}"
    again = "renews again" if row["renewed"] else "renews"
    if row["next_end"] is None:
        return f"{again}, for how long is not stated"
    return f"{again} until {fmt.day(row['next_end'])}"


def _locked(rows: pl.DataFrame) -> None:
    """Contracts that renew by themselves and whose notice date has passed."""
    worth = fmt.names(sums(rows.filter(pl.col("kind") != PAYER), "annual_value"))
    layout.block(
        f"{fmt.counted(rows.height, 'renewal')} can no longer be stopped"
        f"{f', {worth} a year' if worth else ''}",
        "Notice was not given in time; the next chance is before the end of the next term.",
    )
    columns = [
        Column("Contract"),
        Column("A year", align="right", phone="value"),
        Column("Notice was due", phone="second"),
        Column("Renews", phone="second"),
        Column("Locked until", phone="second"),
        Column("Site", phone="second", quiet=True),
        Column("Price rise", align="right", phone="second"),
    ]
    links = scope.to_sites()
    made = [
        Row(
            [
                _contract(row),
                fmt.money(row["annual_value"], row["currency"]),
                fmt.day(row["notice_date"]),
                fmt.day(row["end"]),
                fmt.day(row["next_end"]),
                Cell(row["site_name"], link=links.get(row["site"])),
                wording.terms(row),
            ]
        )
        for row in rows.head(MOST).iter_rows(named=True)
    ]
    responsive_table(columns, made, key="locked", label="Renewals that can no longer be stopped")
    _left_out(rows.height)


def ceilings(running: pl.DataFrame, day: date) -> None:
    """Spend against ceiling beside the share of the term that has passed.

    `running` is the list "ceilings" of the store, counted to `day`.
    """
    judged = running.drop_nulls("share")
    if judged.is_empty():
        layout.block("Spend against ceilings")
        layout.empty(_not_judged(running))
        return
    reached = judged.filter(pl.col("reached").is_not_null() | (pl.col("share") >= 1))
    layout.block(
        _ceiling_finding(judged, reached),
        f"Spent since the term began, to {fmt.day(day)}; what reaches its ceiling, then what is "
        "furthest ahead of its term.",
    )
    columns = [
        Column("Contract"),
        Column("Ceiling", align="right", phone="second"),
        Column("Spent", phone="second"),
        Column("Term passed", align="right", phone="second"),
        Column("Reaches it", phone="value", width="8.5rem"),
    ]
    past = pl.col("reached").is_not_null() | (pl.col("share") >= 1)
    judged = judged.sort(past, descending=True, maintain_order=True)
    listed = max(NEAREST, reached.height)
    shown = judged.head(min(listed, MOST))
    made = [Row(_ceiling_cells(row)) for row in shown.iter_rows(named=True)]
    responsive_table(columns, made, key="ceilings", label="Spend against ceilings")
    _left_out(listed)
    if not shown["whole"].all():
        since = fmt.month_in_sentence(shown["since"][0], year=True)
        layout.note(
            f"Estimate: the term began before the first invoices here, of {since}; the time "
            "before is taken to have cost what the time since has."
        )


def _ceiling_cells(row: Contract) -> list[Cell | str]:
    ahead = row["reached"] is not None or row["share"] >= 1
    spent = Cell(
        fmt.percent(row["share"]),
        tone="concern" if ahead else "plain",
        second="" if row["whole"] else "estimate",
        bar=row["share"],
    )
    return [
        _contract(row),
        fmt.money(row["ceiling"], row["currency"]),
        spent,
        fmt.percent(row["term"]),
        Cell(_reaches(row), tone="plain" if ahead else "muted", second=_reach_range(row)),
    ]


def _reaches(row: Contract) -> str:
    if row["share"] >= 1:
        return "passed"
    return fmt.day(row["reached"]) if row["reached"] else "not in its term"


def _reach_range(row: Contract) -> str:
    """The days between which it is reached in four of five cases; "" where none is known."""
    if row["share"] >= 1 or row["early"] is None:
        return ""
    if row["late"] is None:
        return f"from {fmt.day(row['early'])}"
    return fmt.day_range(row["early"], row["late"]) if row["early"] < row["late"] else ""


def _ceiling_finding(judged: pl.DataFrame, reached: pl.DataFrame) -> str:
    if reached.is_empty():
        return f"None of {fmt.counted(judged.height, 'contract')} is on its way past its ceiling"
    if reached.height > 1:
        of_all = f"{fmt.count(reached.height)} of {fmt.counted(judged.height, 'contract')}"
        return f"{of_all} pass their ceiling before they end"
    row = reached.row(0, named=True)
    title = shorten(row["title"] or row["contract"], TITLE, placeholder="…")
    if row["share"] >= 1:
        return f"{title} has passed its ceiling"
    when = fmt.day_in_sentence(row["reached"], year=True)
    return f"{title} reaches its ceiling on {when} at the pace so far"


def _not_judged(running: pl.DataFrame) -> str:
    if running.is_empty():
        return "No running contract of the register states a ceiling."
    if running["since"][0] is None:
        return f"{fmt.counted(running.height, 'contract')} with a ceiling; no invoice names any."
    return "Invoices that name a contract don't reach back far enough to judge a pace."


def rises(found: pl.DataFrame) -> None:
    """What yearly price rises cost in this fiscal year and the next ones, and by whom most.

    `found` is the list "price rises" of the store.
    """
    if found.is_empty():
        layout.block("What price rises cost")
        layout.empty("No running contract of the register states a value and how its price rises.")
        return
    years = found["fiscal_year"].unique().sort().to_list()
    following = found.filter(pl.col("fiscal_year") == years[min(1, len(years) - 1)])
    layout.block(
        wording.finding(following),
        "By fiscal year, from today's prices; a yearly rate or an index raises them on the "
        "anniversary of a contract's start, and rises rise on rises. An index that is not known "
        "yet is not guessed: its floor and cap are told.",
    )
    columns = [
        Column("Contract"),
        Column("Rise", align="right", phone="second"),
        *(
            Column(str(year), align="right", phone="value" if at == 1 else "second")
            for at, year in enumerate(years)
        ),
    ]
    made = [
        Row([
            _contract(rows[0]), wording.terms(rows[0]),
            *(wording.cost(row["low"], row["high"], row["currency"]) for row in rows),
        ])
        for rows in wording.by_contract(found)[:NEAREST]
    ]  # fmt: skip
    for (currency,), part in found.group_by("currency", maintain_order=True):
        of_all = [
            wording.total(part.filter(pl.col("fiscal_year") == year), str(currency))
            for year in years
        ]
        made.append(Row([f"All contracts in {currency}", "", *of_all], total=True))
    responsive_table(columns, made, key="rises", label="Price rises by fiscal year")


def open_orders(found: pl.DataFrame) -> None:
    """What was ordered and not invoiced, by account and the largest suppliers.

    `found` is the list "orders not invoiced" of the store.
    """
    if found.is_empty():
        return
    layout.block(
        f"{fmt.names(sums(found, 'amount'))} is ordered and not invoiced",
        "By the account that a supplier's invoices are mostly on; largest first.",
    )
    by = found.group_by("account", "currency").agg(
        pl.col("amount").sum(), pl.col("lines").sum(), pl.col("site").n_unique().alias("sites"),
        pl.col("oldest").min(),
    ).sort("amount", descending=True)  # fmt: skip
    columns = [
        Column("Account"),
        Column("Not invoiced", align="right", phone="value"),
        Column("Order lines", align="right", phone="second"),
        Column("Sites", align="right", phone="second"),
        Column("Oldest order", align="right", phone="second"),
    ]
    made = [
        Row(
            [
                row["account"] or "Not known yet",
                fmt.money(row["amount"], row["currency"]),
                fmt.count(row["lines"]),
                fmt.count(row["sites"]),
                fmt.day(row["oldest"]),
            ]
        )
        for row in by.head(NEAREST).iter_rows(named=True)
    ]
    responsive_table(columns, made, key="open-orders", label="Orders that are not invoiced")
