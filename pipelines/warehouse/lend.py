"""Frames lent to the store within a transaction, so that it keeps none of them.

What DuckDB is given with `register` while a transaction runs, it holds until the end: the pieces of
a long table would all stay in memory. So one object is registered for each name, and lends the
frame of the moment whenever the store reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import polars as pl


class _Shelf:
    """What the store knows by one name: the frame that lies there, as a stream of Arrow."""

    frame: pl.DataFrame | None = None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self.frame is None:
            raise LookupError("nothing is lent by this name any more")
        table = self.frame.to_arrow(compat_level=pl.CompatLevel.newest())
        return table.__arrow_c_stream__(requested_schema)


class Lender:
    """The frames that a connection may read, by name; those of one name have the same columns."""

    def __init__(self, sql: duckdb.DuckDBPyConnection) -> None:
        self._sql = sql
        self._shelves: dict[str, _Shelf] = {}

    @contextmanager
    def lent(self, name: str, frame: pl.DataFrame) -> Iterator[str]:
        """Lend a frame: the name to read it by, which is `name`."""
        if name not in self._shelves:
            self._shelves[name] = _Shelf()
            self._shelves[name].frame = frame
            self._sql.register(name, self._shelves[name])
        shelf = self._shelves[name]
        shelf.frame = frame
        try:
            yield name
        finally:
            shelf.frame = None
