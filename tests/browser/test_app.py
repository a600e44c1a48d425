"""The app on the invented group in a real browser: every page, by address, by click, by phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.rehearsal import read
from tests.browser.accessibility import quiet
from tests.browser.conftest import watched_page
from tests.browser.serving import dashboard

PAGES = {
    "": r"October 2026 cost \$[\d.]+m, \$[\d.]+[km]? (over|under) budget",
    "site?site=BRN": r"Birch Run",
    "staffing": r"Staffing cost \$[\d.]+m",
    "supplies": r"\$",
    "facilities": r"\d",
    "contracts": r"\$",
    "budget": r"budget",
    "what-if?scenario=agency:-20~wage:3": r"would land at \$[\d.]+m, \$[\d.]+k more",
    "explore": r"Total cost was \$[\d.]+m .* budget",
    "explore?metric=open_issues&rows=risk&cols=site_kind&last=1&show=chart": r"Open issues were \d",
    "data": r"\d+ of \d+ feeds are in",
    "glossary": r"\d+ measures|Glossary|measure",
    "settings": r"[Tt]arget",
}


def title(page: Page) -> str:
    """The page's finding, once the run that draws it has ended."""
    page.wait_for_selector("h1", timeout=30_000)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=30_000)
    return page.locator("h1").first.inner_text()


@pytest.fixture(scope="module")
def kept(chromium: Browser) -> Iterator[Page]:
    """A page for one test after the other, so that its files come from the cache."""
    with watched_page(chromium, viewport={"width": 1440, "height": 900}) as page:
        yield page


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_by_its_address_and_fits_a_phone(app: str, kept: Page, path: str) -> None:
    kept.set_viewport_size({"width": 1440, "height": 900})
    kept.goto(f"{app}/{path}")
    assert re.search(PAGES[path], title(kept))
    assert "can't be shown" not in kept.inner_text("body")
    assert kept.locator("h1").count() == 1
    kept.set_viewport_size({"width": 390, "height": 844})
    quiet(kept)
    assert kept.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_a_finding_leads_to_its_site_and_back(app: str, page: Page) -> None:
    page.goto(f"{app}/")
    first = title(page)
    page.get_by_role("link", name=re.compile("Birch Run Clinic")).first.click()
    expect(page).to_have_url(re.compile("/site[?]site=BRN"))
    expect(page.locator("h1")).to_contain_text("Birch Run", timeout=30_000)
    page.go_back()
    expect(page.locator("h1")).to_have_text(first, timeout=30_000)


def test_the_scope_lives_in_the_address(app: str, page: Page) -> None:
    page.goto(f"{app}/staffing?month=Sep+2026&compare=Last+year")
    assert "Sep 2026" in title(page)
    assert "a year earlier" in page.inner_text("body")


def test_the_scope_goes_with_the_reader_to_the_next_page(app: str, page: Page) -> None:
    page.goto(f"{app}/staffing?month=Sep+2026")
    title(page)
    page.get_by_role("link", name="Budget", exact=True).click()
    expect(page).to_have_url(re.compile(r"/budget[?].*month=Sep"))
    expect(page.locator("h1")).not_to_contain_text("Staffing", timeout=30_000)


def test_several_sites_are_filtered_and_carried_on(app: str, page: Page) -> None:
    page.goto(f"{app}/staffing?sites=Birch+Run+Clinic&sites=Elmwood+Clinic")
    title(page)
    assert "Birch Run Clinic and Elmwood Clinic" in page.inner_text("body")
    page.get_by_role("link", name="Supplies", exact=True).click()
    expect(page).to_have_url(re.compile("/supplies[?]sites=Birch.*&sites=Elmwood"))
    expect(page.locator("h1")).to_contain_text("Supplies", timeout=30_000)
    assert "Birch Run Clinic and Elmwood Clinic" in page.inner_text("body")


def test_two_tabs_don_t_disturb_each_other(app: str, page: Page) -> None:
    page.goto(f"{app}/staffing?month=Sep+2026")
    other = page.context.new_page()
    other.goto(f"{app}/staffing?month=Aug+2026")
    assert "Aug 2026" in title(other)
    assert "Sep 2026" in title(page)


def test_the_server_listens_on_this_machine_only(app: str) -> None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("only Linux lists its listening sockets in /proc")
    port = f"{int(app.rsplit(':', 1)[1]):04X}"
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    listening = {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[1].endswith(port)}
    assert listening == {"0100007F"}  # 127.0.0.1, as the kernel writes it


def test_the_first_address_of_a_fresh_server_may_be_any_page(demo_home: Path, page: Page) -> None:
    """A folder called `pages` beside the app would be run by Streamlit as pages of its own."""
    with dashboard(demo_home) as address:
        page.goto(f"{address}/site?site=BRN")
        assert "Birch Run" in title(page)


def test_a_scenario_lives_in_the_address(app: str, page: Page) -> None:
    """A lever that is added is in the address, and the address makes the page again."""
    page.goto(f"{app}/what-if")
    assert "if nothing changes" in title(page)
    page.get_by_role("button", name="Add to the scenario").click()
    expect(page).to_have_url(re.compile("scenario=agency"))
    expect(page.locator("h1")).to_contain_text("would land at", timeout=30_000)
    found = title(page)
    page.goto(page.url)
    assert title(page) == found
    page.get_by_role("button", name="Take out").click()
    expect(page.locator("h1")).to_contain_text("if nothing changes", timeout=30_000)
    expect(page).not_to_have_url(re.compile("scenario="))


def test_the_server_s_own_session_opens_pages_to_their_end(app: str) -> None:
    """Without a browser, as `rounds serve` has them opened ahead."""
    read(app, ["", "staffing", "glossary"])
    with pytest.raises(OSError, match="refused"):
        read("http://127.0.0.1:1", [""])
