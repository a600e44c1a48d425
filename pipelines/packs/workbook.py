"""A pack as a workbook: live sums and ratios over the rows behind, native charts, definitions.

The sheets Summary, Sites, Trend and Measures hold formulas over Costs and the measures' own rows;
the values stored with them are those of `ask()`, so that a reader without a spreadsheet engine
sees the same. The other sheets hold the lists of the pages whole. Rows are told apart by numbers,
not by names: what files call a site or a subject can never become a pattern of a formula.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from pipelines import format as fmt
from pipelines.packs.book import Book, span
from pipelines.packs.content import Chart, Line, Pack
from pipelines.packs.costs import ALL
from pipelines.packs.lists import page_sheet
from pipelines.packs.look import ACCENT, QUIET, wrapped
from pipelines.packs.measures import measures_sheet

COSTS = "Costs"
# Pages whose tables are live sheets of their own.
LIVE = ("Month", "Year to date", "Sites", "Site by site", "Regions")
AMOUNTS = ("cost", "budget", "gap", "last_year")
TITLES = {"cost": "Cost", "budget": "Budget", "gap": "Gap", "gap_share": "Gap %",
          "last_year": "Year before"}  # fmt: skip
TOP, LEFT = 4, 0  # where the rows of Costs begin, under their headings
BARS = 12
Amounts = Mapping[str, Decimal | float | None]


def workbook(pack: Pack) -> bytes:
    """The pack as an .xlsx file."""
    content = io.BytesIO()
    book = Book(content, pack)
    keyed = _keyed(pack.facts.costs)
    _summary(book, pack, keyed)
    if keyed["site"].n_unique() > 1:
        _sites(book, pack, keyed)
    for page in pack.pages:
        if page.name not in LIVE:
            page_sheet(book, page)
    if keyed.height:
        _trend(book, pack, keyed)
    measures_sheet(book, pack)
    if keyed.height:
        _costs(book, keyed)
    _definitions(book, pack)
    book.close()
    return content.getvalue()


def _keyed(costs: pl.DataFrame) -> pl.DataFrame:
    """The rows with the numbers that formulas know sites and subjects by."""
    sites = costs.select("site").unique().sort("site").with_row_index("site_no", 1)
    subjects = costs.select("subject").unique().sort("subject").with_row_index("subject_no", 1)
    return costs.join(sites, on="site").join(subjects, on="subject", maintain_order="left")


class _Sums:
    """Formulas over the rows of Costs: sums by month or year, site, subject and currency."""

    COLUMNS = ("month", "site_no", "subject_no", "currency", *AMOUNTS)

    def __init__(self, rows: int) -> None:
        places = {name: at for at, (name, _, _) in enumerate(COLUMNS)}
        self.ranges = {
            name: span(COSTS, (TOP, places[name]), (TOP + max(rows, 1) - 1, places[name]))
            for name in self.COLUMNS
        }

    def of(self, amount: str, *criteria: tuple[str, str]) -> str:
        """A sum that is empty where no row has the amount: not known is not zero."""
        told = "".join(f",{self.ranges[name]},{criterion}" for name, criterion in criteria)
        values = self.ranges[amount]
        return f'=IF(COUNTIFS({values},"<>"{told})=0,"",SUMIFS({values}{told}))'


COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("month", "Month", "month"),
    ("site_no", "Site no.", "count"),
    ("site_name", "Site", "text"),
    ("site", "Code", "text"),
    ("region", "Region", "text"),
    ("kind", "Type", "text"),
    ("subject_no", "Subject no.", "count"),
    ("subject", "Subject", "text"),
    ("currency", "Currency", "text"),
    ("cost", "Cost", "exact"),
    ("budget", "Budget", "exact"),
    ("gap", "Gap", "exact"),
    ("last_year", "Year before", "exact"),
)


def _costs(book: Book, keyed: pl.DataFrame) -> None:
    note = (
        "Site by site, subject by subject, month by month; the gap is told where both the budget "
        "and the whole cost are there, and what did not arrive is blank."
    )
    sheet = book.sheet(COSTS, "The rows behind the sums", note)
    right = [kind != "text" for _, _, kind in COLUMNS]
    book.head(sheet, TOP - 1, [title for _, title, _ in COLUMNS], right)
    looks = [book.look(kind) for _, _, kind in COLUMNS]
    sheet.put_table(TOP, keyed.select(name for name, _, _ in COLUMNS), looks)
    for at, size in enumerate((10, 8, 30, 12, 14, 14, 10, 14, 9, 14, 14, 14, 14)):
        sheet.set_column(at, at, size)
    sheet.freeze_panes(TOP, 0)
    sheet.autofilter(TOP - 1, 0, TOP + keyed.height - 1, len(COLUMNS) - 1)
    sheet.repeat_rows(TOP - 1)


def _summary(book: Book, pack: Pack, keyed: pl.DataFrame) -> None:
    sheet = book.sheet("Summary", pack.title, pack.filters, colour=ACCENT)
    told = (
        f"As of {fmt.moment(pack.published)}. {pack.coverage}. States are told as of "
        f"{fmt.day(pack.known_to)}."
    )
    sheet.write_string(2, 0, told, book.look(tone="muted"))
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 9)
    sheet.set_column(2, 8, 14)
    sums = _Sums(keyed.height)
    numbers = dict(keyed.select("subject", "subject_no").unique().iter_rows())
    row = 4
    sheet.write_string(row, 0, "Month and first month of the year", book.look(tone="muted"))
    book.put(sheet, row, 2, pack.month, "month")
    book.put(sheet, row, 3, pack.year_start, "month")
    month, start = (f"${column}${row + 1}" for column in "CD")
    spans = {
        "month": (f"Cost of {fmt.month(pack.month)}", (("month", month),)),
        "year": (f"Cost of the year up to {fmt.month(pack.month)}",
                 (("month", f'">="&{start}'), ("month", f'"<="&{month}'))),
    }  # fmt: skip
    row += 2
    for name, (title, criteria) in spans.items():
        for currency in dict.fromkeys(key[0] for key in pack.totals.costs if key[2] == name):
            row = _subjects(book, pack, sheet, row, f"{title}, {currency}", (name, currency),
                            criteria, sums, numbers)  # fmt: skip
    if not pack.totals.costs:
        sheet.write_string(row, 0, "No cost is known for this month.", book.look())


def _subjects(
    book: Book, pack: Pack, sheet: Any, row: int, title: str, of: tuple[str, str],
    criteria: tuple[tuple[str, str], ...], sums: _Sums, numbers: Mapping[str, int],
) -> int:  # fmt: skip
    """A table of subjects with their total; the row after it."""
    span_name, currency = of
    told = {
        key[1]: line for key, line in pack.totals.costs.items()
        if key[0] == currency and key[2] == span_name
    }  # fmt: skip
    subjects = sorted(name for name in told if name != ALL and name in numbers)
    sheet.write_string(row, 0, title, book.look(tone="section"))
    heads = ("Subject", "Subject no.", *TITLES.values(), "Change")
    book.head(sheet, row + 1, heads, [False, *[True] * 7])
    first = row + 2
    for at, subject in enumerate(subjects, first):
        book.put(sheet, at, 0, subject)
        book.put(sheet, at, 1, numbers[subject], "count", tone="muted")
        by = (*criteria, ("subject_no", f"$B{at + 1}"), ("currency", f'"{_code(currency)}"'))
        _remark(book, sheet, (at, 4), (subject, span_name))
        _amounts(book, sheet, at, 2, told[subject], {n: sums.of(n, *by) for n in AMOUNTS})
    last = first + len(subjects)
    book.put(sheet, last, 0, ALL, bold=True)
    book.put(sheet, last, 1, None, bold=True)
    _remark(book, sheet, (last, 4), (ALL, span_name))
    formulas = {}
    for at, name in ((2, "cost"), (3, "budget"), (4, "gap"), (6, "last_year")):
        cells = f"{cell(first, at)}:{cell(last - 1, at)}"
        formulas[name] = f'=IF(COUNT({cells})=0,"",SUM({cells}))'
    _amounts(book, sheet, last, 2, told.get(ALL, {}), formulas, bold=True)
    known = [name for name in subjects if told[name].get("gap") is not None]
    if known:
        _subject_chart(book, sheet, (row, 10), title, subjects, told, (first, last - 1), currency)
    return max(last + 3, row + 18 if known else 0)


def _remark(book: Book, sheet: Any, place: tuple[int, int], of: tuple[str, str]) -> None:
    """What people noted about a gap, as the program's own note on its cell."""
    said = book.pack.remarks.get(of)
    if said:
        told = {"author": "Rounds", "x_scale": 2.4, "y_scale": 1.4, "font_name": "Arial"}
        sheet.write_comment(*place, said, told)


