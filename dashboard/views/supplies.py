"""Supplies: what is used up, what runs out and who can spare it, what expires, what creeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, charts, control, layout, lists, noted, scope, store
from dashboard import format as fmt
from dashboard.asking import months_of
from dashboard.charts.show import show
from dashboard.components import Column, Row, responsive_table, subject_list
from pipelines.metrics import find
from pipelines.metrics.ask import Answer

NEEDS = ("supply_moves", "stock")
PRICED = ("supply_moves.value",)
PER = ("supply_cost_per_visit", "supply_cost_per_resident_day")
MEASURES = (*PER, "stock_value", "days_on_hand", "below_par", "expiring_value")
WITHIN = 14  # days in which an item is about to run out


def page() -> None:
    """Draw the page."""
    chosen = scope.choose(NEEDS)
    if not chosen.known:
        layout.page_title("No supply figures yet", f"Here {blocks.wanting(PRICED)}")
        return
    burn = store.ask("supply_burn", chosen.period, where=chosen.where, compare=(chosen.compare,))
    if burn.frame.drop_nulls("value").is_empty():
        _in_units(chosen)
        return
    _headline(chosen, burn)
    layout.section("Cost and use")
    left, right = st.columns(2, gap="medium")
    with left:
        _control(chosen)
    with right:
        blocks.money_trend("supply_burn", chosen, "burn")
    day = store.day_of(chosen.month)
    _run_outs(chosen, day)
    _transfers(chosen, day)
    left, right = st.columns(2, gap="medium")
    with left:
        _measures(chosen)
    with right:
        _expiring(chosen, day)
        _overstocked(chosen, day)
        _prices(chosen)
    _leagues(chosen)


def _headline(chosen: scope.Scope, burn: Answer) -> None:
    said = [blocks.cost_words(row, chosen) for row in burn.frame.drop_nulls("value").to_dicts()]
    layout.page_title(f"Supplies cost {fmt.names(said)} in {chosen.period.name()}", _used(chosen))
    blocks.state(burn, where=chosen.where)


def _used(chosen: scope.Scope) -> str:
    """ "A visit used $11.07 of supplies and a resident day $7.20."; how long the shelves last."""
    said: list[str] = []
    for name in PER:
        rows = store.ask(name, chosen.period, where=chosen.where).frame.drop_nulls("value")
        if not rows.is_empty():
            prices = [fmt.unit_price(row["value"], row["currency"]) for row in rows.to_dicts()]
            used = f"{fmt.names(prices)} of supplies" if not said else fmt.names(prices)
            said.append(f"a {find(name).per} {'used ' if not said else ''}{used}")
    lasts = store.ask("days_on_hand", chosen.period, where=chosen.where).value
    words = f"{fmt.names(said)}.".capitalize() if said else ""
    if lasts is not None:
        words += f" The stock on hand lasts {fmt.days(lasts)} at the present pace."
    return words.strip()


def _control(chosen: scope.Scope) -> None:
    """The measure and site furthest outside their usual range; else the cost of all visits."""
    found = blocks.most_outside(PER, chosen)
    if found:
        name, site = found
        where, place = chosen.at(site), store.name_of(site)
        control.chart(name, chosen, "control", where=where, place=place)
        return
    known = [name for name in PER if store.series(name, chosen.month, chosen.where).chart]
    control.chart(known[0] if known else "supply_burn", chosen, "control")


def _run_outs(chosen: scope.Scope, day: date) -> None:
    frame = store.listed("running out", day, where=chosen.where, within=WITHIN)
    if frame.is_empty():
        layout.section("What runs out first")
        layout.empty(f"No item runs out within {fmt.days(WITHIN)} of its last count.")
        return
    layout.section(
        _run_out_finding(frame),
        f"On {fmt.day(day)}, at the pace of the last 90 days; four in five run out within the "
        "days below."
        + (" What has nothing on order comes first." if frame["orders_known"].any() else ""),
    )
    lists.run_outs(frame, key="run-outs", first=8)


def _transfers(chosen: scope.Scope, day: date) -> None:
    """What sites should send each other; nothing is drawn where no site can help another."""
    frame = store.listed("transfers", day, where=chosen.where)
    if frame.is_empty():
        return
    layout.section(
        _transfer_finding(frame),
        "What a site lacks before its next delivery, from sites that have too much of it; and what "
        "would expire unused, to sites that use it in time. Nobody gives what it needs itself.",
    )
    lists.transfers(frame, key="transfers", first=6)


def _transfer_finding(frame: pl.DataFrame) -> str:
    many = f"{fmt.counted(frame.height, 'transfer')} between sites"
    saved, covers = _sums(frame.filter(pl.col("rescued") > 0), "saved"), frame["covers"].sum()
    said = [f"{_s(frame.height, 'save')} {saved} from expiring"] if saved else []
    if covers:
        said.append(f"{_s(frame.height, 'keep')} {fmt.counted(covers, 'item')} from running out")
    return f"{many} {fmt.names(said)}" if said else many


def _run_out_finding(frame: pl.DataFrame) -> str:
    """How many items run out, and how many of them without an order."""
    said = f"{fmt.counted(frame.height, 'item')} {_s(frame.height, 'run')} out within "
    said += f"{fmt.days(WITHIN)}"
    known = frame.filter("orders_known")
    bare = known["on_order"].null_count()
    if known.is_empty():
        spare = frame.height - frame["spare"].null_count()
        return (
            f"{said}; for {fmt.count(spare)} of them another site has too much" if spare else said
        )
    return f"{said}; {fmt.count(bare) if bare else 'none'} {_has(bare)} nothing on order"


def _s(number: int, verb: str) -> str:
    return f"{verb}s" if number == 1 else verb


def _has(number: int) -> str:
    return "has" if number == 1 else "have"


def _measures(chosen: scope.Scope) -> None:
    layout.section("Key measures", f"{_who(chosen)}, {chosen.period.name()}.")
    known = [name for name in MEASURES if blocks.is_known(name, chosen, chosen.where)]
    items = [blocks.measure_item(name, chosen, chosen.where, "supplies") for name in known]
    subject_list(items, key="measures", label="Key measures of supplies")


def _who(chosen: scope.Scope) -> str:
    return "The sites of the scope" if chosen.where else "All sites"


def _expiring(chosen: scope.Scope, day: date) -> None:
    frame = store.listed("expiring", day, where=chosen.where)
    if frame.is_empty():
        layout.section("What expires")
        layout.empty("No lot with an expiry date expires within 90 days.")
        return
    worth = _sums(frame, "value")
    lots = fmt.counted(frame.height, "lot")
    lost = _sums(frame.filter(pl.col("unused") > 0), "lost")
    layout.section(
        f"{worth or lots} {'expires' if worth or frame.height == 1 else 'expire'} within 90 days"
        + (f", {lost} of it unused" if lost else ""),
        f"Lots on the shelves on {fmt.day(day)}; what is used first is what expires first.",
    )
    # What is lost stands above what will be used up in time.
    frame = frame.sort(
        (pl.col("unused") > 0).fill_null(False), descending=True, maintain_order=True
    )
    lists.expiring(frame, key="expiring", first=6)


def _overstocked(chosen: scope.Scope, day: date) -> None:
    frame = store.listed("overstocked", day, where=chosen.where)
    if frame.is_empty():
        layout.section("What there is too much of")
        layout.empty("No item lasts longer than 180 days.")
        return
    worth = _sums(frame, "excess")
    many = f"{fmt.counted(frame.height, 'item')} {_s(frame.height, 'last')}"
    layout.section(
        f"{many} longer than 180 days" + (f", {worth} too much" if worth else ""),
        "Too much is what lies beyond 90 days of use." if worth else "Longest first.",
    )
    lists.overstocked(frame, key="overstocked", first=6)


def _sums(frame: pl.DataFrame, column: str) -> str:
    """The sum of each currency, in the order of their names; "" without any amount."""
    sums = frame.drop_nulls(column).group_by("currency").agg(pl.col(column).sum())
    sums = sums.sort("currency")
    return fmt.names([fmt.money(row[column], row["currency"]) for row in sums.to_dicts()])


def _prices(chosen: scope.Scope) -> None:
    frame = store.listed("price creep", chosen.period.stop, where=chosen.where)
    layout.section("Prices that rose", "Median price at receipt, last three months, and the same "
                   "months a year before; rises of 8 % and more.")  # fmt: skip
    if frame.is_empty():
        layout.empty("No item's price rose by 8 % or more in a year.")
        return
    rows = [Row(_price_cells(row)) for row in frame.head(10).iter_rows(named=True)]
    columns = [
        Column("Item"),
        Column("Then", align="right", phone="second"),
        Column("Now", align="right", phone="second"),
        Column("Rise", align="right", phone="value"),
        Column("Extra a year", align="right", phone="second"),
    ]
    responsive_table(columns, rows, key="prices", label="Prices that rose")


def _price_cells(row: dict[str, Any]) -> list[str]:
    return [
        row["item_name"],
        fmt.unit_price(row["before"], row["currency"]),
        fmt.unit_price(row["now"], row["currency"]),
        fmt.percent(row["rise"], signed=True),
        fmt.money(row["extra"], row["currency"]),
    ]


def _leagues(chosen: scope.Scope) -> None:
    """Sites by cost per visit, homes by cost per resident day; only what some site has."""
    known = [name for name in PER if blocks.is_known(name, chosen, chosen.where)]
    for column, name in zip(st.columns(len(known) or 1, gap="medium"), known, strict=False):
        with column:
            blocks.league(name, chosen, f"league-{name}", title=find(name).title)
    if known and len({site.kind for site in store.sites().values()}) > len(known):
        layout.note("A visit differs by type of site: the filter above compares like with like.")


def _in_units(chosen: scope.Scope) -> None:
    """Exports without prices: what was issued and what is left, in units."""
    issued = store.ask("units_issued", chosen.period, where=chosen.where, compare=("year",))
    when = chosen.period.name()
    missing = f"What they cost is not known: {blocks.wanting(PRICED)}"
    if issued.value is None:
        layout.page_title(f"No use of supplies is known for {when}", missing)
    else:
        units = fmt.counted(issued.value, "unit")
        layout.page_title(f"{units} of supplies were issued in {when}", missing)
    blocks.state(issued, where=chosen.where)
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        _issued_trend(chosen)
    with right:
        _by_item(chosen)
    day = store.day_of(chosen.month)
    _run_outs(chosen, day)
    _transfers(chosen, day)
    _overstocked(chosen, day)


def _issued_trend(chosen: scope.Scope) -> None:
    metric = find("units_issued")
    span = blocks.history(chosen)
    frame = store.ask(metric.name, span, by=("month",), where=chosen.where, compare=("year",)).frame
    if frame["value"].drop_nulls().is_empty():
        layout.empty(f"{metric.title}: {blocks.wanting(metric.needs)}")
        return
    drawn = frame.select(
        month="start",
        value=pl.col("value").cast(pl.Float64),
        previous=pl.col("year").cast(pl.Float64),
    )
    last = frame.row(-1, named=True)
    show(
        charts.trend(
            drawn,
            name=metric.title,
            unit="count",
            zero=True,
            notes=noted.marks(metric, chosen.where, frame["start"].to_list()),
        ),
        _issued_finding(last, chosen),
        f"{metric.title} by month to {fmt.month(chosen.month)}, with the year before",
        key="issued",
        note="A box and a bottle count one each: the sum shows the pace, not the amount.",
        links=months_of(metric, frame["start"].to_list(), chosen.where),
    )


def _issued_finding(last: dict[str, Any], chosen: scope.Scope) -> str:
    said = f"{fmt.count(last['value'])} units were issued in {fmt.month(chosen.month)}"
    if last["year"] is None or last["value"] is None:
        return said
    apart = last["value"] - last["year"]
    more = "more" if apart >= 0 else "fewer"
    return f"{said}, {fmt.count(abs(apart))} {more} than a year earlier"


def _by_item(chosen: scope.Scope) -> None:
    """Each item: issued now and a year before, on hand, and how long that lasts."""
    held = store.listed("stock by item", chosen.period.stop, where=chosen.where)
    issued = store.ask(
        "units_issued", chosen.period, by=("item",), where=chosen.where, compare=("year",)
    )
    layout.block(
        "Issued and on hand, by item",
        f"Units, {chosen.period.name()} and the same months a year before; stock at the last count",
    )
    if held.is_empty() and issued.frame.is_empty():
        layout.empty("No item was issued or counted in this scope.")
        return
    rows = held.join(issued.frame.select("item", "value", "year"), on="item", how="left")
    columns = [
        Column("Item"),
        Column("Issued", align="right", phone="second"),
        Column("Year before", align="right", phone="second"),
        Column("On hand", align="right", phone="second"),
        Column("Lasts", align="right", phone="value"),
        Column("Sites with none", align="right", phone="second"),
    ]
    made = [Row(_item_cells(row)) for row in rows.head(12).iter_rows(named=True)]
    responsive_table(columns, made, key="items", label="Items issued and on hand")


def _item_cells(row: dict[str, Any]) -> Sequence[str]:
    return [
        row["item_name"],
        fmt.count(row["value"]),
        fmt.count(row["year"]),
        fmt.count(row["quantity"]),
        fmt.days(row["days_left"]),
        f"{fmt.count(row['out'])} of {fmt.count(row['sites'])}",
    ]
