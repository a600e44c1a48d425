"""What the headings of an unknown table may stand for, by the words that the profiles know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from pipelines.feeds import Column, Feed, Kind
from pipelines.ingest.kinds import first_cells, readable
from pipelines.ingest.read import Found
from pipelines.ingest.sniff import normalise_heading
from pipelines.ingest.spelling import Spellings, letters, words
from pipelines.ingest.values import date_votes, decimal_votes
from pipelines.profiles import Cell, Derived, Profile

KNOWN, ALIKE, FEWEST = 1.0, 0.9, 0.45  # scores: a known spelling, one written otherwise, the least
MOST = 0.8  # the share of first cells that must be of a column's kind
SUPPLIES = "site", "document", "line"  # what can be told otherwise than by a column
SUPPLIED = 0.3  # what such a one, or a date, takes from a feed's score when it is missing
WANTED = 0.7  # what a required column that is missing takes from a feed's score
BY_CELLS = 0.2  # the score of a column that is guessed by its cells alone
BLANK = 0.5  # what a column without cells loses

UNIT = {"unit", "each", "rate"}  # the price of one is no amount

# How people shorten the words of their headings.
SHORT = {
    "amt": "amount", "qty": "quantity", "no": "number", "num": "number", "nbr": "number",
    "#": "number", "dept": "department", "desc": "description", "descr": "description",
    "descrptn": "description", "acct": "account", "inv": "document", "hrs": "hours", "dt": "date",
    "trans": "document", "ref": "reference", "loc": "location", "fac": "facility",
    "vendor": "supplier", "payee": "supplier", "wo": "order", "po": "order", "facility": "site",
    "location": "site", "clinic": "site", "branch": "site", "centre": "site", "center": "site",
    "store": "site", "ward": "site", "product": "item", "sku": "item", "article": "item",
    "expiration": "expiry", "begin": "start", "finish": "end", "employee": "worker",
    "staff": "worker", "sum": "amount", "value": "amount", "invoice": "document",
    "transaction": "document", "voucher": "document", "bill": "document", "paid": "payment",
    "check": "payment", "opened": "created",
    "closed": "completed", "raised": "created", "job": "role", "position": "role",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """What a heading is taken for: a feed's column, with the reason; None where it isn't read."""

    place: int
    heading: str
    column: str | None
    kind: Kind
    reason: str
    score: float = 0.0
    derived: Derived | None = None
    question: str | None = None


Own = tuple[dict[str, Derived | None], Spellings, dict[str, str]]


@dataclass(slots=True)
class Words:
    """What the known profiles call the columns of a feed: spelling → column, and its derivation.

    `constants` are what profiles state in place of a column, `described` the words by which the
    feed explains it ("cost centre", "expense area").
    """

    spellings: dict[str, dict[str, Derived | None]] = field(default_factory=dict)
    constants: dict[str, set[str]] = field(default_factory=dict)
    described: dict[str, list[str]] = field(default_factory=dict)
    _of: dict[str, Own] = field(default_factory=dict)

    def of(self, column: str) -> Own:
        """A column's spellings with their derivation, to be asked for close ones, and by letters.

        The words must all be learned before.
        """
        if column not in self._of:
            own = {s: rules[column] for s, rules in self.spellings.items() if column in rules}
            self._of[column] = own, Spellings(own), {letters(s): s for s in own}
        return self._of[column]


def known_words(feed: Feed, profiles: Iterable[Profile]) -> Words:
    """The spellings that profiles use for each column of a feed, and the feed's own names."""
    known = Words({column.name.replace("_", " "): {column.name: None} for column in feed.columns})
    for column in feed.columns:
        phrases = re.split(r"\bor\b|[,;:]", column.meaning)
        known.described[column.name] = [p.strip() for p in phrases if 0 < len(words(p)) <= 3]
    for profile in profiles:
        derived = {d.name: d for d in profile.derived}
        headings = {s.name: s.headings for s in profile.sources}
        for facts in (facts for facts in profile.facts if facts.feed == feed.name):
            for member in facts.across:
                for name, cell in {**facts.cells, **member}.items():
                    if cell.constant is not None:
                        known.constants.setdefault(name, set()).add(cell.constant)
                    _learn(known, name, cell, derived, headings)
    return known


