"""Figures by their declared unit, and the labels of axes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from pipelines.format.dates import days
from pipelines.format.figures import (
    ENGLISH,
    MINUS,
    MISSING,
    NARROW,
    Number,
    decimal,
    number,
    percent,
    plain,
    points,
    rounded,
)
from pipelines.format.moneys import currency_symbol, money, unit_price

Unit = Literal["money", "price", "percent", "points", "count", "hours", "days", "number"]


def value(
    figure: Number | None,
    unit: Unit,
    currency: str = "USD",
    *,
    decimals: int | None = None,
    signed: bool = False,
) -> str:
    """A figure of a declared unit, for whoever learns the unit at run time.

    >>> value(0.142, "percent"), value(14.1, "price"), value(6, "count"), value(3.48, "number")
    ('14.2\\u202f%', '$14.10', '6', '3.5')
    """
    places = 1 if decimals is None else decimals
    match unit:
        case "money":
            return money(figure, currency, decimals=decimals, signed=signed)
        case "price":
            return unit_price(figure, currency, signed=signed)
        case "percent":
            return percent(figure, decimals=places, signed=signed)
        case "points":
            return points(figure, decimals=places, signed=signed)
        case "hours" | "days" | "count":
            return number(figure, decimals=decimals or 0, signed=signed)
        case "number":
            return number(figure, decimals=places, signed=signed)


def change(figure: Number | None, unit: Unit, currency: str = "USD") -> str:
    """A distance without a sign, for words such as above and below: a share's is in points.

    >>> change(-0.041, "percent"), change(-3.1, "price"), change(2, "days")
    ('4.1 points', '$3.10', '2 days')
    """
    exact = decimal(figure)
    if exact is None:
        return MISSING
    if unit == "percent":
        return points(exact)
    if unit == "days":
        return days(abs(exact))
    return value(abs(exact), unit, currency)


def ticks(
    positions: Sequence[Number], unit: Unit, currency: str = "USD", *, signed: bool = False
) -> list[str]:
    """Labels of an axis, lowest first; only the top one says the unit.

    >>> ticks([0.05, 0.10, 0.15], "percent")
    ['5', '10', '15\\u202f%']
    >>> ticks([0, 1_000_000, 2_000_000, 3_000_000], "money")
    ['0', '1', '2', '$3m']
    >>> ticks([0, 500_000, 1_000_000], "money", signed=True)
    ['0', '+0.5', '+$1.0m']
    """
    if not positions:
        return []
    exact = [decimal(position) or Decimal(0) for position in positions]
    scale, before, after = _axis_scale(max(abs(e) for e in exact), unit, currency)
    figures = [e / scale for e in exact]
    places = max((_places(figure) for figure in figures), default=0)
    texts = [plain(figure, places if figure else 0, signed, ENGLISH) for figure in figures]
    bare = texts[-1].lstrip(f"+{MINUS}")
    texts[-1] = f"{texts[-1][: len(texts[-1]) - len(bare)]}{before}{bare}{after}"
    return texts


def _axis_scale(largest: Decimal, unit: Unit, currency: str) -> tuple[Decimal, str, str]:
    """What an axis is divided by, and what stands before and after its top figure."""
    if unit == "percent":
        return Decimal("0.01"), "", f"{NARROW}%"
    if unit == "points":
        return Decimal("0.01"), "", " points"
    if unit in ("money", "price"):
        for step, suffix in ((10**9, "bn"), (10**6, "m"), (10**3, "k")):
            if unit == "money" and largest >= step:
                return Decimal(step), currency_symbol(currency), suffix
        return Decimal(1), currency_symbol(currency), ""
    if unit in ("hours", "days"):
        return Decimal(1), "", f" {unit}"
    return Decimal(1), "", ""


def _places(figure: Decimal) -> int:
    """Decimals that a tick needs, two at most."""
    exponent = rounded(figure, 2).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
