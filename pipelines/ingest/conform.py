"""From the table as found to typed columns under the profile's names.

Cells are text until here. Each column is parsed as a whole, because the order of dates and the
meaning of a comma are decided over the whole column. What can't be read becomes null *and* is
marked, so that the check can set the record aside with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from pipelines.errors import FileProblem
from pipelines.feeds import Kind
from pipelines.ingest.cells import blanked
from pipelines.ingest.match import Match
from pipelines.ingest.privacy import clean_name
from pipelines.ingest.read import Found
from pipelines.ingest.standins import days_before, origins, running_total, stand_in
from pipelines.ingest.styles import Styles
from pipelines.ingest.values import (
    DecimalVotes,
    Order,
    Values,
    dates,
    flags,
    moments,
    money,
    text,
    whole,
)
from pipelines.ingest.wide import decimal_commas, scaled, unfolded
from pipelines.ingest.words import mapped, untagged, worded
from pipelines.profiles import Context, Derived, Profile, Source

WORKBOOKS = {"xlsx", "xlsm", "xlsb", "xls", "ods"}
ORDERS = {"day-first": Order.DAY, "month-first": Order.MONTH}
TITLE = 300  # characters of a cell above the table; what goes on for longer is no title
_ODD_BLANKS = "[\u00a0\u2007\u202f\u200b\ufeff]"


@dataclass(frozen=True, slots=True)
class Conformed:
    """A table under the profile's names.

    `texts` holds `record` and the allow-listed cells as text (null where blank); `values` holds
    `record` and every declared column, typed; `unreadable` holds `record` and, for each source
    column, whether its cell holds something that is not of its kind, and for each derived one,
    whether it met a word that its map doesn't know. `doubts` are, by column, the questions that the
    file leaves open (a date order), without cell values. `styles`
    are, by column, what the whole column decided ("day first", "decimal comma").
    """

    texts: pl.DataFrame
    values: pl.DataFrame
    unreadable: pl.DataFrame
    doubts: dict[str, str]
    styles: dict[str, str] = field(default_factory=dict)


def conform(
    found: Found,
    fit: Match,
    options: dict[str, str] | None = None,
    styles: Styles | None = None,
) -> Conformed:
    """Type a table's columns, or those of a piece of it.

    `options` are values from the command line: those that stand for a context's (`period`), and
    `dates`, "day" or "month", for what comes first in a column that doesn't tell. `styles` are what
    earlier pieces of the table told, and take in what this one tells. FileProblem when a value that
    must stand in the file's name, its preamble or an option is missing.
    """
    frame, styles = found.frame, styles or Styles()
    texts = pl.DataFrame(
        [frame["record"], *(_plain(frame[p], name) for name, p in fit.places.items())]
    )
    values: dict[str, pl.Series] = {"record": texts["record"]}
    bad: dict[str, pl.Series] = {"record": texts["record"]}
    doubts: dict[str, str] = {}
    first = {"day": True, "month": False}.get((options or {}).get("dates", ""))
    told = surroundings(found, fit.profile, options)
    marks = decimal_commas(texts, fit.profile)
    decided: dict[str, str] = {}
    for source in fit.profile.sources:
        if source.name not in fit.places and source.instead:
            value = stand_in(source, fit.profile, told, found)
            values[source.name] = value.new_from_index(0, frame.height)
            doubts[source.name] = "has no heading in this file: what stands around the table counts"
            continue
        if source.name not in fit.places:
            one = parse(pl.Series(source.name, [None], pl.String), source.kind).values
            values[source.name] = one.new_from_index(0, frame.height)
            continue
        clean = texts[source.name]
        plain = untagged(clean) if source.html else clean
        stated = cells = worded(plain, source.words)
        if source.pattern is not None:
            cells = worded(cells.str.extract(f"(?i){source.pattern.pattern}", 1), source.words)
        if source.blank is not None:
            cells = cells.fill_null(source.blank)
        if source.percent is not None:
            cells = without_percent(cells, source.percent)
        mark = marks.get(source.name)
        parsed = _read(cells, source, found, styles, first, mark, cells is clean)
        values[source.name] = parsed.values.alias(source.name)
        unreadable = parsed.unreadable
        if source.pattern is not None or source.words:
            # A cell that its pattern leaves nothing of is unreadable too, not blank.
            unreadable |= parsed.values.is_null() & stated.is_not_null()
        bad[source.name] = unreadable.alias(source.name)
        if parsed.question:
            doubts[source.name] = parsed.question
        if parsed.style:
            decided[source.name] = parsed.style
    typed = scaled(pl.DataFrame(values), found, fit.profile)
    wrong = pl.DataFrame(bad)
    for name, value in told.items():
        typed = typed.with_columns(pl.lit(value).first().alias(name))
    for derived in fit.profile.derived:
        value, strange = _derived(derived, typed)
        if derived.otherwise is not None:
            rest = typed.select(composed(derived.otherwise)).to_series()
            value = value.zip_with(
                value.is_not_null(), parse(rest, derived.kind, derived.formats).values
            )
        typed = typed.with_columns(value.alias(derived.name))
        if derived.before is not None:
            spans = days_before(typed[str(derived.origin)], typed[derived.before])
            for name in origins(derived, fit.profile) & bad.keys():
                odd = wrong[name] | (spans.unreadable & texts[name].is_not_null())
                wrong = wrong.with_columns(odd.alias(name))
        if derived.table:
            wrong = wrong.with_columns(strange.alias(derived.name))
        parts = [n for n in (*derived.plus, *derived.minus) if n in wrong.columns]
        if parts:
            wrong = wrong.with_columns(pl.any_horizontal(parts).alias(derived.name))
    typed, wrong = unfolded(typed, wrong, found, fit.profile, options)
    return Conformed(texts, typed, wrong, doubts, decided)


def _read(
    cells: pl.Series,
    source: Source,
    found: Found,
    styles: Styles,
    day_first: bool | None,
    comma: bool | None,
    clean: bool,
) -> Values:
    """A column as values, by what the whole table tells of how it is written.

    `day_first` is the user's answer, for a column that doesn't tell; `comma` is the decimal mark
    of the columns beside it that measure the same; `clean` says that the cells are stripped.
    """
    match source.kind:
        case Kind.MONEY | Kind.NUMBER | Kind.WHOLE:
            # Cells of a workbook's numbers come with a point, whatever the locale of the sheet.
            stated = comma if source.decimal_comma is None else source.decimal_comma
            comma = False if found.format in WORKBOOKS else stated
            if source.settled is not None:
                comma = source.settled == "decimal-comma"
            mark = styles.of(source.name, comma)
            read = _numbers(cells, source, comma, mark, clean)
            if read.question and source.answer is not None:
                read = _numbers(cells, source, source.answer == "decimal-comma", None, clean)
            return read
        case Kind.DATE | Kind.MOMENT:
            reader = dates if source.kind is Kind.DATE else moments
            if source.settled in ORDERS:
                return reader(cells, source.formats, order=ORDERS[source.settled], clean=clean)
            said = {"day-first": True, "month-first": False}.get(source.answer or "")
            firsts = (first for first in (day_first, said, source.day_first) if first is not None)
            first = next(firsts, None)
            order = styles.of(source.name, first)
            return reader(cells, source.formats, day_first=first, settle=order, clean=clean)
        case Kind.TEXT:
            return Values(cells, cells.is_null() & False)
        case _:
            return parse(cells, source.kind)


def _numbers(
    cells: pl.Series,
    source: Source,
    comma: bool | None,
    settle: Callable[[DecimalVotes], DecimalVotes] | None,
    clean: bool,
) -> Values:
    if source.kind is Kind.WHOLE:
        return whole(cells, decimal_comma=comma, settle=settle, clean=clean)
    hours = source.kind is Kind.NUMBER
    return money(cells, decimal_comma=comma, settle=settle, clean=clean, hours=hours)


def surroundings(
    found: Found, profile: Profile, options: dict[str, str] | None = None
) -> dict[str, pl.Series]:
    """What stands outside the table and applies to all of it: one value by name.

    FileProblem when a value that is needed is missing, or is not of its kind.
    """
    return {c.name: _context(c, found, options or {}) for c in profile.context}


def parse(
    cells: pl.Series,
    kind: Kind,
    formats: tuple[str, ...] = (),
    comma: bool | None = None,
    day_first: bool | None = None,
) -> Values:
    """Cells as values of a kind."""
    match kind:
        case Kind.MONEY:
            return money(cells, decimal_comma=comma)
        case Kind.NUMBER:
            return money(cells, decimal_comma=comma, hours=True)
        case Kind.WHOLE:
            return whole(cells, decimal_comma=comma)
        case Kind.DATE:
            return dates(cells, formats, day_first=day_first)
        case Kind.MOMENT:
            return moments(cells, formats, day_first=day_first)
        case Kind.FLAG:
            return flags(cells)
        case Kind.TEXT:
            return text(cells)


def _plain(cells: pl.Series, name: str) -> pl.Series:
    """Cells without surrounding blanks (no-break ones included); blank ones are null."""
    cells = cells.alias(name)
    if cells.str.len_bytes().sum() != cells.str.len_chars().sum():
        cells = cells.str.replace_all(_ODD_BLANKS, " ")
    cells = cells.str.strip_chars()
    empty = cells == ""
    return blanked(cells, empty) if empty.any() else cells


def without_percent(cells: pl.Series, percent: str) -> pl.Series:
    """`12.5 %` as `12.5` where points are meant, as `12.5E-2` where a share is."""
    if percent == "points":
        return cells.str.replace_all("%", "", literal=True).str.strip_chars()
    return cells.str.replace(r"(\d[.,]?)\s*(\)?)\s*%", "${1}E-2${2}")


def _derived(derived: Derived, typed: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """A derived column, and whether each of its cells holds a word that its map doesn't know."""
    strange = typed["record"].is_null()
    if derived.plus or derived.minus:
        return typed.select(_summed(derived)).to_series().alias(derived.name), strange
    if derived.text is not None:
        cells = typed.select("record", text=composed(derived.text))["text"]
        return parse(cells, derived.kind, derived.formats).values.alias(derived.name), strange
    if derived.running is not None:
        return running_total(typed, derived), strange
    if derived.before is not None:
        return days_before(typed[str(derived.origin)], typed[derived.before]).values, strange
    sources = [pl.col(str(name)).cast(pl.String) for name in (derived.origin, *derived.others)]
    cells = typed.select(pl.coalesce(sources)).to_series()
    if derived.pattern is not None:
        cells = cells.str.extract(f"(?i){derived.pattern.pattern}", 1)
    if derived.table:
        cells, unknown = mapped(cells, derived)
        strange = unknown
    if derived.default is not None:
        cells = cells.fill_null(derived.default)
    return parse(cells, derived.kind, derived.formats).values.alias(derived.name), strange


