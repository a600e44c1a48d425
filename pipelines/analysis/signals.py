"""Signals: each site's series of a measure against its own usual range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from pipelines.analysis.spc import Chart, xmr
from pipelines.calendar import add_months, month_span
from pipelines.metrics import find
from pipelines.metrics.ask import ask
from pipelines.warehouse.reader import Reader

HISTORY = 24  # months shown
BASELINE = 13  # of them, the first that set the usual range


@dataclass(frozen=True, slots=True)
class Series:
    """A measure of one site (or of all, `site` empty) by month, oldest first, and its chart.

    `values` are in the metric's unit, None where a month is missing; `chart` is None with fewer
    than two values. `targets` are each month's, None where there is none; the chart judges by the
    last month's.
    """

    metric: str
    site: str
    months: tuple[date, ...]
    values: tuple[float | None, ...]
    numerators: tuple[float | None, ...]
    denominators: tuple[float | None, ...]
    chart: Chart | None
    targets: tuple[float | None, ...] = ()

    @property
    def last(self) -> float | None:
        """The value of the last month."""
        return self.values[-1] if self.values else None


def series_by_site(
    reader: Reader,
    metric: str,
    until: date,
    where: Mapping[str, Sequence[str]],
    *,
    months: int = HISTORY,
) -> dict[str, Series]:
    """The series of every site up to and including the month of `until`."""
    return _series(reader, metric, until, where, months, ("site",))


def series_of_all(
    reader: Reader,
    metric: str,
    until: date,
    where: Mapping[str, Sequence[str]],
    *,
    months: int = HISTORY,
) -> Series:
    """The series of all sites of the scope together."""
    found = _series(reader, metric, until, where, months, ())
    return found.get("") or Series(metric, "", (), (), (), (), None)


def _series(
    reader: Reader,
    metric: str,
    until: date,
    where: Mapping[str, Sequence[str]],
    months: int,
    by: tuple[str, ...],
) -> dict[str, Series]:
    span = month_span(add_months(until, 1 - months), months)
    frame = ask(
        reader, metric, period=span, by=(*by, "month"), where=where, compare=("target",)
    ).frame
    if "currency" in frame.columns and frame["currency"].n_unique() > 1:
        # A series in two currencies is none: the one with the most money is drawn.
        main = frame.group_by("currency").agg(pl.col("numerator").abs().sum()).sort("numerator")
        frame = frame.filter(pl.col("currency") == main["currency"][-1])
    axis = [span.start] if months == 1 else [add_months(span.start, i) for i in range(months)]
    groups = frame.partition_by("site", as_dict=True).items() if by else [(("",), frame)]
    return {str(key[0]): _one(metric, str(key[0]), axis, rows) for key, rows in groups}


def _one(metric: str, site: str, axis: Sequence[date], rows: pl.DataFrame) -> Series:
    columns = {
        name: dict(zip(rows["start"], rows[name].cast(pl.Float64), strict=True))
        for name in ("value", "numerator", "denominator", "target")
    }
    values = tuple(columns["value"].get(month) for month in axis)
    known = [i for i, value in enumerate(values) if value is not None]
    first = known[0] if known else 0
    good = find(metric).good
    targets = tuple(columns["target"].get(month) for month in axis)
    chart = _chart(values[first:], axis[first:], good, targets[-1]) if len(known) > 1 else None
    return Series(
        metric=metric,
        site=site,
        months=tuple(axis),
        values=values,
        numerators=tuple(columns["numerator"].get(month) for month in axis),
        denominators=tuple(columns["denominator"].get(month) for month in axis),
        chart=chart,
        targets=targets,
    )


def _chart(
    values: Sequence[float | None],
    months: Sequence[date],
    good: Literal["up", "down"] | None,
    target: float | None,
) -> Chart:
    """The usual range is that of the first year shown, so that what followed can leave it.

    Over all months, a change that lasted half of them would pull the range along and make the
    months before it look unusual instead. Shorter series set their range on all they have.
    """
    baseline = BASELINE if len(values) >= BASELINE + 6 else None
    return xmr(values, dates=months, direction=good, fix_after=baseline, target=target)
