"""Load a file: upload, preview, answer what it leaves open, load."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import layout, viewing
from dashboard.components import Column, Row, responsive_table
from dashboard.desk import child, files, proposal, wording
from pipelines.access.roles import Right
from pipelines.errors import RoundsError
from pipelines.settings import Home

# What an export may be; whatever it is called, it is read for what it holds.
KINDS = ["csv", "tsv", "txt", "dat", "asc", "xlsx", "xlsm", "xlsb", "xls", "ods", "xml", "json",
         "jsonl", "ndjson", "html", "htm", "parquet", "zip", "gz"]  # fmt: skip
DATES = {"As the file tells": "", "Day first (31/12)": "day", "Month first (12/31)": "month"}
DECIMALS = {
    "Decimal point (1,234.50)": "decimal-point",
    "Decimal comma (1.234,50)": "decimal-comma",
}


def section(title: str = "Load a file", *, level: Callable[..., None] = layout.section) -> None:
    """Draw the uploader, and below it the preview of what was uploaded.

    `level` draws its heading: `layout.section`, or `layout.block` below a section.
    """
    level(
        title,
        "Rounds shows what it takes the file for before anything is loaded. The file goes to the "
        "inbox on this machine.",
    )
    if not viewing.may(Right.LOAD):
        return
    given = st.file_uploader("Export file", type=KINDS, key="upload")
    _result()
    if given is None:
        return
    try:
        viewing.permit(Right.LOAD, "upload")
        content = given.getvalue()
        path = files.keep(Home.find(), given.name, content)
    except RoundsError as problem:
        layout.paragraph(str(problem))
        return
    _preview(path, hashlib.sha256(content).hexdigest()[:12])


def _preview(path: Path, mark: str) -> None:
    options = _answers(mark)
    seen = _inspected(path, mark, options)
    if seen.problem and seen.answer is None:
        layout.paragraph(seen.problem)
        return
    tables = seen.answer or []
    asked = st.session_state.setdefault(f"asked {mark}", {"headings": []})
    for number, table in enumerate(tables):
        _table(table, mark, f"{mark} {number}")
        _remember(asked, table)
    _choice(asked, tables, mark)
    if any(table.get("profile") for table in tables):
        _questions(asked, tables, mark)
        if st.button("Load this file", type="primary", key=f"load {mark}"):
            _load(path, options)


def _inspected(path: Path, mark: str, options: list[str]) -> child.Said:
    kept = st.session_state.setdefault("inspected", {})
    key = (mark, *options)
    if key not in kept:
        kept.clear()
        with st.spinner("Looking at the file"):
            said = child.run(Home.find(), "inspect", path, "--json", "--rows", *options)
            if any(not t.get("profile") for t in said.answer or []):
                asked = [*options, *proposal.arguments(mark)]
                said = child.run(Home.find(), "inspect", path, "--json", "--propose", *asked)
        kept[key] = said
    return kept[key]


def _table(table: dict[str, Any], mark: str, key: str) -> None:
    layout.block(wording.taken_for(table))
    if table.get("problem") and not table.get("proposal"):
        layout.paragraph(table["problem"])
    if not table.get("profile"):
        proposal.draw(table, mark, key)
        return
    _list("What becomes of its records", ("Records", "How many", "First ones"),
          wording.classes(table), f"classes {key}")  # fmt: skip
    _list("Why records would be set aside", ("Reason", "Records", "First ones"),
          wording.reasons(table), f"reasons {key}")  # fmt: skip
    _list("The first that would be set aside", ("Record", "Reason", "Its cells"),
          wording.refused(table), f"refused {key}")  # fmt: skip
    rows = wording.preview(table)
    if rows:
        names, cells = rows
        _list("First records, as they are read", ("Record", *names), cells, f"rows {key}")
    if "totals" in table:
        layout.note(wording.totals(table["totals"]))
    for note in table.get("notes", []):
        layout.note(f"{note}.")
    with st.expander("Columns of the file", key=f"columns {key}"):
        _list("How each column is read", ("Heading", "Taken for", "Found by", "Read as"),
              wording.mapping(table), f"mapping {key}")  # fmt: skip


def _list(label: str, heads: tuple[str, ...], rows: list[list[str]], key: str) -> None:
    if rows:
        layout.note(f"{label}:")
        columns = [Column(head) for head in heads]
        responsive_table(columns, [Row(row) for row in rows], key=key, label=label)


def _remember(asked: dict[str, Any], table: dict[str, Any]) -> None:
    """Keep what was asked, so that a question that was answered stays on the page."""
    for question in table.get("questions", []):
        way = question["answer"]
        kind = "dates" if "--dates" in way else "columns" if way == "--column" else "decimals"
        asked.setdefault(kind, {})[question["question"]] = (table["profile"], question["column"])
    for option in ("site", "period"):
        if f"--{option}" in (table.get("problem") or ""):
            asked[option] = True


def _choice(asked: dict[str, Any], tables: list[dict[str, Any]], mark: str) -> None:
    """What else the file may be: a person's word counts for more than the headings."""
    layouts = asked.setdefault("layouts", {})
    for table in tables:
        if table.get("profile"):
            layouts[table["profile"]] = table["title"]
        layouts.update({r["profile"]: r["title"] for r in table.get("runners_up", [])
                        if not r["missing"]})  # fmt: skip
    if len(layouts) > 1:
        st.selectbox(
            "Read it as", ["", *layouts], key=f"profile {mark}",
            format_func=lambda name: layouts.get(name, "What fits best"),
        )  # fmt: skip


