"""The candidates: ways to forecast every series of a panel from every origin.

What was tried and is left out, for it did no better (scaled error, compared on the same origins
that are reported): on Côte d'Ivoire's, where the median has 0.980, plain means of the median with
smoothing (1.018), with the last value (1.024) and with last season's (1.088), a median that weighs
last season's month more (0.981), a mix by least absolute deviations over all known outcomes
(0.978), three medians of other fading averaged (0.976), Croston's method as Syntetos and Boylan
mend it (1.152 against 0.968 from three origins) and that of Teunter, Syntetos and Babai (1.078); on
nursing hours, where seasonal smoothing has 0.881, its means with last week (0.916) and with weekday
medians (0.889), a mix (0.885), and other weights of level and season (0.877 to 0.968).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.analysis.outlook.panel import Floats, Panel, filled, known_from
from pipelines.analysis.outlook.smoothing import smooth

RECENT = 24  # values that a median looks at
FADE = 0.8  # what the weight of a value loses with each step: half of it in three


@dataclass(frozen=True, slots=True)
class Method:
    """A way to forecast. `naive` ones repeat what was; `seasonal` ones know last season."""

    name: str
    title: str
    naive: bool = False
    seasonal: bool = True


BASE = Method("seasonal naive", "the same month of last year", naive=True)
METHODS = (
    BASE,
    Method("last", "the last month", naive=True, seasonal=False),
    Method(
        "median",
        "the median of recent months, the newest weighing most",
        naive=True,
        seasonal=False,
    ),
    Method("growth", "the same month of last year, plus the growth since", naive=True),
    Method("smoothing", "exponential smoothing", seasonal=False),
    Method("seasonal smoothing", "exponential smoothing with seasons (Holt-Winters)"),
    Method("average", "the average of last year plus growth and exponential smoothing"),
    Method(
        "average by day",
        "the average of last year plus growth and exponential smoothing, by working day",
    ),
)
TITLES = {method.name: method.title for method in METHODS}
# Where nothing was tried yet: averages are seldom the best, and seldom far from it.
UNTRIED = "average"


def forecasts(panel: Panel, origins: Sequence[int], horizon: int) -> dict[str, Floats]:
    """What each method says, (series, origins, horizon), NaN where it has nothing to go by.

    An origin is how many steps are known there. No forecast uses what comes after its origin.
    """
    shape = (len(panel.keys), len(origins), horizon)
    closed = filled(panel.values, panel.season)
    told = {
        "seasonal naive": _by_origin(_seasonal, closed, origins, shape, panel.season),
        "last": _by_origin(_last, closed, origins, shape, panel.season),
        "median": _by_origin(_median, panel.values, origins, shape, panel.season),
    }
    growth = _growing(panel.values, closed, origins, shape, panel.season)
    simple, seasonal = _smoothed(closed, origins, shape, panel.season)
    told |= {
        "growth": growth,
        "smoothing": simple,
        "seasonal smoothing": _first_known(seasonal, told["seasonal naive"], simple),
        "average": _average(growth, simple),
    }
    if panel.work is not None:
        told["average by day"] = _by_day(panel, panel.work, closed, origins, shape)
    return told


def _by_day(
    panel: Panel, work: Floats, closed: Floats, origins: Sequence[int], shape: tuple[int, int, int]
) -> Floats:
    """The average of what a working day brings, times the working days to come."""
    known = work[: panel.steps]
    growth = _growing(panel.values / known, closed / known, origins, shape, panel.season)
    simple, _ = _smoothed(closed / known, origins, shape, panel.season)
    ahead = np.stack([work[origin : origin + shape[2]] for origin in origins])
    return _average(growth, simple) * ahead


def _first_known(*parts: Floats) -> Floats:
    """Of several forecasts the first there is: what needs a longer past has a stand-in before."""
    found = parts[0]
    for part in parts[1:]:
        found = np.where(np.isnan(found), part, found)
    return found


def _average(*parts: Floats) -> Floats:
    """The mean of the forecasts there are."""
    known = np.isfinite(parts).sum(axis=0)
    return np.where(known > 0, np.nansum(parts, axis=0) / np.maximum(known, 1), np.nan)


def _by_origin(
    method: object, values: Floats, origins: Sequence[int], shape: tuple[int, int, int], season: int
) -> Floats:
    assert callable(method)
    return np.stack([method(values[:, :origin], shape[2], season) for origin in origins], axis=1)


def _seasonal(known: Floats, horizon: int, season: int) -> Floats:
    """The value of the same step of the last season known."""
    if known.shape[1] < season:
        return np.full((known.shape[0], horizon), np.nan)
    steps = known.shape[1] - season + np.arange(horizon) % season
    return known[:, steps]


def _last(known: Floats, horizon: int, season: int) -> Floats:
    return np.repeat(known[:, -1:], horizon, axis=1)


def _median(known: Floats, horizon: int, season: int) -> Floats:
    """The weighted median of the values known: half of the weight lies at or below it.

    What counts rarely, and by leaps, is nearer to its median than to its mean.
    """
    recent = known[:, -RECENT:]
    order = np.argsort(np.where(np.isnan(recent), np.inf, recent), axis=1, kind="stable")
    fading = np.isfinite(recent) * FADE ** np.arange(recent.shape[1])[::-1]
    below = np.take_along_axis(fading, order, axis=1).cumsum(axis=1)
    middle = (below >= below[:, -1:] / 2).argmax(axis=1)
    found = np.take_along_axis(recent, order, axis=1)[np.arange(len(recent)), middle]
    return np.repeat(found[:, None], horizon, axis=1)


def _growing(
    values: Floats, closed: Floats, origins: Sequence[int], shape: tuple[int, int, int], season: int
) -> Floats:
    """Last season's value, plus what the last half season lies above the same of last season."""
    told = _by_origin(_seasonal, closed, origins, shape, season)
    for at, origin in enumerate(origins):
        if origin <= season:
            continue
        steps = np.arange(max(season, origin - season // 2), origin)
        more = values[:, steps] - values[:, steps - season]
        pairs = np.isfinite(more).sum(axis=1)
        told[:, at] += (np.nansum(more, axis=1) / np.maximum(pairs, 1))[:, None]
    return told


def _smoothed(
    closed: Floats, origins: Sequence[int], shape: tuple[int, int, int], season: int
) -> tuple[Floats, Floats]:
    """Each series from its first known value on; those that begin together go together."""
    simple, seasonal = np.full(shape, np.nan), np.full(shape, np.nan)
    begun = known_from(closed)
    firsts = np.array([begun.get(row, -1) for row in range(len(closed))])
    for first in sorted(set(begun.values())):
        rows = np.flatnonzero(firsts == first)
        at = np.array([number for number, origin in enumerate(origins) if origin > first], np.intp)
        if len(at):
            known = [origins[number] - first for number in at]
            smoothed = smooth(closed[rows, first:], known, shape[2], season)
            simple[np.ix_(rows, at)] = smoothed.simple
            seasonal[np.ix_(rows, at)] = smoothed.seasonal
    return simple, seasonal
