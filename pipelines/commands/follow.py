"""One read model for many machines: `rounds share` puts it at a place, `rounds follow` takes it."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.errors import RoundsError, UsageProblem
from pipelines.options import home_option
from pipelines.settings import Home
from pipelines.terminal import say, say_json

if TYPE_CHECKING:
    from pipelines.lake.places import Place
    from pipelines.upkeep.follow import Shared

Step = Callable[[Home, "Place"], "Shared | None"]
every_option = click.option(
    "--every", type=float, help="Go on, looking again after so many seconds; a line of JSON a step."
)


@click.command()
@click.argument("to")
@every_option
@home_option
def share(to: str, every: float | None, home: Path | None) -> None:
    """Put what this home shows at a place that other machines follow.

    TO is a folder or s3://bucket/prefix. It holds the published figures, what people decided and
    the hashes of their passwords: nobody but you and those machines should be able to read it.
    """
    from pipelines.upkeep.follow import share as step

    _steps("shared", step, to, every, Home.find(home))


@click.command()
@click.argument("source")
@every_option
@home_option
def follow(source: str, every: float | None, home: Path | None) -> None:
    """Show here what another home shares: the app of many machines over one read model.

    SOURCE is the place that `rounds share` writes to. The home must be a new one; it loads nothing,
    and decides nothing, by itself.
    """
    from pipelines.upkeep.follow import follow as step

    _steps("followed", step, source, every, Home.find(home))


def _steps(event: str, step: Step, where: str, every: float | None, home: Home) -> None:
    from pipelines.lake.places import place

    if every is not None and every < 1:
        raise UsageProblem("Give at least 1 second between two looks.")
    at = place(where)
    if every is None:
        done = step(home, at)
        say(
            f"Nothing is new: build {_build(home)} stands there." if done is None else
            f"Build {done.build} is {event}: {len(done.files)} files, {done.size / 1e6:,.1f} MB."
        )  # fmt: skip
        return
    end = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: end.set())
    while not end.is_set():
        _looked(event, step, home, at)
        end.wait(every)


def _looked(event: str, step: Step, home: Home, at: Place) -> None:
    """One step that may fail: the next one may do better."""
    began = time.monotonic()
    told: dict[str, object] = {"at": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        done = step(home, at)
    except (RoundsError, OSError) as problem:
        said = str(problem) if isinstance(problem, RoundsError) else type(problem).__name__
        told |= {"event": "failed", "said": said}
    else:
        if done is None:
            return
        told |= {"event": event, "build": done.build, "files": len(done.files), "bytes": done.size}
    say_json({**told, "seconds": round(time.monotonic() - began, 3)}, indent=None)
    sys.stdout.flush()


def _build(home: Home) -> str:
    from pipelines.warehouse.publish import current_build

    return current_build(home) or "none"
