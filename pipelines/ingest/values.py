"""From text to typed values, a column at a time, exactly, and with a mask of what couldn't be read.

Each function takes the text cells of one column and gives `Values`. A blank cell is null and not
unreadable. What only the whole column can tell (decimal comma or point, day or month first) is
decided by its votes; where it cannot tell, `question` says what to ask and the cells that hang on
the answer count as unreadable, so that no guess gets into a sum.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

MONEY = pl.Decimal(38, 4)
LIMIT = 10**14  # what the store's DECIMAL(18,4) holds; a longer number is no amount

_BLANKS = r"[\s\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]"


@dataclass(frozen=True, slots=True)
class Values:
    """A column that was read.

    `values`: typed, null where the cell is blank or unreadable. `unreadable`: Boolean, true where a
    cell is not blank and yet has no value. `question`: what a person must answer, where the column
    doesn't decide. `style`: what the column decided ("decimal comma", "day first"). `rounded`: how
    many numbers had more than four decimals and were rounded half to even.
    """

    values: pl.Series
    unreadable: pl.Series
    question: str | None = None
    style: str | None = None
    rounded: int = 0


def text(column: pl.Series, *, nulls: Collection[str] = ()) -> Values:
    """Stripped text, inner no-break blanks made plain; "" is null.

    `nulls` are the words that mean "nothing" here ("N/A"); without them such words stay text.
    """
    cells = _cells(column, nulls)
    return Values(cells, _none(column))


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
    Two signs on one number, or 10^14 and more, are unreadable.

    `decimal_comma` None lets the column decide. Cells like `1,234` are thousands unless it votes
    for the comma; where all are like `1.234`, the question is returned. More than four decimals are
    rounded half to even and counted in `rounded`, so that a caller can report it for money.
    """
    cells = _cells(column, nulls)
    parts = _parts(cells)
    comma, question = _decimal_comma(parts["number"], decimal_comma)
    digits = _digits(parts["number"], comma)
    if question:
        digits = digits.set(digits.is_not_null() & parts["number"].str.contains(_EITHER), None)
    value = _assemble(parts, digits, percent)
    if hours:
        value = value.zip_with(value.is_not_null(), _clock(cells))
    value = value.set((value.abs() >= LIMIT).fill_null(False), None).alias(column.name)
    return Values(
        values=value,
        unreadable=cells.is_not_null() & value.is_null(),
        question=question,
        style="decimal comma" if comma else "decimal point",
        rounded=int((digits.str.contains(r"\.\d{4}\d*[1-9]") & value.is_not_null()).sum()),
    )


number = money


def whole(column: pl.Series, *, nulls: Collection[str] = ()) -> Values:
    """Whole numbers as Int64; `12.0` and `1,234` are, `12.5` is unreadable."""
    read = money(column, nulls=nulls)
    value = read.values
    broken = (value != value.round(0)).fill_null(False)
    value = value.set(broken, None).cast(pl.Int64)
    return Values(value, read.unreadable | broken, read.question, read.style)


_YES = [
    "yes",
    "y",
    "true",
    "t",
    "1",
    "x",
    "on",
    "oui",
    "o",
    "vrai",
    "ja",
    "j",
    "wahr",
    "si",
    "sí",
    "sì",
    "s",
    "sim",
    "verdadero",
    "vero",
    "✓",
    "✔",
    "☑",
]
_NO = [
    "no",
    "n",
    "false",
    "f",
    "0",
    "off",
    "non",
    "faux",
    "nein",
    "falsch",
    "não",
    "nee",
    "nej",
    "falso",
    "✗",
    "✘",
    "☐",
]


def flags(column: pl.Series, *, nulls: Collection[str] = ()) -> Values:
    """Yes and no in a few languages, `1`, `0`, `Y`, `x`, as Boolean."""
    cells = _cells(column, nulls)
    words = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False), "1.0": True, "0.0": False}
    value = cells.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
    return Values(value, cells.is_not_null() & value.is_null())


def dates(
    column: pl.Series,
    formats: Sequence[str] = (),
    *,
    day_first: bool | None = None,
    nulls: Collection[str] = (),
) -> Values:
    """Dates; a time of day beside them is left out.

    `formats` are strptime patterns, tried in order; "month" stands for every way to write a month
    (`Jun-20`, `2020-06`, `FEBRUARY-2026`: its first day), "auto" for the rest. Without formats, or
    with "auto": ISO, `20230401`, `05-Apr-2020`, `02 Sep 2026`, `April 5, 2020`, month forms,
    spreadsheet serials 30000 to 59999, and `1/2/2026` in the order that the whole column tells.
    """
    read = moments(column, formats, day_first=day_first, nulls=nulls)
    return Values(read.values.dt.date(), read.unreadable, read.question, read.style)


