"""Delimited text to records: fast where it is well formed, careful where it is not.

Well-formed text (RFC 4180, any delimiter) goes through Polars, and its records, cells and quotes
are counted a second time beside it. What is not well formed, or doesn't tie, is parsed by
`csv.reader`, or by `split_records` where quotes stray.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, zip_longest

import numpy as np
import numpy.typing as npt
import polars as pl

BLOCK = 1 << 18  # bytes of text that are counted at a time

Places = npt.NDArray[np.int64]
WIDEST = 16_384  # columns of a table: as many as a spreadsheet has


def counted(data: bytes | memoryview, sign: bytes) -> int:
    """How often a sign stands in a text, 0 for none: `bytes.count`, three times as fast."""
    if len(sign) != 1:
        return bytes(data).count(sign) if sign else 0
    text = np.frombuffer(data, np.uint8)
    return sum(
        int(np.count_nonzero(text[start : start + BLOCK] == sign[0]))
        for start in range(0, len(text), BLOCK)
    )


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text is written: `quote` and `escape` are one character or "".

    `spaced` says that a blank follows each delimiter, which belongs to no cell.
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""
    spaced: bool = False


def split_records(text: str, dialect: Dialect) -> Iterator[list[str]]:
    r"""The records of a delimited text, as `csv.reader` gives them where it is well formed.

    A blank line is `[]`. Any of `\n`, `\r\n`, `\r` ends a record. A stray quote costs no more than
    its own cell: a quote that is followed neither by a delimiter nor a line end stands for itself,
    and an opening quote that nothing closes is a character like any other.
    """
    quote = dialect.quote
    if not quote or quote not in text:
        for line in io.StringIO(text, newline=""):
            yield _split(line.rstrip("\r\n"), dialect)
        return
    position, size = 0, len(text)
    rules = _Rules.of(dialect)
    while position < size:
        end = rules.line.match(text, position)
        assert end is not None
        if quote not in end[1]:
            yield _split(end[1], dialect)
            position = end.end()
            continue
        record, position = rules.record(text, position)
        yield record


def _split(line: str, dialect: Dialect) -> list[str]:
    """The cells of a line without quotes."""
    if not line:
        return []
    first, *rest = line.split(dialect.delimiter)
    return [first, *(cell.removeprefix(" ") for cell in rest)] if dialect.spaced else [first, *rest]


@dataclass(frozen=True, slots=True)
class _Rules:
    """The patterns of one dialect's cells."""

    line: re.Pattern[str]
    strict: re.Pattern[str]
    lenient: re.Pattern[str]
    bare: re.Pattern[str]
    end: re.Pattern[str]
    unescape: re.Pattern[str]
    spaced: bool

    @staticmethod
    @cache
    def of(dialect: Dialect) -> _Rules:
        d, q = re.escape(dialect.delimiter), re.escape(dialect.quote)
        blanks = "" if dialect.delimiter in " \t" else r"[ \t]*"
        stop = rf"{blanks}(?={d}|\r|\n|\Z)"
        body = rf"(?:[^{q}]++|{q}{q})*+"
        loose = rf"(?:[^{q}]++|(?<!{d})(?<![\r\n]){q}(?!{stop}))*+"
        unescape = rf"{q}({q})"
        if dialect.escape:
            e = re.escape(dialect.escape)
            body = rf"(?:[^{q}{e}]++|{e}.|{q}{q})*+"
            unescape = rf"{q}({q})|{e}([{q}{e}])"
        return _Rules(
            line=re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)"),
            strict=re.compile(rf"{blanks}{q}({body}){q}{stop}", re.S),
            lenient=re.compile(rf"{blanks}{q}({loose}){q}{stop}", re.S),
            bare=re.compile(rf"[^{d}\r\n]*"),
            end=re.compile(rf"{d}|\r\n|\r|\n|\Z"),
            unescape=re.compile(unescape),
            spaced=dialect.spaced,
        )

    def record(self, text: str, position: int) -> tuple[list[str], int]:
        cells = []
        while True:
            cell, position = self.cell(text, position)
            cells.append(cell)
            end = self.end.match(text, position)
            assert end is not None
            position = end.end()
            if end[0] in ("", "\n", "\r\n", "\r"):
                return cells, position

    def cell(self, text: str, position: int) -> tuple[str, int]:
        for pattern in (self.strict, self.lenient):
            if found := pattern.match(text, position):
                return self.unescape.sub(lambda m: m[m.lastindex or 0], found[1]), found.end()
        bare = self.bare.match(text, position)
        assert bare is not None
        spaced = self.spaced and position > 0 and text[position - 1] not in "\r\n"
        return bare[0].removeprefix(" ") if spaced else bare[0], bare.end()


