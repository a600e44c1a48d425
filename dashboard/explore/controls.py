"""The fields of Explore: each shows what the address says, and writes into it what is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import layout, scope, store
from dashboard.components import more_link
from dashboard.explore import answers, words
from dashboard.explore.view import COMPARISONS, FISCAL, NOTHING, SHOWN, SPANS, View, current, put
from dashboard.places import everywhere
from pipelines.calendar import Period
from pipelines.metrics import DOMAINS, METRICS, find
from pipelines.metrics.dimensions import no_budget, no_target, own_dimensions, title_of

PLACE_FIELDS = {
    "region": ("Region", "region"),
    "kind": ("Type of site", "kind"),
    "sites": ("Sites", "name"),
}
ALSO = "explore-also"  # the field that adds a dimension to filter by


def filters(view: View, period: Period) -> None:
    """The popover of the scope: month, places, and the metric's own dimensions."""
    held = words.scope_in_words(view)
    label = ", ".join(held[:2]) + (f" and {len(held) - 2} more" if held[2:] else "")
    with layout.scope(f"{label or everywhere()} · {period.name()}"):
        st.session_state["explore-month"] = view.month or scope.LATEST
        months = [scope.LATEST, *scope.named_months()]
        st.selectbox("Month", months, key="explore-month", on_change=_month)
        for name, (title, attribute) in PLACE_FIELDS.items():
            key = f"explore-{name}"
            options = list(dict.fromkeys([*scope.values_of(attribute), *view.places.get(name, ())]))
            st.session_state[key] = list(view.places.get(name, ()))
            st.multiselect(title, options, key=key, on_change=_placed, args=(name,))
        _own_filters(view, period, own_dimensions(find(view.metric), store.reader().columns))


def _month() -> None:
    chosen = st.session_state["explore-month"]
    put(replace(current(), month="" if chosen == scope.LATEST else chosen, page=1))


def _placed(name: str) -> None:
    view, chosen = current(), tuple(st.session_state[f"explore-{name}"])
    kept = {n: v for n, v in view.places.items() if n != name}
    put(replace(view, places=kept | ({name: chosen} if chosen else {}), page=1))


def _own_filters(view: View, period: Period, own: Sequence[str]) -> None:
    added = st.session_state.get(ALSO)
    for name in own:
        if name in view.filters or name == added:
            _own_filter(view, period, name)
    rest = [name for name in own if name not in view.filters]
    if rest:
        if added not in rest:
            st.session_state[ALSO] = None
        st.selectbox(
            "Filter by more", rest, index=None, key=ALSO, format_func=title_of,
            placeholder="Choose what",
        )  # fmt: skip


def _own_filter(view: View, period: Period, name: str) -> None:
    where = {n: v for n, v in view.where().items() if n != name}
    held = view.filters.get(name, ())
    known = answers.values_of(view.metric, name, period, where)
    key = f"explore-is-{name}"
    st.session_state[key] = list(held)
    st.multiselect(
        title_of(name),
        list(dict.fromkeys([*known, *held])),
        key=key,
        format_func=lambda value: words.value_named(value, name),
        on_change=_filtered,
        args=(name,),
    )


def _filtered(name: str) -> None:
    view = current()
    chosen = tuple(st.session_state[f"explore-is-{name}"])
    kept = {n: v for n, v in view.filters.items() if n != name}
    put(replace(view, filters=kept | ({name: chosen} if chosen else {}), page=1))


def question(view: View) -> None:
    """The row of fields: what is asked, by what, against what, over which time, shown how."""
    known = answers.dimensions_of(view.metric)
    layout.section("The question")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="question"):
        _select("Measure", "metric", _measures(view), view.metric, _measure_name, width=290)
        _select("Rows", "rows", list(known), view.rows, title_of, width=155)
        _select("Columns", "columns", [NOTHING, *known], view.columns or NOTHING, _column_name,
                width=155)  # fmt: skip
        _select("Compare with", "against", list(COMPARISONS), view.against or NOTHING,
                COMPARISONS.__getitem__, width=155)  # fmt: skip
        _select("Period", "last", _spans(view), view.last, _span_name, width=155)
        key = "explore-show"
        st.session_state[key] = view.show
        # Not st.segmented_control: in dark its chosen words are too faint on the page.
        st.radio(
            "Show as", list(SHOWN), key=key, format_func=SHOWN.__getitem__, horizontal=True,
            on_change=_changed, args=("show",), width=160,
        )  # fmt: skip


def _select(
    label: str, name: str, options: list[str], held: str, shown: Any, *, width: int
) -> None:
    key = f"explore-{name}"
    st.session_state[key] = held if held in options else None
    st.selectbox(
        label, options, index=0 if held in options else None, key=key, format_func=shown,
        width=width,
        placeholder="Choose", on_change=_changed, args=(name,),
    )  # fmt: skip


def _changed(name: str) -> None:
    """Write a choice into the address; what no longer fits the measure gives way."""
    chosen = st.session_state[f"explore-{name}"]
    view = current()
    if chosen is None:
        return
    value = None if chosen == NOTHING else chosen
    view = replace(view, **{name: value}, page=1, opened=False)
    if name in ("metric", "rows", "columns"):
        view = replace(view, sort="")
    if name == "metric":
        view = fitted(view)
    put(view)


def fitted(view: View) -> View:
    """A view whose dimensions, filters and comparison the measure has."""
    known = answers.dimensions_of(view.metric)
    own = own_dimensions(find(view.metric), store.reader().columns)
    rows = view.rows if view.rows in known else "site"
    columns = view.columns if view.columns in known else None
    view = replace(
        view, rows=rows, columns=None if columns == rows else columns,
        filters={name: values for name, values in view.filters.items() if name in own},
    )  # fmt: skip
    return replace(view, against=None) if unanswerable(view) else view


def unanswerable(view: View) -> str:
    """Why nothing can stand beside the figures, as one sentence; "" where it can."""
    used = [n for n in (view.rows, view.columns, *view.filters) if n]
    metric = find(view.metric)
    if view.against == "budget":
        return no_budget(metric, used)
    if view.against == "target":
        known = any(target.metric == view.metric for target in store.targets())
        return no_target(metric, used, known)
    return ""


def _measures(view: View) -> list[str]:
    """Every measure, by domain; those without data last."""
    ready = set(answers.ready())
    domains = list(DOMAINS)
    return sorted(METRICS, key=lambda n: (n not in ready, domains.index(METRICS[n].domain)))


def _measure_name(name: str) -> str:
    metric = METRICS[name]
    note = "" if name in answers.ready() else " (no data yet)"
    domain = DOMAINS[metric.domain]
    return f"{metric.title}{'' if domain == metric.title else f' · {domain}'}{note}"


def _column_name(name: str) -> str:
    return "None" if name == NOTHING else title_of(name)


def _spans(view: View) -> list[str]:
    fiscal = store.calendar()
    differs = fiscal.month != 1 or fiscal.kind != "months"
    known = [*SPANS, *(FISCAL if differs else ())]
    return known if view.last in known else [*known, view.last]


def _span_name(span: str) -> str:
    return (SPANS | FISCAL).get(span, f"{span} months")


def turned(view: View) -> None:
    """The link that swaps rows and columns."""
    if view.columns:
        swapped = view.link(rows=view.columns, columns=view.rows, sort="", page=1)
        with st.container(width=190):
            more_link("Swap rows and columns", swapped, key="swap")
