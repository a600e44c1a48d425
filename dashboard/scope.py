"""The scope of a page: which months, which sites, compared with what. It lives in the address.

Only there: each field shows what the address says, and what is chosen is written into the address
at once, so that a link makes the page again and the browser's back and forward work on every page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store, then
from dashboard.components import Link, link
from dashboard.markup import escape
from dashboard.places import everywhere
from pipelines.calendar import Period, add_months, month_span
from pipelines.errors import RoundsError

LATEST = "Latest"
SPANS = {"1 month": 1, "3 months": 3, "12 months": 12, "Year to date": 0}
COMPARISONS = {"Budget": "budget", "Last year": "year", "Month before": "previous"}
BASES = {"Day worked": "worked", "Check date": "check"}
DEFAULTS = (LATEST, "1 month", "Budget")
# What follows where a list of a large group ends.
NARROWER = "choose a region, a kind of site or a site to see those of its own"
PARAMETERS = ("month", "span", "compare", "region", "kind", "sites", "pay", then.PARAMETER)
CAME_WITH = "scope that one came with"


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
        return f"{fmt.names(places, limit=2) if places else everywhere()} · {when}"

    def at(self, site: str) -> dict[str, list[str]]:
        """The filter for one site."""
        return {"site": [site]}


def carried() -> dict[str, list[str]]:
    """The scope as parameters, to be passed on by links; what is the default is left out."""
    given = [name for name in st.query_params if name in PARAMETERS]  # to ask for each costs more
    usual = (*DEFAULTS, _usual_pay()) if given else ()
    kept = {name: st.query_params.get_all(name) for name in given}
    return {name: [v for v in kept.get(name, ()) if v not in usual] for name in PARAMETERS}


def remembered() -> dict[str, Sequence[str]]:
    """The scope that one came with, on a page whose own address has none but what was known when.

    That is a number's own, and goes along.
    """
    here = carried()
    known = {then.PARAMETER: here.pop(then.PARAMETER)}
    came = here if any(here.values()) else st.session_state.get(CAME_WITH, here)
    return {**came, **known}


def to_page(page: str, **query: str | Sequence[str] | None) -> Link:
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
    now: bool = False,
    begun: bool = False,
) -> Scope:
    """Draw the filters and read them. `needs` decide which month is the latest for this page.

    From here on the page is told as of the load that the address names, unless it only ever tells
    `now`; a line above the filters says so. A page that reads figures before its filters has
    `begun` with that.

    A page about one `place` may know its `last` month better. `fixed` names the one span that
    makes sense on a page, which then compares with the budget. `pay` lets one choose the day that
    places pay in a month.
    """
    if now and then.PARAMETER in st.query_params:
        layout.note("This page tells what stands now, whatever the others are told as of.")
    if not now and not begun:
        known_then()
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
    st.session_state[CAME_WITH] = carried()
    with layout.scope(scope.label):
        _one("Month", "month", [LATEST, *named], LATEST)
        if not fixed:
            _one("Span", "span", list(SPANS), "1 month")
            _one("Compare with", "compare", list(COMPARISONS), "Budget")
        if pay:
            options = sorted(BASES, key=lambda name: name != _usual_pay())
            _one("Pay by", "pay", options, _usual_pay())
        if not now:
            _known()
        if sites:
            _several("Region", "region", values_of("region"))
            _several("Type of site", "kind", values_of("kind"))
            _several("Sites", "sites", values_of("name"))
    return scope


def known_then() -> None:
    """Tell the page as of what the address names, under a line that says so and leads back."""
    if then.PARAMETER not in st.query_params:
        then.forget()
        return
    try:
        then.begin()
    except RoundsError:
        _told_then("Figures of an earlier load were asked for.")
        raise
    if (event := then.event()) is not None:
        moment = fmt.moment(store.reader().about.published)
        known = f"after load {event}, {moment}"
        if day := then.day():
            known = f"at the end of {fmt.day(day)}, after load {event}"
        _told_then(
            f"As it was known {known}. Later files, and what people decided later, are left out."
        )


def _told_then(said: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="known-then", border=True):
        st.markdown(escape(said), width="stretch")
        st.button("Back to today's figures", key="known-now", on_click=_back_to_now)


def _back_to_now() -> None:
    st.query_params.pop(then.PARAMETER, None)


def _known() -> None:
    """The field that chooses what was known when: now, or after the last load of a day.

    The latest shows what is known now, unless people decided something since, and keeps it so in
    the address.
    """
    days = {str(event): fmt.day(day) for day, event in then.days()}
    if days:
        latest = next(iter(days))
        if then.keeps():
            days[latest] += ", the latest: the address keeps these figures"
    here = st.query_params.get(then.PARAMETER, "")
    if then.event() is not None and here not in days:
        days = {here: fmt.day(then.day()) if then.day() else f"Load {then.event()}", **days}
    options = {"": "Now", **days}
    st.session_state["known"] = here if here in options else ""
    st.selectbox(
        "As known", list(options), key="known", format_func=lambda one: options.get(one, one),
        on_change=_look_back,
    )  # fmt: skip


def _look_back() -> None:
    event = st.session_state["known"]
    if event:
        st.query_params[then.PARAMETER] = event
    else:
        st.query_params.pop(then.PARAMETER, None)


def _one(label: str, name: str, options: Sequence[str], default: str) -> None:
    """A field of one choice, which shows what the address says and writes into it."""
    st.session_state[name] = _stored(name, options, default)
    st.selectbox(label, options, key=name, on_change=_choose, args=(name, default))


def _several(label: str, name: str, options: Sequence[str]) -> None:
    st.session_state[name] = _stored_many(name, options)
    st.multiselect(label, options, key=name, on_change=_choose, args=(name, []))


def _choose(name: str, default: str | list[str]) -> None:
    """Write a choice into the address, at once: one step back leads to what was chosen before."""
    chosen = st.session_state[name]
    if chosen == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


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


def _stored(name: str, options: Sequence[str], default: str) -> str:
    """What the address says; what it leaves out or names wrongly is the default."""
    value = st.query_params.get(name, default)
    return value if value in options else default


def _stored_many(name: str, options: Sequence[str]) -> list[str]:
    return [value for value in st.query_params.get_all(name) if value in options]
