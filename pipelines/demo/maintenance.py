"""Work orders in the layout of Atlas CMMS: repairs and planned maintenance, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.days import Days, Floats, Ints, Span
from pipelines.demo.group import CLINIC, HOME, URGENT, Site
from pipelines.demo.noise import dither, quiet, stream
from pipelines.demo.write import Writer, pick

Minutes = npt.NDArray[np.timedelta64]

REPAIRS = {CLINIC: 4.2, URGENT: 4.8, HOME: 12.0}  # a month
EVERY = {"high": 3, "medium": 3, "low": 2}  # months between two services; homes see low monthly
PLANNED = "Preventive Maintenance"
PRIORITIES = ("High", "Medium", "Low")
LATE = 0.0375  # share of services done after they were due, spread evenly
ALLOWED = np.array([2.0, 7.0, 21.0])  # days until a repair is due, by priority
TYPICAL = np.array([0.6, 2.6, 8.0])  # median days that it takes
FAULTS = (
    ("Plumbing", "Tap drips in staff room"), ("Plumbing", "Drain blocked"),
    ("Plumbing", "Water heater loses pressure"), ("HVAC", "Room too warm"),
    ("HVAC", "Air handler rattles"), ("Electrical", "Ceiling light out"),
    ("Electrical", "Socket without power"), ("Biomedical", "Monitor shows sensor fault"),
    ("Biomedical", "Pump battery holds no charge"), ("Biomedical", "Cable worn, replace"),
    ("Doors and locks", "Automatic door stays open"), ("Doors and locks", "Lock jams"),
    ("Grounds", "Parking lot lamp out"), ("Kitchen and laundry", "Door seal leaks"),
    ("IT", "Wireless access point offline"),
)  # fmt: skip
COLUMNS = (
    "ID", "Title", "Status", "Priority", "Description", "Due Date", "Estimated Duration",
    "Requires Signature", "Category", "Location Name", "Team Name", "Primary User", "Assigned To",
    "Asset Name", "Completed By", "Completed On", "Archived", "Feedback", "Contractors",
    "Date created",
)  # fmt: skip


def build_orders(
    seed: int, span: Span, sites: Sequence[Site], assets: pl.DataFrame, cast: Cast
) -> pl.DataFrame:
    """All work orders raised by today, in order of creation.

    Columns: id, site, asset ("A-10001 Autoclave, steam", or null), risk, planned, title,
    category, priority (index), created, due, completed (null while open), hours.
    """
    parts = []
    for site in sites:
        own = assets.filter(pl.col("site") == site.index)
        parts.append(_planned(seed, span, site, own, cast))
        parts.append(_repairs(seed, span, site, own))
    midnight = datetime.combine(span.today, time()) + timedelta(days=1)
    done = pl.when(pl.col("completed") < midnight).then("completed")
    frame = pl.concat(parts).filter(pl.col("created") < midnight).with_columns(completed=done)
    frame = frame.sort("created", "site", "title", "asset", maintain_order=True)
    return frame.with_columns(id=pl.int_range(100001, 100001 + pl.len()))


def _planned(seed: int, span: Span, site: Site, own: pl.DataFrame, cast: Cast) -> pl.DataFrame:
    rng = stream(seed, "planned", site.code)
    asset, month = _services(span, site, own)
    count = len(asset)
    starts: Days = np.datetime64(span.first, "M") + month
    due = _at(
        starts.astype("datetime64[D]") + rng.integers(9, 26, count).astype("timedelta64[D]"),
        np.full(count, 17 * 60.0),
    )
    # The system raises a service in the middle of the month before the one in which it is due.
    middle = (starts - np.timedelta64(1, "M")).astype("datetime64[D]") + np.timedelta64(14, "D")
    raised: Days = np.maximum(middle, np.datetime64(max(span.first, site.opened)))
    created = _at(raised, np.full(count, 7 * 60.0) + rng.integers(0, 90, count))
    late = dither(np.full(count, LATE), rng.uniform()) > 0
    shift = np.where(late, rng.uniform(1.1, 8, count), -rng.uniform(0.2, 7, count))
    completed = np.maximum(due + _minutes(shift * 1440), created + _minutes(np.full(count, 200.0)))
    risk = own["risk"].gather(pl.Series(asset))
    if site.code == cast.maintenance:
        missed = (risk == "high").to_numpy() & (month >= span.months - cast.maintenance_months)
        completed = np.where(missed, np.datetime64("NaT"), completed)
    name = own["name"].gather(pl.Series(asset))
    return pl.DataFrame(
        {
            "site": np.full(count, site.index),
            "asset": own["asset"].gather(pl.Series(asset)) + " " + name,
            "risk": risk,
            "planned": np.full(count, True),
            "title": "Service: " + name,
            "category": [PLANNED] * count,
            "priority": np.where((risk == "high").to_numpy(), 0, 1),
            "created": created,
            "due": due,
            "completed": completed,
            "hours": np.full(count, 1.0),
        }
    )


def _services(span: Span, site: Site, own: pl.DataFrame) -> tuple[Ints, Ints]:
    """The place of each piece of equipment, and the month in which a service of it is due."""
    every = own["risk"].replace_strict(EVERY, return_dtype=pl.Int64).to_numpy()
    low = (own["risk"] == "low").to_numpy()
    every = np.where(low & (site.kind == HOME), 1, every)
    turn = own["place"].to_numpy()[:, None] + np.arange(span.months + 1)
    asset, month = np.nonzero(turn % every[:, None] == 0)
    order = np.lexsort((asset, month))  # so that lateness is spread evenly over the months
    return _while_open(span, site, asset[order], month[order])


def _while_open(span: Span, site: Site, asset: Ints, month: Ints) -> tuple[Ints, Ints]:
    first = max(0, (site.opened.year - span.first.year) * 12 + site.opened.month - span.first.month)
    last = span.months
    if site.closed:
        last = (site.closed.year - span.first.year) * 12 + site.closed.month - span.first.month
    kept = (month >= first) & (month <= last)
    return asset[kept], month[kept]


def _repairs(seed: int, span: Span, site: Site, own: pl.DataFrame) -> pl.DataFrame:
    rng = stream(seed, "repairs", site.code)
    running = span.days >= np.datetime64(site.opened)
    if site.closed:
        running &= span.days <= np.datetime64(site.closed)
    rate = span.spread(quiet(rng, len(span.starts), 0.22)) * REPAIRS[site.kind] / 30.4
    # Monday brings what broke over the weekend.
    rate = rate * np.array([1.5, 1.2, 1.1, 1.1, 1.1, 0.5, 0.5])[span.weekday] * running
    raised = dither(rate[: span.known], rng.uniform())
    day = np.repeat(np.arange(span.known), raised)
    count = len(day)
    priority = rng.choice(3, count, p=(0.16, 0.5, 0.34))
    fault = rng.integers(0, len(FAULTS), count)
    created = _at(span.days[day], rng.uniform(6.5 * 60, 18 * 60, count))
    taken = TYPICAL[priority] * np.exp(np.clip(rng.normal(0, 0.75, count), -2, 2))
    completed = created + _minutes(np.maximum(taken * 1440, 40))
    asset = rng.integers(0, len(own), count)
    known = rng.random(count) < 0.55
    label = (own["asset"] + " " + own["name"]).gather(pl.Series(asset))
    nothing = pl.lit(None, dtype=pl.String)
    return pl.DataFrame(
        {
            "site": np.full(count, site.index),
            "asset": label,
            "risk": own["risk"].gather(pl.Series(asset)),
            "planned": np.full(count, False),
            "title": pick([title for _, title in FAULTS], fault),
            "category": pick([category for category, _ in FAULTS], fault),
            "priority": priority,
            "created": created,
            "due": created + _minutes(ALLOWED[priority] * 1440),
            "completed": completed,
            "hours": np.round(rng.uniform(0.5, 4, count) * 2) / 2,
        }
    ).with_columns(pl.when(pl.Series(known)).then("asset").otherwise(nothing).alias("asset"))


def _at(day: Days, minutes: Floats) -> Days:
    return np.asarray(day.astype("datetime64[us]") + _minutes(minutes), dtype="datetime64[us]")


def _minutes(minutes: Floats) -> Minutes:
    return (np.round(minutes).astype(np.int64) * 60_000_000).astype("timedelta64[us]")


def write_orders(writer: Writer, span: Span, sites: Sequence[Site], orders: pl.DataFrame) -> None:
    """One CSV a month with the orders that were raised or changed in it, as they stood then."""
    empty = ("Description", "Primary User", "Completed By", "Feedback", "Contractors")
    blank = [pl.lit(None, dtype=pl.String).alias(name) for name in empty]
    pattern = "%d/%m/%Y %H:%M"
    for month, end in enumerate(span.ends[: span.months]):
        begin = datetime.combine(span.starts[month], time())
        close = datetime.combine(end, time()) + timedelta(days=1)
        done = pl.col("completed") < close
        seen = orders.filter(
            (pl.col("created") < close)
            & ((pl.col("created") >= begin) | (done & (pl.col("completed") >= begin)))
        )
        shown = seen.select(
            pl.col("id").alias("ID"),
            pl.col("title").alias("Title"),
            _status(done, close).alias("Status"),
            pick(PRIORITIES, seen["priority"]).alias("Priority"),
            pl.col("due").dt.strftime(pattern).alias("Due Date"),
            pl.col("hours").alias("Estimated Duration"),
            pl.lit("No").alias("Requires Signature"),
            pl.col("category").alias("Category"),
            pick([site.location for site in sites], seen["site"]).alias("Location Name"),
            pick([f"Facilities {site.region}" for site in sites], seen["site"]).alias("Team Name"),
            pl.lit("Maintenance Technician").alias("Assigned To"),
            pl.col("asset").alias("Asset Name"),
            pl.when(done).then(pl.col("completed").dt.strftime(pattern)).alias("Completed On"),
            pl.lit("No").alias("Archived"),
            pl.col("created").dt.strftime(pattern).alias("Date created"),
            *blank,
        ).select(COLUMNS)
        writer.csv(f"maintenance/work_orders/atlas_work_orders_{begin:%Y-%m}.csv", shown)


def _status(done: pl.Expr, close: datetime) -> pl.Expr:
    fresh = pl.col("created") > close - timedelta(days=2)
    return (
        pl.when(done).then(pl.lit("Complete"))
        .when(pl.col("planned") | fresh).then(pl.lit("Open"))
        .when(pl.col("id") % 6 == 0).then(pl.lit("On Hold"))
        .otherwise(pl.lit("In Progress"))
    )  # fmt: skip
