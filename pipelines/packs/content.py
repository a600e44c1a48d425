"""What a pack says, whatever it is written as: pages of findings, tables and charts.

It is made once, from `ask()` and the analysis, and three writers set it. Texts are as the screen
writes them (`pipelines.format`); beside them stand the exact values, for the workbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import polars as pl

Value = Decimal | float | int | str | date | None
Tone = Literal["plain", "muted", "strong", "concern"]
Kind = Literal["text", "money", "price", "percent", "count", "hours", "days", "number", "day"]
Role = Literal["ink", "concern", "quiet", "target", "band"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, a smaller line below, and for the workbook its exact value.

    `note` is what people said about the number; it stands below the row, across the table.
    """

    text: str
    value: Value = None
    kind: Kind = "text"
    second: str = ""
    tone: Tone = "plain"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its side, and its share of the table's width."""

    label: str
    right: bool = False
    width: float = 1.0


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table under a title that is its finding.

    `rows` are all rows; a page shows the first `shown` of them and says how many more there are:
    the workbook has them all. `total` stands below. Without rows, `empty` is what is said.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    subtitle: str = ""
    total: tuple[Row, ...] = ()
    shown: int = 10
    empty: str = ""
    noun: tuple[str, str] = ("line", "lines")
    beyond: int = 0  # rows that even the workbook leaves out (see `capped`)


@dataclass(frozen=True, slots=True)
class Line:
    """A series of a chart: its name, a value for each category (None where there is none)."""

    name: str
    values: tuple[float | None, ...]
    role: Role = "ink"
    last: str = ""  # what stands beside its last point, or its bar: the value as people read it


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart under a title that is its finding.

    "lines" run over time and "bars" lie on their side, from zero. `labels` are the bars' values as
    people read them, `marked` the categories that the title names. `alt` says the finding with its
    numbers, for who can't see it.
    """

    kind: Literal["lines", "bars"]
    title: str
    subtitle: str
    categories: tuple[str, ...]
    series: tuple[Line, ...]
    kind_of: Kind
    alt: str
    currency: str = "USD"
    labels: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    zero: bool = False  # the axis starts at zero, or shows it
    dates: tuple[date, ...] = ()  # of "lines": the days of the categories


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences under a heading."""

    title: str
    said: tuple[str, ...]


Block = Table | Chart | Points
MOST = 500  # rows of a list that a pack holds; the app lists all


@dataclass(frozen=True, slots=True)
class Definition:
    """What a measure means; `name` is the registry's."""

    name: str
    title: str
    definition: str
    formula: str = ""
    traps: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its finding, a sentence or two, its blocks, and the measures that it uses.

    `name` is what the page is about in a word or two: the name of its sheet.
    """

    name: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows behind, for the workbook's sums.

    `costs` has a row for each site, subject, month and currency: site, site_name, region, kind,
    subject, month, currency, cost, budget, gap and last_year (money; null where it isn't known or
    has nothing to stand beside). `measures` has a row for each site and measure: metric, title,
    unit, per, site, site_name, region, currency, numerator, denominator (null for sums), scale,
    and reason where there is no value.
    """

    costs: pl.DataFrame
    measures: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Totals:
    """What `ask()` answers for the whole scope: the workbook's formulas must come to the same.

    By (currency, subject, span): "All subjects" is the whole; spans are "month" and "year".
    Measures by name.
    """

    costs: Mapping[tuple[str, str, str], Mapping[str, Decimal | float | None]]
    measures: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pack:
    """A meeting pack."""

    audience: str
    group: str
    title: str
    place: str
    month: date
    year_start: date
    filters: str
    published: datetime
    known_to: date
    coverage: str
    build: str
    pages: tuple[Page, ...]
    definitions: tuple[Definition, ...]
    facts: Facts
    totals: Totals
    # What was noted of the costs of (a subject's title, a site's code) in a span: see `Totals`.
    remarks: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The name of its files: letters, digits and hyphens."""
        kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in self.place.lower())
        place = "-".join(part for part in kept.split("-") if part) or self.audience
        return f"{self.month:%Y-%m}-{self.audience}-{place}"


def cells(*made: Cell | str) -> Row:
    """A row of cells; plain texts are cells too."""
    return tuple(one if isinstance(one, Cell) else Cell(one, one) for one in made)


def notes_in(row: Row) -> str:
    """What people said about the numbers of a row; "" where nothing was said."""
    return " ".join(one.note for one in row if one.note)


def capped(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The first rows of a list, and how many are left out."""
    return frame.head(MOST), max(0, frame.height - MOST)


def more_words(table: Table, shown: int) -> str:
    """How many rows a page leaves out, and where they stand; "" where none."""
    more = len(table.rows) + table.beyond - shown
    if more <= 0:
        return ""
    words = f"{more:,} more {table.noun[0] if more == 1 else table.noun[1]}"
    if table.beyond:
        return f"{words}; the workbook has the first {len(table.rows):,}."
    return f"{words} {'stands' if more == 1 else 'stand'} in the workbook."


def defined_for(pack: Pack, page: Page) -> list[Definition]:
    """The definitions of the measures that a page uses, in their order there."""
    known = {one.name: one for one in pack.definitions}
    return [known[name] for name in dict.fromkeys(page.uses)]
