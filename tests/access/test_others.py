"""Nothing that somebody is told depends on what isn't theirs: commands, files and packs alike.

Two homes hold the same rows of a viewer's part, and rows of everything else that differ in every
amount and name: what is told from both must be the same, letter for letter. Whatever told of
another site, were it only in a rank, a range or a colour, would differ. Moments and the digests of
the files that were loaded are left out of the comparison.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.access.viewing import VIEWER, opened
from pipelines.packs.make import packs
from pipelines.packs.write import content_of
from pipelines.settings import Home
from tests.access.differing import PARTS, neutral, pairs
from tests.loading import rounds
from tests.metrics import group as data
from tests.metrics.conftest import load_folder, write

pytestmark = pytest.mark.xdist_group("others")  # its homes are loaded once
MONTH = ("--from", "2026-01-01", "--to", "2026-03-31")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Home, Home]]:
    return pairs(tmp_path_factory.mktemp)


def lines() -> dict[str, list[tuple[str, ...]]]:
    """What can be asked at the command line, without what changes anything, by its command."""
    figures = ["labor_cost", "hourly_cost", "overtime_share", "paid_hours", "supply_burn",
               "days_on_hand", "spend", "total_cost", "open_issues", "off_contract_share",
               "time_to_repair", "visits", "overdue"]  # fmt: skip
    kpi = [("kpi", name, *MONTH, "--by", by, "--compare", "previous,year,budget,target")
           for name in figures for by in ("site", "region,month")]  # fmt: skip
    kpi += [("kpi", "labor_cost", *MONTH, "--by", "role", "--json"),
            ("kpi", "labor_cost", *MONTH, "--where", "site=OAK,ELM,TOR", "--json"),
            ("kpi", "supply_burn", *MONTH, "--rows", "--format", "csv"),
            ("kpi", "paid_hours", *MONTH, "--rows", "--format", "csv"),
            ("kpi", "spend", *MONTH, "--passport", "--json"),
            ("kpi", "labor_cost", *MONTH, "--external", "--as-of", "1")]  # fmt: skip
    shelves = [("supplies", one) for one in ("--runs-out", "--expiring", "--transfers")]
    terms = [("contracts", one)
             for one in ("--notices", "--ceilings", "--rises", "--open-orders")]  # fmt: skip
    return {
        "kpi": kpi,
        "supplies": shelves,
        "contracts": terms,
        "flex": [("flex", *MONTH, "--by", by, "--json") for by in ("site", "subject", "month")],
        "bridge": [("bridge", of, *MONTH, "--by", "site")
                   for of in ("supplies", "spend", "timing")],
        "landing": [("landing", "--by", by, "--json") for by in ("subject", "site", "region")],
        "what-if": [("what-if", "--lever", "agency:-20%", "--by", by, "--json")
                    for by in ("site", "subject")],
        "notes": [("notes", "--json")],
        "rebase": [("rebase", one, "--json") for one in ("--list", "--suggest")],
        "scenarios": [("what-if", "--list", "--json"),
                      *(("what-if", "--scenario", name, "--json")
                        for name in ("Dear TOR", "Dear ELM", "Dear otherwise TOR", "Plan"))],
        "rest": [("reconcile", "--json"), ("doctor",), ("digest", "list"), ("access", "list"),
                 ("access", "audit"), ("lake", "--check"), ("glossary",), ("template", "spend"),
                 ("backup", "/no/such/place/x")],
        "status": [("status",), ("status", "--json"), ("status", "--changes", "1", "--json")],
        "target": [("target", "list"), ("target", "list", "--ever")],
        "budget": [("budget", "list")],
        "quarantine": [("quarantine",), ("quarantine", "export", "--load", "2")],
        "map": [("map", "--list", "--ever", "--json")],
        "trace": [("trace", str(load), str(record))
                  for load in range(1, 16, 2) for record in (1, 7)],
        "sql": [("sql", f"SELECT * FROM {name} ORDER BY ALL", "--format", "csv", "--rows", "50000")
                for name in ("sites", "costs", "labor", "labor_month", "spend", "supply_moves",
                             "coverage", "budget", "contracts", "accounts", "calendar")],
    }  # fmt: skip


def told(home: Home, *line: str) -> bytes:
    done = rounds(*line, "--home", home.root)
    text = f"{done.exit_code}\n{done.output}\n{done.stderr if done.stderr_bytes else ''}"
    return neutral(text.encode(), home)


def parts_of(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The parts of slides and workbooks, and of the workbooks in slides; each zip has its time."""
    if not name.endswith((".pptx", ".xlsx")):
        yield name, content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        for part in opened.namelist():
            yield from parts_of(f"{name}/{part}", opened.read(part))


