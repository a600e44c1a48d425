"""Why invoices cost more or less than before: price, quantity, and what is new or ended.

A line is what a supplier charges a site for under a contract: an account and a description. Where
the invoices of both periods state quantities Q and unit prices, P is the mean price; b is before,
a is after:

    quantity     (Qa - Qb) × Pb
    price        Qa × (Pa - Pb)
    amount       change in what quantities and prices don't state: lines without them, and what
                 an amount holds beyond quantity × price (tax, freight, discounts)

Most ledgers write 1 × the whole amount where nobody counted anything. For services, rent and
leases under a contract that is a fee, and so a price; elsewhere (electricity, a repair, agency
staff by timesheet) it states no quantity. Contracts and suppliers of one period only are new or
ended, unless they ran in both: then the invoices came in one of them only, which is timing. Sites
opened or closed are on a line of their own. Everything is exact until the parts are rounded
(`pipelines.analysis.causes.lines`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from pipelines.analysis.causes.lines import (
    ZERO,
    Compared,
    Line,
    Standing,
    fraction,
    names_of_sites,
    standing_of,
)
from pipelines.calendar import Period
from pipelines.metrics.ask import ask
from pipelines.metrics.compile import Scope
from pipelines.metrics.contracts import BOUND
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.vintage import vintage

Part = Literal[
    "price",
    "quantity",
    "new_item",  # stated with a quantity, by a supplier who was there before
    "ended_item",
    "amount",
    "new_contract",
    "ended_contract",
    "new_supplier",
    "ended_supplier",
    "timing",
    "opened",
    "closed",
    "one_sided",
]
PARTS: tuple[Part, ...] = get_args(Part)

# What a party was in a period: it sent invoices, it ran without any, or it wasn't there.
State = Literal["invoiced", "running", "absent"]
Party = tuple[str, str | None, str | None]  # site, contract, or supplier where no contract is named
Parties = Mapping[Party, tuple[State, State]]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a supplier charged a site for one thing in one period.

    `amount` is all of it. `quantity` is that of the lines which state a quantity and a unit
    price, and `priced` their quantity × unit price. What comes twice is added up.
    """

    site: str
    supplier: str | None
    amount: Decimal
    contract: str | None = None
    account: str | None = None
    subject: str | None = None
    item: str | None = None
    quantity: Decimal = ZERO
    priced: Decimal = ZERO
    currency: str = ""

    @property
    def key(self) -> tuple[str | None, ...]:
        """What is compared."""
        return (
            self.site, self.supplier, self.contract, self.account, self.subject, self.item,
            self.currency,
        )  # fmt: skip

    @property
    def party(self) -> Party:
        """The contract at the site, or the supplier where the lines name none."""
        return self.site, self.contract, None if self.contract else self.supplier


NAMES = ("site", "supplier", "contract", "account", "subject", "item")


def compare_spend(
    before: Iterable[Charge],
    after: Iterable[Charge],
    parties: Parties | None = None,
    standing: Mapping[str, Standing] | None = None,
) -> tuple[Line, ...]:
    """A line for each thing charged, by the names in `NAMES`.

    `parties` tells what each contract and supplier was in both periods; one that it doesn't name
    was there where it sent charges. `standing` has the sites that were opened or closed in
    between. UsageProblem for a number that is not finite.
    """
    low, high = _added(before), _added(after)
    known = {**_parties(low.values(), high.values()), **(parties or {})}
    lines = []
    for key in {**low, **high}:
        then, now = low.get(key), high.get(key)
        one = low.get(key) or high[key]
        whole = (standing or {}).get(one.site) or _explained(one, known[one.party])
        parts = _parts(then, now, whole)
        money = [side.amount if side else ZERO for side in (then, now)]
        names = dict(zip(NAMES, key, strict=False))
        lines.append(Line(names, one.currency, money[0], money[1], parts))
    return tuple(lines)


