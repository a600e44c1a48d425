"""From the record to the read model: one immutable file per build, and a pointer to it.

The app reads only published files. `CURRENT` is replaced atomically; readers that still have the
former build open go on reading it, and the last three builds are kept for them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from pipelines.errors import StoreProblem
from pipelines.feeds import FEEDS
from pipelines.settings import Home
from pipelines.warehouse import (
    decided,
    enums,
    lattice,
    mapping,
    model,
    paid,
    ranges,
    references,
    rollups,
    shelved,
    timed,
)  # fmt: skip
from pipelines.warehouse.coverage import coverage_query
from pipelines.warehouse.limits import brought
from pipelines.warehouse.record import Record, is_full, now
from pipelines.warehouse.waiting import waiting_query

KEPT = 3
UNMAPPED, GROUP = "~unmapped", "~group"
# What tells of each record where it ended; published as it stands.
CUSTODY = "loads", "quarantine", "corrections", "furniture", "duplicates", "totals"
MARKED = "system", "load", "record", "fact", "loaded_in", "superseded_in"


# (connection, table, query): the query that gives the rows of a table of the new build.
Rows = Callable[[duckdb.DuckDBPyConnection, str, str], str]


def here(_sql: duckdb.DuckDBPyConnection, _table: str, query: str) -> str:
    """The rows of a table worked out on this machine: by the query itself."""
    return query


def publish(record: Record, rows_of: Rows = here) -> str:
    """Build the read model of what the record holds now; return the name of the build.

    `rows_of` gives the rows of tables of facts, and of all that is summed of them.
    StoreProblem when a sum in the read model differs from the record's, or the disk is full; the
    former build then stays current.
    """
    return _publish(record, lambda draft: _write(record, draft, rows_of))


def renew(record: Record) -> str:
    """Build the read model of what people decided since, and return the name of the build.

    Where nothing else has changed since the current build, all else is taken over from it: a
    target is set in a second, not in the minutes that the figures of a large group take.
    StoreProblem as for `publish`.
    """
    build, current = current_build(record.home), _current(record.home)
    same = f"{_event(record):06d}", definitions(record.home)[:8]
    if build is None or not current.exists() or _marks(build) != same:
        return publish(record)

    def take_over(draft: Path) -> None:
        shutil.copyfile(current, draft)
        _decide(record, draft)

    return _publish(record, take_over)


def _marks(build: str) -> tuple[str, str]:
    """The event of a build, and what stands in its name for all but what people decided."""
    event, _, definitions = (*build.split("-"), "")[:3]  # the first versions had no third part
    return event, definitions[:8]


def _publish(record: Record, write: Callable[[Path], None]) -> str:
    """Let a build be written and make it the current one."""
    moment = f"{now():%Y%m%d%H%M%S%f}"
    build = f"{_event(record):06d}-{moment}-{definitions(record.home)}"
    path = record.home.warehouse / f"rounds-{build}.duckdb"
    draft = record.home.warehouse / "draft.duckdb"
    try:
        _clear(draft)
        write(draft)
        os.replace(draft, path)
        point(record.home, build)
    except (StoreProblem, duckdb.Error, OSError) as error:
        cause = error.__cause__ if isinstance(error, StoreProblem) else error
        if cause is None:
            raise
        step = "Free some space, and run" if is_full(cause) else "Run"
        raise StoreProblem(
            f"{path} could not be written ({type(cause).__name__}); what was loaded is kept, and "
            f"the former figures stay. {step} `rounds publish`."
        ) from error
    finally:
        # A file that is not whole must not take the place of one that is.
        with contextlib.suppress(OSError):
            _clear(draft)
    return build


def _clear(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)


def is_current(record: Record) -> bool:
    """Whether the published build shows what the record holds, by the definitions of today."""
    build = current_build(record.home)
    if build is None or not (record.home.warehouse / f"rounds-{build}.duckdb").exists():
        return False
    return build.startswith(f"{_event(record):06d}-") and build.endswith(
        f"-{definitions(record.home)}"
    )


def _event(record: Record) -> int:
    return int(record.rows("SELECT coalesce(max(event), 0) FROM loads")[0][0])


def definitions(home: Home) -> str:
    """A fingerprint of all that makes the read model besides the record.

    The last eight characters stand for what people decided about targets.
    """
    group = home.group()
    parts = [
        SITES, SITE_CODES, PROVISIONAL, coverage_query(), waiting_query(),
        mapping.fingerprint(home), ranges.fingerprint(home), references.fingerprint(home),
        decided.budgets_fingerprint(home),
        *model.ROWS.values(), *model.MARKS.values(), *model.DERIVED.values(),
        *paid.TABLES.values(), *rollups.TABLES.values(), *timed.TABLES.values(),
        shelved.fingerprint(), lattice.fingerprint(),
        brought({"labor": frozenset({"load", "site", "loaded_in"})}, "pub"),
        group.name, group.currency,
    ]  # fmt: skip
    texts = "\0".join(parts), decided.fingerprint(home)
    return "".join(hashlib.sha256(text.encode()).hexdigest()[:8] for text in texts)


def point(home: Home, build: str) -> None:
    """Make a build the current one, atomically, and drop builds that nobody should need."""
    draft = home.current.with_suffix(".new")
    draft.write_text(build, encoding="utf-8")
    os.replace(draft, home.current)
    builds = sorted(home.warehouse.glob("rounds-*.duckdb"), key=lambda p: p.stat().st_mtime)
    kept = {path.stem.removeprefix("rounds-") for path in builds[-KEPT:]}
    # What was known at earlier loads is worked out for a build, and goes with it.
    states = [p for p in home.warehouse.glob("earlier-*.duckdb")
              if p.stem.removeprefix("earlier-").partition("@")[0] not in kept]  # fmt: skip
    for old in [*builds[:-KEPT], *states]:
        # A reader may still hold it on systems that lock open files; then the next publish tries.
        with contextlib.suppress(OSError):
            old.unlink()


def current_build(home: Home) -> str | None:
    """The name of the current build; None before the first publish."""
    with contextlib.suppress(OSError):
        return home.current.read_text(encoding="utf-8").strip() or None
    return None


def _current(home: Home) -> Path:
    """The file of the current build, which may not be there."""
    return home.warehouse / f"rounds-{current_build(home)}.duckdb"


def _write(record: Record, path: Path, rows_of: Rows) -> None:
    sql = record.sql
    sql.execute(f"ATTACH '{path}' AS pub")
    # Unqualified names are made and found in the new file first, then in the record.
    sql.execute("SET search_path = 'pub,record'")
    try:
        with record.transaction():
            _reference(sql, record.home)
            decided.stage_budgets(sql, record.home)
            for feed in model.ROWS:
                _feed(sql, feed, rows_of)
            coverage = rows_of(sql, "coverage", coverage_query())
            sql.execute(f"CREATE TABLE coverage AS {coverage}")
            made = {**model.DERIVED, **paid.TABLES, **rollups.TABLES, **timed.TABLES}
            for table, query in made.items():
                sql.execute(f"CREATE TABLE {table} AS {rows_of(sql, table, query)}")
                rollups.narrow(sql, table)
            shelved.stage(sql)
            lattice.stage(sql, lattice.withheld_in(_current(record.home)))
            sql.execute(f"CREATE TABLE brought AS {brought(columns_of(sql, 'pub'), 'pub')}")
            for table in CUSTODY:
                sql.execute(f"CREATE TABLE pub.{table} AS SELECT * FROM record.{table}")
            sql.execute(f"CREATE TABLE waiting AS {waiting_query()}")
            decided.stage(sql, record.home)
            group = record.home.group()
            sql.execute(BUILD, [now(), group.name, group.currency])
            _verify(sql)
    finally:
        sql.execute("RESET search_path")
        sql.execute("DETACH pub")


def columns_of(sql: duckdb.DuckDBPyConnection, database: str) -> dict[str, frozenset[str]]:
    """The columns of each table of a database that is attached."""
    rows = sql.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?", [database]
    ).fetchall()
    tables: dict[str, set[str]] = {}
    for table, column in rows:
        tables.setdefault(table, set()).add(column)
    return {table: frozenset(names) for table, names in tables.items()}


def rows_of(sql: duckdb.DuckDBPyConnection, database: str) -> dict[str, int]:
    """About how many rows each table of a database that is attached has."""
    rows = sql.execute(
        "SELECT table_name, estimated_size FROM duckdb_tables() WHERE database_name = ?", [database]
    ).fetchall()
    return dict(rows)


def _decide(record: Record, path: Path) -> None:
    """Write into a copy of a build what people have decided since."""
    sql = record.sql
    sql.execute(f"ATTACH '{path}' AS pub")
    sql.execute("SET search_path = 'pub'")
    try:
        with record.transaction():
            sql.execute("DROP TABLE target_decisions")
            decided.stage(sql, record.home)
            sql.execute("UPDATE build SET published = ?", [now()])
    finally:
        sql.execute("RESET search_path")
        sql.execute("DETACH pub")


BUILD = """
CREATE TABLE build AS SELECT (SELECT coalesce(max(event), 0) FROM record.loads) AS event,
  CAST(? AS TIMESTAMP) AS published, CAST(? AS VARCHAR) AS group_name,
  CAST(? AS VARCHAR) AS currency
