"""Why labour cost changed, or differs from its budget, from the read model, site by site.

Between two periods a site has its roles on both sides: its bridge is that of
`pipelines.analysis.causes.labour` in all its parts. It counts where every month of its payroll is
there in both. What other sites changed by is one line, `apart`, so that all lines add up to the
change of the cost.

A budget states hours and a volume for a site, and no roles: its bridge has volume, efficiency and
rate alone, and the rate is what an hour of work costs in all, mix, premiums and leave among it.
Its hours are read as hours worked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from pipelines.analysis.causes.labour import (
    ZERO,
    Bridge,
    RoleLabor,
    SiteLabor,
    add,
    bridge,
)
from pipelines.analysis.scenarios.elasticity import (
    Elasticity,
    Fixed,
    Seen,
    elasticity_of,
    history,
    seen_in,
)
from pipelines.analysis.scenarios.labour_drivers import COST, Sums, split, summed
from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.metrics.budget import BOTH, budget_of, sides_of
from pipelines.metrics.model import IN_MONTHS, Measure
from pipelines.warehouse.reader import Reader

PLACES = Decimal("0.0001")  # to which money is kept
BY = "site", "month"
Where = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Why:
    """What led from one side to the other in a currency: the bridge of the sites that have both.

    `before` is the first side over all sites. `apart` is what the cost of other sites, `others`,
    adds to the change; `sites` have a bridge.
    """

    currency: str
    before: Decimal
    bridge: Bridge
    sites: tuple[str, ...]
    apart: Decimal
    others: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """The whole change: all parts, and other sites."""
        return self.bridge.total + self.apart


def labour_between(
    reader: Reader, before: Period, after: Period, where: Where, fixed: Fixed
) -> list[Why]:
    """Why labour cost changed from one period of whole months to another, by currency.

    UsageProblem for parts of months. Empty where pay by role isn't shown to who asks.
    """
    for period in (before, after):
        if not period.whole_months:
            raise UsageProblem("The bridge of labour is by month: give whole months.")
    costs = [_costs(reader, period, where) for period in (before, after)]
    sides = [summed(reader, where, period) for period in (before, after)]
    lasting = [
        {site for site, count in months.items() if count == period.months()}
        for (_, months), period in zip(sides, (before, after), strict=True)
    ]
    seen, follows = _followed(reader, before, after, where, fixed)
    volumes = [_volumes(seen, period) for period in (before, after)]
    found: dict[str, dict[str, Bridge]] = {}
    for key in sorted(sides[0][0].keys() & sides[1][0].keys()):
        site, currency = key
        if site in lasting[0] and site in lasting[1] and not site.startswith("~"):
            roles = [tuple(_role(r, s) for r, s in side[0][key].items()) for side in sides]
            then, now = (volume.get(site) for volume in volumes)
            found.setdefault(currency, {})[site] = bridge(
                SiteLabor(then, roles[0], _fixed_hours(roles[0], follows, site)),
                SiteLabor(now, roles[1]),
            )
    return _told(found, *costs)


def labour_against_budget(reader: Reader, period: Period, where: Where, fixed: Fixed) -> list[Why]:
    """Why labour cost differs from its budget, by currency, over the months that have both.

    UsageProblem for parts of months.
    """
    if not period.whole_months:
        raise UsageProblem("A budget is by month: give the first and last days of months.")
    budgets, gaps = _sums(reader, sides_of("staffing"), period, where, "denominator", "numerator")
    planned_hours = _planned(reader, "budget_hours", period, where)
    planned_volume = _planned(reader, "budget_volume", period, where)
    worked = ask(reader, "worked_hours", period=period, by=BY, where=where).frame
    whole = worked.filter(pl.col("present") >= pl.col("expected")).drop_nulls("value")
    hours = dict(zip(whole.select("site", "start").rows(), whole["value"], strict=True))
    seen, follows = _followed(reader, period, period, where, fixed)
    came = seen.within(period).counts()
    months: dict[tuple[str, str], list[date]] = {}
    for site, month, currency in budgets:
        months.setdefault((currency, site), []).append(month)
    found: dict[str, dict[str, Bridge]] = {}
    costs: list[dict[tuple[str, str], Decimal]] = [{}, {}]
    for (currency, site), starts in sorted(months.items()):
        keys = [(site, month, currency) for month in starts]
        plan = sum((budgets[key] for key in keys), ZERO)
        cost = plan + sum((gaps[key] for key in keys), ZERO)
        costs[0][site, currency], costs[1][site, currency] = plan, cost
        budgeted = _all(planned_hours.get(key) for key in keys)
        spent = _all(hours.get((site, month)) for month in starts)
        if not budgeted or not spent or site.startswith("~"):
            continue
        then = RoleLabor(None, straight_hours=budgeted, straight_pay=plan)
        now = RoleLabor(None, straight_hours=spent, straight_pay=cost)
        found.setdefault(currency, {})[site] = bridge(
            SiteLabor(
                _all(planned_volume.get(key) for key in keys),
                (then,),
                _fixed_hours((then,), follows, site),
            ),
            SiteLabor(_all(came.get((site, month)) for month in starts), (now,)),
        )
    return _told(found, *costs)


def _told(
    found: Mapping[str, Mapping[str, Bridge]],
    before: Mapping[tuple[str, str], Decimal],
    after: Mapping[tuple[str, str], Decimal],
) -> list[Why]:
    told = []
    for currency, bridges in found.items():
        keys = [key for key in {**before, **after} if key[1] == currency]
        change = sum((after.get(k, ZERO) - before.get(k, ZERO) for k in keys), ZERO)
        whole = add(bridges.values())
        others = sorted(site for site, _ in keys if site not in bridges)
        begun = sum((before.get(key, ZERO) for key in keys), ZERO)
        apart = change - whole.total
        told.append(Why(currency, begun, whole, tuple(bridges), apart, tuple(others)))
    return sorted(told, key=lambda why: -len(why.sites))


def _costs(reader: Reader, period: Period, where: Where) -> dict[tuple[str, str], Decimal]:
    frame = ask(reader, COST, period=period, by=("site",), where=where).frame.drop_nulls("value")
    return {
        (site, currency): Decimal(value)
        for site, currency, value in frame.select("site", "currency", "value").iter_rows()
    }


def _followed(
    reader: Reader, before: Period, after: Period, where: Where, fixed: Fixed
) -> tuple[Seen, Elasticity]:
    """The volumes of both periods, and how much of a site's hours follows them."""
    span = Period(min(before.start, history(after.stop).start), max(before.stop, after.stop))
    seen = seen_in(reader, span, where)
    return seen, elasticity_of(reader, after.stop, where, fixed, seen)


