"""How a file that Rounds doesn't know is to be read: choose what each column holds, and save it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import layout, viewing
from dashboard.desk import files
from pipelines.access.roles import Right
from pipelines.errors import RoundsError
from pipelines.feeds import FEEDS, Feed
from pipelines.settings import Home

LONGEST = 60  # characters of what a column holds, in a list of choices


def arguments(mark: str) -> list[str]:
    """What a person said of an upload's columns, as options of `rounds inspect --propose`."""
    said: list[str] = st.session_state.get(_place(mark), [])
    return said


def draw(table: dict[str, Any], mark: str, key: str) -> None:
    """The proposal for a table: its feed, its columns, and the whole of it as text."""
    proposal = table.get("proposal")
    if not proposal:
        return
    layout.paragraph(
        "Rounds proposes how to read it. Say what each column holds where the guess is wrong, and "
        "save it; the file is then shown again, and so is every later one like it."
    )
    feed = _feed(proposal["feed"], mark, key)
    _columns(proposal, feed, mark, key)
    if proposal["missing"]:
        wanted = ", ".join(f"{n.replace('_', ' ')} ({_meaning(feed, n)})"
                           for n in proposal["missing"])  # fmt: skip
        layout.paragraph(f"Every row needs what no column was found for: {wanted}.")
    with st.expander("All of it as text", key=f"text {key}"):
        text = st.text_area(
            "How to read this file", proposal["toml"], height=360,
            key=f"toml {key} {hash(proposal['toml'])}",
        )  # fmt: skip
    if st.button("Save and look again", type="primary", key=f"save {key}"):
        try:
            viewing.doing(Right.LOAD, "change", {"command": "profile"})
            name = files.save_profile(Home.find(), text)
        except RoundsError as problem:
            layout.paragraph(str(problem))
            return
        _look_again([], mark)
        st.session_state["said"] = [f"Saved as {name}."]
        st.rerun()


def _feed(proposed: str, mark: str, key: str) -> Feed:
    """What the file holds: another choice makes another proposal."""
    wanted = st.selectbox(
        "The file holds", list(FEEDS), list(FEEDS).index(proposed), key=f"feed {key} {proposed}",
        format_func=lambda name: f"{FEEDS[name].title}: {FEEDS[name].row}",
    )  # fmt: skip
    if wanted != proposed:
        _look_again(["--feed", wanted], mark)
        st.rerun()
    return FEEDS[proposed]


def _columns(proposal: dict[str, Any], feed: Feed, mark: str, key: str) -> None:
    """A choice for each heading; all of them count together."""
    names = ["", *feed.names]
    with st.form(f"columns of {key}", border=False):
        said = []
        for at, guess in enumerate(g for g in proposal["guesses"] if g["heading"]):
            if at % 2 == 0:  # by rows: on a phone they stand in the file's order
                sides = st.columns(2)
            column = sides[at % 2].selectbox(
                guess["heading"], names, names.index(guess["column"] or ""),
                format_func=lambda name: _choice(feed, name),
                key=f"column {key} {feed.name} {guess['place']} {guess['column']}",
                help=f"Guessed: {guess['reason']}." if guess["column"] else None,
            )  # fmt: skip
            said += ["--column", f"#{guess['place']}={column}"]
        if st.form_submit_button("Look again with these"):
            _look_again(["--feed", feed.name, *said], mark)
            st.rerun()


def _choice(feed: Feed, name: str) -> str:
    if not name:
        return "Not read"
    column = feed.column(name)
    needed = " (every row needs it)" if column.required else ""
    return f"{name.replace('_', ' ').capitalize()}: {_meaning(feed, name)}{needed}"


def _meaning(feed: Feed, name: str) -> str:
    meaning = feed.column(name).meaning
    return meaning if len(meaning) <= LONGEST else f"{meaning[:LONGEST].rsplit(' ', 1)[0]} …"


def _look_again(said: list[str], mark: str) -> None:
    st.session_state[_place(mark)] = said
    st.session_state["inspected"] = {}


def _place(mark: str) -> str:
    return f"proposal {mark}"
