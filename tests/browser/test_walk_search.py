"""The analyst's investigation: ten questions, answered on screen as a person would."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect

from tests.browser.walking import LAST, Walk, asked, numbers, reader_of, says

ELMWOOD = "1401"  # what its payroll calls it, in the register of sites
AUGUST = "number?metric=paid_hours&period=2026-08&where=site:ELM"


@pytest.fixture
def walk(request: pytest.FixtureRequest, demo_app: str, demo_home: Path) -> Walk:
    return reader_of(request, demo_app, demo_home)


def paid_hours(walk: Walk, *, corrected: bool, month: str = "08") -> float:
    """Elmwood's hours of a month as its payroll files have them, the corrected one or the first."""
    lines = walk.read("payroll/paychex/*.csv").filter(
        pl.col("Org") == ELMWOOD, pl.col("Line Date").str.starts_with(f"{month}/"),
        pl.col("Line Date").str.ends_with("2026"),
    )  # fmt: skip
    first = "paychex_0081234_2026-09-11.csv"
    kept = lines.filter(
        ~pl.col("file").str.contains("corrected") if not corrected else pl.col("file") != first
    )
    return float(kept["Hours"].cast(pl.Float64).sum())


@asked()
def test_which_load_produced_this_number(walk: Walk) -> None:
    """From the number to its file, and from its largest row to the record in that file."""
    walk.open("contracts")
    walk.open("number?metric=spend&period=2026-10")
    bills = walk.read("payables/xero_bills_2026-10.csv")
    amounts = bills["LineAmount"].cast(pl.Float64)
    row = walk.page.get_by_role("row").filter(has_text="xero_bills_2026-10.csv").first
    assert says(row.inner_text(), float(amounts.sum()))
    assert says(row.inner_text(), bills.height)
    assert says(walk.rows("Rows behind the number")[0], float(amounts.max()))
    walk.table("Rows behind the number").get_by_role("link").first.click()
    expect(walk.page.locator("h1")).to_contain_text("ecord", timeout=15_000)
    expect(walk.page.get_by_text("xero_bills_2026-10.csv").first).to_be_visible()


@asked()
def test_what_changed_since_last_week_s_pack(walk: Walk) -> None:
    walk.open("")
    walk.go("Data health")
    walk.page.get_by_role("tab", name="Changes").click()
    expect(walk.page).to_have_url(re.compile("tab=Changes"))
    row = walk.page.get_by_role("row").filter(has_text="Elmwood Clinic, Aug 2026")
    row = row.filter(has_text="labor, hours").first
    expect(row).to_be_visible(timeout=15_000)
    told = row.inner_text()
    assert says(told, paid_hours(walk, corrected=False))
    assert says(told, paid_hours(walk, corrected=True))


@asked()
def test_why_does_my_sum_of_sites_not_match_the_total(walk: Walk) -> None:
    """A ratio's total is made of both sums: they stand beside it, and they add up."""
    walk.open("explore?metric=overtime_share&rows=site&cols=none&against=none&last=12")
    expect(walk.page.get_by_text("Totals are made from both sums")).to_be_visible()
    sums = walk.ask(
        "SELECT sum(hours) FILTER (pay_class IN ('overtime', 'double_time'))::DOUBLE AS o, "
        "sum(hours)::DOUBLE AS w FROM labor WHERE counts AND superseded_in IS NULL AND basis <> "
        "'return' AND pay_class IN ('regular', 'overtime', 'double_time') "
        "AND date BETWEEN '2025-11-01' AND '2026-10-31'"
    ).row(0)
    total = walk.row("Overtime by site", "All sites")
    assert says(total, sums[0] / sums[1])
    assert says(total, sums[0])
    assert says(total, sums[1])


@asked()
def test_which_codes_are_unmapped(walk: Walk) -> None:
    """None here: every tracking code of the invoices is one that the register names."""
    walk.open("data")
    walk.page.get_by_role("tab", name="Not mapped").click()
    expect(walk.page.get_by_text("Every account and every site code has its place.")).to_be_visible(
        timeout=15_000
    )
    register = " ; ".join(walk.read("sites/sites.csv")["codes"])
    known = set(re.findall(r"xero=([^;]+?)(?: ;|;|$)", register))
    used = set(walk.read("payables/*.csv")["TrackingOption1"].drop_nulls()) - {""}
    assert {code.strip() for code in known} >= {code for code in used if code.startswith("CL ")}


