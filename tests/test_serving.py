"""`rounds serve` lets a child work out the landing, and does not wait for it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines import serving
from pipelines.settings import Home
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
    landing, dashboard = started
    assert landing == ["-m", "pipelines.cli", "landing", "--home", str(home.resolve())]
    assert dashboard[:3] == ["-m", "streamlit", "run"]


def test_without_any_data_there_is_nothing_to_work_out(
    started: list[list[str]], home: Path
) -> None:
    serving.serve(Home(home), free_port())
    assert [command[1] for command in started] == ["streamlit"]
