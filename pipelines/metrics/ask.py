"""`ask()`: the only door to numbers.

With each value come its numerator and denominator, what it covers, what is missing, the
comparisons asked for, and a reason where there is no value. The app, the command line and the
packs all go through here, so they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.fiscal import GRAINS, Fiscal
from pipelines.metrics import adjust as adjusting
from pipelines.metrics import find
from pipelines.metrics.basis import basis_of, columns_of, tables_of
from pipelines.metrics.budget import budget_of, edits_of, gap_of, sides_of
from pipelines.metrics.compile import SITE_DIMENSIONS, TIME, Scope
from pipelines.metrics.cover import Missing, coverage_of, covered, missing_of
from pipelines.metrics.days import OpenDays
from pipelines.metrics.model import Metric
from pipelines.metrics.question import Question
from pipelines.metrics.shown import shown
from pipelines.metrics.targeted import beside
from pipelines.warehouse.reader import Reader

__all__ = ["COMPARISONS", "Answer", "Missing", "ask", "open_throughout"]

COMPARISONS = ("previous", "year", "budget", "target")
CALENDAR = Fiscal()
EARLIER = ("previous", "year")
NOWHERE = "~nowhere"  # no site has this name: a filter without values would keep every site
MONEY = pl.Decimal(38, 4)


@dataclass(frozen=True, slots=True)
class Answer:
    """One metric's values.

    `frame` has the dimensions asked for, `start` and `stop` of the period, `currency` for what is
    made of money, `value` (Decimal for sums, Float64 for ratios, null with a `reason`),
    `numerator`, `denominator`, `expected` and `present` (site-months of what it needs, expected
    and there to their end), and for each comparison a column of its name. `missing` lists what did
    not arrive in the period, `missing_then` what did not in each period compared with. `basis` is
    what places pay in months: "worked", or "check" for the dates on which it is paid out.
    """

    metric: Metric
    period: Period
    frame: pl.DataFrame
    missing: tuple[Missing, ...]
    build: str
    published: datetime
    missing_then: Mapping[str, tuple[Missing, ...]] = field(default_factory=dict)
    basis: str = "worked"
    per_day: str | None = None

    @property
    def value(self) -> Decimal | float | int | None:
        """The single value of a question without dimensions; None when there isn't one."""
        return self.frame["value"][0] if self.frame.height == 1 else None

    @property
    def reason(self) -> str | None:
        """Why there is no single value, or None."""
        if self.frame.height == 1:
            reason: str | None = self.frame["reason"][0]
            return reason
        return "there are several values" if self.frame.height else "no rows"

    @property
    def currency(self) -> str | None:
        """The currency of a single money value."""
        if "currency" not in self.frame.columns or self.frame.height != 1:
            return None
        currency: str | None = self.frame["currency"][0]
        return currency


