"""When a contract's price rises and by how much: yearly, by agreed steps, or as an index does.

A rise that isn't known yet has the bounds that the contract sets it, or none: no index is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from pipelines.calendar import Period, add_months
from pipelines.reference import named

CENT = Decimal("0.01")
ONE = timedelta(1)
# An index's month is published in the middle of the next: what a price rises by on the first of a
# month is known by then for the month two before it.
LAG = 2
STEP = re.compile(
    r"(\d{4}-\d{2}-\d{2})\s+"
    r"(?:([+-]?\d+(?:\.\d+)?)%|by (-?\d+(?:\.\d+)?)|to (\d+(?:\.\d+)?))"
)

Levels = Mapping[tuple[str, date], Decimal]
Bound = Fraction | None


@dataclass(frozen=True, slots=True)
class Rise:
    """A rise of the price on a day, as a share of the price before: between `low` and `high`.

    Both are the same where it is known. None is no bound.
    """

    day: date
    low: Bound
    high: Bound

    @property
    def known(self) -> bool:
        """Whether it is certain by how much."""
        return self.low is not None and self.low == self.high


@dataclass(frozen=True, slots=True)
class Rising:
    """A contract whose price rises: what a year costs before its `rises`, its first and last day.

    `stop` is None where it has no last day.
    """

    annual: Decimal
    start: date
    rises: tuple[Rise, ...]
    stop: date | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a contract costs in a period at the price before its rises, and what they add.

    What they add lies between `low` and `high`, the same where they are known; None is no bound.
    """

    base: Decimal
    low: Decimal | None
    high: Decimal | None


def rises_of(
    terms: Mapping[str, Any], levels: Levels, after: date, until: date, *, simple: bool = False
) -> tuple[Rise, ...]:
    """The rises of a register's row after one day and up to another, in order.

    The row has start, annual_value, escalator, escalator_index, escalator_floor, escalator_cap (%)
    and escalator_steps. Agreed steps go before an index, and an index before a yearly rate.
    `simple` rises are shares of the first price.
    """
    if terms["escalator_steps"]:
        return tuple(
            stepped(terms["escalator_steps"], terms["annual_value"], after, until, simple=simple)
        )
    if terms["start"] is None:
        return ()
    days = anniversaries(terms["start"], after, until)
    if terms["escalator_index"]:
        floor, cap = (_share(terms[name]) for name in ("escalator_floor", "escalator_cap"))
        name = named(terms["escalator_index"])
        return tuple(_indexed(day, name, levels, floor, cap) for day in days)
    rate = _share(terms["escalator"])
    return () if rate is None else tuple(Rise(day, rate, rate) for day in days)


def anniversaries(start: date, after: date, until: date) -> Iterator[date]:
    """The anniversaries of a day after one day and up to another; a leap day's is 28 February."""
    for years in range(1, until.year - start.year + 1):
        day = add_months(start, 12 * years)
        if after < day <= until:
            yield day


def stepped(
    steps: str, annual: Decimal | None, after: date, until: date, *, simple: bool = False
) -> Iterator[Rise]:
    """The agreed steps of a text as `2027-07-01 3%; 2028-07-01 by 1200; 2029-07-01 to 90000`.

    3% is a rise, 1200 so much more a year, 90000 the new value of a year. What a step in money is
    in proportion is known where the value of a year is; from there on steps of a year whose value
    is 0 or unknown are unknown too.
    """
    first = price = None if annual is None else Fraction(annual)
    for on, percent, more, new in sorted(STEP.findall(steps)):
        day = date.fromisoformat(on)
        if not after < day <= until:
            continue
        of = first if simple else price
        share: Bound
        if percent:
            share = Fraction(percent) / 100
            added = None if of is None else of * share
        else:
            added = None if price is None else Fraction(more) if more else Fraction(new) - price
            share = added / of if added is not None and of else None
        yield Rise(day, share, share)
        price = None if price is None or added is None else price + added


def _indexed(day: date, name: str, levels: Levels, floor: Bound, cap: Bound) -> Rise:
    """What an index changed by over a year, as known on a day, between the contract's bounds."""
    month = add_months(day.replace(day=1), -LAG)
    now, before = levels.get((name, month)), levels.get((name, add_months(month, -12)))
    if now is None or before is None:
        return Rise(day, floor, cap)
    share = Fraction(now) / Fraction(before) - 1
    share = share if floor is None else max(share, floor)
    share = share if cap is None else min(share, cap)
    return Rise(day, share, share)


def cost_in(one: Rising, period: Period, *, simple: bool = False) -> Cost:
    """What a contract costs in a period at the price before its rises, and what these add.

    For each part of the period with the rises e1 to ek behind it: annual value x
    ((1 + e1)…(1 + ek) - 1) x its share of a year (DOMAIN.md, C7), with 1 + e1 + … + ek for the
    factor where rises are `simple`. Shares are days over those of the year that begins with the
    period, so that a whole year is one. To the cent.
    """
    base = Fraction(0)
    low: Bound = Fraction(0)
    high: Bound = Fraction(0)
    year = (add_months(period.start, 12) - period.start).days
    for part in _parts(one, period):
        share = Fraction(one.annual) * Fraction(part.days, year)
        behind = [rise for rise in one.rises if rise.day <= part.start]
        base += share
        low = _added(low, share, _factor([rise.low for rise in behind], simple))
        high = _added(high, share, _factor([rise.high for rise in behind], simple))
    return Cost(_cents(base), _bound(low), _bound(high))


def _factor(shares: Sequence[Bound], simple: bool) -> Bound:
    factor = Fraction(1)
    for share in shares:
        if share is None:
            return None
        factor = factor + share if simple else factor * (1 + share)
    return factor


def _added(so_far: Bound, share: Fraction, factor: Bound) -> Bound:
    return None if so_far is None or factor is None else so_far + share * (factor - 1)


def _parts(one: Rising, period: Period) -> Iterator[Period]:
    """The period cut at the rises, as far as the contract runs in it."""
    begin = max(period.start, one.start)
    last = min(period.stop, one.stop or period.stop)
    for rise in one.rises:
        if begin < rise.day <= last:
            yield Period(begin, rise.day - ONE)
            begin = rise.day
    if begin <= last:
        yield Period(begin, last)


def _share(percent: Decimal | None) -> Bound:
    return None if percent is None else Fraction(percent) / 100


def _bound(exact: Bound) -> Decimal | None:
    return None if exact is None else _cents(exact)


def _cents(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(CENT, ROUND_HALF_UP)
