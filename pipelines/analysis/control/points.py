"""What a control chart is, and how its points are judged against their limits.

An XmR chart has one set of limits a group. A chart of counts has one a point, as they depend on
what the count is among. The rules (`spc_rules`) and the records are the same for both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Literal, overload

import numpy as np
import polars as pl

from pipelines.analysis.control.options import Direction, Options, When
from pipelines.analysis.control.rules import (
    CAUSES,
    Bools,
    Flags,
    Floats,
    Rule,
    Side,
    Signs,
    shifts,
    trends,
    twos_of_three,
)

Variation = Literal["common_cause", "improvement", "concern", "neutral_high", "neutral_low"]
Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]
Standing = Literal["none", "trial", "firm"]

FIRM_FROM = 13
# A count can lie on its limit exactly: 10 where 4 are expected, 4 + 3 × 2. The last bits of a
# division must not decide what it is.
SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """The lines of a group, in the unit of the values; None where too few points set them.

    `lower` and `upper` lie 3 sigma from the mean, `near_lower` and `near_upper` 2 sigma. A lower
    limit below 0 is left as it is: clip it in display only.
    """

    mean: float | None
    lower: float | None
    upper: float | None
    near_lower: float | None
    near_upper: float | None

    @classmethod
    def of(cls, lines: Floats) -> Limits:
        """Those of a column of `Stretch.lines`."""
        return cls(*map(number, lines.tolist()))

    @property
    def row(self) -> tuple[float | None, ...]:
        """These in the order of the rows of `Stretch.lines`."""
        return self.mean, self.lower, self.upper, self.near_lower, self.near_upper

    @property
    def column(self) -> Floats:
        """These as `Stretch.lines`, for all values of a group."""
        return np.array(self.row, dtype=np.float64)[:, np.newaxis]


@dataclass(frozen=True, slots=True)
class Group:
    """The points between two rebases: first and last position, and the limits they share.

    `rows` counts them, `points` those whose values set the limits (present, and not after
    `fix_after`). `standing` is firm, trial (under 13 such points) or none (no limits).
    """

    number: int
    first: int
    last: int
    rows: int
    points: int
    limits: Limits
    standing: Standing


@dataclass(frozen=True, slots=True)
class Point:
    """One value and what the rules say of it.

    `side` is its side of the mean, `close` whether it lies between the 2- and 3-sigma lines,
    `outside` whether beyond the latter (both None without limits). `rule` is the one that counts,
    `cause` the same in the R package's words, `type` what it means for the reader. A missing
    value meets no rule, and is common cause, as in the R package.
    """

    position: int
    label: When
    value: float | None
    group: int
    limits: Limits
    side: Side | None
    close: bool | None
    outside: bool | None
    flags: Flags
    rule: Rule | None
    cause: str
    type: Variation


@dataclass(frozen=True, slots=True)
class Chart:
    """A series with its limits and signals.

    `variation` and `assurance` are those of `judged`, the position of the last point: with
    profile mdc the last that has a value, so that a month that did not arrive hides nothing.
    `unmatched` holds the rebases that no point carries: nothing was done for them.
    """

    points: Sequence[Point]
    groups: tuple[Group, ...]
    target: float | None
    judged: int | None
    variation: Variation | None
    assurance: Assurance | None
    unmatched: tuple[When, ...]

    @property
    def standing(self) -> Standing:
        """Whether the limits at the judged point are firm, a trial, or not there."""
        if self.judged is None:
            return "none"
        at = self.judged
        return next(g.standing for g in self.groups if g.first <= at <= g.last)

    def frame(self) -> pl.DataFrame:
        """One row a point, in order of time, to draw and to export."""
        return pl.DataFrame([_row(point) for point in self.points], infer_schema_length=None)


NO_LIMITS = Limits(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The values of a group and the limits of each; `base` counts the values that set them.

    `lines` holds a row each for the mean, the lower, upper, near lower and near upper limit, and a
    column for each value, or one for all. NaN is a missing value, or a limit that isn't there.
    """

    number: int
    first: int
    values: Floats
    lines: Floats
    base: int


