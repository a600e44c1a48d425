"""Choosing by backtest, and ranges from what was missed: by hand, and on series made for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipelines.analysis.outlook.backtest import ENOUGH, Trial, choice, judged, missed, tried
from pipelines.analysis.outlook.methods import UNTRIED
from pipelines.analysis.outlook.panel import Floats, Panel
from pipelines.analysis.outlook.ranges import (
    NORMAL,
    bounds,
    caution,
    freedom,
    quantiles,
    student,
    widened,
)
from pipelines.analysis.outlook.spread import (
    FADING,
    Spread,
    family_width,
    independent,
    scales_now,
    spreads,
    weighted,
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


# What would really have been forecast


def test_what_was_missed_is_by_the_method_chosen_by_then() -> None:
    """Season of 1: "last" is right till step 30, then "median"; at each origin what led by then.

    The first 30 origins know too few outcomes to choose by, so that they say the average, which
    nobody tried here: the last value stands in.
    """
    early = np.arange(80) < 40
    errors = {
        "last": np.where(early, 0.0, 9.0)[None, :, None],
        "median": np.where(early, 1.0, 0.0)[None, :, None],
        "average": np.full((1, 80, 1), 5.0),
    }
    values = np.zeros((1, 99))
    made = trial(errors, np.ones((1, 80)), 99, values)
    said = {"last": 7.0, "median": 3.0, "average": GAP}
    made = Trial(
        made.panel, made.origins, 1,
        {name: np.full((1, 80, 1), value) for name, value in said.items()}, errors, made.scale,
    )  # fmt: skip
    off = missed(made)[0, :, 0]
    assert (off[:45] == -7).all()  # 0 came
    # 9 (n - 40) / n of "last" against 40 / n of "median": from 45 known outcomes on.
    assert (off[46:79] == -3).all()
    assert np.isnan(off[79])  # not known yet


# Sums


def known(sums: Floats, scale: list[float], ahead: int = 1, **more: Floats) -> Trial:
    """A trial whose last origin follows those of `sums` (series, origins)."""
    rows, origins = sums.shape
    shape = (rows, origins + ahead, ahead)
    return trial(
        {"last": np.zeros(shape)}, np.tile(scale, (origins + ahead, 1)).T, 60, **more
    )  # fmt: skip


def test_series_that_go_together_are_worth_fewer() -> None:
    """Of three series: missing alike they are one; each by its own, three.

    Two origins, misses of 2 and 4: the mean square is 10. With 1, -1 and 0 in turn, the products of
    two are -1 on average, which is no togetherness at all. Where 2, 2, 0 were missed, the mean
    square is 8/3, the mean product 4/3: half, and three are worth 3 / (1 + 2 / 2) = 1.5.
    """
    once = np.ones(1)
    alike = np.array([[2.0, 4], [2, 4], [2, 4]])
    assert independent(alike, np.ones(2)) == pytest.approx(1)
    assert independent(np.array([[1.0], [-1], [0]]), once) == pytest.approx(3)
    assert independent(np.array([[2.0], [2], [0]]), once) == pytest.approx(1.5)
    assert independent(np.array([[2.0], [GAP], [2]]), once) == pytest.approx(1)  # of two
    assert independent(np.array([[2.0, 5]]), np.ones(2)) == 1  # a single series
    # What weighs nothing says nothing.
    assert independent(np.array([[2.0, 1], [2, -1], [2, 0]]), np.array([1.0, 0])) == 1


def spread_of(scale: list[float], sums: Floats, rows: list[int] | None = None) -> Spread:
    """The range of a sum of series that missed `sums` (series, origins), one step ahead."""
    made = known(sums, scale)
    off = np.concatenate([sums, np.full((len(sums), 1), GAP)], axis=1)[:, :, None]
    [told] = spreads(made, off, [np.array(rows or range(len(scale)))], sums.shape[1], 1)
    return told


def below_two(freedom: float) -> float:
    """Student's t between one and two degrees of freedom: linear in the reciprocal."""
    return 3.078 + (1 - 1 / freedom) / (1 - 1 / 2) * (1.886 - 3.078)


