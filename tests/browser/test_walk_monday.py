"""The regional manager's Monday: ten questions, answered on screen as a person would."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect

from tests.browser.walking import FIRST, LAST, Walk, asked, reader_of, says

HOURS = """SELECT coalesce(sum(hours) FILTER ({part}), 0) / sum(hours) FROM labor
WHERE counts AND superseded_in IS NULL AND pay_class IN ('regular', 'overtime', 'double_time')
AND date BETWEEN ? AND ? AND site = ?"""
OVERTIME = HOURS.format(part="pay_class IN ('overtime', 'double_time')")
AGENCY = HOURS.format(part="kind = 'agency'")


@pytest.fixture
def walk(request: pytest.FixtureRequest, demo_app: str, demo_home: Path) -> Walk:
    return reader_of(request, demo_app, demo_home)


def missed(walk: Walk, first: date, site: str) -> float:
    return walk.one(
        "SELECT count(*) FROM work_orders WHERE superseded_in IS NULL AND kind = 'planned' "
        "AND risk = 'high' AND due BETWEEN ? AND ? AND site = ? AND completed IS NULL",
        first, LAST, site,
    )  # fmt: skip


@asked(often=390)
def test_which_three_sites_need_my_call_today(walk: Walk) -> None:
    walk.open("")
    lines = walk.page.get_by_role("list", name="What needs attention").get_by_role("listitem")
    first = [" ".join(text.split()) for text in lines.all_inner_texts()[:3]]
    assert "Willow Bend" in first[0]
    assert says(first[0], missed(walk, date(2026, 8, 1), "WLB"))
    assert "Cedar Hill" in first[1]
    assert says(first[1], walk.one(AGENCY, FIRST, LAST, "CDH"))
    assert "Birch Run" in first[2]
    assert says(first[2], walk.one(OVERTIME, FIRST, LAST, "BRN"))


@asked(often=1440)
def test_is_the_overtime_really_up_or_just_noise(walk: Walk) -> None:
    """The list leads to the site; its chart sets the month against two years of months."""
    walk.open("")
    finding = walk.follow("Overtime at Birch Run Clinic")
    assert "Birch Run" in finding
    chart = walk.page.get_by_role("figure", name=re.compile("^Overtime at Birch Run")).or_(
        walk.page.get_by_role("figure", name=re.compile("^Overtime"))
    )
    said = chart.first.get_attribute("aria-label") or ""
    months = walk.ask(
        "SELECT date_trunc('month', date) AS m, sum(hours) FILTER (pay_class IN ('overtime', "
        "'double_time')) / sum(hours) AS share FROM labor WHERE counts AND superseded_in IS NULL "
        "AND pay_class IN ('regular', 'overtime', 'double_time') AND site = 'BRN' "
        "AND date < '2026-11-01' GROUP BY 1 ORDER BY 1"
    )["share"].to_list()
    usual = [float(share) for share in months[:-2]]  # the surge began in September
    spread = sum(abs(b - a) for a, b in pairwise(usual)) / (len(usual) - 1)
    upper = sum(usual) / len(usual) + 2.66 * spread
    assert float(months[-1]) > upper
    assert says(said, float(months[-1]))
    assert "above its usual range" in said


@asked()
def test_who_is_living_on_agency(walk: Walk) -> None:
    walk.open("")
    walk.go("Staffing")
    assert "Cedar Hill" in walk.heading("more agency staff than size explains")
    top = walk.figures("agency-funnel").get_by_role("row").nth(1).inner_text()
    shares = {site: walk.one(AGENCY, FIRST, LAST, site) for site in ("CDH", "WLB", "BRN")}
    assert max(shares, key=lambda site: shares[site]) == "CDH"
    assert "Cedar Hill" in top
    assert says(top, shares["CDH"])


@asked()
def test_is_there_enough_cover_at_the_weekend(walk: Walk) -> None:
    """From the staffing returns as written: nursing hours over residents on both days."""
    walk.open("staffing")
    shown = walk.page.get_by_role("listitem").filter(has_text="Weekend nursing hours").first
    pbj = walk.read("payroll/pbj/*.csv").with_columns(day=pl.col("WorkDate").str.to_date("%Y%m%d"))
    pbj = pbj.filter(pl.col("day").is_between(FIRST, LAST), pl.col("day").dt.weekday() > 5)
    nurses = ("RNDON", "RNadmin", "RN", "LPNadmin", "LPN", "CNA", "NAtrn", "MedAide")
    hours = [f"Hrs_{name}" for name in nurses if f"Hrs_{name}" in pbj.columns]
    worked = pbj.select(pl.sum_horizontal(pl.col(hours).cast(pl.Float64)).sum()).item()
    assert says(shown.inner_text(), worked / pbj["MDScensus"].cast(pl.Float64).sum())


@asked()
def test_what_is_broken_and_for_how_long(walk: Walk) -> None:
    walk.open("")
    finding = walk.go("Facilities")
    still = walk.ask(
        "SELECT title, site, risk, created FROM work_orders WHERE superseded_in IS NULL "
        "AND kind = 'repair' AND closed IS NULL AND created < '2026-11-01' ORDER BY created"
    )
    assert says(finding, still.height)
    high = still.filter(pl.col("risk") == "high")
    assert high.height > 0
    for title, _, _, created in high.iter_rows():
        row = walk.row("Open issues", title, "high")
        assert says(row, (LAST - created.date()).days)


@asked()
def test_which_maintenance_did_we_miss(walk: Walk) -> None:
    walk.open("facilities")
    due = walk.ask(
        "SELECT risk, completed IS NULL OR CAST(completed AS date) > CAST(due AS date) AS late, "
        "count(*) AS n FROM work_orders WHERE superseded_in IS NULL AND kind = 'planned' "
        "AND due BETWEEN '2026-10-01' AND '2026-10-31 23:59:59' GROUP BY ALL"
    ).filter("late")
    said = walk.heading("maintenance orders were missed")
    assert says(said, due["n"].sum())
    assert says(said, due.filter(pl.col("risk") == "high")["n"].sum())
    assert "high" in walk.rows("Maintenance missed")[0]


@asked()
def test_will_any_site_run_out(walk: Walk) -> None:
    """What is on the shelf, at the pace of ninety days."""
    walk.open("")
    walk.go("Supplies")
    row = walk.row("Items that run out", "Strep A", "Hazel Green")
    held = walk.one("SELECT sum(quantity) FROM stock WHERE site = 'HZG' AND as_of = '2026-10-31' "
                    "AND item_name LIKE 'Strep A%' AND superseded_in IS NULL")  # fmt: skip
    used = walk.one(
        "SELECT sum(quantity) FROM supply_moves WHERE site = 'HZG' AND item_name LIKE 'Strep A%' "
        "AND kind IN ('issue', 'waste') AND superseded_in IS NULL "
        "AND date BETWEEN DATE '2026-10-31' - 89 AND '2026-10-31'"
    )
    days = re.search(r"(\d+) days?\b", row)
    assert days
    assert abs(int(days[1]) - held / (used / 90)) <= 1
    assert "nothing on order" in row
    assert "Kestrel Park Clinic can spare" in row


@asked()
def test_what_expires_on_my_shelves(walk: Walk) -> None:
    walk.open("supplies")
    lots = walk.ask(
        "SELECT item_name, site, expiry, quantity, value FROM stock WHERE as_of = '2026-10-31' "
        "AND expiry <= DATE '2026-10-31' + 90 AND superseded_in IS NULL"
    )
    assert says(walk.heading("expires within 90 days"), float(lots["value"].sum()))
    row = walk.row("Lots that expire", lots["item_name"][0])
    assert says(row, float(lots["quantity"][0]))
    assert f"{lots['expiry'][0]:%-d %b %Y}" in row


@asked()
def test_did_what_we_did_work(walk: Walk) -> None:
    """Agency at Cedar Hill: where it has stood since it changed, and where it stood before."""
    walk.open("staffing")
    said = walk.words("Since Mar 2026, 8 months, it has stood near")
    shares = [
        walk.one(AGENCY, first, last, "CDH")
        for first, last in walk.ask(
            "SELECT DISTINCT date_trunc('month', date)::date AS a, last_day(date) AS b FROM labor "
            "WHERE kind = 'agency' AND site = 'CDH' AND date >= '2026-03-01' "
            "AND date < '2026-11-01' ORDER BY 1"
        ).iter_rows()
    ]
    assert len(shares) == 8
    assert says(said, sum(shares) / 8, off=0.002)


@asked()
def test_compare_my_sites_fairly(walk: Walk) -> None:
    """Supplies for each visit, not supplies: of the league the highest, and one more site."""
    walk.open("supplies")
    rows = walk.rows("Supply cost per visit")
    cost = walk.ask(
        "SELECT m.site, m.value / v.visits AS per FROM (SELECT site, sum(value) AS value "
        "FROM supply_moves WHERE kind IN ('issue', 'waste') AND superseded_in IS NULL "
        "AND date BETWEEN '2026-10-01' AND '2026-10-31' GROUP BY 1) m JOIN (SELECT site, "
        "sum(count) AS visits FROM volume WHERE measure = 'visits' AND superseded_in IS NULL "
        "AND date BETWEEN '2026-10-01' AND '2026-10-31' GROUP BY 1) v USING (site) ORDER BY 2 DESC"
    )
    names = dict(walk.ask("SELECT site, name FROM sites").iter_rows())
    for at in (0, 1):
        assert names[cost["site"][at]] in rows[at]
        assert says(rows[at], float(cost["per"][at]))
    expect(walk.table("Supply cost per visit")).to_contain_text("All sites")
