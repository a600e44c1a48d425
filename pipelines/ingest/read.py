"""From a file to the tables in it, every cell still text and every record still numbered.

`tables()` opens delimited text, workbooks (xlsx, xlsm, xlsb, xls, ods, and those saved as XML),
Parquet, JSON, JSON lines, XML and the tables of web pages, and zip and gzip of all of these.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.errors import FileProblem
from pipelines.ingest.archive import Source, gunzipped, package, unzipped
from pipelines.ingest.blocks import SIZE, read_blocks, utf8
from pipelines.ingest.delimited import (
    WIDEST,
    Dialect,
    TooWide,
    read_delimited,
    split_records,
)
from pipelines.ingest.htmlfile import read_html
from pipelines.ingest.jsonfile import read_json
from pipelines.ingest.layout import Place, lower_row, places, stacked
from pipelines.ingest.named import Named
from pipelines.ingest.parquet import read_parquet
from pipelines.ingest.sniff import (
    DEEP,
    Known,
    find_header,
    sample_of,
    sniff_dialect,
    sniff_encoding,
    sniff_format,
)
from pipelines.ingest.spreadsheetml import read_spreadsheetml
from pipelines.ingest.workbook import refuse_other_documents, sheets
from pipelines.ingest.xmlfile import read_xml

LONG = SIZE + (SIZE >> 1)  # bytes; a longer text is read in blocks
TOO_WIDE = f"has lines of more than {WIDEST:,} cells, and no table has; export it again."
MARKS = (b",", b";", b"\t", b"|")
WIDE = {"utf-16", "utf-16-le", "utf-16-be", "utf-32"}


@dataclass(frozen=True, slots=True)
class Found:
    """One table as found in a file.

    `part` is the sheet, archive member, element or list, None where a plain file holds one table;
    a further table below the first is `table 2`, or `Sheet, table 2`. `headings` are as spelled,
    stripped, and may hold blanks and duplicates. `header_record` is the 1-based number of the
    record that holds them; blank lines count, so that the number is the row a spreadsheet shows.
    It is 0 where a format names the columns by itself (Parquet, JSON, XML). `preamble` holds every
    record above, a blank line as `()`; for JSON what stands beside the list: (name, value).

    `frame` has `record` (UInt32, numbered like `header_record`) and `c0`, `c1`, … (String): every
    record below the headings. Cells are as in the file: not stripped, "" where empty, null where a
    record has fewer cells than the headings; cells beyond the headings stand in further columns.
    A blank line is no record. A record of delimiters alone is one.

    Of a long file `frame` holds the first block of records only, and `rest` reads on.
    """

    path: Path
    part: str | None
    format: str
    encoding: str | None
    delimiter: str | None
    headings: tuple[str, ...]
    header_record: int
    preamble: tuple[tuple[str, ...], ...]
    frame: pl.DataFrame
    rest: Callable[[], Iterator[pl.DataFrame]] | None = None

    @property
    def label(self) -> str:
        """`file.csv`, or `file.xlsx#Sheet`."""
        return self.path.name if self.part is None else f"{self.path.name}#{self.part}"

    def batches(self) -> Iterator[pl.DataFrame]:
        """All records, a block at a time: one block but for long files."""
        yield self.frame
        if self.rest:
            yield from self.rest()

    def whole(self) -> Found:
        """The same with all its records in `frame`."""
        if self.rest is None:
            return self
        return replace(self, frame=pl.concat(self.batches(), how="diagonal"), rest=None)


def tables(path: Path, known: Known) -> Iterator[Found]:
    """The tables in a file, in their order; `known` holds each profile's normalised headings.

    FileProblem when the file is no table that we can read. In an archive, the readable members
    come first and the problem of the first unreadable one is raised at the end.
    """
    try:
        long = path.stat().st_size > LONG
        with path.open("rb") as file:
            data = file.read(SIZE if long else -1)
    except OSError as error:
        raise FileProblem(
            path, f"cannot be opened ({error.strerror}); check the path and its permissions."
        ) from None
    source = Source(path, None, data, long)
    try:
        yield from _tables(source, known)
    except TooWide:
        raise source.problem(TOO_WIDE) from None


def _tables(source: Source, known: Known) -> Iterator[Found]:
    format = sniff_format(source.data[:65536])
    if format == "empty" and source.data.strip(b"\0 \t\r\n"):
        format = "text"
    if format != "text":
        source = source.whole()
    match format:
        case "text":
            yield from _delimited(source, known)
        case "zip":
            yield from _zip(source, known)
        case "gzip":
            yield from _tables(gunzipped(source), known)
        case "ole":
            refuse_other_documents(source)
            yield from _workbook(source, "xls", known)
        case "parquet":
            yield _named(source, format, None, read_parquet(source))
        case "json" | "xml":
            encoding, found = (read_json if format == "json" else read_xml)(source)
            for table in found:
                yield _named(source, format, encoding, table)
        case "html" | "spreadsheetml":
            yield from _grids(source, format, known)
        case "empty":
            raise source.problem("is empty; headings and rows were expected: export it again.")
        case _:
            raise source.problem(
                f"is a {format}, not a table; export it as CSV or as an Excel workbook."
            )


def _zip(source: Source, known: Known) -> Iterator[Found]:
    kind = package(source)
    if kind is None:
        raise source.problem("is a document, not a workbook; export the table as CSV or xlsx.")
    if kind != "zip":
        yield from _workbook(source, kind, known)
        return
    first: FileProblem | None = None
    for member in unzipped(source):
        try:
            if isinstance(member, FileProblem):
                raise member
            yield from _tables(member, known)
        except FileProblem as problem:
            first = first or problem
    if first:
        raise first


def _workbook(source: Source, format: str, known: Known) -> Iterator[Found]:
    found = False
    for name, frame in sheets(source):
        for table in _sheet(source.inner(name), format, None, frame, known):
            yield table
            found = True
    if not found:
        raise source.problem("has no visible sheet with cells in it; headings were expected.")


def _grids(source: Source, format: str, known: Known) -> Iterator[Found]:
    """The tables of a web page or of a spreadsheet saved as XML."""
    encoding, grids = (read_html if format == "html" else read_spreadsheetml)(source)
    if not grids:
        raise source.problem("has no visible sheet with cells in it; headings were expected.")
    for number, grid in enumerate(grids, 1):
        part = (
            source
            if format == "html" and len(grids) == 1
            else source.inner(grid.name or f"table {number}")
        )
        yield from _sheet(part, format, encoding, grid.frame(source), known)


def _sheet(
    source: Source, format: str, encoding: str | None, frame: pl.DataFrame, known: Known
) -> Iterator[Found]:
    rows = frame.head(DEEP).rows()
    if header := find_header([row[1:] for row in rows], known):
        number = int(rows[header - 1][0])
        yield from _parted(source, format, frame, number, known, encoding, sheet=True)


def _named(source: Source, format: str, encoding: str | None, table: Named) -> Found:
    return Found(
        path=source.path,
        part=source.part if table.name is None else source.inner(table.name).part,
        format=format,
        encoding=encoding,
        delimiter=None,
        headings=tuple(heading.strip() for heading in table.headings),
        header_record=0,
        preamble=table.around,
        frame=table.frame,
    )


def _delimited(source: Source, known: Known) -> Iterator[Found]:
    encoding = sniff_encoding(source.data)
    if source.long:
        if encoding in WIDE:
            yield from _delimited(source.whole(), known)
            return
        encoding = encoding_of(source.path)
    data = utf8(source.data, encoding)
    beginning = data[: 1 << 20]
    if any(line.count(mark) > WIDEST for line in beginning.splitlines() for mark in MARKS):
        raise source.problem(TOO_WIDE)
    sample = sample_of(beginning.decode("utf-8", "ignore"))
    dialect = sniff_dialect(sample, known)
    header = find_header(split_records(sample, dialect), known)
    if source.long:
        yield _streamed(source, header, known, encoding, dialect)
        return
    frame = read_delimited(data, dialect)
    yield from _parted(source, "csv", frame, header, known, encoding, dialect.delimiter)


def encoding_of(path: Path) -> str:
    """The encoding of a long text by all of its lines: what its beginning says may not hold."""
    odd, rest = bytearray(), b""
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            if not rest and piece.isascii():
                continue
            piece = rest + piece
            cut = piece.rfind(b"\n") + 1 or len(piece)
            if not (lines := piece[:cut]).isascii() and len(odd) < LONG:
                odd += lines
            rest = piece[cut:]
    return sniff_encoding(bytes(odd + (b"" if rest.isascii() else rest)) or b" ")


def _streamed(source: Source, header: int, known: Known, encoding: str, dialect: Dialect) -> Found:
    """The first block of a long text, and how to read on: it holds one table."""
    first = next(read_blocks(source.path, dialect, encoding))
    place = Place(header, 1, first.records)
    found = _found(
        source, "csv", first.frame, place, known, encoding, dialect.delimiter, sheet=False
    )

    def rest() -> Iterator[pl.DataFrame]:
        try:
            for block in read_blocks(source.path, dialect, encoding, first):
                if block.frame.height:
                    yield _fitted(_widened(block.frame, len(found.headings)), len(found.headings))
        except TooWide:
            raise source.problem(TOO_WIDE) from None

    return replace(found, rest=rest)


def _parted(
    source: Source,
    format: str,
    frame: pl.DataFrame,
    header: int,
    known: Known,
    encoding: str | None,
    delimiter: str | None = None,
    sheet: bool = False,
) -> Iterator[Found]:
    """The tables of a frame of all records: mostly one; further ones are `Sheet, table 2`."""
    if not header or not frame.height:
        raise source.problem("holds no table; headings and records below them were expected.")
    for number, place in enumerate(places(frame, header, known), 1):
        own = pl.col("record").is_between(place.first, place.last)
        part = source.part
        if number > 1:
            part = f"table {number}" if part is None else f"{part}, table {number}"
        yield _found(
            Source(source.path, part, b""),
            format,
            frame.filter(own) if number > 1 or place.last < frame["record"][-1] else frame,
            place,
            known,
            encoding,
            delimiter,
            sheet,
        )


def _found(
    source: Source,
    format: str,
    frame: pl.DataFrame,
    place: Place,
    known: Known,
    encoding: str | None,
    delimiter: str | None,
    sheet: bool,
) -> Found:
    """Part a table's records at its header."""
    above = frame.filter(pl.col("record") <= place.header + 1)
    rows = {row[0]: _cells(row[1:]) for row in above.iter_rows()}
    header = place.header
    if header + 1 in rows and lower_row(rows[header], rows[header + 1], known):
        header += 1
    spelled = rows[header]
    if not all(cell.strip() for cell in spelled) and header - 1 in rows:
        spelled = stacked(rows[header - 1], spelled)
    headings = tuple(cell.strip().strip("\ufeff").strip() for cell in spelled)
    body = _fitted(frame.filter(pl.col("record") > header), len(headings))
    if sheet:  # its right margin is where any cell was ever touched
        headings = headings[: _filled_width(headings, body)]
        body = body.select("record", *body.columns[1 : 1 + len(headings)])
    return Found(
        path=source.path,
        part=source.part,
        format=format,
        encoding=encoding,
        delimiter=delimiter,
        headings=headings,
        header_record=header,
        preamble=tuple(rows.get(number, ()) for number in range(place.first, header)),
        frame=body,
    )


