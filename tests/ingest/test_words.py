"""Words that mean nothing, words that nobody knows, tags in cells, the first of several columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.ingest.words import UNKNOWN, untagged, worded
from tests.ingest.reading import conformed, found, profile_of
from tests.loading import EXPORTS, facts, load_text, rows

PROFILE = """
[columns.number]
headings = ["No"]
required = true
[columns.sent]
headings = ["Sent"]
kind = "date"
words = { "not captured" = "", "N/A - from store" = "" }
[columns.due]
headings = ["Due"]
kind = "date"
[columns.due_again]
headings = ["Due"]
occurrence = 2
kind = "date"
[columns.state]
headings = ["State"]
[derive.day]
from = ["sent", "due", "due_again"]
kind = "date"
[derive.status]
from = "state"
map = { open = "open", shut = "complete", unspecified = "" }
[derive.kind]
from = "state"
map = { shut = "closed" }
default = "other"
[[facts]]
feed = "spend"
document = "number"
"""
TEXT = (
    "No,Sent,Due,Due,State\n"
    "1,2026-10-02,,,Open\n"
    "2,Not Captured,2026-10-09,,SHUT\n"
    "3,n/a - FROM store,,2026-10-20,Unspecified\n"
    "4,soon,,,half shut\n"
    "5,,,,\n"
)


def test_a_word_for_nothing_is_blank_and_another_word_is_unreadable(tmp_path: Path) -> None:
    table, _ = conformed(found(tmp_path, TEXT), profile_of(tmp_path, PROFILE))
    assert table.values["sent"].to_list() == [date(2026, 10, 2), None, None, None, None]
    assert table.unreadable["sent"].to_list() == [False, False, False, True, False]


def test_the_first_filled_column_counts(tmp_path: Path) -> None:
    table, _ = conformed(found(tmp_path, TEXT), profile_of(tmp_path, PROFILE))
    assert table.values["day"].to_list() == [
        date(2026, 10, 2), date(2026, 10, 9), date(2026, 10, 20), None, None,
    ]  # fmt: skip


def test_a_word_that_the_map_does_not_know_is_marked(tmp_path: Path) -> None:
    table, _ = conformed(found(tmp_path, TEXT), profile_of(tmp_path, PROFILE))
    assert table.values["status"].to_list() == ["open", "complete", None, None, None]
    assert table.unreadable["status"].to_list() == [False, False, False, True, False]
    # With a default, every word is known.
    assert table.values["kind"].to_list() == ["other", "closed", "other", "other", "other"]
    assert not table.unreadable["kind"].any()


def test_an_unknown_status_is_set_aside_and_not_open(home: Path) -> None:
    """Once, a status that the profile had never heard of became "open", and nobody was told."""
    export = EXPORTS / "atlas_work_orders" / "work_orders_en.csv"
    text = export.read_text(encoding="utf-8").replace("On Hold", "Waiting for parts")
    outcome = load_text(home, text)
    assert outcome.loaded is not None
    assert (outcome.loaded.accepted, outcome.loaded.quarantined) == (4, 1)
    assert rows(home, 'SELECT reason, "column" FROM quarantine') == [(UNKNOWN, "Status")]
    known = facts(home, "work_orders", "work_order, status")
    assert [order for order, status in known if status == "open"] == ["71"]
    assert "73" not in [order for order, _ in known]


@pytest.mark.parametrize(
    ("cell", "bare"),
    [
        ('<font color="#efa131">Sun</font>', "Sun"),
        ("<b>Lift</b><br/>east &amp; west", "Lift east & west"),
        ("pressure < 3 bar", "pressure < 3 bar"),
        ("<p></p>", None),
        ("plain", "plain"),
        (None, None),
    ],
)
def test_tags_are_left_out(cell: str | None, bare: str | None) -> None:
    assert untagged(pl.Series([cell], dtype=pl.String)).to_list() == [bare]


def test_words_are_whole_cells() -> None:
    cells = pl.Series(["None", "None so far", None])
    assert worded(cells, {"none": ""}).to_list() == [None, "None so far", None]
