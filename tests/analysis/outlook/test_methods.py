"""Forecasts, one by one: by hand, by the published case, and none that looks ahead."""

from __future__ import annotations

import warnings
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.analysis.outlook.methods import METHODS, forecasts
from pipelines.analysis.outlook.panel import (
    Panel,
    filled,
    months_between,
    panel,
    scales,
    working_days,
)
from pipelines.analysis.outlook.smoothing import (
    LEVEL,
    SEASON,
    _best_weight,
    _start,
    smooth,
)

GAP = float("nan")
# Oil production of Saudi Arabia, million tonnes, 1996 to 2007 (R. J. Hyndman and
# G. Athanasopoulos, Forecasting: principles and practice, first edition, section 7.1).
OIL = [446.7, 454.5, 455.7, 423.6, 456.3, 440.6, 425.3, 485.1, 506.0, 526.8, 514.3, 494.2]


def one(*values: float, season: int = 4, work: list[float] | None = None) -> Panel:
    days = None if work is None else np.array(work)
    return Panel(("a",), ("f",), np.array([values], dtype=np.float64), season, days)


def said(name: str, series: Panel, horizon: int) -> list[float]:
    made = forecasts(series, [series.steps], horizon)[name]
    return [float(value) for value in made[0, 0]]


def test_the_seasonal_naive_forecast_repeats_the_last_season() -> None:
    assert said("seasonal naive", one(9, 9, 9, 9, 1, 2, 3, 4), 6) == [1, 2, 3, 4, 1, 2]


def test_growth_is_that_of_the_last_half_season_over_the_same_of_last_season() -> None:
    """The last two steps, 13 and 16, lie 3 and 4 above 10 and 12: 3.5 is added."""
    assert said("growth", one(8, 9, 10, 12, 11, 9, 13, 16), 4) == [14.5, 12.5, 16.5, 19.5]


def test_the_last_value_and_the_median_hold() -> None:
    assert said("last", one(1, 5, 2, 8), 2) == [8, 8]
    # Weights 0.512, 0.64, 0.8, 1, 1.476 below or at 5 of 2.952 in all: exactly half lies at 5.
    assert said("median", one(1, 5, 2, 8), 1) == [5]


def test_the_median_of_what_is_mostly_nothing_is_nothing() -> None:
    assert said("median", one(0, 0, 40, 0, 0, 30, 0, 0), 2) == [0, 0]


def test_simple_smoothing_of_the_published_case() -> None:
    """The book finds a weight of 0.89 and forecasts 496.49; it prints the data to one place."""
    made = smooth(np.array([OIL]), [len(OIL)], 2, 12).simple[0, 0]
    assert made == pytest.approx([496.49, 496.49], abs=0.06)


def test_between_estimates_the_level_moves_with_each_value() -> None:
    """level = level + weight x (value - level), worked out here from the library's weight."""
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    series = np.array([*OIL, 480.0, 510.0, 505.0])
    fit = SimpleExpSmoothing(series[:12], initialization_method="estimated").fit(method="SLSQP")
    level, weight = fit.params["initial_level"], fit.params["smoothing_level"]
    levels = []
    for value in series:
        level += weight * (value - level)
        levels.append(level)
    made = smooth(series[None], [12, 13, 15], 1, 12).simple[0, :, 0]
    assert made == pytest.approx([levels[11], levels[12], levels[14]], rel=1e-5)


def test_no_weight_of_the_library_fits_better() -> None:
    """Forty series of levels that wander: the library ends where it can't do better nearby."""
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    rng = np.random.default_rng(2)
    told = 100 + rng.normal(0, 1, (40, 18)).cumsum(axis=1) + rng.normal(0, 2, (40, 18))
    weight = _best_weight(told)
    start, missed = _start(told, weight)
    for row, series in enumerate(told):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it may end before it is sure
            fit = SimpleExpSmoothing(series, initialization_method="estimated").fit()
        assert missed[row] <= fit.sse * (1 + 1e-6)
        mine = SimpleExpSmoothing(
            series, initialization_method="known", initial_level=start[row]
        ).fit(smoothing_level=weight[row], optimized=False)
        assert missed[row] == pytest.approx(mine.sse, rel=1e-9)


def test_series_are_smoothed_side_by_side_as_each_alone() -> None:
    rng = np.random.default_rng(4)
    series = rng.normal(50, 9, (6, 40)).round()
    series[2] = 7
    whole = smooth(series, [5, 18, 25, 33, 40], 3, 12)
    for row in range(len(series)):
        alone = smooth(series[row : row + 1], [5, 18, 25, 33, 40], 3, 12)
        assert np.array_equal(whole.simple[row], alone.simple[0])
        assert np.allclose(whole.seasonal[row], alone.seasonal[0], equal_nan=True, rtol=1e-12)
    assert (whole.simple[2] == 7).all()


