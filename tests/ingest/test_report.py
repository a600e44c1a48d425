"""Reports by eye: headings carried down, blank parent cells filled, totals held against sums."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from tests.loading import facts, load, load_text, rows

LEDGER = """Rounds Care Inc
General Ledger
October 2026

,Date,Transaction Type,Num,Amount,Balance
"""


def ledger(home: Path, body: str, name: str = "ledger.csv") -> list[tuple[object, ...]]:
    load_text(home, LEDGER + body, name)
    return facts(home, "ledger", "account, amount")


def totals(home: Path) -> list[tuple[object, ...]]:
    return rows(
        home, "SELECT record, scope, stated, summed, difference FROM totals ORDER BY record"
    )


def classes(home: Path) -> dict[str, int]:
    return dict(rows(home, "SELECT class, count(*) FROM furniture GROUP BY class"))


def test_an_account_is_carried_down_until_its_total(home: Path) -> None:
    found = ledger(home, (
        "Cleaning,,,,,\n"
        ",10/15/2026,Bill,1,100.00,100.00\n"
        ",10/16/2026,Bill,2,20.00,120.00\n"
        "Total for Cleaning,,,,$120.00,\n"
        "Waste,,,,,\n"
        ",10/16/2026,Bill,3,7.00,7.00\n"
        "Total for Waste,,,,$7.00,\n"
        "TOTAL,,,,$127.00,\n"
    ))  # fmt: skip
    assert found == [("Cleaning", "20"), ("Cleaning", "100"), ("Waste", "7")]
    assert totals(home) == [
        (9, "its heading, level 1", "120", "120", "0"),
        (12, "its heading, level 1", "7", "7", "0"),
        (13, "all records above", "127", "127", "0"),
    ]


def test_a_total_that_does_not_tie_is_told_and_not_added(home: Path) -> None:
    text = (
        "Cleaning,,,,,\n"
        ",10/15/2026,Bill,1,100.00,100.00\n"
        "Total for Cleaning,,,,$120.00,\n"
        "TOTAL,,,,$100.00,\n"
    )
    outcome = load_text(home, LEDGER + text)
    assert outcome.notes == (
        "1 of 2 totals tie to the records that they cover",
        "record 8: the total of “Amount” differs by 20 from the sum of its heading, level 1",
    )
    assert totals(home)[0] == (8, "its heading, level 1", "120", "100", "20")
    assert facts(home, "ledger", "sum(amount)") == [("100",)]
    assert outcome.as_json()["money"]["read"] == "100.0000"


def test_sub_accounts_are_known_by_the_total_that_names_them(home: Path) -> None:
    found = ledger(home, (
        "Facilities,,,,,\n"
        ",10/15/2026,Bill,1,100.00,100.00\n"
        "Total for Facilities,,,,100.00,\n"
        "Waste,,,,,\n"
        ",10/16/2026,Bill,2,7.00,7.00\n"
        "Total for Waste,,,,7.00,\n"
        "Total for Facilities with sub-accounts,,,,107.00,\n"
        "Energy,,,,,\n"
        ",10/16/2026,Bill,3,9.00,9.00\n"
        "Total for Energy,,,,9.00,\n"
    ))  # fmt: skip
    assert found == [("Energy", "9"), ("Facilities", "100"), ("Facilities:Waste", "7")]
    assert [(row[1], row[4]) for row in totals(home)] == [
        ("its heading, level 1", "0"),
        ("its heading, level 2", "0"),
        ("its heading, level 1", "0"),
        ("its heading, level 1", "0"),
    ]


def test_the_same_name_under_two_accounts_stays_two(home: Path) -> None:
    found = ledger(home, (
        "Grants,,,,,\nDrive,,,,,\n,10/15/2026,Bill,1,5.00,\nTotal for Drive,,,,5.00,\n"
        "Total for Grants with sub-accounts,,,,5.00,\n"
        "Costs,,,,,\nDrive,,,,,\n,10/15/2026,Bill,1,8.00,\nTotal for Drive,,,,8.00,\n"
        "Total for Costs with sub-accounts,,,,8.00,\n"
    ))  # fmt: skip
    assert found == [("Costs:Drive", "8"), ("Grants:Drive", "5")]
    assert {row[4] for row in totals(home)} == {"0"}


def test_a_vendor_called_total_is_a_heading(home: Path) -> None:
    found = ledger(home, (
        "Total Energies Ltd,,,,,\n"
        ",10/15/2026,Bill,1,5.00,\n"
        "Total for Total Energies Ltd,,,,5.00,\n"
    ))  # fmt: skip
    assert found == [("Total Energies Ltd", "5")]


def test_an_account_without_total_ends_at_the_next(home: Path) -> None:
    found = ledger(home, (
        "Checking,,,,,\n"
        ",Beginning Balance,,,,500.00\n"
        "Cleaning,,,,,\n"
        ",10/15/2026,Bill,1,5.00,\n"
        "Waste,,,,,\n"
        ",10/15/2026,Bill,1,6.00,\n"
    ))  # fmt: skip
    assert found == [("Cleaning", "5"), ("Waste", "6")]
    assert classes(home) == {"heading": 3, "balance": 1}


def test_a_line_above_every_account_is_set_aside(home: Path) -> None:
    outcome = load_text(home, LEDGER + (
        ",10/15/2026,Bill,1,5.00,\n"
        "Waste,,,,,\n"
        ",10/15/2026,Bill,1,6.00,\n"
        "Total for Waste,,,,6.00,\n"
    ))  # fmt: skip
    money = outcome.as_json()["money"]
    assert (money["read"], money["accepted"], money["quarantined"]) == (
        "11.0000", "6.0000", "5.0000",
    )  # fmt: skip


def test_levels_by_indentation_and_by_column(home: Path) -> None:
    by_indent = (
        "Facilities,,,,,\n"
        "   Cleaning,,,,,\n"
        ",10/15/2026,Bill,1,100.00,\n"
        "   Waste,,,,,\n"
        ",10/16/2026,Bill,2,7.00,\n"
        "Energy,,,,,\n"
        ",10/16/2026,Bill,3,9.00,\n"
    )
    expected = [("Energy", "9"), ("Facilities:Cleaning", "100"), ("Facilities:Waste", "7")]
    assert ledger(home, by_indent) == expected
    desktop = (
        ",,Type,Date,Num,Split,Debit,Credit\n"
        "Facilities,,,,,,,\n"
        ",Cleaning,,,,,,\n"
        ",,Bill,10/15/2026,1,AP,100.00,\n"
        ",Total Cleaning,,,,,100.00,0.00\n"
        ",Waste,,,,,,\n"
        ",,Bill,10/16/2026,2,AP,7.00,\n"
        ",Total Waste,,,,,7.00,0.00\n"
        "Total Facilities,,,,,,107.00,0.00\n"
        "Energy,,,,,,,\n"
        ",,Bill,10/16/2026,3,AP,9.00,\n"
        "Total Energy,,,,,,9.00,0.00\n"
    )
    load_text(home, desktop, "desktop.csv")
    of_desktop = "superseded_in IS NULL AND system = 'quickbooks_desktop'"
    assert facts(home, "ledger", "account, amount", of_desktop) == expected
    assert {row[4] for row in totals(home)} == {"0"}


def test_a_journals_lines_take_date_and_type_from_above(home: Path) -> None:
    load_text(home, (
        "Rounds Care Inc\nJournal\n\n"
        ",Date,Transaction Type,Num,Account,Debit,Credit\n"
        ",09/30/2026,Bill,1,Cleaning,5.00,\n"
        ",,,,Payables,,5.00\n"
        ",,,,,$5.00,$5.00\n"
        ",10/01/2026,Bill,2,Waste,6.00,\n"
        ",,,,Payables,,6.00\n"
        ",,,,,$6.00,$7.00\n"
    ))  # fmt: skip
    found = facts(home, "ledger", "CAST(month AS VARCHAR), account, amount")
    assert found == [
        ("2026-09-01", "Cleaning", "5"),
        ("2026-09-01", "Payables", "-5"),
        ("2026-10-01", "Payables", "-6"),
        ("2026-10-01", "Waste", "6"),
    ]
    assert [row[4] for row in totals(home)] == ["0", "0", "0", "1"]


ODOO = """
name = "odoo_bills"
title = "Odoo: bills with their lines"
system = "odoo"
amount = "amount"
[layout]
fill = ["number", "date", "partner"]
[columns.number]
headings = ["Number"]
required = true
[columns.date]
headings = ["Bill Date"]
kind = "date"
required = true
[columns.partner]
headings = ["Partner"]
[columns.account]
headings = ["Invoice lines/Account"]
[columns.amount]
headings = ["Invoice lines/Amount"]
kind = "money"
[[facts]]
feed = "spend"
document = "number"
line = "@record"
date = "date"
supplier = "partner"
account = "account"
amount = "amount"
"""


def test_lines_below_their_parent_take_its_cells(home: Path) -> None:
    """A partner that the second bill leaves blank is not the first bill's."""
    (home / "profiles").mkdir(parents=True)
    (home / "profiles" / "odoo_bills.toml").write_text(ODOO, encoding="utf-8")
    load_text(home, (
        "Number,Bill Date,Partner,Invoice lines/Account,Invoice lines/Amount\n"
        "B1,2026-10-15,Brightway,Cleaning,5.00\n"
        ",,,Waste,6.00\n"
        "B2,2026-10-16,,Energy,7.00\n"
        ",,,Water,8.00\n"
    ))  # fmt: skip
    assert facts(home, "spend", "document, supplier, account, amount") == [
        ("B1", "Brightway", "Cleaning", "5"),
        ("B1", "Brightway", "Waste", "6"),
        ("B2", None, "Energy", "7"),
        ("B2", None, "Water", "8"),
    ]


