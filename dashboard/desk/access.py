"""People and access: who has a login, with which role and scope, and what the audit tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store, viewing
from dashboard.components import Cell, Column, Row, responsive_table
from dashboard.desk.done import do, tell
from pipelines.access import audit, door, people
from pipelines.access.people import Person
from pipelines.access.roles import ROLES, Right
from pipelines.access.ways import Identity
from pipelines.settings import Home
from pipelines.warehouse.limits import SUBJECTS
from pipelines.warehouse.reader import open_build

SAID = "access said"
LATEST = 25  # lines of the audit, and changes, that are shown
AS_ROLE, YES, NO = "As the role says", "Yes", "No"
FLAGS = {AS_ROLE: None, YES: True, NO: False}


def section() -> None:
    """Draw it for who may manage access; nothing for others, and where nobody signs in."""
    if viewing.is_local() or not viewing.may(Right.MANAGE):
        return
    layout.section(
        "People and access",
        "Who may sign in, with which role, and what they see. Every change is kept.",
    )
    tell(SAID)
    home = store.home()
    known = people.people(home)
    _list(known)
    left, right = st.columns(2, gap="large")
    with left:
        _change(home, known)
    with right:
        _add(home)
    _changes(home)
    _audit(home)


def _list(known: list[Person]) -> None:
    rows = [
        Row(
            [
                Cell(one.name, second=one.login if one.active else f"{one.login}, shut"),
                one.title,
                _scope(one),
                ", ".join(one.subjects).capitalize() or "All",
                _seen(one),
            ]
        )
        for one in known
    ]
    columns = [
        Column("Person", width="22%"),
        Column("Role", phone="second"),
        Column("Sites", phone="own"),
        Column("Subjects", phone="second", quiet=True),
        Column("Pay by role, rows", phone="second", quiet=True),
    ]
    responsive_table(columns, rows, key="people", label="People who may sign in")


def _scope(one: Person) -> str:
    named = [*(f"{region} region" for region in one.regions), *map(store.name_of, one.sites)]
    return fmt.names(named, limit=4) if named else "All sites"


def _seen(one: Person) -> str:
    view = one.viewer()
    return f"{'Pay' if view.pay else 'No pay'}, {'rows' if view.rows else 'no rows'}"


def _change(home: Home, known: list[Person]) -> None:
    """Another role or scope, a password, the end of sessions, and the view as they have it."""
    layout.block("Change a login")
    names = {f"{one.name} ({one.login})": one for one in known}
    chosen = layout.pick("Person", names, "Choose a person", key="access person")
    if chosen is None:
        layout.note("What was before stays told below.")
        return
    one = names[chosen]
    with st.form(f"access {one.login}", border=False):
        given = _fields(one, one.login)
        shut = st.checkbox("Shut: they can't sign in", value=not one.active)
        if st.form_submit_button("Keep this"):
            do(SAID, lambda: _keep(home, replace(given, active=not shut), "changed"))
    if viewing.identity() is Identity.USERS:
        _password(home, one.login)
    with st.container(horizontal=True, gap="small"):
        if st.button("End their sessions", key=f"end {one.login}"):
            do(SAID, lambda: _end(home, one.login))
        if one.login != viewing.visiting().login:
            st.button(
                "See what they see", key=f"as {one.login}", on_click=viewing.see_as,
                args=(one.login,),
            )  # fmt: skip


def _add(home: Home) -> None:
    layout.block("Add a login")
    with st.form("access add", border=False):
        login = st.text_input("Login", max_chars=100, placeholder="An address, or a short name")
        given = _fields(Person("", "", "site-manager"), "new")
        if st.form_submit_button("Add them"):
            do(SAID, lambda: _new(home, replace(given, login=login.strip().lower())))
    if viewing.identity() is Identity.USERS:
        layout.note("Then choose the person and set their first password.")


def _fields(one: Person, key: str) -> Person:
    """The fields of a person, as they stand or for a new one."""
    name = st.text_input("Name", one.name, max_chars=100, key=f"name {key}")
    roles = {role.title: role.name for role in ROLES.values()}
    role = st.selectbox(
        "Role", list(roles), index=list(roles.values()).index(one.role), key=f"role {key}"
    )
    places = open_build(store.home()).places
    regions = sorted({*places.values(), *one.regions})
    sites = sorted({*(site for site in places if not site.startswith("~")), *one.sites},
                   key=store.name_of)  # fmt: skip
    of_regions = st.multiselect("Regions", regions, one.regions, key=f"regions {key}")
    of_sites = st.multiselect(
        "Sites", sites, one.sites, format_func=store.name_of, key=f"sites {key}",
        help="Without regions and sites: all sites, for roles that may see them.",
    )  # fmt: skip
    subjects = st.multiselect(
        "Subjects", SUBJECTS, one.subjects, format_func=str.capitalize, key=f"subjects {key}",
        help="Without any: all subjects.",
    )  # fmt: skip
    left, right = st.columns(2)
    pay = _flag(left.selectbox, "Pay by role shows", one.pay, f"pay {key}")
    rows = _flag(right.selectbox, "Rows behind figures show", one.rows, f"rows {key}")
    identity = one.identity
    if viewing.identity() is Identity.OIDC:
        identity = st.text_input(
            "Known to the identity provider as", one.identity, max_chars=200,
            placeholder="Where that isn't the login", key=f"identity {key}",
        )  # fmt: skip
    return replace(
        one, name=name, role=roles[role], regions=tuple(of_regions), sites=tuple(of_sites),
        subjects=tuple(subjects), pay=pay, rows=rows, identity=identity,
    )  # fmt: skip


def _flag(draw: Callable[..., str], label: str, now: bool | None, key: str) -> bool | None:
    return FLAGS[draw(label, list(FLAGS), index=list(FLAGS.values()).index(now), key=key)]


def _password(home: Home, login: str) -> None:
    has = door.has_password(home, login)
    with st.form(f"password {login}", border=False, clear_on_submit=True):
        given = st.text_input(
            "A new password" if has else "Their first password", type="password", max_chars=1000,
            autocomplete="new-password", key=f"password of {login}",
        )  # fmt: skip
        if st.form_submit_button("Set the password"):
            do(SAID, lambda: _set_password(home, login, given))
    layout.note("Their sessions end with it." if has else "They can't sign in without one.")


def _new(home: Home, person: Person) -> str:
    if person.login in {one.login for one in people.people(home)}:
        return f"{person.login} has a login already."
    return _keep(home, person, "added")


def _keep(home: Home, person: Person, change: str) -> str:
    """Keep a person; who is shut, or sees less than before, is signed out."""
    told = {
        "login": person.login, "role": person.role, "change": change,
        "sites": ", ".join((*person.regions, *person.sites)),
    }  # fmt: skip
    viewing.doing(Right.MANAGE, "access", told)
    kept = people.keep(home, person, viewing.visiting().login)
    if not kept.active:
        door.end_all(home, kept.login)
    return f"{kept.name} is {change}: {kept.title}, {_scope(kept)}."


def _end(home: Home, login: str) -> str:
    viewing.doing(Right.MANAGE, "access", {"login": login, "change": "sessions ended"})
    door.end_all(home, login)
    return f"All sessions of {login} have ended."


def _set_password(home: Home, login: str, given: str) -> str:
    viewing.doing(Right.MANAGE, "access", {"login": login, "change": "password"})
    door.set_password(home, login, given)
    return f"The password of {login} is set."


def _changes(home: Home) -> None:
    found = people.changes(home)
    title = f"Changes of access ({fmt.count(len(found))})"
    with st.expander(title, on_change="rerun", key="access changes") as more:
        if more.open:
            rows = [
                Row([fmt.moment(moment), who, login, _became(one)])
                for moment, who, login, one in reversed(found[-LATEST:])
            ]
            columns = [
                Column("When"), Column("By", phone="second", quiet=True), Column("Login"),
                Column("Since then", phone="own"),
            ]  # fmt: skip
            responsive_table(columns, rows, key="changed", label="Changes of access, newest first")


def _became(one: Person | None) -> str:
    if one is None:
        return "removed"
    return f"{one.title}, {_scope(one)}" + ("" if one.active else ", shut")


def _audit(home: Home) -> None:
    with st.expander("What the audit tells", on_change="rerun", key="audit") as more:
        if not more.open:
            return
        rows = [
            Row(
                [
                    fmt.moment(line.moment),
                    f"{line.who} as {line.seen_as}" if line.seen_as else line.who,
                    line.what,
                    ", ".join(f"{name} {value}" for name, value in line.about.items())[:200],
                ]
            )
            for line in audit.lines(home, most=LATEST)
        ]
        columns = [Column("When (UTC)"), Column("Who"), Column("What", phone="second"),
                   Column("About", phone="own")]  # fmt: skip
        responsive_table(columns, rows, key="lines", label="The audit's latest lines")
        layout.note("“rounds access audit” lists them all, and checks that none was altered.")