"""


def _reference(sql: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Accounts, sites, which site each system's code means, and the codes that nobody knows."""
    mapping.stage(sql, home)
    ranges.stage(sql, home)
    references.stage(sql, home)
    sql.execute(SITES)
    sql.execute(SITE_CODES)
    # Before and after: a person may say that a code means a site that only files name.
    sql.execute(mapping.MAP_SITES)
    sql.execute(PROVISIONAL)
    sql.execute(mapping.MAP_SITES)
    sql.execute(mapping.DROP_ALIASES)
    sql.execute(f"CREATE TABLE unmapped AS {mapping.unmapped_query()}")
    sql.execute(
        f"INSERT INTO sites (site, name, kind, region, provisional) VALUES "
        f"('{UNMAPPED}', 'Unmapped codes', 'Unmapped', 'Unmapped', true), "
        f"('{GROUP}', 'Group level', 'Group level', 'Group level', true)"
    )


SITES = """
CREATE TABLE sites AS
SELECT site, coalesce(name, site) AS name, coalesce(kind, 'Unstated') AS kind,
  coalesce(region, 'Unstated') AS region, opened, closed, beds, rooms, floor_area, time_zone,
  codes, system, false AS provisional
FROM fact_sites WHERE superseded_in IS NULL
QUALIFY row_number() OVER (PARTITION BY site ORDER BY load DESC, record DESC) = 1
"""

