"""The tab that holds pay and bills against the general ledger, on the figures of `test_books`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.test_books import LABOR, LEDGER, SITES, SPEND
from tests.analysis.test_lists import build
from tests.dashboard.opening import opened

TAB = "General ledger"


@pytest.fixture(autouse=True)
def named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(home))


def test_what_differs_stands_below_what_agrees(home: Path) -> None:
    """Of five sums three agree: supplies of September are 5 more, and 500 are in no ledger."""
    build(home, sites=SITES, labor=LABOR, spend=SPEND, ledger=LEDGER)
    page = opened("data", tab=TAB, month="Oct 2026")
    assert "2 sums of 5 differ from the ledger" in page.headings
    assert page.rows("Accounts against the general ledger") == [
        ["Pay and agency staff", "$2k", "$2k", "–", "2 of 2"],
        ["1500", "$0", "$500", "+$500.00", "0 of 1"],
        ["Medical supplies", "$95", "$100", "+$5.00", "1 of 2"],
    ]
    assert page.rows("Sums that differ, furthest first") == [
        ["Oakdale", "1500", "$0.00", "$500.00", "+$500.00"],
        ["Oakdale", "Medical supplies", "$45.00", "$50.00", "+$5.00"],
    ]
    assert "1 sum can't be compared: no pay of this month has arrived." in page.words
    assert "Nothing here speaks of 1 account of the ledger: 7000." in page.words


def test_where_no_ledger_came_it_says_what_to_load(home: Path) -> None:
    build(home, sites=SITES, spend=SPEND)
    page = opened("data", tab=TAB)
    assert "No general ledger of these months is here" in page.words
