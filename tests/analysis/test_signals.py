"""Which chart a measure's months get, and where its usual range starts anew."""

from datetime import date, datetime

import pytest

from pipelines.analysis.alarms import alarms, unusual
from pipelines.analysis.signals import charted, events
from pipelines.calendar import add_months
from pipelines.metrics import METRICS, Aggregation, Unit
from pipelines.warehouse.rebases import Rebase

START = date(2024, 11, 1)
# Counts that are no play of chance: people decide how many contracts and devices there are.
DECIDED = {"equipment_past_life", "warranties_ending", "renewals_due", "locked_renewals"}


def series_of(metric, above, below=None, rebases=()):
    """The series of a metric from its months, `below` being what each is among."""
    months = [add_months(START, i) for i in range(len(above))]
    among = below or [None] * len(above)
    values = [
        None if a is None else a if b is None else a / b * METRICS[metric].scale
        for a, b in zip(above, among, strict=True)
    ]
    return charted(metric, "S1", months, values, above, among, rebases=rebases)


def rebase(metric, at):
    month = add_months(START, at)
    return Rebase(metric, "S1", month, "a new ward opened", "Ann", datetime(2026, 1, 2))


def test_every_count_of_the_catalogue_is_marked_or_is_decided_by_people():
    plain = {
        name for name, metric in METRICS.items()
        if metric.numerator.value == "count(*)" and metric.counted is None
    }  # fmt: skip
    assert plain == DECIDED


def test_shares_are_of_cases_and_rates_are_not():
    for metric in METRICS.values():
        if metric.counted == "proportion":
            assert (metric.unit, metric.aggregation) == (Unit.SHARE, Aggregation.RATIO)
        elif metric.counted == "rate":
            assert metric.unit in (Unit.COUNT, Unit.RATIO)


def test_hours_and_money_stand_on_single_values():
    found = series_of("overtime_share", [50.0, 52.0] * 7, [1000.0] * 14)
    assert found.fit == "xmr"
    assert found.reason.startswith("These are amounts, not counts")
    # Every month differs by 0.002 from the next: 0.051 ± 2.66 × 0.002.
    assert found.chart.points[-1].limits.upper == pytest.approx(0.051 + 2.66 * 0.002)


def test_devices_that_people_own_are_no_play_of_chance():
    found = series_of("equipment_past_life", [4.0, 5.0] * 7)
    assert (found.fit, found.reason[:29]) == ("xmr", "People set this number, and c")


def test_few_complaints_have_the_range_of_their_counts():
    """Four a month: 4 ± 3 × sqrt(4), whichever way the months fell."""
    found = series_of("complaints", [3.0, 5.0, 4.0, 4.0] * 4)
    limits = found.chart.points[-1].limits
    assert found.fit == "rate"
    assert (limits.mean, limits.lower, limits.upper) == pytest.approx((4.0, -2.0, 10.0))


def test_months_with_fewer_visits_have_a_wider_range():
    """20 complaints of 5,000 visits, times 1,000: 4 ± 3 × sqrt(0.004 / n) × 1,000."""
    found = series_of("complaints_per_1000_visits", [5.0, 3.0] * 7, [1250.0, 750.0] * 7)
    wide, narrow = (found.chart.points[i].limits for i in (1, 0))
    assert found.fit == "rate"
    assert narrow.upper == pytest.approx(4 + 3000 * (0.004 / 1250) ** 0.5)
    assert wide.upper == pytest.approx(4 + 3000 * (0.004 / 750) ** 0.5)


def test_a_share_of_few_cases_has_the_range_of_its_cases():
    """Nine of ten on time: 0.9 ± 3 × sqrt(0.9 × 0.1 / 10)."""
    found = series_of("pm_compliance", [9.0, 9.0, 8.0, 9.0, 9.0, 10.0] * 3, [10.0] * 18)
    limits = found.chart.points[-1].limits
    assert found.fit == "proportion"
    assert limits.lower == pytest.approx(0.9 - 3 * 0.009**0.5)


def test_rare_events_are_charted_by_the_time_between_them():
    """One every second month: a point for each event after the first, about 61 days apart."""
    found = series_of("complaints", [1.0, 0.0] * 8)
    assert found.fit == "between"
    assert len(found.chart.points) == 7
    assert found.chart.points[0].value == pytest.approx(61, abs=1)
    assert "the time from one to the next says more" in found.reason


