"""Charts of counts against a textbook, against sums done by hand, and against chance itself."""

import math
from datetime import date
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.control.counts import (
    NO_COUNT,
    NO_SIZE,
    NOTHING,
    CountChart,
    count_chart,
    sigma_z,
)
from pipelines.errors import UsageProblem

# Montgomery, 7th edition: tables 7.1 (cans of juice, 50 each), 7.4 (orders) and 7.10 (shipments).
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9,
        12, 7, 13, 9, 6]  # fmt: skip
ORDERS = [12, 8, 6, 9, 10, 12, 11, 16, 10, 6, 20, 15, 9, 8, 6, 8, 10, 7, 5, 8, 5, 8, 10, 6, 9]
ORDER_SIZES = [100, 80, 80, 100, 110, 110, 100, 100, 90, 90, 110, 120, 120, 120, 110, 80, 80, 80,
               90, 100, 100, 100, 100, 90, 90]  # fmt: skip
SHIPMENTS = [2, 3, 8, 1, 1, 4, 1, 4, 5, 1, 8, 2, 4, 3, 4, 1, 8, 3, 7, 4]


def outside(chart: CountChart) -> list[int]:
    return [p.position for p in chart.chart.points if p.outside]


def test_the_juice_cans_of_the_textbook():
    """Montgomery, example 7.1: mean 0.2313, limits 0.0524 and 0.4102, samples 15 and 23 beyond."""
    found = count_chart(CANS, [50] * 30, kind="proportion", laney="never")
    lines = found.chart.groups[0].limits
    assert (lines.mean, lines.lower, lines.upper) == pytest.approx(
        (0.2313, 0.0524, 0.4102), abs=1e-4
    )
    assert outside(found) == [14, 22]
    assert found.chart.groups[0].standing == "firm"


def test_the_orders_of_the_textbook_have_limits_of_their_own():
    """Montgomery, table 7.4: 234 of 2,450 is 0.096 (0.0955); only sample 11, of 110, is beyond.

    Its deviation is sqrt(0.0955 × 0.9045 / 110) = 0.02802, and the book's limit 0.180.
    """
    found = count_chart(ORDERS, ORDER_SIZES, kind="proportion", laney="never")
    assert outside(found) == [10]
    assert found.chart.points[10].limits.upper == pytest.approx(0.180, abs=5e-4)
    assert found.chart.points[10].value == pytest.approx(0.182, abs=5e-4)
    varying = found.chart.groups[0].limits
    assert (varying.mean, varying.upper) == (pytest.approx(234 / 2450), None)
    by_size = {n: p.limits for n, p in zip(ORDER_SIZES, found.chart.points, strict=True)}
    for size, lines in by_size.items():
        width = 3 * math.sqrt(234 / 2450 * (2216 / 2450) / size)
        assert (lines.lower, lines.upper) == pytest.approx((234 / 2450 - width, 234 / 2450 + width))


def test_the_shipments_of_the_textbook():
    """Montgomery, example 7.4: 74 errors in 20 weeks of 50: 0.0740, upper 0.1894, lower < 0: 0."""
    found = count_chart(SHIPMENTS, [50] * 20, kind="rate", laney="never")
    lines = found.chart.groups[0].limits
    assert (lines.mean, lines.upper, lines.lower) == pytest.approx(
        (0.0740, 0.1894, -0.0414), abs=1e-4
    )
    assert outside(found) == []
    assert found.frame()["lower"].to_list() == [0.0] * 20


