"""Records that were set aside: correct their cells and load them, or answer once for all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store, store_data, taking
from dashboard.components import Column, Row, responsive_table
from dashboard.desk import child, files, wording
from pipelines.settings import Home

OPEN = {
    "Day first (31/12)": "day-first",
    "Month first (12/31)": "month-first",
    "Decimal point (1,234.50)": "decimal-point",
    "Decimal comma (1.234,50)": "decimal-comma",
}


def section() -> None:
    """Draw what waits by file and reason, and the way to correct it."""
    layout.section("Set aside", "Records that could not be loaded, by reason; nothing is lost.")
    if said := st.session_state.pop("aside said", None):
        layout.paragraph(said)
    waiting = store_data.table("waiting")
    if waiting.is_empty():
        layout.empty("No record waits.")
        return
    rows = [
        Row([r["path"], f"{r['column'] or 'The row'} {r['reason']}", fmt.count(r["records"])])
        for r in waiting.head(20).iter_rows(named=True)
    ]
    columns = [Column("File"), Column("Reason", phone="own"), Column("Records", align="right")]
    responsive_table(columns, rows, key="aside", label="Records set aside, by file and reason")
    names = {f"{Path(r['path']).name} (load {r['load']})": r["load"]
             for r in waiting.iter_rows(named=True)}  # fmt: skip
    chosen = layout.pick("Correct the records of", names, "Choose a file", key="aside load")
    if chosen is not None:
        load = names[chosen]
        _editor(load)
        mine = [r for r in waiting.iter_rows(named=True) if r["load"] == load and r["column"]]
        _answer(mine)


def _editor(load: int) -> None:
    build = store.reader().key
    kept = st.session_state.setdefault("aside lists", {})
    if (build, load) not in kept:
        kept.clear()
        kept[build, load] = child.run(Home.find(), "quarantine", "export", "--load", str(load))
    said = kept[build, load]
    if said.problem or not said.text:
        layout.paragraph(said.problem or "No record waits there.")
        return
    frame = files.as_frame(said.text.removeprefix("\ufeff"))
    edited = st.data_editor(
        frame, disabled=files.FIXED, hide_index=True, num_rows="fixed", key=f"cells {build} {load}"
    )
    taking.button(
        "Save the list as CSV", lambda: files.as_csv(frame).encode(), f"set-aside-{load}.csv",
        "text/csv", key=f"csv {load}",
    )  # fmt: skip
    if st.button("Load the corrected records", type="primary", key=f"reload {load}"):
        with tempfile.TemporaryDirectory() as folder, st.spinner("Loading"):
            place = files.save_list(Path(folder), edited)
            done = child.run(Home.find(), "quarantine", "reload", place, "--json")
        _told(done)


def _answer(reasons: list[dict[str, Any]]) -> None:
    """One answer for every record that waits because its column can be read in two ways."""
    unclear = {
        r["column"]: r["profile"] for r in reasons if r["reason"].startswith(store.OPEN_REASON)
    }
    for column, profile in unclear.items():
        said = layout.pick(
            f"How “{column}” is written, in all that waits", OPEN, key=f"open {profile} {column}"
        )
        if said and st.button("Use this answer for all", key=f"answer {profile} {column}"):
            with st.spinner("Loading"):
                done = child.run(
                    Home.find(), "quarantine", "answer", profile, column, OPEN[said], "--json"
                )
            _told(done)


def _told(done: child.Said) -> None:
    st.session_state["aside said"] = done.problem or wording.corrected(done.answer)
    st.session_state["aside lists"] = {}
    st.rerun()
