"""How far the data reach: which months are known, and which month is the latest worth showing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipelines.calendar import month_end
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
        f"SELECT DISTINCT month FROM coverage_months WHERE present AND need IN ({marks}) "
        "ORDER BY month",
        wanted,
    )["month"].to_list()


# A month that was still running when the last file came can't be compared with a whole one, or with
# its budget: its invoices and repairs go on.
OVER = "last_day(month) <= (SELECT CAST(max(moment) AS DATE) FROM loads)"


def latest_month(reader: Reader, needs: Sequence[str] = ()) -> date | None:
    """The latest month of which most of the expected sites sent all days of what is needed.

    None where there is none. Without needs, those that each site sends each month decide: a stray
    invoice of the running month doesn't make it the latest. Nor does a count of its shelves, where
    what is sent day by day tells how far the month has come.
    """
    if not needs:
        return latest_month(reader, PERIODIC) or latest_month(reader, DATED)
    daily = [need for need in needs if NEEDS[need].daily]
    return _latest(reader, daily) or _latest(reader, needs)


def _latest(reader: Reader, wanted: Sequence[str]) -> date | None:
    if not wanted:
        return None
    marks = ", ".join("?" * len(wanted))
    found = reader.query(
        f"SELECT max(month) FILTER ({OVER}) AS over, max(month) AS running FROM (SELECT need, "
        f"month, whole / sites AS share FROM coverage_months WHERE need IN ({marks})) "
        f"WHERE share >= {ENOUGH}",
        list(wanted),
    )
    month: date | None = found["over"][0] or found["running"][0]  # a first file may be this month's
    return month


def day_of(reader: Reader, month: date) -> date:
    """The day of which a month's states are told: notice dates, shelves, what is overdue.

    The month's last day; for the latest month, the last day that anything is known of, if that is
    later: nobody wants to hear on the 26th which notice was due on the 5th.
    """
    stop = month_end(month)
    newest = latest_month(reader)
    if newest is None or month.replace(day=1) != newest:
        return stop
    known: date | None = reader.once("SELECT day FROM known_day")["day"][0]
    return max(stop, known or stop)
