"""How far a sum of forecasts may be off: the range of the sum, not the sum of the ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.analysis.outlook.backtest import Trial
from pipelines.analysis.outlook.panel import Floats
from pipelines.analysis.outlook.ranges import (
    FEWEST,
    LEAST,
    caution,
    quantiles,
    student,
    widened,
)

MOST = 0.9  # of a sum that must have been tried, for it to count as such
LEVELS = 12  # values from which the level of a series without a scale is taken


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a sum may lie below and above its forecast in 8 of 10 cases, and on what it rests.

    Not backtested is what rests on other series of the same family, or on shorter forecasts.
    """

    below: float
    above: float
    backtested: bool


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of a family's range for sums of some steps, in units of scale."""

    low: float
    high: float
    outcomes: int
    tried: bool


def spread(
    trial: Trial, rows: npt.NDArray[np.intp], methods: Mapping[str, str], at: int, ahead: int
) -> Spread:
    """The range of the sum of series over the next `ahead` steps from the origin numbered `at`.

    One series: the 10 % and 90 % quantiles of what its family missed sums of as many steps by, in
    units of the series' scale. Several: the forecasts of all of them were summed at each origin,
    and missed by some amount; these amounts, in units of the summed scales, are few, so the range
    is their root mean square times Student's t. It is never narrower than if the series missed
    independently of each other (the root of the squares' sum), nor wider than if all missed to the
    same side at once (the ranges' sum).
    """
    scale, own = scales_now(trial, at)
    ends = {
        name: family_ends(trial, trial.panel.members(name), method, at, ahead)
        for name, method in methods.items()
    }
    families = [trial.panel.families[row] for row in rows]
    below = np.array([-ends[name].low for name in families]) * scale[rows]
    above = np.array([ends[name].high for name in families]) * scale[rows]
    backtested = all(ends[name].tried for name in families) and (
        float(scale[rows][own[rows]].sum()) >= MOST * float(scale[rows].sum())
    )
    if len(rows) == 1:
        return Spread(float(below[0]), float(above[0]), backtested)
    half = np.maximum(0.0, (below + above) / 2)
    least, most = float(np.sqrt((half**2).sum())), float(half.sum())
    whole, origins = _summed(trial, rows, methods, at, ahead)
    width = whole * float(scale[rows].sum())
    width = min(max(width, least), most) if origins else most
    return Spread(width, width, backtested and bool(origins))


def scales_now(trial: Trial, at: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Each series' scale at an origin, and whether it is its own.

    A series too short to have one, or that never changed, takes the part of its level that is
    usual in its family; where none of the family has one, what it changed by from step to step.
    """
    scale = trial.scale[:, at].copy()
    own = np.isfinite(scale)
    recent = trial.panel.values[:, : trial.origins[at]][:, -LEVELS:]
    level, change = _size(recent), _size(np.diff(recent, axis=1))
    for name in dict.fromkeys(trial.panel.families):
        members = trial.panel.members(name)
        usual = members[own[members] & (level[members] > 0)]
        bare = members[~own[members]]
        scale[bare] = change[bare]
        if len(usual):
            scale[bare] = level[bare] * float(np.median(scale[usual] / level[usual]))
    return scale, own


def _size(values: Floats) -> Floats:
    """The mean size of the known values of each row; 0 where none is known."""
    known = np.isfinite(values).sum(axis=1)
    size: Floats = np.nansum(np.abs(values), axis=1) / np.maximum(known, 1)
    return size


def sums_of(errors: Floats, ahead: int) -> Floats:
    """(series, origins): by how much the sum of the first `ahead` steps was missed."""
    sums: Floats = errors[:, :, :ahead].sum(axis=2)
    return sums


def family_ends(
    trial: Trial, members: npt.NDArray[np.intp], method: str, at: int, ahead: int
) -> Ends:
    """The range of a family's sums, from the outcomes known at the origin numbered `at`.

    Where too few sums of so many steps are known, that of the longest that are, in proportion.
    """
    errors = trial.errors[method][members]
    known = trial.known_by(trial.origins[at])
    for steps in range(ahead, 0, -1):
        sums = sums_of(errors, steps)[:, known[:, steps - 1]]
        sums = sums[np.isfinite(sums)]
        if len(sums) >= FEWEST:
            wider = caution(int(known[:, steps - 1].sum()))
            low, high = (wider * end for end in quantiles(sums))
            low, high = widened(low, high, LEAST * steps)
            longer = ahead / steps
            low, high = min(low, 0.0) * longer, max(high, 0.0) * longer
            return Ends(low, high, len(sums), steps == ahead)
    # Nothing was tried: one scale to either side for each step.
    return Ends(-float(ahead), float(ahead), 0, False)


def _summed(
    trial: Trial, rows: npt.NDArray[np.intp], methods: Mapping[str, str], at: int, ahead: int
) -> tuple[float, int]:
    """How far the sum of several series was off, in units of their summed scales, and how often.

    Times Student's t for as many degrees of freedom as there were forecasts that don't overlap.
    """
    errors = np.stack([trial.errors[methods[trial.panel.families[row]]][row] for row in rows])
    known = trial.known_by(trial.origins[at])[:, ahead - 1]
    sums = sums_of(errors, ahead)[:, known]
    scale = trial.scale[rows][:, known]
    there = np.isfinite(sums)
    money = np.where(there, sums * scale, 0.0).sum(axis=0)
    whole = np.where(there, scale, 0.0).sum(axis=0)
    # An origin at which most of the series could not be judged says nothing about their sum.
    told = there.mean(axis=0) >= 0.5
    if not told.any():
        return 0.0, 0
    missed = money[told] / whole[told]
    factor = student(max(1, len(missed) // ahead))
    return float(np.sqrt((missed**2).mean())) * factor, len(missed)
