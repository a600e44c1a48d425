"""Registers a component from the files beside it: base.css, base.js and those of its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import served

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent
_COMMENTS = "//", "/*", "* ", "*/"


def component(
    name: str, *, shares: tuple[str, ...] = (), isolated: bool = True
) -> ComponentRenderer:
    """The mount function of the component `name`; call it once, when its module is imported.

    `shares` names further files to put before its own, of styles, of code or of both. Left
    isolated, it stands in a shadow root; its styles reach nothing else either way, for all its
    classes begin with "rd-".
    """
    return st.components.v2.component(
        f"rounds_{name}",
        html='<div class="rd-root">\n</div>',
        css=_sources((*shares, name), "css"),
        js=served.code(name, _sources((*shares, name), "js")),
        isolate_styles=isolated,
    )


def _sources(names: tuple[str, ...], suffix: str) -> str:
    """The files one after the other, without indents and lines of comments."""
    files = [_HERE / f"{name}.{suffix}" for name in ("base", *names)]
    texts = (file.read_text(encoding="utf-8") for file in files if file.exists())
    lines = (line.strip() for text in texts for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(_COMMENTS))