def test_laney_widens_by_the_moving_ranges_of_the_scores():
    """40 and 60 of 100 in turn: c 0.5, deviation 0.05, scores ±2, every range 4: 4 / 1.128.

    3 × 0.05 × 3.546099 = 0.531915, so limits -0.031915 and 1.031915; drawn at 0 and 1.
    """
    found = count_chart([40, 60] * 7, [100] * 14, kind="proportion")
    assert [c.z for c in found.counted] == pytest.approx([-2, 2] * 7)
    assert (found.spreads[0].sigma_z, found.spreads[0].factor) == pytest.approx(
        (3.546099, 3.546099)
    )
    lines = found.chart.groups[0].limits
    assert (lines.lower, lines.upper) == pytest.approx((-0.031915, 1.031915), abs=1e-6)
    assert (lines.near_lower, lines.near_upper) == pytest.approx((0.145390, 0.854610), abs=1e-6)
    drawn = found.frame()
    assert (drawn["lower"].max(), drawn["upper"].min()) == (0.0, 1.0)
    percent = count_chart([40, 60] * 7, [100] * 14, kind="proportion", per=100).frame()
    assert (percent["value"][0], percent["upper"][0]) == (pytest.approx(40), 100)


def test_laney_with_sizes_that_differ_against_exact_sums():
    """7, 12, 3 and 20 events in 10, 30, 15 and 25 days: c 42 / 80, scores (o - c n) / sqrt(c n)."""
    events, days = [7, 12, 3, 20], [10, 30, 15, 25]
    c = Fraction(42, 80)
    scores = [float(o - c * n) / math.sqrt(c * n) for o, n in zip(events, days, strict=True)]
    ranges = [abs(scores[i + 1] - scores[i]) for i in range(3)]
    spread = sum(ranges) / 3 / 1.128
    found = count_chart(events, days, kind="rate", per=1000)
    assert spread > 1
    assert found.spreads[0].sigma_z == pytest.approx(spread)
    for n, point in zip(days, found.chart.points, strict=True):
        width = 3 * math.sqrt(c / n) * spread
        assert point.limits.upper == pytest.approx(1000 * (float(c) + width))
        assert point.limits.lower == pytest.approx(1000 * (float(c) - width))


def test_auto_never_narrows_and_always_does():
    """9 and 11 in turn: scores ±1 / sqrt(10), ranges 0.632456, sigma_z 0.560688, under 1."""
    series = [9, 11] * 8
    widths = {
        laney: count_chart(series, [1] * 16, kind="rate", laney=laney).chart.groups[0].limits.upper
        for laney in ("auto", "never", "always")
    }
    classic = 10 + 3 * math.sqrt(10)
    assert widths == {
        "auto": pytest.approx(classic),
        "never": pytest.approx(classic),
        "always": pytest.approx(10 + 3 * math.sqrt(10) * 0.560688, abs=1e-4),
    }


def test_a_period_without_anything_to_count_among_has_a_reason_and_no_point():
    found = count_chart([3, 0, None, 2, 5], [10, 0, 12, None, 10], kind="proportion")
    assert [p.value for p in found.chart.points] == [0.3, None, None, None, 0.5]
    assert [c.reason for c in found.counted] == [None, NOTHING, NO_COUNT, NO_SIZE, None]
    assert {p.outside for p in found.chart.points[1:4]} == {None}
    # No two neighbours: no moving range, so nothing to widen by, and nothing to multiply.
    assert (found.spreads[0].sigma_z, found.spreads[0].factor) == (None, 1.0)
    narrow = count_chart([3, None, 5], [10, None, 10], kind="proportion", laney="always")
    assert (narrow.chart.standing, narrow.chart.groups[0].limits.upper) == ("none", None)
    # The size alone sets the limits of a month whose count is missing: 8 of 20, deviation of 12.
    width = 3 * math.sqrt(0.4 * 0.6 / 12)
    assert found.chart.points[2].limits.upper == pytest.approx(0.4 + width)


def test_limits_are_firm_from_thirteen_points_and_none_from_one():
    def standing(n: int) -> str:
        return count_chart([4, 5] * n, [50] * 2 * n, kind="rate", fix_after=12).chart.standing

    assert standing(8) == "trial"
    assert count_chart([4] * 13, [50] * 13, kind="rate").chart.standing == "firm"
    assert count_chart([4] * 12 + [None], [50] * 13, kind="rate").chart.standing == "trial"
    assert count_chart([4], [50], kind="rate").chart.standing == "none"
    assert count_chart([], [], kind="rate").chart.points == ()
    assert count_chart([], [], kind="rate").frame().is_empty()


