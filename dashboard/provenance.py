"""Where a number comes from: what is missing, its files, what was restated, its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from dashboard import format as fmt
from dashboard import layout, records, scope, store, taking
from dashboard import store_numbers as held
from dashboard.asking import Asked
from dashboard.components import Cell, Column, Row, link_row, responsive_table
from dashboard.places import everywhere
from dashboard.units import Part, parts_of
from pipelines.downloads import as_csv, as_parquet, as_xlsx
from pipelines.errors import RoundsError
from pipelines.metrics.ask import Answer
from pipelines.metrics.behind import Order
from pipelines.metrics.passport import Passport
from pipelines.warehouse.needs import NEEDS

PAGE_ROWS = 100
SHOWN = 12  # files and gaps before the rest
CHANGES = 6
# What is money in the feeds; hours and quantities are not, also where they stand beside it.
AMOUNTS = {"amount", "employer_cost", "value", "cost", "annual_value", "ceiling", "paid"}
ORDERS: dict[str, Order] = {"largest": "largest", "file": "file"}
KINDS: tuple[tuple[str, str, str], ...] = (
    ("CSV", "csv", "text/csv"),
    ("XLSX", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("Parquet", "parquet", "application/vnd.apache.parquet"),
)


def missing(asked: Asked, answer: Answer) -> None:
    """Which sites and months are not there, and what the number does without them."""
    frame = answer.frame
    expected, present = (int(frame[name].max() or 0) for name in ("expected", "present"))
    whole = f"{fmt.count(present)} of {fmt.counted(expected, 'site-month')} {_came(expected)}"
    layout.section("What is missing", whole if expected else "")
    if not answer.missing:
        layout.empty("Nothing that was expected is missing." if expected else
                     "No export that it needs has come for this yet.")  # fmt: skip
        return
    found = dict[tuple[str, str], list[Any]]()
    for gap in answer.missing:
        found.setdefault((gap.site, gap.need), []).append(gap.month)
    rows = [
        Row(
            [
                store.name_of(site),
                NEEDS[need].what.capitalize(),
                fmt.names([fmt.month(month) for month in sorted(months)], limit=3),
            ],
            link=scope.to_site(site),
        )
        for (site, need), months in found.items()
    ]
    columns = [Column("Site"), Column("What", phone="second", quiet=True), Column("Months")]
    responsive_table(columns, rows[:SHOWN], key="missing", label="What is missing")
    if len(rows) > SHOWN:
        layout.note(f"{fmt.counted(len(rows) - SHOWN, 'more line')} like these.")
    layout.note("What is missing is left out; it is never taken as zero.")


def _came(expected: int) -> str:
    return "is there to its end" if expected == 1 else "are there to their end"


def _passport(asked: Asked) -> Passport | None:
    try:
        return held.passport(asked)
    except RoundsError as problem:
        layout.empty(str(problem))
        return None


def restated(asked: Asked) -> None:
    """What later files made of what the number rests on."""
    layout.section(
        "Changed by later files", "Sums of its feeds by site and month: rows added, or replaced"
    )
    papers = _passport(asked)
    if papers is None:
        return
    if papers.restated.is_empty():
        layout.empty("No file has changed what it rests on since its first one.")
        return
    changes(papers.restated, key="restated", label="Changed by later files")


def changes(frame: pl.DataFrame, *, key: str, label: str) -> None:
    """Sums before and after, the latest first (see `pipelines.warehouse.changes`)."""
    newest = frame.sort("event", descending=True)
    rows = [
        Row(
            [
                Cell(
                    f"{c['site_name'] or c['site'] or 'All sites'}, {fmt.month(c['month'])}",
                    second=f"{c['feed']}, {c['measure']}".replace("_", " "),
                ),
                _exact(c["before"], c),
                _exact(c["after"], c),
                Cell(f"load {c['event']}", second=fmt.day(c["moment"].date())),
            ]
        )
        for c in newest.head(CHANGES).iter_rows(named=True)
    ]
    columns = [
        Column("What"),
        Column("Before", align="right", phone="second"),
        Column("After", align="right", phone="value"),
        Column("By", phone="second", quiet=True),
    ]
    responsive_table(columns, rows, key=key, label=label)
    if newest.height > CHANGES:
        layout.note(f"The latest {CHANGES} of {fmt.counted(newest.height, 'change')}.")


def _exact(value: Any, change: dict[str, Any]) -> str:
    if change["currency"] and change["measure"] in AMOUNTS:
        return fmt.money_exact(value, change["currency"])
    return fmt.number(value, decimals=2)


def files(asked: Asked, answer: Answer) -> None:
    """Which file states how much of the number."""
    layout.section("Where it comes from", "Files by how much of the number they state.")
    papers = _passport(asked)
    if papers is None:
        return
    if papers.files.is_empty():
        layout.empty("No row of any file is behind it.")
        return
    top, bottom = parts_of(asked.metric)
    currency = _currency(answer)
    ranked = papers.files.sort(pl.col("numerator").abs(), descending=True, nulls_last=True)
    rows = [_file(file, top, bottom, currency, asked) for file in ranked.iter_rows(named=True)]
    columns = [
        Column("File"),
        Column("Loaded", phone="second", quiet=True),
        Column("Rows", align="right", phone="second"),
        Column(_adds(asked), align="right", phone="value"),
    ]
    if asked.metric.denominator is not None:
        columns.append(Column("Denominator", align="right", phone="second"))
    label = "Files behind the number"
    responsive_table(columns, rows[:SHOWN], key="files", label=label)
    if len(rows) > SHOWN:
        with st.expander(
            f"Show {fmt.counted(len(rows) - SHOWN, 'more file')}", on_change="rerun",
            key="more-files",
        ) as more:  # fmt: skip
            if more.open:
                responsive_table(
                    columns, rows[SHOWN:], key="files-rest", label=f"{label}, the rest"
                )


def _file(file: dict[str, Any], top: Part, bottom: Part, currency: str, asked: Asked) -> Row:
    name = file["path"] if file["part"] is None else f"{file['path']}, {file['part']}"
    cells = [
        Cell(name, second=f"load {file['load']}, {file['profile']}"),
        fmt.moment(file["moment"]),
        fmt.count(file["rows"]),
        top(file["numerator"], currency),
    ]
    if asked.metric.denominator is not None:
        cells.append(bottom(file["denominator"], currency))
    return Row(cells)


def _adds(asked: Asked) -> str:
    return "Numerator" if asked.metric.denominator is not None else "Amount"


def _currency(answer: Answer) -> str:
    """The one currency of the number; the group's where there are several."""
    return answer.currency or store.currency()