def _amounts(
    book: Book, sheet: Any, row: int, first: int, told: Amounts, formulas: Mapping[str, str],
    *, bold: bool = False,
) -> None:  # fmt: skip
    """Cost, budget, gap, its share of the budget, last year and the change, all of them live."""
    cost, budget, gap, share, before, change = range(first, first + 6)
    places = {"cost": cost, "budget": budget, "gap": gap, "last_year": before}
    for name, at in places.items():
        kind = "gap" if name == "gap" else "money"
        book.formula(sheet, row, at, formulas[name], told.get(name), kind, bold=bold)
    ratio = f'=IF(N({cell(row, budget)})=0,"",{cell(row, gap)}/{cell(row, budget)})'
    book.formula(sheet, row, share, ratio, told.get("gap_share"), "gap share", bold=bold)
    now, then = told.get("cost"), told.get("last_year")
    apart = None if now is None or then is None else float(now) - float(then)
    both = f"COUNT({cell(row, cost)},{cell(row, before)})"
    less = f'=IF({both}<2,"",{cell(row, cost)}-{cell(row, before)})'
    book.formula(sheet, row, change, less, apart, "gap", bold=bold)


def _subject_chart(
    book: Book, sheet: Any, place: tuple[int, int], title: str, subjects: Sequence[str],
    told: Mapping[str, Amounts], rows: tuple[int, int], currency: str,
) -> None:  # fmt: skip
    gaps = tuple(_float(told[subject].get("gap")) for subject in subjects)
    said = ", ".join(
        f"{name} {fmt.money(gap, currency, signed=True)}"
        for name, gap in zip(subjects, gaps, strict=True)
    )
    chart = Chart(
        "bars", f"Gap to budget: {title}", "", tuple(subjects),
        (Line("Gap", gaps),), "money", f"Gap to budget by subject: {said}.", currency,
    )  # fmt: skip
    name = sheet.get_name()
    book.chart(
        sheet, place, chart, [f"={span(name, (rows[0], 4), (rows[1], 4))}"],
        f"={span(name, (rows[0], 0), (rows[1], 0))}", size=(560, 300),
    )  # fmt: skip


