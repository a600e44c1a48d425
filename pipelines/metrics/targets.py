"""Targets as they are stated: what a measure should be, from a month on, and who said so.

They come from files (the feed `targets`) and from what people set by command or in the app, for the
group, a region or a site. How they come to stand beside a value: `pipelines.metrics.targeted`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipelines.errors import UsageProblem
from pipelines.metrics import METRICS
from pipelines.metrics.model import Metric, Unit
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.vintage import decided_by, vintage

PERCENT = "%"
# What each unit may be called beside a value.
WORDS: dict[Unit, tuple[str, ...]] = {
    Unit.MONEY: ("money",),
    Unit.RATE: ("money", "rate"),
    Unit.SHARE: (PERCENT, "percent", "share"),
    Unit.HOURS: ("hours", "h"),
    Unit.COUNT: ("count",),
    Unit.DAYS: ("days", "d"),
    Unit.RATIO: ("ratio",),
}
ALL = "all", ""
Place = tuple[str, str]  # ("all", ""), ("region", name) or ("site", id)


@dataclass(frozen=True, slots=True)
class Target:
    """A target as somebody stated it.

    `place` is ("all", ""), ("region", name) or ("site", id); it holds from the month `first` to the
    month `last`, or until another takes over. `value` is in the measure's unit (shares as
    fractions) and `currency` that of money. `load` is the load that brought it, or None where
    `author` set it at `moment` (UTC) for a `reason`. One with a `problem` doesn't count.
    """

    metric: str
    place: Place
    first: date
    last: date | None
    value: Decimal
    currency: str | None
    author: str | None
    moment: datetime
    reason: str
    load: int | None
    problem: str | None = None

    def holds(self, month: date) -> bool:
        """Whether it holds in the month that starts on this day."""
        return self.first <= month and (self.last is None or month <= self.last)


def in_unit(metric: Metric, value: Decimal, unit: str, currency: str | None = None) -> Decimal:
    """A value with its unit as the metric counts: 6 % of a share are 0.06.

    Without a unit it is taken for the metric's own, but a share must say which of the two it means.
    UsageProblem where the unit is another one.
    """
    said = unit.strip().lower()
    words = WORDS[metric.unit]
    if metric.unit in (Unit.MONEY, Unit.RATE) and currency is not None:
        words = (*words, currency.lower())
    if not said and metric.unit is Unit.SHARE:
        raise UsageProblem(
            f"{metric.title} is a share: write its target as 6%, or with the unit share as 0.06."
        )
    if said and said not in words:
        raise UsageProblem(
            f"{metric.title} is counted in another unit; write its target in {' or '.join(words)}."
        )
    return value / 100 if said in (PERCENT, "percent") else value


def known(reader: Reader, as_of: int | date | None = None, tables: str = "") -> list[Target]:
    """Every target that stands, by metric, place and first month, those with a problem among them.

    `as_of` is what was known then: a load's number, or a day. `tables` are those of that vintage
    where they are there already. UsageProblem when nothing had been loaded by then.
    """
    if as_of is not None and not tables:
        tables = vintage(reader, as_of)
    found = [*_of_files(reader, tables), *_set_by_people(reader, as_of)]
    return sorted(found, key=lambda t: (t.metric, t.place, t.first, t.load is None))


def versions(reader: Reader) -> list[Target]:
    """Every target that people ever set, oldest first; one that was taken back later is there."""
    frame = reader.query("SELECT * FROM target_decisions WHERE value IS NOT NULL ORDER BY number")
    return [_decided(row) for row in frame.iter_rows(named=True)]


def _of_files(reader: Reader, tables: str) -> Iterable[Target]:
    head = f"WITH {tables} " if tables else ""
    ask = reader.query if tables else reader.once
    frame = ask(
        f"{head}SELECT t.*, l.moment FROM targets t JOIN loads l ON l.event = t.load "
        "ORDER BY t.load, t.record"
    )
    for row in frame.iter_rows(named=True):
        value, currency, problem = row["value"], row["currency"], None
        metric = METRICS.get(row["metric"])
        place: Place = ALL
        if row["region"]:
            place = "region", row["region"]
        if row["site_code"]:
            place = "site", row["site"]
        if metric is None:
            problem = "there is no measure of this name"
        elif row["site_code"] and row["region"]:
            problem = "it names a site and a region"
        elif row["site"].startswith("~") and row["site_code"]:
            problem = "its site's code is not mapped"
        else:
            try:
                value = in_unit(metric, value, row["unit"] or "", currency)
            except UsageProblem as error:
                problem = str(error)
        yield Target(
            row["metric"], place, row["from_month"], row["to_month"], value,
            currency if metric is not None and has_currency(metric) else None,
            None, row["moment"], "", row["load"], problem,
        )  # fmt: skip


def _set_by_people(reader: Reader, as_of: int | date | None) -> Iterable[Target]:
    """What people had set by then: of each thing the latest word, unless it takes it back."""
    known_by = "true" if as_of is None else decided_by(as_of)
    sql = (
        f"SELECT * FROM (SELECT * FROM target_decisions WHERE {known_by} QUALIFY row_number() OVER "
        "(PARTITION BY metric, place, from_month, currency ORDER BY number DESC) = 1) "
        "WHERE value IS NOT NULL ORDER BY number"
    )
    frame = reader.once(sql) if as_of is None else reader.query(sql)
    return [_decided(row) for row in frame.iter_rows(named=True)]


def _decided(row: dict[str, Any]) -> Target:
    place = ALL
    if row["site"] or row["region"]:
        place = ("site", row["site"]) if row["site"] else ("region", row["region"])
    return Target(
        row["metric"], place, row["from_month"], row["to_month"], row["value"], row["currency"],
        row["author"], row["moment"], row["reason"] or "", None,
        None if row["metric"] in METRICS else "there is no measure of this name",
    )  # fmt: skip


def has_currency(metric: Metric) -> bool:
    """Whether a target of the metric is an amount of money."""
    return metric.unit in (Unit.MONEY, Unit.RATE)
