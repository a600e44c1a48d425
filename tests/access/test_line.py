"""A page that stands open ends with its session: over real sockets, against the gate's own server.

Behind the gate stands an app that answers each message and, unasked, sends a figure every 50 ms.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import websockets
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.gate import line
from dashboard.gate.headers import Headers
from dashboard.gate.keeper import Keeper
from pipelines.access import door, people
from pipelines.access.people import Person
from pipelines.access.ways import Identity, Ways
from pipelines.settings import Home

FIGURE = b"a figure"
LOOK = 0.2


async def told_without_end(scope: Any, receive: Any, send: Any) -> None:
    """An app that sends figures until the browser is gone."""
    if scope["type"] != "websocket":
        return
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})

    async def push() -> None:
        while True:
            await send({"type": "websocket.send", "bytes": FIGURE})
            await asyncio.sleep(0.05)

    pushing = asyncio.create_task(push())
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "bytes": b"answer to " + message["bytes"]})
    pushing.cancel()


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(line, "LOOK", LOOK)
    found = Home(home)
    people.keep(found, Person("boss", "Boss", "administrator"))
    people.keep(found, Person("sam", "Sam", "site-manager", sites=("A",)))
    return found


@pytest.fixture
def address(place: Home) -> Iterator[str]:
    way = Ways(identity=Identity.USERS)
    app: Any = Headers(Keeper(told_without_end, way=way, home=place), way=way)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/_stcore/stream"
        server.should_exit = True
        thread.join(10)


async def until_shut(address: str, token: str, *, ends: Any, says: bytes | None) -> list[bytes]:
    """What comes after `ends` was called, until the server hangs up; `says` is sent then."""
    heads = {"Cookie": f"rounds_session={token}"}
    found: list[bytes] = []
    async with websockets.connect(address, additional_headers=heads) as opened:
        await opened.send(b"first")
        while await asyncio.wait_for(opened.recv(), 10) != b"answer to first":
            pass
        await asyncio.to_thread(ends)
        if says is not None:
            await opened.send(says)
        with suppress(websockets.exceptions.ConnectionClosed):
            while True:
                data = await asyncio.wait_for(opened.recv(), 10)
                assert isinstance(data, bytes)
                found.append(data)
        assert opened.close_code == 1008
    return found


def is_sent_away(data: bytes) -> bool:
    told = ForwardMsg()
    told.ParseFromString(data)
    return told.WhichOneof("type") == "auth_redirect" and told.auth_redirect.url == ""


ENDINGS = ["signed out", "password set", "login shut", "login removed", "idle", "whole time over"]


def ending(place: Home, how: str, token: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    shut = Person("sam", "Sam", "site-manager", sites=("A",), active=False)
    return {
        "signed out": lambda: door.end(place, token),
        "password set": lambda: door.set_password(place, "sam", "three odd words here"),
        "login shut": lambda: people.keep(place, shut),
        "login removed": lambda: people.remove(place, "sam"),
        "idle": lambda: monkeypatch.setattr(door, "IDLE", timedelta(0)),
        "whole time over": lambda: monkeypatch.setattr(door, "WHOLE", timedelta(0)),
    }[how]


@pytest.mark.parametrize("says", [None, b"more"], ids=["stands open", "is used"])
@pytest.mark.parametrize("how", ENDINGS)
def test_an_open_page_is_sent_away_when_its_session_ends(
    place: Home, address: str, monkeypatch: pytest.MonkeyPatch, how: str, says: bytes | None
) -> None:
    token = door.begin(place, "sam")
    ends = ending(place, how, token, monkeypatch)
    start = time.monotonic()
    came = asyncio.run(until_shut(address, token, ends=ends, says=says))
    assert is_sent_away(came[-1])
    assert b"answer to more" not in came  # what is asked for after the end isn't done
    assert set(came[:-1]) <= {FIGURE}
    assert time.monotonic() - start < 10


def test_a_page_of_an_open_session_is_left_alone(place: Home, address: str) -> None:
    """The canary: the same page goes on while nothing ends, whatever ends for others."""
    token, others = door.begin(place, "sam"), door.begin(place, "boss")

    async def look() -> None:
        heads = {"Cookie": f"rounds_session={token}"}
        async with websockets.connect(address, additional_headers=heads) as opened:
            door.end(place, others)
            await asyncio.sleep(4 * LOOK)
            await opened.send(b"more")
            while await asyncio.wait_for(opened.recv(), 10) != b"answer to more":
                pass

    asyncio.run(look())


def test_to_stand_open_is_not_to_be_used(place: Home, address: str) -> None:
    """Looking at a page's session every few seconds doesn't keep it from falling idle."""
    token = door.begin(place, "sam")
    before = door.known(place, token)

    async def look() -> None:
        heads = {"Cookie": f"rounds_session={token}"}
        async with websockets.connect(address, additional_headers=heads):
            await asyncio.sleep(4 * LOOK)

    asyncio.run(look())
    assert before is not None
    assert door.known(place, token) == before


def test_a_file_of_sessions_that_can_t_be_read_ends_pages(place: Home, address: str) -> None:
    token = door.begin(place, "sam")
    spoil = lambda: door.place(place).write_bytes(b"this is no database" * 100)  # noqa: E731
    came = asyncio.run(until_shut(address, token, ends=spoil, says=b"more"))
    assert is_sent_away(came[-1])
    assert b"answer to more" not in came
