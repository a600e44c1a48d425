"""The commands that settle what a load left open: mappings, the quarantine, the trace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import polars as pl

from pipelines.errors import UsageProblem
from pipelines.frames import plain, table
from pipelines.options import by_option, home_option, json_option
from pipelines.settings import Home
from pipelines.terminal import hand_over, say, say_json

DONE, PARTLY = 0, 1


@click.group("map", invoke_without_command=True)
@click.option("--list", "listed", is_flag=True, help="List unmapped codes, and the mappings.")
@click.option("--ever", is_flag=True, help="With --list: every mapping that was ever made.")
@home_option
@json_option
@click.pass_context
def map_codes(
    ctx: click.Context, listed: bool, ever: bool, home: Path | None, as_json: bool
) -> None:
    """Say which site or account a system's code means; it applies at once."""
    if ctx.invoked_subcommand is not None:
        return
    if not listed:
        raise UsageProblem("Say what to do: `rounds map --list`, `map site` or `map account`.")
    from pipelines.access.viewing import opened
    from pipelines.warehouse.codes import mappings, unmapped

    place = Home.find(home)
    open_, known = unmapped(opened(place)), mappings(place, ever=ever)
    if as_json:
        told = {"unmapped": open_.to_dicts(), "mappings": known.to_dicts()}
        say_json(plain(told))
        return
    say(f"Unmapped codes: {open_.height or 'none'}")
    if open_.height:
        say(table(open_))
    say(f"Mappings: {known.height or 'none'}")
    if known.height:
        say(table(known))


@map_codes.command("site")
@click.argument("system")
@click.argument("code")
@click.argument("site", required=False)
@click.option("--undo", "back", is_flag=True, help="Take the mapping back.")
@by_option
@home_option
def map_site(
    system: str, code: str, site: str | None, back: bool, by: str | None, home: Path | None
) -> None:
    """Say which site a code of a system means: by the site's code or its name."""
    from pipelines.access.viewing import opened
    from pipelines.state import What
    from pipelines.warehouse import codes

    place = Home.find(home)
    if back == bool(site):
        raise UsageProblem("Give the site that the code means, or --undo, and not both.")
    if back:
        codes.unmap(place, What.SITE, system, code, by)
    else:
        _tell(codes.map_site(opened(place), place, system, code, str(site), by))
    _publish(place)


@map_codes.command("account")
@click.argument("system")
@click.argument("code")
@click.argument("account", required=False)
@click.option("--title", help="What the account is called from now on.")
@click.option("--undo", "back", is_flag=True, help="Take the mapping back.")
@by_option
@home_option
def map_account(
    system: str, code: str, account: str | None, title: str | None, back: bool, by: str | None,
    home: Path | None,
) -> None:  # fmt: skip
    """Say which account a code means: the title of a known account, or a subject."""
    from pipelines.access.viewing import opened
    from pipelines.state import What
    from pipelines.warehouse import codes

    place = Home.find(home)
    if back == bool(account):
        raise UsageProblem("Give the account that the code means, or --undo, and not both.")
    if back:
        codes.unmap(place, What.ACCOUNT, system, code, by)
    else:
        reader = opened(place)
        _tell(codes.map_account(reader, place, system, code, str(account), by, title=title))
    _publish(place)


def _tell(mapped: Any) -> None:
    unused = "" if mapped.used else " No loaded row uses that code yet."
    say(f"{mapped.system} {mapped.code} means {mapped.meaning}.{unused}")


def _publish(place: Home) -> None:
    from pipelines.lake.write import publish
    from pipelines.warehouse.record import Record

    with Record.open(place) as record:
        say(f"Published build {publish(record)}.")


@click.group(invoke_without_command=True)
@click.option("--load", "number", type=int, help="Only what waits of this load.")
@home_option
@json_option
@click.pass_context
def quarantine(ctx: click.Context, number: int | None, home: Path | None, as_json: bool) -> None:
    """List the records that were set aside and wait, by file and reason."""
    if ctx.invoked_subcommand is not None:
        return
    from pipelines.access.viewing import opened
    from pipelines.warehouse.quarantine import by_reason, waiting_counts

    reader = opened(Home.find(home))
    frame, counts = by_reason(reader, number), waiting_counts(reader)
    waits = sum(n for load, n in counts.items() if number in (None, load))
    if as_json:
        told = {"waiting": waits, "reasons": frame.to_dicts()}
        say_json(plain(told))
    elif not waits:
        say("No record waits.")
    else:
        say(f"{waits:,} records wait. `rounds quarantine export` writes them down.")
        say(table(frame))


