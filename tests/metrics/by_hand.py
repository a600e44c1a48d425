"""Every metric worked out a second time, from the rows as written, with csv-like rows and Decimal.

Nothing here calls the code under test. A flow is a list of `Part`s by month; a state is a list of
them at a day. A metric's value over any grouping is the sum of numerators, over the sum of
denominators where it has any.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

Row = dict[str, Any]
Rows = dict[str, list[Row]]
ZERO = Decimal(0)
FIRST, NEVER = date(1900, 1, 1), date(9999, 12, 31)
WORKED = ("regular", "overtime", "double_time", "on_call")
# What the story of the group says is not there.
NO_HOURS = {("RIV", date(2025, 8, 1))}
NO_PAY = {("RIV", date(2025, 8, 1)), ("RIV", date(2025, 10, 1))}


@dataclass(frozen=True)
class Part:
    """What one row adds: its site, month, currency, and to numerator and denominator."""

    site: str
    month: date
    currency: str
    num: Decimal = ZERO
    den: Decimal = ZERO


def number(cell: Any) -> Decimal | None:
    return None if cell in ("", None) else Decimal(str(cell))


def day(cell: Any) -> date | None:
    if isinstance(cell, date):
        return cell
    return datetime.fromisoformat(cell).date() if cell else None


def known(cell: Any, otherwise: date) -> date:
    return day(cell) or otherwise


def month_of(at: date) -> date:
    return at.replace(day=1)


def place(row: Row) -> str:
    return {"": "~group", "XXX": "~unmapped"}.get(row.get("site") or "", row.get("site", ""))


def money_of(row: Row) -> str:
    return row.get("currency") or "USD"


def rounded(amount: Decimal, places: str) -> Decimal:
    return amount.quantize(Decimal(places), ROUND_HALF_UP)


def by_month(row: Row, amount: Decimal, places: str) -> Iterator[tuple[date, Decimal]]:
    """A pay period's amount by month, by days: differences of rounded running shares."""
    start, stop = known(row["period_start"], NEVER), known(row["period_end"], NEVER)
    days, done, at = (stop - start).days + 1, ZERO, start
    while at <= stop:
        end = min(at.replace(day=monthrange(at.year, at.month)[1]), stop)
        running = rounded(amount * ((end - start).days + 1) / days, places)
        if end == stop:
            running = amount
        yield month_of(at), running - done
        done, at = running, end + timedelta(1)


def labor(rows: Rows) -> Iterator[tuple[Row, date]]:
    """(row, month) for each month that a row reaches into, with `basis` and `kind` filled in."""
    for row in rows["labor"]:
        kind = row.get("kind") or "employee"
        basis = row.get("basis") or ("timesheet" if kind == "agency" else "payroll")
        pay_class = row.get("pay_class") or "regular"
        filled = {**row, "kind": kind, "basis": basis, "pay_class": pay_class}
        for month, _ in by_month(row, ZERO, "1"):
            yield filled, month


def counted(rows: Rows) -> Iterator[tuple[Row, date]]:
    """Labor rows without the staffing returns of site-months that payroll or timesheets state."""
    parts = list(labor(rows))
    stated = {(r["site"], month) for r, month in parts if r["basis"] != "return"}
    for row, month in parts:
        if row["basis"] != "return" or (row["site"], month) not in stated:
            yield row, month


def part_of(row: Row, month: date, column: str, places: str) -> Decimal:
    amount = number(row.get(column))
    return dict(by_month(row, amount, places))[month] if amount is not None else ZERO


def hours(rows: Rows, keep: Callable[[Row], bool]) -> Iterator[Part]:
    for row, month in counted(rows):
        if number(row.get("hours")) is not None and keep(row):
            yield Part(place(row), month, money_of(row), part_of(row, month, "hours", "1.0000"))


def worked(row: Row) -> bool:
    return row["pay_class"] in WORKED


def cost(rows: Rows) -> Iterator[Part]:
    timesheets = set()
    for row, month in counted(rows):
        if number(row.get("amount")) is None:
            continue
        paid = part_of(row, month, "amount", "1.00") + part_of(row, month, "employer_cost", "1.00")
        yield Part(place(row), month, money_of(row), paid)
        if row["kind"] == "agency":
            timesheets.add((row["site"], month))
    for part, row in spent(rows):
        if row["account"] == "staffing" and (row["site"], part.month) not in timesheets:
            yield part


