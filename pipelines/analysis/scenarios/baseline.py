"""What the months to come are expected to cost, in terms of what drives the cost.

A cell is a site, a month and a subject. Staffing is hours times rates by role, what is bought is
money by contract; so a lever (`pipelines.analysis.scenarios.scenario`) can be pulled on it.
Everything is exact (fractions): amounts are rounded to the cent when they are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

import polars as pl

from pipelines.errors import UsageProblem

CENT = Decimal("0.01")
ZERO = Fraction(0)
ONE = Fraction(1)
MONEY = pl.Decimal(38, 2)
KEYS = "site", "month", "subject", "currency"


@dataclass(frozen=True, slots=True)
class Staff:
    """The labour of one role in a cell.

    `straight_hours` are employees' worked hours at their base rate `rate`, `overtime_rate` and
    `agency_rate` what an hour of those costs. `leave` is pay for leave as a share of straight pay,
    `on_costs` employer cost as a share of gross pay. `salary` is gross pay of which no hours are
    stated, `bonus` gross pay that follows none, `invoices` what agencies charged without hours.

    `hire` is what an hour costs that own staff take over, leave and employer cost included; None
    where nobody's rate is known. `premium` is what an agency's hour costs for each unit of it,
    for invoices without hours; None where that isn't known either.
    """

    role: str
    straight_hours: Fraction = ZERO
    rate: Fraction = ZERO
    overtime_hours: Fraction = ZERO
    overtime_rate: Fraction = ZERO
    agency_hours: Fraction = ZERO
    agency_rate: Fraction = ZERO
    leave: Fraction = ZERO
    on_costs: Fraction = ZERO
    salary: Fraction = ZERO
    bonus: Fraction = ZERO
    invoices: Fraction = ZERO
    hire: Fraction | None = None
    premium: Fraction | None = None

    @property
    def straight_cost(self) -> Fraction:
        """Straight pay with leave, and salaries, with employer cost."""
        straight = self.straight_hours * self.rate * (1 + self.leave)
        return (straight + self.salary) * (1 + self.on_costs)

    @property
    def overtime_cost(self) -> Fraction:
        """Overtime pay with employer cost."""
        return self.overtime_hours * self.overtime_rate * (1 + self.on_costs)

    @property
    def agency_cost(self) -> Fraction:
        """What agencies charge for stated hours."""
        return self.agency_hours * self.agency_rate

    @property
    def cost(self) -> Fraction:
        """All of it."""
        bonus = self.bonus * (1 + self.on_costs)
        return self.straight_cost + self.overtime_cost + self.agency_cost + bonus + self.invoices

    def times(self, factor: Fraction) -> Staff:
        """The same at the same rates, so much more or less of it."""
        return replace(
            self,
            straight_hours=self.straight_hours * factor,
            overtime_hours=self.overtime_hours * factor,
            agency_hours=self.agency_hours * factor,
            salary=self.salary * factor,
            bonus=self.bonus * factor,
            invoices=self.invoices * factor,
        )


@dataclass(frozen=True, slots=True)
class Bought:
    """What is bought in a cell, under one contract (empty: under none).

    `rises` are the months, up to the cell's, in which the price has risen since the months that
    the amount was taken from, `rates` by what share each time (by `escalator` where none are
    given), and `escalator` the last of them.
    """

    contract: str
    amount: Fraction
    escalator: Fraction = ZERO
    rises: tuple[date, ...] = ()
    rates: tuple[Fraction, ...] = ()

    def risen(self) -> Iterable[tuple[date, Fraction]]:
        """Each rise's month and share."""
        return zip(self.rises, self.rates or (self.escalator,) * len(self.rises), strict=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """A site's cost of one subject in a month to come, and what drives it.

    `variable` is the share that follows volume: of staffing its hours, of the rest its amount.
    There is `scale` times as much of everything as `staff` and `bought` say, which cells of
    several months share.
    """

    site: str
    month: date
    subject: str
    currency: str
    staff: tuple[Staff, ...] = ()
    bought: tuple[Bought, ...] = ()
    variable: Fraction = ZERO
    volume: Fraction | None = None
    scale: Fraction = ONE
    _unscaled: Fraction | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def key(self) -> tuple[str, date, str, str]:
        """Site, month, subject and currency."""
        return self.site, self.month, self.subject, self.currency

    @property
    def amount(self) -> Fraction:
        """What it costs. The sum is kept: a page asks for it several times, of every cell."""
        if self._unscaled is None:
            staff = added(one.cost for one in self.staff)
            whole = staff + added(item.amount for item in self.bought)
            object.__setattr__(self, "_unscaled", whole)
        assert self._unscaled is not None
        return self._unscaled * self.scale

    def at(self, month: date, dearer: Mapping[int, Bought] | None = None) -> Cell:
        """The cell in another month: the same drivers, but for items that are `dearer` by then.

        They are told by their place. The sum follows from them: the others needn't be added again.
        """
        if not dearer:
            same, more = replace(self, month=month), ZERO
        else:
            bought = list(self.bought)
            for at, item in dearer.items():
                bought[at] = item
            same = replace(self, month=month, bought=tuple(bought))
            more = added(item.amount - self.bought[at].amount for at, item in dearer.items())
        if self._unscaled is not None:
            object.__setattr__(same, "_unscaled", self._unscaled + more)
        return same

    def costing(self, amount: Fraction) -> Cell:
        """The cell at another amount, with the same rates and shares.

        Where nothing is known of it the amount stands under no contract and follows nothing.
        """
        own = self.amount
        if not own:
            return replace(self, staff=(), bought=(Bought("", amount),), scale=ONE)
        same = replace(self, scale=self.scale * amount / own)
        object.__setattr__(same, "_unscaled", self._unscaled)
        return same


@dataclass(frozen=True, slots=True)
class Place:
    """What levers know a site by."""

    name: str
    region: str
    kind: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The rest of a fiscal year, if nothing is changed.

    `cells` are its months to come, `so_far` what is spent before, by site, subject and currency
    (a missing export taken at the run rate). `notes` say in sentences how it was made; `shares`
    is how the variable share of labour was found, for `pipelines.analysis.scenarios.assumed`.
    `reach` is by currency how far the landing's 80 % range goes to either side, where it is known.
    """

    cells: tuple[Cell, ...]
    places: Mapping[str, Place]
    so_far: Mapping[tuple[str, str, str], Decimal]
    start: date
    last: date
    stop: date
    notes: tuple[str, ...] = ()
    shares: str = ""
    reach: Mapping[str, Decimal] = field(default_factory=dict)
    _landings: dict[str, Decimal] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _roles: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    @property
    def currencies(self) -> list[str]:
        """Its currencies, that of the most cells first."""
        counts: dict[str, int] = {}
        for cell in self.cells:
            counts[cell.currency] = counts.get(cell.currency, 0) + 1
        for _, _, currency in self.so_far:
            counts.setdefault(currency, 0)
        return sorted(counts, key=lambda currency: (-counts[currency], currency))

    def landing(self, currency: str) -> Decimal:
        """What the year costs at its end: so far, and the months to come, each cell in cents.

        The sum is kept: a page asks for it several times.
        """
        if currency not in self._landings:
            spent = sum((v for (_, _, c), v in self.so_far.items() if c == currency), Decimal(0))
            self._landings[currency] = spent + sum(
                (cents(cell.amount) for cell in self.cells if cell.currency == currency), Decimal(0)
            )
        return self._landings[currency]

    @property
    def roles(self) -> set[str]:
        """The roles of its staff."""
        if not self._roles:
            self._roles.update(one.role for cell in self.cells for one in cell.staff)
        return self._roles

    def scaled(
        self,
        remaining: pl.DataFrame,
        so_far: Mapping[tuple[str, str, str], Decimal] | None = None,
        *,
        note: str = "",
    ) -> Baseline:
        """The same drivers at a forecast's amounts.

        `remaining` has site, month, subject, currency and amount (Decimal) of the months to come;
        its cells take the place of those there, a cell that it lacks stays. `so_far` may replace
        what is spent before, and `note` the sentences on how the amounts were found. UsageProblem
        where columns are missing, or a cell comes twice.
        """
        if missing := sorted({*KEYS, "amount"} - set(remaining.columns)):
            raise UsageProblem(f"the forecast lacks {', '.join(missing)}")
        if remaining.select(KEYS).is_duplicated().any():
            raise UsageProblem("the forecast has a site, month and subject twice")
        known = {cell.key: cell for cell in self.cells}
        for row in remaining.iter_rows(named=True):
            key = row["site"], row["month"], row["subject"], row["currency"]
            cell = known.get(key) or Cell(*key)
            known[key] = cell.costing(Fraction(Decimal(str(row["amount"]))))
        return replace(
            self,
            cells=tuple(known[key] for key in sorted(known)),
            so_far=self.so_far if so_far is None else so_far,
            notes=(note,) if note else self.notes,
        )

    def frame(self) -> pl.DataFrame:
        """A row for each role and contract of each cell: its drivers, as people read them.

        Columns: site, month, subject, currency, role, contract, straight_hours, rate,
        overtime_hours, overtime_pay, agency_hours, agency_pay, other (pay and invoices without
        hours), hire (what an hour of own staff costs in all), amount, escalator (%), variable
        (share that follows volume), volume. Null is what a row doesn't have.
        """
        rows = [row for cell in self.cells for row in _rows(cell)]
        numbers = dict.fromkeys(
            ("straight_hours", "rate", "overtime_hours", "overtime_pay", "agency_hours",
             "agency_pay", "other", "hire"), pl.Float64,
        )  # fmt: skip
        schema: dict[str, Any] = {
            "site": pl.String, "month": pl.Date, "subject": pl.String, "currency": pl.String,
            "role": pl.String, "contract": pl.String, **numbers, "amount": MONEY,
            "escalator": pl.Float64, "variable": pl.Float64, "volume": pl.Float64,
        }  # fmt: skip
        return pl.DataFrame(rows, schema=schema)


def _rows(cell: Cell) -> Iterable[dict[str, object]]:
    common = {
        "site": cell.site, "month": cell.month, "subject": cell.subject,
        "currency": cell.currency, "variable": float(cell.variable),
        "volume": None if cell.volume is None else float(cell.volume),
    }  # fmt: skip
    for one in (each.times(cell.scale) for each in cell.staff):
        other = (one.salary + one.bonus) * (1 + one.on_costs) + one.invoices
        yield common | {
            "role": one.role,
            "straight_hours": float(one.straight_hours),
            "rate": float(one.rate),
            "overtime_hours": float(one.overtime_hours),
            "overtime_pay": float(one.overtime_hours * one.overtime_rate),
            "agency_hours": float(one.agency_hours),
            "agency_pay": float(one.agency_cost),
            "other": float(other),
            "hire": None if one.hire is None else float(one.hire),
            "amount": cents(one.cost),
        }
    for item in cell.bought:
        yield common | {
            "contract": item.contract or None,
            "amount": cents(item.amount * cell.scale),
            "escalator": float(item.escalator * 100),
        }


def added(amounts: Iterable[Fraction]) -> Fraction:
    """Their sum, exactly; many of the same denominator are summed as whole numbers."""
    sums: dict[int, int] = {}
    for amount in amounts:
        over, under = amount.as_integer_ratio()
        sums[under] = sums.get(under, 0) + over
    common = lcm(*sums)
    return Fraction(sum(over * (common // under) for under, over in sums.items()), common)


def cents(amount: Fraction) -> Decimal:
    """To the nearest cent, half to even."""
    return round(amount / Fraction(CENT)) * CENT
