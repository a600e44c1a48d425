"""What people noted about a measure in a scope, as marks for the time axis of its charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard import asking, store
from dashboard import format as fmt
from dashboard import store_numbers as held
from dashboard.places import within
from pipelines.calendar import month_end
from pipelines.metrics import Metric
from pipelines.notes import Note
from pipelines.wording.noted import short


def marks(
    metric: Metric | str, where: Mapping[str, Sequence[str]], months: Sequence[date]
) -> list[tuple[date, str]]:
    """The notes on the scope, or on a part of it, by the month in which their period ends.

    A note on a part says which.
    """
    name = metric if isinstance(metric, str) else metric.name
    found = held.notes(name)
    if not found or not months:
        return []
    first, last = min(months), month_end(max(months))
    here, scope, every = store.frozen(where), within(where), within({})
    told = []
    for one in reversed(found):  # the earliest first
        note = one.note
        about = within(note.where)
        inside = about <= scope and (scope == every or about)
        if not inside or not first <= note.period.stop <= last:
            continue
        place = "" if store.frozen(note.where) == here else _place(note)
        told.append((note.period.stop.replace(day=1), f"{place}{short(one)}"))
    return told


def _place(note: Note) -> str:
    about = asking.number(note.metric, note.period, note.where)
    parts = [*about.places, *about.parts]
    return f"{fmt.names(parts, limit=2)}. " if parts else ""
