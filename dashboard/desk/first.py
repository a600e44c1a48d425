"""The first start: three steps from an empty home to the first figures, or an invented group."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, viewing
from dashboard.desk import child, upload, wording
from pipelines.access.roles import Right
from pipelines.errors import RoundsError
from pipelines.settings import Home

MOST = 1000  # files of the inbox that are counted


def draw() -> None:
    """What stands on every page until something was loaded."""
    home = Home.find()
    if not viewing.may(Right.LOAD):
        layout.page_title(
            "Nothing has been loaded yet", "The pages fill once somebody has loaded exports."
        )
        return
    layout.page_title(
        "Nothing has been loaded yet",
        "Three steps lead to the first figures. Nothing leaves this machine.",
    )
    layout.section("1. Export last month from your systems")
    layout.paragraph(
        "Hours and pay, visits or resident days, supplies, work orders, invoices: whichever you "
        "have, as the systems write them. CSV, Excel, XML, JSON and zip files are read. One "
        "subject is enough to begin with."
    )
    layout.section("2. Bring the files in, in one of three ways")
    upload.section("Upload one file", level=layout.block)
    _folder(home)
    layout.block("Or at the command line", "With FOLDER as the place of your exports.")
    _command(f'rounds ingest FOLDER --home "{home.root}"')
    layout.section("3. Read what they say")
    layout.paragraph(
        "The pages fill as soon as a file is loaded. Data health tells what came in, what was set "
        "aside and why, and what is still missing."
    )
    if st.button("Look again", key="look again"):
        st.rerun()
    layout.section(
        "Or look at an invented group first",
        "It has 42 sites, three years and a home of its own, so that its figures never mix with "
        "yours. The command prints the address to open.",
    )
    _command(f"rounds demo --port {int(st.get_option('server.port')) + 1}")


def _command(line: str) -> None:
    st.code(line, language=None, wrap_lines=True, width=layout.SENTENCE_WIDTH)


def _folder(home: Home) -> None:
    """The inbox: what lies in it is loaded at the press of a button."""
    layout.block("Or drop them into a folder", "With as many folders below it as you like.")
    for sentence in st.session_state.pop("folder said", []):
        layout.paragraph(sentence)
    try:
        home.make()
    except RoundsError as problem:
        layout.paragraph(str(problem))
        return
    _command(str(home.inbox.resolve()))
    waiting = _waiting(home)
    if not waiting:
        layout.note("No file lies there yet. Put them there, then look again.")
        return
    layout.note(f"{fmt.counted(waiting, 'file')} {'lies' if waiting == 1 else 'lie'} there.")
    if st.button("Load what lies there", type="primary", key="load inbox"):
        with st.spinner("Loading"):
            done = child.run(home, "ingest", home.inbox, "--json")
        found = (done.answer or {}).get("files", [])
        said = [f"{Path(one['path']).name}: {s}" for one in found for s in wording.outcome(one)[:1]]
        st.session_state["folder said"] = [*said[:20], *([done.problem] if done.problem else [])]
        st.rerun()


def _waiting(home: Home) -> int:
    count = 0
    for path in home.inbox.rglob("*"):
        count += path.is_file() and not path.name.startswith(".")
        if count == MOST:
            break
    return count
