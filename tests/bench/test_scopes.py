"""What it costs to ask who looks, and to copy a scope's rows for SQL. `make bench` says.

The same pages of the same sites are opened without any sign-in and by somebody whose scope names
every region: the difference is the check, with the session, the audit and the views it goes
through. The copy is of 50 of 500 sites, of 20M rows, where ROUNDS_BENCH_HOME names such a home.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pipelines.access import people
from pipelines.access.people import Person
from pipelines.demo.load import load_demo
from pipelines.room.copies import copied
from pipelines.settings import Home
from pipelines.warehouse.limits import Limits
from pipelines.warehouse.reader import open_build
from tests.conftest import ROOT

pytestmark = pytest.mark.bench
PAGES = ("overview", "site", "staffing", "supplies", "facilities", "contracts", "budget", "explore",
         "data", "settings")  # fmt: skip
RUNS, ROUNDS = 4, 6  # of a busy machine's runs the least is told
MOST = 1.05  # of the script's time without the check
FIRST, AGAIN = 1.5, 0.05  # seconds for a copy, and for one that is there


def home_beside(kept: Path, folder: Path) -> Home:
    """A home of one's own that reads another's build: nothing is written into that."""
    home = Home(folder / "home")
    home.make()
    home.warehouse.mkdir(exist_ok=True)
    build = (kept / "warehouse/CURRENT").read_text(encoding="utf-8")
    (home.warehouse / f"rounds-{build}.duckdb").symlink_to(
        kept / "warehouse" / f"rounds-{build}.duckdb"
    )
    home.current.write_text(build, encoding="utf-8")
    for name in ("settings.toml", "state.sqlite"):
        if (kept / name).exists():
            shutil.copy(kept / name, home.root / name)
    return home


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("scopes")
    named = os.environ.get("ROUNDS_DEMO_HOME")
    if named:
        home = home_beside(Path(named), folder)
    else:
        home = Home(folder / "home")
        load_demo(home, date(2026, 10, 31))
    regions = sorted({place for place in open_build(home).places.values() if place})
    people.keep(home, Person("boss", "Boss", "administrator"))
    people.keep(home, Person("all", "All", "director", regions=tuple(regions)))
    return home


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    kept = os.environ.get("ROUNDS_BENCH_HOME", "")
    if not Path(kept, "warehouse/CURRENT").exists():
        pytest.skip("ROUNDS_BENCH_HOME names no home with 500 sites: see test_queries")
    home = home_beside(Path(kept), tmp_path_factory.mktemp("large"))
    yield home
    shutil.rmtree(home.warehouse)


def opened(home: Home, who: str) -> dict[str, list[float]]:
    """The processor's seconds of each page's first run and of a later one, in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.scoped", str(home.root), who, str(RUNS), *PAGES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, list[float]] = json.loads(done.stdout)
    return told


def test_the_check_of_who_looks(demo: Home) -> None:
    least: dict[str, dict[str, list[float]]] = {}
    for _ in range(ROUNDS):
        for who in ("local", "all"):
            for page, took in opened(demo, who).items():
                before = least.setdefault(who, {}).setdefault(page, took)
                least[who][page] = [min(pair) for pair in zip(before, took, strict=True)]
    print()
    for page in PAGES:
        one, other = (least[who][page] for who in ("local", "all"))
        print(f"{page:<11} first {one[0]:6.3f} s, checked {other[0]:6.3f}; "
              f"again {one[1]:6.3f}, checked {other[1]:6.3f}")  # fmt: skip
    for at, name in enumerate(("first runs", "later runs")):
        sums = [sum(took[at] for took in least[who].values()) for who in ("local", "all")]
        print(f"{name}: {sums[1] / sums[0]:.3f} of the time without the check (limit {MOST})")


def test_the_copy_of_a_scope(large: Home) -> None:
    reader = open_build(large)
    rows = reader.query("SELECT count(*) AS n FROM supply_moves")["n"][0]
    sites = reader.query("SELECT site FROM sites WHERE site NOT LIKE '~%' ORDER BY hash(site)")
    firsts, later = [], []
    for at in range(4):  # other sites each time
        limits = Limits(sites=frozenset(sites["site"].to_list()[50 * at : 50 * at + 50]))
        for took in (firsts, later):
            start, busy = time.perf_counter(), time.process_time()
            with copied(large, reader, limits, ["supply_moves"]) as copy:
                took.append((time.perf_counter() - start, time.process_time() - busy))
                assert "supply_moves" in copy.made
    first, again = min(firsts), min(later)
    print(f"\n50 of {sites.height} sites of {rows:,} rows: {first[0]:.2f} s (processor "
          f"{first[1]:.2f}; limit {FIRST}), then {again[0]:.3f} s (limit {AGAIN})")  # fmt: skip
    assert again[0] < first[0]
