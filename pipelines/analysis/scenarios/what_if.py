"""What if: the change in the landing as the sum of its parts and their interaction, to the cent.

The cost of a cell is a function of the levers that are pulled on it. A lever's part is what the
cost changes when it alone is pulled, the interaction what all together change beyond that:

    change = Σ (C(lever) - C(none)) + interaction

    staffing   k × [(S × B × (1 + leave) + salary) × (1 + e) × w   straight time
                    + O × (o × q × (1 + e) + (1 - o) × h) × w      overtime, and hours paid straight
                    + A × (a × p + (1 - a) × h × w)                agency, and hours taken over
                    + Z × (a + (1 - a) × w / premium)]             agency invoices without hours
               + bonus × (1 + e)
    bought     amount × (1 - v + v × V) × price × ((1 + e + d) / (1 + e)) ^ rises

k = 1 + v × (V - 1) with v the share that follows volume and V the volume's factor; w, a, o and
price are the factors of wage, agency, overtime and price levers, d points of the escalator, h what
an hour of own staff costs in all (`baseline`). Hours that are dropped cost nothing. Levers of one
kind multiply. All of it is exact; each part of a cell is rounded to the cent and the new cost is
the sum, so every grouping adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from pipelines.analysis.scenarios.baseline import (
    MONEY,
    ONE,
    ZERO,
    Baseline,
    Bought,
    Cell,
    Place,
    Staff,
    cents,
)
from pipelines.analysis.scenarios.scenario import PRICED, Lever, Scenario

INTERACTION = 0  # the number under which the interaction stands; levers count from 1


@dataclass(frozen=True, slots=True)
class Change:
    """What one lever (`number`, from 1) changes in a cell, or all together beyond (0)."""

    site: str
    month: date
    subject: str
    currency: str
    number: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Moved:
    """What a lever alone did, over all cells of a currency.

    `agency_hours` and `overtime_hours` are those that it took away, `hired_hours` those that own
    staff work or are paid straight for in their stead, at `hired_cost` in all; `agency_cost` and
    `overtime_cost` what the taken hours had cost. `invoices` is agency money without hours that
    was cut, `stuck` agency money that no lever could cut, because nobody's rate is known.
    `touched` counts the cells that it changed.
    """

    agency_hours: Fraction = ZERO
    agency_cost: Fraction = ZERO
    overtime_hours: Fraction = ZERO
    overtime_cost: Fraction = ZERO
    hired_hours: Fraction = ZERO
    hired_cost: Fraction = ZERO
    invoices: Fraction = ZERO
    stuck: Fraction = ZERO
    touched: int = 0

    def __add__(self, other: Moved) -> Moved:
        names = Moved.__dataclass_fields__
        return Moved(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def times(self, factor: Fraction) -> Moved:
        """The same of so much more or less; `touched` still counts cells."""
        if factor == 1:
            return self
        names = [name for name in Moved.__dataclass_fields__ if name != "touched"]
        return replace(self, **{name: getattr(self, name) * factor for name in names})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario played on a baseline. `moved` is by currency and number of the lever."""

    scenario: Scenario
    baseline: Baseline
    changes: tuple[Change, ...]
    moved: Mapping[tuple[str, int], Moved]

    def parts(self, currency: str) -> dict[int, Decimal]:
        """What each lever changes, by its number; the interaction last, where levers meet."""
        found = dict.fromkeys(range(1, len(self.scenario.levers) + 1), Decimal(0))
        found[INTERACTION] = Decimal(0)
        for change in self.changes:
            if change.currency == currency:
                found[change.number] += change.amount
        return found

    def change(self, currency: str) -> Decimal:
        """The whole change of the landing."""
        return sum(self.parts(currency).values(), Decimal(0))

    def landing(self, currency: str) -> Decimal:
        """Where the year lands with the scenario."""
        return self.baseline.landing(currency) + self.change(currency)

    def reach(self, currency: str) -> tuple[Decimal, Decimal] | None:
        """The 80 % range of where it lands: that of the landing it starts from, moved along.

        What the levers change is taken as sure. None where the start has no range.
        """
        if (apart := self.baseline.reach.get(currency)) is None:
            return None
        landing = self.landing(currency)
        return landing - apart, landing + apart

    def frame(self) -> pl.DataFrame:
        """The changes: site, month, subject, currency, number, lever (its text), amount.

        The interaction has number 0 and no lever. The amounts of any rows add up to what those
        sites, months or subjects change.
        """
        codes = {at: lever.code for at, lever in enumerate(self.scenario.levers, 1)}
        rows = [
            (c.site, c.month, c.subject, c.currency, c.number, codes.get(c.number), c.amount)
            for c in self.changes
        ]
        schema: dict[str, Any] = {
            "site": pl.String, "month": pl.Date, "subject": pl.String, "currency": pl.String,
            "number": pl.Int64, "lever": pl.String, "amount": MONEY,
        }  # fmt: skip
        return pl.DataFrame(rows, schema=schema, orient="row")


def what_if(baseline: Baseline, scenario: Scenario) -> Outcome:
    """Play a scenario on a baseline: what each lever changes, and all together beyond that."""
    changes: list[Change] = []
    moved: dict[tuple[str, int], Moved] = {}
    known: dict[tuple[int, int, Fraction, tuple[int, ...]], Effects] = {}
    for cell in baseline.cells:
        place = baseline.places.get(cell.site) or Place(cell.site, "", "")
        pulled = {
            number: lever
            for number, lever in enumerate(scenario.levers, 1)
            if _concerns(lever, cell, place)
        }
        # Months that share their staff are played once: the cost of a cell is linear in its scale.
        key = id(cell.staff), id(cell.bought), cell.variable, tuple(pulled)
        if key not in known:
            known[key] = _effects(cell, pulled)
        for number, (amount, done) in known[key].items():
            if done:
                held = moved.get((cell.currency, number), Moved())
                moved[cell.currency, number] = held + done.times(cell.scale)
            if amount:
                changes.append(Change(*cell.key, number, cents(amount * cell.scale)))
    return Outcome(scenario, baseline, tuple(changes), moved)


