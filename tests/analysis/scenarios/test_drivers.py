"""The baseline of a small home, worked by hand, and how much of a cost follows volume."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from pipelines.analysis.causes.flex import flex_budget
from pipelines.analysis.scenarios.baseline import Baseline
from pipelines.analysis.scenarios.drivers import baseline_of
from pipelines.analysis.scenarios.elasticity import Elasticity, Fit, Fixed, fitted
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.analysis.scenarios.what_if import what_if
from pipelines.calendar import Period, month_span
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader, open_build
from tests.dashboard import small

# ELM: 220 straight hours for 8,800, 20 hours of leave, 10 of overtime, a bonus; employer cost is
# a fifth of gross pay (10,400); 20 agency hours for 1,800. OAK's payroll of October states hours
# by code and pay in one amount: 80 + 1.5 x 10 = 95 hours' worth for 1,900.
LABOR = """\
site,period_start,period_end,role,kind,pay_class,hours,amount,employer_cost
ELM,2026-09-01,2026-09-30,RN,employee,regular,100,4000,800
ELM,2026-10-01,2026-10-31,RN,employee,regular,120,4800,960
ELM,2026-09-01,2026-09-30,RN,employee,leave,10,400,80
ELM,2026-10-01,2026-10-31,RN,employee,leave,10,400,80
ELM,2026-10-01,2026-10-31,RN,employee,overtime,10,600,120
ELM,2026-10-01,2026-10-31,RN,employee,bonus,,200,40
OAK,2026-10-01,2026-10-31,LPN,employee,regular,80,,
OAK,2026-10-01,2026-10-31,LPN,employee,overtime,10,,
OAK,2026-10-01,2026-10-31,LPN,employee,other,,1900,190
"""
AGENCY = """\
site,period_start,period_end,role,kind,basis,hours,amount
ELM,2026-10-01,2026-10-31,RN,agency,timesheet,20,1800
OAK,2026-10-01,2026-10-31,RN,agency,timesheet,10,900
"""
# Twelve months of 100 a month under C-1, which rises by 3 % each December; a repair under none.
SPEND = """\
site,document,line,date,account,supplier,contract,amount
ELM,A,1,2026-03-05,contracts,Brightway,C-1,700
ELM,B,1,2026-10-05,contracts,Brightway,C-1,500
ELM,C,1,2026-10-07,facilities,Plumber,,240
"""
CONTRACTS = """\
site,contract,title,vendor,start,end,annual_value,escalator
ELM,C-1,Cleaning,Brightway,2023-12-15,2028-12-14,1200,3
"""
MOVES = """\
site,date,reference,item,item_name,kind,quantity,unit,value
ELM,2026-10-01,1,GLV,Gloves,issue,30,box,360
"""


@pytest.fixture
def reader(home: Path) -> Reader:
    texts = {
        "sites.csv": small.SITES, "labor.csv": LABOR, "agency.csv": AGENCY, "spend.csv": SPEND,
        "contracts.csv": CONTRACTS, "moves.csv": MOVES,
    }  # fmt: skip
    small.load_all(home, texts)
    return open_build(Home(home))


def cell(base: Baseline, site: str, month: int, subject: str) -> pl.DataFrame:
    chosen = (pl.col("site") == site) & (pl.col("subject") == subject)
    return base.frame().filter(chosen & (pl.col("month").dt.month() == month))


def test_staffing_is_hours_times_rates_and_adds_up_to_its_cost(reader: Reader) -> None:
    base = baseline_of(reader)
    [row] = cell(base, "ELM", 11, "staffing").to_dicts()
    assert row["amount"] == Decimal("7140.00")  # (10,400 + 2,080 + 1,800) / 2
    assert (row["straight_hours"], row["rate"]) == (110.0, 40.0)
    assert (row["overtime_hours"], row["overtime_pay"]) == (5.0, 300.0)
    assert (row["agency_hours"], row["agency_pay"]) == (10.0, 900.0)
    assert row["other"] == pytest.approx(120.0)  # half the bonus, with employer cost
    assert row["hire"] == pytest.approx(40 * (1 + 800 / 8800) * 1.2)


def test_pay_in_one_amount_is_split_by_hours(reader: Reader) -> None:
    rows = {row["role"]: row for row in cell(baseline_of(reader), "OAK", 12, "staffing").to_dicts()}
    lpn, rn = rows["LPN"], rows["RN"]
    assert lpn["amount"] == Decimal("2090.00")
    assert (lpn["rate"], lpn["overtime_pay"], lpn["hire"]) == (20.0, 300.0, 22.0)
    assert rn["agency_hours"] == 10.0
    assert rn["hire"] == pytest.approx(40 * (1 + 800 / 8800) * 1.2)  # ELM's: OAK has no RN


def test_pay_without_hours_follows_pay_rates_and_bonuses_do_not(home: Path) -> None:
    """A salary of 3,000 with 300 of employer cost on it, and a bonus of 500 with 50."""
    salaries = """\
