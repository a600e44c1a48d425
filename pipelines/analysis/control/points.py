"""What a control chart is, and how its points are judged against their limits.

An XmR chart has one set of limits a group. A chart of counts has one a point, as they depend on
what the count is among. The rules (`spc_rules`) and the records are the same for both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Literal

import polars as pl

from pipelines.analysis.control.options import Direction, Options, When
from pipelines.analysis.control.rules import (
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


NO_LIMITS = Limits(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The values of a group and the limits of each; `base` counts the values that set them."""

    number: int
    first: int
    values: tuple[float | None, ...]
    lines: tuple[Limits, ...]
    base: int


def stretches(cuts: Collection[int], total: int) -> list[tuple[int, range]]:
    """The groups as number and positions, one from each cut on; a cut at the first makes it 1."""
    inner = sorted(cut for cut in set(cuts) if 0 < cut < total)
    first = 1 if 0 in cuts else 0
    edges = [0, *inner, total]
    return [(n, range(a, b)) for n, (a, b) in enumerate(pairwise(edges), first) if b > a]


def judged(
    groups: Sequence[Stretch],
    labels: Sequence[When],
    chosen: Options,
    unmatched: tuple[When, ...] = (),
    *,
    slack: float = SLACK,
) -> Chart:
    """The chart of the groups: rules on each, and what the last point that has a value says.

    The chart's groups carry limits where all their points share them; where the limits vary, only
    the mean. A value counts as beyond a limit when it lies more than `slack` of its own size away.
    """
    points = tuple(point for group in groups for point in _points(group, labels, chosen, slack))
    seen = [point for point in points if point.value is not None or not chosen.last_observed]
    last = seen[-1] if seen else None
    return Chart(
        points=points,
        groups=tuple(map(_group, groups)),
        target=chosen.target,
        judged=last.position if last else None,
        variation=last.type if last else None,
        assurance=assurance(last.limits, chosen) if last else None,
        unmatched=unmatched,
    )


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
    known = {lines for lines in found.lines if lines.upper is not None}
    varying = Limits(found.lines[0].mean, None, None, None, None)
    standing: Standing = "firm" if found.base >= FIRM_FROM else "trial"
    rows = len(found.values)
    return Group(
        number=found.number,
        first=found.first,
        last=found.first + rows - 1,
        rows=rows,
        points=found.base,
        limits=next(iter(known)) if len(known) == 1 else varying,
        standing=standing if known else "none",
    )


def _points(group: Stretch, labels: Sequence[When], chosen: Options, slack: float) -> list[Point]:
    pairs = list(zip(group.values, group.lines, strict=True))
    sides = [_side(*pair) for pair in pairs]
    outside = [_outside(*pair, slack) for pair in pairs]
    close = [_close(*pair, slack) for pair in pairs]
    counted = [
        bool(c) or (chosen.beyond_counts and bool(o)) for c, o in zip(close, outside, strict=True)
    ]
    flags = map(
        Flags,
        map(bool, outside),
        trends(group.values, step_decides=chosen.step_decides),
        twos_of_three(sides, counted),
        shifts(sides),
    )
    points = []
    for at, (found, (value, lines)) in enumerate(zip(flags, pairs, strict=True)):
        signal = found.first(sides[at])
        point = Point(
            position=group.first + at,
            label=labels[group.first + at],
            value=value,
            group=group.number,
            limits=lines,
            side=sides[at],
            close=close[at],
            outside=outside[at],
            flags=found,
            rule=_rule(signal),
            cause=CAUSES[signal] if signal else "Common Cause",
            type=_variation(signal, chosen.direction),
        )
        points.append(point)
    return points


def _rule(signal: tuple[Rule, Side] | None) -> Rule | None:
    return signal[0] if signal else None


def _variation(signal: tuple[Rule, Side] | None, direction: Direction | None) -> Variation:
    if signal is None:
        return "common_cause"
    if direction is None:
        return "neutral_high" if signal[1] > 0 else "neutral_low"
    return "improvement" if (signal[1] > 0) == (direction == "up") else "concern"


def _side(value: float | None, lines: Limits) -> Side | None:
    return None if value is None or lines.mean is None else sign(value - lines.mean)


def _outside(value: float | None, lines: Limits, slack: float) -> bool | None:
    return _beyond(value, lines.lower, lines.upper, lines, slack)


def _close(value: float | None, lines: Limits, slack: float) -> bool | None:
    past = _beyond(value, lines.near_lower, lines.near_upper, lines, slack)
    return past and not _outside(value, lines, slack)


def _beyond(
    value: float | None, lower: float | None, upper: float | None, lines: Limits, slack: float
) -> bool | None:
    if value is None or lower is None or upper is None or lines.mean is None:
        return None
    spare = slack * max(abs(lines.mean), abs(value))
    return value > upper + spare or value < lower - spare


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
