"""What metrics need, and in which site-months it is there.

A need is a part of a feed: pay is missing where a payroll export carries hours only. Needs decide
what a value covers, what is missing, and which export would fill an empty page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VISITS = "visits", "attendances_type_1", "attendances_type_2", "attendances_other"


@dataclass(frozen=True, slots=True)
class Need:
    """A part of a feed that is there in a site's month or isn't.

    `where` tells the rows that count, `month` the column (or SQL) that places them. `periodic`
    parts are expected of each site every month; a work order or an invoice can rightly be absent
    from a site's month, so those are expected of all sites together. A `standing` part is a
    register: once there, it holds for every later month. `daily` parts have rows by day (`date` to
    `last`), which tell whether a month is there to its end: "site" where each site has rows on
    most days, "all" where only the sites together do.
    """

    name: str
    feed: str
    what: str
    where: str = "true"
    month: str = "month"
    periodic: bool = True
    standing: bool = False
    daily: Literal["site", "all"] | None = None

    @property
    def query(self) -> str:
        """The site-months in which the part is there."""
        return (
            f"SELECT DISTINCT '{self.name}' AS need, site, CAST({self.month} AS DATE) AS month "
            f"FROM {self.feed} WHERE {self.where} AND {self.month} IS NOT NULL"
        )

    @property
    def days(self) -> str:
        """The days on which a daily part has rows: whose they are ("" for all sites' together)."""
        whose = "site" if self.daily == "site" else "''"
        return (
            f"SELECT DISTINCT '{self.name}' AS need, {whose} AS whose, date, last "
            f"FROM {self.feed} WHERE {self.where}"
        )


# Agency timesheets alone don't make up for a payroll that is missing.
_STAFF = "basis <> 'timesheet'"
_MEASURES = ", ".join(f"'{measure}'" for measure in VISITS)

NEEDS: dict[str, Need] = {
    need.name: need
    for need in (
        Need(
            "labor",
            "labor",
            "paid hours",
            f"counts AND hours IS NOT NULL AND {_STAFF}",
            daily="site",
        ),
        Need(
            "labor.coded",
            "labor",
            "hours by pay code",
            f"counts AND basis <> 'return' AND hours IS NOT NULL AND {_STAFF}",
            daily="site",
        ),
        Need(
            "labor.pay",
            "labor",
            "pay",
            # A payroll that carries hours only may still state a bonus: that is not its pay.
            f"counts AND amount IS NOT NULL AND pay_class <> 'bonus' "
            f"AND kind <> 'agency' AND {_STAFF}",
            daily="site",
        ),
        Need(
            "labor.nursing",
            "labor",
            "nursing hours",
            f"nursing AND hours IS NOT NULL AND {_STAFF}",
            daily="site",
        ),
        Need("volume", "volume", "visits or resident days", daily="site"),
        Need("volume.visits", "volume", "visits", f"measure IN ({_MEASURES})", daily="site"),
        Need(
            "volume.resident_days",
            "volume",
            "resident days",
            "measure = 'resident_days'",
            daily="site",
        ),
        Need("supply_moves", "supply_moves", "supply movements", "kind <> 'opening'", daily="all"),
        Need(
            "supply_moves.value",
            "supply_moves",
            "supply movements with unit costs",
            "kind IN ('issue', 'waste') AND value IS NOT NULL",
            daily="all",
        ),
        Need("stock", "stock", "stock counts"),
        Need("stock.value", "stock", "stock counts with unit costs", "value IS NOT NULL"),
        Need("budget", "budget", "budget", "in_force"),
        Need("ledger", "ledger", "general ledger"),
        Need("work_orders", "work_orders", "work orders", periodic=False),
        Need(
            "work_orders.planned",
            "work_orders",
            "planned maintenance orders with due dates",
            "kind = 'planned' AND due IS NOT NULL AND CAST(due AS DATE) <= known_until",
            "date_trunc('month', due)",
            periodic=False,
        ),
        Need("spend", "spend", "invoices", periodic=False),
        Need(
            "spend.mapped",
            "spend",
            "invoices of known accounts",
            "subject <> 'unmapped'",
            periodic=False,
        ),
        Need(
            "spend.contracts",
            "spend",
            "invoices for contracts",
            "subject = 'contracts'",
            periodic=False,
        ),
        Need(
            "spend.facilities",
            "spend",
            "invoices for facilities",
            "subject = 'facilities'",
            periodic=False,
        ),
        Need(
            "spend.contract",
            "spend",
            "invoices that name a contract",
            "on_contract",
            periodic=False,
        ),
        Need(
            "spend.supplies",
            "spend",
            "invoices for supplies",
            "subject = 'supplies'",
            periodic=False,
        ),
        Need("purchases", "purchases", "purchase orders", periodic=False),
        Need(
            "purchases.promised",
            "purchases",
            "purchase orders with promised dates",
            "promised IS NOT NULL AND promised <= known_until",
            "date_trunc('month', promised)",
            periodic=False,
        ),
        Need("positions", "positions", "counts of budgeted and filled posts", periodic=False),
        Need("remits", "remits", "payers' remittances", periodic=False),
        Need(
            "remits.members",
            "remits",
            "member months under capitation",
            "member_months > 0",
            periodic=False,
        ),
        Need(
            "feedback.complaints",
            "feedback",
            "counts of complaints",
            "kind = 'complaint'",
            periodic=False,
        ),
        Need(
            "feedback.requests",
            "feedback",
            "counts of record requests",
            "kind = 'record_request'",
            periodic=False,
        ),
        Need(
            "contracts",
            "contracts",
            "contracts register",
            month="date_trunc('month', coalesce(start, \"end\"))",
            periodic=False,
            standing=True,
        ),
        Need(
            "assets",
            "assets",
            "equipment register",
            month="date_trunc('month', acquired)",
            periodic=False,
            standing=True,
        ),
    )
}
