"""Which records that were set aside still wait, and what a corrected one meets in the record.

A load and its corrections are one file: the `root` of a correction is the load that it corrects.
The last of them that holds a record tells whether it waits. It waits no longer when its slice was
stated anew by a later file, or a later file states its key: then that file's word stands.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.feeds import FEEDS, Feed, Policy
from pipelines.warehouse.record import Record
from pipelines.warehouse.schema import quoted

# What parts the texts of a slice; where one is missing, nobody can tell which slice it is.
MARK = "\x1f"

_WAITING = """
WITH alive AS (
  SELECT event, coalesce(corrects, event) AS root, profile, system, file_order, policies
  FROM loads WHERE what = 'load'
    AND event NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL)
), held AS (
  SELECT a.root, q.record, q.load, any_value(q.memo) AS memo
  FROM quarantine q JOIN alive a ON a.event = q.load GROUP BY a.root, q.record, q.load
), tried AS (
  SELECT root, record, load FROM held
  UNION SELECT c.of_load, c.record, c.load FROM corrections c JOIN alive a ON a.event = c.load
), latest AS (
  SELECT root, record, max(load) AS load FROM tried GROUP BY root, record
), open AS (
  SELECT h.root, h.record, h.load, h.memo, h.memo['slice'] AS slice, r.profile, r.system,
    r.file_order, r.policies
  FROM held h JOIN latest l ON l.root = h.root AND l.record = h.record AND l.load = h.load
  JOIN alive r ON r.event = h.root
), stated AS ({stated}),
restated AS (
  SELECT DISTINCT o.root, o.record FROM open o JOIN stated s
    ON s.feed_of = o.root AND s.record = o.record
  JOIN alive b ON b.event = s.load AND b.root <> o.root
  WHERE CASE WHEN b.profile = o.profile AND b.file_order <> o.file_order
    THEN b.file_order > o.file_order ELSE b.root > o.root END
), families AS ({families}),
replaced AS (SELECT root FROM families GROUP BY root HAVING NOT bool_or(stands))
SELECT o.root AS load, o.record, o.load AS last,
  r.record IS NOT NULL OR (p.root IS NOT NULL AND (o.slice IS NULL OR starts_with(o.slice, '{mark}')
    OR ends_with(o.slice, '{mark}') OR contains(o.slice, '{mark}{mark}'))) AS superseded
FROM open o LEFT JOIN restated r ON r.root = o.root AND r.record = o.record
LEFT JOIN replaced p ON p.root = o.root
"""


def waiting_query() -> str:
    """(load, record, last) of the records that wait: `last` is the load with their latest cells."""
    stated = " UNION ALL ".join(
        part for name, feed in FEEDS.items() for part in (_slices(name), _keys(name, feed)) if part
    )
    families = " UNION ALL ".join(
        f"SELECT a.root, f.superseded_in IS NULL AS stands FROM fact_{name} f "
        f"JOIN alive a ON a.event = f.load WHERE a.policies['{name}'] = '{Policy.REPLACE}' "
        "AND a.root IN (SELECT root FROM open)"
        for name in FEEDS
    )
    query = _WAITING.format(stated=stated, families=families, mark=MARK)
    return f"SELECT load, record, last FROM ({query}) WHERE NOT superseded"


def _slices(name: str) -> str:
    """Facts in the slices of records that wait: the load that states one states them anew."""
    return (
        f"SELECT DISTINCT o.root AS feed_of, o.record, f.load FROM open o JOIN fact_{name} f "
        f"ON f.system = o.system AND f.slice = o.slice "
        f"WHERE o.policies['{name}'] = '{Policy.REPLACE}'"
    )


def _keys(name: str, feed: Feed) -> str | None:
    """Facts with the keys of records that wait."""
    if not feed.key:
        return None
    same = " AND ".join(f"CAST(f.{quoted(k)} AS VARCHAR) = o.memo['{name}.{k}']" for k in feed.key)
    return (
        f"SELECT DISTINCT o.root AS feed_of, o.record, f.load FROM open o JOIN fact_{name} f "
        f"ON f.system = o.system AND {same} WHERE o.policies['{name}'] = '{Policy.UPSERT}'"
    )


def waiting(record: Record) -> pl.DataFrame:
    """Every record that waits, a row a reason: load, record, last, reason, column, cells, memo.

    `cells` and `memo` are dictionaries.
    """
    found = record.rows(
        f"SELECT w.load, w.record, w.last, q.reason, q.column, q.cells, q.memo "
        f"FROM ({waiting_query()}) w JOIN quarantine q ON q.load = w.last AND q.record = w.record "
        "ORDER BY w.load, w.record, q.column, q.reason"
    )
    names = ("load", "record", "last", "reason", "column", "cells", "memo")
    kinds = (pl.Int64, pl.Int64, pl.Int64, pl.String, pl.String, pl.Object, pl.Object)
    return pl.DataFrame(found, schema=dict(zip(names, kinds, strict=True)), orient="row")


def contradicted(
    record: Record, facts: Mapping[str, pl.DataFrame], policies: Mapping[str, Policy], root: int
) -> dict[str, list[int]]:
    """By feed, the records of a correction whose key its own file states with other values."""
    found: dict[str, list[int]] = {}
    for name, rows in facts.items():
        feed = FEEDS[name]
        if policies[name] is not Policy.UPSERT or not rows.height:
            continue
        key = " AND ".join(f"f.{quoted(k)} IS NOT DISTINCT FROM s.{quoted(k)}" for k in feed.key)
        rest = [n for n in feed.names if n not in feed.key]
        same = " AND ".join(f"f.{quoted(n)} IS NOT DISTINCT FROM s.{quoted(n)}" for n in rest)
        record.sql.register("corrected", rows.to_arrow())
        told = record.rows(
            f"SELECT DISTINCT s.record FROM corrected s JOIN fact_{name} f "
            f"ON f.system = s.system AND {key} JOIN loads l ON l.event = f.load "
            f"WHERE f.superseded_in IS NULL AND coalesce(l.corrects, l.event) = ? AND NOT ({same})",
            [root],
        )
        record.sql.unregister("corrected")
        found[name] = [number for (number,) in told]
    return found


def largest(record: Record, name: str, column: str, row: Mapping[str, object]) -> int:
    """The largest number that a counted column has beside the rest of a row's key; 0 for none."""
    others = [k for k in FEEDS[name].key if k != column]
    same = "".join(f" AND {quoted(k)} IS NOT DISTINCT FROM ?" for k in others)
    [(number,)] = record.rows(
        f"SELECT max(TRY_CAST({quoted(column)} AS BIGINT)) FROM fact_{name} WHERE system = ?{same}",
        [row["system"], *(row[k] for k in others)],
    )
    return int(number or 0)


def entered_late(record: Record, load: int) -> list[int]:
    """The records of a correction all of whose facts a later file had already spoken for."""
    parts = " UNION ALL ".join(
        f"SELECT record, loaded_in, superseded_in FROM fact_{name} WHERE load = {load}"
        for name in FEEDS
    )
    found = record.rows(
        f"SELECT record FROM ({parts}) GROUP BY record "
        "HAVING bool_and(superseded_in IS NOT DISTINCT FROM loaded_in)"
    )
    return [number for (number,) in found]
