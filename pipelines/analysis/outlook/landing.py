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

import polars as pl

from pipelines.analysis.outlook.backtest import Judged
from pipelines.analysis.outlook.methods import METHODS, TITLES
from pipelines.analysis.outlook.study import Study
from pipelines.analysis.outlook.year import MONEY, Year
from pipelines.calendar import Period, add_months, month_end
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.metrics.budget import whole_budget
from pipelines.warehouse.reader import Reader

PLACES = ("site", "site_name", "region", "site_kind")
DIMENSIONS = (*PLACES, "subject")
ACCOUNT = "account"  # a dimension of years told apart by it (`accounts.year_by_account`)
UNBUDGETED = pl.DataFrame(schema={"key": pl.String, "month": pl.Date, "budget": MONEY})
NAIVE = {method.name for method in METHODS if method.naive}


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
    (their sum), low and high (80 % range), plain (where last year's months at this year's pace
    would land: see `year.at_pace`), budget (of the whole year, where there is one), compared and
    plain_compared (landing and plain of what has a budget: its months alone that the budget
    covers), compared_low and compared_high (their 80 % range), unplanned_months (how many of the
    year's months have a budget nowhere, of what has one in others), gap (compared - budget),
    backtested, estimated (how many site-months that did not arrive are in `ahead`), no_budget (why
    there is neither budget nor gap; null where there are). All money is Decimal.

    `path` has currency, month, value and budget of what has a budget (month by month, over the
    whole scope), known, low and high of the sum up to the month, null where it is known, and
    so_far: up to a known month, actual minus budget of what has both, as the measure
    `budget_variance` has it. Months of single sites that did not arrive are not in it; in `value`
    they are estimated.
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
    seen = year_of(reader, found, year, until=until, as_of=as_of)
    return landed(seen, by=by, where=where, build=reader.build)


def year_of(
    reader: Reader,
    found: Study,
    year: Period,
    *,
    until: date | None = None,
    as_of: int | date | None = None,
) -> Year:
    """A year as seen at the end of a month, for landings by any scope and dimension."""
    until = min(until or found.months[-1], found.months[-1], year.stop.replace(day=1))
    if until < year.start:
        raise UsageProblem("No whole month of that year is known yet, so it can't be landed.")
    if found.step(until) < found.trial.origins[0] and month_end(until) < year.stop:
        raise UsageProblem("Too few months were known then to say where the year would land.")
    return Year(
        found,
        year,
        until,
        with_places(reader, found.lines),
        _budgets(reader, year, as_of),
        _gaps(reader, year, as_of),
    )


def landed(
    seen: Year,
    *,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    build: str = "",
) -> Landing:
    """The landing of a year over a scope, by dimensions (see `landing`)."""
    dimensions = (*DIMENSIONS, ACCOUNT) if ACCOUNT in seen.lines.columns else DIMENSIONS
    for name in (*by, *(where or {})):
        if name not in dimensions:
            raise UsageProblem(f"A landing knows no {name}; known are {', '.join(dimensions)}.")
    kept = seen.kept(where or {})
    families = tuple(
        Family(name, *seen.choices[name], seen.judged(name))
        for name in sorted(set(kept["family" if "family" in kept.columns else "subject"]))
        if name in seen.choices  # an account that has a budget alone is not forecast
    )
    return Landing(
        seen.year,
        seen.until,
        seen.running,
        seen.left,
        seen.frame(kept, by),
        seen.path(kept),
        seen.cells.join(kept.select("row", "site", "subject", "currency"), on="row").select(
            "site", "subject", "currency", "month", "value", "known"
        ),
        families,
        build,
    )


def fiscal_months(year: Period) -> Period:
    """The twelve calendar months of a fiscal year; a year of weeks is taken by those it mostly is.

    Costs are known by month: the first is the one whose beginning lies nearest to the year's.
    """
    first = year.start.replace(day=1)
    if year.start.day > 15:
        first = add_months(first, 1)
    return Period(first, month_end(add_months(first, 11)))


def with_places(reader: Reader, lines: pl.DataFrame) -> pl.DataFrame:
    """A study's lines with what the register knows of their sites."""
    sites = reader.query(
        "SELECT site, name AS site_name, region, kind AS site_kind, closed FROM sites"
    )
    return lines.join(sites, on="site", how="left", maintain_order="left").with_row_index("row")


def _budgets(reader: Reader, year: Period, as_of: int | date | None) -> pl.DataFrame:
    """(key, month, budget) of a year."""
    answer = ask(reader, whole_budget(), period=year, by=("site", "subject", "month"), as_of=as_of)
    return (
        answer.frame.filter(pl.col("value").is_not_null() & pl.col("subject").is_not_null())
        .with_columns(key=pl.concat_str("site", "subject", "currency", separator="|"))
        .select("key", month="start", budget=pl.col("value").cast(MONEY))
    )


def _gaps(reader: Reader, year: Period, as_of: int | date | None) -> pl.DataFrame:
    """(key, month, gap) of what has both an actual and a budget."""
    by = ("site", "subject", "month")
    frame = ask(reader, "budget_variance", period=year, by=by, as_of=as_of).frame
    return (
        frame.filter(pl.col("value").is_not_null() & pl.col("subject").is_not_null())
        .with_columns(key=pl.concat_str("site", "subject", "currency", separator="|"))
        .select("key", month="start", gap=pl.col("value").cast(MONEY))
    )
