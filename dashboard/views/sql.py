"""SQL: people's own questions on the documented tables of what they may see."""

from __future__ import annotations

import streamlit as st

from dashboard import layout, room
from dashboard.components import sql_editor
from dashboard.room import answer, beside, job
from pipelines.room.tables import EXAMPLE, tables_for

TEXT, VERSION = "sql text", "sql version"


def page() -> None:
    """Draw the page."""
    if not room.allowed():
        layout.no_rights("the SQL page")
        return
    known = tables_for(room.limits())
    asked = job.current()
    running = asked is not None and not asked.done.is_set()
    layout.page_title(*answer.headline(asked))
    left, right = st.columns([2, 1], gap="medium")
    with left:
        wish = sql_editor(
            st.session_state.get(TEXT, ""),
            {
                name: [c.name for c in table.columns_for(room.limits())]
                for name, table in known.items()
            },
            version=st.session_state.get(VERSION, 0),
            running=running,
            key="sql editor",
            label="Your question in SQL",
            example=EXAMPLE,
        )
        if wish.what in ("run", "explain"):
            job.begin(wish.text, explain=wish.what == "explain")
            st.rerun()
        if wish.what == "cancel":
            job.cancel()
        if running:
            _wait()
        elif asked is not None:
            answer.draw(asked)
    with right:
        beside.tables(known)
    picked = beside.questions(wish.text)
    if picked is not None:
        st.session_state[TEXT] = picked
        st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1
        st.rerun()


@st.fragment(run_every=0.3)
def _wait() -> None:
    """Draw the page anew as soon as the answer is there."""
    asked = job.current()
    layout.note("It is being answered. A table that nobody asked for yet takes a moment longer.")
    if asked is None or asked.done.is_set():
        st.rerun()
