"""What the address says of a long table: the words that are searched for, and the page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

FIND, PAGE = "find", "page"  # the parameters; the tables' own script writes them
LONGEST = 100  # characters of a search


@dataclass(frozen=True, slots=True)
class View:
    """Words and page of a table; the first page is 1."""

    find: str = ""
    page: int = 1

    def data(self) -> dict[str, str | int]:
        """As the table's script reads it."""
        return {FIND: self.find, PAGE: self.page}


def view_of_address() -> View:
    """The view that the address names; what is no page is the first."""
    text = st.query_params.get(PAGE, "1")
    known = text.isascii() and text.isdigit() and len(text) < 6
    return View(st.query_params.get(FIND, "")[:LONGEST].strip(), max(1, int(text)) if known else 1)
