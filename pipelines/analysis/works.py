"""Works: the repairs that wait, and the maintenance that was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from pipelines.calendar import month_end
from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader

AGES = (7, 14, 30, 90, 365)  # days up to which the buckets of the open repairs reach
_SAME = "f.load = o.load AND f.record = o.record AND f.fact = o.fact"
_RISK = "CASE f.risk WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many orders a list has: all of them, those at high risk, and those past their due date.

    A list of a large group holds its first orders alone; these count every one.
    """

    orders: int
    high: int
    late: int


def open_orders(
    reader: Reader, day: date, where: Mapping[str, Sequence[str]], *, most: int | None = None
) -> pl.DataFrame:
    """Repairs open at a day, riskiest and oldest first; the first `most` of them.

    Columns: site, site_name, work_order, title, category, priority, risk, asset, asset_name,
    created, due, age (days), late (days past due, null where no due date has passed).
    """
    open_then, values = _open_at(reader, day, where)
    return reader.query(
        f"WITH p AS (SELECT CAST(? AS DATE) AS stop), o AS ({open_then} "
        f"ORDER BY {_RISK}, raised_on {_first(most)}), {_rows(reader)} "
        "SELECT f.site, s.name AS site_name, f.work_order, f.title, f.category, f.priority, "
        "f.risk, f.asset, f.asset_name, f.created, f.due, "
        "datediff('day', o.raised_on, p.stop) AS age, "
        "CASE WHEN o.due_on < p.stop THEN datediff('day', o.due_on, p.stop) END AS late "
        f"FROM o JOIN f ON {_SAME} JOIN sites s ON s.site = f.site, p "
        f"ORDER BY {_RISK}, f.created, f.site, f.work_order",
        [day, *values],
    )


