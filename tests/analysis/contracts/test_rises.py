"""Price rises by hand: yearly, by agreed steps, and as a price index does between floor and cap."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from pipelines.analysis.contracts.rises import (
    Levels,
    Rise,
    Rising,
    cost_in,
    rises_of,
)
from pipelines.calendar import Period

TODAY = date(2026, 10, 31)
YEAR = Period(date(2027, 1, 1), date(2027, 12, 31))
NONE = dict.fromkeys(
    ("escalator", "escalator_index", "escalator_floor", "escalator_cap", "escalator_steps")
)
LEVELS: Levels = {
    ("CPI U", date(2024, 11, 1)): Decimal(200),
    ("CPI U", date(2025, 11, 1)): Decimal(208),  # 4 % more than a year before
    ("CPI U", date(2026, 11, 1)): Decimal(210),  # 0.96 % more
}


def yearly(
    annual: int,
    start: date,
    priced: date,
    period: Period,
    stop: date | None = None,
    *,
    simple: bool = False,
) -> tuple[Decimal, Decimal | None]:
    """What a contract with 3 % a year costs at today's price, and what its rises add."""
    terms = NONE | {"start": start, "annual_value": Decimal(annual), "escalator": Decimal(3)}
    rises = rises_of(terms, {}, priced, period.stop, simple=simple)
    cost = cost_in(Rising(Decimal(annual), start, rises, stop), period, simple=simple)
    assert cost.low == cost.high
    return cost.base, cost.low


@pytest.mark.parametrize(
    ("start", "priced", "period", "expected"),
    [
        # One rise of 3 % before the year begins: all of 36,500.
        (date(2025, 1, 1), date(2026, 6, 1), YEAR, ("36500.00", "1095.00")),
        # It rises on 1 July: 184 days at 3 %, 100 a day.
        (date(2025, 7, 1), date(2026, 8, 1), YEAR, ("36500.00", "552.00")),
        # Two rises a year on: 1.03² - 1 = 6.09 % for the whole of 2028, of 366 days.
        (date(2025, 1, 1), date(2026, 6, 1), Period(date(2028, 1, 1), date(2028, 12, 31)),
         ("36500.00", "2222.85")),
        # Begun on a leap day: it rises on 28 February, so 307 days count.
        (date(2024, 2, 29), date(2026, 6, 1), YEAR, ("36500.00", "921.00")),
        # The rise of this year is in the price already.
        (date(2025, 1, 1), date(2027, 3, 1), YEAR, ("36500.00", "0.00")),
    ],
)  # fmt: skip
def test_rises_count_from_their_day(
    start: date, priced: date, period: Period, expected: tuple[str, str]
) -> None:
    assert yearly(36500, start, priced, period) == tuple(map(Decimal, expected))


def test_simple_rises_do_not_rise_themselves() -> None:
    """Two of 3 % are 6 %, not 6.09 %."""
    two_on = Period(date(2028, 1, 1), date(2028, 12, 31))
    told = yearly(10000, date(2025, 1, 1), date(2026, 6, 1), two_on, simple=True)
    assert told == (Decimal(10000), Decimal(600))


def test_after_its_end_a_contract_costs_nothing_more() -> None:
    """To 31 March: 90 days of 100, and 3 % of them."""
    start, priced, stop = date(2025, 1, 1), date(2026, 6, 1), date(2027, 3, 31)
    told = yearly(36500, start, priced, YEAR, stop)
    assert told == (Decimal("9000.00"), Decimal("270.00"))
    after = Period(date(2028, 1, 1), date(2028, 12, 31))
    assert yearly(36500, start, priced, after, stop) == (0, 0)


def added(year: Period, *, simple: bool = False, levels: Levels = LEVELS, **terms: object) -> str:
    """What the rises of a contract of 36,500 a year from 1 July 2024 add in a year, in words."""
    row = NONE | {"start": date(2024, 7, 1), "annual_value": Decimal(36500)} | terms
    rises = rises_of(row, levels, TODAY, date(2029, 12, 31), simple=simple)
    cost = cost_in(Rising(Decimal(36500), row["start"], rises), year, simple=simple)
    assert cost.base == 36500
    return str(cost.low) if cost.low == cost.high else f"{cost.low} to {cost.high}"


