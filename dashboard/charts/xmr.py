"""The control chart of a measure: its line, its usual range, its signals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.axes import scale, time_axis
from dashboard.charts.chart import (
    TOP,
    Chart,
    Figures,
    Json,
    Label,
    band,
    figure,
    labels_at,
    line,
    note,
    points,
    room_for,
    rule,
    value_axis,
)

_SIGNALS = ("concern", "improvement", "neutral_high", "neutral_low")
_SIGNAL_WORDS = {
    "concern": "unusual, concern",
    "improvement": "unusual, improvement",
    "neutral_high": "unusually high",
    "neutral_low": "unusually low",
}


def xmr(
    frame: pl.DataFrame,
    *,
    name: str,
    unit: fmt.Unit,
    currency: str = "USD",
    decimals: int | None = None,
    target: float | None = None,
    events: Sequence[tuple[date, str]] = (),
    height: int = 320,
) -> Chart:
    """A run chart with band, mean, limits and target; signals are diamonds.

    `frame` is `pipelines.analysis.spc` `Chart.frame()`: label (Date), value, group, mean, lower,
    upper, type; one row a period, oldest first. Values, limits and target are in `unit` (shares
    as fractions). Where mean and limits are null, only the line is drawn. A lower limit below 0
    is clipped for units that can't be negative. `events` mark dates with a word or two.
    """
    rows = _clipped(frame, unit).to_dicts()
    days = [row["label"] for row in rows]
    spoken = [_hover(row, unit, currency, decimals) for row in rows]
    numbers = [n for row in rows for n in (row["value"], row["lower"], row["upper"])]
    axis = scale([*(float(n) for n in numbers if n is not None), *_given(target)])
    time = time_axis(days)
    last = _last_known(rows)
    labels = _labels(rows, last, target, unit, currency, decimals)
    shapes = [*_bands(rows), *_target_line(target), *_event_lines(events)]
    traces = [*_means(rows), line(days, _column(rows, "value")), *_marks(rows, spoken)]
    drawn = figure(
        traces,
        height=height,
        xaxis=time.axis,
        yaxis=value_axis(
            axis.positions, fmt.ticks(axis.positions, unit, currency), axis.low, axis.high
        ),
        right=room_for([label.text for label in labels]),
        bottom=time.bottom,
        shapes=shapes,
        annotations=[
            *labels_at(
                days[-1].isoformat() if days else 0,
                labels,
                low=axis.low,
                high=axis.high,
                pixels=height - TOP - time.bottom,
            ),
            *_event_words(events),
        ],
    )
    alt = _alt(rows, last, name, unit, currency, decimals, target)
    return Chart(drawn, alt, height, _table(rows, name, unit, currency, decimals))


def _clipped(frame: pl.DataFrame, unit: fmt.Unit) -> pl.DataFrame:
    if unit in ("money", "points", "number"):
        return frame
    return frame.with_columns(pl.col("lower").clip(lower_bound=0))


def _given(target: float | None) -> list[float]:
    return [] if target is None else [float(target)]


def _column(rows: Sequence[Json], name: str) -> list[Any]:
    return [None if row[name] is None else float(row[name]) for row in rows]


def _last_known(rows: Sequence[Json]) -> Json | None:
    return next((row for row in reversed(rows) if row["value"] is not None), None)


def _groups(rows: Sequence[Json]) -> list[list[Json]]:
    """Runs of rows that share limits, each with the first row of the next to close the gap."""
    runs: list[list[Json]] = []
    for row in rows:
        if runs and runs[-1][-1]["group"] == row["group"]:
            runs[-1].append(row)
        else:
            runs.append([row])
    return [[*run, runs[at + 1][0]] if at + 1 < len(runs) else run for at, run in enumerate(runs)]


def _bands(rows: Sequence[Json]) -> list[Json]:
    return [
        band(
            run[0]["label"].isoformat(),
            run[-1]["label"].isoformat(),
            float(run[0]["lower"]),
            float(run[0]["upper"]),
        )
        for run in _groups(rows)
        if run[0]["lower"] is not None and run[0]["upper"] is not None
    ]


def _means(rows: Sequence[Json]) -> list[Json]:
    return [
        line(
            [run[0]["label"], run[-1]["label"]],
            [float(run[0]["mean"])] * 2,
            colour=roles.LIMIT,
            width=1,
        )
        for run in _groups(rows)
        if run[0]["mean"] is not None and run[0]["lower"] is not None
    ]


def _target_line(target: float | None) -> list[Json]:
    if target is None:
        return []
    ends = {"xref": "paper", "x0": 0.07, "x1": 1, "y0": float(target), "y1": float(target)}
    return [rule(roles.ACCENT, width=1.2, dash="2px,3px", layer="below", **ends)]


def _event_lines(events: Sequence[tuple[date, str]]) -> list[Json]:
    return [
        rule(
            roles.MUTED,
            dash="4px,3px",
            x0=day.isoformat(),
            x1=day.isoformat(),
            yref="paper",
            y0=0,
            y1=0.94,
            layer="below",
        )
        for day, _ in events
    ]


def _event_words(events: Sequence[tuple[date, str]]) -> list[Json]:
    return [
        note(
            words,
            x=day.isoformat(),
            yref="paper",
            y=1,
            xanchor="center",
            yanchor="top",
        )
        for day, words in events
    ]


def _marks(rows: Sequence[Json], spoken: Sequence[str]) -> list[Json]:
    """Dots for usual points; diamonds for signals, open where they are an improvement."""
    traces = []
    for kind in ("common_cause", *_SIGNALS):
        chosen = [
            (row, said)
            for row, said in zip(rows, spoken, strict=True)
            if (row["type"] or "common_cause") == kind and row["value"] is not None
        ]
        if chosen:
            traces.append(
                points(
                    [row["label"] for row, _ in chosen],
                    [float(row["value"]) for row, _ in chosen],
                    marker=marker(kind),
                    hover=[said for _, said in chosen],
                )
            )
    return traces


def marker(kind: str) -> Json:
    """The mark of a point type: a dot, or a diamond in the signal's colour."""
    colour = roles.OF_TYPE[kind]
    if kind == "common_cause":
        return {"symbol": "circle", "size": 5, "color": colour, "line": {"width": 0}}
    if kind == "improvement":
        outline = {"width": 2, "color": colour}
        return {"symbol": "diamond", "size": 9, "color": roles.PAGE, "line": outline}
    return {"symbol": "diamond", "size": 10, "color": colour, "line": {"width": 0}}


