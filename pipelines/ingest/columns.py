"""Which heading of a table is which column of a profile, by spelling and by the cells below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from pipelines.feeds import FEEDS
from pipelines.ingest.kinds import first_cells, share_of_kind
from pipelines.ingest.read import Found
from pipelines.ingest.sniff import normalise_heading
from pipelines.ingest.spelling import Spellings, letters
from pipelines.profiles import Profile, Source

EXACT, MARKS, SPELLING, ANSWERED = "exact", "marks", "spelling", "answer"
MOST = 0.5  # the share of cells that must be of a column's kind, where its heading is misspelt
FIRM = 2  # required columns that must be spelled right before another may be misspelt
NONE = 0.1  # a share of cells below which a column is not of the kind


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a profile that a table has.

    `places` and `how` go by the column's name. `missing` are the required ones that no heading
    stands for; one that a question is about is not among them.
    """

    places: dict[str, str]
    how: dict[str, str]
    missing: tuple[Source, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    notes: tuple[str, ...]


def vocabulary(profiles: Iterable[Profile]) -> Spellings:
    """The spellings of all profiles, with the words of the feeds: none of them is a misspelling."""
    return _vocabulary(frozenset(h for p in profiles for s in p.sources for h in spelled(s)))


@lru_cache(maxsize=16)
def _vocabulary(known: frozenset[str]) -> Spellings:
    said = [
        text.lower()
        for feed in FEEDS.values()
        for text in (feed.title, feed.row, *feed.names, *(c.meaning for c in feed.columns))
    ]
    return Spellings(known, [text.replace("_", " ") for text in said])


def spelled(source: Source) -> list[str]:
    """The normalised spellings of a column's heading, in their order."""
    return [normalise_heading(heading) for heading in source.headings]


def place_columns(
    found: Found, profile: Profile, spellings: Spellings, answers: Mapping[str, str]
) -> Columns:
    """Find each of a profile's columns among the headings of a table.

    `answers` are the user's own: normalised heading, or `#3` for the third, → column's name, or ""
    for a heading to leave unread.
    """
    placing = _Placing(found, profile)
    placing.answer(answers)
    placing.exact()
    placing.marks()
    placing.misspelt(spellings)
    return placing.columns()


def may_fit(
    headings: Iterable[str],
    profiles: Iterable[Profile],
    spellings: Spellings,
    answers: Mapping[str, str],
) -> list[Profile]:
    """The profiles whose required columns some heading could stand for, at first sight.

    No other one fits; of these, `place_columns` tells which do.
    """
    here = {normalise_heading(heading) for heading in headings}
    near = here.union(*map(spellings.close, here))
    plain = set(map(letters, here)) - {""}
    named = set(answers.values())

    def found(source: Source) -> bool:
        return source.name in named or any(
            spelling in near or letters(spelling) in plain for spelling in spelled(source)
        )

    return [p for p in profiles if all(found(s) for s in p.sources if s.required and not s.instead)]


class _Placing:
    """The columns placed so far, and what was asked and noted on the way."""

    def __init__(self, found: Found, profile: Profile) -> None:
        self.found = found
        self.sources = profile.sources
        self.headings = [normalise_heading(h) for h in found.headings]
        self.own = {heading for source in profile.sources for heading in spelled(source)}
        repeated = (source for source in profile.sources if source.occurrence > 1)
        self.numbered = {heading for source in repeated for heading in spelled(source)}
        self.places: dict[str, int] = {}
        self.how: dict[str, str] = {}
        self.closed: set[int] = set()  # places that the user's answers have settled
        self.asked: dict[str, str] = {}  # column's name → question
        self.answers: list[str] = []
        self.notes: list[str] = []

    def columns(self) -> Columns:
        open_ = {*self.places, *self.asked}
        return Columns(
            places={s.name: f"c{self.places[s.name]}" for s in self.sources if s.name in self.how},
            how=self.how,
            missing=tuple(
                s for s in self.sources if s.required and not s.instead and s.name not in open_
            ),
            questions=tuple(dict.fromkeys(self.asked.values())),
            answers=tuple(self.answers),
            notes=tuple(self.notes),
        )

    def answer(self, answers: Mapping[str, str]) -> None:
        names = {source.name: source for source in self.sources}
        for heading, name in answers.items():
            indices = [i for i, h in enumerate(self.headings) if h == heading]
            number = re.fullmatch(r"#(\d+)", heading)
            if not indices and number and 0 < int(number[1]) <= len(self.headings):
                indices = [int(number[1]) - 1]
            if not indices or (name and name not in names):
                continue
            if name:
                self.place(names[name], indices, ANSWERED)
            self.closed.update(indices)
            self.answers.append(f"{heading}={name}")

    def exact(self) -> None:
        for source in self.open_sources():
            for spelling in spelled(source):
                indices = [i for i, h in enumerate(self.headings) if h == spelling]
                indices = [i for i in indices if i not in self.closed]
                if spelling in self.numbered:
                    indices = indices[source.occurrence - 1 : source.occurrence]
                if indices:
                    self.place(source, indices, EXACT)
                    break

    def marks(self) -> None:
        """Headings that differ in blanks, marks and signs of money only."""
        pairs = []
        for source in self.open_sources():
            plain = {letters(spelling) for spelling in spelled(source)} - {""}
            pairs += [(source, i) for i in self.free() if letters(self.headings[i]) in plain]
        self.bind(pairs, MARKS)

    def misspelt(self, spellings: Spellings) -> None:
        """Headings that are a spelling mistyped, where the cells don't say otherwise.

        Most of the columns must be there as they are spelled, and two of those that are required,
        before another that is required may be misspelt: a table of slips is another table.
        """
        firm = sum(source.required and source.name in self.places for source in self.sources)
        close = {i: spellings.close(self.headings[i]) for i in self.free()}
        pairs = []
        for source in self.open_sources():
            if source.required and firm < FIRM:
                continue
            own = set(spelled(source))
            for i, near in close.items():
                share = share_of_kind(self.cells(i), source) if near & own else None
                if near & own and (share is None or share >= MOST):
                    pairs.append((source, i))
        if len({i for _, i in pairs}) <= len(self.places):
            self.bind(pairs, SPELLING)

    def bind(self, pairs: list[tuple[Source, int]], how: str) -> None:
        """Place the columns of pairs that are each other's only choice; ask about the others."""
        for source, i in pairs:
            columns = [s for s, j in pairs if j == i]
            places = [j for s, j in pairs if s is source]
            if len(columns) == len(places) == 1:
                self.place(source, [i], how)
                if how == SPELLING:
                    meant = next(h for h in source.headings if self.is_near(i, h))
                    self.notes.append(f"column “{self.found.headings[i]}” was taken for “{meant}”")
            elif len(columns) > 1:
                question = self.which_column(i, columns)
                self.asked.update({s.name: question for s in columns})
            else:
                self.asked[source.name] = self.which_place(source, places)

    def is_near(self, place: int, heading: str) -> bool:
        return bool(Spellings([normalise_heading(heading)]).close(self.headings[place]))

    def place(self, source: Source, indices: list[int], how: str) -> None:
        index = indices[0] if len(indices) == 1 else self.of_doubles(source, indices)
        if index is None:
            self.asked[source.name] = self.which_place(source, indices)
            return
        self.places[source.name] = index
        self.how[source.name] = how

    def of_doubles(self, source: Source, indices: list[int]) -> int | None:
        """The one that is meant of places with the same heading; None where nothing tells."""
        filled = [i for i in indices if len(self.cells(i))]
        heading = self.found.headings[indices[0]]
        if len(filled) < 2:
            self.notes.append(f"column “{heading}” stands twice; the one with cells was read")
            return (filled or indices)[0]
        frame = self.found.frame
        if all(frame[f"c{i}"].equals(frame[f"c{filled[0]}"]) for i in filled[1:]):
            self.notes.append(f"column “{heading}” stands twice with the same cells")
            return filled[0]
        shares = {i: share_of_kind(self.cells(i), source) for i in filled}
        likely = [i for i, share in shares.items() if share is None or share >= NONE]
        if len(likely) != 1:
            return None
        number = likely[0] + 1
        self.notes.append(f"column “{heading}” stands twice; #{number} was read, by its cells")
        return likely[0]

    def which_column(self, place: int, sources: list[Source]) -> str:
        label = self.label(place)
        could = " or ".join(f"“{s.headings[0]}”" for s in sources)
        ways = " or ".join(f'--column "{label}={s.name}"' for s in sources)
        return f"has a column “{label}” that could be {could}: say which with {ways}."

    def which_place(self, source: Source, places: list[int]) -> str:
        labels = [self.label(i) for i in places]
        ways = " or ".join(f'--column "{label}={source.name}"' for label in labels)
        could = " and ".join(f"“{label}”" for label in labels)
        return f"has {could}, which could each be “{source.headings[0]}”: say which with {ways}."

    def label(self, place: int) -> str:
        """A heading as it is spelled; its number where it is blank or stands twice."""
        single = self.headings[place] and self.headings.count(self.headings[place]) == 1
        return self.found.headings[place] if single else f"#{place + 1}"

    def open_sources(self) -> list[Source]:
        return [s for s in self.sources if s.name not in self.places and s.name not in self.asked]

    def free(self) -> list[int]:
        """The places that no column has, whose heading is no spelling of this profile's."""
        used = {*self.places.values(), *self.closed}
        return [i for i, h in enumerate(self.headings) if h and h not in self.own and i not in used]

    def cells(self, place: int) -> pl.Series:
        return first_cells(self.found.frame, f"c{place}")
