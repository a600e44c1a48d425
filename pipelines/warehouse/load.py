"""How a table enters the record: piece by piece in one transaction, tied before it commits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import duckdb
import polars as pl

from pipelines.errors import StoreProblem
from pipelines.feeds import FEEDS, Feed, Policy
from pipelines.warehouse.batch import Batch, Head, Loaded, Money
from pipelines.warehouse.lend import Lender
from pipelines.warehouse.record import Record, now
from pipelines.warehouse.schema import quoted

NOUGHT = Decimal("0.0000")


def load(record: Record, head: Head, batches: Iterable[Batch]) -> Loaded:
    """Load the pieces of a table, all of them or none.

    StoreProblem when the counts or the money don't tie, or the store refuses. Whatever `batches`
    raises leaves nothing behind.
    """
    with record.alone(), record.transaction() as sql:
        entry = Entry(sql, head, record.next_event())
        with record.sparing():
            for batch in batches:
                entry.add(batch)
        loaded = entry.finish()
    record.confirm(loaded.event)
    return loaded


class Entry:
    """A load in the making: facts go in as they come, and what they replace is settled last."""

    def __init__(self, sql: duckdb.DuckDBPyConnection, head: Head, event: int) -> None:
        self.sql = sql
        self.head = head
        self.event = event
        self.records = self.accepted = self.furniture = 0
        self.refused = self.doubled = 0
        self.unreadable = 0
        self.sums = dict.fromkeys(("read", "accepted", "duplicate", "quarantined"), NOUGHT)
        self.rows = dict.fromkeys(head.policy, 0)
        self.order: str | None = None
        self.decided: dict[str, str] = {}
        self.lent = Lender(sql).lent
        self.held = {feed: self._holds(feed) for feed in head.policy}
        # Only where every feed is upserted may a record be known already: a replaced slice is
        # restated as a whole.
        self.may_be_known = all(
            policy is Policy.UPSERT and self.held[feed] for feed, policy in head.policy.items()
        )
        if self.may_be_known:
            sql.execute(
                "CREATE OR REPLACE TEMP TABLE amounts (record UINTEGER, amount DECIMAL(38,4))"
            )

    def _holds(self, feed: str) -> bool:
        """Whether rows of the head's system stand in a feed."""
        query = f"SELECT 1 FROM fact_{feed} WHERE system = ? AND superseded_in IS NULL LIMIT 1"
        return self.sql.execute(query, [self.head.system]).fetchone() is not None

    def add(self, batch: Batch) -> None:
        """Take in one piece: its facts, and what of it does not load."""
        for feed, facts in batch.facts.items():
            self.rows[feed] += self._insert(feed, facts)
        for table, frame in (
            ("quarantine", batch.quarantine),
            ("furniture", batch.furniture),
            ("mentions", batch.mentions),
            ("totals", batch.totals),
            ("duplicates", batch.duplicates.with_columns(of_load=pl.lit(self.event, pl.Int32))),
        ):
            self._append(table, frame)
        if len(batch.withdrawn):
            self.withdraw(batch.withdrawn)
        if self.may_be_known and batch.amounts.height and not len(batch.withdrawn):
            self._append("amounts", batch.amounts, with_load=False)
        self.decided |= batch.decided
        if self.head.corrects is not None:
            self._append("corrections", self._corrected(batch))
        if batch.order is not None:
            self.order = max(batch.order, self.order or batch.order)
        self._count(batch)

    def _insert(self, feed: str, facts: pl.DataFrame) -> int:
        if not facts.height:
            return 0
        # What a file states nothing of needs no work: the store fills it with null.
        stated = [c for c in (*FEEDS[feed].names, "slice") if facts[c].null_count() < len(facts)]
        columns = ", ".join(quoted(c) for c in (*stated, "record", "fact", "system"))
        with self.lent(f"new_{feed}", facts) as stage:
            inserted = self.sql.execute(
                f"INSERT INTO fact_{feed} ({columns}, load, loaded_in) "
                f"SELECT {columns}, {self.event}, {self.event} FROM {stage}"
            ).fetchone()
        return int(inserted[0]) if inserted else 0

    def _append(self, table: str, frame: pl.DataFrame, *, with_load: bool = True) -> None:
        if not frame.height:
            return
        columns = ", ".join(quoted(c) for c in frame.columns)
        picked = columns
        for name in ("cells", "memo"):
            picked = picked.replace(f'"{name}"', f"map_from_entries({name})")
        into, given = (f"load, {columns}", f"{self.event}, {picked}") if with_load else (
            columns, picked,
        )  # fmt: skip
        with self.lent(f"new_{table}", frame) as stage:
            self.sql.execute(f"INSERT INTO {table} ({into}) SELECT {given} FROM {stage}")

    def _corrected(self, batch: Batch) -> pl.DataFrame:
        """(record, of_load) of every record of a correction, whatever became of it."""
        facts = [rows["record"] for rows in batch.facts.values()]
        away = [batch.silent, batch.quarantine["record"], batch.duplicates["record"]]
        records = pl.concat([*facts, *away]).unique()
        return pl.DataFrame({"record": records}).with_columns(
            of_load=pl.lit(self.head.corrects, pl.Int32)
        )

    def _count(self, batch: Batch) -> None:
        """Count a piece's records and money by where they ended.

        Accepted is counted from the facts themselves, not by subtraction: the sum must be a check.
        """
        refused = batch.quarantine["record"].unique()
        doubled = batch.duplicates["record"].unique()
        again = batch.withdrawn
        standing = [facts["record"] for facts in batch.facts.values()]
        accepted = pl.concat([*standing, batch.silent]).unique()
        self.records += batch.records
        self.furniture += batch.furniture["record"].n_unique()
        self.refused += len(refused)
        self.doubled += len(doubled)
        self.accepted += len(accepted) - len(again)
        self.unreadable += batch.unreadable
        amounts = batch.amounts
        if not amounts.height:
            return
        away = {"quarantined": refused, "duplicate": doubled, "again": again}
        parted = {name: _total(_of(amounts, records)) for name, records in away.items()}
        self.sums["quarantined"] += parted["quarantined"]
        self.sums["duplicate"] += parted["duplicate"]
        if len(again):
            self.sums["accepted"] -= parted["again"]
            return
        self.sums["read"] += _total(amounts)
        self.sums["accepted"] += _total(_of(amounts, accepted))

    def withdraw(self, records: pl.Series) -> None:
        """Take back facts of this load: their records turned out to be duplicates or refused."""
        with self.lent("withdrawn", pl.DataFrame({"record": records})) as stage:
            for feed in self.head.policy:
                gone = self.sql.execute(
                    f"DELETE FROM fact_{feed} WHERE load = {self.event} "
                    f"AND record IN (SELECT record FROM {stage})"
                ).fetchone()
                self.rows[feed] -= int(gone[0]) if gone else 0

    def finish(self) -> Loaded:
        """Settle what was known, what gives way and what is outdated; tie and write the ledger."""
        if self.may_be_known:
            self._known()
        superseded = sum(self._supersede(feed) for feed in self.head.policy)
        if self.order is not None or self.head.corrects is not None:
            for feed in self.head.policy:
                self._outdate(FEEDS[feed])
        sums = self.sums
        loaded = Loaded(
            event=self.event,
            records=self.records,
            accepted=self.accepted,
            duplicate=self.doubled,
            quarantined=self.refused,
            furniture=self.furniture,
            superseded=superseded,
            rows=self.rows,
            money=Money(**sums, unreadable=self.unreadable) if self.head.has_money else None,
        )
        if not loaded.ties or not self._kept():
            raise StoreProblem(
                f"{self.head.path}: its records or its money don't tie, so nothing was loaded. "
                "This is a fault of Rounds: please report it with the file's layout."
            )
        self._write_ledger(loaded)
        return loaded

    def _kept(self) -> bool:
        """Whether the store holds as many of the load's rows as it said."""
        return all(
            self.sql.execute(f"SELECT count(*) FROM fact_{feed} WHERE load = {self.event}")
            .fetchall()[0][0] == rows
            for feed, rows in self.rows.items()
        )  # fmt: skip

    def _known(self) -> None:
        """Records all of whose facts stand already, word for word, are duplicates."""
        matches = " UNION ALL ".join(
            f"SELECT s.record, f.load, f.record AS of_record FROM "
            f"(SELECT * FROM fact_{name} WHERE load = {self.event}) s "
            f"LEFT JOIN fact_{name} f ON f.superseded_in IS NULL AND f.load <> {self.event} "
            f"AND {_same_key(FEEDS[name])} AND {_same_values(FEEDS[name])}"
            for name in self.head.policy
        )
        self.sql.execute(
            "CREATE OR REPLACE TEMP TABLE repeats AS "
            f"SELECT record, min(load) AS of_load, min(of_record) AS of_record FROM ({matches}) "
            "GROUP BY record HAVING count(load) = count(*)"
        )
        self.sql.execute(
            f"INSERT INTO duplicates (load, record, of_load, of_record) "
            f"SELECT {self.event}, record, of_load, of_record FROM repeats"
        )
        known, money = self.sql.execute(
            "SELECT count(*), coalesce(sum(amount), 0) FROM repeats LEFT JOIN amounts "
            "USING (record)"
        ).fetchall()[0]
        if known:
            arrow = self.sql.execute("SELECT record FROM repeats").to_arrow_table()
            self.withdraw(pl.DataFrame(pl.from_arrow(arrow))["record"])
        self.accepted -= known
        self.doubled += known
        self.sums["accepted"] -= money
        self.sums["duplicate"] += money
        self.sql.execute("DROP TABLE repeats")
        self.sql.execute("DROP TABLE amounts")

    def _gives_way(self, feed: Feed) -> str:
        """The condition under which a standing row `f` and a new row `s` speak of one thing."""
        if self.head.policy[feed.name] is Policy.UPSERT:
            return _same_key(feed)
        return "f.system = s.system AND f.slice = s.slice"

    def _later(self) -> str:
        """Loads that speak after this one: what they say stands.

        Those of files that carry a later order; for a correction also those that came after the
        load that it corrects, unless their order is an earlier one.
        """
        profile, order = (text.replace("'", "''") for text in (self.head.profile, self.order or ""))
        after = ["false"]
        if self.order is not None:
            after.append(f"profile = '{profile}' AND file_order > '{order}'")
        if self.head.corrects is not None:
            earlier = f"profile = '{profile}' AND file_order < '{order}'" if order else "false"
            after.append(
                f"coalesce(corrects, event) > {self.head.corrects} "
                f"AND NOT coalesce({earlier}, false)"
            )
        return (
            f"SELECT event FROM loads WHERE ({' OR '.join(f'({a})' for a in after)}) "
            "AND event NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL)"
        )

    def _spoken_for(self) -> str:
        """Whether a later load states the row `f`, itself or by a record recognised as known."""
        later = self._later()
        return (
            f"(f.load IN ({later}) OR (f.load, f.record) IN "
            f"(SELECT (of_load, of_record) FROM duplicates WHERE load IN ({later})))"
        )

    def _supersede(self, name: str) -> int:
        if not self.rows[name] or not self.held[name]:
            return 0
        if self.head.policy[name] is Policy.REPLACE:
            new = "SELECT DISTINCT system, slice"
        else:
            new = f"SELECT system, {', '.join(map(quoted, FEEDS[name].key))}"
        same = self._gives_way(FEEDS[name])
        if self.head.policy[name] is Policy.REPLACE and self.head.corrects is not None:
            # A corrected record joins the slice of its file.
            same += (
                " AND f.load NOT IN (SELECT event FROM loads "
                f"WHERE coalesce(corrects, event) = {self.head.corrects})"
            )
        changed = self.sql.execute(
            f"UPDATE fact_{name} f SET superseded_in = {self.event} "
            f"FROM ({new} FROM fact_{name} WHERE load = {self.event}) s "
            f"WHERE {same} AND f.superseded_in IS NULL "
            f"AND f.load <> {self.event} AND NOT {self._spoken_for()}"
        ).fetchone()
        return int(changed[0]) if changed else 0

    def _outdate(self, feed: Feed) -> None:
        """New rows that a later file already speaks for enter as superseded."""
        self.sql.execute(
            f"UPDATE fact_{feed.name} s SET superseded_in = {self.event} "
            f"WHERE s.load = {self.event} AND EXISTS (SELECT 1 FROM fact_{feed.name} f "
            f"WHERE {self._gives_way(feed)} AND f.superseded_in IS NULL "
            f"AND {self._spoken_for()})"
        )

    def _write_ledger(self, loaded: Loaded) -> None:
        head, money = self.head, loaded.money
        sums = (
            [money.read, money.accepted, money.duplicate, money.quarantined, money.unreadable]
            if money
            else [None] * 5
        )
        values = [
            loaded.event, now(), "load", None, head.sha256, head.path, head.part, head.profile,
            head.system, head.encoding, head.delimiter, self.order, head.context, loaded.records,
            loaded.accepted, loaded.duplicate, loaded.quarantined, loaded.furniture,
            loaded.superseded, loaded.rows, {f: str(p) for f, p in head.policy.items()}, *sums,
            head.corrects, self.decided,
        ]  # fmt: skip
        self.sql.execute(f"INSERT INTO loads VALUES ({', '.join('?' * len(values))})", values)


def _same_key(feed: Feed) -> str:
    pairs = (f"f.{quoted(k)} IS NOT DISTINCT FROM s.{quoted(k)}" for k in feed.key)
    return " AND ".join(("f.system = s.system", *pairs))


def _same_values(feed: Feed) -> str:
    rest = [name for name in feed.names if name not in feed.key]
    return " AND ".join(f"f.{quoted(n)} IS NOT DISTINCT FROM s.{quoted(n)}" for n in rest)


def _of(amounts: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    if not len(records):
        return amounts.clear()
    return amounts.filter(pl.col("record").is_in(records.implode()))


def _total(amounts: pl.DataFrame) -> Decimal:
    return Decimal(amounts["amount"].sum() or NOUGHT)
