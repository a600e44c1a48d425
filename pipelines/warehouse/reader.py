"""Reading the published build: one instance a build, one cursor a query.

A build never changes, so whoever holds a `Reader` sees one consistent state. Opening a database
costs tens of milliseconds, a cursor almost nothing: open once and share.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from pipelines.warehouse import enums
from pipelines.warehouse.limits import Limits, brought, own_loads, views
from pipelines.warehouse.orders import REACH
from pipelines.warehouse.publish import columns_of, current_build, rows_of

SHARED = 16  # answers of `Reader.again` that are kept
BUILD = "published"  # the catalogue that a build stands in
# Asked with each figure, and small: worked out once for a scope.
SMALL = frozenset({"sites", "coverage_months"})
FEW = 1_000  # a scope's part of a table of no more rows is worked out once as well
SCOPES = 200  # what so many viewers see of a build is kept ready

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
    """One published build, read only, by one viewer: all of it, or what `limits` leave."""

    def __init__(self, path: Path, build: str) -> None:
        self.path = path
        self.build = build
        self.limits = Limits()
        try:
            self._connection = duckdb.connect(
                # What a list of some hundred rows picks is looked up, not searched for.
                config={"dynamic_or_filter_threshold": 1000}
            )
            name = str(path).replace("'", "''")
            self._connection.execute(f"ATTACH '{name}' AS {BUILD} (READ_ONLY)")
            self._connection.execute("SET enable_external_access = false")
            # The first query with a parameter imports pandas: here once, and not in a page's run.
            self._connection.execute("SELECT ?", [1])
        except duckdb.Error as error:
            raise StoreProblem(
                f"{path.name} can't be opened ({type(error).__name__}). Run `rounds publish`."
            ) from error
        self._names = (BUILD, BUILD)
        self._limited: dict[str, Reader] = {}
        self._whole: Reader | None = None
        self._making = threading.Lock()
        self._numbers = count()  # so that two who are limited alike share no catalogue
        self._gone: deque[str] = deque()  # catalogues of readers that nobody holds any more
        self._brought = False  # whether it was worked out which loads brought rows of which site
        self._kept: dict[str, pl.DataFrame] = {}
        self._shared: dict[tuple[str, str], pl.DataFrame] = {}
        self._guard = threading.Lock()
        self.columns = columns_of(self._connection, BUILD)
        self._rows = rows_of(self._connection, BUILD)

    @property
    def key(self) -> str:
        """What answers may be kept under: the build, and what the viewer sees of it."""
        return self.build if self.limits.are_none else f"{self.build}.{self.limits.key}"

    def query(self, sql: str, parameters: list[Any] | dict[str, Any] | None = None) -> pl.DataFrame:
        """The result of a query as a frame, fetched whole on a cursor of its own."""
        return self._run(self._names[0], sql, parameters)

    def figures(
        self, sql: str, parameters: list[Any] | dict[str, Any] | None = None
    ) -> pl.DataFrame:
        """As `query`, with amounts of pay also for who may not see them by role.

        For `ask` alone, which decides which sums of them are shown.
        """
        return self._run(self._names[1], sql, parameters)

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
            found = self.figures(sql, parameters)
        with self._guard:
            self._shared[key] = found
            while len(self._shared) > SHARED:
                del self._shared[next(iter(self._shared))]
        return found

    @property
    def whole(self) -> Reader:
        """The build read whole: to decide what may be shown, and never to show it."""
        return self._whole or self

    def limited(self, limits: Limits) -> Reader:
        """The reader of the same build that sees no more than `limits` leave of it."""
        if not self.limits.are_none:
            raise ValueError("limits are set on a build read whole, not on one that is limited")
        if limits.are_none:
            return self
        with self._making:
            if limits.key not in self._limited:
                while len(self._limited) >= SCOPES:  # the one made first goes
                    self._limited.pop(next(iter(self._limited)))
                self._limited[limits.key] = self._narrowed(limits)
            return self._limited[limits.key]

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

    @cached_property
    def pay_cells(self) -> frozenset[tuple[str, str, str, int]]:
        """(level, place, role, year) of the sums of pay by role that everybody may see."""
        if "pay_cells" not in self.columns:  # a build of before: nothing is known to be safe
            return frozenset()
        found = self._run(BUILD, "SELECT level, place, role, year FROM pay_cells WHERE shown", None)
        return frozenset(found.iter_rows())

    @cached_property
    def places(self) -> dict[str, str]:
        """Every site of the build with its region, whoever looks: for limits, not to be shown."""
        return dict(self._run(BUILD, "SELECT site, region FROM sites", None).iter_rows())

    @cached_property
    def whole_regions(self) -> frozenset[str]:
        """The regions of which the viewer sees every site."""
        seen, places = self.limits.sites, self.places
        part = {places[site] for site in places if seen is not None and site not in seen}
        return frozenset(places.values()) - part

    def _run(
        self, catalogue: str, sql: str, parameters: list[Any] | dict[str, Any] | None
    ) -> pl.DataFrame:
        cursor = self._connection.cursor()
        try:
            cursor.execute(f"USE {catalogue}")
            cursor.execute("SET enable_progress_bar = false")  # it would be drawn into the answer
            return enums.spelled(cursor.execute(sql, parameters or []).pl())
        finally:
            cursor.close()

    def _narrowed(self, limits: Limits) -> Reader:
        """A reader on catalogues of its own, made of views on the build."""
        narrow = copy(self)
        narrow.limits, narrow._kept, narrow._limited, narrow._shared = limits, {}, {}, {}
        narrow._guard, narrow._whole = threading.Lock(), self
        for computed in ("rolled_to", "whole_regions"):
            narrow.__dict__.pop(computed, None)
        # Who may see pay sees in rows what figures are made of: one catalogue is both.
        kinds = {"rows": limits.pay} if limits.pay else {"rows": False, "figures": True}
        number = next(self._numbers)
        names = {kind: f"{kind}_{limits.key}_{number}" for kind in kinds}
        source = f"{BUILD}.main"
        cursor = self._connection.cursor()
        try:
            while self._gone:
                cursor.execute(f"DETACH DATABASE IF EXISTS {self._gone.popleft()}")
            for kind, pay in kinds.items():
                own = f"{names[kind]}.main"
                cursor.execute(f"ATTACH ':memory:' AS {names[kind]}")
                if limits.sites is not None or limits.subjects is not None:
                    loads = own_loads(limits, self.columns, self._known_loads(cursor))
                    cursor.execute(f"CREATE TABLE {own}.own_loads AS {loads}")
                for table, sql in views(
                    limits, self.columns, own=own, source=source, pay=pay, rows=self._rows
                ):
                    small = table in SMALL or self._rows.get(table, FEW + 1) <= FEW
                    kind_of = "TABLE" if small and limits.sites is not None else "VIEW"
                    cursor.execute(f'CREATE {kind_of} {own}."{table}" AS {sql}')
        finally:
            cursor.close()
        narrow._names = (names["rows"], names.get("figures", names["rows"]))
        # One that made room for others may still be asked: its catalogues go when nobody has it.
        # They are only noted here, as this may run in the middle of anything.
        weakref.finalize(narrow, self._gone.extend, tuple(names.values())).atexit = False
        return narrow

    def _known_loads(self, cursor: duckdb.DuckDBPyConnection) -> str:
        """The table of which loads brought rows of which site; a build of before has none."""
        if "brought" in self.columns:
            return f"{BUILD}.main.brought"
        if not self._brought:
            made = brought(self.columns, f"{BUILD}.main")
            cursor.execute("ATTACH IF NOT EXISTS ':memory:' AS shared")
            cursor.execute(f"CREATE OR REPLACE TABLE shared.main.brought AS {made}")
            self._brought = True
        return "shared.main.brought"


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
