"""The gallery in a browser: links, sorting, reflow, colours, words for those who can't see it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import watched_page
from tests.dashboard.shots import PAGES, settle, whole
from tests.dashboard.test_theme import THEME

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HEADINGS = "[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))"
OVERFLOW = "(m => m.scrollWidth - m.clientWidth)(document.querySelector('[data-testid=stMain]'))"
FOCUSED = """(() => {
  let at = document.activeElement;
  while (at?.shadowRoot) at = at.shadowRoot.activeElement;
  return at?.dataset.rd;
})()"""
FILLS = """[...document.querySelectorAll('.scatterlayer .points path')]
  .map(path => getComputedStyle(path).fill)"""
FONTS = """[...document.fonts]
  .filter(font => font.family === 'Plex' && font.status === 'loaded').map(font => font.weight)"""


def visit(page: Page, address: str) -> None:
    """Open a page and wait until it is drawn."""
    page.goto(address)
    settle(page)


def test_every_page_fits_the_phone_and_is_in_order(gallery: str, phone: Page) -> None:
    for name in PAGES:
        visit(phone, f"{gallery}/{name.removeprefix('overview')}")
        assert phone.get_by_test_id("stException").count() == 0, name
        assert phone.evaluate(OVERFLOW) == 0, name
        levels = phone.evaluate(HEADINGS)
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(b - a <= 1 for a, b in pairwise(levels)), name


def test_every_chart_has_words(gallery: str, page: Page) -> None:
    visit(page, f"{gallery}/staffing")
    for words in ("actual $6.92m", "Overtime at Cedar Hill was 14.2", "Harbor Point at 8.9"):
        chart = page.locator(f"[role=figure][aria-label*='{words}']")
        expect(chart).to_have_count(1, timeout=30_000)


@pytest.mark.parametrize("name", ["", "states"])
def test_no_width_scrolls_sideways(gallery: str, page: Page, name: str) -> None:
    visit(page, f"{gallery}/{name}")
    for width in (640, 780, 1024, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)
        assert page.evaluate(OVERFLOW) == 0, width


def test_links_keep_the_session_and_the_history(gallery: str, page: Page) -> None:
    visit(page, gallery)
    page.evaluate("window.marker = 'same document'")
    before = page.evaluate("history.length")
    page.get_by_role("link", name="Overtime at Cedar Hill").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cedar Hill is")
    assert page.url == f"{gallery}/site?site=cedar-hill"
    assert page.evaluate("history.length") == before + 1
    page.get_by_role("link", name="Staffing", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Staffing cost")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cedar Hill is")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("October cost")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cedar Hill is")
    assert page.evaluate("window.marker") == "same document"


def test_a_link_changes_the_site_on_the_same_page(gallery: str, page: Page) -> None:
    visit(page, f"{gallery}/site?site=elmwood")
    page.get_by_role("link", name="Rounds, first page").click()
    page.get_by_role("link", name="Lakeview", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lakeview is")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


def test_a_link_opens_by_keyboard_and_in_a_new_tab(gallery: str, page: Page) -> None:
    visit(page, gallery)
    row = page.get_by_role("link", name="Lakeview can spare")
    with page.context.expect_page() as opened:
        row.click(modifiers=["Control"])
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text("Maple Grove is")
    assert page.url == f"{gallery}/"
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Maple Grove is")


def test_the_present_page_is_marked_and_in_view(gallery: str, phone: Page) -> None:
    visit(phone, f"{gallery}/health")
    here = phone.get_by_role("navigation", name="Pages").get_by_role("link", name="Data health")
    expect(here).to_have_attribute("aria-current", "page")
    box = here.bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390


def shares(page: Page) -> list[float]:
    """The overtime column as numbers."""
    cells = page.locator("tbody tr td:nth-child(2) .rd-value").all_inner_texts()
    return [float(re.sub(r"[^0-9.]", "", cell)) for cell in cells]


def test_the_grid_sorts_pages_and_finds(gallery: str, page: Page) -> None:
    visit(page, f"{gallery}/sites")
    rows = page.locator("tbody tr")
    assert rows.count() == 100
    given = shares(page)
    heading = page.get_by_role("button", name="Overtime")
    heading.click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Overtime")
    assert shares(page) == sorted(shares(page), reverse=True)
    assert page.evaluate(FOCUSED) == "sort-0"
    heading.click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Overtime")
    assert shares(page) == sorted(shares(page))
    heading.click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(0)
    page.wait_for_timeout(700)
    assert shares(page) == given
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".rd-pager")).to_contain_text("101 to 200 of 500 sites")
    page.get_by_role("searchbox").press_sequentially("harbor point 3")
    assert page.get_by_role("searchbox").input_value() == "harbor point 3"
    assert rows.count() == 8
    page.get_by_role("searchbox").fill("nowhere")
    expect(page.get_by_text("No site has these words in its name.")).to_be_visible()


def test_a_long_table_has_pages_and_is_searched(gallery: str, page: Page) -> None:
    """250 rows and their total, which stands below each page of a hundred."""
    visit(page, f"{gallery}/contracts")
    table = page.get_by_role("table", name="All contracts")
    rows, names = table.locator("tbody tr"), table.locator("tbody th")
    expect(rows).to_have_count(101)
    expect(names.last).to_have_text("All contracts")
    expect(table.locator(".rd-bar")).to_have_count(2)  # of the 50th and the 100th
    next_one = page.get_by_role("button", name="Next")
    next_one.click()
    next_one.click()
    expect(page.locator(".rd-pager")).to_contain_text("201 to 250 of 250 rows")
    expect(rows).to_have_count(51)
    expect(names.first).to_have_text("Contract 201")
    expect(names.first.locator("a")).to_have_attribute("href", "/contracts?contract=201")
    page.get_by_role("searchbox", name="Find a row").press_sequentially("contract 24")
    expect(rows).to_have_count(12)  # 24, 240 to 249, and the total
    page.get_by_role("searchbox", name="Find a row").fill("nowhere")
    expect(page.get_by_text("No row has these words.")).to_be_visible()


@pytest.mark.soak
def test_page_search_and_order_of_the_grid_are_in_the_address(gallery: str, page: Page) -> None:
    visit(page, f"{gallery}/sites?sort=overtime&page=2")
    told, name = page.locator(".rd-pager"), page.locator("tbody th .rd-site-link").first
    expect(told).to_contain_text("101 to 200 of 500 sites")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Overtime")
    second = name.inner_text()
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile(r"sort=overtime&page=3$"))
    expect(told).to_contain_text("201 to 300")
    third = name.inner_text()
    assert third != second
    page.get_by_role("searchbox").press_sequentially("harbor point 3")
    expect(page).to_have_url(re.compile(r"sort=overtime&find=harbor\+point\+3$"))
    expect(page.locator("tbody tr")).to_have_count(8)
    link = page.url
    page.go_back()
    expect(told).to_contain_text("201 to 300")
    expect(name).to_have_text(third)
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.go_back()
    expect(told).to_contain_text("101 to 200")
    expect(name).to_have_text(second)
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("searchbox")).to_have_value("harbor point 3")
    page.get_by_role("button", name="Overtime").click()
    expect(page).to_have_url(re.compile(r"find=harbor\+point\+3"))
    expect(page).to_have_url(re.compile(r"sort=-overtime"))
    visit(page, link)
    expect(page.locator("tbody tr")).to_have_count(8)


def test_the_phone_shows_what_is_unusual_and_then_all(gallery: str, phone: Page) -> None:
    visit(phone, gallery)
    names = phone.locator("tbody th:visible")
    assert names.count() == 8
    assert phone.locator("tbody td:visible").count() == 8
    expect(phone.get_by_text("6 sites show nothing unusual")).to_be_visible()
    phone.get_by_role("button", name="Show all").click()
    assert names.count() == 14
    assert phone.locator("tbody td:visible").count() == 14 * 6
    phone.get_by_label("Order of sites").select_option(label="By name")
    assert names.first.inner_text().startswith("Bayfield")


def test_the_matrix_on_the_phone_names_the_trouble(gallery: str, phone: Page) -> None:
    visit(phone, f"{gallery}/health")
    assert phone.locator("tbody th:visible").count() == 5
    expect(phone.get_by_text("9 sites have every feed in on time.")).to_be_visible()
    # The spoken text stands in the row, for whoever doesn't see the tint.
    expect(phone.get_by_role("row", name="Elmwood")).to_contain_text("4 days late")


def test_icons_are_spoken(gallery: str, page: Page) -> None:
    visit(page, gallery)
    row = page.get_by_role("row", name="Cedar Hill")
    expect(row.get_by_role("img", name="Unusually high, concern")).to_have_count(1)
    expect(row.get_by_role("img", name="Will miss target").first).to_be_visible()


def wait_for_fills(page: Page, colours: list[str]) -> None:
    """Wait until points of all these colours are drawn."""
    page.wait_for_function(
        f"wanted => wanted.every(colour => ({FILLS}).includes(colour))", arg=colours
    )


def rgb(colour: str) -> str:
    """How a browser writes a colour of the theme."""
    return "rgb({}, {}, {})".format(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_roles_become_the_colours_of_the_mode(gallery: str, chromium: Browser, mode: Any) -> None:
    with watched_page(chromium, color_scheme=mode, viewport={"width": 1440, "height": 900}) as page:
        visit(page, f"{gallery}/staffing")
        palette = THEME[mode]["chartCategoricalColors"]
        wait_for_fills(page, [rgb(palette[0]), rgb(palette[1])])
        # The page's own colour has no role of the ten; an open diamond is filled with it.
        visit(page, f"{gallery}/supplies")
        wait_for_fills(page, [rgb(THEME[mode]["backgroundColor"])])


def test_the_figures_stand_one_click_away(gallery: str, page: Page) -> None:
    visit(page, f"{gallery}/staffing")
    page.get_by_role("button", name="See the figures").nth(1).click()
    table = page.get_by_role("table", name="Overtime at Cedar Hill has left its usual range")
    expect(table.get_by_role("row").nth(1)).to_contain_text("Oct 2026")
    assert table.get_by_role("row").count() == 25


def test_names_from_files_stay_text(gallery: str, page: Page) -> None:
    visit(page, f"{gallery}/states")
    expect(page.get_by_text("A *star*, a_b_c, $1 and $2, :red[no], <b>no</b>")).to_be_visible()


def test_the_font_is_ours(gallery: str, page: Page) -> None:
    visit(page, gallery)
    whole(page)
    assert sorted(page.evaluate(FONTS)) == ["400", "500", "600"]
