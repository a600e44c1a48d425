"""Control charts small enough to work out by hand; the R package's are in test_shared_vectors."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.control.points import Limits
from pipelines.analysis.control.spc import xmr
from pipelines.errors import UsageProblem

ZIGZAG = [10, 12] * 7
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(14)]


def lines(chart):
    return [(g.limits.mean, g.limits.lower, g.limits.upper) for g in chart.groups]


def test_limits_are_the_mean_and_2_66_mean_moving_ranges():
    """10, 50, 40, 30: mean 130 / 4 = 32.5; ranges 40, 10, 10, mean 20; 2.66 × 20 = 53.2.

    The near limits are two thirds of that from the mean: 35.4666…
    """
    found = xmr([10, 50, 40, 30]).groups[0].limits
    assert found.mean == 32.5
    assert (found.lower, found.upper) == pytest.approx((-20.7, 85.7))
    assert (found.near_lower, found.near_upper) == pytest.approx((-2.96667, 67.96667), abs=1e-5)


def test_the_screen_drops_extreme_ranges_once_and_keeps_the_mean():
    """Ranges: ten of 1, two of 11, mean 32 / 12; 3.267 times that is 8.712, so the 11s go.

    Screened mean range 1, limits 2.66 from the mean 29 / 13; unscreened 2.66 × 2.6667 = 7.0933.
    """
    values = [1, 2] * 5 + [1, 12, 1]
    mdc, nhsr = xmr(values), xmr(values, profile="nhsr")
    assert lines(nhsr) == [pytest.approx((29 / 13, 29 / 13 - 2.66, 29 / 13 + 2.66))]
    assert lines(mdc) == [pytest.approx((29 / 13, 29 / 13 - 7.09333, 29 / 13 + 7.09333))]
    assert lines(xmr(values, screen=True)) == lines(nhsr)


def test_no_range_spans_a_missing_value():
    """10, nothing, 12, 14: mean 12; the only range is 2; limits 12 ± 5.32."""
    chart = xmr([10, None, 12, float("nan"), 14, 16])
    assert lines(xmr([10, None, 12, 14])) == [pytest.approx((12, 6.68, 17.32))]
    missing = chart.points[1]
    assert (missing.value, missing.side, missing.outside) == (None, None, None)
    assert missing.type == "common_cause"
    assert chart.points[3].value is None


def test_a_constant_series_has_limits_on_its_mean_and_no_signal():
    chart = xmr([0.1] * 15, direction="up", target=0.2)
    assert lines(chart) == [(0.1, 0.1, 0.1)]
    assert {p.type for p in chart.points} == {"common_cause"}
    assert chart.assurance == "consistent_fail"


def test_a_screened_constant_series_has_no_limits():
    chart = xmr([5] * 15, profile="nhsr")
    assert lines(chart) == [(5, None, None)]
    assert (chart.standing, chart.variation) == ("none", "common_cause")


def test_a_single_point_has_a_mean_and_no_limits():
    chart = xmr([10], direction="up", target=12)
    assert chart.groups[0].limits == Limits(10, None, None, None, None)
    assert (chart.standing, chart.variation, chart.assurance) == ("none", "common_cause", None)


@pytest.mark.parametrize("values", [[], [None, None]])
def test_a_series_without_values_has_no_verdict(values):
    chart = xmr(values, direction="up", target=1)
    assert (chart.judged, chart.variation, chart.assurance) == (None, None, None)
    assert chart.standing == "none"
    assert len(chart.frame()) == len(values)


def test_limits_are_a_trial_under_13_points():
    assert xmr(ZIGZAG[:12]).standing == "trial"
    assert xmr(ZIGZAG[:13]).standing == "firm"
    assert xmr([*ZIGZAG[:12], None]).standing == "trial"


def test_a_target_on_a_limit_is_hit_and_miss():
    """0, 6, 0, 6 …: mean 3, ranges 6, limits 3 ± 15.96."""
    chart = xmr([0, 6] * 7, direction="up", target=3 + 2.66 * 6)
    assert chart.assurance == "inconsistent"


@pytest.mark.parametrize(
    ("direction", "variation"), [("up", "improvement"), ("down", "concern"), (None, "neutral_high")]
)
def test_direction_says_what_a_high_point_means(direction, variation):
    """Fourteen of 10 and 12, then 40: mean 12.93, ranges 13 × 2 + 28 over 14, upper limit 23.2."""
    chart = xmr([*ZIGZAG, 40], direction=direction)
    assert (chart.points[-1].rule, chart.points[-1].cause) == ("outside", "Above UCL")
    assert chart.variation == variation


@pytest.mark.parametrize(
    ("direction", "target", "assurance"),
    [
        ("up", 40, "consistent_fail"),
        ("down", 40, "consistent_pass"),
        ("up", 1, "consistent_pass"),
        ("down", 1, "consistent_fail"),
        ("up", 11, "inconsistent"),
        (None, 40, None),
        ("up", None, None),
    ],
)
def test_assurance_compares_the_target_with_the_limits(direction, target, assurance):
    """10, 12, 10, 12 …: mean 11, ranges 2, limits 5.68 and 16.32."""
    assert xmr(ZIGZAG, direction=direction, target=target).assurance == assurance


def test_a_point_beyond_the_limit_counts_in_two_of_three_for_mdc_only():
    """Of 14, 24, 17 at the end the 24 lies beyond the limit, the 17 between 2 and 3 sigma.

    Sum 10 × 22 + 55 = 275, mean 275 / 23 = 11.957; ranges 19 × 2 + 2 + 10 + 7 = 57, over 22
    2.591; upper limit 11.957 + 6.892 = 18.85, near limit 16.55.
    """
    values = [10, 12] * 10 + [14, 24, 17]
    mdc = xmr(values, screen=False)
    nhsr = xmr(values, screen=False, profile="nhsr")
    assert [p.rule for p in mdc.points[-3:]] == [None, "outside", "two_of_three"]
    assert [p.rule for p in nhsr.points[-3:]] == [None, "outside", None]


def test_a_rebase_starts_a_group_at_its_date():
    """Seven days about 11, then seven about 111: the same limits, 100 apart, from the eighth."""
    values = [10, 12, 10, 12, 10, 12, 10, 112, 110, 112, 110, 112, 110, 112]
    chart = xmr(values, dates=DAYS, rebase=[DAYS[7]])
    assert [(g.number, g.first, g.last) for g in chart.groups] == [(0, 0, 6), (1, 7, 13)]
    assert {p.rule for p in chart.points} == {None}
    assert len(xmr(values, dates=DAYS).groups) == 1


def test_rules_never_cross_a_rebase():
    chart = xmr([1, 2, 3, 4, 5, 6, 7], rebase=[3])
    assert all(p.flags.trend == 0 for p in chart.points)


def test_a_rebase_that_no_point_carries_changes_nothing_and_is_named():
    chart = xmr(ZIGZAG, dates=DAYS, rebase=[date(2025, 1, 1)])
    assert lines(chart) == lines(xmr(ZIGZAG))
    assert chart.unmatched == (date(2025, 1, 1),)


def test_a_rebase_at_the_first_point_makes_one_group():
    assert [(g.number, g.rows) for g in xmr(ZIGZAG, rebase=[0]).groups] == [(1, 14)]


def test_fix_after_sets_limits_from_the_first_points_and_judges_them_all():
    """Twelve of 10 and 12: mean 11, limits 5.68 and 16.32, whatever comes after."""
    chart = xmr([*ZIGZAG[:12], 50, 50], fix_after=12)
    assert lines(chart) == [pytest.approx((11, 5.68, 16.32))]
    assert [p.rule for p in chart.points[-2:]] == ["outside", "outside"]


def test_a_month_that_did_not_arrive_does_not_hide_the_last_signal():
    values = [*ZIGZAG, 40, None]
    mdc = xmr(values, direction="down")
    assert (mdc.judged, mdc.variation) == (14, "concern")
    assert xmr(values, direction="down", profile="nhsr").variation == "common_cause"


def test_points_are_put_in_order_of_date():
    values = [*ZIGZAG[:13], 40]
    chart = xmr(values[::-1], dates=DAYS[::-1])
    assert [p.value for p in chart.points] == values
    assert [p.label for p in chart.points] == DAYS


def test_columns_give_the_same_chart_as_lists():
    frame = pl.DataFrame({"day": DAYS, "cost": [Decimal(v) for v in ZIGZAG]})
    chart = xmr(frame["cost"], dates=frame["day"])
    assert chart == xmr(ZIGZAG, dates=DAYS)
    assert chart.frame().select("label", "value", "type").row(0) == (DAYS[0], 10, "common_cause")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"direction": "increase"}, "direction"),
        ({"profile": "excel"}, "profile"),
        ({"fix_after": 11}, "12 points or more"),
        ({"target": float("nan")}, "target"),
        ({"rebase": [DAYS[0]]}, "positions"),
        ({"dates": DAYS, "rebase": [3]}, "dates"),
        ({"dates": DAYS[:13]}, "13 dates"),
        ({"dates": [*DAYS[:13], DAYS[0]]}, "twice"),
        ({"dates": [*DAYS[:13], None]}, "unknown date"),
    ],
)
def test_a_choice_without_meaning_is_refused(wrong, says):
    with pytest.raises(UsageProblem, match=says):
        xmr(ZIGZAG, **wrong)


def test_an_infinite_value_is_refused_without_repeating_it():
    with pytest.raises(UsageProblem, match="must be None"):
        xmr([1.0, float("inf")])


numbers = st.lists(st.none() | st.integers(-20, 20), max_size=30)


@given(numbers)
def test_turned_upside_down_a_chart_says_the_same(values):
    up = xmr(values, direction="up", target=3)
    down = xmr([None if v is None else -v for v in values], direction="down", target=-3)
    assert [p.type for p in up.points] == [p.type for p in down.points]
    assert (up.variation, up.assurance) == (down.variation, down.assurance)


@given(numbers, st.sets(st.integers(0, 29)))
def test_every_point_is_in_one_group(values, cuts):
    chart = xmr(values, rebase=sorted(cuts))
    covered = [i for g in chart.groups for i in range(g.first, g.last + 1)]
    assert covered == [p.position for p in chart.points] == list(range(len(values)))
