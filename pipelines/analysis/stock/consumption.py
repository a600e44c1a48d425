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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

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


@dataclass(frozen=True, slots=True)
class Paces:
    """The use of many items, an element each: the columns of `Pace`.

    `a_day` is NaN where no use is known, `variance` where there are too few bookings.
    """

    a_day: Floats
    window: Floats
    variance: Floats
    bookings: Floats

    @classmethod
    def of(cls, paces: Sequence[Pace]) -> Paces:
        """Those of single items."""
        rows = [(p.a_day, p.window, _nan(p.variance), p.bookings) for p in paces]
        return cls(*np.array(rows, dtype=np.float64).reshape(len(rows), 4).T)

    def at(self, rows: npt.NDArray[np.intp]) -> Paces:
        """Those of some of the items."""
        return Paces(self.a_day[rows], self.window[rows], self.variance[rows], self.bookings[rows])

    @property
    def ranged(self) -> npt.NDArray[np.bool_]:
        """Whether there are bookings enough for a range."""
        return ~np.isnan(self.variance) & (self.bookings >= FEWEST)


@dataclass(frozen=True, slots=True)
class Ends:
    """The columns of `Lasts` of many items; NaN stands for None, and all three for no use."""

    days: Floats
    early: Floats
    late: Floats

    def one(self, at: int = 0) -> Lasts | None:
        """Those of a single item; None without use."""
        days, early, late = (float(each[at]) for each in (self.days, self.early, self.late))
        return None if math.isnan(days) else Lasts(days, _none(early), _none(late))


def lasts(quantity: float, pace: Pace) -> Lasts | None:
    """How long a quantity lasts; None without use. What is used up lasts 0 days."""
    return all_last(np.array([quantity], dtype=np.float64), Paces.of([pace])).one()


def all_last(quantity: Floats, paces: Paces) -> Ends:
    """How long the quantity of each item lasts (see `lasts`)."""
    used = paces.a_day > 0
    a_day = np.where(used, paces.a_day, np.nan)
    days = quantity / a_day
    spread = np.where(paces.ranged, _z(paces.bookings) ** 2 * paces.variance, np.nan)
    square = a_day * a_day - spread / paces.window
    linear = 2 * quantity * a_day + spread
    # The root that is smaller in any case, in the form that is exact where `square` is near 0.
    inside = linear * linear - 4 * square * (quantity * quantity)
    root = np.sqrt(np.maximum(0.0, inside))
    with np.errstate(divide="ignore", invalid="ignore"):
        early = 2 * (quantity * quantity) / (linear + root)
        late = np.where(square > 0, (linear + root) / (2 * square), np.nan)
    empty = used & (quantity <= 0)
    return Ends(*(np.where(empty, 0.0, each) for each in (days, early, late)))


def most_used(days: float, pace: Pace) -> float:
    """What is used in some days at most, at the upper end of the range (its mean without one)."""
    return float(all_used(np.array([days], dtype=np.float64), Paces.of([pace]))[0])


def all_used(days: Floats, paces: Paces) -> Floats:
    """What is used of each item in some days at most (see `most_used`)."""
    scale = np.sqrt(paces.variance * days * (1 + days / paces.window))
    extra = np.where(paces.ranged, _z(paces.bookings) * scale, 0.0)
    return paces.a_day * days + extra


def _z(bookings: Floats) -> Floats:
    """Student's t at the upper end of the range; NaN where there are too few bookings for one.

    The expansion in 1/n of Abramowitz and Stegun (26.7.5): exact to 0.001 from three degrees of
    freedom on.
    """
    z, n = NormalDist().inv_cdf((1 + COVERS) / 2), np.where(bookings < FEWEST, np.nan, bookings - 1)
    found: Floats = (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
    return found


def _nan(number: float | None) -> float:
    return math.nan if number is None else number


def _none(number: float) -> float | None:
    return None if math.isnan(number) else number


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
    due = list(deliveries)
    held, paces = np.array([quantity], dtype=np.float64), Paces.of([pace])
    days, more = (np.array([getattr(one, name) for one in due], dtype=np.float64)
                  for name in ("days", "quantity"))  # fmt: skip
    return all_last_with(held, paces, np.zeros(len(due), dtype=np.intp), days, more).one()


def all_last_with(
    quantity: Floats, paces: Paces, rows: npt.NDArray[np.intp], days: Floats, more: Floats
) -> Ends:
    """How long the quantity of each item lasts with what is on its way (see `lasts_with`).

    Deliveries have an element each: `rows`, the item that they are of, the days from now, and the
    quantity.
    """
    order = np.lexsort((days, rows))
    rows, days, more = rows[order], days[order], more[order]
    # The first delivery of each item, then the second of each that has one, and so on.
    turns = np.arange(len(rows)) - np.searchsorted(rows, rows)
    bare = all_last(quantity, paces)
    ends = []
    for name in ("days", "early", "late"):
        end, held = getattr(bare, name).copy(), quantity.copy()
        waits = np.ones(len(quantity), dtype=np.bool_)
        for turn in range(int(turns.max(initial=-1)) + 1):
            due = turns == turn
            comes = waits[rows[due]] & (days[due] <= end[rows[due]])
            waits[rows[due]] = comes
            filled = rows[due][comes]
            held[filled] += more[due][comes]
            end[filled] = getattr(all_last(held[filled], paces.at(filled)), name)
        ends.append(end)
    return Ends(*ends)


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
    order = [at for _, at in sorted(dated)]
    left = [0.0] * len(lots)
    found = all_unused(
        np.array([lots[at].quantity for at in order], dtype=np.float64),
        np.array([(expiry - day).days for expiry, _ in sorted(dated)], dtype=np.float64),
        np.full(len(order), a_day, dtype=np.float64),
        np.arange(len(order)),
    )
    for at, units in zip(order, found.tolist(), strict=True):
        left[at] = units
    return left


def all_unused(
    quantity: Floats, days: Floats, a_day: Floats, turns: npt.NDArray[np.intp]
) -> Floats:
    """What of each lot of many items expires unused (see `unused`).

    Lots of an item stand together, the first to expire first; `turns` counts them from 0. `days`
    are those until it expires, `a_day` the use of the item; NaN where that is not known.
    """
    with np.errstate(divide="ignore"):
        needed = np.where(a_day > 0, quantity / a_day, np.where(np.isnan(a_day), np.nan, np.inf))
    left = np.where(np.isnan(a_day), np.nan, 0.0)
    clock = np.zeros(len(quantity))  # days until what comes before is used
    for turn in range(int(turns.max(initial=-1)) + 1):
        at = np.flatnonzero(turns == turn)
        begun = clock[at - 1] if turn else np.zeros(len(at))
        usable = np.maximum(0.0, days[at] - begun)
        short = needed[at] > usable
        left[at[short]] = (quantity[at] - usable * a_day[at])[short]
        clock[at] = begun + np.minimum(needed[at], usable)
    return left
