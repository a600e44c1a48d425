"""The tables `holidays` and `index_values` of the read model: what the group wrote down itself."""

from __future__ import annotations

import duckdb

from pipelines import reference
from pipelines.settings import Home

TABLES = """
CREATE TABLE holidays (day DATE);
CREATE TABLE index_values ("index" VARCHAR, month DATE, value DECIMAL(18,6))
"""


def stage(sql: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make both tables, of the settings' and the files' holidays and of the files' indexes."""
    sql.execute(TABLES)
    if days := home.group().calendar.holidays:
        sql.executemany("INSERT INTO holidays VALUES (?)", [[day] for day in days])
    if levels := reference.indexes(home.root):
        rows = [[index, month, value] for (index, month), value in sorted(levels.items())]
        sql.executemany("INSERT INTO index_values VALUES (?, ?, ?)", rows)


def fingerprint(home: Home) -> str:
    """A text that changes whenever a holiday or an index does."""
    levels = sorted(reference.indexes(home.root).items())
    return TABLES + repr((home.group().calendar.holidays, levels))
