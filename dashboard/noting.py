"""Notes about a number: what people said, whether it changed since, a place to say more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from dashboard import asking, layout, provenance, store, viewing
from dashboard import format as fmt
from dashboard import store_numbers as held
from dashboard.asking import Asked
from pipelines.access.roles import Right
from pipelines.analysis.attention import Finding
from pipelines.calendar import Period, month_span
from pipelines.errors import RoundsError
from pipelines.metrics.ask import Answer
from pipelines.notes import ACTION, OWNER, TEXT, Note, Told, Written, withdraw, write
from pipelines.wording.noted import changed, measure_of, short, task

SAID, COUNT = "note said", "notes kept"


def section(asked: Asked, answer: Answer) -> None:
    """The notes of this number, and the form to write one; nothing is written of the past."""
    pinned = asked.metric.name, asked.period, asked.where, answer.basis
    found = [one for one in held.notes(asked.metric.name) if one.note.is_of(*pinned)]
    layout.section("Notes", "" if found else "Nobody has explained this number yet.")
    if said := st.session_state.pop(SAID, None):
        layout.paragraph(said)
    for one in found:
        _note(one, asked)
    if asked.as_of is not None:
        layout.note("Notes are written about the number as it is known now.")
        return
    if not viewing.may(Right.NOTE):
        return
    words = "Explain it further" if found else "Explain this number"
    with st.expander(words, key=f"explain{_kept_before()}"):
        _form(asked, None)


def _kept_before() -> str:
    """How many notes this session has kept: the next form is another, closed and empty."""
    return str(st.session_state.get(COUNT) or "")


Pin = tuple[str, Period, tuple[tuple[str, tuple[str, ...]], ...]]
Noted = Mapping[Pin, list[Told]]


def by_number() -> Noted:
    """The notes that stand, by what they are pinned to."""
    found: dict[Pin, list[Told]] = {}
    for one in held.notes():
        note = one.note
        found.setdefault((note.metric, note.period, store.frozen(note.where)), []).append(one)
    return found


def of_finding(finding: Finding, month: date) -> Asked | None:
    """The number that a line of what needs attention is about; None where it is about no one's."""
    metric = measure_of(finding)
    if metric is None or finding.site not in store.sites():
        return None
    return asking.number(metric, month_span(month), {"site": [finding.site]})


def remarks(asked: Asked | None, notes: Noted) -> list[str]:
    """What people noted about a number, a line each."""
    if asked is None:
        return []
    pinned = asked.metric.name, asked.period, store.frozen(asked.where)
    return [short(one) for one in notes.get(pinned, [])]


def _note(told: Told, asked: Asked) -> None:
    """One note: its text, what is to be done, whether the number changed since."""
    one = told.note
    with st.container(gap="xxsmall", key=f"note-{one.note}"):
        for line in one.text.splitlines():
            if line.strip():
                layout.paragraph(line)
        if to_do := task(one):
            layout.paragraph(to_do)
        by = f"{one.author}, {fmt.moment(one.moment)}"
        layout.note(by if one.version == 1 else f"{by}, version {one.version}")
        if change := changed(told):
            layout.paragraph(change)
            if st.button("What changed it", key=f"why-{one.note}", type="tertiary"):
                _causes(one, asked)
        with st.expander(
            "Change this note" if viewing.may(Right.NOTE) else "Earlier versions of this note",
            key=f"change-{one.note}-{one.version}",
        ):
            if viewing.may(Right.NOTE):
                _form(asked, one, moved=told.changed)
            earlier = held.versions(one.note)[:-1]
            if earlier:
                layout.note("Earlier versions")
            for version in earlier:
                layout.note(f"{version.author}, {fmt.moment(version.moment)}: {version.text}")


def _causes(note: Note, asked: Asked) -> None:
    """What files changed in the number's feeds, sites and months after the note's last load."""
    frame = held.restated_since(asked, note.load)
    if frame.is_empty():
        layout.note("No file changed its rows: a mapping, a target or a definition did.")
        return
    provenance.changes(frame, key=f"causes-{note.note}", label="What changed since the note")


def _form(asked: Asked, note: Note | None, *, moved: bool = False) -> None:
    """Write a note, or another version of one, whose number may have `moved` since."""
    key = f"{note.note}{note.version}" if note else f"new{_kept_before()}"
    with st.form(f"note form {key}", border=False):
        text = st.text_area(
            "What explains it", value=note.text if note else "", max_chars=TEXT, height=100,
            key=f"note text {key}",
        )  # fmt: skip
        action = st.text_input(
            "What is done about it", value=note.action if note else "", max_chars=ACTION,
            key=f"note action {key}",
        )  # fmt: skip
        left, right = st.columns(2)
        owner = left.text_input(
            "Who looks after it", value=note.owner if note else "", max_chars=OWNER,
            key=f"note owner {key}",
        )  # fmt: skip
        due = right.date_input(
            "By", value=note.due if note else None, key=f"note due {key}", format="YYYY-MM-DD"
        )
        done = bool(note) and st.checkbox(
            "It is done", value=bool(note and note.done), key=f"note done {key}"
        )
        anew = moved and st.checkbox("It explains the number as it is now", key=f"note pin {key}")
        name = viewing.signed(
            lambda: st.text_input("Your name", max_chars=OWNER, key=f"note by {key}")
        )
        layout.note("Names in the text, and whatever may tell who a patient is, will be masked.")
        pressed = st.form_submit_button("Keep the note" if note is None else "Keep this version")
    gone = note is not None and st.button("Take the note back", key=f"note gone {key}")
    try:
        if pressed or (gone and note is not None):
            viewing.doing(Right.NOTE, "change", {"command": f"note {asked.metric.name}"})
        if pressed:
            kept = write(
                store.reader(), store.home(), metric=asked.metric.name, period=asked.period,
                where=asked.where, basis=asked.basis, text=text, owner=owner, action=action,
                due=due if isinstance(due, date) else None, note=note.note if note else None,
                done=(note.done if note and note.done else date.today()) if done else None,
                repin=bool(anew), by=name, fiscal=store.calendar(),
            )  # fmt: skip
            st.session_state[SAID] = _kept(kept)
            st.session_state[COUNT] = st.session_state.get(COUNT, 0) + 1
        elif gone and note is not None:
            withdraw(store.reader(), store.home(), note.note, name)
            st.session_state[SAID] = "The note is taken back; its versions are kept."
    except RoundsError as problem:
        st.session_state[SAID] = str(problem)
    if pressed or gone:
        st.rerun()


def _kept(kept: Written) -> str:
    said = "The note is kept."
    if kept.masked:
        said += f" Masked before it was kept: {fmt.names(list(kept.masked))}."
    return said
