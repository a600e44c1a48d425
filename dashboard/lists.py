"""Lists that a subject's page and a site's page share: what runs out, what waits, what was missed.

Each takes the rows of one list of `dashboard.store` and draws a table of them; `sites` says whether
the site is a column (it isn't on a site's own page).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import format as fmt
from dashboard.components import Cell, Column, Row, responsive_table
from dashboard.scope import to_site

Record = dict[str, Any]
SHORT = 7  # days within which an item without an order on its way is a concern
BAR = 14  # days that fill the bar
SOON = 30  # days before a notice date in which it is urgent
MOST = 200  # orders of a list: of the thousands that a large group has open, nobody reads more


def run_outs(frame: pl.DataFrame, *, key: str, first: int, sites: bool = True) -> None:
    """What runs out first, and where more of it comes from."""
    columns = [
        Column("Item"),
        *_site_column(sites),
        Column("Runs out", align="right", phone="value", width="9.5rem"),
        Column("Days left", phone="second", quiet=True),
        Column("Where more comes from", phone="own", quiet=True),
    ]
    _table(columns, frame, _run_out, key=key, label="Items that run out", first=first, sites=sites)


def _run_out(row: Record, sites: bool) -> list[Cell | str]:
    left = float(row["days_left"])
    alarming = row["on_order"] is None and left <= SHORT
    days = "none left" if row["quantity"] <= 0 else fmt.days(int(left))
    ranged = row["late"] is not None and row["early"] < row["late"]
    return [
        row["item_name"],
        *_site_cell(row, sites),
        Cell(
            fmt.day(row["runs_out"]),
            second=fmt.day_range(row["early"], row["late"]) if ranged else "",
        ),
        Cell(days, tone="concern" if alarming else "plain", bar=min(1.0, left / BAR)),
        _cover(row),
    ]


def _cover(row: Record) -> Cell:
    """Where more comes from: an order, another site, or nowhere that is known."""
    spare, leads = "", None
    if row["spare_name"]:
        spare = f"{row['spare_name']} can spare {fmt.quantity(row['spare'], row['unit'])}"
        leads = to_site(row["spare_site"])
    if row["on_order"] is not None:
        when = f", due {fmt.day(row['promised'])}" if row["promised"] else ""
        return Cell(f"{fmt.quantity(row['on_order'], row['unit'])} on order{when}", second=spare)
    nothing = _to_order(row)
    if spare:
        return Cell(spare, second=nothing, link=leads)
    return Cell(nothing or "no site can spare any", tone="muted")


def _to_order(row: Record) -> str:
    """What nobody has ordered, and by when to do so for it to come in time; "" if unknown."""
    if not row["orders_known"]:
        return ""
    if row["order_by"] is None:
        return "nothing on order"
    late = row["order_by"] <= row["as_of"]
    when = "today" if late else f"by {fmt.day(row['order_by'])}"
    return f"nothing on order; order {when}"


def transfers(frame: pl.DataFrame, *, key: str, first: int, site: str = "") -> None:
    """What sites can send each other; on a site's own page only the other side is named."""
    columns = [
        Column("Item"),
        *([Column("From", phone="second")] if not site else []),
        *([Column("To", phone="second")] if not site else []),
        *([Column("From or to", phone="own", quiet=True)] if site else []),
        Column("Send", align="right", phone="value"),
        Column("Saves", align="right", phone="second"),
        Column("Why", phone="own", quiet=True),
    ]

    def cells(row: Record, _: bool) -> list[Cell | str]:
        giver, taker = (
            Cell(row[f"{side}_name"], link=to_site(row[side])) for side in ("giver", "taker")
        )
        way = [giver, taker]
        if site:
            sends = row["giver"] == site
            other = row["taker"] if sends else row["giver"]
            named = f"to {row['taker_name']}" if sends else f"from {row['giver_name']}"
            way = [Cell(named, link=to_site(other))]
        return [
            row["item_name"],
            *way,
            fmt.quantity(row["quantity"], row["unit"]),
            fmt.money(row["saved"], row["currency"]) if row["rescued"] else "",
            _why(row),
        ]

    _table(columns, frame, cells, key=key, label="Transfers between sites", first=first)


