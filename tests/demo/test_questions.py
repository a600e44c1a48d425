"""What a regional manager, a director and an analyst ask, asked of the demo group.

Every answer is held against the exports as they were written, or against the planted story; the
numbers are those of the KPI catalogue's questions, by role (R, D, A).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.analysis import health, works
from pipelines.analysis.alarms import unusual
from pipelines.analysis.attention import what_needs_attention
from pipelines.analysis.books import books
from pipelines.analysis.causes import payments
from pipelines.analysis.contracts import commitments
from pipelines.analysis.signals import series_by_site
from pipelines.analysis.stock import shelves
from pipelines.analysis.stock.levels import levels
from pipelines.analysis.stock.transfers import transfers
from pipelines.calendar import Period, add_months, month_span
from pipelines.demo import Story
from pipelines.metrics import METRICS
from pipelines.metrics.ask import ask
from pipelines.metrics.rows import rows
from pipelines.settings import Home
from pipelines.warehouse.changes import changes
from pipelines.warehouse.reader import Reader, open_build
from tests.demo.conftest import TODAY

Read = Callable[[str], pl.DataFrame]
Code = Callable[[str, str], str]
Tell = Callable[[str], Story]
MONTH = month_span(TODAY)
YEAR = Period(date(2025, 11, 1), TODAY)
ALL: dict[str, list[str]] = {}


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Reader:
    """The group of this folder's files, loaded: the same day, seed and size."""
    return open_build(Home(demo_home))


def by_site(reader: Reader, metric: str, period: Period = MONTH) -> dict[str, float]:
    frame = ask(reader, metric, period=period, by=("site",)).frame.drop_nulls("value")
    return {site: float(value) for site, value in frame.select("site", "value").iter_rows()}


# The regional manager


def test_r1_which_sites_need_my_call(demo: Reader, story: Tell) -> None:
    """Every planted problem of the last month is among the first twenty lines of thirty at most."""
    found = what_needs_attention(demo, TODAY, ALL)
    assert len(found) <= 30
    kinds = {(one.kind, one.site) for one in found[:20]}
    metrics = {(one.details.get("metric"), one.site) for one in found[:20]}
    assert ("overtime_share", story("overtime_surge").sites[0]) in metrics
    assert ("agency_share", story("agency_dependence").sites[0]) in metrics
    assert ("supply_cost_per_visit", story("supply_drift").sites[0]) in metrics
    assert ("missed", story("missed_maintenance").sites[0]) in kinds
    assert ("run_out", story("stock_imbalance").sites[0]) in kinds
    assert ("locked", story("renewal_locked").sites[0]) in kinds
    assert {"paid_twice", "price_creep"} <= {one.kind for one in found[:20]}


def test_r2_is_overtime_really_up_or_just_noise(demo: Reader, story: Tell) -> None:
    told = story("overtime_surge")
    series = series_by_site(demo, "overtime_share", TODAY, ALL)
    odd = {site for site, one in series.items() if unusual(one)}
    assert told.sites[0] in odd
    assert len(odd) <= 2  # of forty sites at most one by chance
    assert series[told.sites[0]].last == pytest.approx(told.figures["share"], abs=0.01)


def test_r3_who_is_living_on_agency(demo: Reader, story: Tell) -> None:
    told = story("agency_dependence")
    shares = by_site(demo, "agency_share", Period(told.period[0], TODAY))
    assert max(shares, key=lambda site: shares[site]) == told.sites[0]
    assert sorted(shares.values())[-2] < 0.1 < shares[told.sites[0]]


