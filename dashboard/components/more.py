"""A line that leads elsewhere in the app, or several beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.links import Link
from dashboard.components.register import component

_MOUNT = component("more_link")


def more_link(text: str, link: Link, *, key: str) -> None:
    """A sentence or a few words as a link: "76 of 82 feeds in and on time"."""
    _MOUNT(key=key, data={"links": [{"text": text, "href": link.href}]})


def link_row(links: Sequence[tuple[str, Link]], *, key: str) -> None:
    """A few ways on, in one line where there is room: "Sep 2026", "Nov 2026", "In the glossary"."""
    _MOUNT(key=key, data={"links": [{"text": text, "href": one.href} for text, one in links]})
