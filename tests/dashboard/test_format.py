"""Figures as a person reads them; the expected texts are written by hand."""

from __future__ import annotations

import doctest
import importlib
from datetime import date, datetime
from decimal import Decimal

import pytest

from dashboard import format as fmt

NNBSP = "\u202f"
NBSP = "\u00a0"
MINUS = "\u2212"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
        (Decimal("NaN"), "–"),
        (0, "$0"),
        (0.4, "$0"),
        (-0.4, "$0"),
        (0.5, "$1"),
        (412, "$412"),
        (999.49, "$999"),
        (999.5, "$1k"),
        (38_400, "$38k"),
        (38_500, "$39k"),
        (999_499, "$999k"),
        (999_500, "$1.00m"),
        (1_064_000, "$1.06m"),
        (1_065_000, "$1.07m"),
        (11_842_310, "$11.84m"),
        (99_994_999, "$99.99m"),
        (99_995_000, "$100.0m"),
        (141_900_000, "$141.9m"),
        (999_950_000, "$1.00bn"),
        (1_240_000_000, "$1.24bn"),
        (-71_000, f"{MINUS}$71k"),
        (Decimal("2300000.005"), "$2.30m"),
    ],
)
def test_money(amount: fmt.Number | None, text: str) -> None:
    assert fmt.money(amount) == text


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        ("USD", "$38k"),
        ("GBP", "£38k"),
        ("EUR", "€38k"),
        ("XOF", f"CFA{NBSP}38k"),
        ("KES", f"KES{NBSP}38k"),
    ],
)
def test_money_in_other_currencies(currency: str, text: str) -> None:
    assert fmt.money(38_000, currency) == text


def test_a_page_chooses_the_decimals_of_millions() -> None:
    assert fmt.money(2_300_000, decimals=1) == "$2.3m"
    assert fmt.money(2_340_000, decimals=1, signed=True) == "+$2.3m"
    assert fmt.money_range(140_600_000, 143_000_000) == "$140.6m to $143.0m"
    assert fmt.money_range(None, 143_000_000) == "–"


def test_money_to_the_cent() -> None:
    assert fmt.money_exact(Decimal("1234567.885")) == "$1,234,567.89"
    assert fmt.money_exact(-0.004) == "$0.00"
    assert fmt.money_exact(1234.5, "XOF") == f"CFA{NBSP}1,235"
    assert fmt.money_exact(12.5, signed=True) == "+$12.50"
    assert fmt.unit_price(14.1) == "$14.10"


def test_other_marks() -> None:
    german = fmt.Marks(decimal=",", group=".")
    assert fmt.money_exact(1234567.5, "EUR", marks=german) == "€1.234.567,50"
    assert fmt.percent(0.142, marks=german) == f"14,2{NNBSP}%"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (412_000, "$412k over budget"),
        (-13_250, "$13k under budget"),
        (0, "on budget"),
        (0.49, "on budget"),
        (-0.49, "on budget"),
        (None, "–"),
    ],
)
def test_gap_in_words(amount: float | None, text: str) -> None:
    assert fmt.gap(amount) == text


def test_gap_against_something_else() -> None:
    assert fmt.gap(-64_000, "GBP", against="last year") == "£64k under last year"
    assert fmt.gap(2_310_000, decimals=1) == "$2.3m over budget"


def test_thousands_for_tables() -> None:
    assert fmt.thousands(811_700) == "812"
    assert fmt.thousands(1_234_567) == "1,235"
    assert fmt.thousands(-13_400, signed=True) == f"{MINUS}13"
    assert fmt.thousands(400, signed=True) == "0"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.142, "14.2"),
        (0.06, "6.0"),
        (0, "0.0"),
        (-0.0004, "0.0"),
        (-0.02, f"{MINUS}2.0"),
        (Decimal("0.08945"), "8.9"),
        (0.0895, "9.0"),
        (1.2345, "123.5"),
    ],
)
def test_percent(share: fmt.Number, text: str) -> None:
    assert fmt.percent(share) == f"{text}{NNBSP}%"


def test_changes_of_shares_are_points() -> None:
    assert fmt.points(-0.041) == "4.1 points"
    assert fmt.points(0.041, signed=True) == "+4.1 points"
    assert fmt.change(-0.041, "percent") == "4.1 points"
    assert fmt.change(-3.1, "price") == "$3.10"
    assert fmt.change(1, "days") == "1 day"
    assert fmt.percent_range(0.059, 0.101) == f"5.9{NNBSP}% to 10.1{NNBSP}%"


