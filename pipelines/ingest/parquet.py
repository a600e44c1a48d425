"""Parquet files to frames of text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from pipelines.ingest.archive import BOMB, FREE, LARGEST, RATIO, Source
from pipelines.ingest.named import WIDE, WIDEST, Named, numbered

if TYPE_CHECKING:
    import pyarrow.parquet as pq

DAMAGED = "is a damaged Parquet file, perhaps cut short on its way; fetch or export it again."
LOCKED = "is an encrypted Parquet file; export it again without encryption."


def read_parquet(source: Source) -> Named:
    """The table of a Parquet file, its cells as a workbook's would be.

    Fields of a structure become columns `a.b`; the members of a list stand in one cell, parted by
    `; `. FileProblem when the file is damaged, encrypted or expands too far.
    """
    # Of all files few are Parquet, and these take long to import.
    import pyarrow as pa
    import pyarrow.parquet as pq

    if source.data[:4] == b"PARE":
        raise source.problem(LOCKED)
    try:
        # Polars' own reader ends in a panic, with a page of text, on much of what may be damaged.
        file = pq.ParquetFile(io.BytesIO(source.data), page_checksum_verification=True)
        _check_size(source, file.metadata)
        table = file.read()
        table.validate(full=True)  # else text that is no UTF-8 passes
        frame = pl.from_arrow(table)
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError):
        raise source.problem(DAMAGED) from None
    assert isinstance(frame, pl.DataFrame)
    frame = _flat(frame)
    if frame.width > WIDEST:
        raise source.problem(WIDE)
    cells = frame.select(_text(column).alias(f"c{i}") for i, column in enumerate(frame))
    return Named(None, tuple(frame.columns), numbered(cells))


def _check_size(source: Source, about: pq.FileMetaData) -> None:
    """FileProblem for few bytes that say they are very much: lists of equal values pack well."""
    if about.num_columns > WIDEST:
        raise source.problem(WIDE)
    cells = about.num_rows * max(1, about.num_columns)
    expanded = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    if expanded > LARGEST or (cells > FREE and cells > RATIO * len(source.data)):
        raise source.problem(BOMB)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    while structs := [c for c, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
        frame = frame.unnest(structs, separator=".")
    return frame


def _text(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if isinstance(kind, pl.List | pl.Array):
        members = column.cast(pl.List(pl.String)) if _plain(kind) else _as_json(column)
        texts = members.list.join("; ") if members.dtype == pl.List(pl.String) else members
    elif isinstance(kind, pl.Datetime):
        texts = column.dt.to_string("%Y-%m-%d %H:%M:%S%.f").str.replace(r"\.0+$", "")
        texts = texts.str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1")
    elif isinstance(kind, pl.Duration):
        texts = pl.Series([_span(s) for s in column.dt.total_seconds().to_list()], dtype=pl.String)
    elif kind.is_float():
        texts = column.cast(pl.String).str.replace(r"^(-?\d+)\.0$", "$1")
    elif kind == pl.Null:
        texts = column.cast(pl.String)
    else:
        texts = column.cast(pl.String, strict=kind != pl.Binary)
    return texts.fill_null("")


def _plain(kind: pl.List | pl.Array) -> bool:
    return not kind.inner.is_nested() and kind.inner not in (pl.Binary, pl.Duration)


def _as_json(column: pl.Series) -> pl.Series:
    frame = column.to_frame("list").select(pl.struct("list").struct.json_encode())
    return frame.to_series().str.replace(r'^\{"list":(.*)\}$', "$1").replace("null", None)


def _span(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    minutes, second = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{second:02}"
