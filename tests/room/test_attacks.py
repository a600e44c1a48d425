"""Whatever people ask, nothing that isn't theirs is told, no file is touched, and the app stays."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from pipelines.errors import UsageProblem
from pipelines.room import said
from pipelines.room.query import Query, Result, run
from tests.room import attacks as first
from tests.room import attacks_newer as newer
from tests.room.attacks import NESTED
from tests.room.conftest import Room

Answers = Callable[[str], list[Result | str]]
REFUSED = {**first.REFUSED, **newer.REFUSED}
TELLING = {**first.TELLING, **newer.TELLING}
BOMBS = first.BOMBS + newer.BOMBS
SECONDS = 60.0  # of a whole group of attacks, on a busy machine

LISTED = [
    (group, at) for group, texts in {**REFUSED, **TELLING}.items() for at in range(len(texts))
]


@pytest.fixture(scope="module")
def answers(room: Room) -> Answers:
    """The answers to a group of attacks, each group asked of a process of its own."""

    @cache
    def asked(group: str) -> list[Result | str]:
        before = seen(room.home.root)
        texts = attacks(room, group)
        found = Query(room.home, room.own, "", seconds=SECONDS, rows=2000).answers(texts)
        after = seen(room.home.root)
        rooms = room.home.warehouse / "rooms"
        assert {p for p in after - before if not p.is_relative_to(rooms)} == set()
        return found

    return asked


def attacks(room: Room, group: str) -> list[str]:
    texts = {**REFUSED, **TELLING}[group]
    return [text.replace("{home}", str(room.home.root.resolve())) for text in texts]


def seen(folder: Path) -> set[Path]:
    return {Path(top) / name for top, _, names in os.walk(folder) for name in names}


def told(answer: Result | str) -> str:
    """All that a viewer gets to see of an answer."""
    if isinstance(answer, str):
        return answer
    return "\n".join([*answer.frame.columns, *(repr(row) for row in answer.frame.iter_rows())])


def leaks(room: Room, text: str, answer: Result | str) -> list[str]:
    """The forbidden words that an answer holds and the question did not."""
    shown = told(answer)
    return [word for word in room.forbidden if word in shown and word not in text]


@pytest.mark.parametrize(("group", "at"), LISTED, ids=[f"{group}-{at}" for group, at in LISTED])
def test_an_attack_tells_nothing(group: str, at: int, room: Room, answers: Answers) -> None:
    text, answer = attacks(room, group)[at], answers(group)[at]
    assert leaks(room, text, answer) == []
    if group in REFUSED:
        assert isinstance(answer, str), told(answer)
    if isinstance(answer, str):
        assert answer not in (said.CRASHED, said.BUSY, said.MEMORY, said.CANCELLED)
        assert "\n" not in answer
        assert answer.endswith((".", "?"))


def test_the_forbidden_words_are_told_to_who_may_see_them(room: Room) -> None:
    """The check above is no blind one: the whole group's answers do hold the words."""
    whole = run(room.home, type(room.own)(), "FROM labor JOIN sites USING (site)")
    assert {"Hiddenfield", "Undertow", "71717.17"} <= {
        word for word in room.forbidden if word in told(whole)
    }
    assert "worker" not in whole.frame.columns


@pytest.mark.parametrize("at", range(len(NESTED)))
def test_a_deeply_nested_question_ends_nothing_but_itself(at: int, room: Room) -> None:
    answer = nested(room.home, room.own)[at]
    assert leaks(room, NESTED[at], answer) == []


@cache
def nested(home: object, own: object) -> list[Result | str]:
    """All in one process where that survives; the rest in processes of their own."""
    found: list[Result | str] = []
    while len(found) < len(NESTED):
        rest = NESTED[len(found) :]
        answered = Query(home, own, "", seconds=SECONDS).answers(rest)  # type: ignore[arg-type]
        ended = next((n for n, one in enumerate(answered) if one == said.CRASHED), None)
        found += answered if ended is None else answered[: ended + 1]
    return found


QUICK = (0,)  # the others, which burn their time, are for the soak


def bomb(room: Room, text: str, seconds: float) -> None:
    with pytest.raises(UsageProblem) as problem:
        run(room.home, room.own, text, seconds=seconds, rows=1)
    assert "\n" not in str(problem.value)
    assert leaks(room, text, str(problem.value)) == []


@pytest.mark.parametrize("at", QUICK)
def test_a_bomb_becomes_a_sentence(at: int, room: Room) -> None:
    bomb(room, BOMBS[at], 1.0)


@pytest.mark.soak
@pytest.mark.parametrize("text", BOMBS)
def test_every_bomb_ends_in_time_and_leaves_the_room_as_it_was(text: str, room: Room) -> None:
    answer = Query(room.home, room.own, text, seconds=3.0, rows=1).answers([text])[0]
    assert leaks(room, text, answer) == []
    assert run(room.home, room.own, "SELECT count(*) FROM sites").frame.item() == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's own guards")
def test_the_guards_stand_where_the_kernel_allows(room: Room) -> None:
    found = set(run(room.home, room.own, "SELECT 1").guards)
    assert found in (set(), {"user", "network", "ipc", "uts", "files"})
