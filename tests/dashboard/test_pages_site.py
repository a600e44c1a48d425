"""A site's page and the list of sites."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboard import small
from tests.dashboard.opening import opened


@pytest.fixture
def demo(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))


@pytest.mark.usefixtures("demo")
def test_a_site_opens_with_its_money_and_who_it_is() -> None:
    page = opened("site", site="CDH")
    assert page.title.startswith("Cedar Hill Nursing Home was $")
    assert "over budget in Oct 2026, the widest gap in North" in page.title
    assert "Nursing home · North · " in page.words
    assert "beds filled" in page.words


@pytest.mark.usefixtures("demo")
def test_its_findings_stand_first_without_its_name() -> None:
    page = opened("site", site="WLB")
    first = page.items("attention_list")[0]
    assert first["sentence"].startswith("Missed 13 maintenance orders on high-risk equipment")
    assert first["href"] == "/facilities"
    assert "High-risk maintenance on time has left its usual range" in page.headings


@pytest.mark.usefixtures("demo")
def test_what_runs_out_leads_to_the_site_that_can_spare_it() -> None:
    [row] = opened("site", site="HZG").cells("Items that run out")
    assert [cell["text"] for cell in row[:2]] == ["Strep A rapid test, box of 25", "3 Nov 2026"]
    assert row[3]["href"] == "/site?site=KSP"


@pytest.mark.usefixtures("demo")
def test_a_clinic_shows_no_measure_of_homes() -> None:
    names = {item["name"] for item in opened("site", site="BRN").items("subject_list")}
    assert "Overtime" in names
    assert not any("resident day" in name for name in names)


@pytest.mark.usefixtures("demo")
def test_a_cost_without_pay_says_so() -> None:
    page = opened("site", site="FRY")  # ADP carries hours only
    assert "The cost is without pay: no export brought that." in page.words
    assert ["Pay", "never received", "–"] in page.rows("Feeds that Ferry Landing Urgent Care lacks")


@pytest.mark.usefixtures("demo")
def test_a_month_without_payroll_is_late_and_not_a_usual_month() -> None:
    page = opened("site", site="MLJ", month="Jul 2026")
    assert "The cost is without pay: no export brought that." in page.words
    lacking = page.rows("Feeds that Mill Junction Urgent Care lacks")
    assert [row[:2] for row in lacking] == [["Paid hours", "not in yet"], ["Pay", "not in yet"]]


@pytest.mark.usefixtures("demo")
def test_a_closed_site_opens_on_its_last_month() -> None:
    page = opened("site", site="ALD")
    assert " in Jun 2026" in page.title
    assert "closed 30 Jun 2026" in page.words


@pytest.mark.usefixtures("demo")
def test_the_list_groups_sites_by_region_and_says_what_stands_out() -> None:
    page = opened("site")
    assert page.title == "7 of 13 sites need attention in Oct 2026"
    regions = ["Central", "Coast", "Lakes", "North", "Valley"]
    assert page.headings == [*regions, "Complaints and records"]
    lakes = page.cells("Sites of Lakes")
    assert [row[0]["text"] for row in lakes] == [
        "Aldergate Clinic", "Birch Run Clinic", "Mill Junction Urgent Care",
        "Willow Bend Nursing Home",
    ]  # fmt: skip
    assert lakes[1][0]["href"] == "/site?site=BRN"
    assert lakes[1][4]["text"].startswith("Overtime rose to")
    assert lakes[0][2]["text"] == "–"


@pytest.mark.usefixtures("demo")
def test_filters_narrow_the_list_and_links_keep_them() -> None:
    page = opened("site", region="Coast")
    assert page.headings == ["Coast", "Complaints and records"]
    assert page.cells("Sites of Coast")[0][0]["href"] == "/site?region=Coast&site=HZG"


@pytest.mark.usefixtures("demo")
def test_an_unknown_site_leads_to_the_list() -> None:
    page = opened("site", site="NOPE")
    assert "There is no site NOPE." in page.words
    assert "Central" in page.headings


@pytest.mark.usefixtures("demo")
def test_choosing_a_site_opens_it() -> None:
    page = opened("site")
    page.test.selectbox(key="picked").select("PNR").run()
    assert page.title.startswith("Pine Ridge Clinic was $")
    assert page.test.query_params["site"] == "PNR"


@pytest.mark.parametrize(
    ("load", "site", "title"),
    [
        (small.supplies, "OAK", "Oakdale issued 135 units of supplies in Oct 2026"),
        (small.works, "OAK", "Oakdale had 2 issues open at the end of Oct 2026"),
        (small.sites, "ELM", "Nothing is known of Elmwood for "),
        (small.two_currencies, "ELM", "Elmwood cost £500 in Oct 2026"),
    ],
)
def test_a_site_shows_whatever_is_known_of_it(home: Path, load, site: str, title: str) -> None:
    load(home)
    page = opened("site", site=site)
    assert page.title.startswith(title)
    assert "0 of 0" not in page.words
