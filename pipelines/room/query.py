"""Asking in SQL: `run(home, limits, sql)` gives a table or raises a sentence.

Each question runs in a process of its own (`worker`) on the copy of the viewer's scope (`copies`).
What that process does, dies of or writes can at worst cost this one question.
"""

from __future__ import annotations

import io
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.room import said
from pipelines.room.copies import Copy, copied
from pipelines.room.tables import tables_for
from pipelines.settings import Home
from pipelines.warehouse.limits import Limits
from pipelines.warehouse.reader import open_build

SHOWN = 10_000  # rows of an answer, unless more are asked for
MOST = 200_000
LONGEST = 20_000  # characters of a question
SECONDS = 30.0
ROOM = 64 << 20  # bytes of an answer
MEMORY = "512MB"
ADDRESS_SPACE = 2 << 30
AT_ONCE = 2  # questions that are answered at a time: each may take a core
COMMAND = [sys.executable, "-E", "-P", "-B", str(Path(__file__).with_name("worker.py"))]
# Libraries that would start a thread for every core, which the limits on processes forbid.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}

_places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Result:
    """What a question gave: a frame, whether more rows were left out, and how long it took.

    `guards` are the walls that the system put round the process (see `worker`).
    """

    frame: pl.DataFrame
    cut: bool
    seconds: float
    guards: tuple[str, ...] = ()


@dataclass(slots=True)
class Query:
    """A question that can be cancelled from another thread while it runs."""

    home: Home
    limits: Limits
    sql: str
    rows: int = SHOWN
    seconds: float = SECONDS
    explain: bool = False
    _stopped: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None

    def cancel(self) -> None:
        """Stop it at once; `run` then raises UsageProblem."""
        self._stopped.set()
        if self._process is not None:
            _kill(self._process)

    def run(self) -> Result:
        """The answer. UsageProblem with a sentence where there is none."""
        (one,) = self.answers([self.sql])
        if isinstance(one, str):
            raise UsageProblem(one)
        return one

    def answers(self, texts: Sequence[str]) -> list[Result | str]:
        """An answer or a sentence for each of several questions, all asked of one process.

        For tests: people's questions get a process each.
        """
        if any(len(text) > LONGEST for text in texts):
            return [f"A question has at most {LONGEST:,} characters."] * len(texts)
        if any("\0" in text or not _is_text(text) for text in texts):
            return ["The question holds characters that no text has."] * len(texts)
        reader = open_build(self.home)
        known = tables_for(self.limits)
        wanted = set(known) & _words(" ".join(texts))
        while True:
            with copied(self.home, reader, self.limits, wanted) as copy:
                found, wanting = self._asked(copy, texts)
            # A table that the question names in a roundabout way, and that nobody asked for yet.
            if not wanting - wanted:
                return found
            wanted |= wanting & set(known)

    def _asked(self, copy: Copy, texts: Sequence[str]) -> tuple[list[Result | str], set[str]]:
        """The answers of one process, and the tables that it would have needed."""
        job = {
            "schema": copy.schema, "made": copy.made,
            "texts": list(texts), "rows": min(self.rows, MOST), "bytes": ROOM,
            "seconds": self.seconds, "explain": self.explain, "memory": MEMORY,
            "address_space": ADDRESS_SPACE,
        }  # fmt: skip
        found: list[Result | str] = []
        wanting: set[str] = set()
        guards: tuple[str, ...] = ()
        with _place(self.seconds), _started(job, copy.folder) as process:
            begun = time.monotonic()
            self._process = process
            if self._stopped.is_set():
                _kill(process)
            for told, content in _heard(process, begun + self.seconds + 1):
                if "guards" in told:
                    guards = tuple(map(str, told["guards"]))
                    continue
                if told.get("error") == "Start":
                    raise StoreProblem(
                        "The tables for SQL can't be opened. Remove the folder `rooms` in the "
                        "home's warehouse, and ask again."
                    )
                wanting |= set(map(str, told.get("wanting", ())))
                text = texts[len(found)]
                found.append(self._one(told, content, text, copy, begun, guards))
                begun = time.monotonic()
            if len(found) < len(texts):
                ended = self._ended(process, begun)
                found += [ended] * (len(texts) - len(found))
        return found, wanting

    def _one(
        self, told: dict[str, Any], content: bytes, text: str, copy: Copy, begun: float,
        guards: tuple[str, ...],
    ) -> Result | str:  # fmt: skip
        if "refused" in told:
            return said.REFUSED.get(str(told["refused"]), said.CRASHED)
        if "rows" not in told:
            named = set(copy.schema) & _words(text)
            columns = {column for one in named for column in copy.schema[one]}
            kind, words = str(told.get("error")), str(told.get("text"))
            return said.sentence(kind, words, text, copy.schema, columns)
        try:
            frame = pl.read_ipc_stream(io.BytesIO(content))
        except Exception:  # whatever the bytes are: they come from where people's SQL ran
            return said.REFUSED["fault"]
        return Result(frame, bool(told.get("cut")), time.monotonic() - begun, guards)

    def _ended(self, process: subprocess.Popen[bytes], begun: float) -> str:
        """Why the process was gone, or said nothing that makes sense, before it had answered."""
        if self._stopped.is_set():
            return said.CANCELLED
        if time.monotonic() - begun >= self.seconds:
            return said.LONG.format(seconds=self.seconds)
        status = None
        with suppress(subprocess.TimeoutExpired):
            status = process.wait(1)
        if status in (-signal.SIGXCPU, -signal.SIGALRM):
            return said.LONG.format(seconds=self.seconds)
        return said.MEMORY if status in (-signal.SIGKILL, 1) else said.CRASHED


