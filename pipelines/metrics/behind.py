"""What lies behind a number: its rows summed by file, and read in pages.

A group's month of pay has a million rows. They are the rows of `rows()`, found by the same query;
here the database sums them, or gives a page of them, so that nobody holds them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from pipelines.calendar import Period
from pipelines.fiscal import Fiscal
from pipelines.metrics.ask import CALENDAR
from pipelines.metrics.compile import Query
from pipelines.metrics.model import Aggregation, Metric
from pipelines.metrics.rows import TOLD, named, queries_of
from pipelines.warehouse.reader import Reader

Order = Literal["largest", "file"]
AMOUNT = "DECIMAL(38,4)"
_ORDERS: dict[Order, str] = {
    "largest": "abs(numerator) DESC NULLS LAST, abs(denominator) DESC NULLS LAST, ",
    "file": "",
}


@dataclass(frozen=True, slots=True)
class Behind:
    """The rows of one number, as a query that the database answers in parts."""

    reader: Reader
    metric: Metric
    sql: str
    values: list[Any]
    columns: tuple[str, ...]

    def sums(self) -> pl.DataFrame:
        """(load, feed, site, month, rows, numerator, denominator): a line a file, site and month.

        `month` is that of the rows' day. Sums are null where no row is a part of that side; those
        of durations and medians are sums of the rows' own values.
        """
        return self.reader.query(
            "SELECT load, feed, site, CAST(date_trunc('month', day) AS DATE) AS month, "
            "count(*) AS rows, sum(numerator) AS numerator, sum(denominator) AS denominator "
            f"FROM ({self.sql}) GROUP BY ALL ORDER BY ALL",
            self.values,
        )

    def page(self, first: int = 0, count: int = 100, order: Order = "largest") -> pl.DataFrame:
        """So many rows from the `first` on (from 0), with the file of each; columns as `rows`.

        The largest parts of the number come first, or the rows stand as in their files.
        """
        frame = self.reader.query(
            f"SELECT * FROM ({self.sql}) ORDER BY {_ORDERS[order]}start, feed, load, record, fact, "
            "site, day, what LIMIT ? OFFSET ?",
            [*self.values, count, first],
        )
        return self._named(frame)

    def all(self, most: int | None = None) -> pl.DataFrame:
        """Every row in the order of the files, or the first so many."""
        limit = "" if most is None else f" LIMIT {int(most)}"
        frame = self.reader.query(
            f"SELECT * FROM ({self.sql}) ORDER BY start, feed, load, record, fact, site, day, what"
            f"{limit}",
            self.values,
        )
        return self._named(frame)

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        return named(self.reader, frame).select(*self.columns, "numerator", pl.col("denominator"))


def behind(
    reader: Reader,
    metric: str | Metric,
    *,
    period: Period,
    where: Mapping[str, Sequence[str]] | None = None,
    as_of: int | date | None = None,
    fiscal: Fiscal = CALENDAR,
    basis: str | None = None,
) -> Behind:
    """What lies behind one number; the arguments, and what is refused, are those of `rows`."""
    asked = queries_of(
        reader, metric, period=period, where=where, as_of=as_of, fiscal=fiscal, basis=basis
    )
    sides = {side: _side(asked.metric, query, side) for side, query in asked.queries.items()}
    columns = list(dict.fromkeys((*asked.keys, *TOLD)))
    values = [value for _, found in sides.values() for value in found]
    top = sides["numerator"][0]
    bottom = sides["denominator"][0] if "denominator" in sides else None
    kept = [name for name in columns if name not in ("path", "part")]
    sql = _together(top, bottom, kept)
    return Behind(reader, asked.metric, sql, values, tuple(columns))


def _side(metric: Metric, query: Query, side: str) -> tuple[str, list[Any]]:
    """The rows that are a part of one side, and what each adds to it."""
    value = "v[1]" if metric.aggregation is Aggregation.SURVIVAL else "v"
    counts = " AND v <> 0" if metric.numerator.table == "costs" else ""
    sql = f"SELECT * EXCLUDE (v), {value} AS {side} FROM ({query.sql}) WHERE v IS NOT NULL{counts}"
    return sql, query.parameters


def _together(top: str, bottom: str | None, columns: Sequence[str]) -> str:
    """A row once, also where it is a part of both sides; without a currency it has a null one."""
    if bottom is None:
        return f"SELECT *, CAST(NULL AS {AMOUNT}) AS denominator FROM ({top})"
    picked = ", ".join(f'"{name}"' for name in columns)
    return (
        f"SELECT {picked}, sum(numerator) AS numerator, sum(denominator) AS denominator "
        f"FROM (SELECT * FROM ({top}) UNION ALL BY NAME SELECT * FROM ({bottom})) GROUP BY ALL"
    )
