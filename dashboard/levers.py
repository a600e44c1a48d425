"""The levers of a scenario on the page: in words, and as a form that writes one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store
from dashboard.markup import escape
from pipelines.analysis.scenarios.scenario import KINDS, PRICED, Lever, Scenario
from pipelines.errors import UsageProblem
from pipelines.wording import levers as words

PARAMETER = "scenario"
TITLES = {
    "agency": "Less agency",
    "overtime": "Less overtime",
    "wage": "Pay rates",
    "volume": "Visits and resident days",
    "price": "Prices",
    "escalator": "Yearly price rises of contracts",
}
USUAL = {"agency": 20.0, "overtime": 50.0, "wage": 3.0, "volume": -5.0, "price": 3.0,
         "escalator": 1.0}  # fmt: skip
CUTS = "agency", "overtime"  # their size is given as what is taken away
WAYS = {
    "staff": "Own staff take the hours over",
    "straight": "The hours are worked at straight pay",
    "drop": "Nobody works the hours",
}
EVERYWHERE = "All sites"
PLACES = {EVERYWHERE: "", "Regions": "region", "Types of site": "kind", "Sites": "site"}
ALL_MONTHS = "Every month to come"


def current() -> Scenario:
    """The scenario that the address holds; none, and a sentence, where it can't be understood."""
    try:
        return Scenario.parse(st.query_params.get(PARAMETER, ""))
    except UsageProblem as problem:
        layout.paragraph(f"The scenario in the address can't be used. {problem}")
        return Scenario()


def put(scenario: Scenario) -> None:
    """Write a scenario into the address."""
    if scenario.levers:
        st.query_params[PARAMETER] = scenario.code
    else:
        st.query_params.pop(PARAMETER, None)


def short(lever: Lever) -> str:
    """A lever in a few words: "Agency −20 %, North"."""
    return words.short(lever, store.name_of)


def sentence(lever: Lever) -> str:
    """A lever as people say it: "20 % of agency hours taken over by own staff, North region"."""
    return words.sentence(lever, store.name_of)


def chosen(scenario: Scenario) -> None:
    """Draw the levers that are pulled, each with a way to take it out."""
    for at, lever in enumerate(scenario.levers):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            st.markdown(escape(sentence(lever)))
            st.button(
                "Take out", key=f"out-{at}", on_click=_take_out,
                args=(scenario, at), width="content",
            )  # fmt: skip


def form(scenario: Scenario, known: dict[str, set[str]], months: Sequence[date]) -> None:
    """Draw the form that adds a lever; `known` are the values that scopes can have."""
    kind = st.selectbox("What", list(TITLES), format_func=TITLES.__getitem__, key="lever-kind")
    record: dict[str, Any] = {"way": ""}
    left, right = st.columns(2, gap="small")
    with left:
        record["size"] = _size_input(kind)
    with right:
        named = {fmt.month(month): month for month in months}
        start = st.selectbox("From", [ALL_MONTHS, *named], key="lever-from")
        record["start"] = named.get(start)
    left, right = st.columns(2, gap="small")
    with left:
        where = st.selectbox("Where", list(PLACES), key="lever-where")
    scope: dict[str, tuple[str, ...]] = {}
    with right:
        name = PLACES[where]
        if name:
            scope[name] = _values(where, name, known)
        elif kind == "price":
            scope["subject"] = _values("Of what (all if empty)", "subject", known)
        elif "role" in KINDS[kind].scopes:
            scope["role"] = _values("Roles (all if empty)", "role", known)
    if len(KINDS[kind].ways) > 1:
        record["way"] = st.selectbox(
            "How", KINDS[kind].ways, format_func=WAYS.__getitem__, key=f"lever-how-{kind}"
        )
    wanting = bool(name) and not scope[name]
    st.button(
        "Add to the scenario",
        type="primary",
        key="lever-add",
        on_click=_add,
        args=(scenario, kind, record, {n: v for n, v in scope.items() if v}),
        disabled=wanting,
    )
    if wanting:
        layout.note(f"Choose one or more {where.lower()} first.")


def _size_input(kind: str) -> Decimal:
    known = KINDS[kind]
    cut = kind in CUTS
    label = "Cut by (%)" if cut else "Points a year" if kind == "escalator" else "Change (%)"
    given = st.number_input(
        label,
        min_value=0.0 if cut else float(known.least),
        max_value=float(-known.least if cut else known.most),
        value=USUAL[kind],
        step=1.0,
        format="%g",
        key=f"lever-size-{kind}",
    )
    exact = round(Decimal(str(given)), 2)
    return -exact if cut else exact


def _values(label: str, name: str, known: dict[str, set[str]]) -> tuple[str, ...]:
    options = sorted(
        (v for v in known[name] if name != "subject" or v in PRICED),
        key=lambda v: _value(name, v),
    )
    picked = st.multiselect(
        label,
        options,
        format_func=lambda v: _value(name, v),
        key=f"lever-{name}",
    )
    return tuple(picked)


def _add(
    scenario: Scenario, kind: str, record: dict[str, Any], scope: dict[str, tuple[str, ...]]
) -> None:
    try:
        lever = Lever(kind, scope=tuple(scope.items()), **record)
        put(Scenario((*scenario.levers, lever)))
    except UsageProblem as problem:
        st.session_state["lever-problem"] = str(problem)


def _take_out(scenario: Scenario, at: int) -> None:
    put(Scenario(tuple(lever for i, lever in enumerate(scenario.levers) if i != at)))


def _value(name: str, value: str) -> str:
    return words.value(name, value, store.name_of)
