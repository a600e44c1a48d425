"""What is summed ahead of supplies: by hand, and that a wrong sum isn't published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import StoreProblem
from pipelines.settings import Home
from pipelines.warehouse import publish, rollups
from pipelines.warehouse.record import Record
from tests.loading import load_text
from tests.metrics.conftest import Load, load

__all__ = ["load"]

JAN, FEB, MAR, APR = (
    date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30),
)  # fmt: skip


def test_a_count_stands_at_the_month_ends_until_the_next_or_until_it_is_stale(load: Load) -> None:
    """The count of 10 January stands at its month's end alone, that of 15 February for 62 days,
    up to 17 April. By 31 March lot B (6.00) has expired; by 28 February it is about to."""
    reader = load(
        stock="""
        site  as_of       item  lot  quantity  unit_cost  expiry      minimum
        OAK   2026-01-10  GLV   A    5         2.00       .           8
        OAK   2026-02-15  GLV   A    4         2.00       .           8
        OAK   2026-02-15  GLV   B    3         2.00       2026-03-15  8
        OAK   2026-02-15  MSK   C    0         .          .           .
        """
    )
    held = reader.query(
        "SELECT stop, value, expiring, expired, counted, empty, with_par, below_par "
        "FROM stock_ends ORDER BY stop"
    ).rows()
    money = [Decimal(amount) for amount in ("10", "14", "6")]
    assert held == [
        (JAN, money[0], None, None, 1, None, 1, 1),
        (FEB, money[1], money[2], None, 2, 1, 1, 1),
        (MAR, money[1], money[2], money[2], 2, 1, 1, 1),
    ]


def test_use_of_ninety_days_counts_a_month_s_sum_by_its_share(load: Load) -> None:
    """90 days to 30 April begin on 31 January: of January's 62.00 one day of 31 is 2.00.

    To 31 March they begin on 1 January, to 31 May (after the last use) on 3 March.
    """
    reader = load(
        supply_moves="""
        site  date        reference  item  kind   quantity  unit_cost
        OAK   2026-01-01  1          GLV   issue  31        2.00
        OAK   2026-02-01  2          GLV   waste  10        1.00
        OAK   2026-02-01  3          GLV   receipt  50      1.00
        """
    )
    used = reader.query("SELECT stop, used FROM supply_ends ORDER BY stop").rows()
    assert used == [
        (JAN, Decimal("62")), (FEB, Decimal("72")), (MAR, Decimal("72")), (APR, Decimal("12")),
    ]  # fmt: skip


def test_quantities_with_and_without_a_value_stand_apart(load: Load) -> None:
    reader = load(
        supply_moves="""
        site  date        reference  item  kind   quantity  unit_cost
        OAK   2026-01-04  1          GLV   issue  3         2.00
        OAK   2026-01-09  2          GLV   issue  4         2.50
        OAK   2026-01-10  3          GLV   issue  5         .
        """
    )
    sums = reader.query(
        "SELECT unpriced, quantity, value FROM supply_item_month ORDER BY unpriced"
    ).rows()
    assert sums == [(False, 7, 16), (True, 5, None)]


@pytest.mark.parametrize("table", ["item_prices", "stock_ends", "supply_ends", "supply_item_month"])
def test_a_sum_that_is_not_that_of_the_facts_is_not_published(
    home: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    load_text(
        home,
        "site,date,reference,item,kind,quantity,unit_cost\n"
        "E,2026-10-02,1,GLV,issue,1,2\nE,2026-10-03,2,GLV,receipt,1,2\n",
        "moves.csv",
    )
    load_text(home, "site,as_of,item,quantity,unit_cost\nE,2026-10-03,GLV,1,2\n", "stock.csv")
    twice = rollups.TABLES[table]
    monkeypatch.setitem(
        rollups.TABLES, table, f"SELECT * FROM ({twice}) UNION ALL SELECT * FROM ({twice})"
    )
    with Record.open(Home(home)) as record, pytest.raises(StoreProblem, match="differ from"):
        publish.publish(record)
