"""A group whose landings can be worked out by hand: three sites, thirty-four months of invoices.

OAK and ELM have contracts that rise by the month and by the year, so that last year's month plus
the growth since is exact; ELM's invoices of August 2026 never came; CLO closed in June 2026; OAK
pays 10 for its facilities each month but March 2026, of which only contract invoices came. OAK's
contracts alone have a budget: 1,800 a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipelines.calendar import Period, add_months
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import load_folder, write

Row = dict[str, str]
MONTHS = [add_months(date(2024, 1, 1), step) for step in range(34)]  # to October 2026
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
SITES = [
    {"site": "OAK", "name": "Oakdale", "kind": "Clinic", "region": "North"},
    {"site": "ELM", "name": "Elmwood", "kind": "Clinic", "region": "South"},
    {"site": "CLO", "name": "Closed", "kind": "Clinic", "region": "South", "closed": "2026-06-30"},
]


def oak(month: date) -> int:
    return 1000 + 100 * month.month + 120 * (month.year - 2024)


def elm(month: date) -> int:
    return 2000 + 50 * month.month + 60 * (month.year - 2024)


def invoice(site: str, account: str, month: date, amount: int) -> dict[str, str]:
    return {"site": site, "document": f"{site}-{account}-{month}", "line": "1",
            "date": month.isoformat(), "account": account, "supplier": "LiftCo",
            "amount": str(amount), "currency": "USD"}  # fmt: skip


def planned(
    account: str, amount: int, months: Sequence[int] = range(1, 13), site: str = "OAK"
) -> list[Row]:
    """A monthly budget of a site's account."""
    return [
        {"site": site, "version": "Original", "account": account, "currency": "USD",
         "month": date(YEAR.start.year, month, 1).isoformat(), "amount": str(amount)}
        for month in months
    ]  # fmt: skip


def build(folder: Path, home: Path, budget: Sequence[Row] | None = None) -> Reader:
    """Write the group's files into the folder, and load them into the home."""
    budget = planned("contracts", 1800) if budget is None else budget
    lines = []
    for month in MONTHS:
        lines.append(invoice("OAK", "contracts", month, oak(month)))
        if month != date(2026, 3, 1):
            lines.append(invoice("OAK", "facilities", month, 10))
        if month != date(2026, 8, 1):
            lines.append(invoice("ELM", "contracts", month, elm(month)))
        if month <= date(2026, 6, 1):
            lines.append(invoice("CLO", "contracts", month, 500))
    for feed, rows in {"sites": SITES, "spend": lines, "budget": budget}.items():
        write(folder, feed, rows)
    return load_folder(folder, Home(home))
