"""The contracts register: vendors, leases and payers, with the terms that bind the group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.days import Floats, Span, month_end, month_start
from pipelines.demo.group import HOME, URGENT, Site
from pipelines.demo.noise import stream
from pipelines.demo.nursing import AGENCIES
from pipelines.demo.write import Writer

LOCKED_DAYS = 21  # how long ago the locked contract's notice date passed


@dataclass(frozen=True)
class Contract:
    """One contract, or one revision of it. `sites` are those it serves; `account` takes its bills.

    `annual` is dollars in its first year; it grows by `escalator` per cent on each 1 January.
    """

    number: str
    title: str
    vendor: str
    kind: str
    category: str
    sites: tuple[Site, ...]
    account: str
    annual: float
    start: date
    end: date
    notice_days: int
    auto_renew: bool
    renewal_months: int
    escalator: float
    ceiling: float | None = None
    status: str = "active"
    revision: int = 0

    @property
    def notice(self) -> date:
        """The last day on which notice can be given."""
        return self.end - timedelta(days=self.notice_days)

    def yearly(self, year: int) -> float:
        """What it costs in a year, in dollars."""
        return self.annual * (1 + self.escalator / 100) ** (year - self.start.year)


# category | account | vendors | dollars a year: fixed, and a square foot | escalator, %
_BY_SITE = {
    "Cleaning": ("6500", ("Brightmoor Cleaning", "Swanfield Services"), 9000, 1.9, 2.5),
    "Security monitoring": ("6500", ("Oakgate Security",), 2400, 0.05, 2.0),
    "Equipment service": ("6310", ("Medisure Biomedical", "Trueline Equipment"), 6500, 0.35, 2.0),
}
_BY_HOME = {
    "Laundry": ("6500", ("Whitelinen Laundry",), 30000, 1.1, 3.0),
    "Food service": ("6500", ("Harrowgate Catering",), 120000, 4.0, 3.0),
    "Pharmacy consulting": ("6500", ("Haldane Pharma Supply",), 14000, 0.1, 2.0),
}
_BY_REGION = {
    "Waste": ("6500", ("Cleanhaul Waste",), 2600, 0.12, 2.5),
    "Laboratory": ("6500", ("Pellworth Labs",), 11000, 0.2, 2.0),
}
_GROUP = {
    "Electronic records": ("6700", "Meadowlark Systems", 7200, 3.0),
    "Network and telephony": ("6700", "Corriden Networks", 4300, 2.0),
    "Payroll service": ("6700", "Tallyroom Payroll", 2100, 2.0),
    "Maintenance software": ("6700", "Fixlane Software", 900, 2.0),
}
_PAYERS = ("Harborlight Health HMO", "Statewide Mutual", "Pinecrest Medicare Advantage",
           "Commonground Medicaid Plan", "Unity Employers Plan", "Bluefield PPO",
           "Northern Rail Benefit Fund", "Lakes Teachers Trust")  # fmt: skip


def build_contracts(seed: int, span: Span, sites: Sequence[Site], cast: Cast) -> list[Contract]:
    """All contracts, revisions included, in order of number."""
    draft = _Draft(seed, span)
    for category, (account, vendors, fixed, foot, escalator) in _BY_SITE.items():
        for site in sites:
            vendor = vendors[site.index % len(vendors)]
            draft.vendor(
                category, vendor, (site,), account, fixed + foot * site.floor_area, escalator
            )
    for category, (account, vendors, fixed, foot, escalator) in _BY_HOME.items():
        for site in (site for site in sites if site.kind == HOME):
            draft.vendor(category, vendors[0], (site,), account, fixed + foot * site.floor_area,
                         escalator)  # fmt: skip
    for site in (site for site in sites if site.kind == URGENT):
        draft.vendor("Imaging service", "Clearview Imaging Service", (site,), "6310", 16800, 2.0)
    for category, (account, vendors, fixed, foot, escalator) in _BY_REGION.items():
        for region in sorted({site.region for site in sites}):
            own = tuple(site for site in sites if site.region == region)
            area = sum(site.floor_area for site in own)
            draft.vendor(
                category, vendors[0], own, account, fixed * len(own) + foot * area, escalator
            )
    for category, (account, vendor, fixed, escalator) in _GROUP.items():
        draft.vendor(category, vendor, tuple(sites), account, fixed * len(sites), escalator)
    for site in sites:
        if site.kind != HOME or site.number % 4 == 0:
            draft.lease(site)
    for agency in AGENCIES:
        homes = tuple(site for site in sites if site.kind == HOME)
        draft.vendor("Agency framework", agency, homes, "6100", 1.0e6, 0.0)
    for payer in _PAYERS:
        draft.payer(payer, tuple(site for site in sites if site.kind != HOME))
    return _revise(_plant(draft.contracts, span, cast), span)


class _Draft:
    """Numbers the contracts and gives each a term whose notice date lies well ahead."""

    def __init__(self, seed: int, span: Span) -> None:
        self.rng = stream(seed, "contracts")
        self.span = span
        self.contracts: list[Contract] = []

    def _term(self, years: int, notice: int) -> tuple[date, date]:
        """A term that began before the span and whose notice date is 5 months away or more."""
        months = int(self.rng.integers(0, 12 * years - 6)) if years > 1 else 0
        end = month_end(self.span.today, 6 + (notice + 29) // 30 + months)
        begin = end
        while begin > self.span.first:
            begin = month_end(begin, -12 * years)
        return begin + timedelta(days=1), end

    def vendor(
        self,
        category: str,
        vendor: str,
        sites: tuple[Site, ...],
        account: str,
        annual: float,
        escalator: float,
    ) -> None:
        """Add a vendor contract."""  # fmt: skip
        notice = int(self.rng.choice([30, 60, 90]))
        years = int(self.rng.choice([2, 3]))
        start, end = self._term(years, notice)
        start = max(start, month_start(sites[0].opened)) if len(sites) == 1 else start
        whole = len(sites) == 1 or len({site.region for site in sites}) == 1
        place = sites[0].place if len(sites) == 1 else sites[0].region if whole else "group"
        annual = round(annual * self.rng.uniform(0.94, 1.06), -2)
        self._add(
            Contract(
                "C-", f"{category}, {place}", vendor, "vendor", category, sites, account, annual,
                start, end, notice, bool(self.rng.random() < 0.55), 12, escalator,
            )
        )  # fmt: skip

    def lease(self, site: Site) -> None:
        """Add the lease of a site's building."""
        start, end = self._term(10, 180)
        start = max(start, month_start(site.opened))
        annual = round(site.floor_area * self.rng.uniform(17.5, 23.5), -2)
        self._add(Contract("L-", f"Lease, {site.place}", f"{site.place} Property Trust", "lease",
                           "Lease", (site,), "6600", annual, start, end, 180, False, 60,
                           2.5))  # fmt: skip

    def payer(self, payer: str, sites: tuple[Site, ...]) -> None:
        """Add a contract with a payer."""
        start, end = self._term(3, 120)
        annual = float(round(self.rng.uniform(4e6, 16e6), -4))
        self._add(Contract("P-", f"Provider agreement, {payer}", payer, "payer", "Payer", sites, "",
                           annual, start, end, 120, True, 12, 1.5))  # fmt: skip

    def _add(self, contract: Contract) -> None:
        number = f"{contract.number}{len(self.contracts) + 101:04d}"
        self.contracts.append(replace(contract, number=number))


