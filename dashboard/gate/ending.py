"""The end of a page that stands open when its session ends: it is emptied, and its socket shut.

A socket is let in once and then stays. So it is looked at again and again whether its session still
holds. Where it doesn't, the page's script is run once more, as if the browser had asked for it:
it then says that somebody was signed out, in place of the figures. After that the socket is shut,
and whatever was still on its way is dropped.

Where a look can't tell, since the file of sessions is busy, the page stays for a while: nothing new
is shown on it meanwhile, for each run of it asks the same file. Then it is shut like the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.gate import asked
from dashboard.gate.headers import App, Message, Receive, Send

EVERY = 10.0  # seconds between two looks
UNTOLD = 45.0  # seconds for which a page stays though no look can tell; each waits 10 for a lock
LEFT = 5.0  # seconds that a page has to say that somebody was signed out
POLICY = 1008  # the code of a socket that is shut because it may no longer be (RFC 6455, 7.4.1)


async def while_held(
    app: App,
    scope: MutableMapping[str, Any],
    receive: Receive,
    send: Send,
    held: Callable[[], Awaitable[bool | None]],
    allowed: Callable[[BackMsg], Awaitable[bool]],
) -> None:
    """Run a websocket until one side shuts it, or its session no longer holds.

    `held` says whether it does, and None where that can't be told at the moment. What isn't
    `allowed` to be asked for, the app doesn't hear.
    """
    coming: asyncio.Queue[Message] = asyncio.Queue(1)
    page = BackMsg()
    page.rerun_script.SetInParent()
    shut = False

    async def hear() -> None:
        gone = False
        while not gone:
            message = await receive()
            gone = message["type"] == "websocket.disconnect"
            if message["type"] == "websocket.receive":
                found = asked.read(message)
                if found is None or not await allowed(found):
                    continue
                _note_page(page, found)
            await coming.put(message)

    async def watch() -> None:
        nonlocal shut
        told = time.monotonic()
        while (holds := await held()) is not False:
            if holds:
                told = time.monotonic()
            elif time.monotonic() - told > UNTOLD:
                break
            await asyncio.sleep(EVERY)
        await coming.put({"type": "websocket.receive", "bytes": page.SerializeToString()})
        await asyncio.sleep(LEFT)
        shut = True
        await send({"type": "websocket.close", "code": POLICY, "reason": "Sign in again."})
        hearing.cancel()
        await coming.put({"type": "websocket.disconnect", "code": POLICY})

    async def say(message: Message) -> None:
        if not shut:
            await send(message)

    hearing, watching = asyncio.create_task(hear()), asyncio.create_task(watch())
    try:
        await app(scope, coming.get, say)
    finally:
        for task in (hearing, watching):
            task.cancel()
        await asyncio.gather(hearing, watching, return_exceptions=True)


def _note_page(page: BackMsg, found: BackMsg) -> None:
    """Keep at which page the browser is, from what it asks for."""
    if found.WhichOneof("type") == "rerun_script":
        now, run = page.rerun_script, found.rerun_script
        now.query_string, now.page_script_hash = run.query_string, run.page_script_hash
        now.page_name = run.page_name
