"""Views that are kept by name, and questions to start from."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store, viewing
from dashboard.components import Column, Link, Row, responsive_table
from dashboard.explore import answers
from dashboard.explore.view import PAGE, View
from pipelines.access.roles import Right
from pipelines.analysis.kept_views import KeptView, forget_view, keep_view, kept_views
from pipelines.errors import RoundsError

WIDTH = 480
SAID = "view said"
# Questions to start from: a name and the view.
STARTS = {
    "Overtime by role, against last year": View("overtime_share", "role", None, "year", "3"),
    "Agency share by site and month": View("agency_share", "site", "month", None, "6"),
    "Supply burn by category and month, against last year": View(
        "supply_burn", "category", "month", "year", "6"
    ),
    "Open issues by risk and type of site": View(
        "open_issues", "risk", "site_kind", None, "1", "chart"
    ),
    "Spend by supplier, against last year": View("spend", "supplier", None, "year", "12"),
    "Cost by subject over two years": View("total_cost", "month", "subject", None, "24", "chart"),
}


def draw(view: View) -> None:
    """The section below the table: keep this view, open one that was kept, or start from others."""
    known = kept_views(store.home(), PAGE, store.reader(), viewing.viewer().login)
    layout.section("Views", "The address holds the whole view: copy it to pass it on.")
    if said := st.session_state.pop(SAID, None):
        layout.paragraph(said)
    left, right = st.columns(2, gap="medium")
    with left:
        if viewing.may(Right.KEEP):
            _form(view)
        if known:
            _kept(known)
    with right:
        _starts(view)


def _form(view: View) -> None:
    with st.form("keep-view", border=False, width=WIDTH):
        name = st.text_input("Keep this view as", max_chars=60, placeholder="A name")
        if st.form_submit_button("Keep it"):
            query = {k: v for k, v in view.whole_parameters().items() if v}
            try:
                viewing.doing(Right.KEEP, "change", {"command": "keep view"})
                kept = keep_view(
                    store.home(),
                    PAGE,
                    name,
                    urlencode(query, doseq=True),
                    viewing.author_of_decisions(),
                )
                st.session_state[SAID] = f"Kept as {kept.name}."
            except RoundsError as problem:
                st.session_state[SAID] = str(problem)
            st.rerun()


def _kept(known: list[KeptView]) -> None:
    rows = [
        Row([one.name, f"{one.author}, {fmt.moment(one.moment)}"], link=Link(PAGE, opened(one)))
        for one in known
    ]
    layout.block("Views that were kept")
    columns = [Column("Name"), Column("Kept by", phone="second", quiet=True)]
    responsive_table(columns, rows, key="kept-views", label="Views that were kept")
    if not viewing.may(Right.KEEP):
        return
    with st.popover("Take one back", type="tertiary"):
        name = st.selectbox("View", [one.name for one in known], key="view-out")
        if st.button("Take it back", key="view-out-now") and name:
            try:
                viewing.doing(Right.KEEP, "change", {"command": "take back view"})
                by = viewing.author_of_decisions()
                forget_view(store.home(), PAGE, name, by, store.reader())
                st.session_state[SAID] = f"{name} was taken back."
            except RoundsError as problem:
                st.session_state[SAID] = str(problem)
            st.rerun()


def opened(kept: KeptView) -> dict[str, list[str]]:
    """The parameters of a view that was kept."""
    return parse_qs(kept.query)


def _starts(view: View) -> None:
    ready = set(answers.ready())
    rows = [
        Row([name], link=replace(start, month=view.month, places=view.places).link())
        for name, start in STARTS.items()
        if start.metric in ready
    ]
    if rows:
        layout.block("Questions to start from")
        responsive_table([Column("Question")], rows, key="starts", label="Questions to start from")
