"""Levels: what each site holds of each item, how fast it uses it, and what is on its way.

What is held and how fast it is used is worked out in `pipelines.warehouse.shelved`, which tells
how; here it becomes days, with what is on order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.analysis.stock.consumption import Ends, Floats, Paces, all_last, all_last_with
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
    held = _used(_found(reader, day), day)
    orders = reader.query(_ORDERS.format(year=YEAR), {"day": day})
    recent = leads(orders.filter(pl.col("received_on") <= day))
    due = coming(orders, recent, day)
    ordering = reader.query(_ORDERING.format(window=WINDOW), {"day": day})["site"]
    sums = due.group_by("site", "item").agg(
        pl.col("quantity").sum().alias("on_order"), pl.col("promised", "expected").min()
    )
    found = told(held, recent).join(sums, on=["site", "item"], how="left", maintain_order="left")
    paces = paces_of(found)
    quantity = floats(found["quantity"])
    covered = all_last_with(quantity, paces, *_deliveries(found, due))
    bare = all_last(quantity, paces)
    found = found.with_columns(
        *_days(("runs_out", "early", "late"), bare),
        *_days(("lasts_until", "lasts_early", "lasts_late"), covered),
        days_left=pl.Series(bare.days).fill_nan(None),
        orders_known=pl.col("site").is_in(ordering.implode()),
    )
    latest = pl.coalesce("lasts_early", "lasts_until")
    return found.with_columns(
        order_by=pl.when(pl.col("lasts_until").is_not_null())
        .then(latest - pl.duration(days="lead_most")),
    ).select(*LEVELS).cast(pl.Schema(LEVELS))  # fmt: skip


def _used(held: pl.DataFrame, day: date) -> pl.DataFrame:
    """What is held now, with what was booked since its count; no use where none was booked."""
    booked = pl.col("moved").is_not_null()
    quantity = pl.col("quantity").fill_null(0.0) + pl.col("moved").fill_null(0.0)
    until = pl.max_horizontal("as_of", pl.col("until").fill_null(day))
    unused = pl.col("a_day").is_null() & pl.col("booking")
    return held.with_columns(
        quantity=quantity,
        as_of=pl.when(booked).then(pl.min_horizontal(until, pl.lit(day))).otherwise("as_of"),
        a_day=pl.when(unused).then(0.0).otherwise("a_day"),
        window=pl.when(unused).then(WINDOW).otherwise("window"),
        bookings=pl.when(unused).then(0).otherwise("bookings"),
    )


def paces_of(rows: pl.DataFrame) -> Paces:
    """The use that rows of `levels` state."""
    return Paces(*(floats(rows[name]) for name in ("a_day", "window", "variance", "bookings")))


def floats(column: pl.Series) -> Floats:
    """Numbers as an array, NaN for null."""
    return column.cast(pl.Float64).fill_null(math.nan).to_numpy()


def _deliveries(
    found: pl.DataFrame, due: pl.DataFrame
) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
    """The rows, the days from their count and the quantities of what comes on a known day."""
    rows = found.select("site", "item", "as_of").with_row_index("row")
    known = due.filter(pl.col("expected").is_not_null()).join(
        rows, on=["site", "item"], maintain_order="left"
    )
    days = (known["expected"] - known["as_of"]).dt.total_days()
    return known["row"].to_numpy().astype(np.intp), floats(days), floats(known["quantity"])


LEADS: tuple[list[str], ...] = (["site", "item"], ["item"], ["site"], [])


def leads(received: pl.DataFrame) -> list[pl.DataFrame]:
    """Days from order to receipt, by site and item, by item, by site, and of all.

    Columns: those it is by, `lead_days` (the median) and `lead_most` (the 90th percentile, linear
    between two orders, as whole days up); no row where fewer than `ENOUGH` orders were received.
    """
    days = (pl.col("received_on") - pl.col("ordered_on")).dt.total_days()
    seen = received.select("site", "item", days=days).filter(pl.col("days") >= 0)
    return [_lead(seen, by) for by in LEADS]


def _lead(seen: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    days = pl.col("days").sort()
    groups = seen.with_columns(all=True).group_by(by or ["all"]).agg(days, orders=pl.len())
    many = groups.filter(pl.col("orders") >= ENOUGH)
    lists = [np.array(each, dtype=np.float64) for each in many["days"].to_list()]
    middle = [int(np.rint(np.median(each))) for each in lists]
    return many.select(
        *by,
        lead_days=pl.Series(middle, dtype=pl.Int64),
        lead_most=pl.Series([math.ceil(_ninth(each)) for each in lists], dtype=pl.Int64),
    )


def _ninth(ordered: Floats) -> float:
    """The 90th percentile of numbers in order: linear between the two it lies between."""
    at = (len(ordered) - 1) * 0.9
    below = math.floor(at)
    a, b, part = ordered[below], ordered[min(below + 1, len(ordered) - 1)], at - below
    # From the nearer end, so that two ends alike are their own percentile to the last bit.
    return float(a + (b - a) * part if part < 0.5 else b - (b - a) * (1 - part))


def told(rows: pl.DataFrame, recent: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows of a site and an item, each with its lead time: the most special one that is known."""
    names = ("lead_days", "lead_most")
    for at, (by, found) in enumerate(zip(LEADS, recent, strict=True)):
        own = found.rename({name: f"{name}{at}" for name in names})
        if by:
            rows = rows.join(own, on=by, how="left", maintain_order="left")
        else:
            one = own.row(0) if own.height else (None, None)
            rows = rows.with_columns(
                pl.lit(one[i], pl.Int64).alias(f"{name}{at}") for i, name in enumerate(names)
            )
    return rows.with_columns(
        pl.coalesce(f"{name}{at}" for at in range(len(LEADS))).alias(name) for name in names
    ).drop(f"{name}{at}" for name in names for at in range(len(LEADS)))


