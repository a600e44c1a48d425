"""Overview: what the month cost, what needs attention, and every site beside every measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, layout, noting, packs, scope, sentences, store
from dashboard import format as fmt
from dashboard.asking import site_prefix, to_number
from dashboard.components import (
    AttentionItem,
    GridCell,
    GridMeasure,
    GridRow,
    Link,
    SubjectItem,
    attention_list,
    more_link,
    site_grid,
    subject_list,
    view_of_address,
)
from dashboard.units import written
from pipelines.analysis.attention import Finding
from pipelines.analysis.signals import Series
from pipelines.calendar import month_span
from pipelines.metrics import find

NEEDS = ("labor", "volume", "supply_moves", "spend", "work_orders")
SUBJECTS = (
    ("Staffing", "labor_cost", "staffing"),
    ("Supplies", "supply_burn", "supplies"),
    ("Contracts", "contract_cost", "contracts"),
    ("Facilities", "facility_cost", "facilities"),
)
GRID = (
    ("overtime_share", "Overtime", "% of hours"),
    ("agency_share", "Agency", "% of hours"),
    ("hours_per_visit", "Hours", "per visit"),
    ("supply_cost_per_visit", "Supply cost", "per visit"),
    ("nursing_hprd", "Nursing", "h per resident day"),
    ("open_issues", "Open issues", "repairs"),
)
ORDER = "sort"  # the parameter that holds the order of the grid
FIRST, MOST = 8, 100  # findings shown at first, and in all
UNRANKED = (
    "Where it says “cost not shown”, a line stands by its strength alone, and not by what it "
    "costs: its place tells nothing of pay."
)
PAGE_OF = {"staffing": "staffing", "supplies": "supplies", "facilities": "facilities",
           "contracts": "contracts"}  # fmt: skip


def page() -> None:
    """Draw the page."""
    chosen = scope.choose(NEEDS)
    _headline(chosen)
    packs.offer(chosen)
    left, right = st.columns([2.15, 1], gap="medium")
    with left:
        _attention(chosen)
    with right:
        _subjects(chosen)
    _grid(chosen)


def _headline(chosen: scope.Scope) -> None:
    answer = store.ask("total_cost", chosen.period, where=chosen.where, compare=("budget", "year"))
    rows = answer.frame.drop_nulls("value")
    if rows.is_empty():
        wanting = blocks.wanting(answer.metric.needs)
        layout.page_title(
            f"No costs are known for {blocks.when(chosen)}", f"{wanting[0].upper()}{wanting[1:]}"
        )
        return
    said = []
    for row in rows.iter_rows(named=True):
        cost = fmt.money(row["value"], row["currency"])
        gap = _gap(row)
        said.append(f"{cost}{gap}")
    layout.page_title(f"{blocks.when(chosen)} cost {fmt.names(said)}", _who(chosen))
    blocks.state(answer, where=chosen.where)


def _gap(row: Mapping[str, Any]) -> str:
    """How far the cost is from the budget of the same sites and months, where there is one."""
    if row["budget"] is None:
        return ""
    return f", {fmt.gap(row['gap'], row['currency'])}"


def _who(chosen: scope.Scope) -> str:
    """Which sites make up most of what is over budget."""
    answer = store.ask("budget_variance", chosen.period, by=("site",), where=chosen.where)
    over = answer.frame.filter(pl.col("value") > 0).sort("value", descending=True)
    if over.height < 3:
        return ""
    total = float(over["value"].sum())
    share = float(over["value"].head(3).sum()) / total
    names = fmt.names([store.name_of(site) for site in over["site"].head(3)])
    return f"{names} make up {fmt.percent(share, decimals=0)} of what is over budget."


def _attention(chosen: scope.Scope) -> None:
    layout.section("What needs attention")
    found = store.listed("attention", chosen.month, where=chosen.where)
    if not found:
        layout.empty("Nothing is outside its usual range this month.")
    else:
        _listed(found, chosen)
    causes = store.listed("known causes", chosen.month, where=chosen.where)
    if said := sentences.known(causes, store.name_of):
        layout.note(said)
    # A rank by a cost that isn't shown would tell what it lies between.
    if any(finding.details.get("withheld") for finding in found):
        layout.note(UNRANKED)


def _listed(found: Sequence[Finding], chosen: scope.Scope) -> None:
    notes = noting.by_number()

    def items(lines: Sequence[Finding]) -> list[AttentionItem]:
        return [_item(finding, chosen, notes) for finding in lines]

    attention_list(items(found[:FIRST]), key="attention")
    more, left_out = found[FIRST:MOST], len(found[MOST:])
    if not more:
        return
    with st.expander(f"Show {len(more)} more", on_change="rerun", key="more") as rest:
        if rest.open:
            attention_list(items(more), key="attention-rest", first=FIRST + 1)
            if left_out:
                verb = "is" if left_out == 1 else "are"
                layout.note(
                    f"{fmt.counted(left_out, 'line')} of less weight {verb} left out: "
                    f"{scope.NARROWER}."
                )


def _item(finding: Finding, chosen: scope.Scope, notes: noting.Noted) -> AttentionItem:
    pinned = noting.of_finding(finding, chosen.month)
    leads = scope.to_site(finding.site) or scope.to_page(PAGE_OF[finding.subject])
    return AttentionItem(
        sentence=sentences.sentence(finding),
        site=finding.site_name,
        second=sentences.second_line(finding),
        money=fmt.money(finding.money, finding.currency or "USD"),
        note=sentences.money_note(finding),
        link=leads,
        number=pinned and pinned.link(),
        remarks=noting.remarks(pinned, notes),
    )


def _subjects(chosen: scope.Scope) -> None:
    layout.section("By subject")
    items = [_subject(chosen, *subject) for subject in SUBJECTS]
    subject_list(items, key="subjects", label="Cost by subject")
    layout.note(f"Cost in {chosen.period.name()}; the line shows the last 12 months.")
    feeds = store.listed("feeds", chosen.month, where=chosen.where)
    expected = feeds.filter(pl.col("state").is_in(["in", "late"]))
    arrived = expected.filter(pl.col("state") == "in").height
    more_link(
        f"{fmt.count(arrived)} of {fmt.counted(expected.height, 'feed')} are in for "
        f"{fmt.month(chosen.month)}",
        scope.to_page("data"),
        key="feeds-link",
    )


def _subject(chosen: scope.Scope, title: str, metric: str, page_path: str) -> SubjectItem:
    answer = store.ask(metric, chosen.period, where=chosen.where, compare=(chosen.compare,))
    if answer.value is None:
        latest = store.months(answer.metric.needs)[1]
        return SubjectItem(
            name=title,
            second=f"known to {fmt.month(latest)}" if latest else "no export yet",
            value=fmt.money(None),
            muted=True,
            link=scope.to_page(page_path),
            number=to_number(metric, chosen),
        )
    row = answer.frame.row(0, named=True)
    shape, icon, assured = blocks.marks(store.series(metric, chosen.month, chosen.where))
    apart = blocks.distance(row, chosen)
    second = "" if apart is None else blocks.difference(apart, row["currency"], chosen)
    return SubjectItem(
        name=title,
        second=second,
        value=fmt.money(row["value"], row["currency"]),
        spark=shape,
        variation=icon,
        assurance=assured,
        link=scope.to_page(page_path),
        number=to_number(metric, chosen),
    )


def _grid(chosen: scope.Scope) -> None:
    layout.section("Every site, every key measure")
    columns = {name: store.series_by_site(name, chosen.month, chosen.where) for name, _, _ in GRID}
    links = scope.to_sites()
    rows = [
        _grid_row(site, columns, links[code])
        for code, site in store.sites().items()
        if any(code in series for series in columns.values())
    ]
    if not rows:
        layout.empty("No site has any of these measures yet.")
        return
    rows.sort(key=lambda row: -sum(cell.unusual for cell in row.cells))
    month = month_span(chosen.month)
    measures = [GridMeasure(label, unit, site_prefix(name, month), name)
                for name, label, unit in GRID]  # fmt: skip
    order = st.query_params.get(ORDER, "")
    site_grid(measures, rows, key="grid", order=order, parameter=ORDER, view=view_of_address())


def _grid_row(site: store.Site, columns: Mapping[str, Mapping[str, Series]], link: Link) -> GridRow:
    return GridRow(
        name=site.name,
        kind=site.kind,
        cells=[_grid_cell(name, columns[name].get(site.site)) for name, _, _ in GRID],
        link=link,
        code=site.site,
    )


def _grid_cell(name: str, series: Series | None) -> GridCell:
    metric = find(name)
    if series is None or series.last is None:
        return GridCell("–", muted=True)
    shape, icon, assured = blocks.marks(series)
    last = series.last
    return GridCell(
        written(metric, last), sort=last, spark=shape, variation=icon, assurance=assured
    )
