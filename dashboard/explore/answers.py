"""What Explore reads: figures, rows and the values to filter by, kept as long as the build is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dashboard import store, store_data
from dashboard.memory import remembered
from dashboard.store import Where, reader
from pipelines.analysis import pivots
from pipelines.analysis.pivots import TOTAL, Key, Pivot
from pipelines.calendar import Period
from pipelines.metrics import METRICS, find
from pipelines.metrics.ask import Answer, ask
from pipelines.metrics.dimensions import TIME_TITLES, dimensions
from pipelines.metrics.horizon import arrived
from pipelines.metrics.many import count_rows
from pipelines.metrics.rows import rows

MOST = 200_000  # rows behind a figure that a page lists
VALUES = 500  # values of a dimension to choose from


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, whole: what makes one pivot and no other."""

    metric: str
    rows: str
    columns: str | None
    compare: str | None
    period: Period
    where: Where
    as_of: int | None = None


def pivot(asked: Asked) -> Pivot:
    """The figures of a question. UsageProblem, one sentence, where it can't be answered."""
    return _pivot(reader().key, asked, store.calendar())


@remembered(300)
def _pivot(build: str, asked: Asked, fiscal: object) -> Pivot:
    def answered(by: tuple[str, ...]) -> Answer:
        return ask(
            reader(),
            asked.metric,
            period=asked.period,
            by=by,
            where=dict(asked.where),
            compare=(asked.compare,) if asked.compare else (),
            as_of=asked.as_of,
            fiscal=store.calendar(),
        )

    return pivots.pivot(answered, find(asked.metric), asked.rows, asked.columns, asked.compare)


def behind(asked: Asked, row: Key, column: Key, currency: str | None) -> pl.DataFrame | int:
    """The rows behind a cell or total; how many there are, where they are too many to list."""
    return _behind(reader().key, asked, row, column, currency, store.calendar())


@remembered(20)
def _behind(
    build: str, asked: Asked, row: Key, column: Key, currency: str | None, fiscal: object
) -> pl.DataFrame | int:
    period, where, unstated = asked.period, dict(asked.where), list[str]()
    for name, key in ((asked.rows, row), (asked.columns, column)):
        if name is None or key is TOTAL:
            continue
        if name in TIME_TITLES:
            period = key
        elif key is None:
            unstated.append(name)
        else:
            where[name] = (str(key).lower() if isinstance(key, bool) else str(key),)
    if currency is not None:
        where["currency"] = (currency,)
    if not unstated:
        count = count_rows(
            reader(), asked.metric, period=period, where=where, fiscal=store.calendar()
        )
        if count > MOST:
            return count
    found = rows(
        reader(), asked.metric, period=period, by=unstated, where=where, as_of=asked.as_of,
        fiscal=store.calendar(),
    )  # fmt: skip
    return found.filter(*(pl.col(name).is_null() for name in unstated))


def values_of(
    metric: str, dimension: str, period: Period, where: Mapping[str, Sequence[str]]
) -> list[str]:
    """The values of a metric's dimension in a period, by name, as the address writes them."""
    answer = store.ask(metric, period, by=(dimension,), where=where)
    found = answer.frame[dimension].drop_nulls().unique().sort().to_list()
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in found][:VALUES]


def dimensions_of(metric: str) -> dict[str, str]:
    """The dimensions that a metric can be asked by, with their titles."""
    return dimensions(find(metric), reader().columns, store.calendar())


def ready() -> list[str]:
    """The metrics of which everything needed has ever arrived, in the order of the registry."""
    return _ready(reader().key)


@remembered(4)
def _ready(build: str) -> list[str]:
    there = arrived(reader())
    return [name for name, metric in METRICS.items() if there.issuperset(metric.needs)]


def loads() -> pl.DataFrame:
    """The loads, newest first: (event, path, moment …)."""
    return store_data.table("loads")
