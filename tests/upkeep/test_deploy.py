"""The files for running Rounds as a service: that they name commands and options there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from pipelines.cli import main
from tests.conftest import ROOT

DEPLOY = ROOT / "data" / "reference" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def runs(arguments: list[str]) -> None:
    """Fails where the command line wouldn't take the arguments."""
    name, command, rest = main.resolve_command(click.Context(main), arguments)
    assert command is not None, name
    command.make_parser(click.Context(command)).parse_args(list(rest))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_there_is(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=\S+/rounds (.+)$", text, re.MULTILINE)
    assert found is not None
    runs(found[1].split())
    assert "ReadWritePaths=/srv/rounds" in text
    assert "Environment=ROUNDS_HOME=/srv/rounds" in text


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    # The programme must be there for the check: any will do.
    copy = tmp_path / unit.name
    text = re.sub(r"/opt/rounds/.venv/bin/rounds", "/bin/true", unit.read_text(encoding="utf-8"))
    copy.write_text(text.replace("User=rounds\n", ""), encoding="utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert [line for line in told.stderr.splitlines() if unit.name in line] == []


def test_the_container_runs_a_command_and_copies_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    found = re.search(r"^CMD (\[.+\])$", text, re.MULTILINE)
    assert found is not None
    runs(json.loads(found[1])[1:])
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