def _learn(
    known: Words, name: str, cell: Cell, derived: Mapping[str, Derived],
    headings: Mapping[str, tuple[str, ...]],
) -> None:  # fmt: skip
    rule = derived.get(cell.column or "")
    origin = rule.origin if rule else cell.column
    for heading in headings.get(origin or "", ()):
        known.spellings.setdefault(normalise_heading(heading), {}).setdefault(name, rule)


def kinds_of(frame: pl.DataFrame, place: int) -> dict[Kind, float]:
    """The share of a column's first cells that can be read as each kind; text always can."""
    cells = first_cells(frame, f"c{place}")
    if not len(cells):
        return dict.fromkeys(Kind, 1.0)
    shares = dict.fromkeys(Kind, 0.0) | {Kind.TEXT: 1.0}

    def share(kind: Kind) -> float:
        return readable(cells, kind) / len(cells)

    shares[Kind.FLAG] = share(Kind.FLAG)
    if not cells.str.contains(r"\d").any():
        return shares
    shares[Kind.MONEY] = share(Kind.MONEY)
    shares[Kind.NUMBER] = share(Kind.NUMBER) if _has(cells, ":") else shares[Kind.MONEY]
    shares[Kind.WHOLE] = share(Kind.WHOLE) if shares[Kind.MONEY] >= MOST else 0.0
    # A bare number may be a spreadsheet's date; it is taken for one only where it is stated.
    bare = cells.str.contains(r"^[+-]?\d+(\.\d+)?$") & ~cells.str.contains(r"^(19|20)\d{6}$")
    if not bare.all():
        shares[Kind.DATE] = shares[Kind.MOMENT] = share(Kind.MOMENT)
    return shares


def _has(cells: pl.Series, mark: str) -> bool:
    return bool(cells.str.contains(mark, literal=True).any())


def guessed(
    found: Found, kinds: Mapping[int, Mapping[Kind, float]], feed: Feed, known: Words
) -> list[Guess]:
    """One guess a heading; no column of the feed is guessed twice."""
    filled = {i: first_cells(found.frame, f"c{i}") for i in kinds}
    filled = {i: cells for i, cells in filled.items() if len(cells)}
    pairs = sorted(
        (
            (_scored(score, i in filled), column.required, -i, column.name, reason, rule)
            for i, heading in enumerate(found.headings)
            for column in feed.columns
            for score, reason, rule in _scores(heading, column, known)
            if kinds[i][column.kind] >= MOST and score >= (FEWEST if i in filled else ALIKE)
            if column.kind is not Kind.TEXT or i not in filled or not _measured(filled[i])
        ),
        key=lambda pair: pair[:3],
        reverse=True,
    )
    taken: dict[int, Guess] = {}
    columns: set[str] = set()
    for score, _, minus, name, reason, rule in pairs:
        place = -minus
        if place not in taken and name not in columns:
            taken[place] = stated(found, place, feed.column(name), reason, score, rule)
            columns.add(name)
    for column in (c for c in feed.columns if c.required and c.name not in columns):
        left = {i: cells for i, cells in filled.items() if i not in taken and found.headings[i]}
        only = _only(column, feed, left, kinds)
        if only is not None:
            place, reason = only
            taken[place] = stated(found, place, column, reason, BY_CELLS)
    return [
        taken.get(i) or Guess(i, heading, None, _kind(kinds[i]), "no column of the feed")
        for i, heading in enumerate(found.headings)
    ]


