"""Several series over the same periods: one picked out, the rest grey, each named where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.axes import scale
from dashboard.charts.chart import (
    LINE_HEIGHT,
    TOP,
    Chart,
    Figures,
    Json,
    Label,
    escaped,
    figure,
    labels_beside,
    line,
    nothing,
    points,
    room_for,
    value_axis,
)
from dashboard.charts.voice import Voice

MOST_TICKS = 5
NAME = 13  # characters of a name beside the plot


@dataclass(frozen=True, slots=True)
class Line:
    """A series: its name and a value for each period, None where nothing is known.

    `strong` is the one that the title names; `dashed` one that the others are held against. The
    point of a line's row and a period's place, both from 0, has the id "row.place".
    """

    name: str
    values: Sequence[float | None]
    strong: bool = False
    dashed: bool = False


def lines(
    periods: Sequence[str],
    series: Sequence[Line],
    *,
    name: str,
    unit: fmt.Unit,
    currency: str = "USD",
    decimals: int | None = None,
    zero: bool = False,
    height: int = 340,
) -> Chart:
    """Lines over `periods`, which are named as they are told ("Oct 2026", "Q3 2026")."""
    voice = Voice(unit, currency, decimals)
    drawn = [one for one in series if any(value is not None for value in one.values)]
    known = [value for one in drawn for value in one.values if value is not None]
    if not known:
        return nothing(f"{name}: no value is known yet.")
    axis = scale(known, zero=zero)
    labels = [_label(one, voice, len(drawn)) for one in drawn]
    at = list(range(len(periods)))
    traces = [
        line(
            at,
            one.values,
            colour=_colour(one),
            width=2 if one.strong else 1.3,
            dash="4px,3px" if one.dashed else "solid",
            hover=[
                f"{one.name}, {period}: {voice.say(value)}"
                for period, value in zip(periods, one.values, strict=True)
            ],
            ids=[f"{row}.{place}" for place in at],
        )
        for row, one in sorted(enumerate(series), key=lambda pair: pair[1].strong)
        if one in drawn
    ]
    made = figure(
        [*traces, *_ends(drawn, at)],
        height=height,
        xaxis=_periods(periods),
        yaxis=value_axis(axis.positions, voice.ticks(axis.positions), axis.low, axis.high),
        right=room_for([label.text for label in labels]),
        bottom=26,
        annotations=labels_beside(
            labels, low=axis.low, high=axis.high, pixels=height - TOP - 26, floor=LINE_HEIGHT / 2
        ),
    )
    return Chart(made, _alt(name, periods, drawn, voice), height, _table(periods, drawn, voice))


def _colour(one: Line) -> str:
    if one.dashed:
        return roles.MUTED
    return roles.INK if one.strong else roles.LIMIT


def _ends(drawn: Sequence[Line], at: Sequence[int]) -> list[Json]:
    """A dot on the last known value of the line that is picked out."""
    found = []
    for one in drawn:
        known = [(x, value) for x, value in zip(at, one.values, strict=True) if value is not None]
        if one.strong or len(known) == 1:
            marker = {"symbol": "circle", "size": 6, "color": _colour(one), "line": {"width": 0}}
            found.append(points([known[-1][0]], [known[-1][1]], marker=marker))
    return found


def _label(one: Line, voice: Voice, count: int) -> Label:
    last = next(value for value in reversed(one.values) if value is not None)
    name = one.name if len(one.name) <= NAME else one.name[: NAME - 1].rstrip() + "…"
    text = voice.say(last) if count == 1 else name
    return Label(last, text, roles.TEXT if one.strong else roles.MUTED, bold=one.strong)


def _periods(periods: Sequence[str]) -> Json:
    """An axis of named periods: so few names that they fit on a phone, the last one among them."""
    last = len(periods) - 1
    step = max(1, -(-len(periods) // MOST_TICKS))
    chosen = list(range(last, -1, -step))[::-1]
    return {
        "range": [-max(0.35, 0.09 * len(periods)), last + 0.15],
        "tickmode": "array",
        "tickvals": chosen,
        "ticktext": [escaped(periods[at]) for at in chosen],
    }


def _alt(name: str, periods: Sequence[str], drawn: Sequence[Line], voice: Voice) -> str:
    told = []
    for one in sorted(drawn, key=lambda one: not one.strong)[:4]:
        known = [(p, v) for p, v in zip(periods, one.values, strict=True) if v is not None]
        (first, before), (last, now) = known[0], known[-1]
        said = f"{one.name} {voice.say(now)} in {last}"
        told.append(said if first == last else f"{said}, {voice.say(before)} in {first}")
    rest = f"; {len(drawn) - 4} more lines" if len(drawn) > 4 else ""
    return f"{name}: {'; '.join(told)}{rest}."


def _table(periods: Sequence[str], drawn: Sequence[Line], voice: Voice) -> Figures:
    rows = [
        (period, *(voice.say(one.values[at]) for one in drawn)) for at, period in enumerate(periods)
    ]
    return Figures(("Period", *(one.name for one in drawn)), tuple(reversed(rows)))
