"""Texts of few values, kept as codes in the read model.

A supplier's name stands in a million rows. As an ENUM it is written, sorted and grouped in a third
of a text's time, and takes less room. The codes are in the order of the texts, so that sorting,
the least and the greatest are the same. A site stays a text: a question about one site skips the
stored rows of the others by it, and the engine compares an ENUM with a given text row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import duckdb
import polars as pl

SAMPLE = 200_000  # rows by which it is judged whether a text has few values
FEW = 5_000  # values in the sample, and
MOST = 50_000  # in all: a text of more stays as it is
PLAIN = frozenset({"site"})


def selected(sql: duckdb.DuckDBPyConnection, table: str, query: str) -> str:
    """What to select from `query`, so that its texts of few values become codes.

    Makes a type of each such column, named `table.column`, in the schema in use.
    """
    shape = sql.execute(f"DESCRIBE {query}").fetchall()
    texts = [name for name, kind, *_ in shape if kind == "VARCHAR" and name not in PLAIN]
    few = _few(sql, texts, f"SELECT * FROM ({query}) LIMIT {SAMPLE}")
    kinds = made(sql, few, f"({query})", lambda name: f'"{table}.{name}"')
    casts = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in kinds.items())
    return f"* REPLACE ({casts})" if casts else "*"


def made(
    sql: duckdb.DuckDBPyConnection, columns: Iterable[str], rows: str, kind: Callable[[str], str]
) -> dict[str, str]:
    """Types of the texts that stand in columns of a relation, in their order, by column.

    `kind` gives a column's type its name. A column without a text, or with too many, gets none.
    """
    columns = list(columns)
    if not columns:
        return {}
    listed = ", ".join(
        f'list(DISTINCT "{name}" ORDER BY "{name}") FILTER ("{name}" IS NOT NULL) AS "{name}"'
        for name in columns
    )
    sql.execute(f"CREATE OR REPLACE TEMP TABLE texts AS SELECT {listed} FROM {rows}")
    lengths = ", ".join(f'len("{name}")' for name in columns)
    [found] = sql.execute(f"SELECT {lengths} FROM texts").fetchall()
    kinds = {name: kind(name) for name, count in zip(columns, found, strict=True)
             if count and count <= MOST}  # fmt: skip
    for name, code in kinds.items():
        values = f'SELECT unnest(CAST("{name}" AS VARCHAR[])) FROM texts'
        sql.execute(f"CREATE TYPE {code} AS ENUM ({values})")
    return kinds


def _few(sql: duckdb.DuckDBPyConnection, texts: list[str], sample: str) -> list[str]:
    """The columns that have a value at all and few of them, as far as the sample tells."""
    if not texts:
        return []
    counts = ", ".join(f'approx_count_distinct("{name}")' for name in texts)
    [found] = sql.execute(f"SELECT {counts} FROM ({sample})").fetchall()
    return [name for name, values in zip(texts, found, strict=True) if 0 < values <= FEW]


def enums(sql: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Table and column of all ENUMs in the databases that are attached."""
    query = "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type LIKE 'ENUM(%'"
    return set(sql.execute(query).fetchall())


def spelled(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of the read model with its codes as the texts that they stand for."""
    codes = [pl.Categorical, pl.Enum]
    casts = [pl.col(name).cast(pl.List(pl.String)) for name, kind in frame.schema.items()
             if isinstance(kind, pl.List) and kind.inner in codes]  # fmt: skip
    if casts or any(kind in codes for kind in frame.dtypes):
        return frame.with_columns(pl.col(*codes).cast(pl.String), *casts)
    return frame
