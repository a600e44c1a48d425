"""Which budgets of a comparison hold amounts that people set over the file's."""

from __future__ import annotations

from dashboard import layout, store_data
from dashboard.components import Cell, more_link
from dashboard.places import within
from dashboard.scope import Scope, to_page

WORD = "edited"


def values(chosen: Scope, dimension: str) -> set[str]:
    """The sites, or the subjects, of which an amount in the scope was set by somebody."""
    edits = store_data.table("budget edits")
    places = within(chosen.where)
    return {
        str(row[dimension])
        for row in edits.iter_rows(named=True)
        if row["site"] in places and chosen.period.start <= row["month"] <= chosen.period.stop
    }


def cell(text: str, edited: bool) -> Cell | str:
    """A budget as it is written, with its mark."""
    return Cell(text, second=WORD) if edited else text


def note(chosen: Scope, currency: str) -> None:
    """What the mark means, and where the amounts stand; nothing where none is marked."""
    if values(chosen, "site"):
        layout.note("Edited: a part of this budget was set by hand and stands over the file's.")
        more_link("Who set which amount, and why", to_page("settings"), key=f"edits-{currency}")
