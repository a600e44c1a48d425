"""A group of 500 sites (or more, or fewer) over three years, written straight into a record.

500 sites have 80 million facts. It is made for measuring; what it says means nothing. Loading is
measured apart, so here the facts are drawn within the store.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pipelines.feeds import FEEDS
from pipelines.settings import Home
from pipelines.warehouse.record import Record
from pipelines.warehouse.schema import quoted

FIRST, DAYS = "DATE '2023-11-01'", 1096
LOADED = datetime(2026, 11, 2, 6)
ROLES = "Registered nurse", "Licensed practical nurse", "Nursing assistant", "Physician", \
    "Receptionist", "Technician", "Housekeeping", "Kitchen"  # fmt: skip


def _drawn(name: str, most: int) -> str:
    """A number from 0 to `most` less one, the same for the same row."""
    return f"CAST(hash(i, '{name}') % {most} AS INTEGER)"


def _text(names: tuple[str, ...], drawn: str) -> str:
    return f"{list(names)}[1 + {drawn}]"


def _site(number: str) -> str:
    text = f"CAST({number} AS VARCHAR)"
    return f"'S' || lpad({text}, CAST(greatest(3, length({text})) AS INTEGER), '0')"


def statements(sites: int, share: float) -> dict[str, tuple[int, dict[str, str]]]:
    """By feed how many rows it has, and the SQL of each column over a row's number `i`."""
    site = _site(_drawn("site", sites))
    day = f"{FIRST} + {_drawn('day', DAYS)}"
    item = f"'ITEM-' || {_drawn('item', 400)}"
    category = _text(("Gloves", "Dressings", "Syringes", "Cleaning", "Paper"), _drawn("item", 5))
    cost = f"CAST((50 + {_drawn('item', 900)}) / 100.0 AS DECIMAL(18,4))"
    quantity = f"1 + {_drawn('quantity', 60)}"
    shifts = round(50_000_000 * share)
    agency = f"{_drawn('kind', 12)} = 0"
    moment = f"CAST({day} AS TIMESTAMP) + to_hours({_drawn('hour', 24)})"
    return {
        "sites": (sites, {
            "site": _site("i"), "name": "'Site ' || i", "opened": "DATE '2015-01-01'",
            "kind": _text(("Clinic", "Nursing home", "Hospital", "Physician office"), "i % 4"),
            "region": "'Region ' || (1 + i % 12)", "beds": "40", "floor_area": "12000",
        }),
        "labor": (shifts, {
            "site": _site(f"i // {max(1, shifts // sites)}"),
            "company": "'Rounds Care'", "period_start": day, "period_end": day,
            "role": _text(ROLES, _drawn("role", len(ROLES))),
            "kind": f"CASE WHEN {agency} THEN 'agency' ELSE 'employee' END",
            "basis": f"CASE WHEN {agency} THEN 'timesheet' ELSE 'payroll' END",
            "pay_class": f"CASE WHEN {_drawn('class', 15)} = 0 THEN 'overtime' "
                         "ELSE 'regular' END",
            "worker": f"md5(CAST({_drawn('worker', 120)} AS VARCHAR))",
            "hours": f"4 + {_drawn('hours', 9)}", "amount": f"150 + {_drawn('pay', 300)}",
            "currency": "'USD'",
        }),
        "volume": (sites * DAYS * 2, {
            "site": _site(f"i // {2 * DAYS}"),
            "date": f"{FIRST} + CAST(i // 2 % {DAYS} AS INTEGER)", "grain": "'day'",
            "measure": "CASE WHEN i % 2 = 0 THEN 'visits' ELSE 'resident_days' END",
            "count": f"30 + {_drawn('count', 60)}",
        }),
        "supply_moves": (round(20_000_000 * share), {
            "site": site, "date": day, "reference": "'M' || i", "item": item, "item_name": item,
            "category": category, "quantity": quantity, "unit": "'each'", "unit_cost": cost,
            "kind": f"CASE {_drawn('kind', 6)} WHEN 0 THEN 'receipt' WHEN 1 THEN 'waste' "
                    "ELSE 'issue' END",
            "currency": "'USD'",
        }),
        "stock": (sites * 36 * 100, {
            "site": _site("i // 3600"), "item": "'ITEM-' || (i % 100)", "quantity": quantity,
            "as_of": f"last_day({FIRST} + to_months(CAST(i // 100 % 36 AS INTEGER)))",
            "category": category, "minimum": "5", "maximum": "80", "currency": "'USD'",
            "expiry": f"{FIRST} + {_drawn('expiry', 1500)}", "lot": "'L' || i",
        }),
        "work_orders": (round(3_000_000 * share), {
            "site": site, "work_order": "'WO' || i", "title": "'Repair'", "created": moment,
            "kind": f"CASE WHEN {_drawn('kind', 3)} = 0 THEN 'planned' ELSE 'repair' END",
            "risk": _text(("high", "medium", "low"), _drawn("risk", 3)),
            "due": f"{moment} + INTERVAL 14 DAY",
            "completed": f"CASE WHEN {_drawn('done', 20)} > 0 THEN {moment} "
                         f"+ to_days({_drawn('took', 30)}) END",
            "status": f"CASE WHEN {_drawn('done', 20)} > 0 THEN 'complete' ELSE 'open' END",
            "cost": _drawn("cost", 400), "currency": "'USD'",
        }),
        "spend": (round(5_000_000 * share), {
            "site": site, "document": "'INV' || (i // 3)", "line": "CAST(i % 3 AS VARCHAR)",
            "date": day, "supplier": f"'Supplier ' || {_drawn('supplier', 3000)}",
            "account": _text(("facilities", "contracts", "staffing"), _drawn("account", 3)),
            "contract": f"CASE WHEN {_drawn('on', 3)} > 0 THEN 'C' || {_drawn('c', 5000)} END",
            "amount": f"20 + {_drawn('amount', 4000)}", "currency": "'USD'",
        }),
        "contracts": (5000, {
            "site": site, "contract": "'C' || i", "title": "'Contract ' || i", "kind": "'vendor'",
            "vendor": f"'Supplier ' || {_drawn('supplier', 3000)}", "category": "'Cleaning'",
            "start": "DATE '2024-01-01'", "end": f"DATE '2026-06-01' + {_drawn('end', 900)}",
            "notice_days": "90", "auto_renew": "i % 2 = 0", "annual_value": "60000",
            "ceiling": "200000", "currency": "'USD'",
        }),
        "budget": (sites * 36 * 4, {
            "site": _site("i // 144"), "version": "'plan'",
            "account": _text(("staffing", "supplies", "facilities", "contracts"), "i % 4"),
            "month": f"{FIRST} + to_months(CAST(i // 4 % 36 AS INTEGER))",
            "amount": f"100000 + {_drawn('amount', 40000)}", "currency": "'USD'",
        }),
    }  # fmt: skip


def write(home: Path, sites: int, share: float) -> int:
    """Fill the record of a new home; how many facts it holds. `share` 1 is the full size."""
    total = 0
    with Record.open(Home(home)) as record, record.transaction() as sql:
        sql.execute(
            "INSERT INTO loads (event, moment, what, sha256, path, profile, system, records, "
            "accepted, duplicate, quarantined, furniture, superseded) "
            "VALUES (1, ?, 'load', 'drawn', 'drawn.csv', 'drawn', 'rounds', 0, 0, 0, 0, 0, 0)",
            [LOADED],
        )
        for feed, (rows, columns) in statements(sites, share).items():
            assert set(columns) <= set(FEEDS[feed].names)
            sql.execute(
                f"INSERT INTO fact_{feed} ({', '.join(map(quoted, columns))}, system, load, "
                "record, fact, loaded_in) "
                f"SELECT {', '.join(columns.values())}, 'rounds', 1, i + 1, 1, 1 "
                f"FROM range({rows}) t(i)"
            )
            total += rows
    return total