def _cells(row: Sequence[str | None]) -> tuple[str, ...]:
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return tuple(cell or "" for cell in cells)


def _widened(body: pl.DataFrame, width: int) -> pl.DataFrame:
    """A block whose records are all short has the columns of the table nevertheless."""
    missing = [f"c{i}" for i in range(width) if f"c{i}" not in body.columns]
    return body.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)


def _fitted(body: pl.DataFrame, width: int) -> pl.DataFrame:
    """Leave out columns beyond the headings that only records above the header fill."""
    extra = [name for name in body.columns[1 + width :] if body[name].null_count() == body.height]
    return body.drop(extra)


def _filled_width(headings: Sequence[str], body: pl.DataFrame) -> int:
    width = len(headings)
    while width > 1 and not headings[width - 1] and (body[f"c{width - 1}"] == "").all():
        width -= 1
    return width


def as_csv(found: Found) -> str:
    """The table as RFC 4180 CSV with `\\r\\n` line ends: headings, then records.

    The preamble is left out, and so are records at the end that are blank, that say when the report
    was made, or that fill their first cell only (unless most records of the table do).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(found.headings)
    rows = [_cells(row[1:]) for row in found.frame.iter_rows()]
    lone = sum(map(_lone, rows)) * 2 <= len(rows)
    while rows and (_footer(rows[-1]) or (lone and _lone(rows[-1]))):
        rows.pop()
    writer.writerows(rows)
    return out.getvalue()


_MADE = re.compile(r"^(report )?(generated|printed|created|exported|run)\b|^page \d+", re.I)


def _footer(row: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    return not filled or (len(filled) <= 2 and bool(_MADE.search(filled[0])))


def _lone(row: Sequence[str]) -> bool:
    return bool(row) and bool(row[0].strip()) and not any(cell.strip() for cell in row[1:])
