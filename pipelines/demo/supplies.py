"""The flow of supplies: what was used, ordered, received, wasted and corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipelines.demo.cast import Cast
from pipelines.demo.catalog import Item
from pipelines.demo.days import Days, Floats, Ints, Span
from pipelines.demo.group import CLINIC, HOME, URGENT, Site
from pipelines.demo.noise import dither, quiet, stream
from pipelines.demo.volumes import Volume

COST = {CLINIC: 9.80, URGENT: 15.40, HOME: 7.20}  # dollars of supplies a visit or resident day
DRIFT = 1.025  # a month, in what a visit uses at the site of the drift story
CREEP = 1.02  # a month, in the price of the creeping item
KINDS = ("opening", "receipt", "issue", "adjustment", "waste", "transfer_in", "transfer_out")
OPENING, RECEIPT, ISSUE, ADJUSTMENT, WASTE, TRANSFER_IN, TRANSFER_OUT = range(7)
MINIMUM, REORDER, MAXIMUM = 1.0, 3.0, 7.0  # in usual weeks of use
WASTE_RATE = 0.006  # a unit spoilt, of an item in a period
DEAR = 50.0  # dollars; nobody lets such an item spoil
DRY = 9  # periods since the site of the short item last received any


@dataclass(frozen=True)
class Weeks:
    """The quarters of a month after which the sites book what they used.

    They end on the 7th, 14th, 21st and last day (and today), so that a month's use belongs to
    the month's visits. Arrays have one entry a period, (P,).
    """

    first: Ints  # index of the first day
    last: Ints
    month: Ints
    known: int  # periods that ended by today


def weeks(span: Span) -> Weeks:
    """The booking periods of the span."""
    day = (span.days - span.days.astype("datetime64[M]")).astype(np.int64) + 1
    final = np.append(np.diff(span.month) > 0, True)
    today = np.arange(len(day)) == span.known - 1
    last = np.flatnonzero(np.isin(day, (7, 14, 21)) | final | today)
    first = np.append(0, last[:-1] + 1)
    known = int((last < span.known).sum())
    return Weeks(first, last, span.month[last], known)


@dataclass(frozen=True)
class Flow:
    """Quantities by site, item and period, (S, I, P); levels by site and item, (S, I).

    `price` is dollars a unit by item and month, (I, M). `stock` is on hand after the period's
    last movement; `order` was placed at its end and arrives in the next.
    """

    demand: Ints
    issue: Ints
    receipt: Ints
    waste: Ints
    adjust: Ints
    moved_in: Ints
    moved_out: Ints
    stock: Ints
    order: Ints
    opening: Ints
    usual: Floats  # units used in a usual week
    price: Floats


def prices(span: Span, items: Sequence[Item], cast: Cast) -> Floats:
    """Dollars a unit by item and month, (I, M), in whole cents."""
    price = np.tile([[item.cost] for item in items], (1, len(span.starts)))
    for place, item in enumerate(items):
        if item.code == cast.creeping_item:
            since = cast.since(span, cast.creep_months)
            steps = np.maximum(np.arange(len(span.starts)) - since + 1, 0)
            price[place] *= CREEP**steps
    return np.asarray(np.round(price, 2))


def build_demand(
    seed: int,
    span: Span,
    sites: Sequence[Site],
    volumes: Sequence[Volume],
    items: Sequence[Item],
    cast: Cast,
) -> tuple[Ints, Floats]:
    """Units that each site uses, (S, I, P), and its use in a usual week, (S, I)."""  # fmt: skip
    calendar = weeks(span)
    demand = np.zeros((len(sites), len(items), len(calendar.last)), dtype=np.int64)
    usual = np.zeros(demand.shape[:2])
    for site, volume in zip(sites, volumes, strict=True):
        rng = stream(seed, "supplies", site.code)
        rate = _units_a_visit(site, items) * rng.uniform(0.93, 1.07, len(items))
        served = np.add.reduceat(volume.count * volume.open, calendar.first)
        noise = quiet(rng, len(span.starts), 0.025)[calendar.month]
        if site.code == cast.drifting:
            since = cast.since(span, cast.drift_months)
            noise = noise * DRIFT ** np.maximum(calendar.month - since + 1, 0)
        bumps = rng.normal(0, 0.08, (len(items), len(noise)))
        expected = rate[:, None] * served * noise * (1 + bumps - np.roll(bumps, 1, axis=1))
        demand[site.index] = dither(np.maximum(expected, 0), rng.uniform(size=len(items)))
        days = max(int(volume.open[: span.known].sum()), 1)
        weekly = site.size * (7 if site.kind == HOME else days / max(_lifetime(span, site), 1) * 7)
        usual[site.index] = rate * weekly
    return demand, usual


def _lifetime(span: Span, site: Site) -> int:
    last = min(span.today, site.closed) if site.closed else span.today
    return (last - max(site.opened, span.first)).days + 1


def _units_a_visit(site: Site, items: Sequence[Item]) -> Floats:
    weight = np.array([{CLINIC: i.clinic, URGENT: i.urgent, HOME: i.home}[site.kind]
                       for i in items])  # fmt: skip
    cost = np.array([item.cost for item in items])
    return np.asarray(weight / weight.sum() * COST[site.kind] / cost)


def simulate(
    seed: int,
    span: Span,
    sites: Sequence[Site],
    items: Sequence[Item],
    demand: Ints,
    usual: Floats,
    cast: Cast,
) -> Flow:
    """Order up to a maximum whenever stock falls to the reorder level."""
    run = _Run(seed, span, sites, items, demand, usual, cast)
    for period in range(run.calendar.known):
        run.step(period)
    return Flow(demand, run.issue, run.receipt, run.waste, run.adjust, run.moved_in,
                run.moved_out, run.stock, run.order, run.opening, usual,
                prices(span, items, cast))  # fmt: skip


class _Run:
    """The state of one simulation; every array of quantities has shape (S, I, P)."""

    def __init__(
        self, seed: int, span: Span, sites: Sequence[Site], items: Sequence[Item],
        demand: Ints, usual: Floats, cast: Cast,
    ) -> None:  # fmt: skip
        self.calendar = weeks(span)
        self.demand = demand[..., : self.calendar.known]
        shape = self.demand.shape
        self.issue, self.receipt, self.order, self.stock, self.moved_in, self.moved_out = (
            np.zeros(shape, dtype=np.int64) for _ in range(6)
        )
        rng = stream(seed, "shelves")
        lively = self.demand > 0
        cheap = np.array([item.cost < DEAR for item in items])[:, None]
        self.waste = ((rng.random(shape) < WASTE_RATE) & lively & cheap) * 1
        self.adjust = ((rng.random(shape) < 0.012) & lively) * rng.choice([-1, 1], shape)
        self.reorder, self.maximum = np.ceil(usual * REORDER), np.ceil(usual * MAXIMUM)
        begun = self._period_of(span, sites, "opened")
        self.live = np.arange(shape[2]) >= begun[:, None]
        self.ends = self._period_of(span, sites, "closed")
        first = np.round(self.maximum * rng.uniform(0.5, 0.95, shape[:2])).astype(np.int64)
        self.opening = first * (begun == 0)[:, None]
        self.arrival = first * (begun > 0)[:, None]  # a new site's first delivery
        self.begun = begun
        self.heir = next(s.index for s in sites if s.code == cast.heir)
        self.short = self._cell(sites, items, cast.short, cast)
        self.over = self._cell(sites, items, cast.overstocked, cast)

    def _period_of(self, span: Span, sites: Sequence[Site], event: str) -> Ints:
        days: list[date | None] = [getattr(site, event) for site in sites]
        ends: Days = span.days[self.calendar.last]
        found = [len(ends) if day is None else int(np.searchsorted(ends, np.datetime64(day)))
                 for day in days]  # fmt: skip
        return np.array(found)

    def _cell(
        self, sites: Sequence[Site], items: Sequence[Item], code: str, cast: Cast
    ) -> tuple[int, int] | None:
        place = next(i for i, item in enumerate(items) if item.code == cast.imbalanced_item)
        return next(((site.index, place) for site in sites if site.code == code), None)

    def step(self, period: int) -> None:
        """Receive, use, waste, correct, close a site, and order for the next period."""
        before = self.stock[..., period - 1] if period else self.opening
        due = self.order[..., period - 1] if period else self.opening * 0
        received = due + self.arrival * (self.begun == period)[:, None]
        self._plant(period, received, before)
        self.receipt[..., period] = received
        on_hand = before + received
        self.issue[..., period] = np.minimum(self.demand[..., period], on_hand)
        on_hand = on_hand - self.issue[..., period]
        self.waste[..., period] = np.minimum(self.waste[..., period], on_hand)
        on_hand = on_hand - self.waste[..., period]
        self.adjust[..., period] = np.maximum(self.adjust[..., period], -on_hand)
        on_hand = on_hand + self.adjust[..., period]
        for site in np.flatnonzero(self.ends == period):
            self.moved_out[site, :, period] = on_hand[site]
            self.moved_in[self.heir, :, period] += on_hand[site]
            on_hand[self.heir] += on_hand[site]
            on_hand[site] = 0
        self.stock[..., period] = on_hand
        wanted = (on_hand <= self.reorder) & self.live[:, [period]]
        wanted &= (self.ends > period + 1)[:, None]
        order = np.where(wanted, self.maximum - on_hand, 0)
        self.order[..., period] = np.maximum(order, 0)
        if self.short and period >= self.calendar.known - DRY:
            self.order[(*self.short, period)] = 0

    def _plant(self, period: int, received: Ints, before: Ints) -> None:
        """The last delivery to the site that runs out, and one far too large to another."""
        left = self.calendar.known - period
        if self.short and left == DRY:
            need = self.demand[self.short][period:].sum()
            weekly = self.demand[self.short].mean()
            received[self.short] = max(0, need + round(weekly * 0.5) - before[self.short])
        if self.over and left == DRY + 4:
            received[self.over] += 9 * int(self.maximum[self.over])


def usage_value(span: Span, demand: Ints, price: Floats) -> Floats:
    """Dollars used by site and month, (S, M): issues and a little waste at the month's price."""
    calendar = weeks(span)
    value = (demand * price[:, calendar.month]).sum(axis=1)
    spoilt = np.where(price < DEAR, price, 0)[:, calendar.month] * WASTE_RATE
    units = (demand > 0) * spoilt
    edges = np.searchsorted(calendar.month, np.arange(len(span.starts)))
    return np.asarray(np.add.reduceat(value + units.sum(axis=1), edges, axis=1))
