"""Glossary: every measure, made from the registry: what it says, how it is made, what misleads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store
from dashboard.components import Cell, Column, Row, link, more_link, responsive_table
from pipelines.metrics import DOMAINS, METRICS, Aggregation, Metric, Unit
from pipelines.warehouse.needs import NEEDS

METRIC = "metric"  # the parameter of the address that opens one measure
FIND = "find"

UNITS = {
    Unit.MONEY: "Money, each currency by itself",
    Unit.RATE: "Money",
    Unit.SHARE: "Share, in percent",
    Unit.HOURS: "Hours",
    Unit.COUNT: "Count",
    Unit.DAYS: "Days",
    Unit.RATIO: "Ratio",
}
GOOD = {"up": "more is better", "down": "less is better", None: "neither direction is good"}
TOTALS = {
    Aggregation.SUM: "A sum: it adds over sites and over time.",
    Aggregation.RATIO: "A ratio of sums: a total is made from both sums, never from other ratios.",
    Aggregation.SNAPSHOT: "A state at the period's end: it adds over sites, not over time.",
    Aggregation.SURVIVAL: "A median time from the rows: those that still wait count for as long as "
    "they have waited.",
    Aggregation.DISTRIBUTION: "From the rows themselves: medians of medians are no medians.",
}


@dataclass(frozen=True, slots=True)
class Supply:
    """Whether this home has a part of a feed: its words, and the last month that arrived."""

    need: str
    last: str

    @property
    def words(self) -> str:
        """ "paid hours (to Oct 2026)", or which layout would bring it."""
        need = NEEDS[self.need]
        if self.last:
            return f"{need.what} (here, to {self.last})"
        return f"{need.what} (not here yet; the layout: rounds template {need.feed})"


def page() -> None:
    """Draw the page."""
    supplies = {name: Supply(name, _last(name)) for name in NEEDS}
    ready = [m for m in METRICS.values() if _is_ready(m, supplies)]
    every = fmt.counted(len(METRICS), "measure")
    said = f"All {every}" if len(ready) == len(METRICS) else f"{fmt.count(len(ready))} of {every}"
    layout.page_title(
        f"{said} can be made from what is loaded",
        "Each is defined once; the pages, the command line and this glossary read the same record.",
    )
    chosen = METRICS.get(st.query_params.get(METRIC, ""))
    if chosen is not None:
        _in_full(chosen, supplies)
    elif METRIC in st.query_params:
        layout.empty(f"There is no measure {st.query_params[METRIC]}; all are listed below.")
    st.session_state[FIND] = st.query_params.get(FIND, "")
    words = st.text_input(
        "Find a measure",
        key=FIND,
        on_change=_find,
        placeholder="overtime, stock, ceiling",
        width=360,
    )
    found = [metric for metric in METRICS.values() if _matches(metric, words)]
    if not found:
        layout.empty(f"No measure speaks of “{words}”. Try one word, or clear the field.")
    for domain, title in DOMAINS.items():
        _domain(title, [metric for metric in found if metric.domain == domain], supplies)


def _find() -> None:
    """Write the words into the address: a link to them finds the same."""
    if words := st.session_state[FIND]:
        st.query_params[FIND] = words
    else:
        st.query_params.pop(FIND, None)


def _last(need: str) -> str:
    months, _ = store.months((need,))
    return fmt.month(months[-1]) if months else ""


def _is_ready(metric: Metric, supplies: dict[str, Supply]) -> bool:
    return all(supplies[need].last for need in metric.needs)


def _matches(metric: Metric, words: str) -> bool:
    """Every word searched for stands somewhere in the measure's record."""
    record = (metric.name, metric.title, metric.definition, metric.formula, metric.traps,
              metric.source, metric.per, *(NEEDS[need].what for need in metric.needs))  # fmt: skip
    text = " ".join(record).casefold()
    return all(word in text for word in words.casefold().split())


def _domain(title: str, metrics: Sequence[Metric], supplies: dict[str, Supply]) -> None:
    """The measures of a domain, all that their records say, a row each."""
    if not metrics:
        return
    layout.section(title)
    columns = [
        Column("Measure", width="20%"),
        Column("What it says, and what misleads", phone="own", quiet=True, width="34%"),
        Column("How it is made", phone="own", width="23%"),
        Column("What it needs", phone="own"),
    ]
    rows = [Row(_cells(metric, supplies)) for metric in metrics]
    responsive_table(columns, rows, key=f"glossary-{metrics[0].domain}", label=title)


def _cells(metric: Metric, supplies: dict[str, Supply]) -> list[Cell]:
    needs = [supplies[need] for need in metric.needs]
    return [
        Cell(metric.title, second=_unit(metric), link=link("glossary", metric=metric.name)),
        Cell(metric.definition, second=metric.traps),
        Cell(metric.formula, second=TOTALS[metric.aggregation]),
        Cell(
            fmt.names([NEEDS[need.need].what for need in needs]).capitalize(),
            second=f"{_standing(needs)} Source: {metric.source}.",
        ),
    ]


def _unit(metric: Metric) -> str:
    """ "Share, in percent of worked hours; less is better"."""
    over = metric.per
    if over and not over.startswith(("of ", "at ")):
        over = f"per {over}"
    return f"{' '.join(filter(None, [UNITS[metric.unit], over]))}; {GOOD[metric.good]}"


def _standing(needs: Sequence[Supply]) -> str:
    """Whether this home has all of it."""
    absent = [need for need in needs if not need.last]
    if not absent:
        return "Here."
    feeds = dict.fromkeys(NEEDS[need.need].feed for need in absent)
    shown = fmt.names([f"rounds template {feed}" for feed in feeds])
    absence = fmt.names([NEEDS[need.need].what for need in absent])
    what = "" if len(absent) == len(needs) else f": {absence}"
    return f"Not here yet{what}; the layout: {shown}."


def _in_full(metric: Metric, supplies: dict[str, Supply]) -> None:
    """One measure at the top, at the address that names it."""
    layout.section(metric.title, f"On the command line and in addresses: {metric.name}.")
    layout.paragraph(metric.definition)
    told = {
        "Formula": metric.formula,
        "Unit": _unit(metric),
        "Totals": TOTALS[metric.aggregation],
        "Needs": "; ".join(supplies[need].words for need in metric.needs),
        "Source": metric.source,
        "Mind": metric.traps,
    }
    rows = [Row([name, text]) for name, text in told.items() if text]
    columns = [Column("Part", width="7rem"), Column("In the registry", phone="own", quiet=True)]
    with st.container(width=layout.SENTENCE_WIDTH):
        responsive_table(columns, rows, key="in-full", label=metric.title)
    more_link("All measures", link("glossary"), key="all")
