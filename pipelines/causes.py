"""The command that tells why a cost changed: what was paid before, each cause, what is paid now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import polars as pl

from pipelines.analysis.bridge_lines import Compared
from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.frames import write_frame
from pipelines.options import FORMS, day, home_option, vintage
from pipelines.reports import filters
from pipelines.settings import Home

MONEY = pl.Decimal(38, 2)


@click.command()
@click.argument("subject", type=click.Choice(["supplies", "spend"]))
@click.option("--from", "start", required=True, help="First day, as 2026-10-01.")
@click.option("--to", "stop", required=True, help="Last day, as 2026-10-31.")
@click.option(
    "--than",
    type=click.Choice(["previous", "year"]),
    default="year",
    help="Compare with the period before, or with a year earlier.",
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
    """Tell why supplies or spend cost more or less than before, to the cent."""
    from pipelines.analysis.bridge_spend import spend_between
    from pipelines.analysis.bridge_supplies import supplies_between
    from pipelines.warehouse.reader import open_build

    fiscal = Home.find(home).group().calendar
    reader = open_build(Home.find(home))
    first, last = day(start), day(stop)
    if first is None or last is None:
        raise UsageProblem("A bridge needs its first and its last day: --from and --to.")
    after = Period(first, last)
    compare = supplies_between if subject == "supplies" else spend_between
    compared = compare(
        reader, fiscal.shifted(after, than), after, filters(where), as_of=vintage(as_of)
    )
    names = [name for name in by.split(",") if name]
    title = f"{subject.capitalize()}: {after.name()}, against {compared.before.name()}"
    absent = len(compared.missing) + len(compared.missing_before)
    if absent:
        title += f" ({absent} exports are missing on one side or the other)"
    about = {"subject": subject, "missing": absent, "build": reader.build}
    write_frame(steps(compared, names), form, out, title=title, about=about)


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
