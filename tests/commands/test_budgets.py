"""Single amounts of the budget set by command: over the file's, marked, kept, and taken back."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from pipelines import state
from pipelines.calendar import month_span
from pipelines.metrics.ask import ask
from pipelines.metrics.rows import rows
from pipelines.metrics.targets import known as targets_known
from pipelines.settings import Home
from pipelines.state import What, history
from pipelines.warehouse.earlier import earlier, is_now
from pipelines.warehouse.reader import open_build
from tests.loading import load_text, record_of, rounds

SITES = "site,name,region\nELM,Elmwood Clinic,North\nOAK,Oakdale Clinic,South\n"
LABOR = (
    "site,period_start,period_end,hours,amount\n"
    "ELM,2026-03-01,2026-03-31,100,1000\nOAK,2026-03-01,2026-03-31,100,2000\n"
)
# ELM's staffing has two accounts, 700 + 200; the forecast, loaded later, is of OAK alone.
BUDGET = (
    "site,version,account,month,amount,hours\n"
    "ELM,plan,staffing,2026-03-01,700,90\nELM,plan,staffing,2026-03-01,200,10\n"
    "OAK,plan,staffing,2026-03-01,1900,95\nELM,plan,supplies,2026-03-01,50,\n"
)
MARCH = month_span(date(2026, 3, 1))
SET = ("budget", "set", "ELM", "staffing")


@pytest.fixture
def loaded(home: Path) -> Path:
    load_text(home, SITES, "sites.csv")
    load_text(home, LABOR, "labor.csv")
    load_text(home, BUDGET, "budget.csv")
    with record_of(home) as record:
        record.sql.execute("UPDATE loads SET moment = '2026-01-05 10:00:00'")
    rounds("publish")
    return home


def staffing(**more: Any) -> dict[str, tuple[Any, Any, Any]]:
    """Budget, gap and mark of each site."""
    frame = ask(
        open_build(Home.find()), "labor_cost", period=MARCH, by=("site",), compare=("budget",),
        **more,
    ).frame  # fmt: skip
    return {r["site"]: (r["budget"], r["gap"], r["edited"]) for r in frame.iter_rows(named=True)}


OF_FILE = {"ELM": (900, 100, False), "OAK": (1900, 100, False)}
EDITED = {**OF_FILE, "ELM": (1100, -100, True)}


def test_an_amount_takes_the_place_of_the_file_s_and_is_marked(loaded: Path) -> None:
    assert staffing() == OF_FILE
    said = rounds(*SET, "1100", "--month", "2026-03", "--reason", "New unit", "--by", "ana")
    assert said.stdout.startswith("The staffing budget of ELM for Mar 2026 is 1,100 USD.\n")
    assert staffing() == EDITED
    reader = open_build(Home(loaded))
    total = ask(reader, "labor_cost", period=MARCH, compare=("budget",)).frame
    assert total.select("budget", "gap", "edited").row(0) == (3000, 0, True)
    supplies = ask(reader, "supply_burn", period=MARCH, compare=("budget",)).frame
    assert not supplies["edited"].any()
    # All hours of the file's plan stay, and so do its rows in the record.
    hours = reader.query("SELECT sum(budget_hours) AS h FROM costs WHERE site = 'ELM'")["h"][0]
    assert hours == 100
    found = rows(reader, "budget_variance", period=MARCH, where={"site": ["ELM"]})
    assert found["numerator"].sum() == Decimal(-100)
    listed = json.loads(rounds("budget", "list", "--json").stdout)["rows"]
    assert [(r["site"], r["file"], r["amount"], r["author"], r["reason"]) for r in listed] == [
        ("ELM", "900.0000", "1100.0000", "ana", "New unit")
    ]
    assert rounds("budget").stdout == rounds("budget", "list").stdout


def test_it_is_taken_back_and_every_version_is_kept(loaded: Path) -> None:
    rounds(*SET, "1100", "--month", "2026-03")
    rounds(*SET, "1000.50", "--month", "2026-03")
    assert staffing()["ELM"] == (Decimal("1000.50"), Decimal("-0.50"), True)
    assert "is the file's again" in rounds(*SET, "--undo", "--month", "2026-03").stdout
    assert staffing() == OF_FILE
    assert len(history(Home(loaded), What.BUDGET)) == 3
    ever = json.loads(rounds("budget", "list", "--ever", "--json").stdout)["rows"]
    assert [r["amount"] for r in ever] == ["1100.0000", "1000.5000", None]


def test_it_stands_over_a_later_version_too(loaded: Path) -> None:
    rounds(*SET, "1100", "--month", "2026-03")
    load_text(loaded, BUDGET.replace("plan", "forecast").replace("700", "800"), "forecast.csv")
    rounds("publish")
    assert staffing() == EDITED
    rounds(*SET, "--undo", "--month", "2026-03")
    assert staffing()["ELM"] == (1000, 0, False)


def test_a_month_without_a_budget_can_be_given_one(loaded: Path) -> None:
    load_text(loaded, LABOR.replace("-03-31", "-04-30").replace("-03-01", "-04-01"), "april.csv")
    rounds(*SET, "950", "--month", "2026-04")
    april = month_span(date(2026, 4, 1))
    frame = ask(
        open_build(Home(loaded)), "labor_cost", period=april, by=("site",), compare=("budget",)
    ).frame
    assert frame.select("site", "budget", "gap").rows() == [("ELM", 950, 50), ("OAK", None, None)]


def test_what_the_budget_was_in_march_is_still_known(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(2026, 3, 20, 9)

    monkeypatch.setattr(state, "datetime", Clock)
    rounds(*SET, "1100", "--month", "2026-03")
    assert staffing() == EDITED
    assert staffing(as_of=date(2026, 3, 19)) == OF_FILE
    assert staffing(as_of=date(2026, 3, 20)) == EDITED
    assert staffing(as_of=date(2026, 3, 20), basis="check") == EDITED
    assert staffing(as_of=3) == OF_FILE


def test_an_earlier_state_knows_the_decisions_that_a_question_as_of_then_knows(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files came on 5 January at ten. ELM's budget was 900 by them; then people set it.

    1,100 in that afternoon, which load 3 doesn't know and 5 January does; 1,000 the day after.
    So do pages, read from a state made whole, and a single number.
    """
    for hour, amount in ((15, "1100"), (24 + 8, "1000")):
        now = datetime(2026, 1, 5) + timedelta(hours=hour)
        clock = type("Clock", (datetime,), {"now": classmethod(lambda cls, tz=None, at=now: at)})
        monkeypatch.setattr(state, "datetime", clock)
        rounds(*SET, amount, "--month", "2026-03")
        rounds("target", "set", "labor_cost", amount, "--from", "2026-03")
    whole = open_build(Home(loaded))
    for as_of, elm in ((3, 900), (date(2026, 1, 5), 1100), (date(2026, 1, 6), 1000)):
        past = earlier(whole, as_of)
        known = ask(whole, "labor_cost", period=MARCH, by=("site",), compare=("budget",),
                    as_of=as_of).frame  # fmt: skip
        assert known["budget"].to_list() == [elm, 1900]
        now_there = ask(past, "labor_cost", period=MARCH, by=("site",), compare=("budget",)).frame
        assert_frame_equal(now_there, known)
        targets = [target.value for target in targets_known(whole, as_of)]
        assert targets == ([elm] if elm > 900 else [])
        assert [target.value for target in targets_known(past)] == targets
    assert not is_now(whole, 3)
    assert not is_now(whole, date(2026, 1, 5))
    assert is_now(whole, date(2026, 1, 6))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ELN", "staffing", "5", "--month", "2026-03"), "did you mean ELM?"),
        (("ELM", "stuff", "5", "--month", "2026-03"), "no such subject"),
        (("ELM", "staffing", "much", "--month", "2026-03"), "An amount is a plain number"),
        (("ELM", "staffing", "5", "--month", "soon"), "A month is written as"),
        (("ELM", "staffing", "--month", "2026-03"), "Give the budget's amount"),
        (("ELM", "staffing", "--undo", "--month", "2026-03"), "Nobody has set that amount"),
    ],
)
def test_wrong_usage_is_one_sentence(loaded: Path, arguments: tuple[str, ...], said: str) -> None:
    result = rounds("budget", "set", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert history(Home(loaded), What.BUDGET) == []
