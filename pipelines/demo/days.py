"""The calendar of the demo: days, months, holidays and biweekly pay periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

# A Saturday on which a biweekly pay period ended; all others lie a multiple of 14 days away.
PERIOD_END = np.datetime64("2026-10-31")
CHECK_LAG = 6  # pay for a period that ends on a Saturday is handed out on the Friday after


def month_start(day: date, shift: int = 0) -> date:
    """The first day of the month that lies `shift` months after the one of `day`."""
    count = day.year * 12 + day.month - 1 + shift
    return date(count // 12, count % 12 + 1, 1)


def month_end(day: date, shift: int = 0) -> date:
    """The last day of the month that lies `shift` months after the one of `day`."""
    return month_start(day, shift + 1) - timedelta(days=1)


def to_date(day: np.datetime64) -> date:
    """A numpy day as a plain date."""
    return date.fromisoformat(str(day))


@dataclass(frozen=True)
class Span:
    """The days that the demo covers, from the first to the end of the year of `today`.

    The group is simulated to the year's end, because the budget needs the months to come; what
    lies after `today` never reaches a file of actuals. Arrays run over all days (length `D`).
    """

    today: date
    months: int

    @cached_property
    def first(self) -> date:
        """The first day, the first of a month."""
        return month_start(self.today, 1 - self.months)

    @cached_property
    def days(self) -> Days:
        """All days, shape (D,)."""
        end = date(self.today.year + 1, 1, 1)
        return np.asarray(np.arange(np.datetime64(self.first), np.datetime64(end)))

    @cached_property
    def known(self) -> int:
        """How many of the days are not after today."""
        return (self.today - self.first).days + 1

    @cached_property
    def month(self) -> Ints:
        """Each day's month, counted from 0, shape (D,)."""
        months = self.days.astype("datetime64[M]").astype(np.int64)
        return np.asarray(months - months[0])

    @cached_property
    def starts(self) -> list[date]:
        """The first day of each month, to the end of the year."""
        return [month_start(self.first, m) for m in range(int(self.month[-1]) + 1)]

    @cached_property
    def ends(self) -> list[date]:
        """The last day of each month, and today for the month that holds it."""
        return [self.today if m == self.months - 1 else month_end(s)
                for m, s in enumerate(self.starts)]  # fmt: skip

    @cached_property
    def weekday(self) -> Ints:
        """0 for Monday to 6 for Sunday, shape (D,)."""
        return np.asarray((self.days.astype(np.int64) + 3) % 7)

    @cached_property
    def year_day(self) -> Ints:
        """Days since 1 January, shape (D,)."""
        return np.asarray((self.days - self.days.astype("datetime64[Y]")).astype(np.int64))

    @cached_property
    def holiday(self) -> Flags:
        """Whether the day is one of the six holidays that the group keeps, shape (D,)."""
        years = range(self.first.year, self.today.year + 1)
        kept = [day for year in years for day in holidays(year)]
        return np.isin(self.days, np.array(kept, dtype="datetime64[D]"))

    @cached_property
    def period_end(self) -> Days:
        """The last day of each day's biweekly pay period, shape (D,)."""
        ahead = (PERIOD_END - self.days).astype(np.int64) % 14
        return np.asarray(self.days + ahead)

    def index(self, day: date) -> int:
        """The place of `day` among the days."""
        return (day - self.first).days

    def spread(self, monthly: Floats) -> Floats:
        """Monthly values, last axis months, repeated over each month's days."""
        return np.asarray(monthly[..., self.month])

    def by_month(self, daily: Floats | Ints | Flags) -> Floats:
        """Sums by month of daily values, (…, D) to (…, months)."""
        edges = np.searchsorted(self.month, np.arange(len(self.starts)))
        return np.asarray(np.add.reduceat(daily * 1.0, edges, axis=-1), dtype=np.float64)


def holidays(year: int) -> list[date]:
    """New Year, Memorial Day, Independence Day, Labor Day, Thanksgiving and Christmas."""
    may_end = date(year, 5, 31)
    september = date(year, 9, 1)
    november = date(year, 11, 1)
    return [
        date(year, 1, 1),
        may_end - timedelta(days=may_end.weekday()),
        date(year, 7, 4),
        september + timedelta(days=-september.weekday() % 7),
        november + timedelta(days=(3 - november.weekday()) % 7 + 21),
        date(year, 12, 25),
    ]
