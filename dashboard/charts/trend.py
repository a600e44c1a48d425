"""A value over time against budget and last year, and the landing of a year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

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
    figure,
    labels_at,
    line,
    note,
    points,
    room_for,
    rule,
    value_axis,
)

Tone = Literal["ink", "concern", "improvement"]
_COLOUR = {"ink": roles.INK, "concern": roles.CONCERN, "improvement": roles.IMPROVEMENT}
_BESIDE = {
    "budget": ("budget", roles.LIMIT, "solid"),
    "previous": ("last year", roles.MUTED, "5px,3px"),
    "target": ("target", roles.ACCENT, "2px,3px"),
}


def trend(
    frame: pl.DataFrame,
    *,
    name: str,
    unit: fmt.Unit,
    currency: str = "USD",
    decimals: int | None = None,
    tone: Tone = "ink",
    zero: bool = False,
    height: int = 320,
) -> Chart:
    """A line against what was planned or was before.

    `frame` has month (Date) and value, and may have budget, previous, target (in the same unit)
    and estimate (Boolean: drawn dotted); one row a month, oldest first, null where unknown.
    `tone` colours the last value only, where the title names it.
    """
    rows = frame.sort("month").to_dicts()
    days = [row["month"] for row in rows]
    beside = [key for key in _BESIDE if key in frame.columns and frame[key].count()]
    series = {key: _numbers(rows, key) for key in ("value", *beside)}
    axis = scale([n for column in series.values() for n in column if n is not None], zero=zero)
    time = time_axis(days)
    last = next((row for row in reversed(rows) if row["value"] is not None), None)
    labels = _labels(last, series, unit, currency, decimals, tone)
    traces = [
        *(
            line(days, series[key], colour=_BESIDE[key][1], width=1.2, dash=_BESIDE[key][2])
            for key in beside
        ),
        *_value_lines(rows, unit, currency, decimals),
        *_end_mark(last, tone),
    ]
    drawn = figure(
        traces,
        height=height,
        xaxis=time.axis,
        yaxis=value_axis(
            axis.positions, fmt.ticks(axis.positions, unit, currency), axis.low, axis.high
        ),
        right=room_for([label.text for label in labels]),
        bottom=time.bottom,
        annotations=labels_at(
            days[-1].isoformat() if days else 0,
            labels,
            low=axis.low,
            high=axis.high,
            pixels=height - TOP - time.bottom,
        ),
    )
    alt = _alt(name, last, beside, unit, currency, decimals)
    return Chart(drawn, alt, height, _table(rows, name, beside, unit, currency, decimals))


def _numbers(rows: Sequence[Json], key: str) -> list[float | None]:
    return [None if row.get(key) is None else float(row[key]) for row in rows]


def _value_lines(
    rows: Sequence[Json], unit: fmt.Unit, currency: str, decimals: int | None
) -> list[Json]:
    """The known part solid, the estimated part dotted from the last known point on."""
    first = next((at for at, row in enumerate(rows) if row.get("estimate")), len(rows))
    days = [row["month"] for row in rows]
    values = _numbers(rows, "value")
    spoken = [
        f"{fmt.month(row['month'])}: {fmt.value(row['value'], unit, currency, decimals=decimals)}"
        + (", estimate" if row.get("estimate") else "")
        for row in rows
    ]
    lines = [line(days[:first], values[:first], width=2, hover=spoken[:first])]
    if first < len(rows):
        start = max(0, first - 1)
        lines.append(
            line(days[start:], values[start:], width=2, dash="2px,3px", hover=spoken[start:])
        )
    return lines


def _end_mark(last: Json | None, tone: Tone) -> list[Json]:
    if last is None:
        return []
    symbol = {"symbol": "circle", "size": 6, "color": _COLOUR[tone], "line": {"width": 0}}
    if tone != "ink":
        symbol |= {"symbol": "diamond", "size": 10}
    return [points([last["month"]], [float(last["value"])], marker=symbol)]


def _labels(
    last: Json | None,
    series: dict[str, list[float | None]],
    unit: fmt.Unit,
    currency: str,
    decimals: int | None,
    tone: Tone,
) -> list[Label]:
    found = []
    if last is not None:
        text = fmt.value(last["value"], unit, currency, decimals=decimals)
        found.append(Label(float(last["value"]), text, _COLOUR[tone], bold=True))
    for key, (word, colour, _) in _BESIDE.items():
        known = [number for number in series.get(key, []) if number is not None]
        if known:
            shown = roles.ACCENT if colour == roles.ACCENT else roles.MUTED
            found.append(Label(known[-1], word, shown))
    return found


def _alt(
    name: str,
    last: Json | None,
    beside: Sequence[str],
    unit: fmt.Unit,
    currency: str,
    decimals: int | None,
) -> str:
    if last is None:
        return f"{name}: no value is known yet."
    said = fmt.value(last["value"], unit, currency, decimals=decimals)
    estimate = " (estimate)" if last.get("estimate") else ""
    parts = [f"{name} was {said}{estimate} in {fmt.month(last['month'])}"]
    for key in beside:
        if last.get(key) is not None:
            other = fmt.value(last[key], unit, currency, decimals=decimals)
            parts.append(f"{_BESIDE[key][0]} {other}")
    return f"{'; '.join(parts)}."


def _table(
    rows: Sequence[Json],
    name: str,
    beside: Sequence[str],
    unit: fmt.Unit,
    currency: str,
    decimals: int | None,
) -> Figures:
    def say(number: float | None) -> str:
        return fmt.value(number, unit, currency, decimals=decimals)

    return Figures(
        ("Month", name, *(_BESIDE[key][0].capitalize() for key in beside)),
        tuple(
            (
                fmt.month(row["month"]),
                say(row["value"]) + (" (estimate)" if row.get("estimate") else ""),
                *(say(row.get(key)) for key in beside),
            )
            for row in reversed(rows)
        ),
    )


def landing(
    frame: pl.DataFrame,
    *,
    name: str = "Spending against budget",
    currency: str = "USD",
    share: str = "8 years of 10",
    height: int = 392,
) -> Chart:
    """The gap to budget so far, and where the year lands with its range.

    `frame` has month (Date), actual (cumulative gap to budget in money, null in the future), and
    mid, low, high (null in the past; the last known month may have all four). Zero is the budget.
    `share` says how often the range holds.
    """
    rows = frame.sort("month").to_dicts()
    known = [row for row in rows if row["actual"] is not None]
    ahead = [row for row in rows if row["mid"] is not None and row["actual"] is None]
    if not known or not ahead:
        raise ValueError("landing: the frame needs a month with actual and a later one with mid")
    now, end = known[-1], ahead[-1]
    start = dict.fromkeys(("mid", "low", "high"), now["actual"]) | {"month": now["month"]}
    path = [start, *ahead]
    numbers = [row["actual"] for row in known] + [
        row[key] for row in ahead for key in ("low", "high")
    ]
    axis = scale([float(number) for number in numbers], zero=True, most=5)
    time = time_axis([row["month"] for row in rows])
    tone = roles.CONCERN if min(end["low"], end["mid"]) > 0 else roles.INK
    labels = _landing_labels(end, currency, tone)
    drawn = figure(
        [
            *_fan(path),
            line(
                [row["month"] for row in known],
                [float(row["actual"]) for row in known],
                width=2,
                hover=[_gap_hover(row, "actual", currency) for row in known],
            ),
            line(
                [row["month"] for row in path],
                [float(row["mid"]) for row in path],
                width=2,
                dash="2px,3px",
                hover=[_gap_hover(row, "mid", currency) for row in path],
            ),
            points([now["month"]], [float(now["actual"])], marker=_dot(8)),
            points([end["month"]], [float(end["mid"])], marker=_dot(10, tone, "diamond")),
        ],
        height=height,
        xaxis=time.axis,
        yaxis=value_axis(
            axis.positions,
            _landing_ticks(axis.positions, currency),
            axis.low,
            axis.high,
        ),
        right=room_for([label.text for label in labels]),
        bottom=time.bottom,
        shapes=[
            rule(roles.INK, width=1.2, xref="paper", x0=0, x1=1, y0=0, y1=0, layer="below"),
        ],
        annotations=[
            note("budget", xref="paper", x=0, y=0, xanchor="left", yanchor="bottom", xshift=2),
            note(
                f"so far {_signed(now['actual'], currency)}",
                colour=roles.INK,
                x=now["month"].isoformat(),
                y=float(now["actual"]),
                xanchor="right",
                yanchor="bottom",
                xshift=-8,
                yshift=2,
            ),
            *labels_at(
                end["month"].isoformat(),
                labels,
                low=axis.low,
                high=axis.high,
                pixels=height - TOP - time.bottom,
            ),
        ],
    )
    alt = (
        f"{name}: {fmt.gap(now['actual'], currency, decimals=1)} by {fmt.month(now['month'])}; "
        f"the year lands {fmt.gap(end['mid'], currency, decimals=1)}, between "
        f"{_signed(end['low'], currency)} and {_signed(end['high'], currency)} in {share}."
    )
    return Chart(drawn, alt, height, _landing_table(rows, currency))


def _dot(size: int, colour: str = roles.INK, symbol: str = "circle") -> Json:
    return {"symbol": symbol, "size": size, "color": colour, "line": {"width": 0}}


def _fan(path: Sequence[Json]) -> list[Json]:
    """The range as one pale area that opens from the last known month."""
    days = [row["month"] for row in path]
    edge = [*(float(row["high"]) for row in path), *(float(row["low"]) for row in reversed(path))]
    return [
        {
            **line([*days, *reversed(days)], edge, width=0),
            "fill": "toself",
            "fillcolor": roles.BAND,
        }
    ]


def _landing_labels(end: Json, currency: str, tone: str) -> list[Label]:
    return [
        Label(float(end["mid"]), _signed(end["mid"], currency), tone, bold=True),
        Label(float(end["high"]), f"high {_signed(end['high'], currency)}"),
        Label(float(end["low"]), f"low {_signed(end['low'], currency)}"),
    ]


def _landing_ticks(positions: Sequence[float], currency: str) -> list[str]:
    """Signed ticks; the line at zero bears its own word."""
    texts = fmt.ticks(positions, "money", currency, signed=True)
    return ["" if not at else text for at, text in zip(positions, texts, strict=True)]


def _signed(amount: float, currency: str) -> str:
    return fmt.money(amount, currency, decimals=1, signed=True)


def _gap_hover(row: Json, key: str, currency: str) -> str:
    return f"{fmt.month(row['month'])}: {fmt.gap(row[key], currency, decimals=1)}"


def _landing_table(rows: Sequence[Json], currency: str) -> Figures:
    columns = ("actual", "low", "mid", "high")
    return Figures(
        ("Month", "So far", "Low", "Middle", "High"),
        tuple(
            (
                fmt.month(row["month"]),
                *(fmt.money(row[key], currency, signed=True) for key in columns),
            )
            for row in reversed(rows)
        ),
    )