def _plant(contracts: list[Contract], span: Span, cast: Cast) -> list[Contract]:
    """Set the notice dates of the stories: one missed, some in the next 90 days."""
    soon = {("Cleaning", "HZG"): 12, ("Laundry", "CDH"): 27, ("Imaging service", "HBP"): 41,
            ("Lease", "PNR"): 58, ("Network and telephony", ""): 74}  # fmt: skip
    result = []
    for contract in contracts:
        code = contract.sites[0].code if len(contract.sites) == 1 else ""
        away = soon.get((contract.category, code))
        if contract.category == "Cleaning" and code == cast.locked:
            away = -LOCKED_DAYS
        if away is not None:
            days = contract.notice_days
            end = span.today + timedelta(days=away + days)
            start = month_start(end, -48) if contract.kind == "vendor" else contract.start
            renews = contract.category != "Lease"
            contract = replace(contract, start=start, end=end, auto_renew=renews)
        result.append(contract)
    return result


def _revise(contracts: list[Contract], span: Span) -> list[Contract]:
    """Close what served a closed site, and amend every 25th contract a year ago."""
    result: list[Contract] = []
    for place, contract in enumerate(contracts):
        alone = contract.sites[0] if len(contract.sites) == 1 else None
        if alone and alone.closed and alone.closed <= span.today:
            contract = replace(contract, status="terminated", end=alone.closed, auto_renew=False)
        if contract.kind == "vendor":
            contract = replace(contract, ceiling=_ceiling(contract))
        result.append(contract)
        if place % 25 == 4 and contract.ceiling and contract.status == "active":
            raised = replace(contract, revision=1, ceiling=round(contract.ceiling * 1.08, -3))
            result.append(raised)
    return result


def _ceiling(contract: Contract) -> float:
    """Room for the whole term at the agreed prices, and a little more."""
    days = (contract.end - contract.start).days + 1
    years = range(contract.start.year, contract.end.year + 1)
    mean = sum(contract.yearly(year) for year in years) / len(years)
    return float(round(mean * days / 365.25 * 1.08, -3))


def write_contracts(writer: Writer, span: Span, contracts: Sequence[Contract]) -> None:
    """The plain `contracts` feed in one CSV; a contract for several sites names none."""
    year = span.today.year
    frame = pl.DataFrame(
        [
            {
                "site": c.sites[0].code if len(c.sites) == 1 else None,
                "contract": c.number,
                "revision": c.revision,
                "title": c.title,
                "vendor": c.vendor,
                "kind": c.kind,
                "category": c.category,
                "status": c.status,
                "start": c.start,
                "end": c.end,
                "notice_days": c.notice_days,
                "auto_renew": "yes" if c.auto_renew else "no",
                "renewal_months": c.renewal_months,
                "annual_value": round(c.yearly(year), 2),
                "ceiling": c.ceiling,
                "escalator": c.escalator,
                "executed": c.start - timedelta(days=25),
            }
            for c in contracts
        ],
        infer_schema_length=None,
    )
    writer.csv("contracts/contracts.csv", frame, float_precision=2)


def current(contracts: Sequence[Contract]) -> list[Contract]:
    """Each contract once, in its latest revision."""
    return list({contract.number: contract for contract in contracts}.values())


def shares(contract: Contract) -> Floats:
    """How the contract's cost is split over its sites, by floor area."""
    area = np.array([site.floor_area for site in contract.sites], dtype=np.float64)
    return np.asarray(area / area.sum())
