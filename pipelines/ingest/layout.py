"""Where the tables of a sheet lie, and headings that stand in two rows: by what profiles know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    names: frozenset[str]


def places(frame: pl.DataFrame, header: int, known: Known) -> list[Place]:
    """Where the tables of a frame lie, one below the other; `header` is one of them.

    A further table begins where, after a blank record, a record holds headings that a profile
    knows, and not the same as those above: these stand at the top of each page. What stands
    between the blank record and the headings belongs to them.
    """
    last = int(frame["record"][-1])
    *others, own = _anchors(frame, header, known)
    apart = {anchor.first: anchor for anchor in [*reversed(others), own]}
    kept: list[_Anchor] = []
    for anchor in sorted(apart.values(), key=lambda anchor: anchor.header):
        if not kept or not _alike(anchor.names, kept[-1].names):
            kept.append(anchor)
    firsts = [1, *(anchor.first for anchor in kept[1:])]
    lasts = [*(first - 1 for first in firsts[1:]), last]
    return [
        Place(anchor.header, first, end)
        for anchor, first, end in zip(kept, firsts, lasts, strict=True)
    ]


def _anchors(frame: pl.DataFrame, header: int, known: Known) -> Iterator[_Anchor]:
    numbers = frame["record"]
    at = int(numbers.search_sorted(header))
    first = header
    names = frozenset().union(*known) if known else frozenset()
    blank = _blank(frame)
    for start in _starts(numbers, blank):
        for place in range(start, min(start + AFTER_GAP, frame.height)):
            if place in blank or (place > start and numbers[place] - numbers[place - 1] > 1):
                break
            if place == at:
                first = int(numbers[start])
            elif _clear(cells := _cells(frame, place), names, known):
                yield _Anchor(int(numbers[place]), int(numbers[start]), _names(cells))
    yield _Anchor(header, first, _names(_cells(frame, at)))


def _starts(numbers: pl.Series, blank: set[int]) -> list[int]:
    """The places of the records that begin the frame or follow a blank one."""
    jumps = (numbers.diff() > 1).fill_null(False).arg_true().to_list()
    starts = {0, *jumps, *(place + 1 for place in blank)}
    return sorted(start for start in starts if start not in blank and start < len(numbers))[:GAPS]


def _blank(frame: pl.DataFrame) -> set[int]:
    """The places of the records of which every cell is blank."""
    rest = frame.with_row_index("place")
    for name in frame.columns[1:]:
        rest = rest.filter(pl.col(name).is_null() | (pl.col(name).str.strip_chars() == ""))
    return set(rest["place"])


def _cells(frame: pl.DataFrame, place: int) -> list[str]:
    return [cell or "" for cell in frame.row(place)[1:]]


def _names(cells: Sequence[str]) -> frozenset[str]:
    return frozenset(normalise_heading(c) for c in cells if c and len(c) < 200) - {""}


def _clear(cells: Sequence[str], names: frozenset[str], known: Known) -> bool:
    """Whether a record can't be but headings: three of one profile, and half of what it holds."""
    here = _names(cells)
    if len(here & names) < 3:
        return False
    match = match_header([cells], known)
    return match is not None and match.score[0] >= max(3, 0.5 * len(here))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= 0.8 * len(one | other)


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
