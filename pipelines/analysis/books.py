"""Payroll and bills against the general ledger, by site, account and month, to the cent.

Pay (by the days worked, agency staff among it) stands against all accounts of staffing together,
bills against the account that they were booked to. Accounts of which nothing here speaks
(depreciation, income) are named apart. A ledger that books pay on pay dates differs at the ends of
months and evens out over a year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from pipelines.calendar import Period
from pipelines.metrics.ask import ask
from pipelines.warehouse.reader import Reader

NEAR = Decimal(1)  # of the currency: cents that are rounded apart make no difference
STAFFING = "Pay and agency staff"
NO_LEDGER = "No general ledger of this month has arrived"
NO_PAY = "No pay of this month has arrived"
NO_BILLS = "No invoices of this month have arrived"
KEYS = ("site", "month", "account", "title", "currency")
TEXT, MONEY = pl.String(), pl.Decimal(38, 4)
SCHEMA = pl.Schema({
    "site": TEXT, "month": pl.Date(), "account": TEXT, "title": TEXT,
    "currency": TEXT, "ledger": MONEY, "ours": MONEY, "apart": MONEY, "reason": TEXT,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Books:
    """What the general ledger says, and what payroll and bills say.

    `rows` has a row for each site, month and account (null for pay, which is one line): `ledger`,
    `ours` and `apart` (ours less the ledger's), money; null with a `reason` where one side has not
    arrived. `others` are the ledger's accounts that nothing stands against: account, title,
    currency, amount.
    """

    rows: pl.DataFrame
    others: pl.DataFrame

    @property
    def compared(self) -> pl.DataFrame:
        """The rows of which both sides are there."""
        return self.rows.drop_nulls("apart")

    @property
    def off(self) -> pl.DataFrame:
        """The rows that differ by more than rounding, the furthest apart first."""
        far = self.compared.filter(pl.col("apart").abs() >= NEAR)
        return far.sort(pl.col("apart").abs(), "site", "month", descending=[True, False, False])

    @property
    def accounts(self) -> pl.DataFrame:
        """By account and currency: `ledger`, `ours`, `apart`, and how many of `months` tie.

        Sums over the site-months of which both sides are there.
        """
        return (
            self.compared.group_by("account", "title", "currency")
            .agg(
                pl.col("ledger", "ours", "apart").sum(),
                months=pl.len(),
                tie=(pl.col("apart").abs() < NEAR).sum(),
            )
            .sort(pl.col("account").fill_null(""), "currency")
        )


def books(
    reader: Reader, period: Period, where: Mapping[str, Sequence[str]] | None = None
) -> Books:
    """Compare the general ledger of whole months with what was paid and billed.

    `where` filters by site, region and kind of site. Both tables are empty where no ledger has
    arrived, or it isn't the viewer's to see.
    """
    by = ("site", "month", "account")
    said = ask(reader, "ledger", period=period, by=by, where=where).frame.drop_nulls("value")
    said = said.select(
        "site", month="start", account="account", currency="currency", ledger="value"
    )
    if said.is_empty():
        return Books(pl.DataFrame(schema=SCHEMA), _others(said.with_columns(title="account")))
    bills = ask(reader, "spend", period=period, by=by, where=where).frame.drop_nulls("value")
    bills = bills.select(
        "site", month="start", account="account", currency="currency", ours="value"
    )
    pay = ask(reader, "labor_cost", period=period, by=by[:2], where=where).frame
    pay = pay.select("site", month="start", currency="currency", ours="value")
    titles, staffing = _meanings(reader)
    said = said.with_columns(title=_titled(titles))
    wages = pl.col("account").is_in(staffing)
    billed = bills.filter(~wages)
    ours = pl.col("account").is_in(billed["account"].unique().implode())
    rows = pl.concat([
        _staffing(said.filter(wages), pay),
        _bills(said.filter(ours & ~wages), billed.with_columns(title=_titled(titles)), said, bills),
    ])  # fmt: skip
    return Books(
        rows.sort("site", "month", pl.col("account").fill_null("")),
        _others(said.filter(~wages & ~ours)),
    )


def _meanings(reader: Reader) -> tuple[dict[str, str], list[str]]:
    """(each account's title, the accounts of staffing); a ledger may come from another system."""
    known = reader.query(
        "SELECT code, min(title) AS title, bool_and(subject = 'staffing') AS staffing "
        "FROM accounts GROUP BY code"
    )
    titles = dict(known.select("code", "title").iter_rows())
    return titles, known.filter("staffing")["code"].to_list()


def _titled(titles: Mapping[str, str]) -> pl.Expr:
    account = pl.col("account")
    return account.replace_strict(titles, default=account, return_dtype=pl.String)


def _staffing(said: pl.DataFrame, pay: pl.DataFrame) -> pl.DataFrame:
    keys = ["site", "month", "currency"]
    summed = said.group_by(keys).agg(pl.col("ledger").sum())
    known = pay.drop_nulls("ours").select(*keys, "ours")
    both = summed.join(known, on=keys, how="full", coalesce=True).with_columns(
        account=pl.lit(None, pl.String),
        title=pl.lit(STAFFING),
        reason=pl.when(pl.col("ledger").is_null()).then(pl.lit(NO_LEDGER))
        .when(pl.col("ours").is_null()).then(pl.lit(NO_PAY)),
    )  # fmt: skip
    return _apart(both)


def _bills(
    said: pl.DataFrame, billed: pl.DataFrame, ledger: pl.DataFrame, bills: pl.DataFrame
) -> pl.DataFrame:
    """Where a month's ledger, or bills, have come and none is of an account, that side is 0."""
    both = said.join(billed, on=list(KEYS), how="full", coalesce=True)
    has_ledger = ledger.select("site", "month").unique().with_columns(books=True)
    has_bills = bills.select("month").unique().with_columns(billed=True)
    both = both.join(has_ledger, on=["site", "month"], how="left").join(
        has_bills, on="month", how="left"
    )
    nought = pl.lit(0).cast(MONEY)
    filled = both.with_columns(
        ledger=pl.when("books").then(pl.col("ledger").fill_null(nought)),
        ours=pl.when("billed").then(pl.col("ours").fill_null(nought)),
    )
    return _apart(
        filled.with_columns(
            reason=pl.when(pl.col("ledger").is_null()).then(pl.lit(NO_LEDGER))
            .when(pl.col("ours").is_null()).then(pl.lit(NO_BILLS))
        )
    )  # fmt: skip


def _apart(both: pl.DataFrame) -> pl.DataFrame:
    money = both.with_columns(pl.col("ledger", "ours").cast(MONEY))
    return money.with_columns(apart=pl.col("ours") - pl.col("ledger")).select(
        pl.col(name).cast(kind) for name, kind in SCHEMA.items()
    )


def _others(said: pl.DataFrame) -> pl.DataFrame:
    return (
        said.group_by("account", "title", "currency")
        .agg(amount=pl.col("ledger").sum())
        .sort("account", "currency")
    )
