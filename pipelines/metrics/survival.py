"""How long something takes while some of it is not finished yet (Kaplan and Meier 1958)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import polars as pl

HALF = Fraction(1, 2)


def lasting(done: str, days: str) -> str:
    """The SQL that gathers times: `days`, or where it isn't `done` yet, −1 − days."""
    return f"list(CASE WHEN {done} THEN {days} ELSE -1 - {days} END)"


def counted(done: str, days: str, cases: str) -> str:
    """The SQL that gathers the same times from rows that count `cases` of one time each."""
    return f"list({{'time': CASE WHEN {done} THEN {days} ELSE -1 - {days} END, 'cases': {cases}}})"


def median(times: Iterable[int] | Mapping[int, int]) -> int | None:
    """The day by which half were finished; None where fewer than half were: it is not reached.

    `times` as `lasting` gathers them, or how many there are of each: what is not finished counts
    as long as it was watched, so that slow cases don't drop out and make the others look fast.
    """
    finished: Counter[int] = Counter()
    left: Counter[int] = Counter()
    for time, cases in (times if isinstance(times, Mapping) else Counter(times)).items():
        (finished if time >= 0 else left)[time if time >= 0 else -1 - time] += cases
    watched, still = finished.total() + left.total(), Fraction(1)
    for day in sorted({*finished, *left}):
        still *= 1 - Fraction(finished[day], watched)
        if still <= HALF:
            return day
        watched -= finished[day] + left[day]
    return None


def medians(times: pl.Series) -> pl.Series:
    """The median of each list of times, in days; null where there are none or it isn't reached.

    Lists as `lasting` or as `counted` gathers them.
    """
    found = [None if cell is None else median(_of_each(cell)) for cell in times.to_list()]
    return pl.Series("value", found, pl.Float64)


def _of_each(cell: Sequence[int] | Sequence[Mapping[str, int]]) -> Mapping[int, int]:
    cases: Counter[int] = Counter()
    for each in cell:
        if isinstance(each, Mapping):
            cases[each["time"]] += each["cases"]
        else:
            cases[each] += 1
    return cases
