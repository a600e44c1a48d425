"""`ask()`: the only door to numbers.

With each value come its numerator and denominator, what it covers, what is missing, the
comparisons asked for, and a reason where there is no value. The app, the command line and the
packs all go through here, so they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from pipelines.warehouse.vintage import event_of, vintage

COMPARISONS = ("previous", "year", "budget")


@dataclass(frozen=True, slots=True)
class Missing:
    """A site-month in which something that the metric needs did not arrive."""

    site: str
    month: date
    need: str


@dataclass(frozen=True, slots=True)
class Question:
    """What one call of `ask` looks at: the build, the vintage, the rows and the periods."""

    reader: Reader
    dimensions: tuple[str, ...]
    periods: tuple[Period, ...]
    scope: Scope
    rollups: bool
    tables: str

    def values(self, metric: Metric, periods: Sequence[Period] | None = None) -> pl.DataFrame:
        """Numerator, denominator and value of a metric, by the question's dimensions."""
        query = compile_metric(
            metric,
            self.dimensions,
            periods or self.periods,
            self.scope,
            self.reader.columns,
            rollups=self.rollups,
            tables=self.tables,
        )
        frame = self.reader.query(query.sql, query.parameters)
        return _divided(frame, metric)


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
    published: datetime

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
    as_of: int | date | None = None,
    rollups: bool = True,
) -> Answer:
    """Ask for one metric.

    `by` names dimensions; one of them may be a grain of time (day, week, month, quarter, year),
    which gives a row for each. `where` keeps rows by dimension. `compare` adds columns: `previous`
    (the period before), `year` (a year earlier), `budget` (of the same site-months).
    `as_of` is what was known then: a load's number or a day.
    UsageProblem for an unknown metric, dimension or comparison.
    """
    known = metric if isinstance(metric, Metric) else find(metric)
    grain, dimensions = _split(by)
    question = Question(
        reader=reader,
        dimensions=dimensions,
        periods=tuple(period.split(grain)) if grain else (period,),
        scope=Scope(where or {}),
        rollups=rollups,
        tables=vintage(event_of(reader, as_of), reader.columns) if as_of is not None else "",
    )
    coverage = _coverage(question, known, period)
    frame = _covered(question.values(known), known, coverage, question)
    for name in compare:
        frame = _compare(question, known, name, frame)
    published = reader.query("SELECT published FROM build")["published"][0]
    return Answer(
        metric=known,
        period=period,
        frame=_ordered(frame, dimensions, grain),
        missing=_missing(coverage),
        build=reader.build,
        published=published,
    )


def _split(by: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    grains = [name for name in by if name in TIME]
    if len(grains) > 1:
        raise UsageProblem("Ask by one grain of time at once, not by two.")
    return (grains[0] if grains else None), tuple(n for n in by if n not in TIME)


def _divided(frame: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Add `value`: the numerator, or its ratio to the denominator; null where that is 0."""
    if metric.denominator is None:
        return frame.with_columns(value=pl.col("numerator"))
    numerator = (
        pl.when(pl.col("denominator").is_not_null())
        .then(pl.col("numerator").fill_null(0))
        .otherwise(pl.col("numerator"))
    )
    return frame.with_columns(numerator=numerator).with_columns(
        value=pl.when(pl.col("denominator") != 0).then(
            pl.col("numerator").cast(pl.Float64)
            / pl.col("denominator").cast(pl.Float64)
            * metric.scale
        )
    )


def _coverage(question: Question, metric: Metric, period: Period) -> pl.DataFrame:
    """(need, site, month, present) of what the metric needs, in the period and the scope."""
    needs = ", ".join(f"'{need}'" for need in metric.needs)
    conditions, values = question.scope.conditions(frozenset({"site"}))
    standing = f"WITH {question.tables} " if question.tables else ""
    return question.reader.query(
        f"{standing}SELECT f.need, f.site, f.month, f.present FROM coverage f "
        "JOIN sites s ON s.site = f.site "
        f"WHERE f.need IN ({needs}) AND f.month BETWEEN ? AND ? AND {conditions}",
        [period.start.replace(day=1), period.stop, *values],
    )


def _covered(
    frame: pl.DataFrame,
    metric: Metric,
    coverage: pl.DataFrame,
    question: Question,
) -> pl.DataFrame:
    """Add `expected`, `present` and `reason`; a period in which nothing happened is 0."""
    if not question.dimensions:
        frame = _with_zeros(frame, metric, coverage, question.periods)
    keys = ["site"] if "site" in question.dimensions else []
    spans = pl.DataFrame(
        {
            "start": [p.start for p in question.periods],
            "stop": [p.stop for p in question.periods],
        },
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


def _compare(question: Question, metric: Metric, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    keys = [*question.dimensions, *(["currency"] if "currency" in frame.columns else [])]
    if name == "budget":
        return _budget(question, metric, frame, keys)
    if name not in COMPARISONS:
        raise UsageProblem(f"There is no comparison {name}; known are {', '.join(COMPARISONS)}.")
    shift = Period.previous if name == "previous" else Period.last_year
    then = [shift(period) for period in question.periods]
    back = pl.DataFrame(
        {"start": [p.start for p in then], "now": [p.start for p in question.periods]},
        schema={"start": pl.Date, "now": pl.Date},
    )
    moved = question.values(metric, then).join(back, on="start")
    picked = moved.select(*keys, start="now", **{name: pl.col("value")})
    return frame.join(picked, on=[*keys, "start"], how="left", nulls_equal=True)


def _budget(
    question: Question, metric: Metric, frame: pl.DataFrame, keys: list[str]
) -> pl.DataFrame:
    """The budget of the same sites and months: those for which an actual arrived."""
    broken = [n for n in question.dimensions if n not in {*SITE_DIMENSIONS, "subject"}]
    whole = all(period.whole_months for period in question.periods)
    if metric.budget is None or broken or not whole:
        return frame.with_columns(budget=pl.lit(None, pl.Decimal(38, 4)))
    other = question.values(budget_of(metric.budget))
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
