"""Control charts for rare events: the time, or the number of cases, from one event to the next.

Where most months have no event, a chart by month is a row of zeros. The gaps between events carry
the same news, one point an event: a long gap is rare events, a short one frequent events.

Sources: L. S. Nelson, A control chart for parts-per-million nonconforming items, Journal of
Quality Technology 26 (1994) 239-240 (a gap to the power 1 / 3.6 is nearly normal);
J. C. Benneyan, Number-between g-type statistical quality control charts for monitoring adverse
events, Health Care Management Science 4 (2001) 305-318.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import NormalDist, median
from typing import Literal, get_args

import numpy as np
import polars as pl

from pipelines.analysis.control.options import (
    Direction,
    Number,
    Options,
    Series,
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
    assurance,
    judged,
    stretches,
)
from pipelines.analysis.control.spc import limits, mean
from pipelines.errors import UsageProblem

Lines = Literal["exact", "sigma"]

POWER = 3.6
# What lies beyond 3 and 2 standard deviations on one side of a normal distribution.
FAR, NEAR = NormalDist().cdf(-3), NormalDist().cdf(-2)
FEWEST = 2
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The days from each event to the next, under the date of the later one.

    `since` are the days from the last event until the day asked about: a gap that is not over.
    """

    ends: tuple[date, ...]
    days: tuple[float, ...]
    since: float | None


def days_between(events: Sequence[date], *, until: date | None = None) -> Gaps:
    """The gaps between events, given in any order as dates, or all as moments with a time.

    Two events on one date are 0 days apart: give moments where that happens often. `until`, of
    the same kind, is the day up to which no further event is known. UsageProblem where dates and
    moments are mixed, or `until` lies before the last event.
    """
    known = [*events] if until is None else [*events, until]
    if len({isinstance(moment, datetime) for moment in known}) > 1:
        raise UsageProblem("events must be all dates, or all moments with a time")
    order = sorted(events)
    if order and until is not None and until < order[-1]:
        raise UsageProblem("until lies before the last event")
    ends = tuple(each.date() if isinstance(each, datetime) else each for each in order[1:])
    days = tuple((b - a) / DAY for a, b in pairwise(order))
    return Gaps(ends, days, (until - order[-1]) / DAY if order and until is not None else None)


def time_between(
    gaps: Values,
    *,
    dates: Sequence[date] | pl.Series | None = None,
    direction: Direction | None = "up",
    target: Number | None = None,
    rebase: Sequence[When] = (),
    fix_after: int | None = None,
) -> Chart:
    """The t-chart of the times between events, in the order in which they happened.

    With y = gap^(1 / 3.6), the limits of y are those of an XmR chart, mean ± 2.66 mean moving
    ranges; points are judged there, and values and limits stand in the chart as time again (^3.6;
    a limit of y below 0 is 0). The middle is the mean of y turned back, near the median gap.

    `direction` up says that long gaps are good. `dates`, those of the events that ended the gaps,
    may repeat. A new group starts with the first gap that ends at a `rebase` or later. The other
    options are those of `spc.xmr`. UsageProblem for negative gaps and dates out of order.
    """
    chosen = options(direction, target, "mdc", None, fix_after)
    return judged([time_case(gaps, dates, chosen, rebase)])[0]


def time_case(
    gaps: Values,
    dates: Sequence[date] | pl.Series | None,
    chosen: Options,
    rebase: Sequence[When] = (),
) -> Case:
    """What the chart of times between events is judged from (see `time_between`)."""
    data = _series(gaps, dates)
    roots = tuple(None if gap is None else gap ** (1 / POWER) for gap in data.values)

    def as_times(chart: Chart) -> Chart:
        points = tuple(
            replace(point, value=gap, limits=_back(point.limits))
            for point, gap in zip(chart.points, data.values, strict=True)
        )
        promise = None if chart.judged is None else assurance(points[chart.judged].limits, chosen)
        groups = tuple(replace(group, limits=_back(group.limits)) for group in chart.groups)
        return replace(chart, points=points, groups=groups, assurance=promise)

    return _case(replace(data, values=roots), rebase, chosen, _root_lines, as_times)


