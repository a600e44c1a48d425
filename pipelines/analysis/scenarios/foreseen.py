"""The baseline at the amounts of the year's forecast, so that both land at the same sum."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import polars as pl

from pipelines.analysis.outlook.landing import Landing
from pipelines.analysis.scenarios.baseline import Baseline, cents
from pipelines.calendar import add_months, month_span


def foreseen(baseline: Baseline, told: Landing) -> Baseline:
    """The same drivers at the landing's amounts; both must be of one year and scope.

    What the forecast has no cost of is left out, so that the baseline lands where `told` does, to
    a cent for each site and subject that has known months.
    """
    cells = told.cells.rename({"value": "amount"})
    passed = cells.filter(pl.col("month") <= baseline.last)
    ahead = cells.filter(pl.col("month") > baseline.last)
    so_far: dict[tuple[str, str, str], Decimal] = {}
    sums = passed.group_by("site", "subject", "currency").agg(pl.col("amount").sum())
    for site, subject, currency, amount in sums.iter_rows():
        so_far[site, subject, currency] = cents(Fraction(amount))
    known = set(ahead.select("site", "month", "subject", "currency").iter_rows())
    window = month_span(add_months(baseline.last, -11), 12)
    note = (
        "Each month to come costs what the forecast of the year's landing says, by site and "
        f"subject; hours, rates and contracts are in the proportions of {window.name()}."
    )
    if absent := passed.filter(~pl.col("known")).height:
        has = "month of a site has" if absent == 1 else "months of sites have"
        note += f" {absent} {has} no whole cost so far; the forecast stands there too."
    sums = told.frame.group_by("currency").agg(pl.col("high", "landing").sum(), rows=pl.len())
    reach = {
        currency: high - landing
        for currency, high, landing, rows in sums.iter_rows()
        if rows == 1  # a landing by some dimension has no range of its sum
    }
    kept = replace(
        baseline, cells=tuple(cell for cell in baseline.cells if cell.key in known), reach=reach
    )
    return kept.scaled(ahead.drop("known"), so_far, note=note)
