"""The way in and the way out: a password, or the word of the identity provider, for a session."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.gate import page, provider, visit
from pipelines.access import audit, door, people
from pipelines.access.people import Person
from pipelines.access.ways import Identity, Ways
from pipelines.errors import RoundsError
from pipelines.settings import Home

LARGEST = 8 * 1024  # bytes of a form: a login, a password of 1,000 letters, and a page
AT_ONCE = 2  # passwords that are looked at at a time: each takes 32 MB and a third of a second
WAITING = 20  # that may wait for it
BUSY = "Many people sign in at the moment. Try again in a minute."


class Gate:
    """The routes of the way in, for one way of knowing people."""

    def __init__(self, way: Ways, home: Home) -> None:
        self.way, self.home = way, home
        self._free: asyncio.Semaphore | None = None
        self._waiting = 0

    def routes(self) -> Sequence[BaseRoute]:
        """What stands beside Streamlit's own routes."""
        if self.way.identity is Identity.LOCAL:
            return []
        entry = [
            Route(visit.SIGN_IN, self.ask, methods=["GET"]),
            Route(visit.SIGN_OUT, self.leave, methods=["POST"]),
            Route(visit.SIGN_OUT, self.left, methods=["GET"]),
        ]
        if self.way.identity is Identity.USERS:
            return [*entry, Route(visit.SIGN_IN, self.enter, methods=["POST"])]
        return [*entry, Route("/oauth2callback", self.back, methods=["GET"])]

    async def ask(self, request: Request) -> Response:
        """The sign-in page; whoever is in already goes on."""
        then = visit.safe_page(request.query_params.get("next"))
        token = visit.token_of(request.scope)
        found = await run_in_threadpool(door.known, self.home, token) if token else None
        if found and not found[1]:
            return RedirectResponse(then, 303)
        if self.way.identity is Identity.OIDC:
            return provider.asked(self.way, then)
        return page.form(then)

    async def enter(self, request: Request) -> Response:
        """Let in who has the right password."""
        given = await _form(request)
        if given is None:
            return page.form("/", said="That was no form of this page.", status=413)
        then, login = visit.safe_page(given.get("next")), given.get("login", "").strip().lower()
        try:
            person = await self._let_in(login, given.get("password", ""), request)
            if isinstance(person, Person):
                return await run_in_threadpool(self._opened, request, person, then)
        except RoundsError:
            said = "Rounds can't let anybody in at the moment. Tell your administrator."
            return page.form(then, login=login, said=said, status=503)
        if person is None:
            return page.form(then, login=login, said=page.WRONG, status=403)
        return page.form(then, login=login, said=person, status=503)

    async def back(self, request: Request) -> Response:
        """Let in whom the identity provider names, and nobody whom Rounds doesn't know."""
        said = await provider.told(request, self.way)
        if said is None:
            await run_in_threadpool(self._failed, request, "unknown")
            return page.message(
                "You were not signed in",
                "The identity provider's answer can't be trusted or is out of date. Try once more.",
                status=403, link="sign-in",
            )  # fmt: skip
        try:
            person = await run_in_threadpool(provider.person_of, self.home, said, self.way)
            if person is None:
                await run_in_threadpool(self._failed, request, "unknown")
                return page.message(
                    "Rounds doesn't know you",
                    "Your identity provider knows you, but nobody has given you access to Rounds. "
                    "Ask your administrator.",
                    status=403, link="sign-in",
                )  # fmt: skip
            return await run_in_threadpool(
                self._opened, request, person, provider.page_after(request)
            )
        except RoundsError:
            said_so = "Rounds can't let anybody in at the moment. Tell your administrator."
            return page.message("You were not signed in", said_so, status=503, link="sign-in")

    async def leave(self, request: Request) -> Response:
        """End the session."""
        token = visit.token_of(request.scope)
        if token:
            await run_in_threadpool(self._end, token)
        answer = RedirectResponse(visit.SIGN_IN, 303)
        secure = visit.is_secure(request.scope, self.way)
        answer.headers.append("set-cookie", visit.cookie("", secure=secure, over=True))
        answer.headers["clear-site-data"] = '"cache"'
        return answer

    async def left(self, request: Request) -> Response:
        """Who merely opens the address of the way out is still in: another site may link to it."""
        return RedirectResponse("/", 303)

    async def _let_in(self, login: str, password: str, request: Request) -> Person | str | None:
        if self._free is None:
            self._free = asyncio.Semaphore(AT_ONCE)
        if self._waiting >= WAITING:
            return BUSY
        self._waiting += 1
        try:
            async with self._free:
                return await run_in_threadpool(self._checked, login, password, request)
        finally:
            self._waiting -= 1

    def _checked(self, login: str, password: str, request: Request) -> Person | None:
        """The active person whose password it is."""
        right = door.let_in(self.home, login, password, visit.address_of(request.scope))
        known = {person.login: person for person in people.people(self.home)}
        person = known.get(login)
        if right and person is not None and person.active:
            return person
        # What was typed as a login may be a password: only one that there is, is written down.
        self._failed(request, login if login in known else "unknown")
        return None

    def _failed(self, request: Request, login: str) -> None:
        about = {"address": visit.address_of(request.scope)}
        audit.note(self.home, login, "sign in failed", about)

    def _opened(self, request: Request, person: Person, then: str) -> Response:
        """A session of a new token; one that the browser had before ends."""
        about = {"address": visit.address_of(request.scope), "way": str(self.way.identity)}
        audit.note(self.home, person.login, "sign in", about)
        if old := visit.token_of(request.scope):
            door.end(self.home, old)
        token = door.begin(self.home, person.login)
        answer = RedirectResponse(then, 303)
        secure = visit.is_secure(request.scope, self.way)
        answer.headers.append("set-cookie", visit.cookie(token, secure=secure))
        return answer

    def _end(self, token: str) -> None:
        found = door.known(self.home, token)
        door.end(self.home, token)
        if found and not found[1]:
            with suppress(RoundsError):  # who wants out is let out, even where nobody can note it
                audit.note(self.home, found[0].login, "sign out", {})


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None where it is none, or too large."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=10)
    except (UnicodeDecodeError, ValueError):
        return None
    return {name: values[0] for name, values in fields.items()}
