"""From a file to the tables in it, every cell still text and every record still numbered.

`tables()` opens delimited text, workbooks (xlsx, xlsm, xlsb, xls, ods), and zip and gzip of these.
Well-formed text goes through Polars, and its records, delimiters and line ends are counted a
second time beside it; whatever doesn't tie is read again by the careful parser of `sniff`.
"""

from __future__ import annotations

import csv
import gzip
import io
import logging
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path

import fastexcel
import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.errors import FileProblem
from pipelines.ingest.sniff import (
    DEEP,
    Dialect,
    Known,
    decode,
    find_header,
    sample_of,
    sniff_dialect,
    sniff_encoding,
    sniff_format,
    split_records,
)

LARGEST = 4 << 30  # bytes that a member of an archive may expand to
RATIO = 300  # how far a member may expand, once it is larger than FREE
FREE = 64 << 20
BLOCK = 1 << 18  # bytes of text that are counted at a time

PASSWORD = "is protected by a password; open it, take the password off and save it again."
BOMB = "expands to far more than a table should; unpack it yourself and look what it is."

# The workbook reader warns of chart sheets, which hold no table, on the terminal.
logging.getLogger("calamine").setLevel(logging.ERROR)

Places = npt.NDArray[np.int64]

# A workbook's first record, perhaps "write protected", then "encrypted".
_XLS_PASSWORD = re.compile(rb"\x09\x08\x10\0.{16}(?:\x86\0\0\0)?\x2f\0", re.S)
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)", re.I)


@dataclass(frozen=True, slots=True)
class Found:
    """One table as found in a file.

    `part` is the sheet or archive member, None for a plain file. `headings` are as spelled,
    stripped, and may hold blanks and duplicates. `header_record` is the 1-based number of the
    record that holds them; blank lines count, so that the number is the row a spreadsheet shows.
    `preamble` holds every record above, a blank line as `()`.

    `frame` has `record` (UInt32, numbered like `header_record`) and `c0`, `c1`, … (String): every
    record below the headings. Cells are as in the file: not stripped, "" where empty, null where a
    record has fewer cells than the headings; cells beyond the headings stand in further columns.
    A blank line is no record. A record of delimiters alone is one.
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

    @property
    def label(self) -> str:
        """`file.csv`, or `file.xlsx#Sheet`."""
        return self.path.name if self.part is None else f"{self.path.name}#{self.part}"

    def batches(self, rows: int = 500_000) -> Iterator[pl.DataFrame]:
        """The frame in pieces of at most `rows` records."""
        yield from self.frame.iter_slices(rows)


@dataclass(frozen=True, slots=True)
class _Source:
    """Bytes and where they came from."""

    path: Path
    part: str | None
    data: bytes

    def problem(self, message: str) -> FileProblem:
        return FileProblem(self.path, message, self.part)

    def inner(self, name: str) -> str:
        return name if self.part is None else f"{self.part}#{name}"


def tables(path: Path, known: Known) -> Iterator[Found]:
    """The tables in a file, in their order; `known` holds each profile's normalised headings.

    FileProblem when the file is no table that we can read. In an archive, the readable members
    come first and the problem of the first unreadable one is raised at the end.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileProblem(
            path, f"cannot be opened ({error.strerror}); check the path and its permissions."
        ) from None
    yield from _tables(_Source(path, None, data), known)


def _tables(source: _Source, known: Known) -> Iterator[Found]:
    format = sniff_format(source.data[:65536])
    if format == "empty" and source.data.strip(b"\0 \t\r\n"):
        format = "text"
    match format:
        case "text":
            yield _delimited(source, known)
        case "zip":
            yield from _zip(source, known)
        case "gzip":
            yield from _gzip(source, known)
        case "ole":
            yield from _workbook(source, _ole(source), known)
        case "empty":
            raise source.problem("is empty; headings and rows were expected: export it again.")
        case _:
            raise source.problem(
                f"is a {format}, not a table; export it as CSV or as an Excel workbook."
            )


def _ole(source: _Source) -> str:
    """ "xls"; FileProblem for the other documents that come in this old Office container."""
    streams = {
        name: name.encode("utf-16-le") in source.data
        for name in ("EncryptedPackage", "Workbook", "Book", "WordDocument", "PowerPoint Document")
    }
    if streams["EncryptedPackage"] or _XLS_PASSWORD.search(source.data):
        raise source.problem(PASSWORD)
    if streams["WordDocument"] or streams["PowerPoint Document"]:
        raise source.problem("is a document, not a workbook; export the table as CSV or xlsx.")
    return "xls"


