"""Files that people take away: no text runs as a formula, no amount loses a cent."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import fastexcel
import polars as pl
import pytest

from pipelines.downloads import as_csv, as_parquet
from pipelines.workbooks import Sheet, as_workbook

EVIL = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1"]
FRAME = pl.DataFrame(
    {
        "what": ["=HYPERLINK(1)", "Gloves, large", None],
        "day": [date(2026, 10, 1), None, date(2026, 10, 31)],
        "amount": [Decimal("-1234567890123.4567"), Decimal("0.1000"), None],
    },
    schema={"what": pl.String, "day": pl.Date, "amount": pl.Decimal(38, 4)},
)


@pytest.mark.parametrize("text", EVIL)
def test_a_text_is_never_read_as_a_formula(text: str) -> None:
    frame = pl.DataFrame({"what": [text]})
    rows = list(csv.reader(io.StringIO(as_csv(frame).decode("utf-8-sig"), newline="")))
    assert rows == [["what"], [f"'{text}"]]
    book = as_workbook([Sheet("Rows", frame, {})])
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


@pytest.mark.parametrize("text", ["Gloves, large", "C-1", "", "12 = a dozen", "–", "a@b"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    frame = pl.DataFrame({"what": [text], "more": ["x"]})
    rows = list(csv.reader(io.StringIO(as_csv(frame).decode("utf-8-sig"))))
    assert rows[1] == [text, "x"]


def test_csv_keeps_every_decimal() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(FRAME).decode("utf-8-sig"))))
    assert rows == [
        ["what", "day", "amount"],
        ["'=HYPERLINK(1)", "2026-10-01", "-1234567890123.4567"],
        ["Gloves, large", "", "0.1000"],
        ["", "2026-10-31", ""],
    ]


def test_parquet_keeps_the_types() -> None:
    read = pl.read_parquet(io.BytesIO(as_parquet(FRAME)))
    assert read.equals(FRAME)
    assert read.schema["amount"] == pl.Decimal(38, 4)


def test_a_workbook_holds_numbers_and_days_as_such() -> None:
    book = fastexcel.read_excel(as_workbook([Sheet("Rows", FRAME, {"amount": "#,##0.00"})]))
    read = book.load_sheet("Rows").to_polars()
    assert read["what"].to_list() == ["=HYPERLINK(1)", "Gloves, large", None]
    # More digits than a float holds: to the last digit, as text.
    assert read["amount"].to_list() == ["-1234567890123.4567", "0.1", None]
    small = FRAME.with_columns(pl.col("amount").tail(2).extend_constant(None, 1))
    book = fastexcel.read_excel(as_workbook([Sheet("Rows", small, {"amount": "#,##0.00"})]))
    assert book.load_sheet("Rows").to_polars()["amount"].to_list() == [0.1, None, None]
    assert read["day"].cast(pl.Date).to_list() == FRAME["day"].to_list()
