"""A table as a file to keep: CSV, a workbook, Parquet.

Nothing that stands in a cell can act as a formula where the file is opened: in a workbook texts are
written as texts, in CSV a text that a spreadsheet would take for a formula gets an apostrophe
before it (OWASP, CSV injection). Amounts stay decimal: to the last digit in CSV and Parquet, and in
a workbook, whose numbers are floats of 15 digits, as text where those don't suffice.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import xlsxwriter

FORMULA = r"^[\s\x00-\x1f]*[=+\-@\t\r＝＋－＠]"
FIGURE = r"\s*[+-]?[\d.,\s]*\d%?\s*"
DIGITS = 15  # that a workbook's number holds
SHEET_ROWS = 1_048_575  # below the headings


def as_csv(frame: pl.DataFrame) -> bytes:
    """The frame as CSV in UTF-8 with a mark, which spreadsheets need to read it right."""
    return b"\xef\xbb\xbf" + guarded(frame).write_csv().encode()


def guarded(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before each text and heading that would act as a formula."""
    held = frame.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(pl.col(name))
        .alias(name)
        for name, kind in frame.schema.items()
        if kind == pl.String
    )
    heads = {name: f"'{name}" for name in frame.columns if re.match(FORMULA, name)}
    return held.rename(heads)


def guarded_cell(text: str) -> str:
    """A cell of a list that comes back, with an apostrophe before what would act as a formula.

    Figures such as -12.50 stay as they are. `as_it_was` takes the apostrophe off again.
    """
    return f"'{text}" if _acts(text.lstrip("'")) else text


def as_it_was(text: str) -> str:
    """A cell as it was before `guarded_cell`."""
    return text[1:] if text.startswith("'") and _acts(text.lstrip("'")) else text


def _acts(text: str) -> bool:
    return bool(re.match(FORMULA, text)) and not re.fullmatch(FIGURE, text)


def as_parquet(frame: pl.DataFrame) -> bytes:
    """The frame as Parquet: decimals as decimals, days as days."""
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def as_xlsx(frame: pl.DataFrame, about: Mapping[str, str] | None = None) -> bytes:
    """The frame as a workbook, at most `SHEET_ROWS` rows; a second sheet says what it is."""
    content = io.BytesIO()
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "constant_memory": True,
    }  # fmt: skip
    with xlsxwriter.Workbook(content, options) as book:
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet("Rows")
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(frame.columns):
            sheet.set_column(at, at, 30 if frame.schema[name] == pl.String else 14)
            sheet.write_string(0, at, name, bold)
        for row, cells in enumerate(frame.head(SHEET_ROWS).iter_rows(), 1):
            for at, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, at, cell, moment)
                elif isinstance(cell, date):
                    sheet.write_datetime(row, at, datetime(cell.year, cell.month, cell.day), day)
                else:
                    _write(sheet, row, at, cell)
        if about:
            told = book.add_worksheet("About")
            told.set_column(0, 0, 18)
            told.set_column(1, 1, 90)
            for row, (name, text) in enumerate(about.items()):
                told.write_string(row, 0, name, bold)
                told.write_string(row, 1, text)
    return content.getvalue()


def _write(sheet: Any, row: int, at: int, cell: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, Decimal):
        exact = len(cell.normalize().as_tuple().digits) <= DIGITS
        if not exact:
            sheet.write_string(row, at, f"{cell:f}")
            return
        sheet.write_number(row, at, float(cell))
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        sheet.write_number(row, at, float(cell))
    else:
        sheet.write_string(row, at, str(cell))
