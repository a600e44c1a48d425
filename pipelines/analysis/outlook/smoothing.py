"""Exponential smoothing by statsmodels: the one place that knows the library.

It is loaded when the first forecast is made, not before: that takes a second.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.analysis.outlook.panel import Floats

FEWEST = 6  # values from which the weight of the newest one is estimated
FALLBACK = 0.3  # the weight where there are fewer
# Weights of the newest value in level and season. One series has two or three seasons: estimated
# from so few, the weights follow the noise, and forecast worse than these (`make bench`).
LEVEL, SEASON = 0.1, 0.1


@dataclass(frozen=True, slots=True)
class Smoothed:
    """Forecasts by origin and horizon, (origins, horizon) each; NaN where there are none.

    Seasonal ones need two seasons to start from (of weekdays: 16 days).
    """

    simple: Floats
    seasonal: Floats


def smooth(series: Floats, origins: Sequence[int], horizon: int, season: int) -> Smoothed:
    """Simple and seasonal (Holt-Winters, additive, no trend) smoothing from several origins.

    `series` has no gaps. An origin is how many values are known there. The weights and the first
    states are estimated at the first origin and anew after each season; in between the states move
    on with each value, so that every forecast rests on nothing but what was known at its origin.
    """
    simple = np.full((len(origins), horizon), np.nan)
    seasonal = np.full((len(origins), horizon), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of short or constant series: the backtest judges them
        for rows in _blocks(origins, season):
            known, last = origins[rows[0]], origins[rows[-1]]
            if known < 1:
                continue
            levels = _levels(series[:last], known)
            for row in rows:
                simple[row] = levels[origins[row] - 1]
            if known < max(2 * season, 10 + 2 * (season // 2)):
                continue  # what the library needs to find the first states
            levels, seasons = _seasons(series[:last], known, season)
            steps = np.arange(horizon) % season
            for row in rows:
                at = origins[row]
                seasonal[row] = levels[at - 1] + seasons[at - season + steps]
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
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    if len(series) == 1:
        return series  # which the library refuses
    weight, start = FALLBACK, float(series[: min(known, 3)].mean())
    if known >= FEWEST and np.ptp(series[:known]) > 0:
        told = SimpleExpSmoothing(series[:known], initialization_method="estimated")
        fit = told.fit(method="SLSQP")  # the fastest of the methods that end at the same weights
        weight = float(fit.params["smoothing_level"])
        start = float(fit.params["initial_level"])
    run = SimpleExpSmoothing(series, initialization_method="known", initial_level=start).fit(
        smoothing_level=weight, optimized=False
    )
    return np.asarray(run.level, dtype=np.float64)


def _seasons(series: Floats, known: int, season: int) -> tuple[Floats, Floats]:
    """The level and the season's part after each value."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    weights = {"smoothing_level": LEVEL, "smoothing_seasonal": SEASON, "optimized": False}
    told = {"seasonal": "add", "seasonal_periods": season}
    begun = ExponentialSmoothing(
        series[:known], **told, initialization_method="heuristic"
    ).fit(**weights)  # fmt: skip
    run = ExponentialSmoothing(
        series, **told, initialization_method="known",
        initial_level=begun.params["initial_level"],
        initial_seasonal=begun.params["initial_seasons"],
    ).fit(**weights)  # fmt: skip
    return np.asarray(run.level, dtype=np.float64), np.asarray(run.season, dtype=np.float64)
