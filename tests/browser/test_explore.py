"""Explore in a browser: choices, figures and headings are in the address, and one can go back."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import settled
from tests.browser.serving import dashboard
from tests.dashboard import small

ISSUES = "explore?metric=open_issues&rows=site&cols=none&against=none&last=1"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("homes") / "works"
    small.works(home)
    with dashboard(home) as address:
        yield address


def test_choices_and_figures_are_steps_to_go_back_by(app: str, page: Page) -> None:
    page.goto(f"{app}/{ISSUES}")
    table = page.get_by_role("table", name="Open issues by site")
    expect(table.get_by_role("row")).to_have_count(4, timeout=30_000)
    page.get_by_role("combobox", name=re.compile("Rows")).click()
    page.get_by_role("option", name="Risk", exact=True).click()
    by_risk = page.get_by_role("table", name="Open issues by risk")
    expect(by_risk).to_be_visible(timeout=30_000)
    expect(page).to_have_url(re.compile("rows=risk"))

    by_risk.get_by_role("link", name="1", exact=True).first.click()
    expect(page.locator("h1")).to_have_text(re.compile("Open issues, High"), timeout=30_000)
    rows = page.get_by_role("table", name="The rows behind the figure")
    expect(rows.get_by_role("row")).to_have_count(2)
    expect(rows).to_contain_text("works.csv")

    page.go_back()
    expect(by_risk).to_be_visible(timeout=30_000)
    page.go_back()
    expect(table).to_be_visible(timeout=30_000)
    expect(page).to_have_url(re.compile("rows=site"))
    page.go_forward()
    expect(by_risk).to_be_visible(timeout=30_000)


def test_a_heading_sorts_and_the_order_stays_in_the_address(app: str, page: Page) -> None:
    page.goto(f"{app}/{ISSUES}")
    table = page.get_by_role("table", name="Open issues by site")
    first = table.get_by_role("rowheader").first
    expect(first).to_have_text("Oakdale", timeout=30_000)
    table.get_by_role("link", name="Site").click()
    expect(first).to_have_text("Elmwood", timeout=30_000)
    page.reload()
    expect(first).to_have_text("Elmwood", timeout=30_000)
    expect(page).to_have_url(re.compile("sort=name"))


def test_filters_come_along_and_can_be_taken_out(app: str, page: Page) -> None:
    page.goto(f"{app}/facilities?region=North")
    expect(page.locator("h1")).to_contain_text("open", timeout=30_000)
    page.get_by_role("link", name="Explore", exact=True).click()
    expect(page).to_have_url(re.compile("explore.*region=North"), timeout=30_000)
    expect(page.get_by_text("North ·").first).to_be_visible(timeout=30_000)
    settled(page)
    page.get_by_text("North ·").first.click()
    page.get_by_role("combobox", name=re.compile("Region")).click()
    page.keyboard.press("Backspace")
    expect(page.get_by_text("All sites ·").first).to_be_visible(timeout=30_000)
    expect(page).not_to_have_url(re.compile("region="), timeout=15_000)


def test_the_table_is_downloaded(app: str, page: Page) -> None:
    page.goto(f"{app}/{ISSUES}")
    page.get_by_role("button", name="Download the table").click(timeout=30_000)
    with page.expect_download() as told:
        page.get_by_role("button", name="CSV").click()
    with Path(told.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["site_name"], row["total"]): float(row["value"]) for row in rows}
    assert found == {("Oakdale", ""): 2, ("Elmwood", ""): 1, ("", "all"): 3}


def test_it_fits_a_phone(app: str, phone: Page) -> None:
    phone.goto(f"{app}/explore?metric=open_issues&rows=site&cols=month&against=previous&last=24")
    table = phone.get_by_role("table", name="Open issues by site and month")
    expect(table).to_be_visible(timeout=30_000)
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= 390
    # Nor does what only a screen reader meets reach past the edge.
    assert phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    # The latest month is in sight, and the names stay beside it.
    table.evaluate("table => table.scrollIntoView()")
    expect(table.get_by_role("columnheader").last).to_be_in_viewport()
    expect(table.get_by_role("rowheader").first).to_be_in_viewport(ratio=0.9)
