"""Scenarios: what might be done, as levers, each with a size, a scope and its months.

A scenario has a short text that fits into an address, and says the same as TOML or JSON:

    agency:-20@site=ELM/OAK,from=2026-11~wage:3@role=RN

Levers stand one after another, parted by `~`. After the lever's name comes its size in per cent
(points, for the escalator), after `@` what it is about: places and months, parted by commas, with
several values parted by `/`. In the written form everything but letters, digits, `_`, `-` and `.`
is `!` and two hexadecimal digits a byte; a person may type it as it is, and a `%` after the size.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pipelines.errors import UsageProblem

PLACES = "site", "region", "kind"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of lever: what it does, how far it goes (per cent), and what it can be narrowed to.

    `ways` are the ways in which it can be done; the first is meant where none is named.
    """

    title: str
    least: int
    most: int
    scopes: tuple[str, ...]
    ways: tuple[str, ...] = ("",)


KINDS = {
    "agency": Kind("Agency hours", -100, 0, (*PLACES, "role"), ("staff", "drop")),
    "overtime": Kind("Overtime hours", -100, 0, (*PLACES, "role"), ("straight", "drop")),
    "wage": Kind("Pay rates", -50, 100, (*PLACES, "role")),
    "volume": Kind("Visits and resident days", -100, 200, PLACES),
    "price": Kind("Prices", -90, 200, (*PLACES, "subject", "contract")),
    "escalator": Kind("Yearly price rises", -20, 50, (*PLACES, "contract")),
}
# Prices of what is bought; pay has a lever of its own.
PRICED = "supplies", "facilities", "contracts"
SCOPES = (*PLACES, "role", "subject", "contract")
MOST_LEVERS = 20
DECIMALS = 4
LONGEST = 4000  # characters: what browsers and servers take in an address

