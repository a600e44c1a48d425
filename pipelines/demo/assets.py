"""The equipment register: about forty pieces a site, sixty in a nursing home."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.demo.days import Ints, Span
from pipelines.demo.group import CLINIC, HOME, URGENT, Site
from pipelines.demo.noise import stream
from pipelines.demo.write import Writer, pick

# name | class | risk | cost | useful life in years | how many in a clinic, urgent care, home
_KINDS = """
Defibrillator, automated|Life support|high|1900|8|2 3 3
Autoclave, steam|Sterilisation|high|9800|10|2 1 0
Ventilator, transport|Life support|high|14500|8|0 1 1
Oxygen concentrator|Life support|high|1400|6|1 1 6
Infusion pump|Life support|high|3600|8|1 3 2
Vaccine refrigerator|Cold chain|high|7400|10|2 1 1
Electrocardiograph|Diagnostic|medium|5200|9|2 2 1
Vital signs monitor|Diagnostic|medium|2600|8|4 5 4
X-ray unit, digital|Imaging|medium|118000|12|0 1 0
Ultrasound, portable|Imaging|medium|31000|8|1 1 0
Blood analyser, bench|Laboratory|medium|16500|8|2 1 0
Centrifuge|Laboratory|medium|2100|10|1 1 0
Patient lift|Patient handling|medium|4300|10|0 0 8
Bariatric bed, powered|Patient handling|medium|6900|12|0 0 5
Emergency generator|Building|medium|42000|20|0 0 1
Fire alarm panel|Building|medium|12500|15|1 1 1
Water heater|Building|low|6200|12|1 1 2
Rooftop air handler|Building|low|21500|18|2 2 3
Examination table, powered|Furniture|low|4800|15|8 6 0
Examination lamp|Furniture|low|950|10|5 4 0
Nurse call station|Building|low|1800|12|0 0 5
Dishwasher, commercial|Kitchen|low|11800|10|0 0 1
Steam oven|Kitchen|low|16200|12|0 0 1
Walk-in cooler|Kitchen|low|19400|15|0 0 1
Washer, commercial|Laundry|low|13600|12|0 0 3
Dryer, commercial|Laundry|low|7900|12|0 0 3
Automatic door|Building|low|3900|15|1 1 2
Wheelchair scale|Diagnostic|low|1300|10|1 1 2
Network switch|IT|low|2400|7|2 2 2
Suction unit, portable|Diagnostic|low|800|8|1 2 2
"""
WARRANTY_YEARS = 3


def build_assets(seed: int, span: Span, sites: Sequence[Site]) -> pl.DataFrame:
    """Columns site and place (its rank at the site), then those of the plain `assets` feed."""
    kinds = [line.split("|") for line in _KINDS.strip().splitlines()]
    parts = []
    for site in sites:
        column = (CLINIC, URGENT, HOME).index(site.kind)
        counts = [int(kind[5].split()[column]) for kind in kinds]
        parts.append(_of_site(seed, span, site, kinds, np.repeat(np.arange(len(kinds)), counts)))
    frame = pl.concat(parts)
    return frame.with_columns(pl.format("A-{}", pl.int_range(10001, 10001 + pl.len()))
                              .alias("asset"))  # fmt: skip


def _of_site(seed: int, span: Span, site: Site, kinds: list[list[str]], kind: Ints) -> pl.DataFrame:
    rng = stream(seed, "assets", site.code)
    life = np.array([float(entry[4]) for entry in kinds])[kind]
    age = rng.uniform(0.05, 0.9, len(kind)) * life
    # One in twenty-five is past its life; more would be a story of its own.
    old = np.arange(len(kind)) % 25 == 11
    age = np.where(old, life * rng.uniform(1.05, 1.3, len(kind)), age)
    bought = np.datetime64(span.today) - np.round(age * 365.25).astype(np.int64)
    if site.opened >= span.first:
        bought = np.full(len(kind), np.datetime64(site.opened)) - rng.integers(10, 60, len(kind))
    cost = np.array([float(entry[3]) for entry in kinds])[kind]
    cost = np.round(cost * rng.uniform(0.85, 1.15, len(kind)), -1)
    years = np.array([np.timedelta64(365 * WARRANTY_YEARS, "D")])
    gone = site.closed is not None and site.closed <= span.today
    return pl.DataFrame(
        {
            "site": np.full(len(kind), site.index),
            "place": np.arange(len(kind)),
            "name": pick([entry[0] for entry in kinds], kind),
            "class": pick([entry[1] for entry in kinds], kind),
            "risk": pick([entry[2] for entry in kinds], kind),
            "status": ["stored" if gone else "in use"] * len(kind),
            "acquired": bought,
            "cost": cost,
            "replacement_cost": np.round(cost * 1.025**age, -1),
            "useful_life": life.astype(np.int64),
            "warranty_end": bought + years,
        }
    )


def write_assets(writer: Writer, sites: Sequence[Site], assets: pl.DataFrame) -> None:
    """The plain `assets` feed in one CSV."""
    shown = assets.with_columns(pick([site.code for site in sites], assets["site"]).alias("site"))
    columns = ["site", "asset", "name", "class", "risk", "status", "acquired", "cost",
               "replacement_cost", "useful_life", "warranty_end"]  # fmt: skip
    writer.csv("maintenance/assets.csv", shown.select(columns), float_precision=2)
