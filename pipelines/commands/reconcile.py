"""The command that holds payroll and bills against the general ledger."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.errors import UsageProblem
from pipelines.frames import write_frame
from pipelines.options import day, form_options, home_option
from pipelines.reports import filters
from pipelines.settings import Home

ACCOUNTS = "account", "title", "ledger", "ours", "apart", "currency", "tie", "months"
ROWS = "site", "month", "account", "title", "ledger", "ours", "apart", "currency"


@click.command()
@click.option("--from", "start", help="The first month, by a day of it (default: a year).")
@click.option("--to", "stop", help="The last month, by a day of it (default: the last one known).")
@click.option("--rows", is_flag=True, help="List every site, month and account that differs.")
@click.option("--where", multiple=True, help="Keep sites: region=North or site=ELM,OAK.")
@form_options
@home_option
def reconcile(
    start: str | None, stop: str | None, rows: bool, where: tuple[str, ...], form: str,
    out: Path | None, as_json: bool, home: Path | None,
) -> None:  # fmt: skip
    """Hold payroll and bills against the general ledger, to the cent."""
    from pipelines.access.viewing import opened
    from pipelines.analysis.books import books
    from pipelines.calendar import Period, add_months, month_end
    from pipelines.metrics.horizon import latest_month

    reader = opened(Home.find(home))
    last = day(stop) or latest_month(reader, ("ledger",))
    if last is None:
        raise UsageProblem(
            "No general ledger has been loaded yet: load a trial balance or account transactions, "
            "or fill the plain layout (`rounds template ledger`)."
        )
    first = (day(start) or add_months(last.replace(day=1), -11)).replace(day=1)
    period = Period(first, month_end(last))
    found = books(reader, period, filters(where))
    compared = found.compared
    tie = compared.height - found.off.height
    title = f"Pay and bills against the general ledger, {period.name()}: {tie:,} of "
    title += f"{compared.height:,} sums of a site, month and account agree"
    about = {"build": reader.build, "from": period.start, "to": period.stop}
    form = "json" if as_json else form
    frame = found.off.select(ROWS) if rows else found.accounts.select(ACCOUNTS)
    write_frame(frame, form, out, title=title, about=about)
