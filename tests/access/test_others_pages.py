"""No page sends anything that depends on what isn't somebody's: all that a run of it sends is held.

As in `test_others`: two homes in which a person's part is the same, and all else differs. Each page
is opened in both, as it is and by addresses that somebody wrote by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.settings import Home
from tests.access.differing import PARTS, neutral, pairs
from tests.access.sending import PAGES, sent

pytestmark = [
    pytest.mark.usefixtures("by_login"),
    pytest.mark.xdist_group("others pages"),  # its homes are loaded once
]
# What stands in an address: nothing, then names of this group whoever they belong to.
FORGED: dict[str, list[dict[str, str]]] = {
    "site": [{"site": "TOR"}, {"site": "RIV", "tab": "Supplies"}],
    "explore": [
        {"metric": "spend", "rows": "supplier", "cols": "none", "sites": "Toronto Clinic"},
        {"metric": "labor_cost", "rows": "role", "cols": "month", "last": "12"},
        {"metric": "supply_burn", "rows": "item", "cols": "site", "is.item": "GLV",
         "row": "GLV", "col": "~all"},
    ],
    "number": [
        {"metric": "spend", "from": "2026-01-01", "to": "2026-03-31"},
        {"metric": "labor_cost", "month": "Mar 2026", "site": "RIV"},
        {"metric": "labor_cost", "month": "Mar 2026", "where": "site:OAK", "rows": "1"},
        {"load": "4", "record": "7"},
    ],
    "what_if": [{"scenario": "price:5@site=TOR"}, {"with": "Dear TOR", "scenario": "price:5"}],
    "overview": [{"region": "Canada"}, {"sites": "Riverside Home", "month": "Feb 2026"}],
    "data": [{"tab": "Loads"}, {"tab": "General ledger"}],
    "settings": [{"tab": "Targets"}],
}  # fmt: skip
QUICK = {("site manager", "site"), ("buyer", "data")}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Home, Home]]:
    return pairs(tmp_path_factory.mktemp)


def told(
    home: Home, login: str, page: str, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> list[bytes]:
    text = "\n".join(map(str, sent(home, login, page, query, monkeypatch)))
    return neutral(text.encode(), home).splitlines()


@pytest.mark.parametrize(
    ("who", "page"),
    [pytest.param(who, page, marks=() if (who, page) in QUICK else pytest.mark.soak)
     for who in sorted(PARTS) for page in PAGES],
)  # fmt: skip
def test_no_page_sends_anybody_what_depends_on_others(
    two: Any, who: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two(who)
    for query in ({}, *FORGED.get(page, [])):
        login = PARTS[who].person.login
        mine, theirs = (told(home, login, page, query, monkeypatch) for home in (one, other))
        assert mine == theirs, query


@pytest.mark.soak
@pytest.mark.parametrize("page", ["overview", "explore", "what_if", "contracts"])
def test_the_comparison_sees_what_an_administrator_is_sent(
    two: Any, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two("site manager")
    mine, theirs = (told(home, "boss", page, {}, monkeypatch) for home in (one, other))
    assert mine != theirs
