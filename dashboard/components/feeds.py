"""The matrix of sites and feeds: what came in, what is late, what never came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboard import format as fmt
from dashboard.components.links import Link
from dashboard.components.packed import packed, some
from dashboard.components.register import component
from dashboard.components.view import View

_MOUNT = component("matrix", shares=("tables",))

State = Literal["in", "late", "none", "not_expected", "partial"]


@dataclass(frozen=True, slots=True)
class FeedCell:
    """What became of a feed at a site; use the functions below to make one."""

    state: State
    text: str = ""
    spoken: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A site and its feeds, in the order of the headings."""

    name: str
    cells: Sequence[FeedCell]
    link: Link | None = None


def came_in(link: Link | None = None) -> FeedCell:
    """In and on time: a tick."""
    return FeedCell("in", link=link)


def late(days: int, link: Link | None = None) -> FeedCell:
    """Late by so many days: tinted, "4 d"."""
    return FeedCell("late", f"{fmt.count(days)} d", f"{fmt.days(days)} late", link)


def partly(text: str = "part", spoken: str = "came in part", link: Link | None = None) -> FeedCell:
    """There, with gaps: a quiet tint."""
    return FeedCell("partial", text, spoken, link)


def never_came(link: Link | None = None) -> FeedCell:
    """Expected and never received: a dashed "none"."""
    return FeedCell("none", "none", "never received", link)


def not_expected() -> FeedCell:
    """Not expected from this site: a dash."""
    return FeedCell("not_expected")


def matrix(
    feeds: Sequence[str],
    rows: Sequence[FeedRow],
    *,
    key: str,
    label: str = "Sites and feeds",
    view: View | None = None,
) -> None:
    """Draw the rows, trouble first as they come; on the phone only those with trouble.

    Words and page of a `view` are those of the address, and are written into it.
    """
    for row in rows:
        if len(row.cells) != len(feeds):
            raise ValueError(
                f"matrix: {row.name} has {len(row.cells)} cells for {len(feeds)} feeds"
            )
    data = {
        "label": label,
        "feeds": list(feeds),
        "view": view and view.data(),
        "count": len(rows),
        "rows": packed([some(name=row.name, href=row.link and row.link.href) for row in rows]),
        "cells": [packed([_cell(row.cells[at]) for row in rows]) for at in range(len(feeds))],
    }
    _MOUNT(key=key, data=data)


def _cell(cell: FeedCell) -> dict[str, Any]:
    return some(
        state=cell.state, text=cell.text, spoken=cell.spoken, href=cell.link and cell.link.href
    )
