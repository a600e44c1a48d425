"""What a feed is: the declaration of one kind of fact that Rounds accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """The type of a feed's column, and so how its cells are parsed and stored."""

    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"  # a local date and time of day
    MONEY = "money"  # an amount in the row's currency
    NUMBER = "number"  # a decimal quantity: hours, visits, units, square metres
    WHOLE = "whole"
    FLAG = "flag"

    @property
    def sql(self) -> str:
        """The DuckDB type. Amounts and quantities are decimal, never floating point."""
        return {
            Kind.TEXT: "VARCHAR",
            Kind.DATE: "DATE",
            Kind.MOMENT: "TIMESTAMP",
            Kind.MONEY: "DECIMAL(18,4)",
            Kind.NUMBER: "DECIMAL(18,4)",
            Kind.WHOLE: "BIGINT",
            Kind.FLAG: "BOOLEAN",
        }[self]


def literal(text: str, kind: Kind) -> str | Decimal | date | datetime | int | bool:
    """The value that a text stands for; ValueError or ArithmeticError when it is none."""
    match kind:
        case Kind.MONEY | Kind.NUMBER:
            return Decimal(text)
        case Kind.WHOLE:
            return int(text)
        case Kind.DATE:
            return date.fromisoformat(text)
        case Kind.MOMENT:
            return datetime.fromisoformat(text)
        case Kind.FLAG:
            return text.casefold() in ("yes", "true", "1")
        case _:
            return text


class Policy(StrEnum):
    """What a file does to what is already there when the same facts come again.

    REPLACE: the rows of each slice that the file contains give way to the file's rows; the
    profile says what makes a slice (a company's check date, a facility's quarter).
    UPSERT: a row gives way to a later row with the same key; all others stay.
    """

    REPLACE = "replace"
    UPSERT = "upsert"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a feed.

    `unit` is for people ("h", "m²"); money needs none, each row carries its currency.
    `example` fills the template that `rounds template` writes.
    """

    name: str
    kind: Kind
    meaning: str
    example: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of fact: what a row is, its columns, its key and its policy.

    `date` names the column (or columns, a period's first and last day) that places a row in time;
    `slice` names the columns that make a slice under REPLACE for our own plain layout.
    `key` names the columns that identify a row under UPSERT.
    `site` says whether rows belong to a site; the store then adds `system` and `site_code`.
    """

    name: str
    title: str
    row: str
    policy: Policy
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    slice: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    money: str | None = None
    site: bool = True
    free_text: tuple[str, ...] = field(default=())

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError when the feed has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)
