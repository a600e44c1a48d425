"""The read model's tables as Spark sees them: views over the lake, by the same SQL.

Each home's facts are placed, valued and marked by themselves, as when the home publishes, and only
then united. Of several homes, sites bear the home's name before their own, systems too, and loads
are counted on from a million for each home, so that nothing of one passes for another's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import UsageProblem
from pipelines.feeds import FEEDS
from pipelines.lake import layout, manifest
from pipelines.lake.places import Place
from pipelines.settings import Home
from pipelines.spark.dialect import carried, with_holidays
from pipelines.warehouse import model, paid, publish, rollups
from pipelines.warehouse.record import Record

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

APART = 1_000_000  # loads of a home, between those of two homes
BIG = (
    *(feed for feed in model.ROWS if feed != "targets"),
    "labour_costs", "contract_lines", "costs", "labor_paid", "labour_costs_paid", "costs_paid",
)  # fmt: skip
DERIVED = {**model.DERIVED, **paid.TABLES}
_TYPES = {"VARCHAR": "STRING", "INTEGER": "INT", "HUGEINT": "DECIMAL(38,0)",
          "TIMESTAMP": "TIMESTAMP_NTZ"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A home in the lake: its name, its manifest, and what sets it apart from others."""

    name: str
    known: manifest.Manifest
    number: int
    alone: bool

    def files(self, root: Path, part: str) -> list[str]:
        """The files of a feed or of a table."""
        listed = (p for name, p in self.known.parts.items() if name.split("/")[0] == part)
        return [str(root / f"home={self.name}" / file) for p in listed for file in p.files]


def sources(at: Place, names: Sequence[str] = ()) -> list[Source]:
    """The homes of a lake, all or those named. UsageProblem where there are none."""
    if at.local is None:
        raise UsageProblem(
            "Spark reads a lake in a folder that this machine and every worker sees. "
            "Copy the bucket, or mount it."
        )
    listed = list(names) or manifest.homes(at)
    found = []
    for number, name in enumerate(listed):
        known = manifest.read(at, layout.named(name))
        if known is None:
            raise UsageProblem(f"Home {name} has written nothing into that lake.")
        found.append(Source(name, known, number, len(listed) == 1))
    if not found:
        raise UsageProblem("No home has written into that lake yet. Run `rounds lake`.")
    return found


def catalogue(at: Place, homes: Sequence[Source], held: Path) -> Path:
    """A build with every table of the read model, of which only the small ones have rows."""
    root = at.local
    assert root is not None
    with Record.open(Home(held)) as record:
        build = publish.publish(record)
    path = held / "warehouse" / f"rounds-{build}.duckdb"
    with duckdb.connect(str(path)) as sql:
        for table in layout.TABLES:
            sql.execute(f"DELETE FROM {table}")
            for home in homes:
                files = home.files(root, f"table={table}")
                if not files or (table == "build" and home.number):
                    continue
                read = f"read_parquet({files!r}, hive_partitioning = false)"
                rows = f"SELECT * {_apart(sql, table, home)} FROM {read}"
                sql.execute(f"INSERT INTO {table} BY NAME {rows}")
        if len(homes) > 1:
            _united(sql)
        months = rollups.TABLES["coverage_months"]
        sql.execute(f"DELETE FROM coverage_months; INSERT INTO coverage_months {months}")
    return path


def _apart(sql: duckdb.DuckDBPyConnection, table: str, home: Source) -> str:
    """What is said of a table's columns so that several homes can be told apart."""
    if home.alone:
        return ""
    kinds = dict(sql.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [table]
    ).fetchall())  # fmt: skip
    said = [f"{_sql(c, home)} AS {c}" for c in ("site", "system", "load") if c in kinds]
    return f"REPLACE ({', '.join(said)})" if said else ""


def _sql(column: str, home: Source) -> str:
    if column == "load":
        return f"CAST(load + {home.number * APART} AS INTEGER)"
    if column == "site":
        return f"CASE WHEN site LIKE '~%' THEN site ELSE '{home.name}:' || site END"
    return f"'{home.name}:' || {column}"


