"""Names at the left of lying bars: in two lines where they are long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from textwrap import wrap

from dashboard.charts import roles
from dashboard.charts.chart import CHARACTER, Json, escaped

LINE = 18
LINES = 2


@dataclass(frozen=True, slots=True)
class NameAxis:
    """A y axis of rows from the top, and the pixels that its names need at the left."""

    axis: Json
    left: float


def name_axis(names: Sequence[str], *, bold: Collection[int] = ()) -> NameAxis:
    """One row a name, the first on top."""
    shown = [wrapped(name) for name in names]
    longest = max((len(part) for parts in shown for part in parts), default=0)
    texts = ["<br>".join(escaped(part) for part in parts) for parts in shown]
    axis = {
        "range": [len(names) - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [f"<b>{text}</b>" if at in bold else text for at, text in enumerate(texts)],
        "tickfont": {"size": 12, "color": roles.TEXT},
        "ticklabelposition": "outside",
        "ticklabelstandoff": 4,
    }
    return NameAxis(axis, round(longest * CHARACTER + 14))


def wrapped(name: str) -> list[str]:
    """A name in at most two lines of `LINE` characters; what is over ends in "…"."""
    lines = wrap(name, LINE) or [""]
    if len(lines) > LINES:
        rest = " ".join(lines[LINES - 1 :])
        lines = [*lines[: LINES - 1], rest[: LINE - 1].rstrip() + "…"]
    return lines
