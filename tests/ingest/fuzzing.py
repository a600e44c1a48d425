"""Samples made worse: cells, lines, bytes and wrappings of an export changed by chance.

`mutated` gives a file and, where the change leaves a well-formed text behind (all of CELLS, also
within gzip or zip), how many records it has by Python's csv module, headings included: a count that
owes nothing to our reader. For bytes changed, and for xlsx, JSON and XML, there is none.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape

import xlsxwriter

from tests.loading import zipped

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """A changed file; `records` is None where its records can't be counted apart from us."""

    name: str
    data: bytes
    how: str
    records: int | None


def decoded(data: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError


def rows_of(data: bytes, delimiter: str) -> Rows:
    return list(csv.reader(io.StringIO(decoded(data)[0], newline=""), delimiter=delimiter))


def written(rows: Rows, delimiter: str, end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def _any(rows: Rows, head: int, chance: random.Random) -> int:
    return chance.randrange(head, len(rows)) if len(rows) > head else head - 1


# Changes of the records below the headings (at `head - 1`); all leave a well-formed text.


def emptied(rows: Rows, head: int, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        row = rows[_any(rows, head, chance)]
        if row:
            row[chance.randrange(len(row))] = ""


def swapped(rows: Rows, head: int, chance: random.Random) -> None:
    row = rows[_any(rows, head, chance)]
    if len(row) > 1:
        i, j = chance.sample(range(len(row)), 2)
        row[i], row[j] = row[j], row[i]


ODD = (
    "=1+1", "\x00", "\x1a", "1e309", "-0", "NaN", "31/02/2026", "99999999999999999999.99",
    "0001-01-01", "9999-12-31", "(1,234.56)", "1.234,56", "\u202e12", "a\nb", 'say "no"', "#REF!",
    "1,2,3", ";", "\t", " " * 40, "x" * 5000, "Total", "12/13/14", "24:61", "\ufeff", "\U0001f3e5",
    "١٢٣", "−5", "1’000", "NULL", "-", "true", "2026-10-31T23:59:60Z", "1/0", "%", "£", "inf",
)  # fmt: skip


def odd(rows: Rows, head: int, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        row = rows[_any(rows, head, chance)]
        if row:
            row[chance.randrange(len(row))] = chance.choice(ODD)


def cut_rows(rows: Rows, head: int, chance: random.Random) -> None:
    for _ in range(min(chance.randint(1, 3), len(rows) - head)):
        del rows[_any(rows, head, chance)]


def doubled(rows: Rows, head: int, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        rows.append(list(rows[_any(rows, head, chance)]))


def reordered(rows: Rows, head: int, chance: random.Random) -> None:
    below = rows[head:]
    chance.shuffle(below)
    rows[head:] = below


def void_rows(rows: Rows, head: int, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        row = [""] * chance.choice((1, 2, len(rows[head - 1])))
        rows.insert(chance.randint(head, len(rows)), row)


def total_rows(rows: Rows, head: int, chance: random.Random) -> None:
    cells = ["Total", *(chance.choice(("", "1", "99.5")) for _ in rows[head - 1][1:])]
    rows.insert(chance.randint(head, len(rows)), cells)


def ragged(rows: Rows, head: int, chance: random.Random) -> None:
    row = rows[_any(rows, head, chance)]
    if chance.random() < 0.5:
        row.extend("surplus" for _ in range(chance.randint(1, 3)))
    elif len(row) > 1:
        del row[chance.randrange(1, len(row)) :]


def dropped(rows: Rows, head: int, chance: random.Random) -> None:
    at = chance.randrange(len(rows[head - 1]) or 1)
    for row in rows[head - 1 :]:
        del row[at : at + 1]


def moved(rows: Rows, head: int, chance: random.Random) -> None:
    order = list(range(len(rows[head - 1])))
    chance.shuffle(order)
    for i, row in enumerate(rows[head - 1 :], head - 1):
        rows[i] = [row[j] for j in order if j < len(row)]


CELLS = (
    emptied, swapped, odd, cut_rows, doubled, reordered, void_rows, total_rows, ragged, dropped,
    moved,
)  # fmt: skip


# Changes of the bytes; what is a record then is for the reader to say.


def flipped(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def truncated(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def marked(data: bytes, chance: random.Random) -> bytes:
    found = data
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(found))
        found = (
            found[:at] + chance.choice((b'"', b",", b";", b"\t", b"|", b"\\", b"'")) + found[at:]
        )
    return found


def mixed_ends(data: bytes, chance: random.Random) -> bytes:
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    return b"".join(line + chance.choice((b"\n", b"\r\n", b"\r", b"\n\n")) for line in lines)


def other_encoding(data: bytes, chance: random.Random) -> bytes:
    text, _ = decoded(data)
    names = ("utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp1250", "mac-roman", "utf-8-sig")
    return text.encode(chance.choice(names), "replace")


BYTES = flipped, truncated, marked, mixed_ends, other_encoding


# Wrappings.


def as_xlsx(rows: Rows, head: int) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Data")
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                sheet.write_string(i, j, "".join(c for c in cell if c >= " ")[:30000])
    return out.getvalue()


def as_json(rows: Rows, head: int) -> bytes:
    names = rows[head - 1]
    return json.dumps([dict(zip(names, row, strict=False)) for row in rows[head:]]).encode()


def as_xml(rows: Rows, head: int) -> bytes:
    def tag(name: str, i: int) -> str:
        return "".join(c if c.isalnum() and c.isascii() else "_" for c in f"f{i}_{name}")[:40]

    names = [tag(name, i) for i, name in enumerate(rows[head - 1])]
    body = "".join(
        "<row>"
        + "".join(
            f"<{n}>{escape(''.join(c for c in cell if c >= ' '))}</{n}>"
            for n, cell in zip(names, row, strict=False)
        )
        + "</row>"
        for row in rows[head:]
    )
    return f"<rows>{body}</rows>".encode("utf-8", "replace")


TABLES: tuple[Callable[[Rows, int], bytes], ...] = as_xlsx, as_json, as_xml


def head_of(rows: Rows) -> int:
    """How many rows a table's headings and what stands above them are: the widest filled row."""
    top = rows[:12]
    filled = [sum(bool(cell.strip()) for cell in row) for row in top]
    return filled.index(max(filled)) + 1


def mutated(name: str, data: bytes, seed: str) -> Fuzzed:
    """A sample changed by the chance of a seed."""
    chance = random.Random(seed)
    if not name.endswith((".csv", ".tsv")):
        change = chance.choice((flipped, truncated, marked))
        return Fuzzed(name, change(data, chance), change.__name__, None)
    if chance.random() < 0.35:
        by = chance.choice(BYTES)
        changed, how = by(data, chance), by.__name__
        if chance.random() < 0.2:
            return _packed(name, changed, how, None, chance)
        return Fuzzed(name, changed, how, None)
    delimiter = _delimiter(data)
    rows = rows_of(data, delimiter)
    head = head_of(rows)
    done = []
    for change in chance.sample(CELLS, chance.choice((1, 1, 2, 3))):
        change(rows, head, chance)
        done.append(change.__name__)
    how = "+".join(done)
    if chance.random() < 0.2:
        wrap = chance.choice(TABLES)
        suffix = wrap.__name__.removeprefix("as_")
        changed = wrap(rows, head)
        if chance.random() < 0.2:
            changed, how = flipped(changed, chance), f"{how}+flipped"
        return Fuzzed(f"{name[:-4]}.{suffix}", changed, f"{how}+{suffix}", None)
    text = written(rows, delimiter, chance.choice(("\r\n", "\n")))
    records = None if "\x00" in text or "\x1a" in text else _counted(text, delimiter)
    encoded = text.encode("utf-8")
    if chance.random() < 0.15:
        return _packed(name, encoded, how, records, chance)
    return Fuzzed(name, encoded, how, records)


def _delimiter(data: bytes) -> str:
    line = data[:4000].decode("latin-1")
    return max(",;|\t", key=line.count)


def _packed(name: str, data: bytes, how: str, records: int | None, chance: random.Random) -> Fuzzed:
    if chance.random() < 0.5:
        return Fuzzed(f"{name}.gz", gzip.compress(data, mtime=0), f"{how}+gz", records)
    return Fuzzed(f"{name[:-4]}.zip", zipped({name: data}), f"{how}+zip", records)


def _counted(text: str, delimiter: str) -> int:
    """The records of a well-formed text, its headings and what is above included."""
    return sum(bool(r) for r in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
