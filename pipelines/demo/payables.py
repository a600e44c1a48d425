"""Bills in Xero's layout: contracts, utilities, repairs, supplies and agency invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.catalog import SUPPLIERS, Item
from pipelines.demo.contracts import Contract, current, shares
from pipelines.demo.days import Floats, Ints, Span, month_end
from pipelines.demo.group import HOME, Site
from pipelines.demo.noise import quiet, stream
from pipelines.demo.nursing import AGENCIES
from pipelines.demo.supplies import RECEIPT
from pipelines.demo.write import Writer, pick

FACILITIES = ("6300", "6310", "6400")
CONTRACTS = ("6500", "6600", "6700")
REPAIRERS = ("Allgood Plumbing", "Ridgeway Electric", "Coldspring Heating", "Handyside Repairs")
TERMS = 30  # days to pay
DUPLICATE_AFTER = 9  # days between a bill and its double
DUPLICATE_AMOUNT = 2480.00
COLUMNS = (
    "*ContactName", "EmailAddress", "*InvoiceNumber", "Reference", "*InvoiceDate", "*DueDate",
    "PaidDate", "Total", "InvoiceAmountPaid", "InvoiceAmountDue", "*Description", "*Quantity",
    "*UnitAmount", "LineAmount", "*AccountCode", "TrackingName1", "TrackingOption1", "Currency",
)  # fmt: skip


@dataclass(frozen=True)
class Bill:
    """What one supplier charges one site each month: dollars by month, (M,), 0 for no bill.

    Lines of a supplier with the same `group` in the same month stand on one invoice.
    """

    vendor: str
    group: str
    contract: str | None
    account: str
    site: Site
    description: str
    amounts: Floats
    day: int


def build_bills(
    seed: int, span: Span, sites: Sequence[Site], contracts: Sequence[Contract]
) -> pl.DataFrame:
    """Lines of contracts, utilities and repairs to the year's end.

    Columns: month, day (index), site, vendor, group, contract, account, description, amount.
    """
    bills = [bill for contract in current(contracts) for bill in _contract(seed, span, contract)]
    for site in sites:
        bills += [*_utilities(seed, span, site), *_repairs(seed, span, site)]
    return pl.concat([_lines(span, bill) for bill in bills])


def _lines(span: Span, bill: Bill) -> pl.DataFrame:
    month = np.flatnonzero(bill.amounts > 0)
    starts = np.searchsorted(span.month, month)
    return pl.DataFrame(
        {
            "month": month,
            "day": starts + bill.day,
            "site": np.full(len(month), bill.site.index),
            "amount": np.round(bill.amounts[month], 2),
        }
    ).with_columns(
        vendor=pl.lit(bill.vendor), group=pl.lit(bill.group),
        contract=pl.lit(bill.contract, dtype=pl.String), account=pl.lit(bill.account),
        description=pl.lit(bill.description),
    )  # fmt: skip


def _open(span: Span, site: Site) -> Floats:
    """1 for each month in which the site ran, (M,)."""
    last = site.closed or date.max
    ran = [site.opened <= month_end(start) and start <= last for start in span.starts]
    return np.array(ran, dtype=np.float64)


def _contract(seed: int, span: Span, contract: Contract) -> list[Bill]:
    if contract.kind == "payer" or contract.account == "6100":
        return []
    rng = stream(seed, "bill", contract.number)
    day = 0 if contract.kind == "lease" else int(rng.integers(2, 24))
    yearly = np.array([contract.yearly(start.year) for start in span.starts]) / 12
    return [
        Bill(contract.vendor, contract.number, contract.number, contract.account, site,
             contract.category, yearly * share * _open(span, site), day)
        for site, share in zip(contract.sites, shares(contract).tolist(), strict=True)
    ]  # fmt: skip


def _utilities(seed: int, span: Span, site: Site) -> list[Bill]:
    rng = stream(seed, "utilities", site.code)
    month = np.array([start.month for start in span.starts])
    foot = site.floor_area / 12 * (2.4 if site.kind == HOME else 1.9)
    months = len(month)
    power = foot * (1 + 0.08 * np.cos((month - 7.5) / 6 * 2 * np.pi)) * quiet(rng, months, 0.03)
    water = foot * 0.22 * quiet(rng, months, 0.03)
    return [
        Bill(vendor, site.code, None, "6400", site, text, amounts * _open(span, site), day)
        for vendor, text, amounts, day in (
            ("Brindle Valley Power and Gas", "Electricity and gas", power, 11),
            ("Brindle Water District", "Water and sewer", water, 17),
        )
    ]


def _repairs(seed: int, span: Span, site: Site) -> list[Bill]:
    rng = stream(seed, "repair bills", site.code)
    months = len(span.starts)
    total = site.floor_area * 2.2 / 12 * quiet(rng, months, 0.05) * _open(span, site)
    part = rng.uniform(0.3, 0.7, months)
    first, second = rng.permutation(len(REPAIRERS))[:2].tolist()
    return [
        Bill(
            REPAIRERS[who], site.code, None, "6300", site, "Repairs as ordered", total * share, day
        )
        for who, share, day in ((first, part, 6), (second, 1 - part, 20))
    ]


def supply_bills(span: Span, items: Sequence[Item], moves: pl.DataFrame) -> pl.DataFrame:
    """Account 6200: each month's receipts, one invoice a site and supplier, a line a category."""
    supplier = [SUPPLIERS[item.supplier] for item in items]
    received = moves.filter(pl.col("kind") == RECEIPT)
    return (
        received.with_columns(
            pick(supplier, received["item"]).alias("vendor"),
            pick([item.category for item in items], received["item"]).alias("description"),
            (pl.col("quantity") * pl.col("unit_cost")).round(2).alias("amount"),
        )
        .group_by("month", "site", "vendor", "description")
        .agg(pl.col("amount").sum().round(2))
        .with_columns(
            _closing_day(span),
            pl.col("site").cast(pl.String).alias("group"),
            contract=pl.lit(None, dtype=pl.String),
            account=pl.lit("6200"),
        )
    )