def test_the_rules_hold_where_limits_vary():
    """10 in 100 thirteen times, and then: seven above the mean, a fall of seven, two near a limit.

    Limits from the first 13: c 0.1, deviation for 100 0.03162: near limit 0.16325, far 0.19487;
    for 10,000 it is 0.00316: near 0.10632, far 0.10949. The same 0.108 is close only in the latter.
    """
    base, sizes = [10] * 13, [100] * 13
    fixed = {"kind": "rate", "laney": "never", "fix_after": 13, "direction": "down"}
    shift = count_chart(base + [11] * 7, sizes + [100] * 7, **fixed).chart
    assert [p.rule for p in shift.points[12:]] == [None] + ["shift"] * 7
    assert (shift.variation, shift.points[-1].cause) == ("concern", "7 Points Above CL")
    fall = count_chart([*base, 14, 13, 12, 11, 9, 8, 7], sizes + [100] * 7, **fixed).chart
    assert [p.rule for p in fall.points[13:]] == ["trend"] * 7
    assert fall.variation == "improvement"
    near = count_chart([*base, 1080, 11, 1080], [*sizes, 10000, 100, 10000], **fixed).chart
    assert [p.rule for p in near.points[13:]] == ["two_of_three", None, "two_of_three"]
    beyond = count_chart([*base, 12, 1200], [*sizes, 100, 10000], **fixed).chart
    assert [p.rule for p in beyond.points[13:]] == [None, "outside"]
    # One close and one beyond are two of three: 17 and 20 of 100, next to 11.
    both = count_chart([*base, 17, 20, 11], sizes + [100] * 3, **fixed).chart
    assert [p.rule for p in both.points[13:]] == ["two_of_three", "outside", None]


