"""What a load touched, from the record into the lake.

Only months in which a row came or gave way since the last write are written anew. New files are
written beside the old ones, held against the record, and then named by the manifest, whose
replacement is the moment of the change. Whatever ends in between leaves files that nobody names;
the next write removes them.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.feeds import FEEDS
from pipelines.lake import layout, manifest
from pipelines.lake.manifest import Manifest, Part
from pipelines.lake.places import Place, place
from pipelines.settings import Home
from pipelines.warehouse import publish as publishing
from pipelines.warehouse.record import Record, is_full
from pipelines.warehouse.schema import quoted

Progress = Callable[[int, int, str], None]
Month = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: the home's name, months written and left, rows and bytes written."""

    home: str
    event: int
    months: int
    left: int
    rows: int
    size: int


def publish(record: Record) -> str:
    """Publish a build as `pipelines.warehouse.publish` does, then write the lake where one is set.

    StoreProblem where the lake can't be written: the new figures are published nevertheless.
    """
    build = publishing.publish(record)
    follow(record)
    return build


def follow(record: Record) -> None:
    """Bring the lake up to the record where the settings name one. StoreProblem as for `write`."""
    if to := record.home.group().lake:
        write(record, to)


def name_of(home: Home, given: str | None = None) -> str:
    """What a home is called in the lake: as given, as its settings say, or as its folder."""
    return layout.named(given or home.group().lake_name or home.root.absolute().name)


def write(
    record: Record, to: str, *, name: str | None = None, progress: Progress | None = None
) -> Written:
    """Bring a home's part of the lake up to the record; write nothing where it is.

    UsageProblem where another home has the name, StoreProblem where the place refuses, is full, or
    what was written differs from the record.
    """
    home = name_of(record.home, name)
    try:
        return _write(record, place(to), home, progress)
    except (OSError, duckdb.Error) as error:
        why = "is full" if is_full(error) else f"refused the work ({type(error).__name__})"
        raise StoreProblem(
            f"The lake at {to} {why}; what it held before can still be read. "
            "Mend that, and run `rounds lake`."
        ) from error


def _write(record: Record, to: Place, home: str, progress: Progress | None) -> Written:
    known = manifest.read(to, home)
    owner = hashlib.sha256(b"lake" + record.home.secret()).hexdigest()[:32]
    if known is not None and known.owner != owner:
        raise UsageProblem(
            f"Another home writes into the lake as {home}. Give this one a name of its own with "
            "--name, or as `lake_name` in settings.toml."
        )
    [(event,)] = record.rows("SELECT coalesce(max(event), 0) FROM loads")
    build = publishing.current_build(record.home) or ""
    since = known.event if known is not None and _same_record(record, known) else 0
    parts = dict(known.parts) if known is not None and since else {}
    if known is not None and (since, known.build) == (event, build) and event:
        _prune(to, home, known)
        return Written(home, event, 0, sum(name.startswith("feed=") for name in parts), 0, 0)
    months = rows = size = 0
    with tempfile.TemporaryDirectory(prefix="rounds-lake-") as held:
        for number, feed in enumerate(FEEDS):
            if progress:
                progress(number, len(FEEDS), feed)
            for folder, part, files in _feed(record, feed, since, Path(held) / feed):
                parts[folder] = part
                months, rows = months + 1, rows + part.rows
                size += _send(to, f"home={home}/{folder}", files)
        for folder, part, files in _tables(record, Path(held) / "tables"):
            if parts.get(folder) != part:
                parts[folder] = part
                size += _send(to, f"home={home}/{folder}", files)
    if progress:
        progress(len(FEEDS), len(FEEDS), "")
    left = sum(name.startswith("feed=") for name in parts) - months
    dropped = known.files - {f for p in parts.values() for f in p.files} if known else ()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    moment = _moment(record, event)
    new = Manifest(owner, event, moment, build, layout.shape(), now, parts, tuple(sorted(dropped)))
    to.put_bytes(f"home={home}/{layout.MANIFEST}", new.text())
    _prune(to, home, new)
    return Written(home, event, months, left, rows, size)


def _same_record(record: Record, known: Manifest) -> bool:
    """Whether its event is this record's, not that of one before a restore, and its columns too."""
    return _moment(record, known.event) == known.moment and known.shape == layout.shape()


def _moment(record: Record, event: int) -> str:
    found = record.rows("SELECT moment FROM loads WHERE event = ?", [event])
    return str(found[0][0].isoformat()) if found else ""


