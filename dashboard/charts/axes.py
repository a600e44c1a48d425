"""Where ticks stand, and what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dashboard import format as fmt

_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
# The share of a step that data may reach beyond the outer ticks.
BEYOND = 0.35
HEADROOM = 0.08
MOST_LABELS = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis: tick positions, and the ends with headroom for the top figure."""

    positions: tuple[float, ...]
    low: float
    high: float


def scale(values: Sequence[float], *, zero: bool = False, most: int = 4) -> Scale:
    """At most `most` round ticks near the values; `zero` keeps zero on the axis.

    The ends of the data may lie a third of a step beyond the outer ticks: a line that dips a
    little below the lowest one needs no tick of its own.
    """
    known = [value for value in values if math.isfinite(value)]
    bottom, top = (min(known), max(known)) if known else (0.0, 1.0)
    if zero:
        bottom, top = min(0.0, bottom), max(0.0, top)
    if bottom == top:
        spread = abs(top) * 0.1 or 1.0
        bottom, top = bottom - spread, top + spread
    positions = _positions(bottom, top, most)
    spread = max(top, positions[-1]) - min(bottom, positions[0])
    low = min(bottom, positions[0]) - 0.03 * spread
    return Scale(positions, low, max(top, positions[-1]) + HEADROOM * spread)


def _positions(bottom: float, top: float, most: int) -> tuple[float, ...]:
    """The finest round ticks of which at most `most` are needed."""
    power = 10.0 ** math.floor(math.log10((top - bottom) / most))
    for step in (factor * power for factor in _STEPS):
        first = math.ceil(bottom / step - BEYOND)
        last = math.floor(top / step + BEYOND)
        if 2 <= last - first + 1 <= most:
            return tuple(round(step * at, 12) for at in range(first, last + 1))
    return (bottom, top)


def from_first(rows: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The rows from the first that has a value: what came before any history is no gap."""
    first = next((at for at, row in enumerate(rows) if row[key] is not None), len(rows))
    return list(rows[first:])


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """An axis of dates as Plotly takes it, and the pixels that its labels need below."""

    axis: dict[str, Any]
    bottom: float


def time_axis(days: Sequence[date], *, before: float = 0.08, last: bool = True) -> TimeAxis:
    """At most five labels for rising dates; starts a share `before` the first point.

    Monthly dates are written as months, the year under the first label and each January. The
    figures of the value axis stand in the space before the first point.
    """
    if not days:
        return TimeAxis({"visible": False}, 8)
    span = (days[-1] - days[0]) or timedelta(days=30)
    half = half_step(days)
    monthly = all(day.day == 1 for day in days)
    chosen = _months(days) if monthly else _spread(days, 4)
    if last:
        chosen = _with_last(chosen, days)
    texts = _month_texts(chosen) if monthly else [_short(day) for day in chosen]
    axis = {
        "type": "date",
        "range": [_moment(days[0], -max(span * before, half)), _moment(days[-1], half)],
        "tickmode": "array",
        "tickvals": [day.isoformat() for day in chosen],
        "ticktext": texts,
    }
    return TimeAxis(axis, 40 if any("<br>" in text for text in texts) else 26)


def half_step(days: Sequence[date]) -> timedelta:
    """Half of the usual distance between points: a band or an axis reaches so far beyond them."""
    return (days[-1] - days[0]) / (2 * (len(days) - 1)) if len(days) > 1 else timedelta(days=15)


def _moment(day: date, away: timedelta) -> str:
    """A place on the axis between days."""
    return (datetime(day.year, day.month, day.day) + away).isoformat()


def _months(days: Sequence[date]) -> list[date]:
    """Round months, so few that they fit on a phone."""
    length = (days[-1].year - days[0].year) * 12 + days[-1].month - days[0].month + 1
    if length <= MOST_LABELS:
        return list(days)
    if length <= 14:
        months: tuple[int, ...] = (1, 4, 7, 10)
    elif length <= 30:
        months = (1, 7)
    else:
        months = (1,)
    return [day for day in days if day.month in months][-MOST_LABELS:]


def _spread(days: Sequence[date], parts: int) -> list[date]:
    step = max(1, (len(days) - 1) // parts)
    return list(days[::step][:parts])


def _with_last(chosen: Sequence[date], days: Sequence[date]) -> list[date]:
    """The last date too, in place of those that it would touch."""
    near = (days[-1] - days[0]) * 0.1
    return [*(day for day in chosen if days[-1] - day > near), days[-1]][-MOST_LABELS:]


def _month_texts(chosen: Sequence[date]) -> list[str]:
    texts = []
    for at, day in enumerate(chosen):
        new_year = at == 0 or chosen[at - 1].year != day.year
        name = fmt.month(day)
        texts.append(name.replace(" ", "<br>") if new_year else name.split()[0])
    return texts


def _short(day: date) -> str:
    return fmt.day(day)[:-5]
