"""Blocks that several pages share: a measure's line, its control chart, a league of sites."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, layout, noted, store
from dashboard import format as fmt
from dashboard.asking import months_of, number, to_number
from dashboard.charts.show import show
from dashboard.components import (
    Assurance,
    Cell,
    Column,
    Row,
    Spark,
    SubjectItem,
    Variation,
    more_link,
    responsive_table,
    spark,
    variation,
)
from dashboard.places import everywhere
from dashboard.scope import Scope, to_page, to_site
from dashboard.units import unit_of, written
from pipelines.analysis.alarms import unusual
from pipelines.analysis.signals import Series
from pipelines.calendar import Period, add_months, month_span
from pipelines.metrics import Metric, find
from pipelines.metrics.ask import Answer
from pipelines.warehouse.needs import NEEDS

SPARK_MONTHS = 12
COMPARED = {"budget": "Budget", "year": "Year before", "previous": "Before"}


def marks(series: Series | None) -> tuple[Spark | None, Variation | None, Assurance | None]:
    """The spark of the last twelve months and the icon of the last point."""
    if series is None or series.chart is None:
        return None, None, None
    last = series.chart.points[-1]
    limits = last.limits if series.chart.standing == "firm" else None
    between = series.fit == "between"
    drawn = spark(
        series.values[-SPARK_MONTHS:],
        lower=limits.lower if limits and not between else None,
        upper=limits.upper if limits and not between else None,
    )
    if limits is None or series.last is None or series.chart.standing != "firm":
        return drawn, None, None
    if last.value is None or limits.mean is None:
        return drawn, None, None
    # A short time between events is a high number of them.
    high = last.value < limits.mean if between else last.value > limits.mean
    return drawn, variation(last.type, high=high), series.chart.assurance


def measure_item(
    name: str, scope: Scope, where: Mapping[str, Sequence[str]], page: str
) -> SubjectItem:
    """A measure as a row: name, value of the scope's last month, spark and icon."""
    metric, series = find(name), store.series(name, scope.month, where)
    shape, icon, assured = marks(series)
    value, currency, reason = series.last, None, None
    # A month's number is the last of its series: it needn't be asked for again.
    if value is None or metric.is_money or scope.period != month_span(scope.month):
        answer = store.ask(name, scope.period, where=where)
        value, currency, reason = answer.value, answer.currency, answer.reason
    missing = value is None
    return SubjectItem(
        name=metric.title,
        second=per(metric),
        value=written(metric, value, currency),
        spark=None if missing else shape,
        variation=None if missing else icon,
        assurance=None if missing else assured,
        note=(reason or "") if missing else "",
        muted=missing,
        link=to_page(page),
        number=number(metric, scope.period, where).link(),
    )


def is_known(name: str, scope: Scope, where: Mapping[str, Sequence[str]]) -> bool:
    """Whether a measure has a value in the scope, or had one and is now missing."""
    frame = store.ask(name, scope.period, where=where).frame
    if frame["value"].count():
        return True
    missing = frame.filter(pl.col("present") < pl.col("expected")).height
    return bool(missing) and store.series(name, scope.month, where).chart is not None


def most_outside(
    names: Sequence[str], scope: Scope, where: Mapping[str, Sequence[str]] | None = None
) -> tuple[str, str] | None:
    """The measure and the site that lie furthest outside their usual range, in the bad direction.

    Distances are in widths of the range from its mean; None where nothing is outside.
    """
    found, known = [], store.sites()
    for name in names:
        sites = store.series_by_site(name, scope.month, scope.where if where is None else where)
        for site, series in sites.items():
            details = unusual(series) if site in known else None
            if details:
                width = details["upper"] - details["mean"]
                away = abs(details["value"] - details["mean"])
                found.append((away / width if width else away, name, site))
    return max(found)[1:] if found else None


def unusual_sites(name: str, scope: Scope) -> set[str]:
    """The sites whose last month lies outside their usual range, in the bad direction."""
    found = store.series_by_site(name, scope.month, scope.where)
    return {site for site, series in found.items() if unusual(series)}


