"""Who gets the digest, when, from which amount on, and which lines they let rest.

Kept in the state as decisions. What was sent stands in `digest.sqlite`: up to which load a person
was told of changes, and which lines they had, so that the next one says what is new.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from pipelines.analysis.attention import Finding
from pipelines.errors import UsageProblem
from pipelines.lite import Layout, opened
from pipelines.settings import Home
from pipelines.state import What, decide, standing

SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (id INTEGER PRIMARY KEY AUTOINCREMENT, moment TEXT NOT NULL,
    login TEXT NOT NULL, day TEXT NOT NULL, event INTEGER NOT NULL, lines TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sent_to ON sent (login, id);
"""
LAYOUT = Layout("memory of digests", SCHEMA)
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,255}")
# What tells a line from others of its kind at its site; a line goes on while these stay.
_SAME = ("metric", "contract", "item", "document", "other_document")


class When(StrEnum):
    """How often a person is told."""

    DAILY = "daily"  # each day on which something is new
    MONDAY = "monday"  # once a week: on Monday, or on the first day after it that Rounds runs


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's digest. `least` is the money below which a line that has an amount is left out."""

    login: str
    address: str
    when: When = When.MONDAY
    least: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sent:
    """The last digest that a person got: its day, the last load it knew, and its lines' keys."""

    day: date
    event: int
    lines: frozenset[str]


def subscriptions(home: Home) -> list[Subscription]:
    """Everybody who gets a digest, by login."""
    return [
        Subscription(d.name, d.value["address"], When(d.value["when"]), Decimal(d.value["least"]))
        for d in standing(home, What.DIGEST)
    ]


def subscribe(home: Home, wanted: Subscription, by: str | None = None) -> None:
    """Keep a person's digest as given. UsageProblem for what is no address or no amount."""
    if not _ADDRESS.fullmatch(wanted.address) or not wanted.address.isascii():
        raise UsageProblem("A digest goes to one e-mail address, as in ada@example.org.")
    if not wanted.least.is_finite() or wanted.least < 0:
        raise UsageProblem("The least amount of a line is 0 or more.")
    value = {"address": wanted.address, "when": str(wanted.when), "least": str(wanted.least)}
    decide(home, What.DIGEST, "", wanted.login, value, by)


def unsubscribe(home: Home, login: str, by: str | None = None) -> None:
    """End a person's digest. UsageProblem where they have none."""
    if login not in {one.login for one in subscriptions(home)}:
        raise UsageProblem(f"{login} gets no digest. `rounds digest list` tells who does.")
    decide(home, What.DIGEST, "", login, {}, by)


def amount(text: str) -> Decimal:
    """An amount as typed: 1,500 or 1500.50. UsageProblem for what is none."""
    try:
        return Decimal(text.replace(",", "").strip() or "0")
    except InvalidOperation:
        raise UsageProblem("Give an amount, as in 1,500.") from None


def key(finding: Finding) -> str:
    """What a line is known by from one digest to the next: a hash, so that it tells nothing."""
    about = [str(finding.details.get(name) or "") for name in _SAME]
    text = json.dumps([finding.kind, finding.site, *about])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def snooze(home: Home, login: str, line: str, until: date | None, by: str | None = None) -> None:
    """Let a line of a person's rest before a day; without one it comes back."""
    value = {} if until is None else {"until": until.isoformat()}
    decide(home, What.SNOOZE, login, line, value, by)


def snoozed(home: Home, login: str, day: date) -> dict[str, date]:
    """The lines that a person lets rest on a day, with the day on which each comes back."""
    found = {
        d.name: date.fromisoformat(d.value["until"])
        for d in standing(home, What.SNOOZE) if d.scope == login
    }  # fmt: skip
    return {line: until for line, until in found.items() if day < until}


def last_sent(home: Home, login: str) -> Sent | None:
    """The last digest that went to a person; None before the first."""
    with opened(home.root / "digest.sqlite", LAYOUT) as sql:
        row = sql.execute(
            "SELECT day, event, lines FROM sent WHERE login = ? ORDER BY id DESC LIMIT 1", [login]
        ).fetchone()
    return row and Sent(date.fromisoformat(row[0]), row[1], frozenset(json.loads(row[2])))


def remember(home: Home, login: str, day: date, event: int, lines: Collection[str]) -> None:
    """Keep that a digest went out, or that there was nothing to tell."""
    moment = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    with opened(home.root / "digest.sqlite", LAYOUT) as sql:
        sql.execute(
            "INSERT INTO sent (moment, login, day, event, lines) VALUES (?, ?, ?, ?, ?)",
            [moment, login, day.isoformat(), event, json.dumps(sorted(lines))],
        )


def is_due(when: When, last: Sent | None, day: date) -> bool:
    """Whether a person is to be told on a day."""
    if last is None:
        return when is When.DAILY or day.weekday() == 0
    if when is When.DAILY:
        return day > last.day
    return day > last.day and day.isocalendar()[:2] != last.day.isocalendar()[:2]
