"""Several tables in one workbook: numbers as numbers in their unit, texts as texts.

Texts never act as formulas (see `pipelines.downloads`). A workbook's numbers are floats of 15
digits: an amount with more is written as text, to its last digit.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.downloads import DIGITS, SHEET_ROWS
from pipelines.errors import UsageProblem


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its rows, and by column the number format that its numbers are shown in."""

    name: str
    frame: pl.DataFrame
    formats: Mapping[str, str]


def as_workbook(sheets: Sequence[Sheet]) -> bytes:
    """Sheets as one workbook. UsageProblem for more rows than a sheet can hold."""
    if any(sheet.frame.height > SHEET_ROWS for sheet in sheets):
        raise UsageProblem(
            "A sheet holds 1,048,575 rows at most: download CSV or Parquet, or choose fewer."
        )
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(content, options) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        for sheet in sheets:
            _write(book, head, sheet)
    return content.getvalue()


def _write(book: Any, head: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name)
    page.freeze_panes(1, 0)
    for at, name in enumerate(sheet.frame.columns):
        page.write_string(0, at, name, head)
        column = sheet.frame[name]
        shown = book.add_format({"num_format": sheet.formats.get(name) or _shown(column.dtype)})
        widest = max((len(str(value)) for value in column.head(200)), default=0)
        page.set_column(at, at, min(60, max(len(name), widest) + 2), shown)
        for row, value in enumerate(column, 1):
            _cell(page, row, at, value, shown)


def _cell(page: Any, row: int, at: int, value: Any, shown: Any) -> None:
    match value:
        case None:
            pass
        case bool():
            page.write_boolean(row, at, value)
        case Decimal() if len(value.normalize().as_tuple().digits) > DIGITS:
            page.write_string(row, at, f"{value:f}")
        case Decimal() | int() | float():
            page.write_number(row, at, float(value), shown)
        case datetime() | date():
            page.write_datetime(row, at, value, shown)
        case _:
            page.write_string(row, at, str(value))


def _shown(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Decimal):
        return "#,##0.00##"
    if dtype == pl.Date:
        return "d mmm yyyy"
    return "d mmm yyyy hh:mm" if isinstance(dtype, pl.Datetime) else "General"
