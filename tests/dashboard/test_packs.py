"""The button for meeting packs: whose pack a page offers, and that it is the page's."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import fastexcel
import pytest
from pptx import Presentation

from dashboard import packs, store
from tests.dashboard.opening import opened

OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def home(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))


def labels(page: str, **query: str) -> list[str]:
    test = opened(page, month="Oct 2026", **query).test
    return [one.proto.label for one in test.get("download_button")]


@pytest.mark.parametrize(
    ("page", "query", "said"),
    [
        ("overview", {}, "The pack of all sites, Oct 2026."),
        ("overview", {"region": "North"}, "The review of North, Oct 2026."),
        ("budget", {}, "The pack of all sites, Oct 2026."),
        ("budget", {"kind": "Clinic"}, "The pack of all sites, without the other filters,"),
        ("site", {"site": "WLB"}, "The visit brief of Willow Bend Nursing Home, Oct 2026."),
    ],
)
def test_a_page_offers_the_pack_of_what_it_shows(page: str, query: dict[str, str],
                                                 said: str) -> None:  # fmt: skip
    found = opened(page, month="Oct 2026", **query)
    assert said in found.words
    assert labels(page, **query) == ["Slides (PowerPoint)", "Workbook (Excel)", "Paper (PDF)"]


def test_the_slides_say_what_the_page_says() -> None:
    file = packs.content("pptx", store.reader().build, OCTOBER, "director", None, None)
    first = Presentation(io.BytesIO(file)).slides[0].shapes.title.text_frame.text
    assert first == opened("overview", month="Oct 2026").title


def test_the_other_formats_are_of_the_same_pack() -> None:
    asked = (store.reader().build, OCTOBER, "site", None, "WLB")
    assert packs.content("pdf", *asked).startswith(b"%PDF")
    names = fastexcel.read_excel(packs.content("xlsx", *asked)).sheet_names
    assert "Visit" in names


def test_the_list_of_sites_offers_none() -> None:
    assert labels("site") == []
