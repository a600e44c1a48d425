"""The page SQL in a browser: names complete by keyboard, a question runs, and can be cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import settled, violations
from tests.browser.serving import dashboard
from tests.dashboard import small

pytestmark = pytest.mark.soak


@pytest.fixture
def app(home: Path) -> Iterator[str]:
    small.works(home)
    with dashboard(home) as address:
        yield address


def test_a_question_is_written_run_and_kept_by_keyboard(app: str, page: Page) -> None:
    page.goto(f"{app}/sql")
    field = page.get_by_role("textbox", name="Your question in SQL")
    field.click(timeout=30_000)
    page.keyboard.type("SELECT nam")
    page.keyboard.press("Escape")
    page.keyboard.type("e FROM si")
    expect(page.get_by_role("option").first).to_have_text("sitestable")
    assert violations(page) == []
    page.keyboard.press("Tab")
    expect(field).to_have_value("SELECT name FROM sites")
    page.keyboard.type(" WHERE sites.reg")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type(" = 'North'")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("The answer has 1 row", timeout=60_000)
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Oakdale")
    settled(page)
    assert violations(page) == []
    page.get_by_label("Keep this question as").fill("North")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Kept as North.")).to_be_visible(timeout=30_000)


def test_a_question_is_cancelled(app: str, page: Page) -> None:
    page.goto(f"{app}/sql")
    field = page.get_by_role("textbox", name="Your question in SQL")
    field.fill("SELECT count(*) FROM range(1000000000000)", timeout=30_000)
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Cancel").click(timeout=30_000)
    expect(page.get_by_text("The question was cancelled.")).to_be_visible(timeout=30_000)
