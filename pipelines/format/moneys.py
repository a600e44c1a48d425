"""Money: short for sentences, to the cent for records."""

from __future__ import annotations

from decimal import Decimal

from pipelines.format.figures import (
    ENGLISH,
    MISSING,
    NO_BREAK,
    Marks,
    Number,
    decimal,
    grouped,
    plain,
    rounded,
    sign,
)

_SYMBOLS = {
    "USD": "$",
    "GBP": "£",
    "EUR": "€",
    "NGN": "₦",
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
    "XOF": f"CFA{NO_BREAK}",
    "XAF": f"FCFA{NO_BREAK}",
}
_WITHOUT_CENTS = {"XOF", "XAF", "JPY", "KRW", "UGX", "RWF"}


def currency_symbol(currency: str) -> str:
    """What stands before an amount: "$", "£", or the ISO code and a no-break space.

    >>> currency_symbol("EUR"), currency_symbol("KES")
    ('€', 'KES\\xa0')
    """
    return _SYMBOLS.get(currency, f"{currency}{NO_BREAK}")


def money(
    amount: Number | None,
    currency: str = "USD",
    *,
    decimals: int | None = None,
    signed: bool = False,
    marks: Marks = ENGLISH,
) -> str:
    """An amount for text: $812, $38k, $1.06m, $141.9m, $1.24bn.

    `decimals` fixes the decimals of millions for a page; left out, two below 100 million and
    one above.

    >>> money(999_600), money(141_900_000), money(2_300_000, decimals=1, signed=True)
    ('$1.00m', '$141.9m', '+$2.3m')
    """
    exact = decimal(amount)
    if exact is None:
        return MISSING
    figure, suffix = _scaled(abs(exact), decimals)
    mark = sign(exact, signed) if figure else ""
    return f"{mark}{currency_symbol(currency)}{grouped(figure, marks)}{suffix}"


def money_exact(
    amount: Number | None,
    currency: str = "USD",
    *,
    signed: bool = False,
    marks: Marks = ENGLISH,
) -> str:
    """An amount to the cent, for records and passports: $1,234,567.89.

    >>> money_exact(Decimal("-1234.5")), money_exact(1234, "XOF")
    ('−$1,234.50', 'CFA\\xa01,234')
    """
    exact = decimal(amount)
    if exact is None:
        return MISSING
    figure = rounded(abs(exact), 0 if currency in _WITHOUT_CENTS else 2)
    mark = sign(exact, signed) if figure else ""
    return f"{mark}{currency_symbol(currency)}{grouped(figure, marks)}"


def unit_price(
    amount: Number | None, currency: str = "USD", *, signed: bool = False, marks: Marks = ENGLISH
) -> str:
    """A price of one thing, a visit or an hour, with its cents.

    >>> unit_price(14.1), unit_price(Decimal("0.455"))
    ('$14.10', '$0.46')
    """
    return money_exact(amount, currency, signed=signed, marks=marks)


def thousands(amount: Number | None, *, signed: bool = False, marks: Marks = ENGLISH) -> str:
    """A table cell under a heading that says "$ thousand": 812, +71, −13.

    >>> thousands(811_700), thousands(71_000, signed=True), thousands(-13_400, signed=True)
    ('812', '+71', '−13')
    """
    exact = decimal(amount)
    return MISSING if exact is None else plain(exact / 1000, 0, signed, marks)


def gap(
    amount: Number | None,
    currency: str = "USD",
    *,
    against: str = "budget",
    decimals: int | None = None,
    marks: Marks = ENGLISH,
) -> str:
    """A difference in words, positive meaning more than planned: "$412k over budget".

    >>> gap(64_000, against="last year"), gap(0.4)
    ('$64k over last year', 'on budget')
    """
    exact = decimal(amount)
    if exact is None:
        return MISSING
    if not _scaled(abs(exact), decimals)[0]:
        return f"on {against}"
    word = "over" if exact > 0 else "under"
    return f"{money(abs(exact), currency, decimals=decimals, marks=marks)} {word} {against}"


def money_range(
    low: Number | None,
    high: Number | None,
    currency: str = "USD",
    *,
    decimals: int | None = None,
    marks: Marks = ENGLISH,
) -> str:
    """Two amounts: "$140.6m to $143.0m".

    >>> money_range(140_600_000, 143_000_000)
    '$140.6m to $143.0m'
    """
    if decimal(low) is None or decimal(high) is None:
        return MISSING
    ends = (money(end, currency, decimals=decimals, marks=marks) for end in (low, high))
    return " to ".join(ends)


def _scaled(amount: Decimal, decimals: int | None) -> tuple[Decimal, str]:
    """An absolute amount in the largest unit that it fills after rounding."""
    whole = rounded(amount, 0)
    if whole < 1000:
        return whole, ""
    kilo = rounded(amount / 1000, 0)
    if kilo < 1000:
        return kilo, "k"
    mega = _millions(amount / 10**6, decimals)
    if mega < 1000:
        return mega, "m"
    return _millions(amount / 10**9, decimals), "bn"


def _millions(figure: Decimal, decimals: int | None) -> Decimal:
    if decimals is not None:
        return rounded(figure, decimals)
    fine = rounded(figure, 2)
    return fine if fine < 100 else rounded(figure, 1)
