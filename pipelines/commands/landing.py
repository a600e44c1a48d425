"""The command that tells where a fiscal year lands, with its range and what it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.frames import write_frame
from pipelines.options import form_options, home_option, vintage
from pipelines.reports import filters
from pipelines.settings import Home
from pipelines.terminal import say

if TYPE_CHECKING:
    from pipelines.analysis.outlook.landing import Family, Landing


@click.command()
@click.option(
    "--by", default="", help="One landing for each: subject, account, site, region, site_kind."
)
@click.option("--where", multiple=True, help="Keep rows: region=North or subject=staffing.")
@click.option("--year", help="The fiscal year, as FY2026 (default: that of the last month known).")
@click.option("--as-of", help="What was known then: a day, or a load's number.")
@form_options
@home_option
def landing(
    by: str, where: tuple[str, ...], year: str | None, as_of: str | None, form: str,
    out: Path | None, as_json: bool, home: Path | None,
) -> None:  # fmt: skip
    """Tell where the year lands: costs so far, a forecast of the rest, and its 80 % range."""
    from pipelines.access.viewing import opened
    from pipelines.analysis.outlook.accounts import year_by_account
    from pipelines.analysis.outlook.landing import ACCOUNT, fiscal_months, landed, year_of
    from pipelines.analysis.outlook.study import study

    place = Home.find(home)
    reader, fiscal, known = opened(place), place.group().calendar, vintage(as_of)
    found = study(reader, known)
    span = fiscal.named(year) if year else fiscal.year(fiscal.number(found.months[-1]))
    names = [name for name in by.split(",") if name]
    seen, kept = year_of(reader, found, fiscal_months(span), as_of=known), filters(where)
    if ACCOUNT in names or ACCOUNT in kept:
        seen = year_by_account(reader, seen, known)
        names = list(dict.fromkeys(["subject", *names]))  # one account may be in two subjects
    told = landed(seen, by=names, where=kept, build=reader.build)
    chosen = "json" if as_json else form
    write_frame(told.frame, chosen, out, title=title(told), about=about(told))
    if chosen == "table" and out is None:
        for family in told.families:
            say(sentence(family))


def title(told: Landing) -> str:
    """What the table shows, and how far the actuals reach."""
    ahead = f"{told.left} months forecast" if told.left else "the whole year is known"
    if told.running:
        ahead += f" ({told.running:%b %Y} is running, and forecast whole)"
    return (
        f"Landing of {told.year.name()}: costs to {told.until:%b %Y}, {ahead}; "
        "low and high are meant to hold it in 8 cases of 10"
    )


def sentence(family: Family) -> str:
    """How a subject was forecast, and what that was worth on the past."""
    said = f"{family.subject.replace('|', ', ')}: {family.title}"
    worth = family.judged
    if worth is None:
        return f"{said}; not backtested, too few months are known."
    best = " (no model did better)" if family.naive else ""
    return (
        f"{said}{best}; over {worth.outcomes:,} past outcomes it missed by {worth.relative:.2f} "
        f"times what last year's same month did (scaled error {worth.error:.2f}), and "
        f"{100 * worth.inside:.0f} % lay in the 80 % range."
    )


def about(told: Landing) -> dict[str, Any]:
    """What stands beside the rows in JSON."""
    return {
        "start": told.year.start,
        "stop": told.year.stop,
        "until": told.until,
        "running": told.running,
        "months_ahead": told.left,
        "range": 0.8,
        "build": told.build,
        "methods": [method(family) for family in told.families],
    }


def method(family: Family) -> dict[str, Any]:
    """A subject's method and its backtest, as JSON has it; null where nothing was tried."""
    worth = family.judged
    return {
        "subject": family.subject,
        "method": family.method,
        "naive": family.naive,
        "candidates": {name: round(error, 4) for name, error in family.errors.items()},
        "backtested": worth is not None,
        "outcomes": worth.outcomes if worth else 0,
        "scaled_error": round(worth.error, 4) if worth else None,
        "against_seasonal_naive": round(worth.relative, 4) if worth else None,
        "inside_range": round(worth.inside, 4) if worth else None,
    }
