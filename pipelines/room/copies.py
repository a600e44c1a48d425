"""A viewer's copy of the build: the documented tables with the rows of the scope, and nothing else.

Views can be addressed past, rewritten SQL can be tricked: a file that doesn't hold a row can't tell
it. So each scope has a folder of its own in `warehouse/rooms/`, named after build and limits, with
a file for each table, made when somebody first asks for the table and kept while it is in use. A
file is written under another name and put in its place when it is whole, so that nobody reads half
of one; it is made fresh, so that no page of it ever held another row. Everybody's queries run on a
copy, also of those who see everything: the build holds what no one may query (`tables`).

Copies of former builds, and those that nobody asked for a day, are removed when one is made.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.room.tables import TABLES, Table, tables_for
from pipelines.settings import Home
from pipelines.warehouse.enums import enums, made
from pipelines.warehouse.limits import Limits, views
from pipelines.warehouse.reader import Reader

UNUSED = 24 * 3600.0  # seconds after which a copy that nobody asks is removed
SCHEMA = "schema.json"  # beside the tables: the columns of those that may be made, with their types
# Up to so many rows a table's texts are written as they are: that takes half the time that finding
# what repeats in them takes, for five times the room on the disk.
QUICK = 3_000_000
TEXTS = "dictionary,dict_fsst,fsst"
TEXT = "VARCHAR"
NEEDED = frozenset({"sites", "contracts", "coverage", "supply_moves"})  # by other tables' views

# Days from the first month that anything is known of to the end of the year after the last.
CALENDAR = """
SELECT CAST(day AS DATE) AS date, CAST(date_trunc('month', day) AS DATE) AS month,
  CAST(date_trunc('quarter', day) AS DATE) AS quarter, CAST(year(day) AS INTEGER) AS year,
  CAST(isodow(day) AS INTEGER) AS weekday, CAST(day(last_day(day)) AS INTEGER) AS days_in_month
FROM (SELECT unnest(generate_series(
  (SELECT coalesce(date_trunc('year', min(month)), DATE '2020-01-01') FROM {source}.coverage),
  (SELECT coalesce(max(day), DATE '2026-12-31') FROM {source}.known_day) + INTERVAL 1 YEAR,
  INTERVAL 1 DAY)) AS day)
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """A scope's folder, and for each of its tables the columns with their types, in order."""

    folder: Path
    schema: dict[str, dict[str, str]]

    @property
    def made(self) -> list[str]:
        """The tables whose files are there."""
        return [name for name in self.schema if (self.folder / f"{name}.duckdb").exists()]


@dataclass(frozen=True, slots=True)
class _Source:
    """What is copied: a build, and what of it."""

    reader: Reader
    limits: Limits


def rooms(home: Home) -> Path:
    """The folder of all copies."""
    return home.warehouse / "rooms"


@contextlib.contextmanager
def copied(home: Home, reader: Reader, limits: Limits, tables: Iterable[str]) -> Iterator[Copy]:
    """The copy of what limits leave of a build, with at least `tables` in it.

    It is kept while it is held. Names that the viewer's copy doesn't have are left out.
    StoreProblem where it can't be made.
    """
    known = tables_for(limits)
    wanted = [name for name in dict.fromkeys(tables) if name in known]
    name = f"{reader.build}-{limits.key}-{_definitions()}"
    try:
        rooms(home).mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(rooms(home) / f"{name}.use", alone=False):
            folder = rooms(home) / name
            folder.mkdir(mode=0o700, exist_ok=True)
            os.utime(folder)
            copy = _complete(folder, _Source(reader, limits), known, wanted)
            yield copy
            with contextlib.suppress(OSError):
                os.utime(folder)
    except (OSError, duckdb.Error) as error:
        raise StoreProblem(
            f"The tables for SQL can't be made ({type(error).__name__}). Check the free space of "
            "the home, and ask again."
        ) from error


def sweep(home: Home, build: str, before: float | None = None) -> list[str]:
    """Remove copies of other builds, and those not asked since `before`; return their names.

    `before` is a moment in seconds, a day ago if left out. One that a query runs on stays.
    """
    gone = []
    before = time.time() - UNUSED if before is None else before
    for folder in [one for one in rooms(home).glob("*") if one.is_dir()]:
        if folder.name.startswith(f"{build}-") and folder.stat().st_mtime >= before:
            continue
        lock = folder.with_name(f"{folder.name}.use")
        with contextlib.suppress(OSError), _locked(lock, alone=True, wait=False):
            shutil.rmtree(folder)
            for beside in (".use", ".make"):
                folder.with_name(f"{folder.name}{beside}").unlink(missing_ok=True)
            gone.append(folder.name)
    return gone


