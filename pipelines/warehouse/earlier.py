"""The read model as of an earlier load or day, as a file of its own beside its build.

`vintage` answers one question about what was known then without a copy. A page asks fifty, of
roll-ups, shelves and open orders too: for it the whole read model is made once, from the rows that
were believed at the event, by the statements that make a build (`publish`). So a page shows what it
would have shown then, whatever it asks.

Sites, codes and the accounts' meaning are as people say today, as they are for `ask(as_of=…)`. What
people had decided is known as it is there: to the moment of a load, or to the end of a day
(`vintage.decided_by`). Superseded rows are left out: an earlier state has no earlier states of its
own.
"""

from __future__ import annotations

import contextlib
import os
from datetime import date
from pathlib import Path

import duckdb

from pipelines.errors import StoreProblem
from pipelines.feeds import FEEDS
from pipelines.warehouse import decided, enums, lattice, model, paid, rollups, shelved, timed
from pipelines.warehouse.coverage import coverage_query
from pipelines.warehouse.publish import marks_query, tied
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.vintage import decided_by, event_of, known

KEPT = 2
MOST = 10_000_000  # lines of pay and supplies, beyond which making it takes minutes
NAME = "earlier"
SOURCE = "record"  # what the build's file is called here, as the record is when it is published
DECISIONS = "budget_decisions", "target_decisions", "rebases"
# What tells of each record where it ended, by the load that read it.
BY_LOAD = "quarantine", "corrections", "furniture", "duplicates", "totals", "waiting"


def earlier(reader: Reader, as_of: int | date) -> Reader:
    """The reader of what a build's read model was as of a load or a day; made, if it isn't there.

    UsageProblem when nothing had been loaded by then; StoreProblem where it can't be written, or
    its sums differ from those of its rows.
    """
    event = event_of(reader, as_of)
    at = as_of if isinstance(as_of, date) else event
    build = f"{reader.build}@{at}"
    path = reader.path.with_name(f"{NAME}-{build}.duckdb")
    if not path.exists():
        _make(reader, event, at, path)
    return Reader(path, build)


def is_now(reader: Reader, as_of: int | date) -> bool:
    """Whether what was known then is all that is known: nothing was loaded or decided since."""
    if event_of(reader, as_of) < reader.about.event:
        return False
    since = " UNION ALL ".join(
        f"SELECT 1 FROM {table} WHERE NOT ({decided_by(as_of)})" for table in DECISIONS
    )
    return reader.once(f"{since} LIMIT 1").is_empty()


def too_large(reader: Reader) -> bool:
    """Whether a build holds so many lines that its earlier states can't be made for a page."""
    sizes = reader.once(
        "SELECT coalesce(sum(estimated_size), 0) AS lines FROM duckdb_tables() "
        "WHERE table_name IN ('labor', 'supply_moves') AND database_name = current_database()"
    )
    return int(sizes["lines"][0]) > MOST


def _make(reader: Reader, event: int, as_of: int | date, path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}.draft")
    source = str(reader.path).replace("'", "''")
    target = str(draft).replace("'", "''")
    try:
        draft.unlink(missing_ok=True)
        with duckdb.connect() as sql:
            sql.execute("SET enable_progress_bar = false")
            sql.execute(f"ATTACH '{target}' AS pub")
            sql.execute(f"ATTACH '{source}' AS {SOURCE} (READ_ONLY)")
            # Unqualified names are found in the new file first, then in the build.
            sql.execute(f"SET search_path = 'pub,{SOURCE}'")
            _write(sql, reader, event, as_of)
            sql.execute("RESET search_path")
            sql.execute("DETACH pub")
        os.replace(draft, path)
        _drop(path)
    except (duckdb.Error, OSError) as error:
        raise StoreProblem(
            f"What was known then could not be worked out ({type(error).__name__}). Today's "
            "figures are not affected."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _write(sql: duckdb.DuckDBPyConnection, reader: Reader, event: int, as_of: int | date) -> None:
    moment = f"(SELECT max(moment) FROM {SOURCE}.loads WHERE event <= {event})"
    sql.execute(f"CREATE TABLE loads AS SELECT * FROM {SOURCE}.loads WHERE event <= {event}")
    for table in BY_LOAD:
        sql.execute(f"CREATE TABLE {table} AS SELECT * FROM {SOURCE}.{table} WHERE load <= {event}")
    for table in DECISIONS:
        sql.execute(
            f"CREATE TABLE {table} AS SELECT * FROM {SOURCE}.{table} "
            f"WHERE {decided_by(as_of, SOURCE)}"
        )
    sql.execute(f"CREATE TABLE budget_edits AS {decided.edits()}")
    for feed in model.ROWS:
        query = marks_query(feed, known(feed, event, reader.columns, SOURCE))
        order = "site, date" if "date" in FEEDS[feed].names or feed == "labor" else "site"
        columns = enums.selected(sql, feed, query)
        sql.execute(f"CREATE TABLE {feed} AS SELECT {columns} FROM ({query}) ORDER BY {order}")
    sql.execute(f"CREATE TABLE coverage AS {coverage_query()}")
    for table, query in {**model.DERIVED, **paid.TABLES, **rollups.TABLES, **timed.TABLES}.items():
        sql.execute(f"CREATE TABLE {table} AS {query}")
        rollups.narrow(sql, table)
    shelved.stage(sql)
    lattice.stage(sql, lattice.withheld_in(reader.path))
    sql.execute(
        f"CREATE TABLE build AS SELECT CAST({event} AS BIGINT) AS event, {moment} AS published, "
        f"group_name, currency FROM {SOURCE}.build"
    )
    _take_over(sql, reader)
    for ours, theirs in rollups.CHECKS:
        tied(sql, "sums by month", ours, theirs)


def _take_over(sql: duckdb.DuckDBPyConnection, reader: Reader) -> None:
    """What is the same today as then, or has nothing to tell of then: sites, codes; history."""
    made = {
        table
        for (table,) in sql.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'pub'"
        ).fetchall()
    }
    for table in sorted(set(reader.columns) - made):
        none = " LIMIT 0" if table.endswith("_history") else ""
        sql.execute(f'CREATE TABLE "{table}" AS SELECT * FROM {SOURCE}."{table}"{none}')


def _drop(newest: Path) -> None:
    """Keep the last few, and none of a build that is gone."""
    files = sorted(newest.parent.glob(f"{NAME}-*.duckdb"), key=lambda file: file.stat().st_mtime)
    for at, file in enumerate(reversed(files)):
        build = file.stem.removeprefix(f"{NAME}-").partition("@")[0]
        gone = not file.with_name(f"rounds-{build}.duckdb").exists()
        if file != newest and (gone or at >= KEPT):
            # A reader may still hold it on systems that lock open files; then the next one tries.
            with contextlib.suppress(OSError):
                file.unlink()
