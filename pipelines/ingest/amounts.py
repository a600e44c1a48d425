"""Amounts, quantities and whole numbers from text, exactly."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import polars as pl

from pipelines.ingest.cells import Values, blanked, cleaned, nothing

MONEY = pl.Decimal(38, 4)
LIMIT = 10**14  # what the store's DECIMAL(18,4) holds; a longer number is no amount


DECIMAL_QUESTION = "Is the decimal mark of this column a point or a comma?"


@dataclass(frozen=True, slots=True)
class DecimalVotes:
    """How many numbers of a column tell its decimal mark, and how many can be read either way.

    `point` and `comma` can only be read with that mark; `thousands` look like `1,234`,
    `thousandths` like `1.234`. Votes of a column's pieces can be added.
    """

    point: int = 0
    comma: int = 0
    thousands: int = 0
    thousandths: int = 0

    def __add__(self, other: DecimalVotes) -> DecimalVotes:
        return DecimalVotes(
            self.point + other.point,
            self.comma + other.comma,
            self.thousands + other.thousands,
            self.thousandths + other.thousandths,
        )

    def decide(self, stated: bool | None = None) -> tuple[bool, str | None]:
        """Whether the decimal mark is a comma, and the question where the cells don't tell.

        A slip of one cell must not turn a whole column's thousands into fractions: so cells that
        can be read either way must not outnumber by far those that decide.
        """
        if stated is not None:
            return stated, None
        if self.comma > self.point and self.thousands <= self.comma:
            return True, None
        if self.point > self.comma and self.thousandths <= 20 * self.point:
            return False, None
        asks = self.point or self.comma or self.thousandths
        return False, DECIMAL_QUESTION if asks else None


def decimal_votes(column: pl.Series, nulls: Collection[str] = ()) -> DecimalVotes:
    """The votes of a column, or of a piece of it, on its decimal mark."""
    cells = cleaned(column, nulls)
    plain = _Plain.of(cells)
    return plain.votes + _votes(_parts(plain.others(cells))["number"])


def money(
    column: pl.Series,
    *,
    decimal_comma: bool | None = None,
    settle: Callable[[DecimalVotes], DecimalVotes] | None = None,
    clean: bool = False,
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
    for the comma; where all are like `1.234`, the question is returned. `settle` takes the votes of
    these cells and gives those that decide, where this is a piece of a column. `clean` says that
    the cells are stripped already. More than four decimals are rounded half to even and counted in
    `rounded`, so that a caller can report it for money.
    """
    cells = column if clean else cleaned(column, nulls)
    plain = _Plain.of(cells)
    rest = _parts(plain.others(cells))
    votes = plain.votes + _votes(rest["number"])
    if settle:
        votes = settle(votes)
    comma, question = votes.decide(decimal_comma)
    if comma or question:
        # Plain ones may be `1.234` of thousands: all are read part by part.
        plain = _Plain.none(cells)
        rest = _parts(cells)
    value, rounded = plain.value, plain.rounded
    if rest.height:
        digits = _digits(rest["number"], comma)
        if question:
            digits = blanked(digits, rest["number"].str.contains(_EITHER))
        slow, more = _assembled(rest, digits, percent)
        if hours:
            slow = slow.zip_with(slow.is_not_null(), _clock(plain.others(cells)))
        value, rounded = value.scatter((~plain.mask).arg_true(), slow), rounded + more
    if (value.abs() >= LIMIT).any():
        value = blanked(value, value.abs() >= LIMIT)
    return Values(
        values=value.alias(column.name),
        unreadable=cells.is_not_null() & value.is_null(),
        question=question,
        style=None if question else "decimal comma" if comma else "decimal point",
        rounded=rounded,
    )


