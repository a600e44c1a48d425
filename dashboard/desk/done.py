"""Doing what a form asks for, and telling on the page drawn anew what came of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import layout
from pipelines.errors import RoundsError


def do(said: str, change: Callable[[], str]) -> None:
    """Do something, keep its sentence (or why it can't be) under a name, and draw the page anew."""
    try:
        st.session_state[said] = change()
    except RoundsError as problem:
        st.session_state[said] = str(problem)
    st.rerun()


def tell(said: str) -> None:
    """Tell once what was kept under a name."""
    if sentence := st.session_state.pop(said, None):
        layout.paragraph(sentence)
