"""The funnel: a share at each site against the site's size, with limits that narrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.axes import Scale, scale
from dashboard.charts.chart import (
    CHARACTER,
    LINE_HEIGHT,
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
    value_axis,
)
from dashboard.charts.voice import Voice
from dashboard.charts.xmr import marker

BOTTOM = 26
NAMED_AT_MOST = 6
# Names are laid out for a phone; where there is more room they only stand further apart.
PHONE = 270.0
Box = tuple[float, float, float, float]


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
    null or common_cause is inside); rows without size or value are left out. `limits` has size
    (rising), mean, lower_95, upper_95, lower_998, upper_998 in the same unit.
    """
    voice = Voice(unit, currency)
    sites = _ranked(sites)
    rows = sites.with_row_index("row").drop_nulls(["size", "value"]).to_dicts()
    outside = sorted(
        (row for row in rows if _kind(row) != "common_cause"), key=lambda row: -row["value"]
    )
    lines = {key: [float(n) for n in limits[key].to_list()] for key in limits.columns}
    # Where sites are smallest the outer limits leave the picture, lest they flatten the rest.
    near = lines["upper_95"][len(lines["size"]) // 8 :]
    axis = scale([*(float(row["value"]) for row in rows), *near, lines["mean"][0]], zero=True)
    end, pixels = lines["size"][-1], height - TOP - BOTTOM
    labels = [
        Label(lines["upper_998"][-1], fmt.percent(0.998)),
        Label(lines["upper_95"][-1], fmt.percent(0.95, decimals=0)),
        Label(lines["mean"][-1], f"mean {voice.bare(lines['mean'][-1])}"),
    ]
    sizes = _size_axis(lines["size"][0], end, size_unit)
    drawn = figure(
        [*_limit_lines(lines, axis.high), *_dots(rows, voice, size_unit)],
        height=height,
        xaxis=sizes,
        yaxis=value_axis(axis.positions, voice.ticks(axis.positions), axis.low, axis.high),
        right=room_for([label.text for label in labels]),
        bottom=BOTTOM,
        annotations=[
            *labels_beside(labels, low=axis.low, high=axis.high, pixels=pixels),
            *_names(outside[:NAMED_AT_MOST], lines, sizes["range"], axis, pixels),
        ],
    )
    alt = _alt(name, rows, outside, lines["mean"][-1], voice)
    return Chart(drawn, alt, height, _table(sites, name, voice, size_unit))


def _ranked(sites: pl.DataFrame) -> pl.DataFrame:
    """The order of the table behind the picture: the highest first."""
    return sites.sort("value", descending=True, nulls_last=True, maintain_order=True)


def _kind(row: Json) -> str:
    return row["type"] or "common_cause"


def _limit_lines(lines: dict[str, list[float]], top: float) -> list[Json]:
    """Mean and limits, cut at zero and at the top."""
    dashes = {"mean": "solid", "upper_998": "solid", "lower_998": "solid"}
    return [
        line(
            lines["size"],
            [y if 0 < y <= top else None for y in lines[key]],
            colour=roles.LIMIT,
            width=1,
            dash=dashes.get(key, "4px,3px"),
        )
        for key in ("mean", "upper_95", "lower_95", "upper_998", "lower_998")
    ]


def _dots(rows: Sequence[Json], voice: Voice, size_unit: str) -> list[Json]:
    traces = []
    for kind in roles.OF_TYPE:
        chosen = [row for row in rows if _kind(row) == kind]
        if chosen:
            quiet = {"size": 6, "color": roles.LIMIT} if kind == "common_cause" else {}
            traces.append(
                points(
                    [float(row["size"]) for row in chosen],
                    [float(row["value"]) for row in chosen],
                    marker=marker(kind) | quiet,
                    hover=[_hover(row, voice, size_unit) for row in chosen],
                    ids=[str(row["row"]) for row in chosen],
                )
            )
    return traces


def _hover(row: Json, voice: Voice, size_unit: str) -> str:
    return f"{row['name']}: {voice.say(row['value'])} of {fmt.count(row['size'])} {size_unit}"


def _size_axis(low: float, high: float, size_unit: str) -> Json:
    """At most five sizes, the last with its unit; the values' figures stand before the first."""
    inner = scale([low, high], most=7)
    marks = [at for at in inner.positions if low <= at <= high]
    if len(marks) > 5:
        marks = marks[1::2]
    texts = [_short(at) for at in marks]
    if texts:
        texts[-1] = f"{texts[-1]} {size_unit}"
    return {
        "range": [low - 0.09 * (high - low), high],
        "tickmode": "array",
        "tickvals": marks,
        "ticktext": texts,
    }


def _short(size: float) -> str:
    return fmt.count(size) if size < 1000 else f"{fmt.number(size / 1000, decimals=0)}k"


def _names(
    outside: Sequence[Json],
    lines: dict[str, list[float]],
    ends: Sequence[float],
    axis: Scale,
    pixels: float,
) -> list[Json]:
    """Names beside their diamonds, where no name, diamond or limit stands yet."""
    across, down = PHONE / (ends[1] - ends[0]), pixels / (axis.high - axis.low)

    def spot(size: float, value: float) -> tuple[float, float]:
        return (size - ends[0]) * across, (value - axis.low) * down

    spots = [spot(float(row["size"]), float(row["value"])) for row in outside]
    curve = [spot(*at) for at in zip(lines["size"], lines["upper_998"], strict=True)]
    taken: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for x, y in spots]
    taken += [(x - 4, y - 2, x + 4, y + 2) for x, y in curve]
    notes = []
    for row, (x, y) in zip(outside, spots, strict=True):
        options = list(_places(x, y, len(row["name"]) * CHARACTER))
        # Where nothing is free, a name that crosses a line is still one that can be read whole.
        whole = [o for o in options if _within(o[0])] or options
        box, place = next((o for o in whole if _free(o[0], taken)), whole[0])
        taken.append(box)
        at: Json = {"x": float(row["size"]), "y": float(row["value"])}
        notes.append(note(str(row["name"]), colour=roles.TEXT, **at, **place))
    return notes


