"""The page Explore: its figures are worked by hand, and its address is its whole state."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import fastexcel
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.explore import taking
from dashboard.explore.answers import Asked, pivot
from dashboard.explore.view import View
from pipelines.analysis.kept_views import kept_views
from pipelines.calendar import Period, month_span
from pipelines.metrics import METRICS
from pipelines.settings import Home
from tests.analysis.test_pivots import BOTH, LABOR, STOCK
from tests.dashboard import small
from tests.dashboard.opening import Opened, opened

SMALL = "\u202f"
MINUS = "\N{MINUS SIGN}"
# A role that a spreadsheet would run, and a line without any role.
EVIL = "=HYPERLINK(1)"
MORE = f"""\
ELM,2026-10-01,2026-10-31,{EVIL},employee,regular,10,400
ELM,2026-10-01,2026-10-31,,employee,regular,5,100
"""
OVERTIME = {
    "metric": "overtime_share", "rows": "role", "cols": "month", "against": "none", "last": "2",
}  # fmt: skip


@pytest.fixture
def loaded(home: Path) -> Home:
    labor = LABOR.replace("OAK,2026-09-01,2026-09-30,Cook,employee,regular,,\n", "")
    texts = {"sites.csv": small.SITES, "labor.csv": labor + MORE, "stock.csv": STOCK}
    small.load_all(home, texts)
    return Home(home)


def held(test: AppTest, name: str) -> list[str]:
    """A parameter of the address, which AppTest gives as text or as a list."""
    value = test.query_params[name]
    return [value] if isinstance(value, str) else list(value)


def query_of(href: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(href).query).items()}


# What stands on the page


def test_totals_of_a_ratio_stand_beside_its_parts(loaded: Home) -> None:
    """RN 10/100 and 25/180, in all 35/280; LPN 0/50 and 0/20; all 10/150, 25/215, 35/365."""
    page = opened("explore", **OVERTIME)
    assert page.figures("Overtime by role and month") == [
        ["Role", "All months", "Sep 2026", "Oct 2026"],
        ["RN", f"12.5{SMALL}%", f"10.0{SMALL}%", f"13.9{SMALL}%"],
        [EVIL, f"0.0{SMALL}%", "–", f"0.0{SMALL}%"],
        ["LPN", f"0.0{SMALL}%", f"0.0{SMALL}%", f"0.0{SMALL}%"],
        ["Not stated", f"0.0{SMALL}%", "–", f"0.0{SMALL}%"],
        ["All roles", f"9.6{SMALL}%", f"6.7{SMALL}%", f"11.6{SMALL}%"],
    ]
    assert page.title == (
        f"Overtime was 9.6{SMALL}% from Sep 2026 to Oct 2026; RN had the highest, 12.5{SMALL}%"
    )
    assert "Totals are made from both sums, never from the ratios shown." in page.words


def test_zero_nothing_and_missing_look_different(loaded: Home) -> None:
    page = opened("explore", metric="overtime_pay", rows="role", cols="site", last="1",
                  against="none")  # fmt: skip
    table = page.pivot("Overtime pay by role and site")
    cells = {row["name"]: row["cells"] for row in table["rows"]}
    assert cells["RN"][0]["text"] == "1,500"
    page = opened("explore", **{**OVERTIME, "metric": "worked_hours", "rows": "site"})
    cells = {
        row["name"]: row["cells"] for row in page.pivot("Worked hours by site and month")["rows"]
    }
    assert [cell["text"] for cell in cells["Elmwood"]] == ["265", "150", "115"]
    oak = cells["Oakdale"][1]
    assert (oak["text"], oak["muted"]) == ("–", True)
    assert oak["second"]
    assert oak["second"] in page.words


def test_one_dimension_shows_what_it_is_compared_with(loaded: Home) -> None:
    page = opened("explore", metric="worked_hours", rows="role", cols="none", last="1",
                  against="previous")  # fmt: skip
    table = page.figures("Worked hours by role")
    assert table[:3] == [
        ["Role", "Value", "Before", "Change", "Change, %"],
        ["RN", "180", "100", "+80", f"+80.0{SMALL}%"],
        ["LPN", "20", "50", f"{MINUS}30", f"{MINUS}60.0{SMALL}%"],
    ]
    assert table[-1] == ["All roles", "215", "150", "+65", f"+43.3{SMALL}%"]
    assert "RN is furthest from it, 80 above" in page.title


def test_a_state_at_the_end_is_no_sum_over_time(loaded: Home) -> None:
    page = opened("explore", metric="stock_value", rows="item_name", cols="month", last="2",
                  against="none")  # fmt: skip
    assert page.figures("Stock on hand by item and month")[1:] == [
        ["Gloves", "110", "100", "110"],
        ["Gauze", "60", "10", "60"],
        ["All items", "170", "110", "170"],
    ]
    assert "the total is that of the last, not a sum" in page.words


def test_two_currencies_are_two_tables(home: Path) -> None:
    small.two_currencies(home)
    page = opened("explore", metric="supply_burn", rows="site", cols="none", against="none",
                  last="1")  # fmt: skip
    tables = list(page._components("pivot_table"))
    assert [[row["name"] for row in table["rows"]] for table in tables] == [
        ["Elmwood", "All sites"], ["Oakdale", "All sites"],
    ]  # fmt: skip
    assert [table["rows"][-1]["cells"][0]["text"] for table in tables] == ["500", "1,000"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"rows": "role", "cols": "role"}, "Rows and columns are both role"),
        ({"rows": "month", "cols": "quarter"}, "Month and quarter are both time"),
        ({"rows": "vendor"}, "Overtime has no dimension vendor"),
        ({"against": "budget"}, "Overtime has no budget"),
        ({"against": "target"}, "Nobody has set a target for overtime"),
        ({"metric": "labor_cost", "against": "budget"}, "not by role"),
    ],
)
def test_why_something_can_not_be_told(loaded: Home, query: dict[str, str], said: str) -> None:
    assert said in opened("explore", **{**OVERTIME, **query}).words


def test_what_nobody_knows_is_replaced(loaded: Home) -> None:
    page = opened("explore", metric="no_such", last="999", show="pie", as_of="-1")
    assert page.title.startswith("Total cost")


def test_without_data_it_says_which_export_is_wanting(home: Path) -> None:
    small.works(home)
    page = opened("explore")
    assert page.title.startswith("Total cost is not known for")
    assert "rounds template" in page.words
    page = opened("explore", metric="open_issues", rows="risk", cols="none", against="none",
                  last="1")  # fmt: skip
    # High: one; low: three; the lamp is repaired, and services are not repairs.
    assert page.figures("Open issues by risk")[-1] == ["All risks", "3"]


def test_an_empty_register_is_no_fault(home: Path) -> None:
    small.sites(home)
    assert "is not known for" in opened("explore").title


# The rows behind a figure


def test_a_cell_leads_to_its_rows(loaded: Home) -> None:
    table = opened("explore", **OVERTIME).pivot("Overtime by role and month")
    row = next(row for row in table["rows"] if row["name"] == "RN")
    assert row["cells"][2]["opens"]
    query = query_of(table["open"]) | {"row": row["key"], "col": table["columns"][2]["key"]}
    assert query == {**OVERTIME, "row": "RN", "col": "2026-10-01~2026-10-31"}
    page = opened("explore", **query)
    assert page.title == f"Overtime, RN, Oct 2026: 13.9{SMALL}%"
    rows = page.rows("The rows behind the figure")
    assert [(row[2], row[3], row[4]) for row in rows] == [
        ("Oakdale", "20", "20"), ("Elmwood", "5", "5"), ("Elmwood", "–", "95"),
        ("Oakdale", "–", "60"),
    ]  # fmt: skip
    assert {row[5] for row in rows} == {"labor.csv"}
    # The records of the file, its heading being the first line.
    assert sorted(int(row[7]) for row in rows) == [5, 6, 7, 8]
    assert "They add up to 25 (numerator) and 180 (denominator)." in page.words


def test_a_total_and_what_is_not_stated_lead_to_their_rows(loaded: Home) -> None:
    page = opened("explore", **OVERTIME, row="~all", col="~all")
    assert "35 (numerator) and 365 (denominator)" in page.words
    page = opened("explore", **OVERTIME, row="Unstated", col="2026-10-01~2026-10-31")
    [row] = page.rows("The rows behind the figure")
    assert row[4] == "5"
    page = opened("explore", **OVERTIME, row="Nobody", col="~all")
    assert page.title == "There is no such figure in this table"


# The address


def test_choices_are_written_into_the_address(loaded: Home) -> None:
    test = opened("explore", **OVERTIME, sort="name").test
    test.selectbox(key="explore-rows").set_value("site").run()
    assert held(test, "rows") == ["site"]
    assert "sort" not in test.query_params
    test.selectbox(key="explore-against").set_value("year").run()
    assert held(test, "against") == ["year"]
    test.multiselect(key="explore-region").set_value(["North"]).run()
    assert held(test, "region") == ["North"]
    assert [row[0] for row in Opened(test).figures("Overtime by site and month")[1:]] == [
        "Oakdale", "All sites",
    ]  # fmt: skip
    test.selectbox(key="explore-also").set_value("role").run()
    test.multiselect(key="explore-is-role").set_value(["LPN", "RN"]).run()
    assert held(test, "is.role") == ["LPN", "RN"]
    # A measure that has no roles takes no filter by them.
    test.selectbox(key="explore-metric").set_value("stock_value").run()
    assert "is.role" not in test.query_params
    assert held(test, "region") == ["North"]


@pytest.mark.parametrize(
    "view",
    [
        View("overtime_share", "role", "month", "year", "12", "chart", "Sep 2026",
             {"region": ("North", "South")}, {"role": ("RN", "a & b=c")}, "-at.x", 3),
        View("spend", "supplier", None, None, "ytd", as_of=12),
        View("overtime_share", "site", "month", None, "2", opened=True, row="ELM", money="USD"),
        View("total_cost", "region", "month", "budget", "6"),
    ],
)  # fmt: skip
def test_a_view_comes_back_from_its_address(loaded: Home, view: View) -> None:
    test = AppTest.from_string(
        "import streamlit as st\nfrom dashboard.explore.view import current\n"
        "st.session_state['read'] = current()\n"
    )
    href = view.link().href
    for name, values in parse_qs(urlsplit(href).query).items():
        test.query_params[name] = values
    assert test.run().session_state["read"] == view


def test_headings_sort_and_the_address_says_so(loaded: Home) -> None:
    table = opened("explore", **OVERTIME).pivot("Overtime by role and month")
    assert table["columns"][0]["order"] == "descending"
    query = query_of(table["columns"][1]["href"])
    assert query["sort"] == "at.2026-09-01~2026-09-30"
    names = [row[0] for row in opened("explore", **query).figures("Overtime by role and month")]
    # September knows RN (10 %) and LPN (0 %); the others have nothing there and come last.
    assert names[1:3] == ["RN", "LPN"]
    query["sort"] = "-name"
    names = [row[0] for row in opened("explore", **query).figures("Overtime by role and month")]
    assert names[1:] == ["RN", "Not stated", "LPN", EVIL, "All roles"]


def test_a_view_is_kept_opened_and_taken_back(loaded: Home) -> None:
    test = opened("explore", **OVERTIME, region="North").test
    test.text_input[0].set_value("Overtime in the north")
    next(button for button in test.button if button.label == "Keep it").click().run()
    [kept] = kept_views(loaded, "explore")
    assert parse_qs(kept.query) == {**{k: [v] for k, v in OVERTIME.items()}, "region": ["North"],
                                    "show": ["table"]}  # fmt: skip
    assert "Kept as Overtime in the north." in Opened(test).words
    [[link, _]] = opened("explore").cells("Views that were kept")
    assert query_of(link["href"])["region"] == "North"
    test.button(key="view-out-now").click().run()
    assert kept_views(loaded, "explore") == []


def _links(page: Opened, text: str) -> list[str]:
    """Where the links lead whose words hold a text."""
    drawn = (one for data in page._components("more_link") for one in data["links"])
    return [one["href"] for one in drawn if text in one["text"]]


def test_as_it_was_known_by_an_earlier_load(loaded: Home) -> None:
    text = "site,period_start,period_end,role,kind,pay_class,hours,amount\n"
    text += "ELM,2026-10-01,2026-10-31,RN,employee,overtime,9,540\n"
    before = opened("explore", **OVERTIME)
    [freeze] = _links(before, "keeps these")
    query = query_of(freeze)
    small.load_all(loaded.root, {"later.csv": text})
    label = "Overtime by role and month"
    now, then = opened("explore", **OVERTIME), opened("explore", **query)
    assert then.figures(label) == before.figures(label)
    assert now.figures(label) != before.figures(label)
    assert f"As it was known by load {query['as-of']}" in then.words


# Charts


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ({}, f"RN moved most: 10.0{SMALL}% in Sep 2026, 13.9{SMALL}% in Oct 2026"),
        ({"cols": "none"}, f"RN is highest: 12.5{SMALL}%"),
        ({"cols": "site", "metric": "worked_hours"}, "The most is 200: RN, Elmwood"),
        ({"rows": "month", "cols": "none"},
         f"Overtime rose: 6.7{SMALL}% in Sep 2026, 11.6{SMALL}% in Oct 2026"),
    ],
)  # fmt: skip
def test_a_chart_says_what_it_shows(loaded: Home, query: dict[str, str], heading: str) -> None:
    page = opened("explore", **{**OVERTIME, **query, "show": "chart"})
    assert heading in page.headings
    assert heading in page.labels, "its figures stand one click away"


# Downloads


def asked(metric: str, rows: str, columns: str | None) -> Asked:
    return Asked(metric, rows, columns, None, BOTH, ())


def test_the_table_is_handed_out_without_a_formula(loaded: Home) -> None:
    view = View("overtime_pay", "role", "month", None, "2")
    found = pivot(asked("overtime_pay", "role", "month"))
    rows = list(csv.DictReader(
        io.StringIO(taking.table_file(found, view, "csv").decode("utf-8-sig"))
    ))  # fmt: skip
    assert [row["value"] for row in rows if row["total"] == "all"] == ["2100.0000"]
    assert not any(value.startswith("=") for row in rows for value in row.values())
    frame = pl.read_parquet(io.BytesIO(taking.table_file(found, view, "parquet")))
    assert isinstance(frame.schema["value"], pl.Decimal)
    of_rn = frame.filter(pl.col("total") == "row", pl.col("role") == "RN")
    assert of_rn["value"].to_list() == [Decimal(2100)]
    book = fastexcel.read_excel(taking.table_file(found, view, "xlsx"))
    assert book.sheet_names == ["Table", "Figures", "About"]
    table = book.load_sheet("Table").to_polars()
    assert table.columns == ["Role", "Sep 2026", "Oct 2026", "All months"]
    assert table.row(-1) == ("All roles", 600.0, 1500.0, 2100.0)
    about = dict(book.load_sheet("About").to_polars().iter_rows())
    assert about["Formula"] == METRICS["overtime_pay"].formula


def test_the_rows_are_handed_out_as_they_are(loaded: Home) -> None:
    from pipelines.metrics.rows import rows
    from pipelines.warehouse.reader import open_build

    october = Period(month_span(BOTH.stop).start, BOTH.stop)
    frame = rows(open_build(loaded), "worked_hours", period=october)
    sheet = fastexcel.read_excel(taking.rows_file(frame, "xlsx")).load_sheet(0).to_polars()
    assert sheet["numerator"].sum() == 215
    assert any(str(what).startswith(EVIL) for what in sheet["what"])
    text = taking.rows_file(frame, "csv").decode("utf-8-sig")
    assert not re.search(r'(^|,)"?=', text, re.MULTILINE)
    assert pl.read_parquet(io.BytesIO(taking.rows_file(frame, "parquet"))).equals(frame)


# The demo group


def test_the_first_view_says_something_useful(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    page = opened("explore")
    assert re.search(r"Total cost was \$[\d.]+m .* budget; \w+ is furthest from it", page.title)
    figures = page.figures("Total cost by region and month")
    assert len(figures[0]) == 8
    assert figures[-1][0] == "All regions"
    assert "Questions to start from" in page.labels


def test_a_cell_leads_to_the_page_of_its_number(loaded: Home) -> None:
    october = "2026-10-01~2026-10-31"
    page = opened("explore", **OVERTIME, region="North", row="RN", col=october, as_of="9")
    [link] = _links(page, "comes from")
    assert parse_qs(urlsplit(link).query) == {
        "metric": ["overtime_share"], "period": ["2026-10"], "where": ["region:North", "role:RN"],
        "as-of": ["9"],
    }  # fmt: skip
