"""Charts of gaps between rare events, against a textbook, geometric sums and chance itself."""

import math
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import NormalDist, fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.control.between import count_between, days_between, overdue, time_between
from pipelines.errors import UsageProblem

# Montgomery, 7th edition, table 7.14: hours between failures of a valve.
VALVE = [286, 948, 536, 124, 816, 729, 4, 143, 431, 8, 2837, 596, 81, 227, 603, 492, 1199, 1214,
         2831, 96]  # fmt: skip
BEYOND = NormalDist().cdf(-3)


def test_the_valve_failures_of_the_textbook():
    """Montgomery, example 7.6: hours to the power 5 / 18; the book finds no failure beyond."""
    roots = [hours ** (5 / 18) for hours in VALVE]
    centre = fmean(roots)
    width = 2.66 * fmean(abs(b - a) for a, b in pairwise(roots))
    found = time_between(VALVE)
    lines = found.groups[0].limits
    assert lines.mean == pytest.approx(centre ** (18 / 5))
    assert lines.upper == pytest.approx((centre + width) ** (18 / 5))
    assert centre - width < 0
    assert lines.lower == 0
    assert [p.value for p in found.points] == VALVE
    assert {p.outside for p in found.points} == {False}
    assert found.standing == "firm"


def test_limits_are_those_of_the_roots_turned_back():
    """Gaps 4 and 6 to the 3.6 in turn: mean 5, ranges 2, limits 5 ± 5.32 (at least 0), ± 3.5467."""
    found = time_between([4**3.6, 6**3.6] * 8).groups[0].limits
    assert found.mean == pytest.approx(5**3.6)
    assert (found.lower, found.upper) == (0, pytest.approx(10.32**3.6))
    assert found.near_lower == pytest.approx((5 - 5.32 * 2 / 3) ** 3.6)
    assert found.near_upper == pytest.approx((5 + 5.32 * 2 / 3) ** 3.6)


def test_a_long_gap_is_good_news_and_a_short_one_bad():
    """Roots 10 and 11 in turn: mean 10.5, limits 10.5 ± 2.66: 7.84 and 13.16."""
    base = [10**3.6, 11**3.6] * 7
    long, short = (time_between([*base, r**3.6], fix_after=14) for r in (13.2, 7.8))
    assert (long.variation, short.variation) == ("improvement", "concern")
    assert (long.points[-1].cause, short.points[-1].cause) == ("Above UCL", "Below LCL")
    assert time_between([*base, 13.1**3.6], fix_after=14).variation == "common_cause"
    run = time_between([*base, *([10.4**3.6] * 7)], fix_after=14, direction="down")
    assert [p.rule for p in run.points[14:]] == ["shift"] * 7
    assert run.variation == "improvement"


def test_a_constant_gap_is_no_signal():
    assert {p.type for p in time_between([0.3] * 20).points} == {"common_cause"}
    assert {p.type for p in count_between([7] * 20).points} == {"common_cause"}
    assert {p.outside for p in count_between([0] * 20).points} == {False}


def test_the_target_is_held_against_limits_in_time():
    """Roots 10 and 11 in turn: limits 7.84 and 13.16, in days 7.84^3.6 = 1,652 and 10,681."""
    base = [10**3.6, 11**3.6] * 7
    found = [time_between(base, target=t).assurance for t in (1_600, 1_700, 10_600, 10_800)]
    assert found == ["consistent_pass", "inconsistent", "inconsistent", "consistent_fail"]


def test_gaps_run_from_each_event_to_the_next():
    events = [date(2026, 3, 1), date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 1)]
    found = days_between(events, until=date(2026, 3, 15))
    assert found.ends == (date(2026, 1, 31), date(2026, 3, 1), date(2026, 3, 1))
    assert (found.days, found.since) == ((30, 29, 0), 14)
    assert [p.label for p in time_between(found.days, dates=found.ends).points] == [*found.ends]
    moments = [datetime(2026, 1, 1, 6), datetime(2026, 1, 1, 18), datetime(2026, 1, 3, 0)]
    assert days_between(moments).days == (0.5, 1.25)
    assert days_between(moments).since is None
    assert (days_between([]).days, days_between([], until=date(2026, 1, 1)).since) == ((), None)


