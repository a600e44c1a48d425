"""What happened behind the door: who saw, changed or took what, and who knocked in vain.

It lives in `audit.sqlite` in the home and only grows: a line is never changed or removed, and each
carries a hash over itself and the line before, so that one which somebody altered with other means
is told. No cell of an export stands in it: views are told by their page and filters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.lite import Layout, opened
from pipelines.settings import Home

SCHEMA = """
CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY AUTOINCREMENT, moment TEXT NOT NULL,
    who TEXT NOT NULL, seen_as TEXT, what TEXT NOT NULL, about TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TRIGGER IF NOT EXISTS lines_stay BEFORE UPDATE ON lines
    BEGIN SELECT RAISE(ABORT, 'a line of the audit is never changed'); END;
CREATE TRIGGER IF NOT EXISTS lines_are_kept BEFORE DELETE ON lines
    BEGIN SELECT RAISE(ABORT, 'a line of the audit is never removed'); END;
"""
LAYOUT = Layout("audit", SCHEMA)


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
    with opened(place(home), LAYOUT) as sql:
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
    with opened(place(home), LAYOUT) as sql:
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
    with opened(place(home), LAYOUT) as sql:
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
