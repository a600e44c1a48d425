"""The rows behind a number add up to it, for every metric, at every date, with the file of each."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.calendar import Period, month_span
from pipelines.metrics import METRICS, Aggregation
from pipelines.metrics.ask import ask
from pipelines.metrics.rows import rows
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader, open_build

LATE = month_span(date(2026, 10, 1), 2)  # of which some are still open
MEDIANS = (Aggregation.DISTRIBUTION, Aggregation.SURVIVAL)
ADDED = [n for n, m in METRICS.items() if m.aggregation not in MEDIANS]
SPAN = Period(date(2026, 7, 1), date(2026, 9, 30))
DAYS = Period(date(2026, 8, 5), date(2026, 9, 9))
MONTHLY = {n for n, m in METRICS.items() if m.numerator.monthly}


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Reader:
    return open_build(Home(demo_home))


def total(frame: pl.DataFrame, side: str, keys: list[str]) -> dict[tuple[object, ...], object]:
    """The sum of a side by the keys, without the groups that hold nothing."""
    if side not in frame.columns:
        return {}
    kept = frame.filter(pl.col(side).is_not_null())
    if not keys:
        return {(): kept[side].sum()} if kept.height else {}
    summed = kept.group_by(keys).agg(pl.col(side).sum())
    return {row[:-1]: row[-1] for row in summed.select(*keys, side).iter_rows() if row[-1]}


def same(one: dict[tuple[object, ...], object], two: dict[tuple[object, ...], object]) -> bool:
    if one.keys() != two.keys():
        return False
    for key, value in one.items():
        if isinstance(value, float) or isinstance(two[key], float):
            if float(value) != pytest.approx(float(two[key]), rel=1e-9):  # type: ignore[arg-type]
                return False
        elif value != two[key]:
            return False
    return True


@pytest.mark.parametrize("metric", ADDED)
@pytest.mark.parametrize(
    ("by", "where"),
    [
        ((), {}),
        (("site", "month"), {}),
        (("region",), {"site_kind": ["Clinic", "Nursing home"]}),
    ],
)
def test_the_rows_of_a_number_add_up_to_it(
    demo: Reader, metric: str, by: tuple[str, ...], where: dict[str, list[str]]
) -> None:
    answer = ask(demo, metric, period=SPAN, by=by, where=where).frame
    found = rows(demo, metric, period=SPAN, by=by, where=where)
    keys = [k for k in ("site", "region", "start", "currency") if k in answer.columns]
    keys = [k for k in keys if k in found.columns and (k in by or k in ("start", "currency"))]
    assert same(total(found, "numerator", keys), total(answer, "numerator", keys))
    assert same(total(found, "denominator", keys), total(answer, "denominator", keys))


@pytest.mark.parametrize("metric", [n for n in ADDED if n not in MONTHLY])
def test_the_rows_of_days_within_months_add_up_too(demo: Reader, metric: str) -> None:
    answer = ask(demo, metric, period=DAYS).frame
    found = rows(demo, metric, period=DAYS)
    keys = [k for k in ("start", "currency") if k in answer.columns]
    assert same(total(found, "numerator", keys), total(answer, "numerator", keys))
    assert same(total(found, "denominator", keys), total(answer, "denominator", keys))


@pytest.mark.parametrize("metric", ["labor_cost", "total_cost", "budget_variance", "supply_burn"])
def test_the_rows_of_what_was_known_then_add_up_too(demo: Reader, metric: str) -> None:
    last = int(demo.query("SELECT max(event) AS e FROM loads")["e"][0])
    for as_of in (last - 1, last // 2):
        answer = ask(demo, metric, period=SPAN, as_of=as_of).frame
        found = rows(demo, metric, period=SPAN, as_of=as_of)
        assert same(total(found, "numerator", []), total(answer, "numerator", []))


def test_a_row_names_its_file_and_its_record(demo: Reader) -> None:
    found = rows(demo, "overtime_share", period=SPAN, where={"site": ["BRN"]})
    assert set(found["feed"]) == {"labor"}
    assert found["path"].str.starts_with("paychex_").all()
    both = found.filter(pl.col("numerator").is_not_null())
    # Overtime is worked time: such a row is a part of both.
    assert (both["numerator"] == both["denominator"]).all()
    assert both.height < found.height
    row = both.row(0, named=True)
    facts = demo.query(
        "SELECT sum(hours) AS h FROM labor WHERE load = ? AND record = ? AND fact = ? AND "
        "month BETWEEN ? AND ?",
        [row["load"], row["record"], row["fact"], SPAN.start, SPAN.stop],
    )
    assert facts["h"][0] == row["numerator"]


def test_no_worker_is_in_the_rows(demo: Reader) -> None:
    found = rows(demo, "labor_cost", period=SPAN, where={"site": ["BRN"]})
    workers = set(
        demo.query("SELECT DISTINCT worker FROM labor WHERE worker IS NOT NULL")["worker"]
    )
    assert workers
    text = " ".join(found["what"].to_list())
    assert not any(worker in text for worker in workers)
    assert "worker" not in found.columns


def test_the_rows_of_a_median_are_the_single_values(demo: Reader) -> None:
    found = rows(demo, "open_issue_age", period=SPAN)
    ages = sorted(found["numerator"].to_list())
    middle = len(ages) // 2
    median = ages[middle] if len(ages) % 2 else (ages[middle - 1] + ages[middle]) / 2
    value = ask(demo, "open_issue_age", period=SPAN).value
    assert Decimal(str(median)) == Decimal(str(value))


def test_the_rows_of_a_median_time_are_the_repairs_with_their_days(demo: Reader) -> None:
    found = rows(demo, "time_to_repair", period=LATE)
    raised = ask(demo, "issues_opened", period=LATE).value
    assert found.height == raised
    done = found.filter(found["numerator"] >= 0)
    assert 0 < done.height < found.height
    assert ask(demo, "time_to_repair", period=LATE).value in done["numerator"].to_list()