def test_one_series_has_the_range_of_its_family_in_its_own_scale() -> None:
    """Forty series with sizes 0 to 39 in units of their scale, from one origin.

    80 % of 41 is the 32.8th: 31.8. One origin has one degree of freedom; times 1.35026, for all
    missed to the same side: the mean square is 513.5, the mean product of two 376.83, and
    40 / (1 + 39 x 376.83 / 513.5) series are as good as independent.
    """
    scale = [10.0, 1.0] * 20
    sums = (np.arange(40.0) * scale)[:, None]
    told = spread_of(scale, sums, [7])
    assert told.width == pytest.approx(31.8 * below_two(1.35026) / 1.2816, rel=1e-4)
    assert spread_of(scale, sums, [8]).width == pytest.approx(10 * told.width)
    assert told.backtested


def test_of_weighted_outcomes_the_one_to_come_weighs_as_much_as_the_heaviest() -> None:
    """Weights 1, 2, 2 and 2 to come: up to the sizes lie 1/7, 3/7 and 5/7 of them."""
    sizes, weights = np.array([9.0, 3.0, 6.0]), np.array([2.0, 1.0, 2.0])
    assert weighted(sizes, weights, share=3 / 7) == 6
    assert weighted(sizes, weights, share=4 / 7) == 7.5
    assert weighted(sizes, weights) == 9  # more than was ever seen isn't known


def test_a_sum_is_as_wide_as_it_was_missed_by_newer_origins_weighing_more() -> None:
    """Two series of scale 1 missed together by 4 and then by 2 each: sums of 8 and of 4.

    Weights 0.85 and 1: mean square (0.85 x 64 + 16) / 1.85. They count as 1.85^2 / 1.7225 origins,
    as 1.98694 degrees of freedom.
    """
    sums = np.array([[4.0, 2.0], [4.0, 2.0]])
    several = np.tile(sums, (20, 1))  # enough of a family for its own range
    told = spread_of([1.0] * 40, several, [0, 1])
    square = (FADING * 64 + 16) / (1 + FADING)
    origins = (1 + FADING) ** 2 / (1 + FADING**2)
    t = 3.078 + (1 - 1 / origins) / (1 - 1 / 2) * (1.886 - 3.078)
    assert origins == pytest.approx(1.98694, abs=1e-5)
    assert t == pytest.approx(1.8938, abs=1e-3)
    assert told.width == pytest.approx(t * square**0.5)


def test_series_that_err_together_have_the_sum_of_their_ranges_at_most() -> None:
    rng = np.random.default_rng(5)
    same = np.tile(rng.normal(0, 1, 60), (4, 1))
    apart = rng.normal(0, 1, (4, 60))
    together, alone = spread_of([1.0] * 4, same), spread_of([1.0] * 4, apart)
    one = spread_of([1.0] * 4, apart, [0]).width
    assert 2 * one <= alone.width <= 2.6 * one  # the root of four, and chance
    assert together.width <= 4 * spread_of([1.0] * 4, same, [0]).width
    assert together.width > 1.5 * alone.width


def test_one_more_outcome_is_as_if_sites_went_together_as_in_all_subjects() -> None:
    """Two subjects at two sites, forecast once: supplies' misses cancel, wages' both go one way.

    Each series alone has a range of 1 (nothing was tried), so that of two that are independent is
    the root of 2, and of two that go together 2; in the mean square 2 / N² and 4 / N², N being
    1.2816. Wages missed 3 / N² in the mean square, half way, supplies 0: the shares are 0.5 and 0,
    the root of their mean square 0.35355, and so is a mean square of 2.7071 / N². With this as one
    more outcome supplies have 1.35355 / N², with two degrees of freedom.
    """
    miss = 3**0.5 / NORMAL / 2
    sums = np.array([[5.0], [-5.0], [miss], [miss]])
    alone = known(sums, [1.0] * 4)
    made = replace(alone, panel=replace(alone.panel, families=("supplies",) * 2 + ("wages",) * 2))
    off = np.concatenate([sums, np.full((4, 1), GAP)], axis=1)[:, :, None]
    supplies, wages = spreads(made, off, [np.array([0, 1]), np.array([2, 3])], 1, 1)
    assert supplies.width == pytest.approx(1.886 * 1.35355**0.5 / 1.2816, rel=1e-5)
    assert wages.width == 2  # 1.886 x the root of 2.8536 / N² is more than both at once
    same = spreads(alone, off, [np.array([0, 1])], 1, 1)[0]
    assert same.width == pytest.approx(2**0.5)  # of one subject alone: no other tells anything


