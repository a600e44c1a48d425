"""This period's sums at another period's days or volume, to compare months of different length.

For each site value × basis then / basis now, added up; the basis is its working or calendar days,
or its volume: resident days where it has some in both periods, else visits. A site without a basis
in both counts as it is, as it does in the plain comparison: what separates the adjusted value from
the plain one is the length of the period, or the volume, alone. See `pipelines.metrics.days`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.fiscal import DAYS_OF, Fiscal
from pipelines.metrics import find
from pipelines.metrics.compile import SITE_DIMENSIONS, Scope
from pipelines.metrics.days import OpenDays
from pipelines.metrics.model import Aggregation, Metric
from pipelines.metrics.question import Question

ADJUSTMENTS = (*DAYS_OF, "volume")
KEYS = ["site", "start", "stop"]


def check(metric: Metric, per_day: str | None, adjust: str | None, compare: Sequence[str]) -> None:
    """UsageProblem for days that are not known, and for what isn't a sum over days."""
    for given, known in ((per_day, DAYS_OF), (adjust, ADJUSTMENTS)):
        if given is not None and given not in known:
            raise UsageProblem(f"There is no such adjustment; known are {', '.join(known)}.")
    if per_day is None and adjust is None:
        return
    if metric.aggregation is not Aggregation.SUM:
        raise UsageProblem(
            f"{metric.title} does not grow with the days of a month: it needs no adjustment."
        )
    if per_day is not None and (adjust is not None or "target" in compare):
        raise UsageProblem(
            "A value per day has no target and needs no further adjustment: ask for one at a time."
        )
    if adjust is not None and not {"previous", "year"} & set(compare):
        raise UsageProblem(
            "Say which period's days or volume are meant: compare with previous or year."
        )


def like(
    question: Question, metric: Metric, then: Sequence[Period], adjust: str, fiscal: Fiscal
) -> pl.DataFrame:
    """(keys, like): what the question's periods come to at the basis of the periods `then`."""
    now = question.periods
    sites = replace(question, dimensions=tuple(dict.fromkeys((*question.dimensions, "site"))))
    frame = sites.values(metric)
    before, after = (_basis(question, list(periods), adjust, fiscal) for periods in (then, now))
    pairs = pl.DataFrame(
        {"start": [p.start for p in now], "stop": [p.stop for p in now],
         "first": [p.start for p in then], "last": [p.stop for p in then]}
    )  # fmt: skip
    before = before.rename({"start": "first", "stop": "last"})
    factors = (
        pairs.join(after, on=["start", "stop"])
        .join(before, on=["first", "last", "site", "of"], suffix="_then")
        .filter((pl.col("basis") > 0) & (pl.col("basis_then") > 0))
        .sort("of")
        .unique(KEYS, keep="first", maintain_order=True)
        .select(*KEYS, factor=pl.col("basis_then") / pl.col("basis"))
    )
    value = pl.col("numerator").cast(pl.Float64) * pl.col("factor").fill_null(1.0)
    return (
        frame.join(factors, on=KEYS, how="left")
        .group_by(question.keys(metric))
        .agg(like=pl.when(pl.col("numerator").count() > 0).then(value.sum()))
    )


def _basis(question: Question, periods: list[Period], adjust: str, fiscal: Fiscal) -> pl.DataFrame:
    """(site, start, stop, of, basis): a site's days or volume in each period; `of` ranks them."""
    if adjust != "volume":
        days = OpenDays(question.reader, fiscal, adjust).frame(periods)
        return days.select(*KEYS, of=pl.lit(0), basis=pl.col("days").cast(pl.Float64))
    places = {n: v for n, v in question.scope.where.items() if n in SITE_DIMENSIONS}
    asked = replace(question.by_site(periods), scope=Scope(places))
    volume = pl.col("numerator").cast(pl.Float64)
    return pl.concat(
        asked.values(find(name)).select(*KEYS, of=pl.lit(rank), basis=volume)
        for rank, name in enumerate(("resident_days", "visits"))
    )
