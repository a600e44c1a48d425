"""What the sites did: visits, appointments and residents, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.demo.days import Flags, Floats, Ints, Span
from pipelines.demo.group import CLINIC, HOME, URGENT, Site
from pipelines.demo.noise import dither, quiet, stream
from pipelines.demo.write import Writer

# Share of an average day's visits, Monday to Sunday.
WEEK = {
    CLINIC: np.array([1.12, 1.04, 0.98, 0.97, 0.89, 0.0, 0.0]),
    URGENT: np.array([1.08, 0.95, 0.93, 0.93, 0.98, 1.08, 1.05]),
}
SEASON = {CLINIC: 0.03, URGENT: 0.05}  # winter over the mean
GROWTH = 0.01  # a year
RAMP = 180  # days until a new site is as busy as the others


@dataclass(frozen=True)
class Volume:
    """One site's counts, each of shape (D,). In a nursing home `count` is residents."""

    open: Flags
    count: Ints
    scheduled: Ints
    no_shows: Ints


def build_volume(seed: int, span: Span, site: Site) -> Volume:
    """The site's daily counts over the whole span."""
    open_days = _open_days(span, site)
    if site.kind == HOME:
        residents = _residents(seed, span, site)
        return Volume(open_days, residents, residents * 0, residents * 0)
    visits = _visits(seed, span, site, open_days)
    if site.kind == URGENT:
        return Volume(open_days, visits, visits * 0, visits * 0)
    rng = stream(seed, "no-shows", site.code)
    share = rng.uniform(0.055, 0.085) * span.spread(quiet(rng, len(span.starts), 0.06))
    no_shows = dither(visits * share / (1 - share))
    return Volume(open_days, visits, visits + no_shows, no_shows)


def _open_days(span: Span, site: Site) -> Flags:
    days = span.days
    running = days >= np.datetime64(site.opened)
    if site.closed:
        running &= days <= np.datetime64(site.closed)
    if site.kind == CLINIC:
        running &= (span.weekday < 5) & ~span.holiday
    return np.asarray(running)


def _visits(seed: int, span: Span, site: Site, open_days: Flags) -> Ints:
    rng = stream(seed, "visits", site.code)
    season = 1 + SEASON[site.kind] * np.cos((span.year_day - 20) / 365.25 * 2 * np.pi)
    growth = (1 + GROWTH) ** ((np.arange(len(span.days)) - span.known) / 365.25)
    expected = site.size * WEEK[site.kind][span.weekday] * season * growth
    expected *= span.spread(quiet(rng, len(span.starts), 0.02)) * open_days
    expected *= np.where(span.holiday, 0.55, 1.0)
    age = (span.days - np.datetime64(site.opened)).astype(np.int64)
    expected *= np.clip(0.45 + 0.55 * age / RAMP, 0.45, 1)
    bumps = rng.normal(0, 0.06, len(expected))
    # What a day has too much the next has too little: days are lively, months are not.
    return dither(expected * (1 + bumps - np.roll(bumps, 1)))


def _residents(seed: int, span: Span, site: Site) -> Ints:
    rng = stream(seed, "residents", site.code)
    middles = np.searchsorted(span.month, np.arange(len(span.starts))) + 15
    levels = site.size * quiet(rng, len(span.starts), 0.012)
    smooth = np.interp(np.arange(len(span.days)), middles, levels)
    return np.minimum(np.round(smooth + rng.normal(0, 0.7, len(smooth))), site.beds).astype(int)


def activity(span: Span, site: Site, volume: Volume) -> Floats:
    """What staffing follows: a home's residents, else each open day's share of its month.

    Shape (D,), in visits or residents a day. A clinic doesn't send people home on a slow Friday,
    so an open day counts as the month's average; a tenth is fixed.
    """
    if site.kind == HOME:
        return np.asarray(volume.count * volume.open, dtype=np.float64)
    weight = volume.open * np.where(span.holiday, 0.55, 1.0)
    monthly = span.by_month(volume.count) / np.maximum(span.by_month(weight), 1)
    return np.asarray((0.08 * site.size + 0.92 * span.spread(monthly)) * weight)


def write_volumes(writer: Writer, span: Span, sites: Sequence[Site], volumes: list[Volume]) -> None:
    """The plain `volume` feed, one CSV a month; a home's resident days come with its PBJ."""
    parts = []
    for site, volume in zip(sites, volumes, strict=True):
        if site.kind == HOME:
            continue
        days = np.flatnonzero(volume.open[: span.known])
        counts = {"visits": volume.count}
        if site.kind == CLINIC:
            counts |= {"scheduled": volume.scheduled, "no_shows": volume.no_shows}
        for measure, values in counts.items():
            parts.append(
                pl.DataFrame({"month": span.month[days], "date": span.days[days],
                              "count": values[days]})
                .with_columns(site=pl.lit(site.code), measure=pl.lit(measure), grain=pl.lit("day"))
            )  # fmt: skip
    frame = pl.concat(parts).sort("month", "site", "measure", "date")
    columns = ["site", "date", "grain", "measure", "count"]
    writer.monthly("volumes/volume_{}.csv", frame, span, columns)
