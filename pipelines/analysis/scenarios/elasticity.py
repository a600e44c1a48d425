"""How much of a cost follows volume: by the group's setting, or from the hours of past months.

Labour does not fall pro rata with visits: somebody opens the door. Where a site's hours a day
follow its volume a day closely enough, least squares tell the share that does:

    hours a day = fixed + slope × volume a day        share = slope × mean volume / mean hours

Elsewhere the setting stands. Source: flexible budgets with a fixed and a variable part, KPI
catalogue of the group, B2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from statistics import StatisticsError, correlation, fmean, linear_regression

import polars as pl

from pipelines.calendar import Period, add_months, month_end, month_span
from pipelines.metrics.ask import ask
from pipelines.settings import Group
from pipelines.warehouse.reader import Reader

GOOD = 0.5  # R²: below it a line explains less than half of how hours vary
ENOUGH = 12  # months
HISTORY = 24  # months looked at


@dataclass(frozen=True, slots=True)
class Fixed:
    """The shares of cost that don't follow volume, where nothing better is known."""

    labour: Fraction = Fraction(6, 10)
    supplies: Fraction = Fraction(1, 10)

    @classmethod
    def of(cls, group: Group) -> Fixed:
        """The shares that a group's settings name."""
        return cls(Fraction(str(group.fixed_labour)), Fraction(str(group.fixed_supplies)))


@dataclass(frozen=True, slots=True)
class Fit:
    """A site's variable share of labour by regression over `months`, and its R²."""

    share: Fraction
    r2: float
    months: int

    @property
    def good(self) -> bool:
        """Whether it explains enough to be used."""
        return self.r2 >= GOOD


@dataclass(frozen=True, slots=True)
class Elasticity:
    """The shares of cost that follow volume: of labour by site where fitted, and the defaults."""

    fixed: Fixed
    fits: Mapping[str, Fit]

    def of(self, site: str, subject: str) -> Fraction:
        """The share of a site's subject that follows volume; facilities and contracts don't."""
        if subject == "staffing":
            fit = self.fits.get(site)
            return fit.share if fit and fit.good else 1 - self.fixed.labour
        return 1 - self.fixed.supplies if subject == "supplies" else Fraction(0)

    def told(self, sites: Sequence[str]) -> str:
        """How the share of labour was found for some sites, in a sentence."""
        used = [self.fits[s] for s in sites if s in self.fits and self.fits[s].good]
        rest = len(sites) - len(used)
        usual = f"{percent(1 - self.fixed.labour)} of labour follows volume"
        setting = f"{usual}, by the group's setting (fixed_labour)"
        if not used:
            return f"{setting}: no site's hours follow its volume closely enough to tell."
        low, high = min(f.share for f in used), max(f.share for f in used)
        between = percent(low) if low == high else f"{percent(low)} to {percent(high)}"
        found = (
            f"At {len(used)} {'site' if len(used) == 1 else 'sites'} {between} of labour follows "
            "volume, by how hours moved with it from month to month (where that explains at least "
            "half of how they vary)"
        )
        return f"{found}; elsewhere {setting}." if rest else f"{found}."


@dataclass(frozen=True, slots=True)
class Seen:
    """Resident days and visits of sites' whole months: two frames of site, start and value."""

    days: pl.DataFrame
    visits: pl.DataFrame

    def within(self, span: Period) -> Seen:
        """Those of the months that begin in a span."""
        inside = pl.col("start").is_between(span.start, span.stop)
        return Seen(self.days.filter(inside), self.visits.filter(inside))

    def counts(self) -> dict[tuple[str, date], Fraction]:
        """Visits of each site's months, or resident days where a site has no visits."""
        days, visits = (
            {(site, month): Fraction(value) for site, month, value in frame.iter_rows()}
            for frame in (self.days, self.visits)
        )
        seeing = {site for site, _ in visits}
        return {key: count for key, count in days.items() if key[0] not in seeing} | visits


def history(last: date) -> Period:
    """The months that the elasticity is taken from, up to that of `last`."""
    return month_span(add_months(last.replace(day=1), 1 - HISTORY), HISTORY)


def seen_in(reader: Reader, span: Period, where: Mapping[str, Sequence[str]]) -> Seen:
    """The volumes of a span: asked for once, for all that follows from them."""
    return Seen(*(_whole(reader, name, span, where) for name in ("resident_days", "visits")))


def elasticity_of(
    reader: Reader, last: date, where: Mapping[str, Sequence[str]], fixed: Fixed, seen: Seen
) -> Elasticity:
    """The elasticity of each site, from its months up to that of `last`.

    `seen` are the volumes of at least those months.
    """
    span = history(last)
    hours = _numbers(_whole(reader, "worked_hours", span, where))
    there = seen.within(span)
    days, visits = _numbers(there.days), _numbers(there.visits)
    volumes = pl.concat([days.join(visits, on="site", how="anti"), visits])
    pairs: dict[str, list[tuple[float, float]]] = {}
    both = hours.join(volumes, on=["site", "start"], suffix="_seen", maintain_order="left")
    for site, month, worked, volume in both.iter_rows():
        length = month_end(month).day
        pairs.setdefault(site, []).append((volume / length, worked / length))
    fits = {site: fitted(found) for site, found in pairs.items()}
    return Elasticity(fixed, {site: fit for site, fit in fits.items() if fit})


def fitted(pairs: Sequence[tuple[float, float]]) -> Fit | None:
    """The least-squares line through (volume, hours) a day, as the share that follows volume.

    None with fewer than `ENOUGH` months, where nothing varies, or where hours fall as volume
    rises. A share above 1 is 1: hours that rise faster than volume.
    """
    if len(pairs) < ENOUGH:
        return None
    volumes, hours = [v for v, _ in pairs], [h for _, h in pairs]
    try:
        slope = linear_regression(volumes, hours).slope
        r2 = correlation(volumes, hours) ** 2
    except StatisticsError:
        return None
    mean = fmean(hours)
    if slope <= 0 or mean <= 0:
        return None
    share = min(1.0, slope * fmean(volumes) / mean)
    return Fit(Fraction(round(share, 4)).limit_denominator(10_000), r2, len(pairs))


def _whole(
    reader: Reader, metric: str, span: Period, where: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """(site, start, value) of the months that are there to their end and are not 0."""
    frame = ask(reader, metric, period=span, by=("site", "month"), where=where).frame
    there = pl.col("value").is_not_null() & (pl.col("present") >= pl.col("expected"))
    return frame.filter(there, pl.col("value") > 0).select("site", "start", "value")


def _numbers(whole: pl.DataFrame) -> pl.DataFrame:
    return whole.with_columns(pl.col("value").cast(pl.Float64))


def percent(share: Fraction) -> str:
    """A share as people read it: "40 %"."""
    return f"{round(float(share) * 100)}\N{NARROW NO-BREAK SPACE}%"
