"""The command that loads by itself what arrives: `rounds watch`."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click

from pipelines.frames import plain
from pipelines.options import home_option
from pipelines.settings import Home
from pipelines.terminal import say_json


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--every", default=5.0, show_default=True, help="Seconds between two looks.")
@click.option("--quiet", default=10.0, show_default=True,
              help="Seconds since a file was last written, before it is loaded.")  # fmt: skip
@click.option("--once", is_flag=True, help="Load what is ready now, and end.")
@click.option(
    "--metrics",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep counts here, as OpenMetrics text.",
)
@click.option(
    "--remove-loaded", is_flag=True, help="Delete what was loaded whole from the home's inbox."
)
@home_option
def watch(
    sources: tuple[str, ...], every: float, quiet: float, once: bool, metrics: Path | None,
    remove_loaded: bool, home: Path | None,
) -> None:  # fmt: skip
    """Load files as they finish arriving, until stopped.

    SOURCES are folders (default: the home's inbox) and buckets, as s3://bucket/prefix.
    A line of JSON a file goes to standard output.
    """
    from pipelines.errors import UsageProblem
    from pipelines.upkeep.drop import drops
    from pipelines.upkeep.watch import Watch

    if every < 0.1 or quiet < 0:
        raise UsageProblem("Give at least 0.1 seconds between looks, and none below 0 of quiet.")
    place = Home.find(home).make()
    buckets, folders = drops(place, sources)
    watching = Watch(
        place, folders if sources else [place.inbox], _log, quiet=quiet, remove=remove_loaded,
        metrics=metrics, drops=buckets,
    )  # fmt: skip
    if once:
        watching.look()
        threading.Event().wait(min(every, 1.0))  # a file that still grows differs by then
        outcomes = watching.look()
        sys.exit(1 if watching.counts.failures or not all(o.clean for o in outcomes) else 0)
    end = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: end.set())
    watching.run(end.wait, every)


def _log(told: dict[str, Any]) -> None:
    say_json(plain(told), indent=None)
    sys.stdout.flush()
