"""Invented figures for the gallery and the tests: the same on every run."""

from __future__ import annotations

import math
import random
from datetime import date

import polars as pl

from dashboard import format as fmt
from dashboard.components import GridCell, GridMeasure, GridRow, Spark, link, spark

SITES = (
    ("Harbor Point", "Urgent care"),
    ("Cedar Hill", "Nursing home"),
    ("Maple Grove", "Nursing home"),
    ("Riverside", "Clinic"),
    ("Lakeview", "Nursing home"),
    ("Fairmont", "Clinic"),
    ("Stonebridge", "Urgent care"),
    ("Bayfield", "Clinic"),
    ("Elmwood", "Nursing home"),
    ("Oak Ridge", "Clinic"),
    ("Willow Creek", "Nursing home"),
    ("Pine Street", "Physician office"),
    ("Summit", "Hospital"),
    ("Northgate", "Clinic"),
)
MEASURES = (
    GridMeasure("Overtime", "% of hours", name="overtime"),
    GridMeasure("Agency", "% of hours", name="agency"),
    GridMeasure("Vacancies", "% of posts", name="vacancies"),
    GridMeasure("Supply cost", "$ per visit", name="supplies"),
    GridMeasure("Overdue jobs", "work orders", name="overdue"),
    GridMeasure("Sick leave", "% of hours", name="sick"),
)
OVERTIME = (
    0.074, 0.078, 0.073, 0.075, 0.081, 0.080, 0.082, 0.076, 0.082, 0.099, 0.069, 0.082,
    0.072, 0.081, 0.085, 0.087, 0.085, 0.075, 0.079, 0.071, 0.089, 0.084, 0.126, 0.142,
)  # fmt: skip


