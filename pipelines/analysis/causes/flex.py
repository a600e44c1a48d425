"""The flexible budget: what the budget would have been, had it known the volume.

    flexed    budget × (fixed + (1 - fixed) × actual volume / budgeted volume)
    volume    flexed - budget: what volume explains
    spending  actual - flexed: what it doesn't

Source: KPI catalogue of the group, B2; the standard flexible-budget variance. The fixed share is
that of `pipelines.analysis.scenarios.elasticity`. Steps of cost (one more nurse, or none) are not
in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from pipelines.analysis.scenarios.baseline import cents
from pipelines.analysis.scenarios.elasticity import (
    Elasticity,
    Fixed,
    elasticity_of,
    history,
    seen_in,
)
from pipelines.calendar import Period
from pipelines.metrics.ask import ask
from pipelines.metrics.budget import budget_of, sides_of
from pipelines.metrics.model import IN_MONTHS, Measure, Metric
from pipelines.warehouse.reader import Reader

MONEY = pl.Decimal(38, 4)
BY = ("site", "month", "subject")
Where = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Flex:
    """A budget flexed for volume, over the site-months and subjects that have both sides.

    `frame` has site, month, subject, currency, budget, flexed, actual, volume and spending (money:
    volume + spending = actual - budget, exactly), budgeted and seen (volumes; null where unknown),
    variable (the share that follows volume) and why (null, or why volume excuses nothing here).
    `shares` says how the share was found.
    """

    period: Period
    frame: pl.DataFrame
    shares: str

    def by(self, *names: str) -> pl.DataFrame:
        """Budget, flexed, actual, volume and spending of each currency and group: sums."""
        keys = [*names, "currency"]
        money = ["budget", "flexed", "actual", "volume", "spending"]
        return self.frame.group_by(keys).agg(pl.col(money).sum()).sort(keys)


def flex_budget(
    reader: Reader, period: Period, where: Where | None = None, *, fixed: Fixed | None = None
) -> Flex:
    """Flex the budget of whole months for the volume that came.

    Where no volume was budgeted, or none is known, nothing is excused and `why` says so.
    UsageProblem for parts of months.
    """
    where = where or {}
    span = Period(min(period.start, history(period.stop).start), period.stop)
    volumes = seen_in(reader, span, where)
    follows = elasticity_of(reader, period.stop, where, fixed or Fixed(), volumes)
    sides = _asked(reader, sides_of("all"), period, where, "denominator", "numerator")
    planned = _planned(reader, period, where)
    seen = volumes.within(period).counts()
    rows = [
        _row(key, Decimal(amount), Decimal(gap), planned, seen, follows)
        for key, (amount, gap) in sides.items()
    ]
    schema: dict[str, Any] = {
        "site": pl.String, "month": pl.Date, "subject": pl.String, "currency": pl.String,
        "budget": MONEY, "flexed": MONEY, "actual": MONEY, "volume": MONEY, "spending": MONEY,
        "budgeted": pl.Float64, "seen": pl.Float64, "variable": pl.Float64, "why": pl.String,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort(*BY, "currency")
    staffed = sorted(set(frame.filter(pl.col("subject") == "staffing")["site"]))
    return Flex(period, frame, follows.told(staffed))


Key = tuple[str, date, str, str]


def _asked(
    reader: Reader, metric: Metric, period: Period, where: Where, *parts: str
) -> dict[Key, tuple[Any, ...]]:
    """The parts of a measure's value that are asked for, by site, month, subject and currency."""
    frame = ask(reader, metric, period=period, by=BY, where=where).frame.drop_nulls("numerator")
    keys = frame.select("site", "start", "subject", "currency").rows()
    return dict(zip(keys, frame.select(parts).rows(), strict=True))


def _planned(reader: Reader, period: Period, where: Where) -> dict[tuple[str, date], Fraction]:
    """The budgeted volume of each site's month; staffing's, where several subjects state one."""
    volume = Measure("costs", "max(f.budget_volume)", "f.budget_volume IS NOT NULL", monthly=True)
    metric = replace(budget_of("all"), numerator=replace(volume, when=IN_MONTHS))
    found: dict[tuple[str, date], Fraction] = {}
    known = _asked(reader, metric, period, where, "numerator")
    ordered = sorted(known.items(), key=lambda item: item[0][2] == "staffing")
    for (site, month, _, _), (volume,) in ordered:
        found[site, month] = Fraction(volume)
    return found


def _row(
    key: Key,
    budget: Decimal,
    gap: Decimal,
    planned: Mapping[tuple[str, date], Fraction],
    seen: Mapping[tuple[str, date], Fraction],
    follows: Elasticity,
) -> tuple[object, ...]:
    site, month, subject, _ = key
    plan, came = planned.get((site, month)), seen.get((site, month))
    share = follows.of(site, subject)
    why, flexed = None, budget
    if not share:
        why = "it does not follow volume"
    elif not plan:
        why = "no volume was budgeted"
    elif came is None:
        why = "the volume is not known for the whole month"
    else:
        flexed = cents(Fraction(budget) * (1 - share + share * came / plan))
    actual = budget + gap
    told = None if plan is None else float(plan), None if came is None else float(came)
    return (
        *key,
        budget,
        flexed,
        actual,
        flexed - budget,
        actual - flexed,
        *told,
        float(share),
        why,
    )
