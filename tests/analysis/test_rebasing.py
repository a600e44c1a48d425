"""Where a usual range might start anew: long, far and no longer moving."""

from datetime import date

import pytest

from pipelines.analysis.rebasing import Suggestion, suggestion, suggestions
from pipelines.analysis.signals import charted
from pipelines.calendar import add_months

MONTHS = [add_months(date(2024, 11, 1), i) for i in range(24)]
# Sixteen months of 5.0 % and 5.2 % in turn: mean 5.09 % of the first thirteen, limits ± 0.53 %.
BEFORE = [50.0, 52.0] * 8


def series(later, metric="overtime_share"):
    above = [*BEFORE, *later][-24:]
    values = [None if a is None else a / 1000 for a in above]
    return charted(metric, "S1", MONTHS, values, above, [1000.0] * 24)


def test_eight_months_near_a_new_level():
    """Eight months of 8.0 % and 8.2 % in turn, after sixteen whose own mean is 5.1 %."""
    assert suggestion(series([80.0, 82.0] * 4)) == Suggestion(
        "overtime_share", "S1", date(2026, 3, 1), 8, pytest.approx(0.051), pytest.approx(0.081)
    )


def test_an_improvement_is_one_too():
    found = suggestion(series([20.0, 22.0] * 4))
    assert (found.month, found.since) == (date(2026, 3, 1), pytest.approx(0.021))


@pytest.mark.parametrize(
    ("later", "why"),
    [
        ([50.0, 80.0, 82.0, 80.0, 82.0, 80.0, 82.0, 80.0], "seven months are a signal, no more"),
        ([52.0] * 8, "0.1 % is less than half the way to the limit"),
        ([54.0, 58.0, 62.0, 66.0, 70.0, 74.0, 78.0, 82.0], "it still climbs"),
        ([80.0, 82.0, 80.0, 82.0, 50.0, 82.0, 80.0, 82.0], "a month fell back"),
    ],
)
def test_what_is_no_new_level(later, why):
    assert suggestion(series(later)) is None, why


def test_a_month_that_did_not_arrive_breaks_no_run():
    found = suggestion(series([80.0, 82.0, 80.0, None, 82.0, 80.0, 82.0, 80.0, 82.0]))
    assert (found.month, found.months) == (date(2026, 2, 1), 8)


def test_too_short_a_history_has_no_range_to_leave():
    values = [None] * 12 + [0.05, 0.052, 0.05, 0.052] + [0.08] * 8
    above = [None if v is None else v * 1000 for v in values]
    short = charted("overtime_share", "S1", MONTHS, values, above, [1000.0] * 24)
    assert short.chart.standing == "trial"
    assert suggestion(short) is None


def test_the_longest_stands_first():
    long, longer = series([80.0, 82.0] * 4), series([80.0, 82.0] * 5)
    assert [one.months for one in suggestions([long, longer, series([50.0] * 8)])] == [10, 8]
