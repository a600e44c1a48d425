"""What every chart is made of: the house template, axes, labels that don't collide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.charts import roles

Json = dict[str, Any]

TOP = 8
FONT = 12
LINE_HEIGHT = 14
# Width of a character of Plex Sans at 12 px, with some to spare.
CHARACTER = 6.6
WIDEST_MARGIN = 96


@dataclass(frozen=True, slots=True)
class Figures:
    """The table behind a chart: headings and formatted rows; the first column is text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A Plotly figure as a dict, what it says in words, its height in pixels, its figures."""

    figure: Json = field(repr=False)
    alt: str
    height: int
    table: Figures = field(repr=False)


@dataclass(frozen=True, slots=True)
class Label:
    """A direct label: at the height `y` (in the axis' unit), in a role's colour."""

    y: float
    text: str
    colour: str = roles.MUTED
    bold: bool = False


def figure(
    traces: Sequence[Json],
    *,
    height: int,
    xaxis: Json,
    yaxis: Json,
    left: float = 0,
    right: float = 0,
    bottom: float = 24,
    shapes: Sequence[Json] = (),
    annotations: Sequence[Json] = (),
) -> Json:
    """A figure in the house style: no title, no legend, nothing that captures the scroll."""
    layout = {
        "height": height,
        "margin": {"l": left, "r": right, "t": TOP, "b": bottom, "pad": 4},
        "font": {"size": FONT, "color": roles.MUTED},
        "paper_bgcolor": roles.PAGE,
        "plot_bgcolor": roles.PAGE,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "font": {"size": FONT, "color": roles.TEXT},
            "bgcolor": roles.PAGE,
            "bordercolor": roles.LIMIT,
        },
        "xaxis": {**_AXIS, **xaxis},
        "yaxis": {**_AXIS, **yaxis},
        "shapes": list(shapes),
        "annotations": list(annotations),
    }
    return {"data": list(traces), "layout": layout}


def nothing(alt: str) -> Chart:
    """What stands in the place of a chart without a value: a line that says so."""
    hidden = {"visible": False, "range": [0, 1]}
    place: Json = {"xref": "paper", "x": 0, "xanchor": "left", "y": 0.5, "yanchor": "middle"}
    words = [note("no value is known yet", **place)]
    drawn = figure([], height=60, xaxis=hidden, yaxis=hidden, bottom=8, annotations=words)
    return Chart(drawn, alt, 60, Figures((), ()))


_AXIS: Json = {
    "showgrid": False,
    "showline": False,
    "zeroline": False,
    "ticks": "",
    "fixedrange": True,
    "automargin": False,
    "ticklabeloverflow": "allow",
    "tickfont": {"size": FONT, "color": roles.MUTED},
    "title": {"text": ""},
}


def value_axis(positions: Sequence[float], texts: Sequence[str], low: float, high: float) -> Json:
    """A y axis with gridlines, whose figures sit on the lines inside the plot."""
    return {
        "range": [low, high],
        "tickmode": "array",
        "tickvals": list(positions),
        "ticktext": list(texts),
        "showgrid": True,
        "gridcolor": roles.GRID,
        "gridwidth": 1,
        "ticklabelposition": "inside top",
    }


def line(
    xs: Sequence[Any],
    ys: Sequence[float | None],
    *,
    colour: str = roles.INK,
    width: float = 1.6,
    dash: str = "solid",
    hover: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    **more: Any,
) -> Json:
    """A line that breaks where a value is missing; `ids` name its points (see `show`)."""
    trace: Json = {
        "type": "scatter",
        "mode": "lines",
        "x": list(xs),
        "y": list(ys),
        "line": {"color": colour, "width": width, "dash": dash},
        "connectgaps": False,
        **_hover(hover, ids),
    }
    return {**trace, **more}


def points(
    xs: Sequence[Any],
    ys: Sequence[float | None],
    *,
    marker: Mapping[str, Any],
    hover: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
) -> Json:
    """Marks without a line."""
    trace = {"type": "scatter", "mode": "markers", "x": list(xs), "y": list(ys)}
    return {**trace, "marker": dict(marker), "cliponaxis": False, **_hover(hover, ids)}


def sideways_bars(
    names: Sequence[Any],
    lengths: Sequence[float],
    *,
    colours: Sequence[str],
    base: Sequence[float] | None = None,
    hover: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
) -> Json:
    """Horizontal bars, one a name, from zero or from `base`."""
    trace: Json = {
        "type": "bar",
        "orientation": "h",
        "y": list(names),
        "x": list(lengths),
        "width": 0.58,
        "marker": {"color": list(colours), "line": {"width": 0}},
        **_hover(hover, ids),
    }
    return trace if base is None else {**trace, "base": list(base)}


def _hover(texts: Sequence[str] | None, ids: Sequence[str] | None) -> Json:
    if texts is None:
        return {"hoverinfo": "skip"}
    return {**hovered(texts), **({} if ids is None else {"ids": list(ids)})}


def hovered(texts: Sequence[str]) -> Json:
    """What stands beside a point that is pointed at: a text of lines for each."""
    return {
        "hovertemplate": "%{customdata}<extra></extra>",
        "customdata": ["<br>".join(map(escaped, text.splitlines())) for text in texts],
    }


def rows_of(days: Sequence[Any], chosen: Sequence[Any] | None = None) -> list[str]:
    """The ids of points over time: the row of each in the table, which has the latest first."""
    at = {day: str(len(days) - 1 - place) for place, day in enumerate(days)}
    return [at[day] for day in (days if chosen is None else chosen)]


def band(x0: Any, x1: Any, low: float, high: float, colour: str = roles.BAND) -> Json:
    """A filled rectangle below the data."""
    return {
        "type": "rect",
        "layer": "below",
        "x0": x0,
        "x1": x1,
        "y0": low,
        "y1": high,
        "fillcolor": colour,
        "line": {"width": 0},
    }


def rule(colour: str, *, width: float = 1, dash: str = "solid", **ends: Any) -> Json:
    """A straight line; `ends` are Plotly's x0, x1, y0, y1, xref, yref."""
    return {"type": "line", "line": {"color": colour, "width": width, "dash": dash}, **ends}


def note(text: str, *, colour: str = roles.MUTED, bold: bool = False, **place: Any) -> Json:
    """A text without an arrow; `place` is where, in Plotly's words."""
    return lines_of([text], colour=colour, bold=bold, **place)


def lines_of(
    texts: Sequence[str], *, colour: str = roles.MUTED, bold: bool = False, **place: Any
) -> Json:
    """A text in lines, without an arrow."""
    shown = "<br>".join(escaped(text) for text in texts)
    font = {"size": FONT, "color": colour}
    text = f"<b>{shown}</b>" if bold else shown
    return {"text": text, "showarrow": False, "font": font, "align": "left", **place}


def escaped(text: str) -> str:
    """A text as Plotly may draw it: a name is never read as a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def labels_beside(
    labels: Sequence[Label], *, low: float, high: float, pixels: float, floor: float | None = None
) -> list[Json]:
    """Labels at the right edge of the plot, moved apart so that none lies on another.

    `low` and `high` are the ends of the axis, `pixels` the height between them. The bold label is
    the one that stays where it belongs; above a `floor` of pixels over the axis they all stay.
    """
    scale = pixels / (high - low)
    wanted = sorted(labels, key=lambda label: (label.y, label.bold))
    places = _apart([label.y * scale for label in wanted], [label.bold for label in wanted])
    if floor is not None:
        for at, place in enumerate(places):
            least = places[at - 1] + LINE_HEIGHT if at else low * scale + floor
            places[at] = max(place, least)
    return [
        note(
            label.text,
            colour=label.colour,
            bold=label.bold,
            xref="paper",
            x=1,
            y=label.y,
            xanchor="left",
            yanchor="middle",
            xshift=6,
            yshift=round(place - label.y * scale, 1),
        )
        for label, place in zip(wanted, places, strict=True)
    ]


def _apart(heights: Sequence[float], fixed: Sequence[bool]) -> list[float]:
    """Rising heights at least a line apart, moving those that aren't fixed."""
    places = list(heights)
    anchor = next((i for i, held in enumerate(fixed) if held), len(places) // 2)
    for i in range(anchor + 1, len(places)):
        places[i] = max(places[i], places[i - 1] + LINE_HEIGHT)
    for i in range(anchor - 1, -1, -1):
        places[i] = min(places[i], places[i + 1] - LINE_HEIGHT)
    return places


def room_for(texts: Sequence[str], *, spare: float = 12, least: float = 0) -> float:
    """Pixels that the longest of the texts needs beside the plot, within reason for a phone."""
    longest = max((len(text) for text in texts), default=0)
    return min(WIDEST_MARGIN, max(least, round(longest * CHARACTER + spare)))
