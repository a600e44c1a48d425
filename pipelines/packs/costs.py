"""The pages on cost: the month, the year to date, and the sites that the gap comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines import format as fmt
from pipelines.calendar import Period, add_months, month_span
from pipelines.packs import remarks
from pipelines.packs.content import Cell, Chart, Column, Line, Page, Row, Table, cells
from pipelines.packs.view import View, share, symbol, thousands
from pipelines.wording import findings
from pipelines.wording.sentences import SUBJECTS

HISTORY = 24  # months of a trend
BARS, HIDES = 10, 4  # sites with a bar of their own; how much longer the rest's may be
METRIC_OF = {
    "staffing": "labor_cost", "supplies": "supply_burn", "facilities": "facility_cost",
    "contracts": "contract_cost",
}  # fmt: skip
ALL = "All subjects"
BOTH = ("budget", "year")
# The gap's share of the budget, as the measure budget_variance_share defines it.
SHARE = pl.when(pl.col("budget") != 0).then(
    pl.col("gap").cast(pl.Float64) / pl.col("budget").cast(pl.Float64)
)
USES = ("total_cost", "budget_variance", *METRIC_OF.values())

Lines = Mapping[str, Any]


def subject_of(subject: str | None) -> str:
    """A subject's title; costs of accounts that nobody has mapped have none."""
    return SUBJECTS.get(subject, subject.capitalize()) if subject else "Not mapped yet"


def headline(view: View) -> str:
    """What the month cost, and how far that is from its budget, as the first page says it."""
    rows = view.ask("total_cost", compare=BOTH).frame.drop_nulls("value")
    if rows.is_empty():
        return f"No costs are known for {view.when}"
    said = [_with_gap(row["value"], row) for row in rows.iter_rows(named=True)]
    return f"{view.when} cost {fmt.names(said)}"


def _with_gap(amount: Any, row: Lines) -> str:
    said = fmt.money(amount, row["currency"])
    return said if row["budget"] is None else f"{said}, {fmt.gap(row['gap'], row['currency'])}"


def month_page(view: View) -> Page:
    """What the month cost by subject, and the two years before it."""
    blocks = [block for c in view.currencies for block in _month_blocks(view, c)]
    missing = view.ask("total_cost", compare=BOTH).missing
    lead = [_most_over(view)]
    if not view.currencies:
        lead = ["No export has brought pay, supplies or invoices of this month yet."]
    if missing:
        lead.append(f"{fmt.counted(len(missing), 'export')} of the month did not arrive.")
    return Page("Month", headline(view), " ".join(filter(None, lead)), tuple(blocks), USES)


def _month_blocks(view: View, currency: str) -> list[Table | Chart]:
    parts = _compared(view, view.period, "subject").filter(pl.col("currency") == currency)
    whole = _compared(view, view.period).filter(pl.col("currency") == currency)
    if whole.is_empty():
        return []
    columns = (
        Column("Subject", width=1.7), Column("Cost", True), Column("Budget", True),
        Column("Gap", True), Column("Gap %", True), Column("Year before", True),
        Column("Change", True),
    )  # fmt: skip
    table = Table(
        title=_subjects_finding(parts, view),
        subtitle=f"{symbol(currency)}, {view.period.name()}",
        columns=columns,
        rows=tuple(
            _month_row(_named(view, view.period, r["subject"]), r)
            for r in parts.iter_rows(named=True)
        ),
        total=tuple(
            _month_row(_all(view, view.period), row) for row in whole.iter_rows(named=True)
        ),
    )
    trend = trend_chart(view, currency)
    return [table, trend] if trend else [table]


def _compared(view: View, period: Any, *by: str) -> pl.DataFrame:
    """Cost, budget, gap, share and last year by a dimension, the largest gap first."""
    frame = view.ask("total_cost", period, by=by, compare=BOTH).frame
    frame = frame.filter(pl.col("value").is_not_null() | pl.col("year").is_not_null())
    return frame.with_columns(share=SHARE).sort(
        pl.col("gap"), pl.col("value"), descending=True, nulls_last=True
    )


def _month_row(name: Cell, row: Lines) -> Row:
    change = None if row["value"] is None or row["year"] is None else row["value"] - row["year"]
    return cells(
        name,
        thousands(row["value"]),
        thousands(row["budget"]),
        thousands(row["gap"], signed=True),
        share(row["share"], signed=True),
        thousands(row["year"]),
        thousands(change, signed=True),
    )


def _named(view: View, period: Period, subject: str | None) -> Cell:
    """A subject with what was noted of its cost."""
    title = subject_of(subject)
    if subject is None:
        return Cell(title, title)
    note = remarks.of_subject(view, period, subject, METRIC_OF.get(subject))
    return Cell(title, title, note=note)


def _all(view: View, period: Period) -> Cell:
    return Cell(ALL, ALL, note=remarks.of_subject(view, period, None, None))


