"""The system of record: one DuckDB file with the ledger, the facts and the quarantine.

`Record` opens it, knows what was loaded, and runs transactions. How a batch enters stands in
`load.py`, how a load is withdrawn in `undo.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Self

import duckdb

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from pipelines.warehouse import schema, upgrade

# Files in a layout that shares dictionaries of texts: smaller, and much faster to group.
MEMORY = "800MB"  # that the store may use; what needs more waits on disk
PIECEWISE = "250MB"  # the same while a file goes in
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "preserve_insertion_order": False, "storage_compatibility_version": "v1.5.0",
}  # fmt: skip
WAIT = 10.0  # seconds that a second writer waits for the first


class Record:
    """The open system of record. Use it as a context manager; one writer at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Home) -> None:
        self.sql = connection
        self.home = home

    @classmethod
    def open(cls, home: Home, *, wait: float | None = None, as_it_is: bool = False) -> Self:
        """Open or create the record of a home; one of an earlier layout is brought to today's.

        With `as_it_is` it keeps its layout, for who only counts in it. StoreProblem when another
        process holds it for longer than `wait` seconds (WAIT where none are given), when the disk
        is full, or when the file is no record that this version reads. UsageProblem in a home that
        follows another.
        """
        if home.follows.exists():
            raise UsageProblem(
                f"{home.root} follows another home. Files are loaded and corrected there."
            )
        home.make()
        connection = _connect(home, WAIT if wait is None else wait)
        record = cls(connection, home)
        try:
            if record._bring_up(as_it_is):
                with record.transaction():
                    record._prepare()
        except BaseException:
            connection.close()
            raise
        return record

    def _bring_up(self, as_it_is: bool) -> bool:
        """Whether the record has today's layout, or is new; brings it there unless told not to."""
        layout, place = upgrade.layout_of(self.sql), self.home.record
        if layout is None or layout == schema.VERSION:
            return True
        upgrade.must_be_known(place, layout)
        if as_it_is:
            return False
        try:
            with upgrade.kept(self.sql, place, layout), self.transaction():
                upgrade.bring_up(self.sql, layout)
                upgrade.must_be_the_same(self.sql, place)
        except duckdb.Error as error:
            raise _store_problem(error, self.home) from error
        except OSError as error:
            raise StoreProblem(
                f"{place} has an earlier layout ({layout}), and the copy that is kept of it before "
                "it is brought to today's can't be written. Free some space, and try again."
            ) from error
        return True

    def _prepare(self) -> None:
        for statement in schema.all_tables():
            self.sql.execute(statement)
        if upgrade.layout_of(self.sql) is None:
            self.sql.execute("INSERT INTO meta VALUES ('schema', ?)", [str(schema.VERSION)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sql.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """All or nothing: any exception rolls back, a full disk becomes one clear sentence."""
        self.sql.execute("BEGIN")
        try:
            yield self.sql
            self.sql.execute("COMMIT")
        except duckdb.Error as error:
            self._rollback()
            raise _store_problem(error, self.home) from error
        except BaseException:
            self._rollback()
            raise

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One thread for what is inserted piece by piece.

        Two would leave row groups half full, to be written again when the store is closed: that
        costs half as much again, and the file is half as large again.
        """
        self.sql.execute("SET threads = 1")
        try:
            yield
        finally:
            with suppress(duckdb.Error):  # a store that failed for good says so itself
                self.sql.execute("RESET threads")

    @contextmanager
    def sparing(self) -> Iterator[None]:
        """Little memory while pieces go in; what is settled between them needs all of it again.

        More would fill with blocks that are written already, the more of them the longer the file.
        """
        self.sql.execute(f"SET memory_limit = '{PIECEWISE}'")
        try:
            yield
        finally:
            with suppress(duckdb.Error):
                self.sql.execute(f"SET memory_limit = '{MEMORY}'")

    def _rollback(self) -> None:
        # After a failed COMMIT the engine has already rolled back, and says so with an error.
        try:
            self.sql.execute("ROLLBACK")
        except duckdb.Error:
            return

    def rows(self, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query, fetched whole. StoreProblem when the store can't answer."""
        try:
            return self.sql.execute(query, parameters or []).fetchall()
        except duckdb.FatalException as error:
            raise _store_problem(error, self.home) from error

    def next_event(self) -> int:
        """The number of the event that the running transaction writes."""
        return int(self.rows("SELECT coalesce(max(event), 0) + 1 FROM loads")[0][0])

    def find(
        self, sha256: str, part: str | None, profile: str, context: str | None = None
    ) -> int | None:
        """The load of exactly these bytes under this profile, if one stands; undone ones don't.

        `context` is what the file's name or an option told: the same bytes under another date are
        another count.
        """
        found = self.rows(
            "SELECT max(event) FROM loads WHERE what = 'load' AND sha256 = ? AND profile = ? "
            "AND part IS NOT DISTINCT FROM ? AND context IS NOT DISTINCT FROM ? "
            "AND event NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL)",
            [sha256, profile, part, context],
        )
        event: int | None = found[0][0]
        return event

    def waiting(self, sha256: str) -> bool:
        """Whether a standing load of these bytes set records aside."""
        found = self.rows(
            "SELECT coalesce(sum(quarantined), 0) FROM loads WHERE what = 'load' AND sha256 = ? "
            "AND event NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL)",
            [sha256],
        )
        return bool(found[0][0])

    def confirm(self, event: int) -> None:
        """Read an event back after its commit; StoreProblem when it isn't there."""
        if not self.rows("SELECT 1 FROM loads WHERE event = ?", [event]):
            raise StoreProblem(
                f"{self.home.record.name} did not keep load {event} although it said so. "
                "Load the file again; if that doesn't help, restore the record from a backup."
            )


def now() -> datetime:
    """The moment of an event, in UTC without zone, as the ledger keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _connect(home: Home, wait: float) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + wait
    while True:
        try:
            sql = duckdb.connect(str(home.record), config=CONFIG)
            sql.execute("SET enable_progress_bar = false")  # it would be drawn into the answer
            sql.execute(f"SET memory_limit = '{MEMORY}'")
            # To find symbols that texts share costs a tenth of all writing, and saves little: most
            # texts repeat as a whole, and a dictionary holds those.
            sql.execute("SET disabled_compression_methods = 'fsst'")
            return sql
        except duckdb.Error as error:
            if not _locked(error) or time.monotonic() > deadline:
                raise _store_problem(error, home) from error
            time.sleep(0.2)


def _locked(error: duckdb.Error) -> bool:
    return "Could not set lock" in str(error) or "being used by another process" in str(error)


FULL = "No space left", "File too large", "Could not write file", "quota exceeded"


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk has no room left."""
    return any(sign in str(error) for sign in FULL)


def _store_problem(error: duckdb.Error, home: Home) -> StoreProblem:
    text, place = str(error), home.record
    if _locked(error):
        holder = text.partition("(PID ")[2].partition(")")[0]
        who = f"process {holder}" if holder else "another process"
        return StoreProblem(
            f"{place} is being written to by {who}. Wait until it has finished, and try again."
        )
    if is_full(error):
        return StoreProblem(
            f"The disk that holds {place} is full; nothing of the work at hand was kept. "
            "Free some space, and try again."
        )
    if "not a valid DuckDB database" in text or "Serialization" in text:
        return StoreProblem(
            f"{place} is no record of Rounds, or was damaged. Restore it from a backup."
        )
    return StoreProblem(
        f"{place} refused the work ({type(error).__name__}), and nothing was changed. "
        "Try again; if that doesn't help, restore it from a backup."
    )
