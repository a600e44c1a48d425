"""Keys that come again in a later piece, against a plain count of them."""

from __future__ import annotations

import random

import polars as pl
import pytest

from pipelines.ingest import keys
from pipelines.ingest.keys import Keys


def rows(first: int, numbers: list[int]) -> pl.DataFrame:
    texts = [str(n) for n in numbers]
    return pl.DataFrame(
        {
            "record": pl.Series(range(first, first + len(numbers)), dtype=pl.UInt32),
            "supplier": ["Acme" if n % 2 else "Bett" for n in numbers],
            "document": texts,
            "line": [None if n % 7 == 0 else "1" for n in numbers],
        }
    )


@pytest.mark.parametrize("held", [1 << 10, keys.HELD])
def test_records_of_a_key_that_another_piece_has(
    held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "HELD", held)
    chance = random.Random(3)
    seen: dict[int, list[int]] = {}
    held_keys, record = Keys("spend"), 1
    for size in (900, 0, 1, 1500, 700):
        numbers = chance.sample(range(5000), size)
        held_keys.add(rows(record, numbers))
        for number in numbers:
            seen.setdefault(number, []).append(record)
            record += 1
    again = [r for records in seen.values() if len(records) > 1 for r in records]
    assert again
    assert sorted(held_keys.came_again()) == sorted(again)


def test_a_single_piece_and_none() -> None:
    one, none = Keys("spend"), Keys("spend")
    one.add(rows(1, [1, 2, 3]))
    assert (one.came_again().len(), none.came_again().len()) == (0, 0)
