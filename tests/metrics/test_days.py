"""Months of different length, compared like for like; all days counted on a calendar by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.calendar import Period, month_span
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics import METRICS, Aggregation
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader
from tests.loading import load_text, rounds
from tests.metrics.conftest import Home6, Load

FEB24, FEB25, MAR25 = (
    month_span(date(year, month, 1)) for year, month in ((2024, 2), (2025, 2), (2025, 3))
)
# Presidents' Day.
US = Fiscal(holidays=(date(2024, 2, 19), date(2025, 2, 17)))
RETAIL = Fiscal("4-5-4", month=2, weekday="sunday", named_by="start")

SITES = """
site name      region kind         opened     closed
ELM  Elmwood   North  Clinic       2012-01-01 .
PIN  Pinecrest North  Clinic       2024-02-15 .
RIV  Riverside South  Nursing+home 2001-05-01 .
"""


@pytest.mark.parametrize(
    ("period", "working", "calendar"),
    [
        (FEB24, 21, 29),  # a leap year: 1 to 29 February, from a Thursday to a Thursday
        (FEB25, 20, 28),
        (MAR25, 21, 31),  # from a Saturday to a Monday
        (month_span(date(2026, 1, 1)), 22, 31),
        (Period(date(2024, 2, 17), date(2024, 2, 18)), 0, 2),  # a weekend
        (Period(date(2024, 2, 19), date(2024, 2, 19)), 1, 1),
        (month_span(date(2024, 1, 1), 12), 262, 366),
        (month_span(date(2025, 1, 1), 12), 261, 365),
        (RETAIL.year(2023), 265, 371),  # 53 weeks
        (RETAIL.year(2024), 260, 364),
    ],
)
def test_days_are_those_of_the_calendar(period: Period, working: int, calendar: int) -> None:
    assert Fiscal().days(period, "working", "Clinic") == working
    assert Fiscal().days(period, "calendar", "Clinic") == calendar
    assert Fiscal().days(period, "working", "nursing home") == calendar


def test_holidays_are_no_working_days_and_those_on_a_weekend_take_none() -> None:
    assert US.days(FEB24, "working", "Clinic") == 20
    twice = Fiscal(holidays=(date(2024, 2, 19), date(2024, 2, 19), date(2024, 2, 18)))
    assert twice.days(FEB24, "working", "Clinic") == 20
    assert US.days(FEB24, "working", "Hospital") == US.days(FEB24, "calendar", "Clinic") == 29


@pytest.fixture
def leap(load: Load) -> Reader:
    """ELM pays 1,000 a working day, RIV 1,000 a day, PIN 100 a working day since 15 February 2024.

    Working days of February: 21 in 2024, 20 in 2025; from the 15th on 11 in 2024.
    """
    return load(sites=SITES, labor="""
