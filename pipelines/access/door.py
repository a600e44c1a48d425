"""What opens the door: password hashes, sessions, and how often somebody has tried in vain.

It lives in `door.sqlite` in the home, readable by its owner alone. A session is known by a random
token of which only the hash is kept; it ends when it was idle too long, when its time is over, or
when somebody ends it. Several processes may read and write at once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.errors import UsageProblem
from pipelines.lite import Layout, opened
from pipelines.settings import Home

IDLE = timedelta(minutes=30)
WHOLE = timedelta(hours=12)
TOUCH = timedelta(seconds=20)  # a session's last use is written no more often than this
TRIES = 5  # in vain, before one must wait
SOONEST = timedelta(seconds=30)  # the first wait; each further try in vain doubles it
LONGEST = timedelta(minutes=30)
AT_LEAST = 12  # characters of a password
# scrypt, RFC 7914; the cost OWASP's Password Storage Cheat Sheet gives for it: 128 MB, 5 times.
N, R, P, LENGTH = 2**15, 8, 3, 32

SCHEMA = """
CREATE TABLE IF NOT EXISTS passwords (login TEXT PRIMARY KEY, salt BLOB NOT NULL,
    hash BLOB NOT NULL, cost TEXT NOT NULL, moment TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (token BLOB PRIMARY KEY, login TEXT NOT NULL,
    begun TEXT NOT NULL, used TEXT NOT NULL, ended TEXT, seen_as TEXT);
CREATE TABLE IF NOT EXISTS tries (about TEXT PRIMARY KEY, failed INTEGER NOT NULL,
    last TEXT NOT NULL);
"""
LAYOUT = Layout("file of sign-ins", SCHEMA)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is in. `seen_as` is the login whose view an administrator looks at."""

    login: str
    begun: datetime
    used: datetime
    seen_as: str | None = None


def set_password(home: Home, login: str, password: str) -> None:
    """Keep a password's hash; sessions of the login end.

    UsageProblem for one that is short, or easily guessed from the login.
    """
    _check(login, password)
    salt = secrets.token_bytes(16)
    with opened(place(home), LAYOUT) as sql:
        sql.execute(
            "INSERT OR REPLACE INTO passwords VALUES (?, ?, ?, ?, ?)",
            [login, salt, _hash(password, salt, (N, R, P)), f"{N},{R},{P}", _told(_now())],
        )
    end_all(home, login)


def forget_password(home: Home, login: str) -> None:
    """Remove a login's password, and end its sessions."""
    with opened(place(home), LAYOUT) as sql:
        sql.execute("DELETE FROM passwords WHERE login = ?", [login])
    end_all(home, login)


def has_password(home: Home, login: str) -> bool:
    """Whether a login has a password."""
    with opened(place(home), LAYOUT) as sql:
        return bool(sql.execute("SELECT 1 FROM passwords WHERE login = ?", [login]).fetchone())


def passwords(home: Home) -> list[list[str]]:
    """What is kept of passwords, for a home that follows: login, salt, hash, cost, moment."""
    if not place(home).exists():
        return []
    with opened(place(home), LAYOUT) as sql:
        return [
            [login, salt.hex(), kept.hex(), cost, moment]
            for login, salt, kept, cost, moment in sql.execute(
                "SELECT * FROM passwords ORDER BY login"
            )
        ]


def take_passwords(home: Home, rows: Sequence[Sequence[str]]) -> None:
    """Keep just these passwords; where one is another or gone, the sessions of its login end."""
    wanted = {row[0]: list(row) for row in rows}
    before = {row[0]: row for row in passwords(home)}
    changed = [n for n in {**before, **wanted} if before.get(n) != wanted.get(n)]
    with opened(place(home), LAYOUT) as sql:
        sql.execute("BEGIN IMMEDIATE")
        for login in changed:
            sql.execute("DELETE FROM passwords WHERE login = ?", [login])
            if login in wanted:
                _, salt, kept, *rest = wanted[login]
                values = [login, bytes.fromhex(salt), bytes.fromhex(kept), *rest]
                sql.execute("INSERT INTO passwords VALUES (?, ?, ?, ?, ?)", values)
        sql.execute("COMMIT")
    for login in changed:
        end_all(home, login)


def let_in(home: Home, login: str, password: str, address: str) -> bool:
    """Whether a password is a login's. It takes as long for a login that there isn't.

    After some tries in vain, by login or by address, even the right one is refused for a while.
    """
    login = login.strip().lower()
    about = (f"login {login}", f"address {address}")
    with opened(place(home), LAYOUT) as sql:
        if any(_must_wait(sql, one) for one in about):
            return False
        found = sql.execute(
            "SELECT salt, hash, cost FROM passwords WHERE login = ?", [login]
        ).fetchone()
    salt, kept, cost = found or (b"\0" * 16, b"", f"{N},{R},{P}")
    n, r, p = (int(part) for part in cost.split(","))
    right = hmac.compare_digest(_hash(password, salt, (n, r, p)), kept)
    with opened(place(home), LAYOUT) as sql:
        for one in about:
            if right:
                sql.execute("DELETE FROM tries WHERE about = ?", [one])
            else:
                sql.execute(
                    "INSERT INTO tries VALUES (?, 1, ?) ON CONFLICT (about) DO UPDATE "
                    "SET failed = failed + 1, last = excluded.last",
                    [one, _told(_now())],
                )
    return right


def begin(home: Home, login: str, token: str | None = None) -> str:
    """Begin a session and return its token, which is told nobody else. A given one is taken."""
    token = token or secrets.token_urlsafe(32)
    now = _now()
    with opened(place(home), LAYOUT) as sql:
        sql.execute("DELETE FROM sessions WHERE begun < ?", [_told(now - 2 * WHOLE)])
        sql.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, NULL, NULL)",
            [_digest(token), login, _told(now), _told(now)],
        )
    return token


