"""The director's budget meeting: eleven questions, answered on screen as a person would."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect

from pipelines.analysis.outlook.landing import fiscal_months, landed, year_of
from pipelines.analysis.outlook.study import study
from pipelines.fiscal import Fiscal
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.browser.walking import LAST, Walk, asked, numbers, reader_of, says

PAID = "coalesce(amount, 0) + coalesce(employer_cost, 0)"
COST = f"""SELECT (SELECT sum({PAID}) FROM labor WHERE counts AND superseded_in IS NULL
AND date BETWEEN ? AND ?) + (SELECT sum(value) FROM supply_moves WHERE superseded_in IS NULL
AND kind IN ('issue', 'waste') AND date BETWEEN ? AND ?) + (SELECT sum(amount) FROM spend
WHERE superseded_in IS NULL AND subject IN ('facilities', 'contracts') AND date BETWEEN ? AND ?)"""
YEAR = (date(2025, 11, 1), LAST)


@pytest.fixture
def walk(request: pytest.FixtureRequest, demo_app: str, demo_home: Path) -> Walk:
    return reader_of(request, demo_app, demo_home)


def budgets(walk: Walk) -> pl.DataFrame:
    """The budget as it was written: site, account, month, amount, volume."""
    path = walk.home / "inbox" / "demo" / "budget" / "budget_FY2026.xlsx"
    frame = pl.read_excel(path, infer_schema_length=0)
    return frame.with_columns(
        pl.col("month").str.slice(0, 10), pl.col("amount", "volume").cast(pl.Float64)
    )


@asked()
def test_where_do_we_land_at_year_end(walk: Walk) -> None:
    """Ten months cost what the record says; the year near twelve tenths of it, in a range."""
    walk.open("")
    walk.go("Budget")
    heading = walk.page.get_by_role("heading", name=re.compile("2026 lands at about"))
    expect(heading).to_be_visible(timeout=90_000)
    landing = numbers(heading.inner_text().split("about")[1])[0][0]
    spent = walk.one(COST, *([date(2026, 1, 1), LAST] * 3))
    assert landing == pytest.approx(spent * 1.2, rel=0.02)
    low, high = (value for value, _ in numbers(walk.heading("in 8 years of 10"))[:2])
    assert low < landing < high
    assert says(walk.row("Landing by subject", "All subjects"), landing / 1000, off=5)


@asked()
def test_why_are_we_over_on_staffing(walk: Walk) -> None:
    """One site makes up the gap; from there its agency share is one link away."""
    walk.open("staffing")
    row = walk.row("Labour cost by site, largest gap first", "Cedar Hill")
    planned = budgets(walk).filter(
        pl.col("site") == "CDH", pl.col("account") == "staffing", pl.col("month") == "2026-10-01"
    )["amount"].item()  # fmt: skip
    cost = walk.one(
        f"SELECT sum({PAID}) FROM labor WHERE counts AND superseded_in IS NULL AND site = 'CDH' "
        "AND date BETWEEN '2026-10-01' AND '2026-10-31'"
    )
    for amount in (planned, cost, cost - planned):
        assert says(row, amount / 1000), amount
    assert "Cedar Hill" in walk.rows("Labour cost by site, largest gap first")[0]
    assert "Cedar Hill" in walk.follow("^Cedar Hill Nursing Home$")
    shown = walk.page.get_by_role("listitem").filter(has_text="Agency share").first.inner_text()
    hours = walk.ask(
        "SELECT sum(hours) FILTER (kind = 'agency') / sum(hours) FROM labor WHERE counts "
        "AND superseded_in IS NULL AND pay_class IN ('regular', 'overtime', 'double_time') "
        "AND site = 'CDH' AND date BETWEEN '2026-10-01' AND '2026-10-31'"
    ).item()
    assert says(shown, float(hours))


@asked()
def test_how_much_of_it_is_volume(walk: Walk) -> None:
    """Supplies follow volume by nine tenths: budget, visits and resident days as they came."""
    walk.open("budget")
    supplies = walk.row("The budget for the volume", "Supplies")
    planned = budgets(walk).filter(pl.col("month") <= "2026-10-01")
    staffing = planned.filter(pl.col("account") == "staffing").select("site", "month", "volume")
    money = planned.filter(pl.col("account") == "supplies").select("site", "month", "amount")
    came = walk.ask(
        "SELECT site, strftime(month, '%Y-%m-01') AS month, measure, sum(count)::DOUBLE AS n "
        "FROM volume WHERE superseded_in IS NULL AND month >= '2026-01-01' GROUP BY ALL"
    )
    homes = set(came.filter(pl.col("measure") == "resident_days")["site"])
    wanted = came.filter(
        (pl.col("measure") == "resident_days") | ~pl.col("site").is_in(list(homes))
    ).filter(pl.col("measure").is_in(["visits", "resident_days"]))
    both = money.join(staffing, on=["site", "month"]).join(wanted, on=["site", "month"])
    excused = both.select((pl.col("amount") * 0.9 * (pl.col("n") / pl.col("volume") - 1)).sum())
    assert says(supplies, excused.item() / 1000, off=0.3)
    cells = [value for value, _ in numbers(walk.row("The budget for the volume", "All subjects"))]
    budget, flexed, actual, volume, rest = cells[-5:]
    assert volume + rest == pytest.approx(actual - budget, abs=1.5)
    assert flexed - budget == pytest.approx(volume, abs=1.5)


@asked()
def test_what_is_already_committed(walk: Walk) -> None:
    """Ordered and not invoiced, by the latest word on each order line as it was written."""
    walk.open("contracts")
    said = walk.heading("is ordered and not invoiced")
    lines = walk.read("supplies/purchases/*.csv").unique(["order", "line"], keep="last")
    number = {n: pl.col(n).cast(pl.Float64, strict=False).fill_null(0)
              for n in ("quantity", "invoiced", "unit_price")}  # fmt: skip
    left = pl.max_horizontal(number["quantity"] - number["invoiced"], pl.lit(0.0))
    assert says(said, lines.select((left * number["unit_price"]).sum()).item())


@asked(often=1440)
def test_what_must_we_decide_before_the_next_meeting(walk: Walk) -> None:
    """By notice date, from the register: the end less the days of notice, in ninety days."""
    walk.open("")
    walk.go("Contracts")
    register = walk.read("contracts/contracts.csv").unique("contract", keep="last")
    ends = register.with_columns(
        notice=pl.col("end").str.to_date() - pl.duration(days=pl.col("notice_days").cast(pl.Int64))
    )
    soon = ends.filter(
        pl.col("notice").is_between(LAST, LAST + timedelta(90)), pl.col("status") == "active"
    ).sort("notice")
    said = walk.heading("need notice within 90 days")
    assert says(said, soon.height)
    assert says(said, soon["annual_value"].cast(pl.Float64).sum())
    for shown, row in zip(walk.rows("Contracts by notice date"), soon.to_dicts(), strict=False):
        assert row["title"] in shown
        assert f"{row['notice']:%-d %b %Y}" in shown
        assert says(shown, (row["notice"] - LAST).days)


@asked()
def test_what_do_the_escalators_cost(walk: Walk) -> None:
    """One yearly step of every running contract, and the rises of the next year."""
    walk.open("glossary?metric=escalator_cost")
    finding = walk.open("number?metric=escalator_cost&period=2026-10")
    register = walk.read("contracts/contracts.csv").unique("contract", keep="last")
    live = register.filter(
        pl.col("start").str.to_date() <= LAST, pl.col("end").str.to_date() >= LAST,
        ~pl.col("status").is_in(["terminated", "expired"]),
    )  # fmt: skip
    step = pl.col("annual_value").cast(pl.Float64) * pl.col("escalator").cast(pl.Float64) / 100
    assert says(finding, live.select(step.sum()).item(), off=1)
    walk.open("contracts")
    going = live.filter(pl.col("kind") != "payer").to_dicts()
    assert says(walk.heading("Price rises cost .* in 2027"), sum(map(rises_of_2027, going)))


def rises_of_2027(contract: dict[str, str]) -> float:
    """What the rises after October add to a contract's cost in 2027, day by day.

    On each anniversary the price rises by its share, on the rises before; what doesn't renew by
    itself costs nothing after its end.
    """
    start, end = (date.fromisoformat(contract[name]) for name in ("start", "end"))
    share, added = float(contract["escalator"] or 0) / 100, 0.0
    for at in range(365):
        day = date(2027, 1, 1) + timedelta(at)
        if contract["auto_renew"] == "no" and day > end:
            break
        passed = [start.replace(year=year) for year in (2026, 2027) if year > start.year]
        added += (1 + share) ** sum(LAST < anniversary <= day for anniversary in passed) - 1
    return float(contract["annual_value"]) * added / 365


@asked()
def test_what_if_we_cut_agency_a_fifth(walk: Walk) -> None:
    """A fifth of two months' agency hours, at what they cost above the homes' own people.

    Of each site's staffing as it is forecast, hours and rates are in the proportions of the last
    twelve months; an hour of the homes' own people costs straight pay, leave and employer cost.
    """
    walk.open("what-if?scenario=agency:-20")
    expect(walk.page.locator("h1")).to_contain_text("would land at", timeout=90_000)
    finding = walk.finding()
    own, straight = "kind NOT IN ('agency', 'contract')", "pay_class IN ('regular', 'on_call')"
    roles = walk.ask(
        f"SELECT site, role, sum({PAID})::DOUBLE AS cost, "
        f"coalesce(sum({PAID}) FILTER (NOT {own}), 0)::DOUBLE AS hired, "
        f"coalesce(sum(hours) FILTER (NOT {own}), 0)::DOUBLE AS hours, "
        f"sum(amount) FILTER ({own} AND {straight})::DOUBLE AS pay, "
        f"sum(hours) FILTER ({own} AND {straight})::DOUBLE AS worked, "
        f"coalesce(sum(amount) FILTER ({own} AND pay_class = 'leave'), 0)::DOUBLE AS leave, "
        f"sum(amount) FILTER ({own})::DOUBLE AS gross, "
        f"coalesce(sum(employer_cost) FILTER ({own}), 0)::DOUBLE AS employer "
        "FROM labor WHERE counts AND superseded_in IS NULL AND month BETWEEN ? AND ? "
        "GROUP BY ALL HAVING cost IS NOT NULL", *YEAR,
    )  # fmt: skip
    col = pl.col
    hire = (col("pay") / col("worked") * (1 + col("leave") / col("pay"))
            * (1 + col("employer") / col("gross"))).fill_nan(None)  # fmt: skip
    pooled = roles.group_by("role").agg(
        col("pay", "worked", "leave", "gross", "employer").sum()
    )  # fmt: skip
    every = pooled.select("role", pooled=hire)
    apart = col("hired") - col("hours") * pl.coalesce(hire, "pooled")
    sites = (
        roles.join(every, on="role")
        .with_columns(apart=pl.when(col("hours") > 0).then(apart).otherwise(0.0))
        .group_by("site")
        .agg(col("cost", "apart").sum())
    )
    ahead = forecast(walk).filter(col("subject") == "staffing", col("month") > LAST)
    months = ahead.group_by("site").agg(ahead=col("value").cast(pl.Float64).sum())
    saved = 0.2 * col("ahead") * col("apart") / col("cost")
    assert "less than if nothing changes" in finding
    assert says(
        finding.split("would land at")[1], sites.join(months, on="site").select(saved.sum()).item()
    )


def forecast(walk: Walk) -> pl.DataFrame:
    """What the landing says of each site, subject and month of 2026."""
    reader, fiscal = open_build(Home(walk.home)), Fiscal()
    span = fiscal_months(fiscal.year(2026))
    return landed(year_of(reader, study(reader), span, until=LAST.replace(day=1))).cells


@asked()
def test_what_if_volume_falls_five_per_cent(walk: Walk) -> None:
    """Labour doesn't fall in proportion: less is saved than a twentieth, more than of supplies."""
    walk.open("what-if?scenario=volume:-5")
    expect(walk.page.locator("h1")).to_contain_text("would land at", timeout=90_000)
    saved = numbers(walk.finding().split("would land at")[1])[1][0]
    labour = walk.one(
        f"SELECT sum({PAID}) / 6 FROM labor WHERE counts AND superseded_in IS NULL "
        "AND date BETWEEN ? AND ?", *YEAR,
    )  # fmt: skip
    supplies = walk.one(
        "SELECT sum(value) / 6 FROM supply_moves WHERE superseded_in IS NULL AND date BETWEEN ? "
        "AND ? AND kind IN ('issue', 'waste')", *YEAR,
    )  # fmt: skip
    assert 0.05 * (0.4 * labour + 0.9 * supplies) * 0.8 < saved < 0.05 * (labour + supplies)
    expect(walk.page.get_by_text("elsewhere 40 % of labour follows volume")).to_be_visible()


