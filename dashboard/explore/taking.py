"""Explore's downloads: the table and the rows as CSV, XLSX and Parquet, made when asked for."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st

from dashboard import format as fmt
from dashboard import store, viewing
from dashboard import taking as handing
from dashboard.explore import order, words
from dashboard.explore.view import View
from dashboard.explore.words import name_of
from pipelines.access.roles import Right
from pipelines.analysis.pivots import TOTAL, Pivot, long_table
from pipelines.downloads import as_csv, as_parquet
from pipelines.metrics import Metric, Unit
from pipelines.workbooks import Sheet, as_workbook

SHOWN = {Unit.SHARE: "0.0%", Unit.MONEY: "#,##0.00", Unit.RATE: "#,##0.00", Unit.HOURS: "#,##0.0",
         Unit.RATIO: "0.00"}  # fmt: skip
FORMS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
NAMES = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}


def table(pivot: Pivot, view: View) -> None:
    """The buttons that hand out the table."""
    _buttons(f"rounds-{view.metric}", lambda form: table_file(pivot, view, form), "table")


def rows(frame: pl.DataFrame, metric: Metric) -> None:
    """The buttons that hand out the rows behind a figure."""
    _buttons(f"rounds-{metric.name}-rows", lambda form: rows_file(frame, form), "rows")


def _buttons(name: str, made: Callable[[str], bytes], what: str) -> None:
    if not viewing.may(Right.EXPORT):
        return
    with st.popover(f"Download the {what}", type="tertiary", icon=":material/download:"):
        for form, mime in FORMS.items():
            handing.button(
                NAMES[form],
                lambda form=form: made(form),
                f"{name}.{form}",
                mime,
                key=f"take-{what}-{form}",
                width="stretch",
            )


def table_file(pivot: Pivot, view: View, form: str) -> bytes:
    """The table: every figure with its parts, a row each; in a workbook as it is shown, too."""
    figures = named(long_table(pivot), pivot)
    if form == "csv":
        return as_csv(figures)
    if form == "parquet":
        return as_parquet(figures)
    shown = SHOWN.get(pivot.metric.unit, "General")
    parts = ["value", pivot.compare or "", "gap"]
    sheets = [
        Sheet(
            "Table" if money is None or len(pivot.currencies) == 1 else f"Table {money}",
            frame := wide(pivot, view, money),
            dict.fromkeys(frame.columns[1:], shown),
        )
        for money in pivot.currencies
    ]
    sheets += [Sheet("Figures", figures, dict.fromkeys(parts, shown)),
               Sheet("About", about(pivot, view), {})]  # fmt: skip
    return as_workbook(sheets)


def named(frame: pl.DataFrame, pivot: Pivot) -> pl.DataFrame:
    """The figures with the names of sites beside their ids."""
    if "site" not in frame.columns:
        return frame
    names = {site: store.name_of(site) for site in frame["site"].drop_nulls().unique()}
    at = frame.columns.index("site") + 1
    column = frame["site"].replace_strict(names, default=None, return_dtype=pl.String)
    return frame.insert_column(at, column.alias("site_name"))


def wide(pivot: Pivot, view: View, currency: str | None) -> pl.DataFrame:
    """The table as it is shown, all of its rows and columns: numbers, totals last."""
    rows = [*order.sorted_rows(pivot, view, currency), TOTAL]
    if pivot.columns:
        columns = {key: name_of(key, pivot.columns) for key in pivot.column_keys}
        columns[TOTAL] = name_of(TOTAL, pivot.columns)
    else:
        columns = {TOTAL: pivot.metric.title}
    heads = _unique([words.title_of(pivot.rows), *columns.values()])
    dtype = pivot.whole.frame.schema["value"]
    found: dict[str, pl.Series] = {
        heads[0]: pl.Series([name_of(key, pivot.rows) for key in rows], dtype=pl.String)
    }
    for head, column in zip(heads[1:], columns, strict=True):
        values = [pivot.figure(row, column, currency).value for row in rows]
        found[head] = pl.Series(values, dtype=dtype, strict=False)
    return pl.DataFrame(found)


def _unique(heads: list[str]) -> list[str]:
    """Headings that differ: two contracts of one title are two columns."""
    found: list[str] = []
    for head in heads:
        count = sum(one == head or one.startswith(f"{head} (") for one in found)
        found.append(f"{head} ({count + 1})" if count else head)
    return found


def about(pivot: Pivot, view: View) -> pl.DataFrame:
    """What the figures are: definition, formula, scope, build."""
    metric, whole = pivot.metric, pivot.whole
    told = {
        "Measure": metric.title,
        "Definition": metric.definition,
        "Formula": metric.formula,
        "Mind": metric.traps,
        "Period": whole.period.name(),
        "Filters": "; ".join(words.scope_in_words(view)) or "none",
        "Compared with": words.AGAINST.get(pivot.compare or "", "nothing"),
        "Known by": "now" if view.as_of is None else f"load {view.as_of}",
        "As of": fmt.moment(whole.published),
        "Build": whole.build,
        "Address": view.link(opened=False).href,
    }
    return pl.DataFrame({"About": list(told), "Text": list(told.values())})


def rows_file(frame: pl.DataFrame, form: str) -> bytes:
    """The rows behind a figure, each with its file and record."""
    if form == "csv":
        return as_csv(frame)
    return as_parquet(frame) if form == "parquet" else as_workbook([Sheet("Rows", frame, {})])