# What each lever, by its number, changes in a cell of scale 1, and what it did; 0 is beyond that.
Effects = dict[int, tuple[Fraction, Moved | None]]


def _effects(cell: Cell, pulled: Mapping[int, Lever]) -> Effects:
    if not pulled:
        return {}
    one = replace(cell, scale=ONE)
    base, found = one.amount, Effects()
    for number, lever in pulled.items():
        cost, done = _played(one, [lever])
        found[number] = cost - base, replace(done, touched=int(cost != base))
    if len(pulled) > 1:
        together, _ = _played(one, list(pulled.values()))
        alone = sum((amount for amount, _ in found.values()), ZERO)
        found[INTERACTION] = together - base - alone, None
    return found


def _concerns(lever: Lever, cell: Cell, place: Place) -> bool:
    """Whether a lever can be pulled on a cell; what it does to its rows is seen there."""
    known = {"site": cell.site, "region": place.region, "kind": place.kind, "subject": cell.subject}
    if any(known[name] not in values for name, values in lever.scope if name in known):
        return False
    if lever.kind in ("agency", "overtime", "wage"):
        return cell.subject == "staffing" and lever.covers(cell.month)
    if lever.kind == "volume":
        return bool(cell.variable) and lever.covers(cell.month)
    if lever.kind == "price":
        return cell.subject in PRICED and lever.covers(cell.month)
    return any(lever.covers(rise) for item in cell.bought for rise in item.rises)


def _played(cell: Cell, levers: Sequence[Lever]) -> tuple[Fraction, Moved]:
    volume = _product(1 + _share(lever) for lever in levers if lever.kind == "volume")
    busy = 1 + cell.variable * (volume - 1)
    cost, moved = ZERO, Moved()
    for one in cell.staff:
        paid, done = _staffed(one, levers, busy)
        cost, moved = cost + paid, moved + done
    for item in cell.bought:
        cost += _bought(item, cell, levers) * busy
    return cost, moved


def _staffed(one: Staff, levers: Sequence[Lever], busy: Fraction) -> tuple[Fraction, Moved]:
    """What a role costs under the levers, and what they did to its hours."""
    mine = [lever for lever in levers if _about(lever, "role", one.role)]
    wage = _product(1 + _share(lever) for lever in mine if lever.kind == "wage")
    hire = one.hire or ZERO
    agency, taken_over = _left(mine, "agency", known=one.hire is not None)
    overtime, straightened = _left(mine, "overtime", known=one.hire is not None)
    billed, billed_over = _left(mine, "agency", known=one.premium is not None)
    hired = one.agency_hours * taken_over + one.overtime_hours * straightened
    replaced = one.invoices * billed_over / (one.premium or ONE)
    cost = busy * (
        (one.straight_cost + one.overtime_cost * overtime + hired * hire + replaced) * wage
        + one.agency_cost * agency
        + one.invoices * billed
    ) + one.bonus * (1 + one.on_costs)
    cut = 1 - _product(1 + _share(lever) for lever in mine if lever.kind == "agency")
    done = Moved(
        agency_hours=one.agency_hours * (1 - agency),
        agency_cost=one.agency_cost * (1 - agency),
        overtime_hours=one.overtime_hours * (1 - overtime),
        overtime_cost=one.overtime_cost * (1 - overtime),
        hired_hours=hired,
        hired_cost=hired * hire,
        invoices=one.invoices * (1 - billed),
        stuck=one.agency_cost * (agency - 1 + cut) + one.invoices * (billed - 1 + cut),
    )
    return cost, done


def _bought(item: Bought, cell: Cell, levers: Sequence[Lever]) -> Fraction:
    """What is bought at the levers' prices, before volume."""
    mine = [lever for lever in levers if _about(lever, "contract", item.contract)]
    price = _product(
        1 + _share(lever) for lever in mine if lever.kind == "price" and cell.subject in PRICED
    )
    rises = _product((1 + rate + _points(mine, month)) / (1 + rate) for month, rate in item.risen())
    return item.amount * price * rises


def _points(levers: Sequence[Lever], rise: date) -> Fraction:
    """The points that the levers add to a price rise of that month."""
    wanted = (lever for lever in levers if lever.kind == "escalator" and lever.covers(rise))
    return sum(map(_share, wanted), ZERO)


def _left(levers: Sequence[Lever], kind: str, *, known: bool) -> tuple[Fraction, Fraction]:
    """The share of hours that stays, and the share that own staff take over at straight pay.

    Where their rate is not `known` hours can be dropped, but nobody can be hired for them.
    """
    stays, over = ONE, ZERO
    for lever in levers:
        if lever.kind == kind and (known or lever.way == "drop"):
            cut = -stays * _share(lever)
            stays -= cut
            over += cut if lever.way != "drop" else ZERO
    return stays, over


def _about(lever: Lever, name: str, value: str) -> bool:
    return all(value in values for scope, values in lever.scope if scope == name)


def _share(lever: Lever) -> Fraction:
    return Fraction(lever.size) / 100


def _product(factors: Iterable[Fraction]) -> Fraction:
    found = ONE
    for factor in factors:
        found *= factor
    return found
