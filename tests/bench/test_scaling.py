"""What a site more costs: 50, 500 and, if asked for, 5,000 sites. `make bench` prints the table.

ROUNDS_BENCH_SITES ("50,500") names the sizes; 5,000 sites are 810 million facts and need 60 GB of
disk. ROUNDS_BENCH_KEEP names a folder that the homes are made in and stay in. Each step has a
process of its own; processor seconds are told, since other work may share the machine.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.bench.invoices import write
from tests.bench.measured import measure

pytestmark = pytest.mark.bench

SITES = [int(text) for text in os.environ.get("ROUNDS_BENCH_SITES", "50,500").split(",")]
LINES = 2_000  # invoice lines a site that are loaded from a file
NEEDED = 12e6  # bytes of disk a site: the record, the read model, and what making them takes


def study(folder: Path, sites: int) -> dict[str, Any]:
    """The cost of each step for a group of so many sites."""
    told: dict[str, Any] = {}
    path = folder / "lines.csv"
    write(path, LINES * sites, mess=True)
    loaded = measure("load", path, folder / "loaded")
    assert loaded["records"] == LINES * sites
    told |= {"load": loaded["cpu"], "load MB": loaded["peak"]}
    shutil.rmtree(folder / "loaded")
    path.unlink()
    home = folder / f"group-{sites}"
    if not (home / "warehouse/record.duckdb").exists():
        told["facts"] = measure("drawn", home, str(sites))["rows"]
    made = measure("published", home)
    told |= {"publish": made["cpu"], "publish MB": made["peak"], "roll-up": made["rollup"],
             "size MB": made["size"]}  # fmt: skip
    asked = measure("asked", home)
    told |= {"query": asked["query"], "slowest": asked["slowest"]}
    page = measure("opened", home)
    told |= {"page first": page["first"], "page again": page["again"], "page MB": page["peak"]}
    return told


# What is told: its unit, and whether it should grow with the sites, or stay as it is.
GROWS = {"load": "s", "publish": "s", "roll-up": "s", "size MB": "MB"}
STAYS = {"load MB": "MB", "publish MB": "MB", "query": "ms", "slowest": "ms", "page first": "s",
         "page again": "s", "page MB": "MB"}  # fmt: skip


def test_what_a_site_more_costs(tmp_path: Path) -> None:
    kept = os.environ.get("ROUNDS_BENCH_KEEP")
    folder = Path(kept) if kept else tmp_path
    folder.mkdir(exist_ok=True, parents=True)
    told: dict[int, dict[str, Any]] = {}
    for sites in SITES:
        if shutil.disk_usage(folder).free < NEEDED * sites:
            print(f"\n{sites:,} sites need {NEEDED * sites / 1e9:,.0f} GB of disk: left out")
            continue
        told[sites] = study(folder, sites)
        if not kept:
            shutil.rmtree(folder / f"group-{sites}")
    print("\n| what (processor time) | " + " | ".join(f"{n:,} sites" for n in told) + " |")
    print("| --- |" + " --- |" * len(told))
    for what, unit in {**GROWS, **STAYS}.items():
        cells = []
        for sites, costs in told.items():
            each = f" ({1000 * costs[what] / sites:,.1f} m{unit} a site)" if unit == "s" else (
                f" ({costs[what] / sites:,.2f} a site)"
            )  # fmt: skip
            cells.append(f"{costs[what]:,.2f} {unit}{each if what in GROWS else ''}")
        print(f"| {what} | " + " | ".join(cells) + " |", flush=True)
    assert told
