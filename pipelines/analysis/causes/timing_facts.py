"""What of a variance is timing, from the read model: the cases of `timing`, site by site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

import polars as pl

from pipelines.analysis.causes.lines import Compared, Line, names_of_sites, places_of
from pipelines.analysis.causes.timing import PARTS, Billing, Case, CashPay, Reason, Told, tell_apart
from pipelines.calendar import Period, add_months, month_end
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics.ask import ask
from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader

BEFORE = 6  # months in which a billing shows whether it is regular
BACK = 25  # months that show the season

_COSTS = """
SELECT f.site, f.subject, f.currency, f.month, f.actual, f.budget, f.whole
FROM costs f JOIN sites s ON s.site = f.site
WHERE f.month BETWEEN ? AND ? AND {conditions}
"""
# What is regular and what is large was gathered when the build was made.
_BILLED = """
SELECT f.site, f.subject, f.currency, f.name, f.agreed, f.month, f.invoices, f.amount, f.first
FROM billings f JOIN sites s ON s.site = f.site
WHERE f.month BETWEEN ? AND ? AND {conditions}
"""
_SINGLE = """
SELECT f.site, f.subject, f.currency, f.month, f.name, f.agreed, f.amount, f.before
FROM single_lines f JOIN sites s ON s.site = f.site
WHERE f.month BETWEEN ? AND ? AND {conditions}
"""
# Pay whose worked days no export states stands on its check date.
_CASH = """
SELECT f.site, f.currency, f.month, list(DISTINCT f.check_date ORDER BY f.check_date) AS dates,
  sum(coalesce(f.amount, 0) + coalesce(f.employer_cost, 0)) AS amount
FROM labor f JOIN sites s ON s.site = f.site
WHERE f.counts AND f.check_date IS NOT NULL AND f.period_start = f.check_date
  AND f.period_end = f.check_date AND f.month BETWEEN ? AND ? AND {conditions} GROUP BY ALL
"""
_BONUS = """
SELECT f.site, f.currency, f.month,
  coalesce(sum(f.amount) FILTER (f.pay_class = 'bonus'), 0) AS bonus
FROM labor_month f JOIN sites s ON s.site = f.site
WHERE f.counts AND f.amount IS NOT NULL AND f.month BETWEEN ? AND ? AND {conditions} GROUP BY ALL
"""

Key = tuple[str, str, str]  # site, subject, currency


@dataclass(frozen=True, slots=True)
class Timed:
    """The variance of a site's subject in a month, told apart."""

    site: str
    subject: str
    currency: str
    month: date
    budget: Decimal
    actual: Decimal
    told: Told


def timing_between(
    reader: Reader,
    period: Period,
    where: Mapping[str, Sequence[str]] | None = None,
    *,
    fiscal: Fiscal | None = None,
) -> list[Timed]:
    """Each site's subject in each month of a period that has a budget and its whole cost.

    `where` chooses sites, and may choose subjects (`subject=staffing`). Their variances add up to
    the measure `budget_variance`; months of pay by check date, which that leaves out because their
    days aren't known, are told here all the same. UsageProblem where the period is not of whole
    months, or for another filter.
    """
    scope = dict(where or {})
    subjects = scope.pop("subject", None)
    if not period.whole_months:
        raise UsageProblem("A budget is by month: give the first and last days of months.")
    if other := [name for name in scope if name not in places_of(scope)]:
        raise UsageProblem(
            f"Timing is by site and subject: its rows can't be chosen by {other[0]}."
        )
    facts = _Facts(reader, period, scope, fiscal or Fiscal())
    return [timed for timed in facts.cases() if subjects is None or timed.subject in subjects]