_ESCAPED = re.compile(r"!([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(rb"[^A-Za-z0-9_.\-]")
_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever. `size` is in per cent, or points for the escalator.

    `scope` narrows it, as pairs of a name and the values it may have, all of which must hold;
    without any it is about everything. `start` and `stop` are the first days of its first and last
    month; open ends where None. `way` is how it is done. UsageProblem for what can't be.
    """

    kind: str
    size: Decimal
    scope: tuple[tuple[str, tuple[str, ...]], ...] = ()
    start: date | None = None
    stop: date | None = None
    way: str = ""

    def __post_init__(self) -> None:
        known = KINDS.get(self.kind)
        if known is None:
            raise UsageProblem(f"There is no lever of that name; known are {', '.join(KINDS)}.")
        fits = self.size.is_finite() and known.least <= self.size <= known.most
        if not fits or self.size != round(self.size, DECIMALS):
            raise UsageProblem(
                f"The lever {self.kind} goes from {known.least} to {known.most}, with "
                f"{DECIMALS} decimals at most."
            )
        for name, values in self.scope:
            if name not in known.scopes:
                raise UsageProblem(
                    f"The lever {self.kind} can't be narrowed by that; it knows "
                    f"{', '.join(known.scopes)}."
                )
            if not values or not all(values):
                raise UsageProblem(f"{name} is empty: name a value, or leave it out.")
            if name == "subject" and set(values) - set(PRICED):
                raise UsageProblem(f"Prices are those of {', '.join(PRICED)}.")
        if self.start and self.stop and self.stop < self.start:
            raise UsageProblem("A lever ends before it begins. Swap its two months.")
        if self.way and self.way not in known.ways:
            listed = ", ".join(filter(None, known.ways)) or "one way only"
            raise UsageProblem(f"The lever {self.kind} can't be done so; it knows {listed}.")
        ordered = {name: tuple(sorted(set(values))) for name, values in self.scope}
        fixed = tuple((name, ordered[name]) for name in SCOPES if name in ordered)
        object.__setattr__(self, "scope", fixed)
        object.__setattr__(self, "way", self.way or known.ways[0])
        object.__setattr__(self, "size", _plain(self.size))

    @property
    def code(self) -> str:
        """The lever as text that fits into an address."""
        about = [f"{name}={'/'.join(map(_escaped, values))}" for name, values in self.scope]
        about += [f"{name}={day:%Y-%m}" for name, day in self._months() if day]
        if self.way != KINDS[self.kind].ways[0]:
            about.append(f"how={self.way}")
        return f"{self.kind}:{self.size:f}" + (f"@{','.join(about)}" if about else "")

    def covers(self, month: date) -> bool:
        """Whether the lever is pulled in a month, given as its first day."""
        return (self.start is None or self.start <= month) and (
            self.stop is None or month <= self.stop
        )

    def record(self) -> dict[str, Any]:
        """The lever as TOML and JSON have it."""
        told: dict[str, Any] = {"lever": self.kind, "size": f"{self.size:f}"}
        told |= {name: list(values) for name, values in self.scope}
        told |= {name: f"{day:%Y-%m}" for name, day in self._months() if day}
        return told | ({"how": self.way} if self.way else {})

    def _months(self) -> tuple[tuple[str, date | None], ...]:
        return ("from", self.start), ("to", self.stop)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Levers that are pulled together, in the order in which they were named."""

    levers: tuple[Lever, ...] = ()

    def __post_init__(self) -> None:
        if len(self.levers) > MOST_LEVERS:
            raise UsageProblem(f"A scenario has at most {MOST_LEVERS} levers: leave some out.")

    @property
    def code(self) -> str:
        """The scenario as text that fits into an address; `parse` reads it back."""
        return "~".join(lever.code for lever in self.levers)

    @classmethod
    def parse(cls, text: str) -> Scenario:
        """The scenario of a text as in the module's description; empty text has no lever.

        UsageProblem where it can't be understood.
        """
        if len(text) > LONGEST:
            raise UsageProblem("The scenario is too long for an address: use fewer values.")
        return cls(tuple(_lever(part) for part in text.split("~") if part.strip()))

    def to_json(self) -> str:
        """The scenario as JSON: {"levers": [{"lever": …, "size": …}]}."""
        levers = [lever.record() for lever in self.levers]
        return json.dumps({"levers": levers}, indent=1, ensure_ascii=False)

    def to_toml(self) -> str:
        """The scenario as TOML: a table [[levers]] each."""
        blocks = []
        for lever in self.levers:
            lines = [f"{name} = {_toml(value)}" for name, value in lever.record().items()]
            blocks.append("\n".join(["[[levers]]", *lines]))
        return "\n\n".join(blocks) + ("\n" if blocks else "")

    @classmethod
    def read(cls, text: str) -> Scenario:
        """The scenario that a file of TOML or JSON holds. UsageProblem where it holds none."""
        try:
            found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
            return cls(tuple(_of_record(one) for one in found.get("levers", [])))
        except (ValueError, TypeError, AttributeError):
            raise UsageProblem(
                "The scenario can't be understood: it is TOML with a table [[levers]] for each "
                'lever (lever, size, site, region, from …), or JSON {"levers": […]}.'
            ) from None


def _lever(text: str) -> Lever:
    head, _, about = text.strip().partition("@")
    kind, parted, size = head.partition(":")
    if not parted:
        raise UsageProblem("A lever is written as agency:-20%@site=ELM,from=2026-11.")
    told: dict[str, Any] = {"lever": kind.strip(), "size": size.strip()}
    for part in filter(None, about.split(",")):
        name, given, value = part.partition("=")
        name = name.strip()
        if not given or name in told:
            raise UsageProblem(
                "After @ a lever names places and months, each once: site=ELM/OAK,from=2026-11."
            )
        values = [_unescaped(one.strip()) for one in value.split("/")]
        told[name] = values if name in SCOPES else value.strip()
    return _of_record(told)


def _of_record(record: Mapping[str, Any]) -> Lever:
    known = {"lever", "size", "from", "to", "how", *SCOPES}
    if set(record) - known:
        raise UsageProblem(f"A lever knows {', '.join(sorted(known))} and nothing else.")
    scope = tuple((name, _values(record[name])) for name in SCOPES if name in record)
    return Lever(
        kind=str(record.get("lever", "")),
        size=_size(str(record.get("size", ""))),
        scope=scope,
        start=_month(record.get("from")),
        stop=_month(record.get("to")),
        way=str(record.get("how", "")),
    )


def _values(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value))  # type: ignore[call-overload]


def _size(text: str) -> Decimal:
    bare = text.removesuffix("%").strip().replace("\N{MINUS SIGN}", "-")
    try:
        return Decimal(bare)
    except InvalidOperation:
        raise UsageProblem("A lever's size is a number of per cent, as -20%.") from None


def _month(value: object) -> date | None:
    if value is None:
        return None
    text = str(value)
    try:
        if not _MONTH.fullmatch(text):
            raise ValueError
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise UsageProblem("A lever's months are written as 2026-11.") from None


def _plain(size: Decimal) -> Decimal:
    """Without zeros at the end, and without an exponent."""
    bare = size.normalize()
    return bare.quantize(Decimal(1)) if bare == bare.to_integral_value() else bare


def _escaped(value: str) -> str:
    return _UNSAFE.sub(lambda m: b"!%02X" % m[0][0], value.encode()).decode("ascii")


def _unescaped(text: str) -> str:
    """Escapes are bytes of UTF-8; what is no valid text is left as it was typed."""
    try:
        parts = _ESCAPED.split(text)
        raw = b"".join(
            bytes.fromhex(part) if at % 2 else part.encode() for at, part in enumerate(parts)
        )
        return raw.decode()
    except UnicodeDecodeError:
        return text


def _toml(value: object) -> str:
    """Strings and lists of them; JSON's strings are TOML's, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
