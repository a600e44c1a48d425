"""Which control chart fits a series: decided by the size of its counts, and said in words.

Single values over time (`spc.xmr`) suit amounts and large counts; charts of counts
(`counts.count_chart`) suit small ones, whose chance is known from the count itself; time between
events (`between.time_between`) suits counts that are mostly 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from pipelines.analysis.control.funnel import Kind
from pipelines.analysis.control.options import Values, series
from pipelines.errors import UsageProblem

Fit = Literal["xmr", "proportion", "rate", "between"]

# From about 30 on a count's chance variation is nearly normal, and its limits nearly even.
LARGE = 30
# Sizes within a quarter of their mean may share limits (Montgomery, section 7.3.2).
ALIKE = 0.25


@dataclass(frozen=True, slots=True)
class Choice:
    """The chart for a series, None where nothing is known of it, and the reason as a sentence.

    `proportion` and `rate` are the kinds of `counts.count_chart`.
    """

    chart: Fit | None
    reason: str


def choose(
    numerators: Values,
    denominators: Values,
    *,
    kind: Kind,
    period: str = "month",
    states: bool = False,
) -> Choice:
    """The chart for a series by period, from its counts and what they are among.

    Amounts (numbers that are not whole) go on single values. Counts of which half or more are 0
    go on the time between events, unless they are `states`: what is open at the end of two months
    is no new event in the second. The rest go on a chart of counts, unless a typical count (and
    for a proportion, the rest of the cases too) is 30 or more, and sizes differ little.
    UsageProblem where the columns are not equally long.
    """
    events, sizes = series(numerators, None).values, series(denominators, None).values
    if len(events) != len(sizes):
        raise UsageProblem("numerators and denominators must be equally many")
    known = [(o, n) for o, n in zip(events, sizes, strict=True) if o is not None and n]
    if not known:
        return Choice(None, f"There is no {period} with a figure yet.")
    counts = [o for o, _ in known]
    if not all(count.is_integer() for count in counts):
        return Choice("xmr", f"These are amounts, not counts: {_neighbours(period)}.")
    empty = sum(count == 0 for count in counts)
    if 2 * empty >= len(counts) and not states:
        gap = f"so the time from one to the next says more than a count by {period}"
        return Choice("between", f"In {empty} of {len(counts)} {period}s there was none, {gap}.")
    return _by_size(known, kind, period)


def _by_size(known: Sequence[tuple[float, float]], kind: Kind, period: str) -> Choice:
    typical = _number(median(o for o, _ in known))
    if median(o for o, _ in known) < LARGE:
        has = f"A typical {period} has {typical}, so few" if typical != "0" else "There are so few"
        few = f"{has} that chance alone moves the figure a lot"
        return Choice(kind, f"{few}: the usual range follows from the counts.")
    rest = median(n - o for o, n in known)
    if kind == "proportion" and rest < LARGE:
        all_but = f"all but {_number(rest)}, so few" if rest else "all of them, and the rest so few"
        few = f"In a typical {period} it is {all_but} that chance moves them"
        return Choice(kind, f"{few} a lot: the usual range follows from the counts.")
    if not _alike([n for _, n in known]):
        sizes = f"Some {period}s have far more to count among than others"
        return Choice(kind, f"{sizes}, so each has a usual range of its own.")
    enough = f"A typical {period} has {typical}, enough for chance to even out"
    return Choice("xmr", f"{enough}: {_neighbours(period)}.")


def _neighbours(period: str) -> str:
    return f"the usual range follows from the differences between one {period} and the next"


def _alike(sizes: Sequence[float]) -> bool:
    average = sum(sizes) / len(sizes)
    return all(abs(size - average) <= ALIKE * average for size in sizes)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() or value >= LARGE else f"{value:,.1f}"
