"""The command that starts a measure's usual range anew: decided by a person, with the reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
import polars as pl

from pipelines.errors import UsageProblem
from pipelines.frames import plain, table
from pipelines.options import by_option, home_option, json_option
from pipelines.settings import Home
from pipelines.terminal import say, say_json
from pipelines.warehouse.reader import Reader

WANTED = "Give the metric, the site (or all) and the month, as 2026-03."


@click.command()
@click.argument("metric", required=False)
@click.argument("site", required=False)
@click.argument("month", required=False)
@click.option("--reason", help="What changed, and why it will last.")
@click.option("--undo", "back", is_flag=True, help="Take the rebase back.")
@click.option("--list", "show", is_flag=True, help="List the rebases that stand.")
@click.option("--ever", is_flag=True, help="With --list: every rebase that was ever decided.")
@click.option("--suggest", "ask", is_flag=True, help="List shifts that have lasted long.")
@by_option
@home_option
@json_option
def rebase(
    metric: str | None, site: str | None, month: str | None, reason: str | None, back: bool,
    show: bool, ever: bool, ask: bool, by: str | None, home: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Start a measure's usual range at a site anew from a month on, and say why."""
    from pipelines.access.viewing import opened, viewer_of_command
    from pipelines.metrics import find
    from pipelines.warehouse import rebases

    place = Home.find(home)
    viewer = viewer_of_command(place)
    if show:
        found = rebases.listed(place, ever=ever)
        if not viewer.everywhere:
            seen = opened(place, viewer).limits.sites or frozenset()
            found = found.filter(pl.col("site").is_in(sorted(seen)))
        _tell(found, as_json, "No usual range was started anew.")
        return
    reader = opened(place, viewer)
    if ask:
        _tell(_suggested(reader, metric), as_json, "Nothing has shifted for eight months or more.")
        return
    if not (metric and site and month):
        raise UsageProblem(WANTED)
    name, begins = find(metric).name, _month(month)
    if back:
        rebases.take_back(reader, place, name, site, begins, by)
        said = f"The rebase of {name} is taken back."
    else:
        kept = rebases.record(reader, place, name, site, begins, reason or "", by)
        said = f"{kept.metric} of {kept.site} has a usual range of its own from {month} on."
    say(said)
    _publish(place)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text)
    except ValueError:
        raise UsageProblem(f"That is no month. {WANTED}") from None


def _suggested(reader: Reader, metric: str | None) -> pl.DataFrame:
    """The suggestions for one metric, or for those that the first page watches."""
    from pipelines.analysis.attention import MEASURES
    from pipelines.analysis.rebasing import suggestions
    from pipelines.analysis.signals import series_by_site
    from pipelines.metrics import find
    from pipelines.metrics.horizon import latest_month

    found = []
    for name in (find(metric).name,) if metric else MEASURES:
        until = latest_month(reader, find(name).needs)
        if until is not None:
            found += suggestions(series_by_site(reader, name, until, {}).values())
    return pl.DataFrame(
        [(s.metric, s.site, f"{s.month:%Y-%m}", s.months, s.before, s.since) for s in found],
        schema={"metric": pl.String, "site": pl.String, "month": pl.String, "months": pl.Int64,
                "before": pl.Float64, "since": pl.Float64},
        orient="row",
    )  # fmt: skip


def _tell(frame: pl.DataFrame, as_json: bool, none: str) -> None:
    if as_json:
        say_json(plain(frame.to_dicts()))
    else:
        say(none if frame.is_empty() else table(frame))


def _publish(place: Home) -> None:
    from pipelines.warehouse.publish import publish
    from pipelines.warehouse.record import Record

    with Record.open(place) as record:
        say(f"Published build {publish(record)}.")
