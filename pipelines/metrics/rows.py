"""The rows behind a number: each with its file, and what it adds to numerator and denominator.

They come out of the query that makes the number (`compile_rows`), so their sum is the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.calendar import Period
from pipelines.errors import NotShown, UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics import find
from pipelines.metrics.ask import CALENDAR, asked, periods_of
from pipelines.metrics.basis import basis_of, lines_by_check
from pipelines.metrics.compile import Query, compile_rows
from pipelines.metrics.model import Aggregation, Metric
from pipelines.metrics.shown import refused_rows
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.traced import TRACED, traced
from pipelines.warehouse.vintage import vintage

TOLD = ("feed", "load", "path", "part", "record", "fact", "site", "day", "what")


@dataclass(frozen=True, slots=True)
class Queries:
    """What finds the rows: a query for each side, and the columns that tell answers apart."""

    metric: Metric
    keys: tuple[str, ...]
    queries: dict[str, Query]


def rows(
    reader: Reader,
    metric: str | Metric,
    *,
    period: Period,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    as_of: int | date | None = None,
    of: tuple[int, int] | None = None,
    fiscal: Fiscal = CALENDAR,
    basis: str | None = None,
) -> pl.DataFrame:
    """The rows that a number is made of; the arguments are those of `ask`.

    The dimensions asked for, `start`, `stop`, `currency` where it is money, `feed`, `load`, `path`,
    `part`, `record`, `fact`, `site`, `day`, `what`, and what the row adds to `numerator` and to
    `denominator` (null where it is no part of it). Of a median it is the row's own value; of
    a median time −1 − days where it is not finished. Rows that
    add nothing to a cost are left out. `of` keeps to one (load, record).
    UsageProblem as for `ask`.
    """
    asked = queries_of(
        reader, metric, period=period, by=by, where=where, as_of=as_of, fiscal=fiscal, basis=basis
    )
    known = asked.metric
    sides = {side: _side(reader, query, side, of) for side, query in asked.queries.items()}
    if known.numerator.table == "costs":
        # Where both sides of a cost must be there, a line of one adds 0 to the other.
        sides = {side: frame.filter(pl.col(side) != 0) for side, frame in sides.items()}
    if known.aggregation is Aggregation.SURVIVAL:  # the days of what isn't finished yet below 0
        sides = {
            side: frame.with_columns(pl.col(side).list.first()) for side, frame in sides.items()
        }
    frame = _together(sides)
    frame = named(reader, frame)
    first = list(dict.fromkeys((*asked.keys, *TOLD, "numerator", "denominator")))
    # A line of pay may stand in parts: by their days, so that the order is the same every time.
    keys = ("start", "feed", "load", "record", "fact", "site", "day", "what")
    order = [name for name in keys if name in frame.columns]
    return frame.select(first).sort(order)


def queries_of(
    reader: Reader,
    metric: str | Metric,
    *,
    period: Period,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    as_of: int | date | None = None,
    fiscal: Fiscal = CALENDAR,
    basis: str | None = None,
) -> Queries:
    """The queries of a number's rows. UsageProblem as for `ask`, NotShown for a viewer's limits."""
    known = metric if isinstance(metric, Metric) else find(metric)
    refusal = refused_rows(reader.limits, known)
    if refusal is not None:
        raise NotShown(refusal)
    basis = basis_of(known, basis, fiscal.pay_basis, periods_of(period, by, fiscal))
    costs = known.numerator.table == "costs"
    months = (period.start.replace(day=1), period.stop) if costs else None
    tables = lines_by_check() if basis == "check" else traced(months, (where or {}).get("site", ()))
    if as_of is not None:
        if basis == "check":
            raise UsageProblem(
                "The rows of a figure by check date are known as of now only: leave out what was "
                "known then, or ask by day worked."
            )
        tables = vintage(reader, as_of, TRACED)
    question = asked(reader, period, by, where, tables, fiscal=fiscal)
    queries = compile_rows(
        known, question.dimensions, question.periods, question.scope, reader.columns, tables
    )
    return Queries(known, tuple(question.keys(known)), queries)


def named(reader: Reader, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with the file of each: `path`, and the `part` of a workbook or archive."""
    files = reader.query("SELECT event AS load, path, part FROM loads WHERE what = 'load'")
    return frame.join(files, on="load", how="left", maintain_order="left")


def _side(reader: Reader, query: Query, side: str, of: tuple[int, int] | None) -> pl.DataFrame:
    sql, values = query.sql, query.parameters
    if of is not None:
        sql, values = f"SELECT * FROM ({sql}) WHERE load = ? AND record = ?", [*values, *of]
    frame = reader.query(sql, values).rename({"v": side})
    return frame.filter(pl.col(side).is_not_null())


def _together(sides: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """A row once, also where it is a part of the numerator and of the denominator."""
    top, bottom = sides["numerator"], sides.get("denominator")
    if bottom is None:
        return top.with_columns(denominator=pl.lit(None, pl.Decimal(38, 4)))
    keys = [name for name in top.columns if name != "numerator"]
    if set(keys) != set(bottom.columns) - {"denominator"}:
        return pl.concat([top, bottom], how="diagonal_relaxed")
    return top.join(bottom, on=keys, how="full", coalesce=True, nulls_equal=True)
