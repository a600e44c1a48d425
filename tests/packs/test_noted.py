"""Notes and kept scenarios in packs: beside the number they explain, in every format."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pikepdf
import pytest

from pipelines.analysis.scenarios.saved import save
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.calendar import month_span
from pipelines.notes import write
from pipelines.packs.content import Pack, Page, Table
from pipelines.packs.paper import paper
from pipelines.packs.slides import slides
from pipelines.packs.workbook import workbook
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Load
from tests.packs.conftest import BUDGET, OCTOBER, SITES, SPEND, made
from tests.packs.test_paper import kinds

SAID = "=1+1 is why: *the lift* <b>broke</b> & #panic(1)"


def page(pack: Pack, name: str) -> Page:
    [found] = [one for one in pack.pages if one.name == name]
    return found


def table(page: Page) -> Table:
    return next(block for block in page.blocks if isinstance(block, Table))


def explain(reader: Reader, home: Home, **more: object) -> None:
    write(
        reader, home, metric="total_cost", period=month_span(OCTOBER), text=SAID, by="Controller",
        owner="Site manager", action="Ask for the invoice", due=date(2026, 11, 20), **more,
    )  # fmt: skip


@pytest.fixture
def noted(load: Load, tmp_path: Path) -> Pack:
    """October cost 1,400; somebody said why."""
    reader, home = load(sites=SITES, spend=SPEND, budget=BUDGET), Home(tmp_path / "small")
    explain(reader, home)
    return made(reader, home=home)


def test_a_note_stands_under_its_number_and_on_a_page_of_its_own(noted: Pack) -> None:
    [total] = table(page(noted, "Month")).total
    assert total[0].note.startswith("Controller, ")
    assert f": {SAID} Site manager: Ask for the invoice by 20 Nov 2026" in total[0].note
    assert "changed" not in total[0].note
    assert page(noted, "Notes").title == "1 number is explained"
    [row] = table(page(noted, "Notes")).rows
    assert [one.text for one in row] == ["Total cost", "$1k", "$1k", SAID, "Ask for the invoice"]


def test_the_files_hold_the_note_as_text(noted: Pack) -> None:
    escaped = b"=1+1 is why: *the lift* &lt;b&gt;broke&lt;/b&gt; &amp; #panic(1)"
    deck = zipfile.ZipFile(io.BytesIO(slides(noted)))
    told = [deck.read(name) for name in deck.namelist() if name.startswith("ppt/slides/slide")]
    assert sum(escaped in content for content in told) == 2
    book = zipfile.ZipFile(io.BytesIO(workbook(noted)))
    assert escaped in book.read("xl/comments1.xml")
    assert escaped in book.read("xl/sharedStrings.xml")
    sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert all(b"<f>1+1" not in book.read(name) for name in sheets)
    rows = kinds(pikepdf.open(io.BytesIO(paper(noted)))).count("/TR")
    drawn = [
        len(block.rows[: block.shown]) + len(block.total) + 1
        for one in noted.pages for block in one.blocks if isinstance(block, Table) and block.rows
    ]  # fmt: skip
    assert rows == sum(drawn) + 1  # the note is a row of its own


def test_a_note_says_when_its_number_has_changed(load: Load, tmp_path: Path) -> None:
    """1,400 when it was written, 6,400 after a late invoice."""
    home = Home(tmp_path / "small")
    explain(load(sites=SITES, spend=SPEND, budget=BUDGET), home)
    late = SPEND.strip().splitlines()[0] + (
        "\nOAK  6        1    2026-10-12 contracts LiftCo   5000.00 USD\n"
    )
    pack = made(load(spend=late), home=home)
    [total] = table(page(pack, "Month")).total
    assert total[0].note.endswith("The number has changed since.")
    assert page(pack, "Notes").title == "1 number is explained, and it has changed since"
    [row] = table(page(pack, "Notes")).rows
    assert [one.text for one in row[1:3]] == ["$1k", "$6k"]
    assert row[2].second == "has changed"


def test_a_region_has_no_note_of_the_group_or_of_another_region(load: Load, tmp_path: Path) -> None:
    reader, home = load(sites=SITES, spend=SPEND, budget=BUDGET), Home(tmp_path / "small")
    explain(reader, home)
    explain(reader, home, where={"site": ["OAK"]})
    north = made(reader, audience="regional", region="North", home=home)
    south = made(reader, audience="regional", region="South", home=home)
    assert len(table(page(north, "Notes")).rows) == 1
    assert "Notes" not in [one.name for one in south.pages]
    visit = made(reader, audience="site", site="OAK", home=home)
    blocks = page(visit, "What waits").blocks
    assert [len(b.rows) for b in blocks if b.title.endswith("open")] == [1]


def test_kept_scenarios_stand_beside_each_other(demo: Reader, tmp_path: Path) -> None:
    home = Home(tmp_path)
    save(home, "Half the agency", Scenario.parse("agency:-50%"))
    save(home, "More visits", Scenario.parse("volume:+5%"))
    pack = made(demo, home=home)
    found = page(pack, "Scenarios")
    rows = table(found).rows
    assert [row[0].text for row in rows] == ["If nothing changes", "Half the agency", "More visits"]
    assert rows[1][1].text.startswith("50")
    assert rows[1][2].value < 0 < rows[2][2].value
    for row in rows[1:]:
        assert row[3].value - rows[0][3].value == row[2].value
    assert found.title.startswith("Half the agency would save $")


def test_a_pack_without_a_home_has_neither(director: Pack) -> None:
    names = [one.name for one in director.pages]
    assert "Notes" not in names
    assert "Scenarios" not in names
