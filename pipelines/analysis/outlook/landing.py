"""Where a fiscal year lands: the costs so far, a forecast of the rest, and how far that may be off.

Every site and subject is forecast on its own, and what people ask for is the sum of these: so the
landings of sites add up to the group's, whatever the page is filtered by. That costs next to
nothing: tried on the invented group's past, sums of single forecasts missed what was left of the
group's year by 1.5 % on average, a forecast of the group's own sum by 1.4 %, last year's months by
3.6 %; for single sites it was 2.1, 2.3 and 3.7 %. The range is that of the sum, not the sum of the
ranges (`spread`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from pipelines.analysis.outlook.backtest import Judged, choice, judged
from pipelines.analysis.outlook.methods import METHODS, TITLES, UNTRIED
from pipelines.analysis.outlook.panel import Floats, filled
from pipelines.analysis.outlook.spread import Spread, spread
from pipelines.analysis.outlook.study import AHEAD, SEASON, Study
from pipelines.calendar import Period, add_months, month_end
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.metrics.budget import whole_budget
from pipelines.warehouse.reader import Reader

PLACES = ("site", "site_name", "region", "site_kind")
DIMENSIONS = (*PLACES, "subject")
NAIVE = {method.name for method in METHODS if method.naive}
CENT = Decimal("0.01")
MONEY, CENTS = pl.Decimal(38, 4), pl.Decimal(38, 2)
AMOUNTS = "actual", "ahead", "landing", "low", "high", "budget", "compared", "gap"
CELLS = pl.Schema({"row": pl.UInt32(), "key": pl.String(), "month": pl.Date(), "value": MONEY,
                   "known": pl.Boolean()})  # fmt: skip
PATH = pl.Schema({"currency": pl.String(), "month": pl.Date(), "value": MONEY, "budget": MONEY,
                  "known": pl.Boolean(), "below": pl.Float64(), "above": pl.Float64()})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """How a subject is forecast: the method, why, and what it was worth on the past.

    `errors` are all candidates' mean absolute scaled errors, `judged` what choosing as one went
    along was worth; both are empty where too little is known to try anything.
    """

    subject: str
    method: str
    errors: Mapping[str, float]
    judged: Judged | None

    @property
    def title(self) -> str:
        """The method in words."""
        return TITLES[self.method]

    @property
    def naive(self) -> bool:
        """Whether the best forecast found is one without a model."""
        return self.method in NAIVE


@dataclass(frozen=True, slots=True)
class Landing:
    """A year's landing by some dimensions.

    `frame` has the dimensions, currency, actual (so far), ahead (the forecast of the rest), landing
    (their sum), low and high (80 % range), budget (of the whole year, where there is one), compared
    (the landing of what has a budget), gap (compared - budget), backtested, estimated (how many
    site-months that did not arrive are in `ahead`). All money is Decimal.

    `path` has currency, month, value and budget of what has a budget (month by month, over the
    whole scope), known, and low and high of the sum up to the month, null where it is known.
    `cells` has site, subject, currency, month, value (money) and known: the year's months one by
    one, those that did not arrive forecast too.
    `running` is a month of the year that has begun and isn't whole: it counts among those `left`.
    """

    year: Period
    until: date
    running: date | None
    left: int
    frame: pl.DataFrame
    path: pl.DataFrame
    cells: pl.DataFrame
    families: tuple[Family, ...]
    build: str


def landing(
    reader: Reader,
    found: Study,
    year: Period,
    *,
    until: date | None = None,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    as_of: int | date | None = None,
) -> Landing:
    """Land a year, as seen at the end of the month `until` (the last whole one, if left out).

    `found` is the build's study, or that of `as_of`. `by` and `where` know DIMENSIONS.
    UsageProblem for others, and for a year of which no month is known or asked for too early.
    """
    for name in (*by, *(where or {})):
        if name not in DIMENSIONS:
            raise UsageProblem(f"A landing knows no {name}; known are {', '.join(DIMENSIONS)}.")
    until = min(until or found.months[-1], found.months[-1], year.stop.replace(day=1))
    if until < year.start:
        raise UsageProblem("No whole month of that year is known yet, so it can't be landed.")
    if found.step(until) < found.trial.origins[0] and month_end(until) < year.stop:
        raise UsageProblem("Too few months were known then to say where the year would land.")
    rows = _Year(found, year, until, _lines(reader, found), _budgets(reader, year, as_of))
    kept = rows.kept(where or {})
    families = tuple(
        Family(name, *rows.choices[name], rows.judged(name)) for name in sorted(rows.subjects(kept))
    )
    return Landing(
        year,
        until,
        rows.running,
        rows.left,
        rows.frame(kept, by),
        rows.path(kept),
        rows.cells.join(kept.select("row", "site", "subject", "currency"), on="row").select(
            "site", "subject", "currency", "month", "value", "known"
        ),
        families,
        reader.build,
    )


def fiscal_months(year: Period) -> Period:
    """The twelve calendar months of a fiscal year; a year of weeks is taken by those it mostly is.

    Costs are known by month: the first is the one whose beginning lies nearest to the year's.
    """
    first = year.start.replace(day=1)
    if year.start.day > 15:
        first = add_months(first, 1)
    return Period(first, month_end(add_months(first, 11)))


def _lines(reader: Reader, found: Study) -> pl.DataFrame:
    """The study's lines with what the register knows of their sites."""
    sites = reader.query(
        "SELECT site, name AS site_name, region, kind AS site_kind, closed FROM sites"
    )
    return found.lines.join(sites, on="site", how="left", maintain_order="left").with_row_index(
        "row"
    )


