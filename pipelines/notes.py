"""Notes: what people say about a number, pinned to its measure, scope and period.

They are decisions like the others (`pipelines.state`): each version has its author and moment and
none is ever changed. A note keeps the value that it was first written on, with the build and its
last load, so that it can say when the number has changed since; its later versions keep them too,
until one is pinned anew. Before a text is kept it goes through
the guard at the door (`pipelines.ingest.scan`): what may identify a patient is masked.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pipelines.calendar import Period
from pipelines.errors import NotShown, UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.ingest.scan import Find, finds, replaced
from pipelines.metrics import METRICS
from pipelines.metrics.ask import CALENDAR, Answer, ask
from pipelines.metrics.compile import SITE_DIMENSIONS, Scope
from pipelines.metrics.shown import refused, tells_pay
from pipelines.settings import Home
from pipelines.state import Decision, What, decide, history, standing
from pipelines.warehouse.reader import Reader

Where = Mapping[str, Sequence[str]]
Values = Mapping[str, str]  # currency ("" where there is none) → value; "" where it is unknown
TEXT, ACTION, OWNER = 2000, 500, 80  # the most characters of each
APART = Decimal("1e-9")  # sums of fractions may differ by this share without having changed
# Marks that are no text: controls but line ends, and those that turn the direction of writing.
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MASKS = {"mrn": "a medical record number", "ssn": "a social security number", "ip": "an address",
          "url": "a web address", "e-mail": "an e-mail address", "iban": "an account",
          "age": "an age", "address": "an address", "account": "an account",
          "phone": "a phone number", "card": "a card number", "health id": "a health number",
          "birth": "a birth date", "licence": "a licence number", "vehicle": "a vehicle's number",
          "serial": "a serial number", "number": "a patient's number"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """The latest version of a note.

    `where` is the scope by dimensions, as `ask` takes it. `values` is the number it was written on,
    `build` and `load` (the last one then) where that came from; `basis` is the day that places pay.
    `done` is the day on which its action was done. `version` counts from 1.
    """

    note: str
    version: int
    metric: str
    period: Period
    where: dict[str, tuple[str, ...]]
    basis: str
    text: str
    owner: str
    action: str
    due: date | None
    done: date | None
    values: dict[str, str]
    build: str
    load: int
    author: str
    moment: datetime

    def is_of(self, metric: str, period: Period, where: Where, basis: str = "worked") -> bool:
        """Whether it is pinned to this very number."""
        return (self.metric, self.period, self.where, self.basis) == (
            metric, period, frozen(where), basis,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """All of it, by name."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "period"}
        return {**told, "from": self.period.start, "to": self.period.stop}


@dataclass(frozen=True, slots=True)
class Told:
    """A note beside what its number is now. `changed` says whether that differs."""

    note: Note
    now: dict[str, str]

    @property
    def changed(self) -> bool:
        """Whether the number is another than when the note was written."""
        return has_changed(self.note.values, self.now)


@dataclass(frozen=True, slots=True)
class Written:
    """A note that was kept, and what was masked in it ("a name", "a phone number")."""

    note: Note
    masked: tuple[str, ...]


def write(
    reader: Reader,
    home: Home,
    *,
    metric: str,
    period: Period,
    text: str,
    where: Where | None = None,
    owner: str = "",
    action: str = "",
    due: date | None = None,
    done: date | None = None,
    basis: str | None = None,
    note: str | None = None,
    repin: bool = False,
    by: str | None = None,
    fiscal: Fiscal = CALENDAR,
) -> Written:
    """Keep a note about a number, or a new version of the one named `note`.

    A new version is about the value that the note was first written on: a changed word doesn't
    hide that the number has changed since. With `repin`, or where it is about another number now,
    it is about the value of today.
    Identifiers in the text and the action are masked; an owner may be named, and nothing else of
    them may stand there. UsageProblem for an empty or too long text, for a number that can't be
    asked for, or where there is no such note; NotShown for a number that reaches beyond what the
    viewer sees.
    """
    if not _is_within(reader, where or {}):
        raise NotShown("A note is about a number of your sites: choose one or more of them first.")
    answer = ask(reader, metric, period=period, where=where, fiscal=fiscal, basis=basis)
    said, said_masked = _guarded(reader, _clean(text, TEXT, "text"))
    to_do, to_do_masked = _guarded(reader, _clean(action, ACTION, "action"))
    who = _clean(owner, OWNER, "owner", line=True)
    if not said:
        raise UsageProblem("A note needs a text. Say what explains the number.")
    if finds(who, names=False, titled=False):
        raise UsageProblem("The owner of a note is a name or a post, without numbers. Give that.")
    earlier = None if note is None else _standing(reader, home, note)
    about = answer.metric.name, period, where or {}, answer.basis
    if earlier and (repin or not earlier.is_of(*about)):
        earlier = None
    value = {
        "from": period.start.isoformat(),
        "to": period.stop.isoformat(),
        "where": json.dumps(frozen(where or {}), ensure_ascii=False, sort_keys=True),
        "basis": answer.basis,
        "text": said,
        "owner": who,
        "action": to_do,
        "due": due.isoformat() if due else "",
        "done": done.isoformat() if done else "",
        **(_pin(earlier.values, earlier.build, earlier.load) if earlier else _pin(
            values_of(answer), reader.build, reader.query("SELECT event FROM build")["event"][0])),
    }  # fmt: skip
    kept = decide(
        home, What.NOTE, answer.metric.name, note or uuid.uuid4().hex[:12], value, _author(by)
    )
    version = sum(one.name == kept.name for one in history(home, What.NOTE))
    masked = tuple(dict.fromkeys((*said_masked, *to_do_masked)))
    return Written(_note(kept, version), masked)


