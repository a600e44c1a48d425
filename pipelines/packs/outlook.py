"""The pages ahead: where the year lands, how much is volume, what is promised already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines import format as fmt
from pipelines.analysis.causes.flex import Flex, flex_budget
from pipelines.analysis.contracts.commitments import ceilings, notices
from pipelines.analysis.contracts.obligations import escalators
from pipelines.analysis.outlook.landing import Landing
from pipelines.packs.content import (
    MOST,
    Cell,
    Chart,
    Column,
    Line,
    Page,
    Row,
    Table,
    capped,
    cells,
)
from pipelines.packs.costs import subject_of
from pipelines.packs.view import View, day, money, share, symbol, thousands
from pipelines.wording import findings, landings
from pipelines.wording import rises as wording

NEAR, SOON = 90, 30  # days to a notice date: listed, urgent
PAYER = "payer"  # contracts that bring money in

Lines = Mapping[str, Any]


def landing_page(view: View) -> Page | None:
    """Where the fiscal year lands in the main currency; None where that can't be told."""
    told = view.landing()
    if told is None or not told.left:
        return None
    currency = view.currency
    found = told.frame.filter(pl.col("currency") == currency, pl.col("budget").is_not_null())
    path = told.path.filter(pl.col("currency") == currency)
    if found.is_empty() or not landings.comparable(path):
        return None
    line = found.row(0, named=True)
    title = landings.finding(told, line)
    blocks = (_fan(told, path, line, title), _landing_table(view, told, line))
    return Page("Landing", title, _cautions(told, line), blocks, ("total_cost", "budget_variance"))


def _fan(told: Landing, path: pl.DataFrame, line: Lines, title: str) -> Chart:
    planned = pl.col("budget").fill_null(0).cum_sum()
    frame = path.select(
        "month", "known", so_far=pl.col("so_far").cast(pl.Float64),
        gap=(pl.col("value").cum_sum() - planned).cast(pl.Float64),
        low=(pl.col("low") - planned).cast(pl.Float64),
        high=(pl.col("high") - planned).cast(pl.Float64),
    ).to_dicts()  # fmt: skip
    now = max(at for at, row in enumerate(frame) if row["known"])
    ahead = ("gap", "low", "high")
    lines = {name: [row[name] if at > now else None for at, row in enumerate(frame)]
             for name in ahead}  # fmt: skip
    for values in lines.values():
        values[now] = frame[now]["so_far"]  # the fan starts where the known months end
    actual = tuple(row["so_far"] if row["known"] else None for row in frame)
    currency = line["currency"]
    labels = {name: fmt.gap(frame[-1][name], currency) for name in ahead}
    low, high = fmt.money_range(line["compared_low"], line["compared_high"], currency).split(" to ")
    return Chart(
        "lines",
        title=f"Between {low} and {high} in 8 years of 10",
        subtitle=f"Gap to budget, summed up since {fmt.month(told.year.start)}",
        categories=tuple(fmt.month(row["month"]) for row in frame),
        dates=tuple(row["month"] for row in frame),
        series=(
            Line("Known", actual, "ink"),
            Line("Estimate", tuple(lines["gap"]), "target", labels["gap"]),
            Line("High", tuple(lines["high"]), "band", labels["high"]),
            Line("Low", tuple(lines["low"]), "band", labels["low"]),
        ),
        kind_of="money",
        currency=currency,
        zero=True,
        alt=f"{title}. The range meant to hold in 8 years of 10 is {low} to {high}: from "
        f"{labels['low']} to {labels['high']}.",
    )


def _cautions(told: Landing, line: Lines) -> str:
    said = (
        "Costs so far, and an estimate of the rest of the year.",
        landings.still_runs(told),
        landings.left_out(line),
        landings.not_backtested(line),
    )
    return " ".join(filter(None, said))


def _landing_table(view: View, told: Landing, line: Lines) -> Table:
    parts = view.landing("subject")
    rows = [] if parts is None else landings.with_budget(parts.frame, line["currency"])
    return Table(
        title=f"{fmt.count(sum(row['gap'] > 0 for row in rows))} of "
        f"{fmt.counted(len(rows), 'subject')} land over budget",
        subtitle=f"{symbol(line['currency'])}, {landings.year_name(told.year)}",
        columns=(
            Column("Subject", width=1.6), Column("Landing", True),
            Column("Range", True, width=1.9), Column("Budget", True), Column("Gap", True),
        ),
        rows=tuple(_landing_row(subject_of(row["subject"]), row) for row in rows),
        total=(_landing_row("All subjects", line),),
    )  # fmt: skip


def _landing_row(name: str, row: Lines) -> Row:
    low, high = fmt.thousands(row["compared_low"]), fmt.thousands(row["compared_high"])
    return cells(
        name, thousands(row["compared"]), low if low == high else f"{low} to {high}",
        thousands(row["budget"]), thousands(row["gap"], signed=True),
    )  # fmt: skip


