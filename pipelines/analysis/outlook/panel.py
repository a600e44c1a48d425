"""Series side by side: a panel of values by series and step, and the scale of each series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.calendar import month_span

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Panel:
    """Series of one grain side by side.

    `values` is (series, steps), NaN where no value is known: a month whose export is missing is
    never 0. `families` names for each series those it is judged with: methods are chosen, and
    ranges taken, for a family as a whole. `season` is how many steps a season has. `work` is
    (steps and those to be forecast): the working days of each step, where they may matter.
    """

    keys: tuple[str, ...]
    families: tuple[str, ...]
    values: Floats
    season: int
    work: Floats | None = None

    @property
    def steps(self) -> int:
        """How many steps are known of at least one series."""
        return int(self.values.shape[1])

    def members(self, family: str) -> npt.NDArray[np.intp]:
        """The positions of a family's series."""
        return np.flatnonzero(np.array(self.families) == family)


def panel(
    frame: pl.DataFrame, season: int, *, steps: int, work: Sequence[float] | None = None
) -> Panel:
    """A panel from (key, family, step, value) rows, in the order of keys; steps count from 0.

    A value that is null, and a step without a row, is unknown.
    """
    named = frame.group_by("key").agg(pl.col("family").first()).sort("key")
    keys = named["key"].to_list()
    rows = {key: row for row, key in enumerate(keys)}
    values = np.full((len(keys), steps), np.nan)
    for key, step, value in frame.select("key", "step", "value").iter_rows():
        if value is not None and 0 <= step < steps:
            values[rows[key], step] = float(value)
    days = None if work is None else np.asarray(work, dtype=np.float64)
    return Panel(tuple(keys), tuple(named["family"].to_list()), values, season, days)


def working_days(months: Sequence[date]) -> list[float]:
    """The days from Monday to Friday of each month; holidays are not known here."""
    counts = []
    for month in months:
        span = month_span(month)
        days = (span.start + timedelta(n) for n in range(span.days))
        counts.append(float(sum(day.weekday() < 5 for day in days)))
    return counts


def filled(values: Floats, season: int) -> Floats:
    """The series with gaps closed, for methods that can't read them; never for judging them.

    A gap takes the value of a season before, moved by as much as the step before it lay off its
    own; without such, the last known value. Steps before the first known value stay unknown.
    """
    closed = values.copy()
    for step in range(1, closed.shape[1]):
        before = closed[:, step - 1]
        guess = before
        if step > season:
            moved = closed[:, step - season] + before - closed[:, step - 1 - season]
            guess = np.where(np.isnan(moved), before, moved)
        closed[:, step] = np.where(np.isnan(closed[:, step]), guess, closed[:, step])
    return closed


def scales(values: Floats, season: int, *, least: int) -> Floats:
    """What a series' errors are divided by: the mean absolute change from season to season.

    This is the error that the seasonal naive forecast makes within what is known (Hyndman and
    Koehler, Another look at measures of forecast accuracy, International Journal of Forecasting
    22 (2006) 679-688). NaN with fewer than `least` pairs of values a season apart, and where every
    season was like the last: then nothing can be measured by it.
    """
    apart = np.abs(values[:, season:] - values[:, :-season])
    pairs = np.isfinite(apart).sum(axis=1)
    mean = np.nansum(apart, axis=1) / np.maximum(pairs, 1)
    return np.where((pairs >= least) & (mean > 0), mean, np.nan)


def months_between(first: date, last: date) -> list[date]:
    """The first days of the months from one to another, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(count)
    ]


def known_from(values: Floats) -> Mapping[int, int]:
    """The position of each series' first known value; series without one are left out."""
    known = np.isfinite(values)
    return {int(row): int(known[row].argmax()) for row in np.flatnonzero(known.any(axis=1))}
