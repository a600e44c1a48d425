"""Prices that rose, by hand: the medians of two quarters a year apart, and what that cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.analysis.causes.payments import price_creep
from tests.metrics.conftest import Load, load

__all__ = ["load"]

SITES = """
    site  name     kind    region
    OAK   Oakdale  Clinic  North
    ELM   Elmwood  Clinic  South
"""
# The price on 31 January belongs to no quarter, and an issue states no price that was paid.
MOVES = """
    site  date        reference  item  item_name  kind     quantity  unit_cost
    OAK   2025-01-31  1          GLV   Glove      receipt  10        9.00
    OAK   2025-02-01  2          GLV   Glove      receipt  10        1.00
    ELM   2025-04-30  3          GLV   Glove      receipt  10        1.20
    OAK   2026-02-01  4          GLV   Gloves     receipt  10        1.50
    ELM   2026-03-10  5          GLV   Gloves     receipt  20        1.50
    OAK   2026-04-30  6          GLV   Gloves     receipt  10        4.00
    OAK   2026-04-30  7          GLV   Gloves     issue    99        7.00
    ELM   2026-05-01  8          GLV   Gloves     receipt  10        8.00
    OAK   2025-03-01  9          MSK   Mask       receipt  10        1.00
    OAK   2026-03-01  10         MSK   Mask       receipt  10        1.05
"""


@pytest.mark.parametrize("where", [{}, {"site": ["OAK", "ELM"]}])
def test_medians_of_calendar_months_and_what_the_rise_cost(
    load: Load, where: dict[str, list[str]]
) -> None:
    """February to April: 1.00 and 1.20 before, so 1.10; 1.50, 1.50 and 4.00 now, so 1.50.

    Since May 2025 40 units cost 15 + 30 + 40 = 85.00; at 1.10 they would have cost 44.00. The
    masks rose by 5 % only. Over all sites it is told from what is summed ahead, over named ones
    from the receipts.
    """
    reader = load(sites=SITES, supply_moves=MOVES)
    [row] = price_creep(reader, date(2026, 4, 30), where).to_dicts()
    assert row["item"] == "GLV"
    assert row["item_name"] == "Gloves"
    assert (row["before"], row["now"]) == (1.10, 1.50)
    assert row["rise"] == pytest.approx(4 / 11)
    assert row["extra"] == Decimal("41.00")


def test_one_site_has_prices_of_its_own(load: Load) -> None:
    """OAK paid 1.00, then 1.50 and 4.00, so 2.75: 20 units cost 55.00 and would have cost 20.00."""
    reader = load(sites=SITES, supply_moves=MOVES)
    [row] = price_creep(reader, date(2026, 4, 30), {"site": ["OAK"]}).to_dicts()
    assert (row["before"], row["now"], row["extra"]) == (1.00, 2.75, Decimal("35.00"))


def test_within_a_month_it_is_the_days_that_count(load: Load) -> None:
    """To 29 April: from 30 January 2025 on, so 9.00, 1.00 before and 1.50, 1.50 now: a fall."""
    reader = load(sites=SITES, supply_moves=MOVES)
    [row] = (
        price_creep(reader, date(2026, 4, 29), {"site": ["OAK", "ELM"]}, least=-1)
        .filter(item="GLV")
        .to_dicts()
    )
    assert (row["before"], row["now"]) == (5.00, 1.50)
