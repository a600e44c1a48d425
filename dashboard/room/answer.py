"""The answer below the question: its rows in pages, its plan, or what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard import format as fmt
from dashboard import layout, taking, viewing
from dashboard.components import RecordColumn, record_table
from dashboard.room.job import Job, whole
from pipelines.access.roles import Right
from pipelines.downloads import as_csv, as_parquet, as_xlsx
from pipelines.errors import RoundsError
from pipelines.room.query import MOST

PAGE = 100  # rows
LONG = 400  # characters of a cell that are shown
FORMS = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}


def headline(job: Job | None) -> tuple[str, str]:
    """The page's finding and what it says below."""
    about = "Your own questions on the documented tables: nothing is changed by asking."
    if job is None or not (job.result or job.problem):
        return "Ask in SQL", about
    if job.problem:
        return "This question has no answer", job.problem
    assert job.result is not None
    found = job.result
    took = f"It took {fmt.number(found.seconds, decimals=1)} seconds."
    if job.query.explain:
        return "This is how the question would be answered", took
    rows = fmt.counted(found.frame.height, "row")
    if found.cut:
        more = f"There are more: the first are shown, a download holds up to {fmt.count(MOST)}."
        return f"The first {rows} of the answer", f"{took} {more}"
    return f"The answer has {rows}", took


def draw(job: Job) -> None:
    """The rows, or the plan."""
    if job.result is None:
        return
    frame = job.result.frame
    if job.query.explain:
        st.code(str(frame.rows()[0][-1]) if frame.height else "", language=None)
        return
    pages = max(1, -(-frame.height // PAGE))
    at = 1
    if pages > 1:
        at = st.pagination(pages, key=f"sql page {id(job)}")
    shown = frame.slice((at - 1) * PAGE, PAGE)
    if frame.is_empty():
        layout.empty("No row fits the question.")
    columns = [RecordColumn(name, kind.is_numeric()) for name, kind in frame.schema.items()]
    written = [[cell(value, most) for value in series] for series, most in _with_places(shown)]
    rows = [list(row) for row in zip(*written, strict=True)]
    record_table(columns, rows, key="sql answer", label="The answer")
    if pages > 1:
        first, last = (at - 1) * PAGE + 1, min(frame.height, at * PAGE)
        layout.note(f"{fmt.count(first)} to {fmt.count(last)} of {fmt.count(frame.height)}")
    _downloads(job)


def _with_places(shown: pl.DataFrame) -> list[tuple[pl.Series, int]]:
    """The columns, each with the decimal places that its figures need."""
    found = []
    for series in shown.get_columns():
        values = series.drop_nulls().to_list() if series.dtype.is_decimal() else []
        places = [-int(value.normalize().as_tuple().exponent) for value in values]
        found.append((series, max([0, *places])))
    return found


def cell(value: Any, places: int = 0) -> str | None:
    """A value as a text: figures with all their digits, at least so many `places`; days as days."""
    match value:
        case None:
            return None
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case Decimal():
            return fmt.number(value, decimals=places)
        case datetime():
            return fmt.moment(value)
        case date():
            return fmt.day(value)
        case bytes():
            return value.hex()[:LONG]
    text = str(value)
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def _downloads(job: Job) -> None:
    if not viewing.may(Right.EXPORT):
        return
    with st.popover("Download the answer", type="tertiary", icon=":material/download:"):
        for form, (name, mime) in FORMS.items():
            taking.button(
                name, _made(job, form), f"rounds-answer.{form}", mime, key=f"sql take {form}",
                width="stretch",
            )  # fmt: skip


def _made(job: Job, form: str) -> Callable[[], bytes]:
    def make() -> bytes:
        try:
            return file(whole(job, MOST).frame, form, job.query.sql)
        except RoundsError as problem:
            return str(problem).encode()

    return make


def file(frame: pl.DataFrame, form: str, sql: str) -> bytes:
    """The answer as a file in which no cell and no heading acts as a formula."""
    if form == "csv":
        return as_csv(frame)
    return as_parquet(frame) if form == "parquet" else as_xlsx(frame, {"Question": sql})