def run(
    home: Home, limits: Limits, sql: str, *, rows: int = SHOWN, seconds: float = SECONDS
) -> Result:
    """The answer to one question on what limits leave of the home's current build.

    At most `rows` rows (`cut` tells of more). UsageProblem with a sentence where there is no
    answer; it carries no cell's value and no path.
    """
    return Query(home, limits, sql, rows, seconds).run()


def explain(home: Home, limits: Limits, sql: str, *, seconds: float = SECONDS) -> str:
    """How DuckDB would answer a question, as its plan in text."""
    found = Query(home, limits, sql, seconds=seconds, explain=True).run().frame
    return str(found.rows()[0][-1]) if found.height and found.width else ""


@contextmanager
def _place(seconds: float) -> Iterator[None]:
    """One of the places for questions; UsageProblem where none is free in time."""
    if not _places.acquire(timeout=seconds):
        raise UsageProblem(said.BUSY)
    try:
        yield
    finally:
        _places.release()


@contextmanager
def _started(job: dict[str, Any], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process with its job; at the end it is gone, with all that it may have started."""
    try:
        process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=ENVIRONMENT, cwd=folder, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise StoreProblem(
            f"No process for SQL can be started ({type(error).__name__}). Close other programs, "
            "and ask again."
        ) from error
    try:
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.write(json.dumps(job).encode())
        with suppress(OSError):
            process.stdin.close()
        yield process
    finally:
        _kill(process)
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


def _heard(
    process: subprocess.Popen[bytes], deadline: float
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What the process says until it ends or the time is over: lines of JSON, and bytes after."""
    held = bytearray()
    while True:
        while b"\n" not in held:
            if len(held) > 1 << 16 or not _more(process, held, deadline):
                return
        line, _, rest = bytes(held).partition(b"\n")
        held = bytearray(rest)
        try:
            told = json.loads(line)
            size = int(told.get("bytes", 0))
        except (ValueError, AttributeError, TypeError):
            return
        if not 0 <= size <= ROOM:
            return
        while len(held) < size:
            if not _more(process, held, deadline):
                return
        yield told, bytes(held[:size])
        del held[:size]


def _more(process: subprocess.Popen[bytes], held: bytearray, deadline: float) -> bool:
    """Read what is there, waiting for it till the deadline; whether there was anything."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            return False
    with suppress(OSError, ValueError):
        part = os.read(process.stdout.fileno(), 1 << 20)
        held += part
        return bool(part)
    return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and its group; it may be gone already."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _words(text: str) -> set[str]:
    """The names in a question, however they are written or quoted: a first guess at its tables."""
    return set(re.findall(r"[a-z_]+", text.lower().replace("in_", " ")))


def _is_text(text: str) -> bool:
    with suppress(UnicodeEncodeError):
        text.encode()
        return True
    return False
