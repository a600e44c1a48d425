"""A reader whose large tables are Spark's: `ask` takes it for any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
import pyarrow as pa

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.lake.places import place
from pipelines.spark.dialect import carried, tables_in, with_holidays
from pipelines.spark.model import BIG, Model, sources
from pipelines.spark.session import session
from pipelines.warehouse.reader import BUILD, Reader

LARGE = frozenset(BIG)


class SparkReader(Reader):
    """The read model over a lake, for who may see all of it.

    Queries that read a large table go to Spark, all others are answered on this machine.
    """

    def __init__(self, model: Model) -> None:
        super().__init__(model.path, f"lake-{'-'.join(home.known.build for home in model.homes)}")
        self.model = model

    def _run(
        self, catalogue: str, sql: str, parameters: list[Any] | dict[str, Any] | None
    ) -> pl.DataFrame:
        if not hasattr(self, "model") or not tables_in(sql) & LARGE:
            return super()._run(catalogue, sql, parameters)
        if "_history" in sql:
            raise UsageProblem("Spark answers what is known now. Ask without --as-of.")
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        cursor = self._connection.cursor()
        cursor.execute(f"USE {BUILD}")
        sql = with_holidays(sql, cursor)
        cursor.close()
        try:
            table = self.model.spark.sql(carried(sql, parameters)).toArrow()
        except (PySparkException, Py4JError) as error:
            raise StoreProblem(
                f"Spark could not answer ({type(error).__name__}). Check the cluster's log."
            ) from error
        return framed(table)


def framed(table: pa.Table) -> pl.DataFrame:
    """An answer of Spark as a frame, its decimals as wide as DuckDB's sums."""
    frame = pl.DataFrame(pl.from_arrow(table))
    wide = {
        name: pl.Decimal(38, kind.scale)
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Decimal)
    }
    return frame.cast(wide)  # type: ignore[arg-type]


@contextmanager
def lake_reader(
    to: str, *, homes: Sequence[str] = (), master: str | None = None
) -> Iterator[SparkReader]:
    """The read model over a lake, all of its homes or those named.

    UsageProblem without Spark, Java, a lake in a folder, or a cluster that answers.
    """
    at = place(to)
    found = sources(at, homes)
    model = Model(session(master), at, found)
    try:
        yield SparkReader(model)
    finally:
        model.close()
