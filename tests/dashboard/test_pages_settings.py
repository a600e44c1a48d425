"""Settings: targets listed with who set them, set and ended by the command of the prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.digest.readers import subscriptions
from pipelines.settings import Home
from pipelines.state import What, history
from tests.dashboard import small
from tests.dashboard.opening import Opened, opened, published
from tests.loading import load_text, rounds


@pytest.fixture
def loaded(home: Path) -> Path:
    small.works(home)
    return home


def again(page: Opened) -> Opened:
    page.test.run()
    assert [fault.message for fault in page.test.exception] == []
    return page


def test_without_targets_the_first_one_can_be_set(loaded: Path) -> None:
    page = opened("settings")
    assert page.title == "No target is set yet"
    page.test.selectbox(key="target measure").select("Open issues").run()
    page.test.number_input(key="target value open_issues").set_value(3).run()
    page.test.selectbox(key="target place").select("Oakdale (OAK)").run()
    page.test.text_input(key="target reason").set_value("Agreed in March").run()
    page.test.button(key="set target").click().run(timeout=120)
    again(page)
    assert page.title == "1 target is set for 1 measure"
    [row] = page.cells("Targets")
    assert [cell["text"] for cell in row[:3]] == ["Open issues", "Oakdale", "3"]
    assert row[5]["second"] == "Agreed in March"
    [decision] = history(Home(loaded), What.TARGET)
    assert decision.value == {"value": "3", "reason": "Agreed in March"}


def test_a_share_is_set_in_percent(loaded: Path) -> None:
    page = opened("settings")
    page.test.selectbox(key="target measure").select("Planned maintenance on time").run()
    field = page.test.number_input(key="target value pm_compliance")
    assert field.label == "Target, at least (in %)"
    field.set_value(97.5).run()
    page.test.button(key="set target").click().run(timeout=120)
    [decision] = history(Home(loaded), What.TARGET)
    assert decision.value["value"] == "0.975"


def test_a_target_is_ended_and_taken_back(loaded: Path) -> None:
    rounds("target", "set", "open_issues", "3", "--from", "2026-09", "--by", "ana")
    page = opened("settings")
    name = "Open issues, All sites, 3 from Sep 2026"
    page.test.selectbox(key="target to end").select(name).run()
    page.test.selectbox(key=f"last month {name}").select("Oct 2026").run()
    page.test.button(key="end target").click().run(timeout=120)
    assert page.rows("Targets")[0][3:5] == ["Sep 2026", "Oct 2026"]
    page.test.selectbox(key="target to end").select(name).run()
    page.test.button(key="take back").click().run(timeout=120)
    assert page.title == "No target is set yet"
    assert len(history(Home(loaded), What.TARGET)) == 3


def test_a_target_that_another_takes_over_from_ends_before_it(loaded: Path) -> None:
    for first, value in (("2026-01", "5"), ("2026-07", "4")):
        rounds("target", "set", "open_issues", value, "--from", first)
    assert [row[3:5] for row in opened("settings").rows("Targets")] == [
        ["Jan 2026", "Jun 2026"], ["Jul 2026", "open"],
    ]  # fmt: skip


def test_what_a_file_says_and_can_t_mean_is_named(loaded: Path) -> None:
    load_text(loaded, "metric,from_month,value,unit\nopen_issues,2026-01-01,3,days\n", "t.csv")
    published(Home(loaded))
    page = opened("settings")
    assert page.title == "No target is set yet"
    [row] = page.rows("Targets that are not understood")
    assert "another unit" in row[4]


def test_an_amount_of_the_budget_is_set_and_returned(loaded: Path) -> None:
    page = opened("settings")
    page.test.selectbox(key="budget site").select("Oakdale (OAK)").run()
    page.test.selectbox(key="budget subject").select("Supplies").run()
    page.test.number_input(key="budget amount").set_value(1250.5).run()
    page.test.button(key="set amount").click().run(timeout=120)
    [row] = page.rows("Budget amounts that were set")
    assert row[:2] == ["Oakdale", "Supplies"]
    [decision] = history(Home(loaded), What.BUDGET)
    assert decision.value["amount"] == "1250.50"
    page.test.button(key="undo amount").click().run(timeout=120)
    assert "Every amount of the budget is its file's." in page.words


def test_before_the_first_load_there_is_nothing_to_set(home: Path) -> None:
    assert opened("settings").title == "Nothing has been loaded yet"


def test_ones_own_digest_is_set_and_ended(loaded: Path) -> None:
    page = opened("settings")
    assert "No mail server is set yet" in page.words
    page.test.selectbox(key="digest often").select("Each Monday")
    page.test.text_input(key="digest to").set_value("no address")
    page.test.button(key="digest keep").click()
    page = again(page)
    assert "A digest goes to one e-mail address" in page.words
    page.test.text_input(key="digest to").set_value("ada@example.org")
    page.test.text_input(key="digest least").set_value("1,500")
    page.test.button(key="digest keep").click()
    page = again(page)
    assert "The digest goes to ada@example.org." in page.words
    [kept] = subscriptions(Home(loaded))
    assert (kept.address, str(kept.when), kept.least) == ("ada@example.org", "monday", 1500)
    page.test.selectbox(key="digest often").select("Never")
    page.test.button(key="digest keep").click()
    assert "The digest has ended." in again(page).words
    assert subscriptions(Home(loaded)) == []
