"""Components' code as files: what pages send in its place, and what the server answers."""

from __future__ import annotations

import gzip
import re

import pytest
import streamlit as st
from starlette.applications import Starlette

from dashboard import served
from dashboard.gate import code
from tests.access.gates import TestClient, browser

CODE = "export default () => {};\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A server with the route; afterwards there is none, as in the other tests."""
    monkeypatch.setattr(served, "_files", {})
    monkeypatch.setattr(served, "_server", {"serves": False})
    return browser(Starlette(routes=[code.route()]))


def test_without_the_route_pages_send_the_code_itself() -> None:
    assert served.code("table", CODE) == CODE


def test_a_page_names_a_file_that_browsers_keep(server: TestClient) -> None:
    sent = served.code("table", CODE)
    [address] = re.findall(r'"(/rounds/components/table\.[0-9a-f]{16}\.js)"', sent)
    answer = server.get(address)
    assert (answer.status_code, answer.text) == (200, CODE)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_other_code_has_another_name(server: TestClient) -> None:
    first, second = served.code("table", CODE), served.code("table", CODE + "// more\n")
    assert first != second
    assert len(first) == len(second)


def test_behind_a_path_of_a_proxy_the_file_is_below_it(
    server: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "get_option", lambda _: "/group/rounds/")
    assert '"/group/rounds/rounds/components/table.' in served.code("table", CODE)


@pytest.mark.parametrize("name", ["table.0123456789abcdef.js", "table.js", "..%2fserver.py"])
def test_no_other_file_is_handed_out(server: TestClient, name: str) -> None:
    served.code("table", CODE)
    answer = server.get(f"/rounds/components/{name}")
    assert answer.status_code == 404
    assert "max-age" not in answer.headers.get("cache-control", "")


def test_plotly_comes_from_its_package_and_small_to_who_takes_it_so(server: TestClient) -> None:
    address = served.plotly()
    assert re.fullmatch(r"/rounds/components/plotly\.[0-9a-f]{16}\.js", address)
    whole = server.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in whole.headers
    assert b"plotly.js v" in whole.content[:100]
    small = server.get(address, headers={"accept-encoding": "gzip, br"})
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(whole.content) / 3
    assert small.content == whole.content
    for answer in (whole, small):
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert server.get("/rounds/components/plotly.0123456789abcdef.js").status_code == 404
    file = address.rpartition("/")[2]
    assert gzip.decompress(served.content(file, small=True) or b"") == whole.content


def test_without_a_server_there_is_no_plotly_to_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "_server", {"serves": False})
    assert served.plotly() == ""