def spent(rows: Rows) -> Iterator[tuple[Part, Row]]:
    for row in rows["spend"]:
        amount = number(row["amount"]) or ZERO
        yield Part(place(row), month_of(row["date"]), money_of(row), amount), row


def spend(rows: Rows, keep: Callable[[Row], bool]) -> Iterator[Part]:
    return (part for part, row in spent(rows) if keep(row))


def counts(rows: Rows, measure: str) -> Iterator[Part]:
    for row in rows["volume"]:
        if row["measure"] == measure:
            yield Part(place(row), month_of(row["date"]), "", Decimal(row["count"]))


def burn(rows: Rows) -> Iterator[Part]:
    for row in rows["supply_moves"]:
        price = number(row["unit_cost"])
        if row["kind"] in ("issue", "waste") and price is not None:
            value = price * row["quantity"]
            yield Part(place(row), month_of(row["date"]), money_of(row), value)


def ratio(
    top: Iterator[Part], bottom: Iterator[Part], keep: Callable[[Part], bool] = lambda _: True,
    currency: str | None = None,
) -> Iterator[Part]:  # fmt: skip
    """Numerators and denominators side by side; a denominator takes its site's one currency."""
    for part in filter(keep, top):
        yield Part(part.site, part.month, part.currency if currency is None else currency, part.num)
    for part in filter(keep, bottom):
        own = "CAD" if part.site == "TOR" else "USD"
        yield Part(part.site, part.month, own if currency is None else currency, ZERO, part.num)


def staffed(part: Part) -> bool:
    return (part.site, part.month) not in NO_HOURS and part.month < date(2026, 4, 1)


def paid(part: Part) -> bool:
    return staffed(part) and (part.site, part.month) not in NO_PAY and part.site not in ("LAK",)


def nursing(rows: Rows, roles: tuple[str, ...]) -> Iterator[Part]:
    """Hours of nurses and aides: those of the return where a site's month has one."""
    parts = list(labor(rows))
    returned = {(r["site"], month) for r, month in parts if r["basis"] == "return"}
    for row, month in parts:
        mine = row["basis"] == "return" or (row["site"], month) not in returned
        if mine and row["role"] in roles and number(row.get("hours")) is not None:
            yield Part(place(row), month, "", part_of(row, month, "hours", "1.0000"))


def homes(part: Part) -> bool:
    return part.site in ("RIV", "LAK")


def clinics(part: Part) -> bool:
    return part.site in ("ELM", "OAK", "PIN", "TOR") and part.month < date(2026, 4, 1)


def opened(rows: Rows) -> Iterator[Part]:
    for row in rows["work_orders"]:
        if row["kind"] == "repair":
            yield Part(place(row), month_of(known(row["created"], NEVER)), "", Decimal(1))


def maintained(rows: Rows, risks: tuple[str, ...]) -> Iterator[Part]:
    """Planned orders by the month they were due in, done by the day; not those due later than
    anything that the export knows (20 March 2026)."""
    risk = {row["asset"]: row["risk"] for row in rows["assets"]}
    for row in rows["work_orders"]:
        due, done = day(row["due"]), day(row["completed"])
        if row["kind"] != "planned" or row["cancelled"] or due is None or due > date(2026, 3, 20):
            continue
        if risk.get(row["asset"], "unstated") in risks:
            on_time = Decimal(done is not None and done <= due)
            yield Part(place(row), month_of(due), "", on_time, Decimal(1))


def costs(rows: Rows) -> Iterator[tuple[str, Part]]:
    """(subject, actual) of all four subjects."""
    yield from (("staffing", part) for part in cost(rows))
    yield from (("supplies", part) for part in burn(rows))
    for part, row in spent(rows):
        if row["account"] in ("facilities", "contracts"):
            yield row["account"], part


def budgets(rows: Rows) -> Iterator[tuple[str, Part]]:
    for row in rows["budget"]:
        yield row["account"], Part(place(row), row["month"], money_of(row), Decimal(row["amount"]))


