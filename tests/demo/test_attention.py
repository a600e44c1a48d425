"""The first page's list on the demo group: what was planted, and nothing that has a known cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from dashboard import sentences
from pipelines.analysis import health
from pipelines.analysis.attention import MEASURES, signal_lines, what_needs_attention
from pipelines.analysis.explained import Cause, known_causes
from pipelines.analysis.signals import series_by_site
from pipelines.calendar import add_months, month_span
from pipelines.demo import DemoGroup, Story
from pipelines.demo.load import load_demo
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.limits import Limits
from pipelines.warehouse.reader import Reader, open_build
from pipelines.wording.sentences import money_note
from tests.demo.conftest import TODAY

Tell = Callable[[str], Story]
Lines = set[tuple[str, str]]
PLANTED = {
    "overtime_share": "overtime_surge",
    "agency_share": "agency_dependence",
    "supply_cost_per_visit": "supply_drift",
}


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Reader:
    return open_build(Home(demo_home))


def statistical(reader: Reader, month: date) -> Lines:
    found = what_needs_attention(reader, month, {})
    return {(one.details["metric"], one.site) for one in found if one.kind == "signal"}


def expected(story: Tell, month: date) -> Lines:
    """The planted shifts that are under way in a month."""
    told = [(metric, story(name)) for metric, name in PLANTED.items()]
    return {(metric, one.sites[0]) for metric, one in told if one.period[0] <= month}


def pay_months(story: Tell) -> Iterator[date]:
    for month in str(story("three_check_months").figures["months"]).split():
        yield date.fromisoformat(f"{month}-01")


def test_the_statistical_lines_are_the_planted_shifts_alone(demo: Reader, story: Tell) -> None:
    for month in (add_months(TODAY.replace(day=1), -1), TODAY):
        assert statistical(demo, month) <= expected(story, month)
    assert statistical(demo, TODAY) == expected(story, TODAY)


def test_three_pay_dates_move_none_of_the_measures(demo: Reader, story: Tell) -> None:
    """Their months are outside no more often than any: of a hundred points about one is."""
    points = [
        point
        for metric in MEASURES
        for site, series in series_by_site(demo, metric, TODAY, {}).items()
        if series.chart is not None and series.chart.standing == "firm"
        if (metric, site) not in expected(story, TODAY)
        for point in series.chart.points
        if point.label in set(pay_months(story)) and point.value is not None
    ]
    assert len(points) > 90
    assert sum(bool(point.outside) for point in points) <= 1


def test_three_pay_dates_are_named_as_a_cause(demo: Reader, story: Tell) -> None:
    first = max(month for month in pay_months(story) if month < date(2026, 9, 1))
    (cause,) = [one for one in known_causes(demo, first, {}) if one.kind == "pay_dates"]
    assert cause.count == 3
    assert len(cause.sites) > 5
    after = known_causes(demo, add_months(first, 1), {})
    assert "pay_dates" not in {one.kind for one in after}


@pytest.mark.parametrize("what", ["opened", "closed"])
def test_a_site_that_opens_or_closes_is_named_and_raises_no_alarm(
    demo: Reader, story: Tell, what: str
) -> None:
    told = story(what)
    site, day = told.sites[0], date.fromisoformat(str(told.figures[what]))
    for month in (day, TODAY):
        (cause,) = [one for one in known_causes(demo, month, {}) if one.kind == what]
        assert (cause.sites, cause.day) == ((site,), day)
        assert site not in {where for _, where in statistical(demo, month)}
    assert [one.kind for one in known_causes(demo, TODAY, {"site": [site]})] == [what]
    assert what not in {one.kind for one in known_causes(demo, add_months(day, -1), {})}


def test_a_scope_shows_the_lines_of_the_whole_list_that_are_its_own(demo: Reader) -> None:
    """On its own page a site has no line that chance would not let stand among all."""
    whole = statistical(demo, TODAY)
    for site in demo.query("SELECT site FROM sites WHERE NOT provisional")["site"]:
        found = what_needs_attention(demo, TODAY, {"site": [site]})
        own = {(one.details["metric"], one.site) for one in found if one.kind == "signal"}
        assert own == {line for line in whole if line[1] == site}


def test_causes_are_said_in_one_sentence() -> None:
    causes = [
        Cause("pay_dates", date(2026, 7, 1), ("A", "B"), 3),
        Cause("opened", date(2026, 4, 1), ("A",)),
        Cause("closed", date(2026, 7, 31), ("B",)),
    ]
    names = {"A": "Oakdale", "B": "Elmwood"}
    assert sentences.known(causes, names.__getitem__) == (
        "Known causes, and no alarms: Jul 2026 has three pay dates at 2 sites; Oakdale opened on "
        "1 April 2026; Elmwood closed on 31 July 2026."
    )
    assert sentences.known([], names.__getitem__) == ""


def test_a_missing_export_stands_under_data_health_and_not_in_the_list(
    demo: Reader, story: Tell
) -> None:
    told = story("payroll_missing")
    site, month = told.sites[0], told.period[0]
    gone = health.gaps(demo, *told.period).filter(site=site)
    assert "labor" in set(gone["need"])
    late = health.matrix(demo, month, {}).filter(site=site, need="labor")
    assert late["state"].to_list() == ["late"]
    found = what_needs_attention(demo, month, {})
    assert [one.kind for one in found if one.site == site] == []
    share = ask(demo, "overtime_share", period=month_span(month), where={"site": [site]})
    assert (share.value, share.reason is not None) == (None, True)


@pytest.mark.soak
def test_two_years_of_the_full_group_raise_the_planted_lines_alone(
    tmp_path: Path, story: Tell, group: DemoGroup
) -> None:
    """Every month of the last twenty-three that has a year before it: no line but the planted."""
    load_demo(Home(tmp_path / "full"), TODAY, scale=1.0)
    reader = open_build(Home(tmp_path / "full"))
    months = [add_months(TODAY.replace(day=1), -i) for i in range(23)]
    false = {m: statistical(reader, m) - expected(story, m) for m in months}
    assert {month: lines for month, lines in false.items() if lines} == {}
    assert statistical(reader, TODAY) == expected(story, TODAY)
    assert len(what_needs_attention(reader, TODAY, {})) <= 30


def test_who_isn_t_shown_pay_is_told_that_an_amount_is_withheld(demo: Reader) -> None:
    """What agency and overtime hours cost above the mean is made of rates of pay."""
    whole = {(f.details["metric"], f.site): f for f in signal_lines(demo, TODAY)}
    ours = signal_lines(demo.limited(Limits(pay=False)), TODAY)
    assert {(f.details["metric"], f.site) for f in ours} == set(whole)
    hidden = {f.details["metric"] for f in ours if f.details.get("withheld")}
    assert {"overtime_share", "agency_share"} <= hidden
    for line in ours:
        known = whole[line.details["metric"], line.site].money
        assert line.money == (None if line.details.get("withheld") else known)
        if line.details.get("withheld"):
            assert money_note(line) == "cost not shown"
