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

ROOT = Path(__file__).parents[2]
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
     ("map", "list"), ("access", "change", EVIL), ("access", "add", EVIL, "--role", "director"),
     ("digest", "add", EVIL, f"{EVIL}@elm.example"), ("digest", "remove", EVIL),
     ("notes", "add", EVIL, "labour_cost", "2026-10"), ("what-if", "--forget", EVIL)],
    ids=lambda line: line[0],
)  # fmt: skip
def test_no_command_lets_a_text_steer_the_terminal(loaded: Path, line: tuple[str, ...]) -> None:
    done = rounds(*(part.replace("{file}", str(loaded)) for part in line))
    assert STEERS.search(done.output) is None, ascii(done.output)


@pytest.mark.skipif(sys.platform == "win32", reason="no such terminal")
@pytest.mark.parametrize("form", ["csv", "json", "table", "read"])
def test_a_list_on_a_terminal_is_shown_and_a_file_has_it_as_it_is(
    loaded: Path, home: Path, form: str, tmp_path: Path
) -> None:
    asked = ["read", str(loaded)] if form == "read" else [
        "sql", "FROM sites WHERE site = 'ELM'", "--format", form]  # fmt: skip
    line = [sys.executable, "-m", "pipelines.cli", *asked, "--home", str(home)]
    above, below = pty.openpty()
    with open(below, "w") as screen, (tmp_path / "told").open("wb") as told:
        subprocess.run(line, stdout=screen, stdin=screen, stderr=told, check=True)
        shown = os.read(above, 100_000).decode()
    os.close(above)
    assert "wood" in shown
    assert STEERS.search(shown) is None, ascii(shown)
    kept = subprocess.run(line, capture_output=True, check=True).stdout.decode()
    assert (EVIL in kept or EVIL.replace("\x1b", "\\u001b") in kept) is (form in ("csv", "read"))


def test_what_a_command_says_goes_through_one_module() -> None:
    """`pipelines.terminal`: what that lets through is tested above."""
    says = re.compile(r"click\.s?echo|\bprint\(|std(out|err)\.(buffer\.)?write")
    aside = {
        f"pipelines/{name}.py"
        for name in ("terminal", "documentation", "demo/__main__", "room/worker")
    }
    found = [str(file.relative_to(ROOT)) for file in ROOT.glob("pipelines/**/*.py")
             if says.search(file.read_text(encoding="utf-8"))]  # fmt: skip
    assert sorted(set(found) - aside) == []
