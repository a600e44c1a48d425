"""How long readers wait for pages, browser and server on the same two cores. `make bench` says.

On the invented group, made once (or the home that ROUNDS_DEMO_HOME names), and on the group of
500 sites, if ROUNDS_BENCH_HOME names a home that holds it (see test_queries). The limits stand
beside what was measured; a test fails only where a page or a reader did not do its work.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from pipelines.analysis.health import sites
from pipelines.analysis.outlook.study import study
from pipelines.demo.load import load_demo
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.bench import clicks
from tests.bench.clicks import Wait
from tests.bench.processor import processor_seconds, rest
from tests.bench.sessions import Run, Visit, crowd, walk
from tests.browser.chromium import find
from tests.browser.serving import dashboard
from tests.conftest import NO_BROWSER

pytestmark = pytest.mark.bench

PAGES = ("", "site", "staffing", "supplies", "facilities", "contracts", "budget", "what-if",
         "explore", "data", "glossary", "settings")  # fmt: skip
FILTERED = "", "staffing", "supplies", "facilities", "contracts", "budget"
LOADS = 3  # first loads of each kind
READERS, SECONDS = 20, 40.0
KB = 1000


@dataclass(frozen=True, slots=True)
class Group:
    """A home with its server, and the regions of its sites by name."""

    name: str
    home: Path
    regions: tuple[str, ...]


@pytest.fixture(scope="module", params=["demo", "large"])
def group(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Group:
    if request.param == "large":
        kept = os.environ.get("ROUNDS_BENCH_HOME", "")
        if not Path(kept, "warehouse/CURRENT").exists():
            pytest.skip("ROUNDS_BENCH_HOME names no home with 500 sites: see test_queries")
        home = Path(kept)
    elif named := os.environ.get("ROUNDS_DEMO_HOME"):
        home = Path(named)
    else:
        home = tmp_path_factory.mktemp("pages")
        load_demo(Home(home), date(2026, 10, 31))
    reader = open_build(Home(home))
    study(reader)  # `rounds serve` has it made once a build, in the background
    regions = sorted(set(sites(reader)["region"].to_list()))
    return Group(request.param, home, tuple(regions))


@pytest.fixture(scope="module")
def chromium() -> Path:
    if os.environ.get("ROUNDS_NO_BROWSER") == "1":
        pytest.skip(NO_BROWSER)
    found = find()
    assert isinstance(found, Path), found
    return found


@pytest.fixture
def fresh(group: Group) -> Iterator[str]:
    """A server that just started, and has made ready what it makes for everybody."""
    with dashboard(group.home, ahead=True) as address:
        rest()
        yield address


def at_95(values: Sequence[float]) -> float:
    """The value within which 95 of 100 lie."""
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def tell(group: Group, what: str, measured: str, limit: str) -> None:
    print(f"| {group.name:5} | {what:52} | {measured:28} | {limit:14} |")


def check(runs: Sequence[Run]) -> None:
    """Every page came, with its finding and without a fault."""
    assert runs
    assert [run for run in runs if run.faults or not run.title] == []


def named(page: str) -> str:
    return page or "overview"


def test_scripts(group: Group, fresh: str) -> None:
    """Each page for the first time in a scope that nobody asked for, and again."""
    # What the process imports, and makes for all pages alike, is the first reader's alone.
    first = walk(fresh, [(page, ()) for page in PAGES])
    scopes = [(("region", group.regions[at % len(group.regions)]),) for at in range(len(PAGES))]
    visits: list[Visit] = list(zip(PAGES, scopes, strict=True))
    cold = walk(fresh, visits)
    again = [walk(fresh, visits) for _ in range(3)]
    usual = walk(fresh, [(page, ()) for page in PAGES])
    check([*first, *cold, *usual, *again[0]])
    warm = {page: min(runs[at].seconds for runs in again) for at, page in enumerate(PAGES)}
    computed = {page: statistics.fmean(runs[at].processor for runs in again)
                for at, page in enumerate(PAGES)}  # fmt: skip
    told = [
        ("as made ahead", {run.page: run.seconds for run in first}, ""),
        ("new to the cache", {run.page: run.seconds for run in cold}, "<= 800 ms"),
        ("new, processor time", {run.page: run.processor for run in cold}, "<= 800 ms"),
        ("from the cache", warm, "<= 150 ms"),
        ("from the cache, processor time", computed, "<= 150 ms"),
    ]
    for what, seconds, limit in told:
        ms = {page: 1000 * one for page, one in seconds.items()}
        worst = max(ms, key=lambda page: ms[page])
        tell(
            group,
            f"script, {what}: median, worst page",
            f"{statistics.median(ms.values()):,.0f}, {ms[worst]:,.0f} ms ({named(worst)})",
            limit,
        )
        print("   ", ", ".join(f"{named(page)} {one:,.0f}" for page, one in ms.items()))
    sizes = {run.page: run.received / KB for run in [*cold, *usual]}
    worst = max(sizes, key=lambda page: sizes[page])
    tell(
        group, "bytes of a whole page: median, largest",
        f"{statistics.median(sizes.values()):,.0f}, {sizes[worst]:,.0f} kB ({named(worst)})",
        "<= 300 kB",
    )  # fmt: skip
    print("   ", ", ".join(f"{named(page)} {size:,.0f}" for page, size in sizes.items()))


def test_twenty_readers_at_once(group: Group, fresh: str) -> None:
    """Each in a region of their own, or in none, from page to page without a pause."""
    scopes: list[tuple[tuple[str, str], ...]] = [(), *((("region", r),) for r in group.regions)]
    walks = []
    for at in range(READERS):
        scope = scopes[at % len(scopes)]
        walks.append([(PAGES[(at + step) % len(PAGES)], scope) for step in range(len(PAGES))])
    began = time.perf_counter()
    runs = crowd(fresh, walks, SECONDS)
    seconds = time.perf_counter() - began
    check(runs)
    tell(
        group, f"{READERS} readers at once, from a fresh start",
        f"{len(runs) / SECONDS:.1f} runs/s", ">= 8 runs/s",
    )  # fmt: skip
    before = processor_seconds()
    runs = crowd(fresh, walks, SECONDS)
    used = processor_seconds() - before
    check(runs)
    assert len(Counter(run.page for run in runs)) == len(PAGES)
    tell(
        group, f"{READERS} readers at once, caches filled: rate, 95 % within",
        f"{len(runs) / SECONDS:.1f} runs/s, {at_95([run.seconds for run in runs]):.1f} s",
        ">= 8 runs/s",
    )  # fmt: skip
    tell(
        group, f"{READERS} readers at once, caches filled: processor time",
        f"{1000 * used / len(runs):.0f} ms a run", "",
    )  # fmt: skip
    print(f"    no fault in any run; the first crowd ended after {seconds:.0f} s")


def test_first_loads(group: Group, fresh: str, chromium: Path, tmp_path: Path) -> None:
    """A cold browser each time, on servers that have shown their page before."""
    with sync_playwright() as playwright, clicks.plain_page(tmp_path) as plain:
        for address in (plain, fresh):
            clicks.open_cold(playwright, chromium, address)
        taken: dict[str, list[float]] = {plain: [], fresh: []}
        for _ in range(LOADS):
            for address, seconds in taken.items():
                seconds.append(clicks.open_cold(playwright, chromium, address).seconds)
    ours, its = (statistics.median(taken[address]) for address in (fresh, plain))
    tell(
        group, "first load, cold browser: overview, plain page, ratio",
        f"{ours:.2f} s, {its:.2f} s, {ours / its:.2f}x", "<= 1.3x",
    )  # fmt: skip


def test_clicks(group: Group, fresh: str, chromium: Path) -> None:
    regions = list(group.regions[:2])
    waits: list[Wait] = []
    switches: list[Wait] = []
    with sync_playwright() as playwright, clicks.watched(playwright, chromium) as (page, received):
        for path in FILTERED:
            one = clicks.filtered(page, received, f"{fresh}/{path}", regions)
            waits.extend(one)
            middle = statistics.median(wait.seconds for wait in one)
            slowest = max(one, key=lambda wait: wait.seconds)
            print(
                f"    {named(path)}: {len(one)} filter clicks, median {middle:.2f} s, "
                f"slowest {slowest.seconds:.2f} s ({slowest.what})"
            )
        page.goto(fresh)
        clicks.settle(page)
        links = page.locator("nav a")
        for _ in range(2):
            for at in [*range(1, len(PAGES)), 0]:
                link = links.nth(at)
                switches.append(clicks.press(page, received, link.inner_text(), link.click))
    assert len(switches) == 2 * len(PAGES)
    for what, told, limit in (
        ("filter click until settled", waits, "0.45, 1.0 s"),
        ("page switch until settled", switches, "<= 0.9 s"),
    ):
        seconds = [wait.seconds for wait in told]
        tell(
            group, f"{what}: median, 95 %",
            f"{statistics.median(seconds):.2f}, {at_95(seconds):.2f} s", limit,
        )  # fmt: skip
    print("   ", ", ".join(f"{wait.what} {wait.seconds:.2f}" for wait in switches[len(PAGES) :]))
    sizes = [wait.received / KB for wait in (*waits, *switches)]
    tell(
        group, "bytes of a rerun over the socket: median, largest",
        f"{statistics.median(sizes):,.0f}, {max(sizes):,.0f} kB", "<= 300 kB",
    )  # fmt: skip
