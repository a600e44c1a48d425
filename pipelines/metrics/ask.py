"""`ask()`: the only door to numbers.

With each value come its numerator and denominator, what it covers, what is missing, the
comparisons asked for, and a reason where there is no value. The app, the command line and the
packs all go through here, so they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.metrics import find
from pipelines.metrics.budget import budget_of
from pipelines.metrics.compile import SITE_DIMENSIONS, TIME, Scope, compile_metric
from pipelines.metrics.model import Aggregation, Metric, Unit
from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.reader import Reader

COMPARISONS = ("previous", "year", "budget")


@dataclass(frozen=True, slots=True)
class Missing:
    """A site-month in which something that the metric needs did not arrive."""

    site: str
    month: date
    need: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One metric's values.

    `frame` has the dimensions asked for, `start` and `stop` of the period, `currency` for money,
    `value` (Decimal for sums, Float64 for ratios, null with a `reason`), `numerator`,
    `denominator`, `expected` and `present` (site-months of what it needs), and for each comparison
    a column of its name. `missing` lists what did not arrive in the period.
    """

    metric: Metric
    period: Period
    frame: pl.DataFrame
    missing: tuple[Missing, ...]
    build: str
    as_of: datetime
    comparisons: dict[str, str] = field(default_factory=dict)

    @property
    def value(self) -> Decimal | float | int | None:
        """The single value of a question without dimensions; None when there is none."""
        return self.frame["value"][0] if self.frame.height else None

    @property
    def reason(self) -> str | None:
        """Why there is no value, or None."""
        return self.frame["reason"][0] if self.frame.height else "no rows"

    @property
    def currency(self) -> str | None:
        """The currency of a single money value."""
        return self.frame["currency"][0] if "currency" in self.frame.columns else None


def ask(
    reader: Reader,
    metric: str | Metric,
    *,
    period: Period,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    compare: Sequence[str] = (),
    rollups: bool = True,
) -> Answer:
    """Ask for one metric.

    `by` names dimensions; one of them may be a grain of time (day, week, month, quarter, year),
    which gives a row for each. `where` keeps rows by dimension. `compare` adds columns: `previous`
    (the period before), `year` (a year earlier), `budget` (of the same site-months).
    UsageProblem for an unknown metric, dimension or comparison.
    """
    known = metric if isinstance(metric, Metric) else find(metric)
    grain, dimensions = _split(by)
    periods = list(period.split(grain)) if grain else [period]
    scope = Scope(where or {})
    frame = _values(reader, known, dimensions, periods, scope, rollups)
    coverage = _coverage(reader, known, period, scope)
    frame = _covered(frame, known, coverage, dimensions, periods)
    for name in compare:
        frame = _compare(reader, known, name, frame, dimensions, periods, scope, rollups)
    published = reader.query("SELECT published FROM build")["published"][0]
    return Answer(
        metric=known,
        period=period,
        frame=_ordered(frame, dimensions, grain),
        missing=_missing(coverage),
        build=reader.build,
        as_of=published,
        comparisons={name: name for name in compare},
    )


