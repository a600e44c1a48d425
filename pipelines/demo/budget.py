"""Budgets: one workbook a fiscal year, from what the group would do if nothing went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from pipelines.demo.days import Floats, Span
from pipelines.demo.group import Site
from pipelines.demo.noise import stream
from pipelines.demo.write import Writer

BIAS = 0.008  # how far a site's budget for a subject may lie off, and a month's beside it
SUBJECTS = ("staffing", "supplies", "facilities", "contracts")


@dataclass(frozen=True)
class Plan:
    """Figures of an undisturbed group by site and month, (S, M): dollars a subject, hours, volume.

    A site whose payroll shows no pay has no staffing budget here: `paid` is False for it.
    """

    dollars: dict[str, Floats]
    hours: Floats
    volume: Floats
    paid: list[bool]


def write_budgets(writer: Writer, seed: int, span: Span, sites: Sequence[Site], plan: Plan) -> None:
    """One XLSX a calendar year in the plain `budget` layout, to the end of the year of today."""
    frame = pl.concat([_lines(seed, span, site, plan, subject)
                       for site in sites for subject in SUBJECTS
                       if subject != "staffing" or plan.paid[site.index]])  # fmt: skip
    for year in sorted({start.year for start in span.starts}):
        part = frame.filter(pl.col("month").dt.year() == year)
        part = part.with_columns(pl.lit(f"FY{year} original").alias("version"))
        writer.xlsx(f"budget/budget_FY{year}.xlsx", "Budget", part.select(_COLUMNS),
                    datetime(year - 1, 12, 1))  # fmt: skip


_COLUMNS = ["site", "version", "account", "month", "amount", "hours", "volume", "currency"]


def _lines(seed: int, span: Span, site: Site, plan: Plan, subject: str) -> pl.DataFrame:
    rng = stream(seed, "budget", site.code, subject)
    months = len(span.starts)
    off = 1 + rng.uniform(-BIAS, BIAS) + rng.uniform(-BIAS, BIAS, months)
    staffing = subject == "staffing"
    dollars = np.round(plan.dollars[subject][site.index] * off)
    hours = np.round(plan.hours[site.index] * off)
    volume = np.round(plan.volume[site.index] * (1 + (off - 1) / 2))
    return pl.DataFrame(
        {
            "site": [site.code] * months,
            "account": [subject] * months,
            "month": span.starts,
            "amount": dollars,
            "hours": hours if staffing else pl.Series([None] * months, dtype=pl.Float64),
            "volume": volume if staffing else pl.Series([None] * months, dtype=pl.Float64),
            "currency": ["USD"] * months,
        }
    ).filter(pl.col("amount") > 0)
