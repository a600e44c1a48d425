"""The rows behind a pack, and the totals that their sums must come to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.calendar import add_months, month_span
from pipelines.metrics import Aggregation, find
from pipelines.packs.content import Facts, Totals, Value
from pipelines.packs.costs import ALL, METRIC_OF, subject_of
from pipelines.packs.remarks import of_site, of_subject
from pipelines.packs.view import View

MEASURES = (
    "overtime_share", "agency_share", "hours_per_visit", "nursing_hprd", "supply_cost_per_visit",
    "supply_cost_per_resident_day", "open_issues", "pm_compliance_high_risk", "visits",
    "resident_days", "worked_hours",
)  # fmt: skip
BACK = 13  # months of rows: the year so far, and the same month a year before
SPANS = ("month", "year")


def facts(view: View) -> Facts:
    """The rows behind (see `Facts`)."""
    return Facts(_costs(view), _measures(view))


def _costs(view: View) -> pl.DataFrame:
    span = month_span(add_months(view.month, 1 - BACK), BACK)
    frame = view.ask(
        "total_cost", span, by=("site", "subject", "month"), compare=("budget", "year")
    )
    sites = view.reader.query("SELECT site, name AS site_name, region, kind FROM sites")
    told = pl.any_horizontal(pl.col(name).is_not_null() for name in ("value", "budget", "year"))
    titles = {None: subject_of(None)} | {
        name: subject_of(name) for name in frame.frame["subject"].drop_nulls().unique()
    }
    return (
        frame.frame.filter(told)
        .join(sites, on="site", how="left")
        .with_columns(subject=pl.col("subject").replace_strict(titles, return_dtype=pl.String))
        .select(
            "site", "site_name", "region", "kind", "subject", month="start", currency="currency",
            cost="value", budget="budget", gap="gap", last_year="year",
        )
        .sort("month", "site_name", "subject", descending=[True, False, False])
    )  # fmt: skip


def _measures(view: View) -> pl.DataFrame:
    parts = []
    sites = view.reader.query("SELECT site, name AS site_name, region FROM sites")
    for name in MEASURES:
        metric = find(name)
        frame = view.ask(name, by=("site",)).frame
        currency = pl.col("currency") if "currency" in frame.columns else pl.lit(None, pl.String)
        known = pl.col("value").is_not_null()
        denominator = pl.lit(None, pl.Float64)
        if metric.aggregation is Aggregation.RATIO:
            denominator = pl.when(known).then(pl.col("denominator").cast(pl.Float64))
        parts.append(
            frame.join(sites, on="site", how="left").select(
                metric=pl.lit(name), title=pl.lit(metric.title), unit=pl.lit(str(metric.unit)),
                per=pl.lit(metric.per), site="site", site_name="site_name", region="region",
                currency=currency,
                numerator=pl.when(known).then(pl.col("numerator").cast(pl.Float64)),
                denominator=denominator, scale=pl.lit(metric.scale), reason="reason",
            )
        )  # fmt: skip
    return pl.concat(parts).filter(
        pl.col("numerator").is_not_null() | pl.col("reason").is_not_null()
    )


def totals(view: View) -> Totals:
    """What `ask()` answers for the whole scope."""
    costs: dict[tuple[str, str, str], Mapping[str, Decimal | float | None]] = {}
    for span, period in zip(SPANS, (view.period, view.year), strict=True):
        for by in ((), ("subject",)):
            answer = view.ask("total_cost", period, by=by, compare=("budget", "year"))
            for row in answer.frame.iter_rows(named=True):
                if any(row[name] is not None for name in ("value", "budget", "year")):
                    costs[row["currency"], _subject(row, by), span] = _line(row)
    measures: dict[str, Value] = {name: view.ask(name).value for name in MEASURES}
    return Totals(costs, measures)


def remarks_of(view: View) -> dict[tuple[str, str], str]:
    """What was noted of the costs of the whole, of subjects and of sites, by span."""
    if not view.notes:
        return {}
    found: dict[tuple[str, str], str] = {}
    for span, period in zip(SPANS, (view.period, view.year), strict=True):
        found[ALL, span] = of_subject(view, period, None, None)
        for subject, metric in METRIC_OF.items():
            found[subject_of(subject), span] = of_subject(view, period, subject, metric)
        for site in view.sites["site"]:
            found[site, span] = of_site(view, period, site)
    return {key: said for key, said in found.items() if said}


def _subject(row: Mapping[str, Any], by: tuple[str, ...]) -> str:
    return subject_of(row["subject"]) if by else ALL


def _line(row: Mapping[str, Any]) -> Mapping[str, Decimal | float | None]:
    gap, budget = row["gap"], row["budget"]
    return {
        "cost": row["value"],
        "budget": budget,
        "gap": gap,
        "gap_share": float(gap / budget) if budget else None,
        "last_year": row["year"],
    }
