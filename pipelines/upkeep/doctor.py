"""Looks a home over: the engine, the disk, the clock, who can read what, and what waits for people.

Each check tells one thing in a sentence, with what to do where something is to be done.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import duckdb
import polars as pl

from pipelines.access import audit, people
from pipelines.errors import RoundsError
from pipelines.settings import Home
from pipelines.state import VERSION as STATE_VERSION
from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.publish import current_build, is_current
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from pipelines.warehouse.schema import VERSION
from pipelines.warehouse.upgrade import layout_of

ROWS = 122_880  # a row group: the number from which DuckDB 2.0.0 loses what was inserted
GOOD = ((1, 5, 6), (2, 0, 0))  # from, and below
SKEW = timedelta(minutes=5)
LEAST = 500_000_000  # bytes that should be free
PRIVATE = (
    "secret.key",
    "oidc.secret",
    "state.sqlite",
    "door.sqlite",
    "audit.sqlite",
    "settings.toml",
)
PACKAGES = ("duckdb", "polars", "streamlit", "plotly")


class Health(StrEnum):
    """How a check ended."""

    WELL = "well"
    LOOK = "look"  # somebody should look at it
    FAULT = "fault"  # something is wrong, and figures may be


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, how it is, and a sentence."""

    what: str
    health: Health
    said: str


def look_over(home: Home) -> list[Check]:
    """Every check of a home, in order. One that can't be made is a fault of its own."""
    found: list[Check] = []
    for what, check in CHECKS.items():
        try:
            found.extend(Check(what, health, said) for health, said in check(home))
        except (RoundsError, duckdb.Error, sqlite3.Error, OSError) as error:
            said = str(error) if isinstance(error, RoundsError) else type(error).__name__
            found.append(Check(what, Health.FAULT, f"It couldn't be looked at: {said}"))
    return found


Said = Iterator[tuple[Health, str]]