site period_start period_end role amount hours
ELM  2024-02-01   2024-02-29 RN   21000  210
PIN  2024-02-01   2024-02-29 RN   1100   11
RIV  2024-02-01   2024-02-29 RN   29000  290
ELM  2025-02-01   2025-02-28 RN   20000  200
PIN  2025-02-01   2025-02-28 RN   2000   20
RIV  2025-02-01   2025-02-28 RN   28000  280
""", volume="""
site date       grain measure       count
ELM  2024-02-01 month visits        400
ELM  2025-02-01 month visits        500
RIV  2024-02-01 month resident_days 300
RIV  2024-02-01 month visits        1
RIV  2025-02-01 month resident_days 280
RIV  2025-02-01 month visits        9
""", budget="""
site version month      account  amount
ELM  plan    2025-02-01 staffing 22000
""")  # fmt: skip


def test_a_cost_per_day_is_that_of_each_site_s_own_days(leap: Reader) -> None:
    answer = ask(
        leap, "labor_cost", period=FEB25, by=("site",), compare=("year",), per_day="working"
    )
    assert answer.per_day == "working"
    assert answer.frame.select("site", "value", "year").rows() == [
        ("ELM", 1000.0, 1000.0), ("PIN", 100.0, 100.0), ("RIV", 1000.0, 1000.0),
    ]  # fmt: skip
    whole = ask(leap, "labor_cost", period=FEB25, compare=("year",), per_day="working").frame
    assert whole.select("value", "year").row(0) == (2100.0, 2100.0)
    days = ask(leap, "labor_cost", period=FEB25, by=("region",), per_day="calendar").frame
    assert days["value"].to_list() == pytest.approx([22000 / 28, 1000.0])


def test_holidays_make_a_working_day_dearer(leap: Reader) -> None:
    """20,000 over 19 working days."""
    where = {"site": ["ELM"]}
    answer = ask(
        leap, "labor_cost", period=FEB25, where=where, compare=("budget",), per_day="working",
        fiscal=US,
    )  # fmt: skip
    assert answer.value == pytest.approx(20000 / 19)
    assert float(answer.frame["budget"].item()) == pytest.approx(22000 / 19, abs=1e-4)
    assert float(answer.frame["gap"].item()) == pytest.approx(-2000 / 19, abs=1e-4)


def test_a_gap_per_day_is_of_each_site_s_own_days(load: Load) -> None:
    """ELM has 20 working days of February 2025, RIV 28: 22,000 / 20 + 28,280 / 28 = 2,110 planned,
    and -2,000 / 20 - 280 / 28 = -110 apart. A share of all days would say -95.68."""
    reader = load(sites=SITES, labor="""
site period_start period_end role amount hours
ELM  2025-02-01   2025-02-28 RN   20000  200
RIV  2025-02-01   2025-02-28 RN   28000  280
""", budget="""
site version month      account  amount
ELM  plan    2025-02-01 staffing 22000
RIV  plan    2025-02-01 staffing 28280
""")  # fmt: skip
    answer = ask(
        reader, "labor_cost", period=FEB25, compare=("budget",), per_day="working"
    )  # fmt: skip
    assert answer.value == 2000
    assert answer.frame.select("budget", "gap").row(0) == (Decimal(2110), Decimal(-110))


def test_a_role_s_hours_per_day_are_of_the_days_of_its_sites(leap: Reader) -> None:
    frame = ask(leap, "paid_hours", period=FEB25, by=("role",), per_day="working").frame
    assert frame.select("role", "value").rows() == [("RN", 10 + 1 + 10)]


def test_this_february_at_last_february_s_days(leap: Reader) -> None:
    """ELM 20,000 × 21 / 20, PIN 2,000 × 11 / 20, RIV 28,000 × 29 / 28: nothing got dearer."""
    answer = ask(leap, "labor_cost", period=FEB25, compare=("year",), adjust="working")
    assert answer.frame.select("value", "year", "year_like").row(0) == (50000, 51100, 51100.0)


def test_this_february_at_last_february_s_volume(leap: Reader) -> None:
    """ELM 20,000 × 400 / 500 visits, RIV 28,000 × 300 / 280 resident days; PIN counts none."""
    frame = ask(
        leap, "labor_cost", period=FEB25, by=("site",), compare=("year",), adjust="volume"
    ).frame
    found = dict(frame.select("site", "year_like").iter_rows())
    assert found == pytest.approx({"ELM": 16000, "PIN": 2000, "RIV": 30000})
    nurses = ask(
        leap, "labor_cost", period=FEB25, where={"role": ["RN"], "site": ["ELM"]},
        compare=("year",), adjust="volume",
    ).frame  # fmt: skip
    assert nurses["year_like"].item() == pytest.approx(16000)


def test_the_53rd_week_is_no_growth(load: Load) -> None:
    """Ten visits a day: 35 days in the last period of 2023, with its 53rd week, 28 of 2024's."""
    days = [date(2023, 12, 31) + timedelta(step) for step in range(400)]
    reader = load(sites="site name\nELM Elmwood", volume=[
        {"site": "ELM", "date": day, "grain": "day", "measure": "visits", "count": 10}
        for day in days
    ])  # fmt: skip
    last = RETAIL.named("FY2024-P12")
    assert (last, RETAIL.named("FY2023-P12")) == (
        Period(date(2025, 1, 5), date(2025, 2, 1)), Period(date(2023, 12, 31), date(2024, 2, 3)),
    )  # fmt: skip
    plain = ask(reader, "visits", period=last, compare=("year",), fiscal=RETAIL).frame
    assert plain.select("value", "year").row(0) == (280, 350)
    daily = ask(
        reader, "visits", period=last, compare=("year",), fiscal=RETAIL, per_day="calendar"
    ).frame
    assert daily.select("value", "year").row(0) == (10.0, 10.0)
    like = ask(
        reader, "visits", period=last, compare=("year",), fiscal=RETAIL, adjust="calendar"
    ).frame
    assert like["year_like"].item() == pytest.approx(350)


