"""The visit brief of a site: two pages to read before walking in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines import format as fmt
from pipelines.analysis.alarms import unusual
from pipelines.analysis.contracts.commitments import notices
from pipelines.metrics import Unit, find
from pipelines.packs import places, remarks
from pipelines.packs.attention import findings_table
from pipelines.packs.content import Block, Cell, Column, Page, Row, Table, cells
from pipelines.packs.costs import headline, subject_of
from pipelines.packs.outlook import has_contracts, notices_table
from pipelines.packs.view import View, measured
from pipelines.wording.units import written

MEASURES = (
    "overtime_share", "agency_share", "hours_per_visit", "nursing_hprd", "supply_cost_per_visit",
    "supply_cost_per_resident_day", "days_on_hand", "open_issues", "pm_compliance_high_risk",
    "visits", "resident_days", "rn_hprd",
)  # fmt: skip
MOST = 7  # measures on the page
BEFORE = 5  # findings


def pages(view: View) -> tuple[Page, Page]:
    """The two pages: what stands out and who works; what runs out, is broken or is due."""
    return _first(view), _second(view)


def _first(view: View) -> Page:
    found = findings_table(view, view.findings, shown=BEFORE, here=True)
    table = Table(
        title="Before you walk in",
        subtitle=found.subtitle if view.findings else "",
        columns=found.columns,
        rows=found.rows,
        shown=BEFORE,
        empty="Nothing at this site is outside its usual range this month.",
        noun=found.noun,
    )
    blocks: list[Block] = [table]
    known = _known(view)
    if known:
        blocks.append(_measures(view, known))
    blocks += places.staffing(view) or ()
    return Page("Visit", _title(view), _lead(view), tuple(blocks), ("total_cost", *known[:MOST]))


def _second(view: View) -> Page:
    blocks: list[Block] = [
        block
        for block in (
            places.run_outs(view, shown=4, sites=False), places.lots(view, shown=3, sites=False),
            places.by_risk_and_age(view), places.issues(view, shown=5, sites=False),
            places.maintenance(view, shown=4, sites=False), _notices(view),
            remarks.visit_notes(view, shown=3),
        )
        if block is not None
    ]  # fmt: skip
    title = places.waiting(blocks) or f"Nothing is known to wait at {view.place}"
    return Page("What waits", title, "", tuple(blocks), ("open_issues", "pm_compliance"))


def _notices(view: View) -> Table | None:
    if not has_contracts(view):
        return None
    return notices_table(view, notices(view.reader, view.day, view.where), shown=4, sites=False)


def _title(view: View) -> str:
    """The money finding, as on the site's page."""
    rows = view.ask("total_cost", compare=("budget",)).frame.drop_nulls("value").to_dicts()
    when = view.period.name()
    if len(rows) == 1 and rows[0]["budget"] is not None:
        return f"{view.place} was {fmt.gap(rows[0]['gap'], rows[0]['currency'])} in {when}"
    if rows:
        said = fmt.names([fmt.money(row["value"], row["currency"]) for row in rows])
        return f"{view.place} cost {said} in {when}"
    if view.findings:
        return f"{view.place}: {fmt.counted(len(view.findings), 'thing')} to look at"
    said = headline(view)
    return f"{view.place}: {said[:1].lower()}{said[1:]}"


def _lead(view: View) -> str:
    """What it cost, what most of the gap is, and who it is."""
    said = []
    rows = view.ask("total_cost", compare=("budget",)).frame.drop_nulls("value").to_dicts()
    if rows:
        amounts = fmt.names([fmt.money(row["value"], row["currency"]) for row in rows])
        said.append(f"It cost {amounts}.")
    frame = view.ask("budget_variance", by=("subject",)).frame.drop_nulls("value")
    parts = [
        f"{subject_of(row['subject']).lower()} {fmt.gap(row['value'], row['currency'])}"
        for row in frame.sort(-pl.col("value").abs()).head(2).to_dicts()
    ]
    if parts:
        said.append(f"{fmt.names(parts)}.".capitalize())
    said.append(f"{_who(view)}.")
    return " ".join(said)


def _who(view: View) -> str:
    site = view.sites.row(0, named=True)
    parts = [site["kind"], site["region"]]
    if site["beds"]:
        parts.append(fmt.counted(site["beds"], "bed"))
    if site["opened"] and site["opened"].year >= view.month.year - 1:
        parts.append(f"opened {fmt.day(site['opened'])}")
    if site["closed"]:
        parts.append(f"closed {fmt.day(site['closed'])}")
    return ", ".join(part for part in parts if part and part != "Unstated")


def _known(view: View) -> list[str]:
    """The measures that are known in the month, those outside their usual range first."""
    known = [name for name in MEASURES if view.ask(name).value is not None]
    odd = [name for name in known if unusual(_one(view, name))]
    return [*odd, *(name for name in known if name not in odd)]


def _one(view: View, name: str) -> Any:
    site = view.where["site"][0]
    return view.series_by_site(name)[site]


def _measures(view: View, known: list[str]) -> Table:
    rows = tuple(_measure(view, name) for name in known)
    odd = sum(unusual(_one(view, name)) is not None for name in known)
    said = (
        f"{fmt.counted(odd, 'measure')} outside the usual range"
        if odd
        else ("All measures are within their usual range")
    )
    return Table(
        title=said,
        subtitle=f"{view.when}, beside the usual range and the year before",
        columns=(
            Column("Measure", width=2.2), Column(fmt.month(view.month), True),
            Column("Usual range", True, width=1.6), Column("Year before", True),
        ),
        rows=rows,
        shown=MOST,
        noun=("measure", "measures"),
    )  # fmt: skip


def _measure(view: View, name: str) -> Row:
    metric = find(name)
    frame = view.ask(name, compare=("year",)).frame
    row: Mapping[str, Any] = frame.row(0, named=True)
    currency = row.get("currency")
    mark = unusual(_one(view, name))
    side = ""
    if mark is not None:
        side = f"{'above' if mark['value'] > mark['mean'] else 'below'} its usual"
    return cells(
        Cell(metric.title, metric.title),
        measured(name, row["value"], currency, tone="concern" if mark else "plain", second=side),
        _range(view, name, currency),
        measured(name, row["year"], currency),
    )


def _range(view: View, name: str, currency: str | None) -> Cell:
    series, metric = _one(view, name), find(name)
    chart = series.chart
    limits = (
        chart.points[-1].limits if chart and chart.standing == "firm" and chart.points else None
    )
    if limits is None or limits.lower is None or limits.upper is None or series.fit == "between":
        return Cell("not known yet", tone="muted")
    low, high = max(0.0, limits.lower), limits.upper
    if metric.unit == Unit.SHARE:
        high = min(1.0, high)
    return Cell(f"{written(metric, low, currency)} to {written(metric, high, currency)}")
