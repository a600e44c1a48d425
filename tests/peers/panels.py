"""Dashboards of eight panels in one Chromium: Rounds, and Apache Superset over the same star.

What is told of each: the first load in a cold browser on a warm server, a click on a filter, the
switch to the other dashboard (in seconds by the page's clock until the last change, and of the
processor, server and browser together), and the memory of the server.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.bench import clicks
from tests.bench.processor import below, processor_seconds
from tests.browser.conftest import FLAGS
from tests.browser.serving import dashboard, free_port, serving
from tests.conftest import ROOT

TRIES = 3
REGIONS = ("North", "Coast", "Lakes")
SCREEN: ViewportSize = {"width": 1440, "height": 1300}
CONFIG = """
SECRET_KEY = "for a measurement on this machine alone, and for nothing else"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
TALISMAN_ENABLED = RATELIMIT_ENABLED = False
DATA_CACHE_CONFIG = {{"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 3600}}
CACHE_CONFIG = FILTER_STATE_CACHE_CONFIG = EXPLORE_FORM_DATA_CACHE_CONFIG = DATA_CACHE_CONFIG
"""
DRAWN = """(wanted) => {
  const charts = document.querySelectorAll(".dashboard-component-chart-holder");
  const done = [...charts].filter((c) => c.querySelector("canvas, table")).length;
  return done >= wanted && !document.querySelector("[data-test=loading-indicator], .loading");
}"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, and of the processor."""

    wall: float
    cpu: float


def timed(act: Callable[[], float]) -> Cost:
    """What something costs that tells how long a reader waited for it."""
    before = processor_seconds()
    waited = act()
    return Cost(waited, processor_seconds() - before)


def median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs), statistics.median(c.cpu for c in costs)
    )


def memory_of(mark: bytes) -> float:
    """The megabytes of the processes below this one whose command holds `mark`."""
    total = 0.0
    for pid in below():
        with suppress(OSError, StopIteration):
            place = Path(f"/proc/{pid}")
            if mark in (place / "cmdline").read_bytes():
                text = (place / "status").read_text(encoding="utf-8")
                total += next(
                    int(x.split()[1]) for x in text.splitlines() if x.startswith("VmRSS")
                ) / 1024  # fmt: skip
    return total


def rounds(home: Path, chromium: Path) -> dict[str, Any]:
    """The overview, and from there to staffing and back; each shows eight panels or more."""
    with dashboard(home, ahead=True) as address:
        return _in_streamlit(chromium, address, ("Staffing", "Overview"), "/staffing", b"server.py")


def of_parts(home: Path, chromium: Path) -> dict[str, Any]:
    """The two dashboards that Superset is given, of Rounds' parts: see `board`."""
    port = free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "tests/peers/board_server.py"),
        "--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true",
    ]  # fmt: skip
    env = {**os.environ, "ROUNDS_HOME": str(home.resolve())}
    with serving(command, port, env=env, cwd=ROOT / "dashboard") as address:
        return _in_streamlit(
            chromium, address, ("Group 2", "Group 1"), "", b"board_server.py", least=8
        )


def _in_streamlit(
    chromium: Path, address: str, links: tuple[str, str], filtered: str, mark: bytes, least: int = 0
) -> dict[str, Any]:
    """Costs of an app whose `links` lead from its first page and back; one has a field Region."""
    told: dict[str, list[Cost]] = {"first": [], "filter": [], "switch": []}
    with sync_playwright() as playwright:

        def cold() -> Cost:
            with clicks.watched(playwright, chromium, SCREEN["height"]) as (page, _):
                return timed(lambda: _opened(page, address))

        cold()
        told["first"] += [cold() for _ in range(TRIES)]
        with clicks.watched(playwright, chromium, SCREEN["height"]) as (page, received):
            _opened(page, f"{address}{filtered}")
            if (folded := page.locator("[data-testid=stPopover] button")).count() and filtered:
                folded.first.click()
            for region in REGIONS:
                told["filter"].append(timed(
                    lambda r=region: clicks._chosen(page, received, "Region", r).seconds
                ))  # fmt: skip
            page.keyboard.press("Escape")
            _opened(page, address)
            if (drawn := page.locator(".js-plotly-plot").count()) < least:
                raise RuntimeError(f"{drawn} charts were drawn of {least}")
            for at in range(2 * TRIES):
                link = page.get_by_role("link", name=links[at % 2], exact=True).first
                told["switch"].append(timed(
                    lambda k=link: clicks.press(page, received, "page", k.click).seconds
                ))  # fmt: skip
        memory = memory_of(mark)
    return {**{name: median(costs) for name, costs in told.items()}, "memory": memory}


