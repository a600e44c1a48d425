"""The commands that set single amounts of the budget, over what its file says."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import click

from pipelines.access.viewing import opened
from pipelines.errors import UsageProblem
from pipelines.frames import write_frame
from pipelines.options import by_option, form_options, home_option, month
from pipelines.settings import Home
from pipelines.terminal import say
from pipelines.warehouse.edits import budget_edits
from pipelines.warehouse.reader import Reader

AMOUNT = re.compile(r"[-\u2212]?\d+(\.\d+)?")


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def budget(ctx: click.Context, home: Path | None) -> None:
    """Set an amount of the budget for a site, subject and month, and see what was set."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_budget, ever=False, form="table", out=None, as_json=False, home=home)


@budget.command("set")
@click.argument("site")
@click.argument("subject")
@click.argument("amount", required=False)
@click.option("--month", "at", required=True, help="The month, as 2026-01.")
@click.option("--reason", default="", help="Why; kept with the amount.")
@click.option("--currency", help="The currency (default: the group's).")
@click.option("--undo", "back", is_flag=True, help="Take the amount back: the file's holds again.")
@by_option
@home_option
def set_budget(
    site: str, subject: str, amount: str | None, at: str, reason: str, currency: str | None,
    back: bool, by: str | None, home: Path | None,
) -> None:  # fmt: skip
    """Set the budget of a site's month: `rounds budget set ELM staffing 182000 --month 2026-10`."""
    from pipelines.warehouse.publish import publish
    from pipelines.warehouse.record import Record

    place = Home.find(home)
    if back == bool(amount):
        raise UsageProblem("Give the budget's amount, or --undo, and not both.")
    say(
        keep(opened(place), place, site, subject, month(at), amount, reason=reason,
             currency=currency, by=by)
    )  # fmt: skip
    with Record.open(place) as record:
        say(f"Published build {publish(record)}.")


@budget.command("list")
@click.option("--ever", is_flag=True, help="Every amount that was ever set, oldest first.")
@form_options
@home_option
def list_budget(ever: bool, form: str, out: Path | None, as_json: bool, home: Path | None) -> None:
    """List the amounts that people set, each with the file's, its author and time."""
    reader = opened(Home.find(home))
    frame = budget_edits(reader, ever=ever)
    title = f"Amounts of the budget that people set: {frame.height or 'none'}"
    write_frame(frame, "json" if as_json else form, out, title=title, about={"build": reader.build})


def keep(
    reader: Reader, home: Home, site: str, subject: str, at: date, amount: str | None, *,
    reason: str = "", currency: str | None = None, by: str | None = None,
) -> str:  # fmt: skip
    """Keep an amount, or take it back where it is None; return what was done as a sentence.

    It applies from the next publish on. UsageProblem for an unknown site or subject, an amount
    that is no number, or where there is nothing to take back.
    """
    from pipelines.warehouse import decided
    from pipelines.warehouse.codes import SUBJECTS, known_site

    if subject not in SUBJECTS:
        raise UsageProblem(f"There is no such subject; known are {', '.join(SUBJECTS)}.")
    known = known_site(reader, site)
    own = str(reader.query("SELECT currency FROM build")["currency"][0])
    money = (currency or own).upper()
    where = f"The {subject} budget of {known} for {at:%b %Y}"
    if amount is None:
        found = reader.query(
            "SELECT 1 FROM budget_edits WHERE site = ? AND subject = ? AND month = ? "
            "AND currency = ?",
            [known, subject, at, money],
        )
        if not found.height:
            raise UsageProblem("Nobody has set that amount. `rounds budget list` shows what is.")
        decided.keep_budget(home, known, subject, at, money, None, by=by)
        return f"{where} is the file's again."
    if AMOUNT.fullmatch(amount) is None:
        raise UsageProblem("An amount is a plain number: 182000 or 182000.50.")
    number = Decimal(amount.replace("\u2212", "-"))
    decided.keep_budget(home, known, subject, at, money, number, reason=reason, by=by)
    return f"{where} is {number:,} {money}."
