"""A long delimited text, a block of records at a time, so that memory doesn't grow with the file.

A block ends after a line that is a whole record by itself: as wide as the table, its quotes closed,
and as many quotes before it as close each other. Where stray quotes spoil that count, two such
lines in a row will do. A line break inside a cell is thus not taken for the end of a record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from pipelines.ingest.delimited import Dialect, counted, read_records, split_records
from pipelines.ingest.sniff import decode

SIZE = 16 << 20  # bytes of text that are read at a time
NEAR = 2000  # lines before a block's end among which it may be cut


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of a text, numbered through as by `read_delimited`.

    `end` is the place in the file where the next block begins, `records` the number of its last
    record.
    """

    frame: pl.DataFrame
    end: int
    records: int


def read_blocks(
    path: Path, dialect: Dialect, encoding: str, after: Block | None = None
) -> Iterator[Block]:
    """The blocks of a text file, or those after a block.

    `encoding` is one of the narrow ones that `sniff_encoding` answers: in none of them is a line
    break a part of another character.
    """
    rest, end, done = b"", after.end if after else 0, after.records if after else 0
    with path.open("rb") as stream:
        stream.seek(end)
        while True:
            read = stream.read(SIZE)
            text = rest + read
            cut = _cut(text, dialect, encoding) if read else len(text)
            if cut:
                frame, records = read_records(utf8(text[:cut], encoding), dialect)
                if done and frame.width:
                    frame = frame.with_columns(pl.col("record") + done)
                end, done = end + cut, done + records
                yield Block(frame, end, done)
            if not read:
                return
            rest = text[cut:]


def _cut(text: bytes, dialect: Dialect, encoding: str) -> int:
    """Where a block may end; 0 where no end of a record is found, and more must be read."""
    mark, quote = b"\n" if b"\n" in text else b"\r", dialect.quote.encode()
    width = _width(text, dialect, encoding)
    end, below, in_a_row = text.rfind(mark) + 1, 0, 0
    for _ in range(NEAR):
        if not end:
            break
        start = text.rfind(mark, 0, end - 1) + 1
        if _cells(text[start:end], dialect, encoding) == width > 1:
            if counted(memoryview(text)[:end], quote) % 2 == 0:
                return end
            in_a_row = in_a_row or below
            below = end
        else:
            below = 0
        end = start
    return in_a_row


def _width(text: bytes, dialect: Dialect, encoding: str) -> int:
    """How many cells the widest of the first records has."""
    head = decode(text[: 1 << 16], encoding)
    return max(map(len, islice(split_records(head, dialect), 50)), default=0)


def _cells(line: bytes, dialect: Dialect, encoding: str) -> int:
    """How many cells a line has; 0 where its quotes don't close, or it is blank."""
    if dialect.quote and line.count(dialect.quote.encode()) % 2:
        return 0
    records = list(split_records(decode(line, encoding).rstrip("\r\n"), dialect))
    return len(records[0]) if len(records) == 1 else 0


def utf8(data: bytes, encoding: str) -> bytes:
    """The text as UTF-8 without its mark, without zero bytes and without DOS's end-of-file.

    In what should be UTF-8, a byte that is none is read as cp1252, never dropped.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if encoding not in NARROW or not data.isascii():
        stated = "utf-8+cp1252" if encoding in NARROW else encoding
        data = decode(data, stated).lstrip("\ufeff").encode("utf-8", "replace")
    return data.replace(b"\0", b"").rstrip(b"\x1a")


NARROW = {"ascii", "utf-8", "utf-8-sig"}