def _float(value: Decimal | float | None) -> float | None:
    return None if value is None else float(value)


def _code(currency: str) -> str:
    """A currency inside a formula: letters only."""
    return "".join(c for c in currency if c.isalnum())


def _sites(book: Book, pack: Pack, keyed: pl.DataFrame) -> None:
    """Every site in the month and in the year to date, the largest gap of the year first."""
    note = "Sums over the sheet Costs; change the month or a row there, and they follow."
    sheet = book.sheet("Sites", "Every site against its budget", note, colour=ACCENT)
    year = keyed.filter(pl.col("month").is_between(pack.year_start, pack.month))
    keys = ["site_no", "site_name", "site", "region", "currency"]
    found = {
        "month": _summed(keyed.filter(pl.col("month") == pack.month), keys),
        "year": _summed(year, keys),
    }
    order = year.group_by(keys).agg(pl.col("gap").sum(), pl.len())
    order = order.sort("gap", "site_name", descending=[True, False], nulls_last=True)
    heads = [*TITLES.values(), "Change"]
    sheet.write_string(2, 5, f"In {fmt.month(pack.month)}", book.look(tone="section"))
    sheet.write_string(2, 11, f"Year up to {fmt.month(pack.month)}", book.look(tone="section"))
    named = ("No.", "Site", "Code", "Region", "Currency")
    book.head(sheet, 3, (*named, *heads, *heads), [True, *[False] * 4, *[True] * 12])
    sums, first = _Sums(keyed.height), 4
    spans = {
        "month": (("month", "Summary!$C$5"),),
        "year": (("month", '">="&Summary!$D$5'), ("month", '"<="&Summary!$C$5')),
    }
    rows = order.select(keys).rows()
    for at, key in enumerate(rows, first):
        for column, (value, kind) in enumerate(zip(key, ("count", *("text",) * 4), strict=True)):
            book.put(sheet, at, column, value, kind, tone="muted" if kind == "count" else "plain")
        by = (("site_no", f"$A{at + 1}"), ("currency", f"$E{at + 1}"))
        for start, (name, criteria) in zip((5, 11), spans.items(), strict=True):
            told = found[name].get(key, {})
            formulas = {n: sums.of(n, *criteria, *by) for n in AMOUNTS}
            _remark(book, sheet, (at, start + 2), (str(key[2]), name))
            _amounts(book, sheet, at, start, told, formulas)
    last = first + len(rows)
    for at, currency in enumerate(dict.fromkeys(key[4] for key in rows), last):
        _site_total(book, pack, sheet, at, str(currency), (first, last - 1))
    for at, size in enumerate((6, 30, 12, 14, 9, *(13,) * 12)):
        sheet.set_column(at, at, size)
    sheet.freeze_panes(first, 2)
    sheet.repeat_rows(3)
    _sites_chart(book, sheet, rows, found["year"], first, last)