def _summed(derived: Derived) -> pl.Expr:
    """The sum of some columns less that of others; null where all are blank."""
    signed = [pl.col(n) for n in derived.plus] + [-pl.col(n) for n in derived.minus]
    total = pl.sum_horizontal(part.fill_null(0) for part in signed).cast(pl.Decimal(38, 4))
    return pl.when(~pl.all_horizontal(part.is_null() for part in signed)).then(total)


def composed(text: str) -> pl.Expr:
    """A text such as "{year}-{month}-01" filled from columns; null where one of them is."""
    names = re.findall(r"\{(\w+)\}", text)
    return pl.format(re.sub(r"\{\w+\}", "{}", text), *(pl.col(n).cast(pl.String) for n in names))


def _context(outside: Context, found: Found, options: dict[str, str]) -> pl.Series:
    stated = options.get(outside.option or "") or _look(outside.pattern, outside.places, found)
    if stated is None and outside.required:
        raise FileProblem(
            found.path,
            f"does not say its {outside.name.replace('_', ' ')}: it stands neither in the "
            "file's name nor above the headings"
            + (f"; give it with --{outside.option}." if outside.option else "."),
            found.part,
        )
    if stated is not None and outside.kind is Kind.TEXT:
        stated = clean_name(stated)
    parsed = parse(pl.Series([stated], dtype=pl.String), outside.kind, outside.formats)
    if outside.required and parsed.values[0] is None:
        raise FileProblem(
            found.path,
            f"states its {outside.name.replace('_', ' ')} in a form that is not "
            f"{KINDS_IN_WORDS[outside.kind]}; expected {_examples(outside)}.",
            found.part,
        )
    return parsed.values


def _examples(outside: Context) -> str:
    """How the value may be written: the forms of the profile, shown on one day."""
    day = datetime(2026, 10, 31, 17, 0)
    forms = [day.strftime(form) for form in outside.formats if form.startswith("%")]
    return " or ".join(forms) or ("2026-10-31" if outside.kind is Kind.DATE else "another form")


def _look(pattern: re.Pattern[str], places: tuple[str, ...], found: Found) -> str | None:
    texts = {
        "file": [found.path.name],
        "sheet": [found.part or ""],
        "preamble": [cell for row in found.preamble for cell in row if cell],
        "headings": list(found.headings),
    }
    for place in places:
        for cell in texts[place]:
            hit = pattern.search(cell[:TITLE])
            if hit:
                return hit.group(1)
    return None


KINDS_IN_WORDS = {
    Kind.MONEY: "an amount",
    Kind.NUMBER: "a number",
    Kind.WHOLE: "a whole number",
    Kind.DATE: "a date",
    Kind.MOMENT: "a date and time",
    Kind.FLAG: "yes or no",
    Kind.TEXT: "of the expected form",
}
