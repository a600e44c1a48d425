"""Working days, as notices of contracts count them."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

from pipelines.calendar import federal_holidays

ONE = timedelta(1)


def is_working_day(day: date, *, federal: bool = True, kept: Container[date] = ()) -> bool:
    """Whether people work on a day: Monday to Friday, no federal holiday, none that is kept."""
    off = day in kept or (federal and day in federal_holidays(day.year))
    return day.weekday() < 5 and not off


def working_day_by(day: date, *, federal: bool = True, kept: Container[date] = ()) -> date:
    """The last working day up to a day: when a notice must be sent that is due on a Sunday.

    `kept` are the group's own holidays.
    """
    while not is_working_day(day, federal=federal, kept=kept):
        day -= ONE
    return day


def working_days_before(end: date, days: int, *, federal: bool = True) -> date:
    """The day so many working days before another: a notice of ten business days."""
    while days > 0:
        end -= ONE
        days -= is_working_day(end, federal=federal)
    return end
