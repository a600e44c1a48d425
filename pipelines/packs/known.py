"""What a pack rests on: what arrived, what did not, and what its measures mean."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipelines import format as fmt
from pipelines.analysis import health
from pipelines.analysis.causes.variances import left_out
from pipelines.calendar import add_months
from pipelines.metrics import find
from pipelines.packs.content import Cell, Column, Definition, Page, Table, cells
from pipelines.packs.costs import subject_of
from pipelines.packs.places import feeds_line
from pipelines.packs.view import View, day, money
from pipelines.warehouse.needs import NEEDS

STATES = {"late": "not in yet", "never": "never received"}
RESTATED = 3  # months in which a restatement is still news


def known_page(view: View) -> Page:
    """Which exports are in, which budgets are left out, and what was restated."""
    blocks = [_absent(view)]
    out = _left_out(view)
    if out is not None:
        blocks.append(out)
    again = _restated(view)
    if again is not None:
        blocks.append(again)
    late = view.feeds.filter(pl.col("state") == "late").height
    title = (
        feeds_line(view, f" for {view.period.name()}")
        if late
        else (f"Everything expected for {view.period.name()} is in")
    )
    if view.feeds.filter(pl.col("state").is_in(["in", "late"])).is_empty():
        title = f"No export is expected for {view.period.name()}"
    return Page("What is known", title, _missing_is_not_zero(late), tuple(blocks), ())


def _missing_is_not_zero(late: int) -> str:
    if not late:
        return ""
    return "What did not arrive is left out of every figure; it never counts as nothing."


def _absent(view: View) -> Table:
    frame = view.feeds.filter(pl.col("state").is_in(list(STATES)))
    late = frame.filter(pl.col("state") == "late").height
    what = {need.name: need.what for need in NEEDS.values()}
    return Table(
        title=f"{fmt.counted(late, 'export')} {'is' if late == 1 else 'are'} not in yet"
        if late else "No export is late",
        subtitle=f"Exports of {view.when}",
        columns=(Column("Site", width=1.6), Column("Export", width=1.6), Column("State")),
        rows=tuple(
            cells(row["site_name"], what.get(row["need"], row["need"]), STATES[row["state"]])
            for row in frame.sort("state", "site_name").iter_rows(named=True)
        ),
        shown=8,
        empty="Every site has sent what it usually sends.",
        noun=("export", "exports"),
    )  # fmt: skip


def _left_out(view: View) -> Table | None:
    frame = left_out(view.reader, view.year.start, view.year.stop, view.where)
    if frame.is_empty():
        return None
    return Table(
        title="Budgets without their whole cost are in no gap",
        subtitle=f"{view.span}; a missing export would look like a saving",
        columns=(
            Column("Site", width=1.6), Column("Subject"), Column("Months", width=1.6),
            Column("Budget", True),
        ),
        rows=tuple(
            cells(
                row["site_name"], subject_of(row["subject"]),
                fmt.names([fmt.month(month) for month in row["months"]], limit=3),
                money(row["budget"], row["currency"]),
            )
            for row in frame.iter_rows(named=True)
        ),
        shown=6,
        noun=("site's subject", "sites' subjects"),
    )  # fmt: skip


def _restated(view: View) -> Table | None:
    since = add_months(view.month, 1 - RESTATED)
    frame = health.restated(view.reader).filter(pl.col("moment").dt.date() >= since)
    if frame.is_empty() or view.where.get("site"):
        return None
    return Table(
        title=f"{fmt.counted(frame.height, 'file')} replaced what an earlier one said",
        subtitle=f"Since {fmt.month(since)}, newest first; of the whole group",
        columns=(Column("File", width=2.6), Column("Loaded", True), Column("Rows replaced", True)),
        rows=tuple(
            cells(
                row["path"], day(row["moment"].date()),
                Cell(fmt.count(row["superseded"]), row["superseded"], "count"),
            )
            for row in frame.iter_rows(named=True)
        ),
        shown=5,
        noun=("file", "files"),
    )  # fmt: skip


def definitions(names: Iterable[str]) -> tuple[Definition, ...]:
    """The definitions of measures, each once, in the order of their first use."""
    found = [find(name) for name in dict.fromkeys(names)]
    return tuple(Definition(m.name, m.title, m.definition, m.formula, m.traps) for m in found)
