"""A table that reads well on a phone too, for up to a few hundred rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboard.components.links import Link
from dashboard.components.marks import Tone
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
        "rows": [{"total": row.total, "cells": _cells(row)} for row in rows],
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


def _cells(row: Row) -> list[dict[str, Any]]:
    cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row.cells]
    links = [cell.link or (row.link if at == 0 else None) for at, cell in enumerate(cells)]
    return [
        {
            "text": cell.text,
            "tone": cell.tone,
            "second": cell.second,
            "bar": cell.bar,
            "href": link and link.href,
        }
        for cell, link in zip(cells, links, strict=True)
    ]
