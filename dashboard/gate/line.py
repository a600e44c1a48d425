"""A page's connection to the server, which lasts no longer than the session it was opened with.

Streamlit asks who somebody is when a connection is opened, and never again. Here the session is
looked up with each thing that the browser sends, and every few seconds besides: once it is over
nothing that the page asks for is done, and nothing more is sent to it but that it load itself
anew, which leads to the sign-in page: so what stood on an unattended screen leaves it, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.gate.headers import App, Message, Receive, Send

LOOK = 15.0  # seconds between two looks at the session of a page at which nothing is done
GONE: Message = {"type": "websocket.disconnect", "code": 1008}


class Line:
    """An opened connection. `is_over` says whether the session that it was opened with is."""

    def __init__(
        self, receive: Receive, send: Send, is_over: Callable[[], Awaitable[bool]]
    ) -> None:
        self._receive, self._send, self._is_over = receive, send, is_over
        self._over = asyncio.Event()
        self._opened = False

    async def run(self, app: App, scope: MutableMapping[str, Any]) -> None:
        """Let the app serve the connection until either of them, or the session, ends it."""
        watch = asyncio.create_task(self._watch())
        try:
            await app(scope, self.receive, self.send)
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def receive(self) -> Message:
        """What the browser sends next; that it is gone, once the session is over."""
        if self._over.is_set():
            return GONE
        coming = asyncio.ensure_future(self._receive())
        ending = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            if self._over.is_set():
                return GONE
            message = coming.result()
        finally:
            for task in (coming, ending):
                task.cancel()
        if message["type"] == "websocket.receive" and await self._is_over():
            await self._end()
            return GONE
        return message

    async def send(self, message: Message) -> None:
        """Send what the app says; nothing, once the session is over."""
        if self._over.is_set():
            return
        self._opened = self._opened or message["type"] == "websocket.accept"
        await self._send(message)

    async def _watch(self) -> None:
        while not self._over.is_set():
            await asyncio.sleep(LOOK)
            if await self._is_over():
                await self._end()

    async def _end(self) -> None:
        """Let the browser load the page anew, and hang up."""
        if self._over.is_set():
            return
        self._over.set()
        told = ForwardMsg()
        told.auth_redirect.url = ""  # no address is the one that the page has
        told.auth_redirect.SetInParent()
        with suppress(OSError, RuntimeError):  # it may have gone meanwhile
            if self._opened:
                await self._send({"type": "websocket.send", "bytes": told.SerializeToString()})
            await self._send({"type": "websocket.close", "code": 1008})


__all__ = ["LOOK", "Line"]
