"""`rounds digest`: who is told what needs attention, and sending it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from pipelines.options import by_option, home_option, json_option
from pipelines.settings import Home
from pipelines.terminal import say, say_json


@click.group()
def digest() -> None:
    """Tell people by e-mail what needs attention and what was restated, of their own sites."""


@digest.command("add")
@click.argument("login")
@click.argument("address")
@click.option(
    "--when",
    type=click.Choice(["daily", "monday"]),
    default="monday",
    show_default=True,
    help="Each day on which something is new, or once a week.",
)
@click.option("--least", default="0", help="Leave out lines of less money than this.")
@by_option
@home_option
def add(login: str, address: str, when: str, least: str, by: str | None, home: Path | None) -> None:
    """Send a person the digest, or change how."""
    from pipelines.access.people import find, people
    from pipelines.digest.readers import Subscription, When, amount, subscribe

    place = Home.find(home)
    known = find(place, login).login if people(place) else login
    subscribe(place, Subscription(known, address, When(when), amount(least)), by)
    often = "each day on which something is new" if when == "daily" else "each Monday"
    say(f"{known} is told at {address}, {often}.")


@digest.command("remove")
@click.argument("login")
@by_option
@home_option
def remove(login: str, by: str | None, home: Path | None) -> None:
    """End a person's digest."""
    from pipelines.digest.readers import unsubscribe

    unsubscribe(Home.find(home), login, by)
    say(f"{login} gets no digest any more.")


@digest.command("list")
@home_option
@json_option
def listed(home: Path | None, as_json: bool) -> None:
    """List who gets it, how often, and when they last did."""
    from pipelines.digest.readers import last_sent, subscriptions

    place = Home.find(home)
    rows = []
    for one in subscriptions(place):
        last = last_sent(place, one.login)
        rows.append({
            "login": one.login, "address": one.address, "when": str(one.when),
            "least": str(one.least), "last": last.day.isoformat() if last else None,
        })  # fmt: skip
    if as_json:
        say_json(rows)
        return
    for row in rows:
        told = f"last on {row['last']}" if row["last"] else "not told yet"
        say(f"{row['login']:<20} {row['address']:<32} {row['when']:<7} {told}")
    if not rows:
        say("Nobody gets the digest. `rounds digest add LOGIN ADDRESS` sends it to somebody.")


@digest.command("send")
@click.argument("logins", nargs=-1)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Write pages into this folder, and send nothing.")  # fmt: skip
@click.option("--now", is_flag=True, help="Also to those who aren't due, or know it all.")
@home_option
@json_option
def send(
    logins: tuple[str, ...], out: Path | None, now: bool, home: Path | None, as_json: bool
) -> None:
    """Send everybody who is due their digest: to be run each morning."""
    from pipelines.digest.go import go

    failed = False
    for told in go(Home.find(home), date.today(), only=logins, out=out, now=now):
        failed |= told.status == "failed"
        if as_json:
            row = {"login": told.login, "status": told.status, "said": told.said}
            say_json(row, indent=None)
        else:
            say(f"{told.login:<20} {told.status:<8} {told.said}".rstrip())
    sys.exit(1 if failed else 0)