class TooWide(ValueError):
    """A record of more cells than a table has columns."""


def read_delimited(data: bytes, dialect: Dialect) -> pl.DataFrame:
    """All records of a UTF-8 text: `record` (UInt32, from 1, blank lines counted), `c0`, `c1`, …

    Cells are as written, "" where empty, null where a record has fewer than the longest. A blank
    line is no record.
    """
    return read_records(data, dialect)[0]


def read_records(data: bytes, dialect: Dialect) -> tuple[pl.DataFrame, int]:
    """The records as `read_delimited` gives them, and how many there are, blank lines counted."""
    found = None
    if not dialect.escape:
        frame = _even(data, dialect)
        found = _fast(data, dialect) if frame is None else (frame, frame.height)
    if found is None:
        return _careful(data.decode("utf-8"), dialect)
    frame, records = found
    if dialect.spaced:
        frame = frame.with_columns(pl.col(frame.columns[2:]).str.strip_prefix(" "))
    return frame, records


def _even(data: bytes, dialect: Dialect) -> pl.DataFrame | None:
    """The records by Polars where each line is one, and all are of one width; else None.

    Nothing is taken on trust: lines are counted apart from the parser, and the bytes must tie.
    What stands in the cells, the delimiters between them, the line ends and the quotes that were
    taken off make up the text, byte for byte.
    """
    quote = dialect.quote.encode()
    if not data.endswith(b"\n"):
        data += b"\n"  # else Polars drops surplus cells of the last record without a word
    lines, returns = counted(data, b"\n"), counted(data, b"\r")
    if returns not in (0, lines):
        return None
    end = data.find(b"\n")
    width = len(next(split_records(data[:end].decode("utf-8"), dialect), []))
    frame = _parsed(data, dialect, width) if width > 1 else None
    if frame is None or frame.height != lines:
        return None
    cells = [pl.col(f"c{i}") for i in range(width)]
    filled = frame.select(c.str.len_bytes().sum() for c in cells).row(0)
    # Quotes that were not taken off would count twice: here and in the cells.
    if sum(filled) + lines * (width - 1) + lines + returns + counted(data, quote) != len(data):
        return None
    if any(frame.select(c.null_count() for c in cells).row(0)):
        return None
    return frame


