"""Where the year lands: the gap to budget so far, and the fan ahead of it."""

from __future__ import annotations

from collections.abc import Sequence

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
    labels_beside,
    line,
    note,
    points,
    room_for,
    rows_of,
    rule,
    value_axis,
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
                ids=rows_of([row["month"] for row in rows], [row["month"] for row in known]),
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
                **_beside(early=len(known) < len(rows) / 2, rises=end["mid"] > now["actual"]),
            ),
            *labels_beside(
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


def _beside(*, early: bool, rises: bool) -> Json:
    """Where the words of now stand: before it, or after it and off the line where it is early."""
    if not early:
        return {"xanchor": "right", "yanchor": "bottom", "xshift": -8, "yshift": 2}
    edge, shift = ("top", -2) if rises else ("bottom", 2)
    return {"xanchor": "left", "yanchor": edge, "xshift": 8, "yshift": shift}


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