def test_what_is_open_at_two_months_ends_is_no_new_event():
    assert series_of("open_issues", [1.0, 0.0] * 8).fit == "rate"


def test_too_few_events_for_a_time_between_them():
    found = series_of("complaints", [0.0] * 15 + [1.0])
    assert (found.fit, found.reason[:27]) == ("rate", "There were too few of them ")


def test_more_cases_than_they_are_among_is_an_amount():
    """A payer that denies in one month what was submitted in another."""
    found = series_of("claim_denial_rate", [5.0, 12.0] * 7, [10.0] * 14)
    assert found.fit == "xmr"
    assert found.reason.startswith("Some months count more cases")


def test_events_spread_over_their_month():
    """Of two in April (30 days), one after a quarter of it and one after three."""
    assert events([date(2026, 4, 1), date(2026, 5, 1)], (2.0, None)) == [
        datetime(2026, 4, 8, 12),
        datetime(2026, 4, 23, 12),
    ]


def test_months_without_a_figure_have_no_chart():
    assert series_of("overtime_share", [None, 50.0], [None, 1000.0]).chart is None
    assert series_of("complaints", [None, None]).chart is None


def shifted(rebases=()):
    """Thirteen months around 5 %, then eleven around 8 %."""
    above = [50.0, 52.0] * 6 + [50.0] + [80.0, 82.0] * 5 + [80.0]
    return series_of("overtime_share", above, [1000.0] * 24, rebases)


def test_a_rebase_starts_the_range_anew():
    """Before it, twelve of thirteen months lie unusually high; from it on, none."""
    before, after = shifted(), shifted([rebase("overtime_share", 13)])
    assert unusual(before)["mean"] == pytest.approx(0.051, abs=1e-4)
    assert [p.type for p in before.chart.points[13:]] == ["concern"] * 11
    assert unusual(after) is None
    assert [p.type for p in after.chart.points[13:]] == ["common_cause"] * 11
    assert after.chart.points[12].limits == before.chart.points[12].limits
    # Six months of 80 and five of 82 hours of 1,000.
    assert after.chart.points[13].limits.mean == pytest.approx((6 * 0.080 + 5 * 0.082) / 11)
    assert after.current == slice(13, 24)


def test_a_rebase_outside_the_months_shown_changes_nothing():
    early = shifted([rebase("overtime_share", -5)])
    assert early.chart.points == shifted().chart.points
    assert early.current == slice(0, 24)


def test_a_large_shift_among_quiet_series_is_an_alarm_and_they_are_not():
    quiet = [
        series_of("overtime_share", [50.0 + (i * k) % 7 for i in range(24)], [1000.0] * 24)
        for k in (1, 2, 3, 4, 5, 6)
    ]
    found = alarms([*quiet, shifted()])
    assert [one.series.values for one in found] == [shifted().values]
    assert found[0].details["running"] == 11
    assert found[0].chance < 0.001


def test_a_first_complaint_in_two_years_is_no_finding():
    """Its limits lie on 0, and the chart flags it; that one may come in 24 months is no wonder."""
    found = series_of("complaints", [0.0] * 23 + [1.0])
    assert found.chart.points[-1].outside
    assert unusual(found) is None


def test_complaints_that_come_sooner_and_sooner_are_told_in_days():
    """One in three months for two years, then two a month: days apart that used to be ninety."""
    quiet = [1.0, 0.0, 0.0] * 16
    months = [add_months(START, i) for i in range(len(quiet) + 3)]
    counts = [*quiet, 2.0, 2.0, 2.0]
    found = charted("complaints", "S1", months, counts, counts, [None] * len(counts))
    assert found.fit == "between"
    details = unusual(found)
    assert details is not None
    assert details["gap"] is True
    assert details["value"] == pytest.approx(15, abs=1)
    assert details["mean"] > 2 * details["value"]


def test_a_last_event_of_long_ago_is_no_finding_of_this_month():
    counts = [1.0, 0.0, 0.0] * 16 + [2.0, 2.0, 2.0] + [0.0] * 4
    months = [add_months(START, i) for i in range(len(counts))]
    found = charted("complaints", "S1", months, counts, counts, [None] * len(counts))
    assert found.chart.points[-1].type == "concern"
    assert unusual(found) is None
