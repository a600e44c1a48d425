"""Figures by rows and columns as shades, stronger for more, each cell saying its figure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.chart import (
    CHARACTER,
    Chart,
    Figures,
    Json,
    escaped,
    figure,
    lines_of,
    note,
    nothing,
)
from dashboard.charts.names import named_rows, wrapped
from dashboard.charts.voice import Voice

ROW = 34
FITS = 6  # columns whose figures fit into the cells on a phone
GAP = 2


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    name: str,
    unit: fmt.Unit,
    currency: str = "USD",
    decimals: int | None = None,
    named: tuple[int, int] | None = None,
) -> Chart:
    """Shades of `values` (a list a row, in the order of `columns`; None is left blank with "–").

    `named` is the (row, column) that the title names: its figure is bold.
    """
    voice = Voice(unit, currency, decimals)
    known = [value for row in values for value in row if value is not None]
    if not known:
        return nothing(f"{name}: no value is known yet.")
    axis = named_rows(rows)
    heads = [wrapped(column)[:2] for column in columns]
    top = 10 + 14 * max(len(lines) for lines in heads)
    height = len(rows) * ROW + top + 12
    made = figure(
        [_shades(rows, columns, values, voice)],
        height=height,
        xaxis={"range": [-0.5, len(columns) - 0.5], "showticklabels": False},
        yaxis=axis.axis,
        left=axis.left,
        right=4,
        bottom=4,
        annotations=[
            *axis.notes,
            *(_head(lines, at, len(columns)) for at, lines in enumerate(heads)),
            *_figures(values, voice, named, len(columns)),
        ],
    )
    made["layout"]["margin"]["t"] = top
    return Chart(made, _alt(name, rows, columns, values, voice), height,
                 _table(rows, columns, values, voice))  # fmt: skip


def _shades(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    voice: Voice,
) -> Json:
    known = [value for row in values for value in row if value is not None]
    return {
        "type": "heatmap",
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "z": [list(row) for row in values],
        "zmin": min(0.0, *known) if len(known) > 1 else 0.0,
        "zmax": max(known) or 1.0,
        "colorscale": [[0, roles.PAGE], [1, roles.STRONG_BAND]],
        "showscale": False,
        "xgap": GAP,
        "ygap": GAP,
        "hoverongaps": False,
        "customdata": [
            [
                escaped(f"{row}, {column}: {voice.say(value)}")
                for column, value in zip(columns, line, strict=True)
            ]
            for row, line in zip(rows, values, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _head(lines: Sequence[str], at: int, count: int) -> Json:
    """A column's name above it, cut to its width on a phone."""
    fits = max(4, int(240 / count / CHARACTER))
    short = [text if len(text) <= fits else text[: fits - 1].rstrip() + "…" for text in lines]
    place = {"x": at, "yref": "paper", "y": 1, "xanchor": "center", "yanchor": "bottom"}
    return lines_of(short, colour=roles.MUTED, **place)


def _figures(
    values: Sequence[Sequence[float | None]],
    voice: Voice,
    named: tuple[int, int] | None,
    count: int,
) -> list[Json]:
    """The figures in the cells; where they don't fit, a dash alone tells what is missing."""
    return [
        note(
            _short(value, voice) if value is not None else fmt.MISSING,
            colour=roles.TEXT if value is not None else roles.MUTED,
            bold=(at, across) == named,
            x=across,
            y=at,
            xanchor="center",
            yanchor="middle",
        )
        for at, row in enumerate(values)
        for across, value in enumerate(row)
        if count <= FITS or value is None or (at, across) == named
    ]


def _short(value: float, voice: Voice) -> str:
    """A figure in its cell: counts whole, others without what the subtitle says."""
    return voice.say(value) if voice.unit in ("count", "hours", "days") else voice.bare(value)


def _alt(
    name: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    voice: Voice,
) -> str:
    cells = [
        (value, f"{rows[at]}, {columns[across]} {voice.say(value)}")
        for at, row in enumerate(values)
        for across, value in enumerate(row)
        if value is not None
    ]
    ranked = [said for _, said in sorted(cells, key=lambda cell: -cell[0])]
    missing = len(rows) * len(columns) - len(cells)
    said = f"{name}: highest {fmt.names(ranked[:3])}; lowest {ranked[-1]}"
    return f"{said}; {missing} without a figure." if missing else f"{said}."


def _table(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    voice: Voice,
) -> Figures:
    return Figures(
        ("Name", *columns),
        tuple(
            (row, *(voice.say(value) for value in line))
            for row, line in zip(rows, values, strict=True)
        ),
    )
