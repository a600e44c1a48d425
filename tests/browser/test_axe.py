"""axe-core finds nothing on any page and state, in both themes, at both widths.

On each page what a mouse can press can be reached by keyboard, too.

Every page is judged once in `make test`, in a look that changes from page to page; `make soak`
judges every page and state in every look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.browser.accessibility import TALL, UNREACHED, page_paths, settled, violations
from tests.browser.conftest import watched_page
from tests.browser.serving import dashboard

PAGES = page_paths()
LOOKS = [(1440, "light"), (390, "dark"), (1440, "dark"), (390, "light")]
TABS = ["Load a file", "Set aside", "Not mapped", "Changes", "Loads"]
SPEND = """document,line,site,date,account,supplier,amount,currency
I1,1,OAK,2026-10-05,6210,Brightway,70.00,USD
,1,OAK,2026-10-06,6210,Brightway,50.00,USD
"""

Look = tuple[int, str]
Opened = Callable[[Look], Page]


@pytest.fixture(scope="module")
def opened(chromium: Browser) -> Iterator[Opened]:
    """A page of a look, kept for the next test of the same look: its files are in the cache."""
    with ExitStack() as stack:
        kept: dict[Look, Page] = {}

        def of(look: Look) -> Page:
            width, theme = look
            if look not in kept:
                kept[look] = stack.enter_context(
                    watched_page(
                        chromium, viewport={"width": width, "height": TALL}, color_scheme=theme,
                        has_touch=width < 600, is_mobile=width < 600,
                    )
                )  # fmt: skip
            kept[look].set_viewport_size({"width": width, "height": TALL})
            return kept[look]

        yield of


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app on a home into which nothing was loaded."""
    with dashboard(tmp_path_factory.mktemp("homes") / "empty") as address:
        yield address


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app whose build became unreadable while it ran."""
    home = tmp_path_factory.mktemp("homes") / "broken"
    with dashboard(home) as address:
        (home / "warehouse").mkdir(parents=True, exist_ok=True)
        name = "000001-20261101000000000000-0badc0de"
        (home / "warehouse" / f"rounds-{name}.duckdb").write_text("no database")
        (home / "warehouse" / "CURRENT").write_text(f"{name}\n")
        yield address


def judge(page: Page) -> None:
    found = violations(page)
    assert not found, "\n".join(["axe found:", *found])


def a_page(page: Page, app: str, path: str) -> None:
    page.goto(f"{app}/{path}")
    settled(page)
    assert page.locator("h1").count() == 1
    assert page.evaluate(UNREACHED) == []
    judge(page)


@pytest.mark.parametrize(("at", "path"), list(enumerate(PAGES)))
def test_axe_finds_nothing_on_a_page(app: str, opened: Opened, at: int, path: str) -> None:
    a_page(opened(LOOKS[at % len(LOOKS)]), app, path)


@pytest.mark.soak
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_any_look(app: str, opened: Opened, path: str, look: Look) -> None:
    a_page(opened(look), app, path)


@pytest.mark.soak
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_as_of_an_earlier_load(
    app: str, demo_home: Path, opened: Opened, look: Look
) -> None:
    page, load = opened(look), open_build(Home(demo_home)).about.event - 5
    page.goto(f"{app}/staffing?as-of={load}")
    expect(page.get_by_text(f"As it was known after load {load}")).to_be_visible(timeout=90_000)
    settled(page)
    page.locator(".st-key-scope button").click()
    expect(page.get_by_text("As known", exact=True)).to_be_visible()
    assert page.evaluate(UNREACHED) == []
    judge(page)


def first_start(page: Page, empty: str) -> None:
    page.goto(empty)
    settled(page)
    judge(page)


def failed(page: Page, broken: str) -> None:
    page.goto(f"{broken}/staffing")
    settled(page)
    assert "can't be shown" in page.inner_text("h1")
    judge(page)


def previewed(page: Page, empty: str, folder: Path) -> None:
    file = folder / "spend.csv"
    file.write_text(SPEND, encoding="utf-8")
    page.goto(f"{empty}/data")
    page.locator("input[type=file]").set_input_files(file, timeout=60_000)
    expect(page.get_by_text("document is blank").first).to_be_visible(timeout=60_000)
    settled(page)
    judge(page)


def tabs(page: Page, app: str) -> None:
    page.goto(f"{app}/data")
    for name in TABS:
        page.get_by_role("tab", name=name).click(timeout=60_000)
        settled(page)
        judge(page)


def filters(page: Page, app: str) -> None:
    page.goto(f"{app}/staffing?sites=Birch+Run+Clinic")
    settled(page)
    page.get_by_role("button", name="Birch Run Clinic").click()
    expect(page.get_by_role("combobox", name="Month")).to_be_visible(timeout=30_000)
    settled(page)
    judge(page)


def figures(page: Page, app: str) -> None:
    page.goto(f"{app}/staffing")
    settled(page)
    page.get_by_role("button", name="See the figures").first.click()
    settled(page)
    judge(page)


def test_axe_finds_nothing_on_an_empty_home(empty: str, opened: Opened) -> None:
    first_start(opened(LOOKS[3]), empty)


def test_axe_finds_nothing_on_a_failed_page(broken: str, opened: Opened) -> None:
    failed(opened(LOOKS[2]), broken)


def test_axe_finds_nothing_on_a_preview(empty: str, opened: Opened, tmp_path: Path) -> None:
    previewed(opened(LOOKS[0]), empty, tmp_path)


def test_axe_finds_nothing_in_open_filters(app: str, opened: Opened) -> None:
    filters(opened(LOOKS[1]), app)


@pytest.mark.soak
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_any_state(
    app: str, empty: str, broken: str, opened: Opened, look: Look, tmp_path: Path
) -> None:
    page = opened(look)
    first_start(page, empty)
    failed(page, broken)
    previewed(page, empty, tmp_path)
    tabs(page, app)
    filters(page, app)
    figures(page, app)


def test_all_pages_of_the_app_are_judged() -> None:
    assert {"", "staffing", "data", "settings"} <= set(PAGES)
    assert len(PAGES) >= 11