def _pin(values: Values, build: str, load: int) -> dict[str, str]:
    """The value that a note is about, and where it came from, as they are kept."""
    return {"values": json.dumps(values, sort_keys=True), "build": build, "load": str(load)}


def withdraw(reader: Reader, home: Home, note: str, by: str | None = None) -> None:
    """Take a note back: it is listed no more, and its versions are kept.

    UsageProblem where there is no such note, or none that the viewer sees.
    """
    found = _standing(reader, home, note)
    decide(home, What.NOTE, found.metric, note, {}, _author(by))


def _standing(reader: Reader, home: Home, note: str) -> Note:
    """The note of an id that stands and that the viewer sees. UsageProblem where there is none."""
    found = next((one for one in notes(home) if one.note == note), None)
    if found is None or not is_shown(reader, found):
        raise UsageProblem("There is no such note. `rounds notes` lists them.")
    return found


def notes(home: Home, metric: str | None = None) -> list[Note]:
    """The notes that stand, latest first, each in its latest version."""
    counts: dict[str, int] = {}
    for one in history(home, What.NOTE):
        counts[one.name] = counts.get(one.name, 0) + bool(one.value)
    found = [_note(one, counts[one.name]) for one in standing(home, What.NOTE)]
    return sorted(
        (one for one in found if metric in (None, one.metric)), key=lambda one: one.moment,
        reverse=True,
    )  # fmt: skip


def versions(home: Home, note: str) -> list[Note]:
    """Every version of a note, oldest first."""
    found = [one for one in history(home, What.NOTE) if one.name == note and one.value]
    return [_note(one, number) for number, one in enumerate(found, 1)]


def notes_of(
    reader: Reader,
    home: Home,
    *,
    period: Period | None = None,
    where: Where | None = None,
    metric: str | None = None,
    fiscal: Fiscal = CALENDAR,
) -> list[Told]:
    """The notes of a scope and period, with what their numbers are now: for packs and lists.

    Those whose period ends within `period` and whose sites all lie in the scope `where` (its
    region, kind and site). A note about the whole group is none of a region's.
    """
    everywhere, scope = _sites(reader, {}), _sites(reader, where or {})
    found = []
    for one in notes(home, metric):
        if not is_shown(reader, one):
            continue
        about = _sites(reader, one.where)
        if not (about <= scope and (scope == everywhere or about)):
            continue
        if period is None or period.start <= one.period.stop <= period.stop:
            found.append(told(reader, one, fiscal))
    return found


def is_shown(reader: Reader, note: Note) -> bool:
    """Whether a viewer sees a note: all sites and the measure that it is about are theirs.

    What is said of a region or of the group may tell of any site in it.
    """
    limits, known = reader.limits, METRICS.get(note.metric)
    if known is None or refused(limits, known) is not None:
        return False
    if not limits.pay and tells_pay(known) and set(note.where) - set(SITE_DIMENSIONS):
        return False
    return _is_within(reader, note.where)


def _is_within(reader: Reader, where: Where) -> bool:
    """Whether all sites of a scope are the viewer's: that of all sites is the whole group's.

    A scope without any site is nobody's who sees a part: it might name one that isn't theirs.
    """
    seen = reader.limits.sites
    if seen is None:
        return True
    found = _sites(reader.whole, where)
    return bool(found) and found <= seen


