"""The budget of each account, for landings that tell accounts apart, or why it has none.

A budget may be set by account or for a whole subject. An account's budget is that of its own name
in its subject; capitals don't matter. Where a month of a site's budget is set for the subject as a
whole, by a file or by hand, none of the site's accounts of that subject has one for the year. What
the budget tells apart in another way than costs are (wages by grade, where staffing is told apart
by whose staff it is) belongs to no account here, and the reason says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.calendar import Period
from pipelines.metrics.ask import ask
from pipelines.metrics.budget import budget_by_account
from pipelines.warehouse.reader import Reader

NONE = "The subject has no budget for this year."
WHOLE = "The budget is set for the whole subject, not by account."
APART = "The budget of the subject has no account of this name."
BILLED = ("facilities", "contracts")  # subjects whose accounts are those of the books
KEYS = ("site", "subject", "currency")
MONEY = pl.Decimal(38, 4)


@dataclass(frozen=True, slots=True)
class Planned:
    """`budgets` has key, site, subject, currency, account, month and budget; `why` key and why.

    Keys are those of the lines, and of accounts that have a budget and no costs yet. Every line
    that has no budget stands in `why`.
    """

    budgets: pl.DataFrame
    why: pl.DataFrame


def planned(
    reader: Reader, year: Period, lines: pl.DataFrame, as_of: int | date | None = None
) -> Planned:
    """The budgets of a year by account, of lines with key, site, subject, currency and account."""
    plan = _plan(reader, year, as_of)
    told = lines.select(*KEYS, "account", name=pl.col("account").str.to_lowercase())
    alone = told.filter(pl.len().over(KEYS) == 1).select(*KEYS, "name")
    # An account that is called as its subject is: the subject as a whole, but where it is all.
    general = plan.filter(pl.col("name").is_null() | (pl.col("name") == pl.col("subject")))
    general = general.join(alone, on=[*KEYS, "name"], how="anti").select(*KEYS).unique()
    apart = plan.join(general, on=list(KEYS), how="anti").join(
        told.select("subject", "name", "account").unique(("subject", "name"), keep="first"),
        on=["subject", "name"], how="left",
    )  # fmt: skip
    account = pl.when(pl.col("account").is_null() & pl.col("subject").is_in(BILLED))
    budgets = (
        apart.with_columns(account=account.then("title").otherwise("account"))
        .filter(pl.col("account").is_not_null())
        .group_by(*KEYS, "account", "month")
        .agg(pl.col("budget").sum())
        .with_columns(key=pl.concat_str(*KEYS, "account", separator="|"))
        .sort("key", "month")
    )
    return Planned(budgets, _why(lines.join(budgets, on="key", how="anti"), plan, general))


def _plan(reader: Reader, year: Period, as_of: int | date | None) -> pl.DataFrame:
    """(site, subject, currency, month, title, name, budget); no title is an amount set by hand."""
    by = ("site", "subject", "account_title", "month")
    frame = ask(reader, budget_by_account(), period=year, by=by, as_of=as_of).frame
    return frame.filter(pl.col("value").is_not_null() & pl.col("subject").is_not_null()).select(
        *KEYS, month="start", title="account_title",
        name=pl.col("account_title").str.to_lowercase(), budget=pl.col("value").cast(MONEY),
    )  # fmt: skip


def _why(bare: pl.DataFrame, plan: pl.DataFrame, general: pl.DataFrame) -> pl.DataFrame:
    """(key, why) of the lines that have no budget."""
    known = plan.select(*KEYS).unique().with_columns(known=True)
    whole = general.with_columns(whole=True)
    return (
        bare.select("key", *KEYS)
        .join(known, on=list(KEYS), how="left")
        .join(whole, on=list(KEYS), how="left")
        .select(
            "key",
            why=pl.when(pl.col("known").is_null())
            .then(pl.lit(NONE))
            .when(pl.col("whole").is_not_null())
            .then(pl.lit(WHOLE))
            .otherwise(pl.lit(APART)),
        )
    )
