"""Text to typed values: each case is a cell and what it must become."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.values import (
    Values,
    date_votes,
    dates,
    decimal_votes,
    flags,
    moments,
    money,
    text,
    whole,
)

UNREADABLE = "unreadable"


def column(*cells: str | None) -> pl.Series:
    return pl.Series("x", cells, pl.String)


def outcome(read: Values) -> list[object]:
    """Each cell's value, None where blank, UNREADABLE where it has none."""
    pairs = zip(read.values, read.unreadable, strict=True)
    return [UNREADABLE if bad else value for value, bad in pairs]


# Numbers


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234.5", "1234.5"),
        ("$1,234.50", "1234.50"),
        ("-$1,234.50", "-1234.50"),
        ("$-1,234.50", "-1234.50"),
        ("($1,234.50)", "-1234.50"),
        ("(123.45)", "-123.45"),
        ("123.45-", "-123.45"),
        ("-1,234", "-1234"),
        ("\u22121,234", "-1234"),
        ("£ 512", "512"),
        ("EUR 5", "5"),
        ("5.00 €", "5"),
        ("1,234 CR", "-1234"),
        ("1,234DR", "1234"),
        (" -   ", "0"),
        ("$ -  ", "0"),
        ("\u2013", "0"),
        ("1.5E3", "1500"),
        ("1.5e-3", "0.0015"),
        ("1\u00a0234.50", "1234.50"),
        ("1\u202f234\u202f567.5", "1234567.50"),
        ("1'234.50", "1234.50"),
        ("12,34,567.00", "1234567"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+7.1", "7.1"),
        ("-0.00", "0"),
        ("99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_an_amount(cell: str, value: str) -> None:
    assert outcome(money(column(cell, "0.25"))) == [Decimal(value), Decimal("0.25")]


@pytest.mark.parametrize(
    "cell",
    ["abc", "-(5)", "(5", "-5-", "-5 CR", "1,23", "1,2345.00", "12 34", "NaN", "inf", "0x1F",
     "1e99", "12.5%", "10:23", "1.2.3", "#DIV/0!", "Not Available", "100000000000000", "7.5 h",
     "1_000"],
)  # fmt: skip
def test_no_amount(cell: str) -> None:
    assert outcome(money(column(cell, "0.25"))) == [UNREADABLE, Decimal("0.25")]


def test_blank_is_null_and_not_unreadable() -> None:
    assert outcome(money(column("", "  ", "\u00a0", None))) == [None] * 4
    assert outcome(money(column("N/A", "5"), nulls=("n/a",))) == [None, Decimal(5)]


def test_percent_and_hours_only_when_asked_for() -> None:
    shares = money(column("12.5 %", "-3%", "(4)%", "7"), percent=True)
    assert outcome(shares) == [Decimal(s) for s in ("0.125", "-0.03", "-0.04", "7")]
    hours = money(column("10:23", "-1:30", "0:00:18", "7.5", "36:00:00", "1:60"), hours=True)
    expected: list[object] = [Decimal(h) for h in ("10.3833", "-1.5", "0.005", "7.5", "36")]
    assert outcome(hours) == [*expected, UNREADABLE]


@pytest.mark.parametrize(
    ("cells", "values", "style"),
    [
        (("1.960,17", "1.234", "5"), ("1960.17", "1234", "5"), "decimal comma"),
        (("1 234,50 €", "-3,1"), ("1234.5", "-3.1"), "decimal comma"),
        (("1.234.567", "12,00"), ("1234567", "12"), "decimal comma"),
        (("1.000.000,00",), ("1000000",), "decimal comma"),
        (("1,000,000.00",), ("1000000",), "decimal point"),
        (("0,125", "2,500"), ("0.125", "2.5"), "decimal comma"),
        (("1,234", "5"), ("1234", "5"), "decimal point"),
        (("1.234", "0.5"), ("1.234", "0.5"), "decimal point"),
        (("1,234", "1,234,567"), ("1234", "1234567"), "decimal point"),
        (("12345.678", "1.234"), ("12345.678", "1.234"), "decimal point"),
        (("1.5", "2.5", "3,5"), ("1.5", "2.5", UNREADABLE), "decimal point"),
    ],
)
def test_the_column_decides_on_comma_or_point(
    cells: Sequence[str], values: Sequence[str], style: str
) -> None:
    read = money(column(*cells))
    expected = [v if v == UNREADABLE else Decimal(v) for v in values]
    assert (outcome(read), read.style, read.question) == (expected, style, None)


def test_a_column_that_cannot_decide_asks_and_guesses_nothing() -> None:
    read = money(column("1.234", "2.500", "7", "-"))
    assert outcome(read) == [UNREADABLE, UNREADABLE, Decimal(7), Decimal(0)]
    assert read.question == "Is the decimal mark of this column a point or a comma?"
    stated = money(column("1.234", "2.500"), decimal_comma=True)
    assert outcome(stated) == [Decimal(1234), Decimal(2500)]
    stated = money(column("1.234", "2.500"), decimal_comma=False)
    assert outcome(stated) == [Decimal("1.234"), Decimal("2.5")]
    assert stated.question is None


def test_one_slip_does_not_turn_thousands_into_fractions() -> None:
    read = money(column("1,234", "5,678", "9,999", "1,23"))
    assert (set(outcome(read)), read.question is None) == ({UNREADABLE}, False)
    read = money(column(*["1.234"] * 30, "1.5"))
    assert (read.question is None, read.unreadable.sum()) == (False, 30)


def test_more_than_four_decimals_are_rounded_half_even_and_counted() -> None:
    read = money(column("1.00005", "1.00015", "33.333333333", "2.50000", "$1.23456", "1.5E-5"))
    expected = ("1.0000", "1.0002", "33.3333", "2.5", "1.2346", "0.0000")
    assert outcome(read) == [Decimal(value) for value in expected]
    assert read.rounded == 5


amounts = st.decimals("-9999999999999", "9999999999999", places=4, allow_nan=False)


@given(st.lists(amounts, min_size=1, max_size=5), st.sampled_from(["f", ",f", "$", "()", "de"]))
def test_amounts_survive_every_spelling(values: list[Decimal], style: str) -> None:
    def spell(value: Decimal) -> str:
        plain = f"{abs(value):,f}"
        swapped = plain.translate(str.maketrans(",.", ".,"))
        return {
            "f": f"{value:f}",
            ",f": f"{value:,f}",
            "$": f"{'-' if value < 0 else ''}${plain}",
            "()": f"({plain})" if value < 0 else plain,
            "de": f"{swapped}{'-' if value < 0 else ''} €",
        }[style]

    read = money(column(*map(spell, values)))
    assert outcome(read) == values
    assert (read.question, read.rounded) == (None, 0)


@given(
    st.decimals("-99999999", "99999999", places=9, allow_nan=False),
    st.integers(-6, 5),
)
def test_powers_and_long_decimals_are_exact(value: Decimal, power: int) -> None:
    expected = value.scaleb(power).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    assert outcome(money(column(f"{value:f}E{power}"), decimal_comma=False)) == [expected]


@given(st.lists(st.text(max_size=8), max_size=4))
def test_no_text_breaks_a_parser(cells: list[str]) -> None:
    for read in (money, whole, flags, dates, moments, text):
        result = read(column(*cells))
        assert len(result.values) == len(result.unreadable) == len(cells)
        assert not (result.unreadable & result.values.is_not_null()).any()


@given(st.integers(0, 10**6 - 1), st.integers(0, 59), st.integers(0, 59))
def test_hours_are_exact_to_four_decimals(h: int, m: int, s: int) -> None:
    exact = (Decimal(h * 3600 + m * 60 + s) / 3600).quantize(Decimal("0.0001"))
    assert outcome(money(column(f"{h}:{m:02}:{s:02}"), hours=True)) == [exact]


def test_whole_numbers() -> None:
    read = whole(column("12", "12.0", "1,234", "(5)", "12.5", "x", "", "-"))
    assert outcome(read) == [12, 12, 1234, -5, UNREADABLE, UNREADABLE, None, 0]
    assert read.values.dtype == pl.Int64


# Dates

DAY = datetime.date(2020, 4, 5)


@pytest.mark.parametrize(
    "cell",
    ["2020-04-05", "2020/4/5", "2020.04.05", "20200405", "05-Apr-2020", "5-APR-20", "05 Apr 2020",
     "5. April 2020", "April 5, 2020", "Apr 5 2020", "Sun, 5 Apr 2020", "5th April 2020",
     "05-avr-2020", "5 de", "43926", "43926.75", "2020-04-05 13:04:00", "2020-04-05T13:04:00Z",
     "05.04.2020 1:04 PM", "5/4/20", "\u00a05/4/2020 "],
)  # fmt: skip
def test_a_date(cell: str) -> None:
    expected = UNREADABLE if cell == "5 de" else DAY
    assert outcome(dates(column(cell, "31/12/2020")))[0] == expected


@pytest.mark.parametrize(
    "cell",
    ["Jun-20", "June 2020", "JUNE-2020", "2020-06", "06/2020", "Juni 2020", "2020 Jun", "Jun '20"],
)
def test_a_month_is_its_first_day(cell: str) -> None:
    assert outcome(dates(column(cell))) == [datetime.date(2020, 6, 1)]
    assert outcome(dates(column(cell), ("month",))) == [datetime.date(2020, 6, 1)]


def test_a_compact_month_only_when_stated() -> None:
    assert outcome(dates(column("202006"))) == [UNREADABLE]
    assert outcome(dates(column("202006"), ("month",))) == [datetime.date(2020, 6, 1)]


@pytest.mark.parametrize(
    "cell",
    ["2020-02-30", "31/04/2020", "0020-01-01", "29999", "60000", "12", "May", "32 May 2020", "soon",
     "25:00", "2020-04-05 25:00", "1/1/2020 13:00 PM", "Date Not Captured"],
)  # fmt: skip
def test_no_date(cell: str) -> None:
    assert outcome(moments(column(cell, "31/12/2020")))[0] == UNREADABLE


@pytest.mark.parametrize(
    ("cells", "days", "style"),
    [
        (("01/02/2020", "13/02/2020"), ((2, 1), (2, 13)), "day first"),
        (("01/02/2020", "02/13/2020"), ((1, 2), (2, 13)), "month first"),
        # Both orders, and no row that could be two days: nothing hangs on the order.
        (("2/13/2020", "14/2/2020", "3/3/2020"), ((2, 13), (2, 14), (3, 3)), None),
    ],
)  # fmt: skip
def test_the_column_decides_on_day_or_month_first(
    cells: Sequence[str], days: Sequence[tuple[int, int]], style: str | None
) -> None:
    read = dates(column(*cells))
    expected = [datetime.date(2020, *day) for day in days]
    assert (outcome(read), read.style, read.question) == (expected, style, None)


def test_an_undecided_order_is_asked_for() -> None:
    read = dates(column("01/02/2020", "3/3/2020"))
    assert outcome(read) == [UNREADABLE, datetime.date(2020, 3, 3)]
    assert read.question == "Does this column put the day or the month first?"


@pytest.mark.parametrize("day_first", [None, True, False])
def test_a_column_with_both_orders_is_refused_row_by_row(day_first: bool | None) -> None:
    # 13/02 and 02/13 can each be one day only; 1/2 could be two, whatever most rows look like.
    cells = column("1/2/2020", "13/02/2020", "02/13/2020", "02/14/2020", "3/3/2020", "2020-01-02")
    read = dates(cells, day_first=day_first)
    expected = [datetime.date(2020, *day) for day in ((2, 13), (2, 13), (2, 14), (3, 3), (1, 2))]
    assert outcome(read) == [UNREADABLE, *expected]
    assert read.question is not None
    assert read.question.startswith("This column puts the day first in some rows and the month")


def test_an_answer_does_not_overrule_the_column() -> None:
    read = dates(column("01/02/2020", "02/13/2020"), day_first=True)
    assert outcome(read) == [datetime.date(2020, 1, 2), datetime.date(2020, 2, 13)]


halves = st.lists(st.sampled_from(["1/2/2020", "13/2/2020", "2/13/2020", "3/3/2020", "x", ""]))


@given(halves, halves)
def test_the_votes_of_two_pieces_decide_as_those_of_the_whole(a: list[str], b: list[str]) -> None:
    votes = date_votes(column(*a)) + date_votes(column(*b))
    assert votes == date_votes(column(*a, *b))
    whole_column = outcome(dates(column(*a, *b)))
    order = votes.decide()
    pieces = [outcome(dates(column(*piece), order=order)) for piece in (a, b)]
    assert pieces[0] + pieces[1] == whole_column


numbers = st.lists(st.sampled_from(["1.234", "1,234", "2.5", "2,5", "7", "-", "(1.234,50)", ""]))


@given(numbers, numbers)
def test_the_votes_of_two_pieces_decide_on_the_decimal_mark(a: list[str], b: list[str]) -> None:
    votes = decimal_votes(column(*a)) + decimal_votes(column(*b))
    assert votes == decimal_votes(column(*a, *b))
    pieces = [outcome(money(column(*piece), settle=lambda _: votes)) for piece in (a, b)]
    assert pieces[0] + pieces[1] == outcome(money(column(*a, *b)))


def test_a_clock_of_twelve_hours_without_its_half_tells_the_day_only() -> None:
    read = moments(column("05/Apr/2020 08:30:00", "05/Apr/2020 12:30:00"), ("%d/%b/%Y %I:%M:%S",))
    assert outcome(read) == [datetime.datetime(2020, 4, 5)] * 2


def test_an_answer_decides() -> None:
    undecided = column("01/02/2020")
    assert outcome(dates(undecided, day_first=True)) == [datetime.date(2020, 2, 1)]
    assert outcome(dates(undecided, day_first=False)) == [datetime.date(2020, 1, 2)]


def test_nothing_is_asked_where_it_makes_no_difference() -> None:
    assert dates(column("01/01/2020", "2020-05-04", "", None)).question is None


def test_stated_formats_are_tried_in_order_and_iso_always() -> None:
    formats = ("%m/%d/%Y", "%d-%b-%y")
    read = dates(
        column("1/2/2020", "03-Jan-20", "4-January-20", "2020-01-05", "13/1/2020"), formats
    )
    days = [datetime.date(2020, 1, day) for day in (2, 3, 4, 5)]
    assert outcome(read) == [*days, UNREADABLE]


def test_a_stated_year_first_order_is_not_overruled() -> None:
    read = dates(column("2020-13-01", "2020-01-13"), ("%Y-%d-%m",))
    assert outcome(read) == [datetime.date(2020, 1, 13), UNREADABLE]


def test_a_short_year_is_no_year_of_the_first_century() -> None:
    assert outcome(dates(column("1/2/20"), ("%m/%d/%Y",))) == [UNREADABLE]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("06/20/2016 10:04:21 PM", datetime.datetime(2016, 6, 20, 22, 4, 21)),
        ("06/20/2016 12:00:00 AM", datetime.datetime(2016, 6, 20)),
        ("06/20/2016 12:30 p.m.", datetime.datetime(2016, 6, 20, 12, 30)),
        ("2016-06-20 01:33:49.802", datetime.datetime(2016, 6, 20, 1, 33, 49, 802000)),
        ("2016-06-20T01:33:49+02:00", datetime.datetime(2016, 6, 20, 1, 33, 49)),
        ("20-Jun-2016, 1:33", datetime.datetime(2016, 6, 20, 1, 33)),
        ("42541.5", datetime.datetime(2016, 6, 20, 12)),
        ("20160620", datetime.datetime(2016, 6, 20)),
    ],
)
def test_a_moment(cell: str, moment: datetime.datetime) -> None:
    assert outcome(moments(column(cell))) == [moment]


