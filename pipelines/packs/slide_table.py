"""Native tables on slides: as many rows as fit, and how many more the workbook has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pptx.util import Inches

from pipelines.packs.content import Cell, Column, Row, Table, more_words, notes_in
from pipelines.packs.fit import widths_of
from pipelines.packs.look import CONCERN, MUTED, shortened, wrapped
from pipelines.packs.slide_cells import (
    ABOVE,
    HEAD,
    SECOND,
    SIDE,
    SIZE,
    TONES,
    across_all,
    cell,
    fill,
    run,
)
from pipelines.packs.slide_theme import box, describe, write

LEADING = 1.25  # of a line's size
MORE = 0.22  # inches of the line below

Place = tuple[float, float, float, float]


def add_table(slide: Any, table: Table, place: Place) -> int:
    """The table's first rows and its total, within a place in inches; how many rows are shown."""
    left, top, across, high = place
    if not table.rows and not table.empty:
        return 0
    if not table.rows:
        frame = box(slide, left, top, across, 0.5, "Nothing to list")
        write(frame.paragraphs[0], table.empty, SIZE + 0.5, tone=MUTED)
        return 0
    widths = column_widths(table, across)
    shown, heights = fitting(table, widths, high)
    rows = [*table.rows[:shown], *table.total]
    frame = slide.shapes.add_table(
        1, 1, Inches(left), Inches(top), Inches(across),
        Inches(sum(heights)),
    )  # fmt: skip
    describe(frame, f"{table.title}. {table.subtitle}".strip(), f"Table: {table.title}")
    head = [
        cell([run(column.label, HEAD, tone=MUTED)], right=column.right, line=("lnB", 1.0), low=True)
        for column in table.columns
    ]
    told = [(heights[0], head)]
    for at, (cells, high) in enumerate(zip(rows, heights[1:], strict=True)):
        note = _noted(cells, across)
        low = _note_height(note, across)
        line = _line(total=at >= shown, noted=bool(note))
        row = [
            _cell(one, column, (size - 2 * SIDE) * 72, line, total=at >= shown)
            for one, column, size in zip(cells, table.columns, widths, strict=True)
        ]
        told.append((high - low, row))
        if note:
            told.append((low, across_all(run(note, SECOND), len(widths), _inside(table, widths))))
    fill(frame, widths, told)
    words = more_words(table, shown)
    if words:
        below = box(slide, left, top + sum(heights) + 0.06, across, MORE, "More")
        write(below.paragraphs[0], words, SECOND, tone=MUTED)
    return shown


def column_widths(table: Table, across: float) -> list[float]:
    """The widths of a table's columns in inches."""
    found = widths_of(table, across * 72, SIZE, HEAD, SIDE * 72)
    return [size / 72 for size in found]


def natural(table: Table, across: float) -> float:
    """How high a table with all the rows that it shows is, in inches."""
    if not table.rows:
        return 0.3 if table.empty else 0.0
    shown, heights = fitting(table, column_widths(table, across), 100.0)
    return sum(heights) + (MORE + 0.06 if len(table.rows) > shown else 0.0)


def fitting(table: Table, widths: Sequence[float], high: float) -> tuple[int, list[float]]:
    """How many rows fit with head and total, and the heights of all of them, in inches."""
    head = _head_height(table, widths)
    totals = [row_height(row, widths, bold=True) for row in table.total]
    heights: list[float] = []
    room = high - head - sum(totals)
    wanted = [row_height(row, widths) for row in table.rows[: table.shown]]
    all_fit = sum(wanted) <= room and len(wanted) == len(table.rows)
    left = room if all_fit else room - MORE - 0.06
    for size in wanted:
        if sum(heights) + size > left:
            break
        heights.append(size)
    return len(heights), [head, *heights, *totals]


def _head_height(table: Table, widths: Sequence[float]) -> float:
    lines = max(
        len(wrapped(column.label, HEAD, (size - 2 * SIDE) * 72))
        for column, size in zip(table.columns, widths, strict=True)
    )
    return lines * HEAD * LEADING / 72 + 2 * ABOVE


def row_height(row: Row, widths: Sequence[float], *, bold: bool = False) -> float:
    """How high a row is with its note, in inches."""
    high = max(_cell_height(one, size, bold=bold) for one, size in zip(row, widths, strict=True))
    return high + _note_height(_noted(row, sum(widths)), sum(widths))


def _cell_height(one: Cell, size: float, *, bold: bool) -> float:
    room = (size - 2 * SIDE) * 72
    lines = len(wrapped(_kept(one, room), SIZE, room, bold=bold or _heavy(one)))
    second = len(wrapped(one.second, SECOND, room)) if one.second else 0
    return (lines * SIZE + second * SECOND) * LEADING / 72 + 2 * ABOVE


def _kept(one: Cell, room: float) -> str:
    """A text of a file may be half a page: three lines of it stand on a slide."""
    return shortened(one.text, SIZE, room, lines=3, bold=_heavy(one))


def _heavy(one: Cell) -> bool:
    return one.tone in ("strong", "concern")


def _inside(table: Table, widths: Sequence[float]) -> float:
    """How far a note stands in, in inches: under the words, not under a number before them."""
    return 0.0 if table.columns[0].label else widths[0]


def _line(*, total: bool, noted: bool) -> tuple[str, float]:
    """The line of a row: above a total, else below; below its note where it has one."""
    return ("lnT", 1.0) if total else ("lnB", 0.0 if noted else 0.5)


def _noted(row: Row, across: float) -> str:
    return shortened(notes_in(row), SECOND, (across - 2 * SIDE - 0.4) * 72, lines=2)


def _note_height(note: str, across: float) -> float:
    lines = len(wrapped(note, SECOND, (across - 2 * SIDE - 0.4) * 72)) if note else 0
    return lines * SECOND * LEADING / 72 + (2 * ABOVE if lines else 0.0)


def _cell(one: Cell, column: Column, room: float, line: tuple[str, float], *, total: bool) -> str:
    heavy = total or _heavy(one)
    runs = [run(_kept(one, room), SIZE, bold=heavy, tone=TONES[one.tone])]
    if one.second:
        runs.append(run(one.second, SECOND, tone=CONCERN if one.tone == "concern" else MUTED))
    return cell(runs, right=column.right, line=line)
