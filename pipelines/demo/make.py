"""The order in which the demo group is made: sites, people, supplies, buildings, money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.demo import (
    budget,
    extras,
    maintenance,
    nursing,
    payables,
    payroll,
    shelves,
    staffing,
    supplies,
    urgent,
)
from pipelines.demo.assets import build_assets, write_assets
from pipelines.demo.cast import QUIET, Cast
from pipelines.demo.catalog import items as catalog
from pipelines.demo.contracts import Contract, build_contracts, write_contracts
from pipelines.demo.days import Floats, Span
from pipelines.demo.group import NAME, URGENT, Site, build_sites, register
from pipelines.demo.stories import Story, World, tell
from pipelines.demo.volumes import Volume, build_volume, write_volumes
from pipelines.demo.write import Writer

LEAST_MONTHS = 14  # the longest story tells of twelve months, and a chart needs some before them

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class DemoGroup:
    """What `write_demo` wrote: the sites' codes and names, counts, and the stories to find."""

    name: str
    folder: Path
    first: date
    today: date
    sites: dict[str, str]
    files: int
    records: int
    stories: tuple[Story, ...]


@dataclass(frozen=True)
class People:
    """Who worked: demand and pay lines by site, and agency hours (see their modules)."""

    demands: list[staffing.Demand]
    lines: list[pl.DataFrame]
    agency: pl.DataFrame


def write_demo(
    folder: Path,
    *,
    seed: int = 7,
    today: date,
    months: int = 36,
    progress: Progress | None = None,
    scale: float = 1.0,
) -> DemoGroup:
    """Write the demo group's exports below `folder`.

    The month that holds `today` is the last of `months`. The same seed and today give the same
    bytes. `scale` below 1 makes fewer sites, items and months; every story stays. `progress` is
    told each step's name and the share done. ValueError when `months` is less than 14.
    """  # fmt: skip
    if months < LEAST_MONTHS:
        raise ValueError(f"months is {months}: the stories need at least {LEAST_MONTHS}.")
    span = Span(today, max(LEAST_MONTHS, round(months * min(1.0, 2 * scale))))
    return _Make(Writer(folder), seed, span, scale, progress or (lambda step, share: None)).run()


