"""The slides: native charts with the right values, nothing outside, and texts that fit."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import pytest
from pptx import Presentation

from pipelines.packs.content import Chart, Pack, Table
from pipelines.packs.look import width, wrapped
from pipelines.packs.make import packs
from pipelines.packs.slides import slides
from pipelines.settings import Group
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Load
from tests.packs.conftest import OCTOBER, converted, made
from tests.packs.test_workbook import DANGEROUS

POINT = 12_700  # EMU


@pytest.fixture(scope="module")
def deck(director: Pack) -> Any:
    return Presentation(io.BytesIO(slides(director)))


@pytest.fixture(scope="module")
def decks(demo: Reader, director: Pack) -> list[tuple[Pack, Any]]:
    """The director's, a region's and a site's."""
    region = next(packs(demo, Group(), OCTOBER, "regional"))
    made_all = [director, region, made(demo, audience="site", site="WLB")]
    return [(pack, Presentation(io.BytesIO(slides(pack)))) for pack in made_all]


def test_a_slide_for_each_page_with_its_finding_as_title(director: Pack, deck: Any) -> None:
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles == [page.title for page in director.pages]
    assert deck.core_properties.title == director.title
    assert (deck.slide_width, deck.slide_height) == (12_191_695, 6_858_000)


def test_charts_are_native_and_hold_the_figures(director: Pack, deck: Any) -> None:
    seen = 0
    for page, slide in zip(director.pages, deck.slides, strict=True):
        charts = [block for block in page.blocks if isinstance(block, Chart)]
        drawn = [shape.chart for shape in slide.shapes if shape.has_chart]
        assert len(drawn) == len(charts)
        for told, chart in zip(charts, drawn, strict=True):
            plot = chart.plots[0]
            assert [series.name for series in plot.series] == [line.name for line in told.series]
            for series, line in zip(plot.series, told.series, strict=True):
                assert list(series.values) == [
                    None if value is None else pytest.approx(value) for value in line.values
                ]
            seen += 1
    assert seen >= 5


def test_the_figures_behind_a_chart_open_as_a_workbook(director: Pack, deck: Any) -> None:
    [page] = [page for page in director.pages if page.name == "Sites"]
    [told] = [block for block in page.blocks if isinstance(block, Chart)]
    slide = deck.slides[director.pages.index(page)]
    [chart] = [shape.chart for shape in slide.shapes if shape.has_chart]
    blob = chart.part.chart_workbook.xlsx_part.blob
    rows = fastexcel.read_excel(blob).load_sheet(0).to_polars().rows()
    assert [(name, value) for name, value in rows] == [
        (name, pytest.approx(value))
        for name, value in zip(told.categories, told.series[0].values, strict=True)
    ]


def test_tables_hold_the_figures(director: Pack, deck: Any) -> None:
    for page, slide in zip(director.pages, deck.slides, strict=True):
        tables = [block for block in page.blocks if isinstance(block, Table) and block.rows]
        drawn = [shape.table for shape in slide.shapes if shape.has_table]
        assert len(drawn) == len(tables)
        for told, table in zip(tables, drawn, strict=True):
            heads = [column.label or "\u00a0" for column in told.columns]
            assert [cell.text for cell in table.rows[0].cells] == heads
            for cells, row in zip(
                told.rows, list(table.rows)[1 : 1 + len(told.rows)], strict=False
            ):
                shown = [cell.text_frame.paragraphs[0].text for cell in row.cells]
                if len(table.rows) - 1 - len(told.total) > told.rows.index(cells):
                    assert shown == [one.text or "\u00a0" for one in cells]
            if told.total:
                last = [cell.text for cell in list(table.rows)[-1].cells]
                assert last == [one.text or "\u00a0" for one in told.total[-1]]


def test_nothing_lies_outside_a_slide_or_upon_another(decks: list[tuple[Pack, Any]]) -> None:
    for _, deck in decks:
        for number, slide in enumerate(deck.slides, 1):
            boxes = []
            for shape in slide.shapes:
                high = shape.height
                if shape.has_table:
                    high = sum(row.height for row in shape.table.rows)
                edges = (shape.left, shape.top, shape.left + shape.width, shape.top + high)
                assert min(edges[:2]) >= 0, (number, shape.name)
                assert edges[2] <= deck.slide_width, (number, shape.name)
                assert edges[3] <= deck.slide_height, (number, shape.name)
                boxes.append((shape.name, edges))
            for at, (name, one) in enumerate(boxes):
                for other, two in boxes[at + 1 :]:
                    across = min(one[2], two[2]) - max(one[0], two[0])
                    down = min(one[3], two[3]) - max(one[1], two[1])
                    apart = across < 2 * POINT or down < 2 * POINT
                    assert apart, (number, name, other, across / POINT, down / POINT)


