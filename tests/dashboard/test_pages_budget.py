"""The budget page: what has both sides is compared, what hasn't is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboard import small
from tests.dashboard.opening import Opened, opened

# What has both sides: OAK's contracts of January (±0) and October (+500), ELM's of October (+100).
INVOICES = """\
site,document,line,date,account,supplier,amount,currency
OAK,B-1,1,2026-01-05,contracts,Brightway,12000,USD
OAK,B-2,1,2026-10-05,contracts,Brightway,9000,USD
ELM,L-1,1,2026-10-10,contracts,LiftCo,1000,USD
ELM,R-1,1,2026-10-11,facilities,Plumber,400,USD
"""
BUDGET = """\
site,version,account,month,amount,currency
OAK,Original,contracts,2026-01-01,12000,USD
OAK,Original,contracts,2026-10-01,8500,USD
OAK,Original,contracts,2026-11-01,8500,USD
ELM,Original,contracts,2026-10-01,900,USD
ELM,Original,staffing,2026-09-01,5000,USD
ELM,Original,staffing,2026-10-01,5000,USD
"""


@pytest.fixture
def page(home: Path) -> Opened:
    load(home, INVOICES, BUDGET)
    return opened("budget")


def load(home: Path, invoices: str, budget: str) -> None:
    texts = {"sites.csv": small.SITES, "invoices.csv": invoices, "budget.csv": budget}
    small.load_all(home, texts)


def test_the_title_is_the_year_to_date_of_what_has_both_sides(page: Opened) -> None:
    """22,000 against 21,400; the plumber's 400 have no budget and are in neither."""
    assert page.title == "January to October 2026 cost $22k, $600 over budget"
    assert (
        "Contracts cost $600 more than planned; Oakdale alone is $500 over budget, all other sites "
        "together $100 over budget."
    ) in page.words


def test_the_total_of_the_subjects_is_the_ratio_of_the_sums(page: Opened) -> None:
    assert page.rows("Budget and actual by subject") == [
        ["Contracts", "21", "22", "+1", "+2.8\u202f%", "goes on"],
        ["All subjects", "21", "22", "+1", "+2.8\u202f%", ""],
    ]


def test_sites_stand_by_gap_with_their_total(page: Opened) -> None:
    assert "2 of 2 sites are over budget" in page.headings
    assert page.rows("Sites by their gap to budget") == [
        ["Oakdale", "21", "21", "+1", "+2.4\u202f%", "goes on"],
        ["Elmwood", "1", "1", "0", "+11.1\u202f%", "goes on"],
        ["All sites compared", "21", "22", "+1", "+2.8\u202f%", ""],
    ]
    assert "Oakdale is $500 of the $600 over budget" in page.headings


def test_months_without_an_actual_are_named_and_left_out(page: Opened) -> None:
    """November lies ahead: it is no gap yet."""
    assert page.rows("Months left out of the comparison") == [
        ["Elmwood", "Staffing", "Sep 2026 and Oct 2026", "never came", "$10k"]
    ]


def test_currencies_have_blocks_of_their_own(home: Path) -> None:
    load(
        home,
        INVOICES + "ELM,P-1,1,2026-10-07,facilities,Thames,300,GBP\n",
        BUDGET + "ELM,Pounds,facilities,2026-10-01,200,GBP\n",
    )
    page = opened("budget")
    assert page.title == (
        "January to October 2026 cost $22k, $600 over budget and £300, £100 over budget"
    )
    assert [heading for heading in page.headings if heading.startswith("In ")] == [
        "In USD",
        "In GBP",
    ]


def test_without_any_budget_one_sentence_says_which_export_would_fill_it(home: Path) -> None:
    small.load_all(home, {"sites.csv": small.SITES, "invoices.csv": INVOICES})
    page = opened("budget")
    assert page.title == "There is no budget to compare with"
    assert "rounds template budget" in page.words
    assert page.labels == []


def test_a_budget_without_any_cost_is_left_out_whole(home: Path) -> None:
    small.load_all(home, {"sites.csv": small.SITES, "budget.csv": BUDGET, "works.csv": small.WORKS})
    page = opened("budget", month="Oct 2026")
    assert page.title == "Nothing can be compared with a budget in January to October 2026"
    left = page.rows("Months left out of the comparison")
    assert [row[:2] for row in left] == [
        ["Oakdale", "Contracts"],
        ["Elmwood", "Staffing"],
        ["Elmwood", "Contracts"],
    ]


def test_the_planted_story_is_the_finding(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    page = opened("budget")
    assert page.title.startswith("January to October 2026 cost $")
    assert any(heading.startswith("Cedar Hill Nursing Home is $") for heading in page.headings)
    [left] = page.rows("Months left out of the comparison")
    assert left[:4] == ["Mill Junction Urgent Care", "Staffing", "Jul 2026", "never came"]
    *_, total = page.rows("Budget and actual by subject")
    *_, sites = page.rows("Sites by their gap to budget")
    assert total[1:] == sites[1:]


def test_a_site_further_over_than_all_together_stands_alone(home: Path) -> None:
    load(
        home,
        INVOICES,
        BUDGET.replace(
            "ELM,Original,contracts,2026-10-01,900", "ELM,Original,contracts,2026-10-01,1100"
        ),
    )
    assert "Oakdale alone is $500 over budget" in opened("budget").headings


LATE = """\
site,document,line,date,account,supplier,amount
""" + "".join(
    f"OAK,B-{month},1,2026-{month:02}-05,contracts,Bright,1000\n" for month in range(1, 10)
)
PLAN = "site,version,account,month,amount\n" + "".join(
    f"OAK,Original,contracts,2026-{month:02}-01,{1000 + 200 * (month % 2)}\n"
    for month in range(1, 13)
)


def test_an_invoice_that_is_late_is_timing(home: Path) -> None:
    """Bright hasn't billed October; a handyman of 100 is all that came, of 1,000 planned."""
    load(home, LATE + "OAK,H-1,1,2026-10-20,contracts,Handyman,100\n", PLAN)
    page = opened("budget", month="Oct 2026", span="1 month")
    [*_, row] = page.cells("What of the gap is timing or one-off")
    assert [cell["text"] for cell in row] == [
        "Oakdale", "Bright bills every month, and has not billed this one", "Oct 2026",
        "\u2212$1k",
    ]  # fmt: skip


def test_where_nothing_is_timing_that_is_said(page: Opened) -> None:
    assert "Nothing of the gap is timing or one-off" in page.headings
    *_, first = page.cells("Budget and actual by subject")[0]
    assert first["text"] == "goes on"