def _subjects_finding(parts: pl.DataFrame, view: View) -> str:
    if parts["gap"].drop_nulls().is_empty():
        return f"What each subject cost in {fmt.month_in_sentence(view.month)}"
    over = parts.filter(pl.col("gap") > 0)
    names = [subject_of(subject) for subject in over["subject"]]
    if not names:
        return "No subject cost more than planned"
    if len(names) == parts.height > 1:
        return "Every subject cost more than planned"
    return f"{fmt.names(names)} cost more than planned"


def _most_over(view: View) -> str:
    """Which sites make up most of what is over budget."""
    frame = view.ask("total_cost", by=("site",), compare=("budget",)).frame
    over = frame.filter(pl.col("gap") > 0).sort("gap", descending=True)
    if over.height < 3:
        return ""
    part = float(over["gap"].head(3).sum()) / float(over["gap"].sum())
    names = fmt.names([view.names.get(site, site) for site in over["site"].head(3)])
    return f"{names} make up {fmt.percent(part, decimals=0)} of what is over budget."


def trend_chart(view: View, currency: str) -> Chart | None:
    """24 months of cost with budget and the year before; None with fewer than two."""
    span = month_span(add_months(view.month, 1 - HISTORY), HISTORY)
    frame = view.ask("total_cost", span, by=("month",), compare=BOTH).frame
    frame = frame.filter(pl.col("currency") == currency).sort("start")
    if frame["value"].count() < 2:
        return None
    begun = frame.filter(pl.col("value").is_not_null())["start"][0]
    frame = frame.filter(pl.col("start") >= begun)
    last = frame.row(-1, named=True)
    lines = [_line("Cost", frame["value"], "ink", currency)]
    if frame["budget"].count():
        lines.append(_line("Budget", frame["budget"], "target", currency))
    if frame["year"].count():
        lines.append(_line("Year before", frame["year"], "quiet", currency))
    title = _trend_finding(view, last)
    first = fmt.month(frame["start"][0])
    return Chart(
        "lines",
        title=title,
        subtitle=f"Cost by month, {first} to {fmt.month(view.month)}",
        categories=tuple(fmt.month(month) for month in frame["start"]),
        dates=tuple(frame["start"]),
        series=tuple(lines),
        kind_of="money",
        currency=currency,
        alt=f"{title}. "
        + " ".join(f"{line.name} {line.last} in the last month." for line in lines)
        + f" Cost was {fmt.money(frame['value'].drop_nulls()[0], currency)} in {first}.",
    )


def _line(name: str, values: pl.Series, role: Any, currency: str) -> Line:
    figures = tuple(None if value is None else float(value) for value in values)
    known = values[-1]
    return Line(name, figures, role, fmt.money(known, currency) if known is not None else "")


def _trend_finding(view: View, row: Lines) -> str:
    amount, currency, month = row["value"], row["currency"], fmt.month(view.month)
    if amount is None:
        return f"The cost of {month} is not known yet"
    if row["year"] is not None:
        more = "more" if amount >= row["year"] else "less"
        return f"{fmt.money(abs(amount - row['year']), currency)} {more} than a year earlier"
    return f"Cost was {fmt.money(amount, currency)} in {month}"


def against(view: View, *by: str) -> pl.DataFrame:
    """Budget, actual, gap and share of the year to date, over what has both sides.

    Columns: the dimension, start, currency, budget, actual, gap, share.
    """
    keys = [*(name for name in by if name != "month"), "start", "currency"]
    # What a pack's totals compare too is asked for once, with the year before.
    compare = BOTH if by in ((), ("subject",)) else ("budget",)
    frame = view.ask("total_cost", view.year, by=by, compare=compare).frame.drop_nulls("gap")
    actual = pl.col("budget") + pl.col("gap")
    return frame.select(*keys, "gap", "budget", share=SHARE, actual=actual)


def year_page(view: View) -> Page | None:
    """The year to date against its budget; None without one."""
    whole = against(view)
    if whole.is_empty():
        return None
    order = {currency: at for at, currency in enumerate(view.currencies)}
    whole = whole.sort(pl.col("currency").replace_strict(order, default=99))
    said = [_with_gap(row["actual"], row) for row in whole.iter_rows(named=True)]
    blocks: list[Table | Chart] = []
    for line in whole.iter_rows(named=True):
        blocks.append(_year_table(view, line))
        chart = _running_chart(view, line["currency"])
        blocks += [chart] if chart else []
    return Page(
        "Year to date",
        f"{view.span} cost {fmt.names(said)}",
        "Over the sites and months that have both a budget and their whole cost.",
        tuple(blocks),
        ("budget_variance", "budget_variance_share"),
    )


def _year_table(view: View, line: Lines) -> Table:
    parts = against(view, "subject").filter(pl.col("currency") == line["currency"])
    parts = parts.sort("gap", descending=True)
    return Table(
        title=_subjects_finding(parts, view),
        subtitle=f"{symbol(line['currency'])}, {view.span}",
        columns=gap_columns("Subject"),
        rows=tuple(
            gap_row(_named(view, view.year, r["subject"]), r) for r in parts.iter_rows(named=True)
        ),
        total=(gap_row(_all(view, view.year), line),),
    )


