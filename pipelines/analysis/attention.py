"""What needs attention: the exceptions of a month over all sites and subjects, ranked.

Each finding carries numbers, not words; the dashboard says them in sentences. They are ranked by
money and by the strength of a signal; a finding without money stands where a typical one of its
kind would. Which signals stand on the list at all is decided in `alarms`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.analysis.alarms import Alarm, alarms
from pipelines.analysis.causes.payments import paid_twice, price_creep
from pipelines.analysis.contracts.commitments import notices
from pipelines.analysis.signals import Series, series_by_site
from pipelines.analysis.stock.shelves import running_out
from pipelines.analysis.works import missed_by_site
from pipelines.calendar import add_months, month_span
from pipelines.metrics.ask import ask
from pipelines.metrics.compile import Scope
from pipelines.metrics.horizon import day_of
from pipelines.warehouse.reader import Reader

MEASURES = (
    "overtime_share", "agency_share", "hours_per_visit", "supply_cost_per_visit",
    "supply_cost_per_resident_day", "open_issues",
)  # fmt: skip
SUBJECT = {
    "overtime_share": "staffing", "agency_share": "staffing", "hours_per_visit": "staffing",
    "nursing_hprd": "staffing", "supply_cost_per_visit": "supplies",
    "supply_cost_per_resident_day": "supplies", "open_issues": "facilities",
}  # fmt: skip
Rates = tuple[str | None, float | None, float | None]
SOON = 30  # days before a notice date in which it stands on the list
HIGH_RISK = 3  # missed high-risk maintenance orders of a site in three months
NOMINAL = {"missed": 15_000.0, "run_out": 1_500.0, "signal": 1_000.0, "notice": 5_000.0}
STRONGEST = 2.0  # the most that the strength of a signal multiplies its money by


@dataclass(frozen=True, slots=True)
class Finding:
    """One exception.

    `kind` is signal, missed, run_out, notice, locked, paid_twice or price_creep; `details` holds
    the numbers of its kind; `money` is what it costs (a month for signals), None where unknown.
    """

    kind: str
    subject: str
    site: str
    site_name: str
    money: float | None
    currency: str | None
    details: Mapping[str, Any]

    @property
    def rank(self) -> float:
        """What the list is sorted by: money, or what such a finding usually weighs.

        A signal counts by its strength too: one that lies twice as far out as its limit counts
        double, and a run within the limits for less than its money.
        """
        money = self.money
        if money is None:
            money = NOMINAL.get(self.kind, 1_000.0) * float(self.details.get("weight", 1))
        return money * min(STRONGEST, float(self.details.get("strength", 1)))


def what_needs_attention(
    reader: Reader,
    until: date,
    where: Mapping[str, Sequence[str]],
    *,
    signals: Sequence[Finding] | None = None,
) -> list[Finding]:
    """The findings of the month of `until`, weightiest first.

    Signals are the whole month's; what is missed, runs out or must be decided is told as of the
    last day known (see `horizon.day_of`). A scope shows those of `signals`, the lines of the whole
    group (`signal_lines`, found here where they are left out), that are its own: else a site would
    have lines on its own page that the first page holds for chance.
    """
    day = day_of(reader, until)
    within = sites_of(reader, where)
    lines = signal_lines(reader, until) if signals is None else signals
    found = [
        *(line for line in lines if line.site in within),
        *_missed(reader, day, where),
        *_run_outs(reader, day, where),
        *_notices(reader, day, where),
        *_payments(reader, day, where),
    ]
    return sorted(found, key=lambda finding: -finding.rank)


def sites_of(reader: Reader, where: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The names of the scope's sites, by code."""
    conditions, values = Scope(where).conditions(frozenset())
    rows = reader.query(f"SELECT s.site, s.name FROM sites s WHERE {conditions}", values)
    return dict(rows.iter_rows())


def signal_lines(
    reader: Reader,
    until: date,
    *,
    series_of: Callable[[str], Mapping[str, Series]] | None = None,
) -> list[Finding]:
    """The lines that the series of all sites make in the month of `until`.

    `series_of` gives a measure's series by site, where the caller has them already.
    """
    found = series_of or (lambda metric: series_by_site(reader, metric, until, {}))
    series = [
        one
        for metric in MEASURES
        for site, one in found(metric).items()
        if not site.startswith("~")
    ]
    lines = statistical_lines(series, sites_of(reader, {}), _rates(reader, until))
    return lines if reader.limits.pay else [_without_rates(one) for one in lines]


