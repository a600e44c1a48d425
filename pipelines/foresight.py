"""The commands that look ahead: what runs out, expires or can be shared, and what was promised."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
import polars as pl

from pipelines.errors import UsageProblem
from pipelines.frames import write_frame
from pipelines.options import day, form_options, home_option
from pipelines.reports import filters
from pipelines.settings import Home

if TYPE_CHECKING:
    from pipelines.warehouse.reader import Reader

RUNS_OUT = (
    "site_name", "item", "item_name", "quantity", "unit", "days_left", "runs_out", "early", "late",
    "on_order", "expected", "lasts_until", "order_by", "lead_days", "lead_most",
)  # fmt: skip
EXPIRING = ("site_name", "item", "item_name", "lot", "expiry", "quantity", "unit", "unused", "lost")
TRANSFERS = (
    "item", "item_name", "unit", "giver_name", "giver_holds", "taker_name", "taker_holds",
    "taker_runs_out", "covers", "quantity", "rescued", "value", "saved",
)  # fmt: skip


@click.command()
@click.option("--runs-out", "which", flag_value="runs-out", help="What runs out first (default).")
@click.option("--expiring", "which", flag_value="expiring", help="Lots that expire unused.")
@click.option("--transfers", "which", flag_value="transfers", help="Who can send what to whom.")
@click.option("--day", "on", help="As of this day (default: the last one known).")
@click.option("--within", type=int, help="Days ahead: 14 for what runs out, all that expires.")
@click.option("--where", multiple=True, help="Keep sites: region=North or site=ELM,OAK.")
@form_options
@home_option
def supplies(
    which: str | None, on: str | None, within: int | None, where: tuple[str, ...], form: str,
    out: Path | None, as_json: bool, home: Path | None,
) -> None:  # fmt: skip
    """List what runs out and when, what expires unused, or what sites can send each other."""
    from pipelines.analysis import shelves, transfers
    from pipelines.warehouse.reader import open_build

    reader, kept = open_build(Home.find(home)), filters(where)
    then = day(on) or last_day(reader)
    form = "json" if as_json else form
    about = {"day": then, "build": reader.build}
    if which == "expiring":
        lots = shelves.expiring(reader, then, kept, within=within)
        lots = lots.filter(pl.col("unused") > 0)
        title = f"Lots that expire before they are used, as of {then}: {lots.height or 'none'}"
        write_frame(_shown(lots, EXPIRING, form), form, out, title=title, about=about)
        return
    if which == "transfers":
        sent = transfers.transfers(reader, then, kept)
        title = f"Transfers between sites, as of {then}: {sent.height or 'none'}"
        write_frame(_shown(sent, TRANSFERS, form), form, out, title=title, about=about)
        return
    days = 14 if within is None else within
    short = shelves.running_out(reader, then, kept, within=days)
    title = f"Runs out within {days} days, as of {then}: {short.height or 'nothing'}"
    write_frame(_shown(short, RUNS_OUT, form), form, out, title=title, about=about)


def last_day(reader: Reader) -> date:
    """The last day of which anything is known. UsageProblem where there is none."""
    from pipelines.metrics.horizon import day_of, latest_month

    month = latest_month(reader)
    if month is None:
        raise UsageProblem("Nothing with a date has been loaded yet. Load a folder first.")
    return day_of(reader, month)


def _shown(frame: pl.DataFrame, names: tuple[str, ...], form: str) -> pl.DataFrame:
    """For people only what fits on a screen; a program gets every column."""
    return frame.select(names) if form == "table" else frame