def money_trend(name: str, scope: Scope, key: str) -> None:
    """24 months of a cost with its budget and the year before."""
    metric = find(name)
    compared = ("budget", "year") if metric.budget else ("year",)
    answer = store.ask(name, history(scope), by=("month",), where=scope.where, compare=compared)
    frame = main_currency(answer.frame)
    if frame["value"].drop_nulls().is_empty():
        layout.empty(f"{metric.title}: {wanting(metric.needs)}")
        return
    held = {"budget": "budget", "year": "previous"}
    drawn = frame.select(pl.col("value", *compared).cast(pl.Float64), month="start").rename(
        {column: held[column] for column in compared}
    )
    show(
        charts.trend(
            drawn,
            name=metric.title,
            unit=unit_of(metric),
            currency=str(frame["currency"].drop_nulls()[0]),
            notes=noted.marks(metric, scope.where, frame["start"].to_list()),
        ),
        trend_finding(metric.title, frame.row(-1, named=True), scope),
        f"{metric.title} by month to {fmt.month(scope.month)}, "
        f"{'with budget and the year before' if metric.budget else 'with the year before'}",
        key,
        links=months_of(metric, frame["start"].to_list(), scope.where),
    )


def per(metric: Metric) -> str:
    """What a ratio is formed over, in words: "per visit", "of worked hours"; empty for sums.

    Empty too where the title says it already.
    """
    said = metric.per
    words = f"per {said}" if said and not said.startswith(("of ", "at ", "per ")) else said
    return "" if words in metric.title else words


def be(title: str) -> str:
    """The verb after a measure's title: "are" after "Open issues" and "Hours per visit"."""
    head = re.split(
        r" (?:per|of|on|past|below|within|due|raised|issued|that)\b|,", title, maxsplit=1
    )[0]
    return "are" if head.endswith("s") else "is"


def wanting(needs: Sequence[str]) -> str:
    """Which export would fill a place that has no data, as a sentence."""
    what = " and ".join(dict.fromkeys(NEEDS[need].what for need in needs))
    feeds = ", ".join(dict.fromkeys(NEEDS[need].feed for need in needs))
    return (
        f"no export has brought {what} yet. Load one that fills {feeds}: "
        f"the command rounds template {NEEDS[needs[0]].feed} shows the plain layout."
    )


def league(
    name: str, scope: Scope, key: str, *, title: str, limit: int = 12, compare: str | None = "year"
) -> None:
    """Sites by a measure, worst first, with the total as a row of its own."""
    metric = find(name)
    compared = (compare,) if compare else ()
    answer = store.ask(name, scope.period, by=("site",), where=scope.where, compare=compared)
    frame = answer.frame.filter(pl.col("value").is_not_null())
    if frame.is_empty():
        layout.empty(f"{metric.title}: {answer.reason or wanting(metric.needs)}")
        return
    worst_first = frame.sort("value", descending=metric.good != "up").head(limit)
    total = store.ask(name, scope.period, where=scope.where, compare=compared)
    columns = [Column("Site"), Column(_short(metric), align="right", phone="value")]
    if compare:
        columns.append(Column(COMPARED[compare], align="right", phone="second"))
    rows = [
        Row(
            [store.name_of(str(row["site"])), *_league_cells(row, name, compare, scope)],
            link=to_site(row["site"]),
        )
        for row in worst_first.iter_rows(named=True)
    ]
    for row in total.frame.iter_rows(named=True):
        rows.append(Row([everywhere(), *_league_cells(row, name, compare, scope)], total=True))
    order = "lowest first" if metric.good == "up" else "highest first"
    layout.section(title, f"{_how_many(frame.height, limit)}, {scope.period.name()}, {order}.")
    responsive_table(columns, rows, key=key, label=title)


def _short(metric: Metric) -> str:
    """A column's heading: the title stands above the table already."""
    return "Now" if len(metric.title) > 16 else metric.title


def _how_many(sites: int, limit: int) -> str:
    return f"{fmt.count(limit)} of {fmt.counted(sites, 'site')}" if sites > limit else "By site"


