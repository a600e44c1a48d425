"""The commands that set, end and list targets; the app sets them by the same command."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import click
import polars as pl

from pipelines.access.viewing import opened
from pipelines.errors import UsageProblem
from pipelines.frames import write_frame
from pipelines.metrics import Metric, find
from pipelines.metrics.targets import Place, Target, has_currency, in_unit, known, versions
from pipelines.options import by_option, form_options, home_option, month, vintage
from pipelines.settings import Home
from pipelines.terminal import say
from pipelines.warehouse.reader import Reader

AMOUNT = re.compile(r"([-+\u2212]?(?:\d+\.?\d*|\.\d+))\s*(\S*)")


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def target(ctx: click.Context, home: Path | None) -> None:
    """Say what a measure should be, for all, a region or a site, and see what was said."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(
            list_targets, metric=None, ever=False, as_of=None, form="table", out=None,
            as_json=False, home=home,
        )  # fmt: skip


@target.command("set")
@click.argument("metric")
@click.argument("value", required=False)
@click.option("--site", help="The site it holds for, by code or name.")
@click.option("--region", help="The region it holds for (default: all).")
@click.option("--from", "first", required=True, help="First month, as 2026-01.")
@click.option("--to", "last", help="Last month (default: until another target takes over).")
@click.option("--reason", default="", help="Why; kept with the target.")
@click.option("--currency", help="The currency of money (default: the group's).")
@click.option("--undo", "back", is_flag=True, help="Take the target back that starts then.")
@by_option
@home_option
def set_target(
    metric: str, value: str | None, site: str | None, region: str | None, first: str,
    last: str | None, reason: str, currency: str | None, back: bool, by: str | None,
    home: Path | None,
) -> None:  # fmt: skip
    """Set the target of a measure from a month on: `rounds target set overtime_share 6% …`."""
    from pipelines.warehouse.publish import renew
    from pipelines.warehouse.record import Record

    place = Home.find(home)
    if back == bool(value):
        raise UsageProblem("Give the target's value, or --undo, and not both.")
    kept = keep(
        opened(place), place, metric, value, site=site, region=region, first=month(first),
        last=month(last) if last else None, reason=reason, currency=currency, by=by,
    )  # fmt: skip
    say(kept)
    with Record.open(place) as record:
        say(f"Published build {renew(record)}.")


@target.command("list")
@click.argument("metric", required=False)
@click.option("--ever", is_flag=True, help="Every version that people ever set, oldest first.")
@click.option("--as-of", help="What was known then: a day, or a load's number.")
@form_options
@home_option
def list_targets(
    metric: str | None, ever: bool, as_of: str | None, form: str, out: Path | None,
    as_json: bool, home: Path | None,
) -> None:  # fmt: skip
    """List the targets that stand: from files, and set by people, with author and time."""
    reader = opened(Home.find(home))
    wanted = find(metric).name if metric else None
    found = versions(reader) if ever else known(reader, vintage(as_of))
    frame = listed([t for t in found if wanted in (None, t.metric)])
    title = f"Targets: {frame.height or 'none'}"
    write_frame(frame, "json" if as_json else form, out, title=title, about={"build": reader.build})


def keep(
    reader: Reader, home: Home, metric: str, value: str | None, *, first: date,
    site: str | None = None, region: str | None = None, last: date | None = None,
    reason: str = "", currency: str | None = None, by: str | None = None,
) -> str:  # fmt: skip
    """Keep a target, or take it back where `value` is None; return what was done as a sentence.

    `value` is as people write it: "6%", "0.06 share", "182000". It applies from the next publish
    on. UsageProblem for an unknown measure, site or region, another unit, an end before the
    start, or where there is nothing to take back.
    """
    from pipelines.warehouse import decided

    known_metric = find(metric)
    if last is not None and last < first:
        raise UsageProblem("The target ends before it starts. Swap its two months.")
    if site and region:
        raise UsageProblem("A target is of a site or of a region: give one of them.")
    place = _place(reader, site, region)
    money = None
    if has_currency(known_metric):
        own = str(reader.query("SELECT currency FROM build")["currency"][0])
        money = (currency or own).upper()
    elif currency:
        raise UsageProblem(f"{known_metric.title} is no amount of money: leave out the currency.")
    number = None if value is None else amount(known_metric, value, money)
    if number is None and not any(
        (t.metric, t.place, t.first, t.currency) == (known_metric.name, place, first, money)
        for t in known(reader)
        if t.load is None
    ):
        raise UsageProblem(
            "Nobody has set a target there that starts then. `rounds target list` shows what is."
        )
    decided.keep(
        home, known_metric.name, place, first, number, last=last, currency=money, reason=reason,
        by=by,
    )  # fmt: skip
    where = {"all": "all sites"}.get(place[0], place[1])
    if number is None:
        return f"{known_metric.title}: the target of {where} from {first:%b %Y} is taken back."
    until = f" to {last:%b %Y}" if last else " on"
    return f"{known_metric.title}: the target of {where} is {value} from {first:%b %Y}{until}."


def amount(metric: Metric, text: str, currency: str | None) -> Decimal:
    """A value as people write it, in the metric's unit. UsageProblem where it is none."""
    found = AMOUNT.fullmatch(text.strip())
    if found is None:
        raise UsageProblem("A target is a plain number with its unit: 6%, 182000 or 3.5.")
    number = Decimal(found[1].replace("\u2212", "-"))
    return in_unit(metric, number, found[2], currency)


def _place(reader: Reader, site: str | None, region: str | None) -> Place:
    from pipelines.warehouse.codes import known_site

    if site:
        return "site", known_site(reader, site)
    if not region:
        return "all", ""
    names = reader.query("SELECT DISTINCT region FROM sites WHERE site NOT LIKE '~%' ORDER BY 1")
    same = [name for name in names["region"] if name.lower() == region.strip().lower()]
    if not same:
        raise UsageProblem(f"There is no such region; known are {', '.join(names['region'])}.")
    return "region", same[0]


def listed(targets: list[Target]) -> pl.DataFrame:
    """Targets as a table, a row each, in the measure's unit (shares as fractions)."""
    return pl.DataFrame(
        [
            (t.metric, " ".join(t.place).strip(), t.first, t.last, t.value, t.currency,
             f"load {t.load}" if t.load is not None else t.author, t.moment, t.reason, t.problem)
            for t in targets
        ],
        schema={
            "metric": pl.String, "place": pl.String, "from": pl.Date, "to": pl.Date,
            "value": pl.Decimal(18, 6), "currency": pl.String, "by": pl.String,
            "moment": pl.Datetime("us"), "reason": pl.String, "problem": pl.String,
        },
        orient="row",
    )  # fmt: skip
