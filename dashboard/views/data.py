"""Data health: which exports are in, what was set aside, what changed, what nobody has mapped."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, layout, scope, store, store_data, viewing
from dashboard import format as fmt
from dashboard.components import (
    Cell,
    Column,
    FeedCell,
    FeedRow,
    Row,
    came_in,
    matrix,
    never_came,
    not_expected,
    partly,
    responsive_table,
    view_of_address,
)
from dashboard.desk import aside as set_aside
from dashboard.desk import books, first, history, mapping, upload
from pipelines.access.roles import Right

FEEDS = {
    "labor": "Hours",
    "labor.pay": "Pay",
    "volume": "Volume",
    "supply_moves": "Supplies",
    "stock": "Stock",
    "work_orders": "Repairs",
    "spend": "Invoices",
}
TROUBLE = {"late": 0, "never": 1, "in": 2, "none": 3}
SHOWN = 25  # loads in the list before the rest


TAB = "tab"  # the parameter that holds the tab
WORK = ("Load a file", "Set aside", "Not mapped")  # tabs of who may load
TABS = ("Feeds", *WORK, "Changes", "General ledger", "Loads")


def page() -> None:
    """Draw the page; before the first load, only the way to load a file."""
    if not store.is_loaded():
        first.draw()
        return
    chosen = scope.choose(tuple(FEEDS), now=True)
    feeds = store.listed("feeds", chosen.month, where=chosen.where)
    expected = feeds.filter(pl.col("state").is_in(["in", "late"]))
    arrived = expected.filter(pl.col("state") == "in").height
    late = expected.height - arrived
    layout.page_title(
        f"{fmt.count(arrived)} of {fmt.counted(expected.height, 'feed')} are in for "
        f"{fmt.month(chosen.month)}",
        _consequence(late, feeds.filter(pl.col("state") == "never")),
    )
    working = viewing.may(Right.LOAD)
    tabs = [name for name in TABS if working or name not in WORK]
    named = st.query_params.get(TAB, "")
    st.session_state["desk"] = named if named in tabs else tabs[0]
    health, *desk, changes, ledger, loads = st.tabs(tabs, key="desk", on_change=_turn)
    with health:
        _matrix(feeds)
        _gaps(chosen)
    for tab, section in zip(
        desk, (upload.section, set_aside.section, mapping.section), strict=False
    ):
        with tab:
            section()
    with changes:
        history.changed()
        _restated()
        history.totals()
    with ledger:
        books.section(chosen)
    with loads:
        _loads()
        history.trace()


def _turn() -> None:
    """Write the tab that was turned to into the address."""
    if (chosen := st.session_state["desk"]) == TABS[0]:
        st.query_params.pop(TAB, None)
    else:
        st.query_params[TAB] = chosen


def _consequence(late: int, never: pl.DataFrame) -> str:
    said = []
    if late:
        said.append(
            f"{fmt.counted(late, 'feed')} did not arrive: sites without an export are left out of "
            "ratios and named beside every figure; they are never taken as zero."
        )
    else:
        said.append("Every site sent what it has sent before.")
    unpaid = never.filter(pl.col("need") == "labor.pay")["site_name"].to_list()
    if unpaid:
        verb = "sends" if len(unpaid) == 1 else "send"
        said.append(f"{fmt.names(unpaid, limit=3)} {verb} hours without pay.")
    return " ".join(said)


def _matrix(feeds: pl.DataFrame) -> None:
    layout.section("Sites and feeds")
    rows, links = [], scope.to_sites()
    for (site, name), states in feeds.group_by("site", "site_name", maintain_order=True):
        found = dict(zip(states["need"], states["state"], strict=True))
        worst = min(TROUBLE[state] for state in found.values())
        cells = [_feed_cell(found.get(need, "none")) for need in FEEDS]
        rows.append((worst, FeedRow(str(name), cells, link=links.get(str(site)))))
    if not rows:
        layout.empty("No site is known yet. Load a register of sites, or files that name theirs.")
        return
    rows.sort(key=lambda pair: (pair[0], pair[1].name))
    shown = [row for _, row in rows]
    matrix(list(FEEDS.values()), shown, key="matrix", view=view_of_address())
    layout.note(
        "Tick: in. Late: the site has sent it before, and not for this month. None: sites of its "
        "kind send it, this one never has. – not expected."
    )


def _feed_cell(state: str) -> FeedCell:
    match state:
        case "in":
            return came_in()
        case "late":
            return partly("late", "did not arrive")
        case "never":
            return never_came()
    return not_expected()


def _gaps(chosen: scope.Scope) -> None:
    layout.section("What is missing", "Months that are expected and did not come, newest first.")
    gaps = store_data.gaps(blocks.history(chosen, 12))
    if gaps.is_empty():
        layout.empty("Nothing is missing in the last twelve months.")
        return
    by_site = gaps.group_by("site", "site_name", "what", maintain_order=True).agg("month")
    rows = [
        Row([row["site_name"], row["what"], _months(row["month"])], link=scope.to_site(row["site"]))
        for row in by_site.head(20).iter_rows(named=True)
    ]
    columns = [Column("Site"), Column("What", phone="second", quiet=True), Column("Months")]
    responsive_table(columns, rows, key="gaps", label="Missing exports")


def _months(months: list[Any]) -> str:
    return fmt.names([fmt.month(month) for month in sorted(months)], limit=3)


def _restated() -> None:
    layout.section("Restated", "Files that replaced rows that had been shown before.")
    restated = store_data.table("restated")
    if restated.is_empty():
        layout.empty("No file has replaced another's rows.")
        return
    rows = [
        Row([row["path"], fmt.moment(row["moment"]), fmt.count(row["superseded"])])
        for row in restated.head(10).iter_rows(named=True)
    ]
    columns = [
        Column("File"),
        Column("Loaded", phone="second", quiet=True),
        Column("Rows replaced", align="right"),
    ]
    responsive_table(columns, rows, key="restated", label="Restatements, newest first")


def _loads() -> None:
    loads = store_data.table("loads")
    records = loads.filter(pl.col("what") == "load")
    layout.section(
        "Loads",
        f"{fmt.counted(records.height, 'table')} loaded, newest first. Every record is accepted, "
        "a duplicate, set aside, or furniture such as a title or total.",
    )
    rows = [_load(row) for row in loads.head(SHOWN).iter_rows(named=True)]
    columns = [
        Column("File"),
        Column("Load", align="right", phone="second"),
        Column("Loaded", phone="second", quiet=True),
        Column("Profile", phone="second", quiet=True),
        Column("Records", align="right", phone="value"),
        Column("Accepted", align="right", phone="second"),
        Column("Duplicate", align="right", phone="hidden"),
        Column("Set aside", align="right", phone="second"),
        Column("Furniture", align="right", phone="hidden"),
    ]
    responsive_table(columns, rows, key="loads", label="Loads, newest first")
    if loads.height > SHOWN:
        layout.note(
            f"The latest {SHOWN} of {fmt.count(loads.height)}; the command rounds status lists all."
        )


def _load(row: dict[str, Any]) -> Row:
    if row["what"] == "undo":
        said = f"Load {row['undoes']} was withdrawn"
        return Row([said, fmt.count(row["event"]), fmt.moment(row["moment"]), *["–"] * 6])
    withdrawn = "withdrawn" if row["undone_by"] is not None else ""
    if row["path"] is None:  # who may not see any of its rows learns only that it came
        other = Cell("A file of other sites or subjects", tone="muted", second=withdrawn)
        return Row([other, fmt.count(row["event"]), fmt.moment(row["moment"]), *["–"] * 6])
    name = row["path"] if row["part"] is None else f"{row['path']}, {row['part']}"
    aside = fmt.count(row["quarantined"])
    return Row(
        [
            Cell(name, second=withdrawn),
            fmt.count(row["event"]),
            fmt.moment(row["moment"]),
            row["profile"],
            fmt.count(row["records"]),
            fmt.count(row["accepted"]),
            fmt.count(row["duplicate"]),
            Cell(aside, tone="concern") if row["quarantined"] else aside,
            fmt.count(row["furniture"]),
        ]
    )