def moments(
    column: pl.Series,
    formats: Sequence[str] = (),
    *,
    day_first: bool | None = None,
    nulls: Collection[str] = (),
) -> Values:
    """Local dates with time of day, as Datetime in microseconds; forms as for `dates`.

    The time may have 12 or 24 hours, seconds and fractions; without a time it is midnight. An
    offset from UTC is left out: the wall clock counts.
    """
    cells = _cells(column, nulls)
    counts = cells.drop_nulls().value_counts(name="rows")
    different = counts.to_series(0)
    value, question, style = _moments(different, counts["rows"], formats or ("auto",), day_first)
    table = pl.DataFrame({"cell": different, "value": value})
    joined = pl.DataFrame({"cell": cells}).join(table, on="cell", how="left", maintain_order="left")
    result = joined["value"].alias(column.name)
    return Values(result, cells.is_not_null() & result.is_null(), question, style)


# What all of them begin with


def _cells(column: pl.Series, nulls: Collection[str]) -> pl.Series:
    cells = column.cast(pl.String).str.replace_all(_BLANKS, " ").str.strip_chars()
    empty = cells == ""
    if nulls:
        empty |= cells.str.to_lowercase().is_in([word.strip().lower() for word in nulls])
    return cells.set(empty.fill_null(False), None)


def _none(column: pl.Series) -> pl.Series:
    return pl.Series(column.name, [False], pl.Boolean).new_from_index(0, len(column))


# Numbers

_SIGN = r"[-+\u2212\u2010-\u2015\ufe63\uff0d]"
_CURRENCY = (
    r"(?:R\$|[A-Z]{0,3}[$€£¥₹₽₩₺₪¢]|kr\.?|zł|Kč|Ft|USD|EUR|GBP|CHF|CAD|AUD|NZD|SEK|NOK|DKK|JPY|INR"
    r"|XOF|XAF|FCFA|CFA|ZAR|MXN|BRL|PLN|CZK|HUF)"
)
_NUMBER = (
    rf"^(?i:{_CURRENCY})? ?(?P<before>{_SIGN})? ?(?i:{_CURRENCY})? ?(?P<open>[(<])? ?"
    rf"(?i:{_CURRENCY})? ?(?P<inner>{_SIGN})? ?"
    r"(?P<number>\d[\d.,'’ ]*|[.,]\d+)(?P<power>[eE][-+]?\d{1,2})? ?(?P<percent>%)? ?"
    rf"(?i:{_CURRENCY})? ?(?P<after>{_SIGN})? ?(?P<close>[)>])? ?(?P<percent2>%)? ?"
    rf"(?i:{_CURRENCY})? ?(?P<side>(?i:CR|DR))?$"
)
_ZERO = rf"^(?i:{_CURRENCY})? ?[(]?{_SIGN}{{1,3}}[)]? ?(?i:{_CURRENCY})?$"
_PLAIN = r"^-?\d+(?:\.\d+)?$"
_EITHER = r"^[1-9]\d{0,2}[.,]\d{3}$"
_POINT = (
    r"^[\d ',’]*,\d{3}\.\d*$|^\d*\.(?:\d{1,2}|\d{4,})?$|^\d{4,}\.\d+$|^0*\.\d+$|^\d{1,3}(?:,\d{3}){2,}$"
    r"|^\d{1,3}(?:[ '’]\d{3})+\.\d+$"
)
_COMMA = (
    r"^[\d ']*\.\d{3},\d*$|^\d*,(?:\d{1,2}|\d{4,})?$|^\d{4,},\d+$|^0*,\d+$|^\d{1,3}(?:\.\d{3}){2,}$"
    r"|^\d{1,3}(?:[ '’]\d{3})+,\d+$"
)


def _parts(cells: pl.Series) -> pl.DataFrame:
    parts = cells.str.extract_groups(_NUMBER).struct.unnest()
    return parts.with_columns(
        pl.col("number").str.strip_chars(),
        zero=pl.lit(cells).str.contains(_ZERO),
    )


def _decimal_comma(number: pl.Series, stated: bool | None) -> tuple[bool, str | None]:
    if stated is not None:
        return stated, None
    point, comma = number.str.contains(_POINT).sum(), number.str.contains(_COMMA).sum()
    dots = number.str.contains(r"^[1-9]\d{0,2}\.\d{3}$").sum()
    if point != comma:
        return comma > point, None
    if point or dots:
        return False, "Is the decimal mark of this column a point or a comma?"
    return False, None


