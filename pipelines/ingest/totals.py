"""Total rows as checksums: what a total states against the sum of the records that it covers.

A total never enters a sum. It is compared, exactly, for every column of amounts or numbers, with
the records that it covers: those of its heading, those since the total before it, or all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.feeds import Kind
from pipelines.ingest.conform import Conformed
from pipelines.ingest.match import Match
from pipelines.warehouse.batch import FURNITURE, TOTALS

NOUGHT = Decimal(0)
NAMED = r"(?i)^\W*(?:grand |sub ?-?)?totals?\b"
MOST = 5_000  # rows of a batch that are tried as totals; more of them are no totals
Row = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Claim:
    """A total row and what it may cover: (after which record, in words), the likeliest first.

    A report says by its headings what a total covers; a bare “Total” between blocks leaves it open
    whether it speaks of its block or of all above. The first range that it ties to is taken, and
    where it ties to none, the one that it comes nearest to.
    """

    record: int
    ranges: tuple[tuple[int, str], ...]


class Tally:
    """Adds up the records of a table, batch by batch, and compares its total rows with the sums.

    Without `claims`, each total speaks of all records above it or of those since the total before;
    a total above all records speaks of all.
    """

    def __init__(self, fit: Match, claims: Sequence[Claim] | None = None) -> None:
        layout = fit.profile.layout
        chosen = layout.totals if layout else ()
        self.headings = {
            s.name: s.headings[0]
            for s in fit.profile.sources
            if s.name in fit.places
            and s.kind in (Kind.MONEY, Kind.NUMBER)
            and (not chosen or s.name in chosen)
        }
        self.texts = [
            s.name
            for s in fit.profile.sources
            if s.name in fit.places and s.kind not in (Kind.MONEY, Kind.NUMBER)
        ]
        self.needed = [s.name for s in fit.profile.sources if s.required and s.name in self.texts]
        self.claims = {claim.record: claim for claim in claims} if claims is not None else None
        self.points = sorted({a for c in claims or () for a, _ in c.ranges})
        self.sums: Row = dict.fromkeys(self.headings, NOUGHT)
        self.at: dict[int, Row] = {0: dict(self.sums)}
        self.records = 0
        self.last: tuple[Row, int] = (dict(self.sums), 0)
        self.stated: list[tuple[int, dict[str, Decimal | None]]] = []

    def found_by_sum(
        self, frame: pl.DataFrame, table: Conformed, idle: pl.DataFrame
    ) -> pl.DataFrame:
        """(record, class) of a batch's rows that are totals because they sum what stands above.

        A row of amounts without a word, or one that begins with “Total” and lacks what every row
        needs, is a total if each of its amounts is exactly the sum of the two or more records
        above it, or of those since the total before. Else it is a record, and is set aside.
        """
        nothing = pl.DataFrame(schema=FURNITURE)
        if self.claims is not None or not self.needed or not self.headings:
            return nothing
        doubtful = self._doubtful(frame, table, idle)
        if not 0 < doubtful.len() <= min(MOST, 1 + table.values.height // 2):
            return nothing
        totals = idle.filter(pl.col("class") == "total")["record"]
        tried = set(doubtful)
        wanted = pl.concat([totals, doubtful]).implode()
        cells = _rows(table.values.filter(pl.col("record").is_in(doubtful.implode())))
        sums = self._cumulated(table, pl.concat([idle["record"], doubtful]))
        found: list[int] = []
        extra, more, (base, start) = dict.fromkeys(self.headings, NOUGHT), 0, self.last
        for record, row in _rows(sums.filter(pl.col("record").is_in(wanted))).items():
            here = {n: row[n] + extra[n] for n in self.headings}
            count = int(row["records"]) + more
            stated = {
                n: v for n in self.headings if (v := cells.get(record, {}).get(n)) is not None
            }
            of_all = count >= 2 and all(v == here[n] for n, v in stated.items())
            of_block = count - start >= 2 and all(v == here[n] - base[n] for n, v in stated.items())
            if record in tried and not of_all and not of_block:
                more += 1
                extra = {n: extra[n] + stated.get(n, NOUGHT) for n in extra}
                continue
            if record in tried:
                found.append(record)
            base, start = here, count
        return pl.DataFrame({"record": found, "class": "total"}, schema=pl.Schema(FURNITURE))

    def _doubtful(self, frame: pl.DataFrame, table: Conformed, idle: pl.DataFrame) -> pl.Series:
        """The records that may be totals: some amounts, and no words or those of a total."""
        if not any(table.texts[n].null_count() for n in self.needed):
            return pl.Series("record", [], pl.UInt32)
        lacking = table.texts.select(
            "record",
            lacking=pl.any_horizontal(pl.col(n).is_null() for n in self.needed),
            silent=pl.all_horizontal(pl.col(n).is_null() for n in self.texts),
        ).filter("lacking")
        stated = pl.sum_horizontal(pl.col(n).is_not_null().cast(pl.Int32) for n in self.headings)
        rows = (
            lacking.join(idle, on="record", how="anti", maintain_order="left")
            .join(table.values.select("record", stated=stated), on="record", how="left")
            .filter(pl.col("stated") > 0)
        )
        cells = [c for c in frame.columns if c != "record"]
        filled = (pl.col(c).fill_null("").str.strip_chars() != "" for c in cells)
        words = frame.join(rows, on="record", how="semi").select(
            "record",
            filled=pl.sum_horizontal(f.cast(pl.Int32) for f in filled),
            named=pl.any_horizontal(pl.col(c).str.contains(NAMED).fill_null(False) for c in cells),
        )
        wordless = pl.col("silent") & (pl.col("filled") == pl.col("stated"))
        return (
            rows.join(words, on="record", how="left")
            .filter(wordless | pl.col("named"))["record"]
            .sort()
        )

    def add(self, table: Conformed, idle: pl.DataFrame) -> None:
        """Count a batch; `idle` (record, class) names its furniture, totals among it."""
        if not self.headings or not table.values.height:
            return
        totals = idle.filter(pl.col("class") == "total")["record"]
        if not totals.len() and not self.points:
            self._summed(table.values, idle["record"])
            return
        sums = self._cumulated(table, idle["record"])
        wanted = pl.concat([totals, pl.Series(self.points, dtype=pl.UInt32)]).implode()
        for record, row in _rows(sums.filter(pl.col("record").is_in(wanted))).items():
            self.at[record] = {n: row[n] for n in self.headings}
        stating = table.values.filter(pl.col("record").is_in(totals.implode()))
        for record, cells in _rows(stating.select("record", *self.headings)).items():
            self.stated.append((record, {n: cells[n] for n in self.headings}))
        end = sums.row(-1, named=True)
        self.sums = {n: end[n] for n in self.headings}
        self.records = int(end["records"])
        if totals.len():
            told = sums.filter(pl.col("record") == totals.max()).row(0, named=True)
            self.last = {n: told[n] for n in self.headings}, int(told["records"])

    def _summed(self, values: pl.DataFrame, away: pl.Series) -> None:
        """Count a batch in which no sum is asked for before its end."""
        if away.len():
            values = values.filter(~pl.col("record").is_in(away.implode()))
        ends = values.select(
            pl.col(n).cast(pl.Decimal(38, 4)).sum() for n in self.headings
        ).row(0, named=True)  # fmt: skip
        self.sums = {n: self.sums[n] + (ends[n] or NOUGHT) for n in self.headings}
        self.records += values.height

    def _cumulated(self, table: Conformed, away: pl.Series) -> pl.DataFrame:
        """By record, the sums and the count of all records down to it, earlier batches included."""
        idle = pl.col("record").is_in(away.implode())
        money = pl.Decimal(38, 4)
        return table.values.select(
            "record",
            *(
                pl.when(idle).then(0).otherwise(pl.col(n).fill_null(0)).cast(money)
                .cum_sum().add(pl.lit(self.sums[n], money)).alias(n)
                for n in self.headings
            ),
            records=(~idle).cast(pl.Int64).cum_sum() + self.records,
        )  # fmt: skip

    def compared(self) -> pl.DataFrame:
        """Each number that a total row states, beside its sum: the columns of TOTALS."""
        rows = list(self._compared())
        return pl.DataFrame(rows, schema=pl.Schema(TOTALS), orient="row")

    def _compared(self) -> Iterator[tuple[int, str, str, Decimal, Decimal, Decimal]]:
        before = 0
        for record, stated in self.stated:
            said = {n: v for n, v in stated.items() if v is not None}
            options = [
                (scope, {n: upto[n] - self.at[after][n] for n in said})
                for after, scope, upto in self._ranges(record, before)
            ]
            before = record
            if not said:
                continue
            scope, sums = min(options, key=lambda o: sum(abs(said[n] - o[1][n]) for n in said))
            for name, value in said.items():
                heading = self.headings[name]
                yield record, heading, scope, value, sums[name], value - sums[name]

    def _ranges(self, record: int, before: int) -> list[tuple[int, str, Row]]:
        """(after which record, in words, the sums down to its end) of what a total may cover."""
        here = self.at[record]
        if self.claims is not None:
            claim = self.claims.get(record)
            ranges = claim.ranges if claim else ((0, "all records above"),)
            return [(after, scope, here) for after, scope in ranges]
        if not any(here.values()) and here != self.sums:
            return [(0, "all records", self.sums)]
        since = [(before, "the records since the total before", here)] if before else []
        return [(0, "all records above", here), *since]


def _rows(frame: pl.DataFrame) -> dict[int, dict[str, Any]]:
    """The rows of a frame by their records, in order."""
    return {row["record"]: row for row in frame.sort("record").iter_rows(named=True)}


def mismatches(totals: pl.DataFrame) -> tuple[str, ...]:
    """One sentence for the totals that tie, and one for each of the first that don't."""
    if not totals.height:
        return ()
    wrong = totals.filter(pl.col("difference") != 0)
    told = [
        f"record {record}: the total of “{column}” differs by {difference.normalize():f} from the "
        f"sum of {scope}"
        for record, column, scope, difference in wrong.select(
            "record", "column", "scope", "difference"
        ).head(5).iter_rows()
    ]  # fmt: skip
    if wrong.height > len(told):
        told.append(f"{wrong.height - len(told)} more totals differ; `rounds inspect` lists them")
    tie = totals.height - wrong.height
    return (f"{tie} of {totals.height} totals tie to the records that they cover", *told)