# ---- delimited text


def _delimited(source: _Source, known: Known) -> Found:
    encoding = sniff_encoding(source.data)
    data = _utf8(source.data, encoding)
    sample = sample_of(data[: 1 << 20].decode("utf-8", "ignore"))
    dialect = sniff_dialect(sample, known)
    header = find_header(split_records(sample, dialect), known)
    frame = _fast(data, dialect)
    if frame is None:
        frame = _careful(data.decode("utf-8"), dialect)
    return _found(source, "csv", frame, header, encoding, dialect.delimiter)


def _utf8(data: bytes, encoding: str) -> bytes:
    """The text as UTF-8 without its mark, without zero bytes and without DOS's end-of-file."""
    if encoding == "utf-8-sig":
        data = data[3:]
        encoding = sniff_encoding(data)
    if encoding not in ("ascii", "utf-8"):
        data = decode(data, encoding).lstrip("\ufeff").encode("utf-8", "replace")
    return data.replace(b"\0", b"").rstrip(b"\x1a")


def _fast(data: bytes, dialect: Dialect) -> pl.DataFrame | None:
    """The records by Polars; None where the text is not well formed or the counts don't tie."""
    layout = None if dialect.escape else _layout(data, dialect)
    if layout is None:
        return None
    names = [f"c{i}" for i in range(layout.width)]
    try:
        frame = pl.read_csv(
            dialect.delimiter.join(names).encode() + b"\n" + layout.data,
            separator=dialect.delimiter,
            quote_char=dialect.quote,
            infer_schema=False,
            row_index_name="record",
            row_index_offset=1,
            empty_string_is_null=False,
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != layout.records:
        return None
    frame = frame.with_columns(pl.col("record").cast(pl.UInt32))
    if layout.widths is not None:
        width = pl.lit(pl.Series("width", layout.widths))
        frame = frame.with_columns(
            pl.when(width > i).then(pl.col(name)) for i, name in enumerate(names)
        )
    return frame if layout.blank is None else frame.filter(~pl.Series(layout.blank))


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
    if data.count(b"\r") != data.count(b"\r\n"):
        if quote in data:
            return None
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not data.endswith(b"\n"):
        data += b"\n"  # else Polars drops surplus cells of the last record without a word
    blank_lines = data[:1] in b"\r\n" or b"\n\n" in data or b"\n\r\n" in data
    if quote not in data and not blank_lines:
        records, cells = data.count(b"\n"), data.count(delimiter)
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


def _careful(text: str, dialect: Dialect) -> pl.DataFrame:
    """The records by `csv.reader` where it finds no fault, else by our own parser."""
    d, q = re.escape(dialect.delimiter), re.escape(dialect.quote)
    if dialect.delimiter in " \t" or not re.search(rf"(?:^|{d})[ \t]+{q}", text, re.M):
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


def _framed(records: Iterable[Sequence[str]]) -> pl.DataFrame:
    """Records as a frame, numbered; records without any cell are left out."""
    numbered = ((number, record) for number, record in enumerate(records, 1) if record)
    frames = []
    while piece := list(islice(numbered, 100_000)):
        numbers = pl.Series("record", [number for number, _ in piece], pl.UInt32)
        columns = zip_longest(*(record for _, record in piece))
        cells = [pl.Series(f"c{i}", column, pl.String) for i, column in enumerate(columns)]
        frames.append(pl.DataFrame([numbers, *cells]))
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()


# ---- what all formats share


def _found(
    source: _Source,
    format: str,
    frame: pl.DataFrame,
    header: int,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Found:
    """Part a frame of all records at its header."""
    if not header or not frame.height:
        raise source.problem("holds no table; headings and records below them were expected.")
    above = frame.filter(pl.col("record") <= header)
    rows = {row[0]: _cells(row[1:]) for row in above.iter_rows()}
    headings = tuple(cell.strip().strip("\ufeff").strip() for cell in rows[header])
    body = frame.filter(pl.col("record") > header)
    return Found(
        path=source.path,
        part=source.part,
        format=format,
        encoding=encoding,
        delimiter=delimiter,
        headings=headings,
        header_record=header,
        preamble=tuple(rows.get(number, ()) for number in range(1, header)),
        frame=_fitted(body, len(headings)),
    )


def _cells(row: Sequence[str | None]) -> tuple[str, ...]:
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return tuple(cell or "" for cell in cells)


def _fitted(body: pl.DataFrame, width: int) -> pl.DataFrame:
    """Leave out columns beyond the headings that only records above the header fill."""
    extra = [name for name in body.columns[1 + width :] if body[name].null_count() == body.height]
    return body.drop(extra)


# ---- workbooks


def _workbook(source: _Source, format: str, known: Known) -> Iterator[Found]:
    """The visible sheets that hold anything; a formula is its last computed value."""
    reader = _open_workbook(source)
    found = False
    for name in reader.sheet_names:
        part = _Source(source.path, source.inner(name), b"")
        frame = _sheet(reader, name, part)
        if frame is None or not frame.height:
            continue
        rows = frame.head(DEEP).rows()
        header = find_header([row[1:] for row in rows], known)
        yield _found(part, format, frame, int(rows[header - 1][0]))
        found = True
    if not found:
        raise source.problem("has no visible sheet with cells in it; headings were expected.")


def _open_workbook(source: _Source) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(source.data)
    except BaseException as error:
        raise _broken(source, error) from None


def _sheet(reader: fastexcel.ExcelReader, name: str, part: _Source) -> pl.DataFrame | None:
    """The rows of a sheet that hold anything, by their numbers; None if it is hidden."""
    try:
        sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        if sheet.visible != "visible" or not sheet.height:
            return None
        batch, faults = sheet.to_arrow_with_errors()
    except BaseException as error:
        raise _broken(part, error) from None
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    frame = frame.rename({name: f"c{i}" for i, name in enumerate(frame.columns)})
    frame = _with_faults(frame, faults.errors if faults else [])
    frame = _with_spans(frame, reader, name)
    frame = frame.select(_plain_cells(column) for column in frame.get_columns())
    cells = pl.exclude("record")
    return (
        frame.with_row_index("record", offset=1)
        .filter(pl.any_horizontal(cells.is_not_null()))
        .with_columns(pl.col("record").cast(pl.UInt32), cells.fill_null(""))
    )


def _broken(source: _Source, error: BaseException) -> FileProblem:
    """What a failure of the workbook reader means; interrupts pass."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error
    if "password" in str(error).lower():
        return source.problem(PASSWORD)
    return source.problem(
        "is a damaged workbook, perhaps cut short on its way; fetch or export it again."
    )


_FAULTS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}
_SPAN = re.compile(r"PT(\d+)H(\d+)M(\d+)S")


def _with_faults(frame: pl.DataFrame, faults: Sequence[fastexcel.CellError]) -> pl.DataFrame:
    """Put what the reader gives no text for into its cells: `#DIV/0!`, and times of day in ods."""
    texts: dict[int, tuple[list[int], list[str]]] = {}
    for fault in faults:
        row, column = fault.position
        rows, cells = texts.setdefault(column, ([], []))
        rows.append(row)
        cells.append(_fault_text(fault.detail))
    for column, (rows, cells) in texts.items():
        frame = frame.with_columns(frame[f"c{column}"].scatter(rows, cells))
    return frame


def _fault_text(detail: str) -> str:
    if span := _SPAN.search(detail):
        return ":".join(span.groups())
    kind = re.search(r"Error\((\w+)\)", detail)
    return _FAULTS.get(kind[1] if kind else "", "#ERROR!")


def _with_spans(frame: pl.DataFrame, reader: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    """Times of day and hours such as `36:15:00`, which the reader gives as days about 1900."""
    for place, column in enumerate(frame.get_columns()):
        early = column.str.contains(r"^(?:1899-12|1900)-").fill_null(False)
        day_only = column.str.contains("^1900-.* 00:00:00$").fill_null(False)
        if not (early & ~day_only).any():  # none, or a system's way to write "no date"
            continue
        sheet = reader.load_sheet(
            name, header_row=None, skip_rows=0, use_columns=[place], dtypes="duration"
        )
        spans = sheet.to_polars().to_series().dt.total_seconds().fill_null(0)
        texts = [_span_text(span) for span in spans.filter(early)]
        frame = frame.with_columns(column.scatter(early.arg_true(), texts))
    return frame


def _span_text(seconds: int) -> str:
    minutes, second = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def _plain_cells(column: pl.Series) -> pl.Series:
    """Dates without midnight, numbers without the noise of doubles (15 digits, as Excel shows)."""
    column = column.str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1")
    noisy = column.str.contains(r"^-?\d{7,14}\.\d{9}$").fill_null(False)
    if noisy.any():
        clean = [f"{float(cell):.15g}" for cell in column.filter(noisy)]
        column = column.scatter(noisy.arg_true(), clean)
    return column


# ---- archives


def _zip(source: _Source, known: Known) -> Iterator[Found]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(source.data))
    except (zipfile.BadZipFile, ValueError, OSError):
        raise source.problem(
            "is a damaged zip archive or workbook, perhaps cut short; fetch or export it again."
        ) from None
    with archive:
        format = _package(archive)
        if format == "zip":
            yield from _members(source, archive, known)
            return
        if format is None:
            raise source.problem("is a document, not a workbook; export the table as CSV or xlsx.")
        if any(_bomb(member.file_size, member.compress_size) for member in archive.infolist()):
            raise source.problem(BOMB)
        if format == "ods" and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise source.problem(PASSWORD)
        yield from _workbook(source, format, known)


def _package(archive: zipfile.ZipFile) -> str | None:
    """ "xlsx", "xlsb" or "ods"; "zip" for a mere archive; None for other packaged documents."""
    names = {name.replace("\\", "/").lower() for name in archive.namelist()}
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if {"mimetype", "content.xml"} <= names:
        return "ods" if b"spreadsheet" in archive.read("mimetype") else None
    return None if names & {"[content_types].xml", "index/document.iwa"} else "zip"


def _members(source: _Source, archive: zipfile.ZipFile, known: Known) -> Iterator[Found]:
    problem: FileProblem | None = None
    members = [m for m in archive.infolist() if not m.is_dir() and not _LITTER.search(m.filename)]
    if not members:
        raise source.problem("is an archive with nothing in it; pack it again.")
    for member in members:
        try:
            yield from _tables(_unpacked(source, archive, member), known)
        except FileProblem as error:
            problem = problem or error
    if problem:
        raise problem


def _unpacked(source: _Source, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> _Source:
    part = _Source(source.path, source.inner(member.filename), b"")
    if member.flag_bits & 1:
        raise part.problem("is protected by a password; pack it again without one.")
    if _bomb(member.file_size, member.compress_size):
        raise part.problem(BOMB)
    try:
        data = archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise part.problem("is damaged inside its archive; fetch or pack it again.") from None
    return _not_nested(_Source(part.path, part.part, data))


def _bomb(expanded: int, packed: int) -> bool:
    return expanded > LARGEST or (expanded > FREE and expanded > RATIO * max(packed, 1))


def _not_nested(part: _Source) -> _Source:
    """The part itself; FileProblem if it is an archive again."""
    nested = sniff_format(part.data[:512]) in ("gzip", "tar archive")
    if part.data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(part.data)) as archive:
                nested = _package(archive) == "zip"
        except (zipfile.BadZipFile, ValueError, OSError):
            nested = False
    if nested:
        raise part.problem("is an archive within an archive; unpack the outer one first.")
    return part


def _gzip(source: _Source, known: Known) -> Iterator[Found]:
    part = source.inner(re.sub(r"(?i)\.gz$", "", Path(source.part or source.path.name).name))
    pieces: list[bytes] = []
    size = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(source.data)) as stream:
            while piece := stream.read(1 << 22):
                size += len(piece)
                if _bomb(size, len(source.data)):
                    raise source.problem(BOMB)
                pieces.append(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise source.problem("is a damaged or cut-off gzip file; fetch it again.") from None
    yield from _tables(_not_nested(_Source(source.path, part, b"".join(pieces))), known)


# ---- out again

_FOOTER = re.compile(r"^(report )?(generated|printed|created|exported|run)\b|^page \d+", re.I)


def as_csv(found: Found) -> str:
    """The table as RFC 4180 CSV with `\\r\\n` line ends: headings, then records.

    The preamble is left out, and so are records at the end that are blank, that fill their first
    cell only in a table of several columns, or that say when the report was made.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(found.headings)
    rows = [row[1:] for row in found.frame.iter_rows()]
    while rows and _furniture(rows[-1]):
        rows.pop()
    writer.writerows(_cells(row) for row in rows)
    return out.getvalue()


def _furniture(row: Sequence[str | None]) -> bool:
    filled = [i for i, cell in enumerate(row) if cell and cell.strip()]
    if not filled:
        return True
    if filled == [0] and len(row) > 1:
        return True
    return bool(_FOOTER.search((row[filled[0]] or "").strip())) and len(filled) <= 2
