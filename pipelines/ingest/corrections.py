"""The list of records set aside that people correct: how it is written, and read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.downloads import as_it_was, guarded_cell
from pipelines.errors import FileProblem, UsageProblem
from pipelines.ingest.aside import ABOUT
from pipelines.ingest.read import Found, tables
from pipelines.ingest.sniff import normalise_heading
from pipelines.profiles import Profile


@dataclass(frozen=True, slots=True)
class Held:
    """A record that waits: of which load, its reasons, its cells and what is remembered of it.

    `last` is the load that holds its latest cells: its own, or that of a correction that failed.
    """

    load: int
    record: int
    last: int
    reasons: tuple[tuple[str, str | None], ...]
    cells: Mapping[str, str | None]
    memo: Mapping[str, str]

    @property
    def said(self) -> str:
        """The reasons as one text: "Amount is not an amount; Date is blank"."""
        return "; ".join(f"{column or 'record'} {reason}" for reason, column in self.reasons)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list that came back: the record, and its cells by the profile's columns."""

    load: int
    record: int
    cells: dict[str, str | None] = field(default_factory=dict)


def held_of(frame: pl.DataFrame) -> list[Held]:
    """The records of a frame that has a row a reason: load, record, last, reason, …, memo."""
    found: dict[tuple[int, int], Held] = {}
    for row in frame.iter_rows(named=True):
        key = row["load"], row["record"]
        before = found[key].reasons if key in found else ()
        reasons = (*before, (row["reason"], row["column"]))
        found[key] = Held(*key, row["last"], reasons, _pairs(row["cells"]), _pairs(row["memo"]))
    return list(found.values())


def _pairs(map_: Any) -> dict[str, Any]:
    """A map as the record gives it, or as the read model does: a list of keys and values."""
    return map_ if isinstance(map_, dict) else {e["key"]: e["value"] for e in map_ or ()}


def labels(profile: Profile) -> dict[str, str]:
    """By column, its heading in the list: the usual one, or its name where two share one."""
    usual = [s.headings[0] for s in profile.sources]
    taken = {*ABOUT, *(h for h in usual if usual.count(h) > 1)}
    return {
        s.name: s.name if normalise_heading(s.headings[0]) in taken or s.headings[0] in taken
        else s.headings[0]
        for s in profile.sources
    }  # fmt: skip


def as_csv(held: Sequence[Held], profiles: Mapping[str, Sequence[int]], known: Known) -> str:
    """The list of one profile's records as CSV.

    `profiles` gives the loads of each profile. UsageProblem where there are several: a CSV has one
    line of headings.
    """
    if len(profiles) > 1:
        raise UsageProblem(
            f"Records of {len(profiles)} layouts wait ({', '.join(profiles)}). Write them into a "
            "workbook (--out NAME.xlsx), or choose the load of one with --load."
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for name in profiles:
        writer.writerows(map(guarded_cell, line) for line in _lines(held, known[name]))
    return text.getvalue()


def as_workbook(held: Sequence[Held], profiles: Mapping[str, Sequence[int]], known: Known) -> bytes:
    """The list as a workbook, a sheet a profile; every cell is text, so that nothing is changed."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        bold = book.add_format({"bold": True})
        for name, loads in profiles.items():
            sheet = book.add_worksheet(name[:31])
            for number, line in enumerate(
                _lines([h for h in held if h.load in loads], known[name])
            ):
                for place, cell in enumerate(line):
                    # What began with an apostrophe must come back with it.
                    told = guarded_cell(cell) if cell.startswith("'") else cell
                    sheet.write_string(number, place, told, *([] if number else [bold]))
    return content.getvalue()


def _lines(held: Sequence[Held], profile: Profile) -> list[list[str]]:
    names = [s.name for s in profile.sources if any(s.name in h.cells for h in held)]
    shown = labels(profile)
    lines = [[*ABOUT, *(shown[name] for name in names)]]
    for h in held:
        lines.append([str(h.load), str(h.record), h.said, *(h.cells.get(n) or "" for n in names)])
    return lines


def read_list(path: Path, loads: Mapping[int, Profile]) -> list[Row]:
    """The lines of a list that came back; `loads` gives the profile of each load.

    FileProblem when it is no such list, or a line names no load and record.
    """
    profiles = {profile.name: profile for profile in loads.values()}
    headings = [
        frozenset(normalise_heading(h) for h in (*ABOUT, *labels(p).values()))
        for p in profiles.values()
    ] or [frozenset(ABOUT)]
    rows: list[Row] = []
    for found in tables(path, headings):
        rows.extend(_rows(found, loads))
    named = [(row.load, row.record) for row in rows]
    twice = next((n for n in named if named.count(n) > 1), None) if len(named) < 2000 else None
    if len(set(named)) < len(named):
        which = f": record {twice[1]} of load {twice[0]}" if twice else ""
        raise FileProblem(path, f"names a record twice{which}. Keep the line that is right.")
    return rows


def _rows(found: Found, loads: Mapping[int, Profile]) -> list[Row]:
    names = [normalise_heading(h) for h in found.headings]
    if not {"load", "record"} <= set(names):
        raise FileProblem(
            found.path,
            "is no list of records set aside: it has no columns load and record. Write one with "
            "`rounds quarantine export`, and correct its cells.",
            found.part,
        )
    rows = []
    for line in found.frame.iter_rows(named=True):
        cells = {name: line.get(f"c{place}") for place, name in enumerate(names)}
        if not any((cell or "").strip() for cell in cells.values()):
            continue
        load, record = _number(cells["load"]), _number(cells["record"])
        if load is None or record is None:
            raise FileProblem(
                found.path,
                f"does not say in line {line['record']} which load and record it corrects: leave "
                "those two columns as they were written.",
                found.part,
            )
        shown = labels(loads[load]) if load in loads else {}
        given = {name: normalise_heading(label) for name, label in shown.items()}
        own = {n: _text(cells[label]) for n, label in given.items() if label in cells}
        rows.append(Row(load, record, own))
    return rows


def _number(cell: str | None) -> int | None:
    text = (cell or "").strip().removesuffix(".0")
    return int(text) if text.isdecimal() else None


def _text(cell: str | None) -> str | None:
    return as_it_was((cell or "").strip()) or None


Known = Mapping[str, Profile]
