"""Readers without browsers: they speak to a real server over the socket, as its own page does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.bench.processor import processor_seconds

PATIENCE = 120  # seconds for one run
FAULTS = ("can't be shown", "has a fault here")  # how a page says that it failed


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a page: seconds until its script had ended, bytes that came, what went wrong.

    `title` is the page's finding, empty where none came. `processor` are the seconds that the
    server computed meanwhile, where that was measured: on a busy machine they tell more.
    """

    page: str
    seconds: float
    received: int
    title: str
    faults: tuple[str, ...]
    processor: float = 0.0


@dataclass
class Reader:
    """A session: the connection stays, and each run shows a page with a query.

    It keeps large messages as a browser does, so that the server needn't send them again. `cookie`
    is what a proxy gave it to keep.
    """

    address: str
    kept: list[str] = field(default_factory=list)
    cookie: str = ""
    _socket: Any = None

    async def __aenter__(self) -> Self:
        self._socket = await websockets.connect(
            f"ws{self.address.removeprefix('http')}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            origin=websockets.Origin(self.address),
            max_size=None,
            compression=None,
            ping_interval=None,  # no browser asks whether the server is there
            additional_headers={"Cookie": self.cookie} if self.cookie else None,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._socket.close()

    async def run(self, page: str, query: Sequence[tuple[str, str]] = ()) -> Run:
        """Ask for a page, and read until its script has ended."""
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = urlencode(query)
        asked.rerun_script.cached_message_hashes.extend(self.kept)
        asked.rerun_script.context_info.timezone = "UTC"
        asked.rerun_script.context_info.locale = "en-US"
        start = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        received, title, faults = 0, "", []
        while True:
            data = await asyncio.wait_for(self._socket.recv(), PATIENCE)
            received += len(data)
            told = ForwardMsg()
            told.ParseFromString(data)
            kind = told.WhichOneof("type")
            if kind == "script_finished":
                break
            if kind == "page_not_found":
                faults.append("page not found")
            if kind != "delta" or told.delta.WhichOneof("type") != "new_element":
                continue
            if told.metadata.cacheable:
                self.kept.append(told.hash)
            element = told.delta.new_element
            if element.WhichOneof("type") == "exception":
                faults.append(element.exception.type)
            if element.WhichOneof("type") == "heading" and element.heading.tag == "h1":
                title = element.heading.body
            text = element.markdown.body + title
            faults.extend(words for words in FAULTS if words in text)
        if told.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
            faults.append(ForwardMsg.ScriptFinishedStatus.Name(told.script_finished))
        return Run(page, time.perf_counter() - start, received, title, tuple(faults))


Visit = tuple[str, tuple[tuple[str, str], ...]]


def walk(address: str, visits: Sequence[Visit]) -> list[Run]:
    """One reader who opens one page after the other."""

    async def steps() -> list[Run]:
        done = []
        async with Reader(address) as reader:
            for visit in visits:
                before = processor_seconds()
                run = await reader.run(*visit)
                done.append(replace(run, processor=processor_seconds() - before))
        return done

    return asyncio.run(steps())


def crowd(address: str, walks: Sequence[Sequence[Visit]], seconds: float) -> list[Run]:
    """One reader a walk, all at once and without a pause, for so many seconds.

    Only runs that have ended by then count.
    """

    async def go(visits: Sequence[Visit], until: float) -> list[Run]:
        done: list[Run] = []
        async with Reader(address) as reader:
            while True:
                run = await reader.run(*visits[len(done) % len(visits)])
                if time.perf_counter() > until:
                    return done
                done.append(run)

    async def all_of_them() -> list[list[Run]]:
        until = time.perf_counter() + seconds
        return await asyncio.gather(*(go(visits, until) for visits in walks))

    return [run for runs in asyncio.run(all_of_them()) for run in runs]