# A code means the site whose register row names it; a site's own id and name mean it everywhere.
SITE_CODES = """
CREATE TABLE site_codes AS
WITH pairs AS (
  SELECT site, unnest(string_split(codes, ';')) AS pair FROM sites WHERE codes IS NOT NULL
), named AS (
  SELECT trim(split_part(pair, '=', 1)) AS system,
    trim(substr(pair, strpos(pair, '=') + 1)) AS code, site, 1 AS rank FROM pairs
  UNION ALL SELECT system, site, site, 0 FROM sites
  UNION ALL SELECT 'rounds', site, site, 2 FROM sites
)
SELECT system, code, arg_min(site, rank) AS site, false AS provisional
FROM named WHERE code <> '' GROUP BY system, code
"""

# Sites that only a file names, until a register confirms them. Their code is their id, unless
# another system uses the same.
PROVISIONAL = """
CREATE OR REPLACE TEMP TABLE provisional AS
WITH latest AS (
  SELECT m.* FROM mentions m
  WHERE m.load NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM site_codes c WHERE c.system = m.system AND c.code = m.site)
  QUALIFY row_number() OVER (PARTITION BY m.system, m.site ORDER BY m.load DESC) = 1
)
SELECT l.*, CASE WHEN count(*) OVER (PARTITION BY l.site) > 1
  OR l.site IN (SELECT site FROM sites) THEN l.system || ':' || l.site ELSE l.site END AS id
FROM latest l;
INSERT INTO sites (site, name, kind, region, system, provisional)
  SELECT id, coalesce(name, site), coalesce(kind, 'Unstated'), coalesce(region, 'Unstated'),
    system, true FROM provisional;
INSERT INTO site_codes SELECT system, site, id, true FROM provisional;
"""


def _feed(sql: duckdb.DuckDBPyConnection, feed: str, rows_of: Rows) -> None:
    """The current rows of a feed with their marks, and its superseded rows without."""
    for table, condition in ((feed, "IS NULL"), (f"{feed}_history", "IS NOT NULL")):
        rows = rows_query(feed, f"(SELECT * FROM fact_{feed} WHERE superseded_in {condition})")
        query = rows if table != feed else marks_query(feed, f"({rows})")
        order = "site, date" if "date" in FEEDS[feed].names or feed == "labor" else "site"
        rows = rows_of(sql, table, query)
        columns = enums.selected(sql, table, rows)
        sql.execute(f"CREATE TABLE {table} AS SELECT {columns} FROM ({rows}) ORDER BY {order}")


def rows_query(feed: str, facts: str) -> str:
    """The first stage of a feed's table over `facts`, a relation with the feed's columns."""
    provenance = ", ".join(f"p.{c}" for c in MARKED)
    site = f"coalesce(codes.site, CASE WHEN p.site IS NULL THEN '{GROUP}' ELSE '{UNMAPPED}' END)"
    codes = "LEFT JOIN site_codes codes ON codes.system = p.system AND codes.code = p.site"
    return model.ROWS[feed].format(facts=facts, provenance=provenance, site=site, codes=codes)


def marks_query(feed: str, rows: str) -> str:
    """The second stage of a feed's table over `rows`, the first stage's result."""
    return model.MARKS.get(feed, model.SAME_MARKS).format(rows=rows)


def _verify(sql: duckdb.DuckDBPyConnection) -> None:
    """The read model's sums are the record's: checked before anyone can read them."""
    for feed in model.ROWS:
        ours = "budget WHERE NOT edited" if feed == "budget" else feed
        _same(sql, feed, model.sums(feed), ours, f"fact_{feed} WHERE superseded_in IS NULL")
    for ours, theirs in rollups.CHECKS:
        tied(sql, "sums by month", ours, theirs)
    _same(sql, "spend", "sum(amount)", "billings", timed.BILLED_LINES)


def _same(sql: duckdb.DuckDBPyConnection, feed: str, sums: str, ours: str, theirs: str) -> None:
    tied(sql, feed, *(f"SELECT {sums} FROM {table}" for table in (ours, theirs)))


def tied(sql: duckdb.DuckDBPyConnection, feed: str, ours: str, theirs: str) -> None:
    """StoreProblem where the sums of a table that was made differ from those it is made of."""
    published, known = (sql.execute(query).fetchone() for query in (ours, theirs))
    if published != known:
        raise StoreProblem(
            f"The read model's {feed} differ from the record's, so it was not published. "
            "This is a fault of Rounds: please report it."
        )
