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
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pipelines.errors import UsageProblem
from pipelines.lite import Layout, opened
from pipelines.settings import Home

VERSION = 1
FOLLOWS = "Here the figures of another home are shown. What is decided or noted is kept there."

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
LAYOUT = Layout("state", SCHEMA, VERSION)
# The view of the schema reads every decision of every kind; these read no more than is asked for.
STANDING = """
SELECT * FROM decisions WHERE value IS NOT NULL
AND id IN (SELECT max(id) FROM decisions WHERE kind = ? GROUP BY scope, name) ORDER BY scope, name
"""
LATEST = """
SELECT * FROM decisions WHERE value IS NOT NULL AND id IN (
    SELECT max(id) FROM decisions WHERE kind = ? AND scope = ? AND name IN ({}) GROUP BY name)
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
    DIGEST = "digest"  # "", login → {"address", "when", "least"}: pipelines.digest.readers
    SNOOZE = "snooze"  # login, key of a digest's line → {"until": day}
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

    StoreProblem when the state can't be written; UsageProblem in a home that follows another.
    """
    if home.follows.exists():
        raise UsageProblem(FOLLOWS)
    home.make()
    moment = datetime.now(UTC).replace(tzinfo=None)
    who = by or author()
    with opened(place(home), LAYOUT) as sql:
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
    return _read(home, STANDING, what)


def latest(home: Home, what: What, scope: str, names: Sequence[str]) -> list[Decision]:
    """What is decided now about a few things by their names, whatever else stands."""
    return _read(home, LATEST.format(", ".join("?" * len(names))), what, scope, *names)


def history(home: Home, what: What) -> list[Decision]:
    """Every decision of a kind ever made, oldest first."""
    return _read(home, "SELECT * FROM decisions WHERE kind = ? ORDER BY id", what)


def place(home: Home) -> Path:
    """The file of the state."""
    return home.root / "state.sqlite"


def _read(home: Home, query: str, *values: str) -> list[Decision]:
    if not place(home).exists():
        return []
    with opened(place(home), LAYOUT) as sql:
        found = sql.execute(query, values).fetchall()
    return [
        Decision(number, datetime.fromisoformat(moment), who, What(kind), scope, name,
                 json.loads(value) if value else {})
        for number, moment, who, kind, scope, name, value in found
    ]  # fmt: skip


def _written(value: dict[str, str]) -> str | None:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else None
