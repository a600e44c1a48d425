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
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

import polars as pl

from pipelines.analysis.stock.consumption import all_used
from pipelines.analysis.stock.levels import levels, paces_of
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
    quiet = [s for s in every if not s.lacks]
    givers = [_Giver(s, spare, list(s.idle)) for s in quiet if (spare := s.spare)]
    queue = _Queue(givers)
    made: list[Transfer] = []
    for taker in takers:
        if not queue:
            break
        made += _cover(taker, queue)
    giving = {giver.shelf.site for giver in givers}
    users = [s for s in quiet if s.a_day > 0 and s.site not in giving and s.most > s.held]
    users.sort(key=lambda s: (-s.a_day, s.site))
    for giver in givers:
        used_up = list(_use_up(giver, users))
        # What a site was sent it uses first: it can't be asked to use up more in the same days.
        sent = {one.taker for one in used_up}
        users = [s for s in users if s.site not in sent] if sent else users
        made += used_up
    return made


def _days(shelf: Shelf) -> float:
    return shelf.held / shelf.a_day if shelf.a_day else math.inf


class _Queue:
    """Givers in the order of asking: the same region, then lots that expire, then the most.

    It is kept in order, all together and by region, so that asking costs no sorting anew.
    """

    def __init__(self, givers: Iterable[_Giver]) -> None:
        self._places: dict[str | None, list[_Place]] = defaultdict(list)
        for giver in givers:
            self.put(giver)

    def __bool__(self) -> bool:
        """Whether anybody has anything left to give."""
        return bool(self._places.get(None))

    def nearest(self, region: str) -> Iterator[_Giver]:
        """Those of the region first; nobody may be put or taken while they are asked."""
        yield from (giver for *_, giver in self._places.get(region, ()))
        everywhere = self._places.get(None, ())
        yield from (giver for *_, giver in everywhere if giver.shelf.region != region)

    def put(self, giver: _Giver) -> None:
        """Enter a giver, where it has anything left to give."""
        if giver.spare > 0:
            for key in (giver.shelf.region, None):
                insort(self._places[key], _place(giver))

    def take(self, giver: _Giver) -> None:
        """Leave a giver out. It must stand as it did when it was put."""
        place = _place(giver)
        for key in (giver.shelf.region, None):
            del self._places[key][bisect_left(self._places[key], place)]


_Place = tuple[bool, int, str, _Giver]


def _place(giver: _Giver) -> _Place:
    return not any(lot.quantity for lot in giver.idle), -giver.spare, giver.shelf.site, giver


def _cover(taker: Shelf, queue: _Queue) -> Iterator[Transfer]:
    """What a site lacks, from the sites that can spare it."""
    lacking, asked = taker.lacks, []
    for giver in queue.nearest(taker.region):
        needed = max(SOONEST, lacking / taker.a_day if taker.a_day else 0)
        # What would expire there too is no help.
        stale = sum(lot.quantity for lot in giver.idle if lot.days < needed)
        quantity = min(lacking, giver.spare - stale)
        if quantity > 0:
            asked.append((giver, quantity, needed))
            lacking -= quantity
            if not lacking:
                break
    for giver, quantity, needed in asked:
        queue.take(giver)
        rescued = giver.take(quantity, needed)
        queue.put(giver)
        yield Transfer(giver.shelf.site, taker.site, quantity, rescued)


def _use_up(giver: _Giver, users: Sequence[Shelf]) -> Iterator[Transfer]:
    """Send what still expires unused to sites that use it in time and have room for it.

    `users` come in the order of their use; those of the same region are asked first.
    """
    if not _sendable(giver):
        return
    region = giver.shelf.region
    near = (s for s in users if s.region == region)
    for user in chain(near, (s for s in users if s.region != region)):
        lots = _sendable(giver)
        if not lots:
            return
        in_time = math.floor(user.a_day * min(lot.days for lot in lots))
        idle = sum(lot.quantity for lot in lots)
        quantity = min(user.most - user.held, idle, giver.spare, in_time)
        if quantity > 0:
            rescued = giver.take(quantity, SOONEST)
            yield Transfer(giver.shelf.site, user.site, quantity, rescued, covers=False)


