"""The budget page: what has both sides is compared, what hasn't is named."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import ahead, outlook, store
from pipelines.analysis.outlook.study import Study, study
from pipelines.warehouse.reader import Reader
from tests import landings
from tests.analysis.scenarios import test_drivers as drivers
from tests.dashboard import small
from tests.dashboard.opening import Opened, opened
from tests.loading import rounds

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


def test_what_volume_explains_of_the_gap(home: Path) -> None:
    """1,200 visits against 1,000 (worked out in tests/analysis/scenarios/test_drivers.py)."""
    texts = {
        "sites.csv": small.SITES, "labor.csv": drivers.LABOR, "agency.csv": drivers.AGENCY,
        "spend.csv": drivers.SPEND, "contracts.csv": drivers.CONTRACTS, "moves.csv": drivers.MOVES,
        "budget.csv": drivers.BUDGET, "visits.csv": drivers.VISITS,
    }  # fmt: skip
    small.load_all(home, texts)
    page = opened("budget")
    assert "Volume explains $552 of the $3k over budget" in page.headings
    assert page.rows("The budget for the volume") == [
        ["Staffing", "9", "9", "12", "0", "+3"],
        ["Contracts", "0", "0", "1", "0", "0"],
        ["Supplies", "0", "0", "0", "0", "0"],
        ["All subjects", "10", "10", "13", "+1", "+2"],
    ]
    assert "For 1 month of a site and subject no volume is known or planned" in page.words


def test_without_volumes_nothing_is_said_of_them(page: Opened) -> None:
    assert "The budget for the volume" not in page.labels


def without_ranges(page: Opened) -> list[list[str]]:
    """The landings by subject; how wide their ranges are is told in tests/analysis/outlook."""
    return [[*row[:2], *row[3:]] for row in page.rows("Landing by subject")]


def test_the_year_lands_where_the_sums_say(home: Path, tmp_path: Path) -> None:
    """OAK's contracts come to 22,680 (see `tests.landings`), against 21,600; ELM has no budget."""
    landings.build(tmp_path / "files", home)
    page = opened("budget")
    assert "2026 lands at about $23k, $1k over budget" in page.headings
    assert without_ranges(page) == [
        ["Contracts", "23", "22", "+1"],
        ["All subjects", "23", "22", "+1"],
    ]
    assert "of costs without a budget are left out." in page.words


class Unfolded:
    """An expander that somebody opened."""

    open = True

    def __enter__(self) -> Unfolded:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_a_subject_lands_by_account_on_request(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To October 17,900 of OAK, 21,430 of ELM and 3,000 of CLO; 4,780 and 7,910 to come.

    Their invoices are all on one account for each subject, and OAK's facilities come to 90 and 20.
    OAK's contracts alone have a budget: 21,600 of 22,680.
    """
    landings.build(tmp_path / "files", home)
    monkeypatch.setattr(outlook.st, "expander", lambda *_, **__: Unfolded())
    page = opened("budget")
    told = [row[:3] + row[4:] for row in page.rows("Landing by account")]
    assert told == [
        ["Contracts", "42", "55", "22", "+1"], ["Contracts", "42", "55", "22", "+1"],
        ["Facilities", "0", "0", "–", "–"], ["Facilities", "0", "0", "–", "–"],
    ]  # fmt: skip
    assert "Facilities: the subject has no budget for this year." in page.words


def test_the_plain_rule_stands_beside_it(home: Path, tmp_path: Path) -> None:
    """OAK's contracts: 17,900 to October, 16,700 of it a year before; then 2,220 and 2,320.

    17,900 + 4,540 x 17,900 / 16,700 = 22,766.
    """
    landings.build(tmp_path / "files", home)
    said = "Last year's months at this year's pace would land at $23k."
    assert said in opened("budget").words


def test_until_the_landing_is_there_the_page_shows_the_rest(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study that takes as long as the test wants: the page is complete but for the landing."""
    landings.build(tmp_path / "files", home)
    go = Event()

    def slow(reader: Reader) -> Study:
        assert go.wait(60)
        return study(reader)

    monkeypatch.setattr(ahead, "study", slow)
    monkeypatch.setattr(ahead, "PATIENCE", 0.01)
    test = AppTest.from_string("from dashboard.views import budget\nbudget.page()\n")
    test.run(timeout=60)
    page = Opened(test)
    assert page.title.startswith("January to October 2026 cost $18k")
    assert "Where the year lands is being worked out" in page.words
    assert "Landing by subject" not in page.labels
    go.set()
    ahead.begin(store.reader()).result(timeout=60)
    test.run(timeout=60)
    assert "Where the year lands is being worked out" not in Opened(test).words
    assert without_ranges(Opened(test))[0] == ["Contracts", "23", "22", "+1"]


def test_a_landing_too_young_to_be_tried_says_so(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The small invented group has fourteen months."""
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    page = opened("budget")
    assert any(heading.startswith("2026 lands at about $") for heading in page.headings)
    assert "The range is not backtested: too little of the past is known." in page.words
    *parts, total = page.rows("Landing by subject")
    assert [row[0] for row in parts] != []
    assert total[0] == "All subjects"


def test_in_the_year_s_last_month_nothing_is_left_to_land(home: Path, tmp_path: Path) -> None:
    landings.build(tmp_path / "files", home)
    page = opened("budget", month="Dec 2025")
    assert "Landing by subject" not in page.labels


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


def test_a_budget_that_somebody_edited_is_marked(page: Opened, home: Path) -> None:
    """Oakdale's October is set to 9,000: its row says so, Elmwood's doesn't."""
    assert "Edited:" not in page.words
    told = rounds(
        "budget", "set", "OAK", "contracts", "9000", "--month", "2026-10", "--reason", "Agreed"
    )
    assert told.exit_code == 0, told.output
    later = opened("budget")
    assert "Edited: a part of this budget was set by hand" in later.words
    marked = {
        cells[0]["text"]: cells[1].get("second") or ""
        for cells in later.cells("Sites by their gap to budget")
    }
    assert marked["Oakdale"] == "edited"
    assert marked["Elmwood"] == ""