@given(st.integers(2, 30), st.integers(1, 400), st.sampled_from([1, 100, 1000]))
def test_a_count_on_its_limit_is_not_beyond_it(root, size, per):
    """Where k² are expected the deviation is k: limits lie on k² ± 3 k, near ones on k² ± 2 k."""
    middle = root**2
    ends = [middle + 3 * root, middle + 3 * root + 1, middle + 2 * root, middle + 2 * root + 1]
    if root >= 4:
        ends += [middle - 3 * root, middle - 3 * root - 1, middle - 2 * root, middle - 2 * root - 1]
    chart = count_chart([middle] * 13 + ends, [size] * (13 + len(ends)), kind="rate", per=per,
                        laney="never", fix_after=13).chart  # fmt: skip
    found = [(p.outside, p.close) for p in chart.points[13:]]
    assert found == [(False, True), (True, False), (False, False), (False, True)] * (len(ends) // 4)


def test_a_rebase_starts_new_limits_and_dates_sort_both_columns():
    days = [date(2026, m, 1) for m in (3, 1, 4, 2)]
    found = count_chart([30, 1, 40, 3], [100, 10, 100, 10], kind="rate", dates=days,
                        rebase=[date(2026, 3, 1), date(2025, 1, 1)])  # fmt: skip
    assert [c.numerator for c in found.counted] == [1, 3, 30, 40]
    assert [g.limits.mean for g in found.chart.groups] == pytest.approx([0.2, 0.35])
    assert [s.group for s in found.spreads] == [0, 1]
    assert found.chart.unmatched == (date(2025, 1, 1),)
    first = count_chart([1, 3, 30], [10] * 3, kind="rate", rebase=[0, 2])
    assert [(g.number, g.first, g.rows) for g in first.chart.groups] == [(1, 0, 2), (2, 2, 1)]


@pytest.mark.parametrize("laney", ["auto", "always", "never"])
@pytest.mark.parametrize("count", [0, 7])
def test_none_or_all_of_them_every_month_leaves_limits_on_the_mean(laney, count):
    found = count_chart([count] * 14, [7] * 14, kind="proportion", laney=laney)
    lines = found.chart.groups[0].limits
    assert (lines.mean, lines.lower, lines.upper) == (count / 7,) * 3
    assert (found.chart.standing, found.chart.variation) == ("firm", "common_cause")
    assert {c.z for c in found.counted} == {None}


def test_the_target_is_held_against_the_last_point_s_own_limits():
    """c 0.1: upper limit of 100 is 0.195, of 10,000 it is 0.109; a target of 0.15 lies between."""

    def last(size: int) -> str | None:
        events = [10] * 14 + [size // 10]
        chart = count_chart(events, [100] * 14 + [size], kind="rate", target=0.15, direction="down")
        return chart.chart.assurance

    assert (last(100), last(10000)) == ("inconsistent", "consistent_pass")


@pytest.mark.parametrize(
    ("events", "sizes", "kind", "words"),
    [
        ([1.5], [10], "rate", "whole"),
        ([-1], [10], "rate", "negative"),
        ([1], [-10], "rate", "negative"),
        ([11], [10], "proportion", "more cases"),
        ([1], [10.5], "proportion", "whole cases"),
        ([1, 2], [10], "rate", "equally many"),
        ([1], [10], "share", "kind"),
    ],
)
def test_what_makes_no_sense_is_refused(events, sizes, kind, words):
    with pytest.raises(UsageProblem, match=words):
        count_chart(events, sizes, kind=kind)
    with pytest.raises(UsageProblem, match="per must"):
        count_chart([1], [10], kind="rate", per=0)
    with pytest.raises(UsageProblem, match="laney"):
        count_chart([1], [10], kind="rate", laney="perhaps")


# What must hold for any series


@given(st.integers(0, 2**32 - 1), st.sampled_from([(40, 0.3), (500, 0.05), (2000, 0.5)]))
def test_a_constant_rate_with_equal_denominators_gives_a_sigma_z_near_one(seed, size_and_rate):
    # 400 scores: sigma_z has a deviation of about 0.045, so 0.27 is six of them.
    size, rate = size_and_rate
    events = np.random.default_rng(seed).binomial(size, rate, 400).tolist()
    found = count_chart(events, [size] * 400, kind="proportion")
    assert found.spreads[0].sigma_z == pytest.approx(1, abs=0.27)


@given(st.integers(1, 40), st.integers(1, 9))
def test_with_a_sigma_z_of_one_laney_is_the_classic_chart(scale, days):
    """Counts m ± d in turn have ranges 2 d / sqrt(m): with m 1000² and d 564, 1.128 exactly."""
    high, low = (1000 * scale) ** 2 + 564 * scale, (1000 * scale) ** 2 - 564 * scale
    wide, classic = (
        count_chart([high, low] * 8, [days] * 16, kind="rate", laney=laney)
        for laney in ("always", "never")
    )
    assert wide.spreads[0].factor == pytest.approx(1, rel=1e-9)
    for a, b in zip(wide.chart.points, classic.chart.points, strict=True):
        assert (a.limits.lower, a.limits.upper) == pytest.approx((b.limits.lower, b.limits.upper))


SERIES = st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
                  min_size=3, max_size=30)  # fmt: skip


@given(SERIES, st.integers(2, 1000))
def test_more_of_everything_narrows_the_classic_limits_and_leaves_laney_s_alone(rows, times):
    events, sizes = zip(*rows, strict=True)
    more = [n * times for n in events], [n * times for n in sizes]

    def uppers(columns, laney):
        return [p.limits.upper for p in
                count_chart(*columns, kind="proportion", laney=laney).chart.points]  # fmt: skip

    assert uppers(more, "always") == pytest.approx(uppers((events, sizes), "always"))
    centre = sum(events) / sum(sizes)
    before, after = uppers((events, sizes), "never"), uppers(more, "never")
    assert [(u - centre) * math.sqrt(times) for u in after] == pytest.approx(
        [u - centre for u in before], abs=1e-9
    )


@given(SERIES, st.randoms(use_true_random=False))
def test_the_order_of_points_matters_through_the_moving_ranges_only(rows, random):
    shuffled = random.sample(rows, len(rows))
    backwards = rows[::-1]
    first, other, mirror = (
        count_chart(*zip(*each, strict=True), kind="proportion", laney="always")
        for each in (rows, shuffled, backwards)
    )
    assert other.chart.groups[0].limits.mean == first.chart.groups[0].limits.mean
    assert sorted(c.z or 0 for c in other.counted) == sorted(c.z or 0 for c in first.counted)
    # Backwards the moving ranges are the same, and so is each point's pair of limits.
    limits = [p.limits.upper for p in mirror.chart.points][::-1]
    assert limits == pytest.approx([p.limits.upper for p in first.chart.points])
    # Shuffled, the widths at one size stand to each other as the mean moving ranges do.
    scores = [[c.z for c in chart.counted] for chart in (first, other)]
    if None not in scores[0]:
        a, b = (sum(abs(s[i + 1] - s[i]) for i in range(len(s) - 1)) for s in scores)
        assert first.spreads[0].factor * b == pytest.approx(other.spreads[0].factor * a, abs=1e-9)


def test_sigma_z_spans_no_gap():
    """Ranges 1 and 3 over 1.128; the gap between 1 and 5 is not a range."""
    assert sigma_z([0, 1, None, 5, 2]) == pytest.approx(2 / 1.128)
    assert (sigma_z([1.0]), sigma_z([])) == (None, None)


# What chance does


def test_merged_sites_with_huge_denominators_are_not_all_flagged():
    """Months whose true rate itself moves by a tenth: 5 % ± 0.5 points, of 100,000 visits each.

    A count's own deviation is 0.07 points, so a classic limit is 0.21 away: beyond it lie the
    months whose rate moved 0.42 deviations or more, two thirds of them. Laney's is near 3.
    """
    rng = np.random.default_rng(20261126)
    rates = rng.normal(0.05, 0.005, (100, 24)).clip(0.01, 0.2)
    months = rng.binomial(100_000, rates).tolist()
    share = {
        laney: sum(len(outside(count_chart(row, [100_000] * 24, kind="proportion", laney=laney)))
                   for row in months) / 2400
        for laney in ("never", "auto")
    }  # fmt: skip
    counted = 0.05 * 0.95 / 100_000
    expected = 2 * NormalDist().cdf(-3 * math.sqrt(counted / (counted + 0.005**2)))
    assert share["never"] == pytest.approx(expected, abs=0.08)
    assert share["auto"] < 0.02


def beyond(total: int, size: int | None) -> float:
    """How often a point of 24 lies beyond the limits that these 24 set, given their total.

    Given its total a Poisson series is a multinomial: a point is binomial (total, 1/24). Given
    its total a series of shares is drawn without replacement: a point is hypergeometric.
    """
    mean = Fraction(total, 24)
    width = 3 * math.sqrt(mean if size is None else mean * (1 - mean / size))
    within = range(max(0, math.ceil(mean - width)), math.floor(mean + width) + 1)
    if size is None:
        inside = sum(math.comb(total, k) * 23 ** (total - k) for k in within)
        return float(1 - Fraction(inside, 24**total))
    inside = sum(math.comb(size, k) * math.comb(23 * size, total - k) for k in within)
    return float(1 - Fraction(inside, math.comb(24 * size, total)))


@pytest.mark.parametrize("kind", ["rate", "proportion"])
def test_series_in_control_are_flagged_as_seldom_as_theory_says(kind):
    """400 series of 24 points: what is flagged lies within two and a half deviations of theory.

    Laney's factor, where it is above 1, can only take flags away.
    """
    rng = np.random.default_rng(7)
    rate = kind == "rate"
    drawn = rng.poisson(6.3, (400, 24)) if rate else rng.binomial(80, 0.2, (400, 24))
    expected = 24 * sum(beyond(int(row.sum()), None if rate else 80) for row in drawn)
    classic, widened = (
        sum(
            len(outside(count_chart(row, [80] * 24, kind=kind, laney=laney)))
            for row in drawn.tolist()
        )
        for laney in ("never", "auto")
    )
    assert 9600 * 0.001 < expected < 9600 * 0.005
    assert abs(classic - expected) < 2.5 * math.sqrt(expected)
    assert 0.25 * expected < widened <= classic
