"""The pages of the app, opened to be judged: axe-core with a planted fault, widths, targets."""

from __future__ import annotations

import ast
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# WCAG 2.2 AA and all below it, and what Deque holds to be good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TALL = 4500  # axe judges no contrast below the fold of the element that scrolls inside the page
QUERIES = {
    "site": "?site=BRN",
    "number": "?metric=overtime_share&period=2026-10",
    "what-if": "?scenario=agency:-20~wage:3",
}
# What belongs to Streamlit and can't be mended from outside: the rule, what marks the element, and
# why. Nothing of our own may stand here.
STREAMLITS = (
    # The place to drop a file on has role="presentation" and an aria-label. The button in it is a
    # real one, so nothing is out of reach.
    ("presentation-role-conflict", 'data-testid="stFileUploaderDropzone"'),
    # 1.5 rem, which is 22.5 px at our 15 px. Backspace and the crosses of the choices do the same.
    ("target-size", 'aria-label="Clear all"'),
)

# What a mouse can press and the keyboard can't reach; and rows that look like links but are none.
UNREACHED = """() => {
  const found = [];
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) look(node.shadowRoot);
      const ours = node.getRootNode() !== document || node.closest(".rd-root");
      if (!ours) continue;
      const pressed = node.onclick || getComputedStyle(node).cursor === "pointer";
      // A chart's points are reached by its table (see test_keyboard).
      const reached = node.closest("a[href], button, input, select, summary, label, [role=figure]");
      if (pressed && !reached) found.push(`${node.tagName} ${node.className}`);
    }
  };
  look(document);
  return found;
}"""
_PLANT = """() => {
  const canary = document.createElement("p");
  canary.id = "canary";
  canary.textContent = "Too pale to be read";
  canary.style = "margin:3rem 0 0;color:#9a9a9a;background:#fff";
  document.querySelector("[data-testid=stMainBlockContainer]").append(canary);
}"""

# Every chart near the window has its picture; one that is folded away waits to be seen.
_DRAWN = """() => [...document.querySelectorAll("[role=figure][aria-busy]")].every(
  (chart) => !chart.getClientRects().length)"""
_QUIET = """() => new Promise((resolve) => {
  const start = performance.now();
  let changed = start;
  const watcher = new MutationObserver(() => { changed = performance.now(); });
  const look = (root) => {
    watcher.observe(root, {subtree: true, childList: true, characterData: true, attributes: true});
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) look(node.shadowRoot);
  };
  look(document);
  const ask = () => {
    const now = performance.now();
    if (now - changed > 300 || now - start > 5000) { watcher.disconnect(); resolve(); }
    else setTimeout(ask, 50);
  };
  ask();
})"""


def page_paths() -> list[str]:
    """The addresses of all pages that dashboard/app.py lists, each with what it needs to show."""
    tree = ast.parse((ROOT / "dashboard" / "app.py").read_text(encoding="utf-8"))
    paths = [
        word.value.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "Page"
        for word in call.keywords
        if word.arg == "url_path" and isinstance(word.value, ast.Constant)
    ]
    return [f"{path}{QUERIES.get(path, '')}" for path in paths]


def a_third(first: int) -> list[Any]:
    """The pages as parameters: every third from `first` on in `make test`, the rest in the soak."""
    return [
        path if at % 3 == first else pytest.param(path, marks=pytest.mark.soak)
        for at, path in enumerate(page_paths())
    ]


def settled(page: Page) -> None:
    """Wait until the run has ended and everything stands on the page."""
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000, state="attached"
    )
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=30_000)
    until(page, "document.fonts.status === 'loaded'")
    until(page, _DRAWN)
    quiet(page)


def until(page: Page, expression: str, arg: Any = None, seconds: float = 30) -> None:
    """Wait until an expression holds. Playwright's own waiting evaluates texts within the page,
    which the app's content security policy forbids, as it should."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not come to hold within {seconds:.0f} s: {expression}")
        page.wait_for_timeout(50)


def quiet(page: Page) -> None:
    """Wait until nothing on the page has changed for a while: charts are drawn after the run."""
    page.evaluate(_QUIET)


def violations(page: Page) -> list[str]:
    """What axe finds on the whole page: "rule at selector: reason", a line for each place.

    AssertionError when it misses the pale line that is planted at the page's foot.
    """
    page.evaluate(_PLANT)
    _make_tall(page)
    until(page, _DRAWN)
    assert page.locator(".rd-plot:not(.js-plotly-plot):visible").count() == 0
    page.evaluate(AXE)
    run = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
    found = page.evaluate("(options) => axe.run(document, options)", run)["violations"]
    page.evaluate("document.getElementById('canary').remove()")
    nodes = [(rule["id"], node) for rule in found for node in rule["nodes"]]
    planted = [node for rule, node in nodes if rule == "color-contrast" and _is_canary(node)]
    assert planted, "axe missed the canary: it did not judge the whole page"
    return [
        _line(rule, node)
        for rule, node in nodes
        if not _is_canary(node) and not _is_streamlits(rule, node)
    ]


def _is_canary(node: dict[str, Any]) -> bool:
    return bool(node["target"] == ["#canary"])


def _is_streamlits(rule: str, node: dict[str, Any]) -> bool:
    return any(rule == known and mark in node["html"] for known, mark in STREAMLITS)


def _make_tall(page: Page) -> None:
    """Make the window as tall as the page, which may grow again while it is drawn anew."""
    for _ in range(5):
        tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        size = page.viewport_size or {"width": 1440, "height": TALL}
        if tall <= size["height"]:
            return
        page.set_viewport_size({"width": size["width"], "height": tall + 200})
        quiet(page)


def _line(rule: str, node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    said = checks[0]["message"] if checks else node["html"][:120]
    steps = [step if isinstance(step, str) else " >> ".join(step) for step in node["target"]]
    return f"{rule} at {' >> '.join(steps)}: {said} {node['html'][:200]}"
