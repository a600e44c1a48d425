"""Run by Streamlit: the two dashboards of eight panels that Superset is given, of Rounds' parts.

`streamlit run board_server.py`, with the home in ROUNDS_HOME. Nothing of the real pages is on them
but the way to a figure (`store.ask`) and to a chart: one filter, eight charts, and the other page.
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard import charts, layout, store
from dashboard.charts.show import show
from dashboard.units import unit_of
from pipelines.calendar import Period
from pipelines.metrics import find

SPAN = Period(date(2024, 11, 1), date(2026, 10, 31))
BARS = 15
# Title, metric, what to group by besides the month, and whether by month.
PANELS: tuple[tuple[tuple[str, str, str | None, bool], ...], ...] = (
    (
        ("Worked hours", "worked_hours", None, True),
        ("Agency share", "agency_share", None, True),
        ("Visits", "visits", None, True),
        ("Spend", "spend", None, True),
        ("Spend by subject", "spend", "subject", True),
        ("Stock value", "stock_value", None, True),
        ("Suppliers", "spend", "supplier", False),
        ("Hours by role", "worked_hours", "role", False),
    ),
    (
        ("Hours by region", "worked_hours", "region", True),
        ("Share by region", "agency_share", "region", True),
        ("Visits by region", "visits", "region", True),
        ("Spend by region", "spend", "region", True),
        ("Stock by category", "stock_value", "category", True),
        ("Pay by role", "labor_cost", "role", True),
        ("Hours by site", "worked_hours", "site", False),
        ("Spend by site", "spend", "site", False),
    ),
)


def panel(title: str, name: str, by: str | None, monthly: bool, regions: list[str]) -> None:
    """Ask for one panel's figures and draw them: lines by month, or the largest as bars."""
    keys = [key for key in (by, "month" if monthly else None) if key]
    frame = store.ask(name, SPAN, by=keys, where={"region": regions}).frame.with_columns(
        pl.col("value").cast(pl.Float64)
    )
    metric = find(name)
    if monthly:
        # What hasn't arrived is a gap, never 0.
        told = pl.when(pl.element().count() > 0).then(pl.element().sum())
        wide = frame.with_columns(key=pl.col(by).cast(pl.String) if by else pl.lit(title)).pivot(
            "key", index="start", values="value", aggregate_function=told, sort_columns=True
        ).sort("start")  # fmt: skip
        series = [charts.Line(key, wide[key].to_list(), strong=not by) for key in wide.columns[1:]]
        names = [f"{month:%b %Y}" for month in wide["start"]]
        drawn = charts.lines(names, series, name=title, unit=unit_of(metric), height=240)
    else:
        top = frame.drop_nulls("value").sort("value", descending=True).head(BARS)
        rows = top.select(name=pl.col(by or "").cast(pl.String), value="value")
        drawn = charts.bars(rows, name=title, unit=unit_of(metric))
    show(drawn, title, SPAN.name(), key=title.lower().replace(" ", "-"))


def page(number: int) -> None:
    """One filter, two rows of four panels."""
    st.title(f"Group {number + 1}", anchor=False)
    with st.container(horizontal=True):
        for one in pages:
            st.page_link(one)
    regions = sorted({site.region for site in store.sites().values() if site.region})
    chosen = st.multiselect("Region", regions, key="region", bind="query-params")
    for row in range(2):
        for column, told in zip(st.columns(4), PANELS[number][4 * row : 4 * row + 4], strict=True):
            with column:
                panel(*told, chosen)


pages = [
    st.Page(lambda: page(0), title="Group 1", url_path="group-1", default=True),
    st.Page(lambda: page(1), title="Group 2", url_path="group-2"),
]
store.prepare()
layout.frame(pages)