site,period_start,period_end,role,kind,pay_class,hours,amount,employer_cost
ELM,2026-10-01,2026-10-31,Manager,employee,regular,,2000,200
ELM,2026-10-01,2026-10-31,Manager,employee,other,,1000,100
ELM,2026-10-01,2026-10-31,Manager,employee,bonus,,500,50
"""
    small.load_all(home, {"sites.csv": small.SITES, "salaries.csv": salaries})
    base = baseline_of(open_build(Home(home)))
    assert cell(base, "ELM", 11, "staffing")["amount"].to_list() == [Decimal("3850.00")]
    assert what_if(base, Scenario.parse("wage:10@from=2026-12")).change("USD") == 330


def test_contracts_rise_from_their_anniversary_on(reader: Reader) -> None:
    base = baseline_of(reader)
    assert cell(base, "ELM", 11, "contracts")["amount"].to_list() == [Decimal("100.00")]
    [december] = cell(base, "ELM", 12, "contracts").to_dicts()
    assert (december["amount"], december["escalator"]) == (Decimal("103.00"), 3.0)
    assert what_if(base, Scenario.parse("escalator:2")).change("USD") == Decimal("2.00")


@pytest.mark.parametrize(
    ("terms", "amount", "lever"),
    [
        # 10 % by the step of December; two points more: 112 of 110.
        ("escalator_steps\n;,2026-12-01 10%", "110.00", "2.00"),
        # The index of October has not come: at least the floor of 1.5 %, and a point in any case.
        ("escalator_index,escalator_floor\n,RPI,1.5", "101.50", "2.00"),
        # Nothing is agreed at all: today's price, and two points of a rise of none.
        ("escalator_index\n,RPI", "100.00", "2.00"),
        # October 2026 over October 2025: 208 / 200, 4 %.
        ("escalator_index\n,CPI", "104.00", "2.00"),
    ],
)
def test_contracts_rise_by_steps_and_by_an_index(
    home: Path, terms: str, amount: str, lever: str
) -> None:
    home.mkdir(exist_ok=True)
    (home / "indexes.csv").write_text("index,month,value\nCPI,2025-10,200\nCPI,2026-10,208\n")
    names, _, values = terms.replace(";", "").partition("\n")
    head, row = CONTRACTS.splitlines()
    texts = {
        "sites.csv": small.SITES, "spend.csv": SPEND,
        "contracts.csv": f"{head},{names}\n{row}{values}\n",
    }  # fmt: skip
    small.load_all(home, texts)
    base = baseline_of(open_build(Home(home)))
    assert cell(base, "ELM", 11, "contracts")["amount"].to_list() == [Decimal("100.00")]
    assert cell(base, "ELM", 12, "contracts")["amount"].to_list() == [Decimal(amount)]
    assert what_if(base, Scenario.parse("escalator:2")).change("USD") == Decimal(lever)
    unknown = "1 contract rises by what is not known yet" in " ".join(base.notes)
    assert unknown == ("RPI" in terms)


def test_what_is_billed_and_used_is_a_mean_of_its_months(reader: Reader) -> None:
    """240 over twelve months; supplies over the one month that is there."""
    base = baseline_of(reader)
    assert cell(base, "ELM", 11, "facilities")["amount"].to_list() == [Decimal("20.00")]
    assert cell(base, "ELM", 11, "supplies")["amount"].to_list() == [Decimal("360.00")]


def test_the_landing_is_what_was_spent_and_what_is_to_come(reader: Reader) -> None:
    """Of the ten months so far ELM's eight and OAK's nine missing payrolls are taken at the rate.

    ELM 14,280 + 8 x 7,140, OAK 2,990 x 10; nine months' supplies 360 each; invoices as they came.
    """
    base = baseline_of(reader)
    assert (base.start, base.last, base.stop) == (
        date(2026, 1, 1), date(2026, 10, 1), date(2026, 12, 31),
    )  # fmt: skip
    spent = {(site, subject): v for (site, subject, _), v in base.so_far.items()}
    assert spent == {
        ("ELM", "staffing"): Decimal("71400.00"),
        ("OAK", "staffing"): Decimal("29900.00"),
        ("ELM", "supplies"): Decimal("3600.00"),
        ("ELM", "contracts"): Decimal("1200.00"),
        ("ELM", "facilities"): Decimal("240.00"),
    }
    ahead = 2 * (7140 + 2990 + 360 + 20) + 100 + 103
    assert base.landing("USD") == sum(spent.values()) + ahead
    assert any("26 months of sites have no whole cost" in note for note in base.notes)


def test_a_later_year_is_all_to_come_and_a_past_one_is_refused(reader: Reader) -> None:
    base = baseline_of(reader, year=2027)
    assert (base.start, base.so_far) == (date(2027, 1, 1), {})
    december = cell(base, "ELM", 12, "contracts")["amount"].to_list()
    assert december == [Decimal("106.09")]  # two rises of 3 %
    july = baseline_of(reader, fiscal=Fiscal(month=7))
    assert (july.start, july.stop) == (date(2026, 7, 1), date(2027, 6, 30))
    with pytest.raises(UsageProblem, match="fiscal year 2025 is over"):
        baseline_of(reader, year=2025)


def test_filters_keep_to_their_sites(reader: Reader) -> None:
    base = baseline_of(reader, {"region": ["South"]})
    assert {c.site for c in base.cells} == {"ELM"}
    assert {site for site, _, _ in base.so_far} == {"ELM"}


def test_a_home_without_cost_has_no_baseline(home: Path) -> None:
    small.sites(home)
    with pytest.raises(UsageProblem, match="No cost is known yet"):
        baseline_of(open_build(Home(home)))


# How much follows volume

ANSCOMBE = [
    (10, 8.04), (8, 6.95), (13, 7.58), (9, 8.81), (11, 8.33), (14, 9.96),
    (6, 7.24), (4, 4.26), (12, 10.84), (7, 4.82), (5, 5.68),
]  # fmt: skip


def test_the_share_is_that_of_a_published_regression() -> None:
    """Anscombe's first set (1973): y = 3.00 + 0.500 x, R² 0.667, mean x 9, mean y 7.50: 60 %."""
    fit = fitted(ANSCOMBE * 2)
    assert fit is not None
    assert float(fit.share) == pytest.approx(0.6, abs=1e-3)
    assert fit.r2 == pytest.approx(0.667, abs=1e-3)
    assert fit.good