def _budgets(reader: Reader, year: Period, as_of: int | date | None) -> pl.DataFrame:
    """(key, month, budget) of a year."""
    answer = ask(reader, whole_budget(), period=year, by=("site", "subject", "month"), as_of=as_of)
    return (
        answer.frame.filter(pl.col("value").is_not_null() & pl.col("subject").is_not_null())
        .with_columns(key=pl.concat_str("site", "subject", "currency", separator="|"))
        .select("key", month="start", budget=pl.col("value").cast(MONEY))
    )


class _Year:
    """A year's months by series: what is known, what is forecast, what was planned."""

    def __init__(
        self, found: Study, year: Period, until: date, lines: pl.DataFrame, budgets: pl.DataFrame
    ) -> None:
        self.found, self.until, self.lines, self.budgets = found, until, lines, budgets
        self.trial = found.trial
        self.step = found.step(until)
        # A year that is over needs no forecast, unless some of its months never came.
        self.at = self.trial.origins.index(max(self.step, self.trial.origins[0]))
        self.months = [add_months(year.start, n) for n in range(12)]
        self.left = sum(month > until for month in self.months)
        running = found.running if until == found.months[-1] else None
        self.running = running if running in self.months else None
        panel = self.trial.panel
        self.choices = {
            name: choice(self.trial, panel.members(name), self.step)
            for name in dict.fromkeys(panel.families)
        }
        self.cells = self._cells()
        self.budgeted = set(budgets.filter(pl.col("budget") != 0)["key"])

    def subjects(self, kept: pl.DataFrame) -> set[str]:
        return set(kept["subject"])

    def judged(self, subject: str) -> Judged | None:
        """What the subject's forecasts were worth on what is known at `until`."""
        if not self.choices[subject][1]:
            return None
        return judged(self.trial, since=min(2 * SEASON, self.step - 1), until=self.step,
                      families=(subject,))  # fmt: skip

    def kept(self, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
        """The lines of a scope."""
        kept = self.lines
        for name, values in where.items():
            if values:
                kept = kept.filter(pl.col(name).is_in(list(values)))
        return kept

    def _cells(self) -> pl.DataFrame:
        """(row, key, month, value, known) of every month of the year that costs something.

        Unknown are the months to come, and those that did not arrive; a closed site has none.
        """
        actual = {
            (key, month): value
            for key, month, value in self.found.actual.filter(
                pl.col("month").is_between(self.months[0], self.until)
            ).iter_rows()
        }
        closed = filled(self.trial.panel.values[:, : self.step], SEASON)
        rows: list[tuple[Any, ...]] = []
        for line in self.lines.iter_rows(named=True):
            row, key = line["row"], line["key"]
            path = np.concatenate([closed[row], self._said(row)])
            for month in self.months:
                value = actual.get((key, month))
                known = value is not None
                if not known:
                    at = self.step - 1 + _apart(self.until, month)
                    over = line["closed"] is not None and line["closed"] < month
                    if over or at < 0 or not np.isfinite(path[at]):
                        continue  # closed by then, or before the first export
                    value = Decimal(float(path[at])).quantize(CENT)
                rows.append((row, key, month, value, known))
        return pl.DataFrame(rows, schema=CELLS, orient="row")

    def _said(self, row: int) -> Floats:
        """A series' forecast by its family's method; too short for it, by one that needs less."""
        chosen = self.choices[self.trial.panel.families[row]][0]
        said = np.full(AHEAD, np.nan)
        for name in (chosen, UNTRIED, "last"):
            said = np.where(np.isnan(said), self.trial.said[name][row, self.at], said)
        return said

    def frame(self, kept: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
        """The landing of the scope by dimensions (see `Landing`)."""
        names = list(dict.fromkeys([*by, "currency"]))
        cells = self.cells.join(kept.select("row", *names), on="row")
        compared = pl.col("key").is_in(list(self.budgeted))
        sums = cells.group_by(names).agg(
            actual=pl.col("value").filter(pl.col("known")).sum(),
            ahead=pl.col("value").filter(~pl.col("known")).sum(),
            landing=pl.col("value").sum(),
            compared=pl.col("value").filter(compared).sum(),
            estimated=(~pl.col("known") & (pl.col("month") <= self.until)).sum(),
        )
        planned = (
            self.budgets.join(kept.select("key", "row", *names), on="key")
            .filter(pl.col("row").is_in(cells["row"].unique().to_list()))
            .group_by(names)
            .agg(pl.col("budget").sum())
        )
        told = sums.join(planned, on=names, how="left", nulls_equal=True)
        ranges = pl.DataFrame(
            [
                {**dict(zip(names, key, strict=True)), **self._range(part, self.left)}
                for key, part in _parts(cells, names)
            ],
            schema_overrides={"below": pl.Float64, "above": pl.Float64},
        )
        landed = pl.col("landing")
        return (
            told.join(ranges, on=names, nulls_equal=True)
            .with_columns(
                low=landed - pl.col("below").round(2).cast(MONEY),
                high=landed + pl.col("above").round(2).cast(MONEY),
                gap=pl.col("compared") - pl.col("budget"),
            )
            .select(
                *names,
                *(pl.col(name).cast(CENTS) for name in AMOUNTS), "backtested", "estimated",
            )
            .sort(names)
        )  # fmt: skip

    def path(self, kept: pl.DataFrame) -> pl.DataFrame:
        """The scope's year month by month, of what has a budget (see `Landing`)."""
        kept = kept.filter(pl.col("key").is_in(list(self.budgeted)))
        cells = self.cells.join(kept.select("row", "currency"), on="row")
        planned = (
            self.budgets.join(kept.select("key", "row", "currency"), on="key")
            .filter(pl.col("row").is_in(cells["row"].unique().to_list()))
            .group_by("currency", "month")
            .agg(pl.col("budget").sum())
        )
        values = cells.group_by("currency", "month").agg(pl.col("value").sum())
        months = values.join(planned, on=["currency", "month"], how="left").sort(
            "currency", "month"
        )
        rows = []
        for line in months.iter_rows(named=True):
            known = line["month"] <= self.until
            below = above = None
            if not known:
                part = cells.filter(pl.col("currency") == line["currency"])
                told = self._range(part, _apart(self.until, line["month"]))
                below, above = told["below"], told["above"]
            rows.append({**line, "known": known, "below": below, "above": above})
        frame = pl.DataFrame(rows, schema=PATH)
        total = pl.col("value").cum_sum().over("currency")
        return frame.with_columns(
            low=total - pl.col("below").round(2).cast(MONEY),
            high=total + pl.col("above").round(2).cast(MONEY),
        ).drop("below", "above")

    def _range(self, cells: pl.DataFrame, months: int) -> dict[str, Any]:
        """How far the sum of some series may lie below and above its forecast after `months`."""
        unknown = cells.filter(~pl.col("known"))
        rows = np.array(sorted(set(unknown["row"])), dtype=np.intp)
        absent = unknown.filter(pl.col("month") <= self.until).height
        if not len(rows):
            return {"below": 0.0, "above": 0.0, "backtested": True}
        # A month that did not arrive is as uncertain as one more to come.
        ahead = max(1, min(AHEAD, months + round(absent / len(rows))))
        told: Spread = spread(self.trial, rows, self.methods(), self.at, ahead)
        return {"below": told.below, "above": told.above, "backtested": told.backtested}

    def methods(self) -> dict[str, str]:
        """Each family's method."""
        return {name: method for name, (method, _) in self.choices.items()}


def _parts(cells: pl.DataFrame, names: list[str]) -> list[tuple[tuple[Any, ...], pl.DataFrame]]:
    return list(cells.partition_by(names, as_dict=True).items())


def _apart(month: date, later: date) -> int:
    return (later.year - month.year) * 12 + later.month - month.month
