"""Control charts of counts: p- and u-charts over time, and Laney's p′ and u′.

A p-chart draws the share of cases (binomial), a u-chart the events per exposure (Poisson). Their
limits come from the count itself and are wider where there was less to count among. With large
denominators these limits lie so close that ordinary differences between months fall outside:
Laney widens them by the variation that the months really show.

Sources: D. C. Montgomery, Introduction to Statistical Quality Control, 7th edition, chapter 7;
D. B. Laney, Improved control charts for attributes, Quality Engineering 14 (2002) 531-537.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import polars as pl

from pipelines.analysis.control.funnel import Kind
from pipelines.analysis.control.options import (
    Direction,
    Number,
    Options,
    Values,
    When,
    options,
    rebases,
    series,
)
from pipelines.analysis.control.points import (
    NO_LIMITS,
    Case,
    Chart,
    Limits,
    Stretch,
    judged,
    stretches,
)
from pipelines.analysis.control.spc import mean
from pipelines.errors import UsageProblem

Laney = Literal["auto", "always", "never"]

# The mean moving range of two normal values is 1.128 of their standard deviations (d2).
RANGE = 1.128
FAR, NEAR = 3.0, 2.0
# One value is its own mean: it says nothing of how far another may lie.
FEWEST = 2

NO_COUNT = "the count is missing"
NO_SIZE = "what the count is among is missing"
NOTHING = "there was nothing to count among"


@dataclass(frozen=True, slots=True)
class Counted:
    """What stands behind a point: its count, what it is among, and its standard score.

    `z` is the distance from the group's mean in standard deviations of a pure count, before any
    widening; None where that is 0. `reason` says why a point has no value.
    """

    numerator: float | None
    denominator: float | None
    z: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Spread:
    """How the months of a group vary, against what counts alone would.

    `sigma_z` is the mean moving range of the z-scores over 1.128 (None without two neighbours);
    the limits stand `factor` times as far from the mean as the classic ones.
    """

    group: int
    sigma_z: float | None
    factor: float | None


@dataclass(frozen=True, slots=True)
class CountChart:
    """A chart of counts: points and signals in `chart`, and for each point what it was made of.

    Values and limits are times `per`. Limits are left where the formula puts them, be it below 0;
    `frame` clips them.
    """

    kind: Kind
    per: float
    chart: Chart
    counted: tuple[Counted, ...]
    spreads: tuple[Spread, ...]

    def frame(self) -> pl.DataFrame:
        """One row a point, to draw and to export: that of `Chart.frame`, with what was counted.

        Limits are clipped where no value can be: at 0, and for a proportion at `per` times 1.
        """
        top = self.per if self.kind == "proportion" else math.inf
        lines = ("lower", "upper", "near_lower", "near_upper")
        counted = pl.DataFrame(
            [asdict(each) for each in self.counted],
            schema={
                "numerator": pl.Float64,
                "denominator": pl.Float64,
                "z": pl.Float64,
                "reason": pl.String,
            },
        )
        drawn = self.chart.frame()
        if drawn.is_empty():
            return counted
        clipped = [pl.col(name).cast(pl.Float64).clip(0.0, top) for name in lines]
        return drawn.with_columns(clipped).hstack(counted)


def count_chart(
    numerators: Values,
    denominators: Values,
    *,
    kind: Kind,
    per: float = 1.0,
    laney: Laney = "auto",
    dates: Sequence[date] | pl.Series | None = None,
    direction: Direction | None = None,
    target: Number | None = None,
    rebase: Sequence[When] = (),
    fix_after: int | None = None,
) -> CountChart:
    """The p-chart (kind proportion) or u-chart (kind rate) of counts by period.

    With c the sum of numerators over the sum of denominators, and s the standard deviation of one
    point, sqrt(c (1 - c) / n) for a proportion and sqrt(c / n) for a rate, the limits of a point
    lie 3 s × factor from c, the near ones 2 s × factor. The factor is 1 for `laney` never, sigma_z
    for always (Laney 2002: it may also narrow), and for auto sigma_z where that is above 1.
    A moving range needs two neighbours: none spans a period without a value.

    The rules are those of `rules`: a trend is told by the values, the others by each point's
    own limits. `target` is in the unit of the values (so times `per`); the other options are
    those of `spc.xmr` with its profile mdc: limits are firm from 13 points, a trial below.
    UsageProblem for counts that are not whole or are negative, for proportions above 1 and of
    parts of cases.
    """
    _check_options(kind, per, laney)
    chosen = options(direction, target, "mdc", None, fix_after)
    found, counted, spreads = case(
        numerators, denominators, dates, chosen, rebase, kind=kind, per=per, laney=laney
    )
    return CountChart(kind, per, judged([found])[0], counted, spreads)


def case(
    numerators: Values,
    denominators: Values,
    dates: Sequence[date] | pl.Series | None,
    chosen: Options,
    rebase: Sequence[When] = (),
    *,
    kind: Kind,
    per: float = 1.0,
    laney: Laney = "auto",
) -> tuple[Case, tuple[Counted, ...], tuple[Spread, ...]]:
    """What a `count_chart` is judged from, and what its points are made of."""
    events, sizes = series(numerators, dates), series(denominators, dates)
    if len(events.values) != len(sizes.values):
        raise UsageProblem("numerators and denominators must be equally many")
    rows = list(zip(events.values, sizes.values, strict=True))
    for row in rows:
        _check_row(*row, kind)
    starts = rebases(rebase, events)
    cuts = [i for i, label in enumerate(events.labels) if label in starts]
    groups: list[Stretch] = []
    counted: list[Counted] = []
    spreads: list[Spread] = []
    for number, span in stretches(cuts, len(rows)):
        own = rows[span.start : span.stop]
        known = [_known(row) for row in own[: chosen.fix_after]]
        centre = _centre([row for row in known if row])
        spread = _spread(number, known, centre, kind, laney)
        lines = np.array([_lines(row, centre, spread, kind, per).row for row in own],
                         dtype=np.float64).T  # fmt: skip
        values = np.array([o / n * per if o is not None and n else None for o, n in own],
                          dtype=np.float64)  # fmt: skip
        base = sum(row is not None for row in known)
        groups.append(Stretch(number, span.start, values, lines, base))
        spreads.append(spread)
        counted += [Counted(*row, _score(_known(row), centre, kind), _reason(*row)) for row in own]
    missed = tuple(label for label in starts if label not in events.labels)
    return Case(groups, events.labels, chosen, missed), tuple(counted), tuple(spreads)


def sigma_z(scores: Sequence[float | None]) -> float | None:
    """Laney's sigma_z: the mean moving range of the z-scores over 1.128, None without two."""
    ranges = [abs(b - a) for a, b in pairwise(scores) if a is not None and b is not None]
    average = mean(ranges)
    return None if average is None else average / RANGE