def test_counts_and_hours() -> None:
    assert fmt.count(17_030) == "17,030"
    assert fmt.count(None) == "–"
    assert fmt.counted(1, "site") == "1 site"
    assert fmt.counted(0, "site") == "0 sites"
    assert fmt.counted(2, "facility", "facilities") == "2 facilities"
    assert fmt.hours(17_030.4) == "17,030 hours"
    assert fmt.hours(1) == "1 hour"
    assert fmt.hours(None) == "–"
    assert fmt.number(3.479, decimals=2) == "3.48"


def test_days() -> None:
    assert [fmt.days_left(n) for n in (18, 1, 0, -1, -3)] == [
        "18 days left",
        "1 day left",
        "today",
        "1 day past",
        "3 days past",
    ]
    assert fmt.days_left(None) == "–"
    assert fmt.days(6) == "6 days"


def test_dates() -> None:
    december = date(2026, 12, 12)
    assert fmt.day(december) == "12 Dec 2026"
    assert fmt.day_in_sentence(december) == "12 December"
    assert fmt.day_in_sentence(date(2027, 1, 8), year=True) == "8 January 2027"
    assert fmt.month(december) == "Dec 2026"
    assert fmt.month_in_sentence(december) == "December"
    assert fmt.month_in_sentence(december, year=True) == "December 2026"
    assert fmt.moment(datetime(2026, 11, 24, 9, 5)) == "24 Nov 2026, 09:05"
    assert {fmt.day(None), fmt.month(None), fmt.moment(None), fmt.day_in_sentence(None)} == {"–"}


def test_runs_of_days() -> None:
    assert fmt.day_range(date(2026, 10, 29), date(2026, 10, 31)) == "29–31 Oct 2026"
    assert fmt.day_range(date(2026, 9, 29), date(2026, 10, 3)) == "29 Sep to 3 Oct 2026"
    assert fmt.day_range(date(2026, 12, 30), date(2027, 1, 2)) == "30 Dec 2026 to 2 Jan 2027"
    assert fmt.day_range(date(2026, 10, 1), date(2026, 10, 1)) == "1 Oct 2026"
    assert fmt.day_range(None, date(2026, 10, 1)) == "–"


def test_words() -> None:
    assert fmt.suppressed() == "fewer than 5"
    assert fmt.names([]) == ""
    assert fmt.names(["Elmwood"]) == "Elmwood"
    assert fmt.names(["Elmwood", "Bayfield", "Summit"]) == "Elmwood, Bayfield and Summit"
    assert fmt.names(["A", "B", "C", "D"], limit=2) == "A, B and 2 more"


@pytest.mark.parametrize(
    ("positions", "unit", "texts"),
    [
        ([0.05, 0.10, 0.15], "percent", ["5", "10", f"15{NNBSP}%"]),
        ([0.07, 0.075, 0.08], "percent", ["7.0", "7.5", f"8.0{NNBSP}%"]),
        ([0, 1e6, 2e6, 3e6], "money", ["0", "1", "2", "$3m"]),
        ([10.5e6, 11e6, 11.5e6], "money", ["10.5", "11.0", "$11.5m"]),
        ([0, 200_000], "money", ["0", "$200k"]),
        ([5, 10], "price", ["5", "$10"]),
        ([0, 500, 1000], "count", ["0", "500", "1,000"]),
        ([2, 4], "days", ["2", "4 days"]),
        ([], "count", []),
    ],
)
def test_ticks_say_the_unit_once(positions: list[float], unit: fmt.Unit, texts: list[str]) -> None:
    assert fmt.ticks(positions, unit) == texts


def test_signed_ticks() -> None:
    assert fmt.ticks([-1e6, 0, 1e6], "money", signed=True) == [f"{MINUS}1", "0", "+$1m"]


def test_a_value_by_its_unit() -> None:
    units: list[tuple[fmt.Unit, str]] = [
        ("money", "$12"),
        ("price", "$12.30"),
        ("count", "12"),
        ("hours", "12"),
        ("days", "12"),
        ("number", "12.3"),
    ]
    assert [fmt.value(12.3, unit) for unit, _ in units] == [text for _, text in units]
    assert fmt.value(0.123, "percent") == f"12.3{NNBSP}%"
    assert fmt.value(None, "money") == "–"


@pytest.mark.parametrize("name", ["", ".dates", ".figures", ".moneys", ".units", ".words"])
def test_examples_in_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"pipelines.format{name}")).failed == 0
