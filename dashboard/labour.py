"""Why labour cost changed: the bridge of the Staffing page, with its parts as a table."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard import charts, layout, scope, store
from dashboard import format as fmt
from dashboard.charts.show import show
from dashboard.components import Cell, Column, Row, responsive_table
from dashboard.memory import remembered
from pipelines.analysis.causes.labour_facts import Why, labour_against_budget, labour_between
from pipelines.analysis.scenarios.elasticity import Fixed
from pipelines.calendar import Period
from pipelines.fiscal import Fiscal

OTHERS = "others"
# In the order of the bridge: what a part is called, and what it tells.
PARTS = {
    "volume": ("Volume", "hours that the visits or resident days ask for"),
    "efficiency": ("Efficiency", "hours beyond what the volume asks for"),
    "hours": ("Hours", "more or fewer hours; their volume is not known"),
    "new_activity": ("New activity", "hours of sites that had no volume before"),
    "mix": ("Mix of roles", "dearer or cheaper roles in the place of others"),
    "rate": ("Rates of pay", "straight-time pay an hour, role by role"),
    "unbudgeted_role": ("New roles", "roles that worked no hours before"),
    "overtime_premium": ("Overtime premium", "what overtime costs beyond straight time"),
    "agency_premium": ("Agency premium", "what agencies charge beyond straight time"),
    "other_pay": ("Other pay", "leave, bonuses, employer cost, invoices without hours"),
    OTHERS: ("Other sites", "opened, closed, or without the whole payroll on one side"),
}
IN_BUDGET = {"rate": ("Cost of an hour", "mix, premiums and leave are in it")}
START = {"budget": "Budget", "year": "Last year", "previous": "Period before"}


def draw(chosen: scope.Scope) -> None:
    """The bridge to the period from what it is compared with, or what is missing for it."""
    layout.section("Why it changed" if chosen.compare != "budget" else "Why it differs")
    if not store.reader().limits.pay:
        layout.empty("Why labour cost changed is told from pay by role, which isn't shown to you.")
        return
    if chosen.basis == "check":
        layout.empty("Why it changed is told by day worked: choose that under Pay by.")
        return
    found = why(chosen)
    if not found:
        layout.empty(_wanting(chosen))
        return
    for one in found:
        _bridge(chosen, one)


def why(chosen: scope.Scope) -> list[Why]:
    """The bridges of a scope, one a currency."""
    where = store.frozen(chosen.where)
    return _why(store.reader().key, chosen.compare, chosen.period, where, store.calendar())


@remembered(100)
def _why(build: str, against: str, period: Period, where: store.Where, fiscal: Fiscal) -> list[Why]:
    fixed, reader = Fixed.of(store.home().group()), store.reader()
    if against == "budget":
        return labour_against_budget(reader, period, dict(where), fixed)
    return labour_between(reader, fiscal.shifted(period, against), period, dict(where), fixed)


def _wanting(chosen: scope.Scope) -> str:
    if chosen.compare == "budget":
        return (
            "Why it differs from the budget can be told once a budget states hours: the command "
            "rounds template budget shows the column. Compared with last year or the month before "
            "it is told from the payroll alone."
        )
    then = store.calendar().shifted(chosen.period, chosen.compare).name()
    return (
        f"Why it changed can be told once the payroll of a site is whole, with hours and pay by "
        f"role, in both {then} and {chosen.period.name()}."
    )


def _bridge(chosen: scope.Scope, one: Why) -> None:
    against = chosen.compare
    words = PARTS | (IN_BUDGET if against == "budget" else {})
    amounts = {part: amount for part, amount in one.bridge.parts.items() if amount}
    if one.apart:
        amounts[OTHERS] = one.apart
    steps = [(words[part][0], float(amounts[part])) for part in words if part in amounts]
    dearest = max(amounts, key=lambda part: amounts[part], default=None)
    named = dearest if dearest and amounts[dearest] > 0 else None
    left, right = st.columns([1.4, 1], gap="medium")
    with left:
        show(
            charts.bridge(
                pl.DataFrame(steps, schema={"step": pl.String, "amount": pl.Float64}, orient="row"),
                start=(START[against], float(one.before)),
                name="Labour cost",
                currency=one.currency,
                named=[words[named][0]] if named else [],
            ),
            _finding(one, amounts, named, words, against),
            _subtitle(chosen, one),
            key=f"labour-{one.currency}",
            note="The line is what it is compared with; bars to the right add cost, bars to the "
            "left save.",
        )
    with right:
        _table(one, amounts, words, against)


def _subtitle(chosen: scope.Scope, one: Why) -> str:
    sites, when = fmt.counted(len(one.sites), "site"), chosen.period.name()
    if chosen.compare == "budget":
        return f"From budget to actual, {when}; {sites} whose budget states hours"
    before = START[chosen.compare].lower()
    return f"From {before} to {when}, by day worked; {sites} compared role by role"


def _table(
    one: Why,
    amounts: dict[str, Decimal],
    words: dict[str, tuple[str, str]],
    against: str,
) -> None:
    symbol = fmt.currency_symbol(one.currency).strip()
    layout.block("Part by part", f"{symbol} thousand; the parts add up to the cent.")
    rows = [Row([START[against], fmt.thousands(one.before)])]
    rows += [
        Row(
            [Cell(words[part][0], second=words[part][1]), fmt.thousands(amounts[part], signed=True)]
        )
        for part in words
        if part in amounts
    ]
    rows.append(Row(["Actual", fmt.thousands(one.before + one.total)], total=True))
    columns = [Column("Part"), Column("Amount", align="right", phone="value")]
    responsive_table(
        columns, rows, key=f"labour-parts-{one.currency}", label="Why labour cost changed"
    )
    if against == "budget":
        layout.note(
            "A budget states no roles, so what their mix, overtime and agency staff cost is in the "
            "cost of an hour. Its hours are read as hours worked."
        )


def _finding(
    one: Why,
    amounts: dict[str, Decimal],
    named: str | None,
    words: dict[str, tuple[str, str]],
    against: str,
) -> str:
    change = fmt.money(abs(one.total), one.currency)
    than = {"budget": "budget", "year": "last year", "previous": "the period before"}[against]
    if not one.total:
        said = f"Labour cost what it did against {than}"
    else:
        more = "more" if one.total > 0 else "less"
        said = f"Labour cost {change} {more} than {than}"
    if named is None:
        return f"{said}; no part of it added cost"
    part = fmt.money(amounts[named], one.currency)
    return f"{said}; {words[named][0].lower()} added {part}"
