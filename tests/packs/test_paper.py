"""The PDF: tagged, with title, language and words for charts; a visit takes two pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest

from pipelines.packs.content import Chart, Pack, Table
from pipelines.packs.make import packs
from pipelines.packs.paper import paper
from pipelines.settings import Group
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Load
from tests.packs.conftest import BUDGET, OCTOBER, SITES, SPEND, made


@pytest.fixture(scope="module")
def pdf(director: Pack) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(paper(director)))


def elements(node: Any) -> Iterator[Any]:
    """The structure's elements, in reading order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def kinds(pdf: pikepdf.Pdf) -> list[str]:
    return [str(one["/S"]) for one in elements(pdf.Root["/StructTreeRoot"])]


def test_it_is_tagged_and_says_so(pdf: pikepdf.Pdf) -> None:
    assert bool(pdf.Root["/MarkInfo"]["/Marked"])
    with pdf.open_metadata() as told:
        assert told["pdfuaid:part"] == "1"


def test_it_has_a_title_and_a_language(director: Pack, pdf: pikepdf.Pdf) -> None:
    assert str(pdf.docinfo["/Title"]) == director.title
    assert str(pdf.Root["/Lang"]).lower() == "en-us"
    assert bool(pdf.Root["/ViewerPreferences"]["/DisplayDocTitle"])


def test_every_chart_has_its_words(director: Pack, pdf: pikepdf.Pdf) -> None:
    told = [b.alt for page in director.pages for b in page.blocks if isinstance(b, Chart)]
    figures = [e for e in elements(pdf.Root["/StructTreeRoot"]) if str(e["/S"]) == "/Figure"]
    assert [str(one["/Alt"]) for one in figures] == told


def test_pages_are_headings_and_tables_have_head_cells(director: Pack, pdf: pikepdf.Pdf) -> None:
    found = kinds(pdf)
    tables = [b for page in director.pages for b in page.blocks if isinstance(b, Table) and b.rows]
    assert found.count("/H1") == len(director.pages)
    assert found.count("/H2") == sum(len(page.blocks) for page in director.pages)
    assert found.count("/Table") == len(tables)
    assert found.count("/TH") == sum(len(table.columns) for table in tables)


def test_fonts_are_in_the_file(pdf: pikepdf.Pdf) -> None:
    fonts = [obj for obj in pdf.objects if isinstance(obj, pikepdf.Dictionary)
             and obj.get("/Type") == "/FontDescriptor"]  # fmt: skip
    names = {str(font["/FontName"]).partition("+")[2] for font in fonts}
    assert names
    assert all("Plex" in name for name in names)
    assert all(any(f"/FontFile{n}" in font for n in ("", "2", "3")) for font in fonts)


def test_a_page_of_the_pack_is_a_page_of_paper(director: Pack, pdf: pikepdf.Pdf) -> None:
    assert len(pdf.pages) == len(director.pages)


def test_a_visit_takes_two_upright_pages(demo: Reader) -> None:
    for site in ("WLB", "BRN", "CDH"):
        made_pdf = pikepdf.open(io.BytesIO(paper(made(demo, audience="site", site=site))))
        assert len(made_pdf.pages) == 2
        _, _, across, high = made_pdf.pages[0].mediabox
        assert (float(across), float(high)) == (612.0, 792.0)


def test_every_region_has_its_pages(demo: Reader) -> None:
    for pack in packs(demo, Group(), OCTOBER, "regional"):
        assert len(pikepdf.open(io.BytesIO(paper(pack))).pages) == len(pack.pages)


def test_no_text_of_a_file_is_read_as_markup(load: Load) -> None:
    """A site called like markup stands there as it is called."""
    names = ('#panic("x")', "*bold*", "$ x $", "= Heading", "<label>", "@ref", "\\\\u{41}")
    sites = [{"site": f"S{at}", "name": name, "kind": "Clinic", "region": "North"}
             for at, name in enumerate(names)]  # fmt: skip
    spend = [{"site": f"S{at}", "document": f"D{at}", "line": "1", "date": "2026-10-10",
              "account": "contracts", "supplier": "LiftCo", "amount": "10.00", "currency": "USD"}
             for at in range(len(names))]  # fmt: skip
    budget = [{"site": f"S{at}", "version": "plan", "account": "contracts", "month": "2026-10-01",
               "amount": "8.00", "currency": "USD"} for at in range(len(names))]  # fmt: skip
    pack = made(load(sites=sites, spend=spend, budget=budget))
    found = pikepdf.open(io.BytesIO(paper(pack)))
    alts = " ".join(
        str(e["/Alt"]) for e in elements(found.Root["/StructTreeRoot"]) if str(e["/S"]) == "/Figure"
    )
    for name in names:
        assert name.strip() in alts


def test_it_is_the_same_file_when_made_again(load: Load) -> None:
    pack = made(load(sites=SITES, spend=SPEND, budget=BUDGET))
    assert paper(pack) == paper(pack)
