"""XmR control charts: which points of a series are signal, and which are noise.

Method and constants: Making Data Count (NHS England), as coded in the R package
NHSRplotthedots 0.2.2; see `spc_options` for the two profiles and `spc_rules` for the rules.
Fit for ratios with large, stable denominators; not for rare counts, cumulative sums or rolling
means, whose neighbours are alike by construction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import polars as pl

from pipelines.analysis.spc_options import (
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
from pipelines.analysis.spc_rules import (
    CAUSES,
    Flags,
    Rule,
    Side,
    shifts,
    sign,
    trends,
    twos_of_three,
)

Variation = Literal["common_cause", "improvement", "concern", "neutral_high", "neutral_low"]
Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]
Standing = Literal["none", "trial", "firm"]

# 3 sigma of single values from the mean moving range: 3 / 1.128; the screen is D4 of two points.
LIMIT = 2.66
NEAR_LIMIT = 2 * (LIMIT / 3)
SCREEN = 3.267
FIRM_FROM = 13


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

    points: tuple[Point, ...]
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
    data = series(values, dates)
    starts = rebases(rebase, data)
    points: list[Point] = []
    groups: list[Group] = []
    for number, rows in _grouped(data, starts):
        group = _group(number, rows, data, chosen)
        groups.append(group)
        points += _points(group, data, chosen)
    judged = _judged(points, chosen)
    return Chart(
        points=tuple(points),
        groups=tuple(groups),
        target=chosen.target,
        judged=judged,
        variation=None if judged is None else points[judged].type,
        assurance=None if judged is None else _assurance(points[judged].limits, chosen),
        unmatched=tuple(label for label in starts if label not in data.labels),
    )


def _grouped(data: Series, starts: Sequence[When]) -> list[tuple[int, range]]:
    """The rebase groups as number and positions; a rebase at the very first point makes it 1."""
    cuts = [i for i, label in enumerate(data.labels) if label in starts]
    edges = [*(cuts if cuts[:1] == [0] else [0, *cuts]), len(data.labels)]
    first = 1 if cuts[:1] == [0] else 0
    return [(n, range(a, b)) for n, (a, b) in enumerate(pairwise(edges), first) if b > a]


def _group(number: int, rows: range, data: Series, chosen: Options) -> Group:
    base = [data.values[i] for i in rows][: chosen.fix_after]
    lines = limits(base, screen=chosen.screen)
    points = sum(value is not None for value in base)
    standing: Standing = "firm" if points >= FIRM_FROM else "trial"
    if lines.upper is None:
        standing = "none"
    return Group(number, rows[0], rows[-1], len(rows), points, lines, standing)


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


def _points(group: Group, data: Series, chosen: Options) -> list[Point]:
    rows = range(group.first, group.last + 1)
    values = [data.values[i] for i in rows]
    sides = [_side(value, group.limits) for value in values]
    outside = [_outside(value, group.limits) for value in values]
    close = [_close(value, group.limits) for value in values]
    counted = [
        bool(c) or (chosen.beyond_counts and bool(o)) for c, o in zip(close, outside, strict=True)
    ]
    flags = map(
        Flags,
        map(bool, outside),
        trends(values, step_decides=chosen.step_decides),
        twos_of_three(sides, counted),
        shifts(sides),
    )
    found = zip(rows, values, sides, close, outside, flags, strict=True)
    return [_point(group, data.labels, chosen, *each) for each in found]


def _point(
    group: Group,
    labels: Sequence[When],
    chosen: Options,
    at: int,
    value: float | None,
    side: Side | None,
    close: bool | None,
    outside: bool | None,
    flags: Flags,
) -> Point:
    signal = flags.first(side)
    return Point(
        position=at,
        label=labels[at],
        value=value,
        group=group.number,
        limits=group.limits,
        side=side,
        close=close,
        outside=outside,
        flags=flags,
        rule=signal[0] if signal else None,
        cause=CAUSES[signal] if signal else "Common Cause",
        type=_variation(signal[1], chosen.direction) if signal else "common_cause",
    )


def _side(value: float | None, lines: Limits) -> Side | None:
    return None if value is None or lines.mean is None else sign(value - lines.mean)


def _outside(value: float | None, lines: Limits) -> bool | None:
    if value is None or lines.lower is None or lines.upper is None:
        return None
    return value > lines.upper or value < lines.lower


def _close(value: float | None, lines: Limits) -> bool | None:
    if value is None or lines.near_lower is None or lines.near_upper is None:
        return None
    return not _outside(value, lines) and (value < lines.near_lower or value > lines.near_upper)


def _variation(way: Side, direction: Direction | None) -> Variation:
    if direction is None:
        return "neutral_high" if way > 0 else "neutral_low"
    return "improvement" if (way > 0) == (direction == "up") else "concern"


def _judged(points: Sequence[Point], chosen: Options) -> int | None:
    seen = [p.position for p in points if p.value is not None or not chosen.last_observed]
    return seen[-1] if seen else None


def _assurance(lines: Limits, chosen: Options) -> Assurance | None:
    """What the limits promise of the target; a target on a limit is still hit and miss."""
    if chosen.target is None or chosen.direction is None:
        return None
    if lines.lower is None or lines.upper is None:
        # The R package calls a target without limits hit and miss; that is no finding.
        return None if chosen.last_observed else "inconsistent"
    if lines.lower <= chosen.target <= lines.upper:
        return "inconsistent"
    fails = (chosen.target > lines.upper) == (chosen.direction == "up")
    return "consistent_fail" if fails else "consistent_pass"


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
