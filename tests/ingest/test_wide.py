"""Measures side by side: which columns are periods, which month each is, one fact for each."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.ingest.facts import _twelfth
from tests.loading import facts, load_text, rows

MONTHS = "CAST(month AS VARCHAR), amount"


def budget(home: Path, text: str, name: str = "FY2026 budget.csv") -> list[tuple[object, ...]]:
    load_text(home, text, name)
    return facts(home, "budget", MONTHS)


@pytest.mark.parametrize(
    ("headings", "name", "months"),
    [
        ("Jan,Feb", "FY2026 budget.csv", ("2026-01-01", "2026-02-01")),
        ("January,February", "budget 2026.csv", ("2026-01-01", "2026-02-01")),
        ("Jan-26,Feb-26", "budget.csv", ("2026-01-01", "2026-02-01")),
        ("Jan 2026,Feb 2026", "budget.csv", ("2026-01-01", "2026-02-01")),
        ("2026-01,2026-02", "budget.csv", ("2026-01-01", "2026-02-01")),
        ("2026-01-01,2026-02-01", "budget.csv", ("2026-01-01", "2026-02-01")),
        ("01/2026,02/2026", "budget.csv", ("2026-01-01", "2026-02-01")),
    ],
)
def test_months_and_how_they_are_spelled(
    home: Path, headings: str, name: str, months: tuple[str, str]
) -> None:
    found = budget(home, f"Site,Account,{headings}\nELM,6100,10.50,20\n", name)
    assert found == [(months[0], "10.5"), (months[1], "20")]


def test_a_year_of_months_below_a_title(home: Path) -> None:
    """Dates as headings are no words, and yet they are the headings."""
    months = ",".join(f"2026-{month:02}-01" for month in range(1, 13))
    cells = ",".join(str(month) for month in range(1, 13))
    text = f"Rounds Care\nBudget\n\nSite,Account,{months}\nELM,6100,{cells}\nOAK,6100,{cells}\n"
    found = budget(home, text)
    assert (len(found), found[0], found[-1]) == (24, ("2026-01-01", "1"), ("2026-12-01", "12"))


def test_words_that_begin_like_a_month_are_no_month(home: Path) -> None:
    outcome = load_text(home, "Site,Account,Separate,Mayor\nELM,6100,1,2\n", "FY2026.csv")
    assert outcome.status == "refused"


@pytest.mark.parametrize("name", ["FY26 budget.csv", "FY2025-26.csv", "FY25-26 budget.csv"])
def test_a_fiscal_year_begins_with_its_first_column(home: Path, name: str) -> None:
    found = budget(home, "Site,Account,Jul,Dec,Jan,Jun\nELM,6100,1,2,3,4\n", name)
    assert found == [
        ("2025-07-01", "1"), ("2025-12-01", "2"), ("2026-01-01", "3"), ("2026-06-01", "4"),
    ]  # fmt: skip


def test_the_year_of_a_column_wins_over_the_files(home: Path) -> None:
    text = "Site,Account,Fiscal year,Jan,Feb\nELM,6100,2027,1,2\nELM,6100,2028,3,\n"
    assert budget(home, text) == [("2027-01-01", "1"), ("2027-02-01", "2"), ("2028-01-01", "3")]


def test_a_month_without_year_is_set_aside_with_its_money(home: Path) -> None:
    outcome = load_text(home, "Site,Account,Jan,Feb\nELM,6100,1,2\n", "plan.csv")
    assert outcome.as_json()["money"]["quarantined"] == "3.0000"
    assert rows(home, 'SELECT reason, "column" FROM quarantine') == [("is missing", "month")]


@pytest.mark.parametrize(
    ("line", "amount"),
    [("($000s)", "10500"), ("Amounts in thousands", "10500"), ("USD, in millions", "10500000"),
     ("$'000", "10500"), ("Budget for 10,000 visits", "10.5"), ("", "10.5")],
)  # fmt: skip
def test_thousands_are_said_above_the_headings(home: Path, line: str, amount: str) -> None:
    found = budget(home, f'Rounds Care\n"{line}"\nSite,Account,Jan,Feb\nELM,6100,10.50,\n')
    assert found == [("2026-01-01", amount)]


def test_a_record_is_accepted_or_set_aside_whole(home: Path) -> None:
    text = "Site,Account,Jan,Feb\nELM,6100,10,twenty\nOAK,6100,1,2\n"
    outcome = load_text(home, text, "FY2026.csv")
    assert facts(home, "budget", MONTHS) == [("2026-01-01", "1"), ("2026-02-01", "2")]
    money = outcome.as_json()["money"]
    assert (money["read"], money["accepted"], money["quarantined"], money["unreadable"]) == (
        "13.0000", "3.0000", "10.0000", 1,
    )  # fmt: skip


def test_columns_of_one_measure_share_their_decimal_mark(home: Path) -> None:
    found = budget(home, "Site;Account;Jan;Feb\nELM;6100;1.234;7,50\n")
    assert found == [("2026-01-01", "1234"), ("2026-02-01", "7.5")]


@pytest.mark.parametrize("twice", ["Jan,Jan", "Jan,January", "Jan 2026,2026-01"])
def test_two_columns_for_one_month_are_refused(home: Path, twice: str) -> None:
    outcome = load_text(home, f"Site,Account,{twice}\nELM,6100,1,2\n", "FY2026.csv")
    assert "has two columns of “amount” for one period" in str(outcome.problem)


def test_a_years_amount_is_spread_to_the_cent(home: Path) -> None:
    text = (
        "Fund,Department ID,Department,2026 Appropriation,Expenditures 2025\n"
        "Health,897,Elm Hospital,100.00,-0.05\n"
    )
    outcome = load_text(home, text)
    found = facts(home, "budget", "site, version, CAST(month AS VARCHAR), amount")
    assert [row[2] for row in found] == [f"2026-{m:02}-01" for m in range(1, 13)]
    assert {row[:2] for row in found} == {("897", "2026 appropriation, spread evenly")}
    assert sorted({row[3] for row in found}) == ["8.33", "8.34"]
    assert facts(home, "budget", "sum(amount)") == [("100",)]
    assert facts(home, "ledger", "sum(amount), count(*)") == [("-0.05", 12)]
    assert outcome.loaded is not None
    assert outcome.loaded.rows == {"budget": 12, "ledger": 12}


@pytest.mark.parametrize("amount", ["0", "0.01", "-0.01", "0.1234", "99999999999999.9999", "-7"])
def test_twelve_parts_are_the_whole(amount: str) -> None:
    frame = pl.DataFrame({"a": [Decimal(amount)]}, schema={"a": pl.Decimal(38, 4)})
    parts = frame.select(_twelfth(pl.col("a"), m).alias(str(m)) for m in range(1, 13)).row(0)
    assert sum(parts) == Decimal(amount)
    assert max(parts) - min(parts) < Decimal("0.02")


def test_a_period_after_the_twelfth_has_no_month(home: Path) -> None:
    head = "account,year,location,periodAmount1,periodAmount13\n"
    outcome = load_text(home, f"{head}6100,2026,ELM,5,\n6300,2026,ELM,1,2\n")
    assert facts(home, "budget", "account, amount") == [("6100", "5")]
    assert outcome.as_json()["money"]["quarantined"] == "3.0000"
