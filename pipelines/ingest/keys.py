"""Whether a key comes twice in a table that is read in pieces."""

from __future__ import annotations

from contextlib import suppress
from tempfile import SpooledTemporaryFile, gettempdir

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.errors import StoreProblem
from pipelines.feeds import FEEDS

KEPT = np.dtype([("hash", np.uint64), ("record", np.uint32)])  # twelve bytes, unaligned
BITS = 6  # by which the numbers are parted: 64 parts
HELD = 4 << 20  # bytes of keys that stay in memory


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
    """The keys of a feed's rows, piece after piece, in memory that doesn't grow with the table.

    Twelve bytes a row, parted by the first bits of the number, so that each part can be looked
    through by itself; of a large table they lie in a file without a name, which ends with the
    process whatever becomes of it.
    """

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self.spool = SpooledTemporaryFile(HELD)  # noqa: SIM115
        # Where each piece begins in the spool, and how many of its rows each part has.
        self.pieces: list[tuple[int, npt.NDArray[np.int64]]] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Take in the facts of one piece, in which no key comes twice.

        StoreProblem when there is no room for them.
        """
        numbers = hashes(rows, self.feed).to_numpy()
        part = (numbers >> np.uint64(64 - BITS)).astype(np.uint8)
        order = np.argsort(part, kind="stable")
        kept = np.empty(len(numbers), KEPT)
        kept["hash"], kept["record"] = numbers[order], rows["record"].to_numpy()[order]
        ends = np.cumsum(np.bincount(part, minlength=1 << BITS))
        self.pieces.append((self.spool.tell(), np.concatenate([[0], ends])))
        try:
            self.spool.write(kept.data)
        except OSError as error:
            with suppress(OSError):  # it tries once more to write
                self.spool.close()
            raise StoreProblem(
                f"The disk of temporary files ({gettempdir()}) can't be written to "
                f"({error.strerror}); nothing of the work at hand was kept. Free some space, or "
                "name another folder as TMPDIR, and try again."
            ) from error

    def came_again(self) -> pl.Series:
        """The records that share the number of their key with a record of another piece.

        Asked once, at the table's end.
        """
        found = [np.empty(0, np.uint32)]
        with self.spool:
            for part in range(1 << BITS if len(self.pieces) > 1 else 0):
                rows = self._part(part)
                twice = _repeated(rows["hash"])
                if len(twice):
                    found.append(rows["record"][np.isin(rows["hash"], twice)])
        return pl.Series("record", np.concatenate(found), pl.UInt32)

    def _part(self, part: int) -> npt.NDArray[np.void]:
        """The rows of all pieces whose numbers begin alike."""
        texts = []
        for place, ends in self.pieces:
            first, last = ends[part], ends[part + 1]
            self.spool.seek(place + int(first) * KEPT.itemsize)
            texts.append(self.spool.read(int(last - first) * KEPT.itemsize))
        return np.frombuffer(b"".join(texts), KEPT)
