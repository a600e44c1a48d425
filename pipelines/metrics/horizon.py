"""How far the data reach: which months are known, and which month is the latest worth showing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.reader import Reader

# Registers reach back to the oldest contract, budgets and maintenance plans into the future.
DATED = [
    name for name in NEEDS if name not in ("contracts", "assets", "budget", "work_orders.planned")
]
PERIODIC = [name for name in DATED if NEEDS[name].periodic]
ENOUGH = 0.6  # share of the expected sites that a month needs before it counts as the latest


def known_months(reader: Reader, needs: Sequence[str] = ()) -> list[date]:
    """The months in which anything of the needs (all dated ones, if none are named) arrived.

    Registers of contracts and equipment don't count: a contract of 2004 is no data of 2004.
    """
    wanted = list(needs) or DATED
    marks = ", ".join("?" * len(wanted))
    return reader.query(
        f"SELECT DISTINCT month FROM coverage WHERE present AND need IN ({marks}) ORDER BY month",
        wanted,
    )["month"].to_list()


def latest_month(reader: Reader, needs: Sequence[str] = ()) -> date | None:
    """The latest month of which most of the expected sites sent all days of what is needed.

    None where there is none. Without needs, those that each site sends each month decide: a stray
    invoice of the running month doesn't make it the latest.
    """
    if not needs:
        return latest_month(reader, PERIODIC) or latest_month(reader, DATED)
    wanted = list(needs)
    marks = ", ".join("?" * len(wanted))
    month: date | None = reader.query(
        "SELECT max(month) AS month FROM (SELECT need, month, "
        "avg(CAST(whole AS INTEGER)) AS share "
        f"FROM coverage WHERE need IN ({marks}) GROUP BY need, month) WHERE share >= {ENOUGH}",
        wanted,
    )["month"][0]
    return month
