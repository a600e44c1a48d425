"""Where a usual range might start anew: a suggestion, never a change.

Source: NHS England, Making data count. When to recalculate limits is a judgement with four
questions: has it changed, is the cause known, will it last, has it been watched long enough? The
first and the last can be asked of the numbers; the other two only people can answer, and their
answer is the reason that is recorded. A new range starts at the first point of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import dropwhile, takewhile
from statistics import fmean

from pipelines.analysis.control.points import Point
from pipelines.analysis.signals import Series

# What only people can answer.
CAUSE, LASTING = "Is the cause known?", "Will it last?"
LONG = 8  # months that a run must have lasted: one more than makes it a signal
FAR = 0.5  # of the way from the mean to the limit, that its mean must lie away
DRIFT = 0.5  # of that distance, that its two halves may lie apart: else it is still moving


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A lasting shift that has no range of its own yet.

    `month` is the first of the run and `months` its length up to the last month; `before` is the
    mean of the months before it under the same range, `since` its own, in the metric's unit.
    """

    metric: str
    site: str
    month: date
    months: int
    before: float
    since: float


def suggestion(series: Series) -> Suggestion | None:
    """A rebase that could be decided for the series, None where nothing has shifted for long.

    The last eight months or more (known ones) must lie on one side of the mean, their own mean at
    least half the way to the limit, and their first half no further from their second than half
    of that shift. Charts of the time between events have no months, and get none.

    The range would start at the first point of the run, leaving out those before it that are of
    the old level and lie on the same side by chance.
    """
    chart = series.chart
    if chart is None or series.fit == "between" or chart.standing != "firm":
        return None
    known = [point for point in chart.points if point.value is not None]
    last = known[-1]
    own = (p for p in reversed(known) if p.group == last.group)
    run = list(takewhile(lambda point: last.side and point.side == last.side, own))[::-1]
    mean, far = last.limits.mean, _to_the_limit(last)
    if mean is None or not far:
        return None
    run = _begun(run, mean)
    if len(run) < LONG:
        return None
    values = [point.value for point in run if point.value is not None]
    since, middle = fmean(values), len(values) // 2
    shift = abs(since - mean)
    drift = abs(fmean(values[middle:]) - fmean(values[:middle]))
    if shift < FAR * far or drift > DRIFT * shift or not isinstance(run[0].label, date):
        return None
    own_before = [p.value for p in known if p.group == last.group][: -len(run)]
    before = fmean(value for value in own_before if value is not None) if own_before else mean
    return Suggestion(series.metric, series.site, run[0].label, len(run), before, since)


def _begun(run: Sequence[Point], mean: float) -> list[Point]:
    """The run from its first point that lies nearer to its later level than to the old mean.

    Every second month of the old level lies on the run's side of the mean by chance.
    """
    levels = [point.value for point in run[-LONG:] if point.value is not None]
    if not levels:
        return []
    away = abs(fmean(levels) - mean)
    return list(dropwhile(lambda point: abs((point.value or 0.0) - mean) < away / 2, run))


def suggestions(series: Iterable[Series]) -> list[Suggestion]:
    """Those of several series, the longest run first."""
    found = [one for one in map(suggestion, series) if one is not None]
    return sorted(found, key=lambda one: (-one.months, one.metric, one.site))


def _to_the_limit(point: Point) -> float:
    lines = point.limits
    edge = lines.upper if point.side == 1 else lines.lower
    return abs(edge - lines.mean) if edge is not None and lines.mean is not None else 0.0
