"""Which files need no second look: all their tables stand, read in just the way asked for again.

A memory and nothing more: a file that isn't in it is read, and found to be unchanged then. `way`
stands for all that decides how a file is read besides its bytes: its name, the options, the
profiles, what people answered.

Nor are the bytes of a file read again that nobody has touched since they were: as git and restic
do, Rounds takes a file for the same where its place, number, size and moments of writing and of
change are. The system sets the moment of change by itself at every write.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.warehouse.lend import Lender
from pipelines.warehouse.record import Record

TEXTS = pl.List(pl.String)

# A file written again within the clock's tick would keep its moments: so one that was touched just
# now isn't remembered. FAT counts in two seconds.
TICK = 2 * 10**9


@dataclass(frozen=True, slots=True)
class Settled:
    """A file whose every table was loaded: (part, profile) of each."""

    sha256: str
    way: str
    tables: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """What tells a file without its bytes, digested: `place` its path, `mark` its state.

    `calm` says that its last change lies long enough back for the next to show.
    """

    place: str
    mark: str
    calm: bool

    @classmethod
    def at(cls, path: Path) -> Glance:
        """A look at a file as it is now; OSError where there is none."""
        stat = path.stat()
        state = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        touched = max(stat.st_mtime_ns, stat.st_ctime_ns)
        return cls(
            hashlib.sha256(str(path.resolve()).encode(errors="surrogateescape")).hexdigest(),
            hashlib.sha256(repr(state).encode()).hexdigest(),
            touched + TICK < time.time_ns(),
        )


def recalled(record: Record, glance: Glance) -> str | None:
    """The SHA-256 of a file that has not been touched since its bytes were read."""
    found = record.rows(
        f"SELECT sha256 FROM seen WHERE place = '{glance.place}' AND mark = '{glance.mark}'"
    )
    return str(found[0][0]) if found else None


def settled(record: Record, sha256: str, way: str) -> Settled | None:
    """What is remembered of a file; None where one of its loads was withdrawn since.

    Both texts are digests. They stand in the query itself, here and above: to pass parameters
    DuckDB imports pandas, which takes longer than all the rest.
    """
    found = record.rows(
        f"SELECT parts, profiles FROM settled s WHERE sha256 = '{sha256}' AND way = '{way}' "
        "AND NOT EXISTS (SELECT 1 FROM loads l WHERE list_contains(s.loads, l.undoes)) LIMIT 1"
    )
    if not found:
        return None
    parts, profiles = found[0]
    return Settled(sha256, way, tuple(zip(parts, profiles, strict=True)))


def settle(
    record: Record, files: Iterable[Settled], seen: Iterable[tuple[Glance, str]] = ()
) -> None:
    """Remember files, with every load of their bytes that stands, and the bytes of those seen."""
    done = _frame(
        [
            (f.sha256, f.way, [part for part, _ in f.tables], [name for _, name in f.tables])
            for f in files
        ],
        {"sha256": pl.String, "way": pl.String} | dict.fromkeys(("parts", "profiles"), TEXTS),
    )
    looks = _frame(
        [(glance.place, glance.mark, sha256) for glance, sha256 in seen],
        dict.fromkeys(("place", "mark", "sha256"), pl.String),
    )
    if done.height or looks.height:
        with record.transaction() as sql:
            lent = Lender(sql).lent
            with lent("fresh", done) as fresh, lent("looks", looks) as looked:
                _keep(sql, fresh, looked)


def _keep(sql: duckdb.DuckDBPyConnection, fresh: str, looked: str) -> None:
    sql.execute(f"DELETE FROM settled WHERE (sha256, way) IN (SELECT (sha256, way) FROM {fresh})")
    sql.execute(
        f"INSERT INTO settled SELECT f.*, coalesce(list(l.event), []) FROM {fresh} f "
        "LEFT JOIN loads l ON l.what = 'load' AND l.sha256 = f.sha256 "
        "AND l.event NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL) GROUP BY ALL"
    )
    sql.execute(f"DELETE FROM seen WHERE place IN (SELECT place FROM {looked})")
    sql.execute(f"INSERT INTO seen SELECT place, mark, sha256 FROM {looked}")


def _frame(rows: list[tuple[object, ...]], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema), orient="row")
