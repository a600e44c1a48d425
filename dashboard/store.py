"""What the pages read: the current build, and answers kept as long as the build is the same.

Answers never change within a build, so they are cached under its name and the viewer's scope (the
reader's key): a cache never crosses scopes. Pages call these functions and nothing below them; a
page holds no query.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

import polars as pl

from dashboard import ahead, then
from dashboard.memory import forget, remembered
from dashboard.viewing import SignedOut, viewer
from pipelines.access.people import Viewer
from pipelines.analysis import attention, explained, health, signals, works
from pipelines.analysis.causes import payments, timing_facts, variances
from pipelines.analysis.contracts import commitments, obligations
from pipelines.analysis.outlook.landing import Landing
from pipelines.analysis.stock import shelves, transfers
from pipelines.calendar import Period, add_months
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics import horizon
from pipelines.metrics.ask import Answer
from pipelines.metrics.ask import ask as ask_anew
from pipelines.metrics.targets import Target, versions
from pipelines.metrics.targets import known as known_targets
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader, open_build

Where = tuple[tuple[str, tuple[str, ...]], ...]
T = TypeVar("T")
SITES_BY = {"region", "site_kind", "site"}  # filters that choose sites, and nothing within them
# Reasons that one answer about a column settles for every record that waits.
OPEN_REASON = "could be two "  # how they begin
SCOPES = 100  # viewers whose part of the build is kept ready

_parts: dict[tuple[str, Viewer], Reader] = {}
_lock = threading.Lock()


def reader() -> Reader:
    """The reader of the current build, of what the viewer sees of it, and so all that pages read.

    Where the run is told as of an earlier load, of what was known then (`dashboard.then`).
    UsageProblem when nothing was loaded yet; SignedOut where nobody looks.
    """
    looks = viewer()
    found = open_build(Home.find())
    if _is_empty(found.build):  # every file of the first load was refused
        raise UsageProblem("Nothing has been loaded yet.")
    return _limited(then.of(found), looks)


def _limited(whole: Reader, looks: Viewer) -> Reader:
    """The viewer's part of a build, kept ready: pages ask for it some hundred times a run."""
    key = whole.build, looks
    with _lock:
        part = _parts.get(key)
    if part is None or part.whole is not whole:
        part = whole.limited(looks.limits(whole))
        with _lock:
            # A build that was dropped takes memory and disk until nobody holds it open.
            gone = [k for k, kept in _parts.items() if not kept.path.exists()]
            keys = {_parts.pop(old).key for old in gone}
            _parts[key] = part
            while len(_parts) > SCOPES:  # the one made first goes, of a build before at the latest
                del _parts[next(iter(_parts))]
        if keys:
            forget(keys)
    return part


@lru_cache(maxsize=8)
def _is_empty(build: str) -> bool:
    return health.loads(open_build(Home.find())).is_empty()


def is_loaded() -> bool:
    """Whether anything was loaded yet."""
    try:
        reader()
    except SignedOut:
        raise
    except UsageProblem:
        return False
    return True


def frozen(where: Mapping[str, Sequence[str]]) -> Where:
    """Filters as a value that can key a cache."""
    return tuple(sorted((name, tuple(values)) for name, values in where.items() if values))


def ask(
    metric: str,
    period: Period,
    *,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    compare: Sequence[str] = (),
    basis: str | None = None,
) -> Answer:
    """One metric's answer (see `pipelines.metrics.ask`), by the group's calendar."""
    return _ask(
        reader().key, metric, period, tuple(by), frozen(where or {}), tuple(compare), calendar(),
        basis,
    )  # fmt: skip


def calendar() -> Fiscal:
    """The group's calendar, as its settings say."""
    return Home.find().group().calendar


@remembered(2000)
def _ask(
    build: str,
    metric: str,
    period: Period,
    by: tuple[str, ...],
    where: Where,
    compare: tuple[str, ...],
    fiscal: Fiscal,
    basis: str | None,
) -> Answer:
    return ask_anew(
        reader(), metric, period=period, by=by, where=dict(where), compare=compare, fiscal=fiscal,
        basis=basis,
    )  # fmt: skip


def listed(
    name: str, *days: date, where: Mapping[str, Sequence[str]] | None = None, **options: Any
) -> Any:
    """A list by its name in `LISTS`, over days and a scope."""
    return _listed(reader().key, name, days, frozen(where or {}), tuple(sorted(options.items())))


def _price_rises(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    calendar = Home.find().group().calendar
    return obligations.escalators(reader, day, where, fiscal=calendar)


def _attention(
    reader: Reader, until: date, where: Mapping[str, Sequence[str]]
) -> list[attention.Finding]:
    lines = _signal_lines(reader.key, until)
    return attention.what_needs_attention(reader, until, where, signals=lines)


@remembered(40)
def _signal_lines(build: str, until: date) -> list[attention.Finding]:
    return attention.signal_lines(
        reader(), until, series_of=lambda metric: _series_by_site(build, metric, until, ())
    )


def signal_lines(until: date) -> list[attention.Finding]:
    """The findings that the series of the whole group make in a month."""
    return _signal_lines(reader().key, until)


def _timing(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]]
) -> list[timing_facts.Timed]:
    fiscal = Home.find().group().calendar
    return timing_facts.timing_between(reader, Period(start, stop), where, fiscal=fiscal)


def _timing_by(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]], *, by: str
) -> pl.DataFrame:
    return timing_facts.tags(listed("timing", start, stop, where=where), by)


