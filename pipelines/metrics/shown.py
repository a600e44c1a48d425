"""Which figures a viewer is shown: subjects that are theirs, and pay no finer than they may see.

Who may see pay sees all of it within their sites. To others a site's whole labour cost is shown,
by whole months; of its parts only the sums by role, and of those only the cells of a fixed lattice
from which nobody's pay can be worked out (`pipelines.warehouse.lattice`). Any other part of pay is
not available: whoever may ask for every part can find each by subtraction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from pipelines.calendar import Period
from pipelines.metrics.compile import SITE_DIMENSIONS, Scope
from pipelines.metrics.days import OpenDays
from pipelines.metrics.model import Metric
from pipelines.warehouse.limits import PAID, Limits, subject_of
from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.reader import Reader

FEW = "withheld: it would tell what fewer than five people are paid"
NOT_YOURS = "not shown to you: it is not among your subjects"
NO_PART = (
    "not available to you: pay is shown by site, region or group, by role and by whole months only"
)
FEW_PATIENTS = "withheld outside the group: it counts fewer than eleven patients or what they said"
WITHHELD = frozenset({FEW, NOT_YOURS, NO_PART, FEW_PATIENTS})
NO_COUNTED_ROWS = "Rows that count patients are not shown outside the group."
NO_ROWS = "The rows behind figures are not shown to you."
NO_PAY_ROWS = "Rows of pay are not shown to you."
_PAY = re.compile(r"\bf\.(amount|employer_cost|cost)\b")
# What counts patients, their visits and days, or what they said. Below 11 a count may tell who was
# meant: the cell size suppression policy of CMS for figures that are published.
_COUNTED = frozenset({"volume", "feedback"})
LEAST = 11
_PLACES = frozenset({"site", "region", "currency"})


class Asked(Protocol):
    """What is asked, as far as it decides what is shown (see `pipelines.metrics.question`)."""

    @property
    def reader(self) -> Reader:
        """The build, as who asks sees it."""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What the answer is parted by, time apart."""

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods asked for."""

    @property
    def scope(self) -> Scope:
        """Which rows count."""

    @property
    def open_days(self) -> OpenDays | None:
        """By which days a sum is told, where it is told per day."""


def tells_pay(metric: Metric) -> bool:
    """Whether a metric is made of what people are paid, as some accounts of a ledger are."""
    measures = (metric.numerator, metric.denominator)
    paid = PAID | {"ledger"}
    return any(m is not None and m.table in paid and _PAY.search(m.value) for m in measures)


def counts_patients(metric: Metric) -> bool:
    """Whether a metric is made of counts of patients or of what they said."""
    measures = (metric.numerator, metric.denominator)
    return any(m is not None and m.table in _COUNTED for m in measures)


def refused(limits: Limits, metric: Metric) -> str | None:
    """Why a metric is not shown at all, or None: its subject, or that of an export it needs."""
    subjects = [metric.domain, *(subject_of(NEEDS[need].feed) for need in metric.needs)]
    if all(subject is None or limits.has(subject) for subject in subjects):
        return None
    return NOT_YOURS


def refused_rows(limits: Limits, metric: Metric) -> str | None:
    """Why the rows behind a metric are not shown, as a sentence; None where they are."""
    if not limits.rows:
        return NO_ROWS
    if not limits.pay and tells_pay(metric):
        return NO_PAY_ROWS
    if limits.external and counts_patients(metric):
        return NO_COUNTED_ROWS
    reason = refused(limits, metric)
    return None if reason is None else f"{metric.title} is {reason}."


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a question's figures is shown: none for a `reason`, else all, or cells of a level."""

    reason: str | None = None
    level: str = ""
    place: str = ""  # the one place, where the question doesn't part places
    role: str = ""  # the one role, where the question keeps to one
    by_role: bool = False


def shown(question: Asked, metric: Metric) -> Shown:
    """What of a metric's figures may be shown to who asks."""
    limits = question.reader.limits
    reason = refused(limits, metric)
    if reason is not None or limits.pay or not tells_pay(metric):
        return Shown(reason)
    if not all(period.whole_months for period in question.periods):
        return Shown(NO_PART)
    where = {name: values for name, values in question.scope.where.items() if values}
    used = {*question.dimensions, *where}
    if question.open_days is not None and "role" in used:
        return Shown(NO_PART)  # it is added up from sites, of which some are withheld
    if "role" not in used:
        return Shown(None if used <= {*SITE_DIMENSIONS, "currency"} else NO_PART)
    return _by_role(question, where)