def test_a_gap_that_is_not_over_is_overdue_beyond_the_upper_limit_only():
    """Roots 10 and 11 in turn: the upper limit is 13.16^3.6 = 10,681."""
    chart = time_between([10**3.6, 11**3.6] * 7)
    assert [overdue(chart, since) for since in (0, 10_600, 10_800)] == [False, False, True]
    assert (overdue(chart, None), overdue(time_between([5]), 9), overdue(time_between([]), 9)) == (
        None,
        None,
        None,
    )


def geometric_tail(average: int, count: int) -> Fraction:
    """P(gap > count) where gaps average `average`, in exact fractions."""
    return Fraction(average, 1 + average) ** (count + 1)


@given(st.integers(1, 3000))
def test_exact_limits_leave_as_much_beyond_them_as_three_sigma_and_no_more(
    average,
):
    lines = count_between([average] * 13).groups[0].limits
    upper, lower = int(lines.upper), int(lines.lower)
    assert geometric_tail(average, upper) <= BEYOND < geometric_tail(average, upper - 1)
    assert 1 - geometric_tail(average, lower - 1) <= BEYOND < 1 - geometric_tail(average, lower)
    near = NormalDist().cdf(-2)
    assert geometric_tail(average, int(lines.near_upper)) <= near
    assert 1 - geometric_tail(average, int(lines.near_lower) - 1) <= near


def test_benneyan_s_limits_are_three_sigma_of_a_geometric():
    """Gaps 10, 20, 30: g 20, sigma sqrt(20 × 21) = 20.4939: 20 ± 61.4817, near 20 ± 40.9878."""
    found = count_between([10, 20, 30], lines="sigma").groups[0]
    assert (found.limits.mean, found.standing) == (20, "trial")
    assert (found.limits.lower, found.limits.upper) == pytest.approx((-41.4817, 81.4817), abs=1e-4)
    assert (found.limits.near_lower, found.limits.near_upper) == pytest.approx(
        (-20.9878, 60.9878), abs=1e-4
    )


def test_exact_limits_worked_out_by_hand():
    """g 1: P(gap > x) = 2^-(x + 1). 2^-9 = 0.00195 and 2^-10 = 0.00098 around 0.00135: 9.

    2^-5 = 0.03125 and 2^-6 = 0.015625 around 0.02275: near 5. The median is 1.
    """
    lines = count_between([0, 2] * 7).groups[0].limits
    assert (lines.mean, lines.lower, lines.near_lower) == (1, 0, 0)
    assert (lines.upper, lines.near_upper) == (9, 5)
    assert [p.outside for p in count_between([0, 2] * 7 + [9, 10], fix_after=14).points[14:]] == [
        False,
        True,
    ]


def test_a_rebase_starts_with_the_first_gap_that_ends_on_it_or_later():
    days = [date(2026, 1, 1) + timedelta(days=30 * n) for n in range(6)]
    when = [date(2026, 3, 10), date(2030, 1, 1)]
    found = count_between([10, 20, 30, 100, 200, 300], lines="sigma", dates=days, rebase=when)
    assert [(g.first, g.last, g.limits.mean) for g in found.groups] == [(0, 2, 20), (3, 5, 200)]
    assert found.unmatched == (date(2030, 1, 1),)
    assert [g.first for g in time_between([1, 2, 3, 4], rebase=[2]).groups] == [0, 2]


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda: time_between([1, -1]), "negative"),
        (lambda: count_between([1.5, 2]), "whole"),
        (lambda: count_between([1, 2], lines="other"), "lines"),
        (lambda: time_between([1, 2], dates=[date(2026, 1, 1)]), "2 gaps"),
        (lambda: time_between([1, 2], dates=[date(2026, 2, 1), date(2026, 1, 1)]), "order"),
        (lambda: days_between([date(2026, 1, 1), datetime(2026, 1, 2)]), "all dates"),
        (lambda: days_between([date(2026, 1, 2)], until=date(2026, 1, 1)), "before the last"),
    ],
)
def test_what_makes_no_sense_is_refused(attempt, words):
    with pytest.raises(UsageProblem, match=words):
        attempt()


