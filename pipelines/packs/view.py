"""What a pack looks at: a month, a scope and a build; each question is asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from pipelines import format as fmt
from pipelines.analysis import attention, health, signals
from pipelines.analysis.attention import Finding
from pipelines.analysis.outlook import landing as outlook
from pipelines.analysis.outlook.study import Study, study
from pipelines.analysis.outlook.year import Year
from pipelines.analysis.scenarios.elasticity import Fixed
from pipelines.calendar import Period, month_span
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics import find
from pipelines.metrics.ask import Answer, ask
from pipelines.metrics.horizon import day_of
from pipelines.notes import Told, notes_of
from pipelines.packs.content import Cell, Kind
from pipelines.settings import Group, Home
from pipelines.warehouse.reader import Reader
from pipelines.wording.units import unit_of, written

Where = Mapping[str, Sequence[str]]
KINDS: dict[str, Kind] = {
    "money": "money", "price": "price", "percent": "percent", "hours": "hours", "count": "count",
    "days": "days", "number": "number", "points": "percent",
}  # fmt: skip


@dataclass(frozen=True)
class Shared:
    """What packs of one build and month share: the lines of all sites' series, and the study."""

    reader: Reader
    month: date
    given: Sequence[Finding] | None = None
    home: Home | None = None  # where notes and scenarios are kept
    _series: dict[str, dict[str, signals.Series]] = field(default_factory=dict, repr=False)
    _kept: dict[str, Year | None] = field(default_factory=dict, repr=False)

    def series(self, metric: str) -> dict[str, signals.Series]:
        """A measure's series of every site of the group."""
        if metric not in self._series:
            self._series[metric] = signals.series_by_site(self.reader, metric, self.month, {})
        return self._series[metric]

    @cached_property
    def lines(self) -> Sequence[Finding]:
        """The findings that the series of the whole group make."""
        if self.given is not None:
            return self.given
        return attention.signal_lines(self.reader, self.month, series_of=self.series)

    @cached_property
    def study(self) -> Study | None:
        """What the landing rests on; None where no cost is known."""
        try:
            return study(self.reader)
        except UsageProblem:
            return None

    def year(self, fiscal: Fiscal) -> Year | None:
        """The fiscal year of the month, for landings of any scope; None where there is none."""
        if "year" not in self._kept:
            span = outlook.fiscal_months(fiscal.year(fiscal.number(self.month)))
            self._kept["year"] = None
            with suppress(UsageProblem):
                if self.study is not None:
                    self._kept["year"] = outlook.year_of(
                        self.reader, self.study, span, until=self.month
                    )
        return self._kept["year"]


