"""How a batch enters the record: one transaction, counted and tied before it commits."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import polars as pl

from pipelines.errors import StoreProblem
from pipelines.feeds import FEEDS, Feed, Policy
from pipelines.warehouse.batch import Batch, Loaded, Money
from pipelines.warehouse.record import Record, now
from pipelines.warehouse.schema import quoted


def load(record: Record, batch: Batch) -> Loaded:
    """Load a batch, whole or not at all.

    Errors: StoreProblem when the counts or the money don't tie, or the store refuses.
    """
    with record.transaction() as sql:
        event = record.next_event()
        _stage(sql, batch)
        repeats = _known_records(sql, batch)
        superseded = sum(_supersede(sql, batch, feed, event) for feed in batch.facts)
        rows = {feed: _insert(sql, batch, feed, event) for feed in batch.facts}
        loaded = _count(batch, event, repeats, superseded, rows)
        if not loaded.ties:
            raise StoreProblem(
                f"{batch.path}: its records or its money don't tie, so nothing was loaded. "
                "This is a fault of Rounds: please report it with the file's layout."
            )
        _write_ledger(sql, batch, loaded, repeats)
        _unstage(sql, batch)
    record.confirm(event)
    return loaded


def _stage(sql: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    for feed, facts in batch.facts.items():
        sql.register(f"stage_{feed}", facts.to_arrow())


def _unstage(sql: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    for feed in batch.facts:
        sql.unregister(f"stage_{feed}")
    sql.execute("DROP TABLE IF EXISTS repeats")


def _known_records(sql: duckdb.DuckDBPyConnection, batch: Batch) -> pl.DataFrame:
    """Records all of whose facts stand already, word for word: (record, of_load, of_record).

    Only where every feed is upserted: a replaced slice is restated as a whole.
    """
    sql.execute(
        "CREATE OR REPLACE TEMP TABLE repeats (record UINTEGER, of_load INTEGER, of_record INTEGER)"
    )
    if all(policy is Policy.UPSERT for policy in batch.policy.values()) and batch.facts:
        matches = " UNION ALL ".join(
            f"SELECT s.record, f.load, f.record AS of_record FROM stage_{name} s "
            f"LEFT JOIN fact_{name} f ON f.superseded_in IS NULL AND {_same_key(FEEDS[name])} "
            f"AND {_same_values(FEEDS[name])}"
            for name in batch.facts
        )
        sql.execute(
            f"INSERT INTO repeats SELECT record, min(load), min(of_record) FROM ({matches}) "
            "GROUP BY record HAVING count(load) = count(*)"
        )
    arrow = sql.execute("SELECT record, of_load, of_record FROM repeats").to_arrow_table()
    return pl.DataFrame(pl.from_arrow(arrow))


def _same_key(feed: Feed) -> str:
    pairs = (f"f.{quoted(k)} IS NOT DISTINCT FROM s.{quoted(k)}" for k in feed.key)
    return " AND ".join(("f.system = s.system", *pairs))


def _same_values(feed: Feed) -> str:
    rest = [name for name in feed.names if name not in feed.key]
    return " AND ".join(f"f.{quoted(n)} IS NOT DISTINCT FROM s.{quoted(n)}" for n in rest)


def _gives_way(batch: Batch, feed: Feed) -> str:
    """The condition under which a standing row `f` and a new row `s` speak of the same thing."""
    if batch.policy[feed.name] is Policy.UPSERT:
        return _same_key(feed)
    return "f.system = s.system AND f.slice = s.slice"


def _later(batch: Batch) -> str:
    """Loads that speak after the batch: what they say stands.

    Those of files that carry a later order; for a correction also those that came after the load
    that it corrects, unless their order is an earlier one.
    """
    profile, order = (text.replace("'", "''") for text in (batch.profile, batch.order or ""))
    after = ["false"]
    if batch.order is not None:
        after.append(f"profile = '{profile}' AND file_order > '{order}'")
    if batch.corrects is not None:
        earlier = f"profile = '{profile}' AND file_order < '{order}'" if batch.order else "false"
        after.append(
            f"coalesce(corrects, event) > {batch.corrects} AND NOT coalesce({earlier}, false)"
        )
    return (
        f"SELECT event FROM loads WHERE ({' OR '.join(f'({a})' for a in after)}) "
        "AND event NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL)"
    )


def _supersede(sql: duckdb.DuckDBPyConnection, batch: Batch, name: str, event: int) -> int:
    same = _gives_way(batch, FEEDS[name])
    slices = batch.policy[name] is Policy.REPLACE
    staged = f"(SELECT DISTINCT system, slice FROM stage_{name})" if slices else f"stage_{name}"
    if slices and batch.corrects is not None:
        # A corrected record joins the slice of its file.
        same += (
            " AND f.load NOT IN (SELECT event FROM loads "
            f"WHERE coalesce(corrects, event) = {batch.corrects})"
        )
    changed = sql.execute(
        f"UPDATE fact_{name} f SET superseded_in = {event} FROM {staged} s "
        f"WHERE {same} AND f.superseded_in IS NULL AND f.load NOT IN ({_later(batch)}) "
        + ("" if slices else "AND s.record NOT IN (SELECT record FROM repeats)")
    ).fetchone()
    return int(changed[0]) if changed else 0


def _insert(sql: duckdb.DuckDBPyConnection, batch: Batch, name: str, event: int) -> int:
    """Insert the new rows; those that a later file already speaks for enter as superseded."""
    feed = FEEDS[name]
    columns = ", ".join(quoted(c) for c in (*feed.names, "system", "slice"))
    outdated = (
        f"CASE WHEN EXISTS (SELECT 1 FROM fact_{name} f WHERE {_gives_way(batch, feed)} "
        f"AND f.superseded_in IS NULL AND f.load IN ({_later(batch)})) THEN {event} END"
        if batch.order is not None or batch.corrects is not None
        else "NULL"
    )
    inserted = sql.execute(
        f"INSERT INTO fact_{name} ({columns}, load, record, fact, loaded_in, superseded_in) "
        f"SELECT {columns}, {event}, record, fact, {event}, {outdated} FROM stage_{name} s "
        "WHERE record NOT IN (SELECT record FROM repeats)"
    ).fetchone()
    return int(inserted[0]) if inserted else 0


def _count(
    batch: Batch, event: int, repeats: pl.DataFrame, superseded: int, rows: dict[str, int]
) -> Loaded:
    refused = batch.quarantine["record"].unique()
    doubled = pl.concat([batch.duplicates["record"], repeats["record"]]).unique()
    away = {
        "furniture": batch.furniture["record"].unique(),
        "quarantined": refused,
        "duplicate": doubled,
    }
    # Accepted is counted from the facts themselves, not by subtraction: the sum must be a check.
    accepted = _accepted(batch, repeats)
    return Loaded(
        event=event,
        records=batch.records,
        accepted=len(accepted),
        duplicate=len(away["duplicate"]),
        quarantined=len(away["quarantined"]),
        furniture=len(away["furniture"]),
        superseded=superseded,
        rows=rows,
        money=_money(batch, accepted, doubled, refused) if batch.has_money else None,
    )


def _accepted(batch: Batch, repeats: pl.DataFrame) -> pl.Series:
    seen = [facts["record"] for facts in batch.facts.values()] + [batch.silent]
    records = pl.concat(seen).unique()
    return records.filter(~records.is_in(repeats["record"].implode()))


def _money(batch: Batch, accepted: pl.Series, doubled: pl.Series, refused: pl.Series) -> Money:
    def total(records: pl.Series | None) -> Decimal:
        amounts = batch.amounts
        if records is not None:
            amounts = amounts.filter(pl.col("record").is_in(records.implode()))
        return Decimal(amounts["amount"].sum() or Decimal("0.0000"))

    return Money(total(None), total(accepted), total(doubled), total(refused), batch.unreadable)


def _write_ledger(
    sql: duckdb.DuckDBPyConnection, batch: Batch, loaded: Loaded, repeats: pl.DataFrame
) -> None:
    money = loaded.money
    sums = (
        [money.read, money.accepted, money.duplicate, money.quarantined, money.unreadable]
        if money
        else [None] * 5
    )
    values = [
        loaded.event, now(), "load", None, batch.sha256, batch.path, batch.part, batch.profile,
        batch.system, batch.encoding, batch.delimiter, batch.order, batch.context, loaded.records,
        loaded.accepted, loaded.duplicate, loaded.quarantined, loaded.furniture,
        loaded.superseded, loaded.rows, {f: str(p) for f, p in batch.policy.items()}, *sums,
        batch.corrects, batch.decided,
    ]  # fmt: skip
    sql.execute(f"INSERT INTO loads VALUES ({', '.join('?' * len(values))})", values)
    for table, frame in (
        ("quarantine", batch.quarantine),
        ("furniture", batch.furniture),
        ("mentions", batch.mentions),
    ):
        _append(sql, table, frame, loaded.event)
    if batch.corrects is not None:
        records = [batch.silent, *(f["record"] for f in batch.facts.values())]
        records += [t["record"] for t in (batch.quarantine, batch.duplicates, repeats)]
        corrected = pl.DataFrame({"record": pl.concat(records).unique()})
        of_load = pl.lit(batch.corrects, pl.Int32)
        _append(sql, "corrections", corrected.with_columns(of_load=of_load), loaded.event)
    doubles = batch.duplicates.with_columns(of_load=pl.lit(loaded.event, pl.Int32))
    doubles = doubles.select("record", "of_load", pl.col("of_record").cast(pl.Int32))
    _append(sql, "duplicates", pl.concat([doubles, repeats.select(doubles.columns)]), loaded.event)


def _append(sql: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame, event: int) -> None:
    if frame.height:
        sql.register("appended", frame.to_arrow())
        columns = ", ".join(quoted(c) for c in frame.columns)
        picked = columns
        for name in ("cells", "memo"):
            picked = picked.replace(f'"{name}"', f"map_from_entries({name})")
        sql.execute(f"INSERT INTO {table} (load, {columns}) SELECT {event}, {picked} FROM appended")
        sql.unregister("appended")