@quarantine.command("export")
@click.option("--load", "number", type=int, help="Only what waits of this load.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A .csv or .xlsx.")
@home_option
def quarantine_export(number: int | None, out: Path | None, home: Path | None) -> None:
    """Write the records that wait, to correct their cells in a spreadsheet."""
    from pipelines.access.viewing import opened
    from pipelines.ingest.corrections import as_csv, as_workbook, held_of
    from pipelines.profiles import known_profiles
    from pipelines.warehouse.quarantine import waiting_rows

    place = Home.find(home)
    known = known_profiles(place.profiles)
    frame = waiting_rows(opened(place), number).filter(pl.col("profile").is_in(list(known)))
    held = held_of(frame)
    if not held:
        raise UsageProblem("No record waits there. `rounds quarantine` lists what does.")
    pairs = frame.select("profile", "load").unique(maintain_order=True)
    layouts: dict[str, list[int]] = {}
    for name, load in pairs.iter_rows():
        layouts.setdefault(name, []).append(load)
    if out is not None and out.suffix.lower() == ".xlsx":
        out.write_bytes(as_workbook(held, layouts, known))
    elif out is not None:
        out.write_text(as_csv(held, layouts, known), encoding="utf-8-sig")
    else:
        hand_over(as_csv(held, layouts, known))
        return
    say(f"Wrote {len(held):,} records to {out}. Correct their cells, then load it with "
               f"`rounds quarantine reload {out}`.")  # fmt: skip


@quarantine.command("reload")
@click.argument("file", type=click.Path(path_type=Path))
@home_option
@json_option
def quarantine_reload(file: Path, home: Path | None, as_json: bool) -> None:
    """Load the corrected records of a list that `export` wrote."""
    from pipelines.ingest.correct import reload
    from pipelines.lake.write import publish
    from pipelines.warehouse.record import Record

    with Record.open(Home.find(home)) as record:
        done = reload(record, file)
        build = publish(record) if done.loads else None
    _said(done, build, as_json)


@quarantine.command("answer")
@click.argument("profile")
@click.argument("column")
@click.argument("answer")
@by_option
@home_option
@json_option
def quarantine_answer(
    profile: str, column: str, answer: str, by: str | None, home: Path | None, as_json: bool
) -> None:
    """Say how an open column is read: day-first, month-first, decimal-comma, decimal-point."""
    from pipelines.ingest.correct import answer as keep
    from pipelines.lake.write import publish
    from pipelines.warehouse.record import Record

    with Record.open(Home.find(home)) as record:
        done = keep(record, profile, column, answer, by)
        build = publish(record) if done.loads else None
    _said(done, build, as_json)


def _said(done: Any, build: str | None, as_json: bool) -> None:
    if as_json:
        told = {
            "build": build,
            "loads": [{"load": x.event, "corrects": of, "records": x.records,
                       "accepted": x.accepted, "duplicate": x.duplicate,
                       "quarantined": x.quarantined, "rows": x.rows} for of, x in
                      done.loads.items()],
            "records": [{"load": v.load, "record": v.record, "verdict": v.what,
                         "reasons": list(v.reasons)} for v in done.verdicts],
        }  # fmt: skip
        say_json(told)
    else:
        for v in done.verdicts:
            if v.what != "accepted":
                why = f": {'; '.join(v.reasons)}" if v.reasons else ""
                say(f"load {v.load}, record {v.record}: {v.what}{why}")
        counts: dict[str, int] = {}
        for v in done.verdicts:
            counts[v.what] = counts.get(v.what, 0) + 1
        say(", ".join(f"{n:,} {what}" for what, n in counts.items()) or "Nothing waited.")
    sys.exit(DONE if done.clean else PARTLY)


@click.command()
@click.argument("load", type=int)
@click.argument("record", type=int)
@home_option
@json_option
def trace(load: int, record: int, home: Path | None, as_json: bool) -> None:
    """Tell what became of one record of a file, and which figures it counts in."""
    from pipelines.access.viewing import opened
    from pipelines.metrics.trace import trace as follow

    told = follow(opened(Home.find(home)), load, record)
    if as_json:
        say_json(plain(told.as_json()))
    else:
        say(told.text())
