"""A value over time against budget, last year or a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.axes import from_first, scale, time_axis
from dashboard.charts.chart import (
    TOP,
    Chart,
    Figures,
    Json,
    Label,
    figure,
    labels_beside,
    line,
    nothing,
    points,
    room_for,
    rows_of,
    value_axis,
)
from dashboard.charts.remarks import Notes, marks, spoken, with_notes
from dashboard.charts.voice import Voice, when

Tone = Literal["ink", "concern", "improvement"]
_COLOUR = {"ink": roles.INK, "concern": roles.CONCERN, "improvement": roles.IMPROVEMENT}


def _beside(key: str) -> tuple[str, str, str]:
    """Word, colour and dash of a line that the value is held against."""
    return {
        "budget": ("budget", roles.LIMIT, "solid"),
        "previous": ("last year", roles.MUTED, "5px,3px"),
        "target": ("target", roles.ACCENT, "2px,3px"),
    }[key]


def trend(
    frame: pl.DataFrame,
    *,
    name: str,
    unit: fmt.Unit,
    currency: str = "USD",
    decimals: int | None = None,
    tone: Tone = "ink",
    zero: bool = False,
    notes: Notes = (),
    height: int = 320,
) -> Chart:
    """A line against what was planned or was before.

    `frame` has month (Date) and value, and may have budget, previous, target (in the same unit)
    and estimate (Boolean: drawn dotted); one row a month, null where unknown. `tone` colours the
    last value only, where the title names it; `zero` keeps zero on the axis; `notes` are marked
    below their months.
    """
    voice = Voice(unit, currency, decimals)
    rows = from_first(frame.sort("month").to_dicts(), "value")
    days = [row["month"] for row in rows]
    held = [key for key in ("budget", "previous", "target") if _makes_a_line(rows, key)]
    series = {key: _numbers(rows, key) for key in ("value", *held)}
    last = next((row for row in reversed(rows) if row["value"] is not None), None)
    if last is None:
        return nothing(f"{name}: no value is known yet.")
    axis = scale([n for column in series.values() for n in column if n is not None], zero=zero)
    time = time_axis(days)
    labels = _labels(last, series, voice, tone)
    beside = [
        line(days, series[key], colour=_beside(key)[1], width=1.2, dash=_beside(key)[2])
        for key in held
    ]
    drawn = figure(
        [
            *beside,
            *_value_lines(rows, voice),
            *_end_mark(last, tone),
            *marks(notes, days, axis.low),
        ],
        height=height,
        xaxis=time.axis,
        yaxis=value_axis(axis.positions, voice.ticks(axis.positions), axis.low, axis.high),
        right=room_for([label.text for label in labels]),
        bottom=time.bottom,
        annotations=labels_beside(
            labels,
            low=axis.low,
            high=axis.high,
            pixels=height - TOP - time.bottom,
        ),
    )
    alt = f"{_alt(name, last, held, voice)}{spoken(notes, days)}."
    table = with_notes(_table(rows, name, held, voice), notes, days)
    return Chart(drawn, alt, height, table)


def _makes_a_line(rows: Sequence[Json], key: str) -> bool:
    return sum(row.get(key) is not None for row in rows) > 1


def _numbers(rows: Sequence[Json], key: str) -> list[float | None]:
    return [None if row.get(key) is None else float(row[key]) for row in rows]


def _value_lines(rows: Sequence[Json], voice: Voice) -> list[Json]:
    """The known part solid, the estimated part dotted from the last known point on."""
    first = next((at for at, row in enumerate(rows) if row.get("estimate")), len(rows))
    days = [row["month"] for row in rows]
    values = _numbers(rows, "value")
    told = [f"{when(row['month'])}: {_said(row, voice)}" for row in rows]
    ids = rows_of(days)
    lines = [line(days[:first], values[:first], width=2, hover=told[:first], ids=ids[:first])]
    if first < len(rows):
        at = max(0, first - 1)
        more = {"width": 2, "dash": "2px,3px", "hover": told[at:], "ids": ids[at:]}
        lines.append(line(days[at:], values[at:], **more))
    return lines


def _said(row: Json, voice: Voice) -> str:
    return voice.say(row["value"]) + (" (estimate)" if row.get("estimate") else "")


def _end_mark(last: Json, tone: Tone) -> list[Json]:
    symbol: Json = {"symbol": "circle", "size": 6, "color": _COLOUR[tone], "line": {"width": 0}}
    if tone != "ink":
        symbol |= {"symbol": "diamond", "size": 10}
    return [points([last["month"]], [float(last["value"])], marker=symbol)]


def _labels(
    last: Json, series: dict[str, list[float | None]], voice: Voice, tone: Tone
) -> list[Label]:
    """The last value in bold, and the names of the lines beside it where they end."""
    found = [Label(float(last["value"]), voice.say(last["value"]), _COLOUR[tone], bold=True)]
    if last.get("estimate"):
        found.append(Label(float(last["value"]), "estimate"))
    for key, column in series.items():
        known = [number for number in column if number is not None]
        if key != "value" and known:
            colour = roles.ACCENT if key == "target" else roles.MUTED
            found.append(Label(known[-1], _beside(key)[0], colour))
    return found


def _alt(name: str, last: Json, held: Sequence[str], voice: Voice) -> str:
    parts = [f"{name} was {_said(last, voice)} in {when(last['month'])}"]
    parts += [f"{_beside(k)[0]} {voice.say(last[k])}" for k in held if last[k] is not None]
    return "; ".join(parts)


def _table(rows: Sequence[Json], name: str, held: Sequence[str], voice: Voice) -> Figures:
    return Figures(
        ("Month", name, *(_beside(key)[0].capitalize() for key in held)),
        tuple(
            (when(row["month"]), _said(row, voice), *(voice.say(row[key]) for key in held))
            for row in reversed(rows)
        ),
    )
