"""What the command line said, in sentences for the page. No Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dashboard import format as fmt

HOW = {"exact": "same heading", "marks": "same but for marks", "spelling": "similar spelling",
       "answer": "your answer"}  # fmt: skip
CLASSES = {"data": "will be loaded", "duplicate": "repeats another record",
           "set aside": "will be set aside"}  # fmt: skip
Json = Mapping[str, Any]


def sure(share: float) -> str:
    """How sure a reading is, as words with its figure.

    >>> sure(0.95)
    'very sure (95 of 100)'
    """
    word = "very sure" if share >= 0.9 else "fairly sure" if share >= 0.7 else "not sure"
    return f"{word} ({round(share * 100)} of 100)"


def taken_for(table: Json) -> str:
    """What a table is taken for: "Invoices is taken for …, very sure (95 of 100)."."""
    if not table.get("profile"):
        return f"{table['table']} has a layout that Rounds does not know yet."
    return f"{table['table']} is taken for “{table['title']}”: {sure(table['sure'])}."


def mapping(table: Json) -> list[list[str]]:
    """(heading, taken for, how it was found, how it is read) of every column of the file."""
    found = {column["heading"]: column for column in table.get("columns", [])}
    rows = []
    for place, heading in enumerate(table.get("headings", []), 1):
        column = found.get(heading)
        if column is None:
            rows.append([heading or f"Column {place}", "not read", "–", "–"])
            continue
        read = column["read"] or column["kind"]
        if column["of_kind"] is not None and column["of_kind"] < column["filled"]:
            read += f", {column['filled'] - column['of_kind']} of {column['filled']} do not fit"
        name = column["column"].replace("_", " ")
        rows.append([heading, name, HOW.get(column["how"], column["how"]), read])
    return rows


def classes(table: Json) -> list[list[str]]:
    """(what will become of them, records, the first of them) of a table's records."""
    return [
        [CLASSES.get(one["class"], one["class"].replace("_", " ")), fmt.count(one["records"]),
         ", ".join(map(str, one["first"]))]
        for one in table.get("classes", [])
    ]  # fmt: skip


def reasons(table: Json) -> list[list[str]]:
    """(reason, records, the first of them) of what would be set aside; no cell is named."""
    return [
        [f"{one['column'] or 'The record'} {one['reason']}", fmt.count(one["records"]),
         ", ".join(map(str, one["first"]))]
        for one in table.get("reasons", [])
    ]  # fmt: skip


def preview(table: Json) -> tuple[list[str], list[list[str]]] | None:
    """The columns and cells of the first records that would be loaded; None where there is none.

    A column that is blank in all of them is left out.
    """
    rows = table.get("rows", [])
    names = [n for n in (rows[0]["cells"] if rows else ()) if any(r["cells"][n] for r in rows)]
    cells = [[fmt.count(r["record"]), *(r["cells"][n] or "–" for n in names)] for r in rows]
    return ([name.replace("_", " ") for name in names], cells) if names else None


def refused(table: Json) -> list[list[str]]:
    """(record, why, its cells as the file has them) of the first that would be set aside."""
    return [
        [
            fmt.count(r["record"]),
            "; ".join(r["reasons"]),
            ", ".join(f"{n.replace('_', ' ')} {text}" for n, text in r["cells"].items() if text),
        ]
        for r in table.get("refused", [])
    ]


def balance(one: Json) -> str:
    """The sum of a load: "4 records = 2 accepted + 1 repeated + 1 set aside + 0 titles …"."""
    parts = [
        f"{fmt.count(one['accepted'])} accepted",
        f"{fmt.count(one['duplicate'])} repeated",
        f"{fmt.count(one['quarantined'])} set aside",
        f"{fmt.count(one['furniture'])} titles, totals or blank lines",
    ]
    return f"{fmt.counted(one['records'], 'record')} = {' + '.join(parts)}."


def money(one: Json) -> str:
    """How the money of a load ties; empty where it has none."""
    told = one.get("money")
    if not told:
        return ""
    read, *parts = (Decimal(told[k]) for k in ("read", "accepted", "duplicate", "quarantined"))
    names = ("accepted", "repeated", "set aside")
    said = " + ".join(f"{part:,.2f} {name}" for part, name in zip(parts, names, strict=True))
    ties = "ties" if read == sum(parts) else "does not tie"
    blind = f" {fmt.counted(told['unreadable'], 'amount')} could not be read."
    return f"The money {ties}: {read:,.2f} read = {said}.{blind if told['unreadable'] else ''}"


def outcome(one: Json) -> list[str]:
    """The sentences about one table that was loaded, unchanged or refused."""
    if one["status"] == "refused":
        return [f"Not loaded. {one['problem']}"]
    if one["status"] == "unchanged":
        return ["This file was loaded before, and nothing has changed since."]
    said = [f"Loaded as load {one['load']}.", balance(one), money(one), *one.get("notes", [])]
    return [sentence for sentence in said if sentence]


def totals(table: Sequence[Json]) -> str:
    """Whether the totals that the file states are the sums of its records."""
    off = [t for t in table if Decimal(t["difference"])]
    if not table:
        return "The file states no totals to compare."
    if not off:
        verb = "ties" if len(table) == 1 else "tie"
        return f"{fmt.counted(len(table), 'total')} in the file {verb} with the records."
    return f"{len(off)} of {fmt.counted(len(table), 'total')} in the file do not tie."


def corrected(answer: Json | None) -> str:
    """What became of the corrected records: "2 accepted, 1 set aside again."."""
    words = {"set aside": "set aside again", "not waiting": "no longer waiting",
             "outdated": "already stated by a later file", "duplicate": "repeated"}  # fmt: skip
    counts: dict[str, int] = {}
    for one in (answer or {}).get("records", []):
        verdict = words.get(one["verdict"], one["verdict"])
        counts[verdict] = counts.get(verdict, 0) + 1
    if not counts:
        return "No record was waiting for that."
    return ", ".join(f"{fmt.count(n)} {verdict}" for verdict, n in counts.items()) + "."
