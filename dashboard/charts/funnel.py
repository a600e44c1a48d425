"""The funnel: a share at each site against the site's size, with limits that narrow."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.axes import scale
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
    value_axis,
)
from dashboard.charts.xmr import marker

BOTTOM = 26
NAMED_AT_MOST = 6


def funnel(
    sites: pl.DataFrame,
    limits: pl.DataFrame,
    *,
    name: str,
    unit: fmt.Unit = "percent",
    size_unit: str = "hours",
    currency: str = "USD",
    height: int = 320,
) -> Chart:
    """Dots for sites, diamonds with names for those outside.

    `sites` has name, size (the denominator), value (in `unit`) and type (as in a control chart;
    null or common_cause is inside). `limits` has size (rising), mean, lower_95, upper_95,
    lower_998, upper_998 in the same unit.
    """
    drawn_sites = sites.drop_nulls(["size", "value"])
    rows = drawn_sites.to_dicts()
    outside = [row for row in rows if (row["type"] or "common_cause") != "common_cause"]
    lines = {key: [float(n) for n in limits[key].to_list()] for key in limits.columns}
    # The far ends of the limits are a point or two: they may leave the picture.
    heights = [float(row["value"]) for row in rows] + [max(0.0, lines["mean"][0])]
    heights += lines["upper_95"][len(lines["size"]) // 8 :]
    axis = scale(heights, zero=True)
    ends = (lines["size"][0], lines["size"][-1])
    labels = [
        Label(lines["upper_998"][-1], fmt.percent(0.998)),
        Label(lines["upper_95"][-1], fmt.percent(0.95, decimals=0)),
        Label(lines["mean"][-1], f"mean {_bare(lines['mean'][-1], unit, currency)}"),
    ]
    figure_ = figure(
        [
            *_limit_lines(lines, axis.high),
            *_dots(rows, unit, currency, size_unit),
        ],
        height=height,
        xaxis=_size_axis(ends, size_unit),
        yaxis=value_axis(
            axis.positions, fmt.ticks(axis.positions, unit, currency), axis.low, axis.high
        ),
        right=room_for([label.text for label in labels]),
        bottom=BOTTOM,
        annotations=[
            *labels_at(
                ends[1],
                labels,
                low=axis.low,
                high=axis.high,
                pixels=height - TOP - BOTTOM,
                shift=6,
            ),
            *_names(outside, ends),
        ],
    )
    alt = _alt(name, rows, outside, lines["mean"][-1], unit, currency)
    return Chart(figure_, alt, height, _table(sites, name, unit, currency, size_unit))


def _limit_lines(lines: dict[str, list[float]], top: float) -> list[Json]:
    """Mean and limits, cut at zero and at the top so that they don't blow up the scale."""
    styles = (
        ("mean", "solid"),
        ("upper_95", "4px,3px"),
        ("lower_95", "4px,3px"),
        ("upper_998", "solid"),
        ("lower_998", "solid"),
    )
    return [
        line(
            lines["size"],
            [y if 0 < y <= top else None for y in lines[key]],
            colour=roles.LIMIT,
            width=1,
            dash=dash,
        )
        for key, dash in styles
    ]


def _dots(rows: Sequence[Json], unit: fmt.Unit, currency: str, size_unit: str) -> list[Json]:
    traces = []
    for kind in roles.OF_TYPE:
        chosen = [row for row in rows if (row["type"] or "common_cause") == kind]
        if not chosen:
            continue
        mark = marker(kind)
        if kind == "common_cause":
            mark |= {"size": 6, "color": roles.LIMIT}
        traces.append(
            points(
                [float(row["size"]) for row in chosen],
                [float(row["value"]) for row in chosen],
                marker=mark,
                hover=[
                    f"{row['name']}: {fmt.value(row['value'], unit, currency)} "
                    f"of {fmt.count(row['size'])} {size_unit}"
                    for row in chosen
                ],
            )
        )
    return traces


def _size_axis(ends: tuple[float, float], size_unit: str) -> Json:
    low, high = ends
    inner = scale([low, high], most=5)
    marks = [at for at in inner.positions if low <= at <= high][-4:]
    thousand = high >= 5000
    texts = [f"{fmt.number(at / 1000, decimals=0)}k" if thousand else fmt.count(at) for at in marks]
    if texts:
        texts[-1] = f"{texts[-1]} {size_unit}"
    spread = high - low
    return {
        "range": [low - 0.09 * spread, high],
        "tickmode": "array",
        "tickvals": marks,
        "ticktext": texts,
    }


def _names(outside: Sequence[Json], ends: tuple[float, float]) -> list[Json]:
    """Names of the sites that stand out, furthest from the rest first, on the side with room."""
    middle = (ends[0] + ends[1]) / 2
    chosen = sorted(outside, key=lambda row: -float(row["value"]))[:NAMED_AT_MOST]
    return [
        note(
            str(row["name"]),
            colour=roles.TEXT,
            x=float(row["size"]),
            y=float(row["value"]),
            xanchor="left" if float(row["size"]) < middle else "right",
            yanchor="middle",
            xshift=9 if float(row["size"]) < middle else -9,
        )
        for row in chosen
    ]


def _bare(number: float, unit: fmt.Unit, currency: str) -> str:
    if unit == "percent":
        return fmt.number(number * 100)
    return fmt.value(number, unit, currency)


def _alt(
    name: str,
    rows: Sequence[Json],
    outside: Sequence[Json],
    mean: float,
    unit: fmt.Unit,
    currency: str,
) -> str:
    said = f"the mean is {fmt.value(mean, unit, currency)}"
    count = fmt.counted(len(rows), "site")
    if not outside:
        return f"{name}: none of {count} stands outside its limits; {said}."
    chosen = sorted(outside, key=lambda row: -float(row["value"]))
    told = [f"{row['name']} at {fmt.value(row['value'], unit, currency)}" for row in chosen]
    stand = "stands" if len(told) == 1 else "stand"
    return f"{name}: {fmt.names(told, limit=5)} {stand} outside, of {count}; {said}."


def _table(
    sites: pl.DataFrame, name: str, unit: fmt.Unit, currency: str, size_unit: str
) -> Figures:
    ranked = sites.sort("value", descending=True, nulls_last=True)
    return Figures(
        ("Site", size_unit.capitalize(), name, "Signal"),
        tuple(
            (
                str(row["name"]),
                fmt.count(row["size"]),
                fmt.value(row["value"], unit, currency),
                "" if (row["type"] or "common_cause") == "common_cause" else "outside",
            )
            for row in ranked.to_dicts()
        ),
    )