def _sendable(giver: _Giver) -> list[Dated]:
    """The lots that will expire unused and are worth sending; none where it must keep them."""
    if giver.spare <= 0:
        return []
    return [lot for lot in giver.idle if lot.quantity and lot.days >= SOONEST]


# From the read model

MONEY = pl.Decimal(38, 4)
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
    conditions, values = Scope(where).conditions(frozenset())
    scope = reader.query(f"SELECT s.site FROM sites s WHERE {conditions}", values)["site"]
    wanted = set(scope)
    groups: dict[tuple[str, str | None, str | None], list[int]] = defaultdict(list)
    for at, key in enumerate(every.select("item", "unit", "currency").iter_rows()):
        groups[key].append(at)
    held = _shelves(every, _idle(reader, day), day)
    givers, takers, made = [], [], []
    for rows in groups.values():
        by_site = {held[at].site: at for at in rows}
        for one in suggest(held[at] for at in rows):
            if wanted & {one.giver, one.taker}:
                givers.append(by_site[one.giver])
                takers.append(by_site[one.taker])
                made.append((one.covers, one.quantity, one.rescued))
    sent = pl.DataFrame(
        made,
        schema={"covers": pl.Boolean, "quantity": pl.Int64, "rescued": pl.Int64},
        orient="row",
    )
    return _told(sent, every[givers], every[takers]).sort(
        ~pl.col("covers"), pl.when("covers").then("taker_runs_out"), -pl.col("saved"), "item",
        "taker", nulls_last=True,
    )  # fmt: skip


def _idle(reader: Reader, day: date) -> dict[tuple[str, str], tuple[Dated, ...]]:
    found: dict[tuple[str, str], tuple[Dated, ...]] = {}
    lots = expiring(reader, day, {}, within=None).filter(
        pl.col("unused") > 0, pl.col("expiry") > day
    )
    left = lots.select(
        "site",
        "item",
        pl.col("unused").floor().cast(pl.Int64),
        days=(pl.col("expiry") - day).dt.total_days(),
    )
    for site, item, units, days in left.iter_rows():
        found[site, item] = (*found.get((site, item), ()), Dated(units, days))
    return found


def _shelves(
    rows: pl.DataFrame, lots: Mapping[tuple[str, str], tuple[Dated, ...]], day: date
) -> list[Shelf]:
    """What rows of `levels` of known use say as shelves, in their order."""
    horizon = (pl.col("expected") - day).dt.total_days().fill_null(NOTICE)
    used = all_used(rows.select(horizon.cast(pl.Float64)).to_series().to_numpy(), paces_of(rows))
    most = pl.coalesce("maximum", pl.col("a_day") * SPARE_DAYS)
    told = rows.select(
        "site",
        "item",
        pl.col("region").fill_null(""),
        pl.col("quantity").floor().cast(pl.Int64),
        pl.max_horizontal(pl.col("minimum").fill_null(0.0), pl.Series("used", used))
        .ceil()
        .cast(pl.Int64)
        .alias("keeps"),
        most.floor().cast(pl.Int64).alias("most"),
        "a_day",
    )
    return [
        Shelf(site, region, held, keeps, most, a_day, lots.get((site, item), ()))
        for site, item, region, held, keeps, most, a_day in told.iter_rows()
    ]


def _told(sent: pl.DataFrame, giver: pl.DataFrame, taker: pl.DataFrame) -> pl.DataFrame:
    """The columns of `transfers`, from rows of `levels` for the two sides."""
    cost = giver["unit_cost"]
    return sent.with_columns(
        *giver.select("item", "item_name", "unit", "currency"),
        *(giver[of].alias(f"giver{part}") for part, of in _SIDE.items()),
        *(taker[of].alias(f"taker{part}") for part, of in _SIDE.items()),
        taker["runs_out"].alias("taker_runs_out"),
        taker["expected"].alias("next_delivery"),
        value=pl.col("quantity").cast(MONEY) * cost,
        saved=pl.col("rescued").cast(MONEY) * cost,
    ).select(*COLUMNS).cast(pl.Schema(COLUMNS))  # fmt: skip


_SIDE = {"": "site", "_name": "site_name", "_holds": "quantity"}
