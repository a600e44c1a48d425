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
NOTICES = (
    "site_name", "contract", "title", "vendor", "notice_date", "send_by", "days", "end",
    "auto_renew", "next_end", "locked", "renewed", "annual_value", "currency",
)  # fmt: skip
CEILINGS = (
    "contract", "title", "vendor", "end", "ceiling", "spent", "share", "term", "reached", "early",
    "late",
)  # fmt: skip
RISES = (
    "fiscal_year", "contract", "title", "vendor", "annual_value", "escalator", "escalator_index",
    "base", "rise", "low", "high",
)  # fmt: skip
OPEN = ("site_name", "supplier", "account", "lines", "oldest", "amount", "currency")


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
    from pipelines.access.viewing import opened
    from pipelines.analysis.stock import shelves, transfers

    reader, kept = opened(Home.find(home)), filters(where)
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


@click.command()
@click.option("--notices", "which", flag_value="notices", help="By notice date (default).")
@click.option("--ceilings", "which", flag_value="ceilings", help="Spent against ceilings.")
@click.option(
    "--rises",
    "which",
    flag_value="rises",
    help="Price rises by fiscal year; low and high where an index is not known yet.",
)
@click.option("--open-orders", "which", flag_value="open", help="Ordered and not invoiced.")
@click.option("--day", "on", help="As of this day (default: the last one known).")
@click.option("--within", default=90, show_default=True, help="Days ahead in which notice is due.")
@click.option("--years", default=3, show_default=True, help="Fiscal years of price rises.")
@click.option("--simple", is_flag=True, help="Yearly rises don't rise themselves.")
@click.option("--where", multiple=True, help="Keep sites: region=North or site=ELM,OAK.")
@form_options
@home_option
def contracts(
    which: str | None, on: str | None, within: int, years: int, simple: bool,
    where: tuple[str, ...], form: str, out: Path | None, as_json: bool, home: Path | None,
) -> None:  # fmt: skip
    """List what contracts commit to: notice dates, ceilings, price rises, open orders."""
    from pipelines.access.viewing import opened
    from pipelines.analysis.contracts import commitments, obligations

    place = Home.find(home)
    reader, kept = opened(place), filters(where)
    then = day(on) or last_day(reader)
    names: tuple[str, ...]
    match which:
        case "ceilings":
            found, names = commitments.ceilings(reader, then, kept), CEILINGS
            title = f"Spent against ceilings, to {then}"
        case "rises":
            found, names = (
                obligations.escalators(
                    reader, then, kept, fiscal=place.group().calendar, years=years, simple=simple
                ),
                RISES,
            )
            title = f"What price rises cost, from the prices of {then}"
        case "open":
            found, names = obligations.open_orders(reader, then, kept), OPEN
            title = f"Ordered by {then} and not invoiced"
        case _:
            found, names = commitments.notices(reader, then, kept, within=within), NOTICES
            title = f"Notices due within {within} days of {then}, and those that were missed"
    form = "json" if as_json else form
    title += f": {found.height or 'none'}"
    about = {"day": then, "build": reader.build}
    write_frame(_shown(found, names, form), form, out, title=title, about=about)


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
