"""What a usual month's labour is made of: hours and rates by role, of each site.

Pay that comes as one amount with hours beside it (a payroll that doesn't split pay by code) is
split by hours: an hour of overtime counts one and a half, of double time two. Hours without any
pay have no price and are left out, as they are left out of the cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl

from pipelines.analysis.scenarios.baseline import ZERO, Staff
from pipelines.calendar import Period
from pipelines.metrics import find
from pipelines.metrics.ask import ask
from pipelines.metrics.model import Measure
from pipelines.warehouse.reader import Reader

Where = Mapping[str, Sequence[str]]
Key = tuple[str, str]  # site, currency

HIRED = "agency", "contract"
TIMES = {"overtime": Fraction(3, 2), "double_time": Fraction(2)}  # of straight pay
BY = ("site", "month", "role", "kind", "pay_class")
HOURS = replace(find("paid_hours"), needs=("labor.pay",))
COST = find("labor_cost")
EMPLOYER = replace(
    COST,
    numerator=Measure("labor", "sum(f.employer_cost)", "f.counts AND f.employer_cost IS NOT NULL"),
)


@dataclass(slots=True)
class Sums:
    """A role's hours and money over some months; pay is without employer cost."""

    straight_hours: Fraction = ZERO
    straight_pay: Fraction = ZERO
    overtime_hours: Fraction = ZERO
    weighted_hours: Fraction = ZERO  # overtime hours in terms of straight pay
    overtime_pay: Fraction = ZERO
    leave_hours: Fraction = ZERO
    leave_pay: Fraction = ZERO
    unclassed: Fraction = ZERO  # pay whose code doesn't say what it is for
    bonus: Fraction = ZERO
    employer_cost: Fraction = ZERO
    agency_hours: Fraction = ZERO
    agency_cost: Fraction = ZERO


def staff_by_site(reader: Reader, where: Where, window: Period) -> dict[Key, tuple[Staff, ...]]:
    """A usual month's staff of each site and currency, over its months whose payroll is whole."""
    sums, months = summed(reader, where, window)
    parted = {key: {role: split(one) for role, one in roles.items()} for key, roles in sums.items()}
    hires = _hires(parted)
    premiums = _premiums(parted, hires)
    return {
        (site, currency): tuple(
            _staff(role, one, months[site], hires.get((currency, role)), premiums.get(currency))
            for role, one in sorted(roles.items())
        )
        for (site, currency), roles in parted.items()
    }


def summed(
    reader: Reader, where: Where, window: Period
) -> tuple[dict[Key, dict[str, Sums]], dict[str, int]]:
    """(sums by site, currency and role, months that they are of by site)."""
    whole = _whole_months(reader, where, window)
    months = dict(whole.group_by("site").len().iter_rows())
    sums: dict[Key, dict[str, Sums]] = {}
    for metric in (COST, EMPLOYER):
        frame = _asked(reader, metric, where, window, whole)
        for site, role, kind, pay_class, currency, amount in frame.iter_rows():
            one = sums.setdefault((site, currency), {}).setdefault(role, Sums())
            if metric is COST:
                _add_pay(one, kind, pay_class, Fraction(amount))
            else:
                # It is in the cost already, under the class of the line that states it.
                _add_pay(one, kind, pay_class, -Fraction(amount))
                one.employer_cost += Fraction(amount)
    # Hours have no currency: they are those of the pay of their role.
    paid: dict[tuple[str, str], Sums] = {}
    for (site, _), roles in sums.items():
        for role, one in roles.items():
            paid.setdefault((site, role), one)
    hours = _asked(reader, HOURS, where, window, whole)
    for site, role, kind, pay_class, amount in hours.iter_rows():
        if (site, role) in paid:
            _add_hours(paid[site, role], kind, pay_class, Fraction(amount))
    return sums, months


def _whole_months(reader: Reader, where: Where, window: Period) -> pl.DataFrame:
    """(site, start) of the months whose payroll is there to its end."""
    frame = ask(reader, COST, period=window, by=("site", "month"), where=where).frame
    whole = frame.filter(pl.col("value").is_not_null(), pl.col("present") >= pl.col("expected"))
    return whole.select("site", "start").unique()


def _asked(
    reader: Reader, metric: object, where: Where, window: Period, whole: pl.DataFrame
) -> pl.DataFrame:
    """A measure by site, role, kind, pay class and currency (of money), over the whole months."""
    frame = ask(reader, metric, period=window, by=BY, where=where).frame  # type: ignore[arg-type]
    names = [n for n in ("site", "role", "kind", "pay_class", "currency") if n in frame.columns]
    return (
        frame.drop_nulls("numerator")
        .join(whole, on=["site", "start"])
        .group_by(names)
        .agg(pl.col("numerator").sum())
        .sort(names)
    )


