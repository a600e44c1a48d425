"""`rounds serve` lets a child work out the landing, and does not wait for it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines import serving
from pipelines.settings import Home
from pipelines.warehouse import publish
from pipelines.warehouse.reader import open_build
from tests.browser.serving import free_port
from tests.landings import build


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that are started as children; none of them really is."""
    commands: list[list[str]] = []

    def start(command: list[str], **_: Any) -> int:
        commands.append(command[1:])
        return 0

    monkeypatch.setattr(subprocess, "call", start)
    monkeypatch.setattr(subprocess, "Popen", start)
    return commands


def test_the_landing_is_worked_out_while_the_dashboard_starts(
    started: list[list[str]], home: Path, tmp_path: Path
) -> None:
    build(tmp_path / "files", home)
    assert serving.serve(Home(home), free_port()) == 0
    landing, reader, dashboard = started
    assert reader[:2] == ["-m", "dashboard.rehearsal"]
    assert f"--server.port={reader[2].rsplit(':', 1)[1]}" in dashboard
    assert landing == ["-m", "pipelines.cli", "landing", "--home", str(home.resolve())]
    assert dashboard[:3] == ["-m", "streamlit", "run"]


def test_without_any_data_there_is_nothing_to_work_out(
    started: list[list[str]], home: Path
) -> None:
    serving.serve(Home(home), free_port())
    assert [command[1] for command in started] == ["streamlit"]


def test_what_an_earlier_version_published_is_published_anew(
    started: list[list[str]], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        tables = dict(publish.timed.TABLES)
        del tables["single_lines"]
        earlier.setattr(publish.timed, "TABLES", tables)
        build(tmp_path / "files", home)
    place = Home(home)
    old = publish.current_build(place)
    assert "single_lines" not in open_build(place).columns
    serving.serve(place, free_port())
    assert publish.current_build(place) != old
    assert "single_lines" in open_build(place).columns
    new = publish.current_build(place)
    serving.serve(place, free_port())
    assert publish.current_build(place) == new
