"""A total row without a word is known by tying, and by nothing else."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from pipelines.ingest.totals import lone_totals


@pytest.mark.parametrize(
    ("rows", "totals"),
    [
        ([(5, "1.10"), (5, "2.20"), (1, "3.30")], [2]),
        ([(5, "1.10"), (5, "2.20"), (1, "3.31")], []),  # does not tie
        ([(5, "1.10"), (5, "2.20"), (2, "3.30")], []),  # says something else as well
        ([(5, "3.30"), (1, "3.30")], []),  # of one line, as likely its repeat
        ([(5, "1"), (5, "2"), (1, "3"), (5, "4"), (5, "5"), (1, "9"), (1, "12")], [2, 5, 6]),
        ([(5, "1"), (5, None), (5, "-1"), (1, "0")], [3]),
        ([(5, "1"), (5, "2")], []),
    ],
)
def test_lone_totals(rows: list[tuple[int, str | None]], totals: list[int]) -> None:
    amounts = [None if amount is None else Decimal(amount) for _, amount in rows]
    found = lone_totals(
        pl.Series([filled for filled, _ in rows]), pl.Series(amounts, dtype=pl.Decimal(38, 4))
    )
    assert found.arg_true().to_list() == totals