class _Make:
    """One run: what is known so far, and the writer that counts."""

    def __init__(
        self, writer: Writer, seed: int, span: Span, scale: float, progress: Progress
    ) -> None:
        self.writer, self.seed, self.span, self.progress = writer, seed, span, progress
        self.cast = Cast()
        self.sites = build_sites(seed, span, self.cast, scale)
        self.items = catalog(scale)
        self.volumes = [build_volume(seed, span, site) for site in self.sites]

    def run(self) -> DemoGroup:
        """Make and write everything."""
        span, sites = self.span, self.sites
        self.progress("sites and volumes", 0.0)
        self.writer.csv("sites/sites.csv", register(sites, self.cast))
        write_volumes(self.writer, span, sites, self.volumes)
        people = self._people(self.cast, sites)
        self.progress("payroll", 0.1)
        restated = self._write_people(people)
        self.progress("supplies", 0.5)
        flow, moves = self._supplies()
        self.progress("maintenance", 0.8)
        orders = self._maintenance()
        self.progress("contracts and bills", 0.85)
        contracts = build_contracts(self.seed, span, sites, self.cast)
        write_contracts(self.writer, span, contracts)
        running = payables.build_bills(self.seed, span, sites, contracts)
        bills = payables.number_bills(
            span, [running, payables.supply_bills(span, self.items, moves),
                   payables.agency_bills(span, people.agency, contracts)],
        )  # fmt: skip
        bills, double = payables.pay_twice(span, sites, bills, self.cast)
        payables.write_bills(self.writer, span, sites, bills)
        self.progress("budget and the rest", 0.9)
        self._budget(people, running)
        self._extras(people, bills, contracts)
        world = World(span, self.cast, sites, self.items, self.volumes, people.lines,
                      people.agency, flow, orders, contracts)  # fmt: skip
        self.progress("done", 1.0)
        return DemoGroup(
            NAME, self.writer.folder, span.first, span.today,
            {site.code: site.name for site in sites}, self.writer.files, self.writer.records,
            tuple(tell(world, restated, double)),
        )  # fmt: skip

    def _people(self, cast: Cast, sites: Sequence[Site]) -> People:
        """Who worked at `sites` when the stories of `cast` are told."""
        demands, lines, agency = [], [], []
        for site in sites:
            volume = self.volumes[site.index]
            demand = staffing.build_demand(self.seed, self.span, site, volume, cast)
            own = staffing.build_lines(self.seed, self.span, site, demand)
            gusto = site.kind == URGENT and site.code not in self.cast.adp
            demands.append(demand)
            lines.append(urgent.gusto_lines(own) if gusto else own)
            agency.append(nursing.build_agency(self.seed, self.span, site, demand, cast))
        return People(demands, lines, pl.concat(agency))

    def _write_people(self, people: People) -> dict[str, float | str]:
        writer, span, sites, cast = self.writer, self.span, self.sites, self.cast
        restated = payroll.write_paychex(writer, self.seed, span, sites, people.lines, cast)
        urgent.write_gusto(writer, span, sites, people.lines, cast)
        urgent.write_adp(writer, span, sites, people.lines, cast)
        nursing.write_timesheets(writer, span, sites, people.agency)
        nursing.write_pbj(writer, span, sites, self.volumes, people.lines, people.agency)
        return restated

    def _supplies(self) -> tuple[supplies.Flow, pl.DataFrame]:
        span, sites, items = self.span, self.sites, self.items
        demand, usual = supplies.build_demand(
            self.seed, span, sites, self.volumes, items, self.cast
        )
        flow = supplies.simulate(self.seed, span, sites, items, demand, usual, self.cast)
        moves = shelves.build_moves(span, flow)
        shelves.write_moves(self.writer, span, sites, items, moves)
        shelves.write_purchases(self.writer, span, sites, items, flow)
        shelves.write_stock(self.writer, span, sites, items, flow, self.cast)
        return flow, moves

    def _maintenance(self) -> pl.DataFrame:
        assets = build_assets(self.seed, self.span, self.sites)
        write_assets(self.writer, self.sites, assets)
        orders = maintenance.build_orders(self.seed, self.span, self.sites, assets, self.cast)
        maintenance.write_orders(self.writer, self.span, self.sites, orders)
        return orders

    def _budget(self, people: People, running: pl.DataFrame) -> None:
        """Budget what the same group costs when no story is told."""
        span, sites = self.span, self.sites
        planted = [s for s in sites if s.code in (self.cast.overtime, self.cast.agency)]
        calm = self._people(QUIET, planted)
        lines = list(people.lines)
        for site, own in zip(planted, calm.lines, strict=True):
            lines[site.index] = own
        codes = [site.index for site in planted]
        agency = pl.concat([people.agency.filter(~pl.col("site").is_in(codes)), calm.agency])
        demand, _ = supplies.build_demand(self.seed, span, sites, self.volumes, self.items, QUIET)
        price = supplies.prices(span, self.items, QUIET)
        count = len(sites)
        dollars = {
            "staffing": self._gross(lines) + _sums(span, count, agency, "amount"),
            "supplies": supplies.usage_value(span, demand, price),
            "facilities": payables.by_month(span, count, running, payables.FACILITIES),
            "contracts": payables.by_month(span, count, running, payables.CONTRACTS),
        }
        worked = pl.col("component").is_in([staffing.REGULAR, staffing.OVERTIME])
        hours = staffing.monthly(span, count, [f.filter(worked) for f in lines], "hours")
        plan = budget.Plan(
            dollars, hours + _sums(span, count, agency, "hours"), _served(span, self.volumes),
            [site.code not in self.cast.adp for site in sites],
        )  # fmt: skip
        budget.write_budgets(self.writer, self.seed, span, sites, plan)

    def _gross(self, lines: Sequence[pl.DataFrame]) -> Floats:
        """Pay by site and month, with the employer's tax where the payroll shows it, (S, M)."""
        gross = staffing.monthly(self.span, len(self.sites), lines, "amount")
        taxed = [site.kind == URGENT and site.code not in self.cast.adp for site in self.sites]
        return gross * np.where(taxed, 1 + urgent.FICA, 1.0)[:, None]

    def _extras(self, people: People, bills: pl.DataFrame, contracts: Sequence[Contract]) -> None:
        writer, seed, span, sites = self.writer, self.seed, self.span, self.sites
        known = [f.filter(pl.col("day") < span.known) for f in people.lines]
        extras.write_ledger(writer, span, sites, self._gross(known), bills)
        extras.write_positions(writer, seed, span, sites, people.demands)
        extras.write_feedback(writer, seed, span, sites, self.volumes)
        extras.write_remits(writer, seed, span, sites, self.volumes, contracts)
        extras.write_targets(writer, span)


def _sums(span: Span, sites: int, agency: pl.DataFrame, column: str) -> Floats:
    return staffing.monthly(span, sites, [agency], column)


def _served(span: Span, volumes: Sequence[Volume]) -> Floats:
    return np.array([span.by_month(volume.count * volume.open) for volume in volumes])