def _why(row: Record) -> str:
    """ "runs out 29 Nov 2026 there; would expire unused here"."""
    said = []
    if row["covers"]:
        said.append(f"runs out there {fmt.day(row['taker_runs_out'])}")
    if row["rescued"]:
        said.append(
            "would expire unused"
            if row["rescued"] == row["quantity"]
            else f"{fmt.quantity(row['rescued'], row['unit'])} would expire unused"
        )
    return "; ".join(said)


def expiring(frame: pl.DataFrame, *, key: str, first: int, sites: bool = True) -> None:
    """Lots by the day on which they expire."""
    columns = [
        Column("Item"),
        *_site_column(sites),
        Column("Expires", align="right", phone="second"),
        Column("On hand", align="right", phone="second"),
        Column("Unused then", align="right", phone="value"),
    ]
    _table(columns, frame, _lot, key=key, label="Lots that expire", first=first, sites=sites)


def _lot(row: Record, sites: bool) -> list[Cell | str]:
    lot = f"lot {row['lot']}" if row["lot"] else ""
    return [
        Cell(row["item_name"], second=lot),
        *_site_cell(row, sites),
        fmt.day(row["expiry"]),
        Cell(
            fmt.quantity(row["quantity"], row["unit"]),
            second="" if row["value"] is None else fmt.money(row["value"], row["currency"]),
        ),
        _left_over(row),
    ]


def _left_over(row: Record) -> Cell:
    """What of a lot will not be used before it expires, in units and money."""
    if row["unused"] is None:
        return Cell("use not known", tone="muted")
    if not row["unused"]:
        return Cell("none", tone="muted")
    lost = fmt.money(row["lost"], row["currency"]) if row["lost"] is not None else ""
    return Cell(fmt.quantity(row["unused"], row["unit"]), second=lost)


def overstocked(frame: pl.DataFrame, *, key: str, first: int, sites: bool = True) -> None:
    """What lasts too long, with the money that lies in it, where prices are known."""
    columns = [
        Column("Item"),
        *_site_column(sites),
        Column("On hand", align="right", phone="second"),
        Column("Lasts", align="right", phone="second"),
        Column("Too much", align="right", phone="value"),
    ]
    _table(columns, frame, _excess, key=key, label="Overstocked items", first=first, sites=sites)


def _excess(row: Record, sites: bool) -> list[Cell | str]:
    return [
        row["item_name"],
        *_site_cell(row, sites),
        fmt.quantity(row["quantity"], row["unit"]),
        fmt.days(row["days_left"]),
        fmt.money(row["excess"], row["currency"]),
    ]


def open_orders(frame: pl.DataFrame, *, key: str, first: int, of: int, sites: bool = True) -> None:
    """Open repairs in the order of the frame, with their age and how long they are past due.

    The frame holds the first of the `of` that there are.
    """
    columns = [
        Column("Issue"),
        *_site_column(sites),
        Column("Risk", phone="second"),
        Column("Open for", align="right", phone="value"),
        Column("Past due", align="right", phone="second"),
    ]
    _table(columns, frame, _order, key=key, label="Open issues", first=first, of=of, sites=sites)


def _order(row: Record, sites: bool) -> list[Cell | str]:
    late = row["late"]
    return [
        _work(row),
        *_site_cell(row, sites),
        _risk(row["risk"]),
        fmt.days(row["age"]),
        Cell(fmt.days(late) if late else "", tone="concern"),
    ]


