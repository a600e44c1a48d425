"""Supplies against their budget: what volume earns, and the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.causes.supplies_budget import flexed, supplies_against_budget
from pipelines.calendar import Period, month_span
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.metrics.conftest import Load, load

__all__ = ["load"]

D = Decimal


def test_ten_per_cent_more_visits_earn_ten_per_cent_more() -> None:
    """1,000 for 100 visits; 110 came, which earn 1,100; 1,250 were used: 150 more than that."""
    assert flexed(D(1000), D(1250), D(100), D(110)) == {"volume": 100, "per_visit": 150}


@pytest.mark.parametrize(("planned", "counted"), [(None, D(110)), (D(0), D(110)), (D(100), None)])
def test_without_volume_nothing_is_flexed(planned: Decimal | None, counted: Decimal | None) -> None:
    assert flexed(D(1000), D(1250), planned, counted) == {"unflexed": 250}


MONEY = st.decimals(-(10**7), 10**7, places=2)
VOLUME = st.none() | st.decimals(0, 10**6, places=1)


@given(MONEY, MONEY, VOLUME, VOLUME)
def test_the_parts_are_the_gap(
    budget: Decimal, actual: Decimal, planned: Decimal | None, counted: Decimal | None
) -> None:
    parts = flexed(budget, actual, planned, counted)
    assert sum(parts.values()) == Fraction(actual) - Fraction(budget)


def test_the_volume_of_a_month_stands_beside_its_staffing(load: Load) -> None:
    """ELM planned 31 visits and had 62: 500 earn 1,000, and 900 were used. OAK planned none."""
    days = [f"2026-10-{day:02}" for day in range(1, 32)]
    reader = load(
        sites="site name\nELM Elmwood\nOAK Oakdale",
        volume="site date measure count\n"
        + "\n".join(f"{site} {day} visits 2" for site in ("ELM", "OAK") for day in days),
        supply_moves="site date reference item kind quantity unit_cost\n"
        + "\n".join(
            f"{site} {day} {site}{day} GLV issue {10 if day == days[-1] else 1} 22.50"
            for site in ("ELM", "OAK")
            for day in days
        ),
        budget="""
            site version account  month      amount volume
            ELM  FY      supplies 2026-10-01 500    .
            ELM  FY      staffing 2026-10-01 9000   31
            OAK  FY      supplies 2026-10-01 500    .
        """,
    )
    october = month_span(date(2026, 10, 1))
    bridges = supplies_against_budget(reader, october).bridges("site")
    assert dict(bridges["USD", "ELM"].parts) == {
        "volume": D(500), "per_visit": D(-100), "unflexed": None,
    }  # fmt: skip
    assert dict(bridges["USD", "OAK"].parts) == {
        "volume": None, "per_visit": None, "unflexed": D(400),
    }  # fmt: skip
    assert (
        supplies_against_budget(reader, october, {"site": ["OAK"]}).bridges()["USD",].total == 400
    )
    with pytest.raises(UsageProblem, match="can't be chosen by item"):
        supplies_against_budget(reader, october, {"item": ["GLV"]})


def test_the_demo_group_s_supplies_are_over_by_use_at_the_drifting_site(demo_home: Path) -> None:
    """The gap is that of the measure, and what a visit takes is dearest at Pine Ridge."""
    reader = open_build(Home(demo_home))
    year = Period(date(2026, 1, 1), date(2026, 10, 31))
    compared = supplies_against_budget(reader, year)
    [(_, whole)] = compared.bridges().items()
    gap = ask(reader, "budget_variance", period=year, where={"subject": ["supplies"]}).value
    assert whole.total == gap
    by_site = compared.bridges("site_name")
    worst = max(by_site, key=lambda key: by_site[key].parts["per_visit"] or 0)
    assert worst == ("USD", "Pine Ridge Clinic")