def _questions(asked: dict[str, Any], tables: list[dict[str, Any]], mark: str) -> None:
    """A widget for each kind of question that is open, or was."""
    for question in asked.get("dates", {}):
        layout.note(question)
    if "dates" in asked:
        st.selectbox("Order of day and month", list(DATES), key=f"dates {mark}")
    if "columns" in asked:
        for question in asked["columns"]:
            layout.note(question)
        left, right = st.columns(2)
        headings = [h for table in tables for h in table.get("headings", [])]
        names = sorted({n for t in tables for n in t.get("absent", [])}
                       | {c["column"] for t in tables for c in t.get("columns", [])})  # fmt: skip
        left.selectbox("Column of the file", ["", *headings], key=f"heading {mark}")
        right.selectbox("is taken for", ["", *names], key=f"name {mark}")
    for question, (profile, column) in asked.get("decimals", {}).items():
        said = layout.pick(question, DECIMALS, key=f"{column} {mark}")
        if said and st.button("Keep this answer", key=f"keep {column} {mark}"):
            done = child.run(
                Home.find(), "quarantine", "answer", profile, column, DECIMALS[said], "--json"
            )
            st.session_state["inspected"] = {}
            st.session_state["said"] = [done.problem or wording.corrected(done.answer)]
            st.rerun()
    if "site" in asked:
        st.text_input("Site that the file belongs to", key=f"site {mark}")
    if "period" in asked:
        st.text_input("Day that the file stands for, as 2026-10-31", key=f"period {mark}")


def _answers(mark: str) -> list[str]:
    state = st.session_state
    said = {
        "dates": DATES[state.get(f"dates {mark}") or "As the file tells"],
        "site": state.get(f"site {mark}") or "",
        "period": state.get(f"period {mark}") or "",
        "profile": state.get(f"profile {mark}") or "",
    }
    heading, name = state.get(f"heading {mark}"), state.get(f"name {mark}")
    return files.arguments(said, [f"{heading}={name}"] if heading and name else [])


def _load(path: Path, options: list[str]) -> None:
    with st.spinner("Loading"):
        done = child.run(Home.find(), "ingest", path, "--json", *options)
    found = (done.answer or {}).get("files", [])
    said = [s for one in found for s in wording.outcome(one)]
    st.session_state["said"] = [*said, *([done.problem] if done.problem else [])]
    st.session_state["inspected"] = {}
    st.rerun()


def _result() -> None:
    """What the last command said, until the next one."""
    for sentence in st.session_state.pop("said", []):
        layout.paragraph(sentence)
