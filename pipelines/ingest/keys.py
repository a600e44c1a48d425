"""Whether a key comes twice in a table that is read in pieces, in eight bytes a row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.feeds import FEEDS


def hashes(rows: pl.DataFrame, feed: str) -> pl.Series:
    """A number for each row's key: equal keys have equal numbers, others almost never."""
    parts = (pl.col(name).hash(seed) for seed, name in enumerate(FEEDS[feed].key, 1))
    mixed = pl.lit(0, pl.UInt64)
    for part in parts:
        mixed = (mixed * 31) ^ part  # wraps around
    return rows.select(mixed.alias("hash")).to_series()


def came_twice(numbers: pl.Series) -> pl.Series:
    """Which of the numbers stand there more than once; mostly few do."""
    plain = numbers.to_numpy()
    return pl.Series(np.isin(plain, _repeated(plain)))


def _repeated(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The different numbers that stand there more than once, in order."""
    ordered = np.sort(numbers)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


class Keys:
    """The keys of a feed's rows, piece after piece."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self.hashes: list[npt.NDArray[np.uint64]] = []
        self.records: list[npt.NDArray[np.uint32]] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Take in the facts of one piece, in which no key comes twice."""
        self.hashes.append(hashes(rows, self.feed).to_numpy())
        self.records.append(rows["record"].to_numpy())

    def came_again(self) -> pl.Series:
        """The records that share the number of their key with a record of another piece."""
        if len(self.hashes) < 2:
            return pl.Series("record", [], pl.UInt32)
        twice = _repeated(np.concatenate(self.hashes))
        found = [np.empty(0, np.uint32)]
        if len(twice):
            for numbers, records in zip(self.hashes, self.records, strict=True):
                place = np.searchsorted(twice, numbers)
                hit = twice[np.minimum(place, len(twice) - 1)] == numbers
                found.append(records[hit])
        return pl.Series("record", np.concatenate(found), pl.UInt32)