def _digits(number: pl.Series, comma: bool) -> pl.Series:
    """`1234.5` for each number that is well grouped, null for the others."""
    mark, group = (",", r"\.") if comma else (r"\.", ",")
    grouped = "|".join(rf"\d{{1,3}}(?:{g}\d{{3}})+" for g in (group, " ", "['’]"))
    lakh = rf"\d{{1,2}}(?:{group}\d{{2}})+{group}\d{{3}}"
    shape = rf"^(?:{grouped}|{lakh}|\d+)?(?:{mark}\d*)?$"
    fine = number.str.contains(shape) & number.str.contains(r"\d")
    other = r"[. '’]" if comma else r"[, '’]"
    digits = number.str.replace_all(other, "")
    digits = digits.str.replace(",", ".", literal=True) if comma else digits
    return digits.set(~fine.fill_null(False), None)


def _assemble(parts: pl.DataFrame, digits: pl.Series, percent: bool) -> pl.Series:
    minus = [
        pl.col(name).is_not_null() & (pl.col(name) != "+") for name in ("before", "inner", "after")
    ]
    bracket = pl.col("open").is_not_null() & pl.col("close").is_not_null()
    credit = pl.col("side").str.to_uppercase() == "CR"
    signs = pl.sum_horizontal(*minus, bracket, credit.fill_null(False))
    shares = pl.any_horizontal(pl.col("percent", "percent2").is_not_null())
    fine = (signs <= 1) & (pl.col("open").is_null() == pl.col("close").is_null())
    fine &= ~shares | pl.lit(percent)
    power = pl.col("power").fill_null("")
    power = pl.when(shares & (power == "")).then(pl.lit("E-2")).otherwise(power)
    value = (pl.lit(digits) + power).cast(MONEY, strict=False)
    signed = pl.when(signs == 1).then(-value).otherwise(value)
    zero = pl.when("zero").then(pl.lit(0).cast(MONEY))
    return parts.select(value=pl.coalesce(pl.when(fine).then(signed), zero)).to_series()


def _clock(cells: pl.Series) -> pl.Series:
    parts = cells.str.extract_groups(r"^(-)?(\d{1,5}):([0-5]\d)(?::([0-5]\d))?$").struct.unnest()
    sign, h, m, s = parts.get_columns()
    seconds = h.cast(pl.Int64) * 3600 + m.cast(pl.Int64) * 60 + s.cast(pl.Int64).fill_null(0)
    seconds = seconds.zip_with(sign.is_null(), -seconds)
    # 10^-4 h is 0.36 s: exact in integers, rounded half to even
    scaled = seconds * 25
    floor, rest = scaled // 9, scaled % 9
    units = floor + (rest > 4).cast(pl.Int64)
    return units.cast(pl.Decimal(38, 0)).cast(MONEY) / pl.Series([10000]).cast(MONEY)


# Dates

_MONTHS: dict[str, int] = {}
for _names in (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jän febr mrz apr mai jun jul aug sept okt nov dez",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago set oct nov dic",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "januari februari maart april mei juni juli augustus september oktober november december",
):
    _MONTHS.update({name: i for i, name in enumerate(_names.split(), 1)})

_TIME = (
    r"^(?P<day>.*?\d)(?:[T ]|, ?)(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)(?:[.,](?P<f>\d{1,9}))?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)? ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?$"
)
_DAY = r"(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
_ISO = r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})$"
_COMPACT = r"^(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)$"
_NUMERIC = r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})$"
_DAY_NAME = rf"^{_DAY}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-/. ]*(?P<n>\pL{{3,}})[-/., ]*(?P<y>\d{{4}}|\d{{2}})$"
_NAME_DAY = rf"^{_DAY}(?P<n>\pL{{3,}})\.? ?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})$"
_NAME_YEAR = r"^(?P<n>\pL{3,})[-/.,' ]*(?P<y>\d{4}|\d{2})$"
_YEAR_NAME = r"^(?P<y>\d{4})[-/., ]*(?P<n>\pL{3,})$"
_YEAR_MONTH = r"^(?P<y>(?:19|20)\d\d)[-/.]?(?P<m>\d{1,2})$"
_MONTH_YEAR = r"^(?P<m>\d{1,2})[-/.](?P<y>\d{4})$"
_ASK = "Does this column put the day or the month first?"


def _moments(
    cells: pl.Series, rows: pl.Series, formats: Sequence[str], day_first: bool | None
) -> tuple[pl.Series, str | None, str | None]:
    """Different cells, and how many rows have each, to their moments, a question and a style."""
    value = pl.Series("value", [None], pl.Datetime("us")).new_from_index(0, len(cells))
    question = style = None
    for form in formats:
        if form == "auto":
            read, question, style = _auto(cells, rows, day_first)
        elif form == "month":
            read = _at_midnight(_month_forms(cells))
        else:
            read = cells.str.to_datetime(_timed(form), time_unit="us", strict=False)
        value = value.zip_with(value.is_not_null(), read)
    early = value.dt.year().is_between(1900, 2199).not_().fill_null(False)
    return value.set(early, None), question, style


