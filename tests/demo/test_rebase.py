"""`rounds rebase`: suggested by the numbers, decided by a person, kept with its reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipelines.analysis.alarms import unusual
from pipelines.analysis.attention import what_needs_attention
from pipelines.analysis.rebasing import suggestions
from pipelines.analysis.signals import series_by_site, series_of_all
from pipelines.demo import Story
from pipelines.settings import Home
from pipelines.state import What, history
from pipelines.warehouse.reader import Reader, open_build
from tests.demo.conftest import TODAY
from tests.loading import rounds

Tell = Callable[[str], Story]
WHY = "The wing for dementia opened with agency staff, by the board's decision of February."


@pytest.fixture
def mine(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the group that may be written to."""
    return Path(shutil.copytree(demo_home, tmp_path / "mine"))


@pytest.fixture
def site(story: Tell) -> str:
    return story("agency_dependence").sites[0]


def alarmed(reader: Reader, metric: str, site: str) -> bool:
    lines = what_needs_attention(reader, TODAY, {})
    return any((one.details.get("metric"), one.site) == (metric, site) for one in lines)


def test_a_lasting_shift_is_suggested_and_a_drift_or_a_short_one_is_not(
    demo_home: Path, site: str, story: Tell
) -> None:
    """Agency staff since March is; overtime of two months and a cost that still climbs are not."""
    reader = open_build(Home(demo_home))
    found = [
        (one.metric, one.site, one.month)
        for metric in ("agency_share", "overtime_share", "supply_cost_per_visit")
        for one in suggestions(series_by_site(reader, metric, TODAY, {}).values())
    ]
    start = story("agency_dependence").period[0]
    assert start.day == 1
    assert ("agency_share", site, start) in found
    assert {name for name, *_ in found} == {"agency_share"}


def test_the_command_lists_what_is_suggested(demo_home: Path, site: str) -> None:
    told = rounds("rebase", "--suggest", "--json", "--home", demo_home)
    first = json.loads(told.stdout)[0]
    assert (first["metric"], first["site"], first["month"]) == ("agency_share", site, "2026-03")
    assert first["months"] == 8
    assert first["before"] < 0.08 < first["since"]


def test_a_rebase_is_kept_with_its_reason_and_author_and_taken_back(mine: Path, site: str) -> None:
    home = Home(mine)
    assert alarmed(open_build(home), "agency_share", site)
    done = rounds("rebase", "agency_share", site, "2026-03", "--reason", WHY, "--by", "Ann",
                  "--home", mine)  # fmt: skip
    assert done.stdout.startswith(f"agency_share of {site} has a usual range of its own from 2026")
    reader = open_build(home)
    series = series_by_site(reader, "agency_share", TODAY, {})[site]
    (kept,) = series.rebases
    assert (kept.month, kept.reason, kept.author) == (date(2026, 3, 1), WHY, "Ann")
    assert [group.rows for group in series.chart.groups] == [6, 8]  # type: ignore[union-attr]
    assert unusual(series) is None
    assert not alarmed(reader, "agency_share", site)
    # The same site as a scope of its own has the range too; all sites together keep theirs.
    assert series_of_all(reader, "agency_share", TODAY, {"site": [site]}).rebases == (kept,)
    assert series_of_all(reader, "agency_share", TODAY, {}).rebases == ()

    listed = rounds("rebase", "--list", "--home", mine).stdout
    assert "agency_share" in listed
    assert "Ann" in listed
    rounds("rebase", "agency_share", site, "2026-03", "--undo", "--by", "Bob", "--home", mine)
    reader = open_build(home)
    assert series_by_site(reader, "agency_share", TODAY, {})[site].rebases == ()
    assert alarmed(reader, "agency_share", site)
    # Nothing is forgotten: the decision, and that it was taken back.
    told = [(one.author, one.value.get("reason")) for one in history(home, What.REBASE)]
    assert told == [("Ann", WHY), ("Bob", None)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("agency_share",), "Give the metric, the site (or all) and the month"),
        (("agency_shar", "CDH", "2026-03", "--reason", WHY), "agency_share"),
        (("agency_share", "Nowhere", "2026-03", "--reason", WHY), "There is no site Nowhere"),
        (("agency_share", "all", "March", "--reason", WHY), "That is no month"),
        (("agency_share", "all", "2026-03"), "A rebase needs its reason"),
        (("agency_share", "all", "2026-03", "--undo"), "Nobody has rebased agency_share there"),
    ],
)
def test_what_makes_no_rebase_is_told_in_a_sentence(
    demo_home: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = rounds("rebase", *arguments, "--home", demo_home)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not history(Home(demo_home), What.REBASE)


def test_a_group_without_rebases_says_so(demo_home: Path) -> None:
    told = rounds("rebase", "--list", "--home", demo_home)
    assert told.stdout == "No usual range was started anew.\n"