def compared(
    reader: Reader,
    period: Period,
    where: Mapping[str, Sequence[str]] | None = None,
    *,
    fiscal: Fiscal | None = None,
) -> tuple[Compared, list[tuple[Timed, Reason]]]:
    """The bridge from budget to actual by these parts, and the reasons, largest first.

    Lines are named by site, site_name, region, site_kind, subject and month.
    """
    found = timing_between(reader, period, where, fiscal=fiscal)
    sites = names_of_sites(reader)
    lines = tuple(
        Line(
            {"site": one.site, **sites[one.site], "subject": one.subject,
             "month": f"{one.month:%Y-%m}"},
            one.currency, one.budget, one.actual,
            {part: Fraction(amount) for part, amount in one.told.parts.items()},
        )
        for one in found
    )  # fmt: skip
    missing = ask(reader, "total_cost", period=period, where=places_of(where or {})).missing
    reasons = [(one, reason) for one in found for reason in one.told.reasons]
    reasons.sort(key=lambda pair: -abs(pair[1].amount))
    return Compared(period, period, lines, PARTS, missing, ()), reasons


class _Facts:
    """Everything that the cases of a period need, read once."""

    def __init__(
        self,
        reader: Reader,
        period: Period,
        where: Mapping[str, Sequence[str]],
        fiscal: Fiscal,
    ) -> None:
        conditions, values = Scope(where).conditions(frozenset())
        first, last = period.start, period.stop.replace(day=1)
        year = fiscal.year(fiscal.number(period.stop))

        def rows(sql: str, start: date, stop: date) -> Iterator[dict[str, Any]]:
            found = reader.query(sql.format(conditions=conditions), [start, stop, *values])
            return found.iter_rows(named=True)

        self.period, self.fiscal = period, fiscal
        self._years: dict[date, list[date]] = {}
        self.costs: dict[Key, dict[date, dict[str, Any]]] = defaultdict(dict)
        for row in rows(_COSTS, add_months(first, -BACK), max(year.stop, last)):
            self.costs[_key(row)][row["month"]] = row
        self.known: dict[Key, dict[date, Decimal]] = {
            key: {m: row["actual"] for m, row in found.items() if row["actual"] is not None}
            for key, found in self.costs.items()
        }
        self.billed: dict[Key, dict[tuple[str, str | None], dict[date, dict[str, Any]]]]
        self.billed = defaultdict(lambda: defaultdict(dict))
        for row in rows(_BILLED, add_months(first, -12), add_months(last, 1)):
            self.billed[_key(row)][row["name"], row["agreed"]][row["month"]] = row
        self.singles: dict[tuple[Key, date], list[dict[str, Any]]] = defaultdict(list)
        for row in rows(_SINGLE, first, last):
            self.singles[_key(row), row["month"]].append(row)
        self.cash = {
            (row["site"], row["currency"], row["month"]): row
            for row in rows(_CASH, add_months(first, -BEFORE), add_months(last, 1))
        }
        self.bonus: dict[tuple[str, str, date], Decimal] = {
            (row["site"], row["currency"], row["month"]): row["bonus"]
            for row in rows(_BONUS, add_months(first, -12), last)
        }
        until = reader.query("SELECT max(date) AS day FROM spend")["day"][0]
        self.until: date = until or date.min

    def cases(self) -> Iterator[Timed]:
        """Each case, told apart, in order of month, site and subject."""
        months = [part.start for part in self.period.split("month")]
        keys = sorted(self.costs)
        for month in months:
            for key in keys:
                row = self.costs[key].get(month)
                if row is None or not self._is_whole(key, row):
                    continue
                told = tell_apart(self._case(key, month, row))
                yield Timed(*key, month, row["budget"], row["actual"], told)

    def _is_whole(self, key: Key, row: Mapping[str, Any]) -> bool:
        """Whether a month has its budget and its whole cost.

        Pay that stands on check dates never reaches to a month's end by its days: it is whole
        where the month before or after has some too.
        """
        if row["actual"] is None or row["budget"] is None:
            return False
        site, subject, currency = key
        near = [add_months(row["month"], step) for step in (-1, 1)]
        by_checks = subject == "staffing" and (site, currency, row["month"]) in self.cash
        return row["whole"] or (by_checks and any((site, currency, m) in self.cash for m in near))

    def _case(self, key: Key, month: date, row: Mapping[str, Any]) -> Case:
        site, subject, currency = key
        billings = self._billings(key, month)
        regular = {agreed for agreed, billing in billings.items() if billing.usual is not None}
        staff = subject == "staffing"
        return Case(
            month=month,
            budget=row["budget"],
            actual=row["actual"],
            pay=self._pay(site, currency, month) if staff else None,
            billings=tuple(billings.values()),
            known=self.known[key],
            year=self._year(key, month),
            singles=tuple(
                (one["name"], one["amount"])
                for one in self.singles[key, month]
                if (one["name"], one["agreed"]) not in regular and not _yearly(one)
            ),
            bonus=self.bonus.get((site, currency, month), Decimal(0)) if staff else Decimal(0),
            usual_bonus=self._usual_bonus(site, currency, month) if staff else None,
            day=self.until if month_end(month) > self.until >= month else None,
        )

    def _usual_bonus(self, site: str, currency: str, month: date) -> Decimal | None:
        """That of a month, or of the same month a year before: such a bonus is planned for."""
        steps = [add_months(month, -step) for step in range(1, 13)]
        known = [self.bonus[site, currency, m] for m in steps if (site, currency, m) in self.bonus]
        if len(known) < BEFORE:
            return None
        return max(median(known), self.bonus.get((site, currency, steps[-1]), Decimal(0)))

    def _billings(self, key: Key, month: date) -> dict[tuple[str, str | None], Billing]:
        after = add_months(month, 1)
        found = {}
        for agreed, by_month in self.billed[key].items():
            earlier = [by_month.get(add_months(month, step)) for step in range(-BEFORE, 0)]
            following = by_month.get(after)
            days = [row["first"] for row in earlier if row]
            # A month that isn't over may yet be billed.
            open_ = following is None and self.until < month_end(after)
            found[agreed] = Billing(
                name=agreed[0],
                earlier=tuple(map(_count, earlier)),
                now=_count(by_month.get(month)),
                after=None if open_ else _count(following),
                usual_day=round(median(days)) if days else None,
            )
        return found

    def _year(self, key: Key, month: date) -> tuple[Decimal, ...]:
        months = self.costs[key]
        return tuple(
            row["budget"]
            for start in self._starts(month)
            if (row := months.get(start)) and row["budget"] is not None
        )

    def _starts(self, month: date) -> list[date]:
        """The first days of months that a month's fiscal year holds."""
        if month not in self._years:
            year = self.fiscal.year(self.fiscal.number(month))
            steps = (add_months(year.start.replace(day=1), step) for step in range(14))
            self._years[month] = [day for day in steps if year.start <= day <= year.stop]
        return self._years[month]

    def _pay(self, site: str, currency: str, month: date) -> CashPay | None:
        row = self.cash.get((site, currency, month))
        if row is None:
            return None
        dates = sorted(
            {
                on
                for (where, money, _), one in self.cash.items()
                if (where, money) == (site, currency)
                for on in one["dates"]
            }
        )
        gaps = [(after - before).days for before, after in pairwise(dates)]
        every = round(median(gaps)) if gaps else 0
        return CashPay(row["amount"], tuple(row["dates"]), every)


