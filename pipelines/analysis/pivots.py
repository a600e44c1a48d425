"""A metric by two dimensions at once, with its totals.

A total is never added up here: each is asked for, so that the total of a ratio is a ratio of sums,
that of a median comes from the rows, and the state at a period's end is not summed over months.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import polars as pl

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.metrics import Metric, Unit
from pipelines.metrics.ask import Answer
from pipelines.metrics.dimensions import TIME_TITLES, title_of

Number = Decimal | float | int
# A row's or column's value: text, a day, a truth, a number, a Period, or None (not stated).
Key = Any
Ask = Callable[[tuple[str, ...]], Answer]


class _Total(Enum):
    """The key of a total: all that the question covers, whatever its value."""

    TOTAL = "total"


TOTAL = _Total.TOTAL
PARTS = ("value", "numerator", "denominator", "expected", "present", "reason")


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell: its value with its parts, what it is compared with, or why there is none.

    `then` is the value compared with and `gap` how far the value lies from it: of a budget what
    both sides have (see `ask`). `incomplete` says that something expected did not arrive.
    """

    value: Number | None
    reason: str | None = None
    numerator: Number | None = None
    denominator: Number | None = None
    then: Number | None = None
    gap: Number | None = None
    expected: int = 0
    present: int = 0

    @property
    def incomplete(self) -> bool:
        """Whether a part of what was expected is missing."""
        return self.present < self.expected

    @property
    def change(self) -> float | None:
        """The gap as a share of what is compared with; None where that is 0 or unknown."""
        if self.gap is None or not self.then:
            return None
        return float(self.gap) / abs(float(self.then))


# Nothing was counted there: neither 0 nor a file that is missing.
NO_ROWS = Figure(None, "no such rows")


@dataclass(frozen=True)
class Pivot:
    """The figures of a metric by `rows` and `columns` (None: by the rows alone).

    `answers` holds what was asked, by the dimensions asked for; `currencies` those of the figures
    (None for what is not money). `row_keys` and `column_keys` stand in the order of time, or of
    names.
    """

    metric: Metric
    rows: str
    columns: str | None
    compare: str | None
    answers: Mapping[tuple[str, ...], Answer]
    figures: Mapping[tuple[Key, Key, str | None], Figure] = field(repr=False)
    currencies: tuple[str | None, ...]
    row_keys: tuple[Key, ...]
    column_keys: tuple[Key, ...]

    @property
    def whole(self) -> Answer:
        """The answer without dimensions."""
        return self.answers[()]

    def figure(self, row: Key, column: Key = TOTAL, currency: str | None = None) -> Figure:
        """The figure of a cell, or of a total where one of the keys is TOTAL."""
        return self.figures.get((row, column, currency), NO_ROWS)

    def known(self, currency: str | None) -> bool:
        """Whether anything of a currency has a value."""
        return any(
            figure.value is not None
            for (_, _, money), figure in self.figures.items()
            if money == currency
        )


def pivot(ask: Ask, metric: Metric, rows: str, columns: str | None, compare: str | None) -> Pivot:
    """Ask a metric by rows and columns, by each of them alone, and for all.

    `ask` answers by the dimensions given, with the comparison. UsageProblem where the two are one,
    or both grains of time.
    """
    wanted = tuple(name for name in (rows, columns) if name is not None)
    if len(set(wanted)) < len(wanted):
        raise UsageProblem(
            f"Rows and columns are both {title_of(rows).lower()}: choose another for one of them."
        )
    if all(name in TIME_TITLES for name in wanted) and len(wanted) == 2:
        raise UsageProblem(
            f"{title_of(rows)} and {title_of(wanted[1]).lower()} are both time: choose a place, a "
            "role or another dimension for one of them."
        )
    asked = list(dict.fromkeys([wanted, (rows,), wanted[1:], ()]))
    answers = {by: ask(by) for by in asked}
    figures: dict[tuple[Key, Key, str | None], Figure] = {}
    for by, answer in answers.items():
        for row in answer.frame.iter_rows(named=True):
            keys = [key_of(row, name) if name in by else TOTAL for name in (rows, columns)]
            figures[keys[0], keys[1], row.get("currency")] = _figure(row, compare)
    found = [{key[at]: None for key in figures if key[at] is not TOTAL} for at in (0, 1)]
    moneys = dict.fromkeys(key[2] for key in figures)
    return Pivot(
        metric, rows, columns, compare, answers, figures,
        tuple(sorted(moneys, key=lambda money: money or "")),
        *(tuple(sorted(keys, key=in_order)) for keys in found),
    )  # fmt: skip