def _united(sql: duckdb.DuckDBPyConnection) -> None:
    """One row for what all homes share: unmapped codes, the last day known."""
    sql.execute(
        "CREATE TEMP TABLE days AS SELECT DISTINCT day FROM holidays; DELETE FROM holidays; "
        "INSERT INTO holidays SELECT day FROM days; "
        "CREATE TEMP TABLE once AS SELECT DISTINCT ON (site) * FROM sites; "
        "DELETE FROM sites; INSERT INTO sites SELECT * FROM once; "
        "CREATE TEMP TABLE last AS SELECT max(day) AS day FROM known_day; "
        "DELETE FROM known_day; INSERT INTO known_day SELECT day FROM last"
    )
    for table in ("coverage", "coverage_paid"):
        sql.execute(
            f"CREATE OR REPLACE TEMP TABLE whole AS SELECT need, site, month, "
            "bool_or(present) AS present, bool_and(whole) AS whole "
            f"FROM {table} GROUP BY need, site, month; "
            f"DELETE FROM {table}; INSERT INTO {table} BY NAME SELECT * FROM whole"
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a home in the lake, as views `fact_…` of a session."""

    spark: SparkSession
    root: Path
    home: Source

    def view(self, feed: str) -> None:
        """Make the view of a feed."""
        files = self.home.files(self.root, f"feed={feed}")
        kinds = {c.name: c.kind.sql for c in FEEDS[feed].columns}
        kinds |= dict.fromkeys(("system", "slice"), "VARCHAR")
        kinds |= dict.fromkeys(layout.PROVENANCE[2:], "INTEGER")
        shape = ", ".join(f"`{layout.in_file(c)}` {sparks_kind(k)}" for c, k in kinds.items())
        reading = self.spark.read.schema(shape)
        frame = reading.parquet(*files) if files else self.spark.createDataFrame([], shape)
        columns = [f"`{layout.in_file(c)}` AS `{c}`" for c in kinds]
        frame.selectExpr(*columns).createOrReplaceTempView(f"fact_{feed}")


class Model:
    """The read model's large tables as views of a Spark session."""

    def __init__(self, spark: SparkSession, at: Place, homes: Sequence[Source]) -> None:
        assert at.local is not None
        self.spark, self.root, self.homes = spark, at.local, homes
        self._held = ExitStack()
        folder = Path(self._held.enter_context(TemporaryDirectory(prefix="rounds-spark-")))
        self.path = catalogue(at, homes, folder)
        with duckdb.connect(str(self.path), read_only=True) as sql:
            self.kinds: dict[str, dict[str, str]] = defaultdict(dict)
            for table, column, kind in sql.execute(
                "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            ).fetchall():
                self.kinds[table][column] = kind
        self._make()

    def close(self) -> None:
        """Let go of what was kept for it."""
        self.spark.catalog.clearCache()
        self._held.close()

    def _make(self) -> None:
        united: dict[str, list[DataFrame]] = defaultdict(list)
        for home in self.homes:
            for table, frame in self._home(home).items():
                united[table].append(frame)
        for table, frames in united.items():
            whole = frames[0]
            for frame in frames[1:]:
                whole = whole.unionByName(frame)
            whole.createOrReplaceTempView(table)
        small = ("sites", "known_day", "coverage", "coverage_paid", "loads", "holidays")
        with duckdb.connect(str(self.path), read_only=True) as sql:
            for table in small:  # as they are once united
                file = self.path.with_name(f"{table}.parquet")
                kept = ", ".join(
                    f'"{c}"' for c, k in self.kinds[table].items() if not k.startswith("MAP")
                )
                sql.execute(f"COPY (SELECT {kept} FROM {table}) TO '{file}' (FORMAT parquet)")
                self._local(table, str(file))

    def _local(self, table: str, file: str) -> None:
        """A small table of this machine, sent to the cluster as rows."""
        import pyarrow.parquet as pq

        self.spark.createDataFrame(pq.read_table(file)).createOrReplaceTempView(table)

    def _home(self, home: Source) -> dict[str, DataFrame]:
        for feed in FEEDS:
            Facts(self.spark, self.root, home).view(feed)
        for table in ("site_codes", "accounts", "sites", "coverage", "coverage_paid",
                      "known_day", "budget_edits", "holidays"):  # fmt: skip
            for file in home.files(self.root, f"table={table}"):
                self._local(table, file)
        made: dict[str, DataFrame] = {}
        for feed in BIG:
            if feed not in model.ROWS:
                continue
            facts = f"(SELECT * FROM fact_{feed} WHERE superseded_in IS NULL)"
            with duckdb.connect(str(self.path), read_only=True) as sql:
                placed = with_holidays(publish.rows_query(feed, facts), sql)
            rows = self.spark.sql(carried(placed))
            rows.createOrReplaceTempView("placed_rows")
            marks = publish.marks_query(feed, "(SELECT * FROM placed_rows)")
            frame = self.spark.sql(carried(marks, columns=self.kinds[feed]))
            made[feed] = self._shaped(feed, frame).persist()
            made[feed].createOrReplaceTempView(feed)
        for table in BIG:
            if table not in model.ROWS:
                made[table] = self._shaped(table, self.spark.sql(carried(DERIVED[table])))
                made[table].createOrReplaceTempView(table)
        if home.alone:
            return made
        return {table: self._set_apart(frame, home) for table, frame in made.items()}

    def _shaped(self, table: str, frame: DataFrame) -> DataFrame:
        """The columns of the read model, in its order and of its types."""
        return frame.selectExpr(
            *(f"CAST(`{c}` AS {sparks_kind(k)}) AS `{c}`" for c, k in self.kinds[table].items())
        )

    def _set_apart(self, frame: DataFrame, home: Source) -> DataFrame:
        told = {"site", "spent_at", "system", "load"}
        return frame.selectExpr(*(
            f"{carried_column(c, home)} AS `{c}`" if c in told else f"`{c}`"
            for c in frame.columns
        ))  # fmt: skip


def carried_column(column: str, home: Source) -> str:
    """As `_sql`, in Spark's words."""
    if column == "spent_at":
        return _sql("site", home).replace("site", "spent_at")
    return _sql(column, home).replace("INTEGER", "INT")


def sparks_kind(kind: str) -> str:
    """A type of DuckDB in Spark's words."""
    return "STRING" if kind.startswith("ENUM(") else _TYPES.get(kind, kind)
