"""What a value covers: which site-months are there, what is 0 and what is unknown, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from pipelines.calendar import Period
from pipelines.metrics.compile import SITE_DIMENSIONS
from pipelines.metrics.model import Aggregation, Metric
from pipelines.metrics.question import Question
from pipelines.metrics.shown import shown
from pipelines.warehouse.needs import NEEDS


@dataclass(frozen=True, slots=True)
class Missing:
    """A site-month in which something that the metric needs did not arrive, or not to its end."""

    site: str
    month: date
    need: str


def coverage_of(question: Question, metric: Metric) -> pl.DataFrame:
    """(need, site, month, present, whole, region …) of what the metric needs, in the scope."""
    needs = ", ".join(f"'{need}'" for need in metric.needs) or "NULL"
    conditions, values = question.scope.conditions(frozenset())
    standing = f"WITH {question.tables} " if question.tables else ""
    places = "".join(f", {SITE_DIMENSIONS[p]} AS {p}" for p in question.places if p != "site")
    return question.reader.again(
        f"{standing}SELECT f.need, f.site, f.month, f.present, f.whole{places} FROM coverage f "
        "JOIN sites s ON s.site = f.site "
        f"WHERE f.need IN ({needs}) AND f.month BETWEEN ? AND ? AND {conditions}",
        [
            min(_since(period, metric) for period in question.periods).replace(day=1),
            max(period.stop for period in question.periods),
            *values,
        ],
    )


def _since(period: Period, metric: Metric) -> date:
    """The first day that a period's value looks at."""
    if metric.window is None:
        return period.start
    return min(period.start, period.stop - timedelta(metric.window - 1))


def covered(
    frame: pl.DataFrame,
    metric: Metric,
    coverage: pl.DataFrame,
    question: Question,
) -> pl.DataFrame:
    """Add `expected`, `present` and `reason`, and rows for what is expected and not there.

    Where exports arrived and nothing happened the value is 0; where none arrived it is null.
    """
    spans = pl.DataFrame(
        {
            "start": [p.start for p in question.periods],
            "stop": [p.stop for p in question.periods],
            "since": [_since(p, metric).replace(day=1) for p in question.periods],
        },
        schema={"start": pl.Date, "stop": pl.Date, "since": pl.Date},
    )
    keys = ["start", "stop", *question.places]
    counts = (
        coverage.join_where(
            spans, pl.col("month") >= pl.col("since"), pl.col("month") <= pl.col("stop")
        )
        .group_by(keys)
        .agg(expected=pl.len(), present=pl.col("whole").sum(), some=pl.col("present").sum())
    )
    if not question.dimensions:
        counts = spans.select("start", "stop").join(counts, on=["start", "stop"], how="left")
    how: Literal["full", "left"] = (
        "full" if question.dimensions == tuple(question.places) else "left"
    )
    joined = frame.join(counts, on=keys, how=how, coalesce=True, nulls_equal=True).with_columns(
        pl.col("expected", "present", "some").fill_null(0)
    )
    if metric.is_money:
        alone = pl.col("currency").drop_nulls().min()
        known = alone.over(question.places) if question.places else alone
        joined = joined.with_columns(
            pl.col("currency").fill_null(known).fill_null(question.currency)
        )
    told = _reasoned(_withheld(_zeroed(joined, metric, question), question, metric), metric)
    return told.drop("some", "unreached", "withheld", strict=False)


def _withheld(frame: pl.DataFrame, question: Question, metric: Metric) -> pl.DataFrame:
    """Rows that only coverage knows are withheld as well where the whole answer is."""
    reason = shown(question, metric).reason
    if "withheld" not in frame.columns:
        return frame.with_columns(withheld=pl.lit(None, pl.String))
    hidden = pl.lit(reason is not None) | pl.col("withheld").is_not_null()
    return frame.with_columns(
        withheld=pl.coalesce("withheld", pl.lit(reason, pl.String)),
        **{n: pl.when(~hidden).then(pl.col(n)) for n in ("value", "numerator", "denominator")},
    )


def _zeroed(frame: pl.DataFrame, metric: Metric, question: Question) -> pl.DataFrame:
    """Sums are 0 where exports arrived and no row counts, and unknown where none arrived.

    Agency invoices without the site's payroll, or the open issues of a month after the last
    export, are numbers, but not the answer: `numerator` keeps them.
    """
    if metric.aggregation is Aggregation.RATIO:
        return frame
    needs = [NEEDS[need] for need in metric.needs]
    value = pl.col("value")
    adds = metric.aggregation not in (Aggregation.DISTRIBUTION, Aggregation.SURVIVAL)
    if adds and not metric.never_zero:
        value = pl.when((pl.col("some") > 0) & value.is_null()).then(0).otherwise(value)
    unknown = pl.lit(False)
    if metric.aggregation is Aggregation.SUM and any(need.periodic for need in needs):
        unknown |= (pl.col("expected") > 0) & (pl.col("some") == 0)
        if "site" in question.places:
            unknown |= (pl.col("expected") == 0) & ~pl.col("site").str.starts_with("~")
    if not any(need.periodic or need.standing for need in needs):
        unknown |= pl.col("expected") == 0
    dtype, parts = frame["value"].dtype, frame["numerator"].dtype
    return frame.with_columns(
        value=pl.when(~unknown).then(value.cast(dtype)),
        numerator=pl.coalesce("numerator", pl.when(~unknown).then(value.cast(parts))),
    )


def _reasoned(frame: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    what = " and ".join(NEEDS[need].what for need in metric.needs)
    nothing = "nothing to divide by" if metric.denominator else "no such rows"
    unreached = pl.col("unreached") if "unreached" in frame.columns else pl.lit(False)
    return frame.with_columns(
        reason=pl.when(pl.col("value").is_not_null())
        .then(None)
        .when(pl.col("withheld").is_not_null())
        .then("withheld")
        .when(unreached.fill_null(False))
        .then(pl.lit("fewer than half were finished: the median is not reached"))
        .when(pl.col("expected") == 0)
        .then(pl.lit(f"no export has brought {what} for this yet"))
        .when(pl.col("denominator") == 0)
        .then(pl.lit(nothing))
        .when(pl.col("some") < pl.col("expected"))
        .then(pl.lit(f"{what} did not arrive"))
        .when(pl.col("present") < pl.col("expected"))
        .then(pl.lit(f"{what} did not arrive for all days"))
        .otherwise(pl.lit(nothing))
    )


def missing_of(coverage: pl.DataFrame) -> tuple[Missing, ...]:
    """The site-months of a coverage that did not arrive, or not to their end."""
    gaps = coverage.filter(~pl.col("whole")).sort("month", "site", "need")
    return tuple(Missing(r["site"], r["month"], r["need"]) for r in gaps.iter_rows(named=True))