def _add_pay(one: Sums, kind: str, pay_class: str, amount: Fraction) -> None:
    if kind in HIRED:
        one.agency_cost += amount
    elif pay_class in ("regular", "on_call"):
        one.straight_pay += amount
    elif pay_class in TIMES:
        one.overtime_pay += amount
    elif pay_class == "leave":
        one.leave_pay += amount
    elif pay_class == "bonus":
        one.bonus += amount
    else:
        one.unclassed += amount


def _add_hours(one: Sums, kind: str, pay_class: str, hours: Fraction) -> None:
    if kind in HIRED:
        one.agency_hours += hours
    elif pay_class in ("regular", "on_call"):
        one.straight_hours += hours
    elif pay_class in TIMES:
        one.overtime_hours += hours
        one.weighted_hours += hours * TIMES[pay_class]
    elif pay_class == "leave":
        one.leave_hours += hours


def split(one: Sums) -> Sums:
    """Pay that comes in one amount, by hours; other sums as they are."""
    paid = one.straight_hours + one.weighted_hours + one.leave_hours
    if one.straight_pay or one.overtime_pay or one.leave_pay or not one.unclassed or not paid:
        return one
    rate = one.unclassed / paid
    return replace(
        one,
        straight_pay=one.straight_hours * rate,
        overtime_pay=one.weighted_hours * rate,
        leave_pay=one.leave_hours * rate,
        unclassed=ZERO,
    )


def _gross(one: Sums) -> Fraction:
    return one.straight_pay + one.overtime_pay + one.leave_pay + one.unclassed + one.bonus


def _hire(one: Sums) -> Fraction | None:
    """What an hour of own staff costs: straight rate, leave in proportion, employer cost."""
    if one.straight_hours <= 0 or one.straight_pay <= 0:
        return None
    rate = one.straight_pay / one.straight_hours
    return rate * (1 + one.leave_pay / one.straight_pay) * (1 + one.employer_cost / _gross(one))


def _hires(sums: Mapping[Key, Mapping[str, Sums]]) -> dict[Key, Fraction]:
    """The same for each role over all sites, by currency and role: for sites without their own."""
    pooled: dict[Key, Sums] = {}
    for (_, currency), roles in sums.items():
        for role, one in roles.items():
            total = pooled.setdefault((currency, role), Sums())
            for name in Sums.__dataclass_fields__:
                setattr(total, name, getattr(total, name) + getattr(one, name))
    found = {key: _hire(total) for key, total in pooled.items()}
    return {key: hire for key, hire in found.items() if hire}


def _premiums(
    sums: Mapping[Key, Mapping[str, Sums]], hires: Mapping[Key, Fraction]
) -> dict[str, Fraction]:
    """What agencies charge for each unit of what own staff cost, by currency: Σ charged / Σ own."""
    charged: dict[str, Fraction] = {}
    own: dict[str, Fraction] = {}
    for (_, currency), roles in sums.items():
        for role, one in roles.items():
            hire = _hire(one) or hires.get((currency, role))
            if hire and one.agency_hours > 0 and one.agency_cost > 0:
                charged[currency] = charged.get(currency, ZERO) + one.agency_cost
                own[currency] = own.get(currency, ZERO) + one.agency_hours * hire
    return {currency: amount / own[currency] for currency, amount in charged.items()}


def _staff(
    role: str, one: Sums, months: int, pooled: Fraction | None, premium: Fraction | None
) -> Staff:
    """A role's month. Pay without hours is a salary; agency cost without hours an invoice."""
    straight, overtime = one.straight_hours > 0, one.overtime_hours > 0
    hired, paid = one.agency_hours > 0, one.straight_hours > 0 and one.straight_pay != 0
    salary = one.unclassed
    if not straight:
        salary += one.straight_pay
    if not paid:
        salary += one.leave_pay
    if not overtime:
        salary += one.overtime_pay
    gross = _gross(one)
    return Staff(
        role=role,
        straight_hours=one.straight_hours / months if straight else ZERO,
        rate=one.straight_pay / one.straight_hours if straight else ZERO,
        overtime_hours=one.overtime_hours / months if overtime else ZERO,
        overtime_rate=one.overtime_pay / one.overtime_hours if overtime else ZERO,
        agency_hours=one.agency_hours / months if hired else ZERO,
        agency_rate=one.agency_cost / one.agency_hours if hired else ZERO,
        leave=one.leave_pay / one.straight_pay if paid else ZERO,
        on_costs=one.employer_cost / gross if gross else ZERO,
        salary=salary / months,
        bonus=(one.bonus if gross else one.bonus + one.employer_cost) / months,
        invoices=ZERO if hired else one.agency_cost / months,
        hire=_hire(one) or pooled,
        premium=premium,
    )
