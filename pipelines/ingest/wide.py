"""Measures that stand side by side, a column a period: found by their headings, one fact each.

A table with such columns is read by a profile that was widened for it: each column becomes a
source of its own, and the profile's facts one row for each of them. So a record with forty years
across stays one record, accepted whole or set aside whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from pipelines.errors import FileProblem
from pipelines.feeds import Kind
from pipelines.ingest.amounts import money
from pipelines.ingest.read import Found
from pipelines.profiles import Cell, Facts, Profile, Source, Wide

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_YEAR = re.compile(r"^\D*?(\d{4}|\d{2})(?:\s*[-/\u2013]\s*(\d{4}|\d{2}))?$")
_NAMED = re.compile(r"^([a-z]{3,9})\.?[\s'\u2019/_-]*(\d{4}|\d{2})?$", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?:(\d{4})[-/.](\d{1,2})(?:[-/.]\d{1,2})?|(\d{1,2})[-/.](\d{4}))$")
_THOUSANDS = re.compile(r"[$£€'\u2019]\s?0{3}s?\b|\b0{3}s\b|\bin thousands\b", re.IGNORECASE)
_MILLIONS = re.compile(r"\bin millions\b|\bmillions of\b|[$£€]\s?mm?\b", re.I)


def widen(profile: Profile, headings: Sequence[str]) -> Profile | None:
    """The profile for a table with these headings; None where a measure that it needs is missing.

    A profile without wide columns is given back as it is.
    """
    for wide in profile.wide:
        parts = list(_parts(wide, headings))
        if not parts and wide.required:
            return None
        profile = replace(
            profile,
            sources=(*profile.sources, *(source for source, _ in parts)),
            facts=tuple(_across(f, parts) if f.wide == wide.name else f for f in profile.facts),
        )
    return profile


def scaled(typed: pl.DataFrame, found: Found, profile: Profile) -> pl.DataFrame:
    """Amounts in units, where the words about the table say that they are in thousands."""
    factor = scale(found) if profile.scaled else 1
    if factor == 1:
        return typed
    names = [s.name for s in profile.sources if s.kind is Kind.MONEY]
    return typed.with_columns((pl.col(n) * factor).cast(typed.schema[n]) for n in names)


def scale(found: Found) -> int:
    """1000 or 1000000 where the sheet's name or the words above the headings say so, else 1."""
    words = [found.part or "", *(cell for row in found.preamble for cell in row)]
    if any(map(_THOUSANDS.search, words)):
        return 1_000
    return 1_000_000 if any(map(_MILLIONS.search, words)) else 1


def decimal_commas(texts: pl.DataFrame, profile: Profile) -> dict[str, bool]:
    """By wide column, whether its decimal mark is a comma, where all columns together tell.

    The columns of one measure are written alike: what one of them leaves open, another decides.
    """
    marks: dict[str, bool] = {}
    for wide in profile.wide:
        names = [n for n in texts.columns if n.startswith(f"{wide.name} ")]
        if len(names) > 1:
            read = money(pl.concat([texts[n].rename("") for n in names]))
            if read.question is None:
                marks |= dict.fromkeys(names, read.style == "decimal comma")
    return marks