def _split(by: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    grains = [name for name in by if name in TIME]
    if len(grains) > 1:
        raise UsageProblem("Ask by one grain of time at once, not by two.")
    return (grains[0] if grains else None), tuple(n for n in by if n not in TIME)


def _values(
    reader: Reader,
    metric: Metric,
    dimensions: tuple[str, ...],
    periods: Sequence[Period],
    scope: Scope,
    rollups: bool,
) -> pl.DataFrame:
    query = compile_metric(metric, dimensions, periods, scope, reader.columns, rollups=rollups)
    frame = reader.query(query.sql, query.parameters)
    if metric.denominator is None:
        return frame.with_columns(value=pl.col("numerator"))
    numerator = pl.when(pl.col("denominator").is_not_null()).then(
        pl.col("numerator").fill_null(0)
    ).otherwise(pl.col("numerator"))  # fmt: skip
    return frame.with_columns(numerator=numerator).with_columns(
        value=pl.when(pl.col("denominator") != 0).then(
            pl.col("numerator").cast(pl.Float64)
            / pl.col("denominator").cast(pl.Float64)
            * metric.scale
        )
    )


def _coverage(reader: Reader, metric: Metric, period: Period, scope: Scope) -> pl.DataFrame:
    """(need, site, month, present) of what the metric needs, in the period and the scope."""
    needs = ", ".join(f"'{need}'" for need in metric.needs)
    conditions, values = scope.conditions(frozenset({"site"}))
    return reader.query(
        "SELECT f.need, f.site, f.month, f.present FROM coverage f JOIN sites s ON s.site = f.site "
        f"WHERE f.need IN ({needs}) AND f.month BETWEEN ? AND ? AND {conditions}",
        [period.start.replace(day=1), period.stop, *values],
    )


def _covered(
    frame: pl.DataFrame,
    metric: Metric,
    coverage: pl.DataFrame,
    dimensions: tuple[str, ...],
    periods: Sequence[Period],
) -> pl.DataFrame:
    """Add `expected`, `present` and `reason`; a period in which nothing happened is 0."""
    if not dimensions:
        frame = _with_zeros(frame, metric, coverage, periods)
    keys = ["site"] if "site" in dimensions else []
    spans = pl.DataFrame(
        {"start": [p.start for p in periods], "stop": [p.stop for p in periods]},
        schema={"start": pl.Date, "stop": pl.Date},
    )
    counts = (
        coverage.join_where(
            spans,
            pl.col("month") >= pl.col("start").dt.month_start(),
            pl.col("month") <= pl.col("stop"),
        )
        .group_by("start", "stop", *keys)
        .agg(expected=pl.len(), present=pl.col("present").sum())
    )
    joined = frame.join(counts, on=["start", "stop", *keys], how="left").with_columns(
        pl.col("expected", "present").fill_null(0)
    )
    what = " and ".join(NEEDS[need].what for need in metric.needs)
    return joined.with_columns(
        reason=pl.when(pl.col("value").is_not_null())
        .then(None)
        .when(pl.col("expected") == 0)
        .then(pl.lit(f"no export has brought {what} for this yet"))
        .when(pl.col("present") < pl.col("expected"))
        .then(pl.lit(f"{what} did not arrive"))
        .otherwise(pl.lit("nothing to divide by" if metric.denominator else "no such rows"))
    )


def _with_zeros(
    frame: pl.DataFrame, metric: Metric, coverage: pl.DataFrame, periods: Sequence[Period]
) -> pl.DataFrame:
    """A row for each period: 0 where exports arrived and nothing happened, else null."""
    arrived = set(coverage.filter("present")["month"].to_list())
    have = set(frame["start"].to_list())
    counted = metric.aggregation in (Aggregation.SUM, Aggregation.SNAPSHOT)
    counted &= metric.unit is Unit.COUNT
    absent = [p for p in periods if p.start not in have]
    if not absent:
        return frame
    rows = pl.DataFrame(
        {
            "start": [p.start for p in absent],
            "stop": [p.stop for p in absent],
            "value": [
                0 if counted and any(p.start <= m <= p.stop for m in arrived) else None
                for p in absent
            ],
        },
        schema={"start": pl.Date, "stop": pl.Date, "value": frame["value"].dtype},
    ).with_columns(numerator=pl.col("value").cast(frame["numerator"].dtype))
    return pl.concat([frame, rows], how="diagonal")


def _compare(
    reader: Reader,
    metric: Metric,
    name: str,
    frame: pl.DataFrame,
    dimensions: tuple[str, ...],
    periods: Sequence[Period],
    scope: Scope,
    rollups: bool,
) -> pl.DataFrame:
    keys = [*dimensions, *(["currency"] if "currency" in frame.columns else [])]
    if name == "budget":
        return _budget(reader, metric, frame, dimensions, periods, scope, keys)
    if name not in COMPARISONS:
        raise UsageProblem(f"There is no comparison {name}; known are {', '.join(COMPARISONS)}.")
    shift = Period.previous if name == "previous" else Period.last_year
    then = {shift(p): p for p in periods}
    other = _values(reader, metric, dimensions, list(then), scope, rollups)
    back = pl.DataFrame(
        {"start": [p.start for p in then], "now": [p.start for p in then.values()]},
        schema={"start": pl.Date, "now": pl.Date},
    )
    moved = other.join(back, on="start").select(*keys, start="now", **{name: pl.col("value")})
    return frame.join(moved, on=[*keys, "start"], how="left", nulls_equal=True)


def _budget(
    reader: Reader,
    metric: Metric,
    frame: pl.DataFrame,
    dimensions: tuple[str, ...],
    periods: Sequence[Period],
    scope: Scope,
    keys: list[str],
) -> pl.DataFrame:
    """The budget of the same sites and months: those for which an actual arrived."""
    empty = frame.with_columns(budget=pl.lit(None, pl.Decimal(38, 4)))
    broken = [n for n in dimensions if n not in {*SITE_DIMENSIONS, "subject"}]
    if metric.budget is None or broken or not all(p.whole_months for p in periods):
        return empty
    other = _values(reader, budget_of(metric.budget), dimensions, periods, scope, True)
    picked = other.select(*keys, "start", budget=pl.col("value").cast(pl.Decimal(38, 4)))
    return frame.join(picked, on=[*keys, "start"], how="left", nulls_equal=True)


def _missing(coverage: pl.DataFrame) -> tuple[Missing, ...]:
    gaps = coverage.filter(~pl.col("present")).sort("month", "site", "need")
    return tuple(Missing(r["site"], r["month"], r["need"]) for r in gaps.iter_rows(named=True))


def _ordered(frame: pl.DataFrame, dimensions: tuple[str, ...], grain: str | None) -> pl.DataFrame:
    tail = [c for c in frame.columns if c not in {*dimensions, "start", "stop"}]
    # By site the site's name stands beside its id, as people know it by name.
    ordered = frame.select(*dimensions, "start", "stop", *tail)
    return ordered.sort([*dimensions, "start"] if grain else list(dimensions) or ["start"])
