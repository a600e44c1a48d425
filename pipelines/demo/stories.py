"""The planted stories: what a good operations review of the demo group would find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.catalog import SUPPLIERS, Item
from pipelines.demo.contracts import Contract, current
from pipelines.demo.days import CHECK_LAG, Floats, Span, month_end, to_date
from pipelines.demo.group import HOME, Site
from pipelines.demo.payroll import period_ends
from pipelines.demo.roles import AGENCY_ROLES, NAMES, ROLES
from pipelines.demo.staffing import OVERTIME, REGULAR
from pipelines.demo.supplies import Flow, usage_value
from pipelines.demo.volumes import Volume

Figures = Mapping[str, float | str]


@dataclass(frozen=True)
class Story:
    """One planted story: where, when, a sentence, and figures that the files bear out."""

    name: str
    sites: tuple[str, ...]
    period: tuple[date, date]
    sentence: str
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """What the generator made, as far as the stories tell of it; frames as their modules say."""

    span: Span
    cast: Cast
    sites: Sequence[Site]
    items: Sequence[Item]
    volumes: Sequence[Volume]
    lines: Sequence[pl.DataFrame]
    agency: pl.DataFrame
    flow: Flow
    orders: pl.DataFrame
    contracts: Sequence[Contract]

    def site(self, code: str) -> Site:
        """The site called `code`."""
        return next(site for site in self.sites if site.code == code)

    def since(self, months: int) -> tuple[date, date]:
        """The period of the last `months` months, to today."""
        return self.span.starts[self.span.months - months], self.span.today


def tell(world: World, restated: Figures, double: Figures) -> list[Story]:
    """All stories; `restated` and `double` come from the modules that planted them."""
    cast, span = world.cast, world.span
    return [
        _overtime(world),
        _agency(world),
        _three_checks(world),
        Story("restated_payroll", (cast.restated,), _check_period(str(restated["check_date"])),
              "A Paychex file comes again, because the first held some shifts of one site twice.",
              restated),
        _imbalance(world),
        _maintenance(world),
        _locked(world),
        _notice_soon(world),
        Story("paid_twice", (cast.paid_twice,), _days(double, "first_day", "second_day"),
              "One invoice was entered and paid twice, the second time with a letter after its "
              "number.", double),
        _creep(world),
        Story("opened", (cast.opened,), (cast.opened_on(span), span.today),
              "A clinic opened mid-year and is still filling up; it has data only from then on.",
              {"opened": cast.opened_on(span).isoformat()}),
        Story("closed", (cast.closed,), (span.first, cast.closed_on(span)),
              "A clinic closed mid-year; another took over its stock.",
              {"closed": cast.closed_on(span).isoformat(), "heir": cast.heir}),
        Story("payroll_missing", (cast.missing,),
              (cast.missing_month(span), month_end(cast.missing_month(span))),
              "The payroll export of an urgent care centre lacks a whole month.",
              {"month": f"{cast.missing_month(span):%Y-%m}"}),
        _drift(world),
    ]  # fmt: skip


def _days(figures: Figures, first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(str(figures[first])), date.fromisoformat(str(figures[last]))


def _overtime(world: World) -> Story:
    cast, span = world.cast, world.span
    frame = world.lines[world.site(cast.overtime).index]
    share = _share_by_month(span, frame, OVERTIME)
    since = cast.since(span, cast.overtime_months)
    return Story(
        "overtime_surge", (cast.overtime,), world.since(cast.overtime_months),
        "Overtime at a clinic nearly tripled in the last two months.",
        {"usual_share": _r(share[:since].mean()), "share": _r(share[since : span.months].mean())},
    )  # fmt: skip


def _share_by_month(span: Span, frame: pl.DataFrame, component: int) -> Floats:
    """A component's share of the hours worked, by month, (M,)."""
    worked = frame.filter(pl.col("component").is_in([REGULAR, OVERTIME]))
    part = worked.filter(pl.col("component") == component)
    months = len(span.starts)
    sums = [np.bincount(span.month[f["day"].to_numpy()], f["hours"].to_numpy(), months)
            for f in (part, worked)]  # fmt: skip
    return np.asarray(sums[0] / np.maximum(sums[1], 1))


def _agency(world: World) -> Story:
    cast, span = world.cast, world.span
    site = world.site(cast.agency)
    nursing = [NAMES.index(role.name) for role in ROLES[HOME] if role.pbj]
    worked = pl.col("component").is_in([REGULAR, OVERTIME])
    own = world.lines[site.index].filter(worked & pl.col("role").is_in(nursing))
    hired = world.agency.filter(pl.col("site") == site.index)
    months = len(span.starts)
    hours = [np.bincount(span.month[f["day"].to_numpy()], f["hours"].to_numpy(), months)
             for f in (own, hired)]  # fmt: skip
    share = hours[1] / (hours[0] + hours[1])
    since = cast.since(span, cast.agency_months)
    begin, end = int(np.searchsorted(span.month, since)), span.known
    recent = pl.col("day").is_between(begin, end - 1)
    straight = own.filter(recent & (pl.col("component") == REGULAR))
    straight = straight.filter(pl.col("role").is_in([NAMES.index(n) for n in AGENCY_ROLES]))
    recent_hired = hired.filter(recent)
    paid = straight.group_by("role").agg(rate=pl.col("amount").sum() / pl.col("hours").sum())
    mixed = recent_hired.join(paid, on="role").select((pl.col("hours") * pl.col("rate")).sum())
    ratio = recent_hired["amount"].sum() / mixed.item()
    return Story(
        "agency_dependence", (cast.agency,), world.since(cast.agency_months),
        "A nursing home lives on agency staff, at 1.7 times what its own people cost.",
        {"usual_share": _r(share[:since].mean()), "share": _r(share[since : span.months].mean()),
         "least_share": _r(share[since : span.months].min()),
         "most_share": _r(share[since : span.months].max()), "cost_ratio": _r(ratio),
         "amount": round(float(recent_hired["amount"].sum()), 2)},
    )  # fmt: skip


