"""The command line: `rounds COMMAND`, one function each.

Exit status: 0 done; 1 done, and something was refused or set aside; 2 wrong usage, or nothing
could be done. Every error is one sentence on standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines import reports
from pipelines.commands import (
    access,
    bridge,
    budgets,
    custody,
    digest,
    follow,
    foresight,
    kpi,
    landing,
    notes,
    pack,
    rebase,
    reconcile,
    sql,
    targets,
    upkeep,
    watch,
    what_if,
)
from pipelines.commands import lake as lake_command
from pipelines.errors import RoundsError, StoreProblem, UsageProblem
from pipelines.frames import plain, write_frame
from pipelines.options import (
    answer_options,
    day,
    engine_options,
    home_option,
    json_option,
    vintage,
)
from pipelines.settings import Home
from pipelines.terminal import hand_over, say, say_json

DONE, PARTLY, NOTHING = 0, 1, 2
FILE = click.Path(dir_okay=False, path_type=Path)


class Guarded(click.Group):
    """Turns what Rounds raises into one sentence and the exit status of the contract."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; RoundsError, or a place that can't be written, becomes a sentence."""
        try:
            return super().invoke(ctx)
        except RoundsError as error:
            say(f"rounds: {error}", err=True)
            ctx.exit(NOTHING)
        except BrokenPipeError:
            raise
        except OSError as error:
            say(
                f"rounds: {error.filename or 'A file'} can't be read or written "
                f"({error.strerror or type(error).__name__}). Check the place and the free space.",
                err=True,
            )
            ctx.exit(NOTHING)


def told(
    period: str | None, site: str | None, columns: tuple[str, ...], dates: str | None
) -> dict[str, str]:
    """What the command line says of the files, as the ingestion takes it."""
    options = {"period": period, "site": site, "column": "\n".join(columns), "dates": dates}
    return {name: value for name, value in options.items() if value}


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on standard error at a terminal, silence elsewhere."""
    columns = (
        TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )  # fmt: skip
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total, name: progress.update(
            task, completed=done, total=total, description=name
        )


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rounds", prog_name="rounds")
def main() -> None:
    """Load the exports of a healthcare group, and see what they say."""


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--profile", help="Read every file with this profile, whatever its headings say.")
@click.option("--period", help="The day a file stands for, where it doesn't say so itself.")
@click.option("--site", help="The site a file belongs to, where it doesn't say so itself.")
@answer_options
@click.option(
    "--remove-loaded", is_flag=True, help="Delete what was loaded whole from the home's inbox."
)
@home_option
@json_option
def ingest(
    paths: tuple[Path, ...],
    profile: str | None,
    period: str | None,
    site: str | None,
    columns: tuple[str, ...],
    dates: str | None,
    remove_loaded: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Load files, and folders with all below them."""
    from pipelines.ingest.run import ingest as load_all
    from pipelines.lake.write import follow
    from pipelines.warehouse.publish import current_build, is_current
    from pipelines.warehouse.publish import publish as make_build
    from pipelines.warehouse.record import Record

    options = told(period, site, columns, dates)
    place, problem = Home.find(home), None
    with Record.open(place) as record:
        with bar("Loading") as progress:
            outcomes = load_all(
                record, paths, profile=profile, options=options, progress=progress,
                remove=remove_loaded,
            )  # fmt: skip
        if not outcomes:
            raise UsageProblem("There is no file to load there. Check the path.")
        try:
            build = current_build(place) if is_current(record) else make_build(record)
            follow(record)
        except StoreProblem as error:
            build, problem = current_build(place), str(error)
    if as_json:
        say_json({"build": build, "files": [o.as_json() for o in outcomes]})
    else:
        say(reports.ingested(outcomes))
    if problem:
        say(f"rounds: {problem}", err=True)
    if all(outcome.status == "refused" for outcome in outcomes):
        sys.exit(NOTHING)
    sys.exit(PARTLY if problem or not all(outcome.clean for outcome in outcomes) else DONE)


@main.command()
@click.argument("load", type=int)
@home_option
def undo(load: int, home: Path | None) -> None:
    """Withdraw a load: its rows give way, what they replaced returns."""
    from pipelines.lake.write import publish
    from pipelines.warehouse.record import Record
    from pipelines.warehouse.undo import undo as withdraw

    with Record.open(Home.find(home)) as record:
        event = withdraw(record, load)
        publish(record)
    say(f"Load {load} is withdrawn (event {event}); what it had replaced is back.")


@main.command()
@engine_options
@home_option
def publish(
    engine: str, lake: str | None, master: str | None, homes: str, home: Path | None
) -> None:
    """Make the figures anew from what is loaded."""
    from pipelines.lake.write import publish as build
    from pipelines.warehouse.record import Record

    place = Home.find(home)
    with Record.open(place) as record:
        if engine == "spark":
            from pipelines.spark.roll import publish as roll

            where = lake or place.group().lake
            if not where:
                raise UsageProblem("Say where the lake is: --lake DIR, or `lake` in settings.toml.")
            made = roll(record, where, name=homes or None, master=master)
        else:
            made = build(record)
        say(f"Published build {made}.")


