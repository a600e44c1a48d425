"""Shelves: what runs out and when, who can spare it, what is on its way, what expires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader

WINDOW = 90  # days over which use is measured
SPARE_DAYS = 90  # a site that holds more than this many days of an item can spare the rest

_LEVELS = """
WITH held AS (
  SELECT f.site, f.item, any_value(f.item_name) AS item_name, max(f.as_of) AS as_of,
    sum(f.quantity) AS quantity, any_value(f.unit) AS unit, max(f.unit_cost) AS unit_cost,
    max(f.minimum) AS minimum, max(f.maximum) AS maximum, any_value(f.currency) AS currency
  FROM stock f WHERE f.as_of <= $day AND f.until > $day GROUP BY f.site, f.item
), used AS (
  SELECT f.site, f.item, sum(f.quantity) / {window} AS a_day FROM supply_moves f
  WHERE f.kind IN ('issue', 'waste') AND f.date > $day - INTERVAL {window} DAY AND f.date <= $day
  GROUP BY f.site, f.item
)
SELECT h.*, s.name AS site_name, u.a_day, CAST(h.quantity / u.a_day AS DOUBLE) AS days_left,
  CAST(h.as_of + to_days(CAST(floor(h.quantity / u.a_day) AS INTEGER)) AS DATE) AS runs_out
FROM held h JOIN used u USING (site, item) JOIN sites s ON s.site = h.site WHERE u.a_day > 0
"""
# Orders long past their promise are taken for lost.
_ORDERED = """
SELECT site, item, min(promised) AS promised, CAST(sum(quantity) AS DOUBLE) AS on_order FROM (
  SELECT * FROM purchases WHERE ordered_on <= $day QUALIFY row_number() OVER (
    PARTITION BY system, "order", line ORDER BY coalesce(revision, 0) DESC, load DESC) = 1
) WHERE (received_on IS NULL OR received_on > $day)
  AND coalesce(promised, ordered_on) > $day - INTERVAL {window} DAY
GROUP BY site, item
"""
_ORDERING = """
SELECT DISTINCT site FROM purchases
WHERE ordered_on <= $day AND ordered_on > $day - INTERVAL {window} DAY
"""
_BY_ITEM = """
WITH held AS (
  SELECT f.site, f.item, any_value(f.item_name) AS item_name, any_value(f.unit) AS unit,
    sum(f.quantity) AS quantity
  FROM stock f JOIN sites s ON s.site = f.site
  WHERE f.as_of <= ? AND f.until > ? AND {conditions} GROUP BY f.site, f.item
), used AS (
  SELECT f.site, f.item, sum(f.quantity) / {window} AS a_day FROM supply_moves f
  WHERE f.kind IN ('issue', 'waste') AND f.date > CAST(? AS DATE) - INTERVAL {window} DAY
    AND f.date <= ? GROUP BY f.site, f.item
)
SELECT h.item, any_value(h.item_name) AS item_name, any_value(h.unit) AS unit,
  sum(h.quantity) AS quantity, count(*) AS sites, count(*) FILTER (h.quantity <= 0) AS out,
  sum(u.a_day) AS a_day,
  CAST(sum(h.quantity) / nullif(sum(u.a_day), 0) AS DOUBLE) AS days_left
FROM held h LEFT JOIN used u USING (site, item)
GROUP BY h.item ORDER BY a_day DESC NULLS LAST, h.item
"""


def running_out(
    reader: Reader, day: date, where: Mapping[str, Sequence[str]], *, within: int = 14
) -> pl.DataFrame:
    """Items that run out within some days of their count, soonest first, and who can spare them.

    What is on its way comes after what is not; of those that run out on the same day, the one that
    is used most comes first. Columns: site, site_name, item, item_name, as_of, quantity, unit,
    a_day (units a day over 90 days), days_left, runs_out, spare_site, spare_name, spare (units,
    null where nobody has any), on_order (units, null where nothing is), promised (the day of the
    first delivery, null where none is stated), orders_known (whether the site's orders are there).
    """
    levels = reader.query(_LEVELS.format(window=WINDOW), {"day": day})
    ordered = reader.query(_ORDERED.format(window=WINDOW), {"day": day})
    ordering = reader.query(_ORDERING.format(window=WINDOW), {"day": day})["site"].to_list()
    wanted = _in_scope(reader, where)
    short = levels.filter(pl.col("days_left") <= within, pl.col("site").is_in(wanted))
    spare = (
        levels.filter(pl.col("days_left") > SPARE_DAYS)
        .with_columns(spare=(pl.col("quantity") - pl.col("a_day") * SPARE_DAYS).floor())
        .sort("spare", descending=True)
        .unique("item", keep="first", maintain_order=True)
        .select("item", spare_site="site", spare_name="site_name", spare="spare")
    )
    return (
        short.join(spare, on="item", how="left")
        .join(ordered, on=["site", "item"], how="left")
        .with_columns(orders_known=pl.col("site").is_in(ordering))
        .sort(pl.col("on_order").is_not_null(), "runs_out", -pl.col("a_day"), "site", "item")
    )


def by_item(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """What the sites of the scope hold of each item, the item that is used most first.

    Columns: item, item_name, unit, quantity, sites (that hold it or did), out (sites with none
    left), a_day (units a day over 90 days), days_left (null without use).
    """
    conditions, values = Scope(where).conditions(reader.columns["stock"])
    sql = _BY_ITEM.format(window=WINDOW, conditions=conditions)
    return reader.query(sql, [day, day, *values, day, day])


def overstocked(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Items that last longer than 180 days, dearest first.

    Columns as in `running_out`, and `excess`: the money bound in what lies beyond 90 days of use,
    null without a unit cost.
    """
    levels = reader.query(_LEVELS.format(window=WINDOW), {"day": day})
    held = levels.filter(
        pl.col("site").is_in(_in_scope(reader, where)), pl.col("days_left") > 2 * SPARE_DAYS
    )
    excess = (pl.col("quantity") - pl.col("a_day") * SPARE_DAYS) * pl.col("unit_cost")
    return held.with_columns(excess=excess).sort(
        "excess", "days_left", descending=True, nulls_last=True
    )


def expiring(
    reader: Reader, day: date, where: Mapping[str, Sequence[str]], *, within: int = 90
) -> pl.DataFrame:
    """Lots on the shelves that have expired or expire within some days, soonest first."""
    conditions, values = Scope(where).conditions(reader.columns["stock"])
    return reader.query(
        "SELECT f.site, s.name AS site_name, f.item, f.item_name, f.lot, f.expiry, f.quantity, "
        "f.unit, f.value, f.currency FROM stock f JOIN sites s ON s.site = f.site "
        "WHERE f.as_of <= ? AND f.until > ? AND f.quantity > 0 "
        f"AND f.expiry <= CAST(? AS DATE) + INTERVAL {int(within)} DAY AND {conditions} "
        "ORDER BY f.expiry, f.value DESC",
        [day, day, day, *values],
    )


def _in_scope(reader: Reader, where: Mapping[str, Sequence[str]]) -> list[str]:
    conditions, values = Scope(where).conditions(frozenset())
    return reader.query(f"SELECT s.site FROM sites s WHERE {conditions}", values)["site"].to_list()