def _closing_day(span: Span) -> pl.Expr:
    """The index of the last day of each line's month, or of today."""
    last = [span.index(end) for end in span.ends]
    return pl.col("month").replace_strict(list(range(len(last))), last).alias("day")


def agency_bills(span: Span, agency: pl.DataFrame, contracts: Sequence[Contract]) -> pl.DataFrame:
    """Account 6100: each month's timesheets, one invoice a site and agency."""
    number = {c.vendor: c.number for c in current(contracts) if c.account == "6100"}
    frame = agency.filter(pl.col("day") < span.known)
    frame = frame.with_columns(pl.Series("month", span.month[frame["day"].to_numpy()]),
                               pick(AGENCIES, frame["agency"]).alias("vendor"))  # fmt: skip
    return (
        frame.group_by("month", "site", "vendor")
        .agg(pl.col("amount").sum().round(2))
        .with_columns(
            _closing_day(span),
            pl.col("site").cast(pl.String).alias("group"),
            pl.col("vendor").replace_strict(number).alias("contract"),
            account=pl.lit("6100"),
            description=pl.lit("Agency staff per timesheets"),
        )
    )


def number_bills(span: Span, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All lines dated by today, sorted, with `document` numbers in each vendor's own style."""
    columns = ["month", "day", "site", "vendor", "group", "contract", "account", "description",
               "amount"]  # fmt: skip
    frame = pl.concat([part.select(pl.col(columns[:3]).cast(pl.Int64), *columns[3:])
                       for part in parts])  # fmt: skip
    frame = frame.filter(pl.col("day") < span.known)
    frame = frame.sort("day", "vendor", "group", "site", "description", "account")
    serial = pl.struct("day", "group").rank("dense").over("vendor").cast(pl.Int64)
    initials = pl.col("vendor").str.extract_all(r"[A-Z]").list.join("")
    return frame.with_columns(document=pl.format("{}-{}", initials, serial + 20400))


def pay_twice(
    span: Span, sites: Sequence[Site], bills: pl.DataFrame, cast: Cast
) -> tuple[pl.DataFrame, dict[str, float | str]]:
    """Enlarge one repair bill and enter it again, days later, with a letter after its number."""
    site = next((s.index for s in sites if s.code == cast.paid_twice), -1)
    hit = (pl.col("site") == site) & (pl.col("account") == "6300")
    hit &= pl.col("month") == span.months - 4
    document = bills.filter(hit)["document"][0]
    chosen = pl.col("document") == document
    bills = bills.with_columns(
        pl.when(chosen).then(DUPLICATE_AMOUNT).otherwise("amount").alias("amount"),
        pl.when(chosen).then(pl.lit("Replace compressor fan")).otherwise("description")
        .alias("description"),
    )  # fmt: skip
    double = bills.filter(chosen).with_columns(
        document=pl.lit(document + "A"), day=pl.col("day") + DUPLICATE_AFTER
    )
    double = double.with_columns(pl.Series("month", span.month[double["day"].to_numpy()]))
    figures: dict[str, float | str] = {
        "supplier": double["vendor"][0],
        "document": document,
        "double": document + "A",
        "amount": DUPLICATE_AMOUNT,
        "first_day": str(span.days[double["day"][0] - DUPLICATE_AFTER]),
        "second_day": str(span.days[double["day"][0]]),
    }
    return pl.concat([bills, double]).sort("month", "day", maintain_order=True), figures


def write_bills(writer: Writer, span: Span, sites: Sequence[Site], bills: pl.DataFrame) -> None:
    """One CSV a month of bills by invoice date, with BOM, dates MM/DD/YYYY, as paid by today."""
    day = bills["day"].to_numpy()
    serial = bills["document"].str.extract(r"(\d+)").cast(pl.Int64).to_numpy()
    paid = day + TERMS - serial * 7 % 9
    dates = span.days[0] + np.arange(len(span.days) + 90)
    is_paid = pl.Series(paid < span.known)
    total = pl.col("amount").sum().over("vendor", "document").round(2)
    nothing = pl.lit(None, dtype=pl.String)
    shown = bills.with_columns(
        pl.col("vendor").alias("*ContactName"),
        nothing.alias("EmailAddress"),
        pl.col("document").alias("*InvoiceNumber"),
        pl.col("contract").alias("Reference"),
        pl.Series("*InvoiceDate", dates[day]),
        pl.Series("*DueDate", dates[day + TERMS]),
        pl.when(is_paid).then(pl.Series(dates[paid])).alias("PaidDate"),
        total.alias("Total"),
        pl.when(is_paid).then(total).otherwise(0.0).alias("InvoiceAmountPaid"),
        pl.when(is_paid).then(0.0).otherwise(total).alias("InvoiceAmountDue"),
        pl.col("description").alias("*Description"),
        pl.lit(1).alias("*Quantity"),
        pl.col("amount").alias("*UnitAmount"),
        pl.col("amount").alias("LineAmount"),
        pl.col("account").alias("*AccountCode"),
        pl.lit("Site").alias("TrackingName1"),
        pick([site.tracking for site in sites], bills["site"]).alias("TrackingOption1"),
        pl.lit("USD").alias("Currency"),
    )
    writer.monthly("payables/xero_bills_{}.csv", shown, span, list(COLUMNS), include_bom=True,
                   date_format="%m/%d/%Y", float_precision=2)  # fmt: skip


def by_month(span: Span, sites: int, bills: pl.DataFrame, accounts: Sequence[str]) -> Floats:
    """Dollars of the accounts by site and month, (S, M)."""
    chosen = bills.filter(pl.col("account").is_in(list(accounts)))
    months = len(span.starts)
    place: Ints = (chosen["site"] * months + chosen["month"]).to_numpy()
    total = np.bincount(place, chosen["amount"].to_numpy(), sites * months)
    return np.asarray(total.reshape(sites, months), dtype=np.float64)
