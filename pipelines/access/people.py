"""The people of the group: who they are, their role, and the scope they have. Kept in the state."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipelines.access.roles import ROLES, Right, Role
from pipelines.errors import UsageProblem, nearest
from pipelines.settings import Home
from pipelines.state import Decision, What, decide, history, latest, standing
from pipelines.warehouse.limits import SUBJECTS, Limits
from pipelines.warehouse.reader import Reader

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_LISTS, _FLAGS = ("regions", "sites", "subjects"), ("pay", "rows", "active")
OWNER = "owner"  # the role of who runs Rounds on a machine of their own


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login.

    `regions` and `sites` are the scope; both empty is all sites, for roles that may. `subjects` are
    those shown (empty: all of them). `pay` and `rows` are None where the role decides. `identity`
    is what the group's identity provider calls them (an address), where that isn't their login.
    """

    login: str
    name: str
    role: str
    regions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    pay: bool | None = None
    rows: bool | None = None
    identity: str = ""
    active: bool = True

    @property
    def title(self) -> str:
        """The role as people call it."""
        return ROLES[self.role].title

    @property
    def grant(self) -> str:
        """The login with a digest of what they may do and see: another once that changes."""
        told = json.dumps(_values(self), sort_keys=True)
        return f"{self.login} {hashlib.sha256(told.encode()).hexdigest()[:16]}"

    def viewer(self) -> Viewer:
        """What this person may do and see."""
        role = ROLES[self.role]
        return Viewer(
            login=self.login, name=self.name, role=self.role, rights=role.rights,
            regions=frozenset(self.regions), sites=frozenset(self.sites),
            everywhere=role.everywhere and not self.regions and not self.sites,
            subjects=frozenset(self.subjects) or None,
            pay=role.pay if self.pay is None else self.pay,
            rows=role.rows if self.rows is None else self.rows,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and what they may do and see. `by` is the administrator who sees as they see."""

    login: str
    name: str
    role: str
    rights: frozenset[Right]
    regions: frozenset[str]
    sites: frozenset[str]
    everywhere: bool
    subjects: frozenset[str] | None
    pay: bool
    rows: bool
    by: str | None = None

    def may(self, right: Right) -> bool:
        """Whether they may do something. Who sees as another may do nothing in their name."""
        return right in self.rights and self.by is None

    def limits(self, reader: Reader) -> Limits:
        """What they see of a build: the sites of their regions are those of its register."""
        if self.everywhere:
            sites = None
        else:
            known = reader.places.items()
            sites = frozenset(
                site for site, region in known
                if not site.startswith("~") and (site in self.sites or region in self.regions)
            )  # fmt: skip
        return Limits(sites, self.subjects, self.pay, self.rows)

    def seen_by(self, administrator: str) -> Viewer:
        """The same view, for an administrator who looks at it."""
        return replace(self, by=administrator)


def owner(name: str) -> Viewer:
    """Who runs Rounds on a machine of their own: everything is theirs."""
    nothing: frozenset[str] = frozenset()
    return Viewer(name, name, OWNER, frozenset(Right), nothing, nothing, everywhere=True,
                  subjects=None, pay=True, rows=True)  # fmt: skip


def people(home: Home) -> list[Person]:
    """Everybody with a login, by login."""
    found = [_person(d) for d in standing(home, What.PERSON)]
    return sorted(found, key=lambda person: person.login)


def known(home: Home, *logins: str) -> dict[str, Person]:
    """Those of some logins that somebody has, as they are now, by login."""
    found = [_person(d) for d in latest(home, What.PERSON, "", logins)]
    return {person.login: person for person in found}


def find(home: Home, login: str) -> Person:
    """The person of a login. UsageProblem with the nearest login where there is none."""
    wanted = login.strip().lower()
    if found := known(home, wanted):
        return found[wanted]
    logins = [person.login for person in people(home)]
    hint = nearest(login, logins, "`rounds access list` lists them.")
    raise UsageProblem(f"Nobody has the login {login}; {hint}")


def by_identity(home: Home, identity: str) -> Person | None:
    """The active person whom the identity provider calls so; None where there isn't just one."""
    wanted = _plain(identity.strip())
    found = [
        person for person in people(home)
        if person.active and wanted and _plain(person.identity or person.login) == wanted
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def keep(home: Home, person: Person, by: str | None = None) -> Person:
    """Keep a person as given, new or changed.

    UsageProblem for a login, role or subject that can't be, a role that needs a scope and has
    none, an identity that another person has, or when nobody could manage access any more.
    """
    person = _checked(home, person)
    others = [other for other in people(home) if other.login != person.login]
    _still_managed([*others, person], person)
    decide(home, What.PERSON, "", person.login, _values(person), by)
    return person


def remove(home: Home, login: str, by: str | None = None) -> None:
    """Take a person's login away; the state still tells that they had it."""
    person = find(home, login)
    left = [other for other in people(home) if other.login != person.login]
    if left:
        _still_managed(left, person)
    decide(home, What.PERSON, "", person.login, {}, by)


def changes(home: Home) -> list[tuple[datetime, str, str, Person | None]]:
    """Every change ever made: when (UTC), by whom, whose login, and how it was from then on."""
    return [
        (d.moment, d.author, d.name, _person(d) if d.value else None)
        for d in history(home, What.PERSON)
    ]


def _plain(identity: str) -> str:
    """An identity in small letters of ASCII alone: another alphabet's letter is another letter.

    Unicode's rules make an s of a long one, and a k of the sign for kelvin: whoever has such an
    address would be somebody else.
    """
    return "".join(letter.lower() if letter.isascii() else letter for letter in identity)


def _still_managed(left: Sequence[Person], about: Person) -> None:
    managers = [p for p in left if p.active and Right.MANAGE in ROLES[p.role].rights]
    if not managers:
        raise UsageProblem(
            f"Nobody could say who may see what any more. Make another login than {about.login} "
            "an administrator first."
        )


def _checked(home: Home, person: Person) -> Person:
    login = person.login.strip().lower()
    if not LOGIN.fullmatch(login):
        raise UsageProblem(
            "A login has up to 100 of the letters a to z, digits and . _ @ + -, and begins with a "
            "letter or digit."
        )
    name = " ".join(person.name.split()) or login
    if len(name) > 100 or not name.isprintable():
        raise UsageProblem("A person's name has 1 to 100 characters.")
    role = _role(person.role)
    if not role.everywhere and not person.regions and not person.sites:
        raise UsageProblem(f"A {role.title.lower()} needs a scope: give --region or --site.")
    for subject in person.subjects:
        if subject not in SUBJECTS:
            raise UsageProblem(f"There is no subject {subject}; known are {', '.join(SUBJECTS)}.")
    identity = person.identity.strip()
    mine = _plain(identity or login)
    for other in people(home):
        if other.login != login and _plain(other.identity or other.login) == mine:
            raise UsageProblem(f"{other.login} is known under that identity already.")
    return replace(person, login=login, name=name, identity=identity)


def _role(name: str) -> Role:
    if name not in ROLES:
        raise UsageProblem(f"There is no role {name}; known are {', '.join(ROLES)}.")
    return ROLES[name]


def _values(person: Person) -> dict[str, str]:
    told = {"name": person.name, "role": person.role, "identity": person.identity}
    lists = {n: json.dumps(list(getattr(person, n))) for n in _LISTS}
    flags = {n: json.dumps(getattr(person, n)) for n in _FLAGS}
    return {**told, **lists, **flags}


def _person(decision: Decision) -> Person:
    value = decision.value
    kept = {n: json.loads(value[n]) for n in (*_LISTS, *_FLAGS)}
    return Person(
        login=decision.name, name=value["name"], role=value["role"], identity=value["identity"],
        regions=tuple(kept["regions"]), sites=tuple(kept["sites"]),
        subjects=tuple(kept["subjects"]), pay=kept["pay"], rows=kept["rows"],
        active=kept["active"],
    )  # fmt: skip