def told(reader: Reader, note: Note, fiscal: Fiscal = CALENDAR) -> Told:
    """A note with what its number is now; unknown where it can't be asked for any more."""
    return Told(note, now_of(reader, note.metric, note.period, note.where, note.basis, fiscal))


def now_of(
    reader: Reader, metric: str, period: Period, where: Where, basis: str, fiscal: Fiscal
) -> dict[str, str]:
    """The values that a note's number has now, by currency; none where it can't be asked for."""
    pay = "check" if basis == "check" else None
    try:
        answer = ask(reader, metric, period=period, where=where, fiscal=fiscal, basis=pay)
    except UsageProblem:
        return {}
    return values_of(answer)


def values_of(answer: Answer) -> dict[str, str]:
    """The values of an answer without dimensions, by currency."""
    return {
        row.get("currency") or "": "" if row["value"] is None else str(row["value"])
        for row in answer.frame.iter_rows(named=True)
    }


def has_changed(then: Values, now: Values) -> bool:
    """Whether two states of a number differ; what is unknown on one side only does."""
    return any(_differ(then.get(currency, ""), now.get(currency, "")) for currency in {*then, *now})


def _differ(then: str, now: str) -> bool:
    if not then or not now:
        return then != now
    try:
        one, other = Decimal(then), Decimal(now)
    except InvalidOperation:
        return then != now
    return abs(one - other) > APART * max(abs(one), abs(other))


def frozen(where: Where) -> dict[str, tuple[str, ...]]:
    """A scope in one way of writing: dimensions and values in order, empty filters left out."""
    return {name: tuple(sorted(set(where[name]))) for name in sorted(where) if where[name]}


def _note(kept: Decision, version: int) -> Note:
    v = kept.value
    return Note(
        note=kept.name,
        version=version,
        metric=kept.scope,
        period=Period(date.fromisoformat(v["from"]), date.fromisoformat(v["to"])),
        where={name: tuple(values) for name, values in json.loads(v["where"]).items()},
        basis=v["basis"],
        text=v["text"],
        owner=v["owner"],
        action=v["action"],
        due=_day(v["due"]),
        done=_day(v["done"]),
        values=json.loads(v["values"]),
        build=v["build"],
        load=int(v["load"]),
        author=kept.author,
        moment=kept.moment,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _clean(text: str, most: int, what: str, *, line: bool = False) -> str:
    """A text without unseen marks, trimmed. UsageProblem when it is too long."""
    kept = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\t", " ")).strip()
    kept = " ".join(kept.split()) if line else kept
    if len(kept) > most:
        raise UsageProblem(f"The {what} of a note has at most {most:,} characters. Shorten it.")
    return kept


def _author(by: str | None) -> str | None:
    kept = _clean(by or "", OWNER, "author", line=True)
    if kept and finds(kept, names=False, titled=False):
        raise UsageProblem("The author of a note is a name, without numbers. Give that.")
    return kept or None


def _guarded(reader: Reader, text: str) -> tuple[str, tuple[str, ...]]:
    """The text with identifiers masked by kind, and what was masked. Sites keep their names."""
    if not text:
        return text, ()
    places = _places(reader, text)
    found = [one for one in finds(text) if not any(_inside(one, place) for place in places)]
    kinds = tuple(_MASKS.get(one.kind, f"a {one.kind}") for one in found)
    return replaced(text, found, lambda kind, _: f"[{kind}]"), kinds


def _places(reader: Reader, text: str) -> list[tuple[int, int]]:
    """Where a text names a site of the group: "Cedar Hill" is nobody's name there."""
    names = reader.query("SELECT name FROM sites WHERE site NOT LIKE '~%'")["name"].to_list()
    return [
        hit.span()
        for name in names
        if name and name.lower() in text.lower()
        for hit in re.finditer(re.escape(name), text, re.IGNORECASE)
    ]


def _inside(found: Find, place: tuple[int, int]) -> bool:
    return place[0] <= found.start and found.stop <= place[1]


def _sites(reader: Reader, where: Where) -> frozenset[str]:
    """The sites that a scope keeps."""
    conditions, values = Scope(where).conditions(frozenset())
    sites = reader.query(f"SELECT s.site FROM sites s WHERE {conditions}", values)
    return frozenset(sites["site"].to_list())