def test_texts_fit_their_boxes(decks: list[tuple[Pack, Any]]) -> None:
    """Each paragraph, wrapped by measure, and all of a box together are no higher than the box."""
    for _, deck in decks:
        for slide in deck.slides:
            for shape in slide.shapes:
                if shape.has_text_frame and shape.text_frame.text:
                    needed = height_of(shape.text_frame, shape.width / POINT)
                    assert needed <= shape.height / POINT + 1, (shape.name, shape.text_frame.text)
                if shape.has_table:
                    for row in shape.table.rows:
                        for cell, column in zip(row.cells, shape.table.columns, strict=True):
                            room = (column.width - cell.margin_left - cell.margin_right) / POINT
                            needed = height_of(cell.text_frame, room)
                            edges = (cell.margin_top + cell.margin_bottom) / POINT
                            assert needed + edges <= row.height / POINT + 1, cell.text


def height_of(frame: Any, room: float) -> float:
    high = 0.0
    for paragraph in frame.paragraphs:
        runs = [run for run in paragraph.runs if run.text]
        if runs:
            size, bold = runs[0].font.size.pt, bool(runs[0].font.bold)
            for word in paragraph.text.split(" "):
                assert width(word, size, bold=bold) <= room * 1.02, word
            high += len(wrapped(paragraph.text, size, room, bold=bold)) * size * 1.2
    return high


def test_charts_and_tables_have_words(decks: list[tuple[Pack, Any]]) -> None:
    for _, deck in decks:
        for slide in deck.slides:
            for shape in slide.shapes:
                if shape.has_chart or shape.has_table:
                    [told] = shape._element.xpath(".//p:cNvPr")
                    assert len(told.get("descr", "")) > 10


def test_every_slide_says_what_it_rests_on(director: Pack, deck: Any) -> None:
    for page, slide in zip(director.pages, deck.slides, strict=True):
        [foot] = [s.text_frame.text for s in slide.shapes if s.name == "What this rests on"]
        assert director.filters in foot
        assert "As of " in foot
        assert director.coverage in foot
        notes = slide.notes_slide.notes_text_frame.text
        for name in page.uses:
            [definition] = [one for one in director.definitions if one.name == name]
            assert definition.definition in notes


def test_the_look_is_the_house_s_and_not_the_template_s(deck: Any) -> None:
    assert [layout.name for layout in deck.slide_layouts] == ["Finding"]
    package = deck.part.package
    [theme] = [p for p in package.iter_parts() if str(p.partname) == "/ppt/theme/theme1.xml"]
    text = theme.blob.decode()
    assert "0B5C58" in text
    assert 'typeface="Arial"' in text
    assert "4F81BD" not in text  # the template's blue


def test_no_name_of_a_site_becomes_a_formula_behind_a_chart(load: Load) -> None:
    sites = [{"site": f"S{at}", "name": name, "kind": "Clinic", "region": "North"}
             for at, name in enumerate(DANGEROUS)]  # fmt: skip
    spend = [{"site": f"S{at}", "document": f"D{at}", "line": "1", "date": "2026-10-10",
              "account": "contracts", "supplier": "LiftCo", "amount": "10.00", "currency": "USD"}
             for at in range(len(DANGEROUS))]  # fmt: skip
    budget = [{"site": f"S{at}", "version": "plan", "account": "contracts", "month": "2026-10-01",
               "amount": "8.00", "currency": "USD"} for at in range(len(DANGEROUS))]  # fmt: skip
    pack = made(load(sites=sites, spend=spend, budget=budget))
    deck = Presentation(io.BytesIO(slides(pack)))
    blobs = [
        shape.chart.part.chart_workbook.xlsx_part.blob
        for slide in deck.slides for shape in slide.shapes if shape.has_chart
    ]  # fmt: skip
    assert blobs
    held = ""
    for blob in blobs:
        with zipfile.ZipFile(io.BytesIO(blob)) as book:
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
            held += book.read("xl/sharedStrings.xml").decode()
    assert "=cmd|" in held


def test_a_visit_is_two_slides(demo: Reader) -> None:
    deck = Presentation(io.BytesIO(slides(made(demo, audience="site", site="WLB"))))
    assert len(deck.slides) == 2


def test_a_small_group_has_slides_too(load: Load) -> None:
    spend = [{"site": "OAK", "document": "1", "line": "1", "date": "2026-10-10",
              "account": "contracts", "supplier": "LiftCo", "amount": "10.00",
              "currency": "USD"}]  # fmt: skip
    pack = made(load(sites="site name kind region\nOAK Oakdale Clinic North\n", spend=spend))
    deck = Presentation(io.BytesIO(slides(pack)))
    assert deck.slides[0].shapes.title.text_frame.text == "October 2026 cost $10"
    assert pack.month == date(2026, 10, 1)
    assert "Year to date" not in [page.name for page in pack.pages]


def test_libreoffice_opens_the_slides(director: Pack, tmp_path: Path) -> None:
    path = tmp_path / "pack.pptx"
    path.write_bytes(slides(director))
    shown = converted(path, "pdf", tmp_path).read_bytes()
    assert shown.startswith(b"%PDF")
    assert shown.count(b"/Type/Page>") + shown.count(b"/Type/Page/") >= len(director.pages)
