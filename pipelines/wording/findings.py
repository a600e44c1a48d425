"""Titles of charts and tables that the pages and the packs both show."""

from __future__ import annotations

import polars as pl

from pipelines import format as fmt


def months_on_one_side(frame: pl.DataFrame, currency: str) -> str:
    """For how many months the gap to budget has been on the side of the last one.

    `frame` has a row a month, in order: `start`, its first day, and `gap`, in money of `currency`,
    above 0 where cost is over budget.
    """
    gaps, months = frame["gap"].to_list(), 0
    for gap in reversed(gaps):
        if (gap > 0) != (gaps[-1] > 0) or not gap:
            break
        months += 1
    last = fmt.month_in_sentence(frame["start"][-1])
    if months < 2:
        return f"{last} was {fmt.gap(gaps[-1], currency)}"
    word = "over" if gaps[-1] > 0 else "under"
    return f"Each of the last {fmt.count(months)} months was {word} budget"


def volume_explains(volume: float, rest: float, currency: str) -> str:
    """Whether volume excuses the gap to budget, of which it makes `volume` and the rest `rest`.

    Both in money of `currency`, above 0 where cost is over budget.
    """
    gap = volume + rest
    if gap <= 0:
        return f"For the volume that came, cost is {fmt.gap(rest, currency)}"
    if volume <= 0:
        return f"Volume explains none of the {fmt.gap(gap, currency)}"
    told = fmt.money(min(volume, gap), currency)
    return f"Volume explains {told} of the {fmt.gap(gap, currency)}"