def _transfers(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Who could send what to whom is worked out over all sites, once for every scope."""
    if not where:
        return transfers.transfers(reader, day, {})
    within = list(attention.sites_of(reader, where))
    every: pl.DataFrame = listed("transfers", day)
    return every.filter(pl.col("giver").is_in(within) | pl.col("taker").is_in(within))


LISTS: dict[str, Callable[..., Any]] = {
    "attention": _attention,
    "known causes": explained.known_causes,
    "running out": shelves.running_out,
    "overstocked": shelves.overstocked,
    "expiring": shelves.expiring,
    "stock by item": shelves.by_item,
    "transfers": _transfers,
    "open orders": works.open_orders,
    "open counts": works.open_counts,
    "ages of orders": works.ages,
    "missed maintenance": works.missed_maintenance,
    "missed counts": works.missed_counts,
    "notices": commitments.notices,
    "ceilings": commitments.ceilings,
    "price rises": _price_rises,
    "orders not invoiced": obligations.open_orders,
    "paid twice": payments.paid_twice,
    "price creep": payments.price_creep,
    "left out of budget": variances.left_out,
    "timing": _timing,
    "timing by": _timing_by,
    "feeds": health.matrix,
    "site feeds": health.site_feeds,
}


@remembered(500)
def _listed(
    build: str,
    name: str,
    days: tuple[date, ...],
    where: Where,
    options: tuple[tuple[str, Any], ...],
) -> Any:
    return LISTS[name](reader(), *days, dict(where), **dict(options))


def series(
    metric: str, until: date, where: Mapping[str, Sequence[str]] | None = None
) -> signals.Series:
    """The series of a measure over the scope, 24 months up to the month of `until`."""
    return _series(reader().key, metric, until, frozen(where or {}))


@remembered(500)
def _series(build: str, metric: str, until: date, where: Where) -> signals.Series:
    return signals.series_of_all(reader(), metric, until, dict(where))


def series_by_site(
    metric: str, until: date, where: Mapping[str, Sequence[str]] | None = None
) -> dict[str, signals.Series]:
    """The series of every site of the scope."""
    return _series_by_site(reader().key, metric, until, frozen(where or {}))


@remembered(200)
def _series_by_site(
    build: str, metric: str, until: date, where: Where
) -> dict[str, signals.Series]:
    """A site's series is the same in whatever scope it is looked at: those of all are made once."""
    if where and {name for name, _ in where} <= SITES_BY:
        within = attention.sites_of(reader(), dict(where))
        every = _series_by_site(build, metric, until, ())
        return {site: one for site, one in every.items() if site in within}
    return signals.series_by_site(reader(), metric, until, dict(where))


def landing(
    month: date, *, by: Sequence[str] = (), where: Mapping[str, Sequence[str]] | None = None
) -> Landing | None:
    """Where the fiscal year of a month lands, as seen at its end.

    None where that can't be told, and while the build's study is being made (`landing_waits`).
    """
    return ahead.landing(reader(), month, tuple(by), frozen(where or {}))


def landing_waits() -> bool:
    """Whether the landing isn't there yet: what it rests on is being made in the background."""
    return ahead.is_being_made(reader())


def prepare() -> None:
    """Begin what a new build's landing rests on, before anyone asks for it."""
    with suppress(Exception):  # a build that can't be read: the page says so
        if is_loaded():
            ahead.begin(reader())


@dataclass(frozen=True, slots=True)
class Site:
    """A facility as the register, or the files that name it, know it."""

    site: str
    name: str
    kind: str
    region: str
    beds: int | None
    opened: date | None
    closed: date | None
    provisional: bool


@remembered(4)
def _sites(build: str) -> dict[str, Site]:
    return {row["site"]: Site(**row) for row in health.sites(reader()).iter_rows(named=True)}


def sites() -> dict[str, Site]:
    """Every site by its id, in the order of names."""
    return _sites(reader().key)


def name_of(site: str) -> str:
    """A site's name; its id where nobody knows it."""
    known = sites().get(site)
    return known.name if known else site


@remembered(50)
def _months(build: str, needs: tuple[str, ...]) -> tuple[list[date], date | None]:
    return horizon.known_months(reader(), needs), horizon.latest_month(reader(), needs)


def months(needs: Sequence[str] = ()) -> tuple[list[date], date | None]:
    """The months in which what a page needs arrived, and the latest worth showing."""
    return _months(reader().key, tuple(needs))


def day_of(month: date) -> date:
    """The day of which a month's states are told (see `horizon.day_of`)."""
    return horizon.day_of(reader(), month)


@remembered(4)
def _targets(build: str) -> tuple[list[Target], list[Target]]:
    return known_targets(reader()), versions(reader())


def targets() -> list[Target]:
    """The targets that stand (see `pipelines.metrics.targets`)."""
    return _targets(reader().key)[0]


def target_versions() -> list[Target]:
    """Every target that people ever set, oldest first."""
    return _targets(reader().key)[1]


def currency() -> str:
    """The group's own currency."""
    return health.currency(reader())


def group_name() -> str:
    """What the group calls itself."""
    return health.group_name(reader())


def year_after(month: date) -> int:
    """The fiscal year that the month after a month is in."""
    return home().group().calendar.number(add_months(month.replace(day=1), 1))


def home() -> Home:
    """The home that the app shows."""
    return Home.find()