def _three_checks(world: World) -> Story:
    span = world.span
    checks = [to_date(end) + timedelta(days=CHECK_LAG) for end in period_ends(span)]
    count = Counter(check.replace(day=1) for check in checks)
    months = [month for month, checks_in in sorted(count.items()) if checks_in == 3]
    return Story(
        "three_check_months", (), (months[0], month_end(months[-1])),
        "Some months hold three biweekly check dates: their cost on the check-date basis looks "
        "half as high again.",
        {"months": " ".join(f"{month:%Y-%m}" for month in months)},
    )  # fmt: skip


def _check_period(check: str) -> tuple[date, date]:
    end = date.fromisoformat(check) - timedelta(days=CHECK_LAG)
    return end - timedelta(days=13), end


def _imbalance(world: World) -> Story:
    cast, flow = world.cast, world.flow
    item = next(i for i, item in enumerate(world.items) if item.code == cast.imbalanced_item)
    short, over = world.site(cast.short).index, world.site(cast.overstocked).index
    stock = flow.stock[:, item, -1]
    # Twelve booking periods are three months.
    daily = flow.issue[:, item, -12:].sum(axis=1) / 91
    return Story(
        "stock_imbalance", (cast.short, cast.overstocked), (world.span.starts[0], world.span.today),
        "One site is about to run out of an item, with nothing on order, while another holds more "
        "than a year of it, from a lot that expires soon.",
        {"item": cast.imbalanced_item, "short_quantity": int(stock[short]),
         "short_days": _r(stock[short] / daily[short], 1), "over_quantity": int(stock[over]),
         "over_days": _r(stock[over] / daily[over], 0)},
    )  # fmt: skip


def _maintenance(world: World) -> Story:
    cast, span = world.cast, world.span
    begin, _ = period = world.since(cast.maintenance_months)
    due = world.orders.filter(
        pl.col("planned") & pl.col("due").dt.date().is_between(begin, span.today)
    )
    high = due.filter(
        pl.col("risk") == "high", pl.col("site") == world.site(cast.maintenance).index
    )
    on_time = due.select((pl.col("completed") <= pl.col("due")).fill_null(False).mean()).item()
    return Story(
        "missed_maintenance", (cast.maintenance,), period,
        "No high-risk equipment of a nursing home was serviced for three months, while the "
        "group's rate looks fine.",
        {"missed": high["completed"].null_count(), "due": len(high), "group_rate": _r(on_time)},
    )  # fmt: skip


def _locked(world: World) -> Story:
    def locks(contract: Contract) -> bool:
        return contract.auto_renew and contract.status == "active" and (
            contract.notice < world.span.today <= contract.end)  # fmt: skip

    contract = next(c for c in current(world.contracts) if locks(c))
    return Story(
        "renewal_locked", (contract.sites[0].code,), (contract.notice, contract.end),
        "A contract renews by itself: its notice date passed three weeks ago.",
        {"contract": contract.number, "vendor": contract.vendor,
         "notice": contract.notice.isoformat(), "end": contract.end.isoformat(),
         "annual_value": round(contract.yearly(world.span.today.year), 2)},
    )  # fmt: skip


def _notice_soon(world: World) -> Story:
    today = world.span.today
    horizon = today + timedelta(days=90)
    soon = sorted(
        (c for c in current(world.contracts)
         if c.status == "active" and today <= c.notice <= horizon),
        key=lambda contract: contract.notice,
    )  # fmt: skip
    return Story(
        "notice_soon", tuple(c.sites[0].code for c in soon if len(c.sites) == 1),
        (today, horizon),
        "These contracts must be decided within 90 days.",
        {c.number: c.notice.isoformat() for c in soon},
    )  # fmt: skip


def _creep(world: World) -> Story:
    cast, span, price = world.cast, world.span, world.flow.price
    place = next(i for i, item in enumerate(world.items) if item.code == cast.creeping_item)
    item = world.items[place]
    since = cast.since(span, cast.creep_months)
    return Story(
        "price_creep", (), world.since(cast.creep_months),
        "A supplier raises the price of one item by two per cent every month.",
        {"item": item.code, "supplier": SUPPLIERS[item.supplier],
         "price_before": float(price[place, since - 1]),
         "price_now": float(price[place, span.months - 1])},
    )  # fmt: skip


def _drift(world: World) -> Story:
    cast, span = world.cast, world.span
    site = world.site(cast.drifting).index
    value = usage_value(span, world.flow.demand, world.flow.price)[site]
    cost = value / span.by_month(world.volumes[site].count)
    since = cast.since(span, cast.drift_months)
    return Story(
        "supply_drift", (cast.drifting,), world.since(cast.drift_months),
        "What a visit uses of supplies drifts up at a clinic, month after month.",
        {"cost_before": _r(cost[:since].mean(), 2), "cost_now": _r(cost[span.months - 1], 2)},
    )  # fmt: skip


def _r(value: float, digits: int = 4) -> float:
    return round(float(value), digits)
