"""From cells as text to typed columns: derived values, context, blanks, open questions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.errors import FileProblem
from pipelines.ingest.conform import conform
from pipelines.ingest.match import known_headings, match
from pipelines.ingest.read import tables
from tests.ingest.reading import PROFILES, conformed, found, profile_of

COLUMNS = """
[columns.number]
headings = ["No"]
required = true
[columns.day]
headings = ["Day"]
kind = "date"
[columns.hours]
headings = ["Hours"]
kind = "number"
blank = "0"
[columns.state]
headings = ["State"]
[columns.late]
headings = ["Late"]
kind = "date"
"""
FACTS = '[[facts]]\nfeed = "spend"\ndocument = "number"\n'


def column(table: pl.DataFrame, name: str) -> list[object]:
    return table[name].to_list()


def test_blanks_patterns_and_maps(tmp_path: Path) -> None:
    profile = profile_of(
        tmp_path,
        COLUMNS
        + """
[derive.kind]
from = "state"
map = { Open = "open", "fermé" = "closed" }
default = "unknown"
[derive.year]
from = "number"
pattern = "^(\\\\d{4})-"
[derive.named]
from = "state"
default = "none"
[derive.first]
text = "{year}-3-01"
kind = "date"
formats = ["%Y-%m-%d"]
"""
        + FACTS,
    )
    text = "No,Day,Hours,State\n2026-1,13/02/2026,,OPEN\n x ,01/02/2026,1:30,Fermé\n7,,2.5,\n"
    table, _ = conformed(found(tmp_path, text), profile)
    values = table.values
    assert column(values, "number") == ["2026-1", "x", "7"]
    assert column(values, "day") == [date(2026, 2, 13), date(2026, 2, 1), None]
    assert [str(v) for v in column(values, "hours")] == ["0.0000", "1.5000", "2.5000"]
    assert column(values, "kind") == ["open", "closed", "unknown"]
    assert column(values, "year") == ["2026", None, None]
    assert column(values, "named") == ["OPEN", "Fermé", "none"]
    assert column(values, "first") == [date(2026, 3, 1), None, None]
    assert table.doubts == {}


def test_a_column_that_the_file_has_not_is_null_of_its_kind(tmp_path: Path) -> None:
    table, _ = conformed(
        found(tmp_path, "No,Day\n1,2026-01-01\n"), profile_of(tmp_path, COLUMNS + FACTS)
    )
    assert table.values.schema["late"] == pl.Date
    assert table.values.schema["hours"] == pl.Decimal(38, 4)
    assert column(table.values, "late") == [None]


def test_what_cannot_be_read_is_null_and_marked(tmp_path: Path) -> None:
    text = "No,Day,Hours\n1,2026-01-01,8\n2,soon,many\n"
    table, _ = conformed(found(tmp_path, text), profile_of(tmp_path, COLUMNS + FACTS))
    assert column(table.values, "day") == [date(2026, 1, 1), None]
    assert column(table.unreadable, "day") == [False, True]
    assert column(table.unreadable, "hours") == [False, True]


def test_an_open_order_of_dates_is_asked_and_not_guessed(tmp_path: Path) -> None:
    text = "No,Day\n1,01/02/2026\n2,03/04/2026\n3,05/05/2026\n"
    table, _ = conformed(found(tmp_path, text), profile_of(tmp_path, COLUMNS + FACTS))
    assert table.doubts == {"day": "Does this column put the day or the month first?"}
    assert column(table.values, "day") == [None, None, date(2026, 5, 5)]
    assert column(table.unreadable, "day") == [True, True, False]


def test_an_answer_decides_where_neither_column_nor_profile_does(tmp_path: Path) -> None:
    table = found(tmp_path, "No,Day\n1,01/02/2026\n2,02/02/2026\n")
    profile = profile_of(tmp_path, COLUMNS + FACTS)
    for answer, day in (("day", date(2026, 2, 1)), ("month", date(2026, 1, 2))):
        read, _ = conformed(table, profile, dates=answer)
        assert (column(read.values, "day"), read.doubts) == ([day, date(2026, 2, 2)], {})
    # A profile's word is for files that leave it open; the person's goes before it.
    profile = profile_of(tmp_path, COLUMNS.replace('"date"', '"date"\nday_first = true') + FACTS)
    read, _ = conformed(table, profile, dates="month")
    assert column(read.values, "day")[0] == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("percent", "values"),
    [("points", ["12.5000", "-3.0000", "7.0000"]), ("share", ["0.1250", "-0.0300", "7.0000"])],
)
def test_per_cent_signs(tmp_path: Path, percent: str, values: list[str]) -> None:
    text = COLUMNS.replace('kind = "number"', f'kind = "number"\npercent = "{percent}"')
    profile = profile_of(tmp_path, text + FACTS)
    table, _ = conformed(found(tmp_path, "No,Day,Hours\n1,,12.5 %\n2,,(3)%\n3,,7\n"), profile)
    assert [str(v) for v in column(table.values, "hours")] == values
    without, _ = conformed(
        found(tmp_path, "No,Day,Hours\n1,,12.5 %\n"), profile_of(tmp_path, COLUMNS + FACTS)
    )
    assert column(without.unreadable, "hours") == [True]


IDENTIFIERS = ["00012", "1E5", "12E3", "9007199254740993", "1-2", "3/4", "TRUE", "1.50", "000101A"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_identifiers_stay_as_they_are_written(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"export.{form}"
    rows = [["No", "Day"], *([number, "2026-10-31"] for number in IDENTIFIERS)]
    if form == "csv":
        path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    else:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for y, row in enumerate(rows):
                for x, cell in enumerate(row):
                    sheet.write_string(y, x, cell)
    [table] = tables(path, known_headings(PROFILES))
    read, _ = conformed(table, profile_of(tmp_path, COLUMNS + FACTS))
    assert column(read.values, "number") == IDENTIFIERS


def test_the_profile_decides_what_the_column_leaves_open(tmp_path: Path) -> None:
    stated = COLUMNS.replace('headings = ["Day"]', 'headings = ["Day"]\nday_first = true')
    table, _ = conformed(
        found(tmp_path, "No,Day\n1,01/02/2026\n"), profile_of(tmp_path, stated + FACTS)
    )
    assert table.doubts == {}
    assert column(table.values, "day") == [date(2026, 2, 1)]


STOCK = "Product code,Product name,OB QOH\nA,b,1\n"


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("openboxes_ELM_2026-10-31.csv", {}, ("ELM", date(2026, 10, 31))),
        ("openboxes_Old Town_2026-10-31.csv", {}, ("Old Town", date(2026, 10, 31))),
        ("count.csv", {"site": "ELM", "period": "2026-10-31"}, ("ELM", date(2026, 10, 31))),
        ("openboxes_ELM_2026-10-31.csv", {"period": "2026-11-01"}, ("ELM", date(2026, 11, 1))),
    ],
)
def test_context_from_the_name_or_an_option(
    tmp_path: Path, name: str, options: dict[str, str], expected: tuple[str, date]
) -> None:
    table, _ = conformed(found(tmp_path, STOCK, name), PROFILES["openboxes_stock"], **options)
    assert table.values.select("location", "as_of").row(0) == expected


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("count.csv", {"period": "2026-10-31"}, "does not say its location: it stands neither in "
         "the file's name nor above the headings; give it with --site."),
        ("count.csv", {"site": "ELM", "period": "soon"}, "states its as of in a form that is not "
         "a date; expected 2026-10-31."),
    ],
)  # fmt: skip
def test_context_that_is_missing(
    tmp_path: Path, name: str, options: dict[str, str], said: str
) -> None:
    table = found(tmp_path, STOCK, name)
    fit = match(table, PROFILES)
    with pytest.raises(FileProblem) as problem:
        conform(table, fit, options)
    assert str(problem.value) == f"count.csv {said}"


def test_words_for_nothing_and_the_first_column_that_is_filled(tmp_path: Path) -> None:
    columns = COLUMNS.replace('blank = "0"', 'words = { "not applicable" = "", none = "0" }')
    first = '\n[derive.first]\nfrom = ["state", "number"]\ndefault = "-"\n'
    profile = profile_of(tmp_path, columns + first + FACTS)
    text = "No,Hours,State\nA,Not Applicable,open\nB,NONE,\nC,no idea,\n"
    table, _ = conformed(found(tmp_path, text), profile)
    assert column(table.values, "first") == ["open", "B", "C"]
    assert [str(h) for h in column(table.values, "hours")] == ["None", "0.0000", "None"]
    assert column(table.unreadable, "hours") == [False, False, True]


def test_a_year_that_stands_in_the_headings(tmp_path: Path) -> None:
    top = """
[columns.pay]
headings = ["Pay", "{year} Gross Pay"]
kind = "money"
required = true
[context.year]
pattern = '^([0-9]{4}) Gross Pay$'
kind = "text"
places = ["headings"]
required = true
"""
    profile = profile_of(tmp_path, COLUMNS + top + FACTS)
    table, _ = conformed(found(tmp_path, "No,2019 Gross Pay,State\nA,5,x\n"), profile)
    assert column(table.values, "year") == ["2019"]
    assert [str(pay) for pay in column(table.values, "pay")] == ["5.0000"]
