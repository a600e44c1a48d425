"""The command line as a child process: the app asks it to load, and never opens the record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard import viewing
from pipelines.access.roles import Right
from pipelines.errors import RoundsError
from pipelines.settings import Home

CODE = Path(__file__).resolve().parents[2]
# What each command needs that a page may ask for; another is not run.
RIGHTS = {
    "ingest": Right.LOAD, "inspect": Right.LOAD, "map": Right.LOAD, "quarantine": Right.LOAD,
    "target": Right.DECIDE, "budget": Right.DECIDE, "rebase": Right.DECIDE,
}  # fmt: skip
READING = frozenset({("inspect",), ("quarantine", "export")})  # change nothing
PATIENCE = 1800.0  # seconds that a load may take
LEAST_MEMORY = 1 << 30  # bytes
LIMITED = """
import resource, runpy, sys
most = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
runpy.run_module("pipelines.cli", run_name="__main__", alter_sys=True)
"""
MEMORY = "This file needs more memory than there is to look at it. Export it in parts."
FAULT = "Rounds has a fault here and did not finish. What was loaded before is not affected."
SLOW = "That took longer than half an hour and was stopped. Load the file at the command line."


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said: its exit status, its answer where it gave JSON, and its sentences."""

    status: int
    answer: Any = None
    text: str = ""
    problem: str = ""

    @property
    def done(self) -> bool:
        """Whether anything was done: wholly (0), or with something set aside (1)."""
        return self.status in (0, 1) and not (self.problem and self.answer is None)


def run(home: Home, *arguments: str | Path, patience: float = PATIENCE) -> Said:
    """Run `rounds ARGUMENTS` on a home, for who looks and with their rights.

    Nothing is raised: what goes wrong, or may not be, is a sentence.
    """
    try:
        _permit(*map(str, arguments))
        named = viewing.environment()
    except RoundsError as problem:
        return Said(2, problem=str(problem))
    command = [sys.executable, *_program(str(arguments[0])), *map(str, arguments)]
    try:
        ended = subprocess.run(
            command, cwd=CODE, env={**os.environ, **named, "ROUNDS_HOME": str(home.root.resolve())},
            capture_output=True, text=True, encoding="utf-8", timeout=patience, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Said(2, problem=SLOW)
    except OSError:
        return Said(2, problem=FAULT)
    problem = told(ended.stderr.splitlines())
    if not problem and ended.returncode not in (0, 1) and not ended.stdout:
        problem = FAULT
    if not ended.stdout and _is_out_of_memory(ended):
        problem = MEMORY
    if "Traceback (most recent call last)" in ended.stderr:
        problem, ended.returncode = FAULT, 2
    return Said(ended.returncode, _json(ended.stdout), ended.stdout.strip(), problem)


def _program(command: str) -> list[str]:
    """How Python is told to run a command: to look at a file takes at most half of the memory.

    What is looked at is whatever somebody uploads. It is loaded only after that went well.
    """
    if command != "inspect" or sys.platform != "linux":
        return ["-m", "pipelines.cli"]
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return ["-c", LIMITED, str(max(whole // 2, LEAST_MEMORY))]


def _is_out_of_memory(ended: subprocess.CompletedProcess[str]) -> bool:
    return "emory" in ended.stderr[-4000:] and ended.returncode not in (0, 1)


def _permit(*arguments: str) -> None:
    """Go on only where who looks may have this done; the audit tells of it first."""
    right = RIGHTS[arguments[0]]
    what = next((words for words in READING if arguments[: len(words)] == words), None)
    if what == ("quarantine", "export"):
        viewing.permit(right, "quarantine export")
        viewing.note("export", {"file": "what was set aside"})
    elif what:
        viewing.permit(right, arguments[0])
    else:
        viewing.doing(right, "change", {"command": _named(arguments)})


def _named(arguments: Sequence[str]) -> str:
    """A command as the audit tells it: its words and what it is about, no reasons and no paths."""
    words = [arguments[0]]
    if arguments[0] in ("target", "budget", "quarantine"):
        words.append(arguments[1])
    if "--" in arguments:
        words += arguments[arguments.index("--") + 1 :]
    elif arguments[0] in ("ingest", "quarantine"):
        words += [Path(one).name for one in arguments[len(words) : len(words) + 1]]
    return " ".join(words)[:300]


def told(lines: Sequence[str]) -> str:
    """The sentences for people in what a command wrote as errors."""
    own = [line.removeprefix("rounds: ") for line in lines if line.startswith("rounds: ")]
    usage = [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
    return " ".join(own or usage)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
