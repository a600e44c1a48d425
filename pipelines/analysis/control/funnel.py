"""Funnel plots: which sites differ from the group by more than their size explains.

Source: D. J. Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in
Medicine 24 (2005) 1185-1202: exact limits with interpolation (appendix A.1), over-dispersion from
winsorised z-scores, multiplicative or additive (A.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.errors import UsageProblem

Kind = Literal["proportion", "rate"]
Method = Literal["multiplicative", "additive"]
Number = int | float | Decimal
Column = Sequence[Number | None] | pl.Series
_Floats = npt.NDArray[np.float64]

# The tails of the 99.8 % and the 95 % limits, lowest first.
TAILS = (0.001, 0.025, 0.975, 0.999)


@dataclass(frozen=True, slots=True)
class LimitPoint:
    """The limits for one denominator, in the unit of the values."""

    denominator: float
    lower_998: float
    lower_95: float
    upper_95: float
    upper_998: float


@dataclass(frozen=True, slots=True)
class SitePoint:
    """One site against the group.

    `value` is numerator / denominator × `per`, `expected` the numerator the site would have at
    the group's level, `z` the standard score (positive: above the group; None where the level
    leaves no variance). All but the inputs are None where numerator or denominator is missing or
    the denominator is 0.
    """

    site: str
    numerator: float | None
    denominator: float | None
    value: float | None = None
    expected: float | None = None
    z: float | None = None
    limits: LimitPoint | None = None
    outside_95: bool | None = None
    outside_998: bool | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How much more sites vary than chance alone: variance × `phi`, and `tau` squared on top.

    `tau` is a standard deviation between sites, as a share or rate before `per`.
    """

    phi: float = 1.0
    tau: float = 0.0

    @property
    def found(self) -> bool:
        """Whether they vary more than chance at all."""
        return self.phi > 1 or self.tau > 0

    def width(self, deviation: float) -> float:
        """The standard deviation of a site that chance alone would give `deviation`."""
        return math.sqrt(deviation * deviation * self.phi + self.tau * self.tau)


CHANCE = Spread()


@dataclass(frozen=True, slots=True)
class Funnel:
    """The sites, the group's level they are held against, and the over-dispersion found.

    `level` is in the unit of the values, None where no site has any. `spread` is what the limits
    were widened by: nothing, and exact limits, where over-dispersion was not asked for or not
    found.
    """

    kind: Kind
    per: float
    level: float | None
    spread: Spread
    sites: tuple[SitePoint, ...]

    @property
    def phi(self) -> float:
        """The variance ratio by which the limits were widened; 1.0 where they were not."""
        return self.spread.phi

    def grid(self, steps: int = 60) -> pl.DataFrame:
        """Limits to draw: `steps` denominators from 1 (or less) to the largest site's, by ratio.

        Columns are those of `LimitPoint`; empty where no site has a value. Exact limits of small
        denominators are steps by nature; `steps` sets how finely they are sampled.
        """
        sizes = [s.denominator for s in self.sites if s.limits and s.denominator]
        if not sizes or self.level is None:
            return pl.DataFrame(schema=dict.fromkeys(LimitPoint.__slots__, pl.Float64))
        wanted = np.geomspace(min(1.0, *sizes), max(sizes), steps)
        if self.kind == "proportion":
            wanted = np.unique(np.round(wanted))
        level = self.level / self.per
        rows = [_limits(self.kind, level, float(n), self.spread, self.per) for n in wanted]
        return pl.DataFrame([asdict(row) for row in rows])

    def frame(self) -> pl.DataFrame:
        """One row a site, in the order given, to draw and to export; limits in columns."""
        rows = [{**asdict(site), "limits": None} for site in self.sites]
        for row, site in zip(rows, self.sites, strict=True):
            row |= asdict(site.limits) if site.limits else {"denominator": site.denominator}
        return pl.DataFrame(rows, infer_schema_length=None).drop("limits", strict=False)


