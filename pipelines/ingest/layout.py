"""Where the tables of a sheet lie, and headings that stand in two rows: by what profiles know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from pipelines.ingest.sniff import Known, is_wordy, match_header, normalise_heading

AFTER_GAP = 4  # records after a blank one among which headings are sought: titles stand above them
GAPS = 2000  # blank records that are looked behind


@dataclass(frozen=True, slots=True)
class Place:
    """One table of a frame: the number of its headings' record, its first and its last record."""

    header: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A record that holds headings; `first` is the one after the blank record above it."""

    header: int
    first: int
    names: tuple[str, ...]


def places(frame: pl.DataFrame, header: int, known: Known) -> list[Place]:
    """Where the tables of a frame lie, one below the other; `header` is one of them.

    A further table begins where, after a blank record, a record holds headings that a profile
    knows: what stands between the two belongs to it. It also begins, in a file put together from
    several, where most headings come again, some of them gone, new or in another order. The same
    headings again are no table: they stand at the top of each page.
    """
    last = int(frame["record"][-1])
    anchors = {anchor.header: anchor for anchor in _anchors(frame, header, known)}
    kept: list[_Anchor] = []
    for number in sorted(anchors):
        if not kept or anchors[number].names != kept[-1].names:
            kept.append(anchors[number])
    firsts = [1]
    for above, anchor in pairwise(kept):
        firsts.append(anchor.first if anchor.first > above.header else anchor.header)
    lasts = [*(first - 1 for first in firsts[1:]), last]
    return [
        Place(anchor.header, first, end)
        for anchor, first, end in zip(kept, firsts, lasts, strict=True)
    ]


def _anchors(frame: pl.DataFrame, header: int, known: Known) -> Iterator[_Anchor]:
    """The records that hold headings: those after a gap, those alike to the first, the first."""
    numbers = frame["record"]
    at = int(numbers.search_sorted(header))
    headings = _names(_cells(frame, at))
    for place in _repeats(frame, at, headings):
        yield _Anchor(int(numbers[place]), int(numbers[place]), _names(_cells(frame, place)))
    every = frozenset[str]().union(*known)
    blank = _blank(frame)
    starts = _starts(numbers, blank)
    own = max((start for start in starts if start <= at), default=at)
    for start in starts:
        found = None if start == own else _heading_place(frame, start, blank, every, known)
        if found is not None:
            yield _Anchor(int(numbers[found]), int(numbers[start]), _names(_cells(frame, found)))
    yield _Anchor(header, int(numbers[own]) if at - own < AFTER_GAP else header, headings)


def _heading_place(
    frame: pl.DataFrame, start: int, blank: set[int], every: frozenset[str], known: Known
) -> int | None:
    """The place of the headings near the beginning of a block of records, if they stand there."""
    for place in range(start, min(start + AFTER_GAP, frame.height)):
        if place in blank or frame["record"][place] - frame["record"][start] != place - start:
            return None
        if _clear(_cells(frame, place), every, known):
            return place
    return None


def _repeats(frame: pl.DataFrame, at: int, headings: Sequence[str]) -> Iterator[int]:
    """The places other than that of the headings where most of them stand again."""
    lead = next((i for i, cell in enumerate(frame.row(at)[1:]) if cell and cell.strip()), None)
    if lead is None or len(headings) < 3:
        return
    column = frame[f"c{lead}"]
    for place in (column == column[at]).fill_null(False).arg_true().to_list()[:GAPS]:
        names = _names(_cells(frame, place))
        if place != at and len(set(names) & set(headings)) >= 0.8 * len({*names, *headings}):
            yield place


def _starts(numbers: pl.Series, blank: set[int]) -> list[int]:
    """The places of the records that begin the frame or follow a blank one."""
    jumps = (numbers.diff() > 1).fill_null(False).arg_true().to_list()
    starts = {0, *jumps, *(place + 1 for place in blank)}
    return sorted(start for start in starts if start not in blank and start < len(numbers))[:GAPS]


def _blank(frame: pl.DataFrame) -> set[int]:
    """The places of the records of which every cell is blank."""
    empty = (
        pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")
        for name in frame.columns[1:]
    )
    return set(frame.select(pl.arg_where(pl.all_horizontal(empty))).to_series())


def _cells(frame: pl.DataFrame, place: int) -> list[str]:
    return [cell or "" for cell in frame.row(place)[1:]]


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    names = (normalise_heading(cell) for cell in cells if cell and len(cell) < 200)
    return tuple(name for name in names if name)


def _clear(cells: Sequence[str], every: frozenset[str], known: Known) -> bool:
    """Whether a record can't be but headings: three of one profile, and half of what it holds."""
    here = set(_names(cells))
    if len(here & every) < 3:
        return False
    match = match_header([cells], known)
    return match is not None and match.score[0] >= max(3, 0.5 * len(here))


def stacked(above: Sequence[str], cells: Sequence[str]) -> tuple[str, ...]:
    """Headings whose blanks are filled from the record directly above, where that is no title.

    So merged headings come out, which stand in the first of two rows.
    """
    if sum(bool(cell.strip()) for cell in above) < 2 or not is_wordy(above):
        return tuple(cells)
    above = [*above, *[""] * (len(cells) - len(above))]
    return tuple(cell if cell.strip() else above[i] for i, cell in enumerate(cells))


def lower_row(cells: Sequence[str], below: Sequence[str], known: Known) -> bool:
    """Whether the record below the headings is their second row: together they match better."""
    if not is_wordy(below) or not any(cell.strip() for cell in below):
        return False
    alone, both = match_header([cells], known), match_header([stacked(cells, below)], known)
    return both is not None and both.score[0] > (alone.score[0] if alone else 0)