def _timed(form: str) -> str:
    return form


def _at_midnight(days: pl.Series) -> pl.Series:
    return days.cast(pl.Datetime("us"))


def _auto(
    cells: pl.Series, rows: pl.Series, day_first: bool | None
) -> tuple[pl.Series, str | None, str | None]:
    clock = cells.str.extract_groups(_TIME).struct.unnest()
    day = (
        clock["day"].fill_null(cells)
        if False
        else clock["day"].zip_with(clock["day"].is_not_null(), cells)
    )
    ordered, question, style = _ordered(day, rows, day_first)
    forms = [_iso(day, _ISO), _iso(day, _COMPACT), ordered, _iso(day, _DAY_NAME)]
    forms += [_iso(day, _NAME_DAY), _month_forms(day)]
    date = pl.select(pl.coalesce(*forms)).to_series()
    moment = _at_midnight(date) + _time_of_day(clock)
    serial = _serial(cells)
    return moment.zip_with(moment.is_not_null(), serial), question, style


def _iso(cells: pl.Series, pattern: str, order: str = "") -> pl.Series:
    """Dates by a pattern whose groups are y, m or n (a name), d (the first if there is none)."""
    parts = cells.str.extract_groups(pattern).struct.unnest()
    names = parts.columns
    year = pl.when(pl.col("y").str.len_chars() == 4).then(pl.col("y"))
    late = pl.col("y").cast(pl.Int32) < 70
    year = year.otherwise(pl.when(late).then(pl.lit("20")).otherwise(pl.lit("19")) + pl.col("y"))
    if "n" in names:
        month = (
            pl.col("n")
            .str.to_lowercase()
            .replace_strict(_MONTHS, default=None, return_dtype=pl.Int32)
            .cast(pl.String)
        )
    else:
        month = pl.col(order[1] if order else "m")
    day = pl.col(order[0]) if order else pl.col("d") if "d" in names else pl.lit("1")
    whole = pl.concat_str(year, month, day, separator="-")
    return parts.select(whole.str.to_date("%Y-%m-%d", strict=False)).to_series()


def _month_forms(cells: pl.Series) -> pl.Series:
    forms = (_NAME_YEAR, _YEAR_NAME, _YEAR_MONTH, _MONTH_YEAR)
    return pl.select(pl.coalesce(*(_iso(cells, form) for form in forms))).to_series()


def _ordered(
    day: pl.Series, rows: pl.Series, day_first: bool | None
) -> tuple[pl.Series, str | None, str | None]:
    """`1/2/2026` in the order that the column tells; null in all open cells where it can't."""
    by_day, by_month = _iso(day, _NUMERIC, "ab"), _iso(day, _NUMERIC, "ba")
    only_day = int(rows.filter(by_day.is_not_null() & by_month.is_null()).sum())
    only_month = int(rows.filter(by_month.is_not_null() & by_day.is_null()).sum())
    if day_first is None and only_day != only_month:
        day_first = only_day > only_month
    if day_first is not None:
        style = "day first" if day_first else "month first"
        return (by_day if day_first else by_month), None, style
    same = by_day == by_month
    open_ = (~same).fill_null(False) & by_day.is_not_null() & by_month.is_not_null()
    question = _ASK if only_day or bool(open_.any()) else None
    return by_day.set(~same.fill_null(False), None), question, None


def _time_of_day(clock: pl.DataFrame) -> pl.Series:
    hour = pl.col("h").cast(pl.Int64).fill_null(0)
    half = pl.col("half").str.slice(0, 1).str.to_lowercase()
    hour = (
        pl.when(half.is_null()).then(hour).otherwise(hour % 12 + 12 * (half == "p").cast(pl.Int64))
    )
    fine = (hour < 24) & (half.is_null() | pl.col("h").cast(pl.Int64).is_between(1, 12))
    second = hour * 3600 + pl.col("m").cast(pl.Int64).fill_null(0) * 60
    second += pl.col("s").cast(pl.Int64).fill_null(0)
    micro = pl.col("f").fill_null("").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    span = pl.duration(microseconds=second * 1_000_000 + micro, time_unit="us")
    return clock.select(pl.when(fine).then(span)).to_series()


def _serial(cells: pl.Series) -> pl.Series:
    parts = cells.str.extract_groups(r"^(?P<day>[3-5]\d{4})(?P<part>\.\d+)?$").struct.unnest()
    days = pl.duration(days=pl.col("day").cast(pl.Int64), time_unit="us")
    part = ("0" + pl.col("part")).cast(pl.Float64).fill_null(0.0)
    seconds = pl.duration(seconds=(part * 86400).round(0).cast(pl.Int64), time_unit="us")
    return parts.select(pl.datetime(1899, 12, 30, time_unit="us") + days + seconds).to_series()
