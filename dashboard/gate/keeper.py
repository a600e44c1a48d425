"""Who gets at which route: nothing but the way in without a session, and to each what is theirs."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.gate import asked, binding, ending, visit
from dashboard.gate.headers import App, Message, Receive, Send, refuse
from pipelines.access import audit, door, people
from pipelines.access.people import Person
from pipelines.access.roles import Right
from pipelines.access.ways import Identity, Ways
from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home

# Open to everybody: what the sign-in page needs, and whether the server lives.
OPEN = frozenset({visit.SIGN_IN, visit.SIGN_OUT, "/_stcore/health", "/favicon.png"})
OPEN_BELOW = "/static/", "/app/static/"
OF_PROVIDER = frozenset({"/auth/login", "/oauth2callback"})
# Routes of Streamlit that Rounds has no use for: figures of the server, agents, old components.
CLOSED = frozenset({"/_stcore/metrics", "/_stcore/script-health-check", "/auth/logout"})
CLOSED_BELOW = "/_stcore/agent", "/component/"
STREAM, MEDIA, UPLOAD = "/_stcore/stream", "/media/", "/_stcore/upload_file/"
OTHERS_FILE = "a file made for somebody else"
AGAIN = "Sign in again."
UNTOLD = "Rounds can't tell who you are at the moment. Try again in a minute."


class Keeper:
    """Lets a request through to Streamlit where whoever sends it may have what it asks for."""

    def __init__(self, app: App, way: Ways, home: Home) -> None:
        self.app, self.way, self.home = app, way, home

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._stream(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _stream(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] != STREAM:
            await refuse(scope, receive, send, 404, "There is nothing here.")
            return
        if not visit.is_same_origin(scope, self.way, may_be_silent=True):
            await refuse(scope, receive, send, 403, "This page is not Rounds' own.")
            return
        if self.way.identity is not Identity.LOCAL:
            try:
                person = await run_in_threadpool(self._person, scope)
            except StoreProblem:
                await refuse(scope, receive, send, 503, UNTOLD)
                return
            if person is None:
                await refuse(scope, receive, send, 401, AGAIN)
                return
            _only_own_session(scope, person.login)
            await ending.while_held(
                self.app, scope, receive, send, lambda: self._holds(scope),
                lambda found: self._may_ask(scope, found),
            )  # fmt: skip
            return
        await self.app(scope, receive, send)

    async def _holds(self, scope: MutableMapping[str, Any]) -> bool | None:
        """Whether the session with which a socket was opened holds; None where nobody can tell."""
        try:
            return await run_in_threadpool(self._person, scope) is not None
        except StoreProblem:
            return None

    async def _may_ask(self, scope: MutableMapping[str, Any], found: BackMsg) -> bool:
        """Whether who opened a socket may ask for something over it."""
        file = asked.file_of(found)
        if file is None:
            return asked.is_plain(found)
        try:
            return await run_in_threadpool(self._may_make, scope, file)
        except StoreProblem:
            return False

    def _may_make(self, scope: MutableMapping[str, Any], file: str) -> bool:
        """Whether a file that a button makes is theirs: a click on another's makes nothing."""
        person = self._person(scope)
        if person is None:
            return False
        if not binding.may_have(file, person.grant):
            self._note(person, OTHERS_FILE)
            return False
        return True

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if self._is_closed(path):
            await refuse(scope, receive, send, 404, "There is nothing here.")
            return
        safe = scope["method"] in ("GET", "HEAD", "OPTIONS")
        if not safe and not visit.is_same_origin(scope, self.way, may_be_silent=False):
            await refuse(scope, receive, send, 403, "This page is not Rounds' own.")
            return
        if self.way.identity is Identity.LOCAL or self._is_open(path):
            await self.app(scope, receive, send)
            return
        try:
            person = await run_in_threadpool(self._person, scope)
            problem = person and await run_in_threadpool(self._not_theirs, scope, person)
        except StoreProblem:
            await refuse(scope, receive, send, 503, UNTOLD)
            return
        if person is None:
            await self._outside(scope, receive, send)
            return
        if problem:
            await refuse(scope, receive, send, 403, problem)
            return
        await self.app(scope, receive, send)

    def _is_closed(self, path: str) -> bool:
        if path in OF_PROVIDER and self.way.identity is not Identity.OIDC:
            return True
        return path in CLOSED or path.startswith(CLOSED_BELOW)

    def _is_open(self, path: str) -> bool:
        return path in OPEN or path in OF_PROVIDER or path.startswith(OPEN_BELOW)

    def _person(self, scope: MutableMapping[str, Any]) -> Person | None:
        """Who has the session of a request's cookie. To be looked at is not to be used.

        StoreProblem where the files of sessions or people can't be read.
        """
        token = visit.token_of(scope)
        found = door.known(self.home, token) if token else None
        if found is None or found[1]:
            return None
        try:
            person = people.find(self.home, found[0].login)
        except UsageProblem:  # the login was removed
            return None
        return person if person.active else None

    async def _outside(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """A page leads to the sign-in page; all else is refused."""
        parts = PurePosixPath(scope["path"]).parts
        served = "_stcore" in parts or parts[1:2] in (("media",), ("static",), ("rounds",))
        if scope["method"] not in ("GET", "HEAD") or served:
            await refuse(scope, receive, send, 401, AGAIN)
            return
        page = visit.page_of(scope)
        then = f"?next={quote(page, safe='/')}" if page != "/" else ""
        await RedirectResponse(f"{visit.SIGN_IN}{then}", 303)(scope, receive, send)

    def _not_theirs(self, scope: MutableMapping[str, Any], person: Person) -> str | None:
        """Why a file or an upload isn't theirs; None where nothing speaks against it."""
        path: str = scope["path"]
        if path.startswith(MEDIA):
            # All that follows is looked at: no other file is asked for by way of one's own.
            file = path.removeprefix(MEDIA).partition(".")[0]
            if not binding.may_have(file, person.grant):
                self._note(person, OTHERS_FILE)
                return "This file was made for somebody else, or is no longer kept."
        if path.startswith(UPLOAD):
            session = path.removeprefix(UPLOAD).partition("/")[0]
            if binding.owner_of(session) != person.login:
                self._note(person, "a session of somebody else")
                return "This is somebody else's session."
            if scope["method"] == "PUT" and not person.viewer().may(Right.LOAD):
                self._note(person, "an upload")
                return "Loading needs the right to load."
        return None

    def _note(self, person: Person, what: str) -> None:
        audit.note(self.home, person.login, "refused", {"what": what})


def _only_own_session(scope: MutableMapping[str, Any], login: str) -> None:
    """Take the id of another's session out of what a browser asks to take up again."""
    told = []
    for name, value in scope["headers"]:
        if name.lower() == b"sec-websocket-protocol":
            parts = [part.strip() for part in value.decode("latin-1").split(",")]
            if len(parts) > 2 and binding.owner_of(parts[2]) != login:
                parts = parts[:2]
            value = ", ".join(parts).encode("latin-1")
        told.append((name, value))
    scope["headers"] = told
    asked = list(scope.get("subprotocols") or [])
    if len(asked) > 2 and binding.owner_of(asked[2]) != login:
        scope["subprotocols"] = asked[:2]


__all__ = ["Keeper", "Message"]
