"""The tables that people may ask in SQL, with a sentence for each table and column.

They are part of the read model: what each feed says, its sums by month, the registers and the
calendar. What isn't named here stands in no copy: the quarantine, the ledger of loads with the
names of files, what people decided, and the pseudonyms of workers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.feeds import FEEDS
from pipelines.warehouse.limits import PAID, PAY, Limits

EXAMPLE = "SELECT region, count(*) AS sites\nFROM sites\nGROUP BY region"
SITE = "the site's id, as in `sites`; ~unmapped where its code means none, ~group without one"
MONTH = "first day of the month that the row counts in"
CURRENCY = "currency code (ISO 4217): never sum amounts of several"
LOAD = "number of the load that brought the row"
RECORD = "number of the record in its file"
SYSTEM = "the system that wrote the file"
SUBJECT = "staffing, supplies, facilities, contracts …, or unmapped"
DATE = "the same as `month`"


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it says; `pay` ones are absent for who may not see pay."""

    name: str
    meaning: str
    pay: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table, what one of its rows is, and its columns in order.

    `single` tables hold records one by one, and are absent for who may not see rows behind
    figures. `pay` tables are absent as a whole for who may not see pay.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    single: bool = False
    pay: bool = False

    def columns_for(self, limits: Limits) -> tuple[Column, ...]:
        """The columns that stand in a viewer's copy."""
        return tuple(one for one in self.columns if limits.pay or not one.pay)


def tables_for(limits: Limits) -> dict[str, Table]:
    """The tables that stand in a viewer's copy, by name."""
    return {
        name: table
        for name, table in TABLES.items()
        if (limits.pay or not table.pay) and (limits.rows or not table.single)
    }


_SHARED = {"site": SITE, "month": MONTH, "currency": CURRENCY}
_TRACED = {"system": SYSTEM, "load": LOAD, "record": RECORD}


def _table(
    name: str, row: str, told: Mapping[str, str], *, single: bool = False, pay: bool = False
) -> Table:
    columns = tuple(
        Column(column, meaning, name in PAID and column in PAY) for column, meaning in told.items()
    )
    return Table(name, row, columns, single, pay)


def _fact(feed: str, left_out: tuple[str, ...] = (), **more: str) -> Table:
    """A feed's own table: its columns but those left out, then what the read model adds."""
    said = {
        one.name: _SHARED.get(one.name, one.meaning)
        for one in FEEDS[feed].columns
        if one.name not in left_out
    }
    told = {**said, **more, **_TRACED}
    return _table(feed, FEEDS[feed].row, told, single=True, pay=feed == "ledger")


_ALLOCATED = {
    "month": MONTH,
    "date": "first day of the part of the pay period that lies in the month",
    "last": "last day of that part",
    "allocated": "whether the row is a part of a pay period that touches other months, too",
    "counts": "whether the row counts: a return doesn't where payroll is known as well",
    "nursing": "whether the hours count as nursing hours",
}
_LAST = "last day that the row stands for"
_MONTHLY_LABOR = {
    "site": SITE, "month": MONTH, "date": DATE, "role": "job role",
    "kind": "employee, agency or contract", "basis": "payroll, timesheet, return or invoice",
    "pay_class": "what the pay code means: regular, overtime …", "currency": CURRENCY,
}  # fmt: skip

