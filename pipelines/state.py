"""What people decide: what codes mean, answers to a file's questions, periods, targets.

It lives in `state.sqlite` in the home, apart from the record: what was loaded can be made anew from
the exports, what people decided can't. Each decision is a row with its author and time, and no row
is ever changed or removed; a later one about the same thing takes its place, and one without a
value takes it back. Several processes may read and write at once.
"""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pipelines.errors import StoreProblem
from pipelines.settings import Home

VERSION = 1
WAIT = 10.0  # seconds that a second writer waits for the first

SCHEMA = """
CREATE TABLE IF NOT EXISTS decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, moment TEXT NOT NULL, author TEXT NOT NULL,
    kind TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT
);
CREATE INDEX IF NOT EXISTS decisions_by_thing ON decisions (kind, scope, name, id);
CREATE VIEW IF NOT EXISTS standing AS
    SELECT * FROM decisions WHERE value IS NOT NULL
    AND id IN (SELECT max(id) FROM decisions GROUP BY kind, scope, name);
CREATE TRIGGER IF NOT EXISTS decisions_stay BEFORE UPDATE ON decisions
    BEGIN SELECT RAISE(ABORT, 'a decision is never changed'); END;
CREATE TRIGGER IF NOT EXISTS decisions_are_kept BEFORE DELETE ON decisions
    BEGIN SELECT RAISE(ABORT, 'a decision is never removed'); END;
"""


class What(StrEnum):
    """The kinds of decisions, with what `scope`, `name` and `value` are."""

    SITE = "site"  # system, code → {"site": site}
    ACCOUNT = "account"  # system, code → {"title": title, "subject": subject}
    ANSWER = "answer"  # profile, column → {"answer": one of ANSWERS}
    PERIOD = "period"  # profile, file's name → {"period": day}
    REBASE = "rebase"  # metric, "site month" → {"site": site, "month": day, "reason": reason}
    BUDGET = "budget"  # site, [month, subject, currency] → {"amount", "reason"}
    TARGET = "target"  # metric, [month, currency, "site" …, place] → {"value", "to", "reason"}
    SCENARIO = "scenario"  # "", its name → {"levers": text of analysis.scenarios}
    VIEW = "view"  # page, its name → {"query": what stands in its address}
    PERSON = "person"  # "", login → name, role and scope: pipelines.access.people
    QUERY = "query"  # its author, its name → {"sql": a question of the SQL room}
    ASKED = "asked"  # who asked, the moment → {"sql", "said": rows or what went wrong, "seconds"}
    NOTE = "note"  # metric, the note's id → its text, scope, period and value: pipelines.notes


ANSWERS = "day-first", "month-first", "decimal-comma", "decimal-point"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `value` is empty where it takes back an earlier one; `moment` is in UTC."""

    number: int
    moment: datetime
    author: str
    what: What
    scope: str
    name: str
    value: dict[str, str]


def author() -> str:
    """Who decides, where nobody says so: `ROUNDS_AUTHOR`, else the account's name."""
    try:
        return os.environ.get("ROUNDS_AUTHOR") or getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def decide(
    home: Home, what: What, scope: str, name: str, value: dict[str, str], by: str | None = None
) -> Decision:
    """Keep a decision; an empty `value` takes back what was decided about the thing before.

    StoreProblem when the state can't be written.
    """
    home.make()
    moment = datetime.now(UTC).replace(tzinfo=None)
    who = by or author()
    with _opened(home) as sql:
        sql.execute("BEGIN IMMEDIATE")
        told = sql.execute(
            "INSERT INTO decisions (moment, author, kind, scope, name, value) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [moment.isoformat(), who, what, scope, name, _written(value)],
        )
        sql.execute("COMMIT")
        return Decision(int(told.lastrowid or 0), moment, who, what, scope, name, value)


def standing(home: Home, what: What) -> list[Decision]:
    """What is decided now, by scope and name; nothing where nobody has decided anything."""
    return _read(home, "SELECT * FROM standing WHERE kind = ? ORDER BY scope, name", what)


def history(home: Home, what: What) -> list[Decision]:
    """Every decision of a kind ever made, oldest first."""
    return _read(home, "SELECT * FROM decisions WHERE kind = ? ORDER BY id", what)


def place(home: Home) -> Path:
    """The file of the state."""
    return home.root / "state.sqlite"


def _read(home: Home, query: str, what: What) -> list[Decision]:
    if not place(home).exists():
        return []
    with _opened(home) as sql:
        found = sql.execute(query, [what]).fetchall()
    return [
        Decision(number, datetime.fromisoformat(moment), who, What(kind), scope, name,
                 json.loads(value) if value else {})
        for number, moment, who, kind, scope, name, value in found
    ]  # fmt: skip


def _written(value: dict[str, str]) -> str | None:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else None


@contextmanager
def _opened(home: Home) -> Iterator[sqlite3.Connection]:
    """The state, made or brought up to date where it must be."""
    path = place(home)
    try:
        with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as sql:
            version = int(sql.execute("PRAGMA user_version").fetchone()[0])
            if version > VERSION:
                raise StoreProblem(
                    f"{path} was written by a later version of Rounds (its layout is {version}, "
                    f"not {VERSION}). Use that version."
                )
            if version < VERSION:
                _prepare(sql)
            yield sql
    except sqlite3.OperationalError as error:
        raise StoreProblem(
            f"{path} can't be read or written ({_cause(error)}). Check the place and the free "
            "space, and try again."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreProblem(
            f"{path} is no state of Rounds, or was damaged. Restore it from a backup."
        ) from error


def _cause(error: sqlite3.OperationalError) -> str:
    if "locked" in str(error):
        return "another process has been writing to it for too long"
    return error.sqlite_errorname if hasattr(error, "sqlite_errorname") else "it refuses"


def _prepare(sql: sqlite3.Connection) -> None:
    """Make the tables, once: of several processes that try, the later ones find them there."""
    sql.execute("PRAGMA journal_mode = WAL")
    sql.execute("BEGIN IMMEDIATE")
    for statement in _statements(SCHEMA):
        sql.execute(statement)
    sql.execute(f"PRAGMA user_version = {VERSION}")
    sql.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """A script's statements, one at a time: `executescript` would end the transaction."""
    text = ""
    for line in script.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            yield text
            text = ""
