"""The scope of a page: which months, which sites, compared with what. It lives in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store
from dashboard.components import Link, link
from pipelines.calendar import Period, add_months, month_span

LATEST = "Latest"
SPANS = {"1 month": 1, "3 months": 3, "12 months": 12, "Year to date": 0}
COMPARISONS = {"Budget": "budget", "Last year": "year", "Month before": "previous"}
BASES = {"Day worked": "worked", "Check date": "check"}
DEFAULTS = (LATEST, "1 month", "Budget")
PARAMETERS = ("month", "span", "compare", "region", "kind", "sites", "pay")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a page shows.

    `period` ends with `month`; `where` filters by region, kind and site; `compare` names the
    comparison. `known` is false where no month of the page's needs has any data. `place` is what
    the page is about where that isn't the filters' choice: a site, which stands beside them.
    `basis` says which day places pay in a month, where the page lets one choose.
    """

    month: date
    period: Period
    where: dict[str, list[str]]
    compare: str
    compare_title: str
    known: bool
    place: str = ""
    basis: str | None = None

    @property
    def label(self) -> str:
        """The scope in a few words: "Western region · Oct 2026"."""
        places = [
            *self.where.get("region", ()),
            *self.where.get("site_kind", ()),
            *map(store.name_of, self.where.get("site", ())),
        ]
        when = self.period.name()
        if self.basis == "check":
            when += " · pay by check date"
        if self.place:
            return when
        return f"{fmt.names(places, limit=2) if places else 'All sites'} · {when}"

    def at(self, site: str) -> dict[str, list[str]]:
        """The filter for one site."""
        return {"site": [site]}


def carried() -> dict[str, Sequence[str]]:
    """The scope as parameters, to be passed on by links; what is the default is left out.

    Once a filter is drawn its parameter belongs to the widget, and only the session knows it.
    """
    return {name: _carried(name) for name in PARAMETERS}


def _carried(name: str) -> list[str]:
    held = st.session_state.get(name)
    if held is None:
        held = st.query_params.get_all(name)
    values = [held] if isinstance(held, str) else [str(value) for value in held]
    return [value for value in values if value not in DEFAULTS and value != _usual_pay()]


def to_page(page: str, **query: str | None) -> Link:
    """A link to a page of the app that keeps the scope."""
    return link(page, **{**carried(), **query})


def to_site(site: str) -> Link | None:
    """A link to a site's page that keeps the scope; None for what is no real site."""
    return to_page("site", site=site) if site in store.sites() else None


def to_sites() -> dict[str, Link]:
    """The links of `to_site` to every site, for pages that list them all."""
    kept = carried()
    return {site: link("site", **{**kept, "site": site}) for site in store.sites()}


def choose(
    needs: Sequence[str],
    *,
    sites: bool = True,
    place: str = "",
    last: date | None = None,
    fixed: str = "",
    pay: bool = False,
) -> Scope:
    """Draw the filters and read them. `needs` decide which month is the latest for this page.

    A page about one `place` may know its `last` month better. `fixed` names the one span that
    makes sense on a page, which then compares with the budget. `pay` lets one choose the day that
    places pay in a month.
    """
    months, latest = store.months(needs)
    latest = last or latest
    named = named_months()
    chosen = _stored("month", [LATEST, *named], LATEST)
    month = named.get(chosen) or latest or (months[-1] if months else None)
    known = bool(months)
    month = month or store.months()[1] or date.today().replace(day=1)
    span = fixed or _stored("span", list(SPANS), "1 month")
    compared = "Budget" if fixed else _stored("compare", list(COMPARISONS), "Budget")
    where = _filters() if sites else {}
    scope = Scope(
        month=month,
        period=_period(month, SPANS[span]),
        where={name: values for name, values in where.items() if values},
        compare=COMPARISONS[compared],
        compare_title=compared,
        known=known,
        place=place,
        basis=BASES[_stored("pay", list(BASES), _usual_pay())] if pay else None,
    )
    with layout.scope(scope.label):
        st.selectbox("Month", [LATEST, *named], key="month", bind="query-params")
        if not fixed:
            st.selectbox("Span", list(SPANS), key="span", bind="query-params")
            st.selectbox("Compare with", list(COMPARISONS), key="compare", bind="query-params")
        if pay:
            options = sorted(BASES, key=lambda name: name != _usual_pay())
            st.selectbox("Pay by", options, key="pay", bind="query-params")
        if sites:
            st.multiselect("Region", values_of("region"), key="region", bind="query-params")
            st.multiselect("Type of site", values_of("kind"), key="kind", bind="query-params")
            st.multiselect("Sites", values_of("name"), key="sites", bind="query-params")
    return scope


def _usual_pay() -> str:
    """The day that places pay in a month, as the group's settings say."""
    usual = store.calendar().pay_basis
    return next(name for name, basis in BASES.items() if basis == usual)


def _filters() -> dict[str, list[str]]:
    """The filters by region, kind and name of sites; sites of one name are chosen together."""
    named = set(_stored_many("sites", values_of("name")))
    return {
        "region": _stored_many("region", values_of("region")),
        "site_kind": _stored_many("kind", values_of("kind")),
        "site": [site for site, known in store.sites().items() if known.name in named],
    }


def _period(month: date, months: int) -> Period:
    if months:
        return month_span(add_months(month, 1 - months), months)
    return month_span(month.replace(month=1), month.month)


def named_months() -> dict[str, date]:
    """The months that can be chosen, by name, latest first."""
    return {fmt.month(month): month for month in reversed(store.months()[0])}


def values_of(attribute: str) -> list[str]:
    """The values of an attribute of sites: "region", "kind", "name"."""
    return sorted({str(getattr(site, attribute)) for site in store.sites().values()})


def _stored(key: str, options: Sequence[str], default: str) -> str:
    """A filter's value before its widget is drawn: the popover's label already shows it."""
    value = st.session_state.get(key) or st.query_params.get(key) or default
    return str(value) if value in options else default


def _stored_many(key: str, options: Sequence[str]) -> list[str]:
    value = st.session_state.get(key)
    chosen = value if value is not None else st.query_params.get_all(key)
    return [str(item) for item in chosen if item in options]
