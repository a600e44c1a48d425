"""Brings a record of an earlier layout to today's, or leaves it just as it was.

First the file is copied, to `record-layout-N.duckdb` beside it. Then one step after the other runs
in one transaction, which commits only if every table still says what it says in the copy: as many
rows, the same money, the same values in every column that was there. Whatever stops it, a fault, a
full disk or a power cut, leaves the record in its old layout. The read model needs no steps: it is
made of the record, and published anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from pipelines.errors import StoreProblem
from pipelines.warehouse.schema import VERSION, quoted

COPY = """
import os, shutil, sys
shutil.copyfile(sys.argv[1], sys.argv[2])
with open(sys.argv[2], "rb") as file:
    os.fsync(file.fileno())
"""


def layout_of(sql: duckdb.DuckDBPyConnection) -> int | None:
    """The layout that a record says it has; None where it is new."""
    if not _has(sql, "meta"):
        return None
    found = sql.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    return None if found is None else int(found[0])


def must_be_known(place: Path, layout: int) -> None:
    """StoreProblem for a layout that a later version of Rounds made, or none ever did."""
    if layout > VERSION:
        raise StoreProblem(
            f"{place} was written by a later version of Rounds (its layout is {layout}, not "
            f"{VERSION}). Use that version, or load the exports into a new home with --home."
        )
    if layout not in STEPS and layout != VERSION:
        raise StoreProblem(
            f"{place} says that its layout is {layout}, which no version of Rounds wrote. "
            "Restore it from a backup."
        )


def copy_of(record: Path, layout: int) -> Path:
    """Where the copy of a record stands that was kept before it left a layout."""
    return record.with_name(f"{record.stem}-layout-{layout}{record.suffix}")


@contextmanager
def kept(sql: duckdb.DuckDBPyConnection, record: Path, layout: int) -> Iterator[None]:
    """Keep a copy of an open record, and have it attached as `kept` within the block.

    duckdb.Error or OSError where it can't be written; an unfinished copy is removed.
    """
    sql.execute("CHECKPOINT")
    copy = copy_of(record, layout)
    draft = copy.with_name(f"{copy.name}.part")
    try:
        # By a child: to close a file gives up this process's lock on it, which DuckDB holds.
        told = subprocess.run(
            [sys.executable, "-c", COPY, str(record), str(draft)],
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if told.returncode:
            raise OSError(told.stderr.strip().rpartition("\n")[2])
        os.replace(draft, copy)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    sql.execute(f"ATTACH '{str(copy).replace(chr(39), chr(39) * 2)}' AS kept (READ_ONLY)")
    try:
        yield
    finally:
        sql.execute("DETACH kept")


def bring_up(sql: duckdb.DuckDBPyConnection, layout: int) -> None:
    """All steps from a layout to today's, within the running transaction."""
    for step in range(layout, VERSION):
        STEPS[step](sql)
    sql.execute("UPDATE meta SET value = ? WHERE name = 'schema'", [str(VERSION)])


def must_be_the_same(sql: duckdb.DuckDBPyConnection, place: Path) -> None:
    """StoreProblem where a table doesn't say any longer what it says in the copy."""
    for table, columns in _tables(sql, "kept").items():
        if table == "meta":
            continue
        now, then = (_told(sql, f"{base}.{table}", columns) for base in (_base(sql), "kept"))
        if now != then:
            raise StoreProblem(
                f"{place} would not have said the same in the layout of this version (its table "
                f"{table}), so it was left as it was. This is a fault of Rounds: please report it."
            )


def _context(sql: duckdb.DuckDBPyConnection) -> None:
    """Layout 2 keeps what a file's name told. Earlier loads were not asked: nothing is known."""
    _with_column(sql, "loads", "context VARCHAR", after="file_order")