def statistical_lines(
    series: Iterable[Series], names: Mapping[str, str], rates: Mapping[str, Rates]
) -> list[Finding]:
    """The lines that series alone make, all series that the list looks at taken together.

    `names` are those of sites, `rates` what hours cost there; a site that has neither keeps its
    code, and its line has no money.
    """
    return [_signal(alarm, names, rates) for alarm in alarms(series)]


def _without_rates(line: Finding) -> Finding:
    """A line for who isn't shown what hours cost: it says that it has an amount, and not which."""
    if line.money is not None or line.subject != "staffing":
        return line
    return replace(line, details={**line.details, "withheld": True})


def _signal(alarm: Alarm, names: Mapping[str, str], rates: Mapping[str, Rates]) -> Finding:
    series, details = alarm.series, alarm.details
    currency, hourly, agency = rates.get(series.site, (None, None, None))
    return Finding(
        kind="signal",
        subject=SUBJECT[series.metric],
        site=series.site,
        site_name=names.get(series.site, series.site),
        money=_cost(series, details, hourly, agency),
        currency=currency,
        details={"metric": series.metric, "chance": alarm.chance, **details},
    )


def _rates(reader: Reader, until: date) -> dict[str, Rates]:
    """(currency, cost of an employee's hour, cost of an agency hour) by site, over 12 months."""
    year = month_span(add_months(until, -11), 12)
    frame = ask(reader, "hourly_cost", period=year, by=("site", "kind")).frame
    rates: dict[str, Rates] = {}
    for row in frame.iter_rows(named=True):
        currency, hourly, agency = rates.get(row["site"], (None, None, None))
        if row["kind"] == "employee":
            hourly = row["value"]
        else:
            agency = row["value"]
        rates[row["site"]] = (row["currency"] or currency, hourly, agency)
    return rates


def _cost(
    series: Series, details: Mapping[str, Any], hourly: float | None, agency: float | None
) -> float | None:
    """What the distance to the mean costs in the month, where it can be said."""
    size = series.denominators[-1]
    if size is None:
        return None
    excess: float = (details["value"] - details["mean"]) * size
    match series.metric:
        case "supply_cost_per_visit" | "supply_cost_per_resident_day":
            return float(excess)
        case "overtime_share":
            # Only the premium is avoidable: half of the base rate (FLSA, time and a half).
            return excess * hourly / 2 if hourly else None
        case "hours_per_visit":
            return excess * hourly if hourly else None
        case "agency_share":
            return excess * max(agency - hourly, 0.0) if hourly and agency else None
    return None


def _missed(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    start = add_months(day.replace(day=1), -2)
    for row in missed_by_site(reader, start, day, where).iter_rows(named=True):
        if row["count"] >= HIGH_RISK:
            yield Finding(
                kind="missed",
                subject="facilities",
                site=row["site"],
                site_name=row["site_name"],
                money=None,
                currency=None,
                details={
                    "count": row["count"],
                    "since": row["since"],
                    "assets": row["assets"],
                    "weight": row["count"] / HIGH_RISK,
                },
            )


def _run_outs(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    short = running_out(reader, day, where, within=5)
    for row in short.filter(pl.col("spare").is_not_null()).head(5).iter_rows(named=True):
        yield Finding(
            kind="run_out",
            subject="supplies",
            site=row["site"],
            site_name=row["site_name"],
            money=None,
            currency=None,
            details=row,
        )


def _notices(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    for row in notices(reader, day, where, within=SOON).iter_rows(named=True):
        recent = row["notice_date"] >= day - timedelta(60)
        if row["locked"] and not recent:
            continue
        value = row["annual_value"]
        yield Finding(
            kind="locked" if row["locked"] else "notice",
            subject="contracts",
            site=row["site"],
            site_name=row["site_name"],
            money=float(value) / 12 if value is not None else None,
            currency=row["currency"],
            details=row,
        )


def _payments(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    start = add_months(day.replace(day=1), -5)
    twice = paid_twice(reader, start, day, where)
    for row in twice.head(10).iter_rows(named=True):
        yield Finding(
            kind="paid_twice",
            subject="contracts",
            site=row["site"],
            site_name=row["site_name"],
            money=float(row["amount"]),
            currency=row["currency"],
            details=row,
        )
    for row in price_creep(reader, day, where).head(5).iter_rows(named=True):
        yield Finding(
            kind="price_creep",
            subject="supplies",
            site="",
            site_name="",
            money=float(row["extra"]) / 12,
            currency=row["currency"],
            details=row,
        )
