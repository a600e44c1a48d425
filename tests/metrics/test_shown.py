"""Who sees what: figures of limited viewers of the demo group, against the same facts read whole.

A limited viewer's figure must be what a viewer of everything gets by filtering for the same sites:
two ways to one number that share neither the views nor the policy. Pay is summed here by hand.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.calendar import Period, month_span
from pipelines.errors import NotShown, UsageProblem
from pipelines.metrics import METRICS
from pipelines.metrics.ask import ask
from pipelines.metrics.passport import passport
from pipelines.metrics.rows import rows
from pipelines.metrics.shown import FEW, FEW_PATIENTS, NO_PART, NOT_YOURS, tells_pay
from pipelines.metrics.trace import trace
from pipelines.settings import Home
from pipelines.warehouse.limits import OPEN, PAID, PAY, SUBJECTS, WHOLE, Limits
from pipelines.warehouse.reader import Reader, open_build
from tests.metrics.conftest import Load

MONTH = month_span(date(2026, 10, 1))
YEAR = month_span(date(2026, 1, 1), 10)
SUMMER = Period(date(2026, 6, 8), date(2026, 8, 19))


@pytest.fixture(scope="module")
def whole(demo_home: Path) -> Reader:
    return open_build(Home(demo_home))


@pytest.fixture(scope="module")
def region(whole: Reader) -> tuple[str, list[str]]:
    """A region with at least four sites, and these."""
    found = whole.query(
        "SELECT region, list(site ORDER BY site) AS sites FROM sites WHERE site NOT LIKE '~%' "
        "GROUP BY region HAVING count(*) >= 4 ORDER BY region"
    )
    name, sites = found.row(0)
    return name, sites


@pytest.fixture(scope="module")
def manager(whole: Reader, region: tuple[str, list[str]]) -> Reader:
    return whole.limited(Limits(sites=frozenset(region[1]), pay=False))


SPANS = {"month": MONTH, "year": YEAR, "days": SUMMER}


def each_metric() -> list[object]:
    """Each metric with each span of time: each sixth in every run, all of them in a soak."""
    return [
        pytest.param(
            name, period, id=f"{name}-{span}", marks=() if (at + n) % 6 == 0 else pytest.mark.soak
        )
        for n, name in enumerate(sorted(METRICS))
        for at, (span, period) in enumerate(SPANS.items())
    ]


@pytest.mark.parametrize(("name", "period"), each_metric())
def test_a_figure_of_ones_sites_is_the_same_filtered(
    whole: Reader, region: tuple[str, list[str]], name: str, period: Period
) -> None:
    few = region[1][:3]
    limited = whole.limited(Limits(sites=frozenset(few)))
    try:
        theirs = ask(whole, name, period=period, by=("site",), where={"site": few},
                     compare=("previous",))  # fmt: skip
    except UsageProblem as refusal:
        with pytest.raises(UsageProblem, match=str(refusal)[:40]):
            ask(limited, name, period=period, by=("site",))
        return
    ours = ask(limited, name, period=period, by=("site",), compare=("previous",))
    columns = ["site", "value", "numerator", "denominator", "expected", "present", "previous"]
    assert ours.frame.select(columns).rows() == theirs.frame.select(columns).rows()
    assert set(ours.frame["site"]) <= set(few)
    assert {m.site for m in ours.missing} <= set(few)
    one = ask(limited, name, period=period).frame.select("value", "numerator", "denominator")
    assert (
        one.rows()
        == ask(whole, name, period=period, where={"site": few}).frame.select(one.columns).rows()
    )


def test_another_site_can_be_named_and_tells_nothing(
    whole: Reader, region: tuple[str, list[str]]
) -> None:
    mine, other = region[1][0], region[1][1]
    limited = whole.limited(Limits(sites=frozenset([mine])))
    assert ask(whole, "labor_cost", period=MONTH, where={"site": [other]}).value
    for where in ({"site": [other]}, {"site": [other, other]}):
        answer = ask(limited, "labor_cost", period=MONTH, where=where)
        assert answer.value is None
        assert answer.frame["numerator"].null_count() == answer.frame.height
    both = ask(limited, "labor_cost", period=MONTH, where={"site": [mine, other]}).value
    assert both == ask(whole, "labor_cost", period=MONTH, where={"site": [mine]}).value
    sites = limited.query("SELECT site FROM sites")["site"].to_list()
    assert sites == [mine]


def test_a_site_s_whole_pay_is_shown_and_its_parts_are_not(
    whole: Reader, manager: Reader, region: tuple[str, list[str]]
) -> None:
    by_hand = whole.query(
        "SELECT site, sum(coalesce(amount, 0) + coalesce(employer_cost, 0)) AS pay FROM labor "
        "WHERE month = DATE '2026-10-01' AND counts AND list_contains(?, site) GROUP BY site",
        [region[1]],
    )
    invoices = whole.query(
        "SELECT site, sum(amount) AS pay FROM spend WHERE month = DATE '2026-10-01' AND counts "
        "AND subject = 'staffing' AND list_contains(?, site) GROUP BY site",
        [region[1]],
    )
    summed = dict(
        pl.concat([by_hand, invoices], how="vertical_relaxed").group_by("site").agg(
            pl.col("pay").sum()
        ).iter_rows()
    )  # fmt: skip
    answer = ask(manager, "labor_cost", period=MONTH, by=("site",))
    shown = {r["site"]: r["numerator"] for r in answer.frame.iter_rows(named=True)}
    assert {site: pay for site, pay in shown.items() if pay} == summed
    for by in (("pay_class",), ("kind",), ("site", "kind"), ("role", "kind"), ("basis",)):
        frame = ask(manager, "labor_cost", period=MONTH, by=by).frame
        assert frame["value"].null_count() == frame["numerator"].null_count() == frame.height
        assert set(frame["reason"]) == {NO_PART}
    for where in (
        {"kind": ["employee"]}, {"role": ["RN"], "pay_class": ["regular"]},
        {"role": ["RN", "CNA"]}, {"role": ["RN"], "site": region[1][:2]},
        {"role": ["RN"], "site_kind": ["Clinic"]},
    ):  # fmt: skip
        answer = ask(manager, "labor_cost", period=MONTH, where=where)
        assert answer.value is None
        assert answer.reason in (NO_PART, FEW)
    days = Period(date(2026, 10, 1), date(2026, 10, 9))
    paid = ask(manager, "paid_hours", period=days, by=("role",)).frame
    assert paid["value"].null_count() < paid.height  # hours are no pay
    with pytest.raises(UsageProblem):
        ask(manager, "labor_cost", period=days)


def test_pay_by_role_shows_the_cells_of_the_lattice_and_no_other(
    whole: Reader, region: tuple[str, list[str]]
) -> None:
    """Of the whole group, as an analyst without the right to pay sees it."""
    analyst = whole.limited(Limits(pay=False))
    cells = set(whole.query("SELECT * FROM pay_cells WHERE shown").select(
        "level", "place", "role", "year").iter_rows())  # fmt: skip
    seen = hidden = 0
    for level, by in (("site", ("site", "role")), ("region", ("region", "role")),
                      ("group", ("role",))):  # fmt: skip
        for name in ("labor_cost", "hourly_cost"):
            open_ = ask(whole, name, period=MONTH, by=by, compare=("year",)).frame
            ours = ask(analyst, name, period=MONTH, by=by, compare=("year",)).frame
            told_of = dict(zip(ours.select(by).rows(), ours.iter_rows(named=True), strict=True))
            for key, true in zip(open_.select(by).rows(), open_.iter_rows(named=True), strict=True):
                cell = (level, true.get(level, "group"), true["role"])
                told = told_of.pop(key, None)
                if told is None:  # of the year before alone, and that was withheld
                    assert true["value"] is None
                    assert (*cell, 2025) not in cells
                    continue
                if (*cell, 2026) in cells:
                    assert told["value"] == true["value"]
                    seen += 1
                elif true["value"] is not None:
                    assert (told["value"], told["numerator"]) == (None, None)
                    assert told["reason"] == FEW
                    hidden += 1
                if (*cell, 2025) not in cells:
                    assert told["year"] is None
            assert told_of == {}
    assert min(seen, hidden) > 20
    # Who sees one region, or one site, sees its cells as theirs, and no other.
    for level, place, sites in (("region", *region), ("site", region[1][0], region[1][:1])):
        own = whole.limited(Limits(sites=frozenset(sites), pay=False))
        frame = ask(own, "labor_cost", period=MONTH, by=("role",)).frame
        told = {r["role"] for r in frame.iter_rows(named=True) if r["value"] is not None}
        assert told <= {role for at, there, role, year in cells
                        if (at, there, year) == (level, place, 2026)}  # fmt: skip
        assert set(frame.filter(pl.col("value").is_null())["reason"]) <= {FEW}
    # A manager of a part of a region doesn't see what stands for the whole of it.
    part = whole.limited(Limits(sites=frozenset(region[1][1:]), pay=False))
    frame = ask(part, "labor_cost", period=MONTH, by=("region", "role")).frame
    assert frame["value"].null_count() == frame.height
    assert ask(part, "labor_cost", period=MONTH, by=("role",)).frame["reason"].unique().to_list() \
        == [NO_PART]  # fmt: skip


def test_rows_of_pay_and_rows_at_all(whole: Reader, manager: Reader) -> None:
    site = manager.query(
        "SELECT min(site) AS s FROM labor WHERE hours > 0 AND month = DATE '2026-10-01'"
    )["s"][0]
    with pytest.raises(NotShown, match="Rows of pay"):
        rows(manager, "labor_cost", period=MONTH)
    frame = rows(manager, "paid_hours", period=MONTH, where={"site": [site]})
    assert frame.height
    none = whole.limited(Limits(rows=False))
    for metric in ("paid_hours", "labor_cost", "supply_burn"):
        with pytest.raises(NotShown, match="rows behind figures"):
            rows(none, metric, period=MONTH)
    with pytest.raises(NotShown):
        trace(none, 1, 1)
    load, record = whole.query(
        "SELECT load, min(record) FROM labor GROUP BY load "
        "HAVING NOT bool_or(list_contains(?, site)) ORDER BY load LIMIT 1",
        [manager.query("SELECT site FROM sites")["site"].to_list()],
    ).row(0)
    assert trace(whole, load, record).facts
    with pytest.raises(UsageProblem, match="no load"):
        trace(manager, load, record)
    told = passport(manager, "paid_hours", period=MONTH, where={"site": [site]})
    assert told.rows == frame.height


def test_amounts_of_pay_are_in_no_query_of_who_may_not_see_them(manager: Reader) -> None:
    for table in sorted(PAID):
        for column in sorted(set(PAY) & manager.columns[table]):
            found = manager.query(f'SELECT count("{column}") AS n FROM {table}')
            assert found["n"][0] == 0, (table, column)
    assert manager.query("SELECT count(*) AS n FROM ledger")["n"][0] == 0
    assert manager.query("SELECT count(hours) AS n FROM labor")["n"][0] > 0


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_that_isn_t_ones_own(whole: Reader, subject: str) -> None:
    others = whole.limited(Limits(subjects=frozenset(SUBJECTS) - {subject}))
    mine = [m for m in METRICS.values() if m.domain == subject]
    assert mine
    for metric in mine:
        answer = ask(others, metric, period=MONTH)
        assert answer.value is None
        assert answer.reason == NOT_YOURS
        assert answer.frame["numerator"].null_count() == answer.frame.height
        by_site = ask(others, metric, period=MONTH, by=("site",), compare=("year",)).frame
        assert set(by_site["reason"]) <= {NOT_YOURS}
        assert by_site["year"].null_count() == by_site.height
    costs = others.query("SELECT DISTINCT subject FROM costs")["subject"].to_list()
    assert subject not in costs


def test_every_table_is_placed(whole: Reader) -> None:
    """One that `limits` doesn't know would be empty for everybody but who sees everything."""
    all_sites = frozenset(whole.query("SELECT site FROM sites")["site"])
    limited = whole.limited(Limits(sites=all_sites))
    for table in sorted(whole.columns):
        count = f'SELECT count(*) AS n FROM "{table}"'
        if table not in WHOLE:
            assert limited.query(count)["n"][0] == whole.query(count)["n"][0], table
    # And nothing that names a site is open to all.
    assert [t for t in OPEN if {"site", "other_site"} & whole.columns[t]] == []


