"""The baseline from the last twelve whole months: what each cost more to come is, and why.

Where no forecast is given, each month to come costs what those months did on average (the run
rate). A forecast's amounts take its place through `Baseline.scaled`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl

from pipelines.analysis.contracts.obligations import index_levels
from pipelines.analysis.contracts.rises import rises_of
from pipelines.analysis.scenarios.baseline import ZERO, Baseline, Bought, Cell, Place, cents
from pipelines.analysis.scenarios.elasticity import Elasticity, Fixed, elasticity_of, volumes_of
from pipelines.analysis.scenarios.labour_drivers import staff_by_site
from pipelines.calendar import Period, add_months, month_end, month_span
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics import find
from pipelines.metrics.ask import ask
from pipelines.metrics.compile import Scope
from pipelines.metrics.horizon import latest_month
from pipelines.metrics.model import IN_MONTHS, Measure
from pipelines.warehouse.reader import Reader

MONTHS = 12  # from which the run rate is taken
NEEDS = "labor.pay", "supply_moves.value", "spend"
# What is known for whole months only: a site's payroll that is missing is no cost of 0.
KNOWN = replace(
    find("total_cost"),
    numerator=Measure(
        "costs", "sum(f.actual)", "f.actual IS NOT NULL AND f.whole", when=IN_MONTHS, monthly=True
    ),
)
BILLED = "facilities", "contracts"

Where = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Site:
    """When a site opened and closed, where that is known."""

    opened: date | None
    closed: date | None

    def is_open(self, month: date) -> bool:
        """Whether it is open on some day of a month."""
        return (self.opened is None or self.opened <= month_end(month)) and (
            self.closed is None or self.closed >= month
        )


@dataclass(frozen=True, slots=True)
class _Rise:
    """A contract's price rise in a month as a share, and whether that is known.

    What is not known yet counts with the least that is agreed, if any.
    """

    month: date
    share: Fraction
    known: bool


def baseline_of(
    reader: Reader,
    where: Where | None = None,
    *,
    year: int | None = None,
    last: date | None = None,
    fiscal: Fiscal | None = None,
    fixed: Fixed | None = None,
) -> Baseline:
    """The rest of a fiscal year at the run rate of the last twelve whole months.

    `last` is the last month that is known (by default the latest of most sites), `year` the fiscal
    year, by default the one that the month after it is in; in a later year every month is one to
    come. `where` filters by site, region and kind of site. UsageProblem where no month is known,
    or the year is over.
    """
    where, calendar = where or {}, fiscal or Fiscal()
    last = last or latest_month(reader, NEEDS)
    if last is None:
        raise UsageProblem(
            "No cost is known yet: load payroll, supply movements or invoices first."
        )
    last = last.replace(day=1)
    number = calendar.number(add_months(last, 1)) if year is None else year
    months = _months(calendar.year(number))
    ahead = [month for month in months if month > last]
    if not ahead:
        raise UsageProblem(f"The fiscal year {number} is over: choose a later one.")
    window = month_span(add_months(last, 1 - MONTHS), MONTHS)
    sites = _sites(reader, where)
    elasticity = elasticity_of(reader, last, where, fixed or Fixed())
    usual = _usual(reader, where, window, sites, elasticity)
    terms = _terms(reader, month_end(last), month_end(months[-1]))
    cells = tuple(
        _moved_to(cell, month, terms)
        for cell in usual
        for month in ahead
        if sites[cell.site].is_open(month)
    )
    so_far, filled = _so_far(reader, where, [m for m in months if m <= last], usual, sites)
    staffed = sorted({cell.site for cell in cells if cell.subject == "staffing"})
    return Baseline(
        cells=tuple(sorted(cells, key=lambda cell: cell.key)),
        places=_places(reader),
        so_far=so_far,
        start=months[0],
        last=last,
        stop=month_end(months[-1]),
        notes=tuple(_notes(window, calendar, filled, _unknown(cells, terms))),
        shares=elasticity.told(staffed),
    )


def _months(year: Period) -> list[date]:
    """The calendar months of a fiscal year: those whose middle is in it."""
    first = year.start.replace(day=1) if year.start.day <= 15 else add_months(year.start, 1)
    count = round(year.days / 30.4)
    return [add_months(first.replace(day=1), step) for step in range(count)]


def _sites(reader: Reader, where: Where) -> dict[str, _Site]:
    conditions, values = Scope(where).conditions(frozenset())
    found = reader.query(
        f"SELECT s.site, s.opened, s.closed FROM sites s WHERE {conditions}", values
    )
    return {site: _Site(opened, closed) for site, opened, closed in found.iter_rows()}


def _places(reader: Reader) -> dict[str, Place]:
    found = reader.query("SELECT site, name, region, kind FROM sites")
    return {site: Place(name, region, kind) for site, name, region, kind in found.iter_rows()}


def _usual(
    reader: Reader, where: Where, window: Period, sites: Mapping[str, _Site], follows: Elasticity
) -> list[Cell]:
    """What a usual month is made of: a cell for each site, subject and currency."""
    volumes: dict[str, list[Fraction]] = {}
    for (site, _), count in volumes_of(reader, window, where).items():
        volumes.setdefault(site, []).append(count)
    mean = {site: sum(counts, ZERO) / len(counts) for site, counts in volumes.items()}
    found = [
        *_staffing(reader, where, window),
        *_supplies(reader, where, window),
        *_billed(reader, where, window, sites),
    ]
    return [
        replace(cell, variable=follows.of(cell.site, cell.subject), volume=mean.get(cell.site))
        for cell in found
        if cell.site in sites and cell.amount
    ]


def _staffing(reader: Reader, where: Where, window: Period) -> Iterator[Cell]:
    for (site, currency), staff in staff_by_site(reader, where, window).items():
        yield Cell(site, window.start, "staffing", currency, staff=staff)


def _supplies(reader: Reader, where: Where, window: Period) -> Iterator[Cell]:
    """What a month used of supplies, over the months that are there to their end."""
    frame = ask(reader, KNOWN, period=window, by=("site", "month", "subject"), where=where).frame
    used = frame.filter(pl.col("subject") == "supplies", pl.col("numerator").is_not_null())
    grouped = used.group_by("site", "currency").agg(pl.col("numerator").sum(), months=pl.len())
    for site, currency, amount, months in grouped.iter_rows():
        usage = Bought("", Fraction(amount) / months)
        yield Cell(site, window.start, "supplies", currency, bought=(usage,))


def _billed(
    reader: Reader, where: Where, window: Period, sites: Mapping[str, _Site]
) -> Iterator[Cell]:
    """What a month was billed by contract, over the months that a site was open in.

    Bills come as they come: by quarter, or twice in a month, so the mean is over all months.
    """
    scope = {**where, "subject": BILLED}
    by = ("site", "subject", "contract")
    frame = ask(reader, "spend", period=window, by=by, where=scope).frame
    groups: dict[tuple[str, str, str], list[Bought]] = {}
    starts = [month.start for month in window.split("month")]
    open_in = {site: sum(map(one.is_open, starts)) for site, one in sites.items()}
    for site, subject, contract, currency, amount in (
        frame.drop_nulls("numerator").select(*by, "currency", "numerator").iter_rows()
    ):
        if months := open_in[site]:
            item = Bought(contract or "", Fraction(amount) / months)
            groups.setdefault((site, subject, currency), []).append(item)
    for (site, subject, currency), items in groups.items():
        yield Cell(site, window.start, subject, currency, bought=tuple(items))


def _terms(reader: Reader, after: date, until: date) -> dict[str, tuple[_Rise, ...]]:
    """The price rises of each contract's latest revision between two days."""
    found = reader.query(
        "SELECT contract, start, annual_value, escalator, escalator_index, escalator_floor, "
        "escalator_cap, escalator_steps FROM contracts WHERE latest ORDER BY contract"
    )
    levels = index_levels(reader)
    return {
        row["contract"]: tuple(
            _Rise(rise.day.replace(day=1), rise.low or ZERO, rise.known)
            for rise in rises_of(row, levels, after, until)
        )
        for row in found.iter_rows(named=True)
    }


