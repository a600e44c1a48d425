"""What Explore shows, as its address says it: read from the query, written into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import streamlit as st

from dashboard import scope, store
from dashboard.components import Link
from pipelines.analysis.pivots import TOTAL, Key
from pipelines.calendar import Period, add_months, month_span
from pipelines.fiscal import Fiscal
from pipelines.metrics import METRICS

PAGE = "explore"
NOTHING = "none"  # no columns, no comparison: said in words, since leaving out means the default
NOT_STATED = "~none"
ALL = "~all"
IS = "is."  # before the name of a dimension that is filtered
SPANS = {
    "1": "1 month",
    "2": "2 months",
    "3": "3 months",
    "6": "6 months",
    "12": "12 months",
    "13": "13 months",
    "24": "24 months",
    "36": "36 months",
    "ytd": "Year to date",
}
FISCAL = {"fytd": "Fiscal year to date"}
COMPARISONS = {
    NOTHING: "Nothing",
    "budget": "Budget",
    "year": "Last year",
    "previous": "Period before",
    "target": "Target",
}
SHOWN = {"table": "Table", "chart": "Chart"}
# What stands there before anything is chosen.
DEFAULTS = {
    "metric": "total_cost", "rows": "region", "cols": "month", "against": "budget", "last": "6",
    "show": "table",
}  # fmt: skip
MOST_MONTHS = 120
PLACES = {"region": "region", "kind": "site_kind", "sites": "site"}  # parameter → dimension
CARRIED = "span", "compare", "pay"  # of other pages: kept, so that going back there keeps them


@dataclass(frozen=True, slots=True)
class View:
    """A question and how its answer is shown.

    `columns` and `against` are None where there are none. `month` is the last of the period, by
    name ("" is the latest). `places` are the filters by region, kind and sites' names, `filters`
    those by the metric's own dimensions. While `opened`, `row`, `col` and `money` name the cell
    whose rows are listed ("" is a total). `as_of` is the load by which it was known.
    """

    metric: str
    rows: str
    columns: str | None
    against: str | None
    last: str
    show: str = "table"
    month: str = ""
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    opened: bool = False
    row: str = ""
    col: str = ""
    money: str = ""
    as_of: int | None = None

    def period(self, needs: Sequence[str], fiscal: Fiscal) -> Period:
        """The period asked for; it ends with the month chosen, else the latest of the needs."""
        months, latest = store.months(needs)
        known = latest or (months[-1] if months else None) or store.months()[1]
        last = scope.named_months().get(self.month) or known or date.today()
        month = last.replace(day=1)
        if self.last == "ytd":
            return month_span(month.replace(month=1), month.month)
        stop = month_span(month).stop
        if self.last == "fytd":
            return Period(fiscal.year(fiscal.number(stop)).start, stop)
        months_back = int(self.last)
        return month_span(add_months(month, 1 - months_back), months_back)

    def opens(self, currency: str | None) -> Link:
        """The address of a cell of a currency's table, but for its row and column."""
        base = self.link(opened=False, page=1)
        return Link(PAGE, {**base.query, "money": currency})

    def where(self) -> dict[str, list[str]]:
        """Every filter, by dimension; sites of one name are chosen together."""
        found = {PLACES[name]: list(values) for name, values in self.places.items()}
        if "site" in found:
            named = set(found["site"])
            found["site"] = [s for s, known in store.sites().items() if known.name in named]
        return {**found, **{name: list(values) for name, values in self.filters.items()}}

    def link(self, **changed: Any) -> Link:
        """A link to this view with something changed."""
        held = {name: st.query_params.get_all(name) for name in CARRIED}
        return Link(PAGE, {**held, **replace(self, **changed).parameters()})

    def parameters(self) -> dict[str, str | Sequence[str] | None]:
        """The parameters of the address; what is the default is left out."""
        found = self._question()
        if all(found[name] == default for name, default in DEFAULTS.items()):
            found = {}
        elif self.show == DEFAULTS["show"]:
            found["show"] = None
        found["month"] = self.month or None
        found |= {name: list(self.places.get(name, ())) for name in PLACES}
        found |= {f"{IS}{name}": list(values) for name, values in self.filters.items()}
        found["sort"] = self.sort or None
        found["page"] = str(self.page) if self.page > 1 else None
        if self.opened:
            found |= {"row": self.row or ALL, "col": self.col or ALL, "money": self.money}
        found["as-of"] = None if self.as_of is None else str(self.as_of)
        return found

    def whole_parameters(self) -> dict[str, str | Sequence[str] | None]:
        """The parameters with the defaults among them, as a view is kept; no cell is open."""
        return {**replace(self, opened=False, page=1).parameters(), **self._question()}

    def _question(self) -> dict[str, str | Sequence[str] | None]:
        return {
            "metric": self.metric, "rows": self.rows, "cols": self.columns or NOTHING,
            "against": self.against or NOTHING, "last": self.last, "show": self.show,
        }  # fmt: skip


def current() -> View:
    """The view that the address names; what it leaves out or names wrongly is the default."""
    held = {name: st.query_params.get(name, default) for name, default in DEFAULTS.items()}
    if held["metric"] not in METRICS:
        held["metric"] = DEFAULTS["metric"]
    columns, against = (None if held[n] == NOTHING else held[n] for n in ("cols", "against"))
    named = {
        name: st.query_params.get(name, "") for name in ("row", "col", "money", "sort", "month")
    }
    return View(
        metric=held["metric"],
        rows=held["rows"],
        columns=columns,
        against=against if against in COMPARISONS else None,
        last=_span(held["last"]),
        show=held["show"] if held["show"] in SHOWN else "table",
        month=named["month"] if named["month"] in scope.named_months() else "",
        places={
            name: values for name in PLACES if (values := tuple(st.query_params.get_all(name)))
        },
        filters={
            name.removeprefix(IS): tuple(st.query_params.get_all(name))
            for name in st.query_params
            if name.startswith(IS)
        },
        sort=named["sort"],
        page=_whole(st.query_params.get("page", "1")) or 1,
        opened="row" in st.query_params,
        row=named["row"].removeprefix(ALL),
        col=named["col"].removeprefix(ALL),
        money=named["money"],
        as_of=_whole(st.query_params.get("as-of", "") or st.query_params.get("as_of", "")),
    )


def put(view: View) -> None:
    """Write a view into the address, at once: one step back leads to the view before."""
    wanted = {name: text for name, text in view.link().query.items() if text}
    if wanted != {name: _held(name) for name in st.query_params}:
        st.query_params.from_dict(wanted)


def _held(name: str) -> str | list[str]:
    values = st.query_params.get_all(name)
    return values[0] if len(values) == 1 else values


def text_of(key: Key) -> str:
    """A row's or column's value as the address has it; "" for a total."""
    if key is TOTAL:
        return ""
    if key is None:
        return NOT_STATED
    if isinstance(key, Period):
        return f"{key.start.isoformat()}~{key.stop.isoformat()}"
    return str(key).lower() if isinstance(key, bool) else str(key)


def key_named(text: str, keys: Sequence[Key]) -> Key:
    """The one of the keys that the address names; None with a second value where none does."""
    if not text:
        return TOTAL
    return next(key for key in keys if text_of(key) == text)


def _span(text: str) -> str:
    if text in SPANS or text in FISCAL:
        return text
    months = _whole(text)
    return str(months) if months and months <= MOST_MONTHS else DEFAULTS["last"]


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10**9 else None
