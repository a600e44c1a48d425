"""What if: where the year would land if something were done, by levers that the address holds."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard import (
    charts,
    kept,
    layout,
    levers,
    outlook,
    scope,
    sentences,
    store,
    store_scenarios,
)
from dashboard import format as fmt
from dashboard.charts.show import show
from dashboard.components import Column, Row, responsive_table
from dashboard.markup import escape
from pipelines.analysis.scenarios.assumed import assumptions, names_of
from pipelines.analysis.scenarios.drivers import NEEDS
from pipelines.analysis.scenarios.landed import changed, landed
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.analysis.scenarios.what_if import INTERACTION, Outcome
from pipelines.calendar import Period
from pipelines.wording import landings

LARGEST = 6  # sites in the table
SPLIT = (1.5, 1)
NOTE = (
    "The line is the landing if nothing changes; bars to the right add cost, bars to the left save."
)
TOGETHER = " The interaction is what the levers change together beyond that."


def page() -> None:
    """Draw the page."""
    chosen = scope.choose(NEEDS, fixed="Year to date")
    year = _year(chosen)
    scenario = levers.current()
    waits = store.landing_waits()
    outcome = store_scenarios.what_if(scenario, chosen.month, chosen.where, year, waits=waits)
    currencies = outcome.baseline.currencies
    if not currencies:
        layout.page_title(
            "Nothing here has a cost to look ahead from",
            "No site of this choice has a whole month of pay, supplies or invoices.",
        )
        return
    _headline(outcome, currencies)
    if waits:
        layout.note("The forecast is being made from what was just loaded: until then, a run rate.")
        outlook.come_when_ready()
    layout.section("The landing and what is changed")
    left, right = st.columns(SPLIT, gap="large")
    with left:
        for currency in currencies:
            _bridge(outcome, currency)
            _by_site(outcome, currency)
    with right:
        _levers(outcome)
    if scenario.levers:
        _granted(outcome)
    kept.draw(outcome, chosen, year, waits=waits)


def _year(chosen: scope.Scope) -> int:
    """Which fiscal year is looked at: the running one, or the next."""
    now = store.year_after(chosen.month)
    wanted = st.query_params.get(kept.YEAR, "")
    st.session_state["looked at"] = now + 1 if wanted == str(now + 1) else now
    st.selectbox(
        "Fiscal year", [now, now + 1], key="looked at", on_change=_look, args=(now,), width=160
    )
    return int(st.session_state["looked at"])


def _look(now: int) -> None:
    picked = st.session_state["looked at"]
    if picked != now:
        st.query_params[kept.YEAR] = str(picked)
    else:
        st.query_params.pop(kept.YEAR, None)


def _headline(outcome: Outcome, currencies: list[str]) -> None:
    year = landings.year_name(Period(outcome.baseline.start, outcome.baseline.stop))
    if not outcome.scenario.levers:
        said = fmt.names([fmt.money(outcome.baseline.landing(c), c) for c in currencies])
        layout.page_title(
            f"{year} lands at {said} if nothing changes",
            f"{_between(outcome, currencies)}An estimate: "
            f"{fmt.month(outcome.baseline.last)} is the last month known. "
            f"{outcome.baseline.notes[0]} Add a lever to see what it would change.",
        )
        return
    said = fmt.names([fmt.money(outcome.landing(c), c) for c in currencies])
    apart = fmt.names([_apart(outcome.change(c), c) for c in currencies])
    layout.page_title(
        f"{year} would land at {said}, {apart}",
        f"{_between(outcome, currencies)}{_explained(outcome, currencies[0])}",
    )


def _between(outcome: Outcome, currencies: list[str]) -> str:
    """The range, in a sentence; empty where there is none."""
    said = [fmt.money_range(*reach, c) for c in currencies if (reach := outcome.reach(c))]
    return f"Between {fmt.names(said)} in 8 years of 10. " if said else ""


def _apart(change: Decimal, currency: str) -> str:
    """ "$457k more than if nothing changes"."""
    if not change:
        return "the same as if nothing changes"
    word = "more" if change > 0 else "less"
    return f"{fmt.money(abs(change), currency)} {word} than if nothing changes"


def _explained(outcome: Outcome, currency: str) -> str:
    """Each part in words, largest first, and what the levers do to each other."""
    parts = outcome.parts(currency)
    interaction = parts.pop(INTERACTION)
    ordered = sorted(parts.items(), key=lambda part: -abs(part[1]))
    told = [
        f"{levers.short(outcome.scenario.levers[number - 1])} {_verb(amount, currency)}"
        for number, amount in ordered[:4]
    ]
    said = f"{fmt.names(told)}."
    if interaction:
        verb = "cost" if interaction > 0 else "save"
        said += f" Together they {verb} another {fmt.money(abs(interaction), currency)}."
    return f"{said} All of it is an estimate."


def _verb(amount: Decimal, currency: str) -> str:
    if not amount:
        return "changes nothing"
    verb = "adds" if amount > 0 else "saves"
    return f"{verb} {fmt.money(abs(amount), currency)}"


def _bridge(outcome: Outcome, currency: str) -> None:
    """From the landing over the parts and their interaction to the new landing."""
    landing = outcome.baseline.landing(currency)
    if not outcome.scenario.levers:
        _by_subject(outcome, currency)
        return
    parts = outcome.parts(currency)
    interaction = parts.pop(INTERACTION)
    names = _labels(outcome.scenario)
    drawn = [(names[number - 1], float(amount)) for number, amount in parts.items()]
    dearest = max(drawn, key=lambda step: step[1])
    if interaction:
        drawn.append(("Interaction", float(interaction)))
    frame = pl.DataFrame(drawn, schema={"step": pl.String, "amount": pl.Float64}, orient="row")
    show(
        charts.bridge(
            frame,
            start=("Landing", float(landing)),
            end="New landing",
            name="Cost of the year",
            currency=currency,
            named=[dearest[0]] if dearest[1] > 0 else [],
        ),
        _finding(outcome, currency, dearest),
        f"From the landing if nothing changes to the new one, to {fmt.day(outcome.baseline.stop)}"
        + (f", {currency}" if len(outcome.baseline.currencies) > 1 else ""),
        key=f"what-if-{currency}",
        note=NOTE + (TOGETHER if interaction else ""),
    )


def _finding(outcome: Outcome, currency: str, dearest: tuple[str, float]) -> str:
    change = outcome.change(currency)
    if not change:
        return "The levers change nothing here"
    if dearest[1] <= 0:
        return f"All of it saves {fmt.money(abs(change), currency)}"
    if change < 0:
        return f"It saves {fmt.money(abs(change), currency)} in all; {dearest[0]} adds cost"
    return f"{dearest[0]} adds the most"


def _labels(scenario: Scenario) -> list[str]:
    """Short names of levers, numbered where two would be the same."""
    short = [levers.short(lever) for lever in scenario.levers]
    return [f"{at}. {name}" if short.count(name) > 1 else name for at, name in enumerate(short, 1)]


def _by_subject(outcome: Outcome, currency: str) -> None:
    """What the landing is made of, before anything is changed."""
    baseline = outcome.baseline
    found = landed(baseline).filter(pl.col("currency") == currency)
    sums = found.group_by("subject").agg(
        spent=pl.col("amount").filter(pl.col("month").is_null()).sum(),
        ahead=pl.col("amount").filter(pl.col("month").is_not_null()).sum(),
    )
    layout.block(
        "What the landing is made of",
        f"{fmt.currency_symbol(currency).strip()} thousand, {fmt.month(baseline.start)} to "
        f"{fmt.month(baseline.stop)}.",
    )
    ordered = sums.sort(pl.col("spent") + pl.col("ahead"), descending=True).rows()
    total = ("", sums["spent"].sum(), sums["ahead"].sum())
    rows = [
        Row([name, fmt.thousands(spent), fmt.thousands(ahead), fmt.thousands(spent + ahead)],
            total=name == "All subjects")
        for name, spent, ahead in [
            *((sentences.SUBJECTS.get(s, s.capitalize()), a, b) for s, a, b in ordered),
            ("All subjects", *total[1:]),
        ]
    ]  # fmt: skip
    columns = [
        Column("Subject"),
        Column("So far", align="right", phone="second"),
        Column("To come", align="right", phone="second"),
        Column("Landing", align="right", phone="value"),
    ]
    responsive_table(columns, rows, key=f"landing-{currency}", label="The landing by subject")


def _levers(outcome: Outcome) -> None:
    """The levers that are pulled, and the form that adds one."""
    if outcome.scenario.levers:
        layout.block("What is done")
        levers.chosen(outcome.scenario)
    layout.block("Add a lever")
    if problem := st.session_state.pop("lever-problem", None):
        layout.paragraph(problem)
    months = sorted({cell.month for cell in outcome.baseline.cells})
    levers.form(outcome.scenario, names_of(outcome.baseline), months)


def _by_site(outcome: Outcome, currency: str) -> None:
    """Where it changes most, with the sum of all sites."""
    change = (
        changed(outcome)
        .filter(pl.col("currency") == currency)
        .group_by("site")
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") != 0)
        .sort(pl.col("amount").abs(), descending=True)
    )
    if change.is_empty():
        return
    base = landed(outcome.baseline).filter(pl.col("currency") == currency)
    of_site = dict(base.group_by("site").agg(pl.col("amount").sum()).iter_rows())
    layout.block(
        f"{fmt.counted(change.height, 'site')} would change",
        f"{fmt.currency_symbol(currency).strip()} thousand, the year, largest change first.",
    )
    shown = change.head(LARGEST)
    rows = [
        Row(_cells(store.name_of(site), of_site.get(site, Decimal(0)), amount),
            link=scope.to_site(site))
        for site, amount in shown.iter_rows()
    ]  # fmt: skip
    if change.height > LARGEST:
        rest = change.tail(-LARGEST)
        before = sum((of_site.get(s, Decimal(0)) for s in rest["site"]), Decimal(0))
        rows.append(
            Row(_cells(fmt.counted(rest.height, "other site"), before, rest["amount"].sum()))
        )
    whole = sum((of_site.get(site, Decimal(0)) for site in change["site"]), Decimal(0))
    rows.append(Row(_cells("Sites that change", whole, change["amount"].sum()), total=True))
    columns = [
        Column("Site"),
        Column("Landing", align="right", phone="second"),
        Column("Change", align="right", phone="value"),
        Column("New landing", align="right", phone="second"),
    ]
    responsive_table(columns, rows, key=f"by-site-{currency}", label="Change by site")


def _cells(name: str, before: Decimal, amount: Decimal) -> list[str]:
    return [
        name,
        fmt.thousands(before),
        fmt.thousands(amount, signed=True),
        fmt.thousands(before + amount),
    ]


def _granted(outcome: Outcome) -> None:
    """What the scenario takes for granted, as sentences."""
    layout.block("What is taken for granted")
    text = "\n".join(f"- {escape(sentence)}" for sentence in assumptions(outcome))
    st.markdown(text, width=layout.SENTENCE_WIDTH)
