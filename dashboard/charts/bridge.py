"""The bridge from budget to actual, lying on its side."""

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
    note,
    room_for,
    rule,
    sideways_bars,
)
from dashboard.charts.names import named_rows

ROW = 36
PADDING = 24
LABEL = 0.2  # of the width, what the longest amount may take on a phone


def bridge(
    frame: pl.DataFrame,
    *,
    start: tuple[str, float],
    end: str = "Actual",
    name: str = "Cost",
    currency: str = "USD",
    named: Collection[str] = (),
) -> Chart:
    """What led from the first total to the last; zero is the first total, so bars are honest.

    `frame` has step (text) and amount (money, positive adds), in the order to draw. `start` is
    the name and amount of the first total ("Budget", 6610000); the last one, `end`, is the sum.
    `named` are the steps that the title names: they alone are orange.
    """
    steps = [(str(step), float(amount)) for step, amount in frame.select("step", "amount").rows()]
    label, begin = start
    gap = sum(amount for _, amount in steps)
    lows, lengths = _spans(steps)
    names = [label, *(step for step, _ in steps), end]
    places = list(range(len(names)))
    low, high = min([0.0, *lows]), max([0.0, *(a + b for a, b in zip(lows, lengths, strict=True))])
    spread = (high - low) or 1.0
    texts = [fmt.money(amount, currency, signed=True) for _, amount in steps]
    first, total = fmt.money(begin, currency), fmt.money(begin + gap, currency)
    axis = named_rows(names, bold={0, len(names) - 1})
    drawn = figure(
        [
            sideways_bars(
                places[1:],
                [*lengths, abs(gap)],
                base=[*lows, min(0.0, gap)],
                colours=[
                    *(roles.CONCERN if step in named else roles.LIMIT for step, _ in steps),
                    roles.INK,
                ],
                hover=[
                    *(f"{step}: {text}" for (step, _), text in zip(steps, texts, strict=True)),
                    f"{end}: {total}, {fmt.gap(gap, currency, against=label.lower())}",
                ],
                ids=[str(at) for at in places[1:]],
            )
        ],
        height=ROW * len(names) + PADDING,
        xaxis={"range": [low - 0.03 * spread, high + 0.03 * spread], "showticklabels": False},
        yaxis=axis.axis,
        left=axis.left,
        right=room_for([*texts, total], spare=14, least=64),
        bottom=8,
        shapes=[
            *_connectors(steps),
            rule(roles.INK, width=1.2, x0=0, x1=0, yref="paper", y0=0, y1=1),
        ],
        annotations=[
            *axis.notes,
            _amount(first, 0, 0, bold=True),
            *(
                _amount(text, at, _clear(low + length, spread))
                for at, text, low, length in zip(places[1:-1], texts, lows, lengths, strict=True)
            ),
            _amount(total, places[-1], max(0.0, gap), bold=True),
        ],
    )
    alt = _alt(name, label, first, end, total, gap, currency, steps)
    table = Figures(
        ("Step", "Amount"),
        ((label, first), *zip((s for s, _ in steps), texts, strict=True), (end, total)),
    )
    return Chart(drawn, alt, ROW * len(names) + PADDING, table)


def _spans(steps: Sequence[tuple[str, float]]) -> tuple[list[float], list[float]]:
    """Where each bar begins at its left, and how long it is."""
    lows, lengths, reached = [], [], 0.0
    for _, amount in steps:
        lows.append(min(reached, reached + amount))
        lengths.append(abs(amount))
        reached += amount
    return lows, lengths


def _connectors(steps: Sequence[tuple[str, float]]) -> list[Json]:
    """Thin lines that carry what was reached from one bar to the next."""
    lines, reached = [], 0.0
    for at, (_, amount) in enumerate(steps, 1):
        reached += amount
        lines.append(rule(roles.LIMIT, x0=reached, x1=reached, y0=at + 0.29, y1=at + 0.71))
    return lines


def _clear(end: float, spread: float) -> float:
    """Where an amount begins beside a bar's end: behind the line at zero rather than across it."""
    return 0.0 if -LABEL * spread < end < 0 else end


def _amount(text: str, row: int, x: float, *, bold: bool = False) -> Json:
    return note(
        text, colour=roles.TEXT, bold=bold, x=x, y=row, xanchor="left", yanchor="middle", xshift=7
    )


def _alt(
    name: str,
    label: str,
    first: str,
    end: str,
    total: str,
    gap: float,
    currency: str,
    steps: Sequence[tuple[str, float]],
) -> str:
    largest = sorted(steps, key=lambda step: -abs(step[1]))[:3]
    told = fmt.names([f"{step} {fmt.money(a, currency, signed=True)}" for step, a in largest])
    words = fmt.gap(gap, currency, against=label.lower())
    return f"{name}: {label.lower()} {first}, {end.lower()} {total}, {words}; largest: {told}."
