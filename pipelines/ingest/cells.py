"""What every kind of value begins with: cells without their padding, and how a column was read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Values:
    """A column that was read.

    `values`: typed, null where the cell is blank or unreadable. `unreadable`: Boolean, true where a
    cell is not blank and yet has no value. `question`: what a person must answer, where the column
    doesn't decide. `style`: what it decided ("decimal comma", "day first"). `rounded`: how many
    numbers had more than four decimals and were rounded half to even.
    """

    values: pl.Series
    unreadable: pl.Series
    question: str | None = None
    style: str | None = None
    rounded: int = 0


def cleaned(
    column: pl.Series, nulls: Collection[str], blanks: str = r"[\s\u200b\ufeff]"
) -> pl.Series:
    """Cells stripped, every kind of blank made plain; null where nothing or one of `nulls` is left.

    `nulls` are compared without regard to case.
    """
    cells = column.cast(pl.String)
    if cells.str.contains(_ODD).any():
        cells = cells.str.replace_all(blanks, " ")
    cells = cells.str.strip_chars()
    empty = cells == ""
    if nulls:
        empty |= cells.str.to_lowercase().is_in([word.strip().lower() for word in nulls])
    return blanked(cells, empty) if empty.any() else cells


_ODD = "[^ -~]"  # anything but the plain blank and the letters and signs of ASCII


def blanked(column: pl.Series, where: pl.Series) -> pl.Series:
    """The column with null in the places where `where` is true."""
    return column.zip_with(~where.fill_null(False), nothing(column))


def nothing(column: pl.Series) -> pl.Series:
    """A column of the same name, type and length that holds only null."""
    return pl.Series(column.name, [None], column.dtype).new_from_index(0, len(column))