def gap_columns(what: str) -> tuple[Column, ...]:
    """Budget, actual, gap and its share."""
    names = ("Budget", "Actual", "Gap", "Gap %")
    return (Column(what, width=2.8), *(Column(name, True) for name in names))


def gap_row(name: Cell | str, row: Lines) -> Row:
    """A row of `gap_columns`."""
    return cells(
        name, thousands(row["budget"]), thousands(row["actual"]),
        thousands(row["gap"], signed=True), share(row["share"], signed=True),
    )  # fmt: skip


def _running_chart(view: View, currency: str) -> Chart | None:
    """The gap summed up month by month."""
    frame = against(view, "month").filter(pl.col("currency") == currency).sort("start")
    if frame.height < 2:
        return None
    running = frame["gap"].cum_sum()
    line = _line("Gap to budget", running, "ink", currency)
    said = fmt.gap(running[-1], currency)
    title = findings.months_on_one_side(frame, currency)
    return Chart(
        "lines",
        title=title,
        subtitle=f"Actual minus budget, summed up since {fmt.month(frame['start'][0])}",
        categories=tuple(fmt.month(month) for month in frame["start"]),
        dates=tuple(frame["start"]),
        series=(line,),
        kind_of="money",
        currency=currency,
        zero=True,
        alt=f"{title}. Summed up since {fmt.month(frame['start'][0])}, cost is {said}.",
    )


def sites_page(view: View) -> Page | None:
    """Which sites the year's gap comes from; None where fewer than two have a budget."""
    found = against(view, "site")
    blocks: list[Table | Chart] = []
    title = ""
    for line in against(view).iter_rows(named=True):
        sites = found.filter(pl.col("currency") == line["currency"]).sort("gap", descending=True)
        if sites.height < 2:
            continue
        title = title or _sites_finding(view, sites, line)
        blocks += [_sites_chart(view, sites, line), _sites_table(view, sites, line)]
    if not blocks:
        return None
    lead = "From budget to actual: bars to the right add cost, bars to the left save."
    return Page("Sites", title, lead, tuple(blocks), ("budget_variance",))


def _sites_finding(view: View, sites: pl.DataFrame, line: Lines) -> str:
    over = sites.filter(pl.col("gap") > 0)
    gap, currency = line["gap"], line["currency"]
    if gap <= 0 or over.is_empty():
        return f"The sites together are {fmt.gap(gap, currency)}"
    first = over.row(0, named=True)
    name, amount = view.names.get(first["site"], first["site"]), fmt.money(first["gap"], currency)
    if first["gap"] > gap:
        return f"{name} alone is {amount} over budget, more than all sites together"
    return f"{name} is {amount} of the {fmt.money(gap, currency)} over budget"


def _sites_chart(view: View, sites: pl.DataFrame, line: Lines) -> Chart:
    far = sites.sort(pl.col("gap").abs(), descending=True).head(BARS).sort("gap", descending=True)
    currency = line["currency"]
    names = [view.names.get(site, site) for site in far["site"]]
    gaps = [float(gap) for gap in far["gap"]]
    others, rest = sites.height - far.height, float(line["gap"] - far["gap"].sum())
    beside = ""
    if others and abs(rest) > HIDES * max(abs(gap) for gap in gaps):
        # Hundreds of sites together would make every single bar invisible.
        told = fmt.money(rest, currency, signed=True)
        beside = f"; {fmt.counted(others, 'other site')} together {told}"
    elif others:
        names.append(fmt.counted(others, "other site"))
        gaps.append(rest)
    labels = tuple(fmt.money(gap, currency, signed=True) for gap in gaps)
    title = f"{fmt.counted(sites.height, 'site')} make up {fmt.gap(line['gap'], currency)}"
    return Chart(
        "bars",
        title=title,
        subtitle=f"Gap to budget, {view.span}; the sites furthest from it{beside}",
        categories=tuple(names),
        series=(Line("Gap to budget", tuple(gaps), "ink"),),
        kind_of="money",
        currency=currency,
        labels=labels,
        marked=tuple(names[:1]) if gaps[0] > 0 else (),
        zero=True,
        alt=f"{title}: "
        + ", ".join(f"{name} {label}" for name, label in zip(names, labels, strict=True))
        + ".",
    )


def _sites_table(view: View, sites: pl.DataFrame, line: Lines) -> Table:
    over = sites.filter(pl.col("gap") > 0).height
    return Table(
        title=f"{fmt.count(over) if over else 'None'} of {fmt.counted(sites.height, 'site')} "
        f"{'is' if over < 2 else 'are'} over budget",
        subtitle=f"{symbol(line['currency'])}, {view.span}, largest gap first",
        columns=gap_columns("Site"),
        rows=tuple(gap_row(_site(view, row["site"]), row) for row in sites.iter_rows(named=True)),
        total=(gap_row("All sites compared", line),),
        noun=("site", "sites"),
    )


def _site(view: View, site: str) -> Cell:
    name = view.names.get(site, site)
    return Cell(name, name, note=remarks.of_site(view, view.year, site))


def empty(cell: str) -> Cell:
    """A quiet cell."""
    return Cell(cell, tone="muted")
