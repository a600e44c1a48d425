"""A long delimited text, a block of records at a time, so that memory doesn't grow with the file.

A block ends after a line that is a whole record by itself, and so is the line before it: each has
as many cells as the records before. A line break inside a cell is thus never taken for the end of
a record, whatever the quotes elsewhere in the block do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import polars as pl

from pipelines.ingest.delimited import Dialect, read_records, split_records
from pipelines.ingest.sniff import decode

SIZE = 48 << 20  # bytes of text that are read at a time
NEAR = 2000  # lines before a block's end among which it may be cut


def read_blocks(
    stream: BinaryIO, dialect: Dialect, encoding: str, size: int = SIZE
) -> Iterator[pl.DataFrame]:
    """The records of a text in pieces, numbered through as by `read_delimited`.

    `encoding` is one of the narrow ones that `sniff_encoding` answers: in none of them is a line
    break a part of another character.
    """
    rest, done = b"", 0
    while True:
        read = stream.read(size)
        text = rest + read
        cut = _cut(text, dialect, encoding) if read else len(text)
        if cut:
            frame, records = read_records(utf8(text[:cut], encoding), dialect)
            yield frame.with_columns(pl.col("record") + done) if done and frame.width else frame
            done += records
        if not read:
            return
        rest = text[cut:]


def _cut(text: bytes, dialect: Dialect, encoding: str) -> int:
    """Where a block may end: after the last line that is a record like the ones before; else 0."""
    mark = b"\n" if b"\n" in text else b"\r"
    end = text.rfind(mark) + 1
    lines: list[tuple[int, int]] = []  # place of the end, and cells if it is a whole record
    while end and len(lines) < NEAR:
        start = text.rfind(mark, 0, end - 1) + 1
        cells = _cells(text[start:end], dialect, encoding)
        if lines and cells and cells == lines[-1][1] and cells > 1:
            return lines[-1][0]
        lines.append((end, cells))
        end = start
    return 0


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
