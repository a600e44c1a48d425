"""Every site and every key measure in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.components.links import Link
from dashboard.components.marks import Assurance, Spark, Variation, spark_data, spoken
from dashboard.components.packed import packed, some
from dashboard.components.register import component
from dashboard.components.view import View

_MOUNT = component("site_grid", shares=("tables",))
_KINDS = list(spoken())


@dataclass(frozen=True, slots=True)
class GridMeasure:
    """A column: its name and its unit ("Overtime", "% of hours").

    `number` is the address of its numbers but for the row's `code` at its end. `name` is what the
    order by it is called in the address.
    """

    label: str
    unit: str = ""
    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A value as it is written, and the marks beside it.

    `sort` is the number to order by (None goes last). `note` gives a reason in words: "estimate",
    "usual range from Mar 2027", "no file for October". A cell without spark and icons and with a
    note is muted: suppressed ("fewer than 5"), missing or not applicable ("–").
    """

    value: str
    sort: float | None = None
    spark: Spark | None = None
    variation: Variation | None = None
    assurance: Assurance | None = None
    note: str = ""
    muted: bool = False
    link: Link | None = None

    @property
    def unusual(self) -> bool:
        """Whether the last value lies outside its usual range."""
        return self.variation not in (None, "common_cause")


@dataclass(frozen=True, slots=True)
class GridRow:
    """A site: its name, its kind ("Nursing home"), one cell a measure, and where it leads."""

    name: str
    kind: str
    cells: Sequence[GridCell]
    link: Link | None = None
    code: str = ""


def site_grid(
    measures: Sequence[GridMeasure],
    rows: Sequence[GridRow],
    *,
    key: str,
    label: str = "Every site, every key measure",
    legend: bool = True,
    order: str = "",
    parameter: str = "",
    view: View | None = None,
) -> None:
    """Draw the rows, worst first as they come; the reader can sort by any heading.

    `order` is how they are sorted ("overtime" highest first, "-overtime" lowest first, "site"); a
    choice of the reader is written into the address as `parameter`, if one is given. So are the
    words that are searched for and the page, if a `view` says what the address has of them.

    Above 20 rows a search field appears, above 100 the rows are paged. In a narrow place each
    site becomes a block of its unusual measures, and a link shows the rest.
    """
    for row in rows:
        if len(row.cells) != len(measures):
            raise ValueError(
                f"site_grid: {row.name} has {len(row.cells)} cells for {len(measures)} measures"
            )
    data = {
        "label": label,
        "key": legend,
        "words": spoken(),
        "measures": [
            {"label": m.label, "unit": m.unit, "number": m.number, "name": m.name} for m in measures
        ],
        "order": order,
        "parameter": parameter,
        "view": view and view.data(),
        "count": len(rows),
        "rows": packed(
            [
                some(name=row.name, kind=row.kind, href=row.link and row.link.href, code=row.code)
                for row in rows
            ]
        ),
        "cells": [packed([_cell(row.cells[at]) for row in rows]) for at in range(len(measures))],
    }
    _MOUNT(key=key, data=data)


def _cell(cell: GridCell) -> dict[str, Any]:
    """A cell without what it hasn't got; its icons by their number among the words."""
    found = some(
        value=cell.value,
        spark=spark_data(cell.spark),
        note=cell.note,
        muted=cell.muted,
        href=cell.link and cell.link.href,
    )
    if cell.sort is not None:
        found["sort"] = float(f"{cell.sort:.6g}")
    if cell.variation:
        found["v"] = _KINDS.index(cell.variation)
    if cell.assurance:
        found["a"] = _KINDS.index(cell.assurance)
    return found
