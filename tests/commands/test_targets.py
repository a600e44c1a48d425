"""Targets by command: set, ended, taken back, listed, and known as they were at any time."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines import state
from pipelines.calendar import month_span
from pipelines.commands.targets import amount
from pipelines.metrics import find
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.state import What, history
from pipelines.warehouse.publish import current_build, publish
from pipelines.warehouse.reader import open_build
from tests.loading import load_text, record_of, rounds

SITES = "site,name,region\nELM,Elmwood Clinic,North\nOAK,Oakdale Clinic,South\n"
LABOR = (
    "site,period_start,period_end,pay_class,hours\n"
    "ELM,2026-03-01,2026-03-31,regular,90\nELM,2026-03-01,2026-03-31,overtime,10\n"
)
MARCH = month_span(date(2026, 3, 1))
OVERTIME = ("target", "set", "overtime_share")


@pytest.fixture
def loaded(home: Path) -> Path:
    load_text(home, SITES, "sites.csv")
    load_text(home, LABOR, "labor.csv")
    with record_of(home) as record:
        record.sql.execute("UPDATE loads SET moment = '2026-01-05 10:00:00'")
        publish(record)
    return home


def overtime(*, as_of: int | date | None = None) -> float | None:
    answer = ask(
        open_build(Home.find()), "overtime_share", period=MARCH, by=("site",),
        where={"site": ["ELM"]}, compare=("target",), as_of=as_of,
    )  # fmt: skip
    found: float | None = answer.frame["target"].item()
    return found


def test_a_target_is_set_for_all_a_region_and_a_site_and_taken_back(loaded: Path) -> None:
    said = rounds(*OVERTIME, "6%", "--from", "2026-01", "--by", "ana", "--reason", "Board")
    assert said.stdout.startswith("Overtime: the target of all sites is 6% from Jan 2026 on.\n")
    rounds(*OVERTIME, "5%", "--from", "2026-01", "--region", "north", "--by", "ana")
    assert overtime() == 0.05
    rounds(*OVERTIME, "0.04 share", "--from", "2026-02", "--site", "Elmwood Clinic", "--by", "ben")
    assert overtime() == 0.04
    assert rounds("target").stdout == rounds("target", "list").stdout
    listed = json.loads(rounds("target", "list", "--json").stdout)["rows"]
    assert [(t["place"], t["value"], t["from"], t["by"], t["reason"]) for t in listed] == [
        ("all", "0.060000", "2026-01-01", "ana", "Board"),
        ("region North", "0.050000", "2026-01-01", "ana", ""),
        ("site ELM", "0.040000", "2026-02-01", "ben", ""),
    ]
    back = rounds(*OVERTIME, "--undo", "--from", "2026-02", "--site", "ELM")
    assert "is taken back" in back.stdout
    assert overtime() == 0.05


def test_a_target_that_has_ended_holds_no_longer(loaded: Path) -> None:
    rounds(*OVERTIME, "6%", "--from", "2026-01")
    rounds(*OVERTIME, "6%", "--from", "2026-01", "--to", "2026-02", "--reason", "Closed")
    assert overtime() is None
    assert len(history(Home(loaded), What.TARGET)) == 2
    ever = json.loads(rounds("target", "list", "--ever", "--json").stdout)["rows"]
    assert [t["to"] for t in ever] == [None, "2026-02-01"]


def test_what_was_known_in_march_is_still_known(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """6 % since 10 January, 5 % since 20 March, taken back on 2 April; loaded on 5 January."""

    class Clock(datetime):
        at = datetime(2026, 1, 1)

        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return cls.at

    monkeypatch.setattr(state, "datetime", Clock)
    for day, *what in (
        (datetime(2026, 1, 10, 9), "6%"), (datetime(2026, 3, 20, 9), "5%"),
        (datetime(2026, 4, 2, 9), "--undo"),
    ):  # fmt: skip
        Clock.at = day
        assert rounds(*OVERTIME, *what, "--from", "2026-01").exit_code == 0
    known = {
        date(2026, 1, 9): None, date(2026, 1, 10): 0.06, date(2026, 3, 19): 0.06,
        date(2026, 3, 31): 0.05, date(2026, 4, 1): 0.05, date(2026, 4, 2): None,
    }  # fmt: skip
    assert {day: overtime(as_of=day) for day in known} == known
    assert overtime() is None
    # The last load is of 5 January, before any of them.
    assert overtime(as_of=2) is None
    march = json.loads(rounds("target", "list", "--as-of", "2026-03-31", "--json").stdout)["rows"]
    assert [t["value"] for t in march] == ["0.050000"]


def test_of_two_that_start_together_the_one_that_people_set_holds(loaded: Path) -> None:
    file = "metric,from_month,value,unit\n"
    load_text(loaded, f"{file}overtime_share,2026-01-01,6,%\novertime_share,2026-03-01,3,%\n")
    with record_of(loaded) as record:
        publish(record)
    rounds(*OVERTIME, "5%", "--from", "2026-01")
    assert overtime() == 0.03
    rounds(*OVERTIME, "2.5%", "--from", "2026-03")
    assert overtime() == 0.025
    rounds(*OVERTIME, "--undo", "--from", "2026-03")
    assert overtime() == 0.03


def test_a_target_takes_all_else_over_from_the_build(loaded: Path) -> None:
    before = open_build(Home(loaded))
    rounds(*OVERTIME, "6%", "--from", "2026-01")
    after = open_build(Home(loaded))
    assert before.build != after.build
    assert before.build.split("-")[2][:8] == after.build.split("-")[2][:8]
    assert before.columns == after.columns
    for table in ("labor", "coverage", "sites", "loads", "costs"):
        query = f"SELECT * FROM {table} ORDER BY ALL"
        assert before.query(query).equals(after.query(query))
    assert (
        before.query("SELECT published FROM build")["published"][0]
        < (after.query("SELECT published FROM build")["published"][0])
    )


def test_what_was_loaded_since_comes_along_with_a_target(loaded: Path) -> None:
    load_text(loaded, LABOR.replace("2026-03", "2026-02").replace("31", "28"), "february.csv")
    rounds(*OVERTIME, "6%", "--from", "2026-01")
    months = open_build(Home(loaded)).query("SELECT DISTINCT month FROM labor ORDER BY 1")["month"]
    assert months.to_list() == [date(2026, 2, 1), date(2026, 3, 1)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("overtime_chare", "6%", "--from", "2026-01"), "did you mean overtime_share?"),
        (("overtime_share", "6", "--from", "2026-01"), "Overtime is a share: write its target as"),
        (("overtime_share", "6 hours", "--from", "2026-01"), "is counted in another unit"),
        (("overtime_share", "six", "--from", "2026-01"), "A target is a plain number"),
        (("overtime_share", "6%", "--from", "January"), "A month is written as 2026-10."),
        (("overtime_share", "6%", "--from", "2026-03", "--to", "2026-02"), "ends before it starts"),
        (("overtime_share", "6%", "--from", "2026-01", "--site", "ELN"), "did you mean ELM?"),
        (("overtime_share", "6%", "--from", "2026-01", "--region", "Moon"), "known are North, Sou"),
        (
            ("overtime_share", "6%", "--from", "2026-01", "--site", "ELM", "--region", "North"),
            "of a site or of a region",
        ),
        (("overtime_share", "6%", "--from", "2026-01", "--currency", "EUR"), "no amount of money"),
        (("overtime_share", "--from", "2026-01"), "Give the target's value, or --undo"),
        (("overtime_share", "--undo", "--from", "2026-01"), "Nobody has set a target there"),
    ],
)
def test_wrong_usage_is_one_sentence(loaded: Path, arguments: tuple[str, ...], said: str) -> None:
    build = current_build(Home(loaded))
    result = rounds("target", "set", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert history(Home(loaded), What.TARGET) == []
    assert current_build(Home(loaded)) == build


@pytest.mark.parametrize(
    ("metric", "text", "value"),
    [
        ("overtime_share", "6%", "0.06"),
        ("overtime_share", "6.25 %", "0.0625"),
        ("overtime_share", "0.5 share", "0.5"),
        ("labor_cost", "182000.50", "182000.50"),
        ("labor_cost", "182000 USD", "182000"),
        ("hourly_cost", "41.5", "41.5"),
        ("open_issues", "0", "0"),
        ("budget_variance", "\u22125000", "-5000"),
        ("days_on_hand", "21 days", "21"),
    ],
)
def test_amounts_are_read_in_the_measure_s_unit(metric: str, text: str, value: str) -> None:
    assert amount(find(metric), text, "USD") == Decimal(value)
