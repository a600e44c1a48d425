"""Total rows of plain tables: checksums, never records, and never taken for one by chance."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.conform import Conformed
from pipelines.ingest.match import Match
from pipelines.ingest.totals import Tally
from pipelines.profiles import known_profiles
from pipelines.warehouse.batch import FURNITURE
from tests.loading import load_text, rows

HEAD = "Entity,Date,Expense type,Supplier,Transaction number,Amount\n"
LINES = (
    "Oak Trust,01/10/2026,Energy,Total Energies,98-7,\"1,000.00\"\n"
    "Oak Trust,02/10/2026,Energy,Total Energies,98-8,(250.50)\n"
    "Oak Trust,13/10/2026,Cleaning,Brightway,1,40.00\n"
)  # fmt: skip
SUM = "789.50"


def totals(home: Path) -> list[tuple[object, ...]]:
    query = "SELECT record, scope, stated, difference FROM totals ORDER BY record"
    return rows(home, query)


@pytest.mark.parametrize("words", ["Total,,,,,", ",,,,Grand total:,", ",,,,,", ",,TOTAL,,,"])
def test_a_total_ties_if_brackets_are_negative(home: Path, words: str) -> None:
    outcome = load_text(home, HEAD + LINES + f"{words}{SUM}\n")
    assert outcome.loaded is not None
    assert (outcome.loaded.accepted, outcome.loaded.furniture) == (3, 1)
    assert totals(home) == [(5, "all records above", "789.5", "0")]
    assert outcome.notes == ("1 of 1 totals tie to the records that they cover",)


def test_a_total_that_differs_is_told(home: Path) -> None:
    outcome = load_text(home, HEAD + LINES + "Total,,,,,1290.50\n")
    assert totals(home) == [(5, "all records above", "1290.5", "501")]
    assert outcome.notes[1] == (
        "record 5: the total of “Amount” differs by 501 from the sum of all records above"
    )


def test_an_amount_without_words_is_no_total_unless_it_ties(home: Path) -> None:
    outcome = load_text(home, HEAD + LINES + ",,,,,12.00\n")
    assert outcome.loaded is not None
    assert (outcome.loaded.furniture, outcome.loaded.quarantined) == (0, 1)
    assert outcome.as_json()["money"]["quarantined"] == "12.0000"
    assert totals(home) == []


def test_the_second_record_is_not_the_total_of_the_first(home: Path) -> None:
    one = LINES.splitlines(keepends=True)[0]
    outcome = load_text(home, HEAD + one + ",,,,,1000.00\n")
    assert outcome.loaded is not None
    assert (outcome.loaded.furniture, outcome.loaded.quarantined) == (0, 1)


def test_totals_of_blocks_and_of_all(home: Path) -> None:
    outcome = load_text(
        home, HEAD + LINES + f"Subtotal,,,,,{SUM}\n" + LINES + f"Subtotal,,,,,{SUM}\n"
        "Total,,,,,1579.00\n",
    )  # fmt: skip
    assert outcome.loaded is not None
    assert outcome.loaded.furniture == 3
    assert totals(home) == [
        (5, "all records above", "789.5", "0"),
        (9, "the records since the total before", "789.5", "0"),
        (10, "all records above", "1579", "0"),
    ]


def test_a_total_below_the_headings_speaks_of_all(home: Path) -> None:
    load_text(home, HEAD + f"Total,,,,,{SUM}\n" + LINES)
    assert totals(home) == [(2, "all records", "789.5", "0")]


def test_what_is_set_aside_is_still_part_of_the_total(home: Path) -> None:
    broken = LINES.replace("13/10/2026", "soon")
    outcome = load_text(home, HEAD + broken + f"Total,,,,,{SUM}\n")
    assert outcome.loaded is not None
    assert outcome.loaded.quarantined == 1
    assert totals(home) == [(5, "all records above", "789.5", "0")]


def test_a_withheld_amount_shows_as_the_difference(home: Path) -> None:
    broken = LINES.replace("40.00", "withheld")
    load_text(home, HEAD + broken + f"Total,,,,,{SUM}\n")
    assert totals(home) == [(5, "all records above", "789.5", "40")]


COLUMNS = ("entity", "date", "supplier", "transaction", "amount")
FIT = Match(known_profiles()["uk_spend"], {n: f"c{i}" for i, n in enumerate(COLUMNS)}, (), {})


def table(amounts: list[int | None], first: int) -> tuple[pl.DataFrame, Conformed, pl.DataFrame]:
    """Records of these amounts in cents; None is a wordless row with the sum of all above it."""
    running, cents, wordless = 0, [], []
    for amount in amounts:
        wordless.append(amount is None)
        cents.append(running if amount is None else amount)
        running += amount or 0
    number = pl.Series("record", range(first, first + len(cents)), pl.UInt32)
    money = pl.Series("amount", [Decimal(c).scaleb(-2) for c in cents], pl.Decimal(38, 4))
    words = {n: [None if w else "x" for w in wordless] for n in COLUMNS[:4]}
    texts = pl.DataFrame([number, *(pl.Series(n, v, pl.String) for n, v in words.items())])
    texts = texts.with_columns(money.cast(pl.String))
    frame = texts.rename({n: f"c{i}" for i, n in enumerate(COLUMNS)})
    values = texts.with_columns(money)
    return frame, Conformed(texts, values, texts, {}), pl.DataFrame(schema=FURNITURE)


def tallied(amounts: list[int | None], size: int) -> list[tuple[object, ...]]:
    frame, whole, idle = table(amounts, 2)
    tally = Tally(FIT)
    for start in range(0, frame.height, size):
        part = Conformed(
            *(x.slice(start, size) for x in (whole.texts, whole.values)), whole.texts, {}
        )
        found = tally.found_by_sum(frame.slice(start, size), part, idle)
        tally.add(part, found)
    return tally.compared().rows()


@given(
    st.lists(st.one_of(st.none(), st.integers(1, 99)), min_size=1, max_size=30),
    st.integers(2, 9),
)
def test_batches_tell_the_same_as_the_whole(amounts: list[int | None], size: int) -> None:
    # A batch is tried for totals only where most of its rows are records.
    spaced = [x for amount in amounts for x in (7, 5, amount)]
    assert tallied(spaced, size * 6) == tallied(spaced, len(spaced))
    stated = tallied(spaced, size * 6)
    assert len(stated) == amounts.count(None)
    assert {row[5] for row in stated} <= {Decimal(0)}