def volume_page(view: View) -> Page | None:
    """How much of the year's gap is volume; None where no subject follows any."""
    flex = flex_budget(view.reader, view.year, view.where, fixed=view.fixed)
    currency = view.currency
    frame = flex.frame.filter(pl.col("currency") == currency)
    if frame.filter(pl.col("why").is_null()).is_empty():
        return None
    whole = flex.by().filter(pl.col("currency") == currency).row(0, named=True)
    parts = flex.by("subject").filter(pl.col("currency") == currency)
    parts = parts.sort("spending", descending=True)
    table = Table(
        title="The budget for the volume that came",
        subtitle=f"{symbol(currency)}, {view.span}",
        columns=(
            Column("Subject", width=1.6), Column("Budget", True), Column("For the volume", True),
            Column("Actual", True), Column("By volume", True), Column("The rest", True),
        ),
        rows=tuple(_flex_row(subject_of(r["subject"]), r) for r in parts.iter_rows(named=True)),
        total=(_flex_row("All subjects", whole),),
    )  # fmt: skip
    title = findings.volume_explains(float(whole["volume"]), float(whole["spending"]), currency)
    chart = _volume_chart(view, parts, currency, title)
    return Page("Volume", title, _shares(flex), (chart, table), ("budget_variance",))


def _volume_chart(view: View, parts: pl.DataFrame, currency: str, title: str) -> Chart:
    bars = [("By volume", float(parts["volume"].sum()))]
    bars += [
        (f"{subject_of(row['subject'])}, the rest", float(row["spending"]))
        for row in parts.iter_rows(named=True)
    ]
    labels = tuple(fmt.money(amount, currency, signed=True) for _, amount in bars)
    names = tuple(name for name, _ in bars)
    return Chart(
        "bars",
        title="What the gap to budget is made of",
        subtitle=f"{view.span}; the bars add up to the gap",
        categories=names,
        series=(Line("Part of the gap", tuple(amount for _, amount in bars)),),
        kind_of="money",
        currency=currency,
        labels=labels,
        zero=True,
        alt=f"{title}: "
        + ", ".join(f"{name} {label}" for name, label in zip(names, labels, strict=True))
        + ".",
    )


def _flex_row(name: str, row: Lines) -> Row:
    return cells(
        name, thousands(row["budget"]), thousands(row["flexed"]), thousands(row["actual"]),
        thousands(row["volume"], signed=True), thousands(row["spending"], signed=True),
    )  # fmt: skip


def _shares(flex: Flex) -> str:
    return f"{flex.shares} Facilities and contracts follow no volume."


def contracts_page(view: View) -> Page | None:
    """Notice dates, ceilings and price rises; None where no register arrived."""
    if not has_contracts(view):
        return None
    register = notices(view.reader, view.day, view.where)
    running = ceilings(view.reader, view.day, view.where)
    rises = escalators(view.reader, view.day, view.where, fiscal=view.group.calendar)
    blocks = [notices_table(view, register, shown=7)]
    if running.drop_nulls("share").height:
        blocks.append(_ceilings_table(view, running))
    if rises.height:
        blocks.append(_rises_table(rises))
    return Page(
        "Contracts", _due(register, view), _locked(register), tuple(blocks),
        ("renewals_due", "ceiling_used", "escalator_cost"),
    )  # fmt: skip


def has_contracts(view: View) -> bool:
    """Whether any register of contracts arrived."""
    return bool(view.reader.query("SELECT count(*) AS n FROM contracts")["n"][0])


def _due(register: pl.DataFrame, view: View) -> str:
    due = register.filter(~pl.col("locked"), pl.col("days") <= NEAR)
    if due.is_empty():
        after = fmt.day_in_sentence(view.day, year=True)
        return f"No contract needs notice in the {fmt.days(NEAR)} after {after}"
    verb = "needs" if due.height == 1 else "need"
    said = f"{fmt.counted(due.height, 'contract')} {verb} notice within {fmt.days(NEAR)}"
    worth = fmt.names(_sums(due.filter(pl.col("kind") != PAYER), "annual_value"))
    return f"{said}, {worth} a year" if worth else said


def _sums(frame: pl.DataFrame, column: str) -> list[str]:
    parts = frame.drop_nulls(column).group_by("currency", maintain_order=True)
    return [fmt.money(a, c) for c, a in parts.agg(pl.col(column).sum()).iter_rows()]


def _locked(register: pl.DataFrame) -> str:
    rows = register.filter(pl.col("locked"))
    if rows.is_empty():
        return ""
    worth = fmt.names(_sums(rows.filter(pl.col("kind") != PAYER), "annual_value"))
    amount = f", {worth} a year" if worth else ""
    renewals = fmt.counted(rows.height, "renewal")
    return f"{renewals} can no longer be stopped{amount}: notice was not given in time."


