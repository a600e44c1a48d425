"""Shelves: what runs out and when, who can spare it, what is on its way, what expires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

from pipelines.analysis.stock.consumption import all_unused
from pipelines.analysis.stock.levels import floats, levels
from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader

MONEY = pl.Decimal(38, 4)
SPARE_DAYS = 90  # a site that holds more than this many days of an item can spare the rest

_LOTS = """
SELECT f.site, s.name AS site_name, f.item, f.item_name, f.lot, f.expiry, f.quantity, f.unit,
  f.unit_cost, f.value, f.currency, f.as_of FROM stock f JOIN sites s ON s.site = f.site
WHERE f.as_of <= ? AND f.until > ? AND f.quantity > 0 AND f.expiry IS NOT NULL AND {conditions}
ORDER BY f.site, f.item, f.expiry, f.lot
"""


def running_out(
    reader: Reader, day: date, where: Mapping[str, Sequence[str]], *, within: int = 14
) -> pl.DataFrame:
    """Items that run out within some days of their count, soonest first, and who can spare them.

    What is on its way comes after what is not; of those that run out on the same day, the one that
    is used most comes first. Columns: those of `levels`, and spare_site, spare_name, spare (units,
    null where nobody has any). `promised` is null where no day of delivery is stated.
    """
    every = levels(reader, day)
    short = every.filter(
        pl.col("days_left") <= within, pl.col("site").is_in(_in_scope(reader, where))
    )
    spare = (
        every.filter(pl.col("days_left") > SPARE_DAYS)
        .with_columns(spare=(pl.col("quantity") - pl.col("a_day") * SPARE_DAYS).floor())
        .filter(pl.col("spare") > 0)
        .sort("spare", "site", descending=[True, False])
        .unique("item", keep="first", maintain_order=True)
        .select("item", spare_site="site", spare_name="site_name", spare="spare")
    )
    return short.join(spare, on="item", how="left").sort(
        pl.col("on_order").is_not_null(), "runs_out", -pl.col("a_day"), "site", "item"
    )


def by_item(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """What the sites of the scope hold of each item, the item that is used most first.

    Columns: item, item_name, unit, quantity, sites (that hold it or did), out (sites with none
    left), a_day (units a day at the usual use), days_left (null without use).
    """
    every = levels(reader, day).filter(pl.col("site").is_in(_in_scope(reader, where)))
    used = pl.col("a_day").sum()
    return (
        every.group_by("item")
        .agg(
            pl.col("item_name", "unit").drop_nulls().first(),
            pl.col("quantity").sum(),
            sites=pl.len(),
            out=(pl.col("quantity") <= 0).sum(),
            a_day=pl.when(used > 0).then(used),
            days_left=pl.when(used > 0).then(pl.col("quantity").sum() / used),
        )
        .sort("a_day", "item", descending=[True, False], nulls_last=True)
    )


def overstocked(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Items that last longer than 180 days, dearest first.

    Columns as in `levels`, and `excess`: the money bound in what lies beyond 90 days of use, null
    without a unit cost.
    """
    held = levels(reader, day).filter(
        pl.col("site").is_in(_in_scope(reader, where)), pl.col("days_left") > 2 * SPARE_DAYS
    )
    excess = (pl.col("quantity") - pl.col("a_day") * SPARE_DAYS) * pl.col("unit_cost")
    return held.with_columns(excess=excess).sort(
        "excess", "days_left", descending=True, nulls_last=True
    )


def expiring(
    reader: Reader, day: date, where: Mapping[str, Sequence[str]], *, within: int | None = 90
) -> pl.DataFrame:
    """Lots on the shelves that have expired or expire within some days, soonest first.

    `within` None is every lot with a last day. Columns: site, site_name, item, item_name, lot,
    expiry, quantity, unit, unit_cost, value, currency, as_of (of the count), a_day (the usual
    use), unused (units that expire before they are used, first expired first used; null where use
    is not known) and lost (their value, null without a unit cost).
    """
    conditions, values = Scope(where).conditions(reader.columns["stock"])
    lots = reader.query(_LOTS.format(conditions=conditions), [day, day, *values])
    lots = lots.join(levels(reader, day).select("site", "item", "a_day"), on=["site", "item"],
                     how="left")  # fmt: skip
    judged = _judged(lots)
    if within is not None:
        judged = judged.filter(pl.col("expiry") <= pl.lit(day).dt.offset_by(f"{int(within)}d"))
    return judged.sort("expiry", "value", descending=[False, True], nulls_last=True)


def _judged(lots: pl.DataFrame) -> pl.DataFrame:
    """Each lot with what of it expires unused and what that cost.

    Lots of an item stand together, the first to expire first.
    """
    known = lots.with_columns(
        turn=pl.int_range(pl.len()).over("site", "item"),
        # Use is told from the count of the first lot on.
        days=(pl.col("expiry") - pl.col("as_of").first().over("site", "item")).dt.total_days(),
    )
    quantity, days, a_day = (floats(known[name]) for name in ("quantity", "days", "a_day"))
    left = all_unused(quantity, days, a_day, known["turn"].to_numpy().astype(np.intp))
    units = _units(pl.Series(left).fill_nan(None), lots["quantity"])
    return lots.with_columns(unused=units, lost=(units * lots["unit_cost"]).cast(MONEY))


def _units(left: pl.Series, quantity: pl.Series) -> pl.Series:
    """Units in the kind of number that was counted: whole boxes stay whole."""
    parts = (quantity != quantity.floor()) & left.is_not_null()
    units = pl.Series(np.rint(left.to_numpy())).fill_nan(None).cast(pl.Int64).cast(MONEY)
    exact = [Decimal(f"{each:.2f}") for each in left.filter(parts)]
    return units.scatter(parts.arg_true(), pl.Series(exact, dtype=MONEY)) if exact else units


def _in_scope(reader: Reader, where: Mapping[str, Sequence[str]]) -> list[str]:
    conditions, values = Scope(where).conditions(frozenset())
    return reader.query(f"SELECT s.site FROM sites s WHERE {conditions}", values)["site"].to_list()