def test_r4_weekend_cover(demo: Reader, read: Read, code: Code) -> None:
    """From the staffing returns as written: nursing hours over residents, Saturdays and Sundays."""
    pbj = read("payroll/pbj/*.csv").with_columns(day=pl.col("WorkDate").str.to_date("%Y%m%d"))
    pbj = pbj.filter(pl.col("day").is_between(MONTH.start, TODAY), pl.col("day").dt.weekday() > 5)
    nurses = ["RNDON", "RNadmin", "RN", "LPNadmin", "LPN", "CNA", "NAtrn", "MedAide"]
    hours = [f"Hrs_{name}" for name in nurses if f"Hrs_{name}" in pbj.columns]
    sums = pbj.group_by("PROVNUM").agg(
        pl.sum_horizontal(pl.col(hours).cast(pl.Float64)).sum(),
        residents=pl.col("MDScensus").cast(pl.Float64).sum(),
    )
    expected = {row[0]: row[1] / row[2] for row in sums.iter_rows()}
    found = by_site(demo, "weekend_hprd")
    assert len(found) == len(expected) > 1
    for site, value in found.items():
        assert value == pytest.approx(expected[code("cms_pbj", site)], rel=1e-6)


def test_r5_what_is_broken_and_how_long(demo: Reader) -> None:
    orders = works.open_orders(demo, TODAY, ALL)
    assert orders.height == ask(demo, "open_issues", period=MONTH).value
    old = orders.filter(pl.col("age") > 14)
    assert old.height == ask(demo, "old_issues", period=MONTH).value
    rank = {"high": 0, "medium": 1, "low": 2, "unstated": 3}
    ranks = [rank[risk] for risk in orders["risk"]]
    assert ranks == sorted(ranks)


def test_r6_which_maintenance_did_we_miss(demo: Reader, story: Tell) -> None:
    told = story("missed_maintenance")
    missed = works.missed_maintenance(demo, told.period[0], TODAY, {"site": list(told.sites)})
    high = missed.filter(pl.col("risk") == "high", pl.col("completed").is_null())
    assert high.height == told.figures["missed"]
    assert missed["risk"].to_list()[: high.height] == ["high"] * high.height
    pooled = ask(demo, "pm_compliance", period=Period(told.period[0], TODAY)).value
    assert pooled == pytest.approx(told.figures["group_rate"], abs=0.02)  # looks fine
    assert by_site(demo, "pm_compliance_high_risk")[told.sites[0]] == 0.0


def test_r7_will_any_site_run_out(demo: Reader, story: Tell) -> None:
    told = story("stock_imbalance")
    short, over = told.sites
    found = shelves.running_out(demo, TODAY, ALL)
    row = found.filter(pl.col("site") == short, pl.col("item") == told.figures["item"])
    assert row.height == 1
    assert row["quantity"].item() == told.figures["short_quantity"]
    assert row["days_left"].item() == pytest.approx(told.figures["short_days"], rel=0.1)
    assert row["on_order"].item() is None
    assert row["spare_site"].item() == over
    assert row["early"].item() <= row["runs_out"].item() <= row["late"].item()
    assert row["order_by"].item() < row["early"].item()


def test_r8_what_expires_on_my_shelves(demo: Reader, story: Tell) -> None:
    told = story("stock_imbalance")
    lots = shelves.expiring(demo, TODAY, ALL)
    assert (told.sites[1], told.figures["item"]) in set(lots.select("site", "item").iter_rows())
    value = ask(demo, "expiring_value", period=MONTH).value
    assert value == lots["value"].sum()


def test_r8_who_can_use_what_would_expire(demo: Reader, story: Tell) -> None:
    """The overstocked site sends to the one that runs out first, and keeps what it needs."""
    short, over = story("stock_imbalance").sites
    sent = transfers(demo, TODAY, ALL).filter(item=story("stock_imbalance").figures["item"])
    first = sent.row(0, named=True)
    assert (first["giver"], first["taker"], first["covers"]) == (over, short, True)
    assert set(sent["giver"]) == {over}
    held = levels(demo, TODAY).filter(site=over, item=first["item"]).row(0, named=True)
    assert held["quantity"] - sent["quantity"].sum() >= held["minimum"]
    lot = shelves.expiring(demo, TODAY, {"site": [over]}).filter(item=first["item"])
    assert sent["rescued"].sum() <= lot["unused"].sum()