def test_what_was_known_then_is_limited_as_well(
    whole: Reader, region: tuple[str, list[str]]
) -> None:
    few = region[1][:2]
    limited = whole.limited(Limits(sites=frozenset(few), pay=False))
    loads = whole.query("SELECT max(event) - 20 AS e FROM loads")["e"][0]
    for name in ("labor_cost", "paid_hours", "supply_burn", "open_issues"):
        ours = ask(limited, name, period=YEAR, by=("site",), as_of=int(loads)).frame
        theirs = ask(
            whole, name, period=YEAR, by=("site",), where={"site": few}, as_of=int(loads)
        ).frame
        assert ours.rows() == theirs.rows(), name


def test_pay_is_known_by_its_measures() -> None:
    """S1, S4, S13 and what divides pay by visits or days are pay; hours and counts are not."""
    paid = {name for name, metric in METRICS.items() if tells_pay(metric)}
    assert {"labor_cost", "hourly_cost"} <= paid
    assert not {"paid_hours", "worked_hours", "overtime_share", "agency_share"} & paid
    assert all(METRICS[name].is_money for name in paid)


def test_amounts_stay_decimal(manager: Reader) -> None:
    assert isinstance(ask(manager, "labor_cost", period=MONTH).value, Decimal)


def test_small_counts_of_patients_don_t_leave_the_group(load: Load) -> None:
    """Ten visits at A and 11 at B may be told apart inside; outside neither is, since the whole
    (with C's 300) less the other two would tell A's. Hours per visit of A and B go with them;
    money alone, and counts of 11 and more where none is small, stay."""
    reader = load(
        sites="site name region\nA A+Clinic N\nB B+Clinic N\nC C+Clinic N",
        volume="""
            site date       grain measure count
            A    2026-10-01 month visits  10
            B    2026-10-01 month visits  11
            C    2026-10-01 month visits  300
            A    2026-09-01 month visits  14
            B    2026-09-01 month visits  15
            C    2026-09-01 month visits  0
        """,
        labor="""
            site period_start period_end role kind     pay_class hours amount
            A    2026-10-01   2026-10-31 RN   employee regular   40    1000.00
            B    2026-10-01   2026-10-31 RN   employee regular   40    1100.00
            C    2026-10-01   2026-10-31 RN   employee regular   40    1500.00
        """,
    )
    outside = reader.limited(Limits(external=True))

    def by_site(of: Reader, name: str, month: date = MONTH.start) -> dict[str, float | None]:
        frame = ask(of, name, period=month_span(month), by=("site",)).frame
        return {row["site"]: row["value"] for row in frame.iter_rows(named=True)}

    inside = {"A": 4.0, "B": pytest.approx(40 / 11), "C": pytest.approx(40 / 300)}
    assert by_site(reader, "hours_per_visit") == inside
    assert by_site(outside, "hours_per_visit") == {**inside, "A": None, "B": None}
    assert by_site(outside, "visits") == {"A": None, "B": None, "C": 300}
    assert by_site(outside, "visits", date(2026, 9, 1)) == {"A": 14, "B": 15, "C": 0}
    assert by_site(outside, "labor_cost") == by_site(reader, "labor_cost")
    frame = ask(outside, "visits", period=MONTH, by=("site",)).frame
    assert frame.filter(pl.col("site") == "A")["reason"][0] == FEW_PATIENTS
    assert ask(outside, "visits", period=MONTH).value == 321
    with pytest.raises(NotShown, match="count patients"):
        rows(outside, "visits", period=MONTH)
