"""Native tables on slides: as many rows as fit, and how many more the workbook has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from pipelines.packs.content import Cell, Column, Row, Table, more_words
from pipelines.packs.fit import widths_of
from pipelines.packs.look import BORDER, CONCERN, MUTED, TEXT, shortened, wrapped
from pipelines.packs.slide_theme import LANGUAGE, box, describe, write

SIZE, SECOND, HEAD = 10.5, 9.0, 9.5  # points
LEADING = 1.25  # of a line's size
SIDE, ABOVE = 0.05, 0.035  # inches within a cell
PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # no style, no grid
TONES = {"plain": TEXT, "muted": MUTED, "strong": TEXT, "concern": CONCERN}
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
        len(rows) + 1, len(widths), Inches(left), Inches(top), Inches(across),
        Inches(sum(heights)),
    )  # fmt: skip
    describe(frame, f"{table.title}. {table.subtitle}".strip(), f"Table: {table.title}")
    made = frame.table
    _plain(made)
    for at, size in enumerate(widths):
        made.columns[at].width = Inches(size)
    for at, size in enumerate(heights):
        made.rows[at].height = Inches(size)
    for at, column in enumerate(table.columns):
        _head(made.cell(0, at), column)
    for at, cells in enumerate(rows, 1):
        total = at > shown
        for index, one in enumerate(cells):
            room = (widths[index] - 2 * SIDE) * 72
            _fill(made.cell(at, index), one, table.columns[index], room, total=total)
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
    """How high a row is, in inches."""
    return max(
        _cell_height(one, size, bold=bold) for one, size in zip(row, widths, strict=True)
    )  # fmt: skip


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


def _plain(made: Any) -> None:
    """No banding and no borders but our own; the first row is the header."""
    properties = made._tbl.tblPr
    for name in ("bandRow", "bandCol", "firstCol", "lastRow", "lastCol"):
        properties.set(name, "0")
    properties.set("firstRow", "1")
    style = properties.find(qn("a:tableStyleId"))
    if style is None:
        style = etree.SubElement(properties, qn("a:tableStyleId"))
    style.text = PLAIN


def _head(cell: Any, column: Column) -> None:
    paragraph = _ready(cell, column)
    cell.vertical_anchor = MSO_ANCHOR.BOTTOM
    write(paragraph, column.label, HEAD, tone=MUTED)
    _border(cell, "a:lnB", 1.0)


def _fill(cell: Any, one: Cell, column: Column, room: float, *, total: bool) -> None:
    paragraph = _ready(cell, column)
    heavy = total or _heavy(one)
    write(paragraph, _kept(one, room), SIZE, bold=heavy, tone=TONES[one.tone])
    if one.second:
        below = cell.text_frame.add_paragraph()
        below.alignment = paragraph.alignment
        write(below, one.second, SECOND, tone=CONCERN if one.tone == "concern" else MUTED)
    _border(cell, "a:lnT" if total else "a:lnB", 1.0 if total else 0.5)


def _ready(cell: Any, column: Column) -> Any:
    cell.margin_left = cell.margin_right = Inches(SIDE)
    cell.margin_top = cell.margin_bottom = Inches(ABOVE)
    cell.vertical_anchor = MSO_ANCHOR.TOP
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if column.right else PP_ALIGN.LEFT
    end = paragraph._p.get_or_add_endParaRPr()
    end.set("sz", str(int(SECOND * 100)))
    end.set("lang", LANGUAGE)
    return paragraph


def _border(cell: Any, side: str, points: float) -> None:
    properties = cell._tc.get_or_add_tcPr()
    line = etree.Element(qn(side), w=str(int(Pt(points))), cap="flat", cmpd="sng", algn="ctr")
    fill = etree.SubElement(line, qn("a:solidFill"))
    etree.SubElement(fill, qn("a:srgbClr"), val=BORDER[1:])
    properties.insert(0, line)
