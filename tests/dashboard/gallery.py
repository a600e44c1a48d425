"""Every component and chart in all its states, with invented figures.

    .venv/bin/python -m tests.dashboard.shots --serve

serves it with the app's own theme; `shots` also takes the pictures.
"""

from __future__ import annotations

import streamlit as st

from dashboard import layout, viewing
from tests.dashboard import gallery_more as more
from tests.dashboard import gallery_pages as pages

layout.frame(
    [
        st.Page(pages.overview, title="Overview", default=True),
        st.Page(pages.sites, title="Sites", url_path="sites"),
        st.Page(pages.staffing, title="Staffing", url_path="staffing"),
        st.Page(pages.site, title="Site", url_path="site"),
        st.Page(more.more_charts, title="Supplies", url_path="supplies"),
        st.Page(more.tables, title="Contracts", url_path="contracts"),
        st.Page(more.budget, title="Budget", url_path="budget"),
        st.Page(more.health, title="Data health", url_path="health"),
        st.Page(more.states, title="States", url_path="states"),
    ],
    visit=viewing.visiting(),
)
