"""The page SQL: who may open it, what it shows of an answer, and what it hands out."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import fastexcel
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import viewing
from dashboard.room import answer, job
from pipelines.room import kept
from pipelines.room.query import Query, Result
from pipelines.settings import Home
from pipelines.warehouse.limits import Limits
from tests.dashboard import small
from tests.dashboard.opening import Opened

EVIL = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1", "plain"]
FRAME = pl.DataFrame({"=cmd|' /C calc'!A0": EVIL, "n": range(8)})


def page(session: dict[str, object], monkeypatch: pytest.MonkeyPatch, right: bool = True) -> Opened:
    monkeypatch.setenv("ROUNDS_AUTHOR", "ada")
    if not right:
        monkeypatch.setattr(viewing, "may", lambda _right: False)
    test = AppTest.from_string("from dashboard.views import sql\nsql.page()", default_timeout=60)
    for name, value in session.items():
        test.session_state[name] = value
    return Opened(test.run())


def done(home: Path, sql: str, result: Result | None, problem: str = "") -> job.Job:
    found = job.Job(Query(Home(home), Limits(), sql), "ada", result=result, problem=problem)
    found.done.set()
    return found


@pytest.fixture
def loaded(home: Path) -> Path:
    small.works(home)
    return home


def test_without_the_right_the_page_says_whom_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page({}, monkeypatch, right=False)
    assert shown.title == "You can't open the SQL page"
    assert not shown.test.get("bidi_component")


def test_an_answer_is_shown_in_pages_of_a_hundred_rows(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = Result(pl.DataFrame({"n": range(250)}), True, 0.25)
    shown = page({job.HELD: done(loaded, "SELECT 1", result)}, monkeypatch)
    assert shown.title == "The first 250 rows of the answer"
    [table] = shown._components("records")
    assert [row[0] for row in table["rows"]] == [str(n) for n in range(100)]
    assert "1 to 100 of 250" in shown.words


def test_no_answer_is_shown_of_another_scope_or_where_there_is_none(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = done(loaded, "SELECT 1", Result(pl.DataFrame({"n": [1]}), False, 0.1))
    other.query.limits = Limits(sites=frozenset({"OAK"}))
    shown = page({job.HELD: other}, monkeypatch)
    assert shown.title == "Ask in SQL"
    assert list(shown._components("records")) == []
    # What went wrong is the title and a sentence.
    shown = page({job.HELD: done(loaded, "x", None, "There is no table x.")}, monkeypatch)
    assert shown.title == "This question has no answer"
    assert "There is no table x." in shown.words


def test_a_question_is_answered_beside_the_page_and_noted(loaded: Path) -> None:
    asked = job.Job(Query(Home(loaded), Limits(), "SELECT count(*) FROM sites"), "ada")
    asked.run()
    assert asked.result is not None
    assert asked.result.frame.item() == 4
    assert [(one.sql, one.said) for one in kept.asked(Home(loaded), "ada")] == [
        ("SELECT count(*) FROM sites", "1 row")
    ]


def test_no_heading_and_no_cell_of_a_file_is_a_formula() -> None:
    text = answer.file(FRAME, "csv", "=1").decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(text, newline="")))
    assert head[0] == "'=cmd|' /C calc'!A0"
    assert [row[0] for row in rows] == [f"'{one}" for one in EVIL[:-1]] + ["plain"]
    book = fastexcel.read_excel(answer.file(FRAME, "xlsx", "=1+1"))
    assert book.load_sheet("Rows").to_polars().to_series(0).to_list() == EVIL
    same = pl.read_parquet(io.BytesIO(answer.file(FRAME, "parquet", "")))
    assert same.equals(FRAME)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (None, 0, None), (True, 0, "yes"), (2026, 0, "2026"), (Decimal("1234.5000"), 2, "1,234.50"),
        (date(2026, 12, 12), 0, "12 Dec 2026"),
        (datetime(2026, 11, 24, 9, 48), 0, "24 Nov 2026, 09:48"),
        ("x" * 500, 0, "x" * 400 + "…"), (b"\x01\xff", 0, "01ff"), (1.5, 0, "1.5"),
    ],
)  # fmt: skip
def test_a_cell_is_written_for_people(value: object, places: int, text: str | None) -> None:
    assert answer.cell(value, places) == text