def _parsed(data: bytes, dialect: Dialect, width: int) -> pl.DataFrame | None:
    """All lines as records of `width` cells by Polars; None where it finds one that is none."""
    if width > WIDEST:
        raise TooWide
    names = [f"c{i}" for i in range(width)]
    try:
        frame = pl.read_csv(
            data,
            separator=dialect.delimiter,
            quote_char=dialect.quote,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            row_index_name="record",
            row_index_offset=1,
            empty_string_is_null=False,
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError:
        return None
    return frame.with_columns(pl.col("record").cast(pl.UInt32))


def _fast(data: bytes, dialect: Dialect) -> tuple[pl.DataFrame, int] | None:
    """The records by Polars; None where the text is not well formed or the counts don't tie."""
    layout = _layout(data, dialect)
    frame = _parsed(layout.data, dialect, layout.width) if layout else None
    if layout is None or frame is None or frame.height != layout.records:
        return None
    if layout.widths is not None:
        width = pl.lit(pl.Series("width", layout.widths))
        frame = frame.with_columns(
            pl.when(width > i).then(pl.col(f"c{i}")) for i in range(layout.width)
        )
    return (
        frame if layout.blank is None else frame.filter(~pl.Series(layout.blank)),
        layout.records,
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a well-formed text's records lie, counted independently of the parser.

    `widths` holds each record's number of cells, None where all but blank lines have `width`;
    `blank` tells the blank lines, None where there are none.
    """

    data: bytes
    records: int
    width: int
    widths: Places | None = None
    blank: npt.NDArray[np.bool_] | None = None


def _layout(data: bytes, dialect: Dialect) -> _Layout | None:
    """Count records and cells; None where quotes stand elsewhere than RFC 4180 has them."""
    quote, delimiter = dialect.quote.encode(), dialect.delimiter.encode()
    if b"\r" in data and counted(data, b"\r") != data.count(b"\r\n"):
        if quote in data:
            return None
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not data.endswith(b"\n"):
        data += b"\n"  # else Polars drops surplus cells of the last record without a word
    blank_lines = data[:1] in b"\r\n" or b"\n\n" in data or b"\n\r\n" in data
    if quote not in data and not blank_lines:
        records, cells = counted(data, b"\n"), counted(data, delimiter)
        width = 1 + data[: data.find(b"\n")].count(delimiter)
        if cells == records * (width - 1):
            return _Layout(data, records, width)
    return _measured(data, ord(quote), ord(delimiter))


def _measured(data: bytes, quote: int, delimiter: int) -> _Layout | None:
    """The layout of a text with quotes, blank lines or records of different width."""
    text = np.frombuffer(data, np.uint8)
    near = np.zeros(256, np.bool_)  # what a quote may stand beside
    near[[quote, delimiter, 10, 13]] = True
    ends, cells = [], []
    within = 0  # whether a block begins inside quotes
    for start in range(0, len(text), BLOCK):
        block = text[start : start + BLOCK]
        quotes = np.flatnonzero(block == quote) + start
        opens, closes = quotes[within::2], quotes[1 - within :: 2]
        if not (near[text[opens[opens > 0] - 1]].all() and near[text[closes + 1]].all()):
            return None
        outside = _outside(block == quote, within) if within or len(quotes) else True
        within = (within + len(quotes)) % 2
        ends.append(np.flatnonzero(outside & (block == 10)) + start)
        cells.append(np.flatnonzero(outside & (block == delimiter)) + start)
    return None if within else _arranged(data, np.concatenate(ends), np.concatenate(cells))


def _outside(quotes: npt.NDArray[np.bool_], within: int) -> npt.NDArray[np.bool_]:
    """Which characters have an even number of quotes before them."""
    before: npt.NDArray[np.bool_] = (np.cumsum(quotes, dtype=np.uint8) + within) & 1 == 0
    return before


def _arranged(data: bytes, ends: Places, cells: Places) -> _Layout:
    """The layout from the places of line ends and delimiters outside of quotes."""
    starts = np.concatenate(([0], ends[:-1] + 1))
    first = np.frombuffer(data, np.uint8)[starts]
    blank = (ends == starts) | ((ends - starts == 1) & (first == ord(b"\r")))
    widths = 1 + np.diff(np.searchsorted(cells, ends), prepend=0)
    width = int(widths.max())
    ragged = bool((widths[~blank] != width).any())
    return _Layout(
        data, len(ends), width, widths if ragged else None, blank if blank.any() else None
    )


def _careful(text: str, dialect: Dialect) -> tuple[pl.DataFrame, int]:
    """The records by `csv.reader` where it finds no fault, else by our own parser."""
    if _regular(text, dialect):
        try:
            csv.field_size_limit(1 << 30)
            return _framed(
                csv.reader(
                    io.StringIO(text, newline=""),
                    strict=True,
                    delimiter=dialect.delimiter,
                    quotechar=dialect.quote,
                    escapechar=dialect.escape or None,
                )
            )
        except csv.Error:
            pass
    return _framed(split_records(text, dialect))


def _regular(text: str, dialect: Dialect) -> bool:
    """Whether `csv.reader` reads a text as we do: it drops every escape, and blanks anywhere."""
    d, q, e = (re.escape(s) for s in (dialect.delimiter, dialect.quote, dialect.escape))
    if dialect.spaced or (e and re.search(rf"{e}[^{q}{e}]", text)):
        return False
    return dialect.delimiter in " \t" or not re.search(rf"(?:^|{d})[ \t]+{q}", text, re.M)


def _framed(records: Iterable[Sequence[str]]) -> tuple[pl.DataFrame, int]:
    """Records as a frame, numbered, and their count; those without any cell are left out."""
    count = 0

    def counted() -> Iterator[tuple[int, Sequence[str]]]:
        nonlocal count
        for count, record in enumerate(records, 1):
            if record:
                yield count, record

    numbered, frames = counted(), []
    while piece := list(islice(numbered, 100_000)):
        if max(len(record) for _, record in piece) > WIDEST:
            raise TooWide
        numbers = pl.Series("record", [number for number, _ in piece], pl.UInt32)
        columns = zip_longest(*(record for _, record in piece))
        cells = [pl.Series(f"c{i}", column, pl.String) for i, column in enumerate(columns)]
        frames.append(pl.DataFrame([numbers, *cells]))
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame(), count
