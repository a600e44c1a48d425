"""In which order rows and columns stand, and what a heading's link sorts by next."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.pivot import Order
from dashboard.explore.view import View, text_of
from dashboard.explore.words import name_of
from pipelines.analysis.pivots import TOTAL, Figure, Key, Pivot, is_amount
from pipelines.calendar import Period
from pipelines.metrics.dimensions import TIME_TITLES

BACK = "-"  # before what is sorted by: the other way about
NAME = "name"
PARTS = ("value", "then", "gap", "change", "numerator", "denominator")
COLUMN = "at."  # before a column's value
MOST_COLUMNS = 12
MOST_PERIODS = 62


def sorted_rows(pivot: Pivot, view: View, currency: str | None) -> list[Key]:
    """The rows that have a figure of the currency, in the order that the view asks for.

    Without one: time as it passes, others by their totals, the highest first (the lowest where high
    is good). What has no value comes last.
    """
    rows = [key for key in pivot.row_keys if _is_there(pivot, key, currency)]
    token = view.sort.removeprefix(BACK)
    if not token or not _is_known(token, pivot):
        if pivot.rows in TIME_TITLES:
            return rows
        token, falls = "value", not _low_first(pivot)
    else:
        falls = (token != NAME) is not view.sort.startswith(BACK)
    if token == NAME:
        named = rows if pivot.rows in TIME_TITLES else sorted(rows, key=_by_name(pivot))
        return named[::-1] if falls else named
    known = {key: sort_value(pivot, key, token, currency) for key in rows}
    with_value = [key for key in rows if known[key] is not None]
    ordered = sorted(with_value, key=lambda key: known[key] or 0.0, reverse=falls)
    return [*ordered, *(key for key in rows if known[key] is None)]


def _by_name(pivot: Pivot):
    return lambda key: (key is None, name_of(key, pivot.rows).casefold())


def _low_first(pivot: Pivot) -> bool:
    return pivot.metric.good == "up" and not is_amount(pivot.metric)


def _is_there(pivot: Pivot, row: Key, currency: str | None) -> bool:
    if len(pivot.currencies) < 2:
        return True
    return pivot.figure(row, TOTAL, currency).value is not None


def _is_known(token: str, pivot: Pivot) -> bool:
    if token in (NAME, *PARTS):
        return True
    return token.startswith(COLUMN) and any(
        text_of(key) == token.removeprefix(COLUMN) for key in pivot.column_keys
    )


def sort_value(pivot: Pivot, row: Key, token: str, currency: str | None) -> float | None:
    """What a row is sorted by."""
    if token.startswith(COLUMN):
        text = token.removeprefix(COLUMN)
        column = next(key for key in pivot.column_keys if text_of(key) == text)
        return _number(pivot.figure(row, column, currency), "value")
    return _number(pivot.figure(row, TOTAL, currency), token)


def _number(figure: Figure, part: str) -> float | None:
    found = getattr(figure, part)
    return None if found is None else float(found)


def shown_columns(pivot: Pivot, currency: str | None) -> tuple[list[Key], int]:
    """The columns that a table shows, and how many it leaves out.

    Time as it passes, the latest kept; others by their totals, the highest kept.
    """
    columns = list(pivot.column_keys)
    if pivot.columns in TIME_TITLES:
        return columns[-MOST_PERIODS:], max(0, len(columns) - MOST_PERIODS)
    known = {key: _number(pivot.figure(TOTAL, key, currency), "value") for key in columns}
    columns.sort(key=lambda key: (known[key] is None, -(known[key] or 0.0)))
    return columns[:MOST_COLUMNS], max(0, len(columns) - MOST_COLUMNS)


def next_sort(view: View, token: str) -> tuple[str, Order | None]:
    """What a heading's link sorts by, and how it is sorted now: once, turned, as at first."""
    rises = token == NAME
    if view.sort == token:
        return BACK + token, "ascending" if rises else "descending"
    if view.sort == BACK + token:
        return "", "descending" if rises else "ascending"
    return token, None


def usual_order(pivot: Pivot, view: View) -> tuple[str, Order] | None:
    """Which heading shows its arrow where nobody has chosen an order."""
    token = view.sort.removeprefix(BACK)
    if token and _is_known(token, pivot):
        return None
    if pivot.rows in TIME_TITLES:
        return NAME, "ascending"
    return "value", "ascending" if _low_first(pivot) else "descending"


def is_time(keys: Sequence[Key]) -> bool:
    """Whether keys are periods."""
    return bool(keys) and all(isinstance(key, Period) for key in keys)