def test_too_few_gaps_set_no_limits_and_a_missing_one_is_no_point():
    assert (time_between([5]).standing, count_between([5]).standing) == ("none", "none")
    assert (time_between([]).points, count_between([]).standing) == ((), "none")
    found = time_between([5, None, 6, 7])
    assert (found.points[1].value, found.points[1].outside) == (None, None)
    assert [g.points for g in found.groups] == [3]
    assert time_between([5] * 12).standing == "trial"


GAPS = st.lists(st.integers(0, 400), min_size=3, max_size=30)


@given(GAPS, st.integers(2, 50))
def test_the_unit_of_time_changes_no_verdict(gaps, times):
    """Hours in place of days scale every root alike, and with them the limits."""
    plain, scaled = time_between(gaps), time_between([gap * times for gap in gaps])
    a, b = plain.groups[0].limits, scaled.groups[0].limits
    assert (b.mean, b.upper) == pytest.approx((a.mean * times, a.upper * times), abs=1e-6)
    assert [p.rule for p in plain.points] == [p.rule for p in scaled.points]


@given(GAPS, st.randoms(use_true_random=False))
def test_order_moves_the_limits_of_times_through_moving_ranges_and_those_of_counts_not(
    gaps, random
):
    shuffled = random.sample(gaps, len(gaps))
    assert count_between(gaps).groups[0].limits == count_between(shuffled).groups[0].limits
    first, other, back = (time_between(g).groups[0].limits for g in (gaps, shuffled, gaps[::-1]))
    assert other.mean == pytest.approx(first.mean)
    assert (back.lower, back.upper) == pytest.approx((first.lower, first.upper))


# What chance does


def test_random_events_are_flagged_as_seldom_as_theory_says():
    """400 series of 24 exponential gaps. A root to the 3.6 of one is Weibull with shape 3.6.

    Its mean is G(1 + 1 / 3.6), its square's G(1 + 2 / 3.6): beyond 3 sigma lie 0.08 %. Limits
    that 24 gaps set are a little off either way, which costs some more: a share under 0.8 %.
    """
    centre = math.gamma(1 + 1 / 3.6)
    sigma = math.sqrt(math.gamma(1 + 2 / 3.6) - centre**2)
    theory = math.exp(-((centre + 3 * sigma) ** 3.6)) - math.expm1(-((centre - 3 * sigma) ** 3.6))
    assert theory == pytest.approx(0.0008, abs=1e-4)
    rng = np.random.default_rng(7)
    drawn = rng.exponential(40, (400, 24)).tolist()
    flagged = sum(bool(p.outside) for row in drawn for p in time_between(row).points)
    assert theory / 3 < flagged / 9600 < 0.008
    # From a long baseline the limits are nearly the true ones.
    long = time_between(rng.exponential(40, 20_000).tolist())
    assert fmean(bool(p.outside) for p in long.points) == pytest.approx(theory, abs=7e-4)


def test_random_cases_are_flagged_as_seldom_as_theory_says_and_split_evenly():
    """Gaps of mean 99: events in one case of 100. Each tail holds 0.135 % at the most.

    Benneyan's upper limit lies at 99 + 3 × 99.5 = 397.5: 0.99^398 = 1.83 % are longer.
    """
    gaps = (np.random.default_rng(7).geometric(0.01, 20_000) - 1).tolist()
    exact, sigma = count_between(gaps), count_between(gaps, lines="sigma")
    share = {-1: 0.0, 1: 0.0}
    for point in exact.points:
        if point.outside:
            share[point.side] += 1 / 20_000
    # A deviation of 0.00026; below, a limit of 0 leaves nothing out.
    assert share[1] == pytest.approx(BEYOND, abs=8e-4)
    assert (exact.groups[0].limits.lower, share[-1]) == (0, 0)
    assert fmean(p.side == 1 for p in exact.points) == pytest.approx(0.5, abs=0.015)
    assert fmean(bool(p.outside) for p in sigma.points) == pytest.approx(0.99**398, abs=4e-3)
    assert fmean(p.side == -1 for p in sigma.points) == pytest.approx(1 - 0.99**99, abs=0.015)
    short = np.random.default_rng(8).geometric(0.01, (400, 24)) - 1
    flagged = sum(bool(p.outside) for row in short.tolist() for p in count_between(row).points)
    assert flagged / 9600 < 1.6 * BEYOND
