"""Nothing that somebody is told depends on what isn't theirs: commands, files and packs alike.

Two homes hold the same rows of a viewer's part, and rows of everything else that differ in every
amount and name: what is told from both must be the same, letter for letter. Whatever told of
another site, were it only in a rank, a range or a colour, would differ. Moments and the digests of
the files that were loaded are left out of the comparison.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.access import people
from pipelines.access.people import Person
from pipelines.access.viewing import VIEWER
from pipelines.feeds import FEEDS
from pipelines.settings import Home
from tests.loading import rounds
from tests.metrics import group as data
from tests.metrics.conftest import load_folder, write

pytestmark = pytest.mark.xdist_group("others")  # its homes are loaded once
STAFFING = {"labor", "positions"}
NAMES = {"name", "supplier", "vendor", "title", "payer", "item_name"}
# What is measured, but not what must fit another column of its row.
KEPT = {"escalator", "useful_life", "notice_days", "beds"}
# What tells of when, or of which file, and not of what stands in it.
LEFT_OUT = (
    (rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(\+00:00|Z)?", b"(moment)"),
    (rb"\b[0-9a-f]{12,64}\b", b"(digest)"),
)
MONTH = ("--from", "2026-01-01", "--to", "2026-03-31")


@dataclass(frozen=True)
class Part:
    """Somebody, and which rows are theirs."""

    person: Person
    own: Callable[[str, dict[str, Any]], bool]  # of a feed and a row


def of_sites(*codes: str) -> Callable[[str, dict[str, Any]], bool]:
    return lambda _, row: not row.get("site") or row["site"] in codes


PARTS = {
    "site manager": Part(
        Person("s", "S", "site-manager", sites=("ELM",)), of_sites("ELM", "E-1")
    ),
    "regional manager": Part(
        Person("r", "R", "regional-manager", regions=("North",)),
        of_sites("ELM", "E-1", "PIN", "LAK"),
    ),
    "paid manager": Part(
        Person("p", "P", "site-manager", sites=("OAK", "RIV"), pay=True), of_sites("OAK", "RIV")
    ),
    "analyst of a region": Part(
        Person("a", "A", "analyst", regions=("South",)), of_sites("OAK", "RIV")
    ),
    "buyer": Part(
        Person("b", "B", "analyst", subjects=("supplies", "facilities")),
        lambda feed, row: feed not in STAFFING
        and not (feed == "budget" and row["account"] == "staffing"),
    ),
}  # fmt: skip


def changed(feed: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row with three times every amount, and other names."""
    found = dict(row)
    for column in FEEDS[feed].columns:
        value = row.get(column.name)
        if value in (None, "") or column.name in KEPT:
            continue
        if str(column.kind) in ("money", "number"):
            found[column.name] = str(3 * Decimal(str(value)))
        elif column.name in NAMES and feed != "assets":
            found[column.name] = f"Other {value}"
    return found


def home_of(folder: Path, part: Part, *, same: bool) -> Home:
    home = Home(folder / "home")
    for feed, rows in data.final_rows().items():
        kept = [row if same or part.own(feed, row) else changed(feed, row) for row in rows]
        write(folder / "in", feed, kept)
    load_folder(folder / "in", home)
    people.keep(home, Person("boss", "Boss", "administrator"))
    people.keep(home, part.person)
    return home


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Home, Home]]:
    made: dict[str, tuple[Home, Home]] = {}

    def of(who: str) -> tuple[Home, Home]:
        if who not in made:
            folder = tmp_path_factory.mktemp("others")
            one = home_of(folder / "a", PARTS[who], same=True)
            made[who] = one, home_of(folder / "b", PARTS[who], same=False)
        return made[who]

    return of


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


def neutral(content: bytes, home: Home) -> bytes:
    content = content.replace(str(home.root.parent).encode(), b"(home)")
    for pattern, word in LEFT_OUT:
        content = re.sub(pattern, word, content)
    return content


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


@pytest.mark.soak
@pytest.mark.parametrize("who", sorted(PARTS))
def test_no_pack_tells_anybody_of_what_isn_t_theirs(
    two: Any, who: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VIEWER, PARTS[who].person.login)
    kinds = {
        "site manager": [("site", "--site", "ELM")],
        "buyer": [("director",)],
        "regional manager": [("regional", "--region", "North"), ("site", "--site", "PIN")],
    }
    made = 0
    for audience, *more in kinds.get(who, [("site", "--site", "OAK"), ("director",)]):
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


def test_the_comparison_sees_what_an_administrator_is_told(
    two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: to who sees everything the two homes tell different things."""
    one, other = two("site manager")
    monkeypatch.setenv(VIEWER, "boss")
    for line in (("kpi", "labor_cost", *MONTH), ("supplies", "--runs-out"),
                 ("flex", *MONTH, "--json"), ("landing", "--json")):  # fmt: skip
        assert told(one, *line) != told(other, *line), line
