"""What is kept is not looked through for garbage after each run, and what holds itself goes."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterator

import pytest

from dashboard import garbage
from dashboard.memory import remembered


@pytest.fixture(autouse=True)
def swept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(garbage, "_state", {"grew": False, "whole": time.monotonic()})
    yield
    gc.unfreeze()


@remembered(10)
def answer(number: int) -> list[list[int]]:
    return [[number] for _ in range(1000)]


class Ring:
    """It holds itself, as a session does."""

    def __init__(self) -> None:
        self.me = self


def looked_through(kept: list[list[int]]) -> bool:
    return bool({id(one) for one in gc.get_objects()} & {id(one) for one in kept})


def test_what_stands_is_not_looked_through() -> None:
    kept = [[number] for number in range(1000)]
    garbage.settle()
    assert not looked_through(kept)


def test_an_answer_that_came_is_left_out_before_the_next_run() -> None:
    kept = answer(1)
    assert looked_through(kept)
    garbage.sweep()
    assert not looked_through(kept)


def test_without_a_new_answer_nothing_is_left_out() -> None:
    kept = answer(2)
    garbage.sweep()
    ring = Ring()
    answer(2)
    garbage.sweep()
    gone = weakref.ref(ring)
    del ring
    gc.collect()
    assert gone() is None
    assert not looked_through(kept)


def test_what_was_left_out_by_the_way_goes_with_the_next_look_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    answer(3)
    garbage.sweep()
    del ring
    gc.collect()
    assert gone() is not None
    monkeypatch.setattr(garbage, "WHOLE", 0.0)
    answer(4)
    garbage.sweep()
    assert gone() is None
