"""The bridge of labour on the Staffing page, from files that a person can add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.analysis.causes.labour_facts import labour_against_budget, labour_between
from pipelines.analysis.scenarios.elasticity import Fixed
from pipelines.calendar import month_span
from pipelines.settings import Home
from pipelines.warehouse.limits import Limits
from pipelines.warehouse.reader import open_build
from tests.dashboard.opening import opened
from tests.dashboard.small import SITES, load_all

SEPTEMBER, OCTOBER = (month_span(date(2026, month, 1)) for month in (9, 10))
HEAD = "site,period_start,period_end,role,kind,pay_class,hours,amount,currency\n"
THEN, NOW = "2026-09-01,2026-09-30", "2026-10-01,2026-10-31"
LABOR = HEAD + "".join(
    f"{line},USD\n"
    for line in (
        f"OAK,{THEN},RN,employee,regular,100,4000",
        f"OAK,{THEN},CNA,employee,regular,100,2000",
        f"OAK,{NOW},RN,employee,regular,120,5040",
        f"OAK,{NOW},RN,employee,overtime,10,630",
        f"OAK,{NOW},RN,agency,regular,10,600",
        f"OAK,{NOW},CNA,employee,regular,100,2000",
        f"OAK,{NOW},CNA,employee,leave,15,300",
        f"ELM,{NOW},RN,employee,regular,25,1000",
    )
)
# 200 visits in September, 220 in October.
VISITS = "site,date,measure,count\n" + "".join(
    f"OAK,2026-{month:02}-{day:02},visits,{count}\n"
    for month, counts in ((9, [7] * 20 + [6] * 10), (10, [7] * 28 + [8] * 3))
    for day, count in enumerate(counts, 1)
)
BUDGET = """site,version,account,month,amount,hours,volume,currency
OAK,FY2026 original,staffing,2026-10-01,8000,200,200,USD
ELM,FY2026 original,staffing,2026-10-01,900,,,USD
"""
# Hb 200 at a mean of 30; six tenths of the hours are fixed, so 220 visits ask for
# 120 + 80 × 1.1 = 208; 240 were worked.
PARTS = {
    "volume": 240,  # (208 - 200) × 30
    "efficiency": 960,  # (240 - 208) × 30
    "mix": 400,  # (140 - 120) × 40 + (100 - 120) × 20
    "rate": 280,  # 140 × (42 - 40)
    "overtime_premium": 210,  # 630 - 10 × 42
    "agency_premium": 180,  # 600 - 10 × 42
    "other_pay": 300,
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("labour") / "home"
    texts = {"sites.csv": SITES, "labor.csv": LABOR, "visits.csv": VISITS, "budget.csv": BUDGET}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROUNDS_HOME", str(home))
        load_all(home, texts)
    return home


@pytest.fixture(autouse=True)
def named(loaded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(loaded))


def test_all_parts_between_two_months(loaded: Path) -> None:
    reader = open_build(Home(loaded))
    [why] = labour_between(reader, SEPTEMBER, OCTOBER, {}, Fixed())
    found = {part: amount for part, amount in why.bridge.parts.items() if amount is not None}
    assert found == {part: Decimal(amount) for part, amount in PARTS.items()}
    assert (why.sites, why.others) == (("OAK",), ("ELM",))
    assert (why.before, why.apart, why.total) == (6000, 1000, 3570)


def test_a_budget_has_hours_and_no_roles(loaded: Path) -> None:
    """A budgeted hour costs 40. 208 of 200 hours are volume's, 240 were worked for 8,570."""
    [why] = labour_against_budget(open_build(Home(loaded)), OCTOBER, {}, Fixed())
    parts = {part: amount for part, amount in why.bridge.parts.items() if amount}
    assert parts == {"volume": 8 * 40, "efficiency": 32 * 40, "rate": 8570 - 240 * 40}
    assert (why.before, why.apart, why.total) == (8900, 100, 670)


def test_the_page_adds_up_to_its_title(loaded: Path) -> None:
    page = opened("staffing", compare="Month before")
    assert page.title == "Staffing cost $10k, $4k more than the period before in Oct 2026"
    rows = page.rows("Why labour cost changed")
    assert rows[0] == ["Period before", "6"]
    assert [row[0] for row in rows[1:-1]] == [
        "Volume", "Efficiency", "Mix of roles", "Rates of pay", "Overtime premium",
        "Agency premium", "Other pay", "Other sites",
    ]  # fmt: skip
    assert "Labour cost $4k more than the period before; other sites added $1k" in page.headings


def test_the_page_says_what_is_missing(loaded: Path) -> None:
    page = opened("staffing", compare="Last year")
    assert "Why it changed can be told once the payroll of a site is whole" in page.words
    only = opened("staffing", sites="Elmwood")
    assert "once a budget states hours" in only.words
    assert "told by day worked" in opened("staffing", pay="Check date").words


def test_pay_by_role_is_not_told_to_who_may_not_see_it(loaded: Path) -> None:
    seen = open_build(Home(loaded)).limited(Limits(pay=False))
    assert labour_between(seen, SEPTEMBER, OCTOBER, {}, Fixed()) == []
