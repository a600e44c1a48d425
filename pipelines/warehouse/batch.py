"""What the ingestion hands to the record: one table of one file, typed, checked and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from pipelines.feeds import Policy

Columns = dict[str, pl.DataType | type[pl.DataType]]

QUARANTINE: Columns = {"record": pl.UInt32, "reason": pl.String, "column": pl.String}
FURNITURE: Columns = {"record": pl.UInt32, "class": pl.String}
AMOUNTS: Columns = {"record": pl.UInt32, "amount": pl.Decimal(38, 4)}
MENTIONS: Columns = {
    "system": pl.String, "site": pl.String, "name": pl.String, "kind": pl.String,
    "region": pl.String,
}  # fmt: skip
DUPLICATES: Columns = {"record": pl.UInt32, "of_record": pl.UInt32}


@dataclass(frozen=True, slots=True)
class Batch:
    """One table, ready to load.

    `facts` holds for each feed its columns, typed, and `record`, `fact`, `slice`.
    `quarantine` (record, reason, column, cells, memo), `furniture` (record, class) and
    `duplicates` (record, of_record: repeats within the file) name the records that don't load.
    `silent` lists accepted records that state no fact (a payroll line with a memo only).
    `amounts` (record, amount) holds the profile's amount of every record but furniture;
    `unreadable` counts amounts that are no number. `has_money` is false where the profile has none.
    `context` is what the file's name, its preamble or an option told about all records.
    `corrects` is the load whose records, set aside then, these are. `decided` is what the whole
    file had to decide: by column the date order or decimal mark, and `@file_month`.
    """

    sha256: str
    path: str
    part: str | None
    profile: str
    system: str
    policy: dict[str, Policy]
    facts: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    furniture: pl.DataFrame
    duplicates: pl.DataFrame
    amounts: pl.DataFrame
    mentions: pl.DataFrame
    silent: pl.Series
    records: int
    has_money: bool
    unreadable: int = 0
    order: str | None = None
    context: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    corrects: int | None = None
    decided: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Money:
    """Sums of the amount column, exact; `unreadable` counts cells that are no number."""

    read: Decimal
    accepted: Decimal
    duplicate: Decimal
    quarantined: Decimal
    unreadable: int = 0

    @property
    def ties(self) -> bool:
        """Whether what was read is what was accepted, recognised or set aside."""
        return self.read == self.accepted + self.duplicate + self.quarantined


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a batch: its event and the counts that the ledger holds."""

    event: int
    records: int
    accepted: int
    duplicate: int
    quarantined: int
    furniture: int
    superseded: int
    rows: dict[str, int] = field(default_factory=dict)
    money: Money | None = None

    @property
    def ties(self) -> bool:
        """Whether every record ended in exactly one place, and the money with it."""
        placed = self.accepted + self.duplicate + self.quarantined + self.furniture
        return self.records == placed and (self.money is None or self.money.ties)
