"""Views that were kept: what somebody looked at, by name, with author and time, in the state.

A view is the query of its address: what opens it again. It is kept as text and read by the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from pipelines.analysis.kept_for import is_told
from pipelines.errors import UsageProblem, nearest
from pipelines.settings import Home
from pipelines.state import Decision, What, decide, standing
from pipelines.warehouse.reader import Reader

LONGEST = 60  # characters of a name
FULL = 4000  # characters of an address
# What of an address says how something is shown, and of which time; all else filters it.
SHOWN = frozenset({"metric", "rows", "cols", "against", "last", "show", "month", "as-of"})


@dataclass(frozen=True, slots=True)
class KeptView:
    """A view under its name: the page it is of and its query; `moment` is in UTC."""

    name: str
    page: str
    query: str
    author: str
    moment: datetime


def keep_view(home: Home, page: str, name: str, query: str, by: str | None = None) -> KeptView:
    """Keep a page's query under a name; one that was kept under it before is replaced.

    UsageProblem for a name that is empty or long, or a query that is too long.
    """
    bare = " ".join(name.split())
    if not bare or len(bare) > LONGEST or not bare.isprintable():
        raise UsageProblem(f"A view's name has 1 to {LONGEST} characters.")
    if len(query) > FULL:
        raise UsageProblem("This view names too many things to be kept: filter by fewer.")
    return _view(decide(home, What.VIEW, page, bare, {"query": query}, by))


def kept_views(
    home: Home, page: str, reader: Reader | None = None, who: str = ""
) -> list[KeptView]:
    """The views of a page that are kept, by name.

    With a `reader`, those that its viewer may be told of; what they kept themselves (`who` is
    their login) they always are.
    """
    found = [_view(one) for one in standing(home, What.VIEW) if one.scope == page]
    told = [one for one in found if reader is None or one.author == who or _is_told(reader, one)]
    return sorted(told, key=lambda view: view.name.casefold())


def _is_told(reader: Reader, view: KeptView) -> bool:
    asked = parse_qs(view.query)
    return is_told(reader, view.name, {k: v for k, v in asked.items() if k not in SHOWN})


def forget_view(
    home: Home, page: str, name: str, by: str | None = None, reader: Reader | None = None
) -> None:
    """Take a view back; the state still tells that it was kept.

    UsageProblem with the nearest name where there is none, or none that a `reader`'s viewer may be
    told of.
    """
    known = [view.name for view in kept_views(home, page, reader, by or "")]
    if name not in known:
        hint = nearest(name, known, "the page lists those that are kept.")
        raise UsageProblem(f"There is no view {name}; {hint}")
    decide(home, What.VIEW, page, name, {}, by)


def _view(decision: Decision) -> KeptView:
    return KeptView(
        decision.name, decision.scope, decision.value["query"], decision.author, decision.moment
    )
