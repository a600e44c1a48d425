"""Half a million spreadsheet rows: what the reader adds to the parser beneath it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import fastexcel
import pytest
import xlsxwriter

from pipelines.ingest.archive import Source
from pipelines.ingest.workbook import sheets

pytestmark = [pytest.mark.bench, pytest.mark.filterwarnings("default")]

ROWS = 500_000


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bench") / "spend.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as made:
        sheet = made.add_worksheet("Spend")
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        clock = made.add_format({"num_format": "[h]:mm"})
        sheet.write_row(0, 0, ["Site", "Supplier", "Number", "Amount", "Note", "Date", "Hours"])
        for row in range(1, ROWS + 1):
            money = row % 99_991 / 100
            sheet.write_row(row, 0, [f"{row % 300:05}", f"S{row % 977}", row, money, "as agreed"])
            sheet.write_datetime(row, 5, datetime(2024, 1, 1) + timedelta(row % 700), day)
            sheet.write_number(row, 6, row % 40 / 24, clock)
    return path.read_bytes()


def seconds(work: Callable[[], int]) -> float:
    """Processor time of the better of two runs."""
    taken = []
    for _ in range(2):
        start = time.process_time()
        assert work() == ROWS + 1
        taken.append(time.process_time() - start)
    return min(taken)


def test_half_a_million_rows_take_at_most_twice_the_parsers_time(book: bytes) -> None:
    def alone() -> int:
        sheet = fastexcel.read_excel(book).load_sheet(0, header_row=None, dtypes="string")
        return sheet.to_polars().height

    def whole() -> int:
        [(_, frame)] = sheets(Source(Path("spend.xlsx"), None, book))
        return frame.height

    parser, reader = seconds(alone), seconds(whole)
    print(f"\n{ROWS:,} rows: parser {parser:.2f} s, reader {reader:.2f} s, {reader / parser:.2f}x")
    assert reader <= 2 * parser
