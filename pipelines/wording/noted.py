"""Notes in words: what was said, what is to be done, whether the number has changed since."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines import format as fmt
from pipelines.analysis.attention import Finding
from pipelines.metrics import find
from pipelines.notes import Note, Told
from pipelines.wording.units import written

# The measure that a line is about where it isn't a signal of one.
ABOUT = {"missed": "pm_compliance_high_risk", "run_out": "out_of_stock",
         "notice": "renewals_due", "locked": "locked_renewals"}  # fmt: skip


def measure_of(finding: Finding) -> str | None:
    """The measure that a line of what needs attention is about; None where it is about no one."""
    told: str | None = finding.details.get("metric") or ABOUT.get(finding.kind)
    return told


def task(note: Note) -> str:
    """What is to be done, by whom and by when; "" where nobody said."""
    if not (note.action or note.owner):
        return ""
    said = note.action or "To be looked after"
    by = f" by {fmt.day(note.due)}" if note.due and not note.done else ""
    done = f", done {fmt.day(note.done)}" if note.done else ""
    return f"{note.owner or 'Nobody yet'}: {said}{by}{done}"


def changed(told: Told) -> str:
    """That the number is another than when the note was written; "" where it isn't."""
    if not told.changed:
        return ""
    one = told.note
    then, now = values(one.metric, one.values), values(one.metric, told.now)
    if then == now:
        then, now = exact(one.values), exact(told.now)
    return (
        f"The number has changed since: it was {then} {_written(one)}, after load {one.load}; "
        f"it is {now} now."
    )


def _written(note: Note) -> str:
    """When a note was pinned to its number: a later version keeps what the first one saw."""
    if note.version > 1:
        return "when this was pinned to it"
    return f"when this was written on {fmt.day(note.moment.date())}"


def values(metric: str, by_currency: Mapping[str, str]) -> str:
    """The values of a number in words."""
    known = find(metric)
    said = [
        written(known, float(value), currency or None) if value else "not known"
        for currency, value in sorted(by_currency.items())
    ]
    return fmt.names(said) or "not known"


def exact(by_currency: Mapping[str, str]) -> str:
    """The values with every digit, where rounding hides what changed."""
    return fmt.names([f"{value or 'not known'} {currency}".strip()
                      for currency, value in sorted(by_currency.items())])  # fmt: skip


def short(told: Told) -> str:
    """A note in one line, for a mark beside a figure."""
    one = told.note
    text = " ".join(one.text.split())
    parts = [text if len(text) <= 200 else f"{text[:199]}…", task(one)]
    if told.changed:
        parts.append("The number has changed since.")
    return f"{one.author}, {fmt.day(one.moment.date())}: {' '.join(filter(None, parts))}"
