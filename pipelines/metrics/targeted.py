"""The target beside a value: which of those that are stated holds for a row of an answer.

For one place, the target that starts last holds; of two that start in one month, the one that
people set. What a row's target is depends on how the measure adds up.
- A level (a ratio, a median) of a region or of all is also that of each of its sites; a site's own
  target goes before its region's, and that before the one of all. Several sites have the target of
  their region or of all where they are just that; otherwise their targets weighted by their
  denominators, Σ target × denominator / Σ denominator: what the ratio of their sums would be if
  each of them kept to its target. Targets of ratios are never summed.
- A sum (a cost, a count, a stock) of a region or of all is that of their total, and says nothing of
  one site. Several sites have their own, or the sum of their parts' where each part has one. Over
  months it adds up; of a state (a stock) it is that of the last month.
Where a part lacks a target there is none: half a target would be met by half a group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.calendar import Period
from pipelines.metrics.compile import SITE_DIMENSIONS
from pipelines.metrics.model import Aggregation, Metric
from pipelines.metrics.question import Question
from pipelines.metrics.targets import ALL, Place, Target, known

MONEY = pl.Decimal(38, 4)
ADDED = Aggregation.SUM, Aggregation.SNAPSHOT
Cell = tuple[Decimal | None, Mapping[str, str], Period]  # a target, of which sites, in which month


def beside(
    question: Question, metric: Metric, frame: pl.DataFrame, as_of: int | date | None = None
) -> pl.DataFrame:
    """The frame of an answer with `target` as a further column: what each row should be, or null.

    Targets are of sites and months: by or for a role, an item or a contract there is none, nor, of
    sums, for a part of a month.
    """
    adds = metric.aggregation in ADDED
    dtype = MONEY if adds and not frame["value"].dtype.is_float() else pl.Float64()
    used = {*question.dimensions, *(n for n, v in question.scope.where.items() if v)}
    own = [
        t for t in known(question.reader, as_of, question.tables)
        if t.metric == metric.name and t.problem is None
    ]  # fmt: skip
    if not own or used - {*SITE_DIMENSIONS, "currency"}:
        return frame.with_columns(target=pl.lit(None, dtype))
    finder = _Finder(question, metric, own)
    find = finder.amount if adds else finder.level
    found = [
        find(finder.group_of(row), Period(row["start"], row["stop"]), row.get("currency"))
        for row in frame.iter_rows(named=True)
    ]
    numbers = [value if value is None or dtype == MONEY else float(value) for value in found]
    return frame.with_columns(target=pl.Series(numbers, dtype=dtype, strict=False))


@dataclass(frozen=True, slots=True)
class _Group:
    """The sites of a row, each with its region; `own` is the place that they are, if they are."""

    own: Place | None
    sites: Mapping[str, str]


@dataclass(frozen=True)
class _Finder:
    """The targets of one question's rows."""

    question: Question
    metric: Metric
    targets: Sequence[Target]
    lines: dict[tuple[Place, date, str | None], Decimal | None] = field(default_factory=dict)

    def group_of(self, row: Mapping[str, Any]) -> _Group:
        """The sites that a row of the answer stands for."""
        places = self.question.places
        sites = self._sites.get(tuple(row[name] for name in places), {})
        own: Place | None = None
        if not places and sites == self._regions:
            own = ALL
        elif set(places) <= {"region"} and len(regions := set(sites.values())) == 1:
            (region,) = regions
            if sites == {s: r for s, r in self._regions.items() if r == region}:
                own = "region", region
        return _Group(own, sites)

    @cached_property
    def _regions(self) -> dict[str, str]:
        """The region of every site, in the scope or not."""
        found = self.question.reader.once("SELECT site, region FROM sites WHERE site NOT LIKE '~%'")
        return dict(found.iter_rows())

    @cached_property
    def _sites(self) -> dict[tuple[Any, ...], dict[str, str]]:
        """Site → region of the scope's sites, by what the row's places are."""
        condition, values = self.question.scope.conditions(frozenset())
        picked = ", ".join(f"{sql} AS {name}" for name, sql in SITE_DIMENSIONS.items())
        frame = self.question.reader.query(
            f"SELECT {picked} FROM sites s WHERE s.site NOT LIKE '~%' AND {condition}", values
        )
        found: dict[tuple[Any, ...], dict[str, str]] = {}
        for row in frame.iter_rows(named=True):
            key = tuple(row[name] for name in self.question.places)
            found.setdefault(key, {})[row["site"]] = row["region"]
        return found

    def line(self, place: Place, month: date, currency: str | None) -> Decimal | None:
        """The target that a place has of its own in a month."""
        key = place, month, currency
        if key not in self.lines:
            held = [
                t for t in self.targets
                if t.place == place and t.holds(month) and t.currency in (None, currency)
            ]  # fmt: skip
            last = max(held, key=lambda t: (t.first, t.load is None, t.moment), default=None)
            self.lines[key] = None if last is None else last.value
        return self.lines[key]

    def level(self, group: _Group, period: Period, currency: str | None) -> Decimal | None:
        """The target of a ratio or median: one for all, else weighted by denominators."""
        cells: list[Cell] = []
        for part in period.split("month"):
            month = part.start.replace(day=1)
            own = self.line(group.own, month, currency) if group.own else None
            if own is not None:
                cells.append((own, group.sites, part))
                continue
            cells += [
                (self._inherited(site, region, month, currency), {site: region}, part)
                for site, region in group.sites.items()
            ]
        stated = {target for target, _, _ in cells}
        if len(stated) < 2:
            return next(iter(stated), None)
        return self._weighted(cells, currency)

    def _weighted(self, cells: Sequence[Cell], currency: str | None) -> Decimal | None:
        """Σ target × denominator / Σ denominator; sites without a denominator weigh nothing."""
        ratio = self.metric.aggregation is Aggregation.RATIO
        side = "denominator" if ratio else "numerator"
        weighed = [
            (target, weight)
            for target, sites, part in cells
            if (weight := _added(self._number(side, site, part, currency) for site in sites))
        ]
        targets = {target for target, _ in weighed}
        if len(targets) == 1:
            return targets.pop()
        if not ratio or None in targets:
            return None
        whole = _added(weight for _, weight in weighed)
        parts = _added(target * weight for target, weight in weighed if target is not None)
        return parts / whole if whole and parts is not None else None

    def amount(self, group: _Group, period: Period, currency: str | None) -> Decimal | None:
        """The target of a sum: its own, or that of its parts if each has one."""
        if not period.whole_months:
            return None
        parts = list(period.split("month"))
        if self.metric.aggregation is Aggregation.SNAPSHOT:
            parts = parts[-1:]
        return _complete(self._amount(group, part, currency) for part in parts)

    def _amount(self, group: _Group, month: Period, currency: str | None) -> Decimal | None:
        own = self.line(group.own, month.start, currency) if group.own else None
        if own is not None:
            return own
        if not any(t.place != ALL and t.holds(month.start) for t in self.targets):
            return None  # no part has one: nothing need be counted
        if group.own == ALL:
            regions: dict[str, dict[str, str]] = {}
            for site, region in group.sites.items():
                regions.setdefault(region, {})[site] = region
            groups = [_Group(("region", region), sites) for region, sites in regions.items()]
            needed = [g for g in groups if self._needs(g, month, currency)]
            return _complete(self._amount(g, month, currency) for g in needed)
        return _complete(
            self.line(("site", site), month.start, currency)
            for site in group.sites
            if len(group.sites) == 1 or self._needs(_Group(None, {site: ""}), month, currency)
        )

    def _needs(self, group: _Group, month: Period, currency: str | None) -> bool:
        """Whether a part must have a target: it has a value in the month, or a target."""
        if group.own and self.line(group.own, month.start, currency) is not None:
            return True
        return any(
            self._number("numerator", site, month, currency) is not None
            or self.line(("site", site), month.start, currency) is not None
            for site in group.sites
        )

    def _inherited(
        self, site: str, region: str, month: date, currency: str | None
    ) -> Decimal | None:
        """A site's target of a level: its own, else its region's, else that of all."""
        for place in (("site", site), ("region", region), ALL):
            found = self.line(place, month, currency)
            if found is not None:
                return found
        return None

    def _number(self, side: str, site: str, month: Period, currency: str | None) -> Decimal | None:
        return self._monthly[side].get((site, month.start, currency))

    @cached_property
    def _monthly(self) -> dict[str, dict[tuple[str, date, str | None], Decimal]]:
        """Numerators and denominators by site, month (cut at the periods' ends) and currency."""
        months = [month for period in self.question.periods for month in period.split("month")]
        frame = self.question.by_site(months).values(self.metric)
        found: dict[str, dict[tuple[str, date, str | None], Decimal]] = {}
        for side in ("numerator", "denominator"):
            found[side] = {
                (row["site"], row["start"], row.get("currency")): Decimal(str(row[side]))
                for row in frame.iter_rows(named=True)
                if row[side] is not None
            }
        return found


def _added(numbers: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    found = [number for number in numbers if number is not None]
    return sum(found, Decimal(0)) if found else None


def _complete(numbers: Iterable[Decimal | None]) -> Decimal | None:
    """The sum where every part is known; None where one is not, or there is none."""
    found = list(numbers)
    return None if None in found else _added(found)
