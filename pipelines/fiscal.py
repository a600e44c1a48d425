"""Fiscal years and their periods: months, 4-4-5 weeks, thirteen of four weeks, pay periods.

A year of weeks begins on the same weekday each year, the one nearest to the first of its month,
and so has 53 weeks now and then (NRF 4-5-4 calendar; IRS Publication 538, 52-53-week tax year).
The week that is too many belongs to the last period.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise

from pipelines.calendar import Period, add_months, month_span
from pipelines.errors import UsageProblem

GRAINS = "fiscal_period", "fiscal_quarter", "fiscal_year", "pay_period"
WEEKS = {
    "4-4-5": (4, 4, 5) * 4,
    "4-5-4": (4, 5, 4) * 4,
    "5-4-4": (5, 4, 4) * 4,
    "13x4": (4,) * 13,
}
KINDS = ("months", *WEEKS)
BASES = "worked", "check"
DAYS_OF = "working", "calendar"
DAYS = "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
WEEK = timedelta(7)


@dataclass(frozen=True, slots=True)
class Fiscal:
    """A group's fiscal calendar.

    `kind` is one of KINDS, `month` the first month of the year; years of weeks begin on `weekday`.
    A year is named after the calendar year in which it ends, or with `named_by` "start" begins.
    `pay_start` is the first day of any pay period, `pay_days` how many days one has; `pay_basis`
    says whether pay belongs to the month in which it was worked, or to that of its check.
    Working days are Monday to Friday less `holidays`; kinds of site that are `always_open` work
    every day.
    """

    kind: str = "months"
    month: int = 1
    weekday: str = "sunday"
    named_by: str = "end"
    pay_start: date | None = None
    pay_days: int = 14
    pay_basis: str = "worked"
    holidays: tuple[date, ...] = ()
    always_open: tuple[str, ...] = ("Nursing home", "Hospital")

    def __post_init__(self) -> None:
        for name, value, known in (
            ("kind", self.kind, KINDS),
            ("weekday", self.weekday, DAYS),
            ("named_by", self.named_by, ("end", "start")),
            ("pay_basis", self.pay_basis, BASES),
        ):
            if value not in known:
                listed = ", ".join(known)
                raise UsageProblem(f"settings.toml: calendar.{name} is one of {listed}.")
        if not 1 <= self.month <= 12:
            raise UsageProblem("settings.toml: the fiscal year starts in a month from 1 to 12.")
        if self.pay_days < 1:
            raise UsageProblem("settings.toml: calendar.pay_days is 1 or more.")

    def year(self, number: int) -> Period:
        """The fiscal year of a name: 2026."""
        begins = number - (self._named_late and self.named_by == "end")
        return Period(self._start(begins), self._start(begins + 1) - timedelta(1))

    def number(self, day: date) -> int:
        """The name of the fiscal year that a day is in."""
        near = (day.year - 1, day.year, day.year + 1)
        return next(n for n in near if self.year(n).start <= day <= self.year(n).stop)

    def periods(self, number: int) -> list[Period]:
        """The twelve or thirteen periods of a fiscal year; together they are the year."""
        year = self.year(number)
        if self.kind == "months":
            return [month_span(add_months(year.start, step)) for step in range(12)]
        weeks = list(WEEKS[self.kind])
        weeks[-1] += (year.days - 7 * sum(weeks)) // 7
        starts = [year.start + WEEK * done for done in accumulate(weeks, initial=0)]
        return [Period(start, after - timedelta(1)) for start, after in pairwise(starts)]

    def quarters(self, number: int) -> list[Period]:
        """The four quarters of a fiscal year; UsageProblem where thirteen periods have none."""
        if self.kind == "13x4":
            raise UsageProblem("A year of thirteen periods has no quarters: ask by fiscal_period.")
        periods = self.periods(number)
        return [Period(periods[i].start, periods[i + 2].stop) for i in range(0, 12, 3)]

    def split(self, period: Period, grain: str) -> Iterator[Period]:
        """The fiscal periods, quarters, years or pay periods in a period, cut at its ends."""
        at = period.start
        while at <= period.stop:
            whole = self.around(at, grain)
            yield Period(at, min(whole.stop, period.stop))
            at = whole.stop + timedelta(1)

    def around(self, day: date, grain: str) -> Period:
        """The one of a grain that a day is in."""
        if grain == "pay_period":
            return self._pay_period(day)
        if grain == "fiscal_year":
            return self.year(self.number(day))
        parts = (self.quarters if grain == "fiscal_quarter" else self.periods)(self.number(day))
        return parts[bisect_right([part.start for part in parts], day) - 1]

    def previous(self, period: Period, grain: str) -> Period:
        """The one of a grain before a period that is one."""
        return self.around(period.start - timedelta(1), grain)

    def last_year(self, period: Period, grain: str) -> Period:
        """The one of the same name a fiscal year earlier.

        The 53rd week of a year stands against a shorter period. A pay period stands against the one
        26 fortnights earlier.
        """
        if grain == "pay_period":
            back = round(364 / self.pay_days) * self.pay_days
            return Period(period.start - timedelta(back), period.stop - timedelta(back))
        number = self.number(period.start)
        if grain == "fiscal_year":
            return self.year(number - 1)
        of = self.quarters if grain == "fiscal_quarter" else self.periods
        return of(number - 1)[of(number).index(self.around(period.start, grain))]

    def shifted(self, period: Period, back: str) -> Period:
        """What a period is compared with: `previous`, or the same of last `year`.

        A fiscal or pay period leads to another one; any other span of days goes by the calendar.
        """
        if not period.whole_months:
            for grain in GRAINS:
                if grain == "pay_period" and self.pay_start is None:
                    continue
                if (grain, self.kind) != ("fiscal_quarter", "13x4") and period == self.around(
                    period.start, grain
                ):
                    return (self.previous if back == "previous" else self.last_year)(period, grain)
        return period.previous() if back == "previous" else period.last_year()

    def named(self, name: str) -> Period:
        """The period that people call FY2026, FY2026-Q1 or FY2026-P03. UsageProblem for others."""
        year, _, part = name.upper().removeprefix("FY").partition("-")
        known = year.isdigit() and len(year) == 4 and name.upper().startswith("FY")
        parts: list[Period] = []
        if known and not part:
            return self.year(int(year))
        if known and part[1:].isdigit():
            parts = {"Q": self.quarters, "P": self.periods}.get(part[0], lambda _: [])(int(year))
            if 0 < int(part[1:]) <= len(parts):
                return parts[int(part[1:]) - 1]
        raise UsageProblem(f"There is no period {name}: write FY2026, FY2026-Q1 or FY2026-P03.")

    def days(self, period: Period, days: str, kind: str = "") -> int:
        """The `days` ("working" or "calendar") of a period at a kind of site."""
        always = kind.casefold() in {name.casefold() for name in self.always_open}
        if days == "calendar" or always:
            return period.days
        weeks, rest = divmod(period.days, 7)
        first = period.start.weekday()
        weekdays = 5 * weeks + sum((first + step) % 7 < 5 for step in range(rest))
        return weekdays - sum(
            period.start <= day <= period.stop and day.weekday() < 5 for day in set(self.holidays)
        )

    @property
    def _named_late(self) -> bool:
        """Whether the year ends in the calendar year after the one in which it begins."""
        return self.month > 1

    def _start(self, begins: int) -> date:
        """The first day of the fiscal year that begins in a calendar year."""
        first = date(begins, self.month, 1)
        if self.kind == "months":
            return first
        ahead = (DAYS.index(self.weekday) - first.weekday()) % 7
        return first + timedelta(ahead if ahead <= 3 else ahead - 7)

    def _pay_period(self, day: date) -> Period:
        if self.pay_start is None:
            raise UsageProblem(
                "No pay period is known: put the first day of one into settings.toml, as "
                "pay_start = 2026-10-09 under [calendar]."
            )
        steps = (day - self.pay_start).days // self.pay_days
        start = self.pay_start + timedelta(steps * self.pay_days)
        return Period(start, start + timedelta(self.pay_days - 1))
