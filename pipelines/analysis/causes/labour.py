"""Why labour cost differs from budget: a bridge whose parts add up to the cent.

Volume, efficiency, mix and rate as in the standard variance analysis, with roles; overtime
premium, agency premium and other pay on lines of their own (DOMAIN.md, section 3). For a role r,
H is hours worked by anyone, B the employees' straight-time rate, V the site's volume; b is the
budget, a the actual:

    volume            (H* - Hb) × mean Bb          H* = fixed + (Hb - fixed) × Va / Vb
    efficiency        (Ha - H*) × mean Bb          mean Bb = sum of Hb,r Bb,r / Hb
    mix               sum of (Ha,r - Ha × Hb,r / Hb) × Bb,r
    rate              sum of Ha,r × (Ba,r - Bb,r)
    overtime premium  change in overtime pay - overtime hours × B
    agency premium    change in agency cost - agency hours × B
    other pay         change in pay without worked hours

Everything is exact (fractions) until the last step. There each part is rounded to the cent and
what rounding left over is put into the largest part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

import polars as pl

from pipelines.errors import UsageProblem

Part = Literal[
    "volume",
    "efficiency",
    "hours",
    "new_activity",
    "mix",
    "rate",
    "unbudgeted_role",
    "overtime_premium",
    "agency_premium",
    "other_pay",
]
PARTS: tuple[Part, ...] = get_args(Part)
ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class RoleLabor:
    """Hours (h) and money of one role, budgeted or actual.

    `straight_*` are employees' worked hours at their base rate and the pay for them, `overtime_*`
    the overtime hours and their whole pay, `agency_*` the agencies' hours and charges.
    `other_pay` is money without worked hours: leave, bonus, retroactive pay, employer cost.
    """

    role: str | None
    straight_hours: Decimal = ZERO
    straight_pay: Decimal = ZERO
    overtime_hours: Decimal = ZERO
    overtime_pay: Decimal = ZERO
    agency_hours: Decimal = ZERO
    agency_cost: Decimal = ZERO
    other_pay: Decimal = ZERO


AMOUNTS = tuple(field.name for field in fields(RoleLabor) if field.name != "role")
MONEY = ("straight_pay", "overtime_pay", "agency_cost", "other_pay")


@dataclass(frozen=True, slots=True)
class SiteLabor:
    """The labour of one site: its volume, None where none is known, and its roles.

    `fixed_hours` are hours that don't follow volume; only the budget's are read. A role that
    comes twice is added up.
    """

    volume: Decimal | None
    roles: tuple[RoleLabor, ...]
    fixed_hours: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Bridge:
    """Budget, actual and the parts between, as money; a positive part is cost above budget.

    `parts` holds every line of `PARTS` in order, None where the line has no meaning here:
    volume and efficiency where they can't be told apart, and then `new_activity` (no budgeted
    volume) or `hours` (volume not known) holds both. The parts sum to `total`.
    """

    budget: Decimal
    actual: Decimal
    parts: Mapping[Part, Decimal | None]

    @property
    def total(self) -> Decimal:
        """Actual less budget."""
        return self.actual - self.budget


@dataclass(frozen=True, slots=True)
class _Role:
    """A role of one side in exact numbers: `hours` H, `rate` B (None without straight hours)."""

    hours: Fraction
    rate: Fraction | None
    overtime_hours: Fraction
    overtime_pay: Fraction
    agency_hours: Fraction
    agency_cost: Fraction
    worked_pay: Fraction
    other_pay: Fraction


def bridge(budget: SiteLabor, actual: SiteLabor, *, cent: Decimal = CENT) -> Bridge:
    """The bridge of one site from budget to actual.

    A role without budgeted hours has no budget rate: its worked pay is `unbudgeted_role`. Where
    a side has no employee hours in a role, the other side's straight-time rate stands for its
    own, and without either the role's own mean rate, so that no premium shows. Pay and agency
    cost without hours are other pay. `cent` is the currency's smallest unit. UsageProblem for a
    number that is not finite.
    """
    before, after = _by_role(budget.roles), _by_role(actual.roles)
    pairs = [_paired(before.get(role), after.get(role)) for role in {**before, **after}]
    exact = _parts(pairs, budget, actual)
    low, high = (
        _rounded(sum(map(_cost, side.values()), Fraction(0)), cent) for side in (before, after)
    )
    return Bridge(low, high, _closed(exact, high - low, cent))


def add(bridges: Iterable[Bridge]) -> Bridge:
    """The bridge of several sites: the sum of theirs, never a bridge of their sums or averages.

    A part is None only where no site has it. All bridges must be of one currency.
    """
    every = list(bridges)
    parts: dict[Part, Decimal | None] = {}
    for part in PARTS:
        known = [value for one in every if (value := one.parts[part]) is not None]
        parts[part] = sum(known, ZERO) if known else None
    return Bridge(
        sum((one.budget for one in every), ZERO), sum((one.actual for one in every), ZERO), parts
    )


def bridge_sites(
    budget: pl.DataFrame, actual: pl.DataFrame, volume: pl.DataFrame, *, cent: Decimal = CENT
) -> dict[str, Bridge]:
    """The bridge of each site, in order of name.

    `budget` and `actual` have `site`, `role` and the amounts of `RoleLabor` (a column left out is
    0 throughout, a null 0); `volume` has one row a site: `site`, `budget`, `actual` (null where
    not known) and, if wanted, `fixed_hours`. UsageProblem where a column is missing, a site
    comes twice in `volume`, or the amounts are in more than one currency (`currency` column).
    """
    _check_frames(budget, actual, volume)
    volumes = {row["site"]: row for row in volume.iter_rows(named=True)}
    before, after = _roles_of(budget), _roles_of(actual)
    found = {}
    for site in sorted({*before, *after}):
        known = volumes.get(site, {})
        fixed = _exact(known.get("fixed_hours")) or ZERO
        plan = SiteLabor(_exact(known.get("budget")), before.get(site, ()), fixed)
        done = SiteLabor(_exact(known.get("actual")), after.get(site, ()))
        found[site] = bridge(plan, done, cent=cent)
    return found


def _by_role(roles: Sequence[RoleLabor]) -> dict[str | None, _Role]:
    summed: dict[str | None, dict[str, Fraction]] = {}
    for one in roles:
        amounts = summed.setdefault(one.role, dict.fromkeys(AMOUNTS, Fraction(0)))
        for name in AMOUNTS:
            amounts[name] += _fraction(getattr(one, name))
    return {role: _role(amounts) for role, amounts in summed.items()}


def _role(amounts: Mapping[str, Fraction]) -> _Role:
    """Tell worked pay from other pay: straight pay and agency cost without hours are other."""
    straight, pay = amounts["straight_hours"], amounts["straight_pay"]
    agency, charged = amounts["agency_hours"], amounts["agency_cost"]
    loose_pay = Fraction(0) if straight else pay
    loose_charge = Fraction(0) if agency else charged
    worked = pay - loose_pay + charged - loose_charge + amounts["overtime_pay"]
    return _Role(
        hours=straight + amounts["overtime_hours"] + agency,
        rate=pay / straight if straight else None,
        overtime_hours=amounts["overtime_hours"],
        overtime_pay=amounts["overtime_pay"],
        agency_hours=agency,
        agency_cost=charged - loose_charge,
        worked_pay=worked,
        other_pay=amounts["other_pay"] + loose_pay + loose_charge,
    )


_NOBODY = _Role(Fraction(0), None, *[Fraction(0)] * 6)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A role on both sides, with the rates B that stand for each."""

    budget: _Role
    actual: _Role
    budget_rate: Fraction
    actual_rate: Fraction

    @property
    def is_worked(self) -> bool:
        """Whether anyone worked in the role, or was paid for it."""
        return any(side.hours or side.worked_pay for side in (self.budget, self.actual))


