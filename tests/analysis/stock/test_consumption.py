"""How long a stock lasts, by hand, and whether the range holds what it says.

The example: 2 units a day over 90 days, variance 4, 13 bookings, 100 units. Student's t with 12
degrees of freedom is 1.3562 at 90 % (published tables), so the ends of the range solve
100 - 2t = ±1.3562 · 2 · √(t(1 + t/90)): the tests put them into it.
"""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.stock.consumption import (
    Delivery,
    Lot,
    Pace,
    lasts,
    lasts_with,
    most_used,
    unused,
)

PACE = Pace(2.0, 90, 4.0, 13)
T = 1.3562
DAY = date(2026, 10, 31)


def missing(days: float, quantity: float, t: float = T) -> float:
    """Q - a·t less t·s·√(t(1 + t/W)): 0 at the early end, 0 with the other sign at the late."""
    return quantity - 2 * days - t * 2 * math.sqrt(days * (1 + days / 90))


def test_the_ends_of_the_range_solve_the_equation() -> None:
    found = lasts(100, PACE)
    assert found is not None
    assert found.early is not None
    assert found.late is not None
    assert found.days == 50
    assert found.early < 50 < found.late
    assert missing(found.early, 100) == pytest.approx(0, abs=0.01)
    assert missing(found.late, 100, -T) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("bookings", "t"), [(4, 1.6377), (6, 1.4759), (13, 1.3562), (31, 1.3104)])
def test_students_t_is_that_of_the_tables(bookings: int, t: float) -> None:
    found = most_used(10, Pace(2.0, 90, 4.0, bookings))
    assert (found - 20) / (2 * math.sqrt(10 * (1 + 10 / 90))) == pytest.approx(t, abs=1e-3)


def test_without_use_nothing_runs_out() -> None:
    assert lasts(100, Pace(0.0, 90, 0.0, 13)) is None
    assert lasts_with(100, Pace(0.0), [Delivery(3, 5)]) is None


def test_few_bookings_give_a_day_and_no_range() -> None:
    found = lasts(100, Pace(2.0, 90, 4.0, 3))
    assert found is not None
    assert (found.days, found.early, found.late) == (50, None, None)


def test_use_that_hardly_differs_from_none_has_no_late_end() -> None:
    """a² = 0.01 is less than t²s²/W = 1.84 · 4 / 90 = 0.08."""
    found = lasts(100, Pace(0.1, 90, 4.0, 13))
    assert found is not None
    assert found.late is None
    assert found.early is not None
    assert 0 < found.early < found.days


def test_steady_use_has_no_spread() -> None:
    found = lasts(10, Pace(2.0, 90, 0.0, 13))
    assert found is not None
    assert (found.early, found.days, found.late) == (5, 5, 5)


@pytest.mark.parametrize(
    ("deliveries", "days"),
    [
        ([], 5.0),
        ([(4, 20)], 15.0),
        ([(6, 20)], 5.0),  # it comes after the shelf is empty: the gap is there
        ([(14, 2), (4, 20)], 16.0),
        ([(5, 20)], 15.0),  # on the very day
    ],
)
def test_a_delivery_counts_when_it_comes_in_time(
    deliveries: list[tuple[float, float]], days: float
) -> None:
    found = lasts_with(10, Pace(2.0), [Delivery(*one) for one in deliveries])
    assert found is not None
    assert found.days == days


def test_lots_are_used_first_expired_first() -> None:
    """At 2 a day: 10 days use 20 of the 30 that expire first; the next 60 have 20 days, 40 used."""
    lots = [Lot(60, date(2026, 11, 30)), Lot(30, date(2026, 11, 10)), Lot(500, None)]
    assert unused(lots, 2.0, DAY) == [20, 10, 0]


def test_what_has_expired_or_is_not_used_is_lost_whole() -> None:
    lots = [Lot(5, DAY), Lot(7, date(2026, 12, 31)), Lot(9, None)]
    assert unused(lots, 0.0, DAY) == [5, 7, 0]
    assert unused(lots[:1], 100.0, DAY) == [5]


LOTS = st.lists(
    st.builds(
        Lot,
        st.integers(0, 300).map(float),
        st.none() | st.dates(date(2026, 10, 1), date(2027, 12, 31)),
    ),
    max_size=6,
)


@given(LOTS, st.floats(0.01, 20))
def test_no_day_uses_more_than_the_usual(lots: list[Lot], a_day: float) -> None:
    """Day by day in whole: the same as a simulation that takes from the lot that expires first."""
    left = [lot.quantity for lot in lots]
    order = sorted(range(len(lots)), key=lambda at: lots[at].expiry or date.max)
    for step in range(1, 430):
        today, need = date.fromordinal(DAY.toordinal() + step), a_day
        for at in order:
            expiry = lots[at].expiry
            if expiry is None or expiry >= today:
                taken = min(left[at], need)
                left[at] -= taken
                need -= taken
    expected = [0.0 if lot.expiry is None else rest for lot, rest in zip(lots, left, strict=True)]
    assert unused(lots, a_day, DAY) == pytest.approx(expected, abs=1e-6)


def test_the_range_holds_four_in_five_of_independent_days() -> None:
    """4,000 stocks: use by the day of a negative binomial, judged by 90 days and 13 bookings."""
    random, held, tries = np.random.default_rng(4), 0, 4000
    for _ in range(tries):
        days = random.negative_binomial(3, 0.4, 364 + 400)
        past, future = days[:364], days[364:]
        steps = past.reshape(13, 28).sum(axis=1)
        variance = float(((steps - steps.mean()) ** 2 / 28).sum() / 12)
        found = lasts(150, Pace(float(past[-90:].mean()), 90, variance, 13))
        assert found is not None
        assert found.early is not None
        assert found.late is not None
        used = np.searchsorted(future.cumsum(), 150)  # the day in whose course it is used up
        held += math.ceil(found.early) - 1 <= used <= found.late
    assert 0.77 <= held / tries <= 0.85
