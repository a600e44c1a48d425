"""Words of a source system: those that mean nothing, and those that nobody knows.

A status that no map holds must not become “open”: nobody would see it. So a word that a profile's
map doesn't know sets its record aside, unless the profile says what such words are (`default`).
"""

from __future__ import annotations

import html
import re

import polars as pl

from pipelines.profiles import Derived, Profile
from pipelines.warehouse.batch import QUARANTINE

UNKNOWN = "holds a word that the profile does not know: add it to the map, or give a default"


def worded(cells: pl.Series, words: dict[str, str]) -> pl.Series:
    """Cells with those that are one of `words`, whatever their case, put in other words."""
    if not words:
        return cells
    meant = cells.str.to_lowercase().replace_strict(
        list(words), [word or None for word in words.values()], default=cells,
        return_dtype=pl.String,
    )  # fmt: skip
    return meant.alias(cells.name)


def untagged(cells: pl.Series) -> pl.Series:
    """Cells without HTML tags and with their marks (`&amp;`) read; null where nothing is left."""
    tagged = cells.str.contains(r"[<&]").fill_null(False)
    if not tagged.any():
        return cells
    bare = cells.filter(tagged).str.replace_all(r"</?[A-Za-z][^<>]*>", " ")
    texts = [re.sub(r"\s+", " ", html.unescape(cell)).strip() or None for cell in bare]
    return cells.scatter(tagged.arg_true(), pl.Series(texts, dtype=pl.String))


def mapped(cells: pl.Series, derived: Derived) -> tuple[pl.Series, pl.Series]:
    """Cells in the words of a derived column's map, and whether each is a word it doesn't know.

    With a `default` there is no such word. A word mapped to "" is known, and means nothing.
    """
    words = cells.str.to_lowercase()
    meant = words.replace_strict(
        list(derived.table), list(derived.table.values()), default=None, return_dtype=pl.String
    )
    strange = words.is_not_null() & ~words.is_in(list(derived.table)).fill_null(False)
    return meant, strange if derived.default is None else strange & False


def word_problems(unreadable: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """(record, reason, column) of the records with a word that the profile doesn't know.

    `unreadable` holds `record` and, for each derived column with a map, whether its word is one.
    """
    found = [pl.DataFrame(schema=QUARANTINE)]
    for derived in profile.derived:
        if not derived.table or derived.name not in unreadable.columns:
            continue
        records = unreadable.filter(pl.col(derived.name)).select("record")
        named = records.with_columns(
            reason=pl.lit(UNKNOWN), column=pl.lit(_heading(derived, profile))
        )
        found.append(named.cast(pl.Schema(QUARANTINE)))
    return pl.concat(found)


def _heading(derived: Derived, profile: Profile) -> str:
    """The heading of the column that a derived one comes from, at however many removes."""
    origins = {d.name: d.origin for d in profile.derived}
    name: str | None = derived.name
    while name in origins:
        name = origins[name]
    return next((s.headings[0] for s in profile.sources if s.name == name), derived.name)
