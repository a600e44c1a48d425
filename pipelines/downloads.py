"""Frames as files that people take away: CSV, XLSX, Parquet.

What a file of another system says must never run as a formula in the reader's spreadsheet: in CSV a
text that a spreadsheet would read as one gets an apostrophe before it, in XLSX texts are written as
texts. Numbers stay numbers; amounts keep every decimal in CSV and Parquet, and are numbers with
their decimals in XLSX, which knows floating point only (15 digits).
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

from pipelines.errors import UsageProblem

FORMS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
MOST_ROWS = 1_048_575  # of a sheet, under its headings
# What makes a spreadsheet read a text as a formula (OWASP, "CSV injection"), full width forms too.
_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its rows, and by column the number format that its numbers are shown in."""

    name: str
    frame: pl.DataFrame
    formats: Mapping[str, str]


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe where it would.

    >>> harmless("=1+1"), harmless(" @SUM(A1)"), harmless("Gloves, large")
    ("'=1+1", "' @SUM(A1)", 'Gloves, large')
    """
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_BEGINS) else text


def as_csv(frame: pl.DataFrame) -> bytes:
    """A frame as CSV (UTF-8 with its mark, so that spreadsheets read it as such)."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    safe = frame.with_columns(
        pl.col(name).map_elements(harmless, return_dtype=pl.String) for name in texts
    )
    return b"\xef\xbb\xbf" + safe.rename(harmless).write_csv().encode()


def as_parquet(frame: pl.DataFrame) -> bytes:
    """A frame as Parquet, types kept."""
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Sheets as one workbook: headings, texts as texts, days as days, amounts as numbers.

    UsageProblem for more rows than a sheet can hold.
    """
    if any(sheet.frame.height > MOST_ROWS for sheet in sheets):
        raise UsageProblem(
            "A sheet holds 1,048,575 rows at most: download CSV or Parquet, or choose fewer."
        )
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False, "nan_inf_to_errors": True}  # fmt: skip
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
