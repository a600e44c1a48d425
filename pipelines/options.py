"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from pipelines.errors import UsageProblem

FORMS = ["table", "csv", "json", "parquet"]
Command = Callable[..., Any]
# What commands that change something, or take something along, ask of whom they run for: the
# rights of `pipelines.access.roles`, as text, since few commands need to know more of them.
RIGHTS = {
    "watch": "load",
    "ingest": "load", "undo": "load", "publish": "load", "map": "load", "quarantine": "load",
    "target": "decide", "budget": "decide", "rebase": "decide", "notes": "note", "pack": "export",
    "access": "manage", "serve": "manage", "demo": "manage",
    "digest": "manage", "sql": "sql", "doctor": "manage", "backup": "manage", "lake": "manage",
    "restore": "manage",
}  # fmt: skip


def home_option(command: Command) -> Command:
    """`--home DIR`, on every command."""
    return click.option(
        "--home",
        "home",
        type=click.Path(file_okay=False, path_type=Path),
        callback=_permitted,
        help="The folder that holds everything (default: ROUNDS_HOME, else data/).",
    )(command)


def _permitted(
    context: click.Context, _parameter: click.Parameter, home: Path | None
) -> Path | None:
    """NotShown where the command runs in somebody's view who may not do what it does."""
    login, command = os.environ.get("ROUNDS_VIEWER"), context.command_path.split()[1:2]
    if login and command and command[0] in RIGHTS:
        from pipelines.access.viewing import permit
        from pipelines.settings import Home

        permit(Home.find(home), RIGHTS[command[0]])
    return home


def json_option(command: Command) -> Command:
    """`--json`, where a program may want the answer."""
    return click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")(
        command
    )


def external_option(command: Command) -> Command:
    """`--external`, where figures may leave the group."""
    return click.option(
        "--external", is_flag=True,
        help="For people outside the group: counts of fewer than 11 patients are withheld.",
    )(command)  # fmt: skip


def engine_options(command: Command) -> Command:
    """`--engine`, and where a lake and a cluster are."""
    for option in (
        click.option("--homes", default="", help="With spark: these homes of the lake alone."),
        click.option("--master", help="With spark: the cluster, as spark://host:7077."),
        click.option("--lake", help="With spark: the lake (default: `lake` of the settings)."),
        click.option(
            "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb",
            help="What works it out: the published build here, or Spark over a lake.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def day(text: str | None) -> date | None:
    """A day as 2026-10-31. UsageProblem for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageProblem("A day is written as 2026-10-31. Give it that way.") from None


def month(text: str) -> date:
    """The first day of a month as 2026-10. UsageProblem for anything else."""
    try:
        return date.fromisoformat(text if len(text) > 7 else f"{text}-01").replace(day=1)
    except ValueError:
        raise UsageProblem("A month is written as 2026-10. Give it that way.") from None


def vintage(text: str | None) -> int | date | None:
    """A load's number, or a day. UsageProblem for anything else."""
    return int(text) if text and text.isdigit() else day(text)


def by_option(command: Command) -> Command:
    """`--by NAME`, on every command that keeps a decision."""
    return click.option(
        "--by", help="Who decides (default: ROUNDS_AUTHOR, else the account's name)."
    )(command)


def form_options(command: Command) -> Command:
    """`--format`, `--out` and `--json`, where the answer is a table."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
        click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here."),
        click.option(
            "--format",
            "form",
            type=click.Choice(FORMS),
            default="table",
            help="How the answer is written.",
        ),
    ):
        command = option(command)
    return command


def answer_options(command: Command) -> Command:
    """`--column "Heading=name"` and `--dates`: answers to what a file leaves open."""
    command = click.option(
        "--dates",
        type=click.Choice(["day", "month"]),
        help="Which comes first in 1/2/2026, where a column doesn't tell.",
    )(command)
    return click.option(
        "--column",
        "columns",
        multiple=True,
        help='Take a heading for a column: "Heading=name", or "#3=name" for the third.',
    )(command)
