"""All of the app by keyboard: what is reached, in which order, where the focus can be seen."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.accessibility import UNREACHED, settled, until

# The element that has the focus, in whatever shadow root it stands, and how it shows that.
FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  return {
    tag: at.tagName, words: (at.getAttribute("aria-label") || at.textContent || "").trim(),
    href: at.getAttribute("href"), top: box.top + box.height / 2, left: box.left,
    seen: style.outlineStyle !== "none" && style.outlineWidth !== "0px"
      || style.boxShadow !== "none" || at.tagName === "INPUT" || at.tagName === "MAIN",
  };
}"""


def focused(page: Page) -> dict[str, Any]:
    return dict(page.evaluate(FOCUSED))


def tab_to(page: Page, words: str, key: str = "Tab", most: int = 60) -> dict[str, Any]:
    """Press Tab until the focus stands on what begins with `words`."""
    for _ in range(most):
        page.keyboard.press(key)
        at = focused(page)
        if at["tag"] != "MAIN" and re.match(words, at["words"]):  # MAIN holds the words of all
            return at
    raise AssertionError(f"{most} tabs did not reach {words!r}")


def tab_to_row(page: Page, most: int) -> dict[str, Any]:
    """Press Tab until the focus stands on a line that leads to a site."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = focused(page)
        if (at["href"] or "").startswith("/site?site="):
            return at
    raise AssertionError(f"{most} tabs did not reach a line that leads to a site")


def test_from_a_finding_to_its_cause_and_back(app: str, page: Page) -> None:
    page.goto(app)
    settled(page)
    finding = page.inner_text("h1")
    tab_to(page, "Skip to the finding", most=5)
    page.keyboard.press("Enter")
    assert focused(page)["tag"] == "H1"
    row = tab_to_row(page, most=3)  # after where the total comes from, and its meeting pack
    assert row["seen"]

    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(row["href"])), timeout=30_000)
    expect(page.locator("h1")).not_to_have_text(finding, timeout=30_000)
    settled(page)
    until(page, "document.activeElement.tagName === 'H1'")
    assert page.title() == "Sites · Rounds"
    tab_to(page, ".*Meeting pack", most=1)
    cause = tab_to(page, ".", most=1)
    assert cause["href"], "then comes what one came for"

    tab_to(page, "Overview", key="Shift+Tab", most=20)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(finding, timeout=30_000)
    assert page.title() == "Overview · Rounds"


def test_the_browser_s_own_way_back_leads_to_the_finding(app: str, page: Page) -> None:
    page.goto(app)
    settled(page)
    finding = page.inner_text("h1")
    tab_to_row(page, most=30)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).not_to_have_text(finding, timeout=30_000)
    settled(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text(finding, timeout=30_000)
    settled(page)
    until(page, "document.activeElement.tagName === 'H1'")


def test_the_order_is_that_of_reading_and_the_focus_is_seen(app: str, page: Page) -> None:
    page.goto(app)
    settled(page)
    pages = page.locator("nav a").count()
    stops = []
    for _ in range(pages + 14):
        page.keyboard.press("Tab")
        stops.append(focused(page))
    unseen = [stop["words"] for stop in stops if not stop["seen"]]
    assert unseen == []
    words = [stop["words"] for stop in stops]
    first = words.index("Overview")
    assert words[first + pages - 1] == page.locator("nav a").last.inner_text()
    rows = [stop for stop in stops if (stop["href"] or "").startswith("/site?site=")]
    assert len(rows) > 2
    assert [row["top"] for row in rows[:3]] == sorted(row["top"] for row in rows[:3])


def test_what_only_a_mouse_can_press_is_found(page: Page) -> None:
    page.set_content(
        """<div class=rd-root><span style="cursor:pointer" class=row>a row</span>
        <a href="/x" style="cursor:pointer"><b>a link</b></a></div>"""
    )
    assert page.evaluate(UNREACHED) == ["SPAN row"]


def test_a_chart_s_figures_are_reached_by_keyboard(app: str, page: Page) -> None:
    """A point of a chart has no stop of its own: its table, one press away, is the equal."""
    page.goto(f"{app}/staffing")
    settled(page)
    charts = page.get_by_role("figure").count()
    assert charts
    assert page.get_by_role("button", name="See the figures").count() == charts
    tab_to(page, ".*See the figures", most=60)
    page.keyboard.press("Enter")
    expect(page.get_by_role("table").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("cell").first).to_be_visible()
    page.keyboard.press("Escape")
