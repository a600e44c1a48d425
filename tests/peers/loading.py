"""The same invoice lines loaded by Rounds, and by hand with DuckDB and Polars.

Run as a program it does one load and prints what it cost, like `tests.bench.measured`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.measured import peak

# What a careful person writes for this file: amounts in parentheses, with a currency sign or
# padding are read, lines that can't be read are kept apart, and repeated lines are dropped.
CLEAN = """
SELECT * REPLACE (
    CASE WHEN amount LIKE '(%)' THEN -try_cast(trim(amount, '()') AS DECIMAL(18,4))
      ELSE try_cast(trim(replace(amount, '$', '')) AS DECIMAL(18,4)) END AS amount,
    try_strptime(date, '%m/%d/%Y')::DATE AS date, try_strptime(due, '%m/%d/%Y')::DATE AS due,
    try_cast(quantity AS BIGINT) AS quantity)
"""


def by_duckdb(path: str, target: str) -> dict[str, Any]:
    import duckdb

    good = "amount IS NOT NULL AND date IS NOT NULL"
    with duckdb.connect(target) as sql:
        sql.execute("SET enable_progress_bar = false")
        sql.execute("SET threads = 2")
        read = f"{CLEAN} FROM read_csv(?, all_varchar = true)"
        sql.execute(f"CREATE TEMP TABLE read AS {read}", [path])
        once = f"SELECT DISTINCT ON (document, line) * FROM read WHERE {good}"
        sql.execute(f"CREATE TABLE lines AS {once}")
        sql.execute(f"CREATE TABLE aside AS SELECT * FROM read WHERE NOT ({good})")
        [(rows, money)] = sql.execute("SELECT count(*), sum(amount) FROM lines").fetchall()
        [(aside,)] = sql.execute("SELECT count(*) FROM aside").fetchall()
    return {"rows": rows, "money": float(money), "aside": aside, "version": duckdb.__version__}


def by_polars(path: str, target: str) -> dict[str, Any]:
    import polars as pl

    text = pl.col("amount").str.replace_all(r"[$() ]", "")
    bare = text.cast(pl.Decimal(18, 4), strict=False)
    read = pl.scan_csv(path, infer_schema=False).with_columns(
        amount=pl.when(pl.col("amount").str.starts_with("(")).then(-bare).otherwise(bare),
        date=pl.col("date").str.to_date("%m/%d/%Y", strict=False),
        due=pl.col("due").str.to_date("%m/%d/%Y", strict=False),
        quantity=pl.col("quantity").cast(pl.Int64, strict=False),
    ).collect()  # fmt: skip
    good = pl.all_horizontal(pl.col("amount", "date").is_not_null())
    lines = read.filter(good).unique(["document", "line"], keep="first")
    aside = read.filter(~good)
    lines.write_parquet(target)
    aside.write_parquet(f"{target}.aside")
    return {"rows": lines.height, "money": float(lines["amount"].sum()), "aside": aside.height,
            "version": pl.__version__}  # fmt: skip


def by_rounds(path: str, target: str) -> dict[str, Any]:
    from pipelines.ingest.run import ingest
    from pipelines.settings import Home
    from pipelines.warehouse.record import Record

    with Record.open(Home(Path(target))) as record:
        [outcome] = ingest(record, [Path(path)])
        [(money,)] = record.rows("SELECT sum(amount) FROM fact_spend WHERE superseded_in IS NULL")
    told = outcome.as_json()
    return {"rows": told["accepted"], "money": float(money), "aside": told["quarantined"],
            "duplicate": told["duplicate"]}  # fmt: skip


if __name__ == "__main__":
    began = time.monotonic()
    ways = {"duckdb": by_duckdb, "polars": by_polars, "rounds": by_rounds}
    answer = ways[sys.argv[1]](*sys.argv[2:])
    used = os.times()
    answer |= {"total cpu": used.user + used.system, "total wall": time.monotonic() - began,
               "peak": peak()}  # fmt: skip
    print(json.dumps(answer))
