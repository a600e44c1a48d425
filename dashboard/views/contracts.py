"""Contracts: what they cost, which need a decision and by when, who is paid, what is paid twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, further, layout, renewals, scope, store
from dashboard import format as fmt
from dashboard.components import Cell, Column, Row, more_link, responsive_table
from pipelines.calendar import add_months, month_end
from pipelines.metrics.ask import Answer

NEEDS = ("spend",)
LARGEST = 8
REST, TOTAL = "~rest", "~total"  # rows that are no supplier

Off = Mapping[tuple[str | None, str], float | None]  # by supplier and currency
YEAR = 12  # months in which two alike invoices are looked for


def page() -> None:
    """Draw the page."""
    chosen = scope.choose(NEEDS)
    day = _register_day(chosen)
    register = store.listed("notices", day, where=chosen.where, within=renewals.FAR)
    if not chosen.known:
        _without_invoices(chosen, register, day)
        return
    mapped = _is_mapped(chosen)
    _headline(chosen, _ask("contract_cost" if mapped else "spend", chosen), mapped)
    renewals.notices(register, day)
    left, right = st.columns(2, gap="medium")
    with left:
        blocks.money_trend("contract_cost" if mapped else "spend", chosen, "trend")
    with right:
        _ranked("account_title", "expense type", chosen)
    left, right = st.columns(2, gap="medium")
    with left:
        _ranked("supplier", "supplier", chosen)
    running = store.listed("ceilings", day, where=chosen.where)
    with right:
        renewals.ceilings(running, day)
        if running.is_empty():
            _paid_twice(chosen)
    left, right = st.columns(2, gap="medium")
    with left:
        if store.months(("contracts",))[0]:
            renewals.rises(store.listed("price rises", day, where=chosen.where))
    with right:
        if not running.is_empty():
            _paid_twice(chosen)
        renewals.open_orders(store.listed("orders not invoiced", day, where=chosen.where))
    further.payers(chosen)


def _register_day(chosen: scope.Scope) -> date:
    """The day from which notice dates are counted: the scope's last, or that of all data.

    A register stands until the next one comes: old invoices don't make its dates old.
    """
    newest = store.months()[1]
    latest = chosen.month == store.months(NEEDS)[1]
    return store.day_of(newest if newest and (latest or not chosen.known) else chosen.month)


def _is_mapped(chosen: scope.Scope) -> bool:
    """Whether any account is known to be for contracts: a cost of 0 would else be no cost."""
    subjects = store.ask("spend", blocks.history(chosen), by=("subject",)).frame["subject"]
    return "contracts" in subjects.to_list()


def _ask(metric: str, chosen: scope.Scope, **more: Any) -> Answer:
    return store.ask(metric, chosen.period, where=chosen.where, compare=(chosen.compare,), **more)


def _without_invoices(chosen: scope.Scope, register: pl.DataFrame, day: date) -> None:
    """No invoices at all: the register alone, or what would fill the page."""
    if store.months(("contracts",))[0]:
        layout.page_title(
            renewals.due_soon(register, day), f"What they cost: {blocks.wanting(('spend',))}"
        )
        renewals.notices(register, day)
    else:
        layout.page_title(
            "No contracts or invoices yet", f"Here {blocks.wanting(('spend', 'contracts'))}"
        )


def _headline(chosen: scope.Scope, answer: Answer, mapped: bool) -> None:
    when = blocks.when(chosen)
    rows = answer.frame.drop_nulls("value").to_dicts()
    if not rows:
        layout.page_title(f"No invoices are known for {when}", answer.reason or "")
    elif mapped:
        layout.page_title(f"Contracts cost {_said(rows, chosen, when)}", _explained(chosen))
    else:
        layout.page_title(
            f"Invoices came to {_said(rows, chosen, when)}",
            "None of their accounts is mapped to a subject yet, so these are all invoices, "
            "whatever they were for.",
        )
    blocks.state(answer, where=chosen.where)
    if not mapped and rows:
        more_link("See which accounts to map", scope.to_page("data"), key="unmapped")


def _said(rows: Sequence[Mapping[str, Any]], chosen: scope.Scope, when: str) -> str:
    """ "$1.10m in October 2026, $1k over budget"; with several currencies an amount each."""
    gaps = _gaps(chosen) if chosen.compare == "budget" else {}
    said = []
    for row in rows:
        currency, before = row["currency"], row.get(chosen.compare)
        apart = gaps.get(currency)
        if chosen.compare != "budget" and before is not None:
            apart = row["value"] - before
        words = "" if apart is None else f", {blocks.difference(apart, currency, chosen)}"
        said.append((fmt.money(row["value"], currency), words))
    if len(said) == 1:
        return f"{said[0][0]} in {when}{said[0][1]}"
    return f"{fmt.names([f'{amount}{words}' for amount, words in said])} in {when}"


def _gaps(chosen: scope.Scope) -> dict[str, Any]:
    """What contracts cost over their budget, where a site's month has both, by currency."""
    where = {**chosen.where, "subject": ["contracts"]}
    frame = store.ask("budget_variance", chosen.period, where=where).frame.drop_nulls("value")
    return dict(frame.select("currency", "value").iter_rows())


def _explained(chosen: scope.Scope) -> str:
    """How much of the spend names no contract, and what nobody has mapped to a subject."""
    off = store.ask("off_contract_share", chosen.period, where=chosen.where).frame
    off = off.drop_nulls("value")
    parts = []
    shares = [
        fmt.percent(share) if off.height == 1 else f"{fmt.percent(share)} in {currency}"
        for share, currency in off.select("value", "currency").iter_rows()
    ]
    if shares:
        parts.append(
            f"{fmt.names(shares)} of what was spent on services, rent and repairs names no "
            "contract of the register."
        )
    unmapped = _ask("spend", chosen, by=("subject",)).frame.filter(pl.col("subject") == "unmapped")
    if unmapped.height:
        amounts = fmt.names(renewals.sums(unmapped, "value"))
        parts.append(f"Invoices of {amounts} are on accounts that nobody has mapped.")
    return " ".join(parts)


