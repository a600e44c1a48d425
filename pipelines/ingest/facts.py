"""From typed columns to the rows of feeds, as the profile's `[[facts]]` say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from pipelines.feeds import FEEDS, Column, Feed, Kind, literal
from pipelines.ingest.conform import composed
from pipelines.ingest.privacy import pseudonyms
from pipelines.profiles import Cell, Facts, Profile

TYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.MOMENT: pl.Datetime("us"),
    Kind.MONEY: pl.Decimal(18, 4),
    Kind.NUMBER: pl.Decimal(18, 4),
    Kind.WHOLE: pl.Int64(),
    Kind.FLAG: pl.Boolean(),
}


def build_facts(
    values: pl.DataFrame,
    profile: Profile,
    *,
    currency: str,
    secret: bytes,
    month: date | None = None,
) -> dict[str, pl.DataFrame]:
    """The rows of each feed: its columns, typed, and `record`, `fact`, `system`, `slice`.

    `values` holds `record` and the profile's columns (see `Conformed.values`); `currency` is the
    group's, for rows whose file and profile name none; `secret` keys the workers' pseudonyms;
    `month` is the file's month where these are only some of its records.
    """
    built: dict[str, list[pl.DataFrame]] = {}
    slices = slice_texts(values, profile, month)
    number = 0
    for facts in profile.facts:
        for member in facts.across:
            number += 1
            frame = _rows(values, facts, {**facts.cells, **member}, number)
            built.setdefault(facts.feed, []).append(frame)
    return {
        feed: _finish(pl.concat(parts), FEEDS[feed], profile, currency, secret, slices)
        for feed, parts in built.items()
    }


def _rows(values: pl.DataFrame, facts: Facts, cells: dict[str, Cell], number: int) -> pl.DataFrame:
    feed = FEEDS[facts.feed]
    # Counts run over all records, also those that state no such fact: a line keeps its number.
    rows = values.select(
        pl.col("record"),
        pl.lit(number, pl.Int32).alias("fact"),
        *(expression(cells.get(c.name), c).alias(c.name) for c in feed.columns),
    ).filter(values.select(_wanted(facts)).to_series())
    if facts.skip_blank not in cells:
        return rows
    return rows.filter(pl.col(facts.skip_blank).is_not_null())


def _twelfth(amount: pl.Expr, month: int) -> pl.Expr:
    """A month's part of a year's amount, to the cent; the twelfth takes what is left over."""
    units = (amount.cast(pl.Decimal(38, 4)) * 10_000).cast(pl.Int128)

    def down_to(months: int) -> pl.Expr:
        return units if months == 12 else units * months // 12 // 100 * 100

    part = (down_to(month) - down_to(month - 1)).cast(pl.Decimal(38, 0))
    return (part.cast(pl.String) + "E-4").cast(pl.Decimal(38, 4))


def _wanted(facts: Facts) -> pl.Expr:
    """Whether a record holds what the facts ask of it."""
    asked = (
        pl.col(name).cast(pl.String).str.to_lowercase().is_in(values).fill_null(False)
        for name, values in facts.where.items()
    )
    return pl.all_horizontal(pl.repeat(True, pl.len()), *asked)


def expression(cell: Cell | None, column: Column) -> pl.Expr:
    """The polars expression that fills a feed's column from the typed source columns."""
    kind = TYPES[column.kind]
    if cell is None:
        return pl.lit(None, kind)
    if cell.constant is not None:
        return pl.lit(literal(cell.constant, column.kind), kind)
    if cell.text is not None:
        return composed(cell.text)
    if cell.count is not None:
        return pl.int_range(1, pl.len() + 1).over(list(cell.count)).cast(pl.String)
    if cell.column == "@record":
        return pl.col("record").cast(pl.String)
    found = pl.col(str(cell.column))
    if cell.less:
        # What is left of a total; a part that is blank took nothing off it.
        left = found - pl.sum_horizontal(pl.col(name).fill_null(0) for name in cell.less)
        found = pl.when(left != 0).then(left)
    if cell.times is not None:
        factor = pl.lit(Decimal(cell.times), pl.Decimal(20, 10))
        found = (found.cast(pl.Decimal(38, 4)) * factor).round(4)
    if cell.months:
        found = found.dt.offset_by(f"{cell.months}mo")
    if cell.shift:
        found = found.dt.offset_by(f"{cell.shift}d")
    if cell.month_start:
        found = found.dt.month_start()
    if cell.twelfth:
        found = _twelfth(found, cell.twelfth)
    if cell.month_end:
        found = found.dt.month_end()
    if cell.negate:
        found = -found
    return found.cast(kind)


