"""The rows behind a figure: each with its file, its load and its record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import asking, layout, store
from dashboard import format as fmt
from dashboard.components import Cell, Column, Link, Row, more_link, responsive_table
from dashboard.explore import answers, taking, words
from dashboard.explore.answers import Asked
from dashboard.explore.view import View, key_named, text_of
from dashboard.explore.words import Pen, name_of
from pipelines.analysis.pivots import TOTAL, Figure, Key, Pivot
from pipelines.calendar import Period
from pipelines.metrics import Aggregation

PAGE = 25


def draw(pivot: Pivot, view: View, asked: Asked) -> None:
    """The figure as the title, and its rows below."""
    back = view.link(opened=False, row="", col="", money="", page=1)
    try:
        row, column = key_named(view.row, pivot.row_keys), key_named(view.col, pivot.column_keys)
    except StopIteration:
        layout.page_title("There is no such figure in this table")
        more_link("Back to the table", back, key="back")
        return
    currency = view.money if view.money in pivot.currencies else words.largest_currency(pivot)
    figure, pen = pivot.figure(row, column, currency), Pen.of(pivot, currency)
    place = where(pivot, row, column)
    value = pen.say(figure.value) if figure.value is not None else "not known"
    layout.page_title(
        f"{pivot.metric.title}, {place}: {value}", _explained(pivot, figure, pen, view)
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=160):
            more_link("Back to the table", back, key="back")
        passport = number(asked, pivot, row, column, currency)
        if passport:
            with st.container(width=300):
                more_link("Where this figure comes from", passport, key="passport")
    found = answers.behind(asked, row, column, currency)
    if isinstance(found, int):
        layout.empty(
            f"About {fmt.count(found)} rows stand behind this figure, too many to list: open a "
            "smaller one, or filter by site or month."
        )
    elif found.is_empty():
        layout.empty("No row was loaded that counts here.")
    else:
        _list(pivot, view, found)


def number(asked: Asked, pivot: Pivot, row: Key, column: Key, currency: str | None) -> Link | None:
    """The page of one number that a cell is: its address; None for what no filter can name."""
    period, filters = asked.period, {name: list(values) for name, values in asked.where}
    for name, key in ((pivot.rows, row), (pivot.columns, column)):
        if name is None or key is TOTAL:
            continue
        if isinstance(key, Period):
            period = key
        elif key is None:
            return None
        else:
            filters[name] = [text_of(key)]
    if currency is not None and len(pivot.currencies) > 1:
        filters["currency"] = [currency]
    return replace(asking.number(asked.metric, period, filters), as_of=asked.as_of).link()


def where(pivot: Pivot, row: Key, column: Key) -> str:
    """The place and time of a figure: "Cedar Hill, Oct 2026"."""
    named = [
        name_of(key, name)
        for key, name in ((row, pivot.rows), (column, pivot.columns))
        if name is not None and key is not TOTAL
    ]
    timed = any(name in words.TIME_TITLES and key is not TOTAL
                for key, name in ((row, pivot.rows), (column, pivot.columns)))  # fmt: skip
    if not timed:
        named.append(pivot.whole.period.name())
    return ", ".join(named)


def _explained(pivot: Pivot, figure: Figure, pen: Pen, view: View) -> str:
    said = [pivot.metric.definition]
    if figure.value is None and figure.reason:
        said.append(f"{figure.reason[:1].upper()}{figure.reason[1:]}.")
    if figure.denominator is not None:
        said.append(
            f"{_sum(figure.numerator)} divided by {_sum(figure.denominator)} "
            f"({pivot.metric.formula})."
        )
    apart = words.distance_words(pen, figure, pivot.compare)
    if apart:
        said.append(f"That is {apart}.")
    if figure.value is not None and figure.incomplete:
        said.append("A part of what was expected did not arrive.")
    return " ".join(said)


def _sum(amount: Any) -> str:
    return fmt.number(amount, decimals=0 if amount is not None and amount == int(amount) else 2)


def _list(pivot: Pivot, view: View, found: pl.DataFrame) -> None:
    metric = pivot.metric
    ratio = metric.denominator is not None
    size = pl.col("numerator").abs().fill_null(0)
    ordered = found.sort(size, descending=True, maintain_order=True)
    pages = -(-found.height // PAGE)
    at = min(view.page, pages)
    shown = ordered.slice((at - 1) * PAGE, PAGE)
    layout.section(
        f"{fmt.counted(found.height, 'row')} of {fmt.counted(found['load'].n_unique(), 'file')}",
        _adds_up(pivot, found) + " Largest first.",
    )
    columns = [
        Column("What"),
        Column("Day", phone="second", quiet=True),
        Column("Site", phone="second", quiet=True),
        Column("Numerator" if ratio else "Amount", align="right", phone="value"),
        *([Column("Denominator", align="right", phone="second")] if ratio else []),
        Column("File", phone="own", quiet=True),
        Column("Load", align="right", phone="second"),
        Column("Record", align="right", phone="second"),
    ]
    several = found["feed"].n_unique() > 1
    rows = [Row(_cells(row, ratio, several)) for row in shown.iter_rows(named=True)]
    responsive_table(columns, rows, key="behind", label="The rows behind the figure")
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        if pages > 1:
            first = (at - 1) * PAGE + 1
            last = min(found.height, at * PAGE)
            layout.note(f"{fmt.count(first)} to {fmt.count(last)} of {fmt.count(found.height)}")
            if at > 1:
                more_link("Previous", view.link(page=at - 1), key="rows-previous")
            if at < pages:
                more_link("Next", view.link(page=at + 1), key="rows-next")
        taking.rows(found, metric)


def _adds_up(pivot: Pivot, found: pl.DataFrame) -> str:
    """What the rows add up to: that is the figure's own numerator and denominator."""
    kind = pivot.metric.aggregation
    if kind in (Aggregation.DISTRIBUTION, Aggregation.SURVIVAL):
        return "The figure is the median of their values."
    top = _sum(found["numerator"].sum())
    if pivot.metric.denominator is None:
        return f"They add up to {top}."
    bottom = _sum(found["denominator"].sum())
    return f"They add up to {top} (numerator) and {bottom} (denominator)."


def _cells(row: dict[str, Any], ratio: bool, several: bool) -> list[Cell | str]:
    file = str(row["path"] or "not known").rsplit("/", 1)[-1]
    feed = str(row["feed"]).replace("_", " ")
    part = f", {row['part']}" if row["part"] else ""
    return [
        Cell(row["what"] or feed, second=feed if several and row["what"] else ""),
        fmt.day(row["day"]),
        store.name_of(row["site"]),
        _amount(row["numerator"]),
        *([_amount(row["denominator"])] if ratio else []),
        f"{file}{part}",
        str(row["load"]),
        str(row["record"]),
    ]


def _amount(amount: Any) -> str:
    if amount is None:
        return fmt.MISSING
    return fmt.number(amount, decimals=0 if amount == int(amount) else 2)