@asked()
def test_do_the_totals_tie(walk: Walk) -> None:
    """What each bill states as its total is the sum of its lines, in every export."""
    walk.open("data?tab=Changes")
    expect(walk.page.get_by_text("Every total that a file states is the sum")).to_be_visible(
        timeout=15_000
    )
    lines = walk.read("payables/*.csv").with_columns(pl.col("Total", "LineAmount").cast(pl.Float64))
    bills = lines.group_by("file", "*InvoiceNumber").agg(
        pl.col("Total").first(), pl.col("LineAmount").sum()
    )
    assert bills.height > 500
    assert bills.filter((pl.col("Total") - pl.col("LineAmount")).abs() > 0.01).is_empty()
    walk.open("data?tab=General+ledger")
    expect(walk.page.get_by_text(re.compile("sums agree with the general ledger"))).to_be_visible(
        timeout=15_000
    )


@asked()
def test_is_this_period_complete(walk: Walk) -> None:
    """July lacks one payroll: the page names it, and no pay of it is in the record."""
    walk.open("data?month=Jul+2026")
    place = walk.page.get_by_text("Mill Junction Urgent Care").first
    expect(place).to_be_visible(timeout=15_000)
    expect(walk.page.get_by_text(re.compile("late|did not arrive")).first).to_be_visible()
    gone = "SELECT count(*) FROM labor WHERE site = 'MLJ' AND kind = 'employee' AND month = ?"
    assert walk.one(gone, date(2026, 7, 1)) == 0
    assert walk.one(gone, date(2026, 6, 1)) > 0
    finding = walk.open("number?metric=labor_cost&period=2026-07&where=site:MLJ")
    assert "not known for July 2026" in finding


@asked()
def test_what_is_the_exact_definition(walk: Walk) -> None:
    """As the catalogue has it, word for word, one link from the number."""
    walk.open("number?metric=overtime_share&period=2026-10")
    walk.follow("In the glossary")
    row = walk.row("Overtime, in full", "Formula") if walk.page.get_by_role(
        "table", name="Overtime, in full").count() else walk.page.get_by_role("row").filter(
        has_text="Formula").first.inner_text()  # fmt: skip
    assert "Σ overtime hours / Σ worked hours" in row
    expect(
        walk.page.get_by_text("Overtime and double-time hours as a share of the hours").first
    ).to_be_visible()


@asked()
def test_can_i_have_the_data(walk: Walk) -> None:
    """The rows behind a number as a file, with the page's filters: those of the export."""
    walk.open("number?metric=spend&period=2026-10&where=site:BRN")
    with walk.page.expect_download(timeout=30_000) as told:
        walk.page.get_by_role("button", name="All rows as CSV").click()
    with Path(told.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    bills = walk.read("payables/xero_bills_2026-10.csv")
    bills = bills.filter(pl.col("TrackingOption1") == "CL Birch Run")
    assert len(rows) == bills.height > 5
    column = next(name for name in rows[0] if name in ("numerator", "amount"))
    assert sum(float(row[column]) for row in rows) == pytest.approx(
        bills["LineAmount"].cast(pl.Float64).sum()
    )


@asked()
def test_are_these_two_rows_duplicates(walk: Walk) -> None:
    """One pair of bills of a supplier has one amount and nearly one number, within 45 days."""
    walk.open("contracts")
    bills = walk.read("payables/*.csv").unique("*InvoiceNumber").with_columns(
        day=pl.col("*InvoiceDate").str.to_date("%m/%d/%Y"),
        bare=pl.col("*InvoiceNumber").str.replace("[A-Z]$", ""),
    )  # fmt: skip
    pairs = bills.join(bills, on=["*ContactName", "Total", "bare"], suffix="_2").filter(
        pl.col("*InvoiceNumber") < pl.col("*InvoiceNumber_2"),
        (pl.col("day_2") - pl.col("day")).dt.total_days().abs() <= 45,
        pl.col("day") >= date(2025, 11, 1), pl.col("day") <= LAST,
    )  # fmt: skip
    assert pairs.height == 1
    pair = pairs.row(0, named=True)
    row = walk.row("Invoices that look paid twice", pair["*ContactName"])
    assert pair["*InvoiceNumber"] in row
    assert pair["*InvoiceNumber_2"] in row
    assert says(row, float(pair["Total"]))


@asked()
def test_reproduce_this_number_as_it_was_then(walk: Walk) -> None:
    """Before the corrected payroll came, by the load that the page names; now by one link."""
    finding = walk.open(AUGUST)
    assert says(finding, paid_hours(walk, corrected=True))
    row = walk.page.get_by_role("row").filter(has_text="corrected.csv").first.inner_text()
    load = re.search(r"load (\d+)", row)
    assert load
    then = walk.open(f"{AUGUST}&as-of={int(load[1]) - 1}")
    assert f"as known after load {int(load[1]) - 1}" in then
    assert says(then, paid_hours(walk, corrected=False))
    assert numbers(then)[0] != numbers(finding)[0]
    assert walk.follow("As known now") == finding
