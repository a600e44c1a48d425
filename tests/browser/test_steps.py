"""What one chose is a step to go back by, and the points of charts lead on, on every page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import settled

PAGES = {
    "staffing": ("Compare with", "Last year", "compare=Last"),
    "": ("Compare with", "Month before", "compare=Month"),
    "supplies": ("Span", "3 months", "span=3"),
    "facilities": ("Month", "Sep 2026", "month=Sep"),
    "contracts": ("Month", "Sep 2026", "month=Sep"),
    "budget": ("Month", "Sep 2026", "month=Sep"),
    "what-if": ("Month", "Sep 2026", "month=Sep"),
    "site": ("Month", "Sep 2026", "month=Sep"),
}
OFTEN = "staffing"  # in every run, the others in the soak
# A point or bar that leads on, as the chart has it: where it stands, and its id.
POINT = """([name, wanted]) => {
  const plot = document.querySelector(`.st-key-${name}-chart .js-plotly-plot`);
  plot.scrollIntoView({ block: "center" });
  const size = plot._fullLayout._size, box = plot.getBoundingClientRect();
  for (const trace of plot._fullData) {
    const at = (trace.ids ?? []).indexOf(wanted);
    if (at < 0) continue;
    const { xaxis, yaxis } = plot._fullLayout;
    const middle = trace.type === "bar" ? trace.x[at] / 2 + (trace.base?.[at] ?? 0) : trace.x[at];
    return [box.x + size.l + xaxis.c2p(xaxis.d2c(middle)), box.y + size.t + yaxis.c2p(trace.y[at])];
  }
}"""


@pytest.fixture
def app(demo_app: str) -> str:
    return demo_app


def finding(page: Page) -> str:
    settled(page)
    return page.locator("h1").inner_text()


def press(page: Page, chart: str, point: str) -> None:
    """Click a chart's point as the mouse or a finger does, once the chart is drawn."""
    place = page.locator(f".st-key-{chart}-chart [role=figure]")
    place.scroll_into_view_if_needed()
    expect(place.locator(".main-svg").first).to_be_visible(timeout=30_000)
    expect(place).not_to_have_attribute("aria-busy", "true")
    x, y = page.evaluate(POINT, [chart, point])
    if page.evaluate("navigator.maxTouchPoints"):
        page.touchscreen.tap(x, y)
    else:
        page.mouse.move(x, y)
        page.mouse.click(x, y)


@pytest.mark.parametrize(
    "path", [p if p == OFTEN else pytest.param(p, marks=pytest.mark.soak) for p in PAGES]
)
def test_a_filter_is_a_step_to_go_back_by(app: str, page: Page, path: str) -> None:
    label, choice, parameter = PAGES[path]
    page.goto(f"{app}/{path}")
    first = finding(page)
    page.locator(".st-key-scope button").first.click()
    page.get_by_role("combobox", name=re.compile(rf"\b{label}$")).click()
    page.get_by_role("option", name=choice, exact=True).click()
    expect(page).to_have_url(re.compile(re.escape(parameter)), timeout=15_000)
    page.keyboard.press("Escape")
    finding(page)
    chosen = page.url
    page.go_back()
    expect(page).not_to_have_url(re.compile(re.escape(parameter)))
    expect(page.locator("h1")).to_have_text(first, timeout=15_000)
    settled(page)
    page.go_forward()
    expect(page).to_have_url(chosen)
    settled(page)
    page.locator(".st-key-scope button").first.click()
    shown = page.get_by_role("combobox", name=re.compile(rf"\b{label}$"))
    expect(shown).to_have_value(choice)


@pytest.mark.soak
def test_back_from_another_page_finds_the_filter_again(app: str, page: Page) -> None:
    page.goto(f"{app}/staffing?month=Sep+2026")
    september = finding(page)
    page.get_by_role("link", name="Facilities", exact=True).click()
    expect(page).to_have_url(re.compile("facilities.*month=Sep"))
    settled(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text(september, timeout=15_000)
    expect(page).to_have_url(re.compile("month=Sep"))


def test_a_trend_s_point_opens_its_month(app: str, page: Page) -> None:
    page.goto(f"{app}/staffing")
    finding(page)
    press(page, "cost-trend", "2")  # the third row of the table behind it: August
    expect(page).to_have_url(re.compile("number.*metric=labor_cost&period=2026-08"))
    expect(page.locator("h1")).to_contain_text("August 2026", timeout=15_000)
    page.go_back()
    expect(page.locator("h1")).to_contain_text("Staffing cost", timeout=15_000)


@pytest.mark.soak
def test_a_funnel_s_point_opens_its_site(app: str, phone: Page) -> None:
    phone.goto(f"{app}/staffing")
    finding(phone)
    press(phone, "agency-funnel", "0")  # the highest share
    expect(phone).to_have_url(re.compile("site=BRN|site=[A-Z]{3}"), timeout=15_000)
    site = re.search("site=([A-Z]+)", phone.url)
    assert site
    settled(phone)
    expect(phone.locator("h1")).not_to_contain_text("Staffing cost")


@pytest.mark.soak
def test_a_bridge_s_bar_leads_to_its_cause(app: str, page: Page) -> None:
    page.goto(f"{app}/budget")
    finding(page)
    press(page, "bridge-USD", "1")
    expect(page).to_have_url(re.compile("budget.*sites="), timeout=15_000)
    expect(page.get_by_role("table", name="Budget and actual by subject")).to_be_visible()


@pytest.mark.soak
def test_the_order_of_the_grid_is_in_the_address(app: str, page: Page) -> None:
    page.goto(f"{app}/")
    finding(page)
    grid = page.get_by_role("table", name="Every site, every key measure")
    first = grid.get_by_role("rowheader").first
    worst = first.inner_text()
    grid.get_by_role("button", name=re.compile("^Site")).click()
    expect(page).to_have_url(re.compile("sort=site"))
    by_name = first.inner_text()
    names = [cell.split("\n")[0] for cell in grid.get_by_role("rowheader").all_inner_texts()]
    assert names == sorted(names, key=str.lower)
    page.reload()
    expect(first).to_have_text(re.compile(re.escape(by_name.split("\n")[0])), timeout=15_000)
    page.go_back()
    expect(page).not_to_have_url(re.compile("sort="))
    expect(first).to_have_text(re.compile(re.escape(worst.split("\n")[0])), timeout=15_000)
