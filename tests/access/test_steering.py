"""A terminal is moved, coloured, renamed and emptied by letters: none of a file's gets to it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loading import rounds

EVIL = "Elm\x1b]0;evil\x07\x1b[2J\x1b[31mwood\x08\x9b31m\u202eevil"
STEERS = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]")
SITES = "site,name,region\n" + "".join(f"S{n:02},Site {n} of the group,North\n" for n in range(40))


@pytest.fixture
def loaded(home: Path) -> Path:
    """A home with a site, and a file, of such a name."""
    file = home.parent / "sites \x1b[2J\x07.csv"
    file.write_text(f"{SITES}ELM,{EVIL},{EVIL}\n", encoding="utf-8")
    done = rounds("ingest", file)
    assert done.exit_code == 0, done.output
    assert STEERS.search(done.output) is None
    return file


@pytest.mark.parametrize(
    "line",
    [("status",), ("sql", "FROM sites WHERE site = 'ELM'"), ("sql", f"SELECT 1 AS \"{EVIL}\""),
     ("sql", "SELECT 'a' || chr(27) || '[2J' || chr(8) || chr(155) AS told"), ("inspect", "{file}"),
     ("kpi", f"{EVIL}"), ("sql", "FROM sites", "--as-of", EVIL), ("read", "{file} gone"),
     ("map", "list"), ("access", "change", EVIL)],
    ids=lambda line: line[0],
)  # fmt: skip
def test_no_command_lets_a_text_steer_the_terminal(loaded: Path, line: tuple[str, ...]) -> None:
    done = rounds(*(part.replace("{file}", str(loaded)) for part in line))
    assert STEERS.search(done.output) is None, ascii(done.output)


@pytest.mark.skipif(sys.platform == "win32", reason="no such terminal")
@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_a_list_on_a_terminal_is_shown_and_a_file_has_it_as_it_is(
    loaded: Path, home: Path, form: str, tmp_path: Path
) -> None:
    line = [sys.executable, "-m", "pipelines.cli", "sql", "FROM sites WHERE site = 'ELM'",
            "--format", form, "--home", str(home)]  # fmt: skip
    above, below = pty.openpty()
    with open(below, "w") as screen, (tmp_path / "told").open("wb") as told:
        subprocess.run(line, stdout=screen, stdin=screen, stderr=told, check=True)
        shown = os.read(above, 100_000).decode()
    os.close(above)
    assert "wood" in shown
    assert STEERS.search(shown) is None, ascii(shown)
    kept = subprocess.run(line, capture_output=True, check=True).stdout.decode()
    assert (EVIL in kept or EVIL.replace("\x1b", "\\u001b") in kept) is (form == "csv")
