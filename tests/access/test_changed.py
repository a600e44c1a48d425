"""What changes while a page stands open holds at its next run; and what isn't theirs isn't there.

To who may not see a site, it is as one that doesn't exist: the same words, after the same work.
"""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import store, viewing
from dashboard.gate import binding
from dashboard.room import job
from pipelines.access import door, people
from pipelines.access.people import Person
from pipelines.access.viewing import VIEWER
from pipelines.errors import StoreProblem
from pipelines.room.query import Query
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader
from tests.access.sending import Page
from tests.landings import build
from tests.loading import rounds

pytestmark = pytest.mark.xdist_group("changed")  # its home is loaded once
ANN = Person("ann", "Ann", "site-manager", sites=("ELM",))
DORA = Person("dora", "Dora", "director", regions=("North", "South"))
OTHERS = re.compile(r"Oakdale|\bOAK\b|\bCLO\b|North")
PAGES = ["overview", "site", "contracts", "budget", "what_if", "number", "data", "facilities"]
QUERIES: dict[str, dict[str, str]] = {"number": {"metric": "spend", "month": "Jul 2026"}}
QUICK = ("site", "contracts")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("changed")
    build(folder / "files", folder / "home")
    found = Home(folder / "home")
    people.keep(found, Person("boss", "Boss", "administrator"))
    return found


@pytest.fixture(autouse=True)
def served(place: Home, by_login: None, monkeypatch: pytest.MonkeyPatch) -> None:
    people.keep(place, ANN)
    people.keep(place, DORA)
    monkeypatch.setenv("ROUNDS_HOME", str(place.root))


def words(messages: list[Any]) -> str:
    return "\n".join(map(str, messages))


@pytest.mark.parametrize(
    "page", [pytest.param(p, marks=() if p in QUICK else pytest.mark.soak) for p in PAGES]
)
@pytest.mark.parametrize("how", ["role", "shut"])
def test_an_open_page_shows_at_its_next_run_what_is_theirs_then(
    place: Home, monkeypatch: pytest.MonkeyPatch, page: str, how: str
) -> None:
    opened = Page(place, "dora", page, QUERIES.get(page, {}), monkeypatch)
    assert OTHERS.search(words(opened.run())) or page in ("facilities", "data")
    if how == "role":
        people.keep(place, replace(ANN, login="dora", name="Dora"))
    else:
        people.keep(place, replace(DORA, active=False))
    told = words(opened.run())
    assert OTHERS.search(told) is None, near(told)
    assert ("You were signed out" in told) == (how == "shut")
    assert ("Elmwood" in told) == (how == "role")


def near(text: str) -> str:
    found = OTHERS.search(text)
    return text[max(0, found.start() - 300) : found.end() + 100] if found else ""


def test_an_answer_in_sql_is_gone_with_the_scope_it_was_asked_in(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = door.begin(place, "dora")
    monkeypatch.setattr(viewing, "_token", lambda: token)
    state: dict[str, Any] = {}
    monkeypatch.setattr(job, "st", SimpleNamespace(session_state=state))

    def looking() -> Any:
        viewing._for.set(viewing._visit(token))
        return job.current()

    try:
        looking()
        asked = job.Job(Query(place, store.reader().limits, "FROM sites"), "dora")
        state[job.HELD] = asked
        assert looking() is asked
        people.keep(place, replace(ANN, login="dora"))
        assert looking() is None
        people.keep(place, replace(DORA, pay=False))
        assert looking() is None
        people.keep(place, DORA)
        assert looking() is asked
        viewing._for.set(replace(viewing._visit(token), login="boss"))
        assert job.current() is None
    finally:
        viewing._for.set(None)


# A site that isn't theirs, and one that there isn't


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that are asked from here on."""
    asked: list[str] = []
    run = Reader._run

    def counting(self: Reader, catalogue: str, sql: str, parameters: Any) -> Any:
        asked.append(sql)
        return run(self, catalogue, sql, parameters)

    monkeypatch.setattr(Reader, "_run", counting)
    return asked


def neutral(text: str) -> str:
    for name in ("OAK", "ZZQ", "Oakdale", "Zzqdale"):
        text = text.replace(name, "(site)")
    return re.sub(r"\b[0-9a-f]{12,64}\b", "(digest)", text)


MONTH = ("--from", "2026-07-01", "--to", "2026-07-31")
LINES = [
    ("kpi", "spend", *MONTH, "--where", "site={site}"),
    ("kpi", "spend", *MONTH, "--where", "site={name}"),
    ("kpi", "spend", *MONTH, "--where", "site={site}", "--rows"),
    ("kpi", "spend", *MONTH, "--where", "site={site},ELM", "--by", "site", "--json"),
    ("notes", "write", "spend", "text", *MONTH, "--where", "site={site}"),
    ("pack", "--period", "2026-07", "--for", "site", "--site", "{site}", "--out", "/no/such/x"),
    ("pack", "--period", "2026-07", "--for", "site", "--site", "{name}", "--out", "/no/such/x"),
    ("what-if", "--lever", "price:5@site={site}"),
    ("landing", "--where", "site={site}", "--json"),
    ("flex", *MONTH, "--where", "site={site}", "--json"),
    ("contracts", "--notices", "--where", "site={site}"),
    ("bridge", "spend", *MONTH, "--where", "site={site}"),
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line[:2]))
def test_a_command_tells_another_s_site_as_one_that_there_isn_t(
    place: Home, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...]
) -> None:
    monkeypatch.setenv(VIEWER, "ann")
    told, work = [], []
    asked = counted(monkeypatch)
    # The first only makes ready what all that come later find ready.
    for site, name in (("YYQ", "Yyqdale"), ("ZZQ", "Zzqdale"), ("OAK", "Oakdale")):
        asked.clear()
        written = [part.format(site=site, name=name) for part in line]
        done = rounds(*written, "--home", place.root)
        told.append((done.exit_code, neutral(done.output)))
        work.append(len(asked))
    assert told[1] == told[2]
    assert work[1] == work[2]


@pytest.mark.parametrize(
    ("page", "query"),
    [("site", {"site": "{site}"}), ("number", {"metric": "spend", "month": "Jul 2026",
                                               "where": "site:{site}"}),
     pytest.param("explore", {"metric": "spend", "sites": "{name}"}, marks=pytest.mark.soak),
     pytest.param("what_if", {"scenario": "price:5@site={site}"}, marks=pytest.mark.soak),
     pytest.param("overview", {"sites": "{name}", "region": "North"}, marks=pytest.mark.soak)],
)  # fmt: skip
def test_a_page_tells_another_s_site_as_one_that_there_isn_t(
    place: Home, monkeypatch: pytest.MonkeyPatch, page: str, query: dict[str, str]
) -> None:
    told = []
    for site, name, region in (("ZZQ", "Zzqdale", "Nowhere"), ("OAK", "Oakdale", "North")):
        named = {k: v.format(site=site, name=name).replace("North", region)
                 for k, v in query.items()}  # fmt: skip
        text = neutral(words(Page(place, "ann", page, named, monkeypatch).run()))
        told.append(text.replace("Nowhere", "North").splitlines())
    assert told[0] == told[1]


def test_what_is_wrong_with_the_home_is_said_without_its_place(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Page(place, "ann", "glossary", {}, monkeypatch)
    binding._sessions.clear()

    def broken() -> Any:
        raise StoreProblem(f"{place.root}/door.sqlite can't be read.")

    monkeypatch.setattr(viewing, "viewer", broken)
    told = words(opened.run())
    assert str(place.root) not in told
    assert "door" in told
