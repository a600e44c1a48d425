"""A number's address: measure, period, scope and what was known then; and links to it.

Everything that makes the number stands in the address of its page, so that a link reproduces it:
`number?metric=overtime_share&period=2026-10&where=site:cedar-hill`. The names are none of those
that widgets of other pages are bound to: Streamlit takes those out of an address that leads to
another page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from dashboard import format as fmt
from dashboard import store, then
from dashboard.components import Link, link
from dashboard.scope import Scope
from pipelines.calendar import Period, add_months, month_end, month_span
from pipelines.errors import UsageProblem
from pipelines.fiscal import BASES
from pipelines.metrics import Metric, find
from pipelines.metrics.compile import SITE_DIMENSIONS

PAGE = "number"
LONGEST = 200  # characters of a parameter
MOST = 500  # values of a filter
YEARS = 1990, 2100
# What else may stand in the address: it changes what is shown of the number, not the number.
VIEW = ("metric", "period", "where", "as-of", "basis", "rows", "order", "load", "record", "note")
CARRIED = ("month", "months", "span", "compare", "kind", "sites", "pay")


@dataclass(frozen=True, slots=True)
class Asked:
    """One number: what is asked for, by which scope, as known when (None: now)."""

    metric: Metric
    period: Period
    where: dict[str, tuple[str, ...]]
    basis: str | None = None
    as_of: int | date | None = None

    def link(self, **more: str | None) -> Link:
        """The address of this number's page."""
        return link(
            PAGE,
            metric=self.metric.name,
            period=period_code(self.period),
            where=[f"{name}:{value}" for name in self.where for value in self.where[name]],
            basis=None if self.basis == store.calendar().pay_basis else self.basis,
            **{"as-of": None if self.as_of is None else str(self.as_of)},
            **more,
        )

    def over(self, period: Period) -> Asked:
        """The same number of another period."""
        return replace(self, period=period)

    @property
    def by_site(self) -> bool:
        """Whether its scope is made of sites alone: then it has a history and a usual range."""
        return set(self.where) <= set(SITE_DIMENSIONS)

    @property
    def places(self) -> list[str]:
        """The sites, regions and kinds of its scope, in words."""
        return [
            *(store.name_of(site) for site in self.where.get("site", ())),
            *self.where.get("site_name", ()),
            *(f"{region} region" for region in self.where.get("region", ())),
            *(f"sites of type {kind}" for kind in self.where.get("site_kind", ())),
        ]

    @property
    def parts(self) -> list[str]:
        """The metric's own dimensions of its scope, in words: "role RN"."""
        return [
            f"{name.replace('_', ' ')} {fmt.names(list(values))}"
            for name, values in self.where.items()
            if name not in SITE_DIMENSIONS
        ]

    @property
    def when(self) -> str:
        """The period in a sentence."""
        if self.period.months() == 1 and self.period.whole_months:
            return fmt.month_in_sentence(self.period.start, year=True)
        return self.period.name()


def to_number(
    metric: str | Metric,
    scope: Scope,
    where: Mapping[str, Sequence[str]] | None = None,
    *,
    month: date | None = None,
    period: Period | None = None,
) -> Link:
    """A link to a figure of a page: the scope's own number unless `where` or a period differ."""
    span = period or (month_span(month) if month else scope.period)
    return number(metric, span, scope.where if where is None else where, scope.basis).link()


def number(
    metric: str | Metric,
    period: Period,
    where: Mapping[str, Sequence[str]] | None = None,
    basis: str | None = None,
) -> Asked:
    """A number by its parts, as known when the page is; the scope in one way of writing."""
    known = metric if isinstance(metric, Metric) else find(metric)
    kept = {name: tuple(sorted(set(values))) for name, values in sorted((where or {}).items())
            if values}  # fmt: skip
    return Asked(known, period, kept, basis, then.event())


def months_of(
    metric: Metric | str, months: Sequence[date], where: Mapping[str, Sequence[str]]
) -> list[Link]:
    """Where the rows of a chart's figures lead: the number of each month, the latest first."""
    return [number(metric, month_span(month), where).link() for month in reversed(months)]