def test_the_ranges_of_many_sums_are_those_of_each() -> None:
    rng = np.random.default_rng(6)
    sums, scale = rng.normal(0, 3, (9, 12)), list(rng.uniform(1, 5, 9))
    sums[4, :7] = GAP
    made = known(sums, scale)
    off = np.concatenate([sums, np.full((9, 1), GAP)], axis=1)[:, :, None]
    groups = [np.array(rows) for rows in ([0, 1, 2], [3], [4, 5], list(range(9)))]
    told = spreads(made, off, groups, 12, 1)
    assert told == [spread_of(scale, sums, list(rows)) for rows in groups]


def test_a_short_series_takes_its_family_s_part_of_its_level_and_says_so() -> None:
    """Two series of level 100 have a scale of 5; the third, of level 40, none: 2."""
    values = np.array([[100.0] * 60, [100.0] * 60, [GAP] * 57 + [40.0] * 3])
    scale = np.array([[5.0] * 40, [5.0] * 40, [GAP] * 40])
    made = trial({"last": np.zeros((3, 40, 1))}, scale, 60, values)
    now, own = scales_now(made, 39)
    assert now.tolist() == [5, 5, 2]
    assert own.tolist() == [True, True, False]
    [told] = spreads(made, np.zeros((3, 40, 1)), [np.array([2])], 39, 1)
    assert not told.backtested


def test_sums_longer_than_any_tried_are_not_called_backtested() -> None:
    """Forty sizes of 0.05 to 2; of two steps none is known, so it is twice the range of one.

    In twentieths the mean square is 553.5 and the mean product of two 416.83, so that all are worth
    40 / (1 + 39 x 416.83 / 553.5) = 1.31703 independent ones.
    """
    off = np.full((40, 2, 2), GAP)
    off[:, 0, 0] = np.arange(1, 41) / 20
    made = trial({"last": np.zeros((40, 2, 2))}, np.ones((40, 2)), 60)
    width, wider, steps = family_width(made, off, np.ones(40), np.arange(40), 1, 2)
    assert steps == 1
    assert width == pytest.approx(2 * 32.8 / 20 * below_two(1.31703) / NORMAL, rel=1e-4)
    [told] = spreads(made, off, [np.arange(40)], 1, 2)
    assert not told.backtested
    assert wider == pytest.approx(2 * 32.8 / 20 * 3.078 / NORMAL, rel=1e-6)  # of one origin
    assert told.width == pytest.approx(40 * wider)


def test_ranges_of_sums_hold_eight_in_ten() -> None:
    """Families of 8 series with a common walk, told from 24 origins: 300 groups, 12 horizons.

    The outcomes come after all that the ranges rest on.
    """
    rng = np.random.default_rng(8)
    held = []
    for _ in range(300):
        steps = rng.normal(0, 1, (1, 40)) + rng.normal(0, 1, (8, 40))
        off = np.stack([steps[:, at : at + 4].cumsum(axis=1) for at in range(30)], axis=1)
        off = np.diff(off, axis=2, prepend=0)
        made = trial({"last": np.zeros((8, 25, 4))}, np.ones((8, 25)), 60)
        for ahead in range(1, 5):
            known_by = off[:, :25].copy()
            for step in range(4):
                known_by[:, 24 - step :, step] = GAP
            [told] = spreads(made, known_by, [np.arange(8)], 24, ahead)
            held.append(abs(off[:, 24, :ahead].sum()) <= told.width)
    assert len(held) == 1200
    assert 0.75 <= np.mean(held) <= 0.85


def test_overlapping_sums_are_worth_fewer_that_don_t() -> None:
    """One step: each its own. Three steps from ten origins, within 12 steps: 3 x 3 x 12 / 19."""
    assert freedom(10, 1) == 10
    assert freedom(10, 3) == pytest.approx(108 / 19)
    assert freedom(1, 11) == 1


@pytest.mark.parametrize(
    ("degrees", "value"),
    [(1, 3.078), (2, 1.886), (10, 1.372), (20, 1.325), (60, 1.296)],
)
def test_student_s_t_as_tables_have_it(degrees: float, value: float) -> None:
    assert student(degrees) == pytest.approx(value, abs=0.002)


@pytest.mark.parametrize(("degrees", "value"), [(1.25, 2.501), (1.5, 2.196), (2.5, 1.730)])
def test_between_whole_numbers_it_is_a_little_more_than_exact(degrees: float, value: float) -> None:
    assert value <= student(degrees) <= 1.041 * value
