"""Days and dates. Month names are fixed: no locale of the machine enters a page."""

from __future__ import annotations

from datetime import date, datetime

from pipelines.format.figures import MISSING, Number, counted, decimal, rounded

_MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June")
_MONTHS += ("July", "August", "September", "October", "November", "December")


def days(figure: Number | None) -> str:
    """A number of days.

    >>> days(6), days(1)
    ('6 days', '1 day')
    """
    return MISSING if decimal(figure) is None else counted(figure, "day")


def days_left(figure: Number | None, *, past: str = "past") -> str:
    """Days to a date, negative when it is gone: "18 days left", "today", "3 days past".

    >>> days_left(18), days_left(0), days_left(-3), days_left(-1, past="late")
    ('18 days left', 'today', '3 days past', '1 day late')
    """
    exact = decimal(figure)
    if exact is None:
        return MISSING
    whole = int(rounded(exact, 0))
    if whole == 0:
        return "today"
    return f"{days(abs(whole))} {'left' if whole > 0 else past}"


def day(value: date | None) -> str:
    """A date in a table: "12 Dec 2026".

    >>> day(date(2026, 12, 12))
    '12 Dec 2026'
    """
    return MISSING if value is None else f"{value.day} {_MONTHS[value.month - 1][:3]} {value.year}"


def day_in_sentence(value: date | None, *, year: bool = False) -> str:
    """A date in a sentence: "12 December", with the year where it isn't the current one.

    >>> day_in_sentence(date(2026, 12, 12)), day_in_sentence(date(2027, 1, 8), year=True)
    ('12 December', '8 January 2027')
    """
    if value is None:
        return MISSING
    text = f"{value.day} {_MONTHS[value.month - 1]}"
    return f"{text} {value.year}" if year else text


def moment(value: datetime | None) -> str:
    """A date with the time of day: "24 Nov 2026, 09:48".

    >>> moment(datetime(2026, 11, 24, 9, 48))
    '24 Nov 2026, 09:48'
    """
    return MISSING if value is None else f"{day(value)}, {value.hour:02}:{value.minute:02}"


def month(value: date | None) -> str:
    """A month in the scope and in tables: "Oct 2026".

    >>> month(date(2026, 10, 1))
    'Oct 2026'
    """
    return MISSING if value is None else f"{_MONTHS[value.month - 1][:3]} {value.year}"


def month_in_sentence(value: date | None, *, year: bool = False) -> str:
    """A month in a sentence: "October", or "October 2026".

    >>> month_in_sentence(date(2026, 10, 1)), month_in_sentence(date(2026, 10, 1), year=True)
    ('October', 'October 2026')
    """
    if value is None:
        return MISSING
    return f"{_MONTHS[value.month - 1]} {value.year}" if year else _MONTHS[value.month - 1]


def day_range(first: date | None, last: date | None) -> str:
    """A run of days, saying month and year once where they are shared.

    >>> day_range(date(2026, 10, 29), date(2026, 10, 31))
    '29–31 Oct 2026'
    >>> day_range(date(2026, 9, 29), date(2026, 10, 3))
    '29 Sep to 3 Oct 2026'
    """
    if first is None or last is None:
        return MISSING
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    start = day(first)[:-5] if first.year == last.year else day(first)
    return f"{start} to {day(last)}"
