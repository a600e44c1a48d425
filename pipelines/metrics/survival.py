"""How long something takes while some of it is not finished yet (Kaplan and Meier 1958)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

import polars as pl

HALF = Fraction(1, 2)


def lasting(done: str, days: str) -> str:
    """The SQL that gathers times: `days`, or where it isn't `done` yet, −1 − days."""
    return f"list(CASE WHEN {done} THEN {days} ELSE -1 - {days} END)"


def median(times: Iterable[int]) -> int | None:
    """The day by which half were finished; None where fewer than half were: it is not reached.

    `times` as `lasting` gathers them: what is not finished counts as long as it was watched, so
    that slow cases don't drop out and make the others look fast.
    """
    finished: Counter[int] = Counter()
    left: Counter[int] = Counter()
    for time in times:
        (finished if time >= 0 else left)[time if time >= 0 else -1 - time] += 1
    watched, still = finished.total() + left.total(), Fraction(1)
    for day in sorted({*finished, *left}):
        still *= 1 - Fraction(finished[day], watched)
        if still <= HALF:
            return day
        watched -= finished[day] + left[day]
    return None


def medians(times: pl.Series) -> pl.Series:
    """The median of each list of times, in days; null where there are none or it isn't reached."""
    found = [None if cell is None else median(cell) for cell in times.to_list()]
    return pl.Series("value", found, pl.Float64)
