"""The four rules on points a person can check by eye."""

from collections.abc import Sequence

import numpy as np
import pytest

from pipelines.analysis.control import rules
from pipelines.analysis.control.rules import Flags


def shifts(sides: Sequence[int | None]) -> list[bool]:
    """Those of one group; the rules take a row for each."""
    return rules.shifts(np.array([sides], dtype=np.float64))[0].tolist()


def trends(values: Sequence[int | None], step_decides: bool = False) -> list[int]:
    decides = np.array([step_decides])
    row = np.array([values], dtype=np.float64)
    return rules.trends(row, step_decides=decides)[0].tolist()


def twos_of_three(sides: Sequence[int | None], close: Sequence[bool]) -> list[bool]:
    row = np.array([sides], dtype=np.float64)
    return rules.twos_of_three(row, np.array([close]))[0].tolist()


def test_seven_on_one_side_are_a_shift_and_six_are_not():
    assert shifts([-1, 1, 1, 1, 1, 1, 1, 1]) == [False] + [True] * 7
    assert shifts([-1, 1, 1, 1, 1, 1, 1]) == [False] * 7


@pytest.mark.parametrize("breaker", [0, -1, None])
def test_a_point_on_the_mean_beyond_it_or_missing_breaks_a_shift(breaker):
    assert not any(shifts([1, 1, 1, 1, breaker, 1, 1, 1, 1]))


def test_seven_on_the_mean_are_no_shift():
    assert shifts([0] * 9) == [False] * 9


def test_seven_rising_points_are_a_trend_and_six_are_not():
    assert trends([5, 1, 2, 3, 4, 5, 6, 7, 7]) == [0, 1, 1, 1, 1, 1, 1, 1, 0]
    assert trends([5, 1, 2, 3, 4, 5, 6, 6]) == [0] * 8


@pytest.mark.parametrize("breaker", [4, None])
def test_a_tie_or_a_missing_value_breaks_a_trend(breaker):
    assert trends([1, 2, 3, 4, breaker, 5, 6, 7]) == [0] * 8


def test_a_turning_point_belongs_to_the_later_trend():
    assert trends([1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1]) == [1] * 6 + [-1] * 7


def test_the_peak_of_a_saw_tooth_rises_though_the_r_package_says_it_falls():
    teeth = [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7]
    assert trends(teeth) == [1] * 14
    assert trends(teeth, step_decides=True) == [1] * 6 + [-1] + [1] * 7


def test_two_close_points_of_three_on_one_side_are_flagged_and_the_third_is_not():
    assert twos_of_three([1, 1, 1], [True, False, True]) == [True, False, True]
    assert twos_of_three([1, 1, 1, 1], [True, False, False, True]) == [False] * 4


@pytest.mark.parametrize("third", [0, -1, None])
def test_two_of_three_needs_all_three_on_one_side(third):
    assert not any(twos_of_three([1, third, 1], [True, False, True]))


def test_priority_is_outside_trend_two_of_three_shift():
    assert Flags(True, -1, True, True).first(1) == ("outside", 1)
    assert Flags(False, -1, True, True).first(1) == ("trend", -1)
    assert Flags(False, 0, True, True).first(-1) == ("two_of_three", -1)
    assert Flags(False, 0, False, True).first(-1) == ("shift", -1)
    assert Flags().first(1) is None
