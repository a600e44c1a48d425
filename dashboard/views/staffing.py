"""Staffing costs: what people cost, who works overtime, who lives on agency staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, charts, control, labour, layout, noted, scope, store
from dashboard import format as fmt
from dashboard.asking import months_of, to_number
from dashboard.charts.show import show
from dashboard.components import Cell, Column, Link, Row, responsive_table, subject_list
from pipelines.analysis.control.funnel import funnel
from pipelines.analysis.signals import Series
from pipelines.metrics import find

SITES = 10  # of the list by site
NEEDS = ("labor", "labor.nursing")
MEASURES = (
    "paid_hours",
    "hourly_cost",
    "overtime_share",
    "agency_share",
    "hours_per_visit",
    "nursing_hprd",
    "rn_hprd",
    "weekend_hprd",
)


def page() -> None:
    """Draw the page."""
    chosen = scope.choose(NEEDS, pay=True)
    if not chosen.known:
        layout.page_title("No staffing figures yet", f"Here {blocks.wanting(('labor.pay',))}")
        return
    _headline(chosen)
    layout.section("Cost and overtime")
    left, right = st.columns(2, gap="medium")
    with left:
        _trend(chosen)
    with right:
        _control(chosen, "overtime_share", "overtime")
    with layout.guarded(
        "Why it changed could not be told.", "All other figures are right.", key="no-labour"
    ):
        labour.draw(chosen)
    layout.section("Agency staff")
    left, right = st.columns(2, gap="medium")
    with left:
        _agency_funnel(chosen)
    with right:
        _control(chosen, "agency_share", "agency")
    left, right = st.columns(2, gap="medium")
    with left:
        _gaps(chosen)
    with right:
        layout.section("Key measures", f"All sites of the scope, {chosen.period.name()}.")
        items = [blocks.measure_item(n, chosen, chosen.where, "staffing") for n in MEASURES]
        subject_list(items, key="measures", label="Key measures of staffing")


def _headline(chosen: scope.Scope) -> None:
    cost = store.ask(
        "labor_cost", chosen.period, where=chosen.where, compare=(chosen.compare,),
        basis=chosen.basis,
    )  # fmt: skip
    when = chosen.period.name()
    said = [blocks.cost_words(row, chosen) for row in cost.frame.drop_nulls("value").to_dicts()]
    if said:
        layout.page_title(f"Staffing cost {fmt.names(said)} in {when}", _explained(chosen))
    else:
        _hours_only(chosen)
    blocks.state(cost, noun="site", where=chosen.where)


def _hours_only(chosen: scope.Scope) -> None:
    """Exports with hours and without pay: say the hours, and what is missing for the cost."""
    hours = store.ask("paid_hours", chosen.period, where=chosen.where)
    nursing = store.ask("nursing_hprd", chosen.period, where=chosen.where)
    title = f"{fmt.count(hours.value)} hours were paid in {chosen.period.name()}"
    if nursing.value is not None:
        title += f", {fmt.number(nursing.value, decimals=2)} nursing hours per resident day"
    layout.page_title(title, f"What they cost is not known: {blocks.wanting(('labor.pay',))}")


def _explained(chosen: scope.Scope) -> str:
    overtime = store.ask("overtime_share", chosen.period, where=chosen.where)
    agency = store.ask("agency_share", chosen.period, where=chosen.where)
    said = []
    if chosen.basis == "check":
        said.append(
            "Pay stands in the month of its check date: a month with three pay dates is dearer."
        )
    if overtime.value is not None:
        said.append(f"Overtime was {fmt.percent(overtime.value)} of the hours worked.")
    if agency.value is not None:
        said.append(f"Agency and contract staff covered {fmt.percent(agency.value)} of them.")
    return " ".join(said)


def _trend(chosen: scope.Scope) -> None:
    span = blocks.history(chosen)
    answer = store.ask(
        "labor_cost", span, by=("month",), where=chosen.where, compare=("budget", "year"),
        basis=chosen.basis,
    )  # fmt: skip
    frame = blocks.main_currency(answer.frame)
    if frame["value"].drop_nulls().is_empty():
        layout.empty(f"Labour cost: {blocks.wanting(find('labor_cost').needs)}")
        return
    drawn = frame.select(
        month="start",
        value=pl.col("value").cast(pl.Float64),
        budget=pl.col("budget").cast(pl.Float64),
        previous=pl.col("year").cast(pl.Float64),
    )
    currency = str(frame["currency"].drop_nulls()[0])
    last = frame.row(-1, named=True)
    show(
        charts.trend(
            drawn,
            name="Labour cost",
            unit="money",
            currency=currency,
            notes=noted.marks("labor_cost", chosen.where, frame["start"].to_list()),
        ),
        blocks.trend_finding("Labour cost", last, chosen),
        f"Labour cost by month to {fmt.month(chosen.month)}, with budget and the year before",
        key="cost-trend",
        links=months_of("labor_cost", frame["start"].to_list(), chosen.where),
    )


def _worst(metric: str, chosen: scope.Scope) -> Series | None:
    """The site whose last month lies furthest above its usual range, if one does."""
    known = store.sites()
    found = [
        series
        for site, series in store.series_by_site(metric, chosen.month, chosen.where).items()
        if site in known
        and series.chart is not None
        and series.last is not None
        and series.chart.standing == "firm"
        and series.chart.points[-1].type == "concern"
    ]
    return max(found, key=lambda series: series.last or 0.0, default=None)


def _control(chosen: scope.Scope, metric: str, key: str) -> None:
    worst = _worst(metric, chosen)
    if worst is None:
        control.chart(metric, chosen, key)
        return
    place = store.name_of(worst.site)
    control.chart(metric, chosen, key, where=chosen.at(worst.site), place=place)


def _agency_funnel(chosen: scope.Scope) -> None:
    answer = store.ask("agency_share", chosen.period, by=("site",), where=chosen.where)
    known = answer.frame.filter(
        pl.col("value").is_not_null(),
        # A site of a few hours widens the picture and tells nothing.
        pl.col("denominator") > pl.col("denominator").max() / 20,
        pl.col("site").is_in(list(store.sites())),
    )
    if known.height < 3:
        layout.empty("Sites can be compared fairly once three of them have hours.")
        return
    limits = funnel(
        known["site"], known["numerator"], known["denominator"], kind="rate", overdispersed=True,
        method="additive",
    )  # fmt: skip
    names = {code: site.name for code, site in store.sites().items()}
    rows = [_dot(site, names) for site in limits.sites]
    ranked = sorted(limits.sites, key=lambda site: -float(site.value or 0))
    outside = [row["name"] for row in rows if row["type"] == "concern"]
    smallest = min(row["size"] for row in rows)
    grid = (
        limits.grid(200)
        .filter(pl.col("denominator") >= smallest * 0.8)
        .select(
            "lower_95",
            "upper_95",
            "lower_998",
            "upper_998",
            size="denominator",
            mean=pl.lit(limits.level),
        )
    )
    leads = scope.to_sites()
    show(
        charts.funnel(pl.DataFrame(rows), grid, name="Agency share", unit="percent"),
        _funnel_finding(outside),
        f"Agency share by hours worked, {chosen.period.name()}; limits at 95 % and 99.8 %",
        key="agency-funnel",
        links=[leads.get(site.site) for site in ranked],
        note=_limits_note(limits.spread.found),
    )


def _limits_note(apart: bool) -> str:
    if apart:
        return (
            "Sites differ by more than chance, whatever their size. The limits allow for how much "
            "they do, so a site outside stands apart from that."
        )
    return "A large site can hardly be far from the mean by chance; a small one can."


def _dot(site: Any, names: Mapping[str, str]) -> dict[str, Any]:
    above = site.outside_998 and site.value is not None and site.z is not None and site.z > 0
    return {
        "name": names[site.site],
        "size": float(site.denominator or 0),
        "value": None if site.value is None else float(site.value),
        "type": "concern" if above else "common_cause",
    }


def _funnel_finding(outside: list[str]) -> str:
    if not outside:
        return "No site uses more agency staff than its size explains"
    verb = "uses" if len(outside) == 1 else "use"
    return f"{fmt.names(outside, limit=3)} {verb} more agency staff than size explains"


def _gaps(chosen: scope.Scope) -> None:
    """Sites by what separates them from the comparison, with the total of all."""
    against = chosen.compare
    answer = store.ask(
        "labor_cost", chosen.period, by=("site",), where=chosen.where, compare=(against,),
        basis=chosen.basis,
    )  # fmt: skip
    frame = blocks.main_currency(answer.frame).filter(pl.col(against).is_not_null())
    shown = "" if frame.height <= SITES else f"{SITES} of {frame.height} sites. "
    layout.section("Cost by site", f"{shown}{blocks.compared_with(chosen)}")
    if frame.is_empty():
        layout.empty(f"There is no {chosen.compare_title.lower()} to compare the sites with.")
        return
    apart = pl.col("gap") if against == "budget" else pl.col("value") - pl.col(against)
    ranked = frame.with_columns(gap=apart).sort("gap", descending=True)
    total = ranked.select(pl.col("value", against, "gap").sum()).row(0, named=True)
    rows = [
        Row(
            _gap_cells(
                store.name_of(row["site"]),
                row,
                against,
                to_number("labor_cost", chosen, chosen.at(row["site"])),
            ),
            link=scope.to_site(row["site"]),
        )
        for row in ranked.head(SITES).iter_rows(named=True)
    ]
    rows.append(Row(_gap_cells("All sites compared", total, against), total=True))
    columns = [
        Column("Site"),
        Column(chosen.compare_title, align="right", phone="second"),
        Column("Actual", align="right", phone="second"),
        Column("Gap", align="right", phone="value"),
    ]
    responsive_table(columns, rows, key="gaps", label="Labour cost by site, largest gap first")


def _gap_cells(
    name: str, row: dict[str, Any], against: str, leads: Link | None = None
) -> list[Cell | str]:
    return [
        name,
        fmt.thousands(row[against]),
        Cell(fmt.thousands(row["value"]), link=leads),
        fmt.thousands(row["gap"], signed=True),
    ]
