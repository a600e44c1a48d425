"""Ranked bars, and the ages of what is open."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from dashboard import format as fmt
from dashboard.charts import roles
from dashboard.charts.chart import (
    Chart,
    Figures,
    Json,
    figure,
    hovered,
    note,
    room_for,
    rule,
    sideways_bars,
)
from dashboard.charts.names import named_rows
from dashboard.charts.voice import Voice

ROW = 30


def bars(
    frame: pl.DataFrame,
    *,
    name: str,
    unit: fmt.Unit,
    currency: str = "USD",
    decimals: int | None = None,
    signed: bool = False,
    named: Collection[str] = (),
    reference: tuple[str, float] | None = None,
) -> Chart:
    """Bars from zero, in the order of the frame: rank it before.

    `frame` has name (text) and value (in `unit`; null is written "–"). `named` are the rows that
    the title names, in orange. `reference` is a line with its word ("group mean", 0.052).
    """
    rows = [(str(who), value) for who, value in frame.select("name", "value").rows()]
    lengths = [0.0 if value is None else float(value) for _, value in rows]
    voice = Voice(unit, currency, decimals)
    texts = [voice.say(value, signed=signed) for _, value in rows]
    low, high = _ends(lengths, reference)
    axis = named_rows([who for who, _ in rows])
    top = 18 if reference else 0
    height = max(1, len(rows)) * ROW + 16 + top
    drawn = figure(
        [
            sideways_bars(
                range(len(rows)),
                lengths,
                colours=[roles.CONCERN if who in named else roles.LIMIT for who, _ in rows],
                hover=[f"{who}: {text}" for (who, _), text in zip(rows, texts, strict=True)],
                ids=[str(at) for at in range(len(rows))],
            )
        ],
        height=height,
        xaxis={"range": [low, high], "showticklabels": False},
        yaxis=axis.axis,
        left=axis.left,
        right=room_for(texts, spare=14, least=48),
        bottom=8,
        shapes=[
            rule(roles.LIMIT, x0=0, x1=0, yref="paper", y0=0, y1=1),
            *_reference_line(reference),
        ],
        annotations=[
            *axis.notes,
            *(
                _amount(text, at, length, who in named)
                for at, ((who, _), text, length) in enumerate(
                    zip(rows, texts, lengths, strict=True)
                )
            ),
            *_reference_word(reference, voice),
        ],
    )
    drawn["layout"]["margin"]["t"] += top
    alt = _alt(name, rows, texts, reference, voice)
    table = Figures(
        ("Name", name), tuple((who, text) for (who, _), text in zip(rows, texts, strict=True))
    )
    return Chart(drawn, alt, height, table)


def _ends(lengths: Sequence[float], reference: tuple[str, float] | None) -> tuple[float, float]:
    marks = [0.0, *lengths, *([reference[1]] if reference else [])]
    low, high = min(marks), max(marks)
    spread = (high - low) or 1.0
    return low - (0.02 * spread if low < 0 else 0.0), high + 0.01 * spread


def _amount(text: str, row: int, length: float, strong: bool) -> Json:
    colour = roles.CONCERN if strong else roles.TEXT
    end = max(0.0, length)
    place = {"x": end, "y": row, "xanchor": "left", "yanchor": "middle", "xshift": 5}
    # The page's colour behind the text keeps the reference line out of it.
    return note(text, colour=colour, bold=strong, bgcolor=roles.PAGE, **place)


def _reference_line(reference: tuple[str, float] | None) -> list[Json]:
    if reference is None:
        return []
    at = reference[1]
    return [rule(roles.INK, dash="2px,3px", x0=at, x1=at, yref="paper", y0=0, y1=1)]


def _reference_word(reference: tuple[str, float] | None, voice: Voice) -> list[Json]:
    if reference is None:
        return []
    word, at = reference
    text = f"{word} {voice.say(at)}"
    return [note(text, x=at, yref="paper", y=1, xanchor="center", yanchor="bottom")]


def _alt(
    name: str,
    rows: Sequence[tuple[str, float | None]],
    texts: Sequence[str],
    reference: tuple[str, float] | None,
    voice: Voice,
) -> str:
    if not rows:
        return f"{name}: nothing to show."
    told = [f"{who} {text}" for (who, _), text in zip(rows, texts, strict=True)]
    parts = [f"{name}: {fmt.names(told[:3])}"]
    if len(told) > 3:
        parts.append(f"last of {len(told)}: {told[-1]}")
    if reference:
        parts.append(f"{reference[0]} {voice.say(reference[1])}")
    return f"{'; '.join(parts)}."


def age_bars(
    frame: pl.DataFrame,
    *,
    name: str = "Open jobs by age",
    noun: str = "job",
    named: Collection[str] = (),
    height: int = 220,
) -> Chart:
    """A histogram of at most six buckets, youngest first, each with its count.

    `frame` has bucket (text, short: "0–7 d") and count (whole number). `named` are the buckets
    that the title names, in orange.
    """
    rows = [(str(bucket), int(count)) for bucket, count in frame.select("bucket", "count").rows()]
    places = list(range(len(rows)))
    counts = [count for _, count in rows]
    colours = [roles.CONCERN if bucket in named else roles.LIMIT for bucket, _ in rows]
    drawn = figure(
        [
            {
                "type": "bar",
                "x": places,
                "y": counts,
                "width": 0.72,
                "marker": {"color": colours, "line": {"width": 0}},
                **hovered([f"{bucket}: {fmt.counted(count, noun)}" for bucket, count in rows]),
                "ids": [str(at) for at in places],
            }
        ],
        height=height,
        xaxis={
            "range": [-0.5, len(rows) - 0.5],
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [bucket for bucket, _ in rows],
        },
        yaxis={"range": [0, (max(counts, default=0) or 1) * 1.16], "showticklabels": False},
        bottom=26,
        shapes=[rule(roles.LIMIT, xref="paper", x0=0, x1=1, y0=0, y1=0)],
        annotations=[
            note(
                fmt.count(count),
                colour=roles.CONCERN if bucket in named else roles.TEXT,
                bold=bucket in named,
                x=at,
                y=count,
                xanchor="center",
                yanchor="bottom",
            )
            for at, (bucket, count) in enumerate(rows)
        ],
    )
    told = fmt.names([f"{bucket} {fmt.count(count)}" for bucket, count in rows])
    alt = f"{name}: {fmt.counted(sum(counts), noun)}; {told}."
    table = Figures(("Age", noun.capitalize() + "s"), tuple((b, fmt.count(c)) for b, c in rows))
    return Chart(drawn, alt, height, table)
