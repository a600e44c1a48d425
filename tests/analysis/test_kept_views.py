"""Views are kept by name, with who kept them; a later one takes the place of the earlier."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.analysis.kept_views import forget_view, keep_view, kept_views
from pipelines.errors import UsageProblem
from pipelines.settings import Home
from pipelines.state import What, history


def test_a_view_is_kept_replaced_and_taken_back(home: Path) -> None:
    at = Home(home)
    keep_view(at, "explore", "  Overtime   by site ", "metric=overtime_share", "ada")
    keep_view(at, "explore", "Agency", "metric=agency_share", "ada")
    keep_view(at, "staffing", "Agency", "span=3+months", "bob")
    keep_view(at, "explore", "Agency", "metric=agency_share&rows=role", "bob")
    found = [(v.name, v.query, v.author) for v in kept_views(at, "explore")]
    assert found == [
        ("Agency", "metric=agency_share&rows=role", "bob"),
        ("Overtime by site", "metric=overtime_share", "ada"),
    ]
    forget_view(at, "explore", "Agency", "ada")
    assert [v.name for v in kept_views(at, "explore")] == ["Overtime by site"]
    assert [v.name for v in kept_views(at, "staffing")] == ["Agency"]
    assert len(history(at, What.VIEW)) == 5


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [("  ", "a=1", "1 to 60"), ("x" * 61, "a=1", "1 to 60"), ("a\x00b", "a=1", "1 to 60"),
     ("Wide", "a" * 4001, "too many things")],
)  # fmt: skip
def test_what_can_not_be_kept_is_said(home: Path, name: str, query: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        keep_view(Home(home), "explore", name, query)


def test_an_unknown_view_is_not_forgotten(home: Path) -> None:
    keep_view(Home(home), "explore", "Agency", "metric=agency_share")
    with pytest.raises(UsageProblem, match="did you mean Agency"):
        forget_view(Home(home), "explore", "Agencies")
