"""What people noted about a pack's numbers: beside the number, and all of it on a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pipelines import format as fmt
from pipelines.analysis.attention import Finding
from pipelines.calendar import Period, add_months, month_span
from pipelines.metrics import find
from pipelines.notes import Told, frozen
from pipelines.packs.content import Cell, Column, Page, Row, Table
from pipelines.packs.view import View
from pipelines.wording import noted

EARLIER = 3  # months of which a visit brings the notes
WHOLE = ("total_cost", "budget_variance", "budget_variance_share")


def beside(
    view: View, metrics: Collection[str], period: Period, where: Mapping[str, Sequence[str]]
) -> str:
    """What was noted about a number, in a line; "" where nothing was."""
    pinned = frozen(where)
    return " ".join(
        noted.short(one)
        for one in view.notes
        if one.note.metric in metrics and one.note.period == period and one.note.where == pinned
    )


def of_finding(view: View, finding: Finding) -> str:
    """What was noted about the number that a finding is about."""
    metric = noted.measure_of(finding)
    if metric is None:
        return ""
    return beside(view, (metric,), view.period, {"site": [finding.site]})


def of_subject(view: View, period: Period, subject: str | None, metric: str | None) -> str:
    """What was noted about a subject's cost, or its gap; about the whole where none is named."""
    if subject is None:
        return beside(view, WHOLE, period, view.where)
    own = beside(view, (metric,), period, view.where) if metric else ""
    return " ".join(filter(None, (own, beside(
        view, WHOLE, period, {**view.where, "subject": [subject]}))))  # fmt: skip


def of_site(view: View, period: Period, site: str) -> str:
    """What was noted about a site's cost or its gap."""
    return beside(view, WHOLE, period, {"site": [site]})


def notes_page(view: View) -> Page | None:
    """All notes on numbers of the month and of the year to date; None where there is none."""
    found = view.notes
    if not found:
        return None
    about = {(one.note.metric, one.note.period, str(one.note.where)): False for one in found}
    for one in found:
        about[one.note.metric, one.note.period, str(one.note.where)] |= one.changed
    changed = sum(about.values())
    verb = "is" if len(about) == 1 else "are"
    title = f"{fmt.counted(len(about), 'number')} {verb} explained"
    if changed and len(about) == 1:
        title += ", and it has changed since"
    elif changed:
        have = "has" if changed == 1 else "have"
        title += f", and {fmt.count(changed)} of them {have} changed since"
    uses = tuple(dict.fromkeys(one.note.metric for one in found))
    return Page("Notes", title, "", (notes_table(view, found, shown=8),), uses)


def visit_notes(view: View, *, shown: int) -> Table | None:
    """What was noted about a site in the last months; None where nothing was."""
    first = add_months(view.month, 1 - EARLIER)
    found = view.noted(month_span(first, EARLIER))
    return notes_table(view, found, shown=shown, here=True) if found else None


def notes_table(view: View, found: Sequence[Told], *, shown: int, here: bool = False) -> Table:
    """Notes, those whose number has changed first; `here` leaves out whose number it is."""
    ordered = sorted(found, key=lambda one: (not one.changed, -one.note.moment.timestamp()))
    late = sum(_is_late(view, one) for one in found)
    open_ = sum(bool(one.note.action) and one.note.done is None for one in found)
    title = f"{fmt.counted(open_, 'action')} {'is' if open_ == 1 else 'are'} open"
    if late:
        title += f", {fmt.count(late)} past {'its' if late == 1 else 'their'} day"
    return Table(
        title=title if open_ else "What people noted",
        subtitle="Notes on numbers; where the number has changed since comes first",
        columns=(
            Column("Number", width=1.5),
            Column("When written", True, width=1.0),
            Column("Now", True, width=0.9),
            Column("What explains it", width=3.2),
            Column("What is to be done", width=2.0),
        ),
        rows=tuple(_row(view, one, here) for one in ordered),
        shown=shown,
        noun=("note", "notes"),
    )


def _row(view: View, told: Told, here: bool) -> Row:
    note = told.note
    title, when = find(note.metric).title, note.period.name()
    place = "" if here else _place(view, note.where)
    then, now = noted.values(note.metric, note.values), noted.values(note.metric, told.now)
    if told.changed and then == now:
        then, now = noted.exact(note.values), noted.exact(told.now)
    said = " ".join(note.text.split())
    return (
        Cell(title, title, second=", ".join(filter(None, (place, when)))),
        Cell(then, then, second=fmt.day(note.moment.date())),
        Cell(now, now, second="has changed" if told.changed else "",
             tone="strong" if told.changed else "plain"),
        Cell(said, said, second=note.author),
        _task(view, told),
    )  # fmt: skip


def _task(view: View, told: Told) -> Cell:
    note = told.note
    if not (note.action or note.owner):
        return Cell("–", tone="muted")
    said = " ".join(note.action.split()) or "to be looked after"
    due = f"by {fmt.day(note.due)}" if note.due else ""
    if note.done:
        due = f"done {fmt.day(note.done)}"
    elif _is_late(view, told):
        due = f"was due {fmt.day(note.due)}"
    who = ", ".join(filter(None, (note.owner or "nobody yet", due)))
    return Cell(said, said, second=who, tone="concern" if _is_late(view, told) else "plain")


def _is_late(view: View, told: Told) -> bool:
    note = told.note
    return note.due is not None and note.done is None and note.due < view.day


def _place(view: View, where: Mapping[str, Sequence[str]]) -> str:
    if not where:
        return "all sites"
    return ", ".join(
        fmt.names([view.names.get(value, value) for value in values], limit=2)
        for values in where.values()
    )
