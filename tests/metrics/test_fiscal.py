"""Fiscal calendars against dates that others publish, and that their parts make up the whole."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.fiscal import KINDS, Fiscal
from pipelines.metrics.ask import ask
from pipelines.metrics.rows import rows
from pipelines.settings import Home
from tests.loading import rounds
from tests.metrics.conftest import Home6

NRF = Fiscal("4-5-4", month=2, weekday="sunday", named_by="start")
JULY = Fiscal(month=7)


@pytest.mark.parametrize(
    ("year", "first", "last", "weeks"),
    [  # National Retail Federation, 4-5-4 calendars
        (2017, date(2017, 1, 29), date(2018, 2, 3), 53),
        (2018, date(2018, 2, 4), date(2019, 2, 2), 52),
        (2022, date(2022, 1, 30), date(2023, 1, 28), 52),
        (2023, date(2023, 1, 29), date(2024, 2, 3), 53),
        (2024, date(2024, 2, 4), date(2025, 2, 1), 52),
        (2025, date(2025, 2, 2), date(2026, 1, 31), 52),
    ],
)
def test_years_of_weeks_are_those_of_the_retail_calendar(
    year: int, first: date, last: date, weeks: int
) -> None:
    assert NRF.year(year) == Period(first, last)
    assert NRF.year(year).days == 7 * weeks
    assert NRF.number(first) == NRF.number(last) == year


def test_the_53rd_week_belongs_to_the_last_period() -> None:
    """February 2023 has four weeks from the 29th of January, January 2024 five and not four."""
    periods = NRF.periods(2023)
    assert [p.days // 7 for p in periods] == [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5]
    assert periods[0] == Period(date(2023, 1, 29), date(2023, 2, 25))
    assert periods[-1] == Period(date(2023, 12, 31), date(2024, 2, 3))
    assert NRF.quarters(2023)[1] == Period(date(2023, 4, 30), date(2023, 7, 29))


def test_a_fiscal_year_of_months_is_named_by_its_end_or_its_start() -> None:
    assert JULY.year(2026) == Period(date(2025, 7, 1), date(2026, 6, 30))
    assert Fiscal(month=7, named_by="start").year(2025) == JULY.year(2026)
    assert Fiscal().year(2024) == Period(date(2024, 1, 1), date(2024, 12, 31))
    assert JULY.named("FY2024-P08") == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert JULY.named("FY2026-Q1") == Period(date(2025, 7, 1), date(2025, 9, 30))


@given(
    st.sampled_from(KINDS),
    st.integers(1, 12),
    st.sampled_from(["monday", "sunday", "friday"]),
    st.sampled_from(["end", "start"]),
    st.dates(date(1990, 1, 1), date(2060, 12, 31)),
)
def test_every_day_is_in_one_year_and_its_parts_are_the_year(
    kind: str, month: int, weekday: str, named_by: str, day: date
) -> None:
    fiscal = Fiscal(kind, month, weekday, named_by)
    year = fiscal.year(fiscal.number(day))
    assert year.start <= day <= year.stop
    assert fiscal.year(fiscal.number(day) + 1).start == year.stop + timedelta(1)
    assert year.days in ((365, 366) if kind == "months" else (364, 371))
    for parts in (fiscal.periods, *(() if kind == "13x4" else (fiscal.quarters,))):
        found = parts(fiscal.number(day))
        assert (found[0].start, found[-1].stop) == (year.start, year.stop)
        assert all(a.stop + timedelta(1) == b.start for a, b in pairwise(found))
    assert day in span(fiscal.around(day, "fiscal_period"))


def span(period: Period) -> list[date]:
    return [period.start + timedelta(n) for n in range(period.days)]


def test_a_period_is_compared_with_the_one_of_its_name() -> None:
    third = NRF.named("FY2024-P03")
    assert NRF.shifted(third, "year") == NRF.named("FY2023-P03")
    assert NRF.shifted(third, "previous") == NRF.named("FY2024-P02")
    assert NRF.shifted(NRF.year(2024), "year") == NRF.year(2023)
    pay = Fiscal(pay_start=date(2026, 10, 9))
    fortnight = pay.around(date(2026, 10, 15), "pay_period")
    assert fortnight == Period(date(2026, 10, 9), date(2026, 10, 22))
    assert pay.shifted(fortnight, "previous") == Period(date(2026, 9, 25), date(2026, 10, 8))
    assert pay.shifted(fortnight, "year") == Period(date(2025, 10, 10), date(2025, 10, 23))


@pytest.mark.parametrize("name", ["2026", "FY26", "FY2026-Q5", "FY2026-P13", "FY2026-X1", "FY"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageProblem, match="write FY2026"):
        JULY.named(name)


def test_thirteen_periods_have_no_quarters() -> None:
    thirteen = Fiscal("13x4", month=1)
    assert len(thirteen.periods(2026)) == 13
    with pytest.raises(UsageProblem, match="no quarters"):
        thirteen.quarters(2026)


@pytest.mark.parametrize("kind", ["4-4-5", "13x4"])
@pytest.mark.parametrize("metric", ["paid_hours", "visits", "supply_burn", "spend"])
def test_the_fiscal_periods_of_a_year_sum_to_it(group: Home6, kind: str, metric: str) -> None:
    """Also where pay periods span their ends: each has its share, by days."""
    fiscal = Fiscal(kind, month=1)
    year = fiscal.year(2025)
    parts = ask(group.after, metric, period=year, by=("fiscal_period",), fiscal=fiscal).frame
    assert parts["start"].n_unique() == (13 if kind == "13x4" else 12)
    assert (
        parts["numerator"].sum() == ask(group.after, metric, period=year).frame["numerator"].sum()
    )


def test_the_rows_behind_a_fiscal_period_are_its_own(group: Home6) -> None:
    """By 4-4-5 weeks the first period of 2025 ends on the 25th of January, and not on the 31st."""
    fiscal = Fiscal("4-4-5")
    year = fiscal.year(2025)
    assert fiscal.periods(2025)[0] == Period(date(2024, 12, 29), date(2025, 1, 25))
    by = ("fiscal_period",)
    answer = ask(group.after, "visits", period=year, by=by, fiscal=fiscal).frame
    found = rows(group.after, "visits", period=year, by=by, fiscal=fiscal)
    sums = dict(found.group_by("start").agg(pl.col("numerator").sum()).iter_rows())
    assert sums == dict(answer.filter(pl.col("numerator") > 0).select("start", "numerator").rows())


def test_a_period_is_named_or_bounded_and_not_both() -> None:
    told = rounds("kpi", "visits", "--period", "FY2025", "--from", "2025-01-01", "--home", "none")
    assert told.exit_code == 2


def test_the_calendar_stands_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        'fiscal_start = 2\n[calendar]\nkind = "4-5-4"\nnamed_by = "start"\n'
        "pay_start = 2026-10-09\n",
        encoding="utf-8",
    )
    assert Home(tmp_path).group().calendar == Fiscal(
        "4-5-4", 2, "sunday", "start", date(2026, 10, 9)
    )
    for faulty, said in (
        ('kind = "4-4-4"', "is one of months, 4-4-5"),
        ("pay_days = 0", "is 1 or more"),
        ('pay_start = "soon"', "must be a day as 2026-10-09"),
        ("weeks = 4", "unknown entry `calendar.weeks`"),
    ):
        (tmp_path / "settings.toml").write_text(f"[calendar]\n{faulty}\n", encoding="utf-8")
        result = rounds("kpi", "visits", "--home", tmp_path)
        assert said in result.stderr or said in result.stdout
