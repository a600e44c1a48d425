"""The invented group: its sites, and how each source system spells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.days import Span
from pipelines.demo.noise import stream

NAME = "Brindlewood Health Partners"
CLINIC, URGENT, HOME = "Clinic", "Urgent care", "Nursing home"
REGIONS = ("North", "Lakes", "Central", "Coast", "Valley")

# Code and place name. Those that carry a story come first, so that a small demo keeps them.
CLINICS = (
    "ELM Elmwood", "BRN Birch Run", "PNR Pine Ridge", "HZG Hazel Green", "KSP Kestrel Park",
    "YAR Yarrow", "ALD Aldergate", "OKD Oakdale", "FMT Fairmont Rise", "GRF Granite Ford",
    "SMV Summit View", "BKF Brookfold", "CLW Clearwell", "JNF Juniper Flats", "LNS Linden Square",
    "MRL Marlow End", "NGT Northgate", "ORL Orchard Lane", "PBC Pebble Creek", "QRD Quarry Road",
    "RDF Redfern", "SLK Silver Lake", "THB Thornbury", "UNM Union Mills", "VLC Vale Cross",
    "WBK Westbrook",
)  # fmt: skip
URGENTS = (
    "HBP Harbor Point", "MLJ Mill Junction", "FRY Ferry Landing", "SLM Salt Marsh",
    "ASC Ashford Crossing", "BCN Beacon Street", "DPT Depot Square", "LKS Lakeshore",
)  # fmt: skip
HOMES = (
    "CDH Cedar Hill", "WLB Willow Bend", "FXH Fox Hollow", "LRM Larch Meadow",
    "MPG Maple Garth", "QHB Quiet Harbor", "STB Stone Bridge", "ROK River Oak",
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """One facility. `size` is visits on an open day, or residents in a nursing home."""

    index: int
    code: str
    place: str
    kind: str
    region: str
    size: float
    beds: int
    rooms: int
    floor_area: int
    opened: date
    closed: date | None
    number: int  # its place among the sites of its kind, from 1

    @property
    def name(self) -> str:
        """The name people use."""
        return f"{self.place} {'Urgent Care' if self.kind == URGENT else self.kind.title()}"

    @property
    def org(self) -> str:
        """What Paychex Flex calls it."""
        return str((1400 if self.kind == CLINIC else 2100) + self.number)

    @property
    def address(self) -> str:
        """What Gusto calls it."""
        return f"{self.number * 110} {self.place} Rd, {self.place}"

    @property
    def department(self) -> str:
        """What ADP Workforce Now calls it."""
        return f"{self.number * 10:06d}"

    @property
    def ccn(self) -> str:
        """What CMS calls it; no state's certification numbers begin with 00."""
        return f"0059{self.number:02d}"

    @property
    def location(self) -> str:
        """What the maintenance system calls it."""
        return f"{self.place} - {self.kind}"

    @property
    def depot(self) -> str:
        """What OpenBoxes calls it."""
        return f"{self.place} Home"

    @property
    def tracking(self) -> str:
        """What Xero calls it."""
        return {CLINIC: "CL", URGENT: "UC", HOME: "NH"}[self.kind] + " " + self.place

    def codes(self, cast: Cast) -> dict[str, str]:
        """Its spelling in every system that knows it."""
        known = {"atlas_cmms": self.location, "xero": self.tracking}
        if self.kind == URGENT:
            adp = self.code in cast.adp
            known |= {"adp_wfn": self.department} if adp else {"gusto": self.address}
        else:
            known |= {"paychex_flex": self.org}
        if self.kind == HOME:
            known |= {"cms_pbj": self.ccn, "openboxes": self.depot}
        return known


def build_sites(seed: int, span: Span, cast: Cast, scale: float) -> list[Site]:
    """The group's sites; `scale` below 1 keeps those that carry a story and drops others."""
    kinds = ((CLINIC, CLINICS, 7), (URGENT, URGENTS, 4), (HOME, HOMES, 2))
    sites: list[Site] = []
    for kind, names, least in kinds:
        count = min(len(names), max(least, round(len(names) * scale)))
        for number, entry in enumerate(names[:count], start=1):
            sites.append(_site(seed, span, cast, kind, entry, number, len(sites)))
    return sites


def _site(
    seed: int, span: Span, cast: Cast, kind: str, entry: str, number: int, index: int
) -> Site:
    code, place = entry[:3], entry[4:]
    rng = stream(seed, "site", code)
    size = float({CLINIC: rng.uniform(55, 105), URGENT: rng.uniform(42, 70),
                  HOME: rng.uniform(78, 112)}[kind])  # fmt: skip
    if code in cast.adp:
        size *= 0.6
    beds = round(size / rng.uniform(0.88, 0.93)) if kind == HOME else 0
    rooms = 0 if kind == HOME else round(size / 6.5)
    area = beds * 310 if kind == HOME else rooms * 640
    long_ago = date(int(rng.integers(2002, 2021)), int(rng.integers(1, 13)), 1)
    return Site(
        index=index,
        code=code,
        place=place,
        kind=kind,
        region=REGIONS[(number - 1) % len(REGIONS)],
        size=size,
        beds=beds,
        rooms=rooms,
        floor_area=area // 100 * 100,
        opened=cast.opened_on(span) if code == cast.opened else long_ago,
        closed=cast.closed_on(span) if code == cast.closed else None,
        number=number,
    )


def register(sites: Sequence[Site], cast: Cast) -> pl.DataFrame:
    """The plain `sites` feed, one row a site."""
    return pl.DataFrame(
        {
            "site": [site.code for site in sites],
            "name": [site.name for site in sites],
            "kind": [site.kind for site in sites],
            "region": [site.region for site in sites],
            "opened": [site.opened for site in sites],
            "closed": pl.Series([site.closed for site in sites], dtype=pl.Date),
            "beds": [site.beds for site in sites],
            "rooms": [site.rooms for site in sites],
            "floor_area": [site.floor_area for site in sites],
            "time_zone": ["America/New_York"] * len(sites),
            "codes": [
                "; ".join(f"{system}={code}" for system, code in site.codes(cast).items())
                for site in sites
            ],
        }
    )
