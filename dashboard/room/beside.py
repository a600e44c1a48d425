"""What helps to ask: the tables with their columns, kept questions, and those asked before."""

from __future__ import annotations

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, room, store, viewing
from dashboard.components import Column, Row, responsive_table
from pipelines.access.roles import Right
from pipelines.errors import RoundsError
from pipelines.room import kept
from pipelines.room.tables import Table

SAID = "sql said"
WIDTH = 480


def tables(known: dict[str, Table]) -> None:
    """The schema browser: a table at a time, its columns with what each says."""
    layout.section("Tables", "Each holds what you may see, and nothing else.")
    name = st.selectbox("Table", list(known), key="sql table")
    table = known[name]
    layout.note(f"One row is {table.row}.")
    rows = [Row([one.name, one.meaning]) for one in table.columns_for(room.limits())]
    responsive_table(
        [Column("Column", width="11rem"), Column("What it says", phone="own", quiet=True)],
        rows, key="sql columns", label=f"The columns of {name}",
    )  # fmt: skip


def questions(text: str) -> str | None:
    """Kept questions and those asked before; the text of one that was picked."""
    layout.section("Your questions", "Only you see them.")
    if said := st.session_state.pop(SAID, None):
        layout.paragraph(said)
    left, right = st.columns(2, gap="medium")
    with left:
        picked = _kept(text)
    with right:
        return _asked() or picked


def _kept(text: str) -> str | None:
    person = room.person()
    with st.form("sql keep", border=False, width=WIDTH, clear_on_submit=True):
        name = st.text_input("Keep this question as", max_chars=60, placeholder="A name")
        if st.form_submit_button("Keep it"):
            try:
                viewing.doing(Right.SQL, "change", {"command": "keep question"})
                one = kept.keep(store.home(), person, name, text)
                st.session_state[SAID] = f"Kept as {one.name}."
            except RoundsError as problem:
                st.session_state[SAID] = str(problem)
            st.rerun()
    known = {one.name: one for one in kept.kept(store.home(), person)}
    if not known:
        return None
    name = layout.pick("Kept questions", known, key="sql kept")
    if name not in known:
        return None
    with st.container(horizontal=True, gap="small"):
        opened = st.button("Open it", key="sql open kept")
        if st.button("Take it back", key="sql forget"):
            viewing.doing(Right.SQL, "change", {"command": "take back question"})
            kept.forget(store.home(), person, name)
            st.session_state[SAID] = f"{name} was taken back."
            st.rerun()
    return known[name].sql if opened else None


def _asked() -> str | None:
    before = kept.asked(store.home(), room.person())
    if not before:
        layout.note("What you ask is listed here.")
        return None
    at = st.selectbox(
        "Asked before",
        range(len(before)),
        format_func=lambda at: " ".join(before[at].sql.split())[:80],
        key="sql asked",
    )
    one = before[min(at or 0, len(before) - 1)]
    layout.note(
        f"{fmt.moment(one.moment)}: {one.said.rstrip('.')}, in "
        f"{fmt.number(one.seconds, decimals=1)} seconds."
    )
    return one.sql if st.button("Open it", key="sql open asked") else None
