"""Tables that are written cell by cell, each with its place, as frames of text."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from pipelines.ingest.archive import Source
from pipelines.ingest.named import CELLS, WIDE

ROWS, COLUMNS = 1 << 20, 1 << 14  # as many as a sheet of Excel has
SPAN = 1000  # columns that one cell may span


@dataclass(slots=True)
class Grid:
    """A table's rows as they come; `name` is the sheet's, "" where it has none.

    A cell that spans further rows or columns stands in its first place; the others stay empty, so
    that no amount is counted twice.
    """

    name: str = ""
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    row: int = 0  # the number of the row at hand, from 1
    column: int = 0  # the place after the last cell, from 0
    spans: dict[int, int] = field(default_factory=dict)  # column: last row that a cell covers

    def next_row(self, number: int | None = None) -> None:
        """Begin the next row, or the one with this number."""
        self.row = number if number is not None and number > self.row else self.row + 1
        self.column = 0

    def put(self, text: str, across: int = 1, down: int = 1, column: int | None = None) -> None:
        """Set the next free cell of the row, or the one of this column, from 0."""
        if column is not None:
            self.column = column
        while self.spans.get(self.column, 0) >= self.row:
            self.column += 1
        if text and self.row <= ROWS and self.column < COLUMNS:
            self.rows.setdefault(self.row, {})[self.column] = text
        across = max(1, min(across, SPAN))
        if down > 1 and self.column < COLUMNS:
            for place in range(self.column, self.column + across):
                self.spans[place] = self.row + min(down, ROWS) - 1
        self.column += across

    @property
    def width(self) -> int:
        """The number of columns up to the last that holds anything."""
        return max((max(row) + 1 for row in self.rows.values()), default=0)

    def frame(self, source: Source) -> pl.DataFrame:
        """The rows that hold anything, under their numbers; FileProblem when it is too large."""
        width = self.width
        if width * len(self.rows) > CELLS:
            raise source.problem(WIDE)
        numbers = pl.Series("record", list(self.rows), pl.UInt32)
        cells = [
            pl.Series(f"c{i}", [row.get(i, "") for row in self.rows.values()], pl.String)
            for i in range(width)
        ]
        return pl.DataFrame([numbers, *cells])