@dataclass(frozen=True, slots=True)
class Case:
    """A chart that is to be judged: its groups, and what `judged` wants to know of them.

    `finish` is what is still done to the chart.
    """

    groups: Sequence[Stretch]
    labels: Sequence[When]
    chosen: Options
    unmatched: tuple[When, ...] = ()
    slack: float = SLACK
    finish: Callable[[Chart], Chart] | None = None


def stretches(cuts: Collection[int], total: int) -> list[tuple[int, range]]:
    """The groups as number and positions, one from each cut on; a cut at the first makes it 1."""
    inner = sorted(cut for cut in set(cuts) if 0 < cut < total)
    first = 1 if 0 in cuts else 0
    edges = [0, *inner, total]
    return [(n, range(a, b)) for n, (a, b) in enumerate(pairwise(edges), first) if b > a]


def judged(cases: Sequence[Case]) -> list[Chart]:
    """The charts of the cases: rules on each group, and what the last point with a value says.

    A chart's groups carry limits where all their points share them; where the limits vary, only
    the mean. A value counts as beyond a limit when it lies more than `slack` of its own size away.
    All cases are judged in one pass, whose cost hardly grows with their number.
    """
    table = _table(cases)
    charts, row = [], 0
    for case in cases:
        points = Points(table, row, case)
        row += len(case.groups)
        last = _last(case)
        shown = None if last is None else points[last]
        chart = Chart(
            points=points,
            groups=tuple(map(_group, case.groups)),
            target=case.chosen.target,
            judged=last,
            variation=shown.type if shown else None,
            assurance=assurance(shown.limits, case.chosen) if shown else None,
            unmatched=case.unmatched,
        )
        charts.append(case.finish(chart) if case.finish else chart)
    return charts


def _last(case: Case) -> int | None:
    """The position of the point that is judged; None where there is none."""
    if not case.chosen.last_observed:
        return len(case.labels) - 1 if case.groups else None
    for group in reversed(case.groups):
        known = np.flatnonzero(~np.isnan(group.values))
        if known.size:
            return group.first + int(known[-1])
    return None


def assurance(lines: Limits, chosen: Options) -> Assurance | None:
    """What the limits promise of the target; on a limit it is still hit and miss."""
    target, direction = chosen.target, chosen.direction
    if target is None or direction is None:
        return None
    if lines.lower is None or lines.upper is None:
        # The R package calls a target without limits hit and miss; that is no finding.
        return None if chosen.last_observed else "inconsistent"
    if lines.lower <= target <= lines.upper:
        return "inconsistent"
    fails = (target > lines.upper) == (direction == "up")
    return "consistent_fail" if fails else "consistent_pass"


def _group(found: Stretch) -> Group:
    known = found.lines[:, ~np.isnan(found.lines[2])]
    shared = known.size > 0 and bool((known == known[:, :1]).all())
    standing: Standing = "firm" if found.base >= FIRM_FROM else "trial"
    rows = len(found.values)
    varying = Limits(number(found.lines[0, 0]), None, None, None, None)
    return Group(
        number=found.number,
        first=found.first,
        last=found.first + rows - 1,
        rows=rows,
        points=found.base,
        limits=Limits.of(known[:, 0]) if shared else varying,
        standing=standing if known.size else "none",
    )


def number(value: float) -> float | None:
    """A number of an array; None for NaN."""
    return None if math.isnan(value) else float(value)


@dataclass(frozen=True, slots=True)
class _Table:
    """What the rules say of many groups, a row each; NaN in `sides` and `outside` is nothing."""

    values: Floats
    lines: Floats  # five of them, by group and point
    sides: Floats
    known: Bools  # whether there are limits, and a value to hold against them
    outside: Bools
    close: Bools
    trends: Signs
    twos: Bools
    shifts: Bools


