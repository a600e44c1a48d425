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
    `occurrence` is which of several columns of one heading is meant (ADP repeats its pairs).
    `html` says that cells hold tags, which are left out.
    A `required` column must have its heading, and every row a cell in it unless it
    `may_be_blank`. `day_first` decides 1/2/2026 only where the whole column leaves it open.
    `percent` says what `12.5 %` is: "points" is 12.5, "share" is 0.125; without it, a cell with a
    per cent sign is no number.
    `words` are whole cells, or all that the pattern leaves of them, that stand for another text
    ("" for none): `{evergreen = ""}`.
    `instead` names the context values that stand in where the file has no such heading: the first
    that the file, or an option, states; without one the file is refused.

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
    percent: str | None = None
    words: dict[str, str] = field(default_factory=dict)
    instead: tuple[str, ...] = ()
    occurrence: int = 1
    html: bool = False
    answer: str | None = None
    settled: str | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A column worked out from others.

    Either from one column (`origin`, or the first of `others` that is filled where it is blank),
    by a pattern's group, a table of values, or both; or from a `text` such as "{year}-{month}-01",
    read as `kind` with `formats`. `otherwise` is such a text for the rows that are left without a
    value. Or it is the sum of the amounts `plus` less those of `minus`, blank where all of them
    are.

    Two kinds of sums over a contract's papers: with `running`, the running total of the amounts
    in `origin` over the rows of one `running` value, by the whole number in `along` (null where
    its first, 0, is missing); with `before`, the days that the span of time in `origin` ("90
    days", "3 months") lies before the date in `before`.

    A word that the table doesn't hold takes the `default`, as a blank cell does; without a
    `default` the record is set aside. So `default` is for tables of exceptions ("any other word is
    a repair"; "" for "any other word is left out"), and a table of all words has none.
    """

    name: str
    origin: str | None = None
    table: dict[str, str] = field(default_factory=dict)
    default: str | None = None
    pattern: re.Pattern[str] | None = None
    text: str | None = None
    kind: Kind = Kind.TEXT
    formats: tuple[str, ...] = ()
    otherwise: str | None = None
    running: str | None = None
    along: str | None = None
    before: str | None = None
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """A value that stands outside the table, and applies to each of its rows.

    It is looked for with `pattern` (one group) in the file's name, the sheet's name and the
    records above the headings, in that order, or in the `places` that the profile names (the
    "headings" among them). `"@publisher"` and `"@public_body"` are patterns of
    `pipelines.profiles.publishers`. `--period` on the command line overrides a date.
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
    that the file leaves out), `months` whole months; `month_start` takes the first day of its
    month, `month_end` the last. `twelfth` (1 to 12) takes that month's part of a year's amount;
    the twelve parts sum to it exactly.
    `less` are columns taken off an amount: what is left of a total once its parts are stated;
    nothing left is null, not 0. `times` is a factor, as decimal text, for another unit (m² to sq
    ft).
    """

    column: str | None = None
    constant: str | None = None
    text: str | None = None
    count: tuple[str, ...] | None = None
    shift: int = 0
    month_end: bool = False
    negate: bool = False
    month_start: bool = False
    months: int = 0
    twelfth: int = 0
    less: tuple[str, ...] = ()
    times: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of one feed that each record yields: one row for each member of `across`.

    `where` names columns and the values, in lower case, that a record must have to yield any.
    `wide` names a `[wide.…]` section: the cells `@value` and `@period` and the text `{@period}`
    then stand for each of its columns. `spread` divides a year's amounts over its twelve months.
    """

    feed: str
    cells: dict[str, Cell]
    across: tuple[dict[str, Cell], ...] = ({},)
    skip_blank: str | None = None
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wide: str | None = None
    spread: bool = False


CARRIED = ("first", "last", "path", "label", "full")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a report is laid out, whose heading rows apply to the rows below them.

    `report` must be found in the file's name, the sheet's name or above the headings. `carry`
    names columns made of the heading rows above a row: the `first` (outermost), the `last`
    (innermost), the `path` of all, the row's own `label` in the columns left of the headings, or
    path and label together (`full`); names on a path are set apart by `:`, as QuickBooks does.
    `total` is how a total row is named; its group is the heading that it sums, empty for all.
    `skip` are rows that state neither a fact nor a sum (opening balances, net income). `fill` are
    columns that continuation rows leave blank, all of them, and take from the row above. `totals`
    are the columns that total rows sum; without any, all that hold amounts or numbers.
    """

    report: re.Pattern[str] | None = None
    carry: dict[str, str] = field(default_factory=dict)
    total: re.Pattern[str] | None = None
    skip: re.Pattern[str] | None = None
    fill: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()


PERIODS = ("year", "month", "number")


@dataclass(frozen=True, slots=True)
class Wide:
    """Columns of one measure that stand side by side, one for each period.

    `heading` matches their headings whole; its one group spells the period: a `year` (2026, FY26,
    2025/26), a `month` (Jan, Jan-26, 2026-01) or its `number` in the fiscal year. Where the
    heading says no year, `year` names the column or context that does. `starts` is the first month
    of the fiscal year; without it, that of the leftmost column that names a month. A fiscal year
    of one number bears the year in which it ends, or starts where `named` says so.
    """

    name: str
    heading: re.Pattern[str]
    period: str
    kind: Kind = Kind.MONEY
    year: str | None = None
    starts: int | None = None
    named: str = "end"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """How one source system spells one kind of file, and what its rows become.

    `system` names the source whose site codes and document numbers the file uses. `amount` is the
    source column whose sum the ledger accounts for, `amount_also` further ones where a row's money
    stands in several. `slice` names the source columns that a file
    replaces ("@file_month" is the month in which most of its rows fall; "@file_months" each row's
    own month, where the file reports it and does not just stray into it). `order` names the value
    that puts files of one slice in order; without it the last to arrive wins. `sites` maps columns
    of the site register, where the file names its sites. `names` are source columns that hold
    people's names: they may feed a pseudonym and nothing else. `least` is how many of the columns
    a table must have to be this profile's, where few are required one by one. `refuse` says why
    such a file is known and yet not loaded, as the rest of a sentence that begins with its name.
    `scaled` says that amounts are in thousands or millions where the words above the headings say
    so.

    `aggregate` names the columns by which records are counted, in memory, before anything is
    stored: for exports with a row for each visit of a patient. What the profile's other columns
    held is gone then; facts may take the count as column "@count". Such a profile is not refused
    for its headings about patients, and none of its columns may be one of them.
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
    least: int = 0
    refuse: str | None = None
    layout: Layout | None = None
    wide: tuple[Wide, ...] = ()
    scaled: bool = False
    amount_also: tuple[str, ...] = ()
    aggregate: tuple[str, ...] = ()

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds that the profile fills, in order, each once."""
        return tuple(dict.fromkeys(fact.feed for fact in self.facts))
