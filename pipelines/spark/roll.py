"""The read model's tables, made by Spark over the lake and brought into the build as they are.

Spark places, marks and sums the facts; this machine keeps the results in the file that the app
reads, and holds every sum against the record before anyone sees it.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import StoreProblem
from pipelines.lake.places import place
from pipelines.lake.write import name_of, write
from pipelines.spark.dialect import carried, order_of, tables_in, with_holidays
from pipelines.spark.model import Facts, sources, sparks_kind
from pipelines.spark.session import session
from pipelines.warehouse import publish as publishing
from pipelines.warehouse.record import Record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

WORK = "_work"  # a folder of the lake that no engine takes for rows


def publish(record: Record, to: str, *, name: str | None = None, master: str | None = None) -> str:
    """Publish a build whose tables Spark made over the lake; return its name.

    The lake is first brought up to the record. UsageProblem without Spark, Java, a lake in a folder
    or a cluster that answers; StoreProblem where Spark fails or a sum differs from the record's.
    """
    write(record, to, name=name)
    at = place(to)
    [home] = sources(at, [name_of(record.home, name)])
    assert at.local is not None
    spark = session(master)
    work = at.local / WORK / uuid.uuid4().hex
    work.mkdir(parents=True)
    try:
        return publishing.publish(record, _Rows(spark, Facts(spark, at.local, home), work))
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Rows:
    """Works out one table after the other; each can be read by those that follow."""

    def __init__(self, spark: SparkSession, facts: Facts, work: Path) -> None:
        self.spark, self.facts, self.work = spark, facts, work
        self.known: set[str] = set()

    def __call__(self, sql: duckdb.DuckDBPyConnection, table: str, query: str) -> str:
        """The query for the rows of a table, which Spark has worked out and written down."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        query = with_holidays(query, sql)
        kinds = {row[0]: row[1] for row in sql.execute(f"DESCRIBE {query}").fetchall()}
        for needed in sorted(tables_in(query) - self.known):
            self._bring(sql, needed)
        folder = self.work / table
        try:
            frame = self.spark.sql(carried(query, columns=kinds))
            shaped = [f"CAST(`{c}` AS {sparks_kind(k)}) AS `{c}`" for c, k in kinds.items()]
            frame.selectExpr(*shaped).write.parquet(str(folder))
            self.spark.read.parquet(str(folder)).createOrReplaceTempView(table)
        except (PySparkException, Py4JError) as error:
            raise StoreProblem(
                f"Spark could not make the table {table} ({type(error).__name__}), so nothing was "
                "published. Check the cluster's log."
            ) from error
        self.known.add(table)
        columns = ", ".join(f'CAST("{c}" AS {k}) AS "{c}"' for c, k in kinds.items())
        written = f"read_parquet('{folder}/*.parquet', hive_partitioning = false)"
        return f"SELECT {columns} FROM {written} {order_of(query)}"

    def _bring(self, sql: duckdb.DuckDBPyConnection, table: str) -> None:
        """Give Spark a table of facts from the lake, or a small one of this machine."""
        feed = table.removeprefix("fact_")
        if feed != table:
            self.facts.view(feed)
        elif known := sql.execute(
            "SELECT column_name, starts_with(data_type, 'ENUM') FROM duckdb_columns() "
            "WHERE table_name = ? AND database_name IN ('pub', 'record') "
            "AND NOT starts_with(data_type, 'MAP')",
            [table],
        ).fetchall():
            columns = ", ".join(
                f'CAST("{name}" AS VARCHAR) AS "{name}"' if coded else f'"{name}"'
                for name, coded in dict(known).items()
            )
            rows = sql.execute(f"SELECT {columns} FROM {table}").to_arrow_table()
            self.spark.createDataFrame(rows).createOrReplaceTempView(table)
        else:
            return  # a name that the query itself gives
        self.known.add(table)
