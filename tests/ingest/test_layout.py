"""Several tables in one sheet or file, headings in two rows, merged and hidden cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.ingest.read import Found, tables

STOCK = frozenset({"site", "item", "quantity", "expiry"})
SPEND = frozenset({"site", "date", "vendor", "amount"})
HOURS = frozenset({"site", "date", "regular hours", "overtime hours", "reg", "ot"})
KNOWN = [STOCK, SPEND, HOURS]


def read(folder: Path, text: str) -> list[Found]:
    path = folder / "two.csv"
    path.write_text(text, encoding="utf-8")
    return list(tables(path, KNOWN))


def book(folder: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> list[Found]:
    path = folder / "two.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        fill(made)
    return list(tables(path, KNOWN))


def test_two_tables_one_below_the_other(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        "Stock,,,\nSite,Item,Quantity,Expiry\nN,Gloves,5,\nS,Masks,2,\n\n"
        "Spend of May,,,\nSite,Date,Vendor,Amount\nN,2026-05-01,Acme,9\n",
    )
    assert (first.label, second.label) == ("two.csv", "two.csv#table 2")
    assert first.preamble == (("Stock", "", "", ""),)
    assert first.frame.rows() == [(3, "N", "Gloves", "5", ""), (4, "S", "Masks", "2", "")]
    assert second.headings == ("Site", "Date", "Vendor", "Amount")
    assert (second.header_record, second.preamble) == (7, (("Spend of May", "", "", ""),))
    assert second.frame.rows() == [(8, "N", "2026-05-01", "Acme", "9")]


def test_the_first_table_is_found_though_the_second_is_better_known(tmp_path: Path) -> None:
    first, second = read(
        tmp_path, "Site,Item,Quantity\nN,Gloves,5\n,,\nSite,Date,Vendor,Amount\nN,1,Acme,9\n"
    )
    assert (first.headings, first.header_record) == (("Site", "Item", "Quantity"), 1)
    assert first.frame.rows() == [(2, "N", "Gloves", "5"), (3, "", "", "")]
    assert (second.headings, second.frame.rows()) == (
        ("Site", "Date", "Vendor", "Amount"), [(5, "N", "1", "Acme", "9")],
    )  # fmt: skip


def test_tables_in_a_sheet_with_a_blank_first_column(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("May")
        sheet.write_row(0, 1, ["site", "item", "quantity"])
        sheet.write_row(1, 1, ["N", "Gloves", 5])
        sheet.write_row(4, 1, ["site", "date", "vendor", "amount"])
        sheet.write_row(5, 1, ["N", "2026-05-01", "Acme", 9])

    first, second = book(tmp_path, fill)
    assert (first.part, second.part) == ("May", "May, table 2")
    assert first.headings == ("site", "item", "quantity")
    assert first.frame.rows() == [(2, "N", "Gloves", "5")]
    assert second.headings == ("site", "date", "vendor", "amount")
    assert second.frame.rows() == [(6, "N", "2026-05-01", "Acme", "9")]


@pytest.mark.parametrize(
    "text",
    [
        # The headings again, at the top of the next page.
        "Site,Date,Vendor,Amount\nN,1,A,9\n\nSite,Date,Vendor,Amount\nS,2,B,8\n",
        # Headings that no profile knows.
        "Site,Date,Vendor,Amount\nN,1,A,9\n\nTeam,Colour,Size,Weight\nS,2,B,8\n",
        # Not parted by a blank record.
        "Site,Date,Vendor,Amount\nN,1,A,9\nSite,Item,Quantity,Expiry\nS,2,B,8\n",
        # Two headings only.
        "Site,Date,Vendor,Amount\nN,1,A,9\n\nSite,Item,x,y\nS,2,B,8\n",
    ],
)
def test_what_is_no_second_table(tmp_path: Path, text: str) -> None:
    [table] = read(tmp_path, text)
    assert (table.label, table.header_record) == ("two.csv", 1)
    assert table.frame.height == 3


@pytest.mark.parametrize(
    ("again", "headings"),
    [
        ("Site,Date,Vendor,Amount,Note", ("Site", "Date", "Vendor", "Amount", "Note")),
        ("Site,Date,Amount,Vendor", ("Site", "Date", "Amount", "Vendor")),
    ],
)
def test_a_file_put_together_from_several_layouts(
    tmp_path: Path, again: str, headings: tuple[str, ...]
) -> None:
    first, second = read(
        tmp_path, f"Site,Date,Vendor,Amount\nN,1,A,9\nSite,Date,Vendor,Amount\n{again}\nS,2,B,8\n"
    )
    assert first.frame.select("record", "c0", "c3").rows() == [(2, "N", "9"), (3, "Site", "Amount")]
    assert (second.part, second.headings) == ("table 2", headings)
    assert second.frame["record"].to_list() == [5]


def test_merged_headings_in_two_rows(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("Hours")
        sheet.merge_range(1, 0, 2, 0, "Site")
        sheet.merge_range(1, 1, 2, 1, "Date")
        sheet.merge_range(1, 2, 1, 3, "Hours")
        sheet.write_row(2, 2, ["Reg", "OT"])
        sheet.write_row(3, 0, ["N", "2026-05-01", 8, 1.5])
        sheet.write(5, 9, " ")

    [table] = book(tmp_path, fill)
    assert (table.headings[:4], table.header_record) == (("Site", "Date", "Reg", "OT"), 3)
    assert table.frame.select("record", "c0", "c1", "c2", "c3").rows()[0] == (
        4, "N", "2026-05-01", "8", "1.5",
    )  # fmt: skip


def test_hidden_rows_and_columns_are_records_and_comments_are_not(tmp_path: Path) -> None:
    def fill(made: xlsxwriter.Workbook) -> None:
        made.set_properties({"author": "Jane Roe", "comments": "MRN 12345"})
        sheet = made.add_worksheet("Spend")
        sheet.write_row(0, 0, ["site", "date", "vendor", "amount"])
        sheet.write_row(1, 0, ["N", "2026-05-01", "Acme", 9])
        sheet.write_row(2, 0, ["S", "2026-05-01", "Acme", 8])
        sheet.write_comment(1, 0, "Jane Roe, MRN 12345")
        sheet.insert_textbox(5, 0, "Jane Roe")
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})
        hidden = made.add_worksheet("People")
        hidden.write_row(0, 0, ["site", "date", "vendor", "amount"])
        hidden.write_row(1, 0, ["N", "2026-05-01", "Jane Roe", 9])
        hidden.hide()
        made.add_worksheet("Deep").very_hidden()

    [table] = book(tmp_path, fill)
    assert table.headings == ("site", "date", "vendor", "amount")
    assert table.frame.rows() == [
        (2, "N", "2026-05-01", "Acme", "9"), (3, "S", "2026-05-01", "Acme", "8"),
    ]  # fmt: skip
    assert "Roe" not in repr(table)
