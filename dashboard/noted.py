"""What people noted about a measure in a scope, as marks for the time axis of its charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard import asking, noting, store
from dashboard import format as fmt
from pipelines.calendar import Period, month_end
from pipelines.metrics import Metric
from pipelines.notes import notes, notes_of


def marks(
    metric: Metric | str, where: Mapping[str, Sequence[str]], months: Sequence[date]
) -> list[tuple[date, str]]:
    """The notes on the scope, or on a part of it, by the month in which their period ends.

    A note on a part says which.
    """
    name = metric if isinstance(metric, str) else metric.name
    home = store.home()
    if not months or not notes(home, name):
        return []
    span = Period(min(months), month_end(max(months)))
    found = notes_of(
        store.reader(), home, period=span, where=where, metric=name, fiscal=store.calendar()
    )
    here = store.frozen(where)
    told = []
    for one in sorted(found, key=lambda one: one.note.moment):
        note = one.note
        about = asking.number(name, note.period, note.where)
        place = "" if store.frozen(note.where) == here else _place(about)
        told.append((note.period.stop.replace(day=1), f"{place}{noting.short(one)}"))
    return told


def _place(about: asking.Asked) -> str:
    parts = [*about.places, *about.parts]
    return f"{fmt.names(parts, limit=2)}. " if parts else ""
