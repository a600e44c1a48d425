"""Names at the left of lying bars: in two lines where they are long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from textwrap import wrap

from dashboard.charts import roles
from dashboard.charts.chart import CHARACTER, Json, lines_of

LINE = 18
LINES = 2


@dataclass(frozen=True, slots=True)
class Names:
    """A y axis of rows from the top, their names at its left, and the pixels these need."""

    axis: Json
    notes: list[Json]
    left: float


def named_rows(names: Sequence[str], *, bold: Collection[int] = ()) -> Names:
    """One row a name, the first on top; names start flush with the title above."""
    shown = [wrapped(name) for name in names]
    longest = max((len(part) for parts in shown for part in parts), default=0)
    left = round(longest * CHARACTER + 12)
    place = {"xref": "paper", "x": 0, "xanchor": "left", "xshift": -left - 2, "yanchor": "middle"}
    notes = [
        lines_of(parts, colour=roles.TEXT, bold=at in bold, y=at, **place)
        for at, parts in enumerate(shown)
    ]
    axis = {"range": [len(names) - 0.5, -0.5], "showticklabels": False}
    return Names(axis, notes, left)


def wrapped(name: str) -> list[str]:
    """A name in at most two lines of `LINE` characters; what is over ends in "…"."""
    lines = wrap(name, LINE) or [""]
    if len(lines) > LINES:
        rest = " ".join(lines[LINES - 1 :])
        lines = [*lines[: LINES - 1], rest[: LINE - 1].rstrip() + "…"]
    return lines
