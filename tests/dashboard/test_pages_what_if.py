"""The page What if: its figures are those worked by hand, and its address is its state."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import ahead, store
from dashboard import format as fmt
from pipelines.analysis.scenarios import saved
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.settings import Home
from tests.analysis.scenarios.test_drivers import AGENCY, CONTRACTS, LABOR, MOVES, SPEND
from tests.dashboard import small
from tests.dashboard.opening import Opened, opened

BOTH = "agency:-50@site=ELM,from=2026-11~wage:3@site=ELM"


def held(test: AppTest, name: str) -> str:
    """A parameter of the address, which AppTest gives as text or as a list."""
    value = test.query_params[name]
    return value if isinstance(value, str) else value[0]


@pytest.fixture
def loaded(home: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home without a forecast: the months to come cost what those so far did on average."""
    monkeypatch.setattr(store, "landing", lambda *_, **__: None)
    texts = {
        "sites.csv": small.SITES, "labor.csv": LABOR, "agency.csv": AGENCY, "spend.csv": SPEND,
        "contracts.csv": CONTRACTS, "moves.csv": MOVES,
    }  # fmt: skip
    small.load_all(home, texts)
    return Home(home)


def test_without_a_lever_the_landing_stands_alone(loaded: Home) -> None:
    """106,340 so far and 21,223 to come (see tests/analysis/scenarios/test_drivers.py)."""
    page = opened("what_if")
    assert page.title == "2026 lands at $128k if nothing changes"
    assert page.rows("The landing by subject")[-1] == ["All subjects", "106", "21", "128"]
    assert "Kept scenarios" not in page.headings


def test_the_address_makes_the_page(loaded: Home) -> None:
    """5 agency hours a month less, 376.36 in all; pay 367.20; together 15.70 (test_prospects)."""
    page = opened("what_if", scenario=BOTH)
    assert page.title == ("2026 would land at $128k, $7 more than if nothing changes")
    assert (
        "Agency \N{MINUS SIGN}50\u202f%, Elmwood saves $376 and Pay +3\u202f%, Elmwood adds $367. "
        "Together they cost another $16."
    ) in page.words
    [chart] = [label for label in page.labels if label == "Pay +3\u202f%, Elmwood adds the most"]
    assert page.rows(chart) == [
        ["Landing", "$128k"],
        ["Agency \N{MINUS SIGN}50\u202f%, Elmwood", "\N{MINUS SIGN}$376"],
        ["Pay +3\u202f%, Elmwood", "+$367"],
        ["Interaction", "+$16"],
        ["New landing", "$128k"],
    ]
    assert "10 agency hours at 90.00 USD an hour" in page.words
    assert "50\u202f% of agency hours taken over by own staff, Elmwood, from Nov 2026" in page.words


def test_a_lever_is_added_and_taken_out(loaded: Home) -> None:
    test = opened("what_if", scenario="wage:3").test
    test.selectbox(key="lever-kind").set_value("overtime").run()
    test.number_input(key="lever-size-overtime").set_value(25.5).run()
    test.selectbox(key="lever-where").set_value("Regions").run()
    assert test.button(key="lever-add").disabled
    test.multiselect(key="lever-region").set_value(["South"]).run()
    test.selectbox(key="lever-how-overtime").set_value("drop").run()
    test.button(key="lever-add").click().run()
    code = "wage:3~overtime:-25.5@region=South,how=drop"
    assert held(test, "scenario") == code
    assert "25.5\u202f% of overtime hours dropped, South" in Opened(test).words
    test.button(key="out-0").click().run()
    assert held(test, "scenario") == "overtime:-25.5@region=South,how=drop"
    test.button(key="out-0").click().run()
    assert "scenario" not in test.query_params


def test_a_scenario_is_kept_and_compared(loaded: Home) -> None:
    saved.save(loaded, "Half", Scenario.parse(BOTH), "ada")
    test = opened("what_if", scenario="price:10").test
    keep = next(button for button in test.button if button.label == "Keep it")
    test.text_input[0].set_value("Dearer").run()
    keep.click().run()
    assert [one.name for one in saved.saved(loaded)] == ["Dearer", "Half"]
    test.selectbox(key="beside").set_value("Half").run()
    assert held(test, "with") == "Half"
    page = Opened(test)
    assert [row[0] for row in page.rows("Scenarios that were kept")] == ["Dearer", "Half"]
    # 10 % of 2 x (360 + 20) + 203 is 96.30 more; the other is 6.54 more.
    assert "Half lands at $90 less than this scenario" in page.headings
    assert page.rows("Two scenarios by subject")[-1] == ["All subjects", "128", "128", "128", "0"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"scenario": "agency"}, "The scenario in the address can't be used."),
        ({"scenario": "wage:3", "with": "Nobody"}, "There is no scenario Nobody"),
        ({"scenario": "agency:-20@site=XYZ"}, "there are none in these places and months"),
    ],
)
def test_a_faulty_address_is_said(loaded: Home, query: dict[str, str], said: str) -> None:
    saved.save(loaded, "Half", Scenario.parse(BOTH), "ada")
    assert said in opened("what_if", **query).words


def test_a_home_without_cost_says_so(home: Path) -> None:
    small.works(home)
    page = opened("what_if")
    assert page.title == "Nothing here has a cost to look ahead from"


def test_it_starts_from_the_landing_of_the_budget_page(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    monkeypatch.setattr(ahead, "PATIENCE", 60)
    told = store.landing(date(2026, 10, 1))
    assert told is not None
    landing = fmt.money(told.frame["landing"].item())
    between = fmt.money_range(told.frame["low"].item(), told.frame["high"].item())
    page = opened("what_if")
    assert f"Between {between} in 8 years of 10." in page.words
    assert page.title == f"2026 lands at {landing} if nothing changes"
    assert "what the forecast of the year's landing says" in page.words
