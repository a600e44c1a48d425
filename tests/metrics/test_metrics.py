"""Every metric over every grouping equals what the written rows say (`tests.metrics.by_hand`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipelines.calendar import Period, month_span
from pipelines.metrics import METRICS
from pipelines.metrics.ask import ask
from tests.metrics import by_hand
from tests.metrics.by_hand import FLOWS, STATES, Part
from tests.metrics.conftest import Home6
from tests.metrics.group import MONTHS, final_rows

ALL = Period(date(2025, 1, 1), date(2026, 3, 31))
PLACES = {
    "ELM": ("Clinic", "North"), "OAK": ("Clinic", "South"), "PIN": ("Urgent care", "North"),
    "RIV": ("Nursing home", "South"), "LAK": ("Nursing home", "North"), "TOR": ("Clinic", "Canada"),
    "~unmapped": ("Unmapped", "Unmapped"), "~group": ("Group level", "Group level"),
}  # fmt: skip
GROUPINGS = [
    (), ("month",), ("site",), ("region",), ("site_kind", "quarter"), ("site", "month"), ("year",),
]  # fmt: skip
# Without the payroll, what agencies cost and worked is not the site's month.
UNKNOWN = {"labor_cost", "paid_hours", "worked_hours"}
Sums = dict[tuple[Any, ...], tuple[Decimal, Decimal]]


@pytest.fixture(scope="module")
def rows() -> by_hand.Rows:
    return final_rows()


def summed(
    metric: str, parts: Iterable[Part], by: tuple[str, ...], start: date | None = None
) -> Sums:
    sums: dict[tuple[Any, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for part in parts:
        kind, region = PLACES[part.site]
        at = start or part.month
        named = {
            "site": part.site, "region": region, "site_kind": kind, "month": at,
            "quarter": at.replace(month=(at.month - 1) // 3 * 3 + 1), "year": at.replace(month=1),
        }  # fmt: skip
        key = (*(named[name] for name in by), part.currency if METRICS[metric].is_money else "")
        sums[key][0] += part.num
        sums[key][1] += part.den
    return {key: (num, den) for key, (num, den) in sums.items()}


def answered(group: Home6, metric: str, by: tuple[str, ...]) -> Sums:
    """(numerator, denominator) of each row of an answer that says anything; values are checked."""
    frame = ask(group.after, metric, period=ALL, by=by).frame
    found: Sums = {}
    for row in frame.iter_rows(named=True):
        if row["numerator"] is None and row["denominator"] is None:
            assert row["value"] is None
            assert row["reason"]
            continue
        num, den = row["numerator"], row["denominator"]
        if METRICS[metric].denominator is None:
            assert row["value"] == num or (row["value"] is None and metric in UNKNOWN)
        elif den:
            times = 1000 if metric.endswith("per_1000_visits") else 1
            assert row["value"] == pytest.approx(times * float(num) / float(den), rel=1e-12)
        else:
            assert row["value"] is None
        time = {"month", "quarter", "year"}
        key = (
            *(row["start"] if name in time else row[name] for name in by),
            row.get("currency", ""),
        )
        found[key] = (Decimal(str(num or 0)), Decimal(str(den or 0)))
    return found


def same(found: Sums, expected: Sums) -> None:
    """The same numbers; a 0 that one side leaves out is no difference."""
    exact = {k: v for k, v in expected.items() if any(v)}
    assert {k for k, v in found.items() if any(v)} == set(exact)
    for key, (num, den) in exact.items():
        assert found[key][0] == num, key
        assert found[key][1] == pytest.approx(den, rel=Decimal("1e-12")), key


def in_time(parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if ALL.start <= part.month <= ALL.stop]


@pytest.mark.parametrize("by", GROUPINGS, ids=" ".join)
@pytest.mark.parametrize("metric", FLOWS)
def test_a_flow_is_the_sum_of_its_rows_by_any_grouping(
    group: Home6, rows: by_hand.Rows, metric: str, by: tuple[str, ...]
) -> None:
    same(answered(group, metric, by), summed(metric, in_time(FLOWS[metric](rows)), by))


@pytest.mark.parametrize("by", [(), ("site",), ("region",)], ids=" ".join)
@pytest.mark.parametrize("metric", STATES)
def test_a_state_is_that_of_the_period_s_end(
    group: Home6, rows: by_hand.Rows, metric: str, by: tuple[str, ...]
) -> None:
    same(answered(group, metric, by), summed(metric, STATES[metric](rows, ALL.stop), by))


@pytest.mark.parametrize("metric", STATES)
def test_a_state_by_month_is_that_of_each_month_s_end(
    group: Home6, rows: by_hand.Rows, metric: str
) -> None:
    expected: Sums = {}
    for month in MONTHS:
        stop = month_span(month).stop
        expected |= summed(metric, STATES[metric](rows, stop), ("site", "month"), start=month)
    found = answered(group, metric, ("site", "month"))
    if METRICS[metric].needs == ("work_orders",):
        # Nothing came in a month in which nobody raised anything; the state is known all the same.
        expected = {key: value for key, value in expected.items() if key in found}
    same(found, expected)


def test_the_median_age_is_made_from_the_orders(group: Home6, rows: by_hand.Rows) -> None:
    for month in MONTHS:
        period = month_span(month)
        found = ask(group.after, "open_issue_age", period=period, by=("site",)).frame
        expected = {site: by_hand.median_age(rows, period.stop, site) for site in PLACES}
        ages = dict(found.select("site", "value").iter_rows())
        assert {k: v for k, v in ages.items() if v is not None} == {
            k: v for k, v in expected.items() if v is not None
        }
        total = ask(group.after, "open_issue_age", period=period).value
        assert total == by_hand.median_age(rows, period.stop)


def test_every_metric_is_worked_out_by_hand() -> None:
    assert set(METRICS) == {*FLOWS, *STATES, "open_issue_age", "fte", "time_to_repair"}


@pytest.mark.parametrize("months", [1, 3, 15])
def test_full_time_equivalents_are_the_mean_over_the_days(
    group: Home6, rows: by_hand.Rows, months: int
) -> None:
    period = month_span(MONTHS[0], months)
    found = ask(group.after, "fte", period=period, by=("site",)).frame
    shown = {site: value for site, value in found.select("site", "numerator").iter_rows() if value}
    assert shown == {
        site: pytest.approx(float(expected), abs=1e-4)
        for site in PLACES
        if (expected := by_hand.full_time(rows, period.start, period.stop, site))
    }


@pytest.mark.parametrize(("start", "months"), [(0, 1), (0, 3), (3, 6), (0, 15), (12, 3)])
def test_the_time_until_repaired_counts_what_still_waits(
    group: Home6, rows: by_hand.Rows, start: int, months: int
) -> None:
    period = month_span(MONTHS[start], months)
    found = ask(group.after, "time_to_repair", period=period, by=("site",)).frame
    shown = dict(found.select("site", "value").iter_rows())
    for site in PLACES:
        expected = by_hand.half_repaired(rows, period.start, period.stop, site)
        assert shown.get(site) == expected, site
    whole = ask(group.after, "time_to_repair", period=period)
    assert whole.value == by_hand.half_repaired(rows, period.start, period.stop)


def test_a_median_time_that_is_not_reached_says_so(group: Home6) -> None:
    """In January to March 2026 three repairs were raised, and none is finished."""
    answer = ask(group.after, "time_to_repair", period=month_span(MONTHS[12], 3))
    assert answer.value is None
    assert answer.reason == "fewer than half were finished: the median is not reached"
