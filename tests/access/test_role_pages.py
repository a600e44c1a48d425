"""Every page opens for every role: what is withheld from somebody must not become a fault."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import viewing
from dashboard.gate import binding
from pipelines.access import door, people
from pipelines.access.people import Person
from pipelines.access.ways import IDENTITY, Identity
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build

pytestmark = pytest.mark.xdist_group("role pages")  # its home is copied once
PAGES = ["overview", "site", "staffing", "supplies", "facilities", "contracts", "budget", "what_if",
         "explore", "data", "glossary", "settings", "number", "sql"]  # fmt: skip
FIRST = {("sam", page) for page in ("overview", "site", "facilities")} | {("buy", "facilities")}
LOGINS = ["boss", "dora", "reg", "sam", "ana", "stew", "buy"]


@pytest.fixture(scope="module")
def place(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("roles") / "home"
    shutil.copytree(demo_home, folder)
    found = Home(folder)
    whole = open_build(found)
    site = whole.query("SELECT site FROM work_orders GROUP BY site ORDER BY count(*) DESC, site")
    mine = site["site"][0]
    for person in (
        Person("boss", "Boss", "administrator"),
        Person("dora", "Dora", "director"),
        Person("reg", "Reg", "regional-manager", regions=(whole.places[mine],)),
        Person("sam", "Sam", "site-manager", sites=(mine,)),
        Person("ana", "Ana", "analyst"),
        Person("stew", "Stew", "data-steward"),
        Person("buy", "Buy", "analyst", subjects=("supplies",)),
    ):
        people.keep(found, person)
    return found


@pytest.fixture
def served(place: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("ROUNDS_HOME", str(place.root))
    monkeypatch.setenv(IDENTITY, Identity.USERS)
    viewing.identity.cache_clear()
    yield place
    viewing.identity.cache_clear()


@pytest.mark.parametrize(
    ("login", "page"),
    [pytest.param(login, page, marks=() if (login, page) in FIRST else pytest.mark.soak)
     for login in LOGINS for page in PAGES],
)  # fmt: skip
def test_a_page_opens_for_each_role(
    served: Home, monkeypatch: pytest.MonkeyPatch, login: str, page: str
) -> None:
    token = door.begin(served, login)
    monkeypatch.setattr(viewing, "_token", lambda: token)
    binding._sessions.clear()
    test = AppTest.from_string(
        f"from dashboard.guard import guarded\nfrom dashboard.views import {page}\n"
        f"guarded({page}.page)()\n",
        default_timeout=120,
    ).run()
    assert not test.exception
    said = " ".join(one.value for one in [*test.title, *test.markdown])
    assert "Rounds has a fault" not in said
    assert "You were signed out" not in said
