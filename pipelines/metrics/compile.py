"""From a metric and a question to SQL over the read model.

Every number is made by one shape of query: periods × rows, grouped by the dimensions asked for.
Roll-ups stand in for the facts where they hold all columns that the query uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.metrics.model import Measure, Metric
from pipelines.warehouse.model import ROLLUPS
from pipelines.warehouse.needs import NEEDS

SITE_DIMENSIONS = {"site": "s.site", "site_name": "s.name", "region": "s.region",
                   "site_kind": "s.kind"}  # fmt: skip
PERIODIC = {need.name for need in NEEDS.values() if need.periodic}
TIME = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled question: SQL with its parameters, and the dimensions of its result."""

    sql: str
    parameters: list[Any]
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows count: dimensions with the values they may have."""

    where: Mapping[str, Sequence[str]]

    def conditions(self, columns: frozenset[str]) -> tuple[str, list[Any]]:
        """The SQL of the filters that a table can apply, and its parameters."""
        parts, values = ["true"], list[Any]()
        for name, wanted in self.where.items():
            column = column_of(name, columns)
            if column is not None:
                parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values.extend(wanted)
        return " AND ".join(parts), values


def column_of(dimension: str, columns: frozenset[str]) -> str | None:
    """The SQL of a dimension over rows `f` and sites `s`; None where the table has no such."""
    if dimension in SITE_DIMENSIONS:
        return SITE_DIMENSIONS[dimension]
    return f'f."{dimension}"' if dimension in columns else None


def compile_metric(
    metric: Metric,
    by: Sequence[str],
    periods: Sequence[Period],
    scope: Scope,
    columns: Mapping[str, frozenset[str]],
    *,
    rollups: bool = True,
    tables: str = "",
) -> Query:
    """The query of a metric: dimensions, start, stop, currency, numerator and denominator.

    A dimension that only the numerator has (hours per visit by role) leaves the denominator
    whole. `tables` are common table expressions that stand in for the published tables (a
    vintage); roll-ups are then left aside. UsageProblem for a dimension that the metric doesn't
    have, or days of a monthly measure.
    """
    _check(metric, by, periods, columns)
    rollups = rollups and not tables
    money = ("currency",) if metric.is_money else ()
    top, top_values, top_names = _part(
        metric, metric.numerator, (*by, *money), periods, scope, columns, rollups
    )
    spans = ", ".join("(CAST(? AS DATE), CAST(? AS DATE))" for _ in periods)
    values: list[Any] = [d for p in periods for d in (p.start, p.stop)]
    standing = f"{tables}, " if tables else ""
    head = f"WITH {standing}periods(start, stop) AS (VALUES {spans}), top AS ({top})"
    keys = ("start", "stop")
    if metric.denominator is None:
        picked = ", ".join(f't."{name}"' for name in (*keys, *top_names))
        sql = f"{head} SELECT {picked}, t.v AS numerator, NULL AS denominator FROM top t"
        return Query(sql, values + top_values, top_names)
    bottom, bottom_values, bottom_names = _part(
        metric, metric.denominator, tuple(by), periods, scope, columns, rollups
    )
    shared = [n for n in (*keys, *top_names) if n in (*keys, *bottom_names)]
    on = " AND ".join(f't."{n}" IS NOT DISTINCT FROM b."{n}"' for n in shared)
    picked = ", ".join(
        f'coalesce(t."{n}", b."{n}") AS "{n}"' if n in shared else f't."{n}"'
        for n in (*keys, *top_names)
    )
    # Where only the denominator has a row (no overtime in a month) the numerator is 0.
    join = "FULL JOIN" if len(shared) == len(keys) + len(top_names) else "LEFT JOIN"
    sql = (
        f"{head}, bottom AS ({bottom}) SELECT {picked}, t.v AS numerator, b.v AS denominator "
        f"FROM top t {join} bottom b ON {on}"
    )
    return Query(sql, values + top_values + bottom_values, top_names)


def _check(
    metric: Metric,
    by: Sequence[str],
    periods: Sequence[Period],
    columns: Mapping[str, frozenset[str]],
) -> None:
    if metric.numerator.monthly and not all(p.whole_months for p in periods):
        raise UsageProblem(
            f"{metric.title} is known by month only: choose whole months, or --by month."
        )
    for name in by:
        if column_of(name, columns[metric.numerator.table]) is None:
            known = sorted({*SITE_DIMENSIONS, *TIME, *columns[metric.numerator.table]} - HIDDEN)
            raise UsageProblem(
                f"{metric.title} has no dimension {name}; it has {', '.join(known)}."
            )


# Provenance and measures are no dimensions.
HIDDEN = {
    "load", "record", "fact", "loaded_in", "superseded_in", "hours", "amount", "employer_cost",
    "cost", "value", "quantity", "actual", "budget", "counts", "nursing", "start", "end",
    "worker", "date", "count", "budget_hours", "budget_volume", "until", "slice", "latest",
}  # fmt: skip


def _part(
    metric: Metric,
    measure: Measure,
    by: tuple[str, ...],
    periods: Sequence[Period],
    scope: Scope,
    columns: Mapping[str, frozenset[str]],
    rollups: bool,
) -> tuple[str, list[Any], tuple[str, ...]]:
    table = measure.table
    names = tuple(n for n in by if column_of(n, columns[table]) is not None)
    if rollups and table in ROLLUPS and all(p.whole_months for p in periods):
        used = set(re.findall(r'\bf\."?(\w+)', f"{measure.value} {measure.where} {measure.when}"))
        wanted = used | {n for n in (*names, *scope.where) if n not in SITE_DIMENSIONS}
        trailing = "INTERVAL" in measure.when
        if wanted & columns[table] <= columns[ROLLUPS[table][0]] and not trailing:
            table = ROLLUPS[table][0]
    conditions, values = scope.conditions(columns[table])
    dimensions = "".join(f', {column_of(n, columns[table])} AS "{n}"' for n in names)
    paired = _paired(metric) if metric.denominator else ""
    sql = (
        f"SELECT p.start, p.stop{dimensions}, {measure.value} AS v "
        f"FROM periods p JOIN {table} f ON {measure.when} JOIN sites s ON s.site = f.site {paired}"
        f"WHERE {measure.where} AND {conditions} GROUP BY ALL"
    )
    return sql, values, names


def _paired(metric: Metric) -> str:
    """Keep to the site-months in which everything a ratio needs is there.

    Without this, a month without payroll would still bring its visits, and hours per visit would
    drop as if the site had become more productive.
    """
    needs = sorted(set(metric.needs) & PERIODIC)
    if len(needs) < 2:
        return ""
    listed = ", ".join(f"'{need}'" for need in needs)
    return (
        f"JOIN (SELECT site, month FROM coverage WHERE present AND need IN ({listed}) "
        f"GROUP BY ALL HAVING count(*) = {len(needs)}) c ON c.site = f.site AND c.month = f.month "
    )
