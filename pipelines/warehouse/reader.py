"""Reading the published build: one instance a build, one cursor a query.

A build never changes, so whoever holds a `Reader` sees one consistent state. Opening a database
costs tens of milliseconds, a cursor almost nothing: open once and share.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from pipelines.warehouse.orders import REACH
from pipelines.warehouse.publish import current_build

SHARED = 16  # answers of `Reader.again` that are kept
_open: dict[Path, Reader] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Build:
    """What a build says of itself."""

    event: int
    published: datetime
    group_name: str
    currency: str


class Reader:
    """One published build, read only."""

    def __init__(self, path: Path, build: str) -> None:
        self.path = path
        self.build = build
        try:
            self._connection = duckdb.connect(
                str(path),
                read_only=True,
                # The second: what a list of some hundred rows picks is looked up, not searched for.
                config={"enable_external_access": False, "dynamic_or_filter_threshold": 1000},
            )
            # The first query with a parameter imports pandas: here once, and not in a page's run.
            self._connection.execute("SELECT ?", [1])
        except duckdb.Error as error:
            raise StoreProblem(
                f"{path.name} can't be opened ({type(error).__name__}). Run `rounds publish`."
            ) from error
        self._kept: dict[str, pl.DataFrame] = {}
        self._shared: dict[tuple[str, str], pl.DataFrame] = {}
        self._guard = threading.Lock()
        self.columns = self._columns()

    def query(self, sql: str, parameters: list[Any] | dict[str, Any] | None = None) -> pl.DataFrame:
        """The result of a query as a frame, fetched whole on a cursor of its own."""
        cursor = self._connection.cursor()
        try:
            cursor.execute("SET enable_progress_bar = false")  # it would be drawn into the answer
            return cursor.execute(sql, parameters or []).pl()
        finally:
            cursor.close()

    def once(self, sql: str) -> pl.DataFrame:
        """The result of a query that is asked again and again, kept while the build is read.

        For small tables of what people decided: a page asks for them with each of its figures.
        """
        if sql not in self._kept:
            self._kept[sql] = self.query(sql)
        return self._kept[sql]

    def again(self, sql: str, parameters: list[Any]) -> pl.DataFrame:
        """The result of a query that questions about one month share; the last few are kept."""
        key = (sql, repr(parameters))
        with self._guard:
            found = self._shared.pop(key, None)
        if found is None:
            found = self.query(sql, parameters)
        with self._guard:
            self._shared[key] = found
            while len(self._shared) > SHARED:
                del self._shared[next(iter(self._shared))]
        return found

    @cached_property
    def about(self) -> Build:
        """The build's event, moment, group and currency."""
        (row,) = self.query("SELECT event, published, group_name, currency FROM build").to_dicts()
        return Build(**row)

    @cached_property
    def rolled_to(self) -> date | None:
        """The last month at whose end states are rolled up; None where nothing was loaded."""
        last: date | None = self.query(REACH)["last"][0]
        return last

    def _columns(self) -> dict[str, frozenset[str]]:
        rows = self.query("SELECT table_name, column_name FROM information_schema.columns")
        tables: dict[str, set[str]] = {}
        for table, column in rows.iter_rows():
            tables.setdefault(table, set()).add(column)
        return {table: frozenset(names) for table, names in tables.items()}


@lru_cache(maxsize=64)
def _file(folder: Path, build: str) -> Path:
    """The file of a build. Pages ask some hundred times a run, and following links is slow."""
    return (folder / f"rounds-{build}.duckdb").resolve()


def open_build(home: Home) -> Reader:
    """The reader of the home's current build. UsageProblem when nothing was published yet."""
    build = current_build(home)
    if build is None:
        raise UsageProblem(
            f"Nothing has been loaded into {home.root} yet. Load a folder with `rounds ingest`, "
            "or see the invented group with `rounds demo`."
        )
    path = _file(home.warehouse.absolute(), build)
    with _lock:
        if path not in _open:
            # A build that was dropped takes room on the disk until nobody holds it open.
            for gone in [known for known in _open if not known.exists()]:
                del _open[gone]
            _open[path] = Reader(path, build)
        return _open[path]