def _engine(_home: Home) -> Said:
    """What DuckDB 2.0.0 gets wrong (rows lost after an empty CREATE TABLE AS) is tried here."""
    version = tuple(int(part) for part in duckdb.__version__.split(".")[:3] if part.isdigit())
    if not GOOD[0] <= version < GOOD[1]:
        yield (
            Health.FAULT,
            (
                f"DuckDB {duckdb.__version__} is not one that Rounds trusts (from 1.5.6, below 2). "
                "Install the versions of the lock file."
            ),
        )
    rows = pl.DataFrame({"n": pl.int_range(ROWS + 1, eager=True)}).to_arrow()
    with duckdb.connect() as sql:
        sql.register("rows", rows)
        sql.execute("BEGIN")
        sql.execute("CREATE TABLE kept AS SELECT * FROM rows LIMIT 0")
        sql.execute("INSERT INTO kept SELECT * FROM rows")
        sql.execute("COMMIT")
        found = sql.execute("SELECT count(*), sum(n) FROM (SELECT * FROM kept)").fetchone()
    if found != (ROWS + 1, ROWS * (ROWS + 1) // 2):
        yield Health.FAULT, "The database loses rows that it says it kept. Don't load with it."
    else:
        yield Health.WELL, f"DuckDB {duckdb.__version__} keeps what it is given."


def _versions(_home: Home) -> Said:
    told = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    yield Health.WELL, f"Rounds {importlib.metadata.version('rounds')} with {told}."


def _space(home: Home) -> Said:
    """A publish writes a new build beside the old ones before it lets one go."""
    free = shutil.disk_usage(_there(home)).free
    files = [*home.warehouse.glob("*.duckdb")] if home.warehouse.exists() else []
    need = 2 * max((file.stat().st_size for file in files), default=0)
    told = f"{free / 1e9:,.1f} GB are free"
    if free < max(need, LEAST):
        yield (
            Health.LOOK,
            (f"{told}, and a load may take {max(need, LEAST) / 1e9:,.1f} GB. Free some space."),
        )
    else:
        yield Health.WELL, f"{told}."


def _permissions(home: Home) -> Said:
    place = _there(home)
    if not os.access(place, os.W_OK):
        yield Health.FAULT, f"{place} can't be written to. Give its owner the right to."
        return
    open_ = [
        name for name in PRIVATE
        if (home.root / name).exists()
        and (home.root / name).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        and name != "settings.toml"
    ]  # fmt: skip
    if open_:
        yield (
            Health.LOOK,
            (
                f"Others on this machine can read {', '.join(open_)}. "
                "Take the right away: chmod 600."
            ),
        )
    else:
        yield Health.WELL, "The home can be written to, and its secrets are its owner's alone."


def _clock(home: Home) -> Said:
    """Vintages are told by moments: a clock that goes back would reorder them."""
    now = datetime.now(UTC).replace(tzinfo=None)
    moments = []
    if (home.root / "state.sqlite").exists():
        with closing(sqlite3.connect(home.root / "state.sqlite")) as sql:
            (last,) = sql.execute("SELECT max(moment) FROM decisions").fetchone()
            moments += [datetime.fromisoformat(last)] if last else []
    if current_build(home) is not None:
        last = open_build(home).query("SELECT max(moment) AS m FROM loads")["m"][0]
        moments += [last] if last else []
    if any(moment > now + SKEW for moment in moments):
        yield (
            Health.FAULT,
            (
                "Something was kept at a moment that lies ahead of this machine's clock. "
                "Set the clock before anything else is loaded."
            ),
        )
    else:
        yield Health.WELL, f"The clock says {now:%Y-%m-%d %H:%M} UTC; nothing was kept after that."


def _state(home: Home) -> Said:
    path = home.root / "state.sqlite"
    if not path.exists():
        yield Health.WELL, "Nobody has decided anything yet."
        return
    with closing(sqlite3.connect(path)) as sql:
        (said,) = sql.execute("PRAGMA quick_check").fetchone()
        (version,) = sql.execute("PRAGMA user_version").fetchone()
    if said != "ok":
        yield Health.FAULT, "What people decided is damaged. Restore state.sqlite from a backup."
    elif version > STATE_VERSION:
        yield Health.FAULT, "A later version of Rounds wrote what people decided. Use that one."
    else:
        yield Health.WELL, "What people decided can be read."


def _record(home: Home) -> Said:
    if home.follows.exists():
        build = current_build(home)
        what = "nothing yet" if build is None else f"its build {build}"
        yield Health.WELL, f"This home follows another home and shows {what}."
        return
    if not home.record.exists():
        yield Health.LOOK, "Nothing has been loaded yet. `rounds ingest FOLDER` loads exports."
        return
    with Record.open(home, wait=2, as_it_is=True) as record:
        layout = layout_of(record.sql)
        (loads, records, rest) = record.rows(
            "SELECT count(*), coalesce(sum(records), 0), coalesce(sum(records - accepted - "
            "duplicate - quarantined - furniture), 0) FROM loads WHERE what = 'load'"
        )[0]
        shown = is_current(record)
    if rest:
        yield (
            Health.FAULT,
            ("The ledger doesn't account for all records. Restore the record from a backup."),
        )
    else:
        yield Health.WELL, f"{loads:,} loads, {records:,} records, each accounted for."
    if layout != VERSION:
        yield (
            Health.LOOK,
            (
                f"The record has the layout of an earlier version ({layout}, now {VERSION}). The "
                "next load or `rounds publish` brings it up to date, and keeps a copy."
            ),
        )
    for copy in sorted(home.warehouse.glob("record-layout-*.duckdb")):
        yield (
            Health.WELL,
            (
                f"{copy.name} is the record before it was brought up to date "
                f"({copy.stat().st_size / 1e6:,.0f} MB). It may be deleted."
            ),
        )
    if shown:
        yield Health.WELL, "The figures shown are those of the record."
    else:
        yield Health.LOOK, "The figures shown are older than the record. Run `rounds publish`."


def _waiting(home: Home) -> Said:
    if current_build(home) is None:
        return
    reader = open_build(home)
    count = int(reader.query("SELECT count(*) AS n FROM waiting")["n"][0])
    codes = int(
        reader.query("SELECT count(DISTINCT (kind, system, code)) AS n FROM unmapped")["n"][0]
    )
    if count:
        yield (
            Health.LOOK,
            (f"{count:,} records wait to be corrected. `rounds quarantine list` tells why."),
        )
    if codes:
        yield Health.LOOK, f"{codes:,} codes mean nothing yet. `rounds map` lists them."
    if not count and not codes:
        yield Health.WELL, "No record waits to be corrected, and every code is known."


def _late(home: Home) -> Said:
    """A need is late where a site that had it before has none for the last whole month."""
    if current_build(home) is None:
        return
    month = date.today().replace(day=1) - timedelta(1)
    found = open_build(home).query(
        "SELECT need, count(*) AS sites FROM coverage WHERE month = ? AND NOT present "
        "GROUP BY need ORDER BY sites DESC, need",
        [month.replace(day=1)],
    )
    for need, sites in found.iter_rows():
        if NEEDS[need].periodic:
            places = "1 site" if sites == 1 else f"{sites:,} sites"
            what = f"{NEEDS[need].what[:1].upper()}{NEEDS[need].what[1:]}"
            yield (
                Health.LOOK,
                (f"{what} of {month:%B %Y} has not come for {places}."),
            )
    if found.is_empty():
        yield Health.WELL, f"What was expected for {month:%B %Y} has come."


def _access(home: Home) -> Said:
    known = people.people(home)
    if not known:
        yield Health.WELL, "Nobody has a login: whoever sits at this machine sees everything."
    elif not any(p.active and p.role == "administrator" for p in known):
        yield Health.FAULT, "No administrator is left. `rounds access add LOGIN administrator`."
    else:
        yield Health.WELL, f"{len(known):,} people have a login."
    wrong = audit.altered(home)
    if wrong is not None:
        yield (
            Health.FAULT,
            (
                f"Line {wrong} of the audit is not as it was written, or one before it is missing. "
                "Compare it with a backup."
            ),
        )
    elif audit.place(home).exists():
        yield Health.WELL, "The audit is as it was written."


def _there(home: Home) -> str:
    """The home, or the nearest folder above it that exists."""
    place = home.root.absolute()
    while not place.exists():
        place = place.parent
    return str(place)


CHECKS: dict[str, Callable[[Home], Said]] = {
    "engine": _engine,
    "versions": _versions,
    "space": _space,
    "permissions": _permissions,
    "clock": _clock,
    "decisions": _state,
    "record": _record,
    "waiting": _waiting,
    "late": _late,
    "access": _access,
}
