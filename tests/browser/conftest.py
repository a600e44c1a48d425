"""One Chromium for each module, and pages that may talk to this machine only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import find
from tests.browser.serving import dashboard
from tests.conftest import NO_BROWSER, is_local

FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ends with its module: Playwright's event loop would be in the way of other tests."""
    if os.environ.get("ROUNDS_NO_BROWSER") == "1":
        pytest.skip(NO_BROWSER)
    path = find()
    if not isinstance(path, Path):
        pytest.fail(path, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app(demo_home: Path) -> Iterator[str]:
    """The address of the app on the invented group: one server for all modules. Change nothing."""
    with dashboard(demo_home) as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a desk's screen, 1440 × 900."""
    with watched_page(chromium, viewport={"width": 1440, "height": 900}) as page:
        yield page


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A page of a phone, 390 × 844, touched rather than clicked."""
    size = {"width": 390, "height": 844}
    with watched_page(
        chromium, viewport=size, is_mobile=True, has_touch=True, device_scale_factor=2
    ) as page:
        yield page


@pytest.fixture(scope="session")
def demo_app(demo_home: Path) -> Iterator[str]:
    """The address of the app on the invented group: one server for all that only read it."""
    with dashboard(demo_home) as address:
        yield address


@contextmanager
def watched_page(chromium: Browser, **options: Any) -> Iterator[Page]:
    """A page in a context of its own.

    It fails the test when it asked anything outside, or for what the server's policy forbids.
    """
    context = chromium.new_context(**{"locale": "en-US", "timezone_id": "UTC", **options})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("websocket", lambda socket: asked.append(socket.url))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    yield page
    context.close()
    forbidden = [text for text in said if "Content Security Policy" in text]
    assert not forbidden, forbidden
    hosts = {urlsplit(url).hostname for url in asked}
    outside = sorted(host for host in hosts if not is_local(host))
    assert not outside, f"the page asked outside addresses: {outside}"
