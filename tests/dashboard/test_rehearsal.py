"""Pages are opened ahead once for each build, and only where the server said where it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from dashboard import rehearsal
from tests.dashboard import small


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Sequence[str]]]:
    """The addresses and pages that were opened; no server is there."""
    found: list[tuple[str, Sequence[str]]] = []
    monkeypatch.setattr(rehearsal, "read", lambda *what: found.append(what))
    return found


def begin(pages: Sequence[str]) -> None:
    rehearsal.begin(pages)
    for thread in threading.enumerate():
        if thread.name == "rehearsal":
            thread.join(10)


def test_each_build_is_rehearsed_once(
    opened: list[tuple[str, Sequence[str]]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(rehearsal.WHERE, "http://127.0.0.1:1")
    begin(["", "staffing"])
    assert opened == [], "nothing was loaded yet"
    small.works(home)
    begin(["", "staffing"])
    begin(["", "staffing"])
    assert opened == [("http://127.0.0.1:1", ["", "staffing"])]
    small.load_all(home, {"sites.csv": small.SITES.replace("Elmwood", "Elm Park")})
    begin([""])
    assert opened[1:] == [("http://127.0.0.1:1", [""])]


def test_without_the_address_nothing_is_opened(
    opened: list[tuple[str, Sequence[str]]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(rehearsal.WHERE, raising=False)
    small.works(home)
    begin([""])
    assert opened == []


def test_a_server_that_does_not_answer_is_no_fault(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(rehearsal.WHERE, "http://127.0.0.1:1")
    small.works(home)
    begin([""])
    assert "pages could not be opened ahead: ConnectionRefusedError" in caplog.text
