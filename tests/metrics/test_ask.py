"""The door to numbers: grains, comparisons, coverage, vintages, roll-ups, and what it refuses."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.calendar import GRAINS, Period, month_span
from pipelines.errors import UsageProblem
from pipelines.ingest.run import ingest
from pipelines.metrics import METRICS, Aggregation, horizon
from pipelines.metrics.ask import COMPARISONS, Missing, ask
from pipelines.metrics.compile import SITE_DIMENSIONS, Scope, column_of, compile_metric
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader, open_build
from pipelines.warehouse.record import Record
from tests.conftest import ROOT
from tests.metrics import by_hand
from tests.metrics.conftest import Home6, Load
from tests.metrics.group import final_rows

ALL = Period(date(2025, 1, 1), date(2026, 3, 31))
AUGUST = month_span(date(2025, 8, 1))
MONTHLY = [name for name, metric in METRICS.items() if metric.numerator.monthly]
ROLLED = [
    name
    for name, metric in METRICS.items()
    if metric.numerator.rolled or metric.numerator.table in ("spend", "volume")
]
ADDED = [
    name
    for name, metric in METRICS.items()
    if metric.aggregation in (Aggregation.SUM, Aggregation.SNAPSHOT)
]


def dimensions(reader: Reader, metric: str) -> list[str]:
    """Every dimension that a metric has."""
    columns = reader.columns[METRICS[metric].numerator.table]
    own = sorted(n for n in columns if column_of(n, columns) and n not in ("site", *GRAINS))
    return [*SITE_DIMENSIONS, *own]


# Grains


@pytest.mark.parametrize("metric", ["visits", "paid_hours", "supply_burn", "issues_opened"])
@pytest.mark.parametrize("grain", GRAINS)
def test_the_parts_of_a_span_add_up_to_it(group: Home6, metric: str, grain: str) -> None:
    span = Period(date(2025, 9, 10), date(2025, 12, 9))
    parts = ask(group.after, metric, period=span, by=(grain,)).frame
    whole = ask(group.after, metric, period=span).frame
    assert set(parts["start"]) == {part.start for part in span.split(grain)}
    assert parts["value"].sum() == whole["value"].sum()


def test_days_are_those_of_the_rows(group: Home6) -> None:
    span = Period(date(2025, 2, 3), date(2025, 2, 6))
    frame = ask(group.after, "supply_burn", period=span, by=("day",), where={"site": ["ELM"]}).frame
    # Only the 4th has an issue: 3 × (10 + 0 + 1) gloves at 7.10.
    assert frame["value"].to_list() == [0, Decimal("234.30"), 0, 0]


def test_a_ratio_by_week_keeps_to_weeks_that_have_both(group: Home6) -> None:
    span = Period(date(2026, 3, 30), date(2026, 4, 5))
    frame = ask(group.after, "hours_per_visit", period=span, by=("site", "month")).frame
    assert frame.filter(start=date(2026, 4, 1))["value"].is_null().all()


# Coverage


def test_missing_names_site_month_and_need(group: Home6) -> None:
    answer = ask(group.after, "labor_cost", period=ALL)
    assert answer.missing == (
        Missing("RIV", date(2025, 8, 1), "labor.pay"),
        Missing("RIV", date(2025, 10, 1), "labor.pay"),
    )
    scoped = ask(group.after, "labor_cost", period=ALL, where={"region": ["North"]})
    assert scoped.missing == ()


def test_expected_and_present_are_counted_in_the_row_s_own_region(group: Home6) -> None:
    frame = ask(group.after, "labor_cost", period=AUGUST, by=("region",)).frame
    assert frame.select("region", "expected", "present").rows() == [
        ("Canada", 1, 1),
        ("North", 2, 2),
        ("South", 2, 1),
    ]


def test_a_site_without_its_payroll_has_no_cost_but_a_part_of_it(group: Home6) -> None:
    frame = ask(group.after, "labor_cost", period=AUGUST, by=("site",)).frame
    riv = frame.filter(site="RIV").row(0, named=True)
    assert (riv["value"], riv["reason"]) == (None, "pay did not arrive")
    # Agency timesheets of August: 6,400 + 40 × 7.
    assert riv["numerator"] == Decimal(6680)


def test_provisional_sites_count_like_others(tmp_path: Path) -> None:
    """Two trusts that only an A&E file names; no register knows them."""
    home = Home(tmp_path / "home")
    with Record.open(home) as record:
        ingest(record, [ROOT / "tests" / "exports" / "nhs_ae"])
        publish(record)
    reader = open_build(home)
    known = reader.query("SELECT count(*) AS n FROM sites WHERE provisional AND site NOT LIKE '~%'")
    (month,) = horizon.known_months(reader)
    answer = ask(reader, "visits", period=month_span(month), by=("site",))
    assert answer.frame.height == known["n"][0] > 0
    assert answer.missing == ()
    total = ask(reader, "visits", period=month_span(month))
    assert total.value == answer.frame["value"].sum() > 0


def test_the_latest_month_is_the_last_whole_one(group: Home6) -> None:
    # One site's pay period reaches into April 2026.
    assert date(2026, 4, 1) in horizon.known_months(group.after, ["labor"])
    assert horizon.latest_month(group.after) == date(2026, 3, 1)
    assert horizon.latest_month(group.after, ["labor", "volume.visits"]) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("loaded", "latest", "day"),
    [
        (date(2026, 3, 26), date(2026, 2, 1), date(2026, 3, 26)),  # five days are still to come
        (date(2026, 4, 2), date(2026, 3, 1), date(2026, 3, 31)),  # a Thursday's file, to the 26th
    ],
)
def test_a_month_that_is_not_over_is_not_whole(
    load: Load, monkeypatch: pytest.MonkeyPatch, loaded: date, latest: date, day: date
) -> None:
    """Counts by day up to 26 March, loaded that evening or after the month was over."""
    moment = datetime(loaded.year, loaded.month, loaded.day, 18)
    monkeypatch.setattr("pipelines.warehouse.load.now", lambda: moment)
    days = [date(2026, 2, 1) + timedelta(n) for n in range(54)]
    reader = load(
        sites=[{"site": "ELM", "name": "Elmwood", "region": "North", "kind": "Clinic"}],
        volume=[{"site": "ELM", "date": d, "grain": "day", "measure": "visits", "count": 9}
                for d in days],
        stock=[{"site": "ELM", "as_of": days[-1], "item": "GLV", "quantity": 5}],
    )  # fmt: skip
    assert days[-1] == date(2026, 3, 26)
    assert horizon.latest_month(reader) == latest
    assert horizon.day_of(reader, latest) == day
    assert horizon.day_of(reader, date(2026, 1, 1)) == date(2026, 1, 31)


@pytest.mark.parametrize(("days", "latest"), [((2, 3), 2), ((3,), 3)])
def test_the_latest_month_of_invoices_is_one_that_is_over(
    load: Load, monkeypatch: pytest.MonkeyPatch, days: tuple[int, ...], latest: int
) -> None:
    """Loaded on 26 March: February stands, unless there is nothing but March."""
    monkeypatch.setattr("pipelines.warehouse.load.now", lambda: datetime(2026, 3, 26, 18))
    reader = load(
        sites=[{"site": "ELM", "name": "Elmwood", "region": "North", "kind": "Clinic"}],
        spend=[{"site": "ELM", "document": str(month), "line": "1", "date": date(2026, month, 20),
                "account": "contracts", "supplier": "Bright", "amount": 100} for month in days],
    )  # fmt: skip
    assert horizon.latest_month(reader, ["spend"]) == date(2026, latest, 1)


# Comparisons


@pytest.mark.parametrize("metric", METRICS)
def test_a_comparison_is_the_answer_of_that_period(group: Home6, metric: str) -> None:
    now = Period(date(2026, 1, 1), date(2026, 3, 31))
    by = ("site", "month")
    answer = ask(group.after, metric, period=now, by=by, compare=("previous", "year"))
    money = ["currency"] if METRICS[metric].is_money else []
    for name, shift in (("previous", Period.previous), ("year", Period.last_year)):
        back = {shift(p).start: p.start for p in now.split("month")}
        then = Period(min(back), shift(Period(max(back.values()), now.stop)).stop)
        frame = ask(group.after, metric, period=then, by=by).frame
        expected = {
            (r["site"], back[r["start"]], *(r[c] for c in money)): r["value"]
            for r in frame.iter_rows(named=True)
            if r["value"] is not None
        }
        found = {
            (r["site"], r["start"], *(r[c] for c in money)): r[name]
            for r in answer.frame.iter_rows(named=True)
            if r[name] is not None
        }
        assert found == expected


def test_what_was_missing_then_is_told(group: Home6) -> None:
    answer = ask(
        group.after, "labor_cost", period=month_span(date(2025, 9, 1)), compare=("previous",)
    )
    assert answer.missing == ()
    assert answer.missing_then == {"previous": (Missing("RIV", date(2025, 8, 1), "labor.pay"),)}


def test_the_budget_is_that_of_the_months_with_an_actual(group: Home6) -> None:
    frame = ask(group.after, "labor_cost", period=ALL, by=("site",), compare=("budget",)).frame
    budget: dict[str, Decimal] = {}
    for row in final_rows()["budget"]:
        key = (row["site"], row["month"])
        known = key not in by_hand.NO_PAY and (
            row["site"] != "PIN" or row["month"] >= date(2025, 6, 1)
        )
        if row["account"] == "staffing" and known:
            budget[row["site"]] = budget.get(row["site"], Decimal(0)) + row["amount"]
    assert dict(frame.select("site", "budget").drop_nulls().iter_rows()) == budget


# Vintages and roll-ups


@pytest.mark.parametrize("metric", METRICS)
def test_an_earlier_vintage_is_what_was_shown_then(group: Home6, metric: str) -> None:
    shown = ask(group.before, metric, period=ALL, by=("site", "month"))
    again = ask(group.after, metric, period=ALL, by=("site", "month"), as_of=group.first)
    assert again.frame.equals(shown.frame)
    assert again.missing == shown.missing


def test_a_vintage_by_day_is_that_day_s_last_load(group: Home6) -> None:
    today = group.after.query("SELECT max(CAST(moment AS DATE)) AS d FROM loads")["d"][0]
    now = ask(group.after, "labor_cost", period=ALL, by=("month",)).frame
    assert ask(group.after, "labor_cost", period=ALL, by=("month",), as_of=today).frame.equals(now)
    with pytest.raises(UsageProblem, match="Nothing had been loaded by then"):
        ask(group.after, "labor_cost", period=ALL, as_of=date(2020, 1, 1))


def test_roll_ups_and_facts_give_the_same_answers(group: Home6) -> None:
    same_from_roll_ups_and_facts(group.after, 200, seed=7)


@pytest.mark.parametrize("metric", ROLLED)
def test_what_is_rolled_up_is_the_same_from_the_facts(group: Home6, metric: str) -> None:
    same_from_roll_ups_and_facts(group.after, 30, seed=19, metrics=(metric,))


@pytest.mark.soak
def test_roll_ups_and_facts_give_the_same_ten_thousand_answers(group: Home6) -> None:
    same_from_roll_ups_and_facts(group.after, 10_000, seed=11)


def same_from_roll_ups_and_facts(
    reader: Reader, questions: int, seed: int, metrics: Sequence[str] = tuple(METRICS)
) -> None:
    """Questions drawn at random, with a seed that draws the same ones each time.

    Their months reach from before the first file to after the last load, up to which states are
    rolled up.
    """
    draw = random.Random(seed)
    for number in range(questions):
        metric = draw.choice(metrics)
        names = dimensions(reader, metric)
        by = (*draw.sample(names, draw.randint(0, 2)), *draw.sample(GRAINS[2:], draw.randint(0, 1)))
        where = {}
        own = [name for name in ("category", "item", "kind", "role") if name in names]
        for name in draw.sample(["site", "region", "site_kind", *own], draw.randint(0, 1)):
            column, table = SITE_DIMENSIONS.get(name), "sites s"
            if column is None:
                column, table = f's."{name}"', f"{METRICS[metric].numerator.table} s"
            values = reader.query(f"SELECT DISTINCT {column} AS v FROM {table}")["v"].drop_nulls()
            where[name] = draw.sample(sorted(values), min(2, len(values)))
        start = draw.randint(0, 14) if len(metrics) > 1 else draw.randint(-2, 30)
        period = month_span(date(2025 + start // 12, start % 12 + 1, 1), draw.randint(1, 6))
        compare = draw.sample(COMPARISONS, draw.randint(0, 1))
        quick, slow = (
            ask(reader, metric, period=period, by=by, where=where, compare=compare, rollups=rollups)
            for rollups in (True, False)
        )
        assert quick.frame.equals(slow.frame), (number, metric, period, by, where, compare)


@pytest.mark.parametrize(
    ("metric", "by", "month", "table"),
    [
        ("open_issues", ("risk",), date(2025, 8, 1), "orders_month"),
        ("open_issues", ("priority",), date(2025, 8, 1), "orders_open"),
        ("open_issues", ("title",), date(2025, 8, 1), "work_orders"),
        ("open_issue_age", ("site",), date(2025, 8, 1), "orders_open"),
        ("open_issues", (), date(2031, 8, 1), "work_orders"),  # after the last load
        ("pm_compliance", ("risk",), date(2031, 8, 1), "orders_month"),
        ("time_to_repair", ("site", "category"), date(2025, 8, 1), "orders_lasting"),
        ("spend", ("account_title",), date(2025, 8, 1), "spend_month"),
        ("spend", ("supplier",), date(2025, 8, 1), "spend"),
        ("visits", ("measure",), date(2025, 8, 1), "volume_month"),
        ("overtime_share", ("kind",), date(2025, 8, 1), "labor_kinds_month"),
        ("overtime_share", ("role",), date(2025, 8, 1), "labor_month"),
        ("overtime_share", ("pay_code",), date(2025, 8, 1), "labor"),
    ],
)
def test_the_smallest_roll_up_that_has_the_dimensions_answers(
    group: Home6, metric: str, by: tuple[str, ...], month: date, table: str
) -> None:
    reader = group.after
    periods, scope = (month_span(month),), Scope({})
    query = compile_metric(
        METRICS[metric], by, periods, scope, reader.columns, rolled_to=reader.rolled_to
    )
    assert set(re.findall(r"p JOIN (\w+) f ", query.sql)) == {table}
    days = (Period(month, date(month.year, month.month, 20)),)
    sql = compile_metric(METRICS[metric], by, days, scope, reader.columns, rolled_to=month).sql
    assert set(re.findall(r"p JOIN (\w+) f ", sql)) == {METRICS[metric].numerator.table}


@pytest.mark.parametrize(("by", "table"), [((), "labor_day"), (("role",), "labor")])
def test_hours_of_weekends_come_from_those_of_days(
    group: Home6, by: tuple[str, ...], table: str
) -> None:
    reader, metric = group.after, METRICS["weekend_hprd"]
    months = (month_span(date(2025, 8, 1)),)
    query = compile_metric(metric, by, months, Scope({}), reader.columns)
    assert re.findall(r"p JOIN (\w+) f ", query.sql)[0] == table


def test_a_backlog_is_rebuilt_at_each_month_s_end(load: Load) -> None:
    """Open at the ends of January to April by hand, and how long the middle one has waited.

    A from 10 January to 5 March, B from 20 January to 31 January, C from 31 January on, D from
    1 February, cancelled on 28 February, E raised on 1 April at 0:00, closed on 30 April at 23:59.
    January has A and C (21 and 0 days), February A and C (49 and 28), March C alone (59), April
    C alone (89); in 2032 it is still C. A was due on 27 February.
    No file has an order of March: what can't be counted there is unknown.
    """
    reader = load(
        sites="""
        site  name  region
        ELM   Elm   North
        """,
        work_orders="""
        site  work_order  kind    created           completed         cancelled         due
        ELM   A           repair  2025-01-10+08:00  2025-03-05+12:00  .                 2025-02-27
        ELM   B           repair  2025-01-20+08:00  2025-01-31+23:59  .                 2025-01-30
        ELM   C           repair  2025-01-31+23:59  .                 .                 .
        ELM   D           repair  2025-02-01+00:00  .                 2025-02-28+10:00  .
        ELM   E           repair  2025-04-01+00:00  2025-04-30+23:59  .                 .
        """,
    )
    for month, open_then, overdue, old, age in (
        (1, 2, 0, 1, 10.5), (2, 2, 1, 2, 38.5), (3, 1, None, 1, 59), (4, 1, 0, 1, 89),
    ):  # fmt: skip
        span = month_span(date(2025, month, 1))
        names = ("open_issues", "overdue_issues", "old_issues", "open_issue_age")
        values = [ask(reader, name, period=span).value for name in names]
        assert values == [open_then, overdue, old, age], month
    far = ask(reader, "open_issues", period=month_span(date(2032, 1, 1))).frame
    assert far["numerator"].to_list() == [1]


def test_the_same_sites_alone_are_compared(group: Home6) -> None:
    """PIN opened in June 2025, and XXX is no site: ELM, OAK and TOR are left, 441 + 320 + 222."""
    march = month_span(date(2026, 3, 1))
    found = ask(group.after, "visits", period=march, compare=("year",), same_sites=True)
    assert found.frame.select("value", "year").row(0) == (983, 430 + 310 + 219)
    every = ask(group.after, "visits", period=march, compare=("year",))
    assert every.frame.select("value", "year").row(0) == (983 + 270, 430 + 310 + 219 + 7)
    opened = {"site": ["PIN"]}
    none = ask(
        group.after, "visits", period=march, where=opened, compare=("year",), same_sites=True
    )
    assert none.value is None


@pytest.mark.parametrize("metric", ADDED)
def test_parts_by_every_dimension_add_up_to_the_total(group: Home6, metric: str) -> None:
    total = ask(group.after, metric, period=ALL).frame["numerator"].sum()
    for name in dimensions(group.after, metric):
        parts = ask(group.after, metric, period=ALL, by=(name,)).frame
        summed = parts["numerator"].sum()
        assert summed == (pytest.approx(total, rel=1e-12) if metric == "fte" else total), name


# Filters, and what is refused


def test_filters_keep_rows_and_an_empty_one_keeps_all(group: Home6) -> None:
    def visits(**where: list[str]) -> object:
        return ask(group.after, "visits", period=AUGUST, where=where).value

    assert visits(site=["ELM", "OAK"]) == 371 + 281
    assert visits(region=["North"]) == 371 + 221
    assert visits(region=["North"], site_kind=["Clinic"]) == 371
    assert visits(region=[]) == visits() == 371 + 281 + 221 + 188


def test_a_filter_of_the_numerator_leaves_the_denominator_whole(group: Home6) -> None:
    def of(**where: list[str]) -> tuple[object, ...]:
        frame = ask(group.after, "hours_per_visit", period=AUGUST, where=where).frame
        return frame.select("numerator", "denominator").row(0)

    everyone, nurses = of(site=["ELM"]), of(site=["ELM"], role=["RN"])
    assert everyone == (2 * (Decimal("740.00") + 14), 371)
    assert nurses == (2 * (Decimal("319.75") + 7), 371)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ({"metric": "overtime_shares"}, "no metric overtime_shares; did you mean overtime_share?"),
        ({"metric": "zzz"}, "There is no metric zzz; `rounds glossary` lists them."),
        ({"by": ("regoin",)}, "Labour cost has no dimension regoin; did you mean region?"),
        ({"by": ("item",)}, "Labour cost has no dimension item;"),
        ({"by": ("cost",)}, "Labour cost has no dimension cost;"),
        ({"where": {"rol": ["RN"]}}, "Labour cost has no dimension rol; did you mean role?"),
        ({"metric": "paid_hours", "by": ("worker",)}, "Paid hours has no dimension worker;"),
        ({"metric": "hours_per_visit", "where": {"measure": ["visits"]}}, "no dimension measure"),
        ({"by": ("day", "month")}, "Ask by one grain of time at once"),
        ({"compare": ("last_year",)}, "There is no comparison last_year; known are previous,"),
        ({"as_of": 0}, "Nothing had been loaded by then"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(
    group: Home6, question: dict[str, object], sentence: str
) -> None:
    asked = {"metric": "labor_cost", "period": AUGUST, **question}
    with pytest.raises(UsageProblem, match=re.escape(sentence)):
        ask(group.after, asked.pop("metric"), **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("metric", MONTHLY)
def test_days_of_a_monthly_measure_are_refused(group: Home6, metric: str) -> None:
    title = re.escape(METRICS[metric].title)
    with pytest.raises(UsageProblem, match=f"{title} is known by month only"):
        ask(group.after, metric, period=Period(date(2025, 8, 1), date(2025, 8, 30)))
    with pytest.raises(UsageProblem, match="choose whole months"):
        ask(group.after, metric, period=AUGUST, by=("week",))


@pytest.mark.parametrize("by", [("site", "site"), ("currency",), ("site", "currency", "month")])
def test_a_dimension_may_be_named_twice(group: Home6, by: tuple[str, ...]) -> None:
    frame = ask(group.after, "labor_cost", period=AUGUST, by=by).frame
    assert (
        frame["numerator"].sum()
        == ask(group.after, "labor_cost", period=AUGUST).frame["numerator"].sum()
    )


def test_a_row_s_month_is_the_month_of_its_day(group: Home6) -> None:
    """Whole months are matched by `month` alone: it must say what `date` says, in every table."""
    tables = [t for t, columns in group.after.columns.items() if {"date", "month"} <= columns]
    assert len(tables) > 8
    for table in tables:
        odd = group.after.query(
            f"SELECT count(*) FROM {table} "
            "WHERE month IS DISTINCT FROM CAST(date_trunc('month', date) AS DATE)"
        )
        assert odd.item() == 0, table
