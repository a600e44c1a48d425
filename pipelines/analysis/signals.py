"""Signals: each site's series of a measure against its own usual range.

Which chart sets that range is decided by `chart_choice` for measures that the registry marks as
counted; amounts and ratios of amounts stand on single values (XmR).
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from pipelines.analysis.control.between import days_between, time_case
from pipelines.analysis.control.choice import Choice, Fit, choose
from pipelines.analysis.control.counts import case as counts_case
from pipelines.analysis.control.options import Direction, options, series
from pipelines.analysis.control.points import Case, Chart, judged
from pipelines.analysis.control.spc import case as xmr_case
from pipelines.calendar import add_months, month_span
from pipelines.metrics import Aggregation, Metric, Unit, find
from pipelines.metrics.ask import ask
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.rebases import ALL, Rebase, rebases

HISTORY = 24  # months shown
BASELINE = 13  # of them, the first that set the usual range
FEWEST_GAPS = 5  # times between events, of which fewer have no usual length
Months = tuple[float | None, ...]
Columns = tuple[Months, ...]
_COLUMNS = "value", "numerator", "denominator", "target"

NEIGHBOURS = "the usual range follows from the differences between one month and the next."
AMOUNTS = f"These are amounts, not counts: {NEIGHBOURS}"
STATES = f"People set this number, and chance hardly moves it: {NEIGHBOURS}"
RARE = (
    "There were too few of them to tell the usual time from one to the next: the usual range "
    "follows from the counts."
)
UNEVEN = f"Some months count more cases than they count among: {NEIGHBOURS}"


@dataclass(frozen=True, slots=True)
class Series:
    """A measure of one site (or of all, `site` empty) by month, oldest first, and its chart.

    `values` are in the metric's unit, None where a month is missing; `chart` is None with fewer
    than two values. `fit` says which chart it is and `reason` why, as a sentence. A chart of kind
    "between" has a point for each event, the days since the one before, and not one a month.
    `rebases` are those that people recorded for the series, oldest first.
    `targets` are each month's, None where there is none; the chart judges by the last month's.
    """

    metric: str
    site: str
    months: tuple[date, ...]
    values: Months
    numerators: Months
    denominators: Months
    chart: Chart | None
    fit: Fit | None = None
    reason: str = ""
    rebases: tuple[Rebase, ...] = ()
    targets: tuple[float | None, ...] = ()

    @property
    def last(self) -> float | None:
        """The value of the last month."""
        return self.values[-1] if self.values else None

    @property
    def current(self) -> slice:
        """The months since the last rebase; all of them where there was none."""
        starts = {one.month for one in self.rebases}
        begun = [i for i, month in enumerate(self.months) if month in starts] if starts else []
        return slice(begun[-1] if begun else 0, len(self.months))


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
    axis = [span.start] if months == 1 else [add_months(span.start, i) for i in range(months)]
    known: dict[str, list[Rebase]] = defaultdict(list)
    for one in rebases(reader):
        if one.metric == metric:
            known[one.site].append(one)
    rows = frame if by else frame.with_columns(site=pl.lit(""))
    planned = [
        _planned(metric, site, axis, *columns, rebases=known[site or whose(where)])
        for site, columns in _columns(axis, _in_one_currency(rows)).items()
    ]
    return {one.site: one for one in _drawn(planned)}


def _in_one_currency(rows: pl.DataFrame) -> pl.DataFrame:
    """A series in two currencies is none: of each site, the one with the most money is drawn."""
    if "currency" not in rows.columns or rows["currency"].n_unique() < 2:
        return rows
    sums = rows.group_by("site", "currency").agg(pl.col("numerator").abs().sum())
    main = sums.sort("numerator").group_by("site").agg(main=pl.last("currency"), of=pl.len())
    return (
        rows.join(main, on="site", how="left", maintain_order="left")
        .filter((pl.col("of") < 2) | (pl.col("currency") == pl.col("main")))
        .drop("main", "of")
    )


def whose(where: Mapping[str, Sequence[str]]) -> str:
    """Whose rebases hold for a scope as one: a single site's, those of all, or nobody's."""
    filters = {name: tuple(values) for name, values in where.items() if values}
    if not filters:
        return ALL
    sites = filters.get("site", ())
    return sites[0] if len(sites) == 1 else ""


def _columns(axis: Sequence[date], rows: pl.DataFrame) -> dict[str, Columns]:
    """By site its values, numerators, denominators and targets, a place for each month."""
    numbers = [name for name in _COLUMNS if name in rows.columns]
    told = rows.select("site", "start", pl.col(numbers).cast(pl.Float64))
    sites: dict[str, int] = {}
    places = [sites.setdefault(site, len(sites)) for site in told["site"]]
    months = {month: i for i, month in enumerate(axis)}
    at = [months.get(start, len(axis)) for start in told["start"]]
    columns = []
    for name in _COLUMNS:
        # What belongs to no month of the axis goes to a place behind them.
        filled = np.full((len(sites), len(axis) + 1), None, dtype=object)
        if name in numbers:
            filled[places, at] = told[name].to_list()
        columns.append([tuple(row[:-1]) for row in filled.tolist()])
    return {site: tuple(column[i] for column in columns) for site, i in sites.items()}


def charted(
    metric: str,
    site: str,
    months: Sequence[date],
    values: Sequence[float | None],
    numerators: Sequence[float | None],
    denominators: Sequence[float | None],
    *,
    targets: Sequence[float | None] = (),
    rebases: Sequence[Rebase] = (),
) -> Series:
    """The series with the chart that fits it, from its months, oldest first.

    The usual range is that of the first 13 months, so that what followed can leave it: over all
    months, a change that lasted half of them would pull the range along and make the months
    before it look unusual instead. Series under 19 months set their range on all they have.
    """
    columns = values, numerators, denominators, targets
    return _drawn([_planned(metric, site, months, *columns, rebases=rebases)])[0]


def _drawn(planned: Sequence[tuple[Series, Case | None]]) -> list[Series]:
    """The series with their charts, all of which are judged together."""
    charts = iter(judged([case for _, case in planned if case]))
    return [replace(one, chart=next(charts)) if case else one for one, case in planned]


def _planned(
    metric: str,
    site: str,
    months: Sequence[date],
    values: Sequence[float | None],
    numerators: Sequence[float | None],
    denominators: Sequence[float | None],
    targets: Sequence[float | None],
    *,
    rebases: Sequence[Rebase],
) -> tuple[Series, Case | None]:
    """The series without its chart, and what that is judged from; None without two values."""
    known = [i for i, value in enumerate(values) if value is not None]
    first = known[0] if known else 0
    found = find(metric)
    choice, case = Choice(None, "There is no month with a figure yet."), None
    if len(known) > 1:
        counts, sizes = counted(found, values[first:], numerators[first:], denominators[first:])
        choice = _choice(found, counts, sizes)
        begun = [one.month for one in rebases]
        target = targets[-1] if targets else None
        choice, case = _case(
            choice, found, months[first:], values[first:], counts, sizes, begun, target
        )
    series = Series(
        metric=metric,
        site=site,
        months=tuple(months),
        values=tuple(values),
        numerators=tuple(numerators),
        denominators=tuple(denominators),
        chart=None,
        fit=choice.chart,
        reason=choice.reason,
        rebases=tuple(sorted(rebases, key=lambda one: one.month)),
        targets=tuple(targets),
    )
    return series, case


def _case(
    choice: Choice,
    metric: Metric,
    months: Sequence[date],
    values: Sequence[float | None],
    counts: Months,
    sizes: Months,
    begun: Sequence[date],
    target: float | None,
) -> tuple[Choice, Case]:
    baseline = BASELINE if len(values) >= BASELINE + 6 else None
    chosen = options(metric.good, target, "mdc", None, baseline)
    match choice.chart:
        case "proportion" | "rate":
            drawn, *_ = counts_case(
                counts, sizes, months, chosen, begun, kind=choice.chart, per=metric.scale
            )
            return choice, drawn
        case "between":
            # A long time between events that should be few is good.
            good: dict[str | None, Direction] = {"down": "up", "up": "down"}
            gaps = days_between(events(months, counts))
            if len(gaps.days) < FEWEST_GAPS:
                rare = Choice(metric.counted, RARE)
                return _case(rare, metric, months, values, counts, sizes, begun, target)
            free = options(good.get(metric.good), None, "mdc", None, None)
            return choice, time_case(gaps.days, gaps.ends, free, begun)
    return choice, xmr_case(series(values, months), chosen, begun)


def counted(
    metric: Metric,
    values: Sequence[float | None],
    numerators: Sequence[float | None],
    denominators: Sequence[float | None],
) -> tuple[Months, Months]:
    """Counts, and what they are among, of the months that have a value; a sum is among 1."""
    counts = tuple(n if v is not None else None for v, n in zip(values, numerators, strict=True))
    if metric.denominator is None:
        return counts, tuple(None if count is None else 1.0 for count in counts)
    return counts, tuple(d if v is not None else None for v, d in zip(values, denominators,
                                                                      strict=True))  # fmt: skip


def _choice(metric: Metric, counts: Months, sizes: Months) -> Choice:
    if metric.counted is None:
        set_by_people = metric.unit is Unit.COUNT and metric.aggregation is Aggregation.SNAPSHOT
        return Choice("xmr", STATES if set_by_people else AMOUNTS)
    pairs = [(o, n) for o, n in zip(counts, sizes, strict=True) if o is not None and n is not None]
    whole = all(o.is_integer() and o >= 0 and n >= 0 for o, n in pairs)
    if not whole:
        return Choice("xmr", AMOUNTS)
    if metric.counted == "proportion" and any(o > n or not n.is_integer() for o, n in pairs):
        return Choice("xmr", UNEVEN)
    snapshot = metric.aggregation is Aggregation.SNAPSHOT
    return choose(counts, sizes, kind=metric.counted, states=snapshot)


def events(months: Sequence[date], counts: Months) -> list[datetime]:
    """Moments of the events that months count, spread evenly over each: the day is not known."""
    moments = []
    for month, count in zip(months, counts, strict=True):
        days = calendar.monthrange(month.year, month.month)[1]
        for i in range(int(count or 0)):
            away = timedelta(days=days * (i + 0.5) / int(count or 1))
            moments.append(datetime.combine(month, time.min) + away)
    return moments
