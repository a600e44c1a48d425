"""From the table as found to typed columns under the profile's names.

Cells are text until here. Each column is parsed as a whole, because the order of dates and the
meaning of a comma are decided over the whole column. What can't be read becomes null *and* is
marked, so that the check can set the record aside with its reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from pipelines.errors import FileProblem
from pipelines.feeds import Kind
from pipelines.ingest.match import Match
from pipelines.ingest.read import Found
from pipelines.ingest.values import Values, dates, flags, moments, money, text, whole
from pipelines.profiles import Context, Derived, Profile

WORKBOOKS = {"xlsx", "xlsm", "xlsb", "xls", "ods"}
_ODD_BLANKS = "[\u00a0\u2007\u202f\u200b\ufeff]"


@dataclass(frozen=True, slots=True)
class Conformed:
    """A table under the profile's names.

    `texts` holds `record` and the allow-listed cells as text (null where blank); `values` holds
    `record` and every declared column, typed; `unreadable` holds `record` and, for each source
    column, whether its cell holds something that is not of its kind. `doubts` are, by
    column, the questions that the file leaves open (a date order), without cell values. `styles`
    are, by column, what the whole column decided ("day first", "decimal comma").
    """

    texts: pl.DataFrame
    values: pl.DataFrame
    unreadable: pl.DataFrame
    doubts: dict[str, str]
    styles: dict[str, str] = field(default_factory=dict)


def conform(found: Found, fit: Match, options: dict[str, str] | None = None) -> Conformed:
    """Type a table's columns.

    `options` are values from the command line (`period`). FileProblem when a value that must stand
    in the file's name, its preamble or an option is missing.
    """
    frame = found.frame
    texts = frame.select(
        pl.col("record"),
        *(_cleaned(place).alias(name) for name, place in fit.places.items()),
    )
    values: dict[str, pl.Series] = {"record": texts["record"]}
    bad: dict[str, pl.Series] = {"record": texts["record"]}
    doubts: dict[str, str] = {}
    styles: dict[str, str] = {}
    for source in fit.profile.sources:
        if source.name not in fit.places:
            missing = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
            values[source.name] = parse(missing, source.kind).values.alias(source.name)
            continue
        cells = texts[source.name]
        if source.pattern is not None:
            cells = cells.str.extract(f"(?i){source.pattern.pattern}", 1)
        if source.blank is not None:
            cells = cells.fill_null(source.blank)
        # Cells of a workbook's numbers come with a point, whatever the locale of the sheet.
        comma = False if found.format in WORKBOOKS else source.decimal_comma
        parsed = parse(cells, source.kind, source.formats, *_said(source.settled, comma))
        if parsed.question:
            said = _said(source.answer, comma, source.day_first)
            parsed = parse(cells, source.kind, source.formats, *said)
        values[source.name] = parsed.values.alias(source.name)
        # A cell that its pattern leaves nothing of is unreadable too, not blank.
        lost = parsed.values.is_null() & texts[source.name].is_not_null()
        bad[source.name] = (parsed.unreadable | lost).alias(source.name)
        if parsed.question:
            doubts[source.name] = parsed.question
        if parsed.style:
            styles[source.name] = parsed.style
    typed = pl.DataFrame(values)
    for name, value in surroundings(found, fit.profile, options).items():
        typed = typed.with_columns(pl.lit(value).first().alias(name))
    for derived in fit.profile.derived:
        typed = typed.with_columns(_derived(derived, typed))
    return Conformed(texts, typed, pl.DataFrame(bad), doubts, styles)


def _said(
    answer: str | None, comma: bool | None, day_first: bool | None = None
) -> tuple[bool | None, bool | None]:
    """(decimal comma, day first) as a person or the whole file has said; else as given."""
    match answer:
        case "decimal-comma" | "decimal-point":
            return answer == "decimal-comma", day_first
        case "day-first" | "month-first":
            return comma, answer == "day-first"
        case _:
            return comma, day_first


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


def _cleaned(place: str) -> pl.Expr:
    """Cells without surrounding blanks (no-break ones included); blank ones are null."""
    stripped = pl.col(place).str.replace_all(_ODD_BLANKS, " ").str.strip_chars()
    return pl.when(stripped == "").then(None).otherwise(stripped)


def _derived(derived: Derived, typed: pl.DataFrame) -> pl.Series:
    if derived.text is not None:
        cells = typed.select(composed(derived.text)).to_series()
        return parse(cells, derived.kind, derived.formats).values.alias(derived.name)
    cells = typed[str(derived.origin)].cast(pl.String)
    if derived.pattern is not None:
        cells = cells.str.extract(f"(?i){derived.pattern.pattern}", 1)
    if derived.table:
        cells = cells.str.to_lowercase().replace_strict(
            list(derived.table), list(derived.table.values()), default=None, return_dtype=pl.String
        )
    if derived.default is not None:
        cells = cells.fill_null(derived.default)
    return parse(cells, derived.kind, derived.formats).values.alias(derived.name)


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
    }
    for place in places:
        for cell in texts[place]:
            hit = pattern.search(cell)
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
    Kind.TEXT: "text",
}
