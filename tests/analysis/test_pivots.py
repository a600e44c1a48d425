"""A metric by two dimensions: every total is what the facts say, never a sum of what is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.analysis.pivots import TOTAL, Pivot, long_table, pivot
from pipelines.calendar import Period, month_span
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics import METRICS, find
from pipelines.metrics.ask import ask
from pipelines.metrics.compile import HIDDEN, SITE_DIMENSIONS
from pipelines.metrics.dimensions import (
    LEFT_OUT,
    OF_TABLE,
    TITLES,
    dimensions,
    no_budget,
    no_target,
    own_dimensions,
)
from pipelines.metrics.many import count_rows
from pipelines.metrics.rows import rows
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader, open_build
from tests.dashboard import small

# Overtime of worked hours: RN 10/100 in September, (5 + 20)/180 in October; LPN 0/50 and 0/20.
LABOR = """\
site,period_start,period_end,role,kind,pay_class,hours,amount
ELM,2026-09-01,2026-09-30,RN,employee,regular,90,3600
ELM,2026-09-01,2026-09-30,RN,employee,overtime,10,600
ELM,2026-09-01,2026-09-30,LPN,employee,regular,50,1500
OAK,2026-09-01,2026-09-30,Cook,employee,regular,,
ELM,2026-10-01,2026-10-31,RN,employee,regular,95,3800
ELM,2026-10-01,2026-10-31,RN,employee,overtime,5,300
OAK,2026-10-01,2026-10-31,RN,employee,regular,60,2400
OAK,2026-10-01,2026-10-31,RN,employee,overtime,20,1200
OAK,2026-10-01,2026-10-31,LPN,employee,regular,20,600
"""
STOCK = """\
site,as_of,item,item_name,quantity,unit,unit_cost,currency
OAK,2026-09-30,GLV,Gloves,10,box,10.00,USD
OAK,2026-09-30,GZE,Gauze,5,box,2.00,USD
OAK,2026-10-31,GLV,Gloves,4,box,10.00,USD
OAK,2026-10-31,GZE,Gauze,30,box,2.00,USD
ELM,2026-10-31,GLV,Gloves,7,box,10.00,USD
"""
SEPTEMBER, OCTOBER = month_span(date(2026, 9, 1)), month_span(date(2026, 10, 1))
BOTH = Period(SEPTEMBER.start, OCTOBER.stop)


@pytest.fixture
def reader(home: Path) -> Reader:
    texts = {
        "sites.csv": small.SITES,
        "labor.csv": LABOR.replace("OAK,2026-09-01,2026-09-30,Cook,employee,regular,,\n", ""),
        "stock.csv": STOCK,
    }
    small.load_all(home, texts)
    return open_build(Home(home))


def pivoted(
    reader: Reader,
    metric: str,
    rows: str,
    columns: str | None = None,
    compare: str | None = None,
    period: Period = BOTH,
) -> Pivot:
    def answered(by: tuple[str, ...]):
        return ask(reader, metric, period=period, by=by, compare=(compare,) if compare else ())

    return pivot(answered, find(metric), rows, columns, compare)


def test_totals_of_a_ratio_are_ratios_of_sums(reader: Reader) -> None:
    found = pivoted(reader, "overtime_share", "role", "month")
    assert found.row_keys == ("LPN", "RN")
    assert found.column_keys == (SEPTEMBER, OCTOBER)

    def value(row: object, column: object = TOTAL) -> float:
        figure = found.figure(row, column)
        assert figure.value is not None
        return float(figure.value)

    assert value("RN", SEPTEMBER) == 10 / 100
    assert value("RN", OCTOBER) == pytest.approx(25 / 180, abs=1e-12)
    assert value("LPN", SEPTEMBER) == 0
    assert value("RN") == 35 / 280
    assert value("LPN") == 0
    assert value(TOTAL, SEPTEMBER) == pytest.approx(10 / 150, abs=1e-12)
    assert value(TOTAL, OCTOBER) == 25 / 200
    assert value(TOTAL) == 35 / 350
    # Neither the mean of what is shown (0.0597) nor its sum (0.2389).
    assert found.figure(TOTAL).numerator == 35


def test_a_state_is_not_summed_over_months(reader: Reader) -> None:
    """Gloves 100 and gauze 10 in September; 40 + 70 and 60 in October: the total is October's."""
    found = pivoted(reader, "stock_value", "item_name", "month")
    money = "USD"
    assert found.currencies == (money,)
    assert found.figure("Gloves", SEPTEMBER, money).value == 100
    assert found.figure("Gloves", TOTAL, money).value == 110
    assert found.figure("Gauze", TOTAL, money).value == 60
    assert found.figure(TOTAL, SEPTEMBER, money).value == 110
    assert found.figure(TOTAL, TOTAL, money).value == 170


def test_what_did_not_arrive_is_not_zero_and_not_an_empty_cell(reader: Reader) -> None:
    found = pivoted(reader, "worked_hours", "site", "month")
    absent = found.figure("OAK", SEPTEMBER)
    assert absent.value is None
    assert absent.reason is not None
    assert found.figure("OAK", OCTOBER).value == 100
    by_role = pivoted(reader, "worked_hours", "role", "site")
    assert by_role.figure("LPN", "OAK").value == 20
    assert by_role.figure("Cook", "OAK").reason == "no such rows"