def _added(charges: Iterable[Charge]) -> dict[tuple[str | None, ...], Charge]:
    summed: dict[tuple[str | None, ...], Charge] = {}
    for one in charges:
        held = summed.get(one.key)
        summed[one.key] = one if held is None else replace(
            held, amount=held.amount + one.amount, quantity=held.quantity + one.quantity,
            priced=held.priced + one.priced,
        )  # fmt: skip
    return summed


def _parties(before: Iterable[Charge], after: Iterable[Charge]) -> dict[Party, tuple[State, State]]:
    """Who sent charges in which period; a supplier is there under a contract too."""
    sides = [
        {party for one in side for party in (one.party, (one.site, None, one.supplier))}
        for side in (before, after)
    ]
    return {
        party: (_state(party in sides[0]), _state(party in sides[1]))
        for party in sides[0] | sides[1]
    }


def _state(invoiced: bool, running: bool = False) -> State:
    return "invoiced" if invoiced else "running" if running else "absent"


def _explained(one: Charge, states: tuple[State, State]) -> str | None:
    """The part that all of a line belongs to; None where its party sent invoices in both."""
    if states == ("invoiced", "invoiced"):
        return None
    if "absent" not in states:
        return "timing"
    what = "contract" if one.contract else "supplier"
    return f"new_{what}" if states[0] == "absent" else f"ended_{what}"


def _parts(
    before: Charge | None, after: Charge | None, explained: str | None
) -> dict[str, Fraction]:
    amounts = [fraction(side.amount) if side else Fraction(0) for side in (before, after)]
    change = amounts[1] - amounts[0]
    if explained is not None:
        return {explained: change}
    quantities = [fraction(side.quantity) if side else Fraction(0) for side in (before, after)]
    priced = [fraction(side.priced) if side else Fraction(0) for side in (before, after)]
    if all(quantities):
        then, now = (money / quantity for money, quantity in zip(priced, quantities, strict=True))
        parts = {
            "price": quantities[1] * (now - then),
            "quantity": (quantities[1] - quantities[0]) * then,
        }
    elif before is None and quantities[1]:
        parts = {"new_item": priced[1]}
    elif after is None and quantities[0]:
        parts = {"ended_item": -priced[0]}
    else:
        return {"amount": change}
    rest = change - sum(parts.values(), Fraction(0))
    return {**parts, "amount": rest} if rest else parts


# From the read model


def spend_between(
    reader: Reader,
    before: Period,
    after: Period,
    where: Mapping[str, Sequence[str]] | None = None,
    *,
    as_of: int | date | None = None,
) -> Compared:
    """The invoices of two periods, line by line.

    Lines are named by those of `NAMES`, `site_name`, `region` and `site_kind`; `item` is the
    description without months and dates. Their total is the change in invoiced spend, in each
    currency. `where` keeps rows by dimension, `as_of` is what was known then, both as in `ask`.
    A contract ran in a period by the register's term, one that renews by itself until it is
    terminated; any other party from its first to its last invoice at the site.
    """
    scope, tables = where or {}, ""
    if as_of is not None:
        tables = vintage(reader, as_of)
    charges = _charges(reader, (before, after), scope, tables)
    spent = [
        ask(reader, "spend", period=period, where=scope, as_of=as_of) for period in (before, after)
    ]
    lines = compare_spend(
        charges[before],
        charges[after],
        _states(reader, before, after, tables),
        standing_of(reader, before, after),
    )
    sites = names_of_sites(reader)
    named = tuple(
        replace(line, names={**line.names, **sites[str(line.names["site"])]}) for line in lines
    )
    return Compared(before, after, named, PARTS, spent[1].missing, spent[0].missing)