def _volumes(seen: Seen, period: Period) -> dict[str, Decimal]:
    """Each site's volume, where all months of a period have one."""
    months: dict[str, list[Fraction]] = {}
    for (site, _), count in seen.within(period).counts().items():
        months.setdefault(site, []).append(count)
    return {
        site: _decimal(sum(counts, Fraction(0)))
        for site, counts in months.items()
        if len(counts) == period.months()
    }


def _fixed_hours(roles: Iterable[RoleLabor], follows: Elasticity, site: str) -> Decimal:
    """The hours that don't follow volume."""
    hours = sum((r.straight_hours + r.overtime_hours + r.agency_hours for r in roles), ZERO)
    return hours * _decimal(1 - follows.of(site, "staffing"))


def _role(role: str, one: Sums) -> RoleLabor:
    """A role's sums as the bridge reads them; pay without worked hours is what is left over."""
    pay = one.straight_pay + one.overtime_pay + one.leave_pay + one.unclassed + one.bonus
    parted = split(one)
    straight, overtime = _decimal(parted.straight_pay), _decimal(parted.overtime_pay)
    return RoleLabor(
        role,
        straight_hours=_decimal(one.straight_hours),
        straight_pay=straight,
        overtime_hours=_decimal(one.overtime_hours),
        overtime_pay=overtime,
        agency_hours=_decimal(one.agency_hours),
        agency_cost=_decimal(one.agency_cost),
        other_pay=_decimal(pay + one.employer_cost) - straight - overtime,
    )


def _decimal(number: Fraction) -> Decimal:
    return (Decimal(number.numerator) / number.denominator).quantize(PLACES)


def _planned(
    reader: Reader, column: str, period: Period, where: Where
) -> dict[tuple[str, date, str], Decimal]:
    known = f"{BOTH} AND f.subject = 'staffing' AND f.{column} IS NOT NULL"
    measure = Measure("costs", f"sum(f.{column})", known, when=IN_MONTHS, monthly=True)
    metric = replace(budget_of("staffing"), numerator=measure)
    return _sums(reader, metric, period, where, "numerator")[0]


def _sums(
    reader: Reader, metric: Any, period: Period, where: Where, *parts: str
) -> list[dict[tuple[str, date, str], Decimal]]:
    """The parts of a measure by site, month and currency."""
    frame = ask(reader, metric, period=period, by=BY, where=where).frame.drop_nulls("numerator")
    keys = frame.select("site", "start", "currency").rows()
    return [dict(zip(keys, map(Decimal, frame[part]), strict=True)) for part in parts]


def _all(numbers: Iterable[Any]) -> Decimal | None:
    """Their sum; None where one of them isn't known."""
    found = list(numbers)
    if any(number is None for number in found):
        return None
    return sum((Decimal(str(n)) if isinstance(n, float) else _exact(n) for n in found), ZERO)


def _exact(number: Decimal | Fraction | int) -> Decimal:
    return _decimal(number) if isinstance(number, Fraction) else Decimal(number)