def _table(cases: Sequence[Case]) -> _Table:
    rows = [(group, case) for case in cases for group in case.groups]
    width = max((len(group.values) for group, _ in rows), default=0)
    values = np.full((len(rows), width), np.nan)
    lines = np.full((5, len(rows), width), np.nan)
    for at, (group, _) in enumerate(rows):
        values[at, : len(group.values)] = group.values
        lines[:, at, : len(group.values)] = group.lines
    mean, lower, upper, near_lower, near_upper = lines
    slack = np.array([case.slack for _, case in rows], dtype=np.float64)[:, np.newaxis]
    beyond_counts = np.array([case.chosen.beyond_counts for _, case in rows], dtype=np.bool_)
    step_decides = np.array([case.chosen.step_decides for _, case in rows], dtype=np.bool_)
    spare = slack * np.maximum(np.abs(mean), np.abs(values))
    sides = np.sign(values - mean)
    known = ~np.isnan(values) & ~np.isnan(upper)
    outside = (values > upper + spare) | (values < lower - spare)
    close = ((values > near_upper + spare) | (values < near_lower - spare)) & ~outside
    counted = close | (outside & beyond_counts[:, np.newaxis])
    return _Table(
        values, lines, sides, known, outside, close, trends(values, step_decides=step_decides),
        twos_of_three(sides, counted), shifts(sides),
    )  # fmt: skip


class Points(Sequence[Point]):
    """The points of a chart, in order of time, each made when it is asked for.

    Of most charts of a large group only the last point is ever looked at.
    """

    __slots__ = ("_case", "_made", "_row", "_table")

    def __init__(self, table: _Table, row: int, case: Case) -> None:
        """`row` is that of the chart's first group in the table."""
        self._table, self._row, self._case = table, row, case
        self._made: dict[int, Point] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._case.labels)

    @overload
    def __getitem__(self, at: int) -> Point: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Point, ...]: ...

    def __getitem__(self, at: int | slice) -> Point | tuple[Point, ...]:
        """A point by its position, or some of them."""
        if isinstance(at, slice):
            return tuple(self[each] for each in range(*at.indices(len(self))))
        place = range(len(self))[at]
        if place not in self._made:
            self._made[place] = self._point(place)
        return self._made[place]

    def __eq__(self, other: object) -> bool:
        """Whether the other holds the same points."""
        return isinstance(other, Points | tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """That of the points."""
        return hash(tuple(self))

    def _point(self, place: int) -> Point:
        nth = next(n for n, g in reversed([*enumerate(self._case.groups)]) if g.first <= place)
        group, table = self._case.groups[nth], self._table
        at = self._row + nth, place - group.first
        known = bool(table.known[at])
        side = None if np.isnan(table.sides[at]) else _side(int(table.sides[at]))
        flags = Flags(
            bool(table.outside[at]),
            _side(int(table.trends[at])),
            bool(table.twos[at]),
            bool(table.shifts[at]),
        )
        signal = flags.first(side)
        return Point(
            position=place,
            label=self._case.labels[place],
            value=number(table.values[at]),
            group=group.number,
            limits=Limits.of(table.lines[:, at[0], at[1]]),
            side=side,
            close=bool(table.close[at]) if known else None,
            outside=flags.outside if known else None,
            flags=flags,
            rule=signal[0] if signal else None,
            cause=CAUSES[signal] if signal else "Common Cause",
            type=_variation(signal, self._case.chosen.direction),
        )


def _side(sign: int) -> Side:
    return 1 if sign > 0 else -1 if sign < 0 else 0


def _variation(signal: tuple[Rule, Side] | None, direction: Direction | None) -> Variation:
    if signal is None:
        return "common_cause"
    if direction is None:
        return "neutral_high" if signal[1] > 0 else "neutral_low"
    return "improvement" if (signal[1] > 0) == (direction == "up") else "concern"


def _row(point: Point) -> dict[str, object]:
    return {
        "label": point.label,
        "value": point.value,
        "group": point.group,
        **asdict(point.limits),
        **asdict(point.flags),
        "rule": point.rule,
        "cause": point.cause,
        "type": point.type,
    }
