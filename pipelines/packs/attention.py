"""The page of what needs attention, and the sites beside their key measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines import format as fmt
from pipelines.analysis.alarms import unusual
from pipelines.analysis.attention import Finding
from pipelines.analysis.explained import known_causes
from pipelines.analysis.signals import Series
from pipelines.packs import remarks
from pipelines.packs.content import Cell, Chart, Column, Line, Page, Row, Table, cells
from pipelines.packs.view import View, measured, money, symbol, thousands
from pipelines.wording import sentences

SHOWN = 10
GRID = (
    ("overtime_share", "Overtime"),
    ("agency_share", "Agency"),
    ("hours_per_visit", "Hours per visit"),
    ("supply_cost_per_visit", "Supplies per visit"),
    ("nursing_hprd", "Nursing hours per resident day"),
    ("open_issues", "Open issues"),
)  # fmt: skip
DATED = ("notice", "run_out")  # findings that have a day by which to act


def attention_page(view: View) -> Page:
    """What needs attention, ranked, in sentences."""
    found = view.findings
    causes = known_causes(view.reader, view.month, view.where)
    lead = sentences.known(causes, lambda site: view.names.get(site, site))
    table = findings_table(view, found, shown=SHOWN)
    uses = [one.details["metric"] for one in found if one.kind == "signal"]
    return Page(
        "Attention", _finding(found), lead, (table,), tuple(dict.fromkeys(uses))
    )  # fmt: skip


def _finding(found: Sequence[Finding]) -> str:
    if not found:
        return "Nothing is outside its usual range this month"
    if len(found) == 1:
        return sentences.sentence(found[0]).rstrip(".")
    dated = sum(one.kind in DATED for one in found)
    said = f"{fmt.count(len(found))} things need attention"
    if not dated:
        return said
    have = "has" if dated == 1 else "have"
    return f"{said}; {fmt.count(dated)} {have} a date by which to act"


def findings_table(
    view: View, found: Sequence[Finding], *, shown: int, here: bool = False
) -> Table:
    """The findings, weightiest first; `here` leaves the site's name out of the sentences."""
    return Table(
        title="Weightiest first",
        subtitle="Ranked by what they cost and how far outside the usual range they lie",
        columns=(Column("", True, width=0.3), Column("What", width=6), Column("Cost", True)),
        rows=tuple(
            _row(at, one, here, remarks.of_finding(view, one)) for at, one in enumerate(found, 1)
        ),
        shown=shown,
        empty="Nothing is outside its usual range this month.",
        noun=("finding", "findings"),
    )


def _row(at: int, finding: Finding, here: bool, remark: str) -> Row:
    said = sentences.sentence_here(finding) if here else sentences.sentence(finding)
    note = sentences.money_note(finding)
    amount = Cell("–", tone="muted", second=note)
    if finding.money is not None:
        amount = money(round(finding.money, 2), finding.currency, second=note)
    return (
        Cell(str(at), at, "count", tone="muted"),
        Cell(said, said, second=sentences.second_line(finding), note=remark),
        amount,
    )


def grid_page(view: View, name: str = "Site by site") -> Page | None:
    """Every site's cost, gap and key measures, the most unusual first; None for a single site."""
    if view.sites.height < 2:
        return None
    series = {metric: view.series_by_site(metric) for metric, _ in GRID}
    kept = [(metric, label) for metric, label in GRID if _is_known(series[metric])]
    cost = view.ask("total_cost", by=("site",), compare=("budget",)).frame
    costs = {
        row["site"]: row
        for row in cost.filter(pl.col("currency") == view.currency).iter_rows(named=True)
    }
    rows, signs = [], {}
    for site, called in view.sites.select("site", "name").iter_rows():
        marks = {metric: unusual(one) for metric, _ in kept if (one := series[metric].get(site))}
        signs[site] = sum(mark is not None for mark in marks.values())
        line = costs.get(site)
        rows.append((site, _grid_row(called, site, line, kept, series, marks)))
    gaps = {site: float(row["gap"] or 0) for site, row in costs.items()}
    rows.sort(key=lambda pair: (-signs[pair[0]], -gaps.get(pair[0], 0.0)))
    flagged = sum(count > 0 for count in signs.values())
    return Page(
        name,
        _grid_finding(flagged, view.sites.height),
        "The marked figures lie outside the site's own usual range, on the bad side.",
        (
            Table(
                title="Most unusual first, then by gap to budget",
                subtitle=f"{view.when}; cost and gap in {symbol(view.currency)}",
                columns=(
                    Column("Site", width=2.4), Column("Cost", True), Column("Gap", True),
                    *(Column(label, True, width=1.15) for _, label in kept),
                ),
                rows=tuple(row for _, row in rows),
                total=(_grid_total(view, kept),),
                shown=14,
                noun=("site", "sites"),
            ),
        ),
        ("total_cost", "budget_variance", *(metric for metric, _ in kept)),
    )  # fmt: skip


def _is_known(series: dict[str, Series]) -> bool:
    return any(one.last is not None for one in series.values())


