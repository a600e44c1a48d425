"""Transfers: which site should send what to which, so that nothing runs out and less expires.

A site that will lack an item before its next delivery takes from one that has too much of it:
more than its maximum (or than 90 days of use where no maximum is set), or lots that it won't use
before they expire. What then still expires unused goes to sites that will use it up in time. Sites
of the same region come first. All of it is arithmetic on whole units: a giver keeps its minimum and
what it may use until its own next delivery, a taker stays within its maximum, and nobody gives and
takes the same item.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.analysis.stock.consumption import most_used
from pipelines.analysis.stock.levels import levels, pace_of
from pipelines.analysis.stock.shelves import SPARE_DAYS, expiring
from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader

NOTICE = 14  # days for which a site must hold enough where no delivery is on its way
SOONEST = 14  # days that a lot must still last to be worth sending


@dataclass(frozen=True, slots=True)
class Dated:
    """Units of a lot that its site won't use in time, with the days until it expires."""

    quantity: int
    days: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a site holds of an item, in whole units.

    `keeps` is what it must hold until its next delivery, `most` the largest quantity that it
    should hold, `a_day` its usual use; `idle` are the units of its lots that will expire unused.
    """

    site: str
    region: str
    held: int
    keeps: int
    most: int
    a_day: float
    idle: tuple[Dated, ...] = ()

    @property
    def lacks(self) -> int:
        """What is missing until the next delivery, as far as there is room for it."""
        return max(0, min(self.keeps, self.most) - self.held)

    @property
    def spare(self) -> int:
        """What it can give: what is too much or will expire, and never what it must keep."""
        idle = sum(one.quantity for one in self.idle)
        return max(0, min(self.held - self.keeps, max(self.held - self.most, idle)))


@dataclass(frozen=True, slots=True)
class Transfer:
    """Send `quantity` from one site to another; `rescued` of them would have expired unused.

    `covers` says that the taker lacks them; else it only uses them up in time.
    """

    giver: str
    taker: str
    quantity: int
    rescued: int
    covers: bool = True


@dataclass(slots=True)
class _Giver:
    shelf: Shelf
    spare: int
    idle: list[Dated] = field(default_factory=list)

    def take(self, quantity: int, days: float) -> int:
        """Take units away; how many of them would have expired here.

        Lots that last at least so many days more are sent first, the one that expires first ahead.
        """
        rescued, rest = 0, []
        for lot in sorted(self.idle, key=lambda one: one.days):
            taken = min(lot.quantity, quantity - rescued) if lot.days >= days else 0
            rescued += taken
            rest.append(Dated(lot.quantity - taken, lot.days))
        self.spare, self.idle = self.spare - quantity, rest
        return rescued


def suggest(shelves: Iterable[Shelf]) -> list[Transfer]:
    """The transfers between the sites that hold an item; the one that lacks it soonest first."""
    every = sorted(shelves, key=lambda one: one.site)
    takers = sorted((s for s in every if s.lacks), key=_days)
    givers = [_Giver(s, s.spare, list(s.idle)) for s in every if s.spare and not s.lacks]
    made = [one for taker in takers for one in _cover(taker, givers)]
    users = {s.site: s for s in every if s.a_day > 0 and not s.spare and not s.lacks}
    for giver in givers:
        used_up = list(_use_up(giver, users.values()))
        # What a site was sent it uses first: it can't be asked to use up more in the same days.
        for one in used_up:
            del users[one.taker]
        made += used_up
    return made


def _days(shelf: Shelf) -> float:
    return shelf.held / shelf.a_day if shelf.a_day else math.inf


def _nearest(shelf: Shelf, others: Iterable[_Giver]) -> list[_Giver]:
    """Givers in the order of asking: the same region, then lots that expire, then the most."""
    return sorted(
        others,
        key=lambda one: (
            one.shelf.region != shelf.region,
            not any(lot.quantity for lot in one.idle),
            -one.spare,
            one.shelf.site,
        ),
    )


def _cover(taker: Shelf, givers: Sequence[_Giver]) -> Iterator[Transfer]:
    """What a site lacks, from the sites that can spare it."""
    lacking = taker.lacks
    for giver in _nearest(taker, givers):
        needed = max(SOONEST, lacking / taker.a_day if taker.a_day else 0)
        # What would expire there too is no help.
        stale = sum(lot.quantity for lot in giver.idle if lot.days < needed)
        quantity = min(lacking, giver.spare - stale)
        if quantity > 0:
            lacking -= quantity
            yield Transfer(giver.shelf.site, taker.site, quantity, giver.take(quantity, needed))


def _use_up(giver: _Giver, users: Iterable[Shelf]) -> Iterator[Transfer]:
    """Send what still expires unused to sites that use it in time and have room for it."""
    near = sorted(users, key=lambda s: (s.region != giver.shelf.region, -s.a_day, s.site))
    for user in near:
        lots = [lot for lot in giver.idle if lot.quantity and lot.days >= SOONEST]
        if not lots:
            return
        in_time = math.floor(user.a_day * min(lot.days for lot in lots))
        idle = sum(lot.quantity for lot in lots)
        quantity = min(user.most - user.held, idle, giver.spare, in_time)
        if quantity > 0:
            rescued = giver.take(quantity, SOONEST)
            yield Transfer(giver.shelf.site, user.site, quantity, rescued, covers=False)


# From the read model

COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "item": pl.String, "item_name": pl.String, "unit": pl.String, "giver": pl.String,
    "giver_name": pl.String, "giver_holds": pl.Float64, "taker": pl.String,
    "taker_name": pl.String, "taker_holds": pl.Float64, "taker_runs_out": pl.Date,
    "next_delivery": pl.Date, "covers": pl.Boolean, "quantity": pl.Int64, "rescued": pl.Int64,
    "value": pl.Decimal(38, 4), "saved": pl.Decimal(38, 4), "currency": pl.String,
}  # fmt: skip


def transfers(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The transfers suggested on a day that start or end at a site of the scope.

    Columns: item, item_name, unit, giver, giver_name, giver_holds, taker, taker_name, taker_holds,
    taker_runs_out, next_delivery (null where nothing is on its way), covers (the taker lacks
    it; else it uses up what the giver won't), quantity, rescued (units of it
    that would expire unused at the giver), value (of the quantity at the giver's unit cost, null
    without one: what the taker need not buy), saved (the part of it that would be thrown away),
    currency. What is lacking first, then what saves most. An item with several
    units of measure is several items.
    """
    every = levels(reader, day).filter(pl.col("a_day").is_not_null())
    lots = _idle(reader, day)
    groups: dict[tuple[str, str | None, str | None], list[dict[str, Any]]] = defaultdict(list)
    for row in every.iter_rows(named=True):
        groups[row["item"], row["unit"], row["currency"]].append(row)
    conditions, values = Scope(where).conditions(frozenset())
    scope = reader.query(f"SELECT s.site FROM sites s WHERE {conditions}", values)["site"]
    wanted = set(scope)
    made = []
    for rows in groups.values():
        by_site = {row["site"]: row for row in rows}
        for one in suggest(_shelf(row, lots, day) for row in rows):
            if wanted & {one.giver, one.taker}:
                made.append(_told(one, by_site[one.giver], by_site[one.taker]))
    found = pl.DataFrame(made, schema=COLUMNS, orient="row")
    return found.sort(
        ~pl.col("covers"), pl.when("covers").then("taker_runs_out"), -pl.col("saved"), "item",
        "taker", nulls_last=True,
    )  # fmt: skip