def _known(row: tuple[float | None, float | None]) -> tuple[float, float] | None:
    events, size = row
    return None if events is None or not size else (events, size)


def _reason(events: float | None, size: float | None) -> str | None:
    if size is None:
        return NO_SIZE
    if size == 0:
        return NOTHING
    return NO_COUNT if events is None else None


def _centre(known: Sequence[tuple[float, float]]) -> float | None:
    """The ratio of sums, so that every case weighs the same; None where there are too few."""
    if len(known) < FEWEST:
        return None
    return math.fsum(o for o, _ in known) / math.fsum(n for _, n in known)


def _spread(
    number: int,
    known: Sequence[tuple[float, float] | None],
    centre: float | None,
    kind: Kind,
    laney: Laney,
) -> Spread:
    found = sigma_z([_score(row, centre, kind) for row in known])
    if laney == "always":
        # Where no count varies at all there is nothing to multiply, and the limits lie on the mean.
        flat = centre is not None and _deviation(centre, 1.0, kind) == 0
        return Spread(number, found, 1.0 if flat else found)
    return Spread(number, found, max(1.0, found or 0.0) if laney == "auto" else 1.0)


def _score(row: tuple[float, float] | None, centre: float | None, kind: Kind) -> float | None:
    if row is None or centre is None:
        return None
    deviation = _deviation(centre, row[1], kind)
    return (row[0] / row[1] - centre) / deviation if deviation else None


def _lines(
    row: tuple[float | None, float | None],
    centre: float | None,
    spread: Spread,
    kind: Kind,
    per: float,
) -> Limits:
    """The limits of a point; also of one whose count is missing, as they need its size alone."""
    if centre is None:
        return NO_LIMITS
    size, middle = row[1], centre * per
    if not size or spread.factor is None:
        return Limits(middle, None, None, None, None)
    step = _deviation(centre, size, kind) * spread.factor * per
    far, near = FAR * step, NEAR * step
    return Limits(middle, middle - far, middle + far, middle - near, middle + near)


def _deviation(centre: float, size: float, kind: Kind) -> float:
    """The standard deviation of a share or rate of this size around the centre, by counts alone."""
    return math.sqrt(centre * (1 - centre if kind == "proportion" else 1.0) / size)


def _check_row(events: float | None, size: float | None, kind: Kind) -> None:
    if any(number is not None and number < 0 for number in (events, size)):
        raise UsageProblem("a count, and what it is among, cannot be negative")
    if events is not None and not events.is_integer():
        raise UsageProblem("a count must be whole; chart hours and money with xmr")
    if kind == "proportion" and size is not None:
        if not size.is_integer():
            raise UsageProblem("a proportion needs whole cases; use kind 'rate' for hours")
        if events is not None and size and events > size:
            raise UsageProblem("a proportion cannot have more cases than it counts among")


def _check_options(kind: Kind, per: float, laney: Laney) -> None:
    for name, given, known in (("kind", kind, Kind), ("laney", laney, Laney)):
        if given not in get_args(known):
            raise UsageProblem(f"{name} is {given!r}; it must be one of {list(get_args(known))}")
    if not 0 < per < math.inf:
        raise UsageProblem("per must be above 0: 100 for per cent, 1000 for per 1,000 visits")
