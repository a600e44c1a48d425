"""Levels: what each site holds of each item, how fast it uses it, and what is on its way.

What is held and how fast it is used is worked out in `pipelines.warehouse.shelved`, which tells
how; here it becomes days, with what is on order.
"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, timedelta
from statistics import median
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from pipelines.analysis.stock.consumption import Delivery, Lasts, Pace, lasts, lasts_with
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.shelved import ANY_DAY, WINDOW, YEAR

LOST = 90  # days past its promise after which an order is taken for lost
ENOUGH = 5  # orders from which a lead time is told
LONGEST = 3650  # days: what lasts longer has no end that anyone needs

_AHEAD = """
SELECT l.* EXCLUDE (day), s.name AS site_name, s.region FROM levels l JOIN sites s USING (site)
WHERE l.day = ?
"""
_ANEW = f"""
SELECT l.*, s.name AS site_name, s.region FROM ({ANY_DAY}) l JOIN sites s USING (site)
"""
_ORDERS = """
SELECT site, item, ordered_on, promised, received_on, CAST(quantity AS DOUBLE) AS quantity,
  CAST(received AS DOUBLE) AS received
FROM purchases WHERE ordered_on <= $day AND ordered_on > $day - INTERVAL {year} DAY
  AND item IS NOT NULL AND quantity > 0 QUALIFY row_number()
  OVER (PARTITION BY system, "order", line ORDER BY coalesce(revision, 0) DESC, load DESC) = 1