def _finish(
    facts: pl.DataFrame, feed: Feed, profile: Profile, currency: str, secret: bytes,
    slices: pl.DataFrame | None,
) -> pl.DataFrame:  # fmt: skip
    if "currency" in facts.columns:
        stated = pl.col("currency").str.to_uppercase()
        facts = facts.with_columns(stated.fill_null(profile.currency or currency))
    if "worker" in facts.columns:
        facts = facts.with_columns(pseudonyms(facts["worker"], secret).alias("worker"))
    facts = facts.with_columns(system=pl.lit(profile.system))
    if slices is not None:
        return facts.join(slices, on="record", how="left", maintain_order="left")
    return facts.with_columns(slice=_joined(feed.slice))


def file_month(values: pl.DataFrame, profile: Profile) -> date | None:
    """The month in which most records of a file fall; None where the profile doesn't ask for it."""
    if not profile.file_month:
        return None
    months = values[profile.file_month].cast(pl.Date).dt.month_start().drop_nulls()
    modal: date | None = months.mode().min() if len(months) else None  # type: ignore[assignment]
    return modal


def slice_texts(
    values: pl.DataFrame, profile: Profile, month: date | None = None
) -> pl.DataFrame | None:
    """(record, slice): what each record's file replaces; None where the feed's own rule holds."""
    if not profile.slice:
        return None
    columns = values
    if "@file_month" in profile.slice:
        modal = month or file_month(values, profile)
        columns = columns.with_columns(pl.lit(modal, pl.Date).alias("@file_month"))
    if "@file_months" in profile.slice:
        months = values[str(profile.file_month)].cast(pl.Date).dt.month_start()
        columns = columns.with_columns(_own_months(months).alias("@file_months"))
    return columns.select("record", slice=_joined(profile.slice))


STRAY = 10  # a month with less than a tenth of the rows of the fullest is not what a file reports


def _own_months(months: pl.Series) -> pl.Series:
    """For each record the month that it belongs to: its own, if the file reports that month.

    A file may hold one month, a quarter or all years so far. A few rows that stray into another
    month belong to the fullest one, and so replace nothing there.
    """
    counts = months.drop_nulls().value_counts(name="rows").sort("rows", months.name)
    if not counts.height:
        return months
    fullest = counts[months.name][-1]
    reported = counts.filter(pl.col("rows") * STRAY >= counts["rows"][-1])[months.name]
    own = months.is_in(reported.implode()).fill_null(False)
    return months.zip_with(own, pl.Series([fullest]).new_from_index(0, len(months)))


def _joined(names: tuple[str, ...]) -> pl.Expr:
    """The text of a slice; `@month:date` stands for the month of a column.

    Its parts are set apart by a mark that no cell holds: "A|B" and "C" are not "A" and "B|C".
    """
    parts = [
        pl.col(name.removeprefix("@month:")).cast(pl.Date).dt.month_start()
        if name.startswith("@month:")
        else pl.col(name)
        for name in names
    ]
    if not parts:
        return pl.lit(None, pl.String)
    return pl.concat_str([part.cast(pl.String).fill_null("") for part in parts], separator="\x1f")
