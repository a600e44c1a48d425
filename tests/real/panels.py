"""Two public exports as panels of series, read by polars alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from pipelines.analysis.outlook.panel import Panel, months_between, panel, working_days

COTE_DIVOIRE = "inventory/usaid_cotedivoire/Train.csv"
PBJ = "pbj/Payroll_Based_Journal_Daily_Nurse_Staffing_2023_Q2.csv"
NURSES = ("RNDON", "RNadmin", "RN", "LPNadmin", "LPN", "CNA", "NAtrn", "MedAide")


def cote_divoire(realdata: Path, series: int = 10_000) -> Panel:
    """Units handed out by site and product, by month from January 2016: 1,343 series, 42 months.

    A month that a site did not report has no row, and is unknown.
    """
    rows = pl.read_csv(realdata / COTE_DIVOIRE).select(
        key=pl.concat_str("site_code", "product_code", separator="|"), family=pl.lit("units"),
        step=(pl.col("year") - 2016) * 12 + pl.col("month") - 1, value="stock_distributed",
    )  # fmt: skip
    steps = int(rows["step"].max()) + 1  # type: ignore[arg-type]
    work = working_days(months_between(date(2016, 1, 1), date(2020, 12, 1)))
    return panel(_first(rows, series), 12, steps=steps, work=work)


def nursing_hours(realdata: Path, series: int = 10_000) -> Panel:
    """Nursing hours by facility, by day from 1 April 2023: 195 series, 91 days."""
    hours = pl.sum_horizontal(pl.col(f"Hrs_{role}").cast(pl.Float64) for role in NURSES)
    day = pl.col("WorkDate").str.to_date("%Y%m%d")
    rows = pl.read_csv(realdata / PBJ, infer_schema=False, encoding="utf8-lossy").select(
        key="PROVNUM", family=pl.lit("hours"),
        step=(day - date(2023, 4, 1)).dt.total_days(), value=hours,
    )  # fmt: skip
    return panel(_first(rows, series), 7, steps=91)


def _first(rows: pl.DataFrame, series: int) -> pl.DataFrame:
    """The rows of the first so many series by key."""
    kept = rows["key"].unique().sort().head(series)
    return rows.filter(pl.col("key").is_in(kept.implode()))
