"""Invented months of a group like the demo group, stable but for the shifts that are planted.

42 sites (26 clinics, 8 urgent care centres, 8 nursing homes) and 24 months of the measures that
the first page watches, as numerators and denominators:

- hours worked: each site's own size (about 3,500 a month), 4 % noise; overtime 5 % of them,
  give or take a third by site, with 6 to 16 % noise of its own
- agency hours: shifts of ten hours; at homes 12 to 60 a month, at one clinic in four one shift in
  three months, elsewhere none
- visits: a Poisson number around 1,600 with 2 % noise; resident days 2,700 with 2 % noise
- supplies: about 10 dollars a visit, 7 a resident day, 4 to 10 % noise
- open issues: a Poisson number around 1 to 12, of which a quarter were open a month before too

Noise is lognormal, and neighbouring months correlate by 0.25. There are no seasons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipelines.analysis.attention import MEASURES
from pipelines.analysis.signals import Series, charted
from pipelines.calendar import add_months
from pipelines.metrics import find

MONTHS = 24
CORRELATION = 0.25
AXIS = [add_months(date(2024, 11, 1), i) for i in range(MONTHS)]
KINDS = ["clinic"] * 26 + ["urgent"] * 8 + ["home"] * 8
Rows = dict[tuple[str, str], tuple[np.ndarray, np.ndarray | None]]


@dataclass(frozen=True)
class Shift:
    """A planted change: so many standard deviations of the series itself, in the last months."""

    metric: str
    site: str
    sigmas: float
    months: int


def noise(rng: np.random.Generator, share: float) -> np.ndarray:
    """Factors around 1 with this standard deviation, each month a little like the one before."""
    steps = rng.normal(size=MONTHS)
    series = np.empty(MONTHS)
    series[0] = steps[0]
    for i in range(1, MONTHS):
        series[i] = CORRELATION * series[i - 1] + math.sqrt(1 - CORRELATION**2) * steps[i]
    return np.exp(share * series - share**2 / 2)


def open_issues(rng: np.random.Generator, mean: float) -> np.ndarray:
    """Poisson counts of which a share stays from month to month (an INAR(1) process)."""
    counts = [rng.poisson(mean)]
    for _ in range(MONTHS - 1):
        stay = rng.binomial(counts[-1], CORRELATION)
        counts.append(stay + rng.poisson(mean * (1 - CORRELATION)))
    return np.array(counts, dtype=float)


def months_of_group(rng: np.random.Generator) -> Rows:
    """Numerators and denominators by (metric, site)."""
    rows: Rows = {}
    for at, kind in enumerate(KINDS):
        site = f"S{at:02}"
        size = rng.lognormal(0, 0.35)
        worked = 3500 * size * noise(rng, 0.04)
        overtime = 0.05 * rng.uniform(0.67, 1.33) * worked * noise(rng, rng.uniform(0.06, 0.16))
        rows["overtime_share", site] = overtime, worked
        if kind == "home":
            shifts = rng.poisson(rng.uniform(12, 60) * noise(rng, 0.08))
        else:
            shifts = rng.poisson(0.33 if rng.random() < 0.25 else 0.0, size=MONTHS)
        rows["agency_share", site] = 10.0 * shifts, worked
        if kind == "home":
            days = np.round(2700 * size * noise(rng, 0.02))
            cost = 7.0 * days * noise(rng, rng.uniform(0.04, 0.10))
            rows["supply_cost_per_resident_day", site] = cost, days
        else:
            visits = rng.poisson(1600 * size * noise(rng, 0.02)).astype(float)
            rows["hours_per_visit", site] = worked, visits
            cost = 10.0 * visits * noise(rng, rng.uniform(0.04, 0.10))
            rows["supply_cost_per_visit", site] = cost, visits
        rows["open_issues", site] = open_issues(rng, rng.uniform(1, 12)), None
    assert {metric for metric, _ in rows} == set(MEASURES)
    return rows


def planted(
    rng: np.random.Generator, rows: Rows, count: int, least: float = 3.0, most: float = 6.0
) -> list[Shift]:
    """So many shifts for the worse, of `least` to `most` sigma, over the last one to eight months.

    They change `rows`. Sites that hardly ever use agency staff are left alone: what 3 sigma of
    nothing are can't be said. Counts stay whole.
    """
    able = [key for key, (above, _) in rows.items() if np.count_nonzero(above) > MONTHS / 2]
    shifts = []
    for i in rng.choice(len(able), count, replace=False):
        metric, site = able[i]
        above, below = rows[metric, site]
        values = above / (1.0 if below is None else below)
        shift = Shift(metric, site, rng.uniform(least, most), int(rng.integers(1, 9)))
        more = shift.sigmas * values.std(ddof=1) * (1.0 if below is None else below)
        later = np.arange(MONTHS) >= MONTHS - shift.months
        more = np.ceil(more) if below is None else more
        rows[metric, site] = above + np.where(later, more, 0.0), below
        shifts.append(shift)
    return shifts


def series_of(rows: Rows) -> list[Series]:
    """The series as the first page charts them: values are ratios, or the counts themselves."""
    return [_series(metric, site, *both) for (metric, site), both in rows.items()]


def _series(metric: str, site: str, above: np.ndarray, below: np.ndarray | None) -> Series:
    numerators: Sequence[float] = above.tolist()
    denominators: Sequence[float | None] = [None] * MONTHS if below is None else below.tolist()
    values = numerators if below is None else (above / below * find(metric).scale).tolist()
    return charted(metric, site, AXIS, values, numerators, denominators)
