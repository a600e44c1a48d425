"""Choosing by backtest, and ranges from what was missed: by hand, and on series made for it."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.analysis.outlook.backtest import ENOUGH, Trial, choice, judged, tried
from pipelines.analysis.outlook.methods import UNTRIED
from pipelines.analysis.outlook.panel import Floats, Panel
from pipelines.analysis.outlook.ranges import bounds, caution, quantiles, student, widened
from pipelines.analysis.outlook.spread import (
    Spread,
    family_ends,
    scales_now,
    spread,
)

GAP = float("nan")
ALL = np.array([0])


def series(values: Floats, season: int = 4) -> Panel:
    rows = len(values)
    return Panel(tuple(f"s{row}" for row in range(rows)), ("f",) * rows, values, season)


def trial(
    errors: dict[str, Floats], scale: Floats, steps: int, values: Floats | None = None
) -> Trial:
    """A trial with given errors; origins end at `steps`."""
    first = next(iter(errors.values()))
    rows, origins, horizon = first.shape
    known = values if values is not None else np.ones((rows, steps))
    at = tuple(range(steps - origins + 1, steps + 1))
    said = {name: np.zeros(first.shape) for name in errors}
    return Trial(series(known), at, horizon, said, errors, scale)


def noise(rows: int, steps: int, seed: int = 3) -> Floats:
    """Series with a season of 4 and noise around it."""
    rng = np.random.default_rng(seed)
    season = np.tile([10.0, 30, 20, 40], steps // 4 + 1)[:steps]
    made: Floats = season + rng.normal(0, 3, (rows, steps)) + rng.uniform(0, 50, (rows, 1))
    return made


def test_the_scaled_error_by_hand() -> None:
    """Season of 2: 10, 20, 12, 24 changed by 2 and 4, so the scale is 3.

    The seasonal naive forecast of the next two is 12 and 24; 15 and 21 came: +1 and -1.
    """
    made = tried(series(np.array([[10.0, 20, 12, 24, 15, 21]]), 2), [4], 2)
    assert made.scale[0, 0] == 3
    assert made.errors["seasonal naive"][0, 0].tolist() == [1, -1]
    told = judged(made, since=4)
    assert told is not None
    assert (told.outcomes, told.base) == (2, 1)


def test_an_outcome_that_did_not_arrive_is_no_outcome() -> None:
    made = tried(series(np.array([[10.0, 20, 12, 24, GAP, 21]]), 2), [4], 2)
    assert np.isnan(made.errors["seasonal naive"][0, 0, 0])
    told = judged(made, since=4)
    assert told is not None
    assert told.outcomes == 1


def test_the_choice_rests_on_what_was_known_by_then() -> None:
    """ "last" is right until step 44 and wrong after it; "median" the other way round."""
    early = np.arange(40) < 34
    errors = {
        "last": np.where(early, 0.0, 9.0)[None, :, None],
        "median": np.where(early, 1.0, 0.0)[None, :, None],
    }
    made = trial(errors, np.ones((1, 40)), 60)
    assert choice(made, ALL, made.origins[33])[0] == "last"
    assert choice(made, ALL, 200)[0] == "median"  # 9 x 6 / 40 against 34 / 40


def test_too_few_outcomes_choose_nothing() -> None:
    errors = {"last": np.zeros((1, ENOUGH - 1, 1)), "average": np.ones((1, ENOUGH - 1, 1))}
    assert choice(trial(errors, np.ones((1, ENOUGH - 1)), 60), ALL, 200) == (UNTRIED, {})


def test_candidates_are_compared_on_what_all_of_them_forecast() -> None:
    """Where "average" has nothing to say, "last" misses by much: that isn't held against it."""
    hard = np.arange(80) < 40
    errors = {
        "last": np.where(hard, 50.0, 1.0)[None, :, None],
        "average": np.where(hard, GAP, 2.0)[None, :, None],
    }
    name, told = choice(trial(errors, np.ones((1, 80)), 90), ALL, 200)
    assert (name, told) == ("last", {"last": 1.0, "average": 2.0})


def test_where_nothing_beats_repeating_last_year_it_is_repeated() -> None:
    """A season that repeats but for noise that is drawn once a season: no model knows better."""
    rng = np.random.default_rng(1)
    steps = np.tile([0.0, 100, -50, 300], 9)
    walk = np.repeat(rng.normal(0, 1, (30, 9)).cumsum(axis=1), 4, axis=1)
    made = tried(series(steps + walk), list(range(12, 33)), 4)
    name, errors = choice(made, np.arange(30), 36)
    assert name in ("seasonal naive", "growth")
    assert errors["seasonal naive"] < errors["smoothing"]


def test_the_range_of_nineteen_errors_leaves_two_on_either_side() -> None:
    """Ranks 20 x 0.1 = 2 and 20 x 0.9 = 18 of 1 to 19."""
    assert quantiles(np.arange(19, 0, -1.0)) == pytest.approx((2, 18))


def test_the_fewer_the_origins_the_wider_the_range() -> None:
    """Student's t with as many degrees of freedom, over the normal distribution's 1.2816."""
    assert caution(1) == caution(2) == pytest.approx(1.886 / 1.2816)
    assert caution(10) == pytest.approx(1.372 / 1.2816)
    assert caution(1000) == pytest.approx(1, abs=0.001)


