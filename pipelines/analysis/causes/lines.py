"""What the bridges of supplies and of spend share: exact lines, added up and rounded last.

A line is the smallest thing that is compared: an item at a site, what a supplier charged a site
for. Its parts are fractions that sum to its change exactly. So every selection of lines has a
bridge of its own, and so has every group of them: parts are added as fractions, rounded to the
cent at the end, and what rounding left over is put into the largest part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import Missing
from pipelines.metrics.compile import SITE_DIMENSIONS
from pipelines.warehouse.reader import Reader

ZERO = Decimal(0)
CENT = Decimal("0.01")

# "one_sided": open throughout, with rows in one of the periods only.
Standing = Literal["opened", "closed", "one_sided"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing compared: its names (site, item …), its money in both periods, and the parts.

    `parts` are those that have a meaning for it, unrounded; they sum to `after` less `before`.
    """

    names: Mapping[str, str | None]
    currency: str
    before: Decimal
    after: Decimal
    parts: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Bridge:
    """Money before and after and the parts between; a positive part is cost above before.

    `parts` holds every line of the bridge in order, None where it has no meaning here. The parts
    sum to `total`.
    """

    before: Decimal
    after: Decimal
    parts: Mapping[str, Decimal | None]

    @property
    def total(self) -> Decimal:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Compared:
    """Two periods of the read model, compared line by line.

    `order` names the parts in order. `missing` lists what did not arrive in the second period,
    `missing_before` what did not in the first: their absence is in the totals.
    """

    before: Period
    after: Period
    lines: tuple[Line, ...]
    order: tuple[str, ...]
    missing: tuple[Missing, ...]
    missing_before: tuple[Missing, ...]

    def bridges(self, *by: str, cent: Decimal = CENT) -> dict[tuple[str | None, ...], Bridge]:
        """The bridge of each currency, or of each currency and group; see `grouped`."""
        return grouped(self.lines, self.order, by, cent=cent)


def bridge_of(lines: Iterable[Line], order: Sequence[str], *, cent: Decimal = CENT) -> Bridge:
    """The bridge of some lines. `cent` is the currency's smallest unit.

    UsageProblem where the lines are in more than one currency.
    """
    every = list(lines)
    if len({line.currency for line in every}) > 1:
        raise UsageProblem("amounts are in more than one currency; make a bridge for each")
    before = sum((line.before for line in every), ZERO)
    after = sum((line.after for line in every), ZERO)
    exact: dict[str, Fraction] = {}
    for line in every:
        for part, value in line.parts.items():
            exact[part] = exact.get(part, Fraction(0)) + value
    known = _closed(exact, after - before, cent)
    return Bridge(before, after, {part: known.get(part) for part in order})


def grouped(
    lines: Iterable[Line], order: Sequence[str], by: Sequence[str] = (), *, cent: Decimal = CENT
) -> dict[tuple[str | None, ...], Bridge]:
    """A bridge for each currency and group, in order.

    `by` are names of the lines; keys are (currency, its value for each of them). UsageProblem for
    a name that the lines don't have.
    """
    groups: dict[tuple[str | None, ...], list[Line]] = {}
    for line in lines:
        if unknown := [name for name in by if name not in line.names]:
            raise UsageProblem(
                f"There is nothing to group by in {unknown[0]}; known are {', '.join(line.names)}."
            )
        groups.setdefault((line.currency, *(line.names[name] for name in by)), []).append(line)
    ordered = sorted(groups, key=lambda key: [(value is None, value or "") for value in key])
    return {key: bridge_of(groups[key], order, cent=cent) for key in ordered}


def add(bridges: Iterable[Bridge]) -> Bridge:
    """The bridge of several groups as the sum of theirs, so that a table's last row is its sum.

    A part is None only where no group has it. All bridges must have the same parts and one
    currency. Against the bridge of all their lines a part may differ by what rounding moved.
    """
    every = list(bridges)
    parts: dict[str, Decimal | None] = {}
    for one in every:
        for part, value in one.parts.items():
            held = parts.get(part)
            parts[part] = held if value is None else value + (held or ZERO)
    before = sum((one.before for one in every), ZERO)
    return Bridge(before, sum((one.after for one in every), ZERO), parts)


def fraction(number: Decimal) -> Fraction:
    """The number, exactly. UsageProblem where it is not finite."""
    if not number.is_finite():
        raise UsageProblem("quantities, money and volume must be finite numbers")
    return Fraction(number)


def standing_of(reader: Reader, before: Period, after: Period) -> dict[str, Standing]:
    """The sites that were not open on every day of both periods: opened since, or closed.

    They are the sites that a like-for-like comparison leaves out, so that the other parts are its
    change. A site opened and closed again is taken as opened.
    """
    first, last = min(before.start, after.start), max(before.stop, after.stop)
    found = reader.query(
        "SELECT site, opened, closed FROM sites WHERE opened > ? OR closed < ?", [first, last]
    )
    rows: Iterable[tuple[str, date | None, date | None]] = found.iter_rows()
    return {site: "opened" if opened and opened > first else "closed" for site, opened, _ in rows}


def places_of(where: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """The filters that choose sites, without those that choose rows."""
    return {name: values for name, values in where.items() if name in SITE_DIMENSIONS}


def names_of_sites(reader: Reader) -> dict[str, dict[str, str | None]]:
    """What lines can be grouped by of their sites: site_name, region and site_kind by site."""
    found = reader.query("SELECT site, name AS site_name, region, kind AS site_kind FROM sites")
    return {row.pop("site"): row for row in found.iter_rows(named=True)}


def _closed(exact: Mapping[str, Fraction], total: Decimal, cent: Decimal) -> dict[str, Decimal]:
    """Parts to the cent; what rounding leaves goes into the largest part, either sign."""
    known = {part: round(value / Fraction(cent)) * cent for part, value in exact.items()}
    if exact:
        largest = max(exact, key=lambda part: abs(exact[part]))
        known[largest] += total - sum(known.values(), ZERO)
    return known
