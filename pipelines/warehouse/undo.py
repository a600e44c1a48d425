"""How a load is withdrawn: its rows give way, what they replaced returns, the ledger keeps both."""

from __future__ import annotations

import duckdb

from pipelines.errors import UsageProblem
from pipelines.feeds import FEEDS, Feed, Policy
from pipelines.warehouse.record import Record, now
from pipelines.warehouse.schema import quoted


def undo(record: Record, load: int) -> int:
    """Withdraw a load and its corrections; return the event of the undo.

    What a row gives way to is what the load itself went by: the ledger keeps its policies.

    Rows that the load had superseded come back as copies believed since this event, so that every
    earlier vintage still shows what was shown then. UsageProblem when there is no such load, or
    it was withdrawn before.
    """
    with record.transaction() as sql:
        _must_stand(record, load)
        for each in (*_corrections(record, load), load):
            event = _undo(record, sql, each)
    record.confirm(event)
    return event


def _corrections(record: Record, load: int) -> list[int]:
    """The corrections of a load that stand, the latest first."""
    found = record.rows(
        "SELECT event FROM loads WHERE corrects = ? AND event NOT IN "
        "(SELECT undoes FROM loads WHERE undoes IS NOT NULL) ORDER BY event DESC",
        [load],
    )
    return [event for (event,) in found]


def _undo(record: Record, sql: duckdb.DuckDBPyConnection, load: int) -> int:
    event = record.next_event()
    [(policies,)] = record.rows("SELECT policies FROM loads WHERE event = ?", [load])
    for feed, policy in policies.items():
        _withdraw(sql, FEEDS[feed], Policy(policy), load, event)
    sql.execute(
        "INSERT INTO loads (event, moment, what, undoes) VALUES (?, ?, 'undo', ?)",
        [event, now(), load],
    )
    return event


def _must_stand(record: Record, load: int) -> None:
    found = record.rows("SELECT what FROM loads WHERE event = ?", [load])
    if not found or found[0][0] != "load":
        raise UsageProblem(f"There is no load {load}. `rounds status` lists the loads.")
    if record.rows("SELECT 1 FROM loads WHERE undoes = ?", [load]):
        raise UsageProblem(f"Load {load} was withdrawn before; nothing was changed.")


def _withdraw(
    sql: duckdb.DuckDBPyConnection, feed: Feed, policy: Policy, load: int, event: int
) -> None:
    table = f"fact_{feed.name}"
    same = ("system", *feed.key) if policy is Policy.UPSERT else ("system", "slice")
    match = " AND ".join(f"f.{quoted(c)} IS NOT DISTINCT FROM g.{quoted(c)}" for c in same)
    gone = f"SELECT DISTINCT {', '.join(map(quoted, same))} FROM {table} WHERE load = {load} "
    sql.execute(f"CREATE OR REPLACE TEMP TABLE gone AS {gone} AND superseded_in IS NULL")
    sql.execute(
        f"UPDATE {table} SET superseded_in = {event} WHERE load = {load} AND superseded_in IS NULL"
    )
    columns = ", ".join(map(quoted, (*feed.names, "system", "slice")))
    partition = ", ".join(f"f.{quoted(c)}" for c in same)
    # The best standing load of each slice or key (a correction speaks for the load that it
    # corrects), and each of its rows once, if it doesn't stand anyway: a row that came back before
    # is more than once in the table. A load also states what was recognised in it as
    # known already, and must speak for it when the load that had stated it first is withdrawn.
    stated = (
        f"SELECT * FROM {table} UNION ALL BY NAME SELECT t.* REPLACE (d.load AS load, "
        f"d.record AS record) FROM {table} t JOIN duplicates d ON d.of_load = t.load "
        "AND d.of_record = t.record AND d.load <> d.of_load"
    )
    sql.execute(
        f"INSERT INTO {table} ({columns}, load, record, fact, loaded_in, superseded_in) "
        f"SELECT {columns}, load, record, fact, {event}, NULL FROM ("
        f"  SELECT f.*, l.file_order, row_number() OVER (PARTITION BY f.load, f.record, f.fact) n, "
        f"  dense_rank() OVER (PARTITION BY {partition} "
        f"    ORDER BY l.file_order DESC NULLS LAST, coalesce(l.corrects, l.event) DESC) AS rank "
        f"  FROM ({stated}) f JOIN gone g ON {match} JOIN loads l ON l.event = f.load "
        f"  WHERE f.load NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL) "
        f"  AND f.load <> {load}) r WHERE rank = 1 AND n = 1 AND NOT EXISTS (SELECT 1 "
        f"    FROM {table} s WHERE s.load = r.load AND s.record = r.record AND s.fact = r.fact "
        f"    AND s.superseded_in IS NULL)"
    )
    sql.execute("DROP TABLE gone")