def open_counts(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> Counts:
    """How many repairs are open at a day."""
    open_then, values = _open_at(reader, day, where)
    (row,) = reader.query(
        "SELECT count(*) AS orders, count(*) FILTER (o.risk = 'high') AS high, "
        f"count(*) FILTER (o.due_on < ?) AS late FROM ({open_then}) o",
        [day, *values],
    ).to_dicts()
    return Counts(**row)


def ages(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """How many repairs are open at a day by age, youngest first.

    Columns: first and last (days; last is null in the oldest bucket), count (0 where none is).
    """
    open_then, values = _open_at(reader, day, where)
    ends = [*zip([0, *(end + 1 for end in AGES)], [*AGES, None], strict=True)]
    older = "datediff('day', o.raised_on, CAST(? AS DATE))"
    counts = ", ".join(
        f"count(*) FILTER ({older} >= {first}{'' if last is None else f' AND {older} <= {last}'})"
        f' AS "{first}"'
        for first, last in ends
    )
    days = [day for _, last in ends for _ in range(1 if last is None else 2)]
    found = reader.query(f"SELECT {counts} FROM ({open_then}) o", [*days, *values])
    return pl.DataFrame(
        {"first": [e[0] for e in ends], "last": [e[1] for e in ends], "count": found.row(0)},
        schema={"first": pl.Int64, "last": pl.Int64, "count": pl.Int64},
    )


def _rows(reader: Reader) -> str:
    """The orders of `o` with all that is known of them, as "f AS (…)".

    First where they stand, by three numbers: else the texts of every order would be read for the
    few that are shown. What a limited viewer sees is a view, which has no such numbers.
    """
    if not reader.limits.are_none:
        return "f AS (SELECT * FROM work_orders)"
    rows = f"SELECT f.rowid FROM work_orders f JOIN o ON {_SAME}"
    return f"f AS (SELECT * FROM work_orders WHERE rowid IN ({rows}))"


def _open_at(
    reader: Reader, day: date, where: Mapping[str, Sequence[str]]
) -> tuple[str, list[Any]]:
    """(SQL, its parameters) of the repairs open at a day: risk, raised_on, due_on, and which.

    At a month's end they are told ahead; else they are looked up among all orders.
    """
    ahead = reader.rolled_to is not None and day.replace(day=1) <= reader.rolled_to
    table = "orders_open" if ahead and day == month_end(day) else "work_orders"
    conditions, values = Scope(where).conditions(reader.columns[table])
    tail = (
        f"f.load, f.record, f.fact FROM {table} f JOIN sites s ON s.site = f.site "
        f"WHERE f.kind = 'repair' AND {conditions}"
    )
    if table == "orders_open":
        sql = f"SELECT f.risk, f.raised_on, f.due_on, {tail} AND f.month = ?"
        return sql, [*values, day.replace(day=1)]
    sql = (
        "SELECT f.risk, CAST(f.created AS DATE) AS raised_on, CAST(f.due AS DATE) AS due_on, "
        f"{tail} AND {_OPEN_AFTER}"
    )
    return sql, [*values, *_next(day)]


# `OPEN_AT_END` over the moments as they stand, which needs no cast of each.
_OPEN_AFTER = "f.created < ? AND (f.closed IS NULL OR f.closed >= ?)"


def _next(day: date) -> tuple[datetime, datetime]:
    """The first moment after a day, for both ends of `_OPEN_AFTER`."""
    after = datetime.combine(day + timedelta(1), time.min)
    return after, after


def _first(most: int | None) -> str:
    return "" if most is None else f"LIMIT {int(most)}"


def missed_maintenance(
    reader: Reader,
    start: date,
    stop: date,
    where: Mapping[str, Sequence[str]],
    *,
    most: int | None = None,
) -> pl.DataFrame:
    """Planned maintenance that was due in a span and not done on time, riskiest first.

    Columns: site, site_name, work_order, title, risk, asset, asset_name, due, completed, late
    (days to completion, or to the span's end while it is open). The first `most` of them.
    """
    missed, values = _missed(reader, start, stop, where)
    return reader.query(
        f"WITH o AS (SELECT f.* {missed} ORDER BY {_RISK}, f.due_on {_first(most)}), "
        f"{_rows(reader)} "
        "SELECT f.site, s.name AS site_name, f.work_order, f.title, f.risk, f.asset, "
        "f.asset_name, o.due_on AS due, CAST(f.completed AS DATE) AS completed, "
        "datediff('day', o.due_on, coalesce(CAST(f.completed AS DATE), CAST(? AS DATE))) AS late "
        f"FROM o JOIN f ON {_SAME} JOIN sites s ON s.site = f.site "
        f"ORDER BY {_RISK}, f.due, f.site, f.work_order",
        [*values, stop],
    )


def missed_counts(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]]
) -> Counts:
    """How much planned maintenance was missed in a span; all of it is past its due date."""
    missed, values = _missed(reader, start, stop, where)
    sql = f"SELECT count(*), count(*) FILTER (f.risk = 'high') {missed}"
    orders, high = reader.query(sql, values).row(0)
    return Counts(orders, high, orders)


def missed_by_site(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """What `missed_maintenance` has at high risk, by site: count, since (the first due), assets."""
    missed, values = _missed(reader, start, stop, where)
    return reader.query(
        "SELECT f.site, s.name AS site_name, count(*) AS count, min(f.due_on) AS since, "
        "count(DISTINCT f.asset) + CAST(bool_or(f.asset IS NULL) AS INTEGER) AS assets "
        f"{missed} AND f.risk = 'high' GROUP BY ALL ORDER BY f.site",
        values,
    )


def _missed(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]]
) -> tuple[str, list[Any]]:
    """(FROM and WHERE, their parameters) of planned maintenance that was due and missed.

    What is due on the last day may still be done on it.
    """
    conditions, values = Scope(where).conditions(reader.columns["orders_missed"])
    sql = (
        "FROM orders_missed f JOIN sites s ON s.site = f.site "
        f"WHERE f.due_on >= ? AND f.due_on < ? AND {conditions}"
    )
    return sql, [start, stop, *values]
