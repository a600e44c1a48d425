"""The workbook's sheets of a page's own lists and charts: all rows, with live sums below."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell as cell

from pipelines.packs.book import Book, kind_of, span
from pipelines.packs.content import Cell, Chart, Page, Points, Table
from pipelines.packs.look import QUIET


def page_sheet(book: Book, page: Page) -> None:
    """The lists of a page, whole, and its charts over their figures."""
    sheet = book.sheet(page.name, page.title, page.lead, colour=QUIET)
    row, widths = 3, dict[int, float]()
    for block in page.blocks:
        if isinstance(block, Table):
            row = _list(book, sheet, row, block, widths)
        elif isinstance(block, Chart):
            row = _chart(book, sheet, row, block, widths)
        elif isinstance(block, Points):
            for said in block.said:
                sheet.write_string(row, 0, said, book.look())
                row += 1
    for at, size in widths.items():
        sheet.set_column(at, at, min(max(size, 9), 80))


def _list(book: Book, sheet: Any, row: int, table: Table, widths: dict[int, float]) -> int:
    """A table with all its rows; sums are live where the parts come to the total."""
    sheet.write_string(row, 0, table.title, book.look(tone="section"))
    exact = table.subtitle.replace(" thousand", "")  # here amounts stand to the cent
    sheet.write_string(row + 1, 0, exact, book.look(tone="muted"))
    if not table.rows:
        sheet.write_string(row + 2, 0, table.empty, book.look())
        return row + 4 if table.empty else row + 3
    seconds = [
        any(r[at].second or r[at].note for r in table.rows) for at in range(len(table.columns))
    ]
    places: list[int] = []
    labels: list[str] = []
    right: list[bool] = []
    for column, second in zip(table.columns, seconds, strict=True):
        places.append(len(labels))
        labels += [column.label or "No.", *([f"{column.label}: note"] if second else [])]
        right += [column.right, *([False] if second else [])]
    book.head(sheet, row + 2, labels, right)
    first = row + 3
    for at, cells in enumerate([*table.rows, *table.total], first):
        bold = at >= first + len(table.rows)
        for index, (place, one) in enumerate(zip(places, cells, strict=True)):
            _cell(book, sheet, (at, place), one, table, index, first, bold=bold)
            if seconds[index]:
                book.put(sheet, at, place + 1, _below(one), tone="muted")
    if table.beyond:
        told = f"The first {len(table.rows):,} of {len(table.rows) + table.beyond:,}."
        sheet.write_string(first + len(table.rows), 0, told, book.look(tone="muted"))
    _widen(table, places, seconds, widths)
    return first + len(table.rows) + len(table.total) + 2


def _cell(
    book: Book, sheet: Any, at: tuple[int, int], one: Cell, table: Table, index: int, first: int,
    *, bold: bool,
) -> None:  # fmt: skip
    """A cell; in a total row whose parts come to it, a live sum."""
    kind, row, place = kind_of(one.kind), *at
    whole = bold and len(table.total) == 1
    if whole and _adds_up([cells[index].value for cells in table.rows], one.value):
        ends = f"{cell(first, place)}:{cell(first + len(table.rows) - 1, place)}"
        book.formula(sheet, row, place, f"=SUM({ends})", one.value, kind, bold=True)  # type: ignore[arg-type]
        return
    value = one.text if one.kind == "text" and one.value is None else one.value
    kind = "right" if kind == "text" and table.columns[index].right else kind
    book.put(sheet, row, place, value, kind, bold=bold, tone=one.tone)


def _adds_up(parts: Sequence[Any], total: Any) -> bool:
    """Whether amounts come to a total: then the total is a sum, and no number of its own."""
    numbers = [part for part in parts if isinstance(part, Decimal | int | float)]
    if not isinstance(total, Decimal) or len(numbers) < len(parts):
        return False
    return abs(float(sum(map(Decimal, map(str, numbers))) - total)) < 0.005


def _widen(
    table: Table, places: Sequence[int], seconds: Sequence[bool], widths: dict[int, float]
) -> None:
    for at, (place, second) in enumerate(zip(places, seconds, strict=True)):
        longest = max([len(table.columns[at].label), *(_length(r[at]) for r in table.rows[:200])])
        widths[place] = max(widths.get(place, 0), longest + 2)
        if second:
            longest = max(len(_below(r[at])) for r in table.rows[:200])
            widths[place + 1] = max(widths.get(place + 1, 0), longest + 2)


def _below(one: Cell) -> str:
    """What stands below a cell's text on a page: here beside it."""
    return " · ".join(filter(None, (one.second, one.note)))


def _length(one: Cell) -> int:
    """How many letters a cell takes in the workbook; amounts stand there to the cent."""
    return 15 if one.kind == "money" else len(one.text)


def _chart(book: Book, sheet: Any, row: int, chart: Chart, widths: dict[int, float]) -> int:
    """A chart beside the figures that it draws."""
    sheet.write_string(row, 0, chart.title, book.look(tone="section"))
    sheet.write_string(row + 1, 0, chart.subtitle, book.look(tone="muted"))
    names = ("", *(line.name for line in chart.series))
    book.head(sheet, row + 2, names, [False, *[True] * len(chart.series)])
    first, kind = row + 3, kind_of(chart.kind_of)
    for at, name in enumerate(chart.categories, first):
        book.put(sheet, at, 0, name)
        for column, line in enumerate(chart.series, 1):
            book.put(sheet, at, column, line.values[at - first], kind)
    last = first + len(chart.categories) - 1
    widths[0] = max(widths.get(0, 0), *(len(name) + 2 for name in chart.categories))
    for column in range(1, len(chart.series) + 1):
        widths[column] = max(widths.get(column, 0), 15)
    name = sheet.get_name()
    ranges = [f"={span(name, (first, c), (last, c))}" for c in range(1, len(chart.series) + 1)]
    column = len(chart.series) + 2
    book.chart(
        sheet, (row, max(column, 4)), chart, ranges, f"={span(name, (first, 0), (last, 0))}",
        size=(600, 300),
    )  # fmt: skip
    return max(last + 2, row + 17)
