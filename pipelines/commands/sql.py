"""The command that asks in SQL."""

from __future__ import annotations

from pathlib import Path

import click
import polars as pl

from pipelines.errors import UsageProblem
from pipelines.frames import table, write_frame
from pipelines.options import form_options, home_option
from pipelines.settings import Home
from pipelines.terminal import say, say_json


@click.command()
@click.argument("question", required=False)
@click.option("--tables", "listed", is_flag=True, help="List the tables, or with --of columns.")
@click.option("--of", "named", help="With --tables: the columns of this table.")
@click.option("--explain", "plan", is_flag=True, help="How it would be answered, instead.")
@click.option("--rows", default=10_000, show_default=True, help="At most so many rows.")
@click.option("--seconds", default=60.0, show_default=True, help="At most so long.")
@form_options
@home_option
def sql(
    question: str | None, listed: bool, named: str | None, plan: bool, rows: int, seconds: float,
    form: str, out: Path | None, as_json: bool, home: Path | None,
) -> None:  # fmt: skip
    """Ask the documented tables in SQL; nothing is changed, and no file is read."""
    from pipelines.access.viewing import opened
    from pipelines.room.query import explain, run

    place, form = Home.find(home), "json" if as_json else form
    if listed or named:
        _list(named, form, out)
        return
    if not question:
        raise UsageProblem(
            'Give the question: rounds sql "SELECT …". See --tables for what is there.'
        )
    if rows < 1 or not 0 < seconds <= 600:
        raise UsageProblem("Give at least one row, and between 0 and 600 seconds.")
    limits = opened(place).limits
    if plan:
        say(explain(place, limits, question, seconds=seconds))
        return
    found = run(place, limits, question, rows=rows, seconds=seconds)
    about = {"rows_left_out": found.cut}
    write_frame(found.frame, form, out, about=about)
    if found.cut:
        say(f"rounds: There are more than {found.frame.height:,} rows.", err=True)


def _list(named: str | None, form: str, out: Path | None) -> None:
    """The tables, or the columns of one."""
    from pipelines.room.tables import TABLES

    if named is None:
        told = {"table": list(TABLES), "row": [one.row for one in TABLES.values()]}
    elif named in TABLES:
        columns = TABLES[named].columns
        told = {"column": [c.name for c in columns], "meaning": [c.meaning for c in columns]}
    else:
        raise UsageProblem(f"There is no table {named}. List them with --tables.")
    if form == "json":
        say_json(pl.DataFrame(told).to_dicts())
    elif form == "table" and out is None:
        say(table(pl.DataFrame(told)))
    else:
        write_frame(pl.DataFrame(told), form, out)