def _opened(page: Page, address: str) -> float:
    page.goto(address)
    return clicks.settle(page)


@contextmanager
def superset(star: Path, folder: Path, environment: Path) -> Iterator[str]:
    """The address of Superset as its packages bring it: one worker with threads."""
    folder.mkdir(parents=True)
    config = folder / "superset_config.py"
    config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    env = {**os.environ, "SUPERSET_CONFIG_PATH": str(config), "SUPERSET_HOME": str(folder),
           "FLASK_APP": "superset"}  # fmt: skip
    env.pop("PYTHONPATH", None)
    tool = environment / "bin"
    maker = ROOT / "tests/peers/superset_home.py"
    who = ["--username", "admin", "--firstname", "a", "--lastname", "b", "--email", "a@b.example"]
    for command in (
        ["superset", "db", "upgrade"],
        ["superset", "fab", "create-admin", *who, "--password", "measured"],
        ["superset", "init"],
        ["python", str(maker), str(star)],
    ):
        subprocess.run([tool / command[0], *command[1:]], env=env, check=True, capture_output=True)
    port = free_port()
    command = [tool / "gunicorn", "-w", "1", "-k", "gthread", "--threads", "20", "--timeout", "120",
               "-b", f"127.0.0.1:{port}", "superset.app:create_app()"]  # fmt: skip
    with serving(command, port, "/health", env=env, cwd=folder) as address:
        yield address


def by_superset(star: Path, folder: Path, environment: Path, chromium: Path) -> dict[str, Any]:
    """Two dashboards of eight charts, with one filter that all of them follow."""
    told: dict[str, list[Cost]] = {"first": [], "filter": [], "switch": []}
    with superset(star, folder, environment) as address, sync_playwright() as playwright:

        def shown(page: Page, number: int) -> float:
            page.goto(f"{address}/superset/dashboard/group-{number}/")
            return _drawn(page, 0)

        def cold() -> Cost:
            other = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            fresh = other.new_context(storage_state=state, viewport=SCREEN)
            cost = timed(lambda: shown(fresh.new_page(), 1))
            other.close()
            return cost

        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport=SCREEN)
        page = context.new_page()
        page.goto(f"{address}/login/")
        page.locator("input#username, input[name=username]").first.fill("admin")
        page.locator("input#password, input[name=password]").first.fill("measured")
        page.keyboard.press("Enter")
        page.wait_for_url("**/superset/welcome/**", timeout=120_000)
        state = context.storage_state()
        for number in (1, 2):
            shown(page, number)
        told["first"] += [cold() for _ in range(TRIES)]
        for at in range(2 * TRIES):
            told["switch"].append(timed(lambda n=at % 2 + 1: shown(page, n)))  # type: ignore[misc]
        shown(page, 1)
        for region in REGIONS:
            told["filter"].append(timed(lambda r=region: _filtered(page, r)))  # type: ignore[misc]
        browser.close()
        memory = memory_of(b"superset.app:create_app")
    return {**{name: median(costs) for name, costs in told.items()}, "memory": memory}


def _drawn(page: Page, since: float) -> float:
    """Seconds from `since` (milliseconds of the page's clock) until all charts were drawn.

    The processor is given as long to come to rest as in Rounds' pages.
    """
    page.wait_for_function(DRAWN, arg=8, timeout=180_000)
    waited = float(page.evaluate("performance.now()")) - since
    page.wait_for_timeout(1000 * clicks.QUIET)
    return waited / 1000


def _filtered(page: Page, region: str) -> float:
    page.locator("[data-test=form-item-value] .ant-select-selector, "
                 "[data-test=form-item-value] .ant-select").first.click()  # fmt: skip
    page.locator(".ant-select-item-option", has_text=region).first.click()
    page.wait_for_timeout(200)
    since = float(page.evaluate("performance.now()"))
    with page.expect_response(lambda answer: "/api/v1/chart/data" in answer.url, timeout=60_000):
        page.locator("[data-test=filter-bar__apply-button]").click()
    return _drawn(page, since)
