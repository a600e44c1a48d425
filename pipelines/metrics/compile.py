"""From a metric and a question to SQL over the read model.

Every number is made by one shape of query: periods × rows, grouped by the dimensions asked for.
Roll-ups stand in for the facts where they hold all columns that the query uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines.calendar import Period
from pipelines.errors import UsageProblem, nearest
from pipelines.metrics.model import AT_MONTHS_END, IN_PERIOD, Measure, Metric
from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.rollups import STANDING
from pipelines.warehouse.shares import share
from pipelines.warehouse.traced import lines_of

SITE_DIMENSIONS = {"site": "s.site", "site_name": "s.name", "region": "s.region",
                   "site_kind": "s.kind"}  # fmt: skip
MONTH = "'month'"
PERIODIC = {need.name for need in NEEDS.values() if need.periodic}
MONEY_OF = "JOIN (SELECT DISTINCT f.site, f.month, f.currency"
TIME = ("day", "week", "month", "quarter", "year")
# Provenance and measures are no dimensions, and nobody's figures are shown by worker.
HIDDEN = frozenset({
    "load", "record", "fact", "loaded_in", "superseded_in", "hours", "amount", "employer_cost",
    "cost", "value", "quantity", "actual", "budget", "counts", "nursing", "start", "end",
    "worker", "date", "last", "count", "budget_hours", "budget_volume", "until", "slice", "latest",
    "unit_cost", "stated_cost", "unit_price", "minimum", "reorder", "maximum", "on_hand", "par",
    "received", "invoiced", "ordered_on", "promised", "received_on", "budgeted", "filled",
    "on_time", "charged", "allowed", "denied", "claims_submitted", "claims_denied", "capitation",
    "member_months", "receivables", "receivables_over_90", "acquired", "replacement_cost",
    "useful_life", "warranty_end", "escalator", "escalator_floor",
    "escalator_cap", "escalator_steps", "first_lot", "annual_value", "ceiling",
    "labour_hours", "known_until", "whole", "in_force", "edited",
})  # fmt: skip


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
        """The SQL of the filters that a table can apply, and its parameters.

        A filter without values keeps everything.
        """
        parts, values = ["true"], list[Any]()
        for name, wanted in self.where.items():
            column = column_of(name, columns)
            if column is not None and wanted:
                parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values.extend(wanted)
        return " AND ".join(parts), values


def column_of(dimension: str, columns: frozenset[str]) -> str | None:
    """The SQL of a dimension over rows `f` and sites `s`; None where the table has no such."""
    if dimension in SITE_DIMENSIONS:
        return SITE_DIMENSIONS[dimension]
    return f'f."{dimension}"' if dimension in columns - HIDDEN else None


def compile_metric(
    metric: Metric,
    by: Sequence[str],
    periods: Sequence[Period],
    scope: Scope,
    columns: Mapping[str, frozenset[str]],
    *,
    rollups: bool = True,
    rolled_to: date | None = None,
    tables: str = "",
) -> Query:
    """The query of a metric: dimensions, start, stop, currency, numerator and denominator.

    A dimension that only the numerator has (hours per visit by role) leaves the denominator
    whole; so does a filter. States at the ends of months are rolled up to the month `rolled_to`.
    `tables` are common table expressions that stand in for the published tables (a vintage);
    roll-ups are then left aside. UsageProblem for a dimension that the metric doesn't have, or days
    of a monthly measure.
    """
    check(metric, (*by, *scope.where), periods, columns)
    rollups = rollups and not tables
    names = tuple(dict.fromkeys((*by, "currency") if metric.is_money else by))
    parts = _Parts(metric, names, tuple(periods), scope, columns, rollups, rolled_to, by_month=True)
    top, top_values, top_names = parts.part(metric.numerator, metric.denominator)
    spans, values = _spans(periods)
    standing = f"{tables}, " if tables else ""
    head = f"WITH {standing}{spans}, top AS ({top})"
    keys = ("start", "stop")
    if metric.denominator is None:
        picked = ", ".join(f't."{name}"' for name in (*keys, *top_names))
        sql = f"{head} SELECT {picked}, t.v AS numerator, NULL AS denominator FROM top t"
        return Query(sql, values + top_values, top_names)
    bottom, bottom_values, bottom_names = parts.part(metric.denominator, metric.numerator)
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


def compile_rows(
    metric: Metric,
    by: Sequence[str],
    periods: Sequence[Period],
    scope: Scope,
    columns: Mapping[str, frozenset[str]],
    tables: str,
) -> dict[str, Query]:
    """The rows behind a metric: for "numerator" and "denominator" what each adds to it as `v`.

    The same query as the metric's own, grouped by the row as well: its parts add up to it. `tables`
    must give the derived tables line by line (`pipelines.warehouse.traced`).
    """
    check(metric, (*by, *scope.where), periods, columns)
    names = tuple(dict.fromkeys((*by, "currency") if metric.is_money else by))
    parts = _Parts(metric, names, tuple(periods), scope, columns, rollups=False)
    spans, values = _spans(periods)
    found = {}
    for side, measure, other in (
        ("numerator", metric.numerator, metric.denominator),
        ("denominator", metric.denominator, metric.numerator),
    ):
        if measure is not None:
            shown = (*(() if "site" in names else ("f.site AS site",)), *lines_of(measure.table))
            sql, own, dimensions = parts.part(measure, other, shown)
            head = f"WITH {tables}, {spans}"
            found[side] = Query(f"{head} {sql}", values + own, dimensions)
    return found


def _spans(periods: Sequence[Period]) -> tuple[str, list[Any]]:
    """The periods as common table expressions, and their parameters.

    `periods` (start, stop) has each once; `months` (start, stop, month) has each of their months,
    so that rows which stand in months are matched by equality: a hash join instead of a loop.
    """
    whole = [d for p in periods for d in (p.start, p.stop)]
    if not all(period.whole_months for period in periods):
        return f"periods(start, stop) AS (VALUES {_rows(2, len(periods))})", whole
    each = [d for p in periods for part in p.split("month") for d in (p.start, p.stop, part.start)]
    return (
        f"periods(start, stop) AS (VALUES {_rows(2, len(periods))}), "
        f"months(start, stop, month) AS (VALUES {_rows(3, len(each) // 3)})"
    ), whole + each


def _rows(width: int, count: int) -> str:
    """So many rows of days, as parameters of VALUES."""
    row = f"({', '.join(['CAST(? AS DATE)'] * width)})"
    return ", ".join([row] * count)


def check(
    metric: Metric,
    dimensions: Sequence[str],
    periods: Sequence[Period],
    columns: Mapping[str, frozenset[str]],
) -> None:
    """UsageProblem for a dimension that the metric lacks, or days of a monthly measure."""
    if metric.numerator.monthly and not all(p.whole_months for p in periods):
        raise UsageProblem(
            f"{metric.title} is known by month only: choose whole months, or --by month."
        )
    for name in dimensions:
        if column_of(name, columns[metric.numerator.table]) is None:
            known = sorted({*SITE_DIMENSIONS, *TIME, *columns[metric.numerator.table]} - HIDDEN)
            hint = nearest(name, known, f"it has {', '.join(known)}.")
            raise UsageProblem(f"{metric.title} has no dimension {name}; {hint}")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the numerator and the denominator of one question share."""

    metric: Metric
    names: tuple[str, ...]
    periods: tuple[Period, ...]
    scope: Scope
    columns: Mapping[str, frozenset[str]]
    rollups: bool
    rolled_to: date | None = None
    by_month: bool = False

    @property
    def by_months(self) -> bool:
        return all(period.whole_months for period in self.periods)

    def part(
        self, measure: Measure, other: Measure | None, shown: Sequence[str] = ()
    ) -> tuple[str, list[Any], tuple[str, ...]]:
        """(SQL, parameters, dimensions) of one measure by the dimensions that its table has.

        `shown` are further columns to group by: those that tell the single row.
        """
        measure = self.rolled(measure)
        table = self.table_of(measure)
        columns = self.columns[table]
        names = {n: column_of(n, columns) for n in self.names}
        joins = ""
        if "currency" in names and names["currency"] is None and other is not None:
            joins, names["currency"] = self.currencies(other), "k.currency"
        value, when = self.value_and_when(measure)
        if other is not None:
            joins += self.paired(other)
        conditions, values = self.scope.conditions(columns)
        wanted = self.scope.where.get("currency", ())
        if joins.startswith(MONEY_OF) and wanted:
            conditions += f" AND k.currency IN ({', '.join('?' * len(wanted))})"
            values.extend(wanted)
        dimensions = "".join(f', {sql} AS "{n}"' for n, sql in names.items() if sql)
        dimensions += "".join(f", {column}" for column in shown)
        spans, months = "periods", self.in_months(when, table)
        if months:
            spans, when = "months", months
        sql = (
            f"SELECT p.start, p.stop{dimensions}, {value} AS v "
            f"FROM {spans} p JOIN {table} f ON {when} JOIN sites s ON s.site = f.site {joins}"
            f"WHERE {measure.where} AND {conditions} GROUP BY ALL"
        )
        return sql, values, tuple(n for n, column in names.items() if column)

    def in_months(self, when: str, table: str) -> str | None:
        """The condition that a day lies in one of the periods' months; None where days decide."""
        day = when.removesuffix(" BETWEEN p.start AND p.stop")
        if not self.by_month or not self.by_months or day == when or " AND " in day:
            return None
        known = day in ("f.date", "f.month") and "month" in self.columns[table]
        return f"{'f.month' if known else f'CAST(date_trunc({MONTH}, {day}) AS DATE)'} = p.month"

    def rolled(self, measure: Measure) -> Measure:
        """The same measure over the first of its roll-ups that can tell it; else as it is."""
        if not self.rollups or not self.by_months:
            return measure
        known = self.columns[measure.table]
        for other in measure.rolled:
            reached = other.when != AT_MONTHS_END or (
                self.rolled_to is not None
                and all(period.stop.replace(day=1) <= self.rolled_to for period in self.periods)
            )
            if reached and self.asked & known <= self.columns.get(other.table, frozenset()):
                return other
        return measure

    @property
    def asked(self) -> frozenset[str]:
        """The dimensions that the question groups or filters by, other than those of sites."""
        filters = (name for name, wanted in self.scope.where.items() if wanted)
        return frozenset((*self.names, *filters)) - SITE_DIMENSIONS.keys()

    def table_of(self, measure: Measure) -> str:
        """The roll-up of the measure's table where it holds all that is used; else the table."""
        table = measure.table
        if not self.rollups or not self.by_months or table not in STANDING or measure.window:
            return table
        used = set(re.findall(r'\bf\."?(\w+)', f"{measure.value} {measure.where} {measure.when}"))
        wanted = (used | self.asked) & self.columns[table]
        for short in STANDING[table]:
            if wanted <= self.columns.get(short, frozenset()):
                return short
        return table

    def value_and_when(self, measure: Measure) -> tuple[str, str]:
        """The measure's aggregate and condition; rows of several days count by their share."""
        spread = measure.window or not self.by_months
        if not spread or measure.when != IN_PERIOD or "last" not in self.columns[measure.table]:
            return measure.value, measure.when
        window = measure.window
        first = f"CAST(p.stop - INTERVAL {window - 1} DAY AS DATE)" if window else "p.start"
        part = share(r"\1", first)
        value = re.sub(r'sum\((f\."?\w+"?)\)', rf"sum({part})", measure.value)
        return value, f"f.date <= p.stop AND f.last >= {first}"

    def currencies(self, other: Measure) -> str:
        """The currencies of the money in a site's month: its visits stand against each of them."""
        return (
            f"{MONEY_OF} FROM {self.table_of(other)} f "
            f"WHERE {other.where}) k ON k.site = f.site AND k.month = f.month "
        )

    def paired(self, other: Measure) -> str:
        """Keep to the site-months in which everything a ratio needs is there.

        Without this, a month without payroll would still bring its visits, and hours per visit
        would drop as if the site had become more productive. A measure that looks back on a window
        keeps to the sites that are there in all its months.
        """
        needs = [NEEDS[need] for need in self.metric.needs if need in PERIODIC]
        if not needs:
            return ""
        if self.metric.window:
            other = self.rolled(other)
            return self.covered(self.metric.window) + (
                f"JOIN (SELECT DISTINCT f.site, p.stop FROM periods p JOIN {other.table} f "
                f"ON {self.value_and_when(other)[1]} WHERE {other.where}) o "
                "ON o.site = f.site AND o.stop = p.stop "
            )
        listed = ", ".join(f"'{need.name}'" for need in needs)
        # Unmapped hours and unmapped visits may be different sites'.
        feeds = {NEEDS[need].feed for need in self.metric.needs}
        mapped = "AND site NOT LIKE '~%' " if len(feeds) > 1 else ""
        return (
            f"JOIN (SELECT site, month FROM coverage WHERE whole AND need IN ({listed}) {mapped}"
            f"GROUP BY ALL HAVING count(*) = {len(needs)}) c "
            "ON c.site = f.site AND c.month = f.month "
        )

    def covered(self, window: int) -> str:
        """The sites of which every month of the window before a period's end is there."""
        measures = (self.metric.numerator, self.metric.denominator)
        tables = {m.table for m in measures if m and m.window}
        listed = ", ".join(f"'{n}'" for n in self.metric.needs if NEEDS[n].feed in tables)
        first = f"CAST(date_trunc('month', p.stop - INTERVAL {window - 1} DAY) AS DATE)"
        return (
            f"JOIN (SELECT v.site, p.stop FROM periods p JOIN coverage v ON v.month >= {first} "
            f"AND v.month <= p.stop WHERE v.whole AND v.need IN ({listed}) GROUP BY v.site, p.stop "
            f"HAVING count(*) = datediff('month', {first}, p.stop) + 1) c "
            "ON c.site = f.site AND c.stop = p.stop "
        )
