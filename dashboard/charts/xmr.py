"""The control chart of a measure: its line, its usual range, its signals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import polars as pl

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.axes import from_first, half_step, scale, time_axis
from dashboard.charts.chart import (
    TOP,
    Chart,
    Figures,
    Json,
    Label,
    band,
    figure,
    labels_beside,
    line,
    note,
    nothing,
    points,
    room_for,
    rows_of,
    rule,
    value_axis,
)
from dashboard.charts.remarks import Notes, marks, spoken, with_notes
from dashboard.charts.voice import Voice, when

_SIGNALS = {
    "concern": "unusual, concern",
    "improvement": "unusual, improvement",
    "neutral_high": "unusually high",
    "neutral_low": "unusually low",
}
_CAN_BE_NEGATIVE = ("money", "points", "number")


def xmr(
    frame: pl.DataFrame,
    *,
    name: str,
    unit: fmt.Unit,
    currency: str = "USD",
    decimals: int | None = None,
    target: float | None = None,
    events: Sequence[tuple[date, str]] = (),
    notes: Notes = (),
    height: int = 320,
) -> Chart:
    """A run chart with band, mean, limits and target; signals are diamonds.

    `frame` is `Chart.frame()` of `pipelines.analysis.control`: label (Date), value, group, mean,
    lower, upper, type; one row a period, oldest first. Limits that vary are drawn as steps. It may
    hold a target for each period; `target` is one for all of them. Values, limits and targets are
    in `unit` (shares as fractions). Where mean and limits are null, only the line is drawn. A lower
    limit below 0 is clipped for units that can't be negative, an upper one above 100 % for shares
    of a whole.
    `events` mark dates with a word or two, `notes` stand below their months.
    """
    voice = Voice(unit, currency, decimals)
    rows = from_first(_clipped(frame, unit).to_dicts(), "value")
    days = [row["label"] for row in rows]
    last = next((row for row in reversed(rows) if row["value"] is not None), None)
    if last is None:
        return nothing(f"{name}: no value is known yet.")
    if target is not None or "target" not in frame.columns:
        rows = [{**row, "target": target} for row in rows]
    target = rows[-1]["target"]
    axis = scale(_heights(rows))
    time = time_axis(days)
    labels = _labels(rows, last, target, voice)
    drawn = figure(
        [
            *_level_lines(rows),
            line(days, [_float(row["value"]) for row in rows]),
            *_marks(rows, voice),
            *marks(notes, days, axis.low),
        ],
        height=height,
        xaxis=time.axis,
        yaxis=value_axis(axis.positions, voice.ticks(axis.positions), axis.low, axis.high),
        right=room_for([label.text for label in labels]),
        bottom=time.bottom,
        shapes=[*_bands(rows), *_event_lines(events)],
        annotations=[
            *labels_beside(
                labels,
                low=axis.low,
                high=axis.high,
                pixels=height - TOP - time.bottom,
            ),
            *_event_words(events),
        ],
    )
    alt = f"{_alt(rows, last, name, target, voice)}{spoken(notes, days)}."
    table = with_notes(_table(rows, name, voice), notes, days)
    return Chart(drawn, alt, height, table)


def _clipped(frame: pl.DataFrame, unit: fmt.Unit) -> pl.DataFrame:
    if unit in _CAN_BE_NEGATIVE:
        return frame
    # Without limits the columns hold nothing, not even a type.
    frame = frame.with_columns(pl.col("value", "lower", "upper").cast(pl.Float64))
    if unit == "percent" and not (frame["value"] > 1).any():
        frame = frame.with_columns(pl.col("upper").clip(upper_bound=1))
    return frame.with_columns(pl.col("lower").clip(lower_bound=0))


def _heights(rows: Sequence[Json]) -> list[float]:
    """All that the value axis must show."""
    found = [row[key] for row in rows for key in ("value", "lower", "upper", "target")]
    return [float(number) for number in found if number is not None]


def _float(number: Any) -> float | None:
    return None if number is None else float(number)


def _iso(day: date) -> str:
    return day.isoformat()


def _stretches(rows: Sequence[Json], *keys: str) -> list[tuple[Json, datetime, datetime]]:
    """Neighbouring rows that agree in `keys`, as one of them with the ends of their stretch.

    A stretch ends half the way to the next point, so that limits that vary are steps.
    """
    half = half_step([row["label"] for row in rows])
    middays = [_midnight(row["label"]) for row in rows]
    edges = [a + (b - a) / 2 for a, b in pairwise(middays)]
    edges = [middays[0] - half, *edges, middays[-1] + half] if rows else []
    runs: list[tuple[Json, int, int]] = []
    for at, row in enumerate(rows):
        if runs and all(runs[-1][0][key] == row[key] for key in keys):
            runs[-1] = (runs[-1][0], runs[-1][1], at + 1)
        else:
            runs.append((row, at, at + 1))
    return [
        (row, edges[first], edges[end])
        for row, first, end in runs
        if row["lower"] is not None and row["upper"] is not None
    ]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _bands(rows: Sequence[Json]) -> list[Json]:
    found = _stretches(rows, "group", "lower", "upper")
    bands = []
    for at, (row, first, last) in enumerate(found):
        # Steps that only touch show a hair of the page between them.
        steps = at + 1 < len(found) and found[at + 1][0]["group"] == row["group"]
        end = last + (last - first) / 20 if steps else last
        bands.append(band(_iso(first), _iso(end), float(row["lower"]), float(row["upper"])))
    return bands


def _level_lines(rows: Sequence[Json]) -> list[Json]:
    """The mean of each group, and the target, in steps where it changed."""
    lines = [
        line([first, last], [float(row["mean"])] * 2, colour=roles.LIMIT, width=1)
        for row, first, last in _stretches(rows, "group", "mean")
    ]
    half = half_step([row["label"] for row in rows])
    ends = [day for row in rows for day in (row["label"] - half, row["label"] + half)]
    levels = [_float(row["target"]) for row in rows for _ in range(2)]
    if any(level is not None for level in levels):
        lines.append(line(ends, levels, colour=roles.ACCENT, width=1.2, dash="2px,3px"))
    return lines


def _event_lines(events: Sequence[tuple[date, str]]) -> list[Json]:
    ends: Json = {"yref": "paper", "y0": 0, "y1": 0.93, "layer": "below"}
    return [
        rule(roles.MUTED, dash="4px,3px", x0=_iso(day), x1=_iso(day), **ends) for day, _ in events
    ]


def _event_words(events: Sequence[tuple[date, str]]) -> list[Json]:
    place: Json = {"yref": "paper", "y": 1, "xanchor": "center", "yanchor": "top"}
    return [note(words, x=_iso(day), **place) for day, words in events]


def _marks(rows: Sequence[Json], voice: Voice) -> list[Json]:
    """Dots for usual points; diamonds for signals, open where they are an improvement."""
    traces, days = [], [row["label"] for row in rows]
    for kind in roles.OF_TYPE:
        chosen = [row for row in rows if _kind(row) == kind and row["value"] is not None]
        if chosen:
            traces.append(
                points(
                    [row["label"] for row in chosen],
                    [float(row["value"]) for row in chosen],
                    marker=marker(kind),
                    hover=[_hover(row, voice) for row in chosen],
                    ids=rows_of(days, [row["label"] for row in chosen]),
                )
            )
    return traces


def _kind(row: Json) -> str:
    return row["type"] or "common_cause"


def marker(kind: str) -> Json:
    """The mark of a point type: a dot, or a diamond in the signal's colour."""
    colour = roles.OF_TYPE[kind]
    if kind == "common_cause":
        return {"symbol": "circle", "size": 5, "color": colour, "line": {"width": 0}}
    if kind == "improvement":
        outline = {"width": 2, "color": colour}
        return {"symbol": "diamond", "size": 9, "color": roles.PAGE, "line": outline}
    return {"symbol": "diamond", "size": 10, "color": colour, "line": {"width": 0}}