def _site_total(
    book: Book, pack: Pack, sheet: Any, row: int, currency: str, rows: tuple[int, int]
) -> None:
    """The sum of the sites in a currency."""
    for column in range(5):
        book.put(sheet, row, column, {1: "All sites", 4: currency}.get(column), bold=True)
    which = f"$E${rows[0] + 1}:$E${rows[1] + 1}"
    for start, name in ((5, "month"), (11, "year")):
        formulas = {}
        for at, amount in ((0, "cost"), (1, "budget"), (2, "gap"), (4, "last_year")):
            cells = f"{cell(rows[0], start + at)}:{cell(rows[1], start + at)}"
            formulas[amount] = f"=SUMIFS({cells},{which},$E{row + 1})"
        told = pack.totals.costs.get((currency, ALL, name), {})
        _amounts(book, sheet, row, start, told, formulas, bold=True)


def _summed(rows: pl.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], Amounts]:
    """The sums of rows by keys, null where no row has the amount."""
    frame = rows.group_by(keys).agg(
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in AMOUNTS
    )
    found: dict[tuple[Any, ...], Amounts] = {}
    for *key, cost, budget, gap, before in frame.iter_rows():
        part = float(gap / budget) if gap is not None and budget else None
        found[tuple(key)] = {"cost": cost, "budget": budget, "gap": gap, "gap_share": part,
                             "last_year": before}  # fmt: skip
    return found


def _sites_chart(
    book: Book, sheet: Any, rows: Sequence[tuple[Any, ...]],
    year: Mapping[tuple[Any, ...], Amounts], first: int, last: int,
) -> None:  # fmt: skip
    """The largest gaps of the year, over the rows of the sheet."""
    shown = [row for row in rows[:BARS] if year.get(row, {}).get("gap") is not None]
    if len(shown) < 2:
        return
    gaps = tuple(_float(year[row]["gap"]) for row in shown)
    names = tuple(str(row[1]) for row in shown)
    title = f"The {len(shown)} sites furthest over budget in the year"
    said = ", ".join(f"{name} {fmt.money(gap, signed=True)}"
                     for name, gap in zip(names, gaps, strict=True))  # fmt: skip
    chart = Chart("bars", title, "", names, (Line("Gap", gaps),), "money", f"{title}: {said}.")
    name, end = sheet.get_name(), first + len(shown) - 1
    total = last + len({row[4] for row in rows})
    book.chart(
        sheet, (total + 1, 1), chart, [f"={span(name, (first, 13), (end, 13))}"],
        f"={span(name, (first, 1), (end, 1))}", size=(760, 420),
    )  # fmt: skip


