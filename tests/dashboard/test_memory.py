"""Answers that are kept: once for each question, for all who ask, and no error among them."""

from __future__ import annotations

import ast
import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard import ahead, store
from dashboard.memory import forget, remembered
from pipelines.settings import Home
from pipelines.warehouse.publish import KEPT, publish
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.record import Record
from tests.conftest import ROOT
from tests.loading import load_text


def doubling() -> tuple[Callable[[str, int], int], list[tuple[str, int]]]:
    """A function whose answers are kept, and what it was really asked."""
    asked: list[tuple[str, int]] = []

    @remembered(10)
    def answer(build: str, number: int) -> int:
        asked.append((build, number))
        return 2 * number

    return answer, asked


def test_a_question_is_answered_once() -> None:
    answer, asked = doubling()
    assert [answer("a", 1), answer("a", 2), answer("a", 1), answer("b", 1)] == [2, 4, 2, 2]
    assert asked == [("a", 1), ("a", 2), ("b", 1)]


def test_the_question_that_was_asked_longest_ago_is_forgotten() -> None:
    asked: list[int] = []

    @remembered(2)
    def answer(number: int) -> int:
        asked.append(number)
        return number

    for number in (1, 2, 1, 3, 1, 2):
        answer(number)
    assert asked == [1, 2, 3, 2]


def test_what_stands_for_another_argument_is_no_part_of_the_question() -> None:
    @remembered(10)
    def answer(_reader: object, build: str) -> object:
        return _reader

    first = object()
    assert answer(first, "a") is first
    assert answer(object(), "a") is first
    assert answer(first, "b") is first


def test_an_error_is_not_kept() -> None:
    tries: list[int] = []

    @remembered(10)
    def answer(number: int) -> int:
        tries.append(number)
        if len(tries) == 1:
            raise ValueError("not yet")
        return number

    with pytest.raises(ValueError, match="not yet"):
        answer(1)
    assert answer(1) == 1
    assert tries == [1, 1]


def test_who_asks_meanwhile_waits_for_the_same_answer() -> None:
    began, go_on = threading.Event(), threading.Event()
    tries: list[int] = []

    @remembered(10)
    def answer(number: int) -> object:
        tries.append(number)
        began.set()
        assert go_on.wait(10)
        return object()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(answer, 1)
        assert began.wait(10)
        second = pool.submit(answer, 1)
        go_on.set()
        assert first.result(10) is second.result(10)
    assert tries == [1]


def test_viewers_who_may_see_different_things_share_nothing() -> None:
    """Answers are kept under a reader's key, which tells viewers apart; its build doesn't."""
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                named = [ast.unparse(one) for one in call.args]
                assert not [one for one in named if one.endswith("reader().build")], path


def test_a_build_that_was_dropped_is_let_go(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds a database open, and the room of its file on the disk."""
    monkeypatch.setenv("ROUNDS_HOME", str(home))
    load_text(home, "site,name,region\nELM,Elmwood,North\n", "sites.csv")
    seen: list[weakref.ReferenceType[Reader]] = []
    for _ in range(KEPT + 3):
        with Record.open(Home(home)) as record:
            publish(record)
        reader = store.reader()
        seen.append(weakref.ref(reader))
        ahead.begin(reader).exception(timeout=60)
        del reader
    gc.collect()
    alive = [at for at, known in enumerate(seen) if known() is not None]
    assert alive == list(range(3, KEPT + 3))


def test_answers_of_readers_that_are_gone_are_let_go() -> None:
    answer, asked = doubling()
    for _ in range(2):
        for build in ("a", "b"):
            answer(build, 1)
    assert asked == [("a", 1), ("b", 1)]
    forget({"a", "c"})
    assert [answer("a", 1), answer("b", 1)] == [2, 2]
    assert asked == [("a", 1), ("b", 1), ("a", 1)]


def test_what_was_answered_of_a_build_goes_with_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(home))
    load_text(home, "site,name,region\nELM,Elmwood,North\n", "sites.csv")
    answers: list[weakref.ReferenceType[object]] = []

    class Answer:
        """Something that can be looked after."""

    @remembered(100)
    def answer(build: str) -> Answer:
        return Answer()

    for _ in range(KEPT + 3):
        with Record.open(Home(home)) as record:
            publish(record)
        answers.append(weakref.ref(answer(store.reader().key)))
    gc.collect()
    alive = [at for at, known in enumerate(answers) if known() is not None]
    assert alive == list(range(3, KEPT + 3))