def variance(rows: Rows) -> Iterator[Part]:
    """Actual less budget where a subject's month has both, whole; the budget as denominator."""
    actual: dict[tuple[str, str, date, str], Decimal] = defaultdict(Decimal)
    planned: dict[tuple[str, str, date, str], Decimal] = defaultdict(Decimal)
    for sums, parts in ((actual, costs(rows)), (planned, budgets(rows))):
        for subject, part in parts:
            if subject != "staffing" or paid(part):
                sums[subject, part.site, part.month, part.currency] += part.num
    for key in actual.keys() & planned.keys():
        _, site, month, currency = key
        yield Part(site, month, currency, actual[key] - planned[key], planned[key])


def filled(rows: Rows, *columns: str) -> list[Row]:
    """The remittances that state all of some columns."""
    return [row for row in rows["remits"] if all(row[c] != "" for c in columns)]


def remitted(
    rows: Rows, top: str, bottom: str = "", keep: Callable[[Row], bool] = lambda _: True,
    currency: str | None = None,
) -> Iterator[Part]:  # fmt: skip
    """One column of the remittances, over another where there is one."""
    for row in filter(keep, filled(rows, *(c for c in (top, bottom) if c))):
        below = number(row[bottom]) if bottom else None
        money = money_of(row) if currency is None else currency
        yield Part(place(row), known(row["month"], NEVER), money, number(row[top]) or ZERO,
                   below or ZERO)  # fmt: skip


def heard(rows: Rows, kind: str, top: str, bottom: str = "") -> Iterator[Part]:
    for row in rows["feedback"]:
        if row["kind"] == kind and row[top] and (not bottom or row[bottom]):
            below = Decimal(row[bottom]) if bottom else ZERO
            yield Part(
                place(row), month_of(known(row["date"], NEVER)), "", Decimal(row[top]), below
            )


def ordered(rows: Rows) -> Iterator[Row]:
    """Order lines in their latest revision, with numbers where there are any."""
    latest: dict[tuple[str, str], Row] = {}
    for row in sorted(rows["purchases"], key=lambda r: int(r["revision"] or 0)):
        latest[row["order"], row["line"]] = row
    for row in latest.values():
        told = {name: number(row[name]) for name in ("quantity", "unit_price")}
        arrived = {name: number(row[name]) or ZERO for name in ("received", "invoiced")}
        yield {**row, **told, **arrived}


def promised(rows: Rows) -> Iterator[tuple[Row, date]]:
    """Priced lines by the day they were promised for, up to 12 March 2026, the last day known."""
    for row in ordered(rows):
        due = day(row["promised"])
        if due and due <= date(2026, 3, 12) and row["unit_price"] is not None:
            yield row, due


def on_time(rows: Rows) -> Iterator[Part]:
    for row, due in promised(rows):
        done = row["received"] >= row["quantity"] and known(row["received_on"], NEVER) <= due
        yield Part(place(row), month_of(due), "", Decimal(done), Decimal(1))


def delivered(rows: Rows) -> Iterator[Part]:
    for row, due in promised(rows):
        came = min(row["received"], row["quantity"]) * row["unit_price"]
        asked = row["quantity"] * row["unit_price"]
        yield Part(place(row), month_of(due), money_of(row), came, asked)


def repaired(rows: Rows) -> Iterator[Part]:
    """Repairs by the month they were due in, not those cancelled, nor due after 20 March 2026."""
    for row in rows["work_orders"]:
        due, done = day(row["due"]), day(row["completed"])
        if row["kind"] == "repair" and not row["cancelled"] and due and due <= date(2026, 3, 20):
            in_time = Decimal(done is not None and done <= due)
            yield Part(place(row), month_of(due), "", in_time, Decimal(1))


def finished(rows: Rows) -> Iterator[tuple[Part, bool]]:
    for row in rows["work_orders"]:
        done = day(row["completed"])
        if done:
            yield Part(place(row), month_of(done), "", Decimal(1)), row["kind"] == "planned"


def wasted(rows: Rows) -> Iterator[Part]:
    only = {**rows, "supply_moves": [r for r in rows["supply_moves"] if r["kind"] == "waste"]}
    return burn(only)


def coded(row: Row) -> bool:
    return row["basis"] != "return"


def overtime(rows: Rows) -> Iterator[Part]:
    for row, month in counted(rows):
        if (
            row["pay_class"] in ("overtime", "double_time")
            and number(row.get("amount")) is not None
        ):
            yield Part(place(row), month, money_of(row), part_of(row, month, "amount", "1.00"))


def nowhere(rows: Rows) -> Iterator[Part]:
    """Nobody here is an LPN, and no home tells its days: see tests.metrics.test_soundness."""
    yield from ()


