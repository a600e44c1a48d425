"""What a metric is: one frozen record that the app, the command line and the glossary all read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Unit(StrEnum):
    """What a value is counted in; decides how it is written."""

    MONEY = "money"
    RATE = "rate"  # money per something: a visit, an hour, a day
    SHARE = "share"  # a part of a whole, 0.142 is written 14.2 %
    HOURS = "hours"
    COUNT = "count"
    DAYS = "days"
    RATIO = "ratio"  # hours per resident day, per visit


class Aggregation(StrEnum):
    """How values of parts become the value of the whole."""

    SUM = "sum"
    RATIO = "ratio of sums"
    SNAPSHOT = "snapshot"  # adds over sites, not over time: the state at the period's end
    SURVIVAL = "median time"  # from the rows, those that are not finished yet among them
    DISTRIBUTION = "distribution"  # medians: always from the rows, never from other medians


# When a row `f` belongs to a period `p`.
IN_PERIOD = "f.date BETWEEN p.start AND p.stop"
IN_MONTHS = "f.month BETWEEN p.start AND p.stop"
AT_MONTHS_END = "f.month = CAST(date_trunc('month', p.stop) AS DATE)"


@dataclass(frozen=True, slots=True)
class Measure:
    """One sum over a table of the read model.

    `value` is an aggregate over rows `f` (and the period `p`), `where` which rows count, `when`
    which period a row belongs to. `monthly` tables exist by month only. A measure with a `window`
    looks back on that many days up to the period's end. `rolled` are the same measure over
    roll-ups, the smallest first: they serve questions about whole months where they have the
    dimensions asked for. SQL is DuckDB's, in the subset that Spark understands too.
    """

    table: str
    value: str
    where: str = "true"
    when: str = IN_PERIOD
    monthly: bool = False
    window: int | None = None
    rolled: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure that people ask for.

    `good` is the direction that is good ("up", "down", None where neither is). `needs` names the
    parts of feeds it rests on (`pipelines.warehouse.needs`); a ratio is formed over site-months in
    which all of them are there. `scale` multiplies a ratio (per 1,000 visits). `budget` names the
    subject whose budget stands beside it. `of_money` marks ratios of money to money. `never_zero`
    marks sums that are unknown, not 0, where exports arrived and no row counts.

    `counted` marks whole things of which chance alone moves how many there are, where they are few:
    "proportion" of cases (binomial), "rate" of events in a period or among visits (Poisson). None
    for amounts and quantities, and for states that people set (posts, contracts, equipment).
    """

    name: str
    title: str
    definition: str
    unit: Unit
    good: Literal["up", "down"] | None
    domain: str
    aggregation: Aggregation
    numerator: Measure
    needs: tuple[str, ...]
    formula: str
    source: str
    traps: str
    denominator: Measure | None = None
    scale: int = 1
    budget: str | None = None
    per: str = ""
    of_money: bool = False
    never_zero: bool = False
    counted: Literal["proportion", "rate"] | None = None

    @property
    def is_money(self) -> bool:
        """Whether it is made of amounts, which are never summed across two currencies."""
        return self.of_money or self.unit in (Unit.MONEY, Unit.RATE)

    @property
    def window(self) -> int | None:
        """How many days before the period's end it looks back on, beyond the period."""
        windows = [m.window for m in (self.numerator, self.denominator) if m and m.window]
        return max(windows, default=None)
