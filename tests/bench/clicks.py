"""What a reader waits for in Chromium: from the click until nothing on the page changes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Playwright

from tests.browser.conftest import FLAGS, watched_page
from tests.browser.serving import free_port, serving

QUIET = 0.6  # seconds without a change after which a page counts as settled
# Notes when the last press came, when the page last changed since (in shadow roots too), and the
# last state of the script. Streamlit's own sign that it is running is no part of the page, nor is
# what its lists of choices have read out ("12 options available."), which goes seven seconds later.
WATCH = """() => {
  const told = window.told = {pressed: 0, changed: 0, ran: false};
  const ours = (node) => node.isConnected && !(node.nodeType === 1 ? node : node.parentElement)
    ?.closest("[data-testid=stStatusWidget], [data-testid=stHeader], [role=listbox], "
      + "[data-live-announcer]");
  const watcher = new MutationObserver((changes) => {
    for (const {type, target, attributeName} of changes) {
      if (attributeName === "data-test-script-state") {
        const state = target.getAttribute(attributeName);
        if (state === "running") told.ran = true;
        told.changed = performance.now();
      } else if (type !== "attributes" && ours(target)) told.changed = performance.now();
    }
  });
  const look = (root) => watcher.observe(root, {subtree: true, childList: true,
    characterData: true, attributes: true, attributeFilter: ["data-test-script-state"]});
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    look(root);
    return root;
  };
  const begin = () => document.body ? look(document.body) : setTimeout(begin, 5);
  begin();
  for (const kind of ["click", "keydown"]) addEventListener(kind, (event) => {
    Object.assign(told, {pressed: event.timeStamp, changed: event.timeStamp, ran: false});
  }, true);
}"""
SETTLED = """(quiet) => {
  const app = document.querySelector("[data-testid=stApp]");
  return told.ran && app?.getAttribute("data-test-script-state") === "notRunning"
    && !document.querySelector("[data-testid=stSkeleton]") && document.querySelector("h1")
    && performance.now() - told.changed > 1000 * quiet;
}"""
PLAIN = """
import streamlit as st

st.title("Plain")
st.plotly_chart({"data": [{"type": "scatter", "x": [1, 2, 3], "y": [2, 1, 3]}]}, key="chart")
"""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long something took until the page had settled, in seconds, and what came by socket."""

    what: str
    seconds: float
    received: int


@contextmanager
def watched(
    playwright: Playwright, chromium: Path, height: int = 900
) -> Iterator[tuple[Page, list[int]]]:
    """A page in a browser of its own, whose cache is cold; and the bytes that its socket got."""
    browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    try:
        with watched_page(browser, viewport={"width": 1440, "height": height}) as page:
            received: list[int] = []
            page.on("websocket", lambda socket: socket.on(
                "framereceived", lambda data: received.append(len(data))))  # fmt: skip
            page.add_init_script(f"({WATCH})()")
            yield page, received
    finally:
        browser.close()


def settle(page: Page) -> float:
    """Wait until the run has ended and nothing changes; the seconds since the last press."""
    page.wait_for_function(SETTLED, arg=QUIET, timeout=120_000)
    return float(page.evaluate("told.changed - told.pressed")) / 1000


def open_cold(playwright: Playwright, chromium: Path, address: str) -> Wait:
    """The first load in a new browser, from the beginning of the navigation."""
    with watched(playwright, chromium) as (page, received):
        page.goto(address)
        return Wait(address, settle(page), sum(received))


def press(page: Page, received: list[int], what: str, act: Callable[[], object]) -> Wait:
    """Do one thing, and wait for what follows from it."""
    before = len(received)
    act()
    seconds = settle(page)
    return Wait(what, seconds, sum(received[before:]))


def filtered(page: Page, received: list[int], address: str, regions: list[str]) -> list[Wait]:
    """Filter an open page: two regions after each other, another comparison, and all back.

    What is chosen a second time is known by then, as it would be after a reader's first look.
    """
    page.goto(address)
    settle(page)
    page.locator("[data-testid=stPopover] button").first.click()
    waits = []
    for _ in range(2):
        for region in regions:
            waits.append(_chosen(page, received, "Region", region))
            page.get_by_role("combobox", name=re.compile("^(Selected )?.*Region")).first.focus()
            waits.append(press(page, received, f"without {region}",
                               lambda: page.keyboard.press("Backspace")))  # fmt: skip
        if page.get_by_role("combobox", name=re.compile("Compare with")).count():
            waits.append(_chosen(page, received, "Compare with", "Last year"))
            waits.append(_chosen(page, received, "Compare with", "Budget"))
    return waits


def _chosen(page: Page, received: list[int], filter_: str, value: str) -> Wait:
    page.get_by_role("combobox", name=re.compile(filter_)).first.click()
    option = page.get_by_role("option", name=value, exact=True)
    option.wait_for()
    page.wait_for_timeout(200)  # the list opens with a movement
    return press(page, received, f"{filter_} {value}", option.click)


@contextmanager
def plain_page(folder: Path) -> Iterator[str]:
    """The address of an otherwise empty Streamlit page with one Plotly figure."""
    script = folder / "plain.py"
    script.write_text(PLAIN, encoding="utf-8")
    port = free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), "--server.address=127.0.0.1",
        f"--server.port={port}", "--server.headless=true", "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
    ]  # fmt: skip
    with serving(command, port, cwd=folder) as address:
        yield address