@dataclass(frozen=True)
class View:
    """One scope in one month. `place` is its name, `where` the filter that it stands for."""

    shared: Shared
    group: Group
    month: date
    where: Where
    place: str
    _asked: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def reader(self) -> Reader:
        """The build."""
        return self.shared.reader

    @property
    def period(self) -> Period:
        """The month."""
        return month_span(self.month)

    @property
    def year(self) -> Period:
        """The calendar year up to the month, as the Budget page has it."""
        return month_span(self.month.replace(month=1), self.month.month)

    @cached_property
    def day(self) -> date:
        """The day of which states are told: shelves, notices, what is overdue."""
        return day_of(self.reader, self.month)

    @property
    def when(self) -> str:
        """ "October 2026"."""
        return fmt.month_in_sentence(self.month, year=True)

    @property
    def span(self) -> str:
        """ "January to October 2026"."""
        if self.month.month == 1:
            return self.when
        return f"{fmt.month_in_sentence(self.year.start)} to {self.when}"

    def ask(
        self,
        metric: str,
        period: Period | None = None,
        *,
        by: Sequence[str] = (),
        compare: Sequence[str] = (),
        where: Where | None = None,
    ) -> Answer:
        """One metric's answer over the scope, by the group's calendar."""
        filters = self.where if where is None else where
        key = (
            metric, period or self.period, tuple(by), tuple(compare),
            tuple((name, tuple(values)) for name, values in filters.items()),
        )  # fmt: skip
        if key not in self._asked:
            self._asked[key] = ask(
                self.reader, metric, period=period or self.period, by=by, compare=compare,
                where=filters, fiscal=self.group.calendar,
            )  # fmt: skip
        found: Answer = self._asked[key]
        return found

    @cached_property
    def sites(self) -> pl.DataFrame:
        """(site, name, kind, region, …) of the scope's sites, by name."""
        found = health.sites(self.reader)
        for column, name in (("region", "region"), ("site", "site")):
            if self.where.get(name):
                found = found.filter(pl.col(column).is_in(list(self.where[name])))
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of all sites by id, and of what belongs to none."""
        rows = self.reader.query("SELECT site, name FROM sites")
        return dict(rows.iter_rows())

    @cached_property
    def currencies(self) -> list[str]:
        """The currencies of the scope's costs, that of the most sites first."""
        frame = self.ask("total_cost", self.year, by=("site",), compare=("budget",)).frame
        frame = frame.drop_nulls("value")
        counts = frame.group_by("currency").agg(pl.len(), pl.col("value").sum())
        return counts.sort("len", "value", descending=True)["currency"].to_list()

    @property
    def currency(self) -> str:
        """The main currency."""
        return self.currencies[0] if self.currencies else health.currency(self.reader)

    @cached_property
    def findings(self) -> list[Finding]:
        """What needs attention, weightiest first; a site's own pack keeps to what is the site's."""
        found = attention.what_needs_attention(
            self.reader, self.month, self.where, signals=self.shared.lines
        )
        own = self.where.get("site")
        return [one for one in found if one.site in own] if own else found

    def series_by_site(self, metric: str) -> dict[str, signals.Series]:
        """The series of every site of the scope."""
        known = self.shared.series(metric)
        return {site: known[site] for site in self.sites["site"] if site in known}

    def landing(self, *by: str) -> outlook.Landing | None:
        """Where the fiscal year of the month lands; None where that can't be told."""
        key = ("landing", by)
        if key not in self._asked:
            seen, where = self.shared.year(self.group.calendar), dict(self.where)
            self._asked[key] = seen and outlook.landed(seen, by=by, where=where)
        found: outlook.Landing | None = self._asked[key]
        return found

    def noted(self, period: Period) -> list[Told]:
        """The notes on numbers of the scope whose period ends within one."""
        if self.shared.home is None:
            return []
        return notes_of(
            self.reader, self.shared.home, period=period, where=self.where,
            fiscal=self.group.calendar,
        )  # fmt: skip

    @cached_property
    def notes(self) -> list[Told]:
        """The notes on numbers of the month, and of what ends with it."""
        return self.noted(self.period)

    @cached_property
    def feeds(self) -> pl.DataFrame:
        """(site, site_name, need, state) of the month."""
        return health.matrix(self.reader, self.month, self.where)

    @property
    def fixed(self) -> Fixed:
        """The shares of cost that don't follow volume, as the settings say."""
        return Fixed.of(self.group)


def thousands(amount: Any, *, signed: bool = False, tone: Any = "plain") -> Cell:
    """Money in a table whose heading says "$ thousand"; exact in the workbook."""
    return Cell(fmt.thousands(amount, signed=signed), amount, "money", tone=tone)


def money(amount: Any, currency: str | None, *, second: str = "") -> Cell:
    """Money with its unit."""
    return Cell(fmt.money(amount, currency or "USD"), amount, "money", second)


def share(part: Any, *, signed: bool = False) -> Cell:
    """A share as per cent."""
    return Cell(fmt.percent(part, signed=signed), part, "percent")


def day(value: date | None, *, second: str = "") -> Cell:
    """A date."""
    return Cell(fmt.day(value), value, "day", second)


def measured(name: str, figure: Any, currency: str | None, **look: Any) -> Cell:
    """A measure's value as people read it."""
    metric = find(name)
    return Cell(written(metric, figure, currency), figure, KINDS[unit_of(metric)], **look)


def symbol(currency: str) -> str:
    """ "$ thousand"."""
    return f"{fmt.currency_symbol(currency).strip()} thousand"
