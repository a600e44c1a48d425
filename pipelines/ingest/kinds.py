"""What kind of values stand in a column: how many of its first cells can be read as which."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipelines.feeds import Kind
from pipelines.ingest.values import (
    Order,
    date_votes,
    dates,
    decimal_votes,
    flags,
    moments,
    money,
    text,
    whole,
)
from pipelines.profiles import Source

SAMPLE = 200  # records that are looked at
FEW = 3  # filled cells that a column must have to be judged by them


def first_cells(frame: pl.DataFrame, place: str) -> pl.Series:
    """The filled ones among the first cells of a column, stripped."""
    cells = frame[place].head(SAMPLE).str.strip_chars("\ufeff\u00a0\u202f \t\r\n")
    return cells.filter((cells != "").fill_null(False))


def share_of_kind(cells: pl.Series, source: Source) -> float | None:
    """The share of filled cells that a source column can read, under the reading that fits best.

    None where that tells nothing: the column is text, or too few cells are filled.
    """
    if source.kind is Kind.TEXT or len(cells) < FEW:
        return None
    if source.pattern is not None:
        cells = cells.str.extract(f"(?i){source.pattern.pattern}", 1)
    return readable(cells, source.kind, source.formats) / len(cells)


def readable(cells: pl.Series, kind: Kind, formats: tuple[str, ...] = ()) -> int:
    """How many cells are of a kind, under the decimal mark or order of dates that reads most."""
    most = 0
    for values in _readings(cells, kind, formats):
        most = max(most, len(values) - values.null_count())
        if most == len(cells):
            break
    return most


def reading(cells: pl.Series, source: Source) -> str | None:
    """How a column's cells are read, in words: "day first", "decimal comma", a stated form.

    None for text, and where the cells leave nothing to decide.
    """
    match source.kind:
        case Kind.DATE | Kind.MOMENT:
            if source.formats:
                return " or ".join(source.formats)
            return date_votes(cells).decide(source.day_first).style
        case Kind.MONEY | Kind.NUMBER | Kind.WHOLE:
            comma, question = decimal_votes(cells).decide(source.decimal_comma)
            return None if question else "decimal comma" if comma else "decimal point"
        case Kind.FLAG | Kind.TEXT:
            return None


def hanging(cells: pl.Series, source: Source) -> pl.Series:
    """Which cells would have a value if the question of their column were answered."""
    if source.pattern is not None:
        cells = cells.str.extract(f"(?i){source.pattern.pattern}", 1)
    first, *others = (v.is_not_null() for v in _readings(cells, source.kind, source.formats))
    for other in others:
        first |= other
    return first


def _readings(cells: pl.Series, kind: Kind, formats: tuple[str, ...]) -> Iterator[pl.Series]:
    """The values of cells under each answer to the question that their kind may raise."""
    match kind:
        case Kind.DATE:
            read = (dates(cells, formats, order=order) for order in (Order.DAY, Order.MONTH))
        case Kind.MOMENT:
            read = (moments(cells, formats, order=order) for order in (Order.DAY, Order.MONTH))
        case Kind.MONEY | Kind.NUMBER:
            hours = kind is Kind.NUMBER
            read = (money(cells, decimal_comma=comma, hours=hours) for comma in (False, True))
        case Kind.WHOLE:
            read = (whole(cells, decimal_comma=comma) for comma in (False, True))
        case Kind.FLAG:
            read = (flags(cells) for _ in range(1))
        case Kind.TEXT:
            read = (text(cells) for _ in range(1))
    return (values.values for values in read)