def _paired(budget: _Role | None, actual: _Role | None) -> _Pair:
    before, after = budget or _NOBODY, actual or _NOBODY
    return _Pair(before, after, _rate(before, after), _rate(after, before))


def _rate(own: _Role, other: _Role) -> Fraction:
    """B of one side; any value keeps the sum exact where the side has no straight hours."""
    for rate in (own.rate, other.rate):
        if rate is not None:
            return rate
    side = own if own.hours else other
    return side.worked_pay / side.hours if side.hours else Fraction(0)


def _cost(role: _Role) -> Fraction:
    return role.worked_pay + role.other_pay


def _parts(
    pairs: Sequence[_Pair], budget: SiteLabor, actual: SiteLabor
) -> dict[Part, Fraction | None]:
    """Every line, unrounded; None where it has no meaning for this site."""
    parts: dict[Part, Fraction | None] = dict.fromkeys(PARTS)
    parts["other_pay"] = _change(pairs, lambda role, _: role.other_pay)
    planned = [pair for pair in pairs if pair.budget.hours]
    unplanned = [pair for pair in pairs if not pair.budget.hours and pair.is_worked]
    hours = sum((pair.budget.hours for pair in planned), Fraction(0))
    if not hours:
        # Nothing to compare with: a new site, or one whose budget has no hours.
        line: Part = "unbudgeted_role" if budget.volume else "new_activity"
        parts[line] = _change(pairs, lambda role, _: role.worked_pay)
        return parts
    if unplanned:
        parts["unbudgeted_role"] = _change(unplanned, lambda role, _: role.worked_pay)
    parts["overtime_premium"] = _change(
        planned, lambda role, rate: role.overtime_pay - role.overtime_hours * rate
    )
    parts["agency_premium"] = _change(
        planned, lambda role, rate: role.agency_cost - role.agency_hours * rate
    )
    return parts | _mix_and_rate(planned, hours) | _by_volume(planned, hours, budget, actual)


