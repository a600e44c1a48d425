"""Facility issues: what is broken and for how long, and which maintenance was missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, charts, control, further, layout, lists, scope, store
from dashboard import format as fmt
from dashboard.asking import to_number
from dashboard.charts.show import show
from dashboard.components import Cell, Column, Row, responsive_table
from dashboard.places import everywhere
from dashboard.units import written
from pipelines.metrics import find

NEEDS = ("work_orders",)
OLD = 30  # days after which the age chart names an issue old
FIRST = 15
RISKS = ("high", "medium", "low", "unstated")
BY_SITE = (
    ("open_issues", "Open"),
    ("overdue_issues", "Past due"),
    ("open_issue_age", "Median age, days"),
    ("pm_compliance", "Maintained on time"),
    ("pm_compliance_high_risk", "High risk on time"),
)
# Sites' medians of a few issues and single late ones are mostly chance.
FLAGGED = ("open_issues", "pm_compliance", "pm_compliance_high_risk")


def page() -> None:
    """Draw the page."""
    chosen = scope.choose(NEEDS)
    if not chosen.known:
        layout.page_title("No facility issues yet", f"Here {blocks.wanting(NEEDS)}")
        return
    _headline(chosen)
    layout.section("Open issues")
    left, right = st.columns(2, gap="medium")
    with left:
        _control(chosen)
    with right:
        _ages(chosen)
    _open(chosen)
    _maintenance(chosen)
    _sites(chosen)
    further.equipment(chosen)


def _headline(chosen: scope.Scope) -> None:
    count = store.ask(
        "open_issues", chosen.period, where=chosen.where, compare=("previous", "year")
    )
    if count.value is None:
        layout.page_title(
            f"No issues are known for {chosen.period.name()}", f"{count.reason}.".capitalize()
        )
        return
    late = store.ask("overdue_issues", chosen.period, where=chosen.where).value
    verb = "was" if count.value == 1 else "were"
    title = f"{fmt.counted(count.value, 'issue')} {verb} open at the end of "
    title += fmt.month(chosen.month)
    if late:
        title += f", {fmt.count(late)} of them past due"
    layout.page_title(title, _explained(chosen, count.frame.row(0, named=True)))
    blocks.state(count, where=chosen.where)


def _explained(chosen: scope.Scope, row: Mapping[str, Any]) -> str:
    age = store.ask("open_issue_age", chosen.period, where=chosen.where).value
    said = []
    if age is not None:
        said.append(f"Half of them had waited {fmt.days(age)} or longer.")
    if row["previous"] is not None and row["year"] is not None:
        months = chosen.period.months()
        before = "A month" if months == 1 else fmt.counted(months, "month")
        said.append(
            f"{before} earlier {fmt.count(row['previous'])} were open, a year earlier "
            f"{fmt.count(row['year'])}."
        )
    cost = store.ask("facility_cost", chosen.period, where=chosen.where, compare=(chosen.compare,))
    for paid in cost.frame.drop_nulls("value").to_dicts():
        said.append(f"Repairs, upkeep and utilities cost {blocks.cost_words(paid, chosen)}.")
    return " ".join(said)


def _control(chosen: scope.Scope) -> None:
    found = blocks.most_outside(("open_issues",), chosen)
    if found:
        name, site = found
        where, place = chosen.at(site), store.name_of(site)
        control.chart(name, chosen, "control", where=where, place=place)
    else:
        control.chart("open_issues", chosen, "control")


def _ages(chosen: scope.Scope) -> None:
    frame = store.listed("ages of orders", chosen.period.stop, where=chosen.where)
    total, old = (int(part["count"].sum()) for part in (frame, frame.filter(pl.col("first") > OLD)))
    if not total:
        layout.block("Open issues by age")
        layout.empty(f"No issue was open on {fmt.day(chosen.period.stop)}.")
        return
    labels = [_bucket(row["first"], row["last"]) for row in frame.to_dicts()]
    named = [_bucket(*ends) for *ends, count in frame.rows() if ends[0] > OLD and count]
    show(
        charts.age_bars(
            frame.with_columns(bucket=pl.Series(labels)),
            name="Open issues by age in days",
            noun="issue",
            named=named,
            height=300,
        ),
        _old(old, total),
        f"Open issues by days since they were raised, {fmt.day(chosen.period.stop)}",
        key="ages",
        links=[
            to_number("old_issues" if label in named else "open_issues", chosen) for label in labels
        ],
    )


def _bucket(first: int, last: int | None) -> str:
    return f"{fmt.count(first)}–{fmt.count(last)}" if last is not None else f"{fmt.count(first)}+"


def _old(old: int, total: int) -> str:
    if not old:
        return f"No open issue is older than {fmt.days(OLD)}"
    verb = "is" if old == 1 else "are"
    return f"{fmt.count(old)} of {fmt.counted(total, 'open issue')} {verb} older than {OLD} days"


def _open(chosen: scope.Scope) -> None:
    day = chosen.period.stop
    counts = store.listed("open counts", day, where=chosen.where)
    if not counts.orders:
        return
    frame = store.listed("open orders", day, where=chosen.where, most=lists.MOST)
    risky = f", {fmt.count(counts.high)} of them on high-risk equipment" if counts.high else ""
    layout.section(
        f"What is open{risky}", "Riskiest and oldest first; days up to "
        f"{fmt.day(chosen.period.stop)}."
    )  # fmt: skip
    lists.open_orders(frame, key="open", first=FIRST, of=counts.orders)


def _maintenance(chosen: scope.Scope) -> None:
    """Planned maintenance, pooled beside the high-risk devices that the pool would hide."""
    pooled = store.ask("pm_compliance", chosen.period, where=chosen.where)
    if pooled.value is None:
        layout.section("Planned maintenance")
        layout.empty(f"Here {blocks.wanting(pooled.metric.needs)}")
        return
    risky = store.ask("pm_compliance_high_risk", chosen.period, where=chosen.where)
    title = f"{fmt.percent(pooled.value)} of planned maintenance was done on time"
    if risky.value is not None:
        title += f", {fmt.percent(risky.value)} on high-risk equipment"
    layout.section(title, f"Of what was due in {chosen.period.name()}, by its due date.")
    left, right = st.columns(2, gap="medium")
    with left:
        control.chart("pm_compliance", chosen, "pooled")
    with right:
        _risky(chosen)
    left, right = st.columns([1, 1.9], gap="medium")
    with left:
        _by_risk(chosen)
    with right:
        _missed(chosen)


def _risky(chosen: scope.Scope) -> None:
    """The site whose high-risk maintenance has slipped most; else all of them."""
    found = blocks.most_outside(("pm_compliance_high_risk",), chosen)
    where, place = (chosen.at(found[1]), store.name_of(found[1])) if found else (None, "")
    control.chart("pm_compliance_high_risk", chosen, "risky", where=where, place=place)


def _by_risk(chosen: scope.Scope) -> None:
    answer = store.ask("pm_compliance", chosen.period, by=("risk",), where=chosen.where)
    total = store.ask("pm_compliance", chosen.period, where=chosen.where)
    found = {row["risk"]: row for row in answer.frame.to_dicts()}
    names = {"high": "High", "medium": "Medium", "low": "Low", "unstated": "Not stated"}
    rows = [Row(_risk_cells(names[risk], found[risk])) for risk in RISKS if risk in found]
    rows.append(Row(_risk_cells("All", total.frame.row(0, named=True)), total=True))
    columns = [
        Column("Risk of the device"),
        Column("Due", align="right", phone="second"),
        Column("Done on time", align="right", phone="second"),
        Column("Share", align="right", phone="value"),
    ]
    layout.block("By risk of the equipment", "The share of all hides the high-risk devices")
    responsive_table(columns, rows, key="by-risk", label="Planned maintenance by risk")


def _risk_cells(name: str, row: Mapping[str, Any]) -> list[str]:
    return [
        name,
        fmt.count(row["denominator"]),
        fmt.count(row["numerator"]),
        fmt.percent(row["value"]),
    ]


def _missed(chosen: scope.Scope) -> None:
    span = chosen.period
    counts = store.listed("missed counts", span.start, span.stop, where=chosen.where)
    if not counts.orders:
        layout.block("Maintenance that was missed")
        layout.empty(f"No maintenance due in {span.name()} was missed.")
        return
    frame = store.listed(
        "missed maintenance", span.start, span.stop, where=chosen.where, most=lists.MOST
    )
    verb = "was" if counts.orders == 1 else "were"
    layout.block(
        f"{fmt.counted(counts.orders, 'maintenance order')} {verb} missed, "
        f"{fmt.count(counts.high) if counts.high else 'none'} of them on high-risk equipment",
        f"Due in {span.name()} and not done by the due date, high risk first",
    )
    lists.missed(frame, key="missed", first=8, of=counts.orders)


def _sites(chosen: scope.Scope) -> None:
    """Sites with open issues or slipping maintenance, those outside their usual range first."""
    known = {name: head for name, head in BY_SITE if blocks.is_known(name, chosen, chosen.where)}
    values = {name: _values(name, chosen) for name in known}
    flagged = {name: blocks.unusual_sites(name, chosen) if name in FLAGGED else set()
               for name in known}  # fmt: skip
    open_now = values.get("open_issues", {})
    ranked = sorted(
        (site for site in store.sites() if any(site in column for column in values.values())),
        key=lambda site: (
            -sum(site in sites for sites in flagged.values()),
            -open_now.get(site, 0),
        ),
    )
    told = [
        site for site in ranked if open_now.get(site) or any(site in f for f in flagged.values())
    ]
    if len(ranked) < 2 or not told:
        return
    rows = [_site_row(site, values, flagged) for site in told[:FIRST]]
    totals = [store.ask(name, chosen.period, where=chosen.where).value for name in known]
    cells = [_cell(name, total, False) for name, total in zip(known, totals, strict=True)]
    rows.append(Row([everywhere(), *cells], total=True))
    places = ("value", *["second"] * (len(known) - 1))
    columns = [
        Column(head, align="right", phone=place)
        for head, place in zip(known.values(), places, strict=True)
    ]
    layout.section(
        "Site by site",
        f"{fmt.count(len(rows) - 1)} of {fmt.counted(len(ranked), 'site')}, those outside their "
        "usual range first (in orange), then by open issues.",
    )
    responsive_table([Column("Site"), *columns], rows, key="by-site", label="Site by site")


def _site_row(site: str, values: Mapping[str, Any], flagged: Mapping[str, set[str]]) -> Row:
    cells = [
        _cell(name, column.get(site), site in flagged[name]) for name, column in values.items()
    ]
    return Row([store.name_of(site), *cells], link=scope.to_site(site))


def _values(name: str, chosen: scope.Scope) -> dict[str, Any]:
    frame = store.ask(name, chosen.period, by=("site",), where=chosen.where).frame
    return dict(frame.drop_nulls("value").select("site", "value").iter_rows())


def _cell(name: str, value: Any, flagged: bool) -> Cell:
    metric = find(name)
    if value is None and metric.unit == "count":
        value = 0
    return Cell(written(metric, value), tone="concern" if flagged else "plain")
