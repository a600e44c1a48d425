"""A question: what one call of `ask` looks at, and the bare numbers that answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipelines.calendar import Period
from pipelines.metrics.compile import SITE_DIMENSIONS, Scope, compile_metric
from pipelines.metrics.days import OpenDays
from pipelines.metrics.model import Aggregation, Metric
from pipelines.metrics.shown import counts_patients, masked, shown, without_small_counts
from pipelines.metrics.survival import medians
from pipelines.warehouse.reader import Reader


@dataclass(frozen=True, slots=True)
class Question:
    """What one call of `ask` looks at: the build, the vintage, the rows and the periods."""

    reader: Reader
    dimensions: tuple[str, ...]
    periods: tuple[Period, ...]
    scope: Scope
    rollups: bool
    tables: str
    currency: str
    columns: Mapping[str, frozenset[str]]
    open_days: OpenDays | None = None

    @property
    def places(self) -> list[str]:
        """The dimensions that belong to sites."""
        return [name for name in self.dimensions if name in SITE_DIMENSIONS]

    def keys(self, metric: Metric) -> list[str]:
        """The columns that tell the rows of an answer apart."""
        money = ["currency"] if metric.is_money else []
        return list(dict.fromkeys([*self.dimensions, "start", "stop", *money]))

    def at(self, periods: Sequence[Period]) -> Question:
        """The same question about other periods, each once."""
        return replace(self, periods=tuple(dict.fromkeys(periods)))

    def by_site(self, periods: Sequence[Period]) -> Question:
        """The same question by site alone, about other periods."""
        return replace(self.at(periods), dimensions=("site",))

    def values(self, metric: Metric) -> pl.DataFrame:
        """Numerator, denominator and value of a metric, by the question's dimensions.

        Where `open_days` are given, those of a sum are per day: each site's by its own days.
        What the viewer isn't shown is null, and has a reason in a column `withheld`.
        """
        frame = masked(self._all_values(metric), self, shown(self, metric))
        if self.reader.limits.external and counts_patients(metric):
            return without_small_counts(frame, metric)
        return frame

    def _all_values(self, metric: Metric) -> pl.DataFrame:
        if self.open_days is None or metric.aggregation is not Aggregation.SUM:
            return self._values(metric)
        dimensions = tuple(dict.fromkeys((*self.dimensions, "site")))
        frame = replace(self, dimensions=dimensions, open_days=None)._values(metric)
        days = self.open_days.frame(self.periods)
        daily_part = pl.col("numerator").cast(pl.Float64) / pl.when(pl.col("days") > 0).then("days")
        known = pl.col("numerator").count() > 0
        daily = (
            frame.join(days, on=["site", "start", "stop"], how="left")
            .with_columns(numerator=daily_part)
            .group_by(self.keys(metric))
            .agg(numerator=pl.when(known).then(pl.col("numerator").sum()))
        )
        return daily.with_columns(denominator=pl.lit(None), value=pl.col("numerator"))

    def _values(self, metric: Metric) -> pl.DataFrame:
        query = compile_metric(
            metric,
            self.dimensions,
            self.periods,
            self.scope,
            self.columns,
            rollups=self.rollups,
            rolled_to=self.reader.rolled_to,
            tables=self.tables,
        )
        frame = self.reader.figures(query.sql, query.parameters)
        return _divided(frame, metric)


def _divided(frame: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Add `value`: the numerator, or its ratio to the denominator; null where that is 0.

    A median time that isn't reached is null too, and marked in a column `unreached`.
    """
    if metric.aggregation is Aggregation.SURVIVAL:
        times, found = frame["numerator"], medians(frame["numerator"])
        unreached = times.is_not_null() & found.is_null()
        return frame.with_columns(numerator=found, value=found, unreached=unreached)
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
