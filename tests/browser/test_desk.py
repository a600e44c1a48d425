"""A person uploads a file, sees what it is taken for, loads it, and corrects what was set aside."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Page, expect

from pipelines.settings import Home
from pipelines.warehouse.record import Record
from tests.browser.serving import dashboard
from tests.dashboard.small import SITES, load_all

SPEND = """document,line,site,date,account,supplier,amount,currency
I1,1,OAK,2026-10-05,6210,Brightway,70.00,USD
,1,OAK,2026-10-06,6210,Brightway,50.00,USD
"""


def test_a_file_is_previewed_and_loaded_and_what_was_set_aside_corrected(
    home: Path, page: Page, tmp_path: Path
) -> None:
    load_all(home, {"sites.csv": SITES})
    file = tmp_path / "spend.csv"
    file.write_text(SPEND, encoding="utf-8")
    with dashboard(home) as app:
        page.goto(f"{app}/data")
        page.get_by_role("tab", name="Load a file").click(timeout=30_000)
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_text("document is blank").first).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Load this file").click()
        expect(page.get_by_text("1 accepted")).to_be_visible(timeout=30_000)

        page.get_by_role("tab", name="Set aside").click()
        page.get_by_role("combobox", name="Correct the records of").click()
        page.get_by_role("option").nth(1).click()
        grid = page.get_by_test_id("stDataFrame").last
        expect(grid).to_be_visible(timeout=30_000)
        # The grid is a canvas: from its first cell to the fifth, which is the document's.
        grid.click(position={"x": 20, "y": 52})
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        cell = page.locator(".gdg-input")
        cell.fill("I2")
        cell.press("Enter")
        expect(cell).to_have_count(0)
        page.wait_for_timeout(1000)  # the grid sends what was typed a moment later
        page.get_by_role("button", name="Load the corrected records").click()
        expect(page.get_by_text("1 accepted").first).to_be_visible(timeout=30_000)

    with Record.open(Home(home)) as record:
        rows = record.rows("SELECT document, amount FROM fact_spend WHERE superseded_in IS NULL")
    assert sorted(rows) == [("I1", Decimal(70)), ("I2", Decimal(50))]
