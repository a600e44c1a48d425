"""Points held against limits of their own: the rules of `spc_rules` where the limits may vary.

An XmR chart has one set of limits a group. A chart of counts has one a point, as they depend on
what the count is among. The records are those of `spc`, and so is the meaning of every field.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.analysis.spc import (
    FIRM_FROM,
    Assurance,
    Chart,
    Group,
    Limits,
    Point,
    Standing,
    Variation,
)
from pipelines.analysis.spc_options import Direction, Options, When
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

# A count can lie on its limit exactly: 10 where 4 are expected, 4 + 3 × 2. The last bits of a
# division must not decide what it is.
SLACK = 1e-9
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
) -> Chart:
    """The chart of the groups: rules on each, and what the last point that has a value says.

    The chart's groups carry limits where all their points share them; where the limits vary, only
    the mean.
    """
    points = tuple(point for group in groups for point in _points(group, labels, chosen))
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
    if target is None or direction is None or lines.lower is None or lines.upper is None:
        return None
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


def _points(group: Stretch, labels: Sequence[When], chosen: Options) -> list[Point]:
    pairs = list(zip(group.values, group.lines, strict=True))
    sides = [_side(*pair) for pair in pairs]
    outside = [_outside(*pair) for pair in pairs]
    close = [_close(*pair) for pair in pairs]
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


def _outside(value: float | None, lines: Limits) -> bool | None:
    return _beyond(value, lines.lower, lines.upper, lines)


def _close(value: float | None, lines: Limits) -> bool | None:
    past = _beyond(value, lines.near_lower, lines.near_upper, lines)
    return past and not _outside(value, lines)


def _beyond(
    value: float | None, lower: float | None, upper: float | None, lines: Limits
) -> bool | None:
    if value is None or lower is None or upper is None or lines.mean is None:
        return None
    slack = SLACK * max(abs(lines.mean), abs(value))
    return value > upper + slack or value < lower - slack
