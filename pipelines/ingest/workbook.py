"""Workbooks (xlsx, xlsm, xlsb, xls, ods) to frames of text, one a visible sheet."""

from __future__ import annotations

import datetime
import io
import logging
import re
import zipfile
from collections.abc import Iterator, Sequence

import fastexcel
import polars as pl

from pipelines.errors import FileProblem
from pipelines.ingest.archive import FREE, PASSWORD, Source

# The reader warns on the terminal of chart sheets, which hold no table.
logging.getLogger("calamine").setLevel(logging.ERROR)

SMALL = 1 << 20  # bytes
FAR = (
    "has cells too far apart for a table; delete what stands far below or beside it, and save it "
    "again."
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_REFERENCE = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]{1,9})(\d{1,18})["']""")
# A workbook's first record, perhaps "write protected", then "encrypted".
_XLS_PASSWORD = re.compile(rb"\x09\x08\x10\0.{16}(?:\x86\0\0\0)?\x2f\0", re.S)


def sheets(source: Source) -> Iterator[tuple[str, pl.DataFrame]]:
    """Name and cells of each visible sheet that holds anything.

    `record` (UInt32) is the row's number in the sheet; `c0`, `c1`, … are its cells as text, empty
    ones "". Rows without any cell are left out. A formula is its last computed value; dates are
    ISO text, durations `36:15:00`, errors `#DIV/0!`, numbers `1` and `0.1`.

    FileProblem when the workbook is damaged or protected, or far larger than what stands in it.
    """
    if _is_sparse(source.data):
        raise source.problem(FAR)
    reader = _open(source)
    for name in reader.sheet_names:
        frame = _sheet(reader, name, source)
        if frame is not None and frame.height:
            yield name, frame


def _is_sparse(data: bytes) -> bool:
    """Whether a small xlsx has cells so far apart that its sheet would not fit into memory.

    The reader makes a place for every cell between the first and the last. Only small files are
    looked through: in a large one there are many cells.
    """
    if len(data) > SMALL or not data.startswith(b"PK"):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if not _SHEET.fullmatch(name):
                continue
            found = _REFERENCE.findall(archive.read(name))
            columns = {column for column, _ in found}
            rows = max((int(row) for _, row in found), default=0)
            if rows * max(map(_column, columns), default=0) > FREE:
                return True
    return False


def _column(letters: bytes) -> int:
    """The number of a column by its letters: A is 1."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def refuse_other_documents(source: Source) -> None:
    """FileProblem for what else comes in the container of old Office files."""
    data = source.data
    if _holds(data, "EncryptedPackage") or _XLS_PASSWORD.search(data):
        raise source.problem(PASSWORD)
    if _holds(data, "WordDocument") or _holds(data, "PowerPoint Document"):
        raise source.problem("is a document, not a workbook; export the table as CSV or xlsx.")


def _holds(data: bytes, stream: str) -> bool:
    return stream.encode("utf-16-le") in data


def _open(source: Source) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(source.data)
    except BaseException as error:
        raise _broken(source, error) from None


def _sheet(reader: fastexcel.ExcelReader, name: str, part: Source) -> pl.DataFrame | None:
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


def _broken(source: Source, error: BaseException) -> FileProblem:
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
_DAY_0 = datetime.datetime(1899, 12, 30)
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
        spans = _seconds(column.filter(early))
        if spans is None:
            sheet = reader.load_sheet(
                name, header_row=None, skip_rows=0, use_columns=[place], dtypes="duration"
            )
            spans = sheet.to_polars().to_series().dt.total_seconds().fill_null(0).filter(early)
        frame = frame.with_columns(column.scatter(early.arg_true(), _span_texts(spans)))
    return frame


def _seconds(dates: pl.Series) -> pl.Series | None:
    """The seconds that dates about 1900 stand for; None where the reader's dates leave it open.

    It counts days from 30 December 1899, but one more before day 60, as Excel's 1900 has a 29
    February: so day 60 is written twice.
    """
    moments = dates.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="ms")
    seconds = (moments - _DAY_0).dt.total_seconds()
    if seconds.has_nulls() or (seconds // 86_400 == 60).any():
        return None
    return seconds - (seconds < 60 * 86_400).cast(pl.Int64) * 86_400


def _span_texts(seconds: pl.Series) -> pl.Series:
    """`36:15:00`, by way of each different span."""
    different = seconds.unique()
    texts = [_span_text(span) for span in different]
    return seconds.replace_strict(different, pl.Series(texts, dtype=pl.String))


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
