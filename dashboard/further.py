"""Measures that have no page of their own: payers, equipment, complaints, each where it belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import blocks, layout, store
from dashboard.asking import to_number
from dashboard.components import Cell, Column, Row, responsive_table
from dashboard.scope import Scope, to_page
from dashboard.units import written
from pipelines.metrics import find

PAYERS = (
    "payer_paid",
    "payer_yield",
    "paid_of_allowed",
    "claim_denial_rate",
    "receivables_over_90",
    "capitation_pmpm",
)
EQUIPMENT = (
    "equipment_value",
    "equipment_past_life",
    "equipment_past_life_share",
    "warranties_ending",
)
COMPLAINTS = (
    "complaints",
    "complaints_per_1000_visits",
    "complaints_on_time",
    "record_requests",
    "record_requests_on_time",
)


def payers(chosen: Scope) -> None:
    """What payers pay of what they owe, and what they refuse."""
    _draw("What payers pay", PAYERS, "payer", chosen, chosen.where)


def equipment(chosen: Scope) -> None:
    """What the equipment is worth, and how much of it is older than it should be."""
    _draw("Equipment", EQUIPMENT, "site", chosen, chosen.where)


def complaints(
    chosen: Scope, where: Mapping[str, Sequence[str]] | None = None, *, folded: bool = False
) -> None:
    """How many complaints and requests for records came, and whether they were answered on time.

    `folded` it takes a line until it is opened: a site's page fits two sheets of paper.
    """
    title = "Complaints and records"
    _draw(title, COMPLAINTS, "site", chosen, where or chosen.where, folded=folded)


def _draw(
    title: str,
    names: Sequence[str],
    rows: str,
    chosen: Scope,
    where: Mapping[str, Sequence[str]],
    *,
    folded: bool = False,
) -> None:
    """A measure a row, with the year before; its name leads to Explore by `rows`.

    Nothing where no export has brought any of them.
    """
    made = []
    for metric in map(find, names):
        if not store.months(metric.needs)[0]:
            continue
        answer = store.ask(metric.name, chosen.period, where=where, compare=("year",))
        for row in answer.frame.drop_nulls("value").iter_rows(named=True):
            currency = row.get("currency")
            leads = to_page("explore", metric=metric.name, rows=rows, cols="none", against="year",
                            last=str(chosen.period.months()))  # fmt: skip
            value = Cell(
                written(metric, row["value"], currency),
                link=to_number(metric, chosen, where),
            )
            name = Cell(metric.title, second=blocks.per(metric))
            made.append(Row([name, value, written(metric, row["year"], currency)], link=leads))
    if not made:
        return
    told = f"{chosen.period.name()}; each name leads to its parts by {rows}."
    if not folded:
        layout.section(title, told)
    columns = [
        Column("Measure"),
        Column("Now", align="right", phone="value"),
        Column("Year before", align="right", phone="second"),
    ]
    with st.expander(title) if folded else st.columns(2, gap="medium")[0]:
        if folded:
            layout.note(told)
        responsive_table(columns, made, key=f"further-{rows}-{names[0]}", label=title)
