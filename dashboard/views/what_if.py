"""What if: where the year would land if something were done, by levers that the address holds."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard import charts, layout, levers, scope, sentences, store
from dashboard import format as fmt
from dashboard.charts.show import show
from dashboard.components import Column, Row, responsive_table
from dashboard.markup import escape
from pipelines.analysis.assumed import assumptions, names_of
from pipelines.analysis.drivers import NEEDS
from pipelines.analysis.landed import changed, compared, landed
from pipelines.analysis.saved import recalled
from pipelines.analysis.scenario import Scenario
from pipelines.analysis.what_if import INTERACTION, Outcome
from pipelines.errors import UsageProblem

LARGEST = 6  # sites in the table
INPUT_WIDTH = 480
SPLIT = (1.5, 1)
BESIDE = "with"  # the parameter of the scenario that is compared with


def page() -> None:
    """Draw the page."""
    chosen = scope.choose(NEEDS, fixed="Year to date")
    scenario = levers.current()
    outcome = store.what_if(scenario, chosen.month, chosen.where)
    currencies = outcome.baseline.currencies
    if not currencies:
        layout.page_title(
            "Nothing here has a cost to look ahead from",
            "No site of this choice has a whole month of pay, supplies or invoices.",
        )
        return
    _headline(outcome, currencies)
    left, right = st.columns(SPLIT, gap="large")
    with left:
        for currency in currencies:
            _bridge(outcome, currency)
            _by_site(outcome, currency)
    with right:
        _levers(outcome)
    if scenario.levers:
        _granted(outcome)
    _kept(outcome, chosen)


def _headline(outcome: Outcome, currencies: list[str]) -> None:
    year = f"The year to {fmt.day_in_sentence(outcome.baseline.stop, year=True)}"
    if not outcome.scenario.levers:
        said = fmt.names([fmt.money(outcome.baseline.landing(c), c) for c in currencies])
        layout.page_title(
            f"{year} lands at {said} if nothing changes",
            f"An estimate: {fmt.month(outcome.baseline.last)} is the last month known, and the "
            "months to come are taken to cost what the last twelve did on average. Add a lever to "
            "see what it would change.",
        )
        return
    said = fmt.names([fmt.money(outcome.landing(c), c) for c in currencies])
    apart = fmt.names([_apart(outcome.change(c), c) for c in currencies])
    layout.page_title(f"{year} would land at {said}, {apart}", _explained(outcome, currencies[0]))


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
    return f"{said} An estimate from the last twelve months."


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
    if len(parts) > 1:
        drawn.append(("Interaction", float(interaction)))
    dearest = max(drawn, key=lambda step: step[1])
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
        note="The line is the landing if nothing changes; bars to the right add cost, bars to the "
        "left save. The interaction is what the levers change together beyond that."
        if len(parts) > 1
        else "The line is the landing if nothing changes; bars to the right add cost, bars to the "
        "left save.",
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


def _kept(outcome: Outcome, chosen: scope.Scope) -> None:
    """Keep the scenario, open one that was kept, set two beside each other."""
    known = store.scenarios()
    if not outcome.scenario.levers and not known:
        return
    layout.section(
        "Kept scenarios", "The address of this page holds the scenario: copy it to pass it on."
    )
    if outcome.scenario.levers:
        _keep(outcome.scenario)
    if known:
        rows = [
            Row(
                [
                    one.name,
                    "; ".join(levers.sentence(lever) for lever in one.scenario.levers),
                    f"{one.author}, {fmt.moment(one.moment)}",
                ],
                link=scope.to_page("what-if", scenario=one.scenario.code),
            )
            for one in known
        ]
        columns = [
            Column("Name"),
            Column("What is done", phone="own"),
            Column("Kept by", phone="second", quiet=True),
        ]
        responsive_table(columns, rows, key="kept", label="Scenarios that were kept")
        _beside(outcome, chosen, [one.name for one in known])


def _keep(scenario: Scenario) -> None:
    if said := st.session_state.pop("kept said", None):
        layout.paragraph(said)
    with st.form("keep", border=False, width=INPUT_WIDTH):
        name = st.text_input("Keep this scenario as", max_chars=60, placeholder="A name")
        if st.form_submit_button("Keep it"):
            try:
                kept = store.keep(name, scenario)
                st.session_state["kept said"] = f"Kept as {kept.name}."
            except UsageProblem as problem:
                st.session_state["kept said"] = str(problem)
            st.rerun()


def _beside(outcome: Outcome, chosen: scope.Scope, names: list[str]) -> None:
    """Two scenarios by subject. The other one is named in the address, by name or by its text."""
    wanted = st.query_params.get(BESIDE, "")
    st.session_state["beside"] = wanted if wanted in names else None
    st.selectbox(
        "Compare with",
        names,
        index=None,
        key="beside",
        placeholder="Choose a kept scenario",
        width=INPUT_WIDTH,
        on_change=_follow,
    )
    if not wanted:
        return
    try:
        scenario = recalled(store.home(), wanted)
    except UsageProblem as problem:
        layout.paragraph(str(problem))
        return
    other = store.what_if(scenario, chosen.month, chosen.where)
    title = wanted if wanted in names else "The other"
    for currency in outcome.baseline.currencies:
        rows = compared(outcome, other).filter(pl.col("currency") == currency)
        total = rows["apart"][-1]
        layout.block(
            _beside_finding(title, total, currency),
            f"{fmt.currency_symbol(currency).strip()} thousand, the year to "
            f"{fmt.day(outcome.baseline.stop)}.",
        )
        responsive_table(
            [
                Column("Subject"),
                Column("If nothing changes", align="right", phone="second"),
                Column("This scenario", align="right", phone="second"),
                Column(title, align="right", phone="second"),
                Column("Apart", align="right", phone="value"),
            ],
            [
                Row(
                    [
                        "All subjects"
                        if subject is None
                        else sentences.SUBJECTS.get(subject, subject.capitalize()),
                        *map(fmt.thousands, (landing, one, two)),
                        fmt.thousands(apart, signed=True),
                    ],
                    total=subject is None,
                )
                for _, subject, landing, one, two, apart in rows.iter_rows()
            ],
            key=f"beside-{currency}",
            label="Two scenarios by subject",
        )


def _beside_finding(title: str, apart: Decimal, currency: str) -> str:
    if not apart:
        return f"{title} lands at the same amount"
    word = "more" if apart > 0 else "less"
    return f"{title} lands at {fmt.money(abs(apart), currency)} {word} than this scenario"


def _follow() -> None:
    picked = st.session_state["beside"]
    if picked:
        st.query_params[BESIDE] = picked
    else:
        st.query_params.pop(BESIDE, None)