def _key(row: Mapping[str, Any]) -> Key:
    return row["site"], row["subject"], row["currency"]


def _yearly(line: Mapping[str, Any]) -> bool:
    """Whether the supplier billed about as much in the same month a year before."""
    before, amount = line["before"], line["amount"]
    return before is not None and abs(before - amount) <= abs(amount) / 4


def _count(row: Mapping[str, Any] | None) -> tuple[int, Decimal]:
    return (row["invoices"], row["amount"]) if row else (0, Decimal(0))


def tags(timed: Sequence[Timed], *by: str) -> pl.DataFrame:
    """The parts summed by site, subject or month: a row for each, with a column for each part.

    Columns: those of `by`, currency, variance, timing, one_off, run_rate.
    """
    rows = [
        {
            **{name: getattr(one, name) for name in by}, "currency": one.currency,
            "variance": one.told.variance, "timing": one.told.timing,
            "one_off": one.told.parts["one_off"], "run_rate": one.told.parts["run_rate"],
        }
        for one in timed
    ]  # fmt: skip
    keys = [*by, "currency"]
    schema = {name: pl.Date if name == "month" else pl.String for name in keys} | dict.fromkeys(
        ("variance", "timing", "one_off", "run_rate"), pl.Decimal(38, 4)
    )
    return pl.DataFrame(rows, schema=schema).group_by(keys).sum().sort(keys)
