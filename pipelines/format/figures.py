"""Figures: rounding, signs, marks, shares, counts, hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

Number = int | float | Decimal

MISSING = "–"
MINUS = "\u2212"
NARROW = "\u202f"
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Marks:
    """How a locale writes figures: the decimal mark and the mark between thousands."""

    decimal: str = "."
    group: str = ","


ENGLISH = Marks()


def percent(
    share: Number | None, *, decimals: int = 1, signed: bool = False, marks: Marks = ENGLISH
) -> str:
    """A fraction as percent.

    >>> percent(0.142), percent(0.06, decimals=0), percent(0.035, signed=True)
    ('14.2\\u202f%', '6\\u202f%', '+3.5\\u202f%')
    """
    exact = decimal(share)
    if exact is None:
        return MISSING
    return f"{plain(exact * 100, decimals, signed, marks)}{NARROW}%"


def points(
    change: Number | None, *, decimals: int = 1, signed: bool = False, marks: Marks = ENGLISH
) -> str:
    """The change of a share, given as a fraction: "4.1 points". Unsigned unless asked.

    >>> points(0.041), points(-0.041), points(-0.041, signed=True)
    ('4.1 points', '4.1 points', '−4.1 points')
    """
    exact = decimal(change)
    if exact is None:
        return MISSING
    shown = exact if signed else abs(exact)
    return f"{plain(shown * 100, decimals, signed, marks)} points"


def percent_range(low: Number | None, high: Number | None, *, decimals: int = 1) -> str:
    """Two shares: "5.9 % to 10.1 %".

    >>> percent_range(0.059, 0.101)
    '5.9\\u202f% to 10.1\\u202f%'
    """
    if decimal(low) is None or decimal(high) is None:
        return MISSING
    return f"{percent(low, decimals=decimals)} to {percent(high, decimals=decimals)}"


def number(
    figure: Number | None, *, decimals: int = 1, signed: bool = False, marks: Marks = ENGLISH
) -> str:
    """A bare figure with fixed decimals.

    >>> number(3.479, decimals=2), number(-1234.5, signed=True)
    ('3.48', '−1,234.5')
    """
    exact = decimal(figure)
    return MISSING if exact is None else plain(exact, decimals, signed, marks)


def count(figure: Number | None, *, signed: bool = False, marks: Marks = ENGLISH) -> str:
    """A whole number.

    >>> count(17030), count(3, signed=True)
    ('17,030', '+3')
    """
    return number(figure, decimals=0, signed=signed, marks=marks)


def counted(figure: Number | None, noun: str, plural: str | None = None) -> str:
    """A count with its noun in the right number.

    >>> counted(1, "site"), counted(6, "site"), counted(2, "facility", "facilities")
    ('1 site', '6 sites', '2 facilities')
    """
    text = count(figure)
    return f"{text} {noun if text == '1' else plural or noun + 's'}"


def hours(figure: Number | None, *, decimals: int = 0, marks: Marks = ENGLISH) -> str:
    """Hours, whole unless asked.

    >>> hours(17030.4), hours(1), hours(2.25, decimals=1)
    ('17,030 hours', '1 hour', '2.3 hours')
    """
    text = number(figure, decimals=decimals, marks=marks)
    if text == MISSING:
        return text
    return f"{text} {'hour' if text == '1' else 'hours'}"


def decimal(figure: Number | None) -> Decimal | None:
    """The figure as the shortest decimal that prints it; None where there is none."""
    if figure is None:
        return None
    if isinstance(figure, Decimal):
        return figure if figure.is_finite() else None
    if isinstance(figure, float) and not math.isfinite(figure):
        return None
    return Decimal(str(figure))


def rounded(figure: Decimal, places: int) -> Decimal:
    """The figure to so many decimals, halves away from zero."""
    return figure.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def sign(figure: Decimal, signed: bool) -> str:
    """The typographic minus of a negative figure; + only where it is asked for."""
    if figure < 0:
        return MINUS
    return "+" if signed and figure > 0 else ""


def plain(figure: Decimal, places: int, signed: bool, marks: Marks) -> str:
    """A rounded figure with sign and marks; what rounds to zero has no sign."""
    near = rounded(figure, places)
    return f"{sign(near, signed)}{grouped(abs(near), marks)}"


def grouped(figure: Decimal, marks: Marks) -> str:
    """A figure that isn't negative, with the locale's marks."""
    text = f"{figure:,f}"
    return text.translate({ord(","): marks.group, ord("."): marks.decimal})
