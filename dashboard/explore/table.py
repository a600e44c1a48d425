"""The pivot as a table: totals beside the names and below, each cell a way to its rows."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import format as fmt
from dashboard import layout
from dashboard.components import (
    PivotCell,
    PivotColumn,
    PivotRow,
    more_link,
    pivot_table,
)
from dashboard.explore import order, words
from dashboard.explore.order import COLUMN, NAME
from dashboard.explore.view import ALL, View, text_of
from dashboard.explore.words import HEADS, Pen, name_of, why
from pipelines.analysis.pivots import NO_ROWS, TOTAL, Figure, Key, Pivot, is_amount
from pipelines.metrics.dimensions import TIME_TITLES, title_of

ROWS = 50  # of a page
Of = Callable[[Figure], PivotCell]


def draw(pivot: Pivot, view: View, currency: str | None) -> None:
    """The table of one currency, the pages of its rows, and what its marks mean."""
    pen = Pen.of(pivot, currency)
    rows = order.sorted_rows(pivot, view, currency)
    pages = max(1, -(-len(rows) // ROWS))
    at = min(view.page, pages)
    shown = rows[(at - 1) * ROWS : at * ROWS]
    _title(pivot, pen, len(rows))
    columns, left_out = order.shown_columns(pivot, currency)
    head, cells = _across(pivot, view, pen, columns) if pivot.columns else _parts(pivot, view, pen)
    drawn = [PivotRow(name_of(key, pivot.rows), cells(key), text_of(key) or ALL) for key in shown]
    drawn.append(
        PivotRow(f"All {words.plural(pivot.rows)}", cells(TOTAL), ALL, total=True)
    )  # fmt: skip
    pivot_table(
        _heading(pivot, view, title_of(pivot.rows), NAME),
        head,
        drawn,
        key=f"pivot-{currency or ''}",
        label=_label(pivot),
        opens=view.opens(currency),
        from_end=pivot.columns in TIME_TITLES,
    )
    _pager(pivot, view, len(rows), currency)
    _notes(pivot, currency, left_out)


def _label(pivot: Pivot) -> str:
    by = title_of(pivot.rows).lower()
    if pivot.columns:
        by += f" and {title_of(pivot.columns).lower()}"
    return f"{pivot.metric.title} by {by}"


def _title(pivot: Pivot, pen: Pen, count: int) -> None:
    said = [pen.unit[:1].upper() + pen.unit[1:], pivot.whole.period.name()]
    if pivot.compare and pivot.columns:
        against = words.AGAINST[pivot.compare]
        said.append(f"below each figure its change against {against}, {pen.change_unit}")
    else:
        said.append(fmt.counted(count, "row"))
    layout.block(_label(pivot), ", ".join(said) + ". Open a figure to see its rows.")


def _across(
    pivot: Pivot, view: View, pen: Pen, columns: list[Key]
) -> tuple[list[PivotColumn], Callable[[Key], list[PivotCell]]]:
    """Headings and cells of two dimensions: the total first, then a column a value."""
    total = name_of(TOTAL, pivot.columns or "")
    head = [_heading(pivot, view, total, "value")]
    head += [
        _heading(pivot, view, name_of(key, pivot.columns or ""), COLUMN + text_of(key), key=key)
        for key in columns
    ]

    marked = words.marks_incomplete(pivot, pen.currency)

    def cells(row: Key) -> list[PivotCell]:
        return [
            _cell(pivot.figure(row, column, pen.currency), pen, marked, pivot.compare is not None)
            for column in (TOTAL, *columns)
        ]

    return head, cells


def _cell(figure: Figure, pen: Pen, marked: bool, change: bool) -> PivotCell:
    if figure.value is None:
        empty = figure is NO_ROWS
        return PivotCell(fmt.MISSING, why(figure), opens=not empty, muted=True)
    mark = marked and figure.incomplete
    return PivotCell(
        pen.write(figure.value),
        pen.change(figure) if change else "",
        opens=True,
        mark="*" if mark else "",
        spoken="not all in" if mark else "",
    )


def _parts(
    pivot: Pivot, view: View, pen: Pen
) -> tuple[list[PivotColumn], Callable[[Key], list[PivotCell]]]:
    """Headings and cells of one dimension: value, what it is compared with, change, both sums."""
    compare, ratio = pivot.compare, pivot.metric.denominator is not None
    head = [_heading(pivot, view, "Value", "value")]
    points = "points" if pen.distance_unit == "points" else ""
    if compare:
        head += [_heading(pivot, view, HEADS[compare], "then"),
                 _heading(pivot, view, "Change", "gap", unit=points)]  # fmt: skip
        if is_amount(pivot.metric):
            head.append(_heading(pivot, view, "Change, %", "change"))
    if ratio:
        head += [_heading(pivot, view, "Numerator", "numerator"),
                 _heading(pivot, view, "Denominator", "denominator")]  # fmt: skip

    marked = words.marks_incomplete(pivot, pen.currency)

    def cells(row: Key) -> list[PivotCell]:
        figure = pivot.figure(row, TOTAL, pen.currency)
        found = [_cell(figure, pen, marked, change=False)]
        if compare:
            found += [_bare(pen.write(figure.then)), _bare(pen.distance(figure.gap))]
            if is_amount(pivot.metric):
                found.append(_bare(fmt.percent(figure.change, signed=True)))
        if ratio:
            found += [_bare(_whole(figure.numerator)), _bare(_whole(figure.denominator))]
        return found

    return head, cells


def _bare(text: str) -> PivotCell:
    return PivotCell(text, muted=text == fmt.MISSING)


def _whole(figure: float | None) -> str:
    if figure is None:
        return fmt.MISSING
    return fmt.number(figure, decimals=0 if abs(figure) >= 100 or figure == int(figure) else 1)


def _heading(
    pivot: Pivot, view: View, label: str, token: str, *, key: Key = TOTAL, unit: str = ""
) -> PivotColumn:
    wanted, arrow = order.next_sort(view, token)
    usual = order.usual_order(pivot, view)
    if usual and usual[0] == token:
        arrow = usual[1]
        first = "ascending" if token == NAME else "descending"
        wanted = order.BACK + token if arrow == first else token
    return PivotColumn(
        label,
        unit,
        sort=view.link(sort=wanted, page=1, opened=False),
        order=arrow,
        total=token == "value",
        key=text_of(key) or ALL,
    )


def _pager(pivot: Pivot, view: View, count: int, currency: str | None) -> None:
    """The pages of a long table, as links: the address says which one is shown."""
    pages = max(1, -(-count // ROWS))
    at = min(view.page, pages)
    if pages < 2:
        return
    first = (at - 1) * ROWS + 1
    with st.container(horizontal=True, gap="medium"):
        layout.note(
            f"{fmt.count(first)} to {fmt.count(min(count, at * ROWS))} of {fmt.count(count)} "
            f"{words.plural(pivot.rows)}"
        )
        if at > 1:
            more_link("Previous", view.link(page=at - 1), key=f"previous-{currency}")
        if at < pages:
            more_link("Next", view.link(page=at + 1), key=f"next-{currency}")


def _notes(pivot: Pivot, currency: str | None, left_out: int) -> None:
    said = [words.totals(pivot), words.notes(pivot, currency)]
    if left_out:
        said.append(
            f"{fmt.count(left_out)} more {words.plural(pivot.columns or '')} don't fit here; the "
            "totals count them, the download holds them."
        )
    text = " ".join(filter(None, said))
    if text:
        layout.note(text)