def _league_cells(
    row: Mapping[str, Any], name: str, compare: str | None, scope: Scope
) -> list[Cell | str]:
    """The value, which leads to its number, and what it is compared with."""
    metric, currency = find(name), str(row.get("currency") or "USD")
    where = {"site": [str(row["site"])]} if "site" in row else None
    value = written(metric, row["value"], currency)
    cells: list[Cell | str] = [Cell(value, link=to_number(metric, scope, where))]
    if compare:
        cells.append(written(metric, row[compare], currency))
    return cells


def state(
    answer: Answer,
    extra: Sequence[str] = (),
    *,
    noun: str = "site",
    where: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """How fresh and how complete the page's figures are.

    With the `where` of the answer, a link to where the page's first figure comes from.
    """
    missing = list(dict.fromkeys([*(store.name_of(m.site) for m in answer.missing), *extra]))
    with st.container(gap="xxsmall"):
        layout.state_line(as_of=answer.published, missing=missing, noun=noun)
        if where is not None:
            basis = answer.basis if answer.basis == "check" else None
            leads = number(answer.metric, answer.period, where, basis).link()
            more_link(f"Where {said(answer.metric)} comes from", leads, key="source")


def said(metric: Metric) -> str:
    """A measure's title within a sentence: "labour cost"."""
    title = metric.title
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def when(scope: Scope) -> str:
    """The period at the start of a sentence: "October 2026", "Aug 2026 to Oct 2026"."""
    if scope.period.months() == 1:
        return fmt.month_in_sentence(scope.month, year=True)
    return scope.period.name()


def history(scope: Scope, months: int = 24) -> Period:
    """The months up to the scope's last one that a trend shows."""
    return month_span(add_months(scope.month, 1 - months), months)


def main_currency(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows in the currency with the most money: a line in two currencies is none."""
    if "currency" not in frame.columns or frame["currency"].drop_nulls().n_unique() < 2:
        return frame
    sums = frame.group_by("currency").agg(pl.col("numerator").abs().sum().alias("sum"))
    return frame.filter(pl.col("currency") == sums.sort("sum")["currency"][-1])


def cost_words(row: Mapping[str, Any], scope: Scope) -> str:
    """ "$8.19m, $54k over budget": an amount with its comparison, where there is one."""
    said = fmt.money(row["value"], row["currency"])
    apart = distance(row, scope)
    return said if apart is None else f"{said}, {difference(apart, row['currency'], scope)}"


def distance(row: Mapping[str, Any], scope: Scope) -> Any:
    """What separates a row from its comparison; None where there is nothing to compare with.

    Against the budget it is the gap over what has both sides, which `ask()` gives.
    """
    if row["value"] is None or row.get(scope.compare) is None:
        return None
    return row["gap"] if scope.compare == "budget" else row["value"] - row[scope.compare]


def difference(amount: Any, currency: str, scope: Scope) -> str:
    """ "$310k over budget", or "$310k more than last year"."""
    if scope.compare == "budget":
        return fmt.gap(amount, currency)
    more = "more" if amount >= 0 else "less"
    against = {"year": "a year earlier", "previous": "the period before"}[scope.compare]
    return f"{fmt.money(abs(amount), currency)} {more} than {against}"


def compared_with(scope: Scope) -> str:
    """The subtitle of a table of gaps."""
    against = {"budget": "budget", "year": "last year", "previous": "the period before"}
    return f"Against {against[scope.compare]}, {scope.period.name()}, thousands, largest gap first."


def trend_finding(title: str, row: Mapping[str, Any], scope: Scope) -> str:
    """What the last month says against its budget or the year before."""
    amount, currency = row["value"], str(row["currency"])
    if amount is None:
        return f"{title} of {fmt.month(scope.month)} is not known yet"
    if row.get("budget") is not None:
        gap = fmt.gap(row["gap"], currency)
        return f"{title} was {gap} in {fmt.month(scope.month)}"
    if row.get("year") is not None:
        more = "more" if amount >= row["year"] else "less"
        apart = fmt.money(abs(amount - row["year"]), currency)
        return f"{title} was {apart} {more} than a year earlier"
    return f"{title} was {fmt.money(amount, currency)} in {fmt.month(scope.month)}"
