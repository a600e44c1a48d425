"""The commands that keep a home well: `rounds doctor`, `rounds backup`, `rounds restore`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.options import home_option, json_option
from pipelines.settings import Home
from pipelines.terminal import say, say_json

if TYPE_CHECKING:
    from pipelines.upkeep.backup import Backup

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@home_option
@json_option
def doctor(home: Path | None, as_json: bool) -> None:
    """Look the home over: engine, disk, clock, secrets, and what waits for people."""
    from pipelines.upkeep.doctor import Health, look_over

    found = look_over(Home.find(home))
    if as_json:
        rows = [{"what": c.what, "health": c.health, "said": c.said} for c in found]
        say_json(rows)
    else:
        for check in found:
            say(f"{check.health:<6} {check.what:<12} {check.said}")
    worst = {check.health for check in found}
    sys.exit(2 if Health.FAULT in worst else 1 if Health.LOOK in worst else 0)


@click.command()
@click.argument("out", type=FILE, required=False)
@click.option("--inbox", is_flag=True, help="Take the exports along, too.")
@click.option("--verify", is_flag=True, help="Only check a backup that is there.")
@home_option
@json_option
def backup(out: Path | None, inbox: bool, verify: bool, home: Path | None, as_json: bool) -> None:
    """Write all that a home holds to one file, while it is in use, and read it back."""
    from pipelines.errors import UsageProblem
    from pipelines.upkeep import backup as keeping

    if verify and out is None:
        raise UsageProblem("Give the backup to check: rounds backup FILE --verify.")
    place = Home.find(home)
    name = f"{place.root.absolute().name}-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
    path = out or Path(name)
    made = keeping.verify(path) if verify else keeping.back_up(place, path, inbox=inbox)
    _tell(made, as_json, "is whole" if verify else "is written and was read back")


@click.command()
@click.argument("path", type=FILE)
@home_option
@json_option
def restore(path: Path, home: Path | None, as_json: bool) -> None:
    """Bring a backup back into an empty home."""
    from pipelines.upkeep import backup as keeping

    place = Home.find(home)
    _tell(keeping.restore(path, place), as_json, f"is restored into {place.root}")


def _tell(made: Backup, as_json: bool, said: str) -> None:
    if as_json:
        told = {
            "path": str(made.path), "made": made.made.isoformat(), "build": made.build,
            "loads": made.loads, "bytes": made.size, "files": made.files,
        }  # fmt: skip
        say_json(told)
        return
    say(
        f"{made.path} {said}: {len(made.files)} files, {made.size:,} bytes, {made.loads:,} loads, "
        f"made {made.made:%Y-%m-%d %H:%M} UTC."
    )