AGREED = "2027-07-01 3%; 2028-07-01 by 1200; 2029-07-01 to 40000; 2026-02-01 9%"


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        # Half of 2027, from 1 July: 184 days of 3 a day. The step of February 2026 is in the price.
        (2027, "552.00"),
        # 2028, a leap year: 37,595 from January to June (182 days), 38,795 after it (184 days):
        # (1,095 x 182 + 2,295 x 184) / 366 = 1,698.28.
        (2028, "1698.28"),
        # 2029: 38,795 for 181 days and 40,000 for 184: (2,295 x 181 + 3,500 x 184) / 365.
        (2029, "2902.45"),
    ],
)
def test_agreed_steps_raise_the_price_on_their_days(year: int, expected: str) -> None:
    """3 % from 1 July 2027: 37,595; 1,200 more a year on: 38,795; then 40,000."""
    span = Period(date(year, 1, 1), date(year, 12, 31))
    assert added(span, escalator_steps=AGREED, escalator=Decimal(5)) == expected


def test_steps_that_do_not_rise_on_rises() -> None:
    """Of 36,500: 10 % twice are 7,300 and not 7,665, and a new value stays what it is."""
    year = Period(date(2029, 1, 1), date(2029, 12, 31))
    twice = "2027-01-01 10%; 2028-01-01 10%"
    assert added(year, escalator_steps=twice) == "7665.00"
    assert added(year, escalator_steps=twice, simple=True) == "7300.00"
    assert added(year, escalator_steps=f"{twice}; 2029-01-01 to 40000", simple=True) == "3500.00"


@pytest.mark.parametrize(
    ("floor", "cap", "known", "unknown"),
    [
        # Known: 210 / 208 - 1 = 0.9615 %, of 36,500 350.96. The next anniversary's is not.
        (None, None, "350.96", "None"),
        (2, 5, "730.00", "1474.60 to 2591.50"),  # 2 %; then 1.02 x 1.02 and 1.02 x 1.05
        (None, Decimal("0.5"), "182.50", "None to 365.91"),  # 0.5 %; at most 1.005 x 1.005
        (0, None, "350.96", "350.96 to None"),
        (3, 3, "1095.00", "2222.85"),  # the same whatever the index does
    ],
)
def test_an_indexed_price_rises_as_the_index_did_between_its_bounds(
    floor: int | None, cap: Decimal | None, known: str, unknown: str
) -> None:
    """From 1 January: by the year to the November before, of which 2026's is known and 2027's not.

    Told are 2027, after the first rise, and 2028, after the one that nobody knows yet.
    """
    terms = {
        "start": date(2024, 1, 1), "escalator_index": "cpi-u", "escalator_floor": floor,
        "escalator_cap": cap,
    }  # fmt: skip
    assert added(YEAR, **terms) == known
    assert added(Period(date(2028, 1, 1), date(2028, 12, 31)), **terms) == unknown


def test_an_index_that_nobody_supplied_is_not_guessed() -> None:
    """Nor is one whose value of a year before is missing: a change needs both."""
    terms = {"start": date(2024, 1, 1), "escalator_index": "RPI"}
    assert added(YEAR, **terms) == "None"
    one = {("RPI", date(2026, 11, 1)): Decimal(100)}
    assert added(YEAR, levels=one, **terms) == "None"


def test_a_step_in_money_needs_the_value_of_a_year() -> None:
    terms = NONE | {
        "start": date(2024, 1, 1), "annual_value": None,
        "escalator_steps": "2027-01-01 2%; 2028-01-01 by 100",
    }  # fmt: skip
    assert rises_of(terms, {}, TODAY, date(2029, 1, 1)) == (
        Rise(date(2027, 1, 1), Fraction(1, 50), Fraction(1, 50)),
        Rise(date(2028, 1, 1), None, None),
    )
