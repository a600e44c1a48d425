"""Every story is there when the files are read without the generator's help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.demo import DemoGroup, Story
from tests.demo.conftest import TODAY, months_of

Read = Callable[[str], pl.DataFrame]
Code = Callable[[str, str], str]
Tell = Callable[[str], Story]

README = Path(__file__).parents[2] / "data" / "README.md"


def overtime_share(lines: pl.DataFrame) -> pl.DataFrame:
    worked = lines.filter(pl.col("Pay Component").is_in(["Regular", "Overtime"]))
    overtime = pl.col("Hours").filter(pl.col("Pay Component") == "Overtime").sum()
    return worked.group_by("month").agg(share=overtime / pl.col("Hours").sum()).sort("month")


def test_overtime_surges_at_one_site_in_the_last_two_months(
    paychex: pl.DataFrame, code: Code, story: Tell
) -> None:
    told = story("overtime_surge")
    lines = paychex.filter(pl.col("Org") == code("paychex_flex", told.sites[0]))
    share = overtime_share(lines)["share"].to_list()
    assert share[-2:] == pytest.approx([told.figures["share"]] * 2, abs=0.01)
    assert min(share[-2:]) > 0.13
    assert max(share[:-2]) < 0.075


def test_no_other_site_has_an_overtime_surge(
    paychex: pl.DataFrame, code: Code, story: Tell
) -> None:
    planted = code("paychex_flex", story("overtime_surge").sites[0])
    for (org,), lines in paychex.filter(pl.col("Org") != planted).group_by("Org"):
        assert overtime_share(lines)["share"].max() < 0.08, org  # type: ignore[operator]


def test_one_home_lives_on_agency_staff(read: Read, code: Code, story: Tell) -> None:
    told = story("agency_dependence")
    pbj = read("payroll/pbj/*.csv").with_columns(months_of("WorkDate", "%Y%m%d"))
    hours = [name for name in pbj.columns if name.startswith("Hrs_")]
    pbj = pbj.with_columns(pl.col(hours).cast(pl.Float64))
    agency = [name for name in hours if name.endswith("_ctr")]
    everybody = [name for name in hours if name.count("_") == 1]
    share = (
        pbj.group_by("PROVNUM", "month")
        .agg(share=pl.sum_horizontal(agency).sum() / pl.sum_horizontal(everybody).sum())
        .sort("month")
    )
    own = share.filter(pl.col("PROVNUM") == code("cms_pbj", told.sites[0]))["share"]
    others = share.filter(pl.col("PROVNUM") != code("cms_pbj", told.sites[0]))["share"]
    assert own[-8:].is_between(0.30, 0.40).all()
    assert own[:-8].max() < 0.08  # type: ignore[operator]
    assert others.max() < 0.08  # type: ignore[operator]
    assert told.figures["cost_ratio"] == pytest.approx(1.7, abs=0.06)


def test_agency_invoices_match_the_timesheets(read: Read, code: Code, story: Tell) -> None:
    sheets = read("payroll/agency/*.csv").with_columns(pl.col("amount").cast(pl.Float64))
    bills = read("payables/*.csv").filter(pl.col("*AccountCode") == "6100")
    billed = bills.with_columns(
        months_of("*InvoiceDate", "%m/%d/%Y"), pl.col("LineAmount").cast(pl.Float64)
    )
    site = story("agency_dependence").sites[0]
    own = sheets.filter(pl.col("site") == site).with_columns(months_of("period_start", "%Y-%m-%d"))
    left = own.group_by("company", "month").agg(pl.col("amount").sum().round(2))
    right = billed.filter(pl.col("TrackingOption1") == code("xero", site)).select(
        pl.col("*ContactName").alias("company"), "month", pl.col("LineAmount").alias("amount")
    )
    assert left.sort("company", "month").equals(right.sort("company", "month"))


def test_some_months_hold_three_check_dates(read: Read, story: Tell) -> None:
    names = read("payroll/paychex/*.csv")["file"].unique().str.extract(r"(\d{4}-\d{2})-\d{2}\.csv")
    count = Counter(names.drop_nulls().to_list())
    told = str(story("three_check_months").figures["months"]).split()
    assert {month for month, files in count.items() if files == 6} == set(told)
    assert len(told) >= 2


def test_a_payroll_file_comes_again_with_corrected_hours(
    group: DemoGroup, code: Code, story: Tell
) -> None:
    told = story("restated_payroll")
    first, second = (group.folder / str(told.figures[f"{name}_file"]) for name in
                     ("first", "corrected"))  # fmt: skip
    assert sorted([second.name, first.name]) == [first.name, second.name]
    before, after = (pl.read_csv(path, infer_schema=False) for path in (first, second))
    org = pl.col("Org") == code("paychex_flex", told.sites[0])
    hours = pl.col("Hours").cast(pl.Float64).sum()
    assert before.filter(org).select(hours).item() == told.figures["hours_before"]
    assert after.filter(org).select(hours).item() == told.figures["hours_after"]
    assert told.figures["hours_before"] > 1.2 * told.figures["hours_after"]  # type: ignore[operator]
    assert before.filter(~org).equals(after.filter(~org))


def test_one_site_runs_dry_while_another_drowns(read: Read, story: Tell) -> None:
    told = story("stock_imbalance")
    short, over = told.sites
    item = pl.col("item") == told.figures["item"]
    stock = read("supplies/stock/stock_2026-10.csv").filter(item)
    on_hand = {
        site: stock.filter(pl.col("site") == site).select(
            pl.col("quantity").cast(pl.Int64).sum(), pl.col("minimum").cast(pl.Int64).first(),
            pl.col("maximum").cast(pl.Int64).first(), pl.col("expiry").min(),
        ).row(0)
        for site in told.sites
    }  # fmt: skip
    assert 0 < on_hand[short][0] < on_hand[short][1]
    assert on_hand[over][0] > 5 * on_hand[over][2]
    assert date.fromisoformat(on_hand[over][3]) < TODAY + timedelta(days=100)
    coming = read("supplies/purchases/*.csv").filter(
        item, pl.col("site") == short, pl.col("received") == "0"
    )
    assert coming.is_empty()


def test_high_risk_equipment_of_one_home_is_not_serviced(
    read: Read, code: Code, story: Tell
) -> None:
    told = story("missed_maintenance")
    high = read("maintenance/assets.csv").filter(pl.col("risk") == "high")["asset"].implode()
    orders = read("maintenance/work_orders/*.csv").unique("ID", keep="last")
    form = "%d/%m/%Y %H:%M"
    due = orders.filter(pl.col("Category") == "Preventive Maintenance").with_columns(
        pl.col("Due Date", "Completed On").str.to_datetime(form),
        asset=pl.col("Asset Name").str.extract(r"^(\S+)"),
    )
    due = due.filter(pl.col("Due Date").dt.date().is_between(*told.period))
    own = pl.col("Location Name") == code("atlas_cmms", told.sites[0])
    risky = pl.col("asset").is_in(high)
    on_time = (pl.col("Completed On") <= pl.col("Due Date")).fill_null(False)
    assert due.filter(own & risky)["Completed On"].is_null().all()
    assert due.filter(own & risky)["Due Date"].dt.month().n_unique() == 3
    assert len(due.filter(own & risky)) == told.figures["missed"]
    assert due.filter(~own | ~risky).select(on_time.mean()).item() > 0.93


def test_one_contract_is_locked_and_others_must_be_decided(read: Read, story: Tell) -> None:
    contracts = read("contracts/contracts.csv").with_columns(
        pl.col("start", "end").str.to_date(), pl.col("notice_days").cast(pl.Int64)
    )
    contracts = contracts.unique("contract", keep="last", maintain_order=True).with_columns(
        notice=pl.col("end") - pl.duration(days=pl.col("notice_days"))
    )
    active = contracts.filter(pl.col("status") == "active")
    missed = active.filter((pl.col("notice") < TODAY) & (pl.col("auto_renew") == "yes"))
    assert missed["contract"].to_list() == [story("renewal_locked").figures["contract"]]
    assert missed["notice"].to_list() == [TODAY - timedelta(days=21)]
    soon = active.filter(pl.col("notice").is_between(TODAY, TODAY + timedelta(days=90)))
    told = story("notice_soon").figures
    assert dict(soon.select("contract", pl.col("notice").cast(pl.String)).iter_rows()) == told
    assert len(told) == 5


def test_one_invoice_is_paid_twice(read: Read, story: Tell) -> None:
    told = story("paid_twice").figures
    bills = read("payables/*.csv").filter(pl.col("*ContactName") == told["supplier"])
    both = bills.filter(pl.col("*InvoiceNumber").str.starts_with(str(told["document"])))
    assert both["*InvoiceNumber"].to_list() == [told["document"], told["double"]]
    assert both["LineAmount"].unique().cast(pl.Float64).to_list() == [told["amount"]]
    assert both["PaidDate"].null_count() == 0
    assert both["*InvoiceDate"].n_unique() == 2


def test_the_price_of_one_item_creeps_up(read: Read, story: Tell) -> None:
    told = story("price_creep").figures
    bought = read("supplies/purchases/*.csv").with_columns(pl.col("unit_price").cast(pl.Float64))
    creeping = bought.filter(pl.col("item") == told["item"])
    assert creeping["supplier"].unique().to_list() == [told["supplier"]]
    assert creeping["unit_price"].min() == told["price_before"]
    assert told["price_now"] == pytest.approx(float(told["price_before"]) * 1.02**12, abs=0.01)
    others = bought.filter(pl.col("item") != told["item"])
    assert others.group_by("item").agg(pl.col("unit_price").n_unique())["unit_price"].max() == 1


def test_a_site_opens_and_another_closes(read: Read, paychex: pl.DataFrame, story: Tell) -> None:
    register = read("sites/sites.csv")
    visits = read("volumes/*.csv")
    opened, closed = story("opened"), story("closed")
    for told, column, end in ((opened, "opened", "min"), (closed, "closed", "max")):
        day = told.figures[column]
        row = register.filter(pl.col("site") == told.sites[0])
        own = visits.filter(pl.col("site") == told.sites[0])["date"]
        assert row[column].item() == day
        last = date.fromisoformat(getattr(own, end)())
        assert abs((last - date.fromisoformat(str(day))).days) <= 3
        org = row["codes"].str.extract(r"paychex_flex=(\d+)").item()
        assert paychex.filter(pl.col("Org") == org)["month"].n_unique() == 8 if end == "min" else 10


def test_one_site_has_no_payroll_for_a_month(read: Read, code: Code, story: Tell) -> None:
    told = story("payroll_missing")
    journal = read("payroll/gusto/*.csv").with_columns(months_of("Payroll start date", "%m/%d/%Y"))
    own = journal.filter(pl.col("Work address") == code("gusto", told.sites[0]))
    gone = set(journal["month"]) - set(own["month"])
    assert gone == {told.period[0]}


def test_supply_cost_of_a_visit_drifts_at_one_clinic(read: Read, story: Tell) -> None:
    told = story("supply_drift")
    moves = read("supplies/moves/*.csv").filter(
        pl.col("kind") == "issue").with_columns(months_of("date", "%Y-%m-%d"))  # fmt: skip
    visits = read("volumes/*.csv").filter(
        pl.col("measure") == "visits").with_columns(months_of("date", "%Y-%m-%d"))  # fmt: skip
    used = moves.group_by("site", "month").agg(pl.col("value").cast(pl.Float64).sum())
    seen = visits.group_by("site", "month").agg(pl.col("count").cast(pl.Float64).sum())
    cost = used.join(seen, on=["site", "month"]).with_columns(
        cost=pl.col("value") / pl.col("count")
    )
    cost = cost.sort("month")
    own = cost.filter(pl.col("site") == told.sites[0])["cost"]
    assert own[-1] == pytest.approx(told.figures["cost_now"], rel=0.01)
    assert own[-1] > 1.2 * own[0]
    for (site,), other in cost.filter(pl.col("site") != told.sites[0]).group_by("site"):
        spread = other["cost"] / other["cost"].mean()
        assert spread.is_between(0.85, 1.15).all(), site


def test_the_readme_tells_every_story(group: DemoGroup) -> None:
    text = README.read_text(encoding="utf-8")
    for told in group.stories:
        assert f"`{told.name}`" in text
        for site in told.sites:
            assert site in text
