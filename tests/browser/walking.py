"""A person who walks the app for an answer: opens a page, reads what stands there, follows links.

`says` compares what is written with a figure that the test worked out by itself: the digits shown
must be those of the figure, rounded as the screen rounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.browser.accessibility import settled, until

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
NUMBER = re.compile(r"(?<![\d.,])([+−-]?)\$?(\d[\d,]*)(\.\d+)?\s?(k\b|m\b|%)?")
SCALE = {"k": 1e3, "m": 1e6, "%": 0.01, "": 1.0}


@dataclass(frozen=True, slots=True)
class Walk:
    """A reader in front of a screen, and the record to hold the answers against."""

    page: Page
    app: str
    home: Path

    def open(self, path: str) -> str:
        """Open an address; the finding of the page."""
        self.page.goto(f"{self.app}/{path}")
        return self.finding()

    def finding(self) -> str:
        """The page's finding, once all is drawn."""
        settled(self.page)
        return self.page.locator("h1").inner_text()

    def go(self, page: str) -> str:
        """Follow a link in the row of pages."""
        self.page.get_by_role("navigation", name="Pages").get_by_role(
            "link", name=page, exact=True
        ).click()
        expect(self.page.locator(f"[aria-current=page]:text-is('{page}')")).to_be_visible()
        return self.finding()

    def heading(self, pattern: str) -> str:
        """The words of the heading that matches."""
        found = self.page.get_by_role("heading", name=re.compile(pattern)).first
        expect(found).to_be_visible(timeout=15_000)
        return found.inner_text()

    def words(self, pattern: str) -> str:
        """The words of the paragraph that matches."""
        found = self.page.get_by_text(re.compile(pattern)).first
        expect(found).to_be_visible(timeout=15_000)
        return found.inner_text()

    def table(self, name: str) -> Locator:
        """A table by its label."""
        found = self.page.get_by_role("table", name=name, exact=True)
        expect(found).to_be_visible(timeout=15_000)
        return found

    def row(self, table: str, *words: str) -> str:
        """What a table's first row with these words says, as far as it can be seen."""
        found = self.table(table).get_by_role("row")
        for word in words:
            found = found.filter(has_text=word)
        expect(found.first).to_be_visible(timeout=15_000)
        return " | ".join(found.first.inner_text().split("\n"))

    def rows(self, table: str) -> list[str]:
        """All rows of a table but its head, as far as they can be seen."""
        found = self.table(table).get_by_role("row").all_inner_texts()
        told = [" | ".join(text.split("\n")) for text in found]
        return [text for text in told[1:] if text.strip(" |")]

    def figures(self, chart: str) -> Locator:
        """The table behind a chart, opened."""
        place = self.page.locator(f".st-key-{chart}-chart")
        place.get_by_role("button", name=re.compile("See the figures")).click()
        found = self.page.get_by_role("dialog").get_by_role("table")
        found = found if found.count() else self.page.get_by_role("table").last
        expect(found).to_be_visible(timeout=15_000)
        return found

    def follow(self, name: str) -> str:
        """Follow the first link of that name; the finding of the page it leads to."""
        before = self.page.url
        self.page.get_by_role("link", name=re.compile(name)).first.click()
        until(self.page, "url => location.href !== url", before)
        return self.finding()

    def ask(self, sql: str, *values: Any) -> pl.DataFrame:
        """Straight SQL over the record, none of the app's own sums."""
        return open_build(Home(self.home)).query(sql, list(values))

    def one(self, sql: str, *values: Any) -> float:
        """The only value of a query."""
        return float(self.ask(sql, *values).item())

    def read(self, pattern: str) -> pl.DataFrame:
        """The exports as they were written, as text, with the file's name in `file`."""
        paths = sorted((self.home / "inbox" / "demo").glob(pattern))
        assert paths, pattern
        return pl.concat(
            pl.read_csv(path, infer_schema=False).with_columns(file=pl.lit(path.name))
            for path in paths
        )


def says(text: str, figure: float, *, off: float = 0.0) -> bool:
    """Whether a number of the text is the figure, as far as its digits go; `off` adds to it."""
    return any(abs(shown - figure) <= half + off + 1e-9 for shown, half in numbers(text))


def numbers(text: str) -> list[tuple[float, float]]:
    """The numbers of a text, each with half a unit of its last digit."""
    found = []
    for sign, whole, part, unit in NUMBER.findall(text.replace("\u202f", " ")):
        scale = SCALE[unit]
        value = float(whole.replace(",", "") + part) * scale
        digits = len(part) - 1 if part else 0
        found.append((-value if sign in ("−", "-") else value, 0.5 * 10.0**-digits * scale))
    return found


def asked(*, often: int | None = None) -> pytest.MarkDecorator:
    """At both widths; in `make test` at the one given, if one is, the rest in the soak."""
    widths = [w if w == often else pytest.param(w, marks=pytest.mark.soak) for w in (1440, 390)]
    return pytest.mark.parametrize("walk", widths, indirect=True)


def reader_of(request: Any, app: str, home: Path) -> Walk:
    """The reader of a test, at the width that it asks for."""
    screen: Callable[..., Page] = request.getfixturevalue(
        "page" if request.param == 1440 else "phone"
    )
    return Walk(screen, app, home)  # type: ignore[arg-type]
