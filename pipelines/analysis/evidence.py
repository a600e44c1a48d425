"""How strong a signal is: the chance that a stable series would show such last months.

A control chart is read one at a time, and by its rules every hundredth month of a stable series
raises a flag or two. A list over hundreds of series must be stricter, or chance alone fills it:
here each series gets a probability, and all of them together decide which stand on the list.

Sources: W. A. Gosset's t for a new mean against a reference; M. Abramowitz and I. A. Stegun,
Handbook of Mathematical Functions, 26.7.3 and 26.7.4 (its tails); Y. Benjamini and Y. Hochberg,
Controlling the false discovery rate, Journal of the Royal Statistical Society B 57 (1995) 289-300.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal

# The last month alone, and the last few together: a change may be large, or it may last. One that
# lasts longer than the longest is by then the usual state.
WINDOWS = (1, 2, 3, 5, 8, 12)
# Months before a window, fewer of which say too little of how a stable series varies.
REFERENCE = 6
DRIFT_FROM = 12  # months of which a drift is told
COMMON = 0.2  # a tail that is nothing rare: the other scale, which can only raise it, is left out
# Neighbouring months are alike. So much correlation is allowed for in every series, because two
# years are too few to tell how much a single one has.
ALIKE = 0.3


def chance(
    values: Sequence[float | None], *, worse: Literal["up", "down"], least: float = 0.0
) -> float | None:
    """The chance that a stable series would end in months as bad as these, at most 1.

    `values` are months, oldest first, None where one is missing; `worse` is the bad direction.
    `least` is the standard deviation that chance alone gives a month (of a count, its square
    root), below which that of the series is not believed. None where the last month is missing
    or too few stand before it.

    For each of `WINDOWS` the mean of the last k months is held against all months before them:
    t = (mean of k - mean of n) / (s × sqrt(v(k) + v(n))), with s the standard deviation of the n
    and n - 1 degrees of freedom, where v(m) is the variance of a mean of m months of which
    neighbours correlate by `ALIKE`. From twelve months on a drift over all of them is tried too:
    the slope of the least squares line over its standard error, which is sqrt(1.3 / 0.7) times
    wider where neighbours correlate so, with n - 2 degrees of freedom. The smallest tail counts,
    times the number of tries (Bonferroni). Values that are never negative must pass on the scale
    of their logarithms too (with a zero among them, of their square roots), as shares and costs
    reach further up than down.

    Where most months before are the same (no agency staff, for most of a year), there is no s:
    then only order counts, 1 / C(n + k, k) where all k lie beyond all n, which no single month
    can make small.
    """
    if not values or values[-1] is None:
        return None
    sign = 1.0 if worse == "up" else -1.0
    tails = []
    for k in WINDOWS:
        known = [value for value in values[-k:] if value is not None]
        before = [value for value in values[:-k] if value is not None]
        if len(known) == min(k, len(values)) and len(before) >= REFERENCE:
            tails.append(_tail(known, before, sign, least))
    times = [at for at, value in enumerate(values) if value is not None]
    if tails and len(times) >= DRIFT_FROM:
        tails.append(_drift(times, [v for v in values if v is not None], sign, least))
    return min(1.0, min(tails) * len(tails)) if tails else None


def found(chances: Sequence[float | None], share: float) -> list[bool]:
    """Which signals are kept so that, on average, at most `share` of those kept are false.

    Benjamini and Hochberg: the k smallest chances, for the largest k whose k-th smallest is at
    most share × k / m, of the m that are known. Where nothing has changed at all, a list has a
    line as rarely as `share`.
    """
    known = sorted(each for each in chances if each is not None)
    limit = max(
        (each for k, each in enumerate(known, 1) if each <= share * k / len(known)), default=-1.0
    )
    return [each is not None and each <= limit for each in chances]


def t_tail(t: float, freedom: int) -> float:
    """P(T > t) of Student's t with whole degrees of freedom, 1 or more."""
    angle = math.atan2(t, math.sqrt(freedom))
    cosine, sine = math.cos(angle), math.sin(angle)
    if freedom % 2:
        total, term = 0.0, cosine
        for i in range(2, freedom, 2):
            total += term
            term *= cosine * cosine * i / (i + 1)
        inside = 2 / math.pi * (angle + sine * total)
    else:
        total, term = 0.0, 1.0
        for i in range(1, freedom, 2):
            total += term
            term *= cosine * cosine * i / (i + 1)
        inside = sine * total
    return max(0.0, (1 - inside) / 2)


def _tail(window: Sequence[float], before: Sequence[float], sign: float, least: float) -> float:
    if _mostly_one(before):
        beyond = min(sign * v for v in window) > max(sign * v for v in before)
        return 1 / math.comb(len(window) + len(before), len(window)) if beyond else 1.0
    tail = _scaled(window, before, sign, least)
    if tail > COMMON or min(*window, *before) < 0:
        return tail
    scale, floor = _scale(min(*window, *before), math.fsum(before) / len(before), least)
    rescaled = [scale(v) for v in window], [scale(v) for v in before]
    return max(tail, _scaled(*rescaled, sign, floor))


def _scale(lowest: float, middle: float, least: float) -> tuple[Callable[[float], float], float]:
    """Logarithm or root, and `least` on that scale.

    By the delta method a small deviation d of a value y is d / y of its logarithm, and
    d / (2 sqrt(y)) of its root.
    """
    if lowest:
        return math.log, least / middle
    return math.sqrt, least / (2 * math.sqrt(middle))


def _mostly_one(values: Sequence[float]) -> bool:
    most = len(values) - len(set(values)) + 1  # that one of them can come up
    return 2 * most > len(values) and 2 * Counter(values).most_common(1)[0][1] > len(values)


def _drift(times: Sequence[int], values: Sequence[float], sign: float, least: float) -> float:
    if _mostly_one(values):
        return 1.0
    tail = _slope(times, values, sign, least)
    if tail > COMMON or min(values) < 0:
        return tail
    scale, floor = _scale(min(values), math.fsum(values) / len(values), least)
    return max(tail, _slope(times, [scale(v) for v in values], sign, floor))


def _slope(times: Sequence[int], values: Sequence[float], sign: float, least: float) -> float:
    n = len(values)
    when, middle = math.fsum(times) / n, math.fsum(values) / n
    away = [t - when for t in times]
    across = math.fsum([t**2 for t in away])
    slope = math.fsum([t * v for t, v in zip(away, values, strict=True)]) / across
    rest = math.fsum([(v - middle - slope * t) ** 2 for t, v in zip(away, values, strict=True)])
    variance = max(rest / (n - 2), least * least) * (1 + ALIKE) / (1 - ALIKE)
    if not variance:
        return float(sign * slope <= 0)
    return t_tail(sign * slope / math.sqrt(variance / across), n - 2)


def _scaled(window: Sequence[float], before: Sequence[float], sign: float, least: float) -> float:
    k, n = len(window), len(before)
    middle = math.fsum(before) / n
    variance = math.fsum([(v - middle) ** 2 for v in before]) / (n - 1)
    spread = math.sqrt(max(variance, least * least) * (_of_mean(k) + _of_mean(n)))
    return t_tail(sign * (math.fsum(window) / k - middle) / spread, n - 1)


@cache
def _of_mean(months: int) -> float:
    """The variance of a mean of so many months, in variances of one month."""
    pairs = math.fsum((1 - j / months) * ALIKE**j for j in range(1, months))
    return (1 + 2 * pairs) / months
