"""The button that hands out a file: for who may take figures along, made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import viewing
from pipelines.access.roles import Right


def button(label: str, made: Callable[[], bytes], name: str, mime: str, **options: Any) -> None:
    """Draw it; nothing for who may not. What makes the file asks again, and tells the audit."""
    if viewing.may(Right.EXPORT):
        st.download_button(
            label, viewing.taken(name, made), name, mime, on_click="ignore", **options
        )
