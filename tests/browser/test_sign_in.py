"""Signing in and out in a real browser, and what one person has of another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.access import audit, door, people
from pipelines.access.people import Person
from pipelines.settings import Home
from tests.browser.accessibility import AXE, TAGS
from tests.browser.conftest import watched_page
from tests.browser.serving import dashboard
from tests.landings import build

PASSWORD = "three odd words here"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("signing-in")
    build(folder / "files", folder / "home")
    found = Home(folder / "home")
    people.keep(found, Person("boss", "Ada Boss", "administrator"))
    people.keep(found, Person("ann", "Ann Lee", "director", subjects=("staffing",)))
    for login in ("boss", "ann"):
        door.set_password(found, login, PASSWORD)
    return found


@pytest.fixture(scope="module")
def address(place: Home) -> Iterator[str]:
    with dashboard(place.root, "--identity", "users") as found:
        yield found


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_one_signs_in_to_the_page_asked_for_and_out_again(
    page: Page, address: str, place: Home
) -> None:
    page.goto(f"{address}/staffing")
    expect(page).to_have_title("Sign in · Rounds")
    sign_in(page, "ann", "not the right one")
    expect(page.get_by_role("alert")).to_contain_text("don't open Rounds")
    sign_in(page, "ann")
    expect(page).to_have_url(f"{address}/staffing")
    menu = page.locator(".rd-account")
    expect(menu).to_contain_text("Ann Lee", timeout=30_000)
    tabs = page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    assert "Staffing" in tabs
    assert not {"Supplies", "Contracts", "Facilities"} & set(tabs)
    door.end_all(place, "ann")
    page.get_by_role("link", name="Budget").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You were signed out")
    page.get_by_role("link", name="Sign in again").click()
    sign_in(page, "ann")
    menu.locator("summary").click(timeout=30_000)
    menu.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{address}/sign-in")
    page.goto(f"{address}/staffing")
    expect(page).to_have_title("Sign in · Rounds")
    kinds = [line.what for line in audit.lines(place, who="ann")]
    assert kinds[0] == "sign out"
    assert {"sign in", "sign in failed", "view"} <= set(kinds)


def test_a_download_s_address_is_no_use_to_another(
    chromium: Browser, page: Page, address: str
) -> None:
    page.goto(f"{address}/number?metric=spend&period=2026-07")
    sign_in(page, "boss")
    button = page.get_by_role("button", name="All rows as CSV")
    button.scroll_into_view_if_needed(timeout=30_000)
    with page.expect_response("**/media/**") as found, page.expect_download():
        button.click()
    there = found.value.url
    assert page.request.get(there).status == 200
    with watched_page(chromium) as other:
        other.goto(address)
        sign_in(other, "ann")
        assert other.request.get(there).status == 403
        other.context.clear_cookies()
        assert other.request.get(there).status == 401


@pytest.mark.soak
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_is_for_everybody(chromium: Browser, address: str, scheme: str) -> None:
    """Without scripts, on a phone, in both schemes, and by axe's rules."""
    size = {"width": 390, "height": 844}
    with watched_page(chromium, viewport=size, color_scheme=scheme) as page:
        page.goto(f"{address}/sign-in")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        sign_in(page, "nobody", "not the right one")
        expect(page.get_by_role("alert")).to_be_visible()
        page.evaluate(AXE)
        run = {"runOnly": {"type": "tag", "values": list(TAGS)}}
        judged = page.evaluate("run => axe.run(document, run)", run)
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in judged["violations"]] == []
    with watched_page(chromium, viewport=size, java_script_enabled=False) as page:
        page.goto(address)
        sign_in(page, "boss")
        expect(page).to_have_url(f"{address}/")
