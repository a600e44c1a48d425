"""The workbook's sheet of measures: numerator, denominator and live ratio of every site."""

from __future__ import annotations

from typing import Any

import polars as pl
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from pipelines.metrics import find
from pipelines.packs.book import Book
from pipelines.packs.content import Pack
from pipelines.packs.look import ACCENT
from pipelines.packs.view import KINDS
from pipelines.wording.units import unit_of

HEADS = ("Measure", "Site", "Region", "Currency", "Counted", "Among", "Times", "Value", "Why not")


def measures_sheet(book: Book, pack: Pack) -> None:
    """Every site's measures of the month; a total is the ratio of sums, never a mean of ratios."""
    frame = pack.facts.measures
    if frame.is_empty():
        return
    note = "Value = counted / among × times. A total is the ratio of the sums above it."
    sheet = book.sheet("Measures", "Key measures, site by site", note, colour=ACCENT)
    book.head(sheet, 3, HEADS, [*[False] * 4, *[True] * 4, False])
    row = 4
    for (metric,), rows in frame.group_by("metric", maintain_order=True):
        row = _measure(book, pack, sheet, row, str(metric), rows)
    for at, size in enumerate((32, 30, 14, 9, 15, 15, 8, 12, 60)):
        sheet.set_column(at, at, size)
    sheet.freeze_panes(4, 2)
    sheet.repeat_rows(3)


def _measure(book: Book, pack: Pack, sheet: Any, row: int, metric: str, rows: pl.DataFrame) -> int:
    """A measure's sites with their total; the row after it."""
    known = find(metric)
    kind = KINDS[unit_of(known)]
    value_kind = "exact" if kind == "money" else kind
    ratio = known.denominator is not None
    for at, line in enumerate(rows.iter_rows(named=True), row):
        for column, name in enumerate(("title", "site_name", "region", "currency")):
            book.put(sheet, at, column, line[name])
        if line["numerator"] is None:
            book.put(sheet, at, 8, line["reason"], tone="muted")
            continue
        book.put(sheet, at, 4, line["numerator"], "number")
        value = line["numerator"]
        if ratio:
            book.put(sheet, at, 5, line["denominator"], "number")
            book.put(sheet, at, 6, line["scale"], "count", tone="muted")
            below = line["denominator"]
            value = line["numerator"] / below * line["scale"] if below else None
        book.formula(sheet, at, 7, _value(at, ratio), value, value_kind)
    last = row + rows.height
    for column in range(9):
        told = {0: rows["title"][0], 1: "All sites", 6: known.scale if ratio else None}
        book.put(sheet, last, column, told.get(column), "count", bold=True)
    currencies = rows["currency"].drop_nulls().n_unique()
    if currencies > 1:
        book.put(sheet, last, 8, "amounts in several currencies are not added", tone="muted")
        return last + 2
    for column in (4, 5) if ratio else (4,):
        cells = f"{cell(row, column)}:{cell(last - 1, column)}"
        name = "numerator" if column == 4 else "denominator"
        total = rows[name].sum() if rows[name].count() else None
        book.formula(
            sheet, last, column, f'=IF(COUNT({cells})=0,"",SUM({cells}))', total, "number",
            bold=True,
        )  # fmt: skip
    whole = pack.totals.measures.get(metric)
    told_value = whole if not isinstance(whole, str) else None
    book.formula(sheet, last, 7, _value(last, ratio), told_value, value_kind, bold=True)  # type: ignore[arg-type]
    return last + 2


def _value(row: int, ratio: bool) -> str:
    above, below, times = (cell(row, column) for column in (4, 5, 6))
    if ratio:
        return f'=IF(N({below})=0,"",{above}/{below}*{times})'
    return f'=IF({above}="","",{above})'
