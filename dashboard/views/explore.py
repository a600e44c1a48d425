"""Explore: any measure by any dimensions, two at once, down to the rows behind each figure."""

from __future__ import annotations

import streamlit as st

from dashboard import blocks, layout, store
from dashboard import format as fmt
from dashboard.components import more_link
from dashboard.explore import answers, behind, controls, keeping, picture, table, taking, words
from dashboard.explore.answers import Asked
from dashboard.explore.view import View, current
from pipelines.analysis.pivots import Pivot
from pipelines.errors import UsageProblem
from pipelines.metrics import find


def page() -> None:
    """Draw the page."""
    view = current()
    metric = find(view.metric)
    period = view.period(metric.needs, store.calendar())
    impossible = controls.unanswerable(view)
    asked = Asked(view.metric, view.rows, view.columns, None if impossible else view.against,
                  period, store.frozen(view.where()), view.as_of)  # fmt: skip
    controls.filters(view, period)
    try:
        pivot = answers.pivot(asked)
    except UsageProblem as problem:
        layout.page_title("This can't be told as it was asked", str(problem))
        controls.question(view)
        keeping.draw(view)
        return
    if view.opened:
        _known_by(view)
        behind.draw(pivot, view, asked)
        return
    layout.page_title(
        words.headline(pivot, words.place_in_words(view), period),
        " ".join(filter(None, (metric.definition, impossible))),
    )
    blocks.state(pivot.whole)
    _known_by(view)
    controls.question(view)
    if not any(pivot.known(currency) for currency in pivot.currencies):
        _nothing(pivot)
    else:
        for currency in pivot.currencies:
            (picture if view.show == "chart" else table).draw(pivot, view, currency)
        _tools(pivot, view)
    keeping.draw(view)


def _nothing(pivot: Pivot) -> None:
    reason = pivot.whole.reason or "nothing was counted"
    if "no export has brought" in reason:
        layout.empty(f"{pivot.metric.title}: {blocks.wanting(pivot.metric.needs)}")
    else:
        layout.empty(f"{reason[:1].upper()}{reason[1:]}: choose another period or fewer filters.")


def _known_by(view: View) -> None:
    """Says so where figures are shown as they were known then."""
    if view.as_of is None:
        return
    load = answers.loads().filter(event=view.as_of)
    came = f", which came in {fmt.moment(load['moment'][0])}" if load.height else ""
    layout.paragraph(f"As it was known by load {view.as_of}{came}. Later files are left out.")
    more_link("Show what is known now", view.link(as_of=None), key="now")


def _tools(pivot: Pivot, view: View) -> None:
    """What one does with the answer: take it away, turn it, or link to it as it is now."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="tools"):
        taking.table(pivot, view)
        controls.turned(view)
        events = answers.loads()["event"]
        if view.as_of is None and events.len():
            last = int(events.max())  # type: ignore[arg-type]
            with st.container(width=230):
                more_link("Link that keeps these figures", view.link(as_of=last), key="freeze")