def missed(frame: pl.DataFrame, *, key: str, first: int, of: int, sites: bool = True) -> None:
    """Planned maintenance that was not done on time: the first of the `of` that there are."""
    columns = [
        Column("Maintenance"),
        *_site_column(sites),
        Column("Risk", phone="second"),
        Column("Due", align="right", phone="second"),
        Column("Late", align="right", phone="value"),
        Column("State", phone="second", quiet=True),
    ]
    _table(
        columns, frame, _missed, key=key, label="Maintenance missed", first=first, of=of,
        sites=sites,
    )  # fmt: skip


def _missed(row: Record, sites: bool) -> list[Cell | str]:
    done = row["completed"]
    return [
        _work(row),
        *_site_cell(row, sites),
        _risk(row["risk"]),
        fmt.day(row["due"]),
        fmt.days(row["late"]),
        Cell(f"done {fmt.day(done)}" if done else "not done", tone="muted" if done else "plain"),
    ]


def _work(row: Record) -> Cell:
    """What is to be done, and on which device."""
    what = row["title"] or row.get("category") or f"Order {row['work_order']}"
    about = [row.get("category"), row["asset_name"] or row["asset"]]
    second = " · ".join(part for part in about if part and part not in what)
    return Cell(what, second=second)


def _risk(risk: str) -> Cell:
    if risk == "unstated":
        return Cell("–", tone="muted")
    return Cell(risk, tone="strong" if risk == "high" else "plain")


def notices(frame: pl.DataFrame, *, key: str, first: int) -> None:
    """Contracts of a site by the day on which notice is due."""
    columns = [
        Column("Contract"),
        Column("Notice by", align="right", phone="value"),
        Column("Days", phone="second", quiet=True),
        Column("A year", align="right", phone="second"),
    ]
    _table(columns, frame, _notice, key=key, label="Contracts by notice date", first=first)


def _notice(row: Record, _: bool) -> list[Cell | str]:
    left = fmt.days_left(row["days"])
    if row["locked"]:
        left = f"renews {fmt.day(row['end'])}"
    urgent = not row["locked"] and row["days"] <= SOON
    return [
        Cell(row["title"] or row["contract"], second=row["vendor"] or ""),
        fmt.day(row["notice_date"]),
        Cell(left, tone="concern" if urgent else "muted"),
        fmt.money(row["annual_value"], row["currency"] or "USD"),
    ]


def _site_column(sites: bool) -> list[Column]:
    return [Column("Site", phone="second", quiet=True)] if sites else []


def _site_cell(row: Record, sites: bool) -> list[Cell | str]:
    return [Cell(row["site_name"], link=to_site(row["site"]))] if sites else []


def _table(
    columns: Sequence[Column],
    frame: pl.DataFrame,
    cells: Callable[[Record, bool], list[Cell | str]],
    *,
    key: str,
    label: str,
    first: int,
    of: int | None = None,
    sites: bool = False,
) -> None:
    """The first rows, and the rest one click away; `of` counts those that the frame leaves out."""
    kept = [at for at, column in enumerate(columns) if _says_something(column, frame)]
    shown = [columns[at] for at in kept]

    def rows(part: pl.DataFrame) -> list[Row]:
        made = (cells(row, sites) for row in part.iter_rows(named=True))
        return [Row([one[at] for at in kept]) for one in made]

    responsive_table(shown, rows(frame.head(first)), key=key, label=label)
    rest = frame.slice(first)
    if rest.is_empty():
        return
    more = f"{fmt.count(rest.height)} more"
    if of is not None and of > frame.height:
        more = f"the next {fmt.count(rest.height)} of {fmt.count(of)}"
    with st.expander(f"Show {more}", on_change="rerun", key=f"{key}-more") as fold:
        if fold.open:
            responsive_table(shown, rows(rest), key=f"{key}-rest", label=f"{label}, the rest")


def _says_something(column: Column, frame: pl.DataFrame) -> bool:
    """Whether a column holds anything: what no export states is left out."""
    match column.label:
        case "Risk":
            return bool((frame["risk"] != "unstated").any())
        case "Past due":
            return frame["late"].count() > 0
        case "Too much":
            return frame["excess"].count() > 0
    return True