def months(count: int, *, last: date = date(2026, 10, 1)) -> list[date]:
    """So many first days of months, up to `last`."""
    first = last.year * 12 + last.month - count
    return [date(at // 12, at % 12 + 1, 1) for at in range(first, first + count)]


def control_frame(
    values: tuple[float | None, ...] = OVERTIME, **limits: float | None
) -> pl.DataFrame:
    """A frame as `pipelines.analysis.control.spc` makes it, with the given limits."""
    mean, lower, upper = (limits.get(key) for key in ("mean", "lower", "upper"))
    kinds = [_kind(value, lower, upper) for value in values]
    return pl.DataFrame(
        {
            "label": months(len(values)),
            "value": values,
            "group": [0] * len(values),
            "mean": [mean] * len(values),
            "lower": [lower] * len(values),
            "upper": [upper] * len(values),
            "type": kinds,
        },
        schema_overrides={
            "value": pl.Float64, "mean": pl.Float64, "lower": pl.Float64, "upper": pl.Float64,
            "type": pl.String,
        },
    )  # fmt: skip


def _kind(value: float | None, lower: float | None, upper: float | None) -> str:
    if value is None or lower is None or upper is None:
        return "common_cause"
    return "concern" if value > upper else "improvement" if value < lower else "common_cause"


def line_of(seed: int, *, jump: float = 0.0, points: int = 12) -> Spark | None:
    """A spark that wanders within its band and may leave it at the end."""
    dice = random.Random(seed)
    values = [10 + dice.uniform(-1.6, 1.6) for _ in range(points)]
    values[-1] += jump
    return spark(values, lower=7.8, upper=12.2)


def grid_rows(count: int = 14) -> list[GridRow]:
    """Sites with six measures; the first ones have something unusual."""
    dice = random.Random(7)
    rows = []
    for at in range(count):
        name, kind = SITES[at % len(SITES)]
        place = name if at < len(SITES) else f"{name} {at // len(SITES) + 1}"
        slug = place.lower().replace(" ", "-")
        bad = at % len(SITES) < 8
        odd = at % 6 if bad else -1
        cells = [
            _cell(dice, measure, at * 10 + measure, measure == odd, slug) for measure in range(6)
        ]
        rows.append(GridRow(place, kind, cells, link=link("site", site=slug)))
    return rows


def _cell(dice: random.Random, measure: int, seed: int, odd: bool, slug: str) -> GridCell:
    number = _NUMBERS[measure](dice) * (1.8 if odd else 1)
    falls = odd and seed % 4 == 0
    if falls:
        number *= 0.3
    unit = ("percent", "percent", "percent", "price", "count", "percent")[measure]
    text = fmt.value(number, unit)  # type: ignore[arg-type]
    kind = "common_cause"
    if odd:
        kind = "improvement_low" if falls else "concern_high"
    pledge = ("inconsistent", "consistent_pass", "inconsistent", "consistent_fail")[seed % 4]
    return GridCell(
        text,
        sort=number,
        spark=line_of(seed, jump=(-4.5 if falls else 4.5) if odd else 0),
        variation=kind,  # type: ignore[arg-type]
        assurance=pledge,  # type: ignore[arg-type]
        link=link("site", site=slug, measure=str(measure)),
    )


_NUMBERS = (
    lambda d: d.uniform(0.05, 0.09),
    lambda d: d.uniform(0.02, 0.07),
    lambda d: d.uniform(0.04, 0.09),
    lambda d: d.uniform(7, 12),
    lambda d: d.randint(2, 9),
    lambda d: d.uniform(0.03, 0.05),
)


def funnel_frames() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forty sites and the limits of a share around 5.2 %."""
    dice = random.Random(3)
    named = {
        "Harbor Point": (9_400, 0.089),
        "Stonebridge": (15_900, 0.087),
        "Ashford": (22_000, 0.081),
    }
    rows = [(name, size, value, "concern") for name, (size, value) in named.items()]
    for at in range(40):
        size = dice.randint(3_000, 27_000)
        spread = 1.6 * math.sqrt(0.052 * 0.948 / (size / 10))
        rows.append(
            (f"Site {at + 1}", size, max(0.0, dice.gauss(0.052, spread / 2)), "common_cause")
        )
    sites = pl.DataFrame(rows, schema=["name", "size", "value", "type"], orient="row")
    sizes = [2_500 + 650 * step for step in range(40)]
    errors = [math.sqrt(0.052 * 0.948 / (size / 10)) for size in sizes]
    limits = pl.DataFrame(
        {
            "size": sizes,
            "mean": [0.052] * len(sizes),
            "lower_95": [0.052 - 1.96 * e for e in errors],
            "upper_95": [0.052 + 1.96 * e for e in errors],
            "lower_998": [0.052 - 3.09 * e for e in errors],
            "upper_998": [0.052 + 3.09 * e for e in errors],
        }
    )
    return sites, limits


def bridge_frame() -> pl.DataFrame:
    """Six steps that add 310 thousand."""
    return pl.DataFrame(
        {
            "step": ["Volume", "Efficiency", "Skill mix", "Pay rate", "Agency", "Overtime"],
            "amount": [42_000, -58_000, 21_000, 91_000, 118_000, 96_000],
        }
    )


def landing_frame() -> pl.DataFrame:
    """Ten months known, two ahead."""
    actual = [-0.12, -0.2, -0.15, -0.22, -0.1, -0.05, -0.02, 0.35, 0.8, 1.4, None, None]
    ahead = [None] * 10
    return pl.DataFrame(
        {
            "month": months(12, last=date(2026, 12, 1)),
            "actual": [None if a is None else a * 1e6 for a in actual],
            "mid": [*ahead, 1.85e6, 2.3e6],
            "low": [*ahead, 1.35e6, 1.0e6],
            "high": [*ahead, 2.3e6, 3.4e6],
        }
    )


def trend_frame() -> pl.DataFrame:
    """Eighteen months of cost with budget, last year and an estimate at the end."""
    dice = random.Random(11)
    value = [11.1e6 + 40_000 * i + dice.uniform(-2e5, 2e5) for i in range(18)]
    return pl.DataFrame(
        {
            "month": months(18),
            "value": value,
            "budget": [11.0e6 + 24_000 * i for i in range(18)],
            "previous": [v * 0.96 + dice.uniform(-1e5, 1e5) for v in value],
            "estimate": [False] * 17 + [True],
        }
    )
