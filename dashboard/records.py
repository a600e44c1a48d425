"""A record of a file: what became of it, and the figures that it counts in."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import asking, layout, store
from dashboard import format as fmt
from dashboard import store_numbers as held
from dashboard.components import Cell, Column, Link, Row, link, responsive_table
from dashboard.units import parts_of
from pipelines.calendar import month_span
from pipelines.errors import RoundsError, UsageProblem
from pipelines.metrics import find
from pipelines.metrics.trace import Trace

LOAD, RECORD = "load", "record"


def to_record(load: int, record: int) -> Link:
    """The address of a record's page."""
    return link(asking.PAGE, load=str(load), record=str(record))


def is_asked() -> bool:
    """Whether the address names a record."""
    return LOAD in st.query_params and RECORD in st.query_params


def page() -> None:
    """Draw the page of the record that the address names."""
    try:
        found = held.trace(_number(LOAD), _number(RECORD))
    except RoundsError as problem:
        layout.page_title("There is no such record", str(problem))
        return
    name = found.path if found.part is None else f"{found.path}, {found.part}"
    layout.page_title(
        f"Record {fmt.count(found.record)} of {name}",
        _became(found),
        second=f"Load {found.load}, read with the profile {found.profile}.",
    )
    for reason in found.reasons:
        layout.paragraph(f"Set aside: {reason}.")
    if found.reasons:
        layout.paragraph("It still waits." if found.waits else "It waits no longer.")
    _facts(found)
    _figures(found)


def _number(name: str) -> int:
    text = st.query_params[name]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageProblem(
            "A load and a record are whole numbers. Follow a row of a number to one."
        )
    return int(text)


def _became(found: Trace) -> str:
    said = f"It was {found.became}."
    if found.became.startswith("stated"):
        said = "It states no fact, or the file has no such record."
    if found.kind:
        said = f"It is furniture of the file: {found.kind}."
    if found.same_as:
        said += f" It repeats record {found.same_as[1]} of load {found.same_as[0]}."
    if found.corrected_in:
        said += f" It was corrected in load {fmt.names([str(n) for n in found.corrected_in])}."
    return f"{said} The load was withdrawn." if found.withdrawn else said


def _facts(found: Trace) -> None:
    if not found.facts:
        return
    layout.section("What it states", "Rows of a feed, those that stand and those that gave way.")
    rows = [
        Row(
            [
                Cell(
                    _words(fact["what"] or fact["feed"]), second=str(fact["feed"]).replace("_", " ")
                ),
                store.name_of(str(fact["site"])),
                fmt.day(fact["day"]),
                _standing(fact),
            ]
        )
        for fact in found.facts
    ]
    columns = [
        Column("Row"),
        Column("Site", phone="second", quiet=True),
        Column("Day", phone="second", quiet=True),
        Column("State", phone="own", quiet=True),
    ]
    responsive_table(columns, rows, key="facts", label="What the record states")


def _words(what: str) -> str:
    """What a row is called; names of measures without their underscores."""
    return what if " " in what else what.replace("_", " ")


def _standing(fact: dict[str, Any]) -> Cell:
    if fact["superseded_in"] is None:
        return Cell("stands")
    return Cell("gave way", tone="muted", second=f"to {fact['by']} (event {fact['superseded_in']})")


def _summed(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line a number: a record may state many facts that count in it."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for figure in figures:
        key = figure["metric"], figure["month"], figure["site"]
        line = sums.setdefault(key, {**figure, "numerator": None, "denominator": None})
        for side in ("numerator", "denominator"):
            if figure[side] is not None:
                line[side] = figure[side] + (line[side] or 0)
    return list(sums.values())


def _figures(found: Trace) -> None:
    layout.section("The numbers that it counts in", "Each leads to where it comes from.")
    if not found.figures:
        layout.empty("It counts in none now.")
        return
    rows = []
    for figure in _summed(found.figures):
        metric = find(figure["metric"])
        top, bottom = parts_of(metric)
        where = {"site": [figure["site"]]}
        number = asking.number(metric, month_span(figure["month"]), where)
        rows.append(
            Row(
                [
                    Cell(metric.title, second=store.name_of(figure["site"]), link=number.link()),
                    fmt.month(figure["month"]),
                    top(figure["numerator"], store.currency()),
                    bottom(figure["denominator"], store.currency()),
                ]
            )
        )
    columns = [
        Column("Number"),
        Column("Month", phone="second", quiet=True),
        Column("To its numerator", align="right", phone="value"),
        Column("To its denominator", align="right", phone="second"),
    ]
    responsive_table(columns, rows, key="figures", label="Numbers that the record counts in")
