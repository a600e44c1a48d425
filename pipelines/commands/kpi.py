"""The command that asks for one figure: `rounds kpi`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines import reports
from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.fiscal import DAYS_OF
from pipelines.frames import plain, write_frame
from pipelines.options import FORMS, day, engine_options, external_option, home_option, vintage
from pipelines.settings import Home
from pipelines.terminal import say, say_json

if TYPE_CHECKING:
    from pipelines.spark.reader import SparkReader
    from pipelines.warehouse.reader import Reader

ADJUSTMENTS = [*DAYS_OF, "volume"]
PAY = {"worked": "worked", "check-date": "check"}  # bases as people write them


@click.command()
@click.argument("name")
@click.option("--by", default="", help="Dimensions, parted by commas: site,month.")
@click.option("--from", "start", help="First day, as 2026-01-01.")
@click.option("--to", "stop", help="Last day, as 2026-12-31.")
@click.option("--period", "named", help="A fiscal period instead: FY2026, FY2026-Q1, FY2026-P03.")
@click.option("--where", multiple=True, help="Keep rows: region=North or region=North,South.")
@click.option("--compare", default="", help="previous, year, budget, target, by commas.")
@click.option("--same-sites", is_flag=True, help="Only sites open through all that is compared.")
@click.option("--as-of", help="What was known then: a day, or a load's number.")
@click.option("--basis", type=click.Choice(list(PAY)), help="Which day places pay in its month.")
@click.option("--per-day", type=click.Choice(list(DAYS_OF)), help="A sum per day of its sites.")
@click.option("--adjust", type=click.Choice(ADJUSTMENTS), help="At the compared period's days.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="table",
    help="How the answer is written.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--rows", is_flag=True, help="The rows behind the figure, with the file of each.")
@click.option("--passport", "papers", is_flag=True, help="Where the figure comes from.")
@engine_options
@external_option
@home_option
def kpi(
    name: str, by: str, start: str | None, stop: str | None, named: str | None,
    where: tuple[str, ...], compare: str, same_sites: bool, as_of: str | None,
    basis: str | None, per_day: str | None, adjust: str | None, form: str, out: Path | None,
    as_json: bool, rows: bool, papers: bool, engine: str, lake: str | None, master: str | None,
    homes: str, external: bool, home: Path | None,
) -> None:  # fmt: skip
    """Ask for one figure, by any of its dimensions."""
    from pipelines.access.viewing import opened
    from pipelines.metrics.ask import ask, open_throughout
    from pipelines.metrics.passport import passport
    from pipelines.metrics.rows import rows as behind

    fiscal = Home.find(home).group().calendar
    far = engine == "spark"
    if far and (as_of or rows or papers or external):
        raise UsageProblem(
            "Spark answers what is known now, to who sees all of it: leave out --as-of, --rows, "
            "--passport and --external."
        )
    reader: Reader
    if far:
        reader = over_lake(Home.find(home), lake, homes, master)
    else:
        reader = opened(Home.find(home), external=external)
    first, last = day(start), day(stop)
    span = reports.known_span(reader)
    period = Period(first or span.start, last or max(span.stop, first or span.stop))
    if named and (start or stop):
        raise UsageProblem("Give --period, or --from and --to, but not both.")
    period = fiscal.named(named) if named else period
    pay = PAY.get(basis or "")
    then, form = vintage(as_of), "json" if as_json else form
    dimensions = [part for part in by.split(",") if part]
    compared = [part for part in compare.split(",") if part]
    kept = reports.filters(where)
    if same_sites:
        kept = {**kept, "site": open_throughout(reader, period, compared, kept, fiscal)}
    if papers:
        told = passport(
            reader, name, period=period, where=kept, as_of=then, fiscal=fiscal, basis=pay
        )
        if as_json:
            say_json(plain(told.as_json()))
        else:
            say(told.text())
        return
    if rows:
        found = behind(
            reader,
            name,
            period=period,
            by=dimensions,
            where=kept,
            as_of=then,
            fiscal=fiscal,
            basis=pay,
        )
        write_frame(found, form, out, title=reports.rows_title(name, period, found),
                    about={"metric": name, "build": reader.build})  # fmt: skip
        return
    answer = ask(
        reader, name, period=period, by=dimensions, where=kept, compare=compared, as_of=then,
        fiscal=fiscal, basis=pay, per_day=per_day, adjust=adjust, rollups=not far,
    )  # fmt: skip
    reports.write_answer(answer, form, out)


def over_lake(place: Home, lake: str | None, homes: str, master: str | None) -> SparkReader:
    """The reader over a lake, until the command ends; NotShown to who may not see all of it."""
    from pipelines.access.viewing import viewer_of_command
    from pipelines.errors import NotShown
    from pipelines.spark.reader import lake_reader

    where = lake or place.group().lake
    if not where:
        raise UsageProblem("Say where the lake is: --lake DIR, or `lake` in settings.toml.")
    named = [name for name in homes.split(",") if name]
    opening = lake_reader(where, homes=named, master=master)
    reader = click.get_current_context().with_resource(opening)
    if not viewer_of_command(place).limits(reader).are_none:
        raise NotShown("Spark answers over all of a lake: it is for who sees all of the group.")
    return reader