def _grid_finding(flagged: int, sites: int) -> str:
    if not flagged:
        return f"None of {fmt.counted(sites, 'site')} has a measure outside its usual range"
    verb = "has" if flagged == 1 else "have"
    return (
        f"{fmt.count(flagged)} of {fmt.counted(sites, 'site')} {verb} a measure outside its range"
    )


def _grid_row(
    name: str, site: str, line: Any, kept: Any, series: Any, marks: dict[str, Any]
) -> Row:
    costs = (Cell("–", tone="muted"), Cell("–", tone="muted"))
    if line is not None:
        costs = (thousands(line["value"]), thousands(line["gap"], signed=True))
    return cells(name, *costs, *(_measure(m, series[m].get(site), marks.get(m)) for m, _ in kept))


def _measure(metric: str, series: Series | None, mark: dict[str, Any] | None) -> Cell:
    if series is None or series.last is None:
        return Cell("–", tone="muted")
    if mark is None:
        return measured(metric, series.last, None)
    side = "above" if mark["value"] > mark["mean"] else "below"
    return measured(metric, series.last, None, tone="concern", second=f"{side} its usual")


def _grid_total(view: View, kept: Any) -> Row:
    cost = view.ask("total_cost", compare=("budget", "year")).frame
    line = cost.filter(pl.col("currency") == view.currency)
    row = line.row(0, named=True) if line.height else {"value": None, "gap": None}
    answers = [view.ask(metric) for metric, _ in kept]
    return cells(
        "All sites", thousands(row["value"]), thousands(row["gap"], signed=True),
        *(measured(a.metric.name, a.value, a.currency) for a in answers),
    )  # fmt: skip


def regions_page(view: View) -> Page | None:
    """The regions by their gap to budget in the month; None where there is only one."""
    frame = view.ask("total_cost", by=("region",), compare=("budget", "year")).frame
    frame = frame.filter(pl.col("currency") == view.currency, pl.col("value").is_not_null())
    frame = frame.sort(pl.col("gap"), descending=True, nulls_last=True)
    if frame.height < 2:
        return None
    shares = {}
    for metric in ("overtime_share", "agency_share"):
        answer = view.ask(metric, by=("region",)).frame
        shares[metric] = dict(answer.select("region", "value").iter_rows())
    columns = (
        Column("Region", width=1.6), Column("Cost", True), Column("Gap", True),
        Column("Year before", True), Column("Overtime", True), Column("Agency", True),
    )  # fmt: skip
    rows = tuple(
        cells(
            row["region"], thousands(row["value"]), thousands(row["gap"], signed=True),
            thousands(row["year"]),
            *(measured(name, shares[name].get(row["region"]), None) for name in shares),
        )
        for row in frame.iter_rows(named=True)
    )  # fmt: skip
    table = Table(
        title="Regions by their gap to budget",
        subtitle=f"{symbol(view.currency)}, {view.when}; overtime and agency of hours worked",
        columns=columns,
        rows=rows,
        total=(_regions_total(view, tuple(shares)),),
        shown=12,
        noun=("region", "regions"),
    )
    uses = ("total_cost", "budget_variance", *shares)
    gaps = frame.drop_nulls("gap")
    if gaps.height < 2:
        most = frame.sort("value", descending=True).row(0, named=True)
        said = fmt.money(most["value"], most["currency"])
        return Page("Regions", f"{most['region']} costs most, {said}", "", (table,), uses)
    return Page("Regions", _regions_finding(gaps), "", (_regions_chart(view, gaps), table), uses)


def _regions_total(view: View, shares: Sequence[str]) -> Row:
    frame = view.ask("total_cost", compare=("budget", "year")).frame
    row = frame.filter(pl.col("currency") == view.currency).row(0, named=True)
    return cells(
        "All regions", thousands(row["value"]), thousands(row["gap"], signed=True),
        thousands(row["year"]), *(measured(name, view.ask(name).value, None) for name in shares),
    )  # fmt: skip


def _regions_finding(gaps: pl.DataFrame) -> str:
    over = gaps.filter(pl.col("gap") > 0)
    if over.is_empty():
        return f"None of {fmt.counted(gaps.height, 'region')} is over budget"
    first = over.row(0, named=True)
    verb = "is" if over.height == 1 else "are"
    return (
        f"{fmt.count(over.height)} of {fmt.counted(gaps.height, 'region')} {verb} over budget, "
        f"{first['region']} by {fmt.money(first['gap'], first['currency'])}"
    )


def _regions_chart(view: View, gaps: pl.DataFrame) -> Chart:
    shown = gaps.head(12)
    labels = tuple(fmt.money(gap, view.currency, signed=True) for gap in shown["gap"])
    names = tuple(shown["region"])
    title = (
        f"{names[0]} lies furthest over" if shown["gap"][0] > 0 else "All regions are under budget"
    )
    return Chart(
        "bars",
        title=title,
        subtitle=f"Gap to budget, {view.when}",
        categories=names,
        series=(Line("Gap to budget", tuple(float(gap) for gap in shown["gap"])),),
        kind_of="money",
        currency=view.currency,
        labels=labels,
        marked=names[:1] if shown["gap"][0] > 0 else (),
        zero=True,
        alt=f"Gap to budget, {view.when}: "
        + ", ".join(f"{name} {label}" for name, label in zip(names, labels, strict=True))
        + ".",
    )