def count_between(
    gaps: Values,
    *,
    lines: Lines = "exact",
    dates: Sequence[date] | pl.Series | None = None,
    direction: Direction | None = "up",
    target: Number | None = None,
    rebase: Sequence[When] = (),
    fix_after: int | None = None,
) -> Chart:
    """The g-chart of the cases without an event from one event to the next (0 where it follows).

    With g the mean gap, gaps are geometric: P(gap > x) = (g / (1 + g))^(x + 1). `lines` exact puts
    the limits where that leaves no more beyond them than 3 (near: 2) sigma do of a normal
    distribution, 0.135 % (2.275 %) on each side, and the middle on the median of the gaps: as many
    lie above as below. `sigma` draws Benneyan's limits, g ± 3 (2) sqrt(g (g + 1)), around g: of
    geometric gaps 1.8 % lie above them and 63 % below g, so that runs below it are no rare thing.

    The options are those of `time_between`. UsageProblem also for gaps that are not whole.
    """
    if lines not in get_args(Lines):
        raise UsageProblem(f"lines is {lines!r}; it must be one of {list(get_args(Lines))}")
    chosen = options(direction, target, "mdc", None, fix_after)
    data = _series(gaps, dates)
    if any(gap is not None and not gap.is_integer() for gap in data.values):
        raise UsageProblem("cases between events must be whole; chart times with time_between")
    of = _exact_lines if lines == "exact" else _sigma_lines
    return judged([_case(data, rebase, chosen, of)])[0]


def overdue(chart: Chart, since: float | None) -> bool | None:
    """Whether the gap since the last event is by now longer than the chart's upper limit.

    A gap that is not over can only grow: below the limit it says nothing yet. None where there is
    no such gap or no limit.
    """
    if since is None or not chart.groups or chart.groups[-1].limits.upper is None:
        return None
    return since > chart.groups[-1].limits.upper


def _series(gaps: Values, dates: Sequence[date] | pl.Series | None) -> Series:
    data = series(gaps, None)
    if any(gap is not None and gap < 0 for gap in data.values):
        raise UsageProblem("a gap between events cannot be negative")
    if dates is None:
        return data
    days = tuple(dates)
    if len(days) != len(data.values):
        raise UsageProblem(f"{len(data.values)} gaps cannot be charted on {len(days)} dates")
    if any(a > b for a, b in pairwise(days)):
        raise UsageProblem("gaps must be in order of time: each is the time since the one before")
    return Series(days, data.values)


def _case(
    data: Series,
    rebase: Sequence[When],
    chosen: Options,
    lines: Callable[[Sequence[float | None]], Limits],
    finish: Callable[[Chart], Chart] | None = None,
) -> Case:
    starts = rebases(rebase, data)
    firsts = {start: _first(data.labels, start) for start in starts}
    groups = []
    for number, rows in stretches(
        [at for at in firsts.values() if at is not None], len(data.labels)
    ):
        values = data.values[rows.start : rows.stop]
        base = values[: chosen.fix_after]
        known = sum(value is not None for value in base)
        own = np.array(values, dtype=np.float64)
        groups.append(Stretch(number, rows.start, own, lines(base).column, known))
    unmatched = tuple(start for start, at in firsts.items() if at is None)
    return Case(groups, data.labels, chosen, unmatched, finish=finish)


def _first(labels: Sequence[When], start: When) -> int | None:
    """The position of the first label at the start or after it; all are dates, or all positions."""
    return next((i for i, label in enumerate(labels) if not _before(label, start)), None)


def _before(label: When, start: When) -> bool:
    if isinstance(label, date) and isinstance(start, date):
        return label < start
    return isinstance(label, int) and isinstance(start, int) and label < start


def _root_lines(roots: Sequence[float | None]) -> Limits:
    return limits(roots, screen=False)


def _back(lines: Limits) -> Limits:
    """Limits of roots as times."""
    return Limits(
        _power(lines.mean),
        _power(lines.lower),
        _power(lines.upper),
        _power(lines.near_lower),
        _power(lines.near_upper),
    )


def _power(root: float | None) -> float | None:
    return None if root is None else max(0.0, root) ** POWER


def _exact_lines(gaps: Sequence[float | None]) -> Limits:
    average = _average(gaps)
    if average is None:
        return NO_LIMITS
    if average == 0:
        return Limits(0.0, 0.0, 0.0, 0.0, 0.0)
    log = -math.log1p(1 / average)
    return Limits(
        mean=median(gap for gap in gaps if gap is not None),
        lower=_least(FAR, log),
        upper=_most(FAR, log),
        near_lower=_least(NEAR, log),
        near_upper=_most(NEAR, log),
    )


def _most(tail: float, log: float) -> float:
    """The smallest count that no more than `tail` of gaps exceed; `log` is that of g / (1 + g)."""
    return max(0.0, math.ceil(math.log(tail) / log) - 1.0)


def _least(tail: float, log: float) -> float:
    """The largest count that no more than `tail` of gaps stay below."""
    return float(math.floor(math.log1p(-tail) / log))


def _sigma_lines(gaps: Sequence[float | None]) -> Limits:
    average = _average(gaps)
    if average is None:
        return NO_LIMITS
    sigma = math.sqrt(average * (average + 1))
    return Limits(
        average,
        average - 3 * sigma,
        average + 3 * sigma,
        average - 2 * sigma,
        average + 2 * sigma,
    )


def _average(gaps: Sequence[float | None]) -> float | None:
    known = [gap for gap in gaps if gap is not None]
    return mean(known) if len(known) >= FEWEST else None
