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
from math import prod

import polars as pl

from pipelines.analysis.contracts.obligations import index_levels
from pipelines.analysis.contracts.rises import rises_of
from pipelines.analysis.scenarios.baseline import ZERO, Baseline, Bought, Cell, Place, cents
from pipelines.analysis.scenarios.elasticity import (
    Elasticity,
    Fixed,
    Seen,
    elasticity_of,
    history,
    seen_in,
)
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


@dataclass(frozen=True, slots=True)
class _Risen:
    """The months in which a contract's price rises, by which shares, and by which factor in all."""

    months: tuple[date, ...]
    rates: tuple[Fraction, ...]
    factor: Fraction


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
    seen = seen_in(reader, history(last), where)
    elasticity = elasticity_of(reader, last, where, fixed or Fixed(), seen)
    terms = _terms(reader, month_end(last), month_end(months[-1]))
    known = ask(reader, KNOWN, period=window, by=("site", "month", "subject"), where=where).frame
    known = known.drop_nulls("numerator")
    usual = _usual(reader, where, window, sites, elasticity, seen, known)
    risen = {month: _risen_by(terms, month) for month in ahead}
    cells = tuple(
        _moved_to(cell, month, risen[month])
        for cell in usual
        for month in ahead
        if sites[cell.site].is_open(month)
    )
    so_far, filled = _so_far(known, [m for m in months if m <= last], usual, sites)
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
    reader: Reader,
    where: Where,
    window: Period,
    sites: Mapping[str, _Site],
    follows: Elasticity,
    seen: Seen,
    known: pl.DataFrame,
) -> list[Cell]:
    """What a usual month is made of: a cell for each site, subject and currency."""
    volumes: dict[str, list[Fraction]] = {}
    for (site, _), count in seen.within(window).counts().items():
        volumes.setdefault(site, []).append(count)
    mean = {site: sum(counts, ZERO) / len(counts) for site, counts in volumes.items()}
    found = [
        *_staffing(reader, where, window),
        *_supplies(known, window),
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


def _supplies(known: pl.DataFrame, window: Period) -> Iterator[Cell]:
    """What a month used of supplies, over the months that are there to their end."""
    used = known.filter(pl.col("subject") == "supplies")
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
            # A group of many sites and contracts has tens of thousands: each is one fraction.
            over, under = amount.as_integer_ratio()
            usual = Fraction(over, under * months)
            item = Bought(contract or "", usual)
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


def _risen_by(terms: Mapping[str, tuple[_Rise, ...]], month: date) -> dict[str, _Risen]:
    """The contracts whose price has risen by a month, when, and by what."""
    found = {}
    for contract, term in terms.items():
        if rises := [rise for rise in term if rise.month <= month]:
            rates = tuple(rise.share for rise in rises)
            months = tuple(rise.month for rise in rises)
            found[contract] = _Risen(
                months, rates, prod((1 + rate for rate in rates), start=Fraction(1))
            )
    return found


def _moved_to(cell: Cell, month: date, risen: Mapping[str, _Risen]) -> Cell:
    """A usual month's cell as that of a month to come, its contracts' prices risen by then."""
    return cell.at(
        month,
        {
            at: replace(
                item, amount=item.amount * up.factor, escalator=up.rates[-1], rises=up.months,
                rates=up.rates,
            )
            for at, item in enumerate(cell.bought)
            if (up := risen.get(item.contract))
        },
    )  # fmt: skip


def _unknown(cells: Sequence[Cell], terms: Mapping[str, tuple[_Rise, ...]]) -> int:
    """Under how many contracts of the cells a price rises by what is not known yet."""
    bought = {item.contract for cell in cells for item in cell.bought}
    return sum(any(not rise.known for rise in terms.get(one, ())) for one in bought)


def _so_far(
    whole: pl.DataFrame,
    months: Sequence[date],
    usual: Iterable[Cell],
    sites: Mapping[str, _Site],
) -> tuple[dict[tuple[str, str, str], Decimal], int]:
    """(what the year has cost by site, subject and currency, site-months taken at the run rate)."""
    if not months:
        return {}, 0
    # The year so far is shorter than the window that ends with it.
    frame = whole.filter(pl.col("start") >= months[0])
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
