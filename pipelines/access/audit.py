"""What happened behind the door: who saw, changed or took what, and who knocked in vain.

It lives in `audit.sqlite` in the home and only grows: a line is never changed or removed, and each
carries a hash over itself and the line before, so that one which somebody altered with other means
is told. No cell of an export stands in it: views are told by their page and filters.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import StoreProblem
from pipelines.settings import Home

WAIT = 10.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY AUTOINCREMENT, moment TEXT NOT NULL,
    who TEXT NOT NULL, seen_as TEXT, what TEXT NOT NULL, about TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TRIGGER IF NOT EXISTS lines_stay BEFORE UPDATE ON lines
    BEGIN SELECT RAISE(ABORT, 'a line of the audit is never changed'); END;
CREATE TRIGGER IF NOT EXISTS lines_are_kept BEFORE DELETE ON lines
    BEGIN SELECT RAISE(ABORT, 'a line of the audit is never removed'); END;
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `moment` is in UTC, `what` a short word ("view", "export", "sign in" …)."""

    number: int
    moment: datetime
    who: str
    seen_as: str | None
    what: str
    about: dict[str, str]


def note(
    home: Home, who: str, what: str, about: Mapping[str, str], seen_as: str | None = None
) -> None:
    """Add a line. StoreProblem when it can't be written: then what it tells of may not happen."""
    moment = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    told = json.dumps(dict(about), ensure_ascii=False, sort_keys=True)
    with _opened(home) as sql:
        sql.execute("BEGIN IMMEDIATE")
        last = sql.execute("SELECT hash FROM lines ORDER BY id DESC LIMIT 1").fetchone()
        seal = _seal(last[0] if last else b"", (moment, who, seen_as, what, told))
        sql.execute(
            "INSERT INTO lines (moment, who, seen_as, what, about, hash) VALUES (?, ?, ?, ?, ?, ?)",
            [moment, who, seen_as, what, told, seal],
        )
        sql.execute("COMMIT")


def lines(
    home: Home, *, who: str | None = None, what: str | None = None, most: int = 1000
) -> list[Line]:
    """The latest lines, of somebody or of one kind, newest first."""
    if not place(home).exists():
        return []
    conditions, values = ["true"], list[object]()
    for name, wanted in (("who", who), ("what", what)):
        if wanted is not None:
            conditions.append(f"{name} = ?")
            values.append(wanted)
    with _opened(home) as sql:
        found = sql.execute(
            "SELECT id, moment, who, seen_as, what, about FROM lines "
            f"WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?",
            [*values, most],
        ).fetchall()
    return [
        Line(number, datetime.fromisoformat(moment), who, seen_as, what, json.loads(about))
        for number, moment, who, seen_as, what, about in found
    ]


def altered(home: Home) -> int | None:
    """The number of the first line that isn't as it was written, or after which one is missing.

    None where all are. Lines cut off at the end leave no trace here: keep a copy elsewhere.
    """
    if not place(home).exists():
        return None
    before, expected = b"", 1
    with _opened(home) as sql:
        for number, *told, seal in sql.execute(
            "SELECT id, moment, who, seen_as, what, about, hash FROM lines ORDER BY id"
        ):
            if number != expected or seal != _seal(before, told):
                return int(number)
            before, expected = seal, expected + 1
    return None


def place(home: Home) -> Path:
    """The file of the audit."""
    return home.root / "audit.sqlite"


def _seal(before: bytes, told: object) -> bytes:
    text = json.dumps(list(told) if isinstance(told, (list, tuple)) else told, ensure_ascii=False)
    return hashlib.sha256(before + text.encode()).digest()


@contextmanager
def _opened(home: Home) -> Iterator[sqlite3.Connection]:
    path = place(home)
    try:
        if not path.exists():
            home.make()
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as sql:
            if not sql.execute("PRAGMA user_version").fetchone()[0]:
                sql.execute("PRAGMA journal_mode = WAL")
                sql.executescript(SCHEMA)
                sql.execute("PRAGMA user_version = 1")
            yield sql
    except sqlite3.Error as error:
        raise StoreProblem(
            f"{path} can't be read or written ({type(error).__name__}). Check the place and the "
            "free space, and try again."
        ) from error
