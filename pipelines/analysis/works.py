"""Works: the repairs that wait, and the maintenance that was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.metrics.compile import Scope
from pipelines.metrics.facilities import ON_TIME, OPEN_AT_END, PLANNED
from pipelines.warehouse.reader import Reader

AGES = (7, 14, 30, 90, 365)  # days up to which the buckets of the open repairs reach
_RISK = "CASE f.risk WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END"


def open_orders(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Repairs open at a day, riskiest and oldest first.

    Columns: site, site_name, work_order, title, category, priority, risk, asset, asset_name,
    created, due, age (days), late (days past due, null where no due date has passed).
    """
    conditions, values = Scope(where).conditions(reader.columns["work_orders"])
    return reader.query(
        "WITH p AS (SELECT CAST(? AS DATE) AS stop) "
        "SELECT f.site, s.name AS site_name, f.work_order, f.title, f.category, f.priority, "
        "f.risk, f.asset, f.asset_name, f.created, f.due, "
        "datediff('day', CAST(f.created AS DATE), p.stop) AS age, "
        "CASE WHEN CAST(f.due AS DATE) < p.stop "
        "THEN datediff('day', CAST(f.due AS DATE), p.stop) END AS late "
        "FROM work_orders f JOIN sites s ON s.site = f.site, p "
        f"WHERE f.kind = 'repair' AND {OPEN_AT_END} AND {conditions} "
        f"ORDER BY {_RISK}, f.created",
        [day, *values],
    )


def ages(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """How many repairs are open at a day by age, youngest first.

    Columns: first and last (days; last is null in the oldest bucket), count (0 where none is).
    """
    orders = open_orders(reader, day, where)["age"]
    ends = [*zip([0, *(end + 1 for end in AGES)], [*AGES, None], strict=True)]
    counts = [
        ((orders >= first) & (orders <= (last if last is not None else first + 10**6))).sum()
        for first, last in ends
    ]
    return pl.DataFrame(
        {"first": [e[0] for e in ends], "last": [e[1] for e in ends], "count": counts},
        schema={"first": pl.Int64, "last": pl.Int64, "count": pl.Int64},
    )


def missed_maintenance(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Planned maintenance that was due in a span and not done on time, riskiest first.

    Columns: site, site_name, work_order, title, risk, asset, asset_name, due, completed, late
    (days to completion, or to the span's end while it is open).
    """
    conditions, values = Scope(where).conditions(reader.columns["work_orders"])
    return reader.query(
        "WITH p AS (SELECT CAST(? AS DATE) AS start, CAST(? AS DATE) AS stop) "
        "SELECT f.site, s.name AS site_name, f.work_order, f.title, f.risk, f.asset, "
        "f.asset_name, CAST(f.due AS DATE) AS due, CAST(f.completed AS DATE) AS completed, "
        "datediff('day', CAST(f.due AS DATE), coalesce(CAST(f.completed AS DATE), p.stop)) AS late "
        "FROM work_orders f JOIN sites s ON s.site = f.site, p "
        f"WHERE {PLANNED} AND NOT ({ON_TIME}) AND CAST(f.due AS DATE) BETWEEN p.start AND p.stop "
        f"AND CAST(f.due AS DATE) < p.stop AND {conditions} ORDER BY {_RISK}, f.due",
        [start, stop, *values],
    )
