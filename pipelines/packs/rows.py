"""Sheets of the workbook whose many rows are written at once, a column at a time.

The library writes cell by cell, in a second for each hundred thousand; a pack of 200 sites has
more. Texts go through the library's own table of texts, as those of single cells do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

EPOCH = date(1899, 12, 30)  # the day 0 of spreadsheets
LONGEST = 32_767  # letters that a cell holds


def plain(text: str) -> str:
    """A text that the library takes for a text.

    What stands between <r> and </r> it would write into the file as it is; a blank stops that.
    """
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


class Sheet(Worksheet):  # type: ignore[misc]
    """A sheet of our own: its formulas need no rewriting, and it takes whole tables."""

    def __init__(self) -> None:
        super().__init__()
        self._tables: list[tuple[int, pl.DataFrame, list[str], Sequence[Any]]] = []

    def put_table(self, row: int, frame: pl.DataFrame, looks: Sequence[Any]) -> None:
        """Write a table of texts, days and numbers from a row down, a format for each column.

        Nulls stay blank. No cell may be written into these rows otherwise.
        """
        if frame.is_empty():
            return
        self._check_dimensions(row, 0)
        self._check_dimensions(row + frame.height - 1, frame.width - 1)
        written = frame.select(self._written(column) for column in frame)
        kinds = [' t="s"' if column.dtype == pl.String else "" for column in frame]
        self._tables.append((row, written, kinds, looks))

    def _written(self, column: pl.Series) -> pl.Series:
        """A column as it stands in the file: texts are numbers of the table of texts."""
        if column.dtype == pl.String:
            known = column.drop_nulls()
            numbers = {
                text: str(self.str_table._get_shared_string_index(plain(text)[:LONGEST]))
                for text in known.unique(maintain_order=True)
            }
            self.str_table.count += known.len() - len(numbers)
            return column.replace_strict(numbers, return_dtype=pl.String)
        if column.dtype == pl.Date:
            return (column - EPOCH).dt.total_days().cast(pl.String)
        exact = column.cast(pl.Float64) if column.dtype.is_decimal() else column
        return exact.cast(pl.String)

    def _write_rows(self) -> None:
        super()._write_rows()
        for row, frame, kinds, looks in self._tables:
            number = pl.int_range(row + 1, row + 1 + pl.len()).cast(pl.String)
            cells = [
                pl.concat_str(
                    pl.lit(f'<c r="{xl_col_to_name(at)}'), number,
                    pl.lit(f'" s="{look._get_xf_index()}"{kind}><v>'), name, pl.lit("</v></c>"),
                ).fill_null("")
                for at, (name, look, kind) in enumerate(
                    zip(frame.columns, looks, kinds, strict=True)
                )
            ]  # fmt: skip
            rows = frame.select(
                pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>"))
            )
            self.fh.write("".join(rows.to_series()))

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        # None of our formulas uses a function that is written otherwise in the file.
        return formula.removeprefix("=")
