"""What stands in for cells that a file leaves out, and what is worked out across its rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.ingest.standins import days_before, running_total
from pipelines.ingest.words import worded
from pipelines.profiles import Derived


@pytest.mark.parametrize(
    ("span", "end", "days"),
    [
        ("90 days", date(2026, 12, 31), 90),
        ("90", date(2026, 12, 31), 90),
        ("60 days' written notice", date(2026, 12, 31), 60),
        ("at least 30 calendar days", None, 30),
        ("6 weeks", None, 42),
        ("3 months", date(2026, 12, 31), 92),  # 30 September, for September has no 31st
        ("3 months", date(2026, 5, 31), 92),  # 28 February
        ("3 months", date(2028, 5, 31), 92),  # 29 February: the same, in a leap year
        ("1 month prior to expiry", date(2027, 3, 31), 31),  # 28 February
        ("1 year", date(2028, 12, 31), 366),
        ("3 months", None, None),  # before no date
        # Business days are counted back when they are asked for: their unit stands beside them.
        ("30 business days", date(2026, 12, 31), 30),
        ("at least 90 working days' notice", None, 90),
    ],
)
def test_a_span_of_notice_in_days(span: str, end: date | None, days: int | None) -> None:
    read = days_before(pl.Series([span]), pl.Series([end], dtype=pl.Date))
    assert (read.values.to_list(), read.unreadable.to_list()) == ([days], [False])


@pytest.mark.parametrize(
    "span", ["3 months or 90 days", "see clause 4", "3 business months", "soon"]
)
def test_a_span_that_can_not_be_read_is_marked(span: str) -> None:
    read = days_before(pl.Series([span]), pl.Series([date(2026, 12, 31)]))
    assert (read.values.to_list(), read.unreadable.to_list()) == ([None], [True])


def test_a_blank_span_is_blank() -> None:
    read = days_before(pl.Series([None], dtype=pl.String), pl.Series([date(2026, 12, 31)]))
    assert (read.values.to_list(), read.unreadable.to_list()) == ([None], [False])


def test_words_stand_for_other_texts() -> None:
    cells = pl.Series(["Evergreen", "AUTO", "2026-12-31", None])
    words = {"evergreen": "", "auto": "yes"}
    assert worded(cells, words).to_list() == [None, "yes", "2026-12-31", None]


def test_the_awards_of_a_contract_s_revisions_add_up() -> None:
    """In whatever order the rows stand; a contract whose first revision is missing has no total."""
    rows = pl.DataFrame(
        {
            "number": ["A", "A", "B", "A", "C"],
            "revision": [1, 0, 2, 2, 0],
            "award": [Decimal("-20.50"), Decimal(100), Decimal(5), None, Decimal(7)],
        },
        schema_overrides={"award": pl.Decimal(38, 4)},
    )
    total = running_total(
        rows, Derived("ceiling", origin="award", running="number", along="revision")
    )
    found = [f"{value:.2f}" if value is not None else None for value in total.to_list()]
    assert found == ["79.50", "100.00", None, "79.50", "7.00"]
