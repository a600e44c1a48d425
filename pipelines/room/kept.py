"""Questions that somebody kept by name, and those that somebody asked before.

Both are of one person and shown to no other. They live in the state, where nothing is ever removed:
what is forgotten is no longer listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from pipelines.errors import UsageProblem, nearest
from pipelines.room.query import LONGEST
from pipelines.settings import Home
from pipelines.state import Decision, What, author, decide, history, standing

__all__ = ["Asked", "KeptQuery", "asked", "author", "forget", "keep", "kept", "note"]

NAME = 60  # characters of a name
LISTED = 100  # of the questions asked before, the latest


@dataclass(frozen=True, slots=True)
class KeptQuery:
    """A question under its name; `moment` is in UTC."""

    name: str
    sql: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked: what came of it in a few words, and in how many seconds."""

    sql: str
    said: str
    seconds: float
    moment: datetime


def keep(home: Home, person: str, name: str, sql: str) -> KeptQuery:
    """Keep a question under a name; one that the person kept under it before is replaced.

    UsageProblem for a name that is empty or long, or a question that is.
    """
    bare = " ".join(name.split())
    if not bare or len(bare) > NAME or not bare.isprintable():
        raise UsageProblem(f"A question's name has 1 to {NAME} characters.")
    if not sql.strip() or len(sql) > LONGEST:
        raise UsageProblem(f"A question has 1 to {LONGEST:,} characters.")
    return _kept(decide(home, What.QUERY, person, bare, {"sql": sql}, person))


def kept(home: Home, person: str) -> list[KeptQuery]:
    """The questions that a person kept, by name."""
    found = [_kept(one) for one in standing(home, What.QUERY) if one.scope == person]
    return sorted(found, key=lambda one: one.name.casefold())


def forget(home: Home, person: str, name: str) -> None:
    """List a kept question no longer. UsageProblem with the nearest name where there is none."""
    known = [one.name for one in kept(home, person)]
    if name not in known:
        hint = nearest(name, known, "the page lists those that are kept.")
        raise UsageProblem(f"There is no question {name}; {hint}")
    decide(home, What.QUERY, person, name, {}, person)


def note(home: Home, person: str, sql: str, said: str, seconds: float) -> None:
    """Note that a person asked a question; a home that follows another keeps none of them."""
    if home.follows.exists():
        return
    moment = datetime.now(UTC).isoformat()
    value = {"sql": sql[:LONGEST], "said": said, "seconds": f"{seconds:.3f}"}
    decide(home, What.ASKED, person, moment, value, person)


def asked(home: Home, person: str) -> list[Asked]:
    """What a person asked, the latest first, each question once: at most `LISTED`."""
    found: dict[str, Asked] = {}
    for one in reversed(history(home, What.ASKED)):
        if one.scope == person and one.value and len(found) < LISTED:
            sql, said, seconds = (one.value[name] for name in ("sql", "said", "seconds"))
            found.setdefault(sql, Asked(sql, said, float(seconds), one.moment))
    return list(found.values())


def _kept(decision: Decision) -> KeptQuery:
    return KeptQuery(decision.name, decision.value["sql"], decision.moment)
