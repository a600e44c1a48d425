"""Levers of a scenario in words, for pages and packs. `named` tells a site's name by its code."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from pipelines import format as fmt
from pipelines.analysis.scenarios.scenario import Lever
from pipelines.wording.sentences import SUBJECTS

Named = Callable[[str], str]


def short(lever: Lever, named: Named) -> str:
    """A lever in a few words: "Agency −20 %, North"."""
    names = {"agency": "Agency", "overtime": "Overtime", "wage": "Pay", "volume": "Volume",
             "price": "Prices", "escalator": "Price rises"}  # fmt: skip
    said = f"{names[lever.kind]} {size(lever)}"
    return f"{said}, {places(lever, named, limit=1)}" if lever.scope else said


def sentence(lever: Lever, named: Named) -> str:
    """A lever as people say it: "20 % of agency hours taken over by own staff, North region"."""
    share = fmt.percent(abs(lever.size) / 100, decimals=_decimals(lever.size))
    change = size(lever)
    said = {
        ("agency", "staff"): f"{share} of agency hours taken over by own staff",
        ("agency", "drop"): f"{share} of agency hours dropped",
        ("overtime", "straight"): f"{share} of overtime worked at straight pay",
        ("overtime", "drop"): f"{share} of overtime hours dropped",
        ("wage", ""): f"Pay rates {change}",
        ("volume", ""): f"Visits and resident days {change}",
        ("price", ""): f"Prices {change}",
        ("escalator", ""): f"Yearly price rises {change}",
    }[lever.kind, lever.way]
    return ", ".join(filter(None, (said, places(lever, named), _when(lever))))


def size(lever: Lever) -> str:
    """How far a lever goes: "−20 %", "+1 point"."""
    decimals = _decimals(lever.size)
    if lever.kind == "escalator":
        word = "point" if abs(lever.size) == 1 else "points"
        return f"{fmt.number(lever.size, decimals=decimals, signed=True)} {word}"
    return fmt.percent(lever.size / 100, decimals=decimals, signed=True)


def places(lever: Lever, named: Named, *, limit: int = 3) -> str:
    """What a lever is narrowed to, in words; empty where it is about everything."""
    words = []
    for name, values in lever.scope:
        shown = [value(name, one, named) for one in values]
        words.append(fmt.names(shown, limit=limit))
    return ", ".join(words)


def value(name: str, text: str, named: Named) -> str:
    """One of the values that a lever is narrowed to: a site, a subject, a region."""
    if name == "site":
        return named(text)
    return SUBJECTS.get(text, text) if name == "subject" else text


def _when(lever: Lever) -> str:
    first, last = lever.start, lever.stop
    if first and last:
        return f"{fmt.month(first)} to {fmt.month(last)}" if first != last else fmt.month(first)
    if first:
        return f"from {fmt.month(first)}"
    return f"to {fmt.month(last)}" if last else ""


def _decimals(figure: Decimal) -> int:
    return max(0, -int(figure.as_tuple().exponent))