def ask(
    reader: Reader,
    metric: str | Metric,
    *,
    period: Period,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    compare: Sequence[str] = (),
    as_of: int | date | None = None,
    same_sites: bool = False,
    fiscal: Fiscal = CALENDAR,
    basis: str | None = None,
    per_day: str | None = None,
    adjust: str | None = None,
    rollups: bool = True,
) -> Answer:
    """Ask for one metric.

    `by` names dimensions; one of them may be a grain of time (day, week, month, quarter, year),
    which gives a row for each. By site, region or kind of site there is a row for every site that
    is expected to send what the metric needs. `where` keeps rows by dimension. `compare` adds
    columns: `previous` (the period before), `year` (a year earlier), `budget` (of the same
    site-months), `target` (see `pipelines.metrics.targeted`).
    `same_sites` keeps to the sites that were open through the period and all that it is compared
    with, so that neither an opening nor a closing passes for a change. `fiscal` is the calendar
    of fiscal and pay periods, which are grains of time too. `basis` "check" tells pay and paid
    hours by check date, "worked" by day worked; without, as `fiscal` says it is usual.
    `per_day` "working" or "calendar" gives a sum, and what it is compared with, per day that its
    sites were open (see `pipelines.metrics.days`). `adjust` "working", "calendar" or "volume" adds
    to `previous` and `year` a column `previous_like` or `year_like`: this period's sum at the days
    or the volume of that one.
    `as_of` is what was known then: a load's number or a day.
    UsageProblem for an unknown metric, dimension or comparison.
    """
    known = metric if isinstance(metric, Metric) else find(metric)
    for name in compare:
        if name not in COMPARISONS:
            listed = ", ".join(COMPARISONS)
            raise UsageProblem(f"There is no comparison {name}; known are {listed}.")
    adjusting.check(known, per_day, adjust, compare)
    periods = periods_of(period, by, fiscal)
    basis = basis_of(known, basis, fiscal.pay_basis, periods)
    tables = tables_of(reader, basis, as_of)
    if same_sites:
        where = {**(where or {}), "site": open_throughout(
            reader, period, compare, where or {}, fiscal)}  # fmt: skip
    question = asked(
        reader, period, by, where, tables, rollups=rollups, fiscal=fiscal,
        columns=columns_of(reader, basis),
        open_days=OpenDays(reader, fiscal, per_day) if per_day else None,
    )  # fmt: skip
    frame = question.values(known)
    missing_then = {}
    for name in (n for n in dict.fromkeys(compare) if n != "target"):
        then, missing_then[name] = _comparison(question, known, name, fiscal)
        # What was there then and isn't now stands too, so that the parts add up to the whole.
        frame = frame.join(
            then, on=question.keys(known), how="full", coalesce=True, nulls_equal=True
        )
        # What some sites' parts are withheld of can't be adjusted from their parts.
        if adjust is not None and name in EARLIER and not shown(question, known).by_role:
            back = [fiscal.shifted(part, name) for part in question.periods]
            like = adjusting.like(question, known, back, adjust, fiscal)
            frame = frame.join(
                like.rename({"like": f"{name}_like"}), on=question.keys(known), how="left",
                nulls_equal=True,
            )  # fmt: skip
    coverage = coverage_of(question, known)
    frame = covered(frame, known, coverage, question)
    if "target" in compare:
        frame = beside(question, known, frame, as_of)
    return Answer(
        metric=known,
        period=period,
        frame=_ordered(frame, question),
        missing=missing_of(coverage),
        build=reader.build,
        published=reader.about.published,
        missing_then=missing_then,
        basis=basis,
        per_day=per_day,
    )


def open_throughout(
    reader: Reader,
    period: Period,
    compare: Sequence[str],
    where: Mapping[str, Sequence[str]],
    fiscal: Fiscal = CALENDAR,
) -> list[str]:
    """The sites that were open on every day of a period and of those it is compared with."""
    periods = [period, *(fiscal.shifted(period, n) for n in compare if n in EARLIER)]
    found = reader.query(
        "SELECT site FROM sites WHERE site NOT LIKE '~%' AND coalesce(opened <= ?, true) "
        "AND coalesce(closed >= ?, true) ORDER BY site",
        [min(p.start for p in periods), max(p.stop for p in periods)],
    )["site"].to_list()
    wanted = where.get("site") or found
    return [site for site in found if site in wanted] or [NOWHERE]


def asked(
    reader: Reader,
    period: Period,
    by: Sequence[str],
    where: Mapping[str, Sequence[str]] | None,
    tables: str,
    *,
    rollups: bool = True,
    fiscal: Fiscal = CALENDAR,
    columns: Mapping[str, frozenset[str]] | None = None,
    open_days: OpenDays | None = None,
) -> Question:
    """What a call looks at; `tables` stand in for the published ones, where there are any."""
    return Question(
        reader=reader,
        dimensions=_split(by)[1],
        periods=periods_of(period, by, fiscal),
        scope=Scope(where or {}),
        rollups=rollups,
        tables=tables,
        currency=reader.about.currency,
        columns=reader.columns if columns is None else columns,
        open_days=open_days,
    )