def test_seasonal_smoothing_is_the_textbook_s_from_the_library_s_start() -> None:
    """level += 0.1 (value - season's part - level); part = 0.1 (value - level before) + 0.9 part.

    The library's own `forecast` leaves out the part's last update; the states that are read here
    have it.
    """
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    series = 50 + 10 * np.sin(np.arange(30)) + np.arange(30) % 7
    told = {"seasonal": "add", "seasonal_periods": 7, "initialization_method": "heuristic"}
    weights = {"smoothing_level": LEVEL, "smoothing_seasonal": SEASON, "optimized": False}
    begun = ExponentialSmoothing(series[:21], **told).fit(**weights)
    level, parts = begun.params["initial_level"], [*begun.params["initial_seasons"]]
    expected = {}
    for step, value in enumerate(series):
        before, part = level, parts.pop(0)
        level = before + LEVEL * (value - part - before)
        parts.append(SEASON * (value - before) + (1 - SEASON) * part)
        expected[step + 1] = [level + parts[ahead % 7] for ahead in range(9)]
    made = smooth(series[None], [21, 25], 9, 7).seasonal[0]
    assert made[0] == pytest.approx(expected[21], rel=1e-9)
    assert made[1] == pytest.approx(expected[25], rel=1e-9)
    assert begun.forecast(6) == pytest.approx(expected[21][:6], rel=1e-9)


def test_by_working_day_a_steady_cost_a_day_is_forecast_exactly() -> None:
    """10 a day over 20, 22, 21, 23 days, and 19 and 21 days ahead."""
    work = [20.0, 22.0, 21.0, 23.0] * 3 + [19.0, 21.0]
    series = one(*(10 * days for days in work[:12]), work=work)
    assert said("average by day", series, 2) == pytest.approx([190, 210])


def test_a_series_of_one_value_is_forecast_by_it() -> None:
    series = one(GAP, GAP, 7)
    assert said("average", series, 2) == [7, 7]
    assert np.isnan(said("seasonal naive", series, 2)).all()


def test_a_gap_is_closed_from_the_season_before_and_never_read_as_nothing() -> None:
    """The step before the gap lies 2 above its own of last season, so the gap does too."""
    closed = filled(np.array([[GAP, 10, 20, 30, 40, 12, GAP, 33]]), 4)
    assert np.isnan(closed[0, 0])
    assert closed[0, 1:].tolist() == [10, 20, 30, 40, 12, 22, 33]


def test_the_scale_is_the_mean_change_from_season_to_season() -> None:
    """|2 - 1|, |2 - 2|, |7 - 4| and a gap: 4 / 3."""
    values = np.array([[1, 2, 4, 3, 2, 2, 7, GAP]])
    assert scales(values, 4, least=3)[0] == pytest.approx(4 / 3)
    assert np.isnan(scales(values, 4, least=4)[0])
    assert np.isnan(scales(np.array([[5.0, 6, 5, 6]]), 2, least=1)[0])


def test_working_days_are_counted_by_the_calendar() -> None:
    """February 2026 has four weeks to the day; August 2026 has 21 days from Monday to Friday."""
    assert working_days([date(2026, 2, 1), date(2026, 8, 1)]) == [20, 21]


def test_months_from_one_to_another() -> None:
    months = months_between(date(2025, 11, 1), date(2026, 2, 1))
    assert [f"{month:%Y-%m}" for month in months] == ["2025-11", "2025-12", "2026-01", "2026-02"]


def test_a_panel_leaves_unknown_what_has_no_row() -> None:
    frame = pl.DataFrame(
        {
            "key": ["b", "a", "b"],
            "family": ["x", "y", "x"],
            "step": [0, 1, 2],
            "value": [1, 2, None],
        }
    )
    made = panel(frame, 12, steps=3)
    assert (made.keys, made.families) == (("a", "b"), ("y", "x"))
    assert np.array_equal(
        made.values, np.array([[GAP, 2, GAP], [1, GAP, GAP]]), equal_nan=True
    )  # fmt: skip
    assert made.members("x").tolist() == [1]


@settings(max_examples=25)
@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=20), st.integers(9, 18))
def test_no_forecast_looks_ahead(values: list[float], origin: int) -> None:
    """What comes after an origin can be anything: the forecasts made there stay the same."""
    work = [21.0, 20.0, 22.0, 21.0] * 6
    known = one(*values, work=work)
    later = one(*values[:origin], *([5e5] * (20 - origin)), work=work)
    now, then = forecasts(known, [8, origin], 3), forecasts(later, [8, origin], 3)
    assert set(now) == {method.name for method in METHODS}
    for name in now:
        assert np.array_equal(now[name], then[name], equal_nan=True), name
