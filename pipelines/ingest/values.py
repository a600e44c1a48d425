"""From text to typed values, a column at a time, exactly, and with a mask of what couldn't be read.

Each function takes the text cells of one column and gives `Values`. A blank cell is null and not
unreadable. What only the whole column can tell (decimal comma or point, day or month first) is
decided by its votes; where it cannot tell, `question` says what to ask and the cells that hang on
the answer count as unreadable, so that no guess gets into a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

MONEY = pl.Decimal(38, 4)
LIMIT = 10**14  # what the store's DECIMAL(18,4) holds; a longer number is no amount


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


def text(column: pl.Series, *, nulls: Collection[str] = ()) -> Values:
    """Stripped text with plain blanks for no-break ones; line breaks stay; "" is null.

    `nulls` are the words that mean "nothing" here ("N/A"); without them such words stay text.
    """
    cells = _cells(column, nulls, r"[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]")
    return Values(cells, cells.is_null() & False)


def money(
    column: pl.Series,
    *,
    decimal_comma: bool | None = None,
    percent: bool = False,
    hours: bool = False,
    nulls: Collection[str] = (),
) -> Values:
    """Amounts or quantities as Decimal(38,4), exact, never by way of floating point.

    Reads `$1,234.50`, `(123.45)`, `123.45-`, `1.960,17`, `£ 512`, `1,234 CR` (negative), `DR`,
    ` - ` (zero), `1.5E3`, any minus sign, and blanks or apostrophes between thousands. With
    `percent`, `12.5 %` is 0.125; with `hours`, `10:23` is ten hours and twenty-three minutes.
    Two signs on one number, and 10^14 or more, are unreadable.

    `decimal_comma` None lets the column decide. Cells like `1,234` are thousands unless it votes
    for the comma; where all are like `1.234`, the question is returned. More than four decimals are
    rounded half to even and counted in `rounded`, so that a caller can report it for money.
    """
    cells = _cells(column, nulls)
    plain = cells.str.contains(_PLAIN).fill_null(False)
    numbers = cells.filter(plain).str.strip_prefix("-")
    rest = _parts(cells.filter(~plain))
    comma, question = _decimal_comma(pl.concat([numbers, rest["number"]]), decimal_comma)
    if comma or question:
        plain = plain & False
        rest = _parts(cells)
    digits = _digits(rest["number"], comma)
    if question:
        digits = _blanked(digits, rest["number"].str.contains(_EITHER))
    slow, rounded = _assembled(rest, digits, percent)
    if hours:
        slow = slow.zip_with(slow.is_not_null(), _clock(cells.filter(~plain)))
    value = cells.zip_with(plain, _nothing(cells)).cast(MONEY, strict=False)
    value = value.scatter((~plain).arg_true(), slow) if len(slow) else value
    value = _blanked(value, value.abs() >= LIMIT).alias(column.name)
    return Values(
        values=value,
        unreadable=cells.is_not_null() & value.is_null(),
        question=question,
        style="decimal comma" if comma else "decimal point",
        rounded=rounded + int(cells.filter(plain).str.contains(r"\.\d{4}\d*[1-9]").sum()),
    )


def whole(
    column: pl.Series, *, decimal_comma: bool | None = None, nulls: Collection[str] = ()
) -> Values:
    """Whole numbers as Int64; `12.0` and `1,234` are, `12.5` is unreadable."""
    read = money(column, decimal_comma=decimal_comma, nulls=nulls)
    broken = (read.values != read.values.round(0)).fill_null(False)
    value = _blanked(read.values, broken).cast(pl.Int64)
    return Values(value, read.unreadable | broken, read.question, read.style)


_YES = (
    "yes y true t 1 1.0 x on oui o vrai ja j wahr si sí sì s sim verdadero vero ✓ ✔ ☑",
    "no n false f 0 0.0 off non faux nein falsch não nee nej falso ✗ ✘ ☐",
)
_FLAGS = {
    word: yes for words, yes in zip(_YES, (True, False), strict=True) for word in words.split()
}


def flags(column: pl.Series, *, nulls: Collection[str] = ()) -> Values:
    """Yes and no in a few languages, `1`, `0`, `Y`, `x`, as Boolean."""
    cells = _cells(column, nulls)
    value = cells.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    return Values(value, cells.is_not_null() & value.is_null())


def dates(
    column: pl.Series,
    formats: Sequence[str] = (),
    *,
    day_first: bool | None = None,
    nulls: Collection[str] = (),
) -> Values:
    """Dates; a time of day beside them is left out. Forms as for `moments`."""
    read = moments(column, formats, day_first=day_first, nulls=nulls)
    return Values(read.values.dt.date(), read.unreadable, read.question, read.style)


def moments(
    column: pl.Series,
    formats: Sequence[str] = (),
    *,
    day_first: bool | None = None,
    nulls: Collection[str] = (),
) -> Values:
    """Local dates with time of day, as Datetime in microseconds.

    `formats` are strptime patterns, tried in order; "month" stands for every way to write a month
    (`Jun-20`, `2020-06`, `202006`, `FEBRUARY-2026`: its first day), "auto" for all that follows.
    ISO dates are read beside them, unless a pattern begins with the year itself.

    Without formats, or with "auto": ISO, `20230401`, `05-Apr-2020`, `02 Sep 2026`, `April 5, 2020`,
    months, spreadsheet serials 30000 to 59999, and `1/2/2026` in the order that the whole column
    tells, or `day_first`. The time may have 12 or 24 hours, seconds and fractions; without one it
    is midnight. An offset from UTC is left out: the wall clock counts.
    """
    cells = _cells(column, nulls)
    counts = cells.drop_nulls().value_counts(name="rows")
    different = counts.to_series(0)
    value, question, style = _moments(different, counts["rows"], formats or ("auto",), day_first)
    table = pl.DataFrame({"cell": different, "value": value})
    joined = pl.DataFrame({"cell": cells}).join(table, on="cell", how="left", maintain_order="left")
    result = joined["value"].alias(column.name)
    return Values(result, cells.is_not_null() & result.is_null(), question, style)


# ---- what all of them share


def _cells(
    column: pl.Series, nulls: Collection[str], blanks: str = r"[\s\u200b\ufeff]"
) -> pl.Series:
    cells = column.cast(pl.String).str.replace_all(blanks, " ").str.strip_chars()
    empty = cells == ""
    if nulls:
        empty |= cells.str.to_lowercase().is_in([word.strip().lower() for word in nulls])
    return _blanked(cells, empty)


def _blanked(column: pl.Series, where: pl.Series) -> pl.Series:
    return column.zip_with(~where.fill_null(False), _nothing(column))


def _nothing(column: pl.Series) -> pl.Series:
    return pl.Series(column.name, [None], column.dtype).new_from_index(0, len(column))


# ---- numbers

_SIGN = r"[-+\u2212\u2010-\u2015\ufe63\uff0d]"
_CURRENCY = (
    r"(?i:R\$|[A-Z]{0,3}[$€£¥₹₽₩₺₪¢]|kr\.?|zł|Kč|Ft|USD|EUR|GBP|CHF|CAD|AUD|NZD|SEK|NOK|DKK|JPY|INR"
    r"|XOF|XAF|FCFA|CFA|ZAR|MXN|BRL|PLN|CZK|HUF)?"
)
_NUMBER = (
    rf"^{_CURRENCY} ?(?P<before>{_SIGN})? ?{_CURRENCY} ?(?P<open>[(<])? ?{_CURRENCY} ?"
    rf"(?P<inner>{_SIGN})? ?(?P<number>\d[\d.,'’ ]*|[.,]\d+)(?P<power>[eE][-+]?\d{{1,2}})? ?"
    rf"(?P<percent>%)? ?{_CURRENCY} ?(?P<after>{_SIGN})? ?(?P<close>[)>])? ?(?P<percent2>%)? ?"
    rf"{_CURRENCY} ?(?P<side>(?i:CR|DR))?$"
)
_ZERO = rf"^{_CURRENCY} ?[(]?{_SIGN}{{1,3}}[)]? ?{_CURRENCY}$"
_PLAIN = r"^-?\d+(?:\.\d+)?$"
# Numbers that can only be read with a decimal point, or only with a decimal comma, or either way.
_POINT = (
    r"^[\d ',’]*,\d{3}\.\d*$|^\d*\.(?:\d{1,2}|\d{4,})?$|^\d{4,}\.\d+$|^0*\.\d+$"
    r"|^\d{1,3}(?:,\d{3}){2,}$|^\d{1,3}(?:[ '’]\d{3})+\.\d+$"
)
_COMMA = (
    r"^[\d ']*\.\d{3},\d*$|^\d*,(?:\d{1,2}|\d{4,})?$|^\d{4,},\d+$|^0*,\d+$"
    r"|^\d{1,3}(?:\.\d{3}){2,}$|^\d{1,3}(?:[ '’]\d{3})+,\d+$"
)
_EITHER = r"^[1-9]\d{0,2}[.,]\d{3}$"


def _parts(cells: pl.Series) -> pl.DataFrame:
    """The pieces of each number: signs, brackets, digits with their marks, power, per cent."""
    parts = cells.str.extract_groups(_NUMBER).struct.unnest()
    return parts.with_columns(
        pl.col("number").str.strip_chars(), zero=pl.lit(cells).str.contains(_ZERO)
    )


def _decimal_comma(numbers: pl.Series, stated: bool | None) -> tuple[bool, str | None]:
    if stated is not None:
        return stated, None
    point, comma = numbers.str.contains(_POINT).sum(), numbers.str.contains(_COMMA).sum()
    if point != comma:
        return comma > point, None
    if point or numbers.str.contains(r"^[1-9]\d{0,2}\.\d{3}$").any():
        return False, "Is the decimal mark of this column a point or a comma?"
    return False, None


def _digits(numbers: pl.Series, comma: bool) -> pl.Series:
    """`1234.5` for each number that is well grouped, null for the others."""
    mark, group = (",", r"\.") if comma else (r"\.", ",")
    grouped = "|".join(rf"\d{{1,3}}(?:{g}\d{{3}})+" for g in (group, " ", "'", "’"))
    lakh = rf"\d{{1,2}}(?:{group}\d{{2}})+{group}\d{{3}}"
    shape = rf"^(?:{grouped}|{lakh}|\d+)?(?:{mark}\d*)?$"
    fine = numbers.str.contains(shape) & numbers.str.contains(r"\d")
    digits = numbers.str.replace_all(rf"[{group} '’]", "").str.replace(",", ".", literal=True)
    return _blanked(digits, ~fine)


def _assembled(parts: pl.DataFrame, digits: pl.Series, percent: bool) -> tuple[pl.Series, int]:
    """Signed values, and how many of them had to be rounded."""
    signs = [
        pl.col(name).is_not_null() & (pl.col(name) != "+") for name in ("before", "inner", "after")
    ]
    bracket = pl.col("open").is_not_null() & pl.col("close").is_not_null()
    credit = (pl.col("side").str.to_uppercase() == "CR").fill_null(False)
    minus = pl.sum_horizontal(*signs, bracket, credit)
    share = pl.any_horizontal(pl.col("percent", "percent2").is_not_null())
    fine = (minus <= 1) & (pl.col("open").is_null() == pl.col("close").is_null())
    fine &= ~share if not percent else ~(share & pl.col("power").is_not_null())
    power = pl.when(share).then(pl.lit("E-2")).otherwise(pl.col("power").fill_null(""))
    number = pl.when(fine).then(pl.lit(digits) + power)
    value = number.cast(MONEY, strict=False)
    signed = pl.when(minus == 1).then(-value).otherwise(value)
    nought = pl.when("zero").then(pl.lit(0).cast(MONEY))
    long = (number.str.contains(r"\.\d{5}|[eE]")).fill_null(False)
    table = parts.select(value=pl.coalesce(signed, nought), long=long, number=number)
    doubt = table.filter("long").select(
        rounded=pl.col("number").cast(pl.Decimal(38, 20), strict=False) != pl.col("value").abs()
    )
    return table["value"], int(doubt["rounded"].sum())


def _clock(cells: pl.Series) -> pl.Series:
    """`10:23` and `-1:30:30` as hours; 10^-4 h is 0.36 s, so seconds times 25/9, in integers."""
    parts = cells.str.extract_groups(r"^(-)?(\d{1,6}):([0-5]\d)(?::([0-5]\d))?$").struct.unnest()
    sign, h, m, s = parts.get_columns()
    seconds = h.cast(pl.Int64) * 3600 + m.cast(pl.Int64) * 60 + s.cast(pl.Int64).fill_null(0)
    units = (seconds * 25 + 4) // 9
    units = units.zip_with(sign.is_null(), -units).cast(pl.String)
    return (units + "E-4").cast(MONEY, strict=False)


# ---- dates

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

_Decision = tuple[pl.Series, str | None, str | None]  # values, question, style


def _moments(
    cells: pl.Series, rows: pl.Series, formats: Sequence[str], day_first: bool | None
) -> _Decision:
    """Different cells, and how many rows have each, to their moments, a question and a style."""
    value = _nothing(cells).cast(pl.Datetime("us"))
    question = style = None
    for form in formats:
        if form == "auto":
            read, question, style = _auto(cells, rows, day_first)
        elif form == "month":
            read = _months(cells)
        else:
            # %B reads short names as well, %b only those
            stated = form.replace("%b", "%B")
            read = cells.str.to_datetime(stated, time_unit="us", strict=False)
        value = value.zip_with(value.is_not_null(), read)
    if not any(form.startswith("%Y") for form in formats):
        value = _filled(value, cells, partial(_timed, days=partial(_day, pattern=_ISO)))
    return _blanked(value, ~value.dt.year().is_between(1900, 2199)), question, style


def _filled(
    value: pl.Series, cells: pl.Series, reader: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """Read those cells that have no value yet."""
    open_ = value.is_null().arg_true()
    return value.scatter(open_, reader(cells.gather(open_))) if len(open_) else value


def _auto(cells: pl.Series, rows: pl.Series, day_first: bool | None) -> _Decision:
    question = style = None

    def days(day: pl.Series) -> pl.Series:
        nonlocal question, style
        ordered, question, style = _ordered(day, rows, day_first)
        for form in (_ISO, _COMPACT, *_NAMED, *_MONTH_FORMS):
            ordered = _filled(ordered, day, partial(_day, pattern=form))
        return ordered

    return _filled(_timed(cells, days), cells, _serial), question, style


def _ordered(day: pl.Series, rows: pl.Series, day_first: bool | None) -> _Decision:
    """`1/2/2026` in the order that the column tells; null in all open cells where it can't."""
    by_day, by_month = _day(day, _NUMERIC, "ab"), _day(day, _NUMERIC, "ba")
    only_day = int(rows.filter(by_day.is_not_null() & by_month.is_null()).sum())
    only_month = int(rows.filter(by_month.is_not_null() & by_day.is_null()).sum())
    if day_first is None and only_day != only_month:
        day_first = only_day > only_month
    if day_first is not None:
        return by_day if day_first else by_month, None, "day first" if day_first else "month first"
    same = (by_day == by_month).fill_null(False)
    ask = only_day > 0 or bool((by_day.is_not_null() & ~same).any())
    question = "Does this column put the day or the month first?" if ask else None
    return _blanked(by_day, ~same), question, None


def _day(cells: pl.Series, pattern: str, order: str = "ym") -> pl.Series:
    """Dates by a pattern with the groups y, m or n (a month's name), and d (else the first).

    `order` names the groups of day and month where they are called a and b.
    """
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
    date = days(clock["day"].zip_with(clock["day"].is_not_null(), cells))
    return date.cast(pl.Datetime("us")) + _time_of_day(clock)


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
