"""Why supplies cost more or less than before: volume, usage and price, item by item.

The standard variance analysis (DOMAIN.md, B4), at each site for each item. Q is the quantity used
or wasted, P its unit cost, V the site's visits or resident days; b is before, a is after:

    volume       (Qb × Va / Vb - Qb) × Pb
    usage        (Qa - Qb × Va / Vb) × Pb
    price        Qa × (Pa - Pb)
    unpriced     quantity without price before × Pb - quantity without price after × Pa

Q holds quantities without a price too, so that an export that leaves out its prices passes for a
missing price, not for thrift: `unpriced` takes out again what no value says. Items that only one
period has are new or ended; sites opened or closed are on a line of their own, and so are sites
that one period says nothing of. Everything is exact until the parts are rounded
(`pipelines.analysis.causes.lines`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

import polars as pl

from pipelines.analysis.causes.lines import (
    ZERO,
    Compared,
    Line,
    Standing,
    fraction,
    names_of_sites,
    places_of,
    standing_of,
)
from pipelines.calendar import Period
from pipelines.metrics.ask import ask
from pipelines.metrics.compile import Scope, compile_metric
from pipelines.metrics.model import Aggregation, Measure, Metric, Unit
from pipelines.metrics.supplies import BURN, USED
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.vintage import vintage

Part = Literal[
    "volume",
    "usage",
    "quantity",  # volume and usage, where volume is not known
    "new_activity",  # volume and usage, where there was no volume before
    "price",
    "new_item",
    "ended_item",
    "unpriced",
    "no_quantity",  # money without a quantity
    "opened",
    "closed",
    "one_sided",  # a site that was open, with movements in one period only
]
PARTS: tuple[Part, ...] = get_args(Part)
Volumes = Mapping[str, tuple[Decimal | None, Decimal | None]]


@dataclass(frozen=True, slots=True)
class Use:
    """What a site used of an item in one period.

    `quantity` is what has a value and `value` the money, `unpriced` the quantity without one.
    Quantities in two units are two items, so `unit` belongs to the item. What comes twice is
    added up.
    """

    site: str
    item: str
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    unpriced: Decimal = ZERO
    unit: str | None = None
    currency: str = ""

    @property
    def key(self) -> tuple[str, str, str | None, str]:
        """What is compared: the item, in one unit and currency, at the site."""
        return self.site, self.item, self.unit, self.currency


def compare_supplies(
    before: Iterable[Use],
    after: Iterable[Use],
    volumes: Volumes,
    standing: Mapping[str, Standing] | None = None,
) -> tuple[Line, ...]:
    """A line for each item of each site, by its names `site`, `item` and `unit`.

    `volumes` has each site's volume before and after, None where it is not known; `standing` the
    sites whose items can't be compared, and why: where it is not given, those that one period
    says nothing of are one-sided. Where one side of an item has no price, the other's stands for
    it, so that no price variance shows. UsageProblem for a number that is not finite.
    """
    low, high = _added(before), _added(after)
    if standing is None:
        standing = dict.fromkeys({k[0] for k in low} ^ {k[0] for k in high}, "one_sided")
    lines = []
    for key in {**low, **high}:
        site, item, unit, currency = key
        then, now = low.get(key), high.get(key)
        parts = _parts(then, now, volumes.get(site, (None, None)), standing.get(site))
        money = [side.value if side else ZERO for side in (then, now)]
        names = {"site": site, "item": item, "unit": unit}
        lines.append(Line(names, currency, money[0], money[1], dict(parts)))
    return tuple(lines)


def _added(uses: Iterable[Use]) -> dict[tuple[str, str, str | None, str], Use]:
    summed: dict[tuple[str, str, str | None, str], Use] = {}
    for one in uses:
        held = summed.get(one.key)
        summed[one.key] = one if held is None else Use(
            one.site, one.item, held.quantity + one.quantity, held.value + one.value,
            held.unpriced + one.unpriced, one.unit, one.currency,
        )  # fmt: skip
    return summed


@dataclass(frozen=True, slots=True)
class _Side:
    """An item in one period in exact numbers: `quantity` Q, `price` P (None where none is known).

    `loose` is money without a quantity.
    """

    quantity: Fraction
    price: Fraction | None
    unpriced: Fraction
    loose: Fraction


def _side(use: Use) -> _Side:
    priced, value, unpriced = map(fraction, (use.quantity, use.value, use.unpriced))
    if not priced:
        return _Side(unpriced, None, unpriced, value)
    return _Side(priced + unpriced, value / priced, unpriced, Fraction(0))


def _parts(
    before: Use | None,
    after: Use | None,
    volume: tuple[Decimal | None, Decimal | None],
    standing: str | None,
) -> Mapping[str, Fraction]:
    """The parts of a line; `standing` is that of its site where that explains all of it."""
    values = [fraction(use.value) if use else Fraction(0) for use in (before, after)]
    if standing is not None:
        return {standing: values[1] - values[0]}
    if before is None or after is None:
        return {"new_item" if before is None else "ended_item": values[1] - values[0]}
    low, high = _side(before), _side(after)
    known = [price for price in (low.price, high.price) if price is not None]
    then = low.price if low.price is not None else next(iter(known), Fraction(0))
    now = high.price if high.price is not None else then
    parts = _by_volume(low.quantity, high.quantity, then, volume)
    parts["price"] = high.quantity * (now - then)
    if low.unpriced or high.unpriced:
        parts["unpriced"] = low.unpriced * then - high.unpriced * now
    if low.loose or high.loose:
        parts["no_quantity"] = high.loose - low.loose
    return parts


def _by_volume(
    before: Fraction,
    after: Fraction,
    price: Fraction,
    volume: tuple[Decimal | None, Decimal | None],
) -> dict[str, Fraction]:
    """The change in quantity at the price before: what volume explains, and what it doesn't."""
    if volume[0] is None or volume[1] is None:
        return {"quantity": (after - before) * price}
    if not volume[0]:
        return {"new_activity": (after - before) * price}
    earned = before * fraction(volume[1]) / fraction(volume[0])
    return {"volume": (earned - before) * price, "usage": (after - earned) * price}