@main.command()
@click.argument("feed")
@click.option(
    "--xlsx", "to", type=click.Path(dir_okay=False, path_type=Path), help="Write a workbook here."
)
@home_option
def template(feed: str, to: Path | None, home: Path | None) -> None:
    """Write the plain layout of a feed, with an example row, to fill in."""
    if to:
        reports.template_xlsx(feed, to)
        say(f"Wrote {to}.")
    else:
        hand_over(reports.template_csv(feed))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", help="The sheet of a workbook or member of an archive.")
@home_option
def read(file: Path, sheet: str | None, home: Path | None) -> None:
    """Print the table of a file as CSV: the reader without the mapping."""
    from pipelines.ingest.enter import read_as_csv

    # As bytes: the line ends are the format's own on every system.
    hand_over(read_as_csv(file, Home.find(home), sheet))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--profile", help="Try this profile.")
@click.option("--propose", is_flag=True, help="Write a profile for the file, to be mended by hand.")
@click.option("--feed", help="The feed that the proposed profile fills.")
@click.option("--rows", is_flag=True, help="Show the first records too, and the first set aside.")
@click.option("--period", help="The day the file stands for, where it doesn't say so itself.")
@click.option("--site", help="The site the file belongs to, where it doesn't say so itself.")
@answer_options
@home_option
@json_option
def inspect(
    file: Path,
    profile: str | None,
    propose: bool,
    feed: str | None,
    rows: bool,
    period: str | None,
    site: str | None,
    columns: tuple[str, ...],
    dates: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Show what a file is taken for, without loading it."""
    from pipelines.ingest.inspect import inspect_file

    options = told(period, site, columns, dates)
    seen = inspect_file(
        file, Home.find(home), profile, options, proposing=propose or bool(feed), feed=feed,
        rows=rows,
    )  # fmt: skip
    if as_json:
        say_json(seen)
    else:
        say(reports.inspected(seen))
    useful = any("proposal" in table or not table["problem"] for table in seen)
    sys.exit(DONE if useful else NOTHING)


@main.command()
@click.option("--profiles", is_flag=True, help="List the known profiles instead.")
@click.option("--changes", "since", help="What changed since a load's number or a day.")
@home_option
@json_option
def status(profiles: bool, since: str | None, home: Path | None, as_json: bool) -> None:
    """List what was loaded, what was set aside and still waits, or what changed since."""
    place = Home.find(home)
    if since is not None:
        from pipelines.access.viewing import opened
        from pipelines.warehouse.changes import changes

        found = changes(opened(place), vintage(since) or 0)
        if as_json:
            write_frame(found, "json", about={"since": since})
        else:
            say(reports.changed(found, since))
        return
    if profiles:
        say(reports.profiles(place))
        return
    loads = reports.loads(place)
    if as_json:
        say_json(plain(loads))
    else:
        say(reports.status(loads))


@main.command()
@home_option
def glossary(home: Path | None) -> None:
    """Print every measure with its definition, formula, source and traps."""
    hand_over(reports.glossary())


@main.command()
@click.option("--port", type=int, help="Port (8501, or as the settings say).")
@click.option("--address", help="Address to listen on (127.0.0.1, or as the settings say).")
@click.option("--identity", help="Who may open it: local (this machine), users or oidc.")
@home_option
def serve(port: int | None, address: str | None, identity: str | None, home: Path | None) -> None:
    """Open the dashboard, on this machine only unless people sign in."""
    from pipelines.serving import serve as run

    sys.exit(run(Home.find(home), port, address, identity))


@main.command()
@click.option("--port", default=8501, show_default=True, help="Port on 127.0.0.1.")
@click.option("--today", help="The last day of the invented group's history (default: today).")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same group.")
@click.option("--scale", default=1.0, show_default=True, help="Share of the full size.")
@click.option("--no-serve", is_flag=True, help="Load it, and don't open the dashboard.")
@home_option
def demo(
    port: int, today: str | None, seed: int, scale: float, no_serve: bool, home: Path | None
) -> None:
    """Invent a group, load its exports, and open the dashboard on it."""
    from pipelines.demo.load import load_demo
    from pipelines.serving import serve as run

    place = Home.find(home or Path("data/demo"))
    with bar("Inventing a group") as progress:
        summary = load_demo(place, day(today) or date.today(), seed, scale, progress)
    say(summary)
    if not no_serve:
        sys.exit(run(place, port))


for command in (
    kpi.kpi,
    custody.map_codes, custody.quarantine, custody.trace, bridge.bridge, rebase.rebase,
    targets.target, foresight.supplies, foresight.contracts, what_if.what_if, what_if.flex,
    landing.landing, reconcile.reconcile, budgets.budget, notes.notes, pack.pack, access.access,
    sql.sql, upkeep.doctor, upkeep.backup, upkeep.restore, watch.watch, lake_command.lake,
    digest.digest, follow.share, follow.follow,
):  # fmt: skip
    main.add_command(command)


if __name__ == "__main__":
    main()