def _by_role(question: Asked, where: Mapping[str, Sequence[str]]) -> Shown:
    """Sums by role: of one site, region or of the group each, and of one role each."""
    dimensions, limits = set(question.dimensions), question.reader.limits
    one = {name: values[0] for name, values in where.items() if len(values) == 1}
    if not dimensions <= {*_PLACES, "role"} or not set(where) <= {*_PLACES, "role"}:
        return Shown(NO_PART)
    if "role" not in dimensions and "role" not in one:
        return Shown(NO_PART)
    if "site" in dimensions or "site" in one:
        level = "site"
    elif "site" in where:
        return Shown(NO_PART)
    elif "region" in dimensions or "region" in one:
        level = "region"
    elif "region" in where:
        return Shown(NO_PART)
    elif limits.sites is not None:
        return _of_own_sites(question, "" if "role" in dimensions else one["role"])
    else:
        level = "group"
    place = "group" if level == "group" else "" if level in dimensions else one.get(level, "")
    role = "" if "role" in dimensions else one["role"]
    return Shown(None, level, place, role, by_role=True)


def _of_own_sites(question: Asked, role: str) -> Shown:
    """Sums by role over all that a viewer sees: a cell where that is one site, or one region."""
    reader = question.reader
    seen = reader.limits.sites or frozenset()
    if len(seen) == 1:
        return Shown(None, "site", next(iter(seen)), role, by_role=True)
    regions = {reader.places[site] for site in seen}
    if len(regions) == 1 and regions <= reader.whole_regions:
        return Shown(None, "region", next(iter(regions)), role, by_role=True)
    return Shown(NO_PART)


def masked(frame: pl.DataFrame, question: Asked, found: Shown) -> pl.DataFrame:
    """Values without what is not shown, which a column `withheld` gives a reason for."""
    if found.reason is not None:
        hidden, reason = pl.lit(True), found.reason
    elif found.by_role:
        frame = frame.with_columns(_known=_cells(frame, question, found))
        hidden, reason = ~pl.col("_known"), FEW
    else:
        return frame
    nothing = {
        name: pl.when(~hidden).then(pl.col(name)) for name in ("numerator", "denominator", "value")
    }
    return frame.with_columns(withheld=pl.when(hidden).then(pl.lit(reason)), **nothing).drop(
        "_known", strict=False
    )


def without_small_counts(frame: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Values without those that small counts of patients are a part of, for figures that leave.

    Where only one row of a period is withheld, the one with the next smallest count is as well: the
    whole less all others would tell it.
    """
    counts = [
        pl.col(side).cast(pl.Float64)
        for side, m in (("numerator", metric.numerator), ("denominator", metric.denominator))
        if m is not None and m.table in _COUNTED
    ]
    count = pl.min_horizontal(pl.when(one > 0).then(one) for one in counts)
    frame = frame.with_columns(_count=count).with_columns(
        _few=(pl.col("_count") < LEAST).fill_null(False)
    )
    period = ["start", "stop"]
    next_one = pl.col("_count").filter(~pl.col("_few")).min().over(period)
    alone = (pl.col("_few").sum().over(period) == 1) & (pl.len().over(period) > 1)
    hidden = pl.col("_few") | (alone & (pl.col("_count") == next_one)).fill_null(False)
    known = pl.col("withheld") if "withheld" in frame.columns else pl.lit(None, pl.String)
    nothing = {n: pl.when(~hidden).then(pl.col(n)) for n in ("numerator", "denominator", "value")}
    return frame.with_columns(
        withheld=pl.when(hidden).then(pl.lit(FEW_PATIENTS)).otherwise(known), **nothing
    ).drop("_count", "_few")


def _cells(frame: pl.DataFrame, question: Asked, found: Shown) -> pl.Series:
    """Whether each row of a frame is made of cells that are shown, all years of its period."""
    reader = question.reader
    known = []
    for row in frame.iter_rows(named=True):
        place = found.place or row[found.level]
        role = found.role or row["role"]
        years = range(row["start"].year, row["stop"].year + 1)
        known.append(
            (found.level != "region" or place in reader.whole_regions)
            and all((found.level, place, role, year) in reader.pay_cells for year in years)
        )
    return pl.Series(known, dtype=pl.Boolean)
