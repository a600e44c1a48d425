"""The running DuckDB is a version we rely on, and free of the fault that DESIGN.md describes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

VERSION = tuple(int(part) for part in duckdb.__version__.split(".")[:3])
ROWS = 122_880  # a row group: the fault of 2.0.0 begins with the first whole one


def test_the_version_is_between_1_5_6_and_2() -> None:
    assert (1, 5, 6) <= VERSION < (2,)


@pytest.mark.parametrize("source", ["arrow", "parquet"])
@pytest.mark.parametrize("rows", [ROWS - 1, ROWS, 2 * ROWS + 1])
def test_a_table_made_empty_and_filled_in_a_transaction_reads_back(
    tmp_path: Path, source: str, rows: int
) -> None:
    frame = pl.DataFrame({"n": pl.Series(range(rows), dtype=pl.Int64)})
    frame.write_parquet(tmp_path / "rows.parquet")
    expected = (rows, rows * (rows - 1) // 2)
    with duckdb.connect(str(tmp_path / "a.duckdb")) as con:
        con.register("given", frame.to_arrow())
        origin = "given" if source == "arrow" else f"'{tmp_path / 'rows.parquet'}'"
        con.execute("BEGIN")
        con.execute(f"CREATE TABLE kept AS SELECT * FROM {origin} LIMIT 0")
        con.execute(f"INSERT INTO kept SELECT * FROM {origin}")
        assert con.execute("SELECT count(*), sum(n) FROM kept").fetchone() == expected
        con.execute("COMMIT")
        assert con.execute("SELECT count(*), sum(n) FROM kept").fetchone() == expected
        assert con.execute("SELECT count(n) FROM kept WHERE n >= 0").fetchone() == (rows,)
    with duckdb.connect(str(tmp_path / "a.duckdb")) as con:
        assert con.execute("SELECT count(*), sum(n) FROM kept").fetchone() == expected
