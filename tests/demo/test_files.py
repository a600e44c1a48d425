"""The demo's files as files: the same bytes each time, counted, consistent and clean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.demo import DemoGroup, write_demo
from tests.demo.conftest import SMALL, TODAY, months_of

Read = Callable[[str], pl.DataFrame]

SSN = re.compile(rb"\b\d{3}-\d{2}-\d{4}\b")


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_and_day_give_the_same_bytes(group: DemoGroup, tmp_path: Path) -> None:
    again = write_demo(tmp_path, today=TODAY, scale=SMALL)
    assert fingerprints(tmp_path) == fingerprints(group.folder)
    assert again.stories == group.stories


def test_another_seed_gives_other_figures(tmp_path: Path, group: DemoGroup) -> None:
    write_demo(tmp_path, seed=8, today=TODAY, scale=SMALL)
    volumes = "volumes/volume_2026-10.csv"
    assert (tmp_path / volumes).read_bytes() != (group.folder / volumes).read_bytes()


@pytest.mark.parametrize("today", [date(2026, 11, 24), date(2027, 1, 1), date(2028, 2, 29)])
def test_any_day_will_do(tmp_path: Path, today: date) -> None:
    told = write_demo(tmp_path, today=today, scale=SMALL)
    assert told.stories
    visits = pl.concat(pl.read_csv(path) for path in tmp_path.glob("volumes/*.csv"))
    assert visits["date"].max() <= today.isoformat()  # type: ignore[operator]


def test_too_short_a_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 14"):
        write_demo(tmp_path, today=TODAY, months=12)


def test_progress_ends_at_one(tmp_path: Path) -> None:
    told: list[float] = []
    write_demo(tmp_path, today=TODAY, scale=SMALL, progress=lambda step, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_files_and_records_are_counted(group: DemoGroup) -> None:
    tables = sorted(group.folder.rglob("*.csv"))
    books = sorted(group.folder.rglob("*.xlsx"))
    records = sum(len(pl.read_csv(path, infer_schema=False)) for path in tables)
    records += sum(len(pl.read_excel(path)) for path in books)
    assert group.files == len(tables) + len(books)
    assert group.records == records


def test_nothing_looks_like_a_person_or_a_patient(group: DemoGroup) -> None:
    for path in group.folder.rglob("*.csv"):
        content = path.read_bytes()
        assert not SSN.search(content), path.name
        assert b"@" not in content, path.name


def test_headings_are_the_vendors_own(group: DemoGroup) -> None:
    def heading(pattern: str) -> str:
        path = next(iter(sorted(group.folder.glob(pattern))))
        return path.read_text(encoding="utf-8").split("\n", 1)[0]

    assert heading("payroll/paychex/*.csv") == (
        "Client ID,Worker ID,Org,Job Number,Pay Component,Rate,Rate Number,Hours,Units,Line Date,"
        "Amount,Check Seq Number,Override State,Override Local,Override Local Jurisdiction,"
        "Labor Assignment"
    )
    assert heading("payroll/adp/*.csv") == (
        "Co Code,Batch ID,File #,Rate Code,Temp Dept,Reg Hours,O/T Hours,Hours 3 Code,"
        "Hours 3 Amount,Earnings 3 Code,Earnings 3 Amount,Memo Code,Memo Amount,"
        "Special Proc Code,Other Begin Date,Other End Date"
    )
    assert heading("payroll/pbj/*.csv").count(",") == 32
    assert heading("payables/*.csv").startswith("\ufeff*ContactName,EmailAddress,*InvoiceNumber")
    assert heading("maintenance/work_orders/*.csv").endswith("Contractors,Date created")
    assert heading("supplies/openboxes/*.csv").endswith("Status,Last Inventory Date")


def test_stock_is_what_the_movements_leave(group: DemoGroup, read: Read) -> None:
    """Opening + receipts − issues ± adjustments − waste ± transfers = closing, each month-end."""
    moves = read("supplies/moves/*.csv").with_columns(pl.col("quantity").cast(pl.Int64))
    out = pl.col("kind").is_in(["issue", "waste", "transfer_out"])
    signed = moves.with_columns(
        pl.when(out).then(-pl.col("quantity")).otherwise(pl.col("quantity")).alias("quantity")
    )
    stock = read("supplies/stock/*.csv").group_by("as_of", "site", "item").agg(
        pl.col("quantity").cast(pl.Int64).sum())  # fmt: skip
    for (as_of,), shelf in stock.group_by("as_of"):
        left = signed.filter(pl.col("date") <= as_of).group_by("site", "item").agg(
            left=pl.col("quantity").sum())  # fmt: skip
        both = shelf.join(left, on=["site", "item"], how="left")
        assert both.filter(pl.col("quantity") != pl.col("left").fill_null(0)).is_empty(), as_of


def test_openboxes_leaves_nothing_blank_but_zero(read: Read) -> None:
    counts = read("supplies/openboxes/*.csv")
    assert counts["OB QOH"].null_count() > 0
    assert not (counts["OB QOH"] == "0").any()
    moves = read("supplies/moves/*.csv").with_columns(pl.col("quantity").cast(pl.Int64))
    out = pl.col("kind").is_in(["issue", "waste", "transfer_out"])
    left = moves.with_columns(
        pl.when(out).then(-pl.col("quantity")).otherwise(pl.col("quantity")).alias("quantity")
    ).group_by("site", "item").agg(pl.col("quantity").sum())  # fmt: skip
    depots = {
        name: site
        for site, name in read("sites/sites.csv")
        .select("site", pl.col("codes").str.extract(r"openboxes=([^;]+)"))
        .drop_nulls()
        .iter_rows()
    }
    last = counts.filter(pl.col("file").str.contains(TODAY.isoformat())).with_columns(
        site=pl.col("file").str.extract("openboxes_(.*)_").replace_strict(depots),
        item=pl.col("Product code"),
        counted=pl.col("OB QOH").cast(pl.Int64).fill_null(0),
    )
    shelf = last.group_by("site", "item").agg(pl.col("counted").sum())
    both = shelf.join(left, on=["site", "item"])
    assert len(both) == len(shelf)
    assert (both["counted"] == both["quantity"]).all()


def test_movements_have_a_key_and_a_value(read: Read) -> None:
    moves = read("supplies/moves/*.csv")
    assert moves["reference"].is_unique().all()
    numbers = moves.select(pl.col("quantity", "unit_cost", "value").cast(pl.Float64))
    off = (numbers["quantity"] * numbers["unit_cost"] - numbers["value"]).abs()
    assert off.max() < 0.006  # type: ignore[operator]


def test_pbj_shows_the_hours_of_payroll(read: Read, paychex: pl.DataFrame) -> None:
    worked = paychex.filter(
        pl.col("Pay Component").is_in(["Regular", "Overtime"]), pl.col("Labor Assignment") == "CNA"
    )
    pbj = read("payroll/pbj/*.csv").select(pl.col("Hrs_CNA_emp").cast(pl.Float64).sum()).item()
    assert worked["Hours"].sum() == pytest.approx(pbj)


def test_pay_is_rate_times_hours(paychex: pl.DataFrame) -> None:
    timed = paychex.filter(pl.col("Pay Component") != "Bonus")
    off = (timed["Rate"].cast(pl.Float64) * timed["Hours"] - timed["Amount"]).abs()
    assert off.max() < 0.006  # type: ignore[operator]


def test_an_invoice_repeats_its_total_on_each_line(read: Read) -> None:
    bills = read("payables/*.csv").with_columns(pl.col("Total", "LineAmount").cast(pl.Float64))
    invoices = bills.group_by("*ContactName", "*InvoiceNumber").agg(
        pl.col("Total").n_unique().alias("totals"), pl.col("Total").first(),
        pl.col("LineAmount").sum(), pl.col("*InvoiceDate").n_unique().alias("days"), pl.len(),
    )  # fmt: skip
    assert (invoices["totals"] == 1).all()
    assert (invoices["days"] == 1).all()
    assert ((invoices["Total"] - invoices["LineAmount"]).abs() < 0.006).all()
    assert invoices["len"].max() > 3  # type: ignore[operator]


def test_work_orders_come_again_when_they_are_done(read: Read) -> None:
    orders = read("maintenance/work_orders/*.csv")
    seen = orders.group_by("ID", maintain_order=True).agg("Status", "Completed On")
    twice = seen.filter(pl.col("Status").list.len() == 2)
    assert len(twice) > 100
    assert (twice["Status"].list.last() == "Complete").all()
    assert twice["Completed On"].list.first().null_count() == len(twice)


def test_unplanted_sites_keep_their_budget(group: DemoGroup, read: Read) -> None:
    """Supplies and facilities, by site and year, within two per cent of the budget."""
    budget = pl.concat(pl.read_excel(path) for path in sorted(group.folder.glob("budget/*.xlsx")))
    budget = budget.with_columns(pl.col("month").cast(pl.Date)).filter(pl.col("month") <= TODAY)
    used = read("supplies/moves/*.csv").filter(pl.col("kind").is_in(["issue", "waste"]))
    used = used.with_columns(months_of("date", "%Y-%m-%d"))
    actual = used.group_by("site").agg(actual=pl.col("value").cast(pl.Float64).sum())
    planned = budget.filter(pl.col("account") == "supplies").group_by("site").agg(
        pl.col("amount").sum())  # fmt: skip
    both = planned.join(actual, on="site").with_columns(off=pl.col("actual") / pl.col("amount") - 1)
    quiet = both.filter(pl.col("site") != "PNR")
    assert quiet["off"].abs().max() < 0.02  # type: ignore[operator]
    assert both.filter(pl.col("site") == "PNR")["off"].item() > 0.05


def test_the_budget_runs_to_the_end_of_the_year(group: DemoGroup) -> None:
    budget = pl.read_excel(group.folder / "budget" / "budget_FY2026.xlsx")
    assert budget["version"].unique().to_list() == ["FY2026 original"]
    assert str(budget["month"].max())[:10] == "2026-12-01"
    assert set(budget["account"]) == {"staffing", "supplies", "facilities", "contracts"}