def _change(pairs: Sequence[_Pair], amount: Callable[[_Role, Fraction], Fraction]) -> Fraction:
    """Actual less budget of an amount that depends on a role and its rate, over all roles."""
    return sum(
        (amount(p.actual, p.actual_rate) - amount(p.budget, p.budget_rate) for p in pairs),
        Fraction(0),
    )


def _mix_and_rate(planned: Sequence[_Pair], hours: Fraction) -> dict[Part, Fraction | None]:
    worked = sum((pair.actual.hours for pair in planned), Fraction(0))
    mix = sum(
        ((p.actual.hours - worked * p.budget.hours / hours) * p.budget_rate for p in planned),
        Fraction(0),
    )
    rate = sum((p.actual.hours * (p.actual_rate - p.budget_rate) for p in planned), Fraction(0))
    return {"mix": mix, "rate": rate}


def _by_volume(
    planned: Sequence[_Pair], hours: Fraction, budget: SiteLabor, actual: SiteLabor
) -> dict[Part, Fraction | None]:
    """The change in hours at the mean budget rate: what volume explains, and what it doesn't."""
    worked = sum((pair.actual.hours for pair in planned), Fraction(0))
    rate = sum((p.budget.hours * p.budget_rate for p in planned), Fraction(0)) / hours
    if budget.volume is None or actual.volume is None:
        return {"hours": (worked - hours) * rate}
    if not budget.volume:
        return {"new_activity": (worked - hours) * rate}
    fixed = _fraction(budget.fixed_hours)
    growth = _fraction(actual.volume) / _fraction(budget.volume)
    earned = fixed + (hours - fixed) * growth
    return {"volume": (earned - hours) * rate, "efficiency": (worked - earned) * rate}


def _closed(
    exact: Mapping[Part, Fraction | None], total: Decimal, cent: Decimal
) -> dict[Part, Decimal | None]:
    """Parts to the cent; the cents that rounding leaves go into the largest part, either sign."""
    known = {part: _rounded(value, cent) for part, value in exact.items() if value is not None}
    largest = max(known, key=lambda part: abs(known[part]))
    known[largest] += total - sum(known.values(), ZERO)
    return {part: known.get(part) for part in exact}


def _rounded(amount: Fraction, cent: Decimal) -> Decimal:
    """To the nearest cent, half to even."""
    return round(amount / Fraction(cent)) * cent


def _fraction(number: Decimal) -> Fraction:
    if not number.is_finite():
        raise UsageProblem("hours, pay and volume must be finite numbers")
    return Fraction(number)


def _check_frames(budget: pl.DataFrame, actual: pl.DataFrame, volume: pl.DataFrame) -> None:
    for name, frame, needed in (
        ("budget", budget, {"site", "role"}),
        ("actual", actual, {"site", "role"}),
        ("volume", volume, {"site", "budget", "actual"}),
    ):
        if missing := sorted(needed - set(frame.columns)):
            raise UsageProblem(f"the {name} frame lacks {', '.join(missing)}")
        floats = [c for c in MONEY if c in frame.columns and frame.schema[c].is_float()]
        if floats:
            raise UsageProblem(f"{', '.join(floats)} of the {name} frame must be decimal: money is")
    if volume["site"].is_duplicated().any():
        raise UsageProblem("a site comes twice in the volume frame")
    currencies = {c for f in (budget, actual) if "currency" in f.columns for c in f["currency"]}
    if len(currencies) > 1:
        raise UsageProblem("amounts are in more than one currency; make a bridge for each")


def _roles_of(frame: pl.DataFrame) -> dict[str, tuple[RoleLabor, ...]]:
    named = [name for name in AMOUNTS if name in frame.columns]
    found: dict[str, list[RoleLabor]] = {}
    for row in frame.iter_rows(named=True):
        one = RoleLabor(row["role"], **{name: _exact(row[name]) or ZERO for name in named})
        found.setdefault(row["site"], []).append(one)
    return {site: tuple(roles) for site, roles in found.items()}


def _exact(cell: Decimal | float | None) -> Decimal | None:
    """A cell as decimal; a float (hours, volume) as the shortest decimal that it prints as."""
    return None if cell is None else Decimal(str(cell))
