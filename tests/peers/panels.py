"""Dashboards of eight panels in one Chromium: Rounds, and Apache Superset over the same star.

What is told of each: the first load in a cold browser on a warm server, a click on a filter, the
switch to the other dashboard (in seconds by the clock, and of the processor, server and browser
together), and the memory of the server.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.bench import clicks
from tests.bench.processor import processor_seconds
from tests.browser.conftest import FLAGS
from tests.browser.serving import dashboard, free_port, serving
from tests.conftest import ROOT

TRIES = 3
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


def timed(act: Callable[[], object]) -> Cost:
    start, before = time.perf_counter(), processor_seconds()
    act()
    return Cost(time.perf_counter() - start, processor_seconds() - before)


def median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs), statistics.median(c.cpu for c in costs)
    )


def memory_of(mark: bytes) -> float:
    """The megabytes of all processes whose command holds `mark`."""
    total = 0.0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError, StopIteration):
            if mark in path.read_bytes() and path.parent.name != str(os.getpid()):
                text = (path.parent / "status").read_text(encoding="utf-8")
                total += next(
                    int(x.split()[1]) for x in text.splitlines() if x.startswith("VmRSS")
                ) / 1024  # fmt: skip
    return total


def rounds(home: Path, chromium: Path) -> dict[str, Any]:
    """The overview, and from there to staffing and back; each shows eight panels or more."""
    told: dict[str, list[Cost]] = {"first": [], "filter": [], "switch": []}
    with dashboard(home, ahead=True) as address, sync_playwright() as playwright:
        clicks.open_cold(playwright, chromium, address)
        for _ in range(TRIES):
            told["first"].append(timed(lambda: clicks.open_cold(playwright, chromium, address)))
        with clicks.watched(playwright, chromium) as (page, received):
            page.goto(f"{address}/staffing")
            clicks.settle(page)
            page.locator("[data-testid=stPopover] button").first.click()
            for region in ("North", "Coast", "Lakes"):
                told["filter"].append(
                    timed(lambda r=region: clicks._chosen(page, received, "Region", r))  # type: ignore[misc]
                )
            page.keyboard.press("Escape")
            page.goto(address)
            clicks.settle(page)
            for at in range(2 * TRIES):
                link = page.locator("nav a").nth(at % 2 + 1)
                told["switch"].append(
                    timed(lambda k=link: clicks.press(page, received, "page", k.click))  # type: ignore[misc]
                )
        memory = memory_of(b"server.py")
    return {**{name: median(costs) for name, costs in told.items()}, "memory": memory}


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

        def shown(page: Page, number: int) -> None:
            page.goto(f"{address}/superset/dashboard/group-{number}/")
            page.wait_for_function(DRAWN, arg=8, timeout=180_000)

        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 1300})
        page = context.new_page()
        page.goto(f"{address}/login/")
        page.locator("input#username, input[name=username]").first.fill("admin")
        page.locator("input#password, input[name=password]").first.fill("measured")
        page.keyboard.press("Enter")
        page.wait_for_url("**/superset/welcome/**", timeout=120_000)
        state = context.storage_state()
        for number in (1, 2):
            shown(page, number)

        def cold() -> None:
            other = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            fresh = other.new_context(storage_state=state, viewport={"width": 1440, "height": 1300})
            shown(fresh.new_page(), 1)
            other.close()

        for _ in range(TRIES):
            told["first"].append(timed(cold))
        for at in range(2 * TRIES):
            told["switch"].append(timed(lambda n=at % 2 + 1: shown(page, n)))  # type: ignore[misc]
        shown(page, 1)
        for region in ("North", "Coast", "Lakes"):
            told["filter"].append(timed(lambda r=region: _filtered(page, r)))  # type: ignore[misc]
        browser.close()
        memory = memory_of(b"superset.app:create_app")
    return {**{name: median(costs) for name, costs in told.items()}, "memory": memory}


def _filtered(page: Page, region: str) -> None:
    page.locator("[data-test=form-item-value] .ant-select-selector, "
                 "[data-test=form-item-value] .ant-select").first.click()  # fmt: skip
    page.locator(".ant-select-item-option", has_text=region).first.click()
    with page.expect_response(lambda answer: "/api/v1/chart/data" in answer.url, timeout=60_000):
        page.locator("[data-test=filter-bar__apply-button]").click()
    page.wait_for_timeout(100)
    page.wait_for_function(DRAWN, arg=8, timeout=180_000)
