"""Which series stand on the list of the first page, and how sure that is.

A chart flags a month by its own rules. The list holds hundreds of charts, and of so many stable
ones several flag each month; so a flag stands on the list only where all series together leave
little room for chance (`evidence.found`): on average at most `FALSE` of the lines are false, and a
month in which nothing happened has a line about as rarely.

Measured over a thousand invented groups (tests/analysis/test_false_alarms.py): 0.02 lines a list
where nothing happened; with ten shifts of 3 to 6 sigma 1.7 % of the lines are false, and 57 % of
the shifts stand on the list in a given month (a month that is 3 sigma off alone seldom does).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines.analysis.control.points import Point
from pipelines.analysis.evidence import chance, found
from pipelines.analysis.signals import Series, counted
from pipelines.metrics import find

FALSE = 0.05  # the share of lines that may be false
# The chance below which a series alone counts as unusual: its count beyond a limit, and its run or
# trend within the limits.
RARE = 0.05
CLEAR = 0.01
FEWEST = {"open_issues": 5}  # counts below which a signal is nobody's business


@dataclass(frozen=True, slots=True)
class Alarm:
    """A series on the list: the numbers of its signal, and the chance that it is none.

    `details` are those of `unusual`.
    """

    series: Series
    details: dict[str, Any]
    chance: float


def alarms(series: Iterable[Series]) -> list[Alarm]:
    """The series whose last month is unusual in the bad direction, beyond what chance explains.

    All series count among those tried, also the quiet ones: give all that the list looks at.
    """
    tried = [(one, likelihood(one)) for one in series]
    kept = found([each for _, each in tried], FALSE)
    alarmed = []
    for (one, each), stands in zip(tried, kept, strict=True):
        details = unusual(one) if stands and each is not None else None
        if details is not None and each is not None:
            alarmed.append(Alarm(one, details, each))
    return alarmed


def likelihood(series: Series) -> float | None:
    """The chance that the series, were it stable, ended in months as bad (see `evidence.chance`).

    Only months since the last rebase count. None where neither direction is bad, or too little is
    known.
    """
    good = find(series.metric).good
    if good is None or series.chart is None:
        return None
    values = series.values[series.current]
    return chance(values, worse="down" if good == "up" else "up", least=_by_chance(series))


def unusual(series: Series) -> dict[str, Any] | None:
    """The last month's signal in the bad direction, or None.

    A month beyond its limits is one, for a count only where chance makes it in fewer than `RARE`
    of stable series (none in a year makes the first one look odd); another signal of the chart (a
    run, a trend) only where chance makes it in fewer than `CLEAR`.

    Gives value, mean, lower and upper (the range that held before), `running`, the months that the
    signal has lasted, `strength`, how many times as far from the mean as the limit it lies, and
    `gap`, whether these are days between events.
    """
    chart = series.chart
    if chart is None or chart.standing != "firm" or series.last is None:
        return None
    last = chart.points[-1]
    limits = last.limits
    if last.type != "concern" or limits.mean is None or last.value is None:
        return None
    between = series.fit == "between"
    if between and not (isinstance(last.label, date) and last.label >= series.months[-1]):
        return None
    if not between and last.value < FEWEST.get(series.metric, 0):
        return None
    allowed = 1.0 if series.fit == "xmr" else RARE
    likely = likelihood(series)
    if likely is None or likely > (allowed if last.outside else CLEAR):
        return None
    return {
        "value": last.value if between else series.last,
        "mean": limits.mean,
        "lower": limits.lower,
        "upper": limits.upper,
        "running": _running(chart.points),
        "strength": _strength(last),
        "gap": between,
    }


def _running(points: Sequence[Point]) -> int:
    quiet = (i for i, point in enumerate(reversed(points)) if point.type != "concern")
    return next(quiet, len(points))


def _strength(point: Point) -> float:
    """Distance from the mean in distances of the limit on that side; 1 where there is none."""
    lines, value = point.limits, point.value
    if lines.mean is None or value is None:
        return 1.0
    edge = lines.upper if value > lines.mean else lines.lower
    width = abs(edge - lines.mean) if edge is not None else 0.0
    return abs(value - lines.mean) / width if width else 1.0


def _by_chance(series: Series) -> float:
    """The standard deviation that a count as small as the last month's has by chance; 0 for others.

    With c the events over what they are among, over all months (half an event more, as none in two
    years is no proof of never), and n the last month's size: sqrt(c / n) for events, and
    sqrt(c (1 - c) / n) for shares.
    """
    metric = find(series.metric)
    if metric.counted is None:
        return 0.0
    counts, sizes = counted(metric, series.values, series.numerators, series.denominators)
    pairs = [(o, n) for o, n in zip(counts, sizes, strict=True) if o is not None and n]
    last = sizes[-1]
    if not pairs or not last:
        return 0.0
    level = (math.fsum(o for o, _ in pairs) + 0.5) / math.fsum(n for _, n in pairs)
    rest = max(0.0, 1 - level) if metric.counted == "proportion" else 1.0
    return metric.scale * math.sqrt(level * rest / last)
