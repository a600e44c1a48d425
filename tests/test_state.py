"""What people decide: kept with author and time, taken back and never lost, from many processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.errors import StoreProblem
from pipelines.settings import Home
from pipelines.state import VERSION, What, decide, history, latest, place, standing
from tests.conftest import ROOT


def told(home: Path, what: What = What.SITE) -> list[tuple[str, str, dict[str, str], str]]:
    return [(d.scope, d.name, d.value, d.author) for d in standing(Home(home), what)]


def test_nothing_is_made_by_looking(home: Path) -> None:
    assert standing(Home(home), What.SITE) == []
    assert not home.exists()


def test_the_last_decision_about_a_thing_stands(home: Path) -> None:
    decide(Home(home), What.SITE, "xero", "E-1", {"site": "ELM"}, "ana")
    decide(Home(home), What.SITE, "xero", "O-1", {"site": "OAK"}, "ana")
    decide(Home(home), What.SITE, "xero", "E-1", {"site": "OAK"}, "ben")
    decide(Home(home), What.ACCOUNT, "xero", "E-1", {"title": "Rent", "subject": "contracts"}, "b")
    assert told(home) == [
        ("xero", "E-1", {"site": "OAK"}, "ben"), ("xero", "O-1", {"site": "OAK"}, "ana"),
    ]  # fmt: skip
    assert [d.value for d in history(Home(home), What.SITE)] == [
        {"site": "ELM"}, {"site": "OAK"}, {"site": "OAK"},
    ]  # fmt: skip


def test_a_few_things_are_found_among_all(home: Path) -> None:
    assert latest(Home(home), What.PERSON, "", ["ann"]) == []
    for name, role in (("ann", "analyst"), ("bob", "director"), ("cy", "analyst")):
        decide(Home(home), What.PERSON, "", name, {"role": role}, "ana")
    decide(Home(home), What.PERSON, "", "ann", {"role": "director"}, "ben")
    decide(Home(home), What.PERSON, "", "cy", {}, "ben")
    decide(Home(home), What.PERSON, "elsewhere", "ann", {"role": "none"}, "ben")
    decide(Home(home), What.DIGEST, "", "ann", {"role": "none"}, "ben")
    asked = ["bob", "ann", "cy", "ann", "x' OR '1", "%", ""]
    found = latest(Home(home), What.PERSON, "", asked)
    assert sorted((d.name, d.value["role"]) for d in found) == [
        ("ann", "director"), ("bob", "director"),
    ]  # fmt: skip
    assert latest(Home(home), What.PERSON, "", []) == []


def test_a_decision_is_taken_back_and_its_history_stays(home: Path) -> None:
    decide(Home(home), What.ANSWER, "uk_spend", "date", {"answer": "day-first"}, "ana")
    decide(Home(home), What.ANSWER, "uk_spend", "date", {}, "ben")
    assert told(home, What.ANSWER) == []
    assert [(d.author, d.value) for d in history(Home(home), What.ANSWER)] == [
        ("ana", {"answer": "day-first"}), ("ben", {}),
    ]  # fmt: skip


@pytest.mark.parametrize("change", ["UPDATE decisions SET author = 'x'", "DELETE FROM decisions"])
def test_no_decision_can_be_changed_or_removed(home: Path, change: str) -> None:
    decide(Home(home), What.SITE, "xero", "E-1", {"site": "ELM"}, "ana")
    with (
        closing(sqlite3.connect(place(Home(home)))) as sql,
        pytest.raises(sqlite3.IntegrityError, match="a decision is never"),
    ):
        sql.execute(change)
    assert told(home) == [("xero", "E-1", {"site": "ELM"}, "ana")]


def test_the_author_is_who_the_surroundings_say(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_AUTHOR", "carla")
    decide(Home(home), What.SITE, "xero", "E-1", {"site": "ELM"})
    assert told(home)[0][-1] == "carla"


WRITER = """
import sys
from pathlib import Path
from pipelines.settings import Home
from pipelines.state import What, decide
for number in range(25):
    decide(Home(Path(sys.argv[1])), What.SITE, sys.argv[2], str(number), {"site": "ELM"}, "p")
"""


def test_several_processes_decide_at_once(home: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(home)]
    writers = [subprocess.Popen([*command, system], cwd=ROOT) for system in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(told(home)) == 75


def test_a_later_layout_is_refused_and_left_alone(home: Path) -> None:
    decide(Home(home), What.SITE, "xero", "E-1", {"site": "ELM"})
    with closing(sqlite3.connect(place(Home(home)))) as sql:
        sql.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreProblem, match="was written by a later version of Rounds"):
        standing(Home(home), What.SITE)


def test_a_damaged_state_is_said_to_be_one(home: Path) -> None:
    home.mkdir()
    place(Home(home)).write_bytes(b"no state at all, and long enough to be read as one" * 20)
    with pytest.raises(StoreProblem, match=r"state\.sqlite is no state of Rounds, or was damaged"):
        standing(Home(home), What.SITE)