def _moved_to(cell: Cell, month: date, terms: Mapping[str, tuple[_Rise, ...]]) -> Cell:
    """A usual month's cell as that of a month to come, its contracts' prices risen by then."""
    bought = tuple(_risen(item, terms.get(item.contract, ()), month) for item in cell.bought)
    return replace(cell, month=month, bought=bought)


def _risen(item: Bought, terms: Sequence[_Rise], month: date) -> Bought:
    rises = [rise for rise in terms if rise.month <= month]
    if not rises:
        return item
    rates = tuple(rise.share for rise in rises)
    amount = item.amount
    for rate in rates:
        amount *= 1 + rate
    months = tuple(rise.month for rise in rises)
    return replace(item, amount=amount, escalator=rates[-1], rises=months, rates=rates)


def _unknown(cells: Sequence[Cell], terms: Mapping[str, tuple[_Rise, ...]]) -> int:
    """Under how many contracts of the cells a price rises by what is not known yet."""
    bought = {item.contract for cell in cells for item in cell.bought}
    return sum(any(not rise.known for rise in terms.get(one, ())) for one in bought)


def _so_far(
    reader: Reader,
    where: Where,
    months: Sequence[date],
    usual: Iterable[Cell],
    sites: Mapping[str, _Site],
) -> tuple[dict[tuple[str, str, str], Decimal], int]:
    """(what the year has cost by site, subject and currency, site-months taken at the run rate)."""
    if not months:
        return {}, 0
    span = Period(months[0], month_end(months[-1]))
    by = ("site", "month", "subject")
    frame = ask(reader, KNOWN, period=span, by=by, where=where).frame.drop_nulls("numerator")
    spent: dict[tuple[str, str, str], Decimal] = {}
    known: set[tuple[str, date, str]] = set()
    rows = frame.select("site", "start", "subject", "currency", "numerator").iter_rows()
    for site, month, subject, currency, amount in rows:
        key = site, subject, currency
        spent[key] = spent.get(key, Decimal(0)) + cents(Fraction(amount))
        known.add((site, month, subject))
    filled = 0
    for cell in usual:
        if cell.subject in BILLED or cell.site.startswith("~"):
            continue  # a month without an invoice is a month without one
        for month in months:
            if (cell.site, month, cell.subject) not in known and sites[cell.site].is_open(month):
                key = cell.site, cell.subject, cell.currency
                spent[key] = spent.get(key, Decimal(0)) + cents(cell.amount)
                filled += 1
    return spent, filled


def _notes(window: Period, calendar: Fiscal, filled: int, unknown: int) -> Iterator[str]:
    yield (
        f"Each month to come costs what {window.name()} did on average by site and subject, with "
        "contracts dearer by their escalator from each anniversary on; sites that close are left "
        "out from then."
    )
    if unknown:
        verb = "contract rises" if unknown == 1 else "contracts rise"
        yield (
            f"{unknown} {verb} by what is not known yet, such as a price index still to come; the "
            "least that is agreed is taken there, or today's price."
        )
    if filled:
        has = "month of a site has" if filled == 1 else "months of sites have"
        yield (
            f"{filled} {has} no whole cost, as the export is missing or ends early; the same is "
            "taken there."
        )
    if calendar.kind != "months":
        yield "The fiscal year is one of weeks; the calendar months nearest to it are taken."
