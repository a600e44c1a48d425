"""Tables whose columns bear names of their own, as in Parquet, JSON and XML, as frames of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import polars as pl

from pipelines.ingest.archive import Source

WIDEST = 4096  # columns
CELLS = 400_000_000  # cells that one table may hold
PIECE = 50_000  # records that are turned into columns at a time

WIDE = "has more columns or cells than a table should; export the table alone, as CSV or xlsx."


@dataclass(frozen=True, slots=True)
class Named:
    """A table and its headings.

    `name` is what the document calls it, None where it holds one table only. `frame` has `record`
    (UInt32, from 1) and `c0`, `c1`, … (String), "" where a record has no such value. `around`
    holds what stands beside the table: (name, value).
    """

    name: str | None
    headings: tuple[str, ...]
    frame: pl.DataFrame
    around: tuple[tuple[str, str], ...] = field(default=())


def framed(
    source: Source, headings: Sequence[str], records: Iterable[Mapping[str, str]], count: int
) -> pl.DataFrame:
    """The frame of `count` records under these headings; FileProblem when it is too large."""
    if len(headings) > WIDEST or len(headings) * count > CELLS:
        raise source.problem(WIDE)
    return numbered(pl.concat([_empty(len(headings)), *_pieces(headings, records)]))


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with its records' numbers, from 1."""
    return frame.with_row_index("record", offset=1).with_columns(pl.col("record").cast(pl.UInt32))


def _pieces(
    headings: Sequence[str], records: Iterable[Mapping[str, str]]
) -> Iterator[pl.DataFrame]:
    rest = iter(records)
    while piece := list(islice(rest, PIECE)):
        yield pl.DataFrame(
            [
                pl.Series(f"c{i}", [record.get(name, "") for record in piece], pl.String)
                for i, name in enumerate(headings)
            ]
        )


def _empty(width: int) -> pl.DataFrame:
    return pl.DataFrame(schema={f"c{i}": pl.String for i in range(width)})
