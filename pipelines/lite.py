"""The small SQLite files of a home: opened by several processes at once, made where they are not.

What people decide, who has signed in, and the audit stand in one each. DuckDB's file has one writer
at a time, and these have many.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import StoreProblem

WAIT = 10.0  # seconds that a second writer waits for the first


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file holds: its `name` in sentences, the script that makes it, and its version."""

    name: str
    schema: str
    version: int = 1


@contextmanager
def opened(path: Path, layout: Layout) -> Iterator[sqlite3.Connection]:
    """The file, made or brought up to date where it must be; its owner alone can read it.

    Statements commit by themselves where no transaction was begun. StoreProblem for a file that
    can't be read or written, that is no such file, or that a later version of Rounds wrote.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as sql:
            version = int(sql.execute("PRAGMA user_version").fetchone()[0])
            if version > layout.version:
                raise StoreProblem(
                    f"{path} was written by a later version of Rounds (its layout is {version}, "
                    f"not {layout.version}). Use that version."
                )
            if version < layout.version:
                _prepare(sql, layout)
            yield sql
    except (sqlite3.OperationalError, OSError) as error:
        raise StoreProblem(
            f"{path} can't be read or written ({_cause(error)}). Check the place and the free "
            "space, and try again."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreProblem(
            f"{path} is no {layout.name} of Rounds, or was damaged. Restore it from a backup."
        ) from error


def _cause(error: sqlite3.OperationalError | OSError) -> str:
    if "locked" in str(error):
        return "another process has been writing to it for too long"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return error.sqlite_errorname if hasattr(error, "sqlite_errorname") else "it refuses"


def _prepare(sql: sqlite3.Connection, layout: Layout) -> None:
    """Make the tables, once: of several processes that try, the later ones find them there."""
    sql.execute("PRAGMA journal_mode = WAL")
    sql.execute("BEGIN IMMEDIATE")
    for statement in _statements(layout.schema):
        sql.execute(statement)
    sql.execute(f"PRAGMA user_version = {layout.version}")
    sql.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """A script's statements, one at a time: `executescript` would end the transaction."""
    text = ""
    for line in script.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            yield text
            text = ""
