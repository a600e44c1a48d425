"""The table `rebases` of the read model: from when usual ranges start anew, as people decided."""

from __future__ import annotations

import json

import duckdb

from pipelines.settings import Home
from pipelines.state import What, standing

TABLE = """
CREATE TABLE rebases (metric VARCHAR, site VARCHAR, month DATE, reason VARCHAR, author VARCHAR,
  moment TIMESTAMP)
"""


def stage(sql: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make the table of the rebases that stand."""
    sql.execute(TABLE)
    rows = [
        [d.scope, d.value["site"], d.value["month"], d.value["reason"], d.author, d.moment]
        for d in standing(home, What.REBASE)
    ]
    if rows:
        sql.executemany("INSERT INTO rebases VALUES (?, ?, ?, ?, ?, ?)", rows)


def fingerprint(home: Home) -> str:
    """A text that changes whenever a rebase is recorded or taken back."""
    kept = [[d.number, d.scope, d.name, d.value] for d in standing(home, What.REBASE)]
    return TABLE + json.dumps(kept)
