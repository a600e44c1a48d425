"""The app: its pages in their order. `rounds serve` runs this file with Streamlit."""

from contextlib import suppress

import streamlit as st

from dashboard import garbage, layout, rehearsal, room, scope, store, then, viewing
from dashboard.guard import guarded
from dashboard.views import (
    budget,
    contracts,
    data,
    explore,
    facilities,
    glossary,
    number,
    overview,
    settings,
    site,
    sql,
    staffing,
    supplies,
    what_if,
)
from pipelines.errors import StoreProblem
from pipelines.warehouse.limits import SUBJECTS

PAGES = [
    st.Page(guarded(overview.page), title="Overview", url_path="", default=True),
    st.Page(guarded(site.page), title="Sites", url_path="site"),
    st.Page(guarded(staffing.page), title="Staffing", url_path="staffing"),
    st.Page(guarded(supplies.page), title="Supplies", url_path="supplies"),
    st.Page(guarded(facilities.page), title="Facilities", url_path="facilities"),
    st.Page(guarded(contracts.page), title="Contracts", url_path="contracts"),
    st.Page(guarded(budget.page), title="Budget", url_path="budget"),
    st.Page(guarded(what_if.page), title="What if", url_path="what-if"),
    st.Page(guarded(explore.page), title="Explore", url_path="explore"),
    st.Page(guarded(data.page), title="Data health", url_path="data"),
    st.Page(guarded(glossary.page), title="Glossary", url_path="glossary"),
    st.Page(guarded(settings.page), title="Settings", url_path="settings"),
]
# Pages that figures and rows lead to stand in no row of links.
BEHIND = [st.Page(guarded(number.page), title="Number", url_path="number")]

then.forget()  # each page that can be told as of an earlier load says so itself
visit = None
# Nobody is in, or nobody can tell: each page then says so, and nothing else.
with suppress(viewing.SignedOut, StoreProblem):
    visit = viewing.visiting()
# For those who may write SQL; to others a link to it says whom to ask.
(PAGES if visit and room.allowed() else BEHIND).append(
    st.Page(guarded(sql.page), title="SQL", url_path="sql")
)
# What isn't shown to somebody stands in no row; a link to it says whom to ask.
hidden = {
    p.url_path for p in PAGES
    if visit and p.url_path in SUBJECTS and not viewing.shows(p.url_path)
}  # fmt: skip
row = [p for p in PAGES if p.url_path not in hidden]
closed = [
    st.Page(guarded(layout.not_shown), title=p.title, url_path=p.url_path)
    for p in PAGES
    if p.url_path in hidden
]
garbage.sweep()
store.prepare()
rehearsal.begin([page.url_path for page in PAGES])
layout.frame(
    [*row, *BEHIND, *closed],
    in_row=row,
    carry=lambda in_row: scope.carried() if in_row else scope.remembered(),
    visit=visit,
)
