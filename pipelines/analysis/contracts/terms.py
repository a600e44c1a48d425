"""Terms of contracts in plain arithmetic: working days, and what yearly price rises cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from pipelines.calendar import Period, add_months

CENT = Decimal("0.01")
ONE = timedelta(1)


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


def is_working_day(day: date, *, federal: bool = True) -> bool:
    """Whether people work on a day: Monday to Friday, and no federal holiday."""
    return day.weekday() < 5 and not (federal and day in federal_holidays(day.year))


def working_day_by(day: date, *, federal: bool = True) -> date:
    """The last working day up to a day: when a notice must be sent that is due on a Sunday."""
    while not is_working_day(day, federal=federal):
        day -= ONE
    return day


def working_days_before(end: date, days: int, *, federal: bool = True) -> date:
    """The day so many working days before another: a notice of ten business days."""
    while days > 0:
        end -= ONE
        days -= is_working_day(end, federal=federal)
    return end


@dataclass(frozen=True, slots=True)
class Rising:
    """A contract whose price rises each year.

    `annual` is what a year costs at the price of `priced`, `rate` the yearly rise as a share; the
    price rises on each anniversary of `start`. `stop` is its last day, None where none is set.
    """

    annual: Decimal
    rate: Decimal
    start: date
    priced: date
    stop: date | None = None

    def rises(self, day: date) -> int:
        """How many rises there have been on a day since the price was that of `annual`."""
        return max(0, _anniversaries(self.start, day) - _anniversaries(self.start, self.priced))


def cost_in(one: Rising, period: Period, *, simple: bool = False) -> tuple[Decimal, Decimal]:
    """What a contract costs in a period at today's price, and what its rises add to that.

    For each part of the period with k rises behind it: annual value × ((1 + e)^k - 1) × its share
    of a year (DOMAIN.md, C7), with 1 + k·e for the factor where rises are `simple`. Shares are
    days over those of the year that begins with the period, so that a whole year is one. To the
    cent.
    """
    base = more = Fraction(0)
    year = (add_months(period.start, 12) - period.start).days
    for part in _parts(one, period):
        share = Fraction(one.annual) * Fraction(part.days, year)
        rises, rate = one.rises(part.start), Fraction(one.rate)
        factor = 1 + rises * rate if simple else (1 + rate) ** rises
        base, more = base + share, more + share * (factor - 1)
    return _cents(base), _cents(more)


def _parts(one: Rising, period: Period) -> Iterator[Period]:
    """The period cut at the anniversaries, as far as the contract runs in it."""
    begin = max(period.start, one.start)
    last = min(period.stop, one.stop or period.stop)
    while begin <= last:
        rise = add_months(one.start, 12 * (_anniversaries(one.start, begin) + 1))
        yield Period(begin, min(last, rise - ONE))
        begin = rise


def _anniversaries(start: date, day: date) -> int:
    """How many anniversaries of a day lie up to another; a leap day's is the 28 February."""
    years = day.year - start.year
    return max(0, years - (add_months(start, 12 * years) > day))


def _cents(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(CENT, ROUND_HALF_UP)
