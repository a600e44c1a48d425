"""A table that reads well on a phone too; above a hundred rows it has pages and can be searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboard.components.links import Link
from dashboard.components.marks import Tone
from dashboard.components.packed import packed
from dashboard.components.register import component

_MOUNT = component("responsive_table", shares=("tables",))

Phone = Literal["auto", "title", "value", "second", "own", "hidden"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Figures go right; give their unit once, here or in the subtitle above.

    `phone` places it in the two-line row of a narrow place: title (left, first line), value
    (right, first line), second (second line, after its label), own (a line of its own), hidden.
    Left at auto, the first column is the title, the first right-aligned one the value, and the
    rest second. `quiet` leaves out the label there. `width` is a CSS width, such as "8rem".
    """

    label: str
    align: Literal["left", "right"] = "left"
    unit: str = ""
    phone: Phone = "auto"
    quiet: bool = False
    width: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A formatted cell with a tone, a second line, a bar (0 to 1) or a link of its own."""

    text: str
    tone: Tone = "plain"
    second: str = ""
    bar: float | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the columns; with a `link` the first one leads somewhere."""

    cells: Sequence[Cell | str]
    link: Link | None = None
    total: bool = False


def responsive_table(
    columns: Sequence[Column], rows: Sequence[Row], *, key: str, label: str
) -> None:
    """Draw the rows; `label` names the table to a screen reader."""
    for at, row in enumerate(rows, 1):
        if len(row.cells) != len(columns):
            raise ValueError(
                f"responsive_table: row {at} has {len(row.cells)} cells for {len(columns)} columns"
            )
    places = _places(columns)
    data = {
        "label": label,
        "columns": [_column(column, places[at], at) for at, column in enumerate(columns)],
        "count": len(rows),
        "rows": packed([{"total": True} if row.total else {} for row in rows]),
        "cells": [
            packed([_cell(row.cells[at], row.link if at == 0 else None) for row in rows])
            for at in range(len(columns))
        ],
    }
    _MOUNT(key=key, data=data)


def _places(columns: Sequence[Column]) -> list[Phone]:
    """Where each column stands on the phone."""
    taken = {column.phone for column in columns}
    places: list[Phone] = []
    for at, column in enumerate(columns):
        place = column.phone
        if place == "auto":
            place = "second"
            if at == 0:
                place = "title"
            elif column.align == "right" and "value" not in taken:
                place = "value"
                taken.add("value")
        places.append(place)
    return places


def _column(column: Column, place: Phone, at: int) -> dict[str, Any]:
    return {
        "label": column.label,
        "unit": column.unit,
        "align": column.align,
        "phone": place,
        "quiet": column.quiet,
        "width": column.width,
        "first": at == 0,
    }


def _cell(cell: Cell | str, link: Link | None) -> dict[str, Any]:
    """A cell without what it hasn't got."""
    if isinstance(cell, str):
        cell = Cell(cell)
    link = cell.link or link
    found = {
        "text": cell.text,
        "tone": None if cell.tone == "plain" else cell.tone,
        "second": cell.second or None,
        "bar": None if cell.bar is None else round(cell.bar, 3),
        "href": link and link.href,
    }
    return {name: value for name, value in found.items() if value is not None}
