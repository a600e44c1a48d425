"""Terms of contracts in plain arithmetic: working days, and what yearly price rises cost."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from pipelines.calendar import Period, add_months, federal_holidays

CENT = Decimal("0.01")
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