def _charges(
    reader: Reader,
    periods: tuple[Period, Period],
    where: Mapping[str, Sequence[str]],
    tables: str,
) -> dict[Period, list[Charge]]:
    conditions, values = Scope(where).conditions(reader.columns["spend"])
    stated = "FILTER (f.quantity IS NOT NULL AND f.unit_price IS NOT NULL)"
    found: dict[Period, list[Charge]] = {}
    counted: set[tuple[str | None, ...]] = set()
    for period in periods:
        rows = reader.query(
            f"{_with(tables)}SELECT f.site, f.supplier, f.contract, f.account, f.subject, "
            "f.description, f.currency, sum(f.amount) AS amount, "
            # A credit of one piece at a price below 0 gives a piece back.
            "coalesce(sum(CASE WHEN f.unit_price < 0 THEN -f.quantity ELSE f.quantity END) "
            f"{stated}, 0) AS quantity, "
            f"coalesce(sum(f.quantity * f.unit_price) {stated}, 0) AS priced, "
            "coalesce(bool_or(abs(f.quantity) <> 1), false) AS counted "
            "FROM spend f JOIN sites s ON s.site = f.site "
            f"WHERE f.date BETWEEN ? AND ? AND {conditions} GROUP BY ALL ORDER BY ALL",
            [period.start, period.stop, *values],
        )
        found[period] = []
        for row in rows.iter_rows(named=True):
            item, is_counted = undated(row.pop("description")), row.pop("counted")
            one = Charge(**row, item=item)
            found[period].append(one)
            if is_counted or (one.contract and one.subject == "contracts"):
                counted.add(one.key)
    return {
        period: [
            one if one.key in counted else replace(one, quantity=ZERO, priced=ZERO)
            for one in charges
        ]
        for period, charges in found.items()
    }


def _with(tables: str) -> str:
    return f"WITH {tables} " if tables else ""


# A contract's term, whatever revision states it; its last invoice where nothing does.
TERMS = f"""
SELECT f.contract, min(f.start) AS start,
  max(CASE WHEN NOT ({BOUND}) THEN NULL WHEN f.auto_renew THEN DATE '9999-12-31'
    ELSE f."end" END) FILTER (f.latest) AS "end"
FROM contracts f GROUP BY 1
"""
# By contract, and by supplier whether or not its lines name one.
SENT = """
SELECT site, contract, NULL AS supplier, date FROM spend WHERE contract IS NOT NULL
UNION ALL SELECT site, NULL, supplier, date FROM spend
"""


def _states(
    reader: Reader, before: Period, after: Period, tables: str
) -> dict[Party, tuple[State, State]]:
    """What each contract and supplier was at each site in both periods, whatever rows are kept."""
    spans = (
        f"bool_or(r.date BETWEEN ? AND ?) AS {side}_invoiced, "
        f"coalesce(any_value(t.start), min(r.date)) <= ? "
        f'AND coalesce(any_value(t."end"), max(r.date)) >= ? AS {side}_running'
        for side in ("before", "after")
    )
    rows = reader.query(
        f"{_with(tables)}SELECT r.site, r.contract, r.supplier, {', '.join(spans)} "
        f"FROM ({SENT}) r LEFT JOIN ({TERMS}) t ON t.contract = r.contract "
        "GROUP BY r.site, r.contract, r.supplier",
        [day for p in (before, after) for day in (p.start, p.stop, p.stop, p.start)],
    )
    return {
        (row["site"], row["contract"], row["supplier"]): (
            _state(row["before_invoiced"], row["before_running"]),
            _state(row["after_invoiced"], row["after_running"]),
        )
        for row in rows.iter_rows(named=True)
    }


MONTHS = (
    "jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?"
    "|oct(ober)?|nov(ember)?|dec(ember)?"
)
YEAR = r"(?:19|20)\d\d"
# A date in full, a month with its year, a quarter, a year: never a size ("7.5", "10/10").
DATED = re.compile(
    rf"\b(\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|{YEAR}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]{YEAR}"
    rf"|{YEAR}|q[1-4]|{MONTHS})\b",
    re.IGNORECASE,
)


def undated(description: str | None) -> str | None:
    """What a description says without months, quarters, years and dates: "Cleaning October 2026".

    None where nothing else is left: the invoices of two months are then of one thing.
    """
    words = re.findall(r"[^\W_](?:.*[^\W_])?", DATED.sub(" ", description or ""), re.DOTALL)
    return " ".join("".join(words).split()).casefold() or None