def test_r10_compare_my_sites_fairly(demo: Reader, read: Read, story: Tell) -> None:
    """What a visit uses of supplies, from movements and visits as written; the drift stands out."""
    day = pl.col("date").str.to_date()
    moves = read("supplies/moves/*.csv").filter(
        pl.col("kind").is_in(["issue", "waste"]), day.is_between(MONTH.start, TODAY)
    )
    visits = read("volumes/*.csv").filter(
        pl.col("measure") == "visits", day.is_between(MONTH.start, TODAY)
    )
    used = moves.group_by("site").agg(pl.col("value").cast(pl.Float64).sum())
    seen = visits.group_by("site").agg(pl.col("count").cast(pl.Float64).sum())
    expected = {s: v / n for s, v, n in used.join(seen, on="site").iter_rows()}
    found = by_site(demo, "supply_cost_per_visit")
    for site, value in expected.items():
        assert found[site] == pytest.approx(value), site
    clinics = set(read("sites/sites.csv").filter(pl.col("kind") == "Clinic")["site"])
    fair = {site: value for site, value in found.items() if site in clinics}
    assert max(fair, key=lambda site: fair[site]) == story("supply_drift").sites[0]


# The director


def test_d2_why_are_we_over_on_staffing_starts_from_a_tied_variance(demo: Reader) -> None:
    """The gap of the sites is the group's gap, to the cent."""
    of_all = ask(demo, "labor_cost", period=MONTH, compare=("budget",)).frame["gap"].item()
    parts = ask(demo, "labor_cost", period=MONTH, by=("site",), compare=("budget",)).frame["gap"]
    assert parts.sum() == of_all
    assert isinstance(of_all, Decimal)


def test_d4_what_is_committed(demo: Reader, read: Read) -> None:
    """Ordered and not invoiced, by the latest word on each order line."""
    lines = read("supplies/purchases/*.csv").unique(["order", "line"], keep="last")
    number = {n: pl.col(n).cast(pl.Float64, strict=False).fill_null(0) for n in
              ("quantity", "invoiced", "unit_price")}  # fmt: skip
    left = pl.max_horizontal(number["quantity"] - number["invoiced"], pl.lit(0.0))
    expected = lines.select((left * number["unit_price"]).sum()).item()
    value = ask(demo, "open_commitments", period=MONTH).value
    assert float(str(value)) == pytest.approx(expected, abs=0.01)


def test_d5_what_must_we_decide_before_the_next_meeting(demo: Reader, story: Tell) -> None:
    """By notice date: exactly the planted five, and the one that can't be stopped any more."""
    found = commitments.notices(demo, TODAY, ALL)
    soon = found.filter(~pl.col("locked"))
    told = {
        name: date.fromisoformat(str(day)) for name, day in story("notice_soon").figures.items()
    }
    assert dict(soon.select("contract", "notice_date").iter_rows()) == told
    locked = found.filter("locked")["contract"].to_list()
    assert locked == [story("renewal_locked").figures["contract"]]
    assert ask(demo, "renewals_due", period=MONTH).value == len(told)
    assert ask(demo, "locked_renewals", period=MONTH).value == 1


def test_d6_what_do_the_escalators_cost(demo: Reader, read: Read) -> None:
    """One step of each running contract, from the register as written, to the cent."""
    register = read("contracts/contracts.csv").unique("contract", keep="last")
    days = register.with_columns(pl.col("start", "end").str.to_date())
    live = days.filter(
        pl.col("start") <= TODAY, pl.col("end") >= TODAY,
        ~pl.col("status").is_in(["terminated", "expired"]),
    )  # fmt: skip
    expected = Decimal(0)
    for value, step in live.select("annual_value", "escalator").iter_rows():
        if value and step:
            expected += (Decimal(value) * Decimal(step) / 100).quantize(Decimal("0.01"))
    found = ask(demo, "escalator_cost", period=MONTH).value
    assert abs(Decimal(str(found)) - expected) <= Decimal("0.01") * live.height / 2


