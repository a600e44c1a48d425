"""A table of figures by rows and columns: totals first, sorted by links, sideways within itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboard.components.links import Link
from dashboard.components.register import component

_MOUNT = component("pivot_table", shares=("tables",))

Order = Literal["ascending", "descending"]


@dataclass(frozen=True, slots=True)
class PivotColumn:
    """A column: its heading, its unit, the link that sorts by it, and how it is sorted now.

    `key` is what the address calls it; a `total` has the key of all.
    """

    label: str
    unit: str = ""
    sort: Link | None = None
    order: Order | None = None
    total: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class PivotCell:
    """A formatted figure, and a second line: a change, or why there is none.

    One that `opens` leads to the address of its row and column.
    `muted` cells hold no figure. `mark` stands before the figure ("*"), and a screen reader hears
    `spoken` in its stead.
    """

    text: str
    second: str = ""
    opens: bool = False
    muted: bool = False
    mark: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class PivotRow:
    """A row's name and its cells, in the order of the columns; `key` as of a column."""

    name: str
    cells: Sequence[PivotCell]
    key: str = ""
    total: bool = False


def pivot_table(
    first: PivotColumn,
    columns: Sequence[PivotColumn],
    rows: Sequence[PivotRow],
    *,
    key: str,
    label: str,
    opens: Link,
    from_end: bool = False,
) -> None:
    """Draw the rows under `first` (the heading of their names) and `columns`.

    Where the columns don't fit they scroll sideways, the names staying in place; `from_end` shows
    the last ones first (the latest months). `opens` is the address of a figure but for its `row`
    and `col`, sent once and not with each of thousands. `label` names the table to a screen reader.
    """
    for row in rows:
        if len(row.cells) != len(columns):
            raise ValueError(
                f"pivot_table: {row.name} has {len(row.cells)} cells for {len(columns)} columns"
            )
    data = {
        "label": label,
        "end": from_end,
        "open": opens.href,
        "first": _heading(first),
        "columns": [_heading(column) for column in columns],
        "rows": [
            {
                "name": row.name,
                "key": row.key,
                "total": row.total,
                "cells": [_cell(cell) for cell in row.cells],
            }
            for row in rows
        ],
    }
    _MOUNT(key=key, data=data)


def _heading(column: PivotColumn) -> dict[str, Any]:
    return {
        "label": column.label,
        "unit": column.unit,
        "href": column.sort and column.sort.href,
        "order": column.order,
        "total": column.total,
        "key": column.key,
    }


def _cell(cell: PivotCell) -> dict[str, Any]:
    """A cell without what it hasn't got: a wide table sends thousands of them."""
    found = {
        "text": cell.text,
        "second": cell.second,
        "opens": cell.opens,
        "muted": cell.muted,
        "mark": cell.mark,
        "spoken": cell.spoken,
    }
    return {name: value for name, value in found.items() if value}
