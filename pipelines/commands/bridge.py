"""The command that tells why a cost changed or differs from its budget, cause by cause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from pipelines.analysis.causes.lines import Compared
from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.frames import plain, write_frame
from pipelines.options import FORMS, day, home_option, vintage
from pipelines.reports import filters
from pipelines.settings import Home
from pipelines.terminal import say

if TYPE_CHECKING:
    from pipelines.fiscal import Fiscal
    from pipelines.warehouse.reader import Reader

MONEY = pl.Decimal(38, 2)
REASONS = 20  # that are told below the table, the largest first


@click.command()
@click.argument("subject", type=click.Choice(["supplies", "spend", "timing"]))
@click.option("--from", "start", required=True, help="First day, as 2026-10-01.")
@click.option("--to", "stop", required=True, help="Last day, as 2026-10-31.")
@click.option(
    "--than",
    type=click.Choice(["previous", "year", "budget"]),
    default="year",
    help="Compare with the period before, a year earlier, or (supplies) the budget.",
)
@click.option("--by", default="", help="One bridge for each: region, site, site_kind, item …")
@click.option("--where", multiple=True, help="Keep rows: region=North or region=North,South.")
@click.option("--as-of", help="What was known then: a day, or a load's number.")
@click.option("--format", "form", type=click.Choice(FORMS), default="table", help="How to write.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here.")
@home_option
def bridge(
    subject: str, start: str, stop: str, than: str, by: str, where: tuple[str, ...],
    as_of: str | None, form: str, out: Path | None, home: Path | None,
) -> None:  # fmt: skip
    """Tell why supplies or spend changed, or what of a gap to budget is timing, to the cent."""
    from pipelines.access.viewing import opened
    from pipelines.analysis.causes.spend import spend_between
    from pipelines.analysis.causes.supplies import supplies_between

    fiscal = Home.find(home).group().calendar
    reader = opened(Home.find(home))
    first, last = day(start), day(stop)
    if first is None or last is None:
        raise UsageProblem("A bridge needs its first and its last day: --from and --to.")
    after = Period(first, last)
    names = [name for name in by.split(",") if name]
    if subject == "timing":
        if as_of:
            raise UsageProblem("Timing is told as it is known now: leave out --as-of.")
        _timing(reader, after, names, filters(where), form, out, fiscal)
        return
    if than == "budget":
        if subject != "supplies" or as_of:
            raise UsageProblem("Only supplies as they are known now are bridged from their budget.")
        _against_budget(reader, after, names, filters(where), form, out)
        return
    compare = supplies_between if subject == "supplies" else spend_between
    compared = compare(
        reader, fiscal.shifted(after, than), after, filters(where), as_of=vintage(as_of)
    )
    title = f"{subject.capitalize()}: {after.name()}, against {compared.before.name()}"
    absent = len(compared.missing) + len(compared.missing_before)
    if absent:
        title += f" ({absent} exports are missing on one side or the other)"
    about = {"subject": subject, "missing": absent, "build": reader.build}
    write_frame(steps(compared, names), form, out, title=title, about=about)


def _timing(
    reader: Reader, period: Period, by: list[str], where: dict[str, list[str]], form: str,
    out: Path | None, fiscal: Fiscal,
) -> None:  # fmt: skip
    """From budget to actual: what belongs to other months, what came once, and the run-rate."""
    from pipelines.analysis.causes.timing_facts import compared

    found, reasons = compared(reader, period, where, fiscal=fiscal)
    told = [
        {"site": one.site, "subject": one.subject, "month": one.month, "currency": one.currency,
         "part": reason.part, "amount": reason.amount, "why": reason.sentence}
        for one, reason in reasons
    ]  # fmt: skip
    title = f"Budget to actual: {period.name()}; parts but the run-rate and one-off are timing"
    about = {"subject": "timing", "reasons": plain(told), "build": reader.build}
    frame = steps(found, by).with_columns(
        pl.col("step").replace({"before": "budget", "after": "actual"})
    )
    write_frame(frame, form, out, title=title, about=about)
    if form == "table" and out is None:
        for one in told[:REASONS]:
            amount = f"{one['currency']} {one['amount']:,.2f}"
            say(f"{one['site']}, {one['subject']}, {one['month']:%b %Y}: {amount}. {one['why']}")


def _against_budget(
    reader: Reader, period: Period, by: list[str], where: dict[str, list[str]], form: str,
    out: Path | None,
) -> None:  # fmt: skip
    """From the budget of supplies to what was used: volume, and what a visit takes."""
    from pipelines.analysis.causes.supplies_budget import supplies_against_budget

    frame = steps(supplies_against_budget(reader, period, where), by).with_columns(
        pl.col("step").replace({"before": "budget", "after": "actual"})
    )
    title = f"Supplies: {period.name()}, against their budget"
    write_frame(frame, form, out, title=title, about={"subject": "supplies", "build": reader.build})


def steps(compared: Compared, by: list[str]) -> pl.DataFrame:
    """The names of `by`, currency, step and amount: before, each cause that is not 0, after.

    The steps of a group between the first and the last add up to their difference, to the cent.
    """
    rows: list[dict[str, Any]] = []
    for (currency, *group), one in compared.bridges(*by).items():
        told = {"before": one.before, **one.parts, "after": one.after}
        rows += [
            {**dict(zip(by, group, strict=True)), "currency": currency,
             "step": name.replace("_", " "), "amount": amount}
            for name, amount in told.items()
            if amount or name in ("before", "after")
        ]  # fmt: skip
    schema = dict.fromkeys((*by, "currency", "step"), pl.String) | {"amount": MONEY}
    return pl.DataFrame(rows, schema=schema)
