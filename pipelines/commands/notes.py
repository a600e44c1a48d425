"""The commands that list, write and withdraw notes about numbers; the app writes the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.frames import plain
from pipelines.options import by_option, day, home_option, json_option
from pipelines.settings import Home
from pipelines.terminal import say, say_json

if TYPE_CHECKING:
    from pipelines.notes import Told


@click.group(invoke_without_command=True)
@click.option("--metric", help="Only notes about this measure.")
@click.option("--from", "start", help="Only of periods that end on this day or later.")
@click.option("--to", "stop", help="Only of periods that end on this day or earlier.")
@click.option("--where", multiple=True, help="Only of sites in this scope: region=North.")
@home_option
@json_option
@click.pass_context
def notes(
    ctx: click.Context, metric: str | None, start: str | None, stop: str | None,
    where: tuple[str, ...], home: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """List what people noted about numbers, and which numbers changed since."""
    if ctx.invoked_subcommand is not None:
        return
    from pipelines.access.viewing import opened
    from pipelines.metrics import find
    from pipelines.notes import notes_of
    from pipelines.reports import filters

    place = Home.find(home)
    reader = opened(place)
    found = notes_of(
        reader, place, metric=find(metric).name if metric else None,
        period=Period(day(start) or date.min, day(stop) or date.max), where=filters(where),
        fiscal=place.group().calendar,
    )  # fmt: skip
    if as_json:
        rows = [{**one.note.as_json(), "now": one.now, "changed": one.changed} for one in found]
        told = {"build": reader.build, "notes": rows}
        say_json(plain(told))
    else:
        say("\n".join(map(_lines, found)) or "Nobody has noted anything there.")


@notes.command("write")
@click.argument("metric")
@click.argument("text")
@click.option("--from", "start", required=True, help="First day of the number's period.")
@click.option("--to", "stop", required=True, help="Last day of the number's period.")
@click.option("--where", multiple=True, help="The number's scope: site=ELM or region=North.")
@click.option("--owner", default="", help="Who looks after it.")
@click.option("--action", default="", help="What is done about it.")
@click.option("--due", help="The day by which it is done.")
@click.option("--note", help="The note that this is a new version of.")
@click.option("--repin", is_flag=True, help="Pin the new version to the number as it is now.")
@by_option
@home_option
def write_note(
    metric: str, text: str, start: str, stop: str, where: tuple[str, ...], owner: str, action: str,
    due: str | None, note: str | None, repin: bool, by: str | None, home: Path | None,
) -> None:  # fmt: skip
    """Note what explains a number: `rounds notes write overtime_share "Two nurses ill" …`."""
    from pipelines.access.viewing import opened
    from pipelines.notes import write
    from pipelines.reports import filters

    place = Home.find(home)
    first, last = day(start), day(stop)
    if first is None or last is None:
        raise UsageProblem("Give the first and the last day of the number's period.")
    kept = write(
        opened(place), place, metric=metric, period=Period(first, last), text=text,
        where=filters(where), owner=owner, action=action, due=day(due), note=note,
        repin=repin, by=by,
        fiscal=place.group().calendar,
    )  # fmt: skip
    say(f"Kept as note {kept.note.note}, version {kept.note.version}.")
    if kept.masked:
        say(f"Masked before it was kept: {', '.join(kept.masked)}.")


@notes.command("withdraw")
@click.argument("note")
@by_option
@home_option
def withdraw_note(note: str, by: str | None, home: Path | None) -> None:
    """Take a note back; its versions are kept."""
    from pipelines.access.viewing import opened
    from pipelines.notes import withdraw

    place = Home.find(home)
    withdraw(opened(place), place, note, by)
    say(f"Note {note} is withdrawn.")


def _lines(told: Told) -> str:
    one = told.note
    scope = "; ".join(f"{name} {', '.join(values)}" for name, values in one.where.items())
    lines = [
        f"{one.note}  {one.metric}, {one.period.name()}, {scope or 'all sites'} "
        f"({one.author}, {one.moment:%Y-%m-%d %H:%M}, version {one.version})",
        *(f"    {line}" for line in one.text.splitlines()),
    ]
    if one.action or one.owner:
        due = f" by {one.due}" if one.due else ""
        done = f" (done {one.done})" if one.done else ""
        lines.append(f"    To do: {one.action or 'look after it'}, {one.owner or 'nobody yet'}"
                     f"{due}{done}")  # fmt: skip
    if told.changed:
        lines.append(f"    The number has changed since: {_said(one.values)} → {_said(told.now)}.")
    return "\n".join(lines)


def _said(values: Any) -> str:
    known = [f"{value or 'unknown'} {currency}".strip() for currency, value in values.items()]
    return ", ".join(known) or "unknown"
