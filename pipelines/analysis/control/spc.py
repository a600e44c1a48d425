"""XmR control charts: which points of a series are signal, and which are noise.

Method and constants: Making Data Count (NHS England), as coded in the R package
NHSRplotthedots 0.2.2; see `options` for the two profiles, `rules` for the rules and
`points` for the chart itself. Fit for ratios with large, stable denominators; not for rare
counts, cumulative sums or rolling means, whose neighbours are alike by construction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl

from pipelines.analysis.control.options import (
    Direction,
    Number,
    Options,
    Profile,
    Series,
    Values,
    When,
    options,
    rebases,
    series,
)
from pipelines.analysis.control.points import Case, Chart, Limits, Stretch, judged, stretches

# 3 sigma of single values from the mean moving range: 3 / 1.128; the screen is D4 of two points.
LIMIT = 2.66
NEAR_LIMIT = 2 * (LIMIT / 3)
SCREEN = 3.267


def xmr(
    values: Values,
    *,
    dates: Sequence[date] | pl.Series | None = None,
    direction: Direction | None = None,
    target: Number | None = None,
    profile: Profile = "mdc",
    screen: bool | None = None,
    rebase: Sequence[When] = (),
    fix_after: int | None = None,
) -> Chart:
    """The control chart of a series: mean, limits, signals, variation and assurance.

    `values` has one number (or None where nothing is known) a period; `dates` sorts them.
    `direction` says which way is good, None that neither is. A new group with limits of its own
    starts at each `rebase` (a date, or a position where there are no dates); `fix_after` sets
    each group's limits from its first points only (12 or more). `screen` overrides the profile:
    mdc keeps all moving ranges, nhsr drops the extreme ones. UsageProblem for what makes no sense.
    """
    chosen = options(direction, target, profile, screen, fix_after)
    return judged([case(series(values, dates), chosen, rebase)])[0]


def case(data: Series, chosen: Options, rebase: Sequence[When] = ()) -> Case:
    """What the chart of a series is judged from (see `xmr`)."""
    starts = rebases(rebase, data)
    cuts = [i for i, label in enumerate(data.labels) if label in starts]
    groups = []
    for number, rows in stretches(cuts, len(data.labels)):
        own = data.values[rows.start : rows.stop]
        base = own[: chosen.fix_after]
        lines = limits(base, screen=chosen.screen).column
        known = sum(value is not None for value in base)
        groups.append(Stretch(number, rows.start, np.array(own, dtype=np.float64), lines, known))
    unmatched = tuple(label for label in starts if label not in data.labels)
    # The R package's comparisons are to the last bit, and so are these.
    return Case(groups, data.labels, chosen, unmatched, slack=0.0)


def limits(values: Sequence[float | None], *, screen: bool) -> Limits:
    """Mean and limits of a group's values: mean ± 2.66 times the mean moving range.

    A moving range needs two neighbours: none spans a missing value. The mean is never screened.
    A screened constant series has no range left, and so no limits, as in the R package.
    """
    centre = mean([value for value in values if value is not None])
    ranges = [abs(b - a) for a, b in pairwise(values) if a is not None and b is not None]
    average = mean(ranges)
    if screen and average is not None:
        average = mean([r for r in ranges if r < SCREEN * average])
    if centre is None or average is None:
        return Limits(centre, None, None, None, None)
    far, near = LIMIT * average, NEAR_LIMIT * average
    return Limits(centre, centre - far, centre + far, centre - near, centre + near)


def mean(numbers: Sequence[float]) -> float | None:
    """The mean, None of nothing; a constant series has its own value as mean, to the last bit."""
    if not numbers:
        return None
    rough = math.fsum(numbers) / len(numbers)
    return rough + math.fsum(number - rough for number in numbers) / len(numbers)
