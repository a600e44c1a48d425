"""Every page at every size: nothing scrolls sideways, nothing is lost, targets are large enough.

1440 pixels at 200 % are 720, 1280 at 400 % are 320 (WCAG 1.4.4 and 1.4.10).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import a_third, quiet, settled, until
from tests.browser.conftest import watched_page

WIDTHS = (720, 390, 320)
# Elements that stand out of the page, or hold text that is cut off, the rows that scroll by
# themselves (page links, tabs) and what only a screen reader gets left out.
OUTSIDE = """() => {
  const found = [];
  const main = document.querySelector("[data-testid=stMain]");
  const scrolls = (node) => {
    for (let at = node.parentNode ?? node.host; at !== main; at = at.parentNode ?? at.host) {
      const over = at.nodeType === 1 ? getComputedStyle(at).overflowX : "";
      if (/auto|scroll|hidden/.test(over)) return true;
    }
    return false;
  };
  const cut = (node) => {
    const ours = node.getRootNode() !== document || node.closest(".rd-root");
    return ours && /hidden|clip/.test(getComputedStyle(node).overflowX) && node.clientWidth > 1
      && node.scrollWidth > node.clientWidth + 1;
  };
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) look(node.shadowRoot);
      const box = node.getBoundingClientRect();
      if (box.width > 1 && box.right > innerWidth + 1 && !scrolls(node))
        found.push(`${node.tagName} ${node.className} to ${Math.round(box.right)}`);
      else if (cut(node)) found.push(`${node.tagName} ${node.className} is cut off`);
    }
  };
  look(main);
  if (main.scrollWidth > main.clientWidth + 1) found.push(`main ${main.scrollWidth}`);
  const whole = document.scrollingElement;
  if (whole.scrollWidth > innerWidth) found.push(`page ${whole.scrollWidth}`);
  return found.slice(0, 5);
}"""
# Our own targets below 24 px. A link inside a sentence may be as low as its line (WCAG 2.5.8).
SMALL = """() => {
  const found = [];
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) look(node.shadowRoot);
      const ours = node.getRootNode() !== document || node.closest(".rd-root");
      if (!ours || !node.matches("a[href], button:not(.rd-skip), input, select")) continue;
      const box = node.getBoundingClientRect();
      if (box.width && (box.height < 23.5 || box.width < 23.5))
        found.push(`${node.className} ${node.textContent} ${box.width} x ${box.height}`);
    }
  };
  look(document);
  return found.slice(0, 5);
}"""


@pytest.fixture(scope="module")
def sized(chromium: Browser) -> Iterator[Page]:
    with watched_page(chromium, viewport={"width": 1440, "height": 900}) as page:
        yield page


def test_what_stands_out_or_is_too_small_is_found(page: Page) -> None:
    page.set_content(
        """<main data-testid=stMain style="width:100%;overflow:auto"><div class=rd-root>
        <p style="width:2000px">wide</p><p style="width:40px;overflow:hidden">
        Antidisestablishmentarianism</p><button style="width:20px;height:20px;padding:0">x</button>
        </div></main>"""
    )
    wide, cut, main = page.evaluate(OUTSIDE)
    assert (wide[:1], cut[-10:], main[:4]) == ("P", "is cut off", "main")
    assert [found.split() for found in page.evaluate(SMALL)] == [["x", "20", "x", "20"]]


@pytest.mark.parametrize("path", a_third(0))
def test_nothing_is_lost_when_the_page_is_narrow_or_enlarged(
    app: str, sized: Page, path: str
) -> None:
    sized.set_viewport_size({"width": 1440, "height": 900})
    sized.goto(f"{app}/{path}")
    settled(sized)
    assert sized.evaluate(OUTSIDE) == []
    assert sized.evaluate(SMALL) == []
    for width in WIDTHS:
        sized.set_viewport_size({"width": width, "height": 900})
        quiet(sized)
        assert sized.evaluate(OUTSIDE) == [], width
        assert sized.evaluate(SMALL) == [], width


def test_a_phone_shows_the_list_first(app: str, phone: Page) -> None:
    phone.goto(app)
    settled(phone)
    heads = phone.locator("h2")
    assert heads.first.inner_text() == "What needs attention"
    box = phone.get_by_role("list", name="What needs attention").bounding_box()
    assert box is not None
    assert box["y"] < 844, "the list begins on the first screen"
    tops = [heads.nth(at).bounding_box() for at in range(3)]
    assert all(top is not None and top["y"] > 0 for top in tops)
    assert [t["y"] for t in tops if t] == sorted(t["y"] for t in tops if t)


def test_nothing_moves_for_those_who_asked_for_that(chromium: Browser, app: str) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(f"{app}/staffing")
        settled(page)
        moving = page.evaluate(
            "document.getAnimations().filter((a) => a.playState === 'running').length"
        )
        assert moving == 0


def test_signals_stand_out_without_colours(chromium: Browser, app: str) -> None:
    """With the system's own colours every icon keeps its shape, and every signal has words."""
    with watched_page(chromium, forced_colors="active") as page:
        page.goto(app)
        settled(page)
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        icons = page.locator("svg.rd-icon[role=img]")
        expect(icons.first).to_be_visible()
        labels = {icons.nth(at).get_attribute("aria-label") for at in range(icons.count())}
        shapes = {
            icons.nth(at).evaluate("(n) => n.innerHTML.replace(/(fill|stroke)=.[^ ]*./g, '')")
            for at in range(icons.count())
        }
        assert len(labels) > 1
        assert len(shapes) == len(labels)


def test_a_site_prints_on_two_pages(chromium: Browser, app: str, tmp_path: Path) -> None:
    with watched_page(chromium, viewport={"width": 1440, "height": 1000}) as page:
        page.goto(f"{app}/site?site=BRN")
        settled(page)
        until(page, "window.Plotly")  # it comes once the page has nothing else to do
        side = dict.fromkeys(("top", "bottom", "left", "right"), "12mm")
        paper = page.pdf(format="A4", margin=side)
        assert paper.count(b"/Type /Page\n") == 2
        page.emulate_media(media="print")
        expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
        expect(page.locator("h1")).to_be_visible()
        # What the browser lays out for paper of this width goes past its edge nowhere.
        page.set_viewport_size({"width": 703, "height": 1000})
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.wait_for_timeout(500)
        assert page.evaluate(OUTSIDE) == []