def session(home: Home, token: str) -> Session | None:
    """The session of a token that is still open; to ask is to use it."""
    found = known(home, token)
    if found is None or found[1]:
        return None
    if _now() - found[0].used > TOUCH:
        with opened(place(home), LAYOUT) as sql:
            sql.execute(
                "UPDATE sessions SET used = ? WHERE token = ?", [_told(_now()), _digest(token)]
            )
    return found[0]


def known(home: Home, token: str) -> tuple[Session, bool] | None:
    """A token's session, and whether it is over; None for a token that nobody was ever given."""
    with opened(place(home), LAYOUT) as sql:
        row = sql.execute(
            "SELECT login, begun, used, ended, seen_as FROM sessions WHERE token = ?",
            [_digest(token)],
        ).fetchone()
    if row is None:
        return None
    found = Session(row[0], datetime.fromisoformat(row[1]), datetime.fromisoformat(row[2]), row[4])
    now = _now()
    over = row[3] is not None or now - found.used > IDLE or now - found.begun > WHOLE
    return found, over


def end(home: Home, token: str) -> None:
    """End a session."""
    with opened(place(home), LAYOUT) as sql:
        sql.execute(
            "UPDATE sessions SET ended = coalesce(ended, ?) WHERE token = ?",
            [_told(_now()), _digest(token)],
        )


def end_all(home: Home, login: str) -> None:
    """End every session of a login."""
    with opened(place(home), LAYOUT) as sql:
        sql.execute(
            "UPDATE sessions SET ended = coalesce(ended, ?) WHERE login = ?", [_told(_now()), login]
        )


def see_as(home: Home, token: str, login: str | None) -> None:
    """Let a session see what another login sees; None ends that."""
    with opened(place(home), LAYOUT) as sql:
        sql.execute("UPDATE sessions SET seen_as = ? WHERE token = ?", [login, _digest(token)])


def waits(home: Home, login: str, address: str) -> timedelta | None:
    """How long a login or an address must wait before it may try again; None where it may."""
    with opened(place(home), LAYOUT) as sql:
        found = [
            _must_wait(sql, one) for one in (f"login {login.strip().lower()}", f"address {address}")
        ]
    return max((wait for wait in found if wait), default=None)


def place(home: Home) -> Path:
    """The file of passwords and sessions."""
    return home.root / "door.sqlite"


def _must_wait(sql: sqlite3.Connection, about: str) -> timedelta | None:
    row = sql.execute("SELECT failed, last FROM tries WHERE about = ?", [about]).fetchone()
    if row is None or row[0] < TRIES:
        return None
    pause = min(SOONEST * 2 ** min(row[0] - TRIES, 10), LONGEST)
    left = datetime.fromisoformat(row[1]) + pause - _now()
    return left if left > timedelta(0) else None


def _check(login: str, password: str) -> None:
    if len(password) < AT_LEAST or len(set(password)) < 5:
        raise UsageProblem(
            f"A password has at least {AT_LEAST} characters, five of them different: three words "
            "that don't belong together are easy to keep."
        )
    if len(password) > 1000:
        raise UsageProblem("A password has at most 1,000 characters.")
    short = login.split("@")[0]
    if len(short) > 3 and short.casefold() in password.casefold():
        raise UsageProblem("A password doesn't hold the login. Choose another.")


def _hash(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=LENGTH
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
