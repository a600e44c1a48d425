"""What the page of data health reads: files, codes, changes and books, kept as long as a build."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from dashboard.memory import remembered
from dashboard.store import Where, frozen, reader
from pipelines.analysis import books as general
from pipelines.analysis import health
from pipelines.analysis.books import Books
from pipelines.calendar import Period
from pipelines.metrics.trace import trace as follow
from pipelines.warehouse import codes, edits, quarantine
from pipelines.warehouse.reader import Reader


def trace(load: int, record: int) -> str:
    """What became of a record (see `pipelines.metrics.trace`), for people."""
    return follow(reader(), load, record).text()


def table(name: str) -> pl.DataFrame:
    """A table of the data page, by its name in `TABLES`."""
    return _table(reader().key, name)


TABLES: dict[str, Callable[[Reader], pl.DataFrame]] = {
    "loads": health.loads,
    "waiting": quarantine.by_reason,
    "restated": health.restated,
    "codes": codes.unmapped,
    "accounts": health.accounts,
    "totals": health.untied,
    "changes": health.changed,
    "budget edits": edits.budget_edits,
}


@remembered(20)
def _table(build: str, name: str) -> pl.DataFrame:
    return TABLES[name](reader())


def books(period: Period, where: Mapping[str, Sequence[str]]) -> Books:
    """Pay and bills against the general ledger of a period (see `analysis.books`)."""
    return _books(reader().key, period, frozen(where))


@remembered(20)
def _books(build: str, period: Period, where: Where) -> Books:
    return general.books(reader(), period, dict(where))


def gaps(period: Period) -> pl.DataFrame:
    """Site-months that are expected and absent in a period (see `health.gaps`)."""
    return _gaps(reader().key, period)


@remembered(20)
def _gaps(build: str, period: Period) -> pl.DataFrame:
    return health.gaps(reader(), period.start, period.stop)
