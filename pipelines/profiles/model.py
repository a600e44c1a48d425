"""What a profile is: how one source system spells one kind of file.

A profile is data. Its TOML file names the headings, how cells are written, and which feeds the
rows fill; `pipelines.profiles.read` turns the file into the records below and refuses what it
cannot mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.feeds import Kind, Policy


@dataclass(frozen=True, slots=True)
class Source:
    """One column of the source file.

    `headings` are the spellings seen; the first is the usual one. `formats` are strptime patterns
    for dates, `"month"` first-of-month forms, or empty to decide the order from the whole column.
    `blank` is what an empty cell means ("0" where the system writes nothing for none).
    A `required` column must have its heading, and every row a cell in it unless it
    `may_be_blank`. `day_first` decides 1/2/2026 only where the whole column leaves it open.

    Two that no file states: `answer` is what a person said of a column that leaves it open
    ("day-first", "month-first", "decimal-comma", "decimal-point"); `settled` is the same for
    records whose file has decided it, whatever their own cells say.
    """

    name: str
    headings: tuple[str, ...]
    kind: Kind = Kind.TEXT
    required: bool = False
    formats: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    blank: str | None = None
    decimal_comma: bool | None = None
    day_first: bool | None = None
    may_be_blank: bool = False
    answer: str | None = None
    settled: str | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A column worked out from others.

    Either from one column (`origin`), by a pattern's group, a table of values, or both; or from a
    `text` such as "{year}-{month}-01", read as `kind` with `formats`.
    """

    name: str
    origin: str | None = None
    table: dict[str, str] = field(default_factory=dict)
    default: str | None = None
    pattern: re.Pattern[str] | None = None
    text: str | None = None
    kind: Kind = Kind.TEXT
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """A value that stands outside the table, and applies to each of its rows.

    It is looked for with `pattern` (one group) in the file's name, the sheet's name and the
    records above the headings, in that order; `--period` on the command line overrides a date.
    """

    name: str
    pattern: re.Pattern[str]
    kind: Kind
    formats: tuple[str, ...] = ()
    places: tuple[str, ...] = ("file", "sheet", "preamble")
    required: bool = False
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a feed's column comes from: a source column, a constant, a text, a running count.

    Exactly one of the four is set. `shift` adds whole days to a date column (a period's start
    that the file leaves out).
    """

    column: str | None = None
    constant: str | None = None
    text: str | None = None
    count: tuple[str, ...] | None = None
    shift: int = 0
    month_end: bool = False
    negate: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of one feed that each record yields: one row for each member of `across`."""

    feed: str
    cells: dict[str, Cell]
    across: tuple[dict[str, Cell], ...] = ({},)
    skip_blank: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """How one source system spells one kind of file, and what its rows become.

    `system` names the source whose site codes and document numbers the file uses. `amount` is the
    source column whose sum the ledger accounts for. `slice` names the source columns that a file
    replaces ("@file_month" is the month in which most of its rows fall). `order` names the value
    that puts files of one slice in order; without it the last to arrive wins. `sites` maps columns
    of the site register, where the file names its sites. `names` are source columns that hold
    people's names: they may feed a pseudonym and nothing else.
    """

    name: str
    title: str
    system: str
    sources: tuple[Source, ...]
    facts: tuple[Facts, ...]
    derived: tuple[Derived, ...] = ()
    context: tuple[Context, ...] = ()
    policy: Policy | None = None
    slice: tuple[str, ...] = ()
    file_month: str | None = None
    order: str | None = None
    currency: str | None = None
    amount: str | None = None
    sites: dict[str, Cell] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds that the profile fills, in order, each once."""
        return tuple(dict.fromkeys(fact.feed for fact in self.facts))
