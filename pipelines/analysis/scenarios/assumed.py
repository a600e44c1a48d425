"""What a scenario takes for granted, in sentences; and the names in it that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pipelines.analysis.scenarios.baseline import Baseline
from pipelines.analysis.scenarios.elasticity import percent
from pipelines.analysis.scenarios.scenario import KINDS, Lever, Scenario
from pipelines.analysis.scenarios.what_if import Moved, Outcome
from pipelines.errors import UsageProblem, nearest

Names = dict[str, set[str]]


def assumptions(outcome: Outcome) -> list[str]:
    """The sentences, most specific first: of the levers used, then of the baseline."""
    levers, told = outcome.scenario.levers, list[str]()
    for number, lever in enumerate(levers, 1):
        told += _of(lever, outcome, number)
    if len(levers) > 1:
        told.append(
            "The interaction is what the levers change together beyond what each changes alone; "
            "levers of one kind multiply."
        )
    return list(dict.fromkeys([*told, *outcome.baseline.notes]))


def check(baseline: Baseline, scenario: Scenario) -> None:
    """UsageProblem for a site, region, role or contract that the baseline doesn't have."""
    known = names_of(baseline)
    for lever in scenario.levers:
        for name, values in lever.scope:
            for value in values:
                if value not in known[name]:
                    hint = nearest(value, sorted(known[name]), "the months to come have none.")
                    raise UsageProblem(f"There is no {name} {value} to pull a lever on; {hint}")


def names_of(baseline: Baseline) -> Names:
    """The values that each scope of a lever can have on a baseline."""
    sites = {cell.site for cell in baseline.cells}
    places = [baseline.places[site] for site in sites if site in baseline.places]
    return {
        "site": sites,
        "region": {place.region for place in places},
        "kind": {place.kind for place in places},
        "role": baseline.roles,
        "subject": {cell.subject for cell in baseline.cells},
        "contract": {i.contract for cell in baseline.cells for i in cell.bought if i.contract},
    }


def _of(lever: Lever, outcome: Outcome, number: int) -> Iterator[str]:
    moved = {
        currency: found
        for (currency, at), found in outcome.moved.items()
        if at == number and found.touched
    }
    if not moved:
        yield f"{KINDS[lever.kind].title}: there are none in these places and months to change."
        return
    if lever.kind == "agency":
        yield from _agency(lever, outcome, moved)
    elif lever.kind == "overtime":
        yield from _overtime(lever, moved)
    elif lever.kind == "wage":
        yield "Pay rates move straight time, overtime and leave; bonuses and agencies' prices stay."
    elif lever.kind == "volume":
        yield outcome.baseline.shares
        yield f"{_supplies(outcome.baseline)} Facilities and contracts cost the same at any volume."
        yield "All hours that follow volume move alike, overtime and agency hours among them."
    elif lever.kind == "price":
        yield "At other prices the same quantity is bought; pay is not a price."
    else:
        yield (
            "A contract's price rises in the month of its anniversary, or of an agreed step, by "
            "what its terms say and the points added."
        )


def _agency(lever: Lever, outcome: Outcome, moved: dict[str, Moved]) -> Iterator[str]:
    if lever.way == "drop":
        yield "Agency hours that are cut are not worked by anyone."
        return
    yield (
        "Agency hours are taken over at the straight rate of their role at the site (of all sites "
        "where it employs nobody), with leave and employer cost in proportion."
    )
    for currency, one in moved.items():
        if one.hired_hours:
            yield (
                f"{_hours(one.agency_hours)} agency hours at "
                f"{_per(one.agency_cost, one.agency_hours, currency)} an hour become hours of own "
                f"staff at {_per(one.hired_cost, one.hired_hours, currency)}, before other levers."
            )
        if one.invoices:
            times = max(s.premium or 0 for c in outcome.baseline.cells for s in c.staff)
            yield (
                "Agency invoices that state no hours are taken to charge what those with hours do: "
                f"{float(times):.2f} times the cost of own staff."
            )
        if one.stuck:
            yield (
                f"{_money(one.stuck, currency)} of agency cost stays: nobody's rate is known that "
                "could take its place."
            )


def _overtime(lever: Lever, moved: dict[str, Moved]) -> Iterator[str]:
    if lever.way == "drop":
        yield "Overtime hours that are cut are not worked by anyone."
        return
    yield (
        "Overtime hours that are cut are worked all the same, at the straight rate of their role, "
        "with leave and employer cost in proportion."
    )
    for currency, one in moved.items():
        if one.hired_hours:
            yield (
                f"{_hours(one.overtime_hours)} overtime hours at "
                f"{_per(one.overtime_cost, one.overtime_hours, currency)} an hour cost "
                f"{_per(one.hired_cost, one.hired_hours, currency)} instead, before other levers."
            )


def _supplies(baseline: Baseline) -> str:
    shares = {cell.variable for cell in baseline.cells if cell.subject == "supplies"}
    if not shares:
        return "No use of supplies is known."
    share = percent(max(shares))
    return f"{share} of supplies follow volume, by the group's setting (fixed_supplies)."


def _per(cost: Fraction, hours: Fraction, currency: str) -> str:
    return f"{float(cost / hours):,.2f} {currency}"


def _hours(hours: Fraction) -> str:
    return f"{round(float(hours)):,}"


def _money(amount: Fraction, currency: str) -> str:
    return f"{float(amount):,.0f} {currency}"