def same_told(two: Any, who: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two(who)
    monkeypatch.setenv(VIEWER, PARTS[who].person.login)
    answers = 0
    for line in lines()[command]:
        mine, theirs = told(one, *line), told(other, *line)
        assert mine == theirs, line
        answers += mine.startswith(b"0\n")
    if command in ("kpi", "supplies", "flex", "status"):
        assert answers > len(lines()[command]) // 3


@pytest.mark.parametrize("command", ["supplies", "flex", "status", "target", "landing"])
def test_no_command_tells_a_site_manager_of_others(
    two: Any, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_told(two, "site manager", command, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("command", sorted(lines()))
@pytest.mark.parametrize("who", sorted(PARTS))
def test_no_command_tells_anybody_of_what_isn_t_theirs(
    two: Any, who: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_told(two, who, command, monkeypatch)


KINDS = {
    "site manager": [("site", "--site", "ELM")],
    "buyer": [("director",)],
    "regional manager": [("regional", "--region", "North"), ("site", "--site", "PIN")],
}
OTHERWISE = [("site", "--site", "OAK"), ("director",)]


@pytest.mark.soak
@pytest.mark.parametrize("who", sorted(PARTS))
def test_no_pack_tells_anybody_of_what_isn_t_theirs(
    two: Any, who: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VIEWER, PARTS[who].person.login)
    made = 0
    for audience, *more in KINDS.get(who, OTHERWISE):
        found = []
        for name, home in zip("ab", two(who), strict=True):
            out = tmp_path / audience / name
            done = rounds("pack", "--period", "2026-03", "--for", audience, *more, "--out", out,
                          "--formats", "pptx,xlsx", "--home", home.root)  # fmt: skip
            found.append({
                part: neutral(content, home) for file in sorted(out.rglob("*.*"))
                for part, content in parts_of(file.name, file.read_bytes())
            })  # fmt: skip
            made += done.exit_code == 0 and bool(found[-1])
        assert found[0].keys() == found[1].keys()
        assert [key for key, content in found[0].items() if content != found[1][key]] == []
    assert made >= 2


def papers(home: Home, who: str) -> dict[str, bytes]:
    """The packs of somebody on paper, all as of one moment: what is set there can't be left out."""
    found = {}
    viewer = PARTS[who].person.viewer()
    for audience, *named in KINDS.get(who, OTHERWISE):
        place = {
            name.removeprefix("--"): value
            for name, value in zip(named[::2], named[1::2], strict=True)
        }
        made = packs(
            opened(home, viewer), home.group(), date(2026, 3, 1), audience, home=home, **place
        )
        for one in made:
            found[one.stem] = content_of(replace(one, published=datetime(2026, 4, 1)), "pdf")
    return found


@pytest.mark.parametrize(
    "who",
    [pytest.param(who, marks=() if who == "site manager" else pytest.mark.soak)
     for who in sorted(PARTS)],
)  # fmt: skip
def test_no_pack_on_paper_tells_anybody_of_what_isn_t_theirs(two: Any, who: str) -> None:
    one, other = (papers(home, who) for home in two(who))
    assert one == other
    assert len(one) == len(KINDS.get(who, OTHERWISE))
    assert all(content.startswith(b"%PDF") for content in one.values())


def restated(home: Home, who: str, *, same: bool) -> None:
    """Invoices say something else now: of somebody's part the same in both homes."""
    lines = []
    for row in data.final_rows()["spend"]:
        times = 2 if same or PARTS[who].own("spend", row) else 5
        lines.append({**row, "amount": str(times * Decimal(row["amount"]))})
    write(home.root.parent / "later", "spend", lines)
    load_folder(home.root.parent / "later", home)


def digest(home: Home, out: Path) -> list[bytes]:
    done = rounds("digest", "send", "--now", "--out", out, "--home", home.root)
    assert done.exit_code == 0, done.output
    return [neutral(page.read_bytes(), home) for page in sorted(out.glob("*.html"))]


def test_no_digest_tells_a_site_manager_of_others(two: Any, tmp_path: Path) -> None:
    one, other = (digest(home, tmp_path / home.root.parent.name) for home in two("site manager"))
    assert one == other
    assert b"needs attention" in one[0] or b"need attention" in one[0]


@pytest.mark.soak
@pytest.mark.parametrize("who", sorted(PARTS))
def test_no_digest_tells_anybody_of_what_isn_t_theirs(two: Any, who: str, tmp_path: Path) -> None:
    """Nor of what was restated since the one before."""
    letters = []
    for name, home in zip("ab", two(who), strict=True):
        place = Home(tmp_path / name / "home")
        shutil.copytree(home.root, place.root)
        found = digest(place, tmp_path / name / "before")
        restated(place, who, same=name == "a")
        letters.append([*found, *digest(place, tmp_path / name / "after")])
    assert letters[0] == letters[1]
    assert len(letters[0]) == 2
    assert b"became" in letters[0][1]  # both tell of what was restated


def test_the_comparison_sees_what_an_administrator_is_told(
    two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: to who sees everything the two homes tell different things."""
    one, other = two("site manager")
    monkeypatch.setenv(VIEWER, "boss")
    for line in (("kpi", "labor_cost", *MONTH), ("supplies", "--runs-out"),
                 ("flex", *MONTH, "--json"), ("landing", "--json")):  # fmt: skip
        assert told(one, *line) != told(other, *line), line
