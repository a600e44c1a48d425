"""Which words are slips of which, and which headings are the same but for their marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.spelling import Spellings, distance, is_slip, letters, nearly


@pytest.mark.parametrize(
    ("word", "known"),
    [("entuty", "entity"), ("suppkuer", "supplier"), ("suppklier", "supplier"),
     ("expence", "expense"), ("expsense", "expense"), ("amoutn", "amount"),
     ("maount", "amount"), ("transacton", "transaction")],
)  # fmt: skip
def test_a_slip(word: str, known: str) -> None:
    assert is_slip(word, known)


@pytest.mark.parametrize(
    ("word", "known"),
    [("amount", "amount"), ("account", "amount"), ("dtae", "date"), ("hour", "hours"),
     ("units", "unit"), ("line1", "line2"), ("contractor", "contract"), ("depart", "department"),
     ("closed", "opened"), ("mount", "count"), ("number", "member")],
)  # fmt: skip
def test_no_slip(word: str, known: str) -> None:
    assert not is_slip(word, known)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_distance_is_the_same_both_ways(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


def test_a_swap_of_neighbours_counts_once() -> None:
    assert distance("amoutn", "amount") == 1
    assert distance("", "abc") == 3


def test_a_word_that_is_known_is_no_misspelling() -> None:
    assert Spellings(["supplier"]).close("supplies") == {"supplier"}
    assert Spellings(["supplier"], ["medical supplies"]).close("supplies") == frozenset()


def test_all_other_words_must_be_the_same() -> None:
    known = Spellings(["expense type", "expense area", "expense", "hours 3 amount"])
    assert known.close("expence type") == {"expense type"}
    assert known.close("expence") == {"expense"}
    assert known.close("expence tipe") == frozenset()
    assert known.close("hours 4 amount") == frozenset()
    assert known.close("expense area") == frozenset()


def test_marks_and_signs_of_money_are_left_out() -> None:
    assert letters("amount in sterling (£)") == letters("amountinsterling")
    assert letters("o/t hours") == letters("ot hours")
    assert letters("rate %") != letters("rate")


def test_headings_written_otherwise_are_counted() -> None:
    known = frozenset({"product code", "product name", "ob qoh"})
    assert nearly(["product code", "prodcut name", "obqoh", "4", "—"], known) == 2