def test_d9_are_the_new_sites_hurting_us(demo: Reader, story: Tell) -> None:
    """With and without the clinics that opened or closed; their visits are the difference."""
    moved = [story("opened").sites[0], story("closed").sites[0]]
    every = ask(demo, "visits", period=YEAR, compare=("year",)).frame
    same = ask(demo, "visits", period=YEAR, compare=("year",), same_sites=True).frame
    theirs = ask(demo, "visits", period=YEAR, compare=("year",), where={"site": moved}).frame
    for side in ("value", "year"):
        assert every[side].item() - same[side].item() == theirs[side].item() > 0


def test_d10_which_payer_contract_is_underwater(demo: Reader, read: Read) -> None:
    remits = read("remits/*.csv").with_columns(
        pl.col("paid", "allowed").cast(pl.Float64), pl.col("month").str.to_date()
    )
    year = remits.filter(pl.col("month").is_between(YEAR.start, YEAR.stop))
    sums = year.group_by("payer").agg(pl.col("paid", "allowed").sum())
    expected = {payer: paid / allowed for payer, paid, allowed in sums.iter_rows()}
    frame = ask(demo, "paid_of_allowed", period=YEAR, by=("payer",)).frame
    found = dict(frame.select("payer", "value").iter_rows())
    assert found == {payer: pytest.approx(value) for payer, value in expected.items()}


def test_d11_is_this_timing_or_real(demo: Reader, story: Tell) -> None:
    """A month with three pay dates costs no more than its neighbours by days worked.

    By check date it would cost half as much again. Sites that opened, closed or lack a payroll
    aside, because they move the cost for good reason.
    """
    moving = {s for name in ("opened", "closed", "payroll_missing") for s in story(name).sites}
    steady = {"site": [s for s in by_site(demo, "paid_hours", YEAR) if s not in moving]}
    months = [date.fromisoformat(f"{m}-01") for m in str(story("three_check_months").figures[
        "months"]).split()]  # fmt: skip
    within = [m for m in months if date(2024, 1, 1) <= m <= date(2026, 8, 1)]
    assert within
    for month in within:
        span = month_span(add_months(month, -1), 3)
        costs = [
            float(v) / p.days
            for v, p in (
                (ask(demo, "labor_cost", period=p, where=steady).value or 0, p)
                for p in span.split("month")
            )
        ]
        assert costs[1] < 1.1 * (costs[0] + costs[2]) / 2


# The analyst


def test_a1_which_load_produced_this_number(demo: Reader, read: Read) -> None:
    found = rows(demo, "spend", period=MONTH)
    assert found["numerator"].sum() == ask(demo, "spend", period=MONTH).value
    named = {Path(path).name for path in found["path"]}
    assert named <= set(read("payables/*.csv")["file"])


def test_a2_what_changed_since(demo: Reader, story: Tell) -> None:
    """The corrected payroll file moved the cost of one site, and no other restated pay."""
    told = story("restated_payroll")
    pay = changes(demo, 1).filter(pl.col("feed") == "labor", pl.col("measure") == "amount")
    restated = health.restated(demo)
    assert restated.filter(pl.col("path").str.contains("corrected")).height == 1
    event = restated.filter(pl.col("path").str.contains("corrected"))["event"].item()
    moved = pay.filter(pl.col("event") == event)
    assert set(moved["site"]) == set(told.sites)


def test_a3_why_do_my_sites_not_sum_to_the_total(demo: Reader) -> None:
    """They do, to the cent; of a ratio the total is made of both sums."""
    frame = ask(demo, "spend", period=YEAR, by=("site",)).frame
    assert frame["value"].sum() == ask(demo, "spend", period=YEAR).value
    ratios = ask(demo, "overtime_share", period=YEAR, by=("site",)).frame
    total = ask(demo, "overtime_share", period=YEAR).value
    assert total == pytest.approx(
        float(ratios["numerator"].sum()) / float(ratios["denominator"].sum())
    )
    assert total != pytest.approx(float(ratios["value"].mean()), rel=1e-4)  # type: ignore[arg-type]