def _ranked(dimension: str, noun: str, chosen: scope.Scope) -> None:
    """All invoices by supplier or by expense type, largest first, a currency at a time."""
    frame = store.ask("spend", chosen.period, by=(dimension,), where=chosen.where).frame
    frame = frame.drop_nulls("value").sort("value", descending=True)
    if frame.is_empty():
        layout.empty(f"No invoices by {noun} in {chosen.period.name()}.")
        return
    parts = [part for _, part in frame.group_by("currency", maintain_order=True)]
    parts.sort(key=lambda part: -part.height)
    layout.block(
        _ranked_finding(parts[0], dimension, noun),
        f"All invoices by {noun}, credits taken off, {chosen.period.name()}.",
    )
    off = _off_contract(chosen) if dimension == "supplier" else None
    columns = [
        Column(noun.capitalize()),
        Column("Spend", align="right", phone="value"),
        Column("Share", phone="second"),
    ]
    if off is not None:
        columns.append(Column("Off contract", align="right", phone="second"))
    rows = [row for part in parts for row in _ranked_rows(part, dimension, off)]
    responsive_table(columns, rows, key=f"by-{dimension}", label=f"Spend by {noun}")
    if off is not None:
        layout.note(
            "Off contract: the part of a supplier's services, rent and repairs that names no "
            "contract. Staffing and supplies are not bought that way here (–)."
        )


def _ranked_finding(part: pl.DataFrame, dimension: str, noun: str) -> str:
    total, first = part["value"].sum(), part.head(3)
    if part.height < 4 or not total or total <= 0:
        return f"Spend by {noun}"
    share = fmt.percent(float(first["value"].sum() / total), decimals=0)
    return f"{fmt.names([_named(name) for name in first[dimension]])} are {share} of spend"


def _named(name: str | None) -> str:
    return name or "Not stated"


def _off_contract(chosen: scope.Scope) -> Off | None:
    """The share of each supplier that names no contract, and under `TOTAL` that of all."""
    by = store.ask("off_contract_share", chosen.period, by=("supplier",), where=chosen.where)
    whole = store.ask("off_contract_share", chosen.period, where=chosen.where)
    found = by.frame.drop_nulls("value")
    if found.is_empty():
        return None
    rows = [*found.iter_rows(named=True), *whole.frame.iter_rows(named=True)]
    return {(row.get("supplier", TOTAL), row["currency"]): row["value"] for row in rows}


def _ranked_rows(
    part: pl.DataFrame,
    dimension: str,
    off: Off | None,
) -> list[Row]:
    """The largest, the rest in one row, and the total, in one currency."""
    currency, total = str(part["currency"][0]), part["value"].sum()
    shown = part.head(LARGEST)
    largest = shown["value"][0]

    def row(name: str, amount: Any, of: str | None = REST) -> Row:
        share = float(amount / total) if total > 0 else None
        bar = float(amount / largest) if of not in (REST, TOTAL) and largest > 0 else None
        cells: list[Cell | str] = [name, fmt.money(amount, currency)]
        cells.append(Cell(fmt.percent(share), bar=bar))
        if off is not None:
            cells.append("" if of == REST else fmt.percent(off.get((of, currency))))
        return Row(cells, total=of == TOTAL)

    rows = [row(_named(r[dimension]), r["value"], r[dimension]) for r in shown.to_dicts()]
    if part.height > LARGEST:
        others = fmt.counted(part.height - LARGEST, "other")
        rows.append(row(others, total - shown["value"].sum()))
    return [*rows, row(f"All invoices in {currency}", total, TOTAL)]


def _paid_twice(chosen: scope.Scope) -> None:
    last = month_end(chosen.month)
    first = add_months(chosen.month.replace(day=1), 1 - YEAR)
    found = store.listed("paid twice", first, last, where=chosen.where)
    when = f"the twelve months to {fmt.month(chosen.month)}"
    if found.is_empty():
        layout.block("No invoice looks paid twice")
        layout.empty(
            f"In {when} no two invoices of a supplier have the same amount and nearly the same "
            "number within 45 days."
        )
        return
    amounts = fmt.names(renewals.sums(found, "amount", exact=True))
    verb = "looks" if found.height == 1 else "look"
    layout.block(
        f"{fmt.counted(found.height, 'invoice')} {verb} paid twice, {amounts} to recover",
        f"Same supplier, same amount, nearly the same number within 45 days, in {when}. "
        "Ask the supplier before the money is claimed back.",
    )
    _evidence(found)


def _evidence(found: pl.DataFrame) -> None:
    """Both invoices of each pair, with their dates."""
    columns = [
        Column("Supplier"),
        Column("Amount", align="right", phone="value"),
        Column("First invoice", phone="own"),
        Column("Second invoice", phone="own"),
        Column("Site", phone="second", quiet=True),
    ]
    rows = [
        Row(
            [
                _named(each["supplier"]),
                fmt.money_exact(each["amount"], each["currency"]),
                Cell(each["document"], second=fmt.day(each["date"])),
                Cell(each["other_document"], second=fmt.day(each["other_date"])),
                Cell(each["site_name"], link=scope.to_site(each["site"])),
            ]
        )
        for each in found.iter_rows(named=True)
    ]
    responsive_table(columns, rows, key="paid-twice", label="Invoices that look paid twice")