FLOWS: dict[str, Callable[[Rows], Iterator[Part]]] = {
    "labor_cost": cost,
    "paid_hours": lambda rows: hours(rows, lambda row: True),
    "worked_hours": lambda rows: hours(rows, worked),
    "hourly_cost": lambda rows: ratio(cost(rows), hours(rows, lambda row: True), paid),
    "overtime_share": lambda rows: ratio(
        hours(rows, lambda r: r["pay_class"] in ("overtime", "double_time")),
        hours(rows, lambda r: worked(r) and r["basis"] != "return"), staffed, ""),
    "agency_share": lambda rows: ratio(
        hours(rows, lambda r: worked(r) and r["kind"] in ("agency", "contract")),
        hours(rows, worked), staffed, ""),
    "nursing_hprd": lambda rows: ratio(
        nursing(rows, ("RN", "CNA")), counts(rows, "resident_days"), homes, ""),
    "rn_hprd": lambda rows: ratio(
        nursing(rows, ("RN",)), counts(rows, "resident_days"), homes, ""),
    "hours_per_visit": lambda rows: ratio(hours(rows, worked), counts(rows, "visits"), clinics, ""),
    "lpn_hprd": lambda rows: ratio(
        nursing(rows, ("LPN",)), counts(rows, "resident_days"), homes, ""),
    "aide_hprd": lambda rows: ratio(
        nursing(rows, ("CNA",)), counts(rows, "resident_days"), homes, ""),
    "weekend_hprd": nowhere,
    "leave_share": lambda rows: ratio(
        hours(rows, lambda r: coded(r) and r["pay_class"] == "leave"), hours(rows, coded),
        staffed, ""),
    "overtime_pay": overtime,
    "supply_spend": lambda rows: spend(rows, lambda r: r["account"] == "supplies"),
    "waste_share": lambda rows: ratio(wasted(rows), burn(rows)),
    "fill_rate": delivered,
    "deliveries_on_time": on_time,
    "issues_closed": lambda rows: (
        Part(place(r), month_of(known(r["completed"], NEVER)), "", Decimal(1))
        for r in rows["work_orders"] if r["kind"] == "repair" and r["completed"]),
    "repairs_on_time": repaired,
    "planned_share": lambda rows: (
        Part(p.site, p.month, "", Decimal(planned), p.num) for p, planned in finished(rows)),
    "ledger": lambda rows: (
        Part(place(r), known(r["month"], NEVER), money_of(r), Decimal(r["amount"]))
        for r in rows["ledger"]),
    "payer_paid": lambda rows: remitted(rows, "paid"),
    "payer_yield": lambda rows: remitted(rows, "paid", "charged"),
    "paid_of_allowed": lambda rows: remitted(rows, "paid", "allowed"),
    "claim_denial_rate": lambda rows: remitted(
        rows, "claims_denied", "claims_submitted", currency=""),
    "denied_share": lambda rows: ratio(
        remitted(rows, "denied", keep=lambda r: r["charged"] != ""), remitted(rows, "charged")),
    "capitation_pmpm": lambda rows: remitted(rows, "capitation", "member_months"),
    "complaints": lambda rows: heard(rows, "complaint", "received"),
    "complaints_on_time": lambda rows: heard(rows, "complaint", "on_time", "due"),
    "complaints_per_1000_visits": lambda rows: ratio(
        heard(rows, "complaint", "received"), counts(rows, "visits"), clinics, ""),
    "record_requests": lambda rows: heard(rows, "record_request", "received"),
    "record_requests_on_time": lambda rows: heard(rows, "record_request", "on_time", "due"),
    "visits": lambda rows: counts(rows, "visits"),
    "resident_days": lambda rows: counts(rows, "resident_days"),
    "supply_burn": burn,
    "units_issued": lambda rows: (
        Part(place(r), month_of(r["date"]), "", Decimal(r["quantity"]))
        for r in rows["supply_moves"] if r["kind"] == "issue"),
    "supply_cost_per_visit": lambda rows: ratio(
        burn(rows), counts(rows, "visits"), lambda p: p.site in ("ELM", "OAK", "TOR")),
    "supply_cost_per_resident_day": lambda rows: ratio(
        burn(rows), counts(rows, "resident_days"), lambda p: p.site == "RIV"),
    "facility_cost": lambda rows: spend(rows, lambda r: r["account"] == "facilities"),
    "issues_opened": opened,
    "pm_compliance": lambda rows: maintained(rows, ("high", "medium", "low", "unstated")),
    "pm_compliance_high_risk": lambda rows: maintained(rows, ("high",)),
    "contract_cost": lambda rows: spend(rows, lambda r: r["account"] == "contracts"),
    "spend": lambda rows: spend(rows, lambda r: True),
    "contract_spend": lambda rows: spend(rows, lambda r: bool(r.get("contract"))),
    "off_contract_share": lambda rows: ratio(
        spend(rows, lambda r: r["account"] in ("contracts", "facilities") and not r["contract"]),
        spend(rows, lambda r: r["account"] in ("contracts", "facilities"))),
    "total_cost": lambda rows: (part for _, part in costs(rows)),
    "budget_variance": lambda rows: (
        Part(p.site, p.month, p.currency, p.num) for p in variance(rows)),
    "budget_variance_share": variance,
}  # fmt: skip


