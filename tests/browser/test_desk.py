"""A person uploads a file, sees what it is taken for, loads it, and finds what was set aside.

That a changed cell comes back loaded is tried without a browser, in tests/dashboard/test_desk.py:
the grid is a canvas.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.serving import dashboard
from tests.dashboard.small import SITES, load_all

SPEND = """document,line,site,date,account,supplier,amount,currency
I1,1,OAK,2026-10-05,6210,Brightway,70.00,USD
,1,OAK,2026-10-06,6210,Brightway,50.00,USD
"""


def test_a_file_is_previewed_loaded_and_what_waits_is_shown(
    home: Path, page: Page, tmp_path: Path
) -> None:
    load_all(home, {"sites.csv": SITES})
    file = tmp_path / "spend.csv"
    file.write_text(SPEND, encoding="utf-8")
    with dashboard(home) as app:
        page.goto(f"{app}/data")
        page.get_by_role("tab", name="Load a file").click(timeout=30_000)
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_text("document is blank")).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Load this file").click()
        expect(page.get_by_text("1 accepted")).to_be_visible(timeout=30_000)

        page.get_by_role("tab", name="Set aside").click()
        page.get_by_role("combobox", name="Correct the records of").click()
        page.get_by_role("option").first.click()
        grid = page.get_by_test_id("stDataFrame").last
        expect(grid).to_be_visible(timeout=30_000)
        expect(page.get_by_role("button", name="Load the corrected records")).to_be_visible()
