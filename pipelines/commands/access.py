"""`rounds access`: who has a login, with which role and scope, and what the audit tells."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from pipelines.errors import UsageProblem
from pipelines.frames import plain, table
from pipelines.options import Command, by_option, home_option, json_option
from pipelines.settings import Home
from pipelines.terminal import say, say_json

if TYPE_CHECKING:
    from pipelines.access.people import Person

ALL = "all"


@click.group()
def access() -> None:
    """Say who may see and do what: logins, roles, scopes, passwords, audit."""


def _scope_options(command: Command) -> Command:
    for option in (
        click.option("--inactive/--active", "inactive", default=None, help="Shut the login, or "
                     "open it again."),
        click.option("--rows/--no-rows", default=None, help="Whether rows behind figures show."),
        click.option("--pay/--no-pay", default=None, help="Whether pay shows by role and person."),
        click.option("--identity", help="What the identity provider calls them (an address)."),
        click.option("--subject", "subjects", multiple=True, help="A subject they see (all: all)."),
        click.option("--site", "sites", multiple=True, help="A site they see; may be repeated."),
        click.option("--region", "regions", multiple=True, help="A region they see (all: all)."),
    ):  # fmt: skip
        command = option(command)
    return command


@access.command("add")
@click.argument("login")
@click.argument("role")
@click.option("--name", help="What people call them.")
@_scope_options
@by_option
@home_option
def add(
    login: str, role: str, name: str | None, regions: Sequence[str], sites: Sequence[str],
    subjects: Sequence[str], identity: str | None, pay: bool | None, rows: bool | None,
    inactive: bool | None, by: str | None, home: Path | None,
) -> None:  # fmt: skip
    """Give somebody a login with a role."""
    from pipelines.access import people

    place = Home.find(home)
    if login.strip().lower() in {person.login for person in people.people(place)}:
        raise UsageProblem(f"{login} has a login already. Use `rounds access change`.")
    person = people.Person(
        login=login, name=name or login, role=role, regions=_listed(regions) or (),
        sites=_listed(sites) or (), subjects=_listed(subjects) or (), pay=pay, rows=rows,
        identity=identity or "", active=not inactive,
    )  # fmt: skip
    _keep(place, person, by, "is added")
    say(f"`rounds access password {person.login}` gives them a password.")


@access.command("change")
@click.argument("login")
@click.option("--role", help="Their new role.")
@click.option("--name", help="What people call them.")
@_scope_options
@by_option
@home_option
def change(
    login: str, role: str | None, name: str | None, regions: Sequence[str], sites: Sequence[str],
    subjects: Sequence[str], identity: str | None, pay: bool | None, rows: bool | None,
    inactive: bool | None, by: str | None, home: Path | None,
) -> None:  # fmt: skip
    """Change somebody's role or scope; what isn't given stays as it is."""
    from pipelines.access import door, people

    place = Home.find(home)
    person = people.find(place, login)
    given: dict[str, Any] = {
        "role": role, "name": name, "identity": identity, "pay": pay, "rows": rows,
        "regions": _listed(regions), "sites": _listed(sites), "subjects": _listed(subjects),
        "active": None if inactive is None else not inactive,
    }  # fmt: skip
    changed = replace(person, **{k: v for k, v in given.items() if v is not None})
    _keep(place, changed, by, "is changed")
    if not changed.active:
        door.end_all(place, changed.login)


@access.command("remove")
@click.argument("login")
@by_option
@home_option
def remove(login: str, by: str | None, home: Path | None) -> None:
    """Take somebody's login away; what they did stays told."""
    from pipelines.access import audit, door, people
    from pipelines.state import author

    place = Home.find(home)
    known = people.find(place, login).login
    people.remove(place, known, by)
    door.forget_password(place, known)
    audit.note(place, by or author(), "access", {"login": known, "change": "removed"})
    say(f"{known} is removed.")


@access.command("password")
@click.argument("login")
@click.option("--stdin", "piped", is_flag=True, help="Read it from standard input.")
@by_option
@home_option
def password(login: str, piped: bool, by: str | None, home: Path | None) -> None:
    """Set somebody's password; their sessions end."""
    from pipelines.access import audit, door, people
    from pipelines.state import author

    place = Home.find(home)
    known = people.find(place, login).login
    if piped:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    door.set_password(place, known, given)
    audit.note(place, by or author(), "access", {"login": known, "change": "password"})
    say(f"The password of {known} is set.")