def shelves(rows: Rows, stop: date) -> Iterator[tuple[Row, Decimal | None]]:
    """(row, its value) of each site's last count by a day, unless that is over 61 days old."""
    latest: dict[str, date] = {}
    for row in rows["stock"]:
        if row["as_of"] <= stop:
            latest[row["site"]] = max(row["as_of"], latest.get(row["site"], FIRST))
    for row in rows["stock"]:
        if row["as_of"] == latest.get(row["site"]) and (stop - row["as_of"]).days < 62:
            price = number(row["unit_cost"])
            if price is None:
                price = last_cost(rows, row)
            yield row, None if price is None else price * row["quantity"]


def last_cost(rows: Rows, count: Row) -> Decimal | None:
    """What an item had last cost by the day it was counted, in the count's currency."""
    seen = [
        (move["date"], number(move["unit_cost"]))
        for move in rows["supply_moves"]
        if move["item"] == count["item"] and move["unit_cost"] and money_of(move) == money_of(count)
    ]
    by_then = [entry for entry in seen if entry[0] <= count["as_of"]]
    return max(by_then, key=lambda entry: entry[0])[1] if by_then else None


def held(rows: Rows, stop: date) -> Iterator[Part]:
    for row, value in shelves(rows, stop):
        if value is not None:
            yield Part(place(row), stop, money_of(row), value)


def lasting(rows: Rows, stop: date) -> Iterator[Part]:
    """Stock against a day's use over the 90 days to `stop`, at sites that have both."""
    counted_at = {row["site"] for row, _ in shelves(rows, stop)}
    for part in held(rows, stop):
        if stop >= date(2025, 3, 31):
            yield part
    for row in rows["supply_moves"]:
        price, age = number(row["unit_cost"]), (stop - row["date"]).days
        used = row["kind"] in ("issue", "waste") and price is not None and 0 <= age < 90
        if used and row["site"] in counted_at and stop >= date(2025, 3, 31):
            value = (price or ZERO) * row["quantity"] / 90
            yield Part(place(row), stop, money_of(row), ZERO, value)


def par(rows: Rows, stop: date) -> Iterator[Part]:
    levels: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for row, _ in shelves(rows, stop):
        if row.get("minimum"):
            levels[place(row), row["item"]][0] += row["quantity"]
            levels[place(row), row["item"]][1] = Decimal(row["minimum"])
    for (site, _), (on_hand, minimum) in levels.items():
        yield Part(site, stop, "", Decimal(on_hand < minimum), Decimal(1))


def expiring(rows: Rows, stop: date) -> Iterator[Part]:
    for row, value in shelves(rows, stop):
        expiry = day(row.get("expiry"))
        if expiry and expiry <= stop + timedelta(90) and value is not None and row["quantity"] > 0:
            yield Part(place(row), stop, money_of(row), value)


def open_orders(rows: Rows, stop: date) -> Iterator[tuple[Part, Row]]:
    for row in rows["work_orders"]:
        created = known(row["created"], NEVER)
        closed = day(row["completed"]) or day(row["cancelled"])
        if closed is None:
            closed = created if row["status"] in ("complete", "cancelled") else NEVER
        if row["kind"] == "repair" and created <= stop < closed:
            age = Decimal((stop - created).days)
            yield Part(place(row), stop, "", age, Decimal(1)), row


