"""What lies behind a number: the same rows, summed by the database and read in pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.calendar import Period, month_span
from pipelines.errors import UsageProblem
from pipelines.metrics import METRICS
from pipelines.metrics.behind import behind
from pipelines.metrics.rows import rows
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Home6, Load

OCTOBER = month_span(date(2026, 10, 1))
SITES = """
site name region
ELM  Elm  North
OAK  Oak  South
"""
MOVES = """
site date       reference item kind  quantity unit_cost currency
ELM  2026-10-02 1         GLV  issue 10       2.50      USD
ELM  2026-10-09 2         GLV  issue 4        2.50      USD
OAK  2026-10-03 3         GZE  issue 3        100.00    USD
OAK  2026-09-30 4         GZE  issue 9        100.00    USD
"""


@pytest.fixture
def small(load: Load) -> Reader:
    return load(sites=SITES, supply_moves=MOVES)


def total(frame: pl.DataFrame, side: str) -> float:
    return float(frame[side].cast(pl.Float64).sum())


def test_the_largest_rows_stand_first(small: Reader) -> None:
    """October: 3 x 100 = 300 at OAK, 10 x 2.50 = 25 and 4 x 2.50 = 10 at ELM."""
    found = behind(small, "supply_burn", period=OCTOBER)
    assert found.page()["numerator"].to_list() == [Decimal(300), Decimal(25), Decimal(10)]
    assert found.page(1, 1)["numerator"].to_list() == [Decimal(25)]
    assert found.page(order="file")["record"].to_list() == [2, 3, 4]  # 1 is the headings
    assert found.page(3).is_empty()


def test_sums_are_by_file_site_and_month(load: Load) -> None:
    """Posts at ELM: 2 of 10 nurses' and 1 of 3 aides' are empty; each row is a part of both."""
    reader = load(sites=SITES, positions="""
        site as_of      role  budgeted filled
        ELM  2026-10-31 RN    10       8
        ELM  2026-10-31 Aide  3        2
        OAK  2026-10-31 RN    4        4
    """)  # fmt: skip
    sums = behind(reader, "vacancy_rate", period=OCTOBER).sums()
    told = sums.select("feed", "site", "month", "rows", "numerator", "denominator").rows()
    first = date(2026, 10, 1)
    assert told == [
        ("positions", "ELM", first, 2, Decimal(3), Decimal(13)),
        ("positions", "OAK", first, 1, Decimal(0), Decimal(4)),
    ]


def test_a_scope_keeps_its_own_rows(small: Reader) -> None:
    found = behind(small, "supply_burn", period=OCTOBER, where={"region": ["North"]})
    assert found.all()["site"].to_list() == ["ELM", "ELM"]
    with pytest.raises(UsageProblem, match="no dimension colour"):
        behind(small, "supply_burn", period=OCTOBER, where={"colour": ["red"]})


@pytest.mark.parametrize("metric", METRICS)
def test_pages_and_sums_hold_the_rows_of_every_metric(metric: str, group: Home6) -> None:
    """Both come to what `rows()` finds, which other tests hold to the number itself."""
    months = Period(date(2025, 10, 1), date(2026, 3, 31))
    every = rows(group.after, metric, period=months)
    found = behind(group.after, metric, period=months)
    pages = [found.page(first, 400) for first in range(0, max(1, every.height), 400)]
    sums = found.sums()
    counts: list[Any] = [every.height, int(sums["rows"].sum()), sum(p.height for p in pages)]
    assert len(set(counts)) == 1, counts
    assert pages[0].columns == every.columns
    for side in ("numerator", "denominator"):
        wanted = pytest.approx(total(every, side))
        assert total(sums, side) == wanted
        assert sum(total(page, side) for page in pages) == wanted


def test_rows_as_of_a_load_are_those_known_then(group: Home6) -> None:
    """The second batch restates the first half of November at ELM."""
    november = month_span(date(2025, 11, 1))
    where = {"site": ["ELM"]}
    then = behind(group.after, "labor_cost", period=november, where=where, as_of=group.first)
    before = rows(group.before, "labor_cost", period=november, where=where)
    now = behind(group.after, "labor_cost", period=november, where=where)
    assert then.all()["numerator"].sum() == before["numerator"].sum()
    assert now.all()["numerator"].sum() != before["numerator"].sum()


@pytest.mark.parametrize("site", ["ELM", "no'where"])
def test_the_costs_of_a_site_are_those_among_all(site: str, group: Home6) -> None:
    months = Period(date(2025, 10, 1), date(2025, 12, 31))
    every = rows(group.after, "total_cost", period=months)
    own = behind(group.after, "total_cost", period=months, where={"site": [site]}).all()
    assert own["numerator"].sum() == every.filter(pl.col("site") == site)["numerator"].sum()