@dataclass(frozen=True, slots=True)
class _Plain:
    """The cells of a column that are digits with at most one point, which most are.

    `mask` tells them, blank ones among them; `value` is null in the others' places; `rounded`
    counts those that had more than four decimals.
    """

    mask: pl.Series
    value: pl.Series
    votes: DecimalVotes
    rounded: int

    @classmethod
    def of(cls, cells: pl.Series) -> _Plain:
        """The plain ones among the cells, in as few passes as can be."""
        cell = pl.col("cell")
        table = pl.DataFrame({"cell": cells}).select(
            "cell",
            mask=cell.str.contains(_PLAIN).fill_null(True),
            value=cell.cast(MONEY, strict=False),
            decimals=cell.str.len_bytes() - cell.str.find(".", literal=True) - 1,
        )
        mask, value = table["mask"], table["value"]
        if not mask.all():  # `1E5` is a number, but no plain one
            value = value.zip_with(mask, nothing(value))
        decimals = pl.when("mask").then("decimals")
        points, three, finer = table.select(
            points=decimals.count(), three=(decimals == 3).sum(), finer=(decimals > 4).sum()
        ).row(0)
        # Whole thousands look like thousandths: `1.234`.
        doubtful = table.filter(decimals == 3)["cell"] if three else cells.clear()
        thousandths = int(doubtful.str.strip_prefix("-").str.contains(_THOUSANDTHS).sum())
        fine = table.filter(decimals > 4)["cell"] if finer else cells.clear()
        return cls(
            mask,
            value,
            DecimalVotes(point=points - thousandths, thousandths=thousandths),
            int(fine.str.contains(r"\.\d{4}\d*[1-9]").sum()),
        )

    @classmethod
    def none(cls, cells: pl.Series) -> _Plain:
        """None of the cells."""
        value = pl.Series([None], dtype=MONEY).new_from_index(0, len(cells))
        mask = pl.Series([False]).new_from_index(0, len(cells))
        return cls(mask, value, DecimalVotes(), 0)

    def others(self, cells: pl.Series) -> pl.Series:
        """The cells that are not plain."""
        return cells.filter(~self.mask)


def whole(
    column: pl.Series,
    *,
    decimal_comma: bool | None = None,
    settle: Callable[[DecimalVotes], DecimalVotes] | None = None,
    clean: bool = False,
    nulls: Collection[str] = (),
) -> Values:
    """Whole numbers as Int64; `12.0` and `1,234` are, `12.5` is unreadable."""
    read = money(column, decimal_comma=decimal_comma, settle=settle, clean=clean, nulls=nulls)
    broken = (read.values != read.values.round(0)).fill_null(False)
    value = blanked(read.values, broken).cast(pl.Int64)
    return Values(value, read.unreadable | broken, read.question, read.style)


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
    r"^[\d '.’]*\.\d{3},\d*$|^\d*,(?:\d{1,2}|\d{4,})?$|^\d{4,},\d+$|^0*,\d+$"
    r"|^\d{1,3}(?:\.\d{3}){2,}$|^\d{1,3}(?:[ '’]\d{3})+,\d+$"
)
_THOUSANDS, _THOUSANDTHS = r"^[1-9]\d{0,2},\d{3}$", r"^[1-9]\d{0,2}\.\d{3}$"
_EITHER = r"^[1-9]\d{0,2}[.,]\d{3}$"


def _parts(cells: pl.Series) -> pl.DataFrame:
    """The pieces of each number: signs, brackets, digits with their marks, power, per cent."""
    parts = cells.str.extract_groups(_NUMBER).struct.unnest()
    return parts.with_columns(
        pl.col("number").str.strip_chars(), zero=pl.lit(cells).str.contains(_ZERO)
    )


def _votes(numbers: pl.Series) -> DecimalVotes:
    patterns = (_POINT, _COMMA, _THOUSANDS, _THOUSANDTHS)
    return DecimalVotes(*(int(numbers.str.contains(pattern).sum()) for pattern in patterns))


def _digits(numbers: pl.Series, comma: bool) -> pl.Series:
    """`1234.5` for each number that is well grouped, null for the others."""
    mark, group = (",", r"\.") if comma else (r"\.", ",")
    grouped = "|".join(rf"\d{{1,3}}(?:{g}\d{{3}})+" for g in (group, " ", "'", "’"))
    lakh = rf"\d{{1,2}}(?:{group}\d{{2}})+{group}\d{{3}}"
    shape = rf"^(?:{grouped}|{lakh}|\d+)?(?:{mark}\d*)?$"
    fine = numbers.str.contains(shape) & numbers.str.contains(r"\d")
    digits = numbers.str.replace_all(rf"[{group} '’]", "").str.replace(",", ".", literal=True)
    return blanked(digits, ~fine)


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
