"""Which files need no second look: all their tables stand, read in just the way asked for again.

A memory and nothing more: a file that isn't in it is read, and found to be unchanged then. `way`
stands for all that decides how a file is read besides its bytes: its name, the options, the
profiles, what people answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from pipelines.warehouse.record import Record

TEXTS = pl.List(pl.String)


@dataclass(frozen=True, slots=True)
class Settled:
    """A file whose every table was loaded: (part, profile) of each."""

    sha256: str
    way: str
    tables: tuple[tuple[str | None, str], ...]


def settled(record: Record, sha256: str, way: str) -> Settled | None:
    """What is remembered of a file; None where one of its loads was withdrawn since."""
    found = record.rows(
        "SELECT parts, profiles FROM settled s WHERE sha256 = ? AND way = ? AND NOT EXISTS "
        "(SELECT 1 FROM loads l WHERE list_contains(s.loads, l.undoes)) LIMIT 1",
        [sha256, way],
    )
    if not found:
        return None
    parts, profiles = found[0]
    return Settled(sha256, way, tuple(zip(parts, profiles, strict=True)))


def settle(record: Record, files: Iterable[Settled]) -> None:
    """Remember files, with every load of their bytes that stands."""
    frame = pl.DataFrame(
        [
            (f.sha256, f.way, [part for part, _ in f.tables], [name for _, name in f.tables])
            for f in files
        ],
        schema={"sha256": pl.String, "way": pl.String}
        | dict.fromkeys(("parts", "profiles"), TEXTS),
        orient="row",
    )
    if not frame.height:
        return
    record.sql.register("fresh", frame.to_arrow())
    with record.transaction() as sql:
        sql.execute("DELETE FROM settled WHERE (sha256, way) IN (SELECT (sha256, way) FROM fresh)")
        sql.execute(
            "INSERT INTO settled SELECT f.*, coalesce(list(l.event), []) FROM fresh f "
            "LEFT JOIN loads l ON l.what = 'load' AND l.sha256 = f.sha256 "
            "AND l.event NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL) GROUP BY ALL"
        )
    record.sql.unregister("fresh")