def unfolded(
    typed: pl.DataFrame,
    bad: pl.DataFrame,
    found: Found,
    profile: Profile,
    options: dict[str, str] | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add to typed values each wide column's period, and the sum of each wide measure.

    `bad` gains, for each measure, whether one of its cells can't be read. The option
    `fiscal_start` is the first month of the group's fiscal year, where the profile states none and
    the headings don't tell. FileProblem when two columns of one measure state the same period.
    """
    usual = int((options or {}).get("fiscal_start", "1"))
    for wide in profile.wide:
        names = [s.name for s in profile.sources if s.name.startswith(f"{wide.name} ")]
        spelled = [_spelling(wide, s.headings[0]) for s in profile.sources if s.name in names]
        starts = wide.starts or _first_month(spelled, wide) or usual
        periods = [_period(text, wide, starts, typed) for text in spelled]
        first = [p[0] for p in periods if len(p) and p[0] is not None]
        if len(set(spelled)) < len(spelled) or len(set(first)) < len(first):
            raise _two_columns(found, wide)
        blank = pl.all_horizontal(pl.col(n).is_null() for n in names) if names else pl.lit(True)
        total = pl.sum_horizontal(pl.col(n).fill_null(0) for n in names) if names else pl.lit(0)
        money = pl.Decimal(38, 4)
        typed = typed.with_columns(
            *(p.alias(f"{n} @period") for n, p in zip(names, periods, strict=True)),
            pl.when(~blank).then(total).cast(money).alias(wide.name),
        )
        wrong = pl.any_horizontal(pl.lit(False), *(pl.col(n) for n in names if n in bad.columns))
        bad = bad.with_columns(wrong.alias(wide.name))
    return typed, bad


def refuse_twins(found: Found, profile: Profile) -> None:
    """FileProblem where two columns of a wide measure have one heading: no answer parts them."""
    for wide in profile.wide:
        names = [s.name for s in profile.sources if s.name.startswith(f"{wide.name} ")]
        if any(f"{name} again" in names for name in names):
            raise _two_columns(found, wide)


def _two_columns(found: Found, wide: Wide) -> FileProblem:
    return FileProblem(
        found.path,
        f"has two columns of “{wide.name}” for one period, and a fact must have one: "
        "remove one of them.",
        found.part,
    )


def _parts(wide: Wide, headings: Sequence[str]) -> Iterator[tuple[Source, str]]:
    """(source, spelling of its period) for each heading that belongs to the measure."""
    taken: set[str] = set()
    for heading in headings:
        hit = wide.heading.fullmatch(heading.strip())
        if hit is None or not _readable(hit.group(1), wide.period):
            continue
        name = f"{wide.name} {heading}"
        while name in taken:
            name += " again"
        taken.add(name)
        yield Source(name, (heading,), wide.kind), hit.group(1)


def _readable(spelling: str, period: str) -> bool:
    if period == "month":
        return _month(spelling) is not None
    return bool(_YEAR.match(spelling)) if period == "year" else spelling.isdecimal()


def _across(facts: Facts, parts: Sequence[tuple[Source, str]]) -> Facts:
    members = tuple(
        {n: _cell(c, source.name, period) for n, c in {**facts.cells, **member}.items()}
        for source, period in parts
        for member in facts.across
    )
    return replace(facts, cells={}, across=members)


def _cell(cell: Cell, name: str, period: str) -> Cell:
    if cell.column == "@value":
        return replace(cell, column=name)
    if cell.column == "@period":
        return replace(cell, column=f"{name} @period")
    if cell.text is None:
        return cell
    text = cell.text.replace("{@period}", period)
    return replace(cell, text=text) if "{" in text else Cell(constant=text)


def _spelling(wide: Wide, heading: str) -> str:
    hit = wide.heading.fullmatch(heading.strip())
    return hit.group(1) if hit else heading


def _first_month(spelled: Sequence[str], wide: Wide) -> int | None:
    """The first month of the fiscal year, as the order of the columns tells it; None if not."""
    months = [m for m in map(_month, spelled) if m] if wide.period == "month" else []
    return months[0][0] if months else None


def _month(spelling: str) -> tuple[int, int | None] | None:
    """(month, year or None) of `Jan`, `January 2026`, `Jan-26`, `2026-01`, `01/2026`."""
    if hit := _NAMED.match(spelling.strip()):
        name, year = hit.groups()
        number = next((i for i, m in enumerate(MONTHS, 1) if m.startswith(name.lower())), None)
        return (number, _century(year) if year else None) if number else None
    if hit := _NUMBERED.match(spelling.strip()):
        year, month = hit[1] or hit[4], int(hit[2] or hit[3])
        return (month, int(year)) if 1 <= month <= 12 else None
    return None


def _century(digits: str) -> int:
    """The year that two digits mean: 1970 to 2069."""
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 70 else 1900)


def _opens(text: str | None, wide: Wide, starts: int) -> int | None:
    """The calendar year in which the fiscal year of this name begins."""
    hit = _YEAR.match((text or "").strip())
    if hit is None:
        return None
    year = _century(hit[1])
    return year if hit[2] or starts == 1 or wide.named == "start" else year - 1


def _period(spelling: str, wide: Wide, starts: int, typed: pl.DataFrame) -> pl.Series:
    """The first day of a column's period, by record."""
    if wide.period == "year":
        year = _opens(spelling, wide, starts)
        return _days([(year, starts)] * typed.height)
    number = int(spelling) if wide.period == "number" else 0
    if number > 12:  # an adjustment period has no month of its own
        return _days([(None, 1)] * typed.height)
    month, year = (_month(spelling) if not number else None) or ((starts - 2 + number) % 12 + 1, 0)
    if year:
        return _days([(year, month)] * typed.height)
    later = int(month < starts)
    stated = typed[wide.year].cast(pl.String) if wide.year else pl.Series([None] * typed.height)
    opens = {text: _opens(text, wide, starts) for text in stated.unique()}
    return _days([(None if (y := opens[t]) is None else y + later, month) for t in stated])


def _days(months: Sequence[tuple[int | None, int]]) -> pl.Series:
    days = [date(year, month, 1) if year else None for year, month in months]
    return pl.Series(days, dtype=pl.Date)