def _labels(rows: Sequence[Json], last: Json, target: float | None, voice: Voice) -> list[Label]:
    """The value at the last point, bold in its colour, and the names of the lines."""
    colour = roles.OF_TYPE[_kind(last)]
    found = [Label(float(last["value"]), voice.say(last["value"]), colour, bold=True)]
    end = rows[-1]
    if end["upper"] is not None and end["lower"] is not None:
        for word in ("upper", "mean", "lower"):
            found.append(Label(float(end[word]), f"{word} {voice.bare(end[word])}"))
    if target is not None:
        found.append(Label(float(target), f"target {voice.bare(target)}", roles.ACCENT))
    return found


def _hover(row: Json, voice: Voice) -> str:
    said = f"{when(row['label'])}: {voice.say(row['value'])}"
    signal = _SIGNALS.get(_kind(row))
    return f"{said}, {signal}" if signal else said


def _alt(rows: Sequence[Json], last: Json, name: str, target: float | None, voice: Voice) -> str:
    """The finding in words: last value, its range, the target, how many signals."""
    parts = [
        f"{name} was {voice.say(last['value'])} in {when(last['label'])}",
        _standing(last, voice),
    ]
    if target is not None:
        parts.append(f"the target is {voice.say(target)}")
    signals = sum(_kind(row) in _SIGNALS for row in rows)
    parts.append(f"{fmt.counted(signals, 'signal')} in {fmt.counted(len(rows), 'point')}")
    return "; ".join(parts)


def _standing(last: Json, voice: Voice) -> str:
    if last["lower"] is None or last["upper"] is None:
        return "its usual range is not known yet"
    ends = f"its usual range of {voice.say(last['lower'])} to {voice.say(last['upper'])}"
    if last["value"] > last["upper"]:
        return f"above {ends}"
    if last["value"] < last["lower"]:
        return f"below {ends}"
    return f"within {ends}" + ("" if _kind(last) == "common_cause" else ", part of a signal")


def _table(rows: Sequence[Json], name: str, voice: Voice) -> Figures:
    return Figures(
        ("Period", name, "Range from", "Range to", "Signal"),
        tuple(
            (
                when(row["label"]),
                *(voice.say(row[key]) for key in ("value", "lower", "upper")),
                _SIGNALS.get(_kind(row), ""),
            )
            for row in reversed(rows)
        ),
    )