def running(rows: Rows, stop: date) -> Iterator[tuple[Row, date, date]]:
    """(contract in its latest revision, notice date, end) of those in force at a day."""
    latest: dict[str, Row] = {}
    for row in sorted(rows["contracts"], key=lambda r: int(r["revision"])):
        latest[row["contract"]] = row
    for row in latest.values():
        end = known(row["end"], NEVER)
        if row["auto_renew"] == "yes" and row["end"]:
            # Term by term from the stated end, each of the months stated, else of a year.
            terms, length = 0, int(row.get("renewal_months") or 12)
            while end < stop:
                terms += 1
                end = months_on(known(row["end"], NEVER) + ONE, terms * length) - ONE
        if row["status"] == "active" and known(row["start"], FIRST) <= stop <= end:
            yield row, end - timedelta(int(row["notice_days"] or 0)), end


ONE = timedelta(1)


def months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def ceilings(rows: Rows, stop: date) -> Iterator[Part]:
    for row, _, _ in running(rows, stop):
        if row["ceiling"] and stop <= known(row["end"], NEVER):
            yield Part(place(row), stop, money_of(row), ZERO, Decimal(row["ceiling"]))
            for line in rows["spend"]:
                in_term = known(row["start"], FIRST) <= line["date"] <= stop
                if in_term and line.get("contract") == row["contract"]:
                    yield Part(place(row), stop, money_of(line), Decimal(line["amount"]))


def due(rows: Rows, stop: date, value: Callable[[Row], Decimal]) -> Iterator[Part]:
    for row, notice, _ in running(rows, stop):
        if stop < notice <= stop + timedelta(90):
            yield Part(place(row), stop, money_of(row), value(row))


def held_posts(rows: Rows, stop: date) -> Iterator[Part]:
    """Vacant posts over budgeted ones at each site's last count, unless it is over 92 days old."""
    latest: dict[str, date] = {}
    for row in rows["positions"]:
        at = known(row["as_of"], NEVER)
        if at <= stop:
            latest[row["site"]] = max(at, latest.get(row["site"], FIRST))
    for row in rows["positions"]:
        at = known(row["as_of"], NEVER)
        if at == latest.get(row["site"]) and (stop - at).days <= 92:
            budgeted = Decimal(row["budgeted"])
            yield Part(place(row), stop, "", budgeted - Decimal(row["filled"]), budgeted)


def equipped(rows: Rows, stop: date) -> Iterator[tuple[Row, bool | None]]:
    """(equipment at a day, whether it is past its life; None where nobody can tell)."""
    for row in rows["assets"]:
        if row["status"] != "retired" and known(row["acquired"], FIRST) <= stop:
            past = None
            if row["acquired"] and row["useful_life"]:
                months = round(float(row["useful_life"]) * 12)
                bought = known(row["acquired"], FIRST)
                year, month = divmod(bought.year * 12 + bought.month - 1 + months, 12)
                last = monthrange(year, month + 1)[1]
                past = date(year, month + 1, min(bought.day, last)) <= stop
            yield row, past


def replacing(row: Row) -> Decimal:
    return number(row["replacement_cost"]) or ZERO


def stocked(rows: Rows, stop: date) -> Iterator[Part]:
    items: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row, _ in shelves(rows, stop):
        items[place(row), row["item"]] += row["quantity"]
    for (site, _), on_hand in items.items():
        yield Part(site, stop, "", Decimal(on_hand <= 0), Decimal(1))


def expired(rows: Rows, stop: date) -> Iterator[Part]:
    for row, value in shelves(rows, stop):
        expiry = day(row.get("expiry"))
        if expiry and expiry <= stop and value is not None and row["quantity"] > 0:
            yield Part(place(row), stop, money_of(row), value)


def renewing(rows: Rows, stop: date) -> Iterator[Part]:
    for row, notice, _ in running(rows, stop):
        days = int(row["notice_days"] or 0)
        if row["auto_renew"] == "yes" and days > 0 and notice <= stop + timedelta(90):
            yield Part(place(row), stop, money_of(row), Decimal(row["annual_value"]))


def rising(rows: Rows, stop: date) -> Iterator[Part]:
    for row, _, _ in running(rows, stop):
        if row.get("escalator"):
            more = rounded(Decimal(row["annual_value"]) * Decimal(row["escalator"]) / 100, "1.00")
            yield Part(place(row), stop, money_of(row), more)


