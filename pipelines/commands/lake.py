"""The command that writes the lake: `rounds lake`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from pipelines.errors import UsageProblem
from pipelines.options import home_option, json_option
from pipelines.settings import Home
from pipelines.terminal import say, say_json


@click.command()
@click.option("--to", help="A folder, or s3://bucket/prefix (default: `lake` of the settings).")
@click.option("--name", help="What this home is called in the lake (default: as its folder).")
@click.option("--check", "checking", is_flag=True, help="Only hold the lake against the record.")
@home_option
@json_option
def lake(
    to: str | None, name: str | None, checking: bool, home: Path | None, as_json: bool
) -> None:
    """Write what was loaded as Parquet files, by feed and month, for other engines."""
    from pipelines.lake.check import check
    from pipelines.lake.write import write
    from pipelines.warehouse.record import Record

    place = Home.find(home)
    where = to or place.group().lake
    if not where:
        raise UsageProblem("Say where the lake is: --to DIR, or `lake` in settings.toml.")
    with Record.open(place) as record:
        if not checking:
            done = write(record, where, name=name)
            if as_json:
                say_json(asdict(done))
            else:
                say(
                    f"{done.home}: {done.months:,} months with {done.rows:,} rows "
                    f"({done.size / 1e6:,.1f} MB) written, {done.left:,} left as they were."
                )
            return
        ties = check(record, where, name=name)
    wrong = [tie for tie in ties if not tie.ties]
    if as_json:
        say_json([asdict(tie) for tie in ties])
    else:
        for tie in wrong:
            at = "undated" if tie.year is None else f"{tie.year}-{tie.month:02d}"
            say(f"{tie.feed} {at}: {tie.rows} rows in the record, {tie.lake_rows} in files.")
        rows = sum(tie.rows or 0 for tie in ties)
        say(
            f"{len(ties) - len(wrong):,} of {len(ties):,} months tie to the record ({rows:,} rows)."
        )
    sys.exit(1 if wrong else 0)
