"""One number: how it is made, what is missing, where it comes from, who explained it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import asking, blocks, control, layout, noting, provenance, records, store
from dashboard import format as fmt
from dashboard import store_numbers as held
from dashboard.asking import Asked
from dashboard.components import Cell, Column, Row, link, link_row, responsive_table
from dashboard.places import everywhere
from dashboard.scope import Scope
from dashboard.units import parts_of, written
from pipelines.calendar import Period, add_months, month_span
from pipelines.errors import RoundsError
from pipelines.metrics import Aggregation, Metric
from pipelines.metrics.ask import Answer

GOOD = {"up": "more is better", "down": "less is better", None: "neither direction is good"}
MADE = {
    Aggregation.SUM: "a sum over sites and time",
    Aggregation.RATIO: "a ratio of sums",
    Aggregation.SNAPSHOT: "a state at the period's end, summed over sites",
    Aggregation.SURVIVAL: "a median time, from the rows",
    Aggregation.DISTRIBUTION: "a median, from the rows",
}
EARLIER = {"previous": "The period before", "year": "A year earlier"}


def page() -> None:
    """Draw the page; an address that names no number is answered in one sentence."""
    if not store.is_loaded():
        layout.page_title("Nothing has been loaded yet", "Load a first file to see figures.")
        return
    if records.is_asked():
        records.page()
        return
    try:
        asked = asking.asked()
        answer = held.answer(asked)
    except RoundsError as problem:
        layout.page_title("There is no such number", str(problem))
        return
    _head(asked, answer)
    left, right = st.columns(2, gap="medium")
    with left:
        _made(asked, answer)
    with right:
        _history(asked)
        noting.section(asked, answer)
    left, right = st.columns(2, gap="medium")
    with left:
        provenance.missing(asked, answer)
    with right:
        provenance.restated(asked)
    provenance.files(asked, answer)
    provenance.rows(asked, answer)


def _head(asked: Asked, answer: Answer) -> None:
    """The number as a sentence, its definition, and as of when it is told."""
    layout.page_title(title(asked, answer), answer.metric.definition, second=_second(asked, answer))
    ways = [(found.period.name(), found.link()) for found in _beside(asked)]
    if asked.as_of is not None:
        ways.append(("As known now", replace(asked, as_of=None).link()))
    ways.append(("In the glossary", link("glossary", metric=asked.metric.name)))
    link_row(ways, key="ways")


def _beside(asked: Asked) -> list[Asked]:
    """The number of the period before, and of the next one where anything is known of it."""
    months = store.months()[0]
    before, after = (asked.over(_moved(asked, way)) for way in (-1, 1))
    ahead = bool(months) and after.period.start <= months[-1]
    return [before, after] if ahead else [before]


def _moved(asked: Asked, way: int) -> Period:
    if not asked.period.whole_months:
        days = timedelta(asked.period.days * way)
        return Period(asked.period.start + days, asked.period.stop + days)
    count = asked.period.months()
    return month_span(add_months(asked.period.start, count * way), count)


def title(asked: Asked, answer: Answer) -> str:
    """ "Overtime at Cedar Hill was 14.2 % in October 2026"."""
    metric, rows = asked.metric, answer.frame.to_dicts()
    said = [written(metric, row["value"], row.get("currency")) for row in rows
            if row["value"] is not None]  # fmt: skip
    name = f"{metric.title}{_at(asked)}"
    then = "" if asked.as_of is None else f", {_known(asked)}"
    if not said:
        verb = blocks.be(metric.title)
        return f"{name} {verb} not known for {asked.when}{then}"
    was = "were" if blocks.be(metric.title) == "are" else "was"
    over = f" {blocks.per(metric)}" if blocks.per(metric) else ""
    return f"{name} {was} {fmt.names(said)}{over} in {asked.when}{_gap(rows)}{then}"


def _at(asked: Asked) -> str:
    at = f" at {fmt.names(asked.places, limit=3)}" if asked.places else ""
    return f"{at} ({', '.join(asked.parts)})" if asked.parts else at


def _gap(rows: list[dict[str, Any]]) -> str:
    """How far a single cost is from its budget."""
    if len(rows) != 1 or rows[0].get("gap") is None:
        return ""
    return f", {fmt.gap(rows[0]['gap'], rows[0]['currency'])}"


def _known(asked: Asked) -> str:
    if isinstance(asked.as_of, int):
        return f"as known after load {asked.as_of}"
    return f"as known on {fmt.day(asked.as_of)}"


def _second(asked: Asked, answer: Answer) -> str:
    """As of when, how complete, and why there is no value."""
    said = [f"As of {fmt.moment(answer.published)}."]
    if asked.places == [] and asked.by_site:
        said.append(f"{everywhere()}.")
    if answer.reason and answer.frame.height < 2:
        said.append(f"{answer.reason[:1].upper()}{answer.reason[1:]}.")
    if answer.basis == "check":
        said.append("Pay stands in the month of its check date.")
    return " ".join(said)


def _made(asked: Asked, answer: Answer) -> None:
    """How the number is made, and what it stands beside; a block for each currency."""
    layout.section("How it is made", asked.metric.formula)
    columns = [Column("Part"), Column("Amount", align="right", phone="value")]
    for at, row in enumerate(answer.frame.iter_rows(named=True)):
        named = f"How it is made, {row['currency']}" if at else "How it is made"
        responsive_table(columns, _parts(asked, row), key=f"made-{at}", label=named)
    metric = asked.metric
    per = f", {blocks.per(metric)}" if blocks.per(metric) else ""
    layout.note(
        f"{MADE[metric.aggregation].capitalize()}{per}; {GOOD[metric.good]}. Source: "
        f"{metric.source}."
    )
    layout.note(f"Mind: {metric.traps}")


def _parts(asked: Asked, row: Mapping[str, Any]) -> list[Row]:
    metric, currency = asked.metric, row.get("currency") or "USD"
    top, bottom = parts_of(metric)
    rows = []
    if metric.denominator is not None:
        rows.append(Row(["Numerator", top(row["numerator"], currency)]))
        rows.append(Row(["Denominator", bottom(row["denominator"], currency)]))
    exact = top(row["value"], currency) if metric.denominator is None else written(
        metric, row["value"], currency)  # fmt: skip
    rows.append(Row([metric.title, Cell(exact, tone="strong")]))
    if row.get("target") is not None:
        rows.append(Row(["Target", written(metric, row["target"], currency)]))
    if row.get("budget") is not None:
        rows.append(Row(["Budget", fmt.money_exact(row["budget"], currency)]))
        gap = fmt.money_exact(row["gap"], currency, signed=True)
        rows.append(Row(["Gap over what has both sides", gap]))
    for name, words in EARLIER.items():
        if row.get(name) is not None:
            then = asked.over(store.calendar().shifted(asked.period, name))
            value = Cell(written(metric, row[name], currency), link=then.link())
            rows.append(Row([Cell(words, second=then.period.name()), value]))
    rows += _same_sites(asked, row, currency)
    return [*rows, *_usual(asked, metric, currency)]


def _same_sites(asked: Asked, row: Mapping[str, Any], currency: str) -> list[Row]:
    """Now and a year earlier at the sites that were open all through both, if others were not."""
    if row.get("year") is None:
        return []
    answer = held.same_sites(asked)
    rows = [] if answer is None else answer.frame.to_dicts()
    same = next((one for one in rows if one.get("currency") == row.get("currency")), None)
    if same is None or (same["value"], same["year"]) == (row["value"], row["year"]):
        return []
    told = {"now": same["value"], "a year earlier": same["year"]}
    return [
        Row([Cell(f"The same sites, {when}", second="open all through both years"),
             written(asked.metric, value, currency)])
        for when, value in told.items()
    ]  # fmt: skip


def _usual(asked: Asked, metric: Metric, currency: str) -> list[Row]:
    if not _has_history(asked):
        return []
    series = store.series(metric.name, asked.period.start, asked.where)
    if series.chart is None or series.chart.standing != "firm" or series.fit == "between":
        return []
    limits = series.chart.points[-1].limits
    if limits is None or limits.lower is None or limits.upper is None:
        return []
    ends = f"{written(metric, limits.lower, currency)} to {written(metric, limits.upper, currency)}"
    return [Row(["Usual range", ends])]


def _has_history(asked: Asked) -> bool:
    """Whether a usual range can stand beside it: a month of sites, as known now."""
    month = asked.period.whole_months and asked.period.months() == 1
    return month and asked.by_site and asked.as_of is None and asked.basis != "check"


def _history(asked: Asked) -> None:
    if not _has_history(asked):
        return
    scope = Scope(
        month=asked.period.start,
        period=asked.period,
        where={name: list(values) for name, values in asked.where.items()},
        compare="budget",
        compare_title="Budget",
        known=True,
    )
    with layout.guarded(
        "Its history could not be drawn.", "The number itself is right.", key="no-history"
    ):
        control.chart(asked.metric.name, scope, "history", where=scope.where, height=240)
