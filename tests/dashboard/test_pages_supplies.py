"""The supplies page: on the invented group, without prices, with two currencies, with nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboard import small
from tests.dashboard.opening import Opened, opened


@pytest.fixture
def page(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    return opened("supplies")


def test_the_title_is_the_cost_against_budget(page: Opened) -> None:
    assert page.title.startswith("Supplies cost $")
    assert page.title.endswith("budget in Oct 2026")


def test_what_has_nothing_on_order_comes_first_with_who_can_spare_it(page: Opened) -> None:
    first = page.cells("Items that run out")[0]
    assert [cell["text"] for cell in first[:4]] == [
        "Strep A rapid test, box of 25", "Hazel Green Clinic", "3 Nov 2026", "3 days",
    ]  # fmt: skip
    assert first[1]["href"] == "/site?site=HZG"
    assert first[4]["text"].startswith("Kestrel Park Clinic can spare")
    assert first[4]["second"] == "nothing on order; order by 1 Nov 2026"
    assert first[4]["href"] == "/site?site=KSP"


def test_the_drift_at_one_site_is_the_chart_that_is_drawn(page: Opened) -> None:
    assert "Supply cost per visit at Pine Ridge Clinic has left its usual range" in page.headings


def test_what_expires_what_is_too_much_and_what_got_dearer(page: Opened) -> None:
    [lot] = page.rows("Lots that expire")
    assert lot[:3] == ["Strep A rapid test, box of 25", "Kestrel Park Clinic", "31 Dec 2026"]
    [excess] = page.rows("Overstocked items")
    assert excess[1] == "Kestrel Park Clinic"
    [price] = page.rows("Prices that rose")
    assert price[0] == "Foam dressing 6x6, box of 10"
    assert price[1] == "$34.80"


def test_leagues_end_with_the_ratio_of_all(page: Opened) -> None:
    visits, homes = page.rows("Supply cost per visit"), page.rows("Supply cost per resident day")
    assert visits[-1][0] == homes[-1][0] == "All sites"
    assert {row[0] for row in homes[:-1]} == {"Cedar Hill Nursing Home", "Willow Bend Nursing Home"}
    costs = [float(row[1].removeprefix("$")) for row in visits[:-1]]
    assert costs == sorted(costs, reverse=True)
    assert min(costs) < float(visits[-1][1].removeprefix("$")) < max(costs)


def test_without_prices_units_stand_in_and_one_sentence_says_what_is_missing(home: Path) -> None:
    small.supplies(home)
    page = opened("supplies")
    assert page.title == "180 units of supplies were issued in Oct 2026"
    assert "no export has brought supply movements with unit costs yet" in page.words
    assert page.rows("Items issued and on hand") == [
        ["Gloves", "90", "30", "104", "69 days", "0 of 2"],
        ["Gauze", "90", "–", "0", "0 days", "1 of 1"],
    ]
    assert "Value" not in page.words


def test_without_orders_nothing_is_said_about_them(home: Path) -> None:
    small.supplies(home)
    page = opened("supplies")
    assert page.rows("Items that run out") == [
        ["Gauze", "Oakdale", "31 Oct 2026", "none left", "no site can spare any"],
        ["Gloves", "Oakdale", "4 Nov 2026", "4 days", "Elmwood can spare 55 boxes"],
    ]
    assert "order" not in " ".join(page.headings)


def test_an_order_on_its_way_is_a_cover(home: Path) -> None:
    small.supplies(home, orders=True)
    page = opened("supplies")
    assert page.rows("Items that run out") == [
        ["Gloves", "Oakdale", "4 Nov 2026", "4 days", "Elmwood can spare 55 boxes"],
        ["Gauze", "Oakdale", "31 Oct 2026", "none left", "50 boxes on order, due 2 Nov 2026"],
    ]
    assert "2 items run out within 14 days; 1 has nothing on order" in page.headings


def test_two_currencies_are_never_one_sum(home: Path) -> None:
    small.two_currencies(home)
    assert opened("supplies").title == "Supplies cost £500 and $1k in Oct 2026"


def test_a_home_without_supplies_says_which_export_would_fill_the_page(home: Path) -> None:
    small.sites(home)
    page = opened("supplies")
    assert page.title == "No supply figures yet"
    assert "rounds template supply_moves" in page.words


def test_what_would_expire_is_sent_where_it_is_used(page: Opened) -> None:
    """Hazel Green lacks the tests that Kestrel Park won't use by the end of the year."""
    rows = page.rows("Transfers between sites")
    assert rows[0][:3] == [
        "Strep A rapid test, box of 25", "Kestrel Park Clinic", "Hazel Green Clinic",
    ]  # fmt: skip
    assert rows[0][5] == "runs out there 3 Nov 2026; would expire unused"
    assert {row[1] for row in rows} == {"Kestrel Park Clinic"}
    [lot] = page.cells("Lots that expire")
    assert lot[4]["text"].endswith(" boxes")
    assert any("between sites save $" in heading for heading in page.headings)
