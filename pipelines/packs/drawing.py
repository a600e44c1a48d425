"""Charts for paper, as SVG: the same figures, scales and words as on the slides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from pipelines import format as fmt
from pipelines.packs.content import Chart, Line
from pipelines.packs.look import GRID, INK, MUTED, QUIET, TEXT, shortened, width
from pipelines.packs.scale import scale, spread

SIZE = 8.5  # points
ROLES = {"ink": INK, "concern": "#AE4C0A", "quiet": QUIET, "target": MUTED, "band": QUIET}
DASHES = {"target": "1 2", "band": "4 2"}
Across = Callable[[int], float]
Up = Callable[[float], float]
BAR = 18.0  # points a bar takes, with the gap to the next


def drawn(chart: Chart, across: float, high: float) -> str:
    """The chart as SVG, `across` points wide; lines are `high` points high, bars as they need."""
    if chart.kind == "bars":
        high = BAR * len(chart.categories) + 4
    parts = _bars(chart, across, high) if chart.kind == "bars" else _lines(chart, across, high)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across:.1f}" height="{high:.1f}" '
        f'viewBox="0 0 {across:.1f} {high:.1f}" font-family="IBM Plex Sans" '
        f'font-size="{SIZE}">{"".join(parts)}</svg>'
    )


def _lines(chart: Chart, across: float, high: float) -> Iterator[str]:
    known = [value for line in chart.series for value in line.values if value is not None]
    low, top, step = scale(known, zero=chart.zero)
    ticks = [low + step * n for n in range(round((top - low) / step) + 1)]
    marks = _ticks(ticks, chart)
    texts = [f"{line.name} {line.last}" if line.last else "" for line in chart.series]
    left = max(width(mark, SIZE) for mark in marks) + 6
    right = across - max([0.0, *(width(text, SIZE, bold=True) for text in texts)]) - 8
    above, below = 6.0, high - 16.0

    def y(value: float) -> float:
        return above + (top - value) / (top - low) * (below - above)

    def x(at: int) -> float:
        return left + (right - left) * (at + 0.5) / len(chart.categories)

    for tick, mark in zip(ticks, marks, strict=True):
        heavy = tick == 0 and low < 0
        yield _rule(left, right, y(tick), QUIET if heavy else GRID)
        yield _text(left - 4, y(tick) + 2.8, mark, "end", MUTED)
    yield from _times(chart, x, right - left, high - 4)
    for line in chart.series:
        yield from _path(line, x, y)
    ends = [_last(line) for line in chart.series]
    heights = [y(end) if text and end is not None else None
               for text, end in zip(texts, ends, strict=True)]  # fmt: skip
    for line, text, at in zip(chart.series, texts, spread(heights, SIZE * 1.2), strict=True):
        if at is not None:
            heavy = line.role == "ink"
            yield _text(right + 4, at + 2.8, text, "start", TEXT if heavy else MUTED, bold=heavy)


def _ticks(ticks: Sequence[float], chart: Chart) -> list[str]:
    if chart.kind_of == "money":
        return fmt.ticks(ticks, "money", chart.currency)
    return [fmt.count(tick) for tick in ticks]


def _last(line: Line) -> float | None:
    return next((value for value in reversed(line.values) if value is not None), None)


def _times(chart: Chart, x: Across, across: float, y: float) -> Iterator[str]:
    """Labels of the time axis, as many as have room."""
    room = max(width(name, SIZE) for name in chart.categories) + 10
    each = max(1, -(-int(room * len(chart.categories)) // max(1, int(across))))
    for at in range(0, len(chart.categories), each):
        yield _text(x(at), y, chart.categories[at], "middle", MUTED)


def _path(line: Line, x: Across, y: Up) -> Iterator[str]:
    """A series, broken where a value is missing; a lone point is a dot."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(line.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x(at), y(value)))
    dash = f' stroke-dasharray="{DASHES[line.role]}"' if line.role in DASHES else ""
    colour, thick = ROLES[line.role], 1.6 if line.role == "ink" else 1.0
    for run in runs:
        if len(run) == 1:
            yield f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1.6" fill="{colour}"/>'
        elif run:
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in run)
            yield (
                f'<polyline points="{points}" fill="none" stroke="{colour}" '
                f'stroke-width="{thick}" stroke-linejoin="round"{dash}/>'
            )


def _bars(chart: Chart, across: float, high: float) -> Iterator[str]:
    [line] = chart.series
    values = [value or 0.0 for value in line.values]
    names = min(max(width(name, SIZE) for name in chart.categories), 0.42 * across)
    label = max((width(text, SIZE) for text in chart.labels), default=20.0) + 6
    low, top = min(0.0, *values), max(0.0, *values)
    left = names + 8 + (label if low < 0 else 0)
    right = across - (label if top > 0 else 0)
    span = (top - low) or 1.0

    def x(value: float) -> float:
        return left + (value - low) / span * (right - left)

    for at, (name, value) in enumerate(zip(chart.categories, values, strict=True)):
        y = 2 + BAR * at
        colour = INK if name in chart.marked else QUIET
        start, stop = sorted((x(0.0), x(value)))
        yield _text(0, y + 11.5, shortened(name, SIZE, names + 2), "start", TEXT)
        yield (
            f'<rect x="{start:.1f}" y="{y + 3:.1f}" width="{max(stop - start, 0.6):.1f}" '
            f'height="{BAR - 7:.1f}" fill="{colour}"/>'
        )
        if chart.labels:
            beside = (stop + 3, "start") if value >= 0 else (start - 3, "end")
            yield _text(beside[0], y + 11.5, chart.labels[at], beside[1], TEXT)
    yield (
        f'<line x1="{x(0.0):.1f}" x2="{x(0.0):.1f}" y1="0" y2="{high:.1f}" stroke="{QUIET}" '
        'stroke-width="0.6"/>'
    )


def _rule(left: float, right: float, y: float, colour: str) -> str:
    return (
        f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
        'stroke-width="0.6"/>'
    )


def _text(x: float, y: float, text: str, anchor: str, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    )
