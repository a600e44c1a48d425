"""Who looks: the viewer of this run, what they may do, and what is written down of it.

Each run of a page asks anew, so that a session that ended, or a person who was changed or shut
meanwhile, takes effect with the next click. What runs outside a page's run (a file that is made
when somebody asks for it) runs for whom `for_viewer` says; for nobody, nothing is shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.gate import binding, visit
from pipelines.access import audit, door, people
from pipelines.access.people import Viewer, owner
from pipelines.access.roles import Right
from pipelines.access.ways import Identity, Ways
from pipelines.errors import NotShown
from pipelines.settings import Home
from pipelines.state import author

T = TypeVar("T")
_LOG = logging.getLogger("rounds.dashboard")
SEEN = "what was looked at"
_KEPT = "_rounds_visit"  # on Streamlit's own record of a run
# What somebody may not do, as the sentence says it.
WORDS = {
    Right.NOTE: "write notes", Right.KEEP: "keep views",
    Right.DECIDE: "set targets, budgets and scenarios",
    Right.LOAD: "load files", Right.EXPORT: "take figures along", Right.SQL: "write SQL",
    Right.MANAGE: "say who may see what",
}  # fmt: skip


class SignedOut(NotShown):
    """Nobody is in, or no longer: nothing is shown until they sign in again."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody's run: their login, the view they have, and the token of their session.

    `grant` stands for what they may do and see themselves: it is another once that changes.
    """

    login: str
    viewer: Viewer
    token: str | None
    grant: str = ""


_for: ContextVar[Visit | None] = ContextVar("visit", default=None)


@lru_cache(maxsize=1)
def identity() -> Identity:
    """How this server knows people; it stays so as long as it runs."""
    # The address counts as well: whoever runs the app without `rounds serve` is held to it too.
    return Ways.find(Home.find(), address=st.get_option("server.address")).identity


def is_local() -> bool:
    """Whether whoever sits at this machine is the one user."""
    return identity() is Identity.LOCAL


def viewer() -> Viewer:
    """Who looks in this run. SignedOut where nobody does."""
    return visiting().viewer


def visiting() -> Visit:
    """The visit of this run. SignedOut where nobody is in."""
    if made := _for.get():
        return made
    context, local = get_script_run_ctx(suppress_warning=True), is_local()
    if context is None and local:
        return _own()
    if context is None:
        raise SignedOut("Nobody is signed in here.")
    # Streamlit makes the dictionary of cursors anew for each run: it stands for the run.
    run, found = getattr(context, _KEPT, (None, None))
    if run is not context.cursors or found is None:
        found = _own() if local else _visit(_token())
        if not local and not binding.bind(context.session_id, found.login, found.grant):
            raise SignedOut("This page was opened by somebody else.")
        setattr(context, _KEPT, (context.cursors, found))
    return found


def _own() -> Visit:
    """The visit of the one user of this machine."""
    name = author()
    return Visit(name, owner(name), None)


def forget() -> None:
    """Look anew at who it is, in this run too: after they began or ended to see as another."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        setattr(context, _KEPT, (None, None))


def may(right: Right) -> bool:
    """Whether who looks may do something: controls for it are drawn only then."""
    return viewer().may(right)


def permit(right: Right, what: str = "") -> None:
    """Go on only where who looks may do something. NotShown else, which the audit tells."""
    if may(right):
        return
    note("refused", {"what": what or right, "right": right})
    if viewer().by is not None:
        raise NotShown("While you see as somebody else, nothing can be changed or taken along.")
    raise NotShown(f"You may not {WORDS[right]}. Ask your administrator.")


def shows(subject: str) -> bool:
    """Whether a subject is shown to who looks."""
    return viewer().subjects is None or subject in (viewer().subjects or ())


def note(what: str, about: Mapping[str, str]) -> None:
    """Write into the audit what who looks does. StoreProblem where that fails: then it may not be.

    The one user of a machine of their own is watched by nobody.
    """
    if is_local():
        return
    made = visiting()
    seen_as = made.viewer.login if made.viewer.by is not None else None
    audit.note(Home.find(), made.login, what, about, seen_as)


def doing(right: Right, what: str, about: Mapping[str, str] | None = None) -> None:
    """What is about to be changed: allowed, and written down before it is done."""
    permit(right, what)
    note(what, about or {})


def seen(page: str, filters: Mapping[str, str]) -> None:
    """Write down that a page was looked at: once for a page and its filters, not for each run."""
    if is_local():
        return
    told = {"page": page, **filters}
    now = (visiting().viewer, told)
    if st.session_state.get(SEEN) != now:
        note("view", told)
        st.session_state[SEEN] = now


def taken(name: str, made: Callable[[], bytes]) -> Callable[[], bytes]:
    """What makes a file when somebody asks for it later, outside their page's run.

    It asks again who they are, whether they still may, and tells the audit first.
    """
    if is_local():
        return made
    before = visiting()

    @wraps(made)
    def run() -> bytes:
        now = _visit(before.token)
        if now != before:
            raise NotShown("What you may see has changed. Open the page again.")
        _for.set(now)
        binding.making_for.set(now.grant)  # stays for Streamlit, which stores the file after this
        doing(Right.EXPORT, "export", {"file": name})
        return made()

    return run


def environment() -> dict[str, str]:
    """In whose name a command runs that the app starts."""
    if is_local():
        return {}
    made = visiting()
    return {"ROUNDS_VIEWER": made.viewer.login, "ROUNDS_AUTHOR": made.login}


def signed(ask: Callable[[], str]) -> str:
    """The name that stands under what is decided: who is signed in; else what `ask` asks for."""
    return ask() if is_local() else visiting().login


def author_of_decisions() -> str | None:
    """Who decides, where pages don't ask for a name; None where the account's name stands."""
    return None if is_local() else visiting().login


def see_as(login: str | None) -> None:
    """Let an administrator see what another sees; None ends it."""
    made = visiting()
    if made.token is None:
        return
    home = Home.find()
    if login is not None:
        permit(Right.MANAGE, "see as")
        login = people.find(home, login).login
    told = {"login": login, "change": "begin"} if login else {"change": "end"}
    audit.note(home, made.login, "see as", told)
    door.see_as(home, made.token, login)
    st.session_state.clear()  # what one view left there is nothing for the other
    forget()


def _visit(token: str | None) -> Visit:
    """The visit of a session's token, as people are now. SignedOut where it is over."""
    home = Home.find()
    found = door.session(home, token) if token else None
    if found is None:
        raise SignedOut("You were signed out.")
    known = people.known(home, found.login, found.seen_as or "")
    person = known.get(found.login)
    if person is None or not person.active:
        door.end(home, str(token))
        raise SignedOut("You were signed out.")
    shown = known.get(found.seen_as or "")
    own = person.viewer()
    if shown is None or shown.login == person.login:
        return Visit(person.login, own, token, person.grant)
    if not own.may(Right.MANAGE):
        door.see_as(home, str(token), None)
        return Visit(person.login, own, token, person.grant)
    return Visit(person.login, shown.viewer().seen_by(person.login), token, person.grant)


def _token() -> str | None:
    """The session's token, from the cookie with which the page's connection was opened."""
    cookies: Any = st.context.cookies
    token = cookies.get(visit.COOKIE)
    return str(token) if token else None