@access.command("list")
@home_option
@json_option
def listing(home: Path | None, as_json: bool) -> None:
    """List who has a login, with role and scope."""
    from pipelines.access import people

    found = people.people(Home.find(home))
    frame = pl.DataFrame(
        [
            (p.login, p.name, p.role, ", ".join((*p.regions, *p.sites)) or ALL,
             ", ".join(p.subjects) or ALL, _yes(p.viewer().pay), _yes(p.viewer().rows),
             p.identity, _yes(p.active))
            for p in found
        ],
        schema=dict.fromkeys(
            ("login", "name", "role", "sites", "subjects", "pay", "rows", "identity", "active"),
            pl.String,
        ),
        orient="row",
    )  # fmt: skip
    _tell(frame, as_json, "Nobody has a login: whoever opens the app on this machine sees all.")


@access.command("roles")
@home_option
@json_option
def roles(home: Path | None, as_json: bool) -> None:
    """List the roles and what each may do and see."""
    from pipelines.access.roles import ROLES

    frame = pl.DataFrame(
        [
            (r.name, ", ".join(sorted(r.rights)), ALL if r.everywhere else "as given",
             _yes(r.pay), _yes(r.rows), r.told)
            for r in ROLES.values()
        ],
        schema=dict.fromkeys(("role", "may", "sites", "pay", "rows", "what for"), pl.String),
        orient="row",
    )  # fmt: skip
    _tell(frame, as_json, "")


@access.command("changes")
@home_option
@json_option
def changes(home: Path | None, as_json: bool) -> None:
    """List every change of who may see what, oldest first."""
    from pipelines.access import people

    frame = pl.DataFrame(
        [
            (f"{moment:%Y-%m-%d %H:%M}", who, login,
             "removed" if p is None else f"{p.role}, {', '.join((*p.regions, *p.sites)) or ALL}"
             + ("" if p.active else ", shut"))
            for moment, who, login, p in people.changes(Home.find(home))
        ],
        schema=dict.fromkeys(("when", "by", "login", "since then"), pl.String),
        orient="row",
    )  # fmt: skip
    _tell(frame, as_json, "Nothing was ever changed.")


@access.command("audit")
@click.option("--who", help="Of this login only.")
@click.option("--what", help="Of this kind only: view, export, sign in …")
@click.option("--most", default=100, show_default=True, help="So many lines.")
@click.option("--verify", is_flag=True, help="Check that no line was altered or is missing.")
@home_option
@json_option
def listed_audit(
    who: str | None, what: str | None, most: int, verify: bool, home: Path | None, as_json: bool
) -> None:
    """List what happened, newest first: who saw, changed or took what."""
    from pipelines.access import audit

    place = Home.find(home)
    if verify:
        wrong = audit.altered(place)
        if wrong is not None:
            raise UsageProblem(
                f"Line {wrong} of the audit is not as it was written, or one before it is missing. "
                "Compare it with a backup."
            )
        say("Every line of the audit is as it was written.")
        return
    frame = pl.DataFrame(
        [
            (f"{line.moment:%Y-%m-%d %H:%M:%S}", line.who, line.seen_as or "", line.what,
             ", ".join(f"{k} {v}" for k, v in line.about.items()))
            for line in audit.lines(place, who=who, what=what, most=most)
        ],
        schema=dict.fromkeys(("when", "who", "seen as", "what", "about"), pl.String),
        orient="row",
    )  # fmt: skip
    _tell(frame, as_json, "The audit is empty.")


def _keep(place: Home, person: Person, by: str | None, said: str) -> None:
    from pipelines.access import audit, people
    from pipelines.state import author

    kept = people.keep(place, person, by)
    about = {
        "login": kept.login, "role": kept.role, "sites": ", ".join((*kept.regions, *kept.sites)),
        "change": said.removeprefix("is "),
    }  # fmt: skip
    audit.note(place, by or author(), "access", about)
    say(f"{kept.login} {said}: {kept.title}, {', '.join((*kept.regions, *kept.sites)) or ALL}.")


def _listed(given: Sequence[str]) -> tuple[str, ...] | None:
    """What was given; "all" is none, which keeps everything; None where nothing was given."""
    if not given:
        return None
    return () if ALL in given else tuple(dict.fromkeys(given))


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _tell(frame: pl.DataFrame, as_json: bool, none: str) -> None:
    if as_json:
        say_json(plain(frame.to_dicts()))
    else:
        say(none if frame.is_empty() else table(frame))