def test_a5_does_the_stock_identity_close(demo: Reader) -> None:
    """What was counted, and what moved since, is what is counted a month later: by site and item.

    Of the sites whose shelves and movements are both in our own layout, by day.
    """
    counted = demo.query(
        "SELECT site, item, as_of, sum(quantity) AS quantity FROM stock "
        "WHERE system = 'rounds' AND as_of IN (?, ?) GROUP BY ALL",
        [date(2026, 9, 30), TODAY],
    )
    moved = demo.query(
        "SELECT site, item, sum(CASE WHEN kind IN ('issue', 'waste', 'transfer_out') "
        "THEN -quantity ELSE quantity END) AS moved FROM supply_moves "
        "WHERE system = 'rounds' AND date > ? AND date <= ? GROUP BY ALL",
        [date(2026, 9, 30), TODAY],
    )
    before, after = (
        counted.filter(pl.col("as_of") == day).drop("as_of") for day in (date(2026, 9, 30), TODAY)
    )
    both = before.join(after, on=["site", "item"], suffix="_now").join(
        moved, on=["site", "item"], how="left"
    )
    assert both.height > 100
    gap = both.filter(pl.col("quantity") + pl.col("moved").fill_null(0) != pl.col("quantity_now"))
    assert gap.is_empty()


def test_a5_do_pay_and_bills_tie_to_the_general_ledger(demo: Reader, read: Read) -> None:
    """Each account of the ledger's export, summed over a year, is what pay and bills came to."""
    told = books(demo, YEAR)
    assert told.compared.height > 1_000
    assert told.off.is_empty()
    ledger = read("ledger/*.csv").filter(pl.col("month").cast(pl.String) >= "2025-11-01")
    amount = pl.col("amount").cast(pl.Decimal(38, 4))
    by_account = dict(ledger.group_by("account").agg(amount.sum()).iter_rows())
    billed = told.accounts.drop_nulls("account")
    assert dict(billed.select("account", "ledger").iter_rows()) == {
        account: total for account, total in by_account.items() if account not in ("6000", "6100")
    }


def test_a6_is_this_period_complete(demo: Reader, story: Tell) -> None:
    told = story("payroll_missing")
    month = month_span(told.period[0])
    answer = ask(demo, "labor_cost", period=month)
    gone = {(one.site, one.month) for one in answer.missing if one.need == "labor.pay"}
    assert (told.sites[0], told.period[0]) in gone
    one = ask(demo, "labor_cost", period=month, where={"site": list(told.sites)})
    assert one.value is None
    assert one.reason == "pay did not arrive"


def test_a7_what_is_the_exact_definition() -> None:
    for metric in METRICS.values():
        assert all((metric.definition, metric.formula, metric.source, metric.traps))
    assert len(METRICS) >= 50


def test_a9_are_these_two_rows_duplicates(demo: Reader, story: Tell) -> None:
    told = story("paid_twice")
    found = payments.paid_twice(demo, told.period[0] - timedelta(60), TODAY, ALL)
    pairs = set(found.select("document", "other_document").iter_rows())
    assert (told.figures["document"], told.figures["double"]) in pairs
    assert found["amount"].to_list()[0] == pytest.approx(Decimal(str(told.figures["amount"])))


def test_a10_reproduce_this_chart_as_of_an_earlier_load(demo: Reader, story: Tell) -> None:
    """Before the corrected payroll came, the site's cost was higher by what it took off."""
    told = story("restated_payroll")
    event = health.restated(demo).filter(pl.col("path").str.contains("corrected"))["event"].item()
    span = Period(*told.period)
    where = {"site": list(told.sites)}
    now = ask(demo, "paid_hours", period=span, where=where).value
    then = ask(demo, "paid_hours", period=span, where=where, as_of=event - 1).value
    assert now is not None
    assert then is not None
    assert then > now


def test_the_group_has_set_itself_targets(demo: Reader, read: Read) -> None:
    """Each of the file's, for every site: “5 %” of overtime is a share of 0.05."""
    stated = read("targets/targets.csv")
    assert len(stated) == 15
    for metric, value, unit in stated.select("metric", "value", "unit").iter_rows():
        frame = ask(demo, metric, period=MONTH, by=("site",), compare=("target",)).frame
        expected = float(value) / (100 if unit == "%" else 1)
        assert set(frame["target"].round(9)) == {expected}, metric