def committed(rows: Rows, stop: date) -> Iterator[Part]:
    for row in ordered(rows):
        if row["unit_price"] is not None and known(row["ordered_on"], NEVER) <= stop:
            left = max(row["quantity"] - row["invoiced"], ZERO)
            yield Part(place(row), stop, money_of(row), left * row["unit_price"])


def owed(rows: Rows, stop: date) -> Iterator[Part]:
    for part in remitted(rows, "receivables_over_90", "receivables"):
        if part.month == month_of(stop):
            yield part


def one(_: Row) -> Decimal:
    return Decimal(1)


STATES: dict[str, Callable[[Rows, date], Iterator[Part]]] = {
    "stock_value": held,
    "days_on_hand": lasting,
    "below_par": par,
    "expiring_value": expiring,
    "open_issues": lambda rows, stop: (
        Part(p.site, stop, "", Decimal(1)) for p, _ in open_orders(rows, stop)),
    "overdue_issues": lambda rows, stop: (
        Part(p.site, stop, "", Decimal(1)) for p, r in open_orders(rows, stop)
        if known(r["due"], NEVER) < stop),
    "vacancy_rate": held_posts,
    "out_of_stock": stocked,
    "expired_value": expired,
    "old_issues": lambda rows, stop: (
        Part(p.site, stop, "", Decimal(1)) for p, _ in open_orders(rows, stop) if p.num > 14),
    "equipment_value": lambda rows, stop: (
        Part(place(r), stop, money_of(r), replacing(r)) for r, _ in equipped(rows, stop)),
    "equipment_past_life": lambda rows, stop: (
        Part(place(r), stop, "", Decimal(1)) for r, past in equipped(rows, stop) if past),
    "equipment_past_life_share": lambda rows, stop: (
        Part(place(r), stop, money_of(r), replacing(r) * past, replacing(r))
        for r, past in equipped(rows, stop) if past is not None),
    "warranties_ending": lambda rows, stop: (
        Part(place(r), stop, "", Decimal(1)) for r, _ in equipped(rows, stop)
        if r["warranty_end"] and stop < known(r["warranty_end"], FIRST) <= stop + timedelta(90)),
    "auto_renew_value": renewing,
    "escalator_cost": rising,
    "open_commitments": committed,
    "receivables_over_90": owed,
    "ceiling_used": ceilings,
    "renewals_due": lambda rows, stop: due(rows, stop, one),
    "renewals_due_value": lambda rows, stop: due(rows, stop, lambda r: Decimal(r["annual_value"])),
    "locked_renewals": lambda rows, stop: (
        Part(place(row), stop, "", Decimal(1)) for row, notice, _ in running(rows, stop)
        if row["auto_renew"] == "yes" and notice <= stop and int(row["notice_days"] or 0) > 0),
}  # fmt: skip


def full_time(rows: Rows, start: date, stop: date, site: str | None = None) -> Decimal:
    """Hours of whole months against 40 a week."""
    paid = sum(
        p.num for p in hours(rows, lambda _: True)
        if start <= p.month <= stop and site in (None, p.site)
    )  # fmt: skip
    return paid / (Decimal(40) * ((stop - start).days + 1) / 7)


def median_age(rows: Rows, stop: date, site: str | None = None) -> float | None:
    ages = [part.num for part, _ in open_orders(rows, stop) if site in (None, part.site)]
    return float(median(ages)) if ages else None


def half_repaired(rows: Rows, start: date, stop: date, site: str | None = None) -> int | None:
    """The first day by which half of a period's repairs are finished, by the chances of each day.

    Nothing is known after 20 March 2026. A repair closed without a date was never seen finished.
    """
    watched = []
    for row in rows["work_orders"]:
        created = known(row["created"], NEVER)
        if row["kind"] == "repair" and start <= created <= stop and site in (None, place(row)):
            end = day(row["completed"]) or day(row["cancelled"]) or date(2026, 3, 20)
            watched.append(((end - created).days, bool(row["completed"])))
    open_share = Decimal(1)
    for at in range(500):
        still = [done for days, done in watched if days >= at]
        ended = sum(done for days, done in watched if days == at)
        if still:
            open_share *= 1 - Decimal(ended) / len(still)
        if watched and open_share <= Decimal("0.5") + Decimal("1e-20"):
            return at
    return None