def periods_of(period: Period, by: Sequence[str], fiscal: Fiscal) -> tuple[Period, ...]:
    """The period, or its parts where a grain of time is asked for."""
    grain, _ = _split(by)
    if grain is None:
        return (period,)
    return tuple(fiscal.split(period, grain) if grain in GRAINS else period.split(grain))


def _split(by: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    grains = [name for name in dict.fromkeys(by) if name in (*TIME, *GRAINS)]
    if len(grains) > 1:
        raise UsageProblem("Ask by one grain of time at once, not by two.")
    return (grains[0] if grains else None), tuple(
        n for n in dict.fromkeys(by) if n not in (*TIME, *GRAINS)
    )


def _comparison(
    question: Question, metric: Metric, name: str, fiscal: Fiscal
) -> tuple[pl.DataFrame, tuple[Missing, ...]]:
    """(dimensions, start, stop of now, currency, the value then under `name`), what was missing."""
    picked = question.keys(metric)
    if name == "budget":
        return _budget(question, metric, picked), ()
    now = question.periods
    then = [fiscal.shifted(period, name) for period in now]
    back = pl.DataFrame(
        {
            "start": [p.start for p in then],
            "stop": [p.stop for p in then],
            "first": [p.start for p in now],
            "last": [p.stop for p in now],
        },
        schema=dict.fromkeys(("start", "stop", "first", "last"), pl.Date),
    )
    earlier = question.at(then)
    coverage = coverage_of(earlier, metric)
    frame = covered(earlier.values(metric), metric, coverage, earlier)
    moved = (
        frame.filter(pl.col("value").is_not_null())
        .rename({"value": name})
        .join(back, on=["start", "stop"])
        .with_columns(start="first", stop="last")
    )
    return moved.select(*picked, name), missing_of(coverage)


def _budget(question: Question, metric: Metric, picked: list[str]) -> pl.DataFrame:
    """`budget` and `gap` over the sites, months and subjects that have both sides, and `edited`:
    whether people set some of the budget's amounts in the place of the file's.

    The gap is not value − budget: a cost that has no budget is in the value, and not over it.
    """
    used = {*question.dimensions, *question.scope.where}
    whole = all(period.whole_months for period in question.periods)
    if metric.budget is None or used - {*SITE_DIMENSIONS, "subject", "currency"} or not whole:
        nothing = pl.lit(None, MONEY)
        return (
            question.values(metric)
            .clear()
            .select(*picked, budget=nothing, gap=nothing, edited=pl.lit(False))
        )
    edits = question.values(edits_of(metric.budget)).filter(pl.col("numerator") > 0)
    edited = edits.select(*picked, edited=pl.lit(True))
    return (
        _sides(question, metric.budget, picked)
        .with_columns(pl.col("budget", "gap").cast(MONEY))
        .join(edited, on=picked, how="left", nulls_equal=True)
        .with_columns(pl.col("edited").fill_null(False))
    )


def _sides(question: Question, subject: str, picked: list[str]) -> pl.DataFrame:
    """A subject's `budget` and `gap`, in one question where no day is asked for.

    Per day, each is a sum of its own: a site's days divide what it sums, and sites' days differ.
    """
    if question.open_days is None:
        sides = question.values(sides_of(subject))
        return sides.select(*picked, budget="denominator", gap="numerator")
    budget, gap = (question.values(one) for one in (budget_of(subject), gap_of(subject)))
    return budget.select(*picked, budget="value").join(
        gap.select(*picked, gap="value"), on=picked, nulls_equal=True
    )


def _ordered(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    first = [*question.dimensions, "start", "stop"]
    tail = [c for c in frame.columns if c not in first]
    last = ["currency"] if "currency" in tail else []
    return frame.select(*first, *tail).sort([*first, *last])