def _feed(
    record: Record, feed: str, since: int, held: Path
) -> Iterator[tuple[str, Part, list[Path]]]:
    """(folder, part, files) of each month of a feed that changed since an event."""
    year, month = layout.placed(feed)
    changed = f"f.loaded_in > {since} OR f.superseded_in > {since}"
    touched = (
        f"SELECT DISTINCT {year} AS y, {month} AS m FROM fact_{feed} f WHERE {changed}"
    )  # fmt: skip
    if not record.rows(f"SELECT 1 FROM fact_{feed} f WHERE {changed} LIMIT 1"):
        return
    wanted = (
        f"FROM fact_{feed} f JOIN ({touched}) t "
        f"ON t.y IS NOT DISTINCT FROM {year} AND t.m IS NOT DISTINCT FROM {month}"
    )
    with _one_thread(record):
        record.sql.execute(
            f"COPY (SELECT {layout.columns_in_file(feed)}, t.y AS year, t.m AS month {wanted}) "
            f"TO '{held}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (year, month))"
        )
    ours = sums_by_month(record.sql, feed, f"(SELECT f.* {wanted})")
    for (y, m), expected in ours.items():
        folder = layout.folder(feed, y, m)
        files = sorted((held / folder.partition("/")[2]).glob("*.parquet"))
        found = summed(record.sql, feed, [str(file) for file in files])
        if found != expected:
            raise StoreProblem(
                f"The lake's {feed} differ from the record's, so they were not taken over. "
                "This is a fault of Rounds: please report it."
            )
        names = tuple(f"{folder}/{_called(file)}" for file in files)
        yield folder, Part(names, *expected), files


@contextmanager
def _one_thread(record: Record) -> Iterator[None]:
    """Each thread would write a file of its own for every month."""
    with record.alone():
        yield


def _called(file: Path) -> str:
    """The name of a file in the lake: that of its content."""
    with file.open("rb") as opened:
        return f"rows-{hashlib.file_digest(opened, 'sha256').hexdigest()[:32]}.parquet"


def _send(to: Place, folder: str, files: list[Path]) -> int:
    """Put files in their place; return their size."""
    for file in files:
        to.put(f"{folder}/{_called(file)}", file)
    return sum(os.path.getsize(file) for file in files)


Sums = tuple[int, int, dict[str, tuple[str | None, str | None]]]


def _aggregates(feed: str, name: Callable[[str], str]) -> str:
    stands = "FILTER (superseded_in IS NULL)"
    each = (
        f"CAST(sum({quoted(name(c))}) AS VARCHAR), CAST(sum({quoted(name(c))}) {stands} AS VARCHAR)"
        for c in layout.measures(FEEDS[feed])
    )
    return ", ".join(("count(*)", f"count(*) {stands}", *each))


def _paired(feed: str, row: tuple[int | str | None, ...]) -> Sums:
    rows, standing, *rest = row
    texts = [None if one is None else str(one) for one in rest]
    pairs = zip(texts[::2], texts[1::2], strict=True)
    columns = layout.measures(FEEDS[feed])
    return int(rows or 0), int(standing or 0), dict(zip(columns, pairs, strict=True))


def sums_by_month(sql: duckdb.DuckDBPyConnection, feed: str, facts: str = "") -> dict[Month, Sums]:
    """Rows, standing rows and sums of each month of a feed, as the record has them."""
    year, month = layout.placed(feed)
    query = (
        f"SELECT {year} AS y, {month} AS m, {_aggregates(feed, str)} "
        f"FROM {facts or f'fact_{feed}'} f GROUP BY ALL"
    )
    return {(y, m): _paired(feed, tuple(rest)) for y, m, *rest in sql.execute(query).fetchall()}


def summed(sql: duckdb.DuckDBPyConnection, feed: str, files: list[str]) -> Sums:
    """The same of files."""
    query = (
        f"SELECT {_aggregates(feed, layout.in_file)} "
        "FROM read_parquet(?, hive_partitioning = false)"
    )
    return _paired(feed, sql.execute(query, [files]).fetchall()[0])


def _tables(record: Record, held: Path) -> Iterator[tuple[str, Part, list[Path]]]:
    """(folder, part, files) of each of the build's small tables; none before the first build."""
    build = publishing.current_build(record.home)
    path = record.home.warehouse / f"rounds-{build}.duckdb"
    if build is None or not path.exists():
        return
    held.mkdir()
    record.sql.execute(f"ATTACH '{path}' AS built (READ_ONLY)")
    try:
        known = {
            row[0]
            for row in record.rows(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'built'"
            )
        }
        for table in layout.TABLES:
            if table not in known:
                continue
            file = held / f"{table}.parquet"
            with _one_thread(record):
                record.sql.execute(
                    f"COPY (SELECT * FROM built.{table} ORDER BY ALL) TO '{file}' "
                    "(FORMAT parquet, COMPRESSION zstd)"
                )
            [(rows,)] = record.rows(f"SELECT count(*) FROM built.{table}")
            name = f"table={table}/{_called(file)}"
            yield f"table={table}", Part((name,), rows, rows), [file]
    finally:
        record.sql.execute("DETACH built")


def _prune(to: Place, home: str, known: Manifest) -> None:
    """Remove what neither this manifest nor the one before it names."""
    kept = {f"home={home}/{file}" for file in (*known.files, *known.former, layout.MANIFEST)}
    for name in to.names(f"home={home}"):
        if name not in kept:
            to.remove(name)
