"""A line that leads elsewhere in the app."""

from __future__ import annotations

from dashboard.components.links import Link
from dashboard.components.register import component

_MOUNT = component("more_link")


def more_link(text: str, link: Link, *, key: str) -> None:
    """A sentence or a few words as a link: "76 of 82 feeds in and on time"."""
    _MOUNT(key=key, data={"text": text, "href": link.href})
