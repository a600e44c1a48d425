"""Which chart for which series, and whether the reason can be read by anyone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.control.choice import choose
from pipelines.analysis.control.counts import count_chart
from pipelines.errors import UsageProblem


@pytest.mark.parametrize(
    ("events", "sizes", "kind", "chart", "reason"),
    [
        ([120, 95, 130], [1000, 1100, 900], "rate", "xmr", "A typical month has 120, enough for"),
        ([120, 95, 130], [1000, 1100, 300], "rate", "rate", "Some months have far more to count"),
        ([4, 0, 7, 5], [1000] * 4, "rate", "rate", "A typical month has 4.5, so few that chance"),
        ([4, 0, 7, 5], [90] * 4, "proportion", "proportion", "A typical month has 4.5, so few"),
        ([97, 98, 99], [100] * 3, "proportion", "proportion", "In a typical month it is all but 2"),
        ([97, 98, 99], [100] * 3, "rate", "xmr", "A typical month has 98, enough"),
        ([0, 0, 1, 0, 2, 0], [500] * 6, "rate", "between", "In 4 of 6 months there was none, so"),
        ([0, 1, 0, 2], [500] * 4, "rate", "between", "In 2 of 4 months there was none, so"),
        ([1, 1, 0, 2], [500] * 4, "rate", "rate", "A typical month has 1, so few"),
        ([0.5, 1200.25], [10, 11], "rate", "xmr", "These are amounts, not counts: the usual range"),
        ([0, None, 40], [0, 10, None], "rate", None, "There is no month with a figure yet."),
        ([None, 30, 1500], [10, 800, 900], "rate", "xmr", "A typical month has 765, enough"),
    ],
)
def test_the_chart_follows_the_size_of_the_counts(events, sizes, kind, chart, reason):
    found = choose(events, sizes, kind=kind)
    assert (found.chart, found.reason[: len(reason)]) == (chart, reason)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(99, 9999)), max_size=9),
       st.sampled_from(["proportion", "rate"]))  # fmt: skip
def test_the_reason_is_one_sentence_without_jargon(rows, kind):
    found = choose([o for o, _ in rows], [n for _, n in rows], kind=kind, period="week")
    assert found.reason[0].isupper()
    assert found.reason.endswith(".")
    assert found.reason.rstrip(".").count(". ") == 0
    jargon = (
        "sigma|poisson|binomial|laney|chart|xmr|denominator|numerator|varian|dispers|normal|month"
    )
    assert [word for word in jargon.split("|") if word in found.reason.lower()] == []


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(99, 9999)), min_size=2, max_size=9),
       st.sampled_from(["proportion", "rate"]))  # fmt: skip
def test_the_chart_of_counts_that_is_chosen_can_be_drawn(rows, kind):
    events, sizes = zip(*rows, strict=True)
    found = choose(events, sizes, kind=kind).chart
    assert found in ("xmr", "between", kind)
    if found == kind:
        assert count_chart(events, sizes, kind=found).chart.standing == "trial"


def test_columns_of_different_lengths_have_no_chart():
    with pytest.raises(UsageProblem, match="equally many"):
        choose([1, 2], [10], kind="rate")