def _idle(reader: Reader, day: date) -> dict[tuple[str, str], tuple[Dated, ...]]:
    found: dict[tuple[str, str], tuple[Dated, ...]] = {}
    lots = expiring(reader, day, {}, within=None).filter(
        pl.col("unused") > 0, pl.col("expiry") > day
    )
    for row in lots.iter_rows(named=True):
        key = (row["site"], row["item"])
        one = Dated(math.floor(row["unused"]), (row["expiry"] - day).days)
        found[key] = (*found.get(key, ()), one)
    return found


def _shelf(
    row: dict[str, Any], lots: Mapping[tuple[str, str], tuple[Dated, ...]], day: date
) -> Shelf:
    pace = pace_of(row)
    if pace is None:
        raise ValueError("a shelf needs a known use")
    horizon = (row["expected"] - day).days if row["expected"] else NOTICE
    most = row["maximum"] if row["maximum"] is not None else pace.a_day * SPARE_DAYS
    return Shelf(
        site=row["site"],
        region=row["region"] or "",
        held=math.floor(row["quantity"]),
        keeps=math.ceil(max(row["minimum"] or 0.0, most_used(horizon, pace))),
        most=math.floor(most),
        a_day=pace.a_day,
        idle=lots.get((row["site"], row["item"]), ()),
    )


def _told(one: Transfer, giver: dict[str, Any], taker: dict[str, Any]) -> list[Any]:
    cost: Decimal | None = giver["unit_cost"]
    told = {
        **{name: giver[name] for name in ("item", "item_name", "unit", "currency")},
        **{f"giver{part}": giver[of] for part, of in _SIDE.items()},
        **{f"taker{part}": taker[of] for part, of in _SIDE.items()},
        "taker_runs_out": taker["runs_out"],
        "next_delivery": taker["expected"],
        "covers": one.covers,
        "quantity": one.quantity,
        "rescued": one.rescued,
        "value": None if cost is None else one.quantity * cost,
        "saved": None if cost is None else one.rescued * cost,
    }
    return [told[name] for name in COLUMNS]


_SIDE = {"": "site", "_name": "site_name", "_holds": "quantity"}
