"""Periods: spans of days with a name, and how one leads to the next or to last year's."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from pipelines.errors import UsageProblem

GRAINS = "day", "week", "month", "quarter", "year"
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of days, both ends included."""

    start: date
    stop: date

    def __post_init__(self) -> None:
        if self.stop < self.start:
            raise UsageProblem("The period ends before it starts. Swap its two dates.")

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.stop - self.start).days + 1

    @property
    def whole_months(self) -> bool:
        """Whether it starts on the first and ends on the last day of a month."""
        return self.start.day == 1 and self.stop == month_end(self.stop)

    def months(self) -> int:
        """How many calendar months it touches."""
        return (self.stop.year - self.start.year) * 12 + self.stop.month - self.start.month + 1

    def previous(self) -> Period:
        """The period of the same length just before: months for months, days for days."""
        if self.whole_months:
            return month_span(add_months(self.start, -self.months()), self.months())
        return Period(self.start - timedelta(self.days), self.start - timedelta(1))

    def last_year(self) -> Period:
        """The same period a year earlier; a month's end stays a month's end."""
        if self.whole_months:
            return month_span(add_months(self.start, -12), self.months())
        return Period(add_months(self.start, -12), add_months(self.stop, -12))

    def split(self, grain: str) -> Iterator[Period]:
        """The days, weeks (from Monday), months, quarters or years in it, cut at its ends."""
        if grain not in GRAINS:
            raise UsageProblem(f"There is no grain {grain}; known are {', '.join(GRAINS)}.")
        at = self.start
        while at <= self.stop:
            last = _grain_end(at, grain)
            yield Period(at, min(last, self.stop))
            at = last + timedelta(1)

    def name(self) -> str:
        """What people call it: "Oct 2026", "Q3 2026", "2026", "1 Oct to 14 Oct 2026"."""
        if self.whole_months and self.months() == 1:
            return f"{self.start:%b %Y}"
        if self.whole_months and self.months() == 3 and self.start.month % 3 == 1:
            return f"Q{(self.start.month + 2) // 3} {self.start.year}"
        if self.whole_months and self.months() == 12 and self.start.month == 1:
            return str(self.start.year)
        if self.whole_months:
            return f"{self.start:%b %Y} to {self.stop:%b %Y}"
        last = f"{self.stop.day} {self.stop:%b %Y}"
        if self.start == self.stop:
            return last
        year = f" {self.start.year}" if self.start.year != self.stop.year else ""
        return f"{self.start.day} {self.start:%b}{year} to {last}"


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@lru_cache(maxsize=4096)
def add_months(day: date, months: int) -> date:
    """The same day some months on; clamped to the end of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def month_span(first: date, months: int = 1) -> Period:
    """The period of whole months that starts with the month of `first`."""
    start = first.replace(day=1)
    return Period(start, add_months(start, months) - timedelta(1))


def _grain_end(day: date, grain: str) -> date:
    if grain == "day":
        return day
    if grain == "week":
        return day + timedelta(6 - day.weekday())
    length = MONTHS_IN[grain]
    first = (day.month - 1) // length * length + 1
    return month_span(day.replace(month=first, day=1), length).stop


def federal_holidays(year: int) -> frozenset[date]:
    """The days on which the offices of the United States are closed (5 U.S.C. 6103).

    A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after.
    """
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    fixed += [date(year, 6, 19)] if year >= 2021 else []
    # The New Year's day of the next year may be kept in this one.
    kept = {_observed(day) for day in (*fixed, date(year + 1, 1, 1))}
    moving = {
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        _nth(year, 6, 0, 1) - timedelta(7),  # the last Monday of May
        _nth(year, 9, 0, 1),
        _nth(year, 10, 0, 2),
        _nth(year, 11, 3, 4),
    }
    return frozenset(day for day in kept | moving if day.year == year)


def _observed(day: date) -> date:
    return day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))