@asked()
def test_are_the_new_sites_hurting_us(walk: Walk) -> None:
    """Visits of twelve months with the clinics that opened and closed, and without them."""
    walk.open("number?metric=visits&period=2025-11..2026-10")
    day = pl.col("date").str.to_date()
    visits = walk.read("volumes/*.csv").filter(
        pl.col("measure") == "visits", day.is_between(*YEAR), ~pl.col("site").is_in(["YAR", "ALD"])
    )
    same = visits["count"].cast(pl.Float64).sum()
    assert says(walk.row("How it is made", "The same sites, now"), same)
    before = walk.read("volumes/*.csv").filter(
        pl.col("measure") == "visits", day.is_between(date(2024, 11, 1), date(2025, 10, 31)),
        ~pl.col("site").is_in(["YAR", "ALD"]),
    )["count"].cast(pl.Float64).sum()  # fmt: skip
    if before:
        assert says(walk.row("How it is made", "The same sites, a year earlier"), before)


@asked()
def test_which_payer_s_contract_is_under_water(walk: Walk) -> None:
    walk.open("explore?metric=paid_of_allowed&rows=payer&cols=none&against=none&last=12")
    remits = walk.read("remits/*.csv").filter(
        pl.col("month").str.to_date().is_between(date(2025, 11, 1), LAST)
    )
    sums = remits.group_by("payer").agg(pl.col("paid", "allowed").cast(pl.Float64).sum())
    for payer, paid, allowed in sums.iter_rows():
        row = walk.row("Paid of what is allowed by payer", payer)
        assert says(row, paid / allowed)
        assert says(row, paid)


@asked()
def test_is_this_timing_or_real(walk: Walk) -> None:
    """July has three pay dates: by check date it is far over, by day worked it isn't."""
    by_check = walk.open("staffing?month=Jul+2026&pay=Check+date")
    expect(walk.page.get_by_text("a month with three pay dates is dearer")).to_be_visible()
    by_day = walk.open("staffing?month=Jul+2026")
    for finding, day in ((by_check, "coalesce(check_date, date)"), (by_day, "date")):
        cost = walk.one(
            f"SELECT sum({PAID}) FROM labor WHERE counts AND superseded_in IS NULL "
            f"AND {day} BETWEEN '2026-07-01' AND '2026-07-31'"
        )
        assert says(finding, cost)
    walk.open("budget")
    assert walk.heading("of the gap is timing or one-off")
