"""Headings that are the same but for how they are written: other marks, or a slip of the keys.

All headings here are normalised ones (`sniff.normalise_heading`). A word of fewer than five
letters is never a slip of another, nor is one with a digit (`Hours 3`, `Hours 4`), nor one that is
itself known: `Account` is no `Amount`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SHORT = 5  # letters that a word has at least, to be taken for another
LONG = 8  # letters from which on two slips are forgiven
_MARKS = re.compile(r"[\s_.,;:/\\()\[\]{}'’\"`*£$€¥\u2010-\u2015-]+")
_WORDS = re.compile(r"[^\W_]+|[%#]")


@lru_cache(maxsize=1 << 14)
def letters(heading: str) -> str:
    """A heading without blanks, marks and signs of money: `o/t hours` and `OT-hours` are alike."""
    return _MARKS.sub("", heading)


@lru_cache(maxsize=1 << 14)
def words(heading: str) -> tuple[str, ...]:
    """The words of a heading; `%` and `#` count as words."""
    return tuple(_WORDS.findall(heading))


class Spellings:
    """A set of known spellings that finds those a misspelt heading may stand for."""

    def __init__(self, known: Iterable[str], vocabulary: Iterable[str] = ()) -> None:
        self.known = frozenset(known)
        self._by_length: dict[int, list[tuple[str, tuple[str, ...]]]] = {}
        self._by_letter: dict[str, list[str]] = {}
        self._close: dict[str, frozenset[str]] = {}
        self._found: dict[str, frozenset[str]] = {}
        for spelling in sorted(self.known):
            parts = words(spelling)
            self._by_length.setdefault(len(parts), []).append((spelling, parts))
        single = {word for spelling in self.known for word in words(spelling)}
        self._proper = single | {word for text in vocabulary for word in words(text)}
        for word in sorted(single):
            self._by_letter.setdefault(word[0], []).append(word)

    def close(self, heading: str) -> frozenset[str]:
        """The known spellings that differ from the heading by slips in its words, and not more.

        Empty for a heading that is known itself.
        """
        if heading not in self._found:
            self._found[heading] = self._closest(heading)
        return self._found[heading]

    def _closest(self, heading: str) -> frozenset[str]:
        if heading in self.known:
            return frozenset()
        parts = words(heading)
        near = [self._near(word) | {word} for word in parts]
        return frozenset(
            spelling
            for spelling, known in self._by_length.get(len(parts), ())
            if known != parts and all(k in n for k, n in zip(known, near, strict=True))
        )

    def _near(self, word: str) -> frozenset[str]:
        """The known words of which the word may be a slip."""
        if word not in self._close:
            starts = {word[:1], word[1:2]}  # the first two letters may be swapped
            self._close[word] = frozenset(
                known
                for first in starts
                for known in self._by_letter.get(first, ())
                if is_slip(word, known)
                and (word not in self._proper or word + "s" == known or known + "s" == word)
            )
        return self._close[word]


def is_slip(word: str, known: str) -> bool:
    """Whether a word is another one mistyped: one letter wrong, two in a long word."""
    if min(len(word), len(known)) < SHORT or word == known:
        return False
    if any(c.isdigit() for c in word + known):
        return False
    if word[0] != known[0] and word[:2] != known[1::-1]:
        return False
    if abs(len(word) - len(known)) > 1 and (word.startswith(known) or known.startswith(word)):
        return False  # a contractor is no contract
    return distance(word, known) <= (2 if len(known) >= LONG else 1)


def distance(one: str, other: str) -> int:
    """How many letters were left out, added, changed or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


@lru_cache(maxsize=256)
def _spellings(headings: frozenset[str]) -> tuple[Spellings, frozenset[str]]:
    return Spellings(headings), frozenset(map(letters, headings)) - {""}


def nearly(cells: Iterable[str], headings: frozenset[str]) -> int:
    """How many cells are one of the headings written otherwise, and none of them as it stands."""
    spellings, plain = _spellings(headings)
    return sum(
        cell not in headings and (letters(cell) in plain or bool(spellings.close(cell)))
        for cell in cells
    )
