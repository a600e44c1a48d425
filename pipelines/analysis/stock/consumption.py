"""How long a stock lasts at the usual use, with a range, and what of it expires first.

Use over t days is taken to have the mean a·t and the variance s²·t, as in the models of demand
over a lead time (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains,
4th ed., chapter 6), with normal errors; a is the use a day over a window of W days and s² the
variance of a day's use, from the bookings of a year. Since a is itself an estimate with the
variance s²/W, a stock Q lasts t days or more with the probability p where

    Q - a·t = z·s·√(t·(1 + t/W))

and z is Student's t at p. Squared, it is a quadratic in t whose two roots are the early and the
late end of the range, a prediction interval after Fieller (1954). Where use is so uncertain that
a doesn't differ from 0, there is no late end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

COVERS = 0.8  # of the outcomes that the range is to hold
FEWEST = 4  # bookings below which there is no range


@dataclass(frozen=True, slots=True)
class Pace:
    """Use of an item at a site.

    `a_day` is in units a day over `window` days, `variance` that of a day's use in units² (None
    where there are too few bookings) and `bookings` how many it was judged by.
    """

    a_day: float
    window: int = 90
    variance: float | None = None
    bookings: int = 0


@dataclass(frozen=True, slots=True)
class Lasts:
    """In how many days a stock is used up: at the usual use, and the two ends of the range.

    `early` and `late` are None where no range can be given, `late` also where none is in sight.
    """

    days: float
    early: float | None
    late: float | None


def lasts(quantity: float, pace: Pace) -> Lasts | None:
    """How long a quantity lasts; None without use. What is used up lasts 0 days."""
    if pace.a_day <= 0:
        return None
    if quantity <= 0:
        return Lasts(0.0, 0.0, 0.0)
    days = quantity / pace.a_day
    if pace.variance is None or pace.bookings < FEWEST:
        return Lasts(days, None, None)
    spread = _z(pace.bookings) ** 2 * pace.variance
    square = pace.a_day**2 - spread / pace.window
    linear = 2 * quantity * pace.a_day + spread
    # The root that is smaller in any case, in the form that is exact where `square` is near 0.
    root = math.sqrt(max(0.0, linear**2 - 4 * square * quantity**2))
    early = 2 * quantity**2 / (linear + root)
    return Lasts(days, early, (linear + root) / (2 * square) if square > 0 else None)


def most_used(days: float, pace: Pace) -> float:
    """What is used in some days at most, at the upper end of the range (its mean without one)."""
    usual = pace.a_day * days
    if pace.variance is None or pace.bookings < FEWEST:
        return usual
    scale = math.sqrt(pace.variance * days * (1 + days / pace.window))
    return usual + _z(pace.bookings) * scale


def _z(bookings: int) -> float:
    """Student's t at the upper end of the range.

    The expansion in 1/n of Abramowitz and Stegun (26.7.5): exact to 0.001 from three degrees of
    freedom on.
    """
    z, n = NormalDist().inv_cdf((1 + COVERS) / 2), bookings - 1
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A quantity that is expected on a day, counted in days from now."""

    days: float
    quantity: float


def lasts_with(quantity: float, pace: Pace, deliveries: Iterable[Delivery]) -> Lasts | None:
    """How long a quantity lasts with what is on its way.

    Each end of the range counts the deliveries that come before it: what comes after the shelf is
    empty doesn't fill the gap. None without use.
    """
    due = sorted(deliveries, key=lambda one: one.days)

    def end(of: Callable[[Lasts], float | None]) -> float | None:
        held, found = quantity, lasts(quantity, pace)
        for one in due:
            reached = of(found) if found else None
            if reached is None or one.days > reached:
                break
            held += one.quantity
            found = lasts(held, pace)
        return of(found) if found else None

    days = end(lambda found: found.days)
    if days is None:
        return None
    return Lasts(days, end(lambda found: found.early), end(lambda found: found.late))


@dataclass(frozen=True, slots=True)
class Lot:
    """A quantity with its last day; None where it doesn't expire."""

    quantity: float
    expiry: date | None


def unused(lots: Sequence[Lot], a_day: float, day: date) -> list[float]:
    """What of each lot expires before it is used, first expired first used (FEFO).

    Use begins after `day`, and a lot can be used on its last day. What has expired by `day` is
    unused whole; without use (`a_day` 0) every lot that expires is. In the order of `lots`.
    """
    dated = [(lot.expiry, at) for at, lot in enumerate(lots) if lot.expiry and lot.quantity > 0]
    left, clock = [0.0] * len(lots), 0.0  # days from `day` until what comes before is used
    for expiry, at in sorted(dated):
        usable = max(0.0, (expiry - day).days - clock)
        needed = lots[at].quantity / a_day if a_day > 0 else math.inf
        if needed > usable:
            left[at] = lots[at].quantity - usable * a_day
        clock += min(needed, usable)
    return left
