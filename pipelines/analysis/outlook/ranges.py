"""Ranges from what the forecasts missed by, not from what a model thinks of itself.

The 80 % range of a forecast so many steps ahead runs from the 10 % to the 90 % quantile of the
scaled errors that the same method made as many steps ahead, over all series of the family (split
conformal prediction; Lei and others, Journal of the American Statistical Association 113 (2018)
1094-1111). It need not be symmetric: a series that only jumps upwards has a long upper side.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.analysis.outlook.panel import Floats

SHARE = 0.8
# In units of scale, for each step, to either side: what has been forecast to the cent until now
# need not be so for ever. Only ranges that would be next to nothing are widened.
LEAST = 0.1
# The 90 % quantile of Student's t with 1, 2, … 10 degrees of freedom, and of the normal
# distribution: half of what is outside 80 % lies on either side.
STUDENT = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372)
NORMAL = 1.2816
FEWEST = 30  # errors that a range rests on


def quantiles(errors: Floats, share: float = SHARE) -> tuple[float, float]:
    """The ends between which `share` of a further error is expected to lie.

    Of n errors in order, those at ranks (n + 1) (1 - share) / 2 and (n + 1) (1 + share) / 2:
    what splits off the tails of n + 1 errors of which any may be the new one.
    """
    tail = (1 - share) / 2
    order = np.sort(errors)
    ranks = (len(order) + 1) * np.array([tail, 1 - tail]) - 1
    low, high = np.interp(ranks, np.arange(len(order)), order)
    return float(low), float(high)


def caution(origins: int) -> float:
    """By how much a range is widened that rests on forecasts from few origins.

    Series have good and bad months together, so a hundred of them tell of few origins as few
    independent errors would: as much wider as Student's t is than the normal distribution.
    """
    return student(max(2, origins)) / NORMAL


def widened(low: float, high: float, least: float) -> tuple[float, float]:
    """The range, or one of `least` to either side where it is narrower than that."""
    if high - low >= 2 * least:
        return low, high
    return min(low, -least), max(high, least)


def bounds(errors: Floats, known: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The ends of the range for each horizon, in units of scale, from (series, origins, horizon).

    `known` (origins, horizon) says which outcomes count. A horizon that too few outcomes tell of
    takes the range of the longest that enough do, wider by the root of how much further it is:
    errors that add up like steps of chance grow so. NaN where none tells enough.
    """
    horizon = errors.shape[2]
    low, high = np.full(horizon, np.nan), np.full(horizon, np.nan)
    told = 0
    for ahead in range(horizon):
        found = errors[:, known[:, ahead], ahead]
        found = found[np.isfinite(found)]
        if len(found) >= FEWEST:
            tried = np.isfinite(errors[:, :, ahead]).any(axis=0) & known[:, ahead]
            ends = np.array(quantiles(found)) * caution(int(tried.sum()))
            low[ahead], high[ahead] = widened(float(ends[0]), float(ends[1]), LEAST)
            told = ahead + 1
        elif told:
            wider = np.sqrt((ahead + 1) / told)
            low[ahead], high[ahead] = low[told - 1] * wider, high[told - 1] * wider
    return low, high


def freedom(origins: float, ahead: int) -> float:
    """How many sums of `ahead` steps that don't overlap are worth those from so many origins.

    Sums from neighbouring origins share all steps but one. The mean square of all that overlap
    within n steps varies as that of 3 a n / (2 a^2 + 1) independent ones does (A. W. Lo and
    A. C. MacKinlay, Stock market prices do not follow random walks, Review of Financial Studies 1
    (1988) 41-66). One at least, and no more than there are origins.
    """
    steps = origins + ahead - 1
    return max(1.0, min(origins, 3 * ahead * steps / (2 * ahead**2 + 1)))


def student(freedom: float) -> float:
    """The 90 % quantile of Student's t; above ten degrees of freedom by its first-order series.

    Between two whole numbers it is linear in their reciprocals, which is up to 4.1 % too much.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    if freedom >= len(STUDENT):
        return STUDENT[-1] if freedom == len(STUDENT) else _far(freedom)
    below = int(freedom)
    part = (1 / below - 1 / freedom) / (1 / below - 1 / (below + 1))
    return STUDENT[below - 1] + part * (STUDENT[below] - STUDENT[below - 1])


def _far(freedom: float) -> float:
    return NORMAL + (NORMAL**3 + NORMAL) / (4 * freedom)
