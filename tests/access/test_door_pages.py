"""Pages behind the gate: who looks is asked at every run, and rights decide what is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import viewing
from dashboard.desk import child
from dashboard.gate import binding
from dashboard.views import overview
from pipelines.access import audit, door, people
from pipelines.access.people import Person
from pipelines.access.roles import Right
from pipelines.access.ways import IDENTITY, Identity
from pipelines.analysis.attention import Finding
from pipelines.analysis.kept_views import kept_views
from pipelines.errors import NotShown, StoreProblem
from pipelines.settings import Home
from tests.dashboard.opening import plain
from tests.landings import build

APP = Path(viewing.__file__).with_name("app.py")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of a few sites, made once."""
    folder = tmp_path_factory.mktemp("loaded")
    build(folder / "files", folder / "home")
    return folder / "home"


@pytest.fixture
def place(home: Path, loaded: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """The home with people, served to those who sign in."""
    shutil.copytree(loaded, home)
    found = Home(home)
    people.keep(found, Person("boss", "Ada Boss", "administrator"))
    people.keep(found, Person("ann", "Ann Lee", "site-manager", sites=("ELM",)))
    people.keep(found, Person("stew", "Stew", "data-steward"))
    monkeypatch.setenv(IDENTITY, Identity.USERS)
    viewing.identity.cache_clear()
    yield found
    viewing.identity.cache_clear()


def opened(monkeypatch: pytest.MonkeyPatch, token: str | None, page: str = "glossary") -> AppTest:
    """A page in the browser whose cookie holds a token."""
    monkeypatch.setattr(viewing, "_token", lambda: token)
    binding._sessions.clear()  # all of AppTest's browsers have one name
    test = AppTest.from_string(
        f"from dashboard.guard import guarded\nfrom dashboard.views import {page}\n"
        f"guarded({page}.page)()\n",
        default_timeout=60,
    ).run()
    assert not test.exception
    return test


def enter(place: Home, monkeypatch: pytest.MonkeyPatch, login: str) -> None:
    """From here on it is somebody's cookie, in another browser."""
    binding._sessions.clear()
    token = door.begin(place, login)
    monkeypatch.setattr(viewing, "_token", lambda: token)


def title(test: AppTest) -> str:
    [found] = test.title
    return plain(found.value)


def said(test: AppTest) -> str:
    return "\n".join(one.value for one in [*test.markdown, *test.title, *test.header])


def test_without_a_session_nothing_is_shown(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for token, page in ((None, "glossary"), ("made up", "overview"), ("", "explore")):
        test = opened(monkeypatch, token, page)
        assert title(test) == "You were signed out"
        assert [plain(one.value) for one in test.markdown] == [
            "Nothing is shown until you sign in again."
        ]
        assert not [*test.header, *test.button, *test.selectbox, *test.get("bidi_component")]


@pytest.mark.parametrize("end", ["session", "login", "person", "time"])
def test_what_ends_meanwhile_ends_at_the_next_run(
    place: Home, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    token = door.begin(place, "ann")
    test = opened(monkeypatch, token)
    assert title(test) != "You were signed out"
    if end == "session":
        door.end(place, token)
    elif end == "login":
        people.remove(place, "ann")
    elif end == "person":
        people.keep(place, replace(people.find(place, "ann"), active=False))
    else:
        now = door._now
        monkeypatch.setattr(door, "_now", lambda: now() + door.IDLE * 1.1)
    assert title(test.run()) == "You were signed out"


def test_another_s_session_of_the_browser_is_not_taken_up(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = opened(monkeypatch, door.begin(place, "ann"))
    other = door.begin(place, "boss")
    monkeypatch.setattr(viewing, "_token", lambda: other)
    # The same session of Streamlit, and another cookie.
    assert title(test.run()) == "This page was opened by somebody else"


def test_a_changed_scope_holds_at_the_next_run(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(place, monkeypatch, "ann")
    code = "from dashboard import store\nimport streamlit as st\nst.code(sorted(store.sites()))"
    test = AppTest.from_string(code).run()
    assert json.loads(test.code[0].value.replace("'", '"')) == ["ELM"]
    people.keep(place, replace(people.find(place, "ann"), sites=("OAK",)))
    assert json.loads(test.run().code[0].value.replace("'", '"')) == ["OAK"]


def test_a_cache_never_crosses_scopes(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from datetime import date\nfrom dashboard import store\nimport streamlit as st\n"
        "from pipelines.calendar import month_span\n"
        "asked = store.ask('spend', month_span(date(2026, 7, 1)), by=['site'])\n"
        "st.code(','.join(f'{r[0]} {r[1]:.0f}' for r in asked.frame.sort('site')"
        ".select('site', 'value').iter_rows()))\n"
    )
    # As tests/landings.py makes them: ELM 2000 + 50 x 7 + 60 x 2, OAK 1000 + 700 + 240 + 10.
    seen = {"boss": "ELM 2470,OAK 1950", "ann": "ELM 2470"}
    for login in ("boss", "ann", "boss", "ann"):
        enter(place, monkeypatch, login)
        test = AppTest.from_string(code).run()
        assert not test.exception, test.exception[0].message
        assert test.code[0].value == seen[login]


# Seeing as another


def test_an_administrator_sees_as_another_and_changes_nothing(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = door.begin(place, "boss")
    door.see_as(place, token, "ann")
    visit = viewing._visit(token)
    assert (visit.login, visit.viewer.login, visit.viewer.by) == ("boss", "ann", "boss")
    assert not [right for right in Right if visit.viewer.may(right)]
    test = opened(monkeypatch, token, "settings")
    assert "Set a target" not in said(test)
    assert "People and access" not in said(test)
    line = audit.lines(place, what="view")[0]
    assert (line.who, line.seen_as) == ("boss", "ann")


def test_nobody_else_sees_as_another(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    token = door.begin(place, "ann")
    door.see_as(place, token, "boss")
    assert viewing._visit(token).viewer.login == "ann"
    enter(place, monkeypatch, "ann")
    code = (
        "from dashboard import viewing\nimport streamlit as st\n"
        "try:\n    viewing.see_as('boss')\nexcept Exception as problem:\n    st.code(problem)\n"
    )
    assert AppTest.from_string(code).run().code[0].value.startswith("You may not")
    assert audit.lines(place)[0].what == "refused"


# Rights


COMMANDS = {
    Right.LOAD: ("ingest", "/no/such/file"),
    Right.DECIDE: ("target", "set", "--from", "2026-01", "--", "overtime_share", "6%"),
}


@pytest.mark.parametrize(
    ("login", "right", "allowed"),
    [("ann", Right.LOAD, False), ("ann", Right.DECIDE, False), ("stew", Right.DECIDE, False),
     ("stew", Right.LOAD, True), ("boss", Right.DECIDE, True)],
)  # fmt: skip
def test_a_command_is_run_only_with_its_right(
    place: Home, monkeypatch: pytest.MonkeyPatch, login: str, right: Right, allowed: bool
) -> None:
    ran: list[dict[str, str]] = []

    def run(*_: object, env: dict[str, str], **__: object) -> object:
        ran.append(env)
        raise OSError

    monkeypatch.setattr(child.subprocess, "run", run)
    made = viewing.Visit(login, people.find(place, login).viewer(), "token")
    context = copy_context()
    context.run(viewing._for.set, made)
    done = context.run(child.run, place, *COMMANDS[right])
    assert bool(ran) == allowed
    [line] = audit.lines(place)
    assert (line.who, line.what) == (login, "change" if allowed else "refused")
    if allowed:
        assert (ran[0]["ROUNDS_VIEWER"], ran[0]["ROUNDS_AUTHOR"]) == (login, login)
    else:
        assert done.problem.startswith("You may not")


def test_a_data_steward_keeps_views_and_takes_them_back(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though they may not write notes: a view says nothing of its own."""
    enter(place, monkeypatch, "stew")
    test = AppTest.from_string(
        "from dashboard.explore import keeping\nfrom dashboard.explore.view import View\n"
        "keeping.draw(View('spend', 'supplier', None, 'year', '12'))\n",
        default_timeout=60,
    ).run()
    test.text_input[0].set_value("Supplies of the clinics")
    next(one for one in test.button if one.label == "Keep it").click().run()
    assert [(one.name, one.author) for one in kept_views(place, "explore")] == [
        ("Supplies of the clinics", "stew")
    ]
    test.button(key="view-out-now").click().run()
    assert kept_views(place, "explore") == []
    changes = [(one.who, one.about) for one in audit.lines(place) if one.what == "change"]
    assert sorted(changes, key=str) == [
        ("stew", {"command": "keep view"}), ("stew", {"command": "take back view"})
    ]  # fmt: skip


def test_a_file_is_made_only_for_who_may_have_it_then(place: Home) -> None:
    token = door.begin(place, "ann")
    made = copy_context()
    made.run(viewing._for.set, viewing._visit(token))
    take = made.run(viewing.taken, "rows.csv", lambda: b"figures")
    assert copy_context().run(take) == b"figures"
    assert (audit.lines(place)[0].what, audit.lines(place)[0].about) == (
        "export", {"file": "rows.csv"},
    )  # fmt: skip
    people.keep(place, replace(people.find(place, "ann"), subjects=("staffing",)))
    with pytest.raises(NotShown, match="has changed"):
        copy_context().run(take)
    door.end(place, token)
    with pytest.raises(viewing.SignedOut):
        copy_context().run(take)


def test_what_the_audit_can_t_tell_of_is_not_shown(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreProblem("The audit can't be written.")

    token = door.begin(place, "ann")
    monkeypatch.setattr(audit, "note", full)
    test = opened(monkeypatch, token, "overview")
    assert title(test) == "This page can't be shown"


def test_a_page_is_told_once_for_its_filters(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(monkeypatch, door.begin(place, "ann"))
    test.run()
    test.run()
    assert [one.about for one in audit.lines(place, what="view")] == [{"page": "glossary"}]


@pytest.mark.parametrize("withheld", [True, False])
def test_the_first_page_says_when_a_cost_that_is_not_shown_does_not_rank(
    monkeypatch: pytest.MonkeyPatch, withheld: bool
) -> None:
    details = {"withheld": True} if withheld else {}
    line = Finding("signal", "staffing", "ELM", "Elmwood", None, None, details)
    told: list[str] = []
    monkeypatch.setattr(overview.layout, "note", told.append)
    monkeypatch.setattr(overview.layout, "section", lambda *_: None)
    monkeypatch.setattr(overview, "_listed", lambda *_: None)
    monkeypatch.setattr(
        overview.store, "listed", lambda name, *_, **__: [line] if name == "attention" else []
    )
    overview._attention(SimpleNamespace(month=date(2026, 10, 1), where={}))  # type: ignore[arg-type]
    assert told == ([overview.UNRANKED] if withheld else [])


# The section in the settings


def test_only_who_manages_access_sees_people(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "People and access" in said(opened(monkeypatch, door.begin(place, "boss"), "settings"))
    for login in ("ann", "stew"):
        shown = said(opened(monkeypatch, door.begin(place, login), "settings"))
        assert "People and access" not in shown


def test_an_administrator_adds_a_login_and_shuts_one(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = opened(monkeypatch, door.begin(place, "boss"), "settings")
    by_label = {one.label: one for one in test.text_input}
    by_label["Login"].input("dora")
    test.text_input(key="name new").input("Dora Diaz")
    test.selectbox(key="role new").select("Director")
    [add] = [one for one in test.button if one.label == "Add them"]
    add.click().run()
    assert people.find(place, "dora").role == "director"
    ann = door.begin(place, "ann")
    test.selectbox(key="access person").select("Ann Lee (ann)").run()
    [shut] = test.checkbox
    shut.check()
    [keep] = [one for one in test.button if one.label == "Keep this"]
    keep.click().run()
    assert not people.find(place, "ann").active
    assert door.session(place, ann) is None
    told = [(line.who, line.about["change"]) for line in audit.lines(place, what="access")]
    assert told == [("boss", "changed"), ("boss", "added")]