def _measured(cells: pl.Series) -> bool:
    """Whether cells are amounts or dates: no name or number of a thing is written so."""
    amount = cells.str.contains(r"\d[.,]\d\d?\)?$")
    day = cells.str.contains(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b")
    return int((amount | day).sum()) >= MOST * len(cells)


def _only(
    column: Column, feed: Feed, left: Mapping[int, pl.Series],
    kinds: Mapping[int, Mapping[Kind, float]],
) -> tuple[int, str] | None:  # fmt: skip
    """The only column left that a required one can be, by its cells, and why."""
    if column.kind in (Kind.TEXT, Kind.FLAG):
        numbers = [
            i for i, cells in left.items()
            if column.name in feed.key and cells.n_unique() == len(cells)
            and not _measured(cells)
        ]  # fmt: skip
        return (numbers[0], "no two of its cells are alike") if numbers else None
    able = [
        i for i in left
        if kinds[i][column.kind] >= MOST
        and not (column.kind is Kind.MONEY and kinds[i][Kind.DATE] >= MOST)
    ]  # fmt: skip
    return (able[0], f"the only column of its kind ({column.kind})") if len(able) == 1 else None


def _scored(score: float, filled: bool) -> float:
    return score if filled else score - BLANK


def stated(
    found: Found, place: int, column: Column, reason: str, score: float = KNOWN,
    rule: Derived | None = None,
) -> Guess:  # fmt: skip
    """A heading taken for a column, with the question that its cells leave open, if any."""
    cells = found.frame[f"c{place}"]
    question = None
    if column.kind in (Kind.DATE, Kind.MOMENT):
        question = date_votes(cells).decide().question
    elif column.kind in (Kind.MONEY, Kind.NUMBER, Kind.WHOLE):
        _, question = decimal_votes(cells).decide()
    heading = found.headings[place]
    return Guess(place, heading, column.name, column.kind, reason, score, rule, question)


def _scores(
    heading: str, column: Column, known: Words
) -> Iterator[tuple[float, str, Derived | None]]:
    """How well a heading stands for a column, why, and by which derivation."""
    name = normalise_heading(heading)
    if not name:
        return
    own, spellings, plain = known.of(column.name)
    if name in own:
        yield KNOWN, "spelled as in a known profile", own[name]
        return
    close = plain.get(letters(name)) or min(spellings.close(name), default=None)
    if close is not None:
        yield ALIKE, f"like “{close}”", own[close]
        return
    mine = _long(heading)
    each = 0.8 if mine & UNIT and not _long(column.name.replace("_", " ")) & UNIT else 1.0
    best = max(own, key=lambda spelling: _overlap(mine, _long(spelling)))
    if (overlap := _overlap(mine, _long(best))) > 0:
        yield each * 0.8 * overlap, f"shares words with “{best}”", None
    for phrase in known.described[column.name]:
        if (overlap := _overlap(mine, _long(phrase))) > 0:
            yield each * 0.7 * overlap, f"the column is for “{phrase}”", None


@lru_cache(maxsize=1 << 14)
def _long(heading: str) -> frozenset[str]:
    """The words of a heading, short ones written out, synonyms made one."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return frozenset(SHORT.get(word, word) for word in words(normalise_heading(parted)))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / max(1, len(one) + len(other))


def _kind(shares: Mapping[Kind, float]) -> Kind:
    """The narrowest kind that a column's cells are of."""
    order = (Kind.DATE, Kind.MOMENT, Kind.WHOLE, Kind.MONEY, Kind.NUMBER, Kind.FLAG)
    return next((kind for kind in order if shares[kind] >= MOST), Kind.TEXT)


def worth(guesses: list[Guess], feed: Feed) -> float:
    """How well a feed explains a table."""
    found = {g.column for g in guesses}
    lacking = [c.name for c in feed.columns if c.required and c.name not in found]
    wanted = sum(SUPPLIED if n in (*feed.date, *SUPPLIES) else WANTED for n in lacking)
    return sum(g.score for g in guesses if g.column) - wanted
