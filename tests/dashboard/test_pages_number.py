"""The page of a number: its value by hand, its address, its rows, its files to keep, its notes."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import fastexcel
import polars as pl
import pytest

from dashboard import asking, noting, provenance, store
from pipelines.analysis.attention import Finding
from pipelines.calendar import Period
from pipelines.downloads import as_csv, as_parquet, as_xlsx
from pipelines.notes import notes
from pipelines.settings import Home
from tests.dashboard import small
from tests.dashboard.opening import Opened, opened
from tests.loading import load_text, rounds

MOVES = """site,date,reference,item,item_name,kind,quantity,unit,unit_cost,currency
OAK,2026-10-02,1,GLV,Gloves,issue,10,box,2.50,USD
OAK,2026-10-09,2,GLV,=Gloves,issue,4,box,2.50,USD
ELM,2026-10-03,3,GZE,Gauze,issue,3,box,100.05,USD
ELM,2026-09-03,4,GZE,Gauze,issue,2,box,100.00,USD
ELM,2025-10-03,5,GZE,Gauze,issue,1,box,100.00,USD
"""
BURN = {"metric": "supply_burn", "period": "2026-10"}


@pytest.fixture
def loaded(home: Path) -> Path:
    """October 2026: 10 x 2.50 + 4 x 2.50 = 35.00 at OAK, 3 x 100.05 = 300.15 at ELM."""
    small.load_all(home, {"sites.csv": small.SITES, "moves.csv": MOVES})
    return home


def made(page: Opened) -> dict[str, str]:
    return {row[0]: row[1] for row in page.rows("How it is made")}


def links(page: Opened) -> dict[str, str]:
    return {one["text"]: one["href"] for data in page._components("more_link")
            for one in data["links"]}  # fmt: skip


def follow(href: str) -> Opened:
    assert urlsplit(href).path == "/number"
    return opened("number", **parse_qs(urlsplit(href).query))  # type: ignore[arg-type]


def test_the_number_is_a_sentence_with_what_it_is_made_of(loaded: Path) -> None:
    page = opened("number", **BURN)
    assert page.title == "Supply burn was $335 in October 2026"
    assert made(page)["Supply burn"] == "$335.15"
    assert made(page)["The period before"] == "$200"
    assert made(page)["A year earlier"] == "$100"


def test_its_rows_stand_with_file_and_record_the_largest_first(loaded: Path) -> None:
    page = opened("number", **BURN)
    rows = page.cells("Rows behind the number")
    assert [row[-1]["text"] for row in rows] == ["$300.15", "$25.00", "$10.00"]
    assert [row[3]["text"] for row in rows] == ["record 4", "record 2", "record 3"]
    assert rows[0][3]["second"] == "moves.csv (load 2)"
    [file] = page.cells("Files behind the number")
    assert (file[0]["text"], file[2]["text"], file[3]["text"]) == ("moves.csv", "3", "$335.15")
    in_order = follow(links(page)["In the order of the files"])
    assert [row[3] for row in in_order.rows("Rows behind the number")] == [
        "record 2", "record 3", "record 4",
    ]  # fmt: skip


def test_a_row_leads_to_its_record_and_that_back_to_the_number(loaded: Path) -> None:
    row = opened("number", **BURN).cells("Rows behind the number")[0]
    record = follow(row[0]["href"])
    assert record.title == "Record 4 of moves.csv"
    assert "It was accepted." in record.words
    [stated] = record.rows("What the record states")
    assert stated[1:] == ["Elmwood", "3 Oct 2026", "stands"]
    figures = {c[0]["text"]: c for c in record.cells("Numbers that the record counts in")}
    back = follow(figures["Supply burn"][0]["href"])
    assert back.title == "Supply burn at Elmwood was $300 in October 2026"
    assert made(back)["Supply burn"] == "$300.15"


def test_more_rows_than_a_page_holds_are_turned_by_address(home: Path) -> None:
    lines = [f"OAK,2026-10-02,{n},GLV,Gloves,issue,{n},box,1.00,USD" for n in range(1, 251)]
    text = "\n".join([MOVES.splitlines()[0], *lines]) + "\n"
    small.load_all(home, {"sites.csv": small.SITES, "moves.csv": text})
    page = opened("number", **BURN)
    assert made(page)["Supply burn"] == "$31,375.00"  # 250 x 251 / 2
    assert len(page.rows("Rows behind the number")) == 100
    last = follow(links(follow(links(page)["More rows"]))["More rows"])
    assert [row[-1] for row in last.rows("Rows behind the number")][-1] == "$1.00"
    assert "More rows" not in links(last)
    assert "201 to 250, largest first" in last.words


def test_the_whole_state_is_in_the_address(loaded: Path) -> None:
    number = asking.number(
        "supply_burn", Period(date(2026, 9, 1), date(2026, 10, 31)),
        {"site": ["OAK", "ELM"], "item": ["GLV"]},
    )  # fmt: skip
    query = parse_qs(urlsplit(number.link().href).query)
    assert query == {"metric": ["supply_burn"], "period": ["2026-09..2026-10"],
                     "where": ["item:GLV", "site:ELM", "site:OAK"]}  # fmt: skip
    page = follow(number.link().href)
    assert page.title == (
        "Supply burn at Elmwood and Oakdale (item GLV) was $35 in Sep 2026 to Oct 2026"
    )


def test_the_short_names_of_an_address_are_understood_too(loaded: Path) -> None:
    page = opened("number", metric="supply_burn", month="2026-10", months="2", region="South")
    assert page.title == "Supply burn at South region was $500 in Sep 2026 to Oct 2026"


def test_what_was_known_after_a_load_is_told_of_it(loaded: Path) -> None:
    again = MOVES.replace("OAK,2026-10-02,1,GLV,Gloves,issue,10", "OAK,2026-10-02,1,GLV,Gloves,"
                          "issue,100")  # fmt: skip
    assert load_text(loaded, again, "moves2.csv").status == "loaded"
    rounds("publish")
    now = opened("number", **BURN)
    assert made(now)["Supply burn"] == "$560.15"
    [change] = [r for r in now.rows("Changed by later files") if r[1] == "$35.00"]
    assert change[2] == "$260.00"
    then = opened("number", **BURN, **{"as-of": "2"})
    assert then.title == "Supply burn was $335 in October 2026, as known after load 2"
    assert [row[-1] for row in then.rows("Rows behind the number")] == [
        "$300.15", "$25.00", "$10.00",
    ]  # fmt: skip
    assert follow(links(then)["As known now"]).title == "Supply burn was $560 in October 2026"


def test_a_month_without_any_file_is_not_known_and_says_why(loaded: Path) -> None:
    page = opened("number", metric="labor_cost", period="2026-10")
    assert page.title == "Labour cost is not known for October 2026"
    assert "No export has brought" in page.words
    assert "Rows behind the number" not in page.labels


def test_a_site_whose_export_is_missing_is_named(home: Path) -> None:
    """OAK sent its visits for August, September and November, and not for October."""
    rows = [f"{site},2026-{month:02}-01,month,visits,{count}" for site, month, count in (
        ("ELM", 8, 10), ("ELM", 9, 11), ("ELM", 10, 40), ("ELM", 11, 12),
        ("OAK", 8, 20), ("OAK", 9, 21), ("OAK", 11, 22),
    )]  # fmt: skip
    text = "\n".join(["site,date,grain,measure,count", *rows]) + "\n"
    small.load_all(home, {"sites.csv": small.SITES, "visits.csv": text})
    page = opened("number", metric="visits", period="2026-10")
    assert page.title == "Visits were 40 in October 2026"
    assert "1 of 2 site-months are there to their end" in page.words
    [row] = page.rows("What is missing")
    assert (row[0], row[2]) == ("Oakdale", "Oct 2026")
    assert "never taken as zero" in page.words


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "names no measure"),
        ({"metric": "nothing"}, "There is no metric nothing"),
        ({"metric": "<script>alert(1)</script>"}, "There is no metric"),
        ({**BURN, "period": "tomorrow"}, "A period is written as"),
        ({**BURN, "period": "2026-10..2026-09"}, "ends before it starts"),
        ({**BURN, "period": "0001-01..9999-12"}, "between 1990 and 2100"),
        ({**BURN, "where": "site:nowhere"}, "There is no site of that name"),
        ({**BURN, "where": "region"}, "where=region:North"),
        ({**BURN, "where": "worker:1"}, "no dimension worker"),
        ({**BURN, "where": "1=1;DROP TABLE x:1"}, "no dimension"),
        ({**BURN, "as-of": "-1"}, "a load's number or a day"),
        ({**BURN, "as-of": "0"}, "Nothing had been loaded by then"),
        ({**BURN, "basis": "tuesday"}, "by day worked or by check date"),
        ({"metric": "supply_burn", "month": "2026-10", "months": "9" * 50}, "from 1 to 120"),
        ({**BURN, "where": "site:" + "x" * 300}, "too long"),
        ({"load": "1", "record": "x"}, "whole numbers"),
        ({"load": "99", "record": "1"}, "There is no load 99"),
    ],
)
def test_a_forged_address_gets_one_sentence(loaded: Path, query: dict[str, str], said: str) -> None:
    page = opened("number", **query)
    assert page.title in ("There is no such number", "There is no such record")
    assert said in page.words
    assert page.labels == []


@pytest.mark.parametrize("rows", ["0", "-3", "x", "99999999999", "7"])
def test_a_forged_page_of_rows_shows_one_that_is(loaded: Path, rows: str) -> None:
    assert len(opened("number", **BURN, rows=rows).rows("Rows behind the number")) == 3


def test_before_the_first_load_the_page_says_so(home: Path) -> None:
    assert opened("number", **BURN).title == "Nothing has been loaded yet"


# Files to keep

FRAME = pl.DataFrame(
    {
        "what": ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", " =1", "Gloves", None],
        "amount": [Decimal("0.1000"), Decimal("12345678901234.5678"), *[None] * 6],
    },
    schema={"what": pl.String, "amount": pl.Decimal(38, 4)},
)


def test_no_cell_of_a_csv_is_a_formula() -> None:
    text = as_csv(FRAME).decode("utf-8-sig")
    back = pl.read_csv(io.StringIO(text), infer_schema=False)
    assert [cell for cell in back["what"] if cell and re.match(r"\s*[=+\-@]", cell)] == []
    assert back["what"][6] == "Gloves"
    assert back["amount"].to_list()[:2] == ["0.1000", "12345678901234.5678"]


def test_a_workbook_holds_texts_and_numbers_and_no_formula() -> None:
    content = as_xlsx(FRAME, {"Measure": "=HYPERLINK(1)"})
    sheet = fastexcel.read_excel(content).load_sheet("Rows", dtypes="string").to_polars()
    assert sheet["what"].to_list()[:7] == FRAME["what"].to_list()[:7]
    assert sheet["amount"].to_list()[:2] == ["0.1", "12345678901234.5678"]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [book.read(n).decode() for n in book.namelist() if "worksheets/sheet" in n]
    assert [sheet for sheet in sheets if "<f>" in sheet] == []


def test_parquet_keeps_decimals() -> None:
    assert pl.read_parquet(io.BytesIO(as_parquet(FRAME))).equals(FRAME)


def test_the_files_of_a_number_hold_its_rows(loaded: Path) -> None:
    asked = asking.number("supply_burn", Period(date(2026, 10, 1), date(2026, 10, 31)))
    opened("number", **BURN)
    for _, suffix, _ in provenance.KINDS:
        content = provenance._maker(asked, store.calendar(), suffix, {"Measure": "Supply burn"})()
        if suffix == "parquet":
            frame = pl.read_parquet(io.BytesIO(content))
            assert frame["numerator"].sum() == Decimal("335.15")
            assert frame["numerator"].dtype == pl.Decimal(38, 4)
        elif suffix == "csv":
            frame = pl.read_csv(io.BytesIO(content), infer_schema=False)
            assert sum(Decimal(n) for n in frame["numerator"]) == Decimal("335.15")
            assert [w for w in frame["what"] if w.startswith("=")] == []
        else:
            frame = fastexcel.read_excel(content).load_sheet("Rows").to_polars()
            assert frame["numerator"].sum() == pytest.approx(335.15)
        assert frame.height == 3


# Notes


def explained(page: Opened, **fields: str) -> Opened:
    for name, text in fields.items():
        area = page.test.text_area if name == "text" else page.test.text_input
        area(key=f"note {name} new").set_value(text)
    page.test.button(key="FormSubmitter:note form new-Keep the note").click().run()
    assert [fault.message for fault in page.test.exception] == []
    return page


def test_a_note_is_written_shown_and_says_when_the_number_changed(loaded: Path) -> None:
    page = explained(
        opened("number", **BURN), text="<b>Flu</b> clinic, John Smith came", owner="Sam Reed",
        action="Order fewer", by="ana",
    )  # fmt: skip
    assert "The note is kept. Masked before it was kept: a name." in page.words
    assert "<b>Flu</b> clinic, [name] came" in page.words
    assert "Sam Reed: Order fewer" in page.words
    [kept] = notes(Home(loaded))
    assert (kept.values, kept.author) == ({"USD": "335.1500"}, "ana")
    assert "has changed since" not in page.words
    again = MOVES.replace("2,GLV,=Gloves,issue,4", "2,GLV,=Gloves,issue,40")
    load_text(loaded, again, "moves2.csv")
    rounds("publish")
    later = opened("number", **BURN)
    assert (
        f"The number has changed since: it was $335 when this was written on "
        f"{kept.moment.day} {kept.moment:%b %Y}, after load 2; it is $425 now."
    ) in later.words
    later.test.button(key=f"why-{kept.note}").click().run()
    [change] = later.rows("What changed since the note")
    assert change == ["Oakdale, Oct 2026", "$35.00", "$125.00", "load 3"]
    assert "<b>Flu</b>" not in opened("number", **BURN, where="site:OAK").words


def test_a_note_without_a_text_is_refused_in_a_sentence(loaded: Path) -> None:
    page = explained(opened("number", **BURN), text="  ")
    assert "A note needs a text." in page.words
    assert notes(Home(loaded)) == []


def test_a_note_stands_on_the_line_of_the_attention_list(loaded: Path) -> None:
    explained(opened("number", **BURN, where="site:OAK"), text="Flu clinic", by="ana")
    finding = Finding("signal", "supplies", "OAK", "Oakdale", None, None, {"metric": "supply_burn"})
    pinned = noting.of_finding(finding, date(2026, 10, 1))
    assert pinned is not None
    [remark] = noting.remarks(pinned, noting.by_number())
    assert remark.startswith("ana, ")
    assert remark.endswith(": Flu clinic")
    other = noting.of_finding(finding, date(2026, 9, 1))
    assert noting.remarks(other, noting.by_number()) == []