def test_a_site_that_did_not_send_has_no_value_per_day_either(load: Load) -> None:
    reader = load(sites=SITES, labor="""
site period_start period_end amount hours
ELM  2025-01-01   2025-01-31 1000   10
RIV  2025-01-01   2025-01-31 1000   10
ELM  2025-02-01   2025-02-28 1000   10
""")  # fmt: skip
    frame = ask(reader, "labor_cost", period=FEB25, by=("site",), per_day="working").frame
    told = {row["site"]: (row["value"], row["reason"]) for row in frame.iter_rows(named=True)}
    assert told == {"ELM": (50.0, None), "RIV": (None, "pay did not arrive")}


@pytest.mark.parametrize(
    ("metric", "asked", "said"),
    [
        ("overtime_share", {"per_day": "working"}, "does not grow with the days of a month"),
        ("open_issues", {"adjust": "working", "compare": ("year",)}, "does not grow with"),
        ("labor_cost", {"per_day": "weekly"}, "no such adjustment"),
        ("labor_cost", {"adjust": "census", "compare": ("year",)}, "no such adjustment"),
        ("labor_cost", {"adjust": "volume", "compare": ("budget",)}, "Say which period's days"),
        ("labor_cost", {"per_day": "working", "compare": ("target",)}, "has no target"),
    ],
)
def test_what_can_t_be_adjusted_is_refused(
    group: Home6, metric: str, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageProblem, match=said):
        ask(group.after, metric, period=FEB25, **asked)  # type: ignore[arg-type]


SUMS = [n for n, m in METRICS.items() if m.aggregation is Aggregation.SUM]


@pytest.mark.parametrize("metric", SUMS)
def test_every_sum_can_be_told_per_day(group: Home6, metric: str) -> None:
    """A site's value per calendar day is its value over 31 days."""
    period = month_span(date(2025, 3, 1))
    where = {"site": ["ELM"]}
    plain = ask(group.after, metric, period=period, where=where).frame
    daily = ask(group.after, metric, period=period, where=where, per_day="calendar").frame
    for value, per_day in zip(plain["value"], daily["value"], strict=True):
        assert per_day == (None if value is None else pytest.approx(float(value) / 31))


def test_the_command_takes_both_and_the_settings_name_holidays(home: Path) -> None:
    load_text(home, "site,name,kind\nELM,Elmwood,Clinic\n", "sites.csv")
    head = "site,period_start,period_end,amount\n"
    load_text(home, f"{head}ELM,2025-02-01,2025-02-28,19000\nELM,2024-02-01,2024-02-29,20000\n")
    (home / "settings.toml").write_text(
        "[calendar]\nholidays = [2024-02-19, 2025-02-17]\nalways_open = []\n", encoding="utf-8"
    )
    assert Home(home).group().calendar == Fiscal(holidays=US.holidays, always_open=())
    rounds("publish")
    asked = ("kpi", "labor_cost", "--from", "2025-02-01", "--to", "2025-02-28")
    daily = rounds(*asked, "--per-day", "working")
    assert "Labour cost, Feb 2025, per working day" in daily.stdout
    assert " 1000.0 " in daily.stdout
    like = rounds(*asked, "--compare", "year", "--adjust", "working", "--format", "csv")
    assert "20000.0" in like.stdout.splitlines()[1].split(",")
    (home / "settings.toml").write_text('[calendar]\nholidays = ["Easter"]\n', encoding="utf-8")
    assert "which must be a list in brackets" in rounds(*asked).stderr