@pytest.mark.parametrize("blank", ["", "\n", ",,,,,\n"])
def test_every_row_of_a_report_is_accounted_for(home: Path, blank: str) -> None:
    outcome = load_text(home, LEDGER + (
        "Cleaning,,,,,\n"
        ",10/15/2026,Bill,1,100.00,\n"
        f"{blank}"
        ",soon,Bill,1,100.00,\n"
        "Total for Cleaning,,,,200.00,\n"
        "TOTAL,,,,200.00,\n"
        f"{blank}"
        '"Thursday, November 05, 2026 09:12 AM GMT-04:00 - Accrual Basis"\n'
    ))  # fmt: skip
    loaded = outcome.loaded
    assert loaded is not None
    assert loaded.ties
    assert (loaded.accepted, loaded.quarantined) == (1, 1)
    assert loaded.furniture == loaded.records - 2
    # What is set aside is still in the file: the total covers it.
    assert outcome.notes == ("2 of 2 totals tie to the records that they cover",)


def test_a_workbook_tells_the_same(home: Path, tmp_path: Path) -> None:
    """Numbers are numbers there, levels indented, and a formula its last value."""
    path = tmp_path / "General Ledger.xlsx"
    lines: list[tuple[object, ...]] = [
        ("Rounds Care Inc",), ("General Ledger",), ("October 2026",), (),
        (None, "Date", "Transaction Type", "Num", "Amount", "Balance"),
        ("Facilities",),
        ("   Waste",),
        (None, "10/16/2026", "Bill", "2", 7.25, 7.25),
        (None, "10/17/2026", "Bill", "3", -0.25, 7),
        ("   Total for Waste", None, None, None, "=E8+E9"),
        ("Total for Facilities with sub-accounts", None, None, None, "=E10"),
        ("TOTAL", None, None, None, "=E11"),
        (), (),
        ("Thursday, November 05, 2026 09:12 AM GMT-04:00",),
    ]  # fmt: skip
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("General Ledger")
        for number, cells in enumerate(lines):
            for place, cell in enumerate(cells):
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(number, place, cell, value=7)
                elif cell is not None:
                    sheet.write(number, place, cell)
    [outcome] = load(home, path)
    assert facts(home, "ledger", "account, amount") == [
        ("Facilities:Waste", "-0.25"), ("Facilities:Waste", "7.25"),
    ]  # fmt: skip
    assert outcome.notes == ("3 of 3 totals tie to the records that they cover",)
    assert classes(home) == {"heading": 2, "total": 3, "footer": 1}


BALANCE = """Rounds Care Inc
Balance Sheet

,Total
ASSETS,
Checking,500.00
TOTAL ASSETS,$500.00
"""
INCOME = """Rounds Care Inc
Profit and Loss
January - December 2026

,Total
Income,
Visits,500.00
Total Income,500.00
Net Income,500.00
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BALANCE, "is a balance sheet, and no feed holds balances: export the general ledger"),
        (INCOME, "is a profit and loss without a column for each month"),
        (LEDGER.replace("General Ledger", "Deposit Detail") + ",10/15/2026,Bill,1,5.00,\n",
         "it has the headings of quickbooks_"),
        (LEDGER.replace("General Ledger", "Sales by Patient Detail") + ",10/15/2026,Bill,1,5.00,\n",
         "looks like a list of patients (its title says by patient) and was not read"),
    ],
)  # fmt: skip
def test_reports_that_no_feed_takes_are_named(home: Path, text: str, said: str) -> None:
    outcome = load_text(home, text)
    assert outcome.status == "refused"
    assert said in str(outcome.problem)