_ALL = (
    _table("sites", "a facility", {
        "site": "the site's id", "name": "the name people use", "kind": "type of facility",
        "region": "region or division", "opened": "first day of operation",
        "closed": "last day of operation; empty while open", "beds": "licensed beds",
        "rooms": "examination or treatment rooms", "floor_area": "gross floor area in square feet",
        "time_zone": "IANA time zone",
        "provisional": "whether only files name the site, and no register yet",
    }),
    _table("accounts", "an account's code in a system", {
        "system": SYSTEM, "code": "the code", "title": "the account's name", "subject": SUBJECT,
    }),
    _table("calendar", "a day", {
        "date": "the day", "month": "first day of its month", "quarter": "first day of its quarter",
        "year": "its calendar year", "weekday": "1 on Mondays to 7 on Sundays",
        "days_in_month": "days of its month",
    }),
    _table("coverage", "whether an export is there for a site's month", {
        "need": "the part of a feed, such as labor.pay", "site": SITE, "month": MONTH,
        "present": "whether any of it arrived",
        "whole": "whether it reaches to the month's end",
    }),
    _table("costs", "what a subject cost a site in a month, beside its budget", {
        "site": SITE, "month": MONTH, "subject": SUBJECT, "currency": CURRENCY,
        "actual": "cost; empty where no export arrived, which is not 0", "budget": "budget",
        "budget_hours": "budgeted hours", "budget_volume": "budgeted volume",
        "whole": "whether the month's actual is complete",
    }),
    _table("labor_month", "the sums of `labor` by site, month, role and kind of pay", {
        **_MONTHLY_LABOR, "counts": _ALLOCATED["counts"], "nursing": _ALLOCATED["nursing"],
        "system": SYSTEM, "hours": "paid hours", "amount": "gross pay or the agency's charge",
        "employer_cost": "employer taxes and benefits",
    }),
    _table("labour_costs", "labour cost of a site's month by role, agency invoices included", {
        **_MONTHLY_LABOR, "cost": "pay, employer cost and agency charges",
    }, pay=True),
    _table("supply_month", "the sums of `supply_moves` by site, month and category", {
        "site": SITE, "month": MONTH, "date": DATE, "category": "item category",
        "kind": "kind of movement", "currency": CURRENCY, "system": SYSTEM,
        "quantity": "units moved, of all items together", "value": "their value",
    }),
    _table("supply_item_month", "the sums of `supply_moves` by site, month and item", {
        "site": SITE, "month": MONTH, "item": "item code", "item_name": "item description",
        "category": "item category", "kind": "kind of movement", "unit": "unit of measure",
        "currency": CURRENCY, "quantity": "units moved", "value": "their value",
    }),
    _table("spend_month", "the sums of `spend` by site, month and account", {
        "site": SITE, "month": MONTH, "account": "account code", "account_title": "account's name",
        "subject": SUBJECT, "area": "cost centre or expense area",
        "on_contract": "whether the lines name a known contract",
        "counts": "false for agency invoices where timesheets state the cost already",
        "currency": CURRENCY, "amount": "sum of the lines",
    }),
    _table("volume_month", "the sums of `volume` by site, month and measure", {
        "site": SITE, "month": MONTH, "measure": "what is counted",
        "grain": "whether the rows counted days or months", "count": "how many",
    }),
    _fact("labor", ("worker",), **_ALLOCATED),
    _fact("volume", month=MONTH, last=_LAST),
    _fact(
        "supply_moves",
        month=MONTH,
        value="quantity × unit cost: as the source states it, else worked out",
    ),
    _fact(
        "stock",
        month=MONTH,
        stated_cost="cost of one unit, where the source states it",
        unit_cost="cost of one unit: stated, else what it cost last",
        value="quantity × unit cost",
        until="day on which the count gives way to the next, or is stale",
        on_hand="quantity of the item over all its lots",
        par="the item's par level",
        first_lot="true for one lot of each item: count `on_hand` there only",
    ),
    _fact("assets"),
    _fact(
        "work_orders",
        month=MONTH,
        closed="when it was completed or cancelled; empty while open",
        stated_risk="risk class, where the order states it",
        risk="risk class: stated, else the equipment's",
        asset_name="what the equipment is",
        known_until="last day on which the system wrote anything",
    ),
    _fact(
        "contracts",
        notice_date="last day on which notice can be given",
        latest="whether it is the latest revision: the others are history",
    ),
    _fact(
        "spend",
        left_out=("line",),
        document_line="line of the document",
        month=MONTH,
        account_title="the account's name",
        subject=SUBJECT,
        on_contract="whether the line names a known contract",
        contract_title="the contract's title",
        counts="false for agency invoices where timesheets state the cost already",
    ),
    _fact(
        "budget",
        account_title="the account's title; empty where people set the amount",
        subject=SUBJECT,
        in_force="whether the version holds now: sum only these",
        edited="whether people set the amount in Rounds",
    ),
    _fact(
        "purchases",
        date="order date",
        month=MONTH,
        latest="whether it is the latest revision: the others are history",
        known_until="last day on which the system wrote anything",
    ),
    _fact("positions", month=MONTH, until="day on which the count gives way to the next"),
    _fact("feedback", month=MONTH),
    _fact("remits"),
    _fact("ledger"),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