def test_a_moment_by_stated_format() -> None:
    read = moments(column("06/20/2016 10:04:21 PM"), ("%m/%d/%Y %I:%M:%S %p",))
    assert outcome(read) == [datetime.datetime(2016, 6, 20, 22, 4, 21)]


@given(st.lists(st.dates(datetime.date(1970, 1, 1), datetime.date(2069, 12, 31)), min_size=1))
def test_dates_survive_every_stated_order(days: list[datetime.date]) -> None:
    for form in ("%d/%m/%Y", "%m/%d/%y", "%Y%m%d", "%d-%b-%Y"):
        assert outcome(dates(column(*(d.strftime(form) for d in days)), (form,))) == days


# Flags and text


def test_flags() -> None:
    read = flags(column("Yes", "N", "x", "TRUE", "0", "oui", "Nein", "", "maybe", "2"))
    expected = [True, False, True, True, False, True, False, None, UNREADABLE, UNREADABLE]
    assert outcome(read) == expected


def test_text_is_stripped_and_its_words_stay() -> None:
    read = text(column(" A\u00a0B ", "None", "N/A", "two\nlines", "\ufeffx", " ", None))
    assert outcome(read) == ["A B", "None", "N/A", "two\nlines", "x", None, None]
    assert outcome(text(column("None", "n/a", "A"), nulls=("none", "N/A"))) == [None, None, "A"]
