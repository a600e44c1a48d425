"""Periods: their length, their neighbours, their parts, their names."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.calendar import GRAINS, Period, add_months, month_end, month_span
from pipelines.errors import UsageProblem

DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))
PERIODS = st.builds(lambda day, n: Period(day, day + timedelta(n)), DAYS, st.integers(0, 800))
MONTHS = st.builds(lambda day, n: month_span(day, n), DAYS, st.integers(1, 30))


def span(text: str) -> Period:
    """ "2026-10-01 2026-10-31" as a period."""
    start, stop = map(date.fromisoformat, text.split())
    return Period(start, stop)


@pytest.mark.parametrize(
    ("text", "previous", "last_year"),
    [
        ("2026-10-01 2026-10-31", "2026-09-01 2026-09-30", "2025-10-01 2025-10-31"),
        ("2024-02-01 2024-02-29", "2024-01-01 2024-01-31", "2023-02-01 2023-02-28"),
        ("2025-02-01 2025-02-28", "2025-01-01 2025-01-31", "2024-02-01 2024-02-29"),
        ("2026-01-01 2026-03-31", "2025-10-01 2025-12-31", "2025-01-01 2025-03-31"),
        ("2026-01-01 2026-12-31", "2025-01-01 2025-12-31", "2025-01-01 2025-12-31"),
        ("2026-10-05 2026-10-11", "2026-09-28 2026-10-04", "2025-10-05 2025-10-11"),
        ("2026-10-01 2026-10-14", "2026-09-17 2026-09-30", "2025-10-01 2025-10-14"),
        ("2024-02-29 2024-02-29", "2024-02-28 2024-02-28", "2023-02-28 2023-02-28"),
        ("2024-03-01 2024-03-01", "2024-02-29 2024-02-29", "2023-03-01 2023-03-01"),
    ],
)
def test_the_period_before_and_the_year_before(text: str, previous: str, last_year: str) -> None:
    assert span(text).previous() == span(previous)
    assert span(text).last_year() == span(last_year)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2026-10-01 2026-10-31", "Oct 2026"),
        ("2026-07-01 2026-09-30", "Q3 2026"),
        ("2026-08-01 2026-10-31", "Aug 2026 to Oct 2026"),
        ("2026-01-01 2026-12-31", "2026"),
        ("2025-11-01 2026-10-31", "Nov 2025 to Oct 2026"),
        ("2026-10-01 2026-10-14", "1 Oct to 14 Oct 2026"),
        ("2025-12-29 2026-01-04", "29 Dec 2025 to 4 Jan 2026"),
        ("2026-10-07 2026-10-07", "7 Oct 2026"),
    ],
)
def test_what_people_call_a_period(text: str, name: str) -> None:
    assert span(text).name() == name


@pytest.mark.parametrize(
    ("grain", "parts"),
    [
        ("week", ["2026-09-30 2026-10-04", "2026-10-05 2026-10-11", "2026-10-12 2026-10-13"]),
        ("month", ["2026-09-30 2026-09-30", "2026-10-01 2026-10-13"]),
        ("quarter", ["2026-09-30 2026-09-30", "2026-10-01 2026-10-13"]),
        ("year", ["2026-09-30 2026-10-13"]),
    ],
)
def test_a_period_is_cut_at_its_own_ends(grain: str, parts: list[str]) -> None:
    assert list(span("2026-09-30 2026-10-13").split(grain)) == [span(part) for part in parts]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2024-02-29", -12, "2023-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-05-31", 0, "2026-05-31"),
    ],
)
def test_months_are_added_and_clamped(day: str, months: int, then: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(then)


def test_a_period_knows_its_days_and_months() -> None:
    quarter = span("2024-01-01 2024-03-31")
    assert (quarter.days, quarter.months(), quarter.whole_months) == (91, 3, True)
    part = span("2024-01-01 2024-03-30")
    assert (part.days, part.months(), part.whole_months) == (90, 3, False)
    assert month_end(date(2024, 2, 10)) == date(2024, 2, 29)
    assert month_span(date(2025, 12, 24), 2) == span("2025-12-01 2026-01-31")


def test_what_is_no_period_is_refused() -> None:
    with pytest.raises(UsageProblem, match="ends before it starts"):
        Period(date(2026, 10, 2), date(2026, 10, 1))
    with pytest.raises(UsageProblem, match="no grain fortnight; known are day, week"):
        list(span("2026-10-01 2026-10-31").split("fortnight"))


@given(PERIODS, st.sampled_from(GRAINS))
def test_the_parts_of_a_period_fill_it_without_gap_or_overlap(period: Period, grain: str) -> None:
    parts = list(period.split(grain))
    assert (parts[0].start, parts[-1].stop) == (period.start, period.stop)
    assert sum(part.days for part in parts) == period.days
    for before, after in pairwise(parts):
        assert after.start - before.stop == timedelta(1)


@given(MONTHS)
def test_the_period_before_ends_where_this_one_starts(period: Period) -> None:
    before = period.previous()
    assert before.stop + timedelta(1) == period.start
    assert (before.months(), before.whole_months) == (period.months(), True)


@given(PERIODS)
def test_a_period_a_year_earlier_is_as_long_but_for_a_leap_day(period: Period) -> None:
    earlier = period.last_year()
    assert abs(earlier.days - period.days) <= 1 + period.days // 365
    assert (earlier.start.year, earlier.stop.year) == (period.start.year - 1, period.stop.year - 1)


@given(DAYS, st.integers(-400, 400))
def test_months_there_and_back_stay_in_the_month(day: date, months: int) -> None:
    back = add_months(add_months(day, months), -months)
    assert (back.year, back.month) == (day.year, day.month)
    assert back.day <= day.day