def notices_table(view: View, register: pl.DataFrame, *, shown: int, sites: bool = True) -> Table:
    """Contracts by notice date, those that can still be stopped first."""
    rows = register.filter(pl.col("locked") | (pl.col("days") <= NEAR)).sort("locked", "days")
    extra = (Column("Site", width=1.6),) if sites else ()
    return Table(
        title="Contracts by notice date" if rows.height
        else f"No contract needs notice in the next {fmt.days(NEAR)}",
        subtitle=f"Counted from {fmt.day(view.day)}"
        + ("; at the end those locked in already" if rows.height else ""),
        columns=(
            Column("Contract", width=2.6), *extra, Column("Notice by", True, width=1.2),
            Column("Days", True, width=1.2), Column("A year", True),
            Column("Rise", True, width=0.8),
        ),
        rows=tuple(_notice_row(row, sites) for row in rows.head(MOST).iter_rows(named=True)),
        beyond=capped(rows)[1],
        shown=shown,
        noun=("contract", "contracts"),
    )  # fmt: skip


def _notice_row(row: Lines, sites: bool) -> Row:
    left = f"renews {fmt.day(row['end'])}" if row["locked"] else fmt.days_left(row["days"])
    urgent = not row["locked"] and row["days"] <= SOON
    rise = _terms(row)
    site = (Cell(row["site_name"] or "–", row["site_name"]),) if sites else ()
    return (
        Cell(row["title"] or row["contract"], row["title"] or row["contract"],
             second=row["vendor"] or ""),
        *site,
        day(row["notice_date"]),
        Cell(left, None if row["locked"] else row["days"], "text" if row["locked"] else "days",
             tone="concern" if urgent else "muted"),
        money(row["annual_value"], row["currency"]),
        rise,
    )  # fmt: skip


def _ceilings_table(view: View, running: pl.DataFrame) -> Table:
    past = pl.col("reached").is_not_null() | (pl.col("share") >= 1)
    judged = running.drop_nulls("share")
    over = judged.filter(past)
    said = f"{fmt.count(over.height)} of {fmt.counted(judged.height, 'contract')}"
    title = (
        f"{said} {'passes its' if over.height == 1 else 'pass their'} ceiling before "
        f"{'it ends' if over.height == 1 else 'they end'}"
        if over.height
        else (f"None of {fmt.counted(judged.height, 'contract')} is on its way past its ceiling")
    )
    judged = judged.sort(past, descending=True, maintain_order=True)
    return Table(
        title=title,
        subtitle=f"Spent since the term began, to {fmt.day(view.day)}",
        columns=(
            Column("Contract", width=2.4), Column("Ceiling", True), Column("Spent", True),
            Column("Term over", True), Column("Reaches it", True, width=1.4),
        ),
        rows=tuple(_ceiling_row(row) for row in judged.head(MOST).iter_rows(named=True)),
        beyond=capped(judged)[1],
        shown=5,
        noun=("contract", "contracts"),
    )  # fmt: skip


def _ceiling_row(row: Lines) -> Row:
    past = row["reached"] is not None or row["share"] >= 1
    reach = Cell("not in its term", tone="muted")
    if row["share"] >= 1:
        reach = Cell("passed", "passed", tone="concern")
    elif row["reached"]:
        reach = day(row["reached"])
    spent = share(row["share"])
    name = row["title"] or row["contract"]
    return (
        Cell(name, name, second=row["vendor"] or ""),
        money(row["ceiling"], row["currency"]),
        Cell(spent.text, spent.value, "percent", second="" if row["whole"] else "estimate",
             tone="concern" if past else "plain"),
        share(row["term"]),
        reach,
    )  # fmt: skip


def _terms(row: Lines) -> Cell:
    """How a contract's price rises."""
    if row["escalator_steps"] or row["escalator_index"]:
        return Cell(wording.terms(row))
    if row["escalator"]:
        return share(float(row["escalator"]) / 100)
    return Cell("–", tone="muted")


def _cost(row: Lines) -> Cell:
    """What its rises add in a year: an amount, or between what it lies."""
    if row["rise"] is not None:
        return money(row["rise"], row["currency"])
    return Cell(wording.cost(row["low"], row["high"], row["currency"]))


def _rises_table(rises: pl.DataFrame) -> Table:
    years = rises["fiscal_year"].unique().sort().to_list()
    following = rises.filter(pl.col("fiscal_year") == years[min(1, len(years) - 1)])
    total = tuple(
        cells(f"All in {currency}", "", *(_all_of(part, year, str(currency)) for year in years))
        for (currency,), part in rises.group_by("currency", maintain_order=True)
    )
    return Table(
        title=wording.finding(following),
        subtitle="By fiscal year, from today's prices",
        columns=(
            Column("Contract", width=2.4), Column("A year", True, width=0.8),
            *(Column(str(year), True) for year in years),
        ),
        rows=tuple(
            (
                Cell(rows[0]["title"] or rows[0]["contract"],
                     rows[0]["title"] or rows[0]["contract"], second=rows[0]["vendor"] or ""),
                _terms(rows[0]),
                *(_cost(row) for row in rows),
            )
            for rows in wording.by_contract(rises)
        ),
        total=total,
        shown=4,
        noun=("contract", "contracts"),
    )  # fmt: skip


def _all_of(part: pl.DataFrame, year: int, currency: str) -> Cell:
    rows = part.filter(pl.col("fiscal_year") == year)
    if rows["rise"].null_count():
        return Cell(wording.total(rows, currency))
    return money(rows["rise"].sum(), currency)