"""
_ORDERING = """
SELECT DISTINCT site FROM purchases
WHERE ordered_on <= $day AND ordered_on > $day - INTERVAL {window} DAY
"""

LEVELS: dict[str, pl.DataType | type[pl.DataType]] = {
    "site": pl.String, "site_name": pl.String, "region": pl.String, "item": pl.String,
    "item_name": pl.String, "as_of": pl.Date, "quantity": pl.Float64, "expired": pl.Float64,
    "unit": pl.String, "unit_cost": pl.Decimal(18, 4), "minimum": pl.Float64,
    "maximum": pl.Float64, "currency": pl.String, "a_day": pl.Float64, "window": pl.Int64,
    "bookings": pl.Int64, "variance": pl.Float64, "days_left": pl.Float64, "runs_out": pl.Date,
    "early": pl.Date, "late": pl.Date, "on_order": pl.Float64, "promised": pl.Date,
    "expected": pl.Date, "lasts_until": pl.Date, "lasts_early": pl.Date, "lasts_late": pl.Date,
    "lead_days": pl.Int64, "lead_most": pl.Int64, "order_by": pl.Date, "orders_known": pl.Boolean,
}  # fmt: skip


# A build never changes, and a page asks several times for the levels of one day.
_held: WeakKeyDictionary[Reader, dict[date, pl.DataFrame]] = WeakKeyDictionary()
KEPT = 8  # days


def levels(reader: Reader, day: date) -> pl.DataFrame:
    """A row for each item that a site holds, or held at its last count, as of a day.

    `quantity` is what lay there at the last count and hasn't expired, with what was booked since;
    `as_of` is that of the count, or of what was booked since. `a_day`, `window`, `bookings` and
    `variance` are its use (`consumption.Pace`): 0 where none was booked, null where nothing is
    known. `runs_out` is the day on which that is used up, `early` and `late` the ends of its 80 %
    range; `lasts_until` and so on the same with what is on order, null without use. `on_order` is
    what has been ordered and not received, `promised` the first day of it, `expected` the day on
    which it is expected. `lead_days` and `lead_most` are the median and the 90th percentile of
    the days from order to receipt; by `order_by` a further order must be placed so that it comes
    before the early end even when it takes long.
    """
    days = _held.setdefault(reader, {})
    if day not in days:
        if len(days) >= KEPT:
            days.clear()
        days[day] = _levels(reader, day)
    return days[day]


def _found(reader: Reader, day: date) -> pl.DataFrame:
    """What is held and how it is used, as it was worked out in advance, or worked out anew."""
    if reader.query("SELECT 1 FROM level_days WHERE day = ?", [day]).is_empty():
        return reader.query(_ANEW, {"day": day})
    return reader.query(_AHEAD, [day])


def _levels(reader: Reader, day: date) -> pl.DataFrame:
    held = _found(reader, day)
    orders = reader.query(_ORDERS.format(year=YEAR), {"day": day})
    leads = _leads(orders, day)
    coming = _coming(orders, leads, day)
    ordering = set(reader.query(_ORDERING.format(window=WINDOW), {"day": day})["site"])
    rows = [
        _level(row, coming.get((row["site"], row["item"]), []), leads, ordering, day)
        for row in held.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=LEVELS, orient="row")


def pace_of(row: dict[str, Any]) -> Pace | None:
    """The use that a row of `levels` states; None where nothing is known of it."""
    if row["a_day"] is None:
        return None
    return Pace(row["a_day"], row["window"], row["variance"], row["bookings"])


class Leads:
    """Days from order to receipt, by site and item; else by the item, the site, or all."""

    def __init__(self, seen: dict[tuple[str | None, str | None], list[int]]) -> None:
        self._seen = seen
        self._told: dict[tuple[str | None, str | None], tuple[int, int] | None] = {}

    def of(self, site: str, item: str) -> tuple[int, int] | None:
        """The median and the 90th percentile; None where too few orders were received."""
        for key in ((site, item), (None, item), (site, None), (None, None)):
            if key not in self._told:
                days = self._seen.get(key, [])
                enough = len(days) >= ENOUGH
                most = int(np.ceil(np.quantile(days, 0.9))) if enough else 0
                self._told[key] = (round(median(days)), most) if enough else None
            if told := self._told[key]:
                return told
        return None


def _leads(orders: pl.DataFrame, day: date) -> Leads:
    seen: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    recent = orders.filter(pl.col("received_on") <= day)
    for site, item, ordered, received in recent.select(
        "site", "item", "ordered_on", "received_on"
    ).iter_rows():
        days = (received - ordered).days
        if days >= 0:
            for key in ((site, item), (None, item), (site, None), (None, None)):
                seen[key].append(days)
    return Leads(seen)


def _coming(
    orders: pl.DataFrame, leads: Leads, day: date
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """What is on its way: quantity, promised and the day on which it is expected.

    That is the promised day; where none is stated or it has passed, the day by which nine of ten
    orders come; where that has passed too, none is. A part received leaves the rest on its way
    only while its promise stands. Orders long past their promise are taken for lost.
    """
    coming: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    here = (pl.col("received_on") <= day).fill_null(False) & (
        pl.col("received").fill_null(0) >= pl.col("quantity")
    )
    for row in orders.filter(~here).iter_rows(named=True):
        promised, received = row["promised"], row["received_on"]
        there = row["received"] if received is not None and received <= day else 0.0
        stands = promised is not None and promised > day
        if (received is not None and received <= day) and not (there and stands):
            continue
        quantity = row["quantity"] - there
        if quantity <= 0 or (promised or row["ordered_on"]) <= day - timedelta(LOST):
            continue
        lead = leads.of(row["site"], row["item"])
        expected = promised if stands else lead and row["ordered_on"] + timedelta(lead[1])
        coming[row["site"], row["item"]].append(
            {
                "quantity": quantity,
                "promised": promised,
                "expected": expected if expected and expected > day else None,
            }
        )
    return coming


def _level(
    row: dict[str, Any],
    coming: list[dict[str, Any]],
    leads: Leads,
    ordering: set[str],
    day: date,
) -> list[Any]:
    since = row["moved"]
    quantity = (row["quantity"] or 0.0) + (since or 0.0)
    as_of = row["as_of"] if since is None else min(day, max(row["as_of"], row["until"] or day))
    row = {**row, "quantity": quantity, "as_of": as_of}
    if row["a_day"] is None and row["booking"]:
        row.update(a_day=0.0, window=WINDOW, bookings=0)
    pace = pace_of(row)
    due = [
        Delivery((one["expected"] - as_of).days, one["quantity"])
        for one in coming
        if one["expected"] is not None
    ]
    bare = lasts(quantity, pace) if pace else None
    covered = lasts_with(quantity, pace, due) if pace else None
    lead = leads.of(row["site"], row["item"])
    last = _days(as_of, covered)
    row.update(
        days_left=bare.days if bare else None,
        on_order=sum(one["quantity"] for one in coming) or None,
        promised=min((one["promised"] for one in coming if one["promised"]), default=None),
        expected=min((one["expected"] for one in coming if one["expected"]), default=None),
        lead_days=lead[0] if lead else None,
        lead_most=lead[1] if lead else None,
        order_by=(last[1] or last[0]) - timedelta(lead[1]) if lead and last[0] else None,
        orders_known=row["site"] in ordering,
        **dict(zip(("runs_out", "early", "late"), _days(as_of, bare), strict=True)),
        **dict(zip(("lasts_until", "lasts_early", "lasts_late"), last, strict=True)),
    )
    return [row[name] for name in LEVELS]


def _days(since: date, found: Lasts | None) -> list[date | None]:
    """The days on which it is used up, early and late; None for what has no end in sight.

    The range holds whole days: the first that begins in it, up to the one in which it ends.
    """
    if found is None:
        return [None, None, None]
    early = None if found.early is None else min(math.ceil(found.early), math.floor(found.days))
    ends = [math.floor(found.days), early, found.late and math.floor(found.late)]
    return [None if end is None or end > LONGEST else since + timedelta(end) for end in ends]
