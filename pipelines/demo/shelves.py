"""Files about supplies: movements, purchase orders, and stock on hand in two layouts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from pipelines.demo import supplies
from pipelines.demo.cast import Cast
from pipelines.demo.catalog import SUPPLIERS, Item
from pipelines.demo.days import Flags, Ints, Span
from pipelines.demo.group import HOME, Site
from pipelines.demo.supplies import Flow, Weeks, weeks
from pipelines.demo.write import Writer, pick

DEPOT_MONTHS = 13  # OpenBoxes counts that are still at hand
TOO_MUCH = 60  # units: more than any site usually has of the imbalanced item


def build_moves(span: Span, flow: Flow) -> pl.DataFrame:
    """Every movement: columns site, item, kind, day (indices), month, quantity and unit_cost."""
    calendar = weeks(span)
    last = calendar.last[: calendar.known]
    early = np.minimum(calendar.first[: calendar.known] + 1, last)
    moves = [
        (supplies.RECEIPT, flow.receipt, early), (supplies.ISSUE, flow.issue, last),
        (supplies.ADJUSTMENT, flow.adjust, last), (supplies.WASTE, flow.waste, last),
        (supplies.TRANSFER_IN, flow.moved_in, last), (supplies.TRANSFER_OUT, flow.moved_out, last),
    ]  # fmt: skip
    opening = flow.opening[..., None]
    parts = [_moves(supplies.OPENING, opening, calendar.first[:1], calendar.month[:1], flow)]
    parts += [_moves(kind, quantity, day, calendar.month, flow) for kind, quantity, day in moves]
    return pl.concat(parts).sort("month", "day", "site", "kind", "item")


def _moves(kind: int, quantity: Ints, day: Ints, month: Ints, flow: Flow) -> pl.DataFrame:
    site, item, period = np.nonzero(quantity)
    return pl.DataFrame(
        {
            "site": site,
            "item": item,
            "kind": np.full(len(site), kind),
            "period": period,
            "day": day[period],
            "month": month[period],
            "quantity": quantity[site, item, period],
            "unit_cost": flow.price[item, month[period]],
        }
    )


def write_moves(
    writer: Writer, span: Span, sites: Sequence[Site], items: Sequence[Item], moves: pl.DataFrame
) -> None:
    """The plain `supply_moves` feed, one CSV a month."""
    shown = moves.with_columns(
        pick([site.code for site in sites], moves["site"]).alias("site"),
        pl.Series("date", span.days[moves["day"].to_numpy()]),
        pl.format("TX-{}", pl.int_range(1000001, 1000001 + len(moves))).alias("reference"),
        *_named(items, moves["item"]),
        pick(supplies.KINDS, moves["kind"]).alias("kind"),
        (pl.col("quantity") * pl.col("unit_cost")).round(2).alias("value"),
    )
    columns = ["site", "date", "reference", "item", "item_name", "category", "kind", "quantity",
               "unit", "unit_cost", "value"]  # fmt: skip
    writer.monthly("supplies/moves/moves_{}.csv", shown, span, columns, float_precision=2)


def _named(items: Sequence[Item], places: pl.Series) -> list[pl.Series]:
    return [
        pick([item.code for item in items], places).alias("item"),
        pick([item.name for item in items], places).alias("item_name"),
        pick([item.category for item in items], places).alias("category"),
        pick([item.unit for item in items], places).alias("unit"),
    ]


def write_purchases(
    writer: Writer, span: Span, sites: Sequence[Site], items: Sequence[Item], flow: Flow
) -> None:
    """The plain `purchases` feed, one CSV a month of order: what came, and what is on its way."""
    calendar = weeks(span)
    frame = _orders(span, calendar, items, flow)
    day = span.days[frame["ordered"].to_numpy()]
    arrived = span.days[frame["arrived"].to_numpy()]
    come = frame["received"] > 0
    number = frame.select(pl.struct("ordered", "site", "supplier").rank("dense").cast(pl.Int64))
    # One order in 25 comes two days after the day that was promised.
    late = number.to_series().to_numpy() % 25 == 0
    promised = arrived + np.where(late, -2, 2)
    promised = np.where(come.to_numpy(), promised, day + np.timedelta64(4, "D"))
    shown = frame.with_columns(
        pick([site.code for site in sites], frame["site"]).alias("site"),
        pl.format("PO-{}", number.to_series() + 50000).alias("order"),
        (pl.int_range(1, pl.len() + 1).over("site", "supplier", "ordered")).alias("line"),
        pl.lit(0).alias("revision"),
        pl.Series("ordered_on", day),
        pl.Series("promised", promised),
        pl.when(come).then(pl.Series(arrived)).alias("received_on"),
        pick(SUPPLIERS, frame["supplier"]).alias("supplier"),
        *_named(items, frame["item"]),
        pl.col("received").alias("invoiced"),
        (pl.col("quantity") * pl.col("unit_price")).round(2).alias("amount"),
    )  # fmt: skip
    columns = ["site", "order", "line", "revision", "ordered_on", "promised", "received_on",
               "supplier", "item", "item_name", "quantity", "received", "invoiced", "unit",
               "unit_price", "amount"]  # fmt: skip
    writer.monthly("supplies/purchases/purchases_{}.csv", shown, span, columns, float_precision=2)


def _orders(span: Span, calendar: Weeks, items: Sequence[Item], flow: Flow) -> pl.DataFrame:
    """Order lines: every receipt, ordered at the end of the period before, and open orders."""
    site, item, period = np.nonzero(flow.receipt[..., 1:])
    period = period + 1
    open_site, open_item = np.nonzero(flow.order[..., -1])
    placed = np.concatenate((period - 1, np.full(len(open_site), calendar.known - 1)))
    quantity = np.concatenate((flow.receipt[site, item, period],
                               flow.order[open_site, open_item, -1]))  # fmt: skip
    received = np.concatenate((flow.receipt[site, item, period], np.zeros(len(open_site), int)))
    early = np.minimum(calendar.first + 1, calendar.last)
    arrived = early[np.minimum(placed + 1, calendar.known - 1)]
    item = np.concatenate((item, open_item))
    month = calendar.month[placed]
    delivered = calendar.month[np.minimum(placed + 1, calendar.known - 1)]
    return pl.DataFrame(
        {
            "month": month,
            "ordered": calendar.last[placed],
            "arrived": arrived,
            "site": np.concatenate((site, open_site)),
            "supplier": np.array([entry.supplier for entry in items])[item],
            "item": item,
            "quantity": quantity,
            "received": received,
            "unit_price": flow.price[item, delivered],
        }
    ).sort("month", "ordered", "site", "supplier", "item")


def write_stock(
    writer: Writer, span: Span, sites: Sequence[Site], items: Sequence[Item], flow: Flow, cast: Cast
) -> None:
    """Month-end stock: plain `stock` CSVs, and OpenBoxes counts of the nursing homes."""
    calendar = weeks(span)
    final = [int(np.flatnonzero(calendar.month[: calendar.known] == m)[-1])
             for m in range(span.months)]  # fmt: skip
    plain = []
    for month, period in enumerate(final):
        frame = _on_hand(span, calendar, sites, items, flow, period, cast)
        home = pl.Series([site.kind == HOME for site in sites]).gather(frame["site"])
        plain.append(_plain(span, sites, items, flow, frame.filter(~home), month))
        if month >= span.months - DEPOT_MONTHS:
            _write_depots(writer, span, sites, items, frame.filter(home), month)
    columns = ["site", "as_of", "item", "item_name", "category", "lot", "expiry", "quantity",
               "unit", "unit_cost", "minimum", "reorder", "maximum"]  # fmt: skip
    writer.monthly("supplies/stock/stock_{}.csv", pl.concat(plain), span, columns,
                   float_precision=2)  # fmt: skip


def _on_hand(
    span: Span,
    calendar: Weeks,
    sites: Sequence[Site],
    items: Sequence[Item],
    flow: Flow,
    period: int,
    cast: Cast,
) -> pl.DataFrame:
    """Quantities by lot after `period`; the newest lot is what came last, the rest is older."""
    stock = flow.stock[..., period]
    came = flow.receipt[..., : period + 1] > 0
    newest = np.where(came.any(axis=2), period - came[..., ::-1].argmax(axis=2), 0)
    size = np.take_along_axis(flow.receipt, newest[..., None], axis=2)[..., 0]
    size = np.where(size > 0, np.minimum(size, stock), stock)
    live = _running(sites, span.days[calendar.last[period]])
    site, item = np.nonzero((flow.usual > 0) & live[:, None])
    older = stock - size
    homes = np.array([entry.kind == HOME for entry in sites])
    shelf = np.array([entry.shelf_months for entry in items])
    lots = []
    for quantity, back in ((size, 1), (older, 3)):
        # A count sheet still shows some lots that are used up.
        spent = homes[site] & ((item + period) % 9 == 0)
        keep = (quantity[site, item] > 0) | spent if back > 1 else np.ones(len(site), bool)
        made = (calendar.month[newest] - back)[site, item]
        expiry = _month_end(span, made + shelf[item])
        lots.append(pl.DataFrame({"site": site, "item": item, "quantity": quantity[site, item],
                                  "made": made, "expiry": expiry, "shelf": shelf[item]})
                    .filter(pl.Series(keep)))  # fmt: skip
    frame = pl.concat(lots).with_columns(
        pl.when(pl.col("shelf") > 0).then("expiry").alias("expiry"),
    )
    return _short_dated(span, sites, items, frame, cast).sort("site", "item", "made")


def _running(sites: Sequence[Site], day: np.datetime64) -> Flags:
    """Whether each site has shelves at the end of `day`, (S,)."""
    begun = np.array([site.opened for site in sites], dtype="datetime64[D]") <= day
    last = [site.closed or date.max for site in sites]
    return np.asarray(begun & (day < np.array(last, dtype="datetime64[D]")))


def _short_dated(
    span: Span, sites: Sequence[Site], items: Sequence[Item], frame: pl.DataFrame, cast: Cast
) -> pl.DataFrame:
    """Let the far too large lot of the overstocked site expire in two months."""
    codes = pick([site.code for site in sites], frame["site"])
    names = pick([item.code for item in items], frame["item"])
    chosen = (codes == cast.overstocked) & (names == cast.imbalanced_item)
    day = _month_end(span, np.array([span.months + 1]))[0]
    hit = chosen & (frame["quantity"] > TOO_MUCH)
    return frame.with_columns(pl.when(hit).then(pl.lit(day)).otherwise("expiry").alias("expiry"))


def _month_end(span: Span, month: Ints) -> Ints:
    """The last day of each month, counted from the first month of the span."""
    start = np.datetime64(span.first, "M")
    return np.asarray((start + month + 1).astype("datetime64[D]") - np.timedelta64(1, "D"))


def _lot(item: pl.Series, made: str = "made") -> pl.Expr:
    return pl.format("{}{}", item, (pl.col(made) + 400).cast(pl.String)).alias("lot")


def _plain(
    span: Span, sites: Sequence[Site], items: Sequence[Item], flow: Flow, frame: pl.DataFrame,
    month: int,
) -> pl.DataFrame:  # fmt: skip
    place = frame["site"].to_numpy(), frame["item"].to_numpy()
    usual = flow.usual[place]
    letters = pick([item.code.replace("-", "") for item in items], frame["item"])
    return frame.with_columns(
        pl.lit(month).alias("month"),
        pick([site.code for site in sites], frame["site"]).alias("site"),
        pl.lit(span.ends[month]).alias("as_of"),
        *_named(items, frame["item"]),
        _lot(letters),
        pl.Series("unit_cost", flow.price[place[1], month]),
        *(pl.Series(name, np.ceil(usual * level).astype(int))
          for name, level in (("minimum", supplies.MINIMUM), ("reorder", supplies.REORDER),
                              ("maximum", supplies.MAXIMUM))),
    )  # fmt: skip


def _write_depots(
    writer: Writer,
    span: Span,
    sites: Sequence[Site],
    items: Sequence[Item],
    frame: pl.DataFrame,
    month: int,
) -> None:
    """One cycle count a home: what OpenBoxes leaves blank is zero."""  # fmt: skip
    letters = pick([item.code.replace("-", "") for item in items], frame["item"])
    some = pl.when(pl.col("quantity") > 0).then("quantity")
    nothing = pl.lit(None, dtype=pl.String)
    shown = frame.with_columns(*_named(items, frame["item"]), _lot(letters)).select(
        "site",
        pl.col("item").alias("Product code"),
        pl.col("item_name").alias("Product name"),
        pl.col("lot").alias("Lot number"),
        pl.col("expiry").dt.strftime("%m/%d/%Y").alias("Expiration date"),
        pl.lit("MAIN").alias("Bin location"),
        some.alias("OB QOH"),
        some.alias("Physical QOH"),
        nothing.alias("Comment"),
        pl.col("category").alias("Product family"),
        pl.col("category").alias("Category"),
        pl.lit("Group formulary").alias("Formularies"),
        pl.lit("B").alias("ABC Classification"),
        pl.lit("COUNTED").alias("Status"),
        pl.lit(f"{span.ends[month]:%d/%b/%Y}").alias("Last Inventory Date"),
    )
    for site in sites:
        part = shown.filter(pl.col("site") == site.index).drop("site")
        if len(part):
            name = f"openboxes_{site.depot}_{span.ends[month].isoformat()}"
            writer.csv(f"supplies/openboxes/{name}.csv", part)
