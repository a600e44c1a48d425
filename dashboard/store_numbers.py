"""What the page of a number reads, kept as long as the build is the same."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date

import polars as pl

from dashboard import store
from dashboard.asking import Asked
from dashboard.memory import remembered
from dashboard.store import Where, frozen, reader
from pipelines import notes as noted
from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics.ask import Answer
from pipelines.metrics.ask import ask as ask_anew
from pipelines.metrics.behind import Order, behind
from pipelines.metrics.passport import Passport
from pipelines.metrics.passport import passport as passport_anew
from pipelines.metrics.trace import Trace
from pipelines.metrics.trace import trace as follow
from pipelines.notes import Note, Told

Key = tuple[str, Period, Where, str | None, int | date | None]
MOST = 1_000_000  # rows in a download


def _key(asked: Asked) -> Key:
    return asked.metric.name, asked.period, frozen(asked.where), asked.basis, asked.as_of


def answer(asked: Asked) -> Answer:
    """The number with its comparisons, as far as it has them."""
    return _answer(reader().key, _key(asked), store.calendar())


@remembered(500)
def _answer(build: str, key: Key, fiscal: Fiscal) -> Answer:
    metric, period, where, basis, as_of = key
    return ask_anew(
        reader(), metric, period=period, where=dict(where), basis=basis, as_of=as_of, fiscal=fiscal,
        compare=("budget", "target", "year", "previous"),
    )  # fmt: skip


def same_sites(asked: Asked) -> Answer | None:
    """The number of the sites that were open all through it and a year earlier.

    None where that is the number itself: it is about one site, or as known at another time.
    """
    if asked.as_of is not None or not asked.by_site or "site" in asked.where:
        return None
    with suppress(UsageProblem):  # a measure that can't be told by site
        return _same_sites(reader().key, _key(asked), store.calendar())
    return None


@remembered(500)
def _same_sites(build: str, key: Key, fiscal: Fiscal) -> Answer:
    metric, period, where, basis, _ = key
    return ask_anew(
        reader(), metric, period=period, where=dict(where), basis=basis, fiscal=fiscal,
        compare=("year",), same_sites=True,
    )  # fmt: skip


def passport(asked: Asked) -> Passport:
    """Where the number comes from: its rows by file, and what was restated since."""
    return _passport(reader().key, _key(asked), store.calendar())


@remembered(200)
def _passport(build: str, key: Key, fiscal: Fiscal) -> Passport:
    metric, period, where, basis, as_of = key
    return passport_anew(
        reader(), metric, period=period, where=dict(where), basis=basis, as_of=as_of, fiscal=fiscal
    )


def rows(asked: Asked, first: int, count: int, order: Order) -> pl.DataFrame:
    """A page of the rows behind the number."""
    return _rows(reader().key, _key(asked), store.calendar(), first, count, order)


@remembered(100)
def _rows(
    build: str, key: Key, fiscal: Fiscal, first: int, count: int, order: Order
) -> pl.DataFrame:
    metric, period, where, basis, as_of = key
    return behind(
        reader(), metric, period=period, where=dict(where), basis=basis, as_of=as_of, fiscal=fiscal
    ).page(first, count, order)


def every_row(asked: Asked, fiscal: Fiscal) -> pl.DataFrame:
    """Every row behind the number, for a download; called outside a run, so it isn't kept."""
    return behind(
        reader(), asked.metric, period=asked.period, where=asked.where, basis=asked.basis,
        as_of=asked.as_of, fiscal=fiscal,
    ).all(MOST)  # fmt: skip


def trace(load: int, record: int) -> Trace:
    """What became of a record. UsageProblem when there is no such load."""
    return _trace(reader().key, load, record)


@remembered(100)
def _trace(build: str, load: int, record: int) -> Trace:
    return follow(reader(), load, record)


def restated_since(asked: Asked, load: int) -> pl.DataFrame:
    """What files changed after a load in the feeds, sites and months of a number's rows."""
    return passport(replace(asked, as_of=None)).restated.filter(pl.col("event") > load)


def notes(metric: str | None = None) -> list[Told]:
    """The notes that stand, with what their numbers are now: notes are no part of a build."""
    home = store.home()
    return [Told(one, _now(reader().key, one.metric, one.period, frozen(one.where), one.basis))
            for one in noted.notes(home, metric) if noted.is_shown(reader(), one)]  # fmt: skip


@remembered(1000)
def _now(build: str, metric: str, period: Period, where: Where, basis: str) -> dict[str, str]:
    return noted.now_of(reader(), metric, period, dict(where), basis, store.calendar())


def versions(note: str) -> list[Note]:
    """Every version of a note, oldest first."""
    return [one for one in noted.versions(store.home(), note) if noted.is_shown(reader(), one)]