def funnel(
    sites: Sequence[str] | pl.Series,
    numerators: Column,
    denominators: Column,
    *,
    kind: Kind,
    level: Number | None = None,
    per: float = 1.0,
    overdispersed: bool = False,
    method: Method = "multiplicative",
    winsorise: float = 0.1,
) -> Funnel:
    """Each site's value with the 95 % and 99.8 % limits for its size.

    A proportion counts cases among whole cases (binomial); a rate counts events in an exposure
    such as visits or days (Poisson). `level` is the value to hold the sites against, in the unit
    of the values (so times `per`); without it the sites' own ratio of sums.

    With `overdispersed` the limits are normal ones where phi, the mean squared z-score after the
    `winsorise` share at each end was drawn in, says that sites vary more than chance; otherwise
    they are exact. The `method` multiplicative widens each by sqrt(phi). Additive holds that the
    sites themselves differ by a standard deviation tau, whatever their size: the deviation of a
    site is sqrt(s² + tau²), so that a large site's limits don't close in on the mean. It suits
    sites of very different size.
    UsageProblem for negative numbers, proportions above 1, or columns of different lengths.
    """
    _check_options(kind, method, per, winsorise)
    rows = _rows(sites, numerators, denominators, kind)
    known = [(o, n) for _, o, n in rows if o is not None and n]
    centre = _level(known, kind, None if level is None else float(level) / per)
    if centre is None:
        return Funnel(kind, per, None, CHANCE, tuple(SitePoint(*row) for row in rows))
    spread = _spread(kind, centre, known, method, winsorise) if overdispersed else CHANCE
    points = tuple(_site(kind, centre, spread, per, *row) for row in rows)
    return Funnel(kind, per, centre * per, spread, points)


def dispersion(scores: Sequence[float | None], winsorise: float = 0.1) -> float:
    """phi: the mean squared z-score, the `winsorise` share at each end drawn in; never below 1.

    Drawn in means set to the quantile of that share, so that the sites we look for don't widen
    the limits meant to find them. None is left out; of nothing phi is 1.
    """
    return max(1.0, _mean_square(scores, winsorise))


def between_sites(
    scores: Sequence[float | None], deviations: Sequence[float], winsorise: float = 0.1
) -> float:
    """tau: the standard deviation between sites beyond chance, by moments; 0 where there is none.

    With I sites, phi the mean squared z-score drawn in as in `dispersion`, and weights w = 1 / s²
    of the sites' standard deviations: tau² = (I phi - (I - 1)) / (Σ w - Σ w² / Σ w).
    """
    sites = sum(z is not None for z in scores)
    weights = [1 / (s * s) for s in deviations if s > 0]
    if sites < 2 or len(weights) < 2:
        return 0.0
    more = sites * _mean_square(scores, winsorise) - (sites - 1)
    total = math.fsum(weights)
    below = total - math.fsum(w * w for w in weights) / total
    return math.sqrt(max(0.0, more / below))


def _mean_square(scores: Sequence[float | None], winsorise: float) -> float:
    known = np.array([z for z in scores if z is not None])
    if not known.size:
        return 1.0
    low, high = np.quantile(known, [winsorise, 1 - winsorise])
    return float(np.mean(np.clip(known, low, high) ** 2))


def _spread(
    kind: Kind,
    level: float,
    known: Sequence[tuple[float, float]],
    method: Method,
    winsorise: float,
) -> Spread:
    scores = [_z(kind, level, *row) for row in known]
    if method == "multiplicative":
        return Spread(phi=dispersion(scores, winsorise))
    deviations = [_deviation(kind, level, size) for _, size in known]
    return Spread(tau=between_sites(scores, deviations, winsorise))


def quantiles(kind: Kind, level: float, size: float) -> list[float]:
    """The counts at `TAILS` of a binomial (level, size) or Poisson (level × size), interpolated.

    With r the smallest count whose cumulative probability F(r) reaches the tail p, the answer
    is r - (F(r) - p) / (F(r) - F(r - 1)); it can fall a little below 0.
    """
    counts, cumulative = _distribution(kind, level, size)
    below = np.concatenate(([0.0], cumulative[:-1]))
    answers = []
    for tail in TAILS:
        r = min(int(np.searchsorted(cumulative, tail)), len(cumulative) - 1)
        answers.append(float(counts[r] - (cumulative[r] - tail) / (cumulative[r] - below[r])))
    return answers


def _distribution(kind: Kind, level: float, size: float) -> tuple[_Floats, _Floats]:
    """Counts and their cumulative probabilities, over all counts that have any to speak of.

    The ratio of neighbouring probabilities is all that is needed, as they must add up to 1.
    """
    mean = level * size
    spread = 12 * math.sqrt(mean) + 40
    last = mean + spread if kind == "rate" else min(mean + spread, size)
    counts = np.arange(max(0, math.floor(mean - spread)), math.floor(last) + 1, dtype=np.float64)
    after = counts[1:]
    if kind == "rate":
        steps = np.log(mean / after)
    else:
        steps = np.log((size - after + 1) / after * (level / (1 - level)))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    weights = np.exp(logs - logs.max())
    return counts, np.cumsum(weights) / weights.sum()


