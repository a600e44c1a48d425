"""Exponential smoothing of many series at once: a step in time for all of them together.

The tests hold it to statsmodels: the same starts and states, and weights that fit no worse. The
library takes one series at a time, and for two thousand of them minutes where this takes a second.

statsforecast 2.1.1 was tried on three origins of each set of `make bench` (mean absolute scaled
error; the seasonal naive forecast 1.28, 1.04 and 1.15). Côte d'Ivoire: its best, IMAPA, 1.034,
simple smoothing 1.055, theta 1.080, automatic ETS 1.107; the median here 0.968. Nursing hours: ETS
without trend 0.900, automatic ETS 0.925, theta 0.967, CES 0.975; seasonal smoothing here 0.889.
The invented group, where past growth goes on: CES 0.839, ETS 0.950, theta 1.009; growth here
0.826. A fit takes 14 to 43 ms with automatic ETS, 5 to 7 with CES and 1 to 2 with theta, so that
2,000 series from 25 origins take 11 to 36 minutes, 4 to 6, and 1 to 2; all candidates here for
Côte d'Ivoire's 1,343 series from 19 origins take 5 seconds. It needs pandas below 3, and its
import takes 1.6 processor seconds. So it is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.analysis.outlook.panel import Floats

FEWEST = 6  # values from which the weight of the newest one is estimated
FALLBACK = 0.3  # the weight where there are fewer
# Weights of the newest value in level and season. One series has two or three seasons: estimated
# from so few, the weights follow the noise, and forecast worse than these (`make bench`).
LEVEL, SEASON = 0.1, 0.1
# How finely weights are looked for: so many of them, and so often again between the neighbours of
# the best one, with a tenth of the step.
WEIGHTS, FINER, PARTS = 51, 5, 10
LINE = 10  # values of the trend that the first level is a line's start of


@dataclass(frozen=True, slots=True)
class Smoothed:
    """Forecasts, (series, origins, horizon) each; NaN where there are none.

    Seasonal ones need two seasons to start from (of weekdays: 16 days).
    """

    simple: Floats
    seasonal: Floats


def smooth(series: Floats, origins: Sequence[int], horizon: int, season: int) -> Smoothed:
    """Simple and seasonal (Holt-Winters, additive, no trend) smoothing from several origins.

    `series` (series, steps) has no gaps. An origin is how many values are known there. The weights
    and the first states are estimated at the first origin and anew after each season; in between
    the states move on with each value, so that every forecast rests on nothing but what was known
    at its origin.
    """
    shape = (len(series), len(origins), horizon)
    simple, seasonal = np.full(shape, np.nan), np.full(shape, np.nan)
    for rows in _blocks(origins, season):
        known, last = origins[rows[0]], origins[rows[-1]]
        if known < 1:
            continue
        at = np.array([origins[row] for row in rows])
        simple[:, rows] = _levels(series[:, :last], known)[:, at - 1, None]
        if known < max(2 * season, LINE + 2 * (season // 2)):
            continue  # too few to find the first states
        levels, seasons = _seasons(series[:, :last], known, season)
        ahead = at[:, None] - season + np.arange(horizon) % season
        seasonal[:, rows] = levels[:, at - 1, None] + seasons[:, ahead]
    return Smoothed(simple, seasonal)


def _blocks(origins: Sequence[int], season: int) -> list[list[int]]:
    """The positions of origins that share one estimate: at most a season's steps apart."""
    blocks: list[list[int]] = []
    for row, origin in enumerate(origins):
        if not blocks or origin - origins[blocks[-1][0]] >= season or origins[blocks[-1][0]] < 1:
            blocks.append([])
        blocks[-1].append(row)
    return blocks


def _levels(series: Floats, known: int) -> Floats:
    """The level after each value, by what the first `known` values say of weight and start."""
    told = series[:, :known]
    weight = np.full(len(series), FALLBACK)
    level = told[:, :3].mean(axis=1)
    if known >= FEWEST:
        moving = np.ptp(told, axis=1) > 0
        weight[moving] = _best_weight(told[moving])
        level[moving] = _start(told[moving], weight[moving])[0]
    levels = np.empty_like(series)
    for step in range(series.shape[1]):
        level = level + weight * (series[:, step] - level)
        levels[:, step] = level
    return levels


def _best_weight(told: Floats) -> Floats:
    """The weight by which each series' next values were missed by least, in squares."""
    step = 1 / (WEIGHTS - 1)
    best = _least(told, np.linspace(0, 1, WEIGHTS)[:, None].repeat(len(told), axis=1))
    for _ in range(FINER):
        tries = best + np.linspace(-step, step, 2 * PARTS + 1)[:, None]
        best = _least(told, tries.clip(0, 1))
        step /= PARTS
    return best


def _least(told: Floats, tries: Floats) -> Floats:
    """Of the weights tried (tries, series), the best for each series."""
    missed = np.stack([_start(told, weight)[1] for weight in tries])
    best: Floats = np.take_along_axis(tries, missed.argmin(axis=0)[None], axis=0)[0]
    return best


def _start(told: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """The first level that fits best with a weight, and the sum of the squares then missed.

    What a value is missed by is linear in the first level, so that the best one is a quotient.
    """
    level, fading = np.zeros(len(told)), np.ones(len(told))
    with_start = of_start = squares = np.zeros(len(told))
    for step in range(told.shape[1]):
        apart = told[:, step] - level
        with_start, of_start = with_start + apart * fading, of_start + fading**2
        squares = squares + apart**2
        level, fading = level + weight * apart, fading * (1 - weight)
    start: Floats = with_start / of_start
    return start, squares - start * with_start


def _seasons(series: Floats, known: int, season: int) -> tuple[Floats, Floats]:
    """The level and the season's part after each value."""
    level, parts = _begun(series[:, :known], season)
    levels, seasons = np.empty_like(series), np.empty_like(series)
    for step in range(series.shape[1]):
        before, part = level, parts[:, step % season]
        level = before + LEVEL * (series[:, step] - part - before)
        levels[:, step] = level
        seasons[:, step] = SEASON * (series[:, step] - before) + (1 - SEASON) * part
        parts[:, step % season] = seasons[:, step]
    return levels, seasons


def _begun(told: Floats, season: int) -> tuple[Floats, Floats]:
    """The first level and the first season's parts.

    The season's parts are what the values lie off a centred moving average of a season, on
    average; the level is where a line through the average's first ten values starts (Hyndman and
    Athanasopoulos, Forecasting: principles and practice, third edition, section 2.6 of Hyndman and
    others, Forecasting with exponential smoothing).
    """
    least = LINE + 2 * (season // 2)
    cycles = max(min(5, told.shape[1] // season), -(-least // season))
    used = told[:, : season * cycles]
    windows = np.lib.stride_tricks.sliding_window_view(used, season, axis=1)
    trend = windows.mean(axis=2, dtype=np.float64)
    if season % 2 == 0:
        trend = (trend[:, 1:] + trend[:, :-1]) / 2
    apart = np.full((len(told), season * cycles), np.nan)
    first = season // 2
    span = slice(first, first + trend.shape[1])
    apart[:, span] = used[:, span] - trend
    parts = np.nanmean(apart.reshape(len(told), cycles, season), axis=1)
    parts -= parts.mean(axis=1, keepdims=True)
    steps = np.arange(1, LINE + 1, dtype=np.float64) - (LINE + 1) / 2
    begin = trend[:, :LINE]
    slope = begin @ steps / (steps @ steps)
    return begin.mean(axis=1) - slope * (LINE + 1) / 2, parts
