"""Questions that are kept and those asked before are their person's alone."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.errors import UsageProblem
from pipelines.room import kept
from pipelines.settings import Home
from tests.room.conftest import Room


def test_kept_questions_are_their_persons_alone(tmp_path) -> None:
    home = Home(tmp_path)
    kept.keep(home, "ada", "  By   site ", "FROM sites")
    kept.keep(home, "ada", "By site", "FROM costs")
    kept.keep(home, "bob", "By site", "FROM labor")
    assert [(one.name, one.sql) for one in kept.kept(home, "ada")] == [("By site", "FROM costs")]
    assert kept.kept(home, "cyd") == []
    with pytest.raises(UsageProblem, match="did you mean By site"):
        kept.forget(home, "ada", "By sit")
    kept.forget(home, "ada", "By site")
    assert kept.kept(home, "ada") == []
    assert [one.sql for one in kept.kept(home, "bob")] == ["FROM labor"]


@pytest.mark.parametrize(("name", "sql"), [("", "x"), ("n" * 61, "x"), ("a\x00b", "x"), ("n", " ")])
def test_what_can_not_be_kept_is_refused(tmp_path, name: str, sql: str) -> None:
    with pytest.raises(UsageProblem, match="characters"):
        kept.keep(Home(tmp_path), "ada", name, sql)


def test_what_was_asked_before_is_listed_once_and_to_its_person_only(tmp_path) -> None:
    home = Home(tmp_path)
    for sql, said in (("A", "1 row"), ("B", "no"), ("A", "2 rows")):
        kept.note(home, "ada", sql, said, 0.25)
    kept.note(home, "bob", "C", "1 row", 0.5)
    assert [(one.sql, one.said) for one in kept.asked(home, "ada")] == [
        ("A", "2 rows"), ("B", "no"),
    ]  # fmt: skip
    assert [one.seconds for one in kept.asked(home, "bob")] == [0.5]


def ask(room: Room, *words: str) -> tuple[int, str, str]:
    ended = CliRunner().invoke(main, ["sql", *words, "--home", str(room.home.root)])
    return ended.exit_code, ended.stdout, ended.stderr


def test_the_command_answers_as_its_neighbours_do(room: Room, tmp_path) -> None:
    question = "SELECT site, count(*) AS n FROM labor GROUP BY ALL ORDER BY site"
    assert ask(room, question, "--format", "csv")[1] == "site,n\nHID,1\nOWN,2\nSEC,1\n"
    status, text, said = ask(room, question, "--json", "--rows", "2")
    assert json.loads(text) == {
        "rows_left_out": True, "rows": [{"site": "HID", "n": 1}, {"site": "OWN", "n": 2}],
    }  # fmt: skip
    assert (status, said) == (0, "rounds: There are more than 2 rows.\n")
    assert ask(room, question, "--format", "parquet", "--out", str(tmp_path / "x.parquet"))[0] == 0
    assert (tmp_path / "x.parquet").read_bytes()[:4] == b"PAR1"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["COPY sites TO 'x'"], "rounds: Only questions can be asked here"),
        ([], "rounds: Give the question"),
        (["FROM sites", "--seconds", "0"], "rounds: Give at least one row"),
        (["--of", "labour"], "rounds: There is no table labour."),
        (["--format", "parquet", "FROM sites"], "rounds: Parquet is no text"),
    ],
)
def test_the_command_says_what_is_wrong(words: list[str], sentence: str, room: Room) -> None:
    status, text, said = ask(room, *words)
    assert (status, text) == (2, "")
    assert said.startswith(sentence)


def test_the_command_lists_tables_and_columns(room: Room) -> None:
    assert "labor_month" in ask(room, "--tables")[1]
    columns = json.loads(ask(room, "--of", "sites", "--json")[1])
    assert columns[0] == {"column": "site", "meaning": "the site's id"}
    assert "SEQ_SCAN" in ask(room, "FROM sites", "--explain")[1]
