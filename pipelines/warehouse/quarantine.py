"""What the read model tells of records that were set aside: which wait, of which file, and why."""

from __future__ import annotations

import polars as pl

from pipelines.warehouse.reader import Reader

_WAITS = (
    "FROM waiting w JOIN quarantine q ON q.load = w.last AND q.record = w.record "
    "JOIN loads l ON l.event = w.load WHERE ? IS NULL OR w.load = ?"
)


def by_reason(reader: Reader, load: int | None = None) -> pl.DataFrame:
    """(load, path, part, profile, column, reason, records) of the records that wait.

    A record with two reasons counts under each.
    """
    return reader.query(
        "SELECT w.load, l.path, l.part, l.profile, q.column, q.reason, "
        f"count(DISTINCT w.record) AS records {_WAITS} GROUP BY ALL "
        "ORDER BY w.load, records DESC, q.column, q.reason",
        [load, load],
    )


def waiting_rows(reader: Reader, load: int | None = None) -> pl.DataFrame:
    """Every record that waits, a row a reason.

    (load, record, last, path, part, profile, reason, column, cells, memo); `last` is the load that
    holds the latest cells, `cells` and `memo` are lists of keys and values.
    """
    return reader.query(
        "SELECT w.load, w.record, w.last, l.path, l.part, l.profile, q.reason, q.column, q.cells, "
        f"q.memo {_WAITS} ORDER BY w.load, w.record, q.column, q.reason",
        [load, load],
    )


def waiting_counts(reader: Reader) -> dict[int, int]:
    """How many records of each load still wait."""
    found = reader.query("SELECT load, count(*) AS n FROM waiting GROUP BY load")
    return {int(load): int(n) for load, n in found.iter_rows()}
