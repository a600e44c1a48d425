"""The chance of a stable series, worked out by hand, and the lines that are kept of many."""

import math
import random

import pytest

from pipelines.analysis.evidence import chance, found, t_tail


@pytest.mark.parametrize(
    ("t", "freedom", "tail"),
    [
        (12.7062, 1, 0.025), (4.3027, 2, 0.025), (2.3534, 3, 0.05), (3.3649, 5, 0.01),
        (2.2281, 10, 0.025), (3.1058, 11, 0.005), (2.4999, 23, 0.01), (3.4850, 23, 0.001),
        (3.2905, 100_000, 0.0005), (0.0, 7, 0.5),
    ],
)  # fmt: skip
def test_the_tails_are_those_of_the_printed_tables(t, freedom, tail):
    assert t_tail(t, freedom) == pytest.approx(tail, rel=1e-3)
    assert t_tail(-t, freedom) == pytest.approx(1 - tail, rel=1e-3)


def area_beyond(t: float, freedom: int) -> float:
    """The same tail by Simpson's rule over Student's density, from t to far out."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    scale /= math.sqrt(freedom * math.pi)
    steps, far = 20_000, 400.0
    h = (far - t) / steps
    total = 0.0
    for i in range(steps + 1):
        weight = 1 if i in (0, steps) else 4 if i % 2 else 2
        total += weight * scale * (1 + (t + i * h) ** 2 / freedom) ** (-(freedom + 1) / 2)
    return total * h / 3


def test_a_last_month_against_the_twelve_before():
    """Twelve months of -1 and 1, then 4.

    Alone: the twelve have mean 0 and variance 12 / 11. A mean of 12 months that correlate by 0.3
    has 0.1462585 of a month's variance, so t = 4 / sqrt(12 / 11 × 1.1462585) = 3.577 with 11
    degrees of freedom. Of the last two months together t is 2.758 with 10, which is less, and so
    is that of three and of five (eight leave only five before them), and of the slope. Five were
    tried: the chance is five times the tail.
    """
    values = [-1.0, 1.0] * 6 + [4.0]
    t = 4 / math.sqrt(12 / 11 * 1.1462585)
    assert chance(values, worse="up") == pytest.approx(5 * area_beyond(t, 11), rel=1e-4)
    mirrored = [-value for value in values]
    assert chance(mirrored, worse="down") == chance(values, worse="up")
    assert chance(values, worse="down") == 1.0


def test_a_count_is_believed_to_vary_as_chance_makes_it():
    """The same months, where chance alone gives a month a deviation of 2: t is 4 / (2 × 1.0706)."""
    values = [-1.0, 1.0] * 6 + [4.0]
    t = 4 / (2 * math.sqrt(1.1462585))
    # Now the last two months together, 2.5 + 1 / 11 over 2 × sqrt(0.65 + 0.158711), say less still.
    assert chance(values, worse="up", least=2.0) == pytest.approx(5 * area_beyond(t, 11), rel=1e-4)


def test_a_share_must_be_odd_on_the_scale_of_its_logarithm_too():
    """Months of 1 and e in turn, then e³: the logarithms are 0 and 1 with mean 1/2, then 3.

    t of the logarithms is 2.5 / sqrt(3 / 11 × 1.1462585) = 4.471, of the values themselves
    (20.09 - 1.86) / sqrt(0.805 × 1.146) = 19: the smaller one counts.
    """
    values = [1.0, math.e] * 6 + [math.e**3]
    t = 2.5 / math.sqrt(3 / 11 * 1.1462585)
    assert chance(values, worse="up") == pytest.approx(5 * area_beyond(t, 11), rel=1e-4)


def test_first_uses_are_judged_by_their_order_alone():
    """Nothing for sixteen months, then eight months of something: one order of C(24, 8)."""
    assert chance([0.0] * 16 + [5.0] * 8, worse="up") == pytest.approx(7 / math.comb(24, 8))
    assert chance([0.0] * 23 + [5.0], worse="up") == pytest.approx(7 / 24)
    assert chance([0.0] * 24, worse="up") == 1.0


def test_what_says_too_little_has_no_chance():
    assert chance([], worse="up") is None
    assert chance([1.0, 2.0, 1.0, 2.0, 1.0, 9.0], worse="up") is None  # five before the last
    assert chance([1.0, 2.0] * 11 + [None], worse="up") is None
    assert chance([1.0, None] * 5 + [9.0], worse="up") is None


def test_a_gap_leaves_out_the_windows_that_span_it():
    """Without the windows of two and more, the last month and the slope are tried."""
    values = [-1.0, 1.0] * 6 + [None, 4.0]
    t = 4 / math.sqrt(12 / 11 * 1.1462585)
    assert chance(values, worse="up") == pytest.approx(2 * area_beyond(t, 11), rel=1e-4)


def test_a_drift_is_told_by_its_slope():
    """Months 1 to 24 with -10 and 10 in turn on top, shifted down so that no logarithm counts.

    The turns add 120 / 1150 to the slope of 1, and leave a sum of squares of 2400 - 14400 / 1150:
    t = slope / sqrt(rest / 22 × 1.3 / 0.7 / 1150) = 2.638 with 22 degrees of freedom. That is more
    than any of the six windows has (the last twelve against the twelve before: 2.0).
    """
    values = [i - 100 + (10.0 if i % 2 else -10.0) for i in range(24)]
    t = (1 + 120 / 1150) / math.sqrt((2400 - 14400 / 1150) / 22 * 1.3 / 0.7 / 1150)
    assert chance(values, worse="up") == pytest.approx(7 * area_beyond(t, 22), rel=1e-4)
    assert chance(values, worse="down") == 1.0


@pytest.mark.parametrize("correlation", [0.0, 0.3])
def test_a_stable_series_is_no_rarer_than_its_chance_says(correlation):
    """Of 4,000 stable series, no more than 1 % (and 0.4 % of luck) have a chance below 1 %."""
    rng, rare = random.Random(8), 0
    for _ in range(4000):
        value, months = rng.gauss(0, 1), []
        for _ in range(24):
            value = correlation * value + math.sqrt(1 - correlation**2) * rng.gauss(0, 1)
            months.append(100 + 10 * value)
        likely = chance(months, worse="up")
        assert likely is not None
        rare += likely <= 0.01
    assert rare <= 56


def test_the_lines_kept_are_those_of_benjamini_and_hochberg():
    """Their example (1995, section 3.2): of fifteen chances the first four are kept at 5 %."""
    published = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    assert found(published, 0.05) == [True] * 4 + [False] * 11


def test_unknown_chances_are_neither_kept_nor_tried():
    assert found([None, 0.04, None], 0.05) == [False, True, False]
    assert found([], 0.05) == []
    assert found([None], 0.05) == [False]


def test_a_chance_that_fails_alone_is_kept_among_better_ones():
    """0.04 is more than 0.05 / 2, but the second smallest may be as large as 0.05 × 2 / 2."""
    assert found([0.04, 0.001], 0.05) == [True, True]
    assert found([0.04, 0.2], 0.05) == [False, False]