def _complete(folder: Path, source: _Source, known: dict[str, Table], wanted: list[str]) -> Copy:
    """Make what the folder lacks of the tables wanted, one process at a time."""
    if not _absent(folder, wanted):
        return Copy(folder, json.loads((folder / SCHEMA).read_text(encoding="utf-8")))
    with _locked(folder.with_name(f"{folder.name}.make"), alone=True):
        if absent := _absent(folder, wanted):
            _make(folder, source, known, absent)
    sweep(Home(folder.parents[2]), source.reader.build)
    return Copy(folder, json.loads((folder / SCHEMA).read_text(encoding="utf-8")))


def _absent(folder: Path, wanted: list[str]) -> list[str]:
    absent = [name for name in wanted if not (folder / f"{name}.duckdb").exists()]
    return absent if (folder / SCHEMA).exists() else [*absent, ""]


def _make(folder: Path, source: _Source, known: dict[str, Table], absent: list[str]) -> None:
    """Write the files of tables through the views that a limited viewer's queries go through."""
    reader, limits = source.reader, source.limits
    there, own = "published.main", "own.main"
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as sql:
        sql.execute(f"ATTACH {_quoted(reader.path)} AS published (READ_ONLY)")
        sql.execute("ATTACH ':memory:' AS own")
        for table, query in views(limits, reader.columns, own=own, source=there, pay=limits.pay):
            if table in known or table in NEEDED:
                sql.execute(f'CREATE VIEW {own}."{table}" AS {query}')
        sql.execute(f"CREATE VIEW {own}.calendar AS {CALENDAR.format(source=there)}")
        here = {name: table for name, table in known.items()
                if name == "calendar" or name in reader.columns}  # fmt: skip
        coded = enums(sql)
        columns = {name: _columns(table, source) for name, table in here.items()}
        texts = {name: {one: TEXT for one in told if (name, one) in coded}
                 for name, told in columns.items()}  # fmt: skip
        if not (folder / SCHEMA).exists():
            found = {name: _types(sql, name, _picked(told, texts[name]))
                     for name, told in columns.items()}  # fmt: skip
            _put(folder / SCHEMA, json.dumps(found))
        for name in filter(here.get, absent):
            draft = folder / f"{name}.draft"
            _drop(draft)
            sql.execute(f"ATTACH {_quoted(draft)} AS copy")
            draft.chmod(0o600)
            (size,) = sql.execute(f'SELECT count(*) FROM {own}."{name}"').fetchone() or (0,)
            sql.execute(f"SET disabled_compression_methods = '{TEXTS if size <= QUICK else ''}'")
            pick = _picked(columns[name], _codes(sql, name, texts[name]))
            sql.execute(f'CREATE TABLE copy.main."{name}" AS SELECT {pick} FROM {own}."{name}"')
            sql.execute("CHECKPOINT copy")
            sql.execute("DETACH copy")
            os.replace(draft, folder / f"{name}.duckdb")


def _columns(table: Table, source: _Source) -> list[str]:
    """The documented columns that a build has: one of before may lack some."""
    told = [one.name for one in table.columns_for(source.limits)]
    if table.name == "calendar":
        return told
    return [one for one in told if one in source.reader.columns[table.name]]


def _picked(columns: list[str], kinds: Mapping[str, str]) -> str:
    """What to select for columns, those of other `kinds` than the build's cast to them."""
    return ", ".join(
        f'CAST("{one}" AS {kinds[one]}) AS "{one}"' if one in kinds else f'"{one}"'
        for one in columns
    )


def _codes(sql: duckdb.DuckDBPyConnection, name: str, coded: Mapping[str, str]) -> dict[str, str]:
    """The kinds of a copy's coded columns: codes of its own for the texts that stand in its rows.

    The build's code lists the suppliers and accounts of every site; written as texts they take
    six times as long. Queries see texts: `worker` spells the codes out.
    """
    own = made(sql, coded, f'own.main."{name}"', lambda one: f'"copy".main."{name}.{one}"')
    return {**coded, **own}


def _types(sql: duckdb.DuckDBPyConnection, name: str, pick: str) -> dict[str, str]:
    rows = sql.execute(f'DESCRIBE SELECT {pick} FROM own.main."{name}"').fetchall()
    return {row[0]: row[1] for row in rows}


def _put(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.draft")
    _drop(draft)
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def _drop(draft: Path) -> None:
    for file in (draft, draft.with_name(f"{draft.name}.wal")):
        file.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _definitions() -> str:
    """What tells copies of other definitions apart."""
    told = repr([(t.name, [c.name for c in t.columns]) for t in TABLES.values()]) + CALENDAR
    return hashlib.sha256(told.encode()).hexdigest()[:8]


@contextlib.contextmanager
def _locked(path: Path, *, alone: bool, wait: bool = True) -> Iterator[None]:
    """Hold a lock that other processes and threads see; OSError where it is held and not waited."""
    try:
        import fcntl
    except ImportError:
        raise UsageProblem(
            "SQL can't be asked on this system, which has no limits for single processes. Use "
            "Linux or macOS."
        ) from None
    how = (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, how)
            # Who removed the copy removed its lock, too: then this one guards nothing.
            if _same(path, handle):
                yield
                return
        finally:
            os.close(handle)


def _same(path: Path, handle: int) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False