# From the read model


def _metric(name: str, numerator: Measure) -> Metric:
    return Metric(
        name=name, title="Supplies used", definition="", unit=Unit.COUNT, good=None,
        domain="supplies", aggregation=Aggregation.SUM, numerator=numerator,
        needs=("supply_moves",), formula="", source="", traps="",
    )  # fmt: skip


# The same rows, days and shares as the supply burn, so that the values add up to it.
MEASURES = {
    "value": _metric("value", BURN),
    "quantity": _metric("quantity", Measure("supply_moves", "sum(f.quantity)", BURN.where)),
    "unpriced": _metric(
        "unpriced", Measure("supply_moves", "sum(f.quantity)", f"{USED} AND f.value IS NULL")
    ),
}
KEYS = ("site", "item", "unit", "currency")


def supplies_between(
    reader: Reader,
    before: Period,
    after: Period,
    where: Mapping[str, Sequence[str]] | None = None,
    *,
    as_of: int | date | None = None,
) -> Compared:
    """The supplies used or wasted in two periods, line by line.

    Lines are named by site, site_name, region, site_kind, item, item_name, category and unit; their
    total is the change in supply burn, in each currency. `where` keeps rows by dimension, `as_of`
    is what was known then, both as in `ask`. The volume of a site is its resident days if it
    counts them in both periods, else its visits; it is not known where counts are missing.
    """
    scope, tables = where or {}, ""
    if as_of is not None:
        tables = vintage(reader, as_of)
    uses = _uses(reader, (before, after), scope, tables)
    # A site that doesn't use one of the items asked for is not silent.
    places = places_of(scope)
    every = uses if places == scope else _uses(reader, (before, after), places, tables)
    sides = [{use.site for use in every[period]} for period in (before, after)]
    one_sided: dict[str, Standing] = dict.fromkeys(sides[0] ^ sides[1], "one_sided")
    burns = [
        ask(reader, "supply_burn", period=period, where=scope, as_of=as_of)
        for period in (before, after)
    ]
    lines = compare_supplies(
        uses[before],
        uses[after],
        _volumes(reader, before, after, scope, as_of),
        one_sided | standing_of(reader, before, after),
    )
    sites, items = names_of_sites(reader), _names_of_items(reader)
    named = tuple(
        Line(
            {**line.names, **sites[str(line.names["site"])], **items[str(line.names["item"])]},
            line.currency, line.before, line.after, line.parts,
        )
        for line in lines
    )  # fmt: skip
    return Compared(before, after, named, PARTS, burns[1].missing, burns[0].missing)


def _uses(
    reader: Reader,
    periods: tuple[Period, Period],
    where: Mapping[str, Sequence[str]],
    tables: str,
) -> dict[Period, list[Use]]:
    """What was used in each period; an item's unit matters only where it has several."""
    frames = []
    for name, metric in MEASURES.items():
        query = compile_metric(
            metric, KEYS, tuple(dict.fromkeys(periods)), Scope(where), reader.columns,
            tables=tables,
        )  # fmt: skip
        frame = reader.query(query.sql, query.parameters)
        amount = pl.col("numerator").cast(pl.Decimal(38, 4))
        frames.append(frame.select("start", "stop", *KEYS, measure=pl.lit(name), amount=amount))
    several = pl.col("unit").drop_nulls().n_unique().over("site", "item") > 1
    rows = pl.concat(frames).with_columns(unit=pl.when(several).then("unit")).sort(KEYS)
    uses: dict[Period, list[Use]] = {period: [] for period in periods}
    for row in rows.iter_rows(named=True):
        one = Use(
            row["site"], row["item"], unit=row["unit"], currency=row["currency"],
            **{row["measure"]: row["amount"]},
        )  # fmt: skip
        uses[Period(row["start"], row["stop"])].append(one)
    return uses


def _names_of_items(reader: Reader) -> dict[str, dict[str, str | None]]:
    """The latest name and category of each item."""
    found = reader.query("SELECT item, item_name, category FROM supply_items")
    return {row.pop("item"): row for row in found.iter_rows(named=True)}


def _volumes(
    reader: Reader,
    before: Period,
    after: Period,
    where: Mapping[str, Sequence[str]],
    as_of: int | date | None,
) -> Volumes:
    """Each site's volume before and after, of one measure and counted to the end of each month."""
    found: dict[str, tuple[Decimal | None, Decimal | None]] = {}
    for measure in ("resident_days", "visits"):
        sides: list[dict[str, Decimal]] = []
        for period in (before, after):
            frame = ask(
                reader, measure, period=period, by=("site",), where=places_of(where), as_of=as_of
            ).frame.filter(pl.col("value").is_not_null(), pl.col("present") == pl.col("expected"))
            counts = frame.select("site", "value").iter_rows()
            sides.append({site: Decimal(str(value)) for site, value in counts})
        for site in sides[0].keys() & sides[1].keys():
            if any(side[site] for side in sides):
                found.setdefault(site, (sides[0][site], sides[1][site]))
    return found
