"""Why supplies cost more or less than budgeted: what volume earns, and what a visit uses.

A budget has money and volume by site and month, and no items: so volume can be told, and the rest
is use and price together. With B the budget, A the actual and V the site's volume in a month
(DOMAIN.md, B2, the flexed budget):

    volume       B × (Va / Vb - 1)
    per_visit    A - B × Va / Vb         use and price of what a visit or resident day takes
    unflexed     A - B                   where no volume was budgeted or none was counted

Which part of `per_visit` is price, and of which item, is told between two periods
(`pipelines.analysis.causes.supplies`), where both sides have items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl

from pipelines.analysis.causes.lines import (
    Compared,
    Line,
    fraction,
    names_of_sites,
    places_of,
)
from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader

PARTS = ("volume", "per_visit", "unflexed")

# The volume of a site's month stands on one of its subjects, mostly staffing.
_BUDGETS = """
WITH volumes AS (
  SELECT site, month, max(budget_volume) AS volume FROM costs GROUP BY site, month
)
SELECT f.site, f.month, f.currency, f.actual, f.budget, v.volume
FROM costs f JOIN sites s ON s.site = f.site JOIN volumes v ON v.site = f.site AND v.month = f.month
WHERE f.subject = 'supplies' AND f.whole AND f.actual IS NOT NULL AND f.budget IS NOT NULL
  AND f.month BETWEEN ? AND ? AND {conditions} ORDER BY f.site, f.month, f.currency
"""


def flexed(
    budget: Decimal, actual: Decimal, planned: Decimal | None, counted: Decimal | None
) -> Mapping[str, Fraction]:
    """The parts of a site's month; they sum to actual less budget exactly."""
    planned_at, spent = fraction(budget), fraction(actual)
    if not planned or counted is None:
        return {"unflexed": spent - planned_at}
    earned = planned_at * fraction(counted) / fraction(planned)
    return {"volume": earned - planned_at, "per_visit": spent - earned}


def supplies_against_budget(
    reader: Reader, period: Period, where: Mapping[str, Sequence[str]] | None = None
) -> Compared:
    """Supplies used against their budget, a line for each site and month that has both.

    Lines are named by site, site_name, region, site_kind and month. The volume of a site is its
    resident days where it counts them, else its visits; it must be counted to the month's end.
    UsageProblem where the period is not of whole months, or for a filter that chooses no sites.
    """
    scope = dict(where or {})
    if not period.whole_months:
        raise UsageProblem("A budget is by month: give the first and last days of months.")
    if other := [name for name in scope if name not in places_of(scope)]:
        raise UsageProblem(f"A budget is by site: its rows can't be chosen by {other[0]}.")
    conditions, values = Scope(scope).conditions(frozenset())
    found = reader.query(
        _BUDGETS.format(conditions=conditions), [period.start, period.stop, *values]
    )
    counted, sites = _counted(reader, period, scope), names_of_sites(reader)
    lines = tuple(
        Line(
            {"site": row["site"], **sites[row["site"]], "month": f"{row['month']:%Y-%m}"},
            row["currency"], row["budget"], row["actual"],
            flexed(row["budget"], row["actual"], row["volume"],
                   counted.get((row["site"], row["month"]))),
        )
        for row in found.iter_rows(named=True)
    )  # fmt: skip
    missing = ask(reader, "supply_burn", period=period, where=scope).missing
    return Compared(period, period, lines, PARTS, missing, ())


def _counted(
    reader: Reader, period: Period, where: Mapping[str, Sequence[str]]
) -> dict[tuple[str, date], Decimal]:
    volumes: dict[tuple[str, date], Decimal] = {}
    for measure in ("resident_days", "visits"):
        frame = ask(reader, measure, period=period, by=("site", "month"), where=where).frame
        whole = frame.filter(pl.col("value") > 0, pl.col("present") == pl.col("expected"))
        for site, month, value in whole.select("site", "start", "value").iter_rows():
            volumes.setdefault((site, month), Decimal(str(value)))
    return volumes