def test_a_line_through_fixed_hours_and_slope() -> None:
    """40 hours whatever comes, and 2 a visit: at 10 visits on average a third is variable."""
    fit = fitted([(visits, 40 + 2 * visits) for visits in (4, 6, 8, 10, 12, 14, 16) * 2])
    assert fit is not None
    assert (float(fit.share), fit.r2) == (pytest.approx(1 / 3, abs=1e-4), pytest.approx(1))


@pytest.mark.parametrize(
    "pairs",
    [
        ANSCOMBE,  # eleven months are too few
        [(10.0, 5.0 + i) for i in range(12)],  # volume never varies
        [(float(i), 40.0 - i) for i in range(12)],  # hours fall as volume rises
    ],
)
def test_where_nothing_can_be_told_there_is_no_fit(pairs: list[tuple[float, float]]) -> None:
    assert fitted(pairs) is None


def test_a_loose_line_leaves_the_setting() -> None:
    loose = Elasticity(Fixed(), {"ELM": Fit(Fraction(9, 10), 0.3, 24)})
    assert loose.of("ELM", "staffing") == Fraction(4, 10)
    assert loose.of("ELM", "supplies") == Fraction(9, 10)
    assert loose.of("ELM", "contracts") == 0
    assert "no site's hours follow its volume" in loose.told(["ELM"])
    close = Elasticity(Fixed(), {"ELM": Fit(Fraction(9, 10), 0.8, 24)})
    assert close.of("ELM", "staffing") == Fraction(9, 10)
    assert close.told(["ELM"]).startswith("At 1 site 90\u202f% of labour follows volume")


# The flexible budget

BUDGET = """\
site,version,account,month,amount,volume
ELM,Original,staffing,2026-10-01,6000,1000
ELM,Original,supplies,2026-10-01,400,
ELM,Original,contracts,2026-10-01,450,
OAK,Original,staffing,2026-10-01,3000,
"""
VISITS = """\
site,date,measure,count
ELM,2026-10-01,visits,1200
"""


def test_the_budget_is_flexed_for_the_volume_that_came(reader: Reader, home: Path) -> None:
    """1,200 visits against 1,000: staffing follows with 40 %, supplies with 90 %.

    6,000 x 1.08 = 6,480 and 400 x 1.18 = 472. ELM's October cost 9,000 of staff (7,200 and 1,800
    agency), 360 of supplies, 500 of contracts; OAK's 2,990 has no budgeted volume.
    """
    small.load_all(home, {"budget.csv": BUDGET, "visits.csv": VISITS})
    flex = flex_budget(open_build(Home(home)), month_span(date(2026, 10, 1)))
    rows = {(r["site"], r["subject"]): r for r in flex.frame.to_dicts()}
    money = ("budget", "flexed", "actual", "volume", "spending")
    told = {key: tuple(int(row[name]) for name in money) for key, row in rows.items()}
    assert told == {
        ("ELM", "staffing"): (6000, 6480, 9000, 480, 2520),
        ("ELM", "supplies"): (400, 472, 360, 72, -112),
        ("ELM", "contracts"): (450, 450, 500, 0, 50),
        ("OAK", "staffing"): (3000, 3000, 2990, 0, -10),
    }
    assert rows["OAK", "staffing"]["why"] == "no volume was budgeted"
    assert rows["ELM", "contracts"]["why"] == "it does not follow volume"
    [whole] = flex.by().to_dicts()
    assert whole["volume"] + whole["spending"] == whole["actual"] - whole["budget"] == 3000


def test_parts_of_months_have_no_budget_to_flex(reader: Reader) -> None:
    with pytest.raises(UsageProblem, match="by month only"):
        flex_budget(reader, Period(date(2026, 10, 1), date(2026, 10, 15)))