def _policies(sql: duckdb.DuckDBPyConnection) -> None:
    """Layout 3 keeps what each load went by, which an undo follows.

    Until then, profiles that replaced slices were those whose facts have one.
    """
    _with_column(sql, "loads", "policies MAP(VARCHAR, VARCHAR)", after="rows")
    loads = sql.execute("SELECT event, map_keys(rows) FROM loads WHERE what = 'load'").fetchall()
    replaced: dict[str, set[int]] = {}
    for feed in {feed for _, feeds in loads for feed in feeds}:
        found = sql.execute(f"SELECT DISTINCT load FROM fact_{feed} WHERE slice IS NOT NULL")
        replaced[feed] = {load for (load,) in found.fetchall()}
    for event, feeds in loads:
        policies = {f: "replace" if event in replaced[f] else "upsert" for f in feeds}
        sql.execute("UPDATE loads SET policies = ? WHERE event = ?", [policies, event])


def _reports(sql: duckdb.DuckDBPyConnection) -> None:
    """Layout 4 keeps the totals that reports state; its table is made with the others."""


def _corrections(sql: duckdb.DuckDBPyConnection) -> None:
    """Layout 5 lets loads correct others; some records of layout 4 have these columns already."""
    for table, column in (
        ("loads", "corrects INTEGER"),
        ("loads", "decided MAP(VARCHAR, VARCHAR)"),
        ("quarantine", "memo MAP(VARCHAR, VARCHAR)"),
    ):
        sql.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column}")


# By layout what makes the next one of it. A step is never changed once a version was released.
STEPS: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {
    1: _context, 2: _policies, 3: _reports, 4: _corrections,
}  # fmt: skip


def _with_column(sql: duckdb.DuckDBPyConnection, table: str, column: str, after: str) -> None:
    """Write a small table anew with one column more, in its place: DuckDB adds them last."""
    parts = sql.execute(
        "SELECT column_name, column_name || ' ' || data_type || if(is_nullable, '', ' NOT NULL') "
        "FROM duckdb_columns() WHERE database_name = ? AND table_name = ? ORDER BY column_index",
        [_base(sql), table],
    ).fetchall()
    made = []
    for name, definition in parts:
        made += [definition.replace(name, quoted(name), 1), *([column] if name == after else [])]
    sql.execute(f"CREATE OR REPLACE TEMP TABLE older AS SELECT * FROM {table}")
    sql.execute(f"DROP TABLE {table}")
    sql.execute(f"CREATE TABLE {table} ({', '.join(made)})")
    sql.execute(f"INSERT INTO {table} BY NAME SELECT * FROM older ORDER BY rowid")
    sql.execute("DROP TABLE older")


def _base(sql: duckdb.DuckDBPyConnection) -> str:
    """The name of the record among the open databases."""
    return str(sql.execute("SELECT current_database()").fetchall()[0][0])


def _has(sql: duckdb.DuckDBPyConnection, table: str) -> bool:
    # No parameters: with the first, DuckDB imports pandas, and every record is opened here.
    here = f"database_name = current_database() AND table_name = '{table}'"
    return sql.execute(f"SELECT 1 FROM duckdb_tables() WHERE {here}").fetchone() is not None


def _tables(sql: duckdb.DuckDBPyConnection, base: str) -> dict[str, dict[str, str]]:
    """The columns of each table of a database with their types."""
    tables: dict[str, dict[str, str]] = {}
    rows = sql.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ? "
        "AND NOT internal ORDER BY table_name, column_index",
        [base],
    ).fetchall()
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    return tables


def _told(
    sql: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]
) -> tuple[object, ...] | None:
    """Rows, money by column, and two digests of all values of a table, whatever its order."""
    names = ", ".join(map(quoted, columns))
    sums = [f"sum({quoted(c)})" for c, kind in columns.items() if kind.startswith("DECIMAL")]
    digests = f"bit_xor(hash({names}))", f"sum(hash({names})::HUGEINT)"
    return sql.execute(f"SELECT {', '.join(['count(*)', *sums, *digests])} FROM {table}").fetchone()