def coming(orders: pl.DataFrame, recent: Sequence[pl.DataFrame], day: date) -> pl.DataFrame:
    """What is on its way: site, item, quantity, promised and the day on which it is expected.

    That is the promised day; where none is stated or it has passed, the day by which nine of ten
    orders come; where that has passed too, none is. A part received leaves the rest on its way
    only while its promise stands. Orders long past their promise are taken for lost.
    """
    came = (pl.col("received_on") <= day).fill_null(False)
    stands = (pl.col("promised") > day).fill_null(False)
    part = pl.when(came).then("received").otherwise(0.0)
    open_ = ~came | (stands & (part != 0).fill_null(False) & (part < pl.col("quantity")))
    lost = pl.coalesce("promised", "ordered_on") <= day - timedelta(LOST)
    waiting = told(orders.filter(open_, ~lost).with_columns(quantity=pl.col("quantity") - part),
                   recent)  # fmt: skip
    expected = (
        pl.when(stands)
        .then("promised")
        .otherwise(pl.col("ordered_on") + pl.duration(days="lead_most"))
    )
    return waiting.filter(pl.col("quantity") > 0).select(
        "site", "item", "quantity", "promised", expected=pl.when(expected > day).then(expected)
    )


def _days(names: Sequence[str], ends: Ends) -> list[pl.Expr]:
    """The days on which it is used up, early and late; None for what has no end in sight.

    The range holds whole days: the first that begins in it, up to the one in which it ends.
    """
    last = np.floor(ends.days)
    early = np.minimum(np.ceil(ends.early), last)
    found = []
    for name, days in zip(names, (last, early, np.floor(ends.late)), strict=True):
        known = np.where(days <= LONGEST, days, np.nan)
        whole = pl.lit(pl.Series(known).fill_nan(None).cast(pl.Int64))
        found.append((pl.col("as_of") + pl.duration(days=whole)).alias(name))
    return found
