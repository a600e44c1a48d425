"""Plain text for Streamlit's Markdown: names from files can't become markup."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~$:&.])")


def escape(text: str) -> str:
    r"""The text with every character escaped that Markdown, math or a directive could read.

    A dollar pair would otherwise be set as a formula, `:red[…]` as colour.

    >>> escape("$11.84m, $412k")
    '\\$11\\.84m, \\$412k'
    """
    return _SPECIAL.sub(r"\\\1", text)


def muted(text: str) -> str:
    """Small muted text. Not `st.caption`: it is paler than 4.5 to 1."""
    return f":small[:gray[{escape(text)}]]"
