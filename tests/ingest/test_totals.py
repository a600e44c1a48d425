"""Total rows of plain tables: checksums, never records, and never taken for one by chance."""

from __future__ import annotations

from pathlib import Path

import pytest

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
