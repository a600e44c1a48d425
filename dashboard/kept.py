"""Scenarios that are kept: keep this one, open another, set two beside each other."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard import format as fmt
from dashboard import layout, levers, scope, sentences, store_scenarios, viewing
from dashboard.components import Column, Row, responsive_table
from pipelines.access.roles import Right
from pipelines.analysis.scenarios.landed import compared
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.analysis.scenarios.what_if import Outcome
from pipelines.errors import RoundsError, UsageProblem

BESIDE = "with"  # the parameter of the scenario that is compared with
YEAR = "year"
INPUT_WIDTH = 480


def draw(outcome: Outcome, chosen: scope.Scope, year: int, *, waits: bool) -> None:
    """Draw the section; nothing where there is no lever and nothing was kept."""
    known = store_scenarios.scenarios()
    if not outcome.scenario.levers and not known:
        return
    layout.section(
        "Kept scenarios", "The address of this page holds the scenario: copy it to pass it on."
    )
    if outcome.scenario.levers and viewing.may(Right.DECIDE):
        _keep(outcome.scenario)
    if known:
        rows = [
            Row(
                [
                    one.name,
                    "; ".join(levers.sentence(lever) for lever in one.scenario.levers),
                    f"{one.author}, {fmt.moment(one.moment)}",
                ],
                link=scope.to_page(
                    "what-if", scenario=one.scenario.code, year=st.query_params.get(YEAR)
                ),
            )
            for one in known
        ]
        columns = [
            Column("Name"),
            Column("What is done", phone="own"),
            Column("Kept by", phone="second", quiet=True),
        ]
        responsive_table(columns, rows, key="kept", label="Scenarios that were kept")
        _beside(outcome, chosen, year, [one.name for one in known], waits=waits)


def _keep(scenario: Scenario) -> None:
    if said := st.session_state.pop("kept said", None):
        layout.paragraph(said)
    with st.form("keep", border=False, width=INPUT_WIDTH):
        name = st.text_input("Keep this scenario as", max_chars=60, placeholder="A name")
        if st.form_submit_button("Keep it"):
            try:
                viewing.doing(Right.DECIDE, "change", {"command": "keep scenario"})
                kept = store_scenarios.keep(name, scenario)
                st.session_state["kept said"] = f"Kept as {kept.name}."
            except RoundsError as problem:
                st.session_state["kept said"] = str(problem)
            st.rerun()


def _beside(
    outcome: Outcome, chosen: scope.Scope, year: int, names: list[str], *, waits: bool
) -> None:
    """Two scenarios by subject. The other one is named in the address, by name or by its text."""
    wanted = st.query_params.get(BESIDE, "")
    st.session_state["beside"] = wanted if wanted in names else ""
    st.selectbox(
        "Compare with",
        ["", *names],
        format_func=lambda one: one or "Choose a kept scenario",
        key="beside",
        width=INPUT_WIDTH,
        on_change=_follow,
    )
    if not wanted:
        return
    try:
        scenario = store_scenarios.recalled(wanted)
    except UsageProblem as problem:
        layout.paragraph(str(problem))
        return
    other = store_scenarios.what_if(scenario, chosen.month, chosen.where, year, waits=waits)
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
