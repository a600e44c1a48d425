"""An empty home leads to the first figures: by upload, or by a folder; on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.accessibility import settled
from tests.browser.serving import dashboard
from tests.dashboard.small import SITES


def steps(page: Page, app: str) -> None:
    """All pages say the same three steps."""
    for path in ("", "staffing", "data", "settings"):
        page.goto(f"{app}/{path}")
        settled(page)
        assert page.inner_text("h1") == "Nothing has been loaded yet"
        heads = [head for head in page.locator("h2").all_inner_texts() if head[0].isdigit()]
        assert [head[:2] for head in heads] == ["1.", "2.", "3."]
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    said = page.inner_text("body")
    assert "rounds ingest FOLDER" in said
    assert "rounds demo" in said


def test_the_folder_is_loaded_at_the_press_of_a_button(
    page: Page, phone: Page, tmp_path: Path
) -> None:
    """A phone shows the same; a file that can't be read says why, and is no hindrance."""
    home = tmp_path / "empty"
    with dashboard(home) as app:
        steps(phone, app)
        steps(page, app)
        expect(page.get_by_text("No file lies there yet.")).to_be_visible()
        (home / "inbox" / "letter.csv").write_text("Dear all;\nno table here\n", encoding="utf-8")
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_text("1 file lies there.")).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Load what lies there").click(timeout=60_000)
        expect(page.get_by_text("letter.csv: Not loaded.")).to_be_visible(timeout=60_000)
        assert page.inner_text("h1") == "Nothing has been loaded yet"
        (home / "inbox" / "sites.csv").write_text(SITES, encoding="utf-8")
        phone.reload()
        phone.get_by_role("button", name="Load what lies there").click(timeout=60_000)
        expect(phone.locator("h1")).not_to_have_text("Nothing has been loaded yet", timeout=60_000)


def test_the_first_file_may_be_uploaded_on_any_page(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "sites.csv"
    file.write_text(SITES, encoding="utf-8")
    with dashboard(tmp_path / "empty") as app:
        page.goto(app)
        page.locator("input[type=file]").set_input_files(file, timeout=60_000)
        page.get_by_role("button", name="Load this file").click(timeout=60_000)
        expect(page.locator("h1")).not_to_have_text("Nothing has been loaded yet", timeout=60_000)