def site_prefix(metric: str, period: Period) -> str:
    """The address of a measure's number but for the site at its end; for a grid of thousands."""
    return f"{number(metric, period).link().href}&where=site%3A"


def asked() -> Asked:
    """The number that the address names. UsageProblem, in one sentence, where it names none."""
    told = {name: st.query_params.get_all(name) for name in st.query_params}
    for values in told.values():
        if len(values) > MOST or any(len(value) > LONGEST for value in values):
            raise UsageProblem("The address is too long to name a number. Follow a link to one.")
    one = {name: values[-1] for name, values in told.items() if values}
    if not one.get("metric"):
        raise UsageProblem(
            "The address names no measure. Follow a figure of any page to see where it comes from."
        )
    metric = find(one["metric"])
    basis = one.get("basis")
    if basis not in (None, *BASES):
        raise UsageProblem("Pay is told by day worked or by check date: basis is worked or check.")
    known = one.get("as-of") or one.get("as_of")
    return Asked(
        metric, _period(metric, one), _where(told), basis, then.asked(known) if known else None
    )


def period_code(period: Period) -> str:
    """A period as it stands in an address: 2026-10, 2026-08..2026-10, 2026-10-01..2026-10-15."""
    if not period.whole_months:
        return f"{period.start}..{period.stop}"
    first, last = f"{period.start:%Y-%m}", f"{period.stop:%Y-%m}"
    return first if first == last else f"{first}..{last}"


def _period(metric: Metric, one: Mapping[str, str]) -> Period:
    """The period: `period`, else `months` up to `month`, else the latest month."""
    if text := one.get("period"):
        first, dots, last = text.partition("..")
        return Period(_first(first), _last(last if dots else first))
    if one.get("month", "")[:1].isdigit():
        start = _first(one["month"]).replace(day=1)
        count = one.get("months", "1")
        if not (count.isascii() and count.isdigit() and 1 <= int(count) <= 120):
            raise UsageProblem("The number of months is a whole number from 1 to 120.")
        return month_span(add_months(start, 1 - int(count)), int(count))
    latest = store.months(metric.needs)[1] or store.months()[1]
    return month_span(latest or date.today().replace(day=1))


def _first(text: str) -> date:
    try:
        day = date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError:
        raise UsageProblem(
            "A period is written as 2026-10 or 2026-08..2026-10. Give it that way."
        ) from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise UsageProblem(f"A period lies between {YEARS[0]} and {YEARS[1]}. Give such a one.")
    return day


def _last(text: str) -> date:
    day = _first(text)
    return day if len(text) > 7 else month_end(day)


def _where(told: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The filters: `where=site:ELM`, or a parameter of a dimension's name where no other has it."""
    found: dict[str, set[str]] = {}
    for part in told.get("where", ()):
        name, colon, value = part.partition(":")
        if not (name and colon and value):
            raise UsageProblem("A filter is written as where=region:North. Give it that way.")
        found.setdefault(name, set()).add(value)
    if "period" not in told:
        for name, values in told.items():
            if name not in (*VIEW, *CARRIED, "as_of", "embed", "embed_options"):
                found.setdefault(name, set()).update(values)
    _known_places(found)
    return {name: tuple(sorted(values)) for name, values in sorted(found.items())}


def _known_places(where: Mapping[str, set[str]]) -> None:
    """UsageProblem for a site, region or type of site that is none: its number would be nothing."""
    sites = store.sites().values()
    known = {
        "site": {site.site for site in sites},
        "site_name": {site.name for site in sites},
        "region": {site.region for site in sites},
        "site_kind": {site.kind for site in sites},
    }
    words = {"site": "site", "site_name": "site", "region": "region", "site_kind": "type of site"}
    for name, values in where.items():
        strange = {v for v in values if not v.startswith("~")} - known.get(name, values)
        if strange:
            raise UsageProblem(f"There is no {words[name]} of that name. Choose one that is known.")
