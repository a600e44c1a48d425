"""One fiscal year as seen at the end of a month: what is known, forecast and planned, by series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from pipelines.analysis.outlook.backtest import Judged, choice, judged, said_by
from pipelines.analysis.outlook.panel import Floats, filled
from pipelines.analysis.outlook.spread import Spread, spreads
from pipelines.analysis.outlook.study import AHEAD, SEASON, Study
from pipelines.calendar import Period, add_months

CENT = Decimal("0.01")
MONEY, CENTS = pl.Decimal(38, 4), pl.Decimal(38, 2)
AMOUNTS = ("actual", "ahead", "landing", "low", "high", "plain", "budget", "compared",
           "compared_low", "compared_high", "plain_compared", "gap")  # fmt: skip
CELLS = pl.Schema({"row": pl.UInt32(), "key": pl.String(), "month": pl.Date(), "value": MONEY,
                   "known": pl.Boolean(), "plain": MONEY})  # fmt: skip
PATH = pl.Schema({"currency": pl.String(), "month": pl.Date(), "value": MONEY, "budget": MONEY,
                  "known": pl.Boolean(), "width": pl.Float64()})  # fmt: skip
GAPS = pl.Schema({"key": pl.String(), "month": pl.Date(), "gap": MONEY})
UNPLANNED = "No budget is known for this year."
CERTAIN = Spread(0.0, True)


class Year:
    """A year's months by series; `budgets` has key, month and budget, `lines` the study's lines.

    `gaps` has key, month and gap of what has both a whole actual and a budget. `why` has key and
    why, for lines without a budget, where more is known than that.
    Making it takes a part of a second; what is asked of it by scope and dimension, next to nothing.
    """

    def __init__(
        self, found: Study, year: Period, until: date, lines: pl.DataFrame, budgets: pl.DataFrame,
        gaps: pl.DataFrame | None = None, why: pl.DataFrame | None = None,
    ) -> None:  # fmt: skip
        self.found, self.year, self.until = found, year, until
        self.lines, self.budgets = lines, budgets
        self.gaps = pl.DataFrame(schema=GAPS) if gaps is None else gaps
        self.why = pl.DataFrame(schema={"key": pl.String, "why": pl.String}) if why is None else why
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
        self.said = self._said()
        self.cells = self._cells()
        planned = budgets.join(lines.select("key", "site", "subject"), on="key")
        self.budgeted = planned.filter(pl.col("budget") != 0).select("key").unique()
        self.planned_at = [planned.select(n, "month").unique() for n in ("site", "subject")]
        self._judged: dict[str, Judged | None] = {}

    def judged(self, subject: str) -> Judged | None:
        """What the subject's forecasts were worth on what is known at `until`."""
        if not self.choices[subject][1]:
            return None
        if subject not in self._judged:
            self._judged[subject] = judged(
                self.trial, since=min(2 * SEASON, self.step - 1), until=self.step,
                families=(subject,),
            )  # fmt: skip
        return self._judged[subject]

    def kept(self, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
        """The lines of a scope."""
        kept = self.lines
        for name, values in where.items():
            if values:
                kept = kept.filter(pl.col(name).is_in(list(values)))
        return kept

    def _said(self) -> Floats:
        """(series, AHEAD): the forecasts of each series by its family's method."""
        panel = self.trial.panel
        said = np.full((len(panel.keys), AHEAD), np.nan)
        for name, (method, _) in self.choices.items():
            members = panel.members(name)
            said[members] = said_by(self.trial, method, members, self.at)
        return said

    def _cells(self) -> pl.DataFrame:
        """(row, key, month, value, known, plain) of every month of the year that costs something.

        Unknown are the months to come, and those that did not arrive; a closed site has none.
        """
        before = [add_months(month, -12) for month in self.months]
        actual = {
            (key, month): value
            for key, month, value in self.found.actual.filter(
                pl.col("month").is_between(before[0], self.until)
            ).iter_rows()
        }
        closed = filled(self.trial.panel.values[:, : self.step], SEASON)
        paths = np.concatenate([closed, self.said], axis=1)
        steps = [self.step - 1 + _apart(self.until, month) for month in self.months]
        rows: list[tuple[Any, ...]] = []
        for row, key, over in self.lines.select("row", "key", "closed").iter_rows():
            now = [actual.get((key, month)) for month in self.months]
            plain = at_pace(now, [actual.get((key, month)) for month in before])
            for month, value, at, usual in zip(self.months, now, steps, plain, strict=True):
                known = value is not None
                if value is None:
                    said = paths[row, at] if at >= 0 else np.nan
                    if (over is not None and over < month) or not np.isfinite(said):
                        continue  # closed by then, or before the first export
                    value = Decimal(float(said)).quantize(CENT)
                rows.append((row, key, month, value, known, value if usual is None else usual))
        return pl.DataFrame(rows, schema=CELLS, orient="row")

    def frame(self, kept: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
        """The landing of the scope by dimensions (see `landing.Landing`)."""
        names = list(dict.fromkeys([*by, "currency"]))
        places = dict.fromkeys(["row", "site", "subject", *names])
        cells = self.cells.join(kept.select(*places), on="row")
        late = (~pl.col("known") & (pl.col("month") <= self.until)).sum()
        of_budget = pl.col("key").is_in(self.budgeted["key"].implode())
        unknown = pl.col("row").filter(~pl.col("known")).unique().sort()
        sums = cells.group_by(names).agg(
            actual=pl.col("value").filter(pl.col("known")).sum(),
            ahead=pl.col("value").filter(~pl.col("known")).sum(),
            landing=pl.col("value").sum(),
            plain=pl.col("plain").sum(),
            estimated=late,
            unknown=unknown,
            budgeted=pl.col("month").filter(of_budget).n_unique(),
        )
        compared = (
            self._with_budget(cells)
            .group_by(names)
            .agg(
                compared=pl.col("value").sum(),
                plain_compared=pl.col("plain").sum(),
                planned=pl.col("month").n_unique(),
                late=late,
                uncertain=unknown,
                left=pl.col("month").filter(pl.col("month") > self.until).n_unique(),
            )
        )
        told = (
            sums.join(self._planned(kept, cells, names), on=names, how="left", nulls_equal=True)
            .join(self._unplanned(kept, names), on=names, how="left", nulls_equal=True)
            .join(compared, on=names, how="left", nulls_equal=True)
            .with_columns(pl.col("compared", "plain_compared", "planned").fill_null(0))
        )
        ranges = self._ranges(
            [(rows, self._ahead(rows, late, self.left))
             for rows, late in told.select("unknown", "estimated").iter_rows()]
        )  # fmt: skip
        part = self._ranges(
            [(rows or [], self._ahead(rows or [], late or 0, left or 0))
             for rows, late, left in told.select("uncertain", "late", "left").iter_rows()]
        )  # fmt: skip
        width, apart = _widths(ranges), _widths(part)
        landing, beside = pl.col("landing"), pl.col("compared")
        return (
            told.with_columns(
                low=landing - width,
                high=landing + width,
                compared_low=beside - apart,
                compared_high=beside + apart,
                unplanned_months=pl.col("budgeted") - pl.col("planned"),
                gap=beside - pl.col("budget"),
                no_budget=pl.when(pl.col("budget").is_null()).then(
                    pl.col("why").fill_null(UNPLANNED)
                ),
                backtested=pl.Series([one.backtested for one in ranges], dtype=pl.Boolean),
            )
            .select(
                *names,
                *(pl.col(name).cast(CENTS) for name in AMOUNTS), "backtested", "estimated",
                "unplanned_months", "no_budget",
            )
            .sort(names)
        )  # fmt: skip

    def path(self, kept: pl.DataFrame) -> pl.DataFrame:
        """The scope's year month by month, of what has a budget (see `landing.Landing`)."""
        kept = kept.join(self.budgeted, on="key", how="semi")
        cells = self.cells.join(kept.select("row", "site", "subject", "currency"), on="row")
        cells = self._with_budget(cells)
        values = cells.group_by("currency", "month").agg(pl.col("value").sum())
        planned = self._planned(kept, cells, ["currency", "month"])
        months = values.join(planned, on=["currency", "month"], how="left").sort(
            "currency", "month"
        )
        unknown = {
            currency: (part["row"].unique().sort().to_list(),
                       part.filter(pl.col("month") <= self.until).height)
            for (currency,), part in cells.filter(~pl.col("known")).group_by("currency")
        }  # fmt: skip
        ahead = months.filter(pl.col("month") > self.until).select("currency", "month")
        ranges = self._ranges(
            [(unknown[currency][0], self._ahead(*unknown[currency], _apart(self.until, month)))
             for currency, month in ahead.iter_rows()]
        )  # fmt: skip
        widths = dict(zip(ahead.iter_rows(), ranges, strict=True))
        rows = [
            {**line, "known": line["month"] <= self.until,
             "width": widths[key].width if key in widths else None}
            for line in months.iter_rows(named=True)
            for key in [(line["currency"], line["month"])]
        ]  # fmt: skip
        total = pl.col("value").cum_sum().over("currency")
        width = pl.col("width").round(2).cast(MONEY)
        frame = pl.DataFrame(rows, schema=PATH)
        frame = frame.with_columns(low=total - width, high=total + width).drop("width")
        compared = self.gaps.join(kept.select("key", "currency"), on="key")
        gaps = compared.group_by("currency", "month").agg(pl.col("gap").sum())
        so_far = pl.col("gap").fill_null(0).cum_sum().over("currency").cast(CENTS)
        return (
            frame.join(gaps, on=["currency", "month"], how="left", maintain_order="left")
            .with_columns(so_far=pl.when("known").then(so_far))
            .drop("gap")
        )

    def _with_budget(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells with row, key, site and subject that may be compared with the budget.

        Of lines that have one, the months that it covers: in which the site has a budget of any
        subject, and the subject one at any site. Where it does, a line's missing month is none
        planned; where it doesn't (half a year's budget, or that of a site to come), nothing is
        known of the plan.
        """
        cells = cells.join(self.budgeted, on="key", how="semi")
        for at in self.planned_at:
            cells = cells.join(at, on=at.columns, how="semi")
        return cells

    def _planned(self, kept: pl.DataFrame, cells: pl.DataFrame, names: list[str]) -> pl.DataFrame:
        """The budget by some names of the lines that cost something."""
        keys = [name for name in names if name != "month"]
        return (
            self.budgets.join(kept.select("key", "row", *keys), on="key")
            .join(cells.select("row").unique(), on="row", how="semi")
            .group_by(names)
            .agg(pl.col("budget").sum())
        )

    def _unplanned(self, kept: pl.DataFrame, names: list[str]) -> pl.DataFrame:
        """By some names why most of the lines that have no budget have none."""
        return (
            self.why.join(kept.select("key", *names), on="key")
            .group_by(names)
            .agg(pl.col("why").mode().sort().first())
        )

    def _ahead(self, rows: Sequence[int], late: int, months: int) -> int:
        """For how long some series are forecast.

        A month that did not arrive is as uncertain as one more to come.
        """
        return max(1, min(AHEAD, months + round(late / max(len(rows), 1))))

    def _ranges(self, groups: Sequence[tuple[list[int], int]]) -> list[Spread]:
        """How far the sums of some series may lie from their forecasts after so many months."""
        found = [CERTAIN] * len(groups)
        for months in {months for rows, months in groups if rows}:
            at = [n for n, (rows, ahead) in enumerate(groups) if rows and ahead == months]
            parts = [np.array(groups[n][0], dtype=np.intp) for n in at]
            told = spreads(self.trial, self.found.missed, parts, self.at, months)
            for n, one in zip(at, told, strict=True):
                found[n] = one
        return found


def _widths(ranges: Sequence[Spread]) -> pl.Series:
    return pl.Series([one.width for one in ranges], dtype=pl.Float64).round(2).cast(MONEY)


def at_pace(
    now: Sequence[Decimal | None], before: Sequence[Decimal | None]
) -> list[Decimal | None]:
    """The months of a year by the plain rule: as known; else last year's, at this year's pace.

    The pace is what the months known of both years cost now over what they cost then. Where it
    can't be told, a month costs what this year's do on average, or else what last year's did. None
    where nothing is known.
    """
    known = [value for value in now if value is not None]
    both = [(a, b) for a, b in zip(now, before, strict=True) if a is not None and b is not None]
    then = sum((b for _, b in both), Decimal(0))
    pace = sum((a for a, _ in both), Decimal(0)) / then if then > 0 else None
    mean = sum(known, Decimal(0)) / len(known) if known else None
    found: list[Decimal | None] = []
    for value, last in zip(now, before, strict=True):
        if value is None:
            value = last * pace if last is not None and pace is not None else mean
            value = last if value is None else value
            value = None if value is None else value.quantize(CENT)
        found.append(value)
    return found


def _apart(month: date, later: date) -> int:
    return (later.year - month.year) * 12 + later.month - month.month
