"""Funnel limits against sums that fit on a page."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.control.funnel import between_sites, dispersion, funnel, quantiles
from pipelines.errors import UsageProblem


def test_binomial_limits_of_ten_tosses():
    """Binomial (10, 1/2), in 1024ths: F(0) = 1, F(1) = 11, F(2) = 56; F(7) = 968, F(8) = 1013.

    2.5 % is 25.6: first reached at 2, so 2 - (56 - 25.6) / 45; 97.5 % is 998.4: 8 - 14.6 / 45.
    0.1 % is 1.024: first reached at 1, so 1 - (11 - 1.024) / 10; 99.9 % is 1022.976: F(9) = 1023.
    """
    found = quantiles("proportion", 0.5, 10)
    expected = [1 - 9.976 / 10, 2 - 30.4 / 45, 8 - 14.6 / 45, 9 - 0.024 / 10]
    assert found == pytest.approx(expected, abs=1e-9)


def test_poisson_limits_of_one_expected_event():
    """Poisson (1): F in units of 1/e: 1, 2, 2.5, 2.6667, 2.7083; 97.5 % is 0.975 e = 2.65032.

    First reached at 3: 3 - (2.66667 - 2.65032) / 0.16667. Below: 0 - (1 - p e), cut at 0.
    """
    low998, low95, up95, _ = quantiles("rate", 0.5, 2)
    assert up95 == pytest.approx(3 - (8 / 3 - 0.975 * math.e) * 6)
    assert (low998, low95) == pytest.approx((-(1 - 0.001 * math.e), -(1 - 0.025 * math.e)))
    assert funnel(["A"], [1], [1], kind="rate").sites[0].limits.lower_95 == 0


@pytest.mark.parametrize(("kind", "variance"), [("proportion", 0.25), ("rate", 0.5)])
def test_limits_of_large_sites_approach_the_normal_ones(kind, variance):
    site = funnel(["A"], [5e5], [1e6], kind=kind).sites[0]
    width = math.sqrt(variance / 1e6)
    assert site.limits.upper_95 == pytest.approx(0.5 + 1.95996 * width, abs=2e-6)
    assert site.limits.lower_998 == pytest.approx(0.5 - 3.09023 * width, abs=2e-6)


def test_each_site_is_held_against_the_ratio_of_sums():
    """30 of 100 and 90 of 300 and 60 of 100: level 180 / 500 = 36 %, so C is (60 - 36) / 4.8."""
    found = funnel(["A", "B", "C"], [30, 90, 60], [100, 300, 100], kind="proportion", per=100)
    a, b, c = found.sites
    assert found.level == pytest.approx(36)
    assert [s.value for s in found.sites] == pytest.approx([30, 30, 60])
    assert [s.expected for s in found.sites] == pytest.approx([36, 108, 36])
    assert [s.z for s in found.sites] == pytest.approx([-6 / 4.8, -18 / math.sqrt(69.12), 5])
    assert [(s.outside_95, s.outside_998) for s in (a, b, c)] == [
        (False, False),
        (True, False),
        (True, True),
    ]


def test_a_given_level_takes_the_place_of_the_mean():
    """12 complaints in 4,000 visits against 2 per 1,000: 8 expected, z = 4 / sqrt(8)."""
    site = funnel(["A"], [12], [4000], kind="rate", level=2, per=1000).sites[0]
    assert (site.value, site.expected, site.z) == pytest.approx((3, 8, 4 / math.sqrt(8)))


def test_dispersion_draws_the_ends_in_before_squaring():
    """Eleven scores: the 10 % quantiles are the second from each end, so ±9 become ±2.

    Sum of squares 4 × 4 + 7 × 1 = 23, over 11; without winsorising 2 × 81 + 2 × 4 + 7 = 177.
    """
    scores = [-9, -2, -1, -1, -1, 1, 1, 1, 1, 2, 9]
    assert dispersion(scores) == pytest.approx(23 / 11)
    assert dispersion(scores, 0) == pytest.approx(177 / 11)
    assert dispersion([0.1, -0.1, None]) == 1.0
    assert dispersion([]) == 1.0


def test_over_dispersion_widens_limits_and_shrinks_z():
    events, days = [60, 140, 80, 120, 70, 130], [1000] * 6
    plain = funnel("ABCDEF", events, days, kind="rate")
    wide = funnel("ABCDEF", events, days, kind="rate", overdispersed=True)
    site, before = wide.sites[0], plain.sites[0]
    assert wide.phi > 4
    assert site.z == pytest.approx(before.z / math.sqrt(wide.phi))
    width = math.sqrt(wide.phi * 0.1 / 1000)
    assert site.limits.upper_95 == pytest.approx(0.1 + 1.95996 * width, abs=1e-5)
    assert (before.outside_998, site.outside_95) == (True, False)


def test_a_site_without_a_number_has_no_verdict():
    found = funnel(list("ABC"), [None, 0, 5], [10, 0, 10], kind="proportion")
    assert [(s.value, s.z, s.limits, s.outside_95) for s in found.sites[:2]] == [(None,) * 4] * 2
    assert (found.level, found.sites[2].value) == (0.5, 0.5)


@pytest.mark.parametrize(("events", "level"), [([0, 0], 0), ([10, 20], 1)])
def test_where_all_sites_are_at_an_end_nobody_is_outside(events, level):
    found = funnel(["A", "B"], events, [10, 20], kind="proportion")
    assert found.level == level
    assert [(s.z, s.outside_998) for s in found.sites] == [(None, False)] * 2


def test_the_grid_runs_from_one_to_the_largest_site():
    grid = funnel(["A", "B"], [3, 30], [10, 500], kind="proportion").grid(20)
    assert (grid["denominator"].min(), grid["denominator"].max()) == (1, 500)
    assert (grid["lower_998"] <= grid["lower_95"]).all()
    assert (grid["upper_95"] <= grid["upper_998"]).all()
    assert grid["upper_998"].max() <= 1


def test_no_sites_no_grid():
    found = funnel([], [], [], kind="rate")
    assert (found.level, found.sites, len(found.grid()), len(found.frame())) == (None, (), 0, 0)


def test_the_frame_has_a_row_a_site_in_the_order_given():
    columns = pl.DataFrame({"site": ["B", "A"], "closed": [3, None], "due": [10, 10]})
    found = funnel(columns["site"], columns["closed"], columns["due"], kind="proportion").frame()
    assert found["site"].to_list() == ["B", "A"]
    assert found.select("denominator", "value", "outside_95").row(1) == (10, None, None)
    assert "upper_998" in found.columns


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "ratio"}, "kind"),
        ({"per": 0}, "per"),
        ({"winsorise": 0.5}, "winsorise"),
        ({"level": 1.5}, "level"),
        ({"numerators": [-1]}, "negative"),
        ({"numerators": [11]}, "more cases"),
        ({"denominators": [10.5]}, "whole cases"),
        ({"denominators": [10, 10]}, "equally many"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    right = {"sites": ["A"], "numerators": [1], "denominators": [10], "kind": "proportion"}
    with pytest.raises(UsageProblem, match=says):
        funnel(**(right | wrong))


@given(st.sampled_from(["proportion", "rate"]), st.floats(1e-4, 0.9999), st.integers(1, 10**6))
def test_limits_stand_in_order_about_the_level(kind, level, size):
    """Interpolated counts lie within one of the true quantile, so the level within one count."""
    low998, low95, up95, up998 = quantiles(kind, level, size)
    assert low998 <= low95 <= level * size + 1
    assert level * size - 1 <= up95 <= up998


SIX = ([60, 140, 80, 120, 70, 130], [1000] * 6)


def test_additive_over_dispersion_is_what_sites_vary_beyond_chance():
    """Six sites of one size: tau² is the sample variance of their rates less that of chance.

    Rates 0.06 to 0.14 around 0.1: squares 0.0058 / 5 = 0.00116, less 0.1 / 1000 = 0.0001.
    """
    found = funnel("ABCDEF", *SIX, kind="rate", overdispersed=True, method="additive", winsorise=0)
    assert found.spread.tau**2 == pytest.approx(0.00106)
    assert found.phi == 1
    width = math.sqrt(0.0001 + 0.00106)
    site = found.sites[0]
    assert site.z == pytest.approx(-0.04 / width)
    assert site.limits.upper_95 == pytest.approx(0.1 + 1.95996 * width, abs=1e-5)


def test_additive_limits_of_a_large_site_stay_open_and_multiplicative_ones_close():
    """A hundred times the hours: the chance of a site shrinks tenfold, what sites differ does not.

    Of the limits' half width the additive ones keep sqrt(0.00106 + 0.000001), 95.6 % of before.
    """
    events, days = [*SIX[0], 10_400], [*SIX[1], 100_000]
    wide = {
        method: funnel("ABCDEFG", events, days, kind="rate", level=0.1, overdispersed=True,
                       method=method, winsorise=0)
        for method in ("multiplicative", "additive")
    }  # fmt: skip
    additive, multiplicative = wide["additive"].sites[-1], wide["multiplicative"].sites[-1]
    small = wide["multiplicative"].sites[0].limits
    assert multiplicative.limits.upper_95 - 0.1 == pytest.approx((small.upper_95 - 0.1) / 10)
    assert additive.limits.upper_95 - 0.1 > 1.95 * wide["additive"].spread.tau
    # 4 % above the level: no more than the small ones differ.
    assert not additive.outside_95


def test_sites_that_vary_by_chance_alone_have_exact_limits_either_way():
    events, days = [98, 103, 100, 99, 101, 99], [1000] * 6
    for method in ("multiplicative", "additive"):
        found = funnel("ABCDEF", events, days, kind="rate", overdispersed=True, method=method)
        assert not found.spread.found
        assert found.sites == funnel("ABCDEF", events, days, kind="rate").sites


def test_one_site_says_nothing_of_how_sites_differ():
    assert between_sites([5.0], [0.1]) == 0
    assert between_sites([None, 5.0], [0.1, 0.1]) == 0


def test_an_unknown_method_is_refused():
    with pytest.raises(UsageProblem, match="method"):
        funnel(["A"], [1], [10], kind="rate", method="random")
