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
TOTALS: Columns = {
    "record": pl.UInt32, "column": pl.String, "scope": pl.String, "stated": pl.Decimal(38, 4),
    "summed": pl.Decimal(38, 4), "difference": pl.Decimal(38, 4),
}  # fmt: skip
DUPLICATES: Columns = {"record": pl.UInt32, "of_record": pl.UInt32}


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a table before its records are read.

    `policy` holds the policy of every feed that the profile fills. `has_money` is false where the
    profile has no amount. `context` is what the file's name, its preamble or an option told about
    all records. `corrects` is the load whose records, set aside then, these are.
    """

    sha256: str
    path: str
    part: str | None
    profile: str
    system: str
    policy: dict[str, Policy]
    has_money: bool
    context: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A piece of one table, ready to load; most tables are one piece.

    `facts` holds for each feed its columns, typed, and `record`, `fact`, `slice`.
    `quarantine` (record, reason, column, cells, memo), `furniture` (record, class) and
    `duplicates` (record, of_record: repeats within the file) name the records that don't load.
    `silent` lists accepted records that state no fact (a payroll line with a memo only).
    `amounts` (record, amount) holds the profile's amount of every record but furniture;
    `unreadable` counts amounts that are no number.

    `withdrawn` lists records of earlier pieces that do not stand after all, because their key came
    again later in the file; a piece with such records has no others. `totals` holds what the file's
    total rows state, and the sums of the records that they cover. `decided` is what the whole file
    had to decide: by column the date order or decimal mark, and `@file_month`.
    """

    facts: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    furniture: pl.DataFrame
    duplicates: pl.DataFrame
    amounts: pl.DataFrame
    mentions: pl.DataFrame
    silent: pl.Series
    records: int
    unreadable: int = 0
    order: str | None = None
    withdrawn: pl.Series = field(default_factory=lambda: pl.Series("record", [], pl.UInt32))
    totals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TOTALS))
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