def _trend(book: Book, pack: Pack, keyed: pl.DataFrame) -> None:
    """Every month with its cost, budget and year before, and a chart of the main currency."""
    sheet = book.sheet("Trend", "Cost by month", "Sums over the sheet Costs", colour=ACCENT)
    keys = ["currency", "month"]
    found, sums, row = _summed(keyed, keys), _Sums(keyed.height), 3
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 8, 14)
    for currency in keyed["currency"].drop_nulls().unique().sort():
        months = sorted(key[1] for key in found if key[0] == currency)
        heads = ("Month", "Currency", *TITLES.values(), "Change")
        book.head(sheet, row, heads, [True, False, *[True] * 6])
        first = row + 1
        for at, month in enumerate(months, first):
            book.put(sheet, at, 0, month, "month")
            book.put(sheet, at, 1, currency)
            by = (("month", f"$A{at + 1}"), ("currency", f"$B{at + 1}"))
            formulas = {name: sums.of(name, *by) for name in AMOUNTS}
            _amounts(book, sheet, at, 2, found[currency, month], formulas)
        if len(months) > 1:
            lines = [found[currency, month] for month in months]
            _trend_chart(book, sheet, row, months, lines, currency)
        row = first + max(len(months), 18) + 2


def _trend_chart(
    book: Book, sheet: Any, row: int, months: Sequence[Any], lines: Sequence[Amounts], currency: str
) -> None:
    last = fmt.money(lines[-1].get("cost"), currency)
    title = f"Cost was {last} in {fmt.month(months[-1])}"
    drawn = (("Cost", "cost", "ink", 2), ("Budget", "budget", "target", 3),
             ("Year before", "last_year", "quiet", 6))  # fmt: skip
    series, ranges = [], []
    ends = row + 1, row + len(months)
    for name, amount, role, column in drawn:
        values = tuple(_float(line.get(amount)) for line in lines)
        if any(value is not None for value in values):
            series.append(Line(name, values, role))  # type: ignore[arg-type]
            ranges.append(f"={span('Trend', (ends[0], column), (ends[1], column))}")
    chart = Chart(
        "lines", title, "", tuple(fmt.month(month) for month in months), tuple(series), "money",
        f"{title}; the months before and their budgets stand in the table.", currency,
    )  # fmt: skip
    book.chart(
        sheet, (row, 10), chart, ranges, f"={span('Trend', (ends[0], 0), (ends[1], 0))}"
    )  # fmt: skip


def _definitions(book: Book, pack: Pack) -> None:
    sheet = book.sheet("Definitions", "What the measures mean", "", colour=QUIET)
    book.head(sheet, 2, ("Measure", "Definition", "Formula", "Mind"))
    wrap = book.book.add_format({"text_wrap": True, "valign": "top", "font_name": "Arial",
                                 "font_size": 10})  # fmt: skip
    for row, one in enumerate(pack.definitions, 3):
        texts = (one.title, one.definition, one.formula, one.traps)
        # A spreadsheet's column of 60 letters is about 300 points wide.
        lines = max(len(wrapped(text, 10.0, 140.0 if at == 0 else 300.0))
                    for at, text in enumerate(texts))  # fmt: skip
        sheet.set_row(row, 13.5 * lines + 4)
        for at, text in enumerate(texts):
            sheet.write_string(row, at, text, wrap)
    for at, size in enumerate((30, 60, 60, 60)):
        sheet.set_column(at, at, size)
    sheet.freeze_panes(3, 1)