def _places(x: float, y: float, wide: float) -> Iterator[tuple[Box, Json]]:
    """Where a name may stand by a point, the best first, each with the box that it fills there."""
    half, away = LINE_HEIGHT / 2, 9
    right = {"xanchor": "left", "yanchor": "middle", "xshift": away}
    left = {"xanchor": "right", "yanchor": "middle", "xshift": -away}
    above = {"xanchor": "center", "yanchor": "bottom", "yshift": 6}
    below = {"xanchor": "center", "yanchor": "top", "yshift": -6}
    yield (x + away, y - half, x + away + wide, y + half), right
    yield (x - wide / 2, y + 6, x + wide / 2, y + 6 + LINE_HEIGHT), above
    yield (x - away - wide, y - half, x - away, y + half), left
    yield (x - wide / 2, y - 6 - LINE_HEIGHT, x + wide / 2, y - 6), below
    yield (x - wide, y + 6, x, y + 6 + LINE_HEIGHT), above | {"xanchor": "right"}
    yield (x - wide, y - 6 - LINE_HEIGHT, x, y - 6), below | {"xanchor": "right"}


def _within(box: Box) -> bool:
    """Whether a name there isn't cut off."""
    return box[0] >= 0 and box[2] <= PHONE


def _free(box: Box, taken: Sequence[Box]) -> bool:
    """Whether a box lies within the plot and on none of those taken."""
    return _within(box) and all(
        box[2] <= other[0] or other[2] <= box[0] or box[3] <= other[1] or other[3] <= box[1]
        for other in taken
    )


def _alt(
    name: str, rows: Sequence[Json], outside: Sequence[Json], mean: float, voice: Voice
) -> str:
    said = f"the mean is {voice.say(mean)}"
    count = fmt.counted(len(rows), "site")
    if not outside:
        return f"{name}: none of {count} stands outside its limits; {said}."
    told = [f"{row['name']} at {voice.say(row['value'])}" for row in outside]
    stand = "stands" if len(told) == 1 else "stand"
    return f"{name}: {fmt.names(told, limit=5)} {stand} outside, of {count}; {said}."


def _table(sites: pl.DataFrame, name: str, voice: Voice, size_unit: str) -> Figures:
    return Figures(
        ("Site", size_unit.capitalize(), name, "Signal"),
        tuple(
            (
                str(row["name"]),
                fmt.count(row["size"]),
                voice.say(row["value"]),
                "" if _kind(row) == "common_cause" else "outside",
            )
            for row in sites.to_dicts()
        ),
    )