def rows(asked: Asked, answer: Answer) -> None:
    """The rows, a hundred at a time, each leading to its record; and all of them to keep."""
    papers = _passport(asked)
    if papers is None or not papers.rows:
        return
    order = ORDERS.get(st.query_params.get("order", ""), "largest")
    pages = -(-papers.rows // PAGE_ROWS)
    at = min(_page(), pages)
    first = (at - 1) * PAGE_ROWS
    frame = held.rows(asked, first, PAGE_ROWS, order)
    said = "largest first" if order == "largest" else "as they stand in their files"
    last = first + frame.height
    layout.section(
        f"The {fmt.counted(papers.rows, 'row')} behind it",
        f"{fmt.count(first + 1)} to {fmt.count(last)}, {said}. Each leads to its record.",
    )
    if asked.metric.numerator.table == "costs" and not store.reader().limits.pay:
        layout.note("Rows of pay are left out: they are not shown to you.")
    _keep(asked, answer, papers.rows)
    _turn(asked, at, pages, order)
    _table(asked, answer, frame)


def _page() -> int:
    text = st.query_params.get("rows", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _turn(asked: Asked, at: int, pages: int, order: Order) -> None:
    """The way to other pages and to the other order, as links: the address holds them."""
    kept = None if order == "largest" else order
    ways = []
    if at > 1:
        ways.append(("Rows before", asked.link(rows=str(at - 1), order=kept)))
    if at < pages:
        ways.append(("More rows", asked.link(rows=str(at + 1), order=kept)))
    other = ("In the order of the files", asked.link(order="file"))
    ways.append(other if kept is None else ("Largest first", asked.link()))
    link_row(ways, key="turn")


def _table(asked: Asked, answer: Answer, frame: pl.DataFrame) -> None:
    top, bottom = parts_of(asked.metric)
    ratio = asked.metric.denominator is not None
    several = "currency" in frame.columns and frame["currency"].n_unique() > 1
    sites = len(asked.where.get("site", ())) != 1
    shown = []
    for row in frame.iter_rows(named=True):
        currency = row.get("currency") or _currency(answer)
        name = row["path"] if row["part"] is None else f"{row['path']}, {row['part']}"
        cells = [
            Cell(
                row["what"] or str(row["feed"]).replace("_", " "),
                second=currency if several else "",
                link=records.to_record(row["load"], row["record"]),
            ),
            *([store.name_of(row["site"])] if sites else []),
            fmt.day(row["day"]),
            Cell(f"record {fmt.count(row['record'])}", second=f"{name} (load {row['load']})"),
            top(row["numerator"], currency),
        ]
        shown.append(Row([*cells, bottom(row["denominator"], currency)] if ratio else cells))
    columns = [
        Column("Row"),
        *([Column("Site", phone="second", quiet=True)] if sites else []),
        Column("Day", phone="second", quiet=True),
        Column("Record", phone="own", quiet=True),
        Column(_adds(asked), align="right", phone="value"),
    ]
    if ratio:
        columns.append(Column("Denominator", align="right", phone="second"))
    responsive_table(columns, shown, key="rows", label="Rows behind the number")


def _keep(asked: Asked, answer: Answer, count: int) -> None:
    """All rows as a file: made when the button is pressed."""
    fiscal = store.calendar()
    about = {
        "Measure": asked.metric.title, "Definition": asked.metric.definition,
        "Formula": asked.metric.formula, "Period": asked.period.name(),
        "Scope": fmt.names([*asked.places, *asked.parts]) or everywhere(),
        "Build": answer.build, "As of": fmt.moment(answer.published),
    }  # fmt: skip
    stem = "-".join([asked.metric.name, f"{asked.period.start:%Y-%m}"])
    if count > held.MOST:
        layout.note(f"Files to keep hold the first {fmt.count(held.MOST)} rows.")
    with st.container(horizontal=True, gap="small", key="keep"):
        for title, suffix, mime in KINDS:
            taking.button(
                f"All rows as {title}",
                _maker(asked, fiscal, suffix, about),
                f"{stem}.{suffix}",
                mime,
                key=f"keep-{suffix}",
            )


def _maker(asked: Asked, fiscal: Any, suffix: str, about: dict[str, str]) -> Callable[[], bytes]:
    """What makes a file of the rows when it is asked for."""

    def make() -> bytes:
        frame = held.every_row(asked, fiscal)
        if suffix == "csv":
            return as_csv(frame)
        return as_xlsx(frame, about) if suffix == "xlsx" else as_parquet(frame)

    return make