def _site(
    kind: Kind,
    level: float,
    spread: Spread,
    per: float,
    site: str,
    numerator: float | None,
    denominator: float | None,
) -> SitePoint:
    if numerator is None or not denominator:
        return SitePoint(site, numerator, denominator)
    value = numerator / denominator * per
    z = _z(kind, level, numerator, denominator)
    lines = _limits(kind, level, denominator, spread, per)
    chance = _deviation(kind, level, denominator)
    return SitePoint(
        site=site,
        numerator=numerator,
        denominator=denominator,
        value=value,
        expected=level * denominator,
        z=None if z is None else z * chance / spread.width(chance),
        limits=lines,
        outside_95=not lines.lower_95 <= value <= lines.upper_95,
        outside_998=not lines.lower_998 <= value <= lines.upper_998,
    )


def _limits(kind: Kind, level: float, size: float, spread: Spread, per: float) -> LimitPoint:
    deviation = _deviation(kind, level, size)
    if deviation == 0:
        shares = [level] * len(TAILS)
    elif spread.found:
        width = spread.width(deviation)
        shares = [level + NormalDist().inv_cdf(tail) * width for tail in TAILS]
    else:
        shares = [count / size for count in quantiles(kind, level, size)]
    top = 1.0 if kind == "proportion" else math.inf
    l998, l95, u95, u998 = (min(max(share, 0.0), top) * per for share in shares)
    return LimitPoint(size, l998, l95, u95, u998)


def _deviation(kind: Kind, level: float, size: float) -> float:
    """The standard deviation of a site's share or rate at the group's level."""
    return math.sqrt(level * (1 - level if kind == "proportion" else 1) / size)


def _z(kind: Kind, level: float, numerator: float, denominator: float) -> float | None:
    deviation = _deviation(kind, level, denominator)
    return (numerator / denominator - level) / deviation if deviation else None


def _level(known: Sequence[tuple[float, float]], kind: Kind, given: float | None) -> float | None:
    if given is not None:
        if not 0 <= given <= (1 if kind == "proportion" else math.inf):
            raise UsageProblem(f"level is out of the range of a {kind}")
        return given
    return math.fsum(o for o, _ in known) / math.fsum(n for _, n in known) if known else None


def _rows(
    sites: Sequence[str] | pl.Series, numerators: Column, denominators: Column, kind: Kind
) -> list[tuple[str, float | None, float | None]]:
    if not len(sites) == len(numerators) == len(denominators):
        raise UsageProblem("sites, numerators and denominators must be equally many")
    rows = [
        (str(site), _number(o), _number(n))
        for site, o, n in zip(sites, numerators, denominators, strict=True)
    ]
    for site, o, n in rows:
        _check_row(site, o, n, kind)
    return rows


def _check_row(site: str, numerator: float | None, denominator: float | None, kind: Kind) -> None:
    if any(
        number is not None and not 0 <= number < math.inf for number in (numerator, denominator)
    ):
        raise UsageProblem(f"{site}: counts in a funnel must be finite and not negative")
    if kind == "proportion" and denominator is not None:
        if not denominator.is_integer():
            raise UsageProblem(f"{site}: a proportion needs whole cases; use kind 'rate' for hours")
        if numerator is not None and denominator and numerator > denominator:
            raise UsageProblem(f"{site}: a proportion cannot have more cases than it counts among")


def _check_options(kind: Kind, method: Method, per: float, winsorise: float) -> None:
    for name, given, known in (("kind", kind, Kind), ("method", method, Method)):
        if given not in get_args(known):
            raise UsageProblem(f"{name} is {given!r}; it must be one of {list(get_args(known))}")
    if not 0 < per < math.inf:
        raise UsageProblem("per must be above 0: 100 for per cent, 1000 for per 1,000 visits")
    if not 0 <= winsorise < 0.5:
        raise UsageProblem("winsorise is the share drawn in at each end: from 0 to below 0.5")


def _number(value: Number | None) -> float | None:
    number = None if value is None else float(value)
    return None if number is None or math.isnan(number) else number