def test_the_gap_to_a_comparison(reader: Reader) -> None:
    found = pivoted(reader, "worked_hours", "role", None, "previous", OCTOBER)
    figure = found.figure("RN")
    assert (figure.value, figure.then, figure.gap) == (180, 100, 80)
    assert figure.change == pytest.approx(0.8)
    assert found.figure(TOTAL).gap == 200 - 150


def test_what_cannot_be_asked_is_one_sentence(reader: Reader) -> None:
    with pytest.raises(UsageProblem, match="Rows and columns are both role"):
        pivoted(reader, "overtime_share", "role", "role")
    with pytest.raises(UsageProblem, match="Month and quarter are both time"):
        pivoted(reader, "overtime_share", "month", "quarter")


def test_the_long_table_marks_its_totals(reader: Reader) -> None:
    table = long_table(pivoted(reader, "stock_value", "item_name", "month"))
    assert table["total"].to_list().count("all") == 1
    sums = {
        kind: table.filter(pl.col("total") == kind)["value"].sum() for kind in ("", "row", "column")
    }
    # Cells 100 + 10 + 110 + 60; rows 110 + 60; columns 110 + 170: three different questions.
    assert sums == {"": Decimal(280), "row": Decimal(170), "column": Decimal(280)}
    assert isinstance(table.schema["value"], pl.Decimal)


def test_rows_behind_a_cell_are_counted_beforehand(reader: Reader) -> None:
    where = {"role": ["RN"]}
    listed = rows(reader, "overtime_share", period=OCTOBER, where=where)
    # Four lines of worked hours, of which two are overtime and count twice.
    assert listed.height == 4
    assert count_rows(reader, "overtime_share", period=OCTOBER, where=where) == 6
    assert count_rows(reader, "worked_hours", period=BOTH) == 8


# The demo group: every total against the facts, added up by another engine.


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Reader:
    return open_build(Home(demo_home))


def test_every_total_of_a_demo_pivot_comes_from_the_facts(demo: Reader) -> None:
    period = month_span(date(2026, 8, 1), 3)
    facts = demo.query(
        "SELECT l.*, s.region FROM labor l JOIN sites s USING (site) "
        "WHERE l.date >= '2026-08-01' AND l.last <= '2026-10-31'"
    ).filter(pl.col("pay_class").is_in(["overtime", "double_time"]), pl.col("pay_class") != "")
    found = pivoted(demo, "overtime_pay", "region", "month", None, period)

    def paid(frame: pl.DataFrame) -> Decimal:
        return Decimal(frame["amount"].sum() or 0)

    total = found.figure(TOTAL, TOTAL, "USD").value
    assert total == paid(facts)
    assert total
    for region in found.row_keys:
        of_region = facts.filter(pl.col("region") == region)
        assert found.figure(region, TOTAL, "USD").value == paid(of_region)
        for month in found.column_keys:
            cell = of_region.filter(pl.col("date").is_between(month.start, month.stop))
            assert (found.figure(region, month, "USD").value or 0) == paid(cell)


def test_cells_of_a_sum_add_up_to_its_totals(demo: Reader) -> None:
    period = month_span(date(2026, 8, 1), 3)
    found = pivoted(demo, "total_cost", "site", "month", None, period)
    cells = [found.figure(r, c, "USD").value for r in found.row_keys for c in found.column_keys]
    assert (
        sum(cell for cell in cells if cell is not None) == found.figure(TOTAL, TOTAL, "USD").value
    )


# The registry of dimensions


@pytest.mark.parametrize("name", METRICS)
def test_every_column_of_a_metric_is_a_dimension_or_left_out_on_purpose(
    name: str, demo: Reader
) -> None:
    metric = find(name)
    table = metric.numerator.table
    columns = demo.columns[table] - HIDDEN - {*SITE_DIMENSIONS} - OF_TABLE.get(table, frozenset())
    assert columns - TITLES.keys() - LEFT_OUT == set()
    assert set(own_dimensions(metric, demo.columns)) == columns & TITLES.keys()
    titles = list(dimensions(metric, demo.columns, Fiscal()).values())
    assert len(set(titles)) == len(titles), "two choices have one title"


AskedBy = Callable[[tuple[str, ...]], str]


@pytest.mark.parametrize(
    ("metric", "used", "said"),
    [
        ("total_cost", ("site", "month", "subject"), ""),
        ("overtime_share", ("site",), "Overtime has no budget"),
        ("labor_cost", ("role",), "not by role"),
        ("total_cost", ("week",), "Budgets are set by month"),
    ],
)
def test_why_no_budget_stands_beside(metric: str, used: tuple[str, ...], said: str) -> None:
    found = no_budget(find(metric), used)
    assert said in found
    assert bool(found) is bool(said)


def test_why_no_target_stands_beside() -> None:
    overtime = find("overtime_share")
    assert no_target(overtime, ("site", "month"), known=True) == ""
    assert "Nobody has set a target for overtime" in no_target(overtime, (), known=False)
    assert "not by role" in no_target(overtime, ("role",), known=True)