def _labels(
    rows: Sequence[Json],
    last: Json | None,
    target: float | None,
    unit: fmt.Unit,
    currency: str,
    decimals: int | None,
) -> list[Label]:
    """The value at the last point, bold in its colour, and the names of the lines."""
    if last is None:
        return []
    colour = roles.OF_TYPE[last["type"] or "common_cause"]
    text = fmt.value(last["value"], unit, currency, decimals=decimals)
    found = [Label(float(last["value"]), text, colour, bold=True)]
    end = rows[-1]
    if end["upper"] is not None and end["lower"] is not None:
        for word, key in (("upper", "upper"), ("mean", "mean"), ("lower", "lower")):
            figure = _bare(end[key], unit, currency, decimals)
            found.append(Label(float(end[key]), f"{word} {figure}"))
    if target is not None:
        figure = _bare(target, unit, currency, decimals)
        found.append(Label(float(target), f"target {figure}", roles.ACCENT))
    return found


def _bare(number: float, unit: fmt.Unit, currency: str, decimals: int | None) -> str:
    """A figure without the unit that the axis says already."""
    if unit == "percent":
        places = 1 if decimals is None else decimals
        return fmt.number(number * 100, decimals=places)
    if unit in ("count", "hours", "days") and decimals is None:
        return fmt.number(number, decimals=0 if abs(number) >= 100 else 1)
    return fmt.value(number, unit, currency, decimals=decimals)


def _hover(row: Json, unit: fmt.Unit, currency: str, decimals: int | None) -> str:
    said = f"{_when(row['label'])}: {fmt.value(row['value'], unit, currency, decimals=decimals)}"
    signal = _SIGNAL_WORDS.get(row["type"] or "")
    return f"{said}, {signal}" if signal else said


def _when(day: date) -> str:
    return fmt.month(day) if day.day == 1 else fmt.day(day)


def _alt(
    rows: Sequence[Json],
    last: Json | None,
    name: str,
    unit: fmt.Unit,
    currency: str,
    decimals: int | None,
    target: float | None,
) -> str:
    """The finding in words: last value, its range, how long, the target."""
    if last is None:
        return f"{name}: no value is known yet."

    def say(number: float) -> str:
        return fmt.value(number, unit, currency, decimals=decimals)

    parts = [f"{name} was {say(last['value'])} in {_when(last['label'])}"]
    if last["lower"] is None or last["upper"] is None:
        parts.append("its usual range is not known yet")
    else:
        ends = f"{say(last['lower'])} to {say(last['upper'])}"
        kind = last["type"] or "common_cause"
        parts.append(
            f"within its usual range of {ends}"
            if kind == "common_cause"
            else f"a signal of {kind.split('_')[0]} against its usual range of {ends}".replace(
                "signal of neutral", "signal"
            )
        )
    if target is not None:
        parts.append(f"the target is {say(target)}")
    signals = sum(row["type"] in _SIGNALS for row in rows)
    tail = f"{fmt.counted(signals, 'signal')} in {fmt.counted(len(rows), 'point')}"
    return f"{'; '.join(parts)}; {tail}."


def _table(
    rows: Sequence[Json], name: str, unit: fmt.Unit, currency: str, decimals: int | None
) -> Figures:
    def say(number: float | None) -> str:
        return fmt.value(number, unit, currency, decimals=decimals)

    return Figures(
        ("Period", name, "Range from", "Range to", "Signal"),
        tuple(
            (
                _when(row["label"]),
                say(row["value"]),
                say(row["lower"]),
                say(row["upper"]),
                _SIGNAL_WORDS.get(row["type"] or "", ""),
            )
            for row in reversed(rows)
        ),
    )
