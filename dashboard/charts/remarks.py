"""What people noted, on the time axis: a mark below the month, with the words on hover.

A note is a date and its words: `(date(2026, 10, 1), "Ana, 3 Nov 2026: Two nurses left.")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from textwrap import wrap

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.chart import Figures, Json, points
from dashboard.charts.voice import when

Notes = Sequence[tuple[date, str]]
WIDE = 44  # characters of a line of a hover label
HEADING = "Noted"
MARK: Json = {"symbol": "triangle-up", "size": 10, "color": roles.ACCENT, "line": {"width": 0}}


def marks(notes: Notes, days: Sequence[date], low: float) -> list[Json]:
    """A trace of the marks on the line at the foot of the plot, `low`; none for what is off it."""
    told = _by_day(notes, days)
    if not told:
        return []
    hover = [f"Noted for {when(day)}\n{_broken(words)}" for day, words in told.items()]
    ids = [str(len(days) - 1 - days.index(day)) for day in told]
    return [points(list(told), [low] * len(told), marker=MARK, hover=hover, ids=ids)]


def spoken(notes: Notes, days: Sequence[date]) -> str:
    """The notes for the alt text: "; noted for Oct 2026: …"; "" without any."""
    return "".join(
        f"; noted for {when(day)}: {' '.join(words).rstrip('.')}"
        for day, words in _by_day(notes, days).items()
    )


def with_notes(table: Figures, notes: Notes, days: Sequence[date]) -> Figures:
    """The table behind a chart, latest first, with a column of what was noted, if anything was."""
    told = _by_day(notes, days)
    if not told:
        return table
    said = [" ".join(told.get(day, ())) for day in reversed(days)]
    rows = tuple((*row, words) for row, words in zip(table.rows, said, strict=True))
    return Figures((*table.columns, HEADING), rows)


def _by_day(notes: Notes, days: Sequence[date]) -> dict[date, list[str]]:
    found: dict[date, list[str]] = {}
    for day, words in sorted(notes, key=lambda note: note[0]):
        if day in days:
            found.setdefault(day, []).append(words)
    return found


def _broken(words: Sequence[str], most: int = 3) -> str:
    lines = [part for each in words[:most] for part in wrap(each, WIDE)]
    if len(words) > most:
        lines.append(f"and {fmt.counted(len(words) - most, 'more note')}")
    return "\n".join(lines)
