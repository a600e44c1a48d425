"""The process dies, lies or lacks walls: the app stays, says a sentence, and nothing is told."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.errors import UsageProblem
from pipelines.room import query, said
from pipelines.room.query import Query, run
from pipelines.warehouse.limits import Limits
from tests.room.attacks import REFUSED, TELLING
from tests.room.conftest import Room
from tests.room.test_attacks import attacks, leaks

WORKER = query.COMMAND[-1]
PYTHON = [sys.executable, "-E", "-P", "-B", "-c"]
# As on a system whose kernel lets no one make namespaces: the walls of Linux are not there.
BARE = (
    f"import runpy; part = runpy.run_path({WORKER!r}); "
    "part['main'].__globals__['confine'] = list; part['main']()"
)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("import os; os.kill(os.getpid(), 11)", said.CRASHED),
        ("import os; os.kill(os.getpid(), 6)", said.CRASHED),
        ("import os; os.kill(os.getpid(), 9)", said.MEMORY),
        ("import sys; sys.exit(0)", said.CRASHED),
        ("print('no JSON at all')", said.CRASHED),
        ("print('[1, 2]')", said.CRASHED),
        ('print(\'{"rows": 1, "bytes": -1}\')', said.CRASHED),
        ('print(\'{"rows": 1, "bytes": 99999999999}\')', said.CRASHED),
        ('print(\'{"rows": 1, "bytes": "x"}\')', said.CRASHED),
        ("print('{\"rows\": 1, \"bytes\": 4}\\nnope', end='')", said.REFUSED["fault"]),
        ('print(\'{"rows": 1, "bytes": 0}\')', said.REFUSED["fault"]),
        ('print(\'{"refused": "what nobody knows"}\')', said.CRASHED),
        ('print(\'{"error": "X", "text": "secret \\\\n /etc/x"}\')', said._OTHER),
        ("while True: print('x' * 65536, end='')", said.CRASHED),
    ],
)
def test_whatever_the_process_does_is_a_sentence(
    script: str, sentence: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "COMMAND", [*PYTHON, script])
    with pytest.raises(UsageProblem) as problem:
        run(room.home, room.own, "SELECT 1", seconds=20)
    assert str(problem.value) == sentence


def test_a_process_that_hangs_is_ended_with_all_it_started(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "import subprocess, time; subprocess.Popen(['sleep', '97531']); time.sleep(60)"
    monkeypatch.setattr(query, "COMMAND", [*PYTHON, script])
    begun = time.monotonic()
    with pytest.raises(UsageProblem, match=r"took longer than 0\.5 seconds"):
        run(room.home, room.own, "SELECT 1", seconds=0.5)
    assert time.monotonic() - begun < 20
    for _ in range(100):  # a busy machine takes a moment to bury it
        if not running("97531"):
            break
        time.sleep(0.1)
    assert not running("97531")


def running(word: str) -> bool:
    """Whether a process with a word in its command is there."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(one.read_bytes())
        except OSError:
            continue
    return any(word.encode() in one.split(b"\0") for one in found)


SOME = ["files", *(pytest.param(g, marks=pytest.mark.soak)
                   for g in ("network", "databases", "metadata", "rows"))]  # fmt: skip


@pytest.mark.parametrize("group", SOME)
def test_without_linux_s_walls_duckdb_s_stand(
    group: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "COMMAND", [*PYTHON, BARE])
    texts = attacks(room, group)
    answers = Query(room.home, room.own, "", seconds=60, rows=2000).answers(texts)
    place = {str(room.home.root), room.home.root.parent.name}  # see the docstring of the worker
    for text, answer in zip(texts, answers, strict=True):
        assert set(leaks(room, text, answer)) <= (place if group == "metadata" else set())
        assert isinstance(answer, str) or group in TELLING, text
        if not isinstance(answer, str):
            assert answer.guards == ()
    assert group in REFUSED or any(not isinstance(one, str) for one in answers)


def test_no_file_can_be_written_and_nothing_is_left_in_the_environment(room: Room) -> None:
    """What the walls are, asked of a process that stands behind them."""
    script = (
        f"import runpy; part = runpy.run_path({WORKER!r}); import json, os, socket\n"
        "guards = part['confine'](); part['limit']({'seconds': 5, 'address_space': 2 << 30})\n"
        "found = [sorted(set(os.environ) - {'LC_CTYPE'})]\n"
        "def attempt(what):\n"
        "    try: what(); found.append('done')\n"
        "    except Exception as error: found.append(type(error).__name__)\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "attempt(lambda: open('x', 'w').write('y') and None or open('x', 'rb').read()[0])\n"
        "attempt(lambda: bytearray(3 << 30))\n"
        "attempt(lambda: socket.create_connection(('127.0.0.1', 9), 1))\n"
        "os.path.exists('x') and os.remove('x')\n"
        "print(json.dumps({'error': 'Start' if 0 else 'X', 'text': repr(found)}))\n"
    )
    folder = room.home.root / "inbox"
    told = subprocess.run(
        [*PYTHON, script], cwd=folder, env=query.ENVIRONMENT, capture_output=True, check=True
    ).stdout.decode()
    assert "['ARROW_DEFAULT_MEMORY_POOL', 'OPENBLAS_NUM_THREADS']" in told
    assert "done" not in told
    assert "MemoryError" in told or sys.platform == "darwin"


def test_everybody_who_asks_at_once_gets_an_answer_or_is_told_to_wait(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "_places", query.threading.BoundedSemaphore(1))
    query._places.acquire()
    with pytest.raises(UsageProblem, match="ask again in a moment"):
        run(room.home, Limits(), "SELECT 1", seconds=0.2)
    query._places.release()
