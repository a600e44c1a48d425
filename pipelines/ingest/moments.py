"""Dates and times of day from text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import polars as pl

from pipelines.ingest.cells import Values, blanked, cleaned, nothing

ORDER_QUESTION = "Does this column put the day or the month first?"
BOTH_QUESTION = (
    "This column puts the day first in some rows and the month first in others: which is meant in "
    "each row that could be either?"
)


class Order(StrEnum):
    """In which order a column writes `1/2/2026`."""

    DAY = "day first"
    MONTH = "month first"
    BOTH = "both orders"  # some rows can only be read one way, some only the other
    OPEN = "not told"
    ANY = "no matter"  # no row depends on it

    @property
    def question(self) -> str | None:
        """What a person must answer before the open cells can be read."""
        return {Order.OPEN: ORDER_QUESTION, Order.BOTH: BOTH_QUESTION}.get(self)

    @property
    def style(self) -> str | None:
        """How the column was read."""
        return None if self in (Order.OPEN, Order.ANY) else str(self)


@dataclass(frozen=True, slots=True)
class DateVotes:
    """How many rows of a column tell the order of day and month, and how many depend on it.

    `day` and `month` can only be read with that first; `open` are two different days, as one takes
    them. Votes of a column's pieces can be added.
    """

    day: int = 0
    month: int = 0
    open: int = 0

    def __add__(self, other: DateVotes) -> DateVotes:
        return DateVotes(self.day + other.day, self.month + other.month, self.open + other.open)

    def decide(self, day_first: bool | None = None) -> Order:
        """The order of the column; `day_first` decides only where its cells don't.

        One row that can only be read the other way is enough for doubt: the order of the majority
        would be a guess for every open row.
        """
        if self.day and self.month:
            return Order.BOTH if self.open else Order.ANY
        if self.day or self.month:
            return Order.DAY if self.day else Order.MONTH
        if not self.open:
            return Order.ANY
        return Order.OPEN if day_first is None else Order.DAY if day_first else Order.MONTH


def date_votes(
    column: pl.Series, formats: Sequence[str] = (), nulls: Collection[str] = ()
) -> DateVotes:
    """The votes of a column, or of a piece of it, on the order of its dates.

    Stated forms need none.
    """
    if formats and "auto" not in formats:
        return DateVotes()
    counts = cleaned(column, nulls).drop_nulls().value_counts(name="rows")
    return _votes(_both_ways(_day_part(counts.to_series(0))), counts["rows"])


def dates(
    column: pl.Series,
    formats: Sequence[str] = (),
    *,
    day_first: bool | None = None,
    order: Order | None = None,
    settle: Callable[[DateVotes], DateVotes] | None = None,
    clean: bool = False,
    nulls: Collection[str] = (),
) -> Values:
    """Dates; a time of day beside them is left out. Forms as for `moments`."""
    read = moments(
        column, formats, day_first=day_first, order=order, settle=settle, clean=clean, nulls=nulls
    )
    return Values(read.values.dt.date(), read.unreadable, read.question, read.style)


def moments(
    column: pl.Series,
    formats: Sequence[str] = (),
    *,
    day_first: bool | None = None,
    order: Order | None = None,
    settle: Callable[[DateVotes], DateVotes] | None = None,
    clean: bool = False,
    nulls: Collection[str] = (),
) -> Values:
    """Local dates with time of day, as Datetime in microseconds.

    `formats` are strptime patterns, tried in order; "month" stands for every way to write a month
    (`Jun-20`, `2020-06`, `202006`, `FEBRUARY-2026`: its first day), "auto" for all that follows.
    ISO dates are read beside them, unless a pattern begins with the year itself.

    Without formats, or with "auto": ISO, `20230401`, `05-Apr-2020`, `02 Sep 2026`, `April 5, 2020`,
    months, spreadsheet serials 30000 to 59999, and `1/2/2026` in the order that the whole column
    tells, or `day_first` where it leaves that open. In a column with both orders, what can be read
    one way only is read so, and what could be two days is unreadable: `day_first` decides nothing
    there. `order` is the one to read by; else `settle` takes the votes of these cells and gives
    those that decide, where this is a piece of a column.

    The time may have 12 or 24 hours, seconds and fractions; without one it is midnight, and so it
    is where a stated form has 12 hours (`%I`) and no AM or PM. An offset from UTC is left out: the
    wall clock counts.
    """
    cells = column if clean else cleaned(column, nulls)
    counts = cells.drop_nulls().value_counts(name="rows")
    different = counts.to_series(0)
    formats = formats or ("auto",)
    iso = "auto" in formats and different.str.contains(_ISO_DAY).all()
    both = _both_ways(_day_part(different) if "auto" in formats and not iso else different.clear())
    if order is None:
        votes = _votes(both, counts["rows"])
        order = (settle(votes) if settle else votes).decide(day_first)
    # Most columns are so, and need no other form to be tried.
    value = _moments(different, ("%Y-%m-%d",) if iso else formats, _ordered(both, order))
    place = cells.cast(pl.Enum(different)).to_physical()
    result = value.gather(place).alias(column.name)
    return Values(result, cells.is_not_null() & result.is_null(), order.question, order.style)


_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jän feb mrz apr mai jun jul aug sept okt nov dez",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv févr mars avr mai juin juil août sept oct nov déc",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago set oct nov dic",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
        "dicembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "januari februari maart april mei juni juli augustus september oktober november december",
    )
    for number, name in enumerate(names.split(), 1)
}

_TIME = (
    r"^(?P<day>.*?[\d.])(?:[T ]|, ?)(?P<h>\d{1,2}):(?P<m>[0-5]\d)"
    r"(?::(?P<s>[0-5]\d)(?:[.,](?P<f>\d{1,9}))?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)? ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?$"
)
_WEEKDAY = r"(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
_YEAR = r"(?P<y>\d{4}|\d{2})"
_NAME = r"(?P<n>\pL{3,})"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_ISO = r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})$"
_ISO_DAY = r"^\d{4}-\d{2}-\d{2}$"
_COMPACT = r"^(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)$"
_NUMERIC = rf"^(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.]{_YEAR}$"
_NAMED = (
    rf"^{_WEEKDAY}{_DAY}[-/. ]*{_NAME}[-/., ]*{_YEAR}$",  # 05-Apr-2020
    rf"^{_WEEKDAY}{_NAME}\.? ?{_DAY},? (?P<y>\d{{4}})$",  # April 5, 2020
)
_MONTH_FORMS = (
    rf"^{_NAME}[-/.,' ]*{_YEAR}$",
    rf"^(?P<y>\d{{4}})[-/., ]*{_NAME}$",
    r"^(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})$",
    r"^(?P<m>\d{1,2})[-/.](?P<y>(?:19|20)\d\d)$",
)
_COMPACT_MONTH = r"^(?P<y>(?:19|20)\d\d)(?P<m>\d\d)$"


def _moments(cells: pl.Series, formats: Sequence[str], ordered: pl.Series) -> pl.Series:
    """Different cells to their moments; `ordered` are the days of those like `1/2/2026`."""
    value = nothing(cells).cast(pl.Datetime("us"))
    for form in formats:
        if form == "auto":
            read = _auto(cells, ordered)
        elif form == "month":
            read = _months(cells)
        else:
            read = _stated(cells, form)
        value = value.zip_with(value.is_not_null(), read)
    if not any(form.startswith("%Y") for form in formats):
        value = _filled(value, cells, partial(_timed, days=partial(_day, pattern=_ISO)))
    return blanked(value, ~value.dt.year().is_between(1900, 2199))


def _stated(cells: pl.Series, form: str) -> pl.Series:
    """Cells of one stated form."""
    # %B reads short names as well, %b only those
    form = form.replace("%b", "%B")
    if "%I" in form and "%p" not in form:
        # Half past eight of such a clock may be morning or evening: only the day is told.
        read = cells.str.to_datetime(form.replace("%I", "%H"), time_unit="us", strict=False)
        return read.dt.truncate("1d")
    return cells.str.to_datetime(form, time_unit="us", strict=False)


def _filled(
    value: pl.Series, cells: pl.Series, reader: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """Read those cells that have no value yet."""
    if not value.null_count():
        return value
    open_ = value.is_null().arg_true()
    return value.scatter(open_, reader(cells.gather(open_)))


def _auto(cells: pl.Series, ordered: pl.Series) -> pl.Series:
    def days(day: pl.Series) -> pl.Series:
        found = ordered
        for form in (_ISO, _COMPACT, *_NAMED, *_MONTH_FORMS):
            found = _filled(found, day, partial(_day, pattern=form))
        return found

    return _filled(_timed(cells, days), cells, _serial)


def _both_ways(day: pl.Series) -> tuple[pl.Series, pl.Series]:
    """What `1/2/2026` is with the day first, and with the month first."""
    return _day(day, _NUMERIC, "ab"), _day(day, _NUMERIC, "ba")


def _votes(both: tuple[pl.Series, pl.Series], rows: pl.Series) -> DateVotes:
    """The votes of different days, read both ways, of which each stands in so many rows."""
    by_day, by_month = both
    if not len(by_day):
        return DateVotes()
    other = (by_day != by_month).fill_null(False)
    told = (
        by_day.is_not_null() & by_month.is_null(),
        by_month.is_not_null() & by_day.is_null(),
        other,
    )
    return DateVotes(*(int(rows.filter(mask).sum()) for mask in told))


def _ordered(both: tuple[pl.Series, pl.Series], order: Order) -> pl.Series:
    """`1/2/2026` in an order; null in all open cells where the column has none or both."""
    by_day, by_month = both
    if order in (Order.DAY, Order.MONTH):
        return by_day if order is Order.DAY else by_month
    either = by_day.zip_with(by_day.is_not_null(), by_month)
    return blanked(either, (by_day != by_month).fill_null(False))


def _day(cells: pl.Series, pattern: str, order: str = "ym") -> pl.Series:
    """Dates by a pattern with the groups y, m or n (a month's name), and d (else the first).

    `order` names the groups of day and month where they are called a and b.
    """
    if not len(cells) or (_NAME in pattern and not cells.str.contains(r"\pL").any()):
        return nothing(cells).cast(pl.Date)
    parts = cells.str.extract_groups(pattern).struct.unnest()
    year = pl.col("y")
    if r"|\d{2})" in pattern:
        century = pl.when(year.cast(pl.Int32) < 70).then(pl.lit("20")).otherwise(pl.lit("19"))
        year = pl.when(year.str.len_chars() == 2).then(century + year).otherwise(year)
    if "n" in parts.columns:
        names = pl.col("n").str.to_lowercase()
        month = names.replace_strict(_MONTHS, default=None, return_dtype=pl.Int32).cast(pl.String)
    else:
        month = pl.col(order[1])
    day = pl.col("d") if "d" in parts.columns else pl.lit("1")
    day = pl.col(order[0]) if order != "ym" else day
    date = pl.concat_str(year, month, day, separator="-").str.to_date("%Y-%m-%d", strict=False)
    return parts.select(date).to_series()


def _months(cells: pl.Series) -> pl.Series:
    """The first day of the month, however it is written."""
    value = _day(cells, _COMPACT_MONTH)
    for form in (*_MONTH_FORMS, _ISO):
        value = _filled(value, cells, partial(_day, pattern=form))
    return value.dt.truncate("1mo").cast(pl.Datetime("us"))


def _timed(cells: pl.Series, days: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Moments, where `days` reads what stands before the time of day."""
    if not cells.str.contains(":", literal=True).any():
        return days(cells).cast(pl.Datetime("us"))
    clock = cells.str.extract_groups(_TIME).struct.unnest()
    date = days(_day_part(cells))
    return date.cast(pl.Datetime("us")) + _time_of_day(clock)


def _day_part(cells: pl.Series) -> pl.Series:
    """What stands before the time of day."""
    if not cells.str.contains(":", literal=True).any():
        return cells
    day = cells.str.extract(_TIME.replace("(?P<day>", "("), 1)
    return day.zip_with(day.is_not_null(), cells)


def _time_of_day(clock: pl.DataFrame) -> pl.Series:
    hour = pl.col("h").cast(pl.Int64)
    half = pl.col("half").str.slice(0, 1).str.to_lowercase()
    afternoon = (half == "p").cast(pl.Int64) * 12
    hours = pl.when(half.is_null()).then(hour).otherwise(hour % 12 + afternoon).fill_null(0)
    fine = pl.when(half.is_null()).then(hours < 24).otherwise(hour.is_between(1, 12))
    minutes, seconds = (pl.col(name).cast(pl.Int64).fill_null(0) for name in "ms")
    micro = pl.col("f").fill_null("").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    total = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micro
    span = pl.duration(microseconds=total, time_unit="us")
    return clock.select(pl.when(fine).then(span)).to_series()


def _serial(cells: pl.Series) -> pl.Series:
    """Spreadsheet serials: days since 30 December 1899, with a fraction for the time of day."""
    parts = cells.str.extract_groups(r"^(?P<day>[3-5]\d{4})(?P<part>\.\d+)?$").struct.unnest()
    days = pl.duration(days=pl.col("day").cast(pl.Int64), time_unit="us")
    part = ("0" + pl.col("part")).cast(pl.Float64).fill_null(0.0)
    seconds = pl.duration(seconds=(part * 86400).round(0).cast(pl.Int64), time_unit="us")
    return parts.select(pl.datetime(1899, 12, 30, time_unit="us") + days + seconds).to_series()
