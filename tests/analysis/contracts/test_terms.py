"""Working days and price rises, by the calendar and by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.analysis.contracts.terms import (
    Rising,
    cost_in,
    federal_holidays,
    working_day_by,
    working_days_before,
)
from pipelines.calendar import Period

YEAR = Period(date(2027, 1, 1), date(2027, 12, 31))


def test_federal_holidays_are_those_that_opm_publishes() -> None:
    """As the Office of Personnel Management lists them for 2021 and 2026.

    In 2021 Independence Day and Christmas fell on a weekend, and the New Year's day of 2022 too.
    """
    assert sorted(federal_holidays(2026)) == [
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25),
        date(2026, 6, 19), date(2026, 7, 3), date(2026, 9, 7), date(2026, 10, 12),
        date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25),
    ]  # fmt: skip
    assert sorted(federal_holidays(2021)) == [
        date(2021, 1, 1), date(2021, 1, 18), date(2021, 2, 15), date(2021, 5, 31),
        date(2021, 6, 18), date(2021, 7, 5), date(2021, 9, 6), date(2021, 10, 11),
        date(2021, 11, 11), date(2021, 11, 25), date(2021, 12, 24), date(2021, 12, 31),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("due", "by"),
    [
        (date(2026, 12, 4), date(2026, 12, 4)),  # a Friday
        (date(2026, 12, 6), date(2026, 12, 4)),  # a Sunday
        (date(2026, 11, 26), date(2026, 11, 25)),  # Thanksgiving
        (date(2026, 7, 5), date(2026, 7, 2)),  # a Sunday after the holiday kept on Friday
    ],
)
def test_a_notice_is_sent_on_a_working_day(due: date, by: date) -> None:
    assert working_day_by(due) == by


def test_elsewhere_only_weekends_count() -> None:
    assert working_day_by(date(2026, 11, 26), federal=False) == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("end", "days", "expected"),
    [
        (date(2026, 12, 31), 1, date(2026, 12, 30)),
        # 30, 29, 28, 24, 23, 22, 21, 18, 17, 16 December: Christmas and two weekends between.
        (date(2026, 12, 31), 10, date(2026, 12, 16)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
    ],
)
def test_business_days_are_counted_back_over_weekends_and_holidays(
    end: date, days: int, expected: date
) -> None:
    assert working_days_before(end, days) == expected


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
    one = Rising(Decimal(36500), Decimal("0.03"), start, priced)
    assert cost_in(one, period) == tuple(map(Decimal, expected))


def test_simple_rises_do_not_rise_themselves() -> None:
    """Two of 3 % are 6 %, not 6.09 %."""
    one = Rising(Decimal(10000), Decimal("0.03"), date(2025, 1, 1), date(2026, 6, 1))
    assert cost_in(one, Period(date(2028, 1, 1), date(2028, 12, 31)), simple=True) == (
        Decimal(10000),
        Decimal(600),
    )


def test_after_its_end_a_contract_costs_nothing_more() -> None:
    """To 31 March: 90 days of 100, and 3 % of them."""
    one = Rising(
        Decimal(36500), Decimal("0.03"), date(2025, 1, 1), date(2026, 6, 1), date(2027, 3, 31)
    )
    assert cost_in(one, YEAR) == (Decimal("9000.00"), Decimal("270.00"))
    assert cost_in(one, Period(date(2028, 1, 1), date(2028, 12, 31))) == (0, 0)
