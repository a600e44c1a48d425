"""Working days by the calendar."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.analysis.contracts.terms import (
    federal_holidays,
    working_day_by,
    working_days_before,
)


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
