"""The app: its pages in their order. `rounds serve` runs this file with Streamlit."""

import streamlit as st

from dashboard import layout, room, scope, store
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
# For those who may write SQL; to others a link to it says whom to ask.
(PAGES if room.allowed() else BEHIND).append(
    st.Page(guarded(sql.page), title="SQL", url_path="sql")
)

store.prepare()
layout.frame([*PAGES, *BEHIND], in_row=PAGES, carry=scope.carried())
