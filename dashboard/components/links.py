"""Links inside the app: a page and its query, written as an address.

A row of a component is a real `<a href>`: it can be opened in a new tab, copied and reached by
keyboard. A plain click doesn't load the app again; `base.js` pushes the address and tells
Streamlit as the browser's own back button would, so the session stays. That was measured against
a trigger and `st.switch_page`, which leaves a second, half-finished entry in the history on every
click ("/?site=one", then "/site?site=one"), so that going back shows a page that never was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import streamlit as st


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the app by its `url_path` ("" is the first page), and its query parameters.

    A parameter that is None or empty is left out, one with several values is repeated, so that
    a scope can be passed on as it is.
    """

    page: str
    query: Mapping[str, str | Sequence[str] | None] = field(default_factory=dict)

    @property
    def href(self) -> str:
        """The address from the server's root: "/site?site=cedar-hill"."""
        base = st.get_option("server.baseUrlPath") or ""
        path = "/".join(part.strip("/") for part in (base, self.page) if part.strip("/"))
        wanted = {name: text for name, text in self.query.items() if text}
        return f"/{path}{'?' if wanted else ''}{urlencode(wanted, doseq=True)}"


def link(page: str, **query: str | Sequence[str] | None) -> Link:
    """A link in one call: `link("site", site="cedar-hill", month="2026-10")`."""
    return Link(page, query)
