"""Totals that do not tie, figures that changed, and the way of one record."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store_data
from dashboard.components import Column, Row, responsive_table
from pipelines.errors import RoundsError

SHOWN = 25


def totals() -> None:
    """Totals that a file states and its records do not give."""
    layout.section("Totals that do not tie", "What a file states, and what its records add up to.")
    off = store_data.table("totals")
    if off.is_empty():
        layout.empty("Every total that a file states is the sum of its records.")
        return
    rows = [
        Row([r["path"], f"{r['column']}, record {r['record']}",
             *(_number(r[k]) for k in ("stated", "summed", "difference"))])
        for r in off.head(SHOWN).iter_rows(named=True)
    ]  # fmt: skip
    columns = [Column("File"), Column("Total", phone="second", quiet=True),
               Column("Stated", align="right", phone="second"),
               Column("Added up", align="right", phone="second"),
               Column("Difference", align="right", phone="value")]  # fmt: skip
    responsive_table(columns, rows, key="totals", label="Totals that do not tie")


def changed() -> None:
    """What a later file made of a month that had been shown before."""
    layout.section("Changed since first shown", "Before and after, by site and month.")
    moved = store_data.table("changes")
    if moved.is_empty():
        layout.empty("No month has changed since it was first shown.")
        return
    rows = [
        Row([f"{r['site_name'] or r['site'] or 'All sites'}, "
             f"{fmt.month(r['month']) if r['month'] else 'no month'}",
             f"{r['feed'].replace('_', ' ')}, {r['measure'].replace('_', ' ')}",
             _number(r["before"]), _number(r["after"]), fmt.count(r["event"])])
        for r in moved.head(SHOWN).iter_rows(named=True)
    ]  # fmt: skip
    columns = [Column("Site and month"), Column("What", phone="second", quiet=True),
               Column("Before", align="right", phone="second"),
               Column("After", align="right", phone="value"),
               Column("Load", align="right", phone="second")]  # fmt: skip
    responsive_table(columns, rows, key="changes", label="Figures before and after")
    if moved.height > SHOWN:
        layout.note(f"The latest {SHOWN} of {fmt.counted(moved.height, 'change')}.")


def trace() -> None:
    """A record of a file, what became of it, and the figures it counts in."""
    layout.section("Follow a record", "The number of a load, and of a record in its file.")
    with st.form("trace", border=False):
        left, right = st.columns(2)
        load = left.number_input("Load", min_value=1, step=1, value=None)
        record = right.number_input("Record", min_value=1, step=1, value=None)
        asked = st.form_submit_button("Follow it")
    if asked and load and record:
        try:
            told = store_data.trace(int(load), int(record))
        except RoundsError as problem:
            told = str(problem)
        for line in told.splitlines():
            layout.paragraph(line.strip())


def _number(value: Decimal) -> str:
    return f"{value:,.2f}".replace("-", "\N{MINUS SIGN}")