def key_of(row: Mapping[str, Any], dimension: str) -> Key:
    """A row's value of a dimension: of a grain of time its period."""
    return Period(row["start"], row["stop"]) if dimension in TIME_TITLES else row[dimension]


def in_order(key: Key) -> tuple[int, Any]:
    """Sorts keys: time by its start, numbers by size, names as people sort them, None last."""
    if key is None:
        return 2, ""
    if isinstance(key, Period):
        return 0, key.start
    return (0, key) if isinstance(key, date | bool | int | float | Decimal) else (1, _plain(key))


def _plain(key: Key) -> str:
    return str(key).casefold()


def _figure(row: Mapping[str, Any], compare: str | None) -> Figure:
    then = row.get(compare) if compare else None
    gap = None
    if compare == "budget":
        gap = row.get("gap")
    elif then is not None and row["value"] is not None:
        gap = _apart(row["value"], then)
    return Figure(
        row["value"], row["reason"], row["numerator"], row["denominator"], then, gap,
        row["expected"] or 0, row["present"] or 0,
    )  # fmt: skip


def _apart(value: Number, then: Number) -> Number:
    if isinstance(value, Decimal) and isinstance(then, Decimal | int):
        return value - then
    return float(value) - float(then)


def long_table(pivot: Pivot) -> pl.DataFrame:
    """Every figure in a row of its own, totals among them.

    Columns: the two dimensions (`site` with `site_name`'s place left to the caller), `start`,
    `stop`, `total` ("", "row", "column" or "all": what the row sums up), `currency` where it is
    money, `value`, the comparison, its gap, `numerator`, `denominator`, `expected`, `present`,
    `reason`. Amounts stay decimal.
    """
    wanted = [name for name in (pivot.rows, pivot.columns) if name is not None]
    parts = []
    for by, answer in pivot.answers.items():
        frame = answer.frame.with_columns(total=pl.lit(_kind_of_total(by, wanted)))
        for name in wanted:
            if name in TIME_TITLES:
                parted = pl.col("start") if name in by else pl.lit(None, pl.Date)
                frame = frame.with_columns(parted.alias(name))
            elif name not in by:
                dtype = pivot.answers[(name,)].frame[name].dtype
                frame = frame.with_columns(pl.lit(None, dtype).alias(name))
        parts.append(frame)
    money = ["currency"] if pivot.metric.is_money else []
    compared = [pivot.compare] if pivot.compare else []
    gap = ["gap"] if pivot.compare == "budget" else []
    names = [*wanted, "start", "stop", "total", *money, "value", *compared, *gap, "numerator",
             "denominator", "expected", "present", "reason"]  # fmt: skip
    return pl.concat(
        [part.select(list(dict.fromkeys(names))) for part in parts], how="vertical_relaxed"
    )


def _kind_of_total(by: tuple[str, ...], wanted: Sequence[str]) -> str:
    if len(by) == len(wanted):
        return ""
    if not by:
        return "all"
    return "row" if by[0] == wanted[0] else "column"


def is_amount(metric: Metric) -> bool:
    """Whether values are amounts or counts, of which a part can be most; not levels."""
    return metric.unit in (Unit.MONEY, Unit.HOURS, Unit.COUNT) and metric.denominator is None
