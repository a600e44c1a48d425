from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser.chromium import find
from tests.browser.conftest import watched_page


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<title>Rounds</title><p>Good morning"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hello() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_page_of_this_machine_opens(page: Page, hello: str) -> None:
    page.goto(hello)
    assert page.title() == "Rounds"
    assert page.inner_text("p") == "Good morning"


def test_a_phone_is_narrow_and_touched(phone: Page) -> None:
    phone.set_content("<meta name=viewport content='width=device-width'>")
    assert phone.evaluate("[innerWidth, navigator.maxTouchPoints > 0]") == [390, True]


def test_a_page_that_asks_outside_fails(chromium: Browser) -> None:
    watched = pytest.raises(AssertionError, match=r"rounds\.invalid")
    with watched, watched_page(chromium) as page, pytest.raises(Error):
        page.goto("http://rounds.invalid/")


def test_a_named_browser_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_CHROMIUM", "no/such/browser")
    assert find() == "ROUNDS_CHROMIUM=no/such/browser doesn't start."