def test_only_a_range_that_is_next_to_nothing_is_widened() -> None:
    assert widened(0.0, 0.0, 0.1) == (-0.1, 0.1)
    assert widened(-0.05, 0.12, 0.1) == (-0.1, 0.12)
    assert widened(1.0, 3.0, 0.1) == (1.0, 3.0)


def test_what_can_t_know_a_season_is_not_chosen_by_a_hair() -> None:
    """The seasonal naive forecast misses by 1: 0.04 more is forgiven, not 0.06."""
    errors = {"seasonal naive": 1.0, "last": 0.0, "growth": 0.04}
    given = {name: np.full((1, 40, 1), error) for name, error in errors.items()}
    assert choice(trial(given, np.ones((1, 40)), 60), ALL, 200)[0] == "growth"
    given["growth"] += 0.02
    assert choice(trial(given, np.ones((1, 40)), 60), ALL, 200)[0] == "last"


def test_an_untried_horizon_is_wider_by_the_root_of_how_much_further_it_is() -> None:
    errors = np.full((40, 1, 4), GAP)
    errors[:, 0, 0] = np.arange(1.0, 41)
    low, high = bounds(errors, np.array([[True, True, True, True]]))
    # They come from one origin, so the range is wider: 1.886 / 1.2816.
    assert (low[0], high[0]) == pytest.approx((6.0335, 54.3015), abs=0.001)
    assert high[3] == 2 * high[0]


def test_ranges_hold_eight_in_ten_and_methods_beat_the_naive_one() -> None:
    """120 series of a season and noise, where averages over the past must help."""
    made = tried(series(noise(120, 44)), list(range(16, 44)), 4)
    told = judged(made, since=24)
    assert told is not None
    assert told.outcomes == told.ranged > 1000
    assert 0.75 <= told.inside <= 0.85
    assert told.relative < 0.9


# Sums


def spread_of(scale: list[float], sums: Floats, at: int = 20) -> Spread:
    """The range of a sum of series whose one-step errors are `sums` (series, origins)."""
    made = trial({"last": sums[:, :, None]}, np.tile(scale, (sums.shape[1], 1)).T, 60)
    return spread(made, np.arange(len(scale)), {"f": "last"}, at, 1)


def test_one_series_has_the_range_of_its_family_in_its_own_scale() -> None:
    """Forty errors from -20 to 19 known: the 10 % and 90 % are -16.9 and 15.9.

    All from one origin, so the range is 1.886 / 1.2816 times as wide.
    """
    sums = np.repeat(np.arange(-20.0, 20)[:, None], 2, axis=1)
    sums[:, 1] = GAP
    made = trial({"last": sums[:, :, None]}, np.full((40, 2), 10.0), 60)
    told = spread(made, np.array([7]), {"f": "last"}, 1, 1)
    assert (told.below, told.above) == pytest.approx((248.70, 233.98), abs=0.01)
    assert told.backtested


def test_series_that_err_together_have_the_sum_of_their_ranges_at_most() -> None:
    rng = np.random.default_rng(5)
    same = np.tile(rng.normal(0, 1, 60), (4, 1))
    apart = rng.normal(0, 1, (4, 60))
    together, alone = spread_of([1, 1, 1, 1], same, 59), spread_of([1, 1, 1, 1], apart, 59)
    one = spread(
        trial({"last": apart[:, :, None]}, np.ones((4, 60)), 60), ALL, {"f": "last"}, 59, 1
    )
    half = (one.below + one.above) / 2
    assert 2 * half <= alone.above <= 2.6 * half  # the root of four, and chance
    assert 3.4 * half <= together.above <= 4.6 * half


def test_a_short_series_takes_its_family_s_part_of_its_level_and_says_so() -> None:
    """Two series of level 100 have a scale of 5; the third, of level 40, none: 2."""
    values = np.array([[100.0] * 60, [100.0] * 60, [GAP] * 57 + [40.0] * 3])
    scale = np.array([[5.0] * 40, [5.0] * 40, [GAP] * 40])
    made = trial({"last": np.zeros((3, 40, 1))}, scale, 60, values)
    now, own = scales_now(made, 39)
    assert now.tolist() == [5, 5, 2]
    assert own.tolist() == [True, True, False]
    assert not spread(made, np.array([2]), {"f": "last"}, 39, 1).backtested


def test_sums_longer_than_any_tried_are_not_called_backtested() -> None:
    errors = np.zeros((40, 3, 2))
    errors[:, :, 0] = np.linspace(-1, 1, 40)[:, None]
    made = trial({"last": errors}, np.ones((40, 3)), 60)
    # At the last origin but one, sums of two steps end after what is known.
    ends = family_ends(made, np.arange(40), "last", 1, 2)
    assert not ends.tried
    # Two origins: 1.886 / 1.2816; twice as far: twice as wide.
    assert ends.high == pytest.approx(2 * 0.8 * 1.4716, rel=0.06)


@pytest.mark.parametrize(
    ("freedom", "value"), [(1, 3.078), (2, 1.886), (10, 1.372), (20, 1.325), (60, 1.296)]
)
def test_student_s_t_as_tables_have_it(freedom: int, value: float) -> None:
    assert student(freedom) == pytest.approx(value, abs=0.002)
