"""The pollutions of Pollock, the published benchmark of delimited files, on an invented table.

Pollock (Vitagliano and others, VLDB 2023) spoils one table of 84 records and 9 columns in 2,290
ways and scores what a loader makes of each. Here the table is invented, of the same shape: most
cells bare, two columns quoted, some cells with delimiters, apostrophes and inch marks. The ways,
what is expected of each, the ten marks of a file and the weights are the benchmark's.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

HEADINGS = ("DATE", "TIME", "Qty", "ITEMID", "Price", "ItemType", "ItemDescription", "URL", "Notes")
QUOTED = (6, 7)  # the columns that the source quotes, headings and all
ITEMS = (
    ("Men's Walking Boot", "A boot for men that keeps the ankle still after a sprain."),
    ("Bandage, Elastic", "Holds its stretch, wash after wash, and won't slip in the night."),
    ("Wall Clock, Round 12\"", "A clock that's easy to read from the bed, with a silent movement."),
    ("Exam Gloves", "Powder-free gloves, in boxes of a hundred, for everyday work."),
    ("Kids' Crutches", "Light crutches; the grips are soft and they don't squeak."),
    ("Splint, Wrist", "Fits left and right, and the stay comes out for the wash."),
    ("Tray Table 24\" Wide", "Rolls under a bed, locks with one foot, and wipes clean."),
    ("Women's Slip Socks", "Socks with a grip, made for tiled floors. The toes stay warm."),
    ("Overbed Lamp", "Very light, with a reach of 8\\'9\" and a dimmer, it clamps anywhere."),
    ("Blanket, Fleece", "Soft, warm and quick to dry"),
    ("Tape Measure", "A tape in centimetres and inches that is 100% latex-free and easy to read."),
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    text: str
    quoted: bool = False
    mark: str = ""  # a quotation mark before the text that isn't escaped


@dataclass(frozen=True)
class Row:
    """A record: its cells, what stands before each of them, and its end."""

    cells: tuple[Cell, ...]
    before: tuple[str, ...]
    end: str = "\r\n"
    role: str = "data"

    @property
    def texts(self) -> list[str]:
        return [cell.mark + cell.text for cell in self.cells]

    def parted(self, sign: str) -> Row:
        return replace(self, before=("", *[sign] * (len(self.cells) - 1)))

    def with_before(self, place: int, text: str) -> Row:
        return replace(self, before=(*self.before[:place], text, *self.before[place + 1 :]))

    def with_mark(self, place: int) -> Row:
        marked = replace(self.cells[place], mark='"')
        return replace(self, cells=(*self.cells[:place], marked, *self.cells[place + 1 :]))


@dataclass(frozen=True)
class Table:
    rows: tuple[Row, ...]
    quote: str = '"'
    escape: str = '"'

    def written(self) -> bytes:
        return "".join(map(self._row, self.rows)).encode()

    def _row(self, row: Row) -> str:
        pairs = zip(row.before, map(self._cell, row.cells), strict=True)
        return "".join(part for pair in pairs for part in pair) + row.end

    def _cell(self, cell: Cell) -> str:
        quote = self.quote if cell.quoted else ""
        return quote + cell.mark + cell.text.replace('"', self.escape + '"') + quote

    def clean(self) -> list[list[str]]:
        """What a perfect loader gives: headings of several rows joined, then the data."""
        heads = [row.texts for row in self.rows if row.role == "header"]
        joined = [[" ".join(parts) for parts in zip(*heads, strict=True)]] if heads else []
        return joined + [row.texts for row in self.rows if row.role == "data"]


def row(texts: Sequence[str], role: str = "data", quoted: Sequence[int] = ()) -> Row:
    cells = tuple(Cell(t, i in quoted or "," in t or '"' in t) for i, t in enumerate(texts))
    return Row(cells, (), role=role).parted(",")


def source() -> Table:
    rows = [row(HEADINGS, "header", QUOTED)]
    for n, (kind, told) in zip(range(83), cycle(ITEMS), strict=False):
        code = f"{'ABCDEFGH'[n % 8]}{'KMNPR'[n % 5]}-{1000 + n * 97 % 9000}"
        rows.append(
            row(
                [
                    f"{13 + n % 16}/{1 + n // 14:02}/2025", f"{n // 4:02}:{n % 4 * 15:02}",
                    str(n * n % 7 + n // 40 * 10), code, f"${n * 37 % 91}.{n * 13 % 100:02}", kind,
                    f"{told} Lot {n}.", f"https://www.example.org/{code.replace('-', '_')}.html",
                    "",
                ],
                quoted=QUOTED,
            )
        )  # fmt: skip
    return Table(tuple(rows))


@dataclass(frozen=True)
class Polluted:
    """A spoiled file: its name, its table, and its weight."""

    name: str
    table: Table
    weight: float

    @property
    def data(self) -> bytes:
        return self.table.written()

    @property
    def clean(self) -> list[list[str]]:
        return self.table.clean()


SEPARATOR, SPACED_ROW, QUOTE_MARK = 0.36775106082036774, 1 / 7, 1 / 108  # weights of one file each
EMPTY = ("",) * len(HEADINGS)


def polluted() -> Iterator[Polluted]:
    """All 2,290 files, in the benchmark's order."""
    table = source()
    rows = table.rows

    def made(name: str, weight: float, *spoiled: Row, **marks: str) -> Polluted:
        return Polluted(name, replace(table, rows=spoiled, **marks), weight)

    def ended(end: str) -> Row:
        return replace(rows[-1], end=end)

    head = row(HEADINGS, "header")
    yield made("source", 1, *rows)
    yield made("file_no_payload", 15)
    yield made("file_no_trailing_newline", 184, *rows[:-1], ended(""))
    yield made("file_double_trailing_newline", 5, *rows[:-1], ended("\r\n\r\n"))
    yield made("file_no_header", 470, *rows[1:])
    yield made("file_header_multirow_2", 47, head, *rows)
    yield made("file_header_multirow_3", 47, head, head, *rows)
    preamble = row(("PREAMBLE", *EMPTY[1:]), "preamble"), row(EMPTY, "preamble")
    yield made("file_preamble", 282, *preamble, *rows)
    for name, width in (("less", 8), ("same", 9), ("more", 10)):
        yield made(f"file_multitable_{name}", 62.667, *rows, *second(rows[:83], width))
    yield made("file_header_only", 3, rows[0])
    yield made("file_one_data_row", 4, *rows[:2])
    for i, old in enumerate(rows):
        above, below = rows[:i], rows[i + 1 :]
        for j in range(len(old.cells)):
            further = old.with_before(j, old.before[j] + ",")
            yield made(f"row_more_sep_row{i}_col{j}", SEPARATOR, *above, further, *below)
            if j:
                fewer = old.with_before(j, "")
                yield made(f"row_less_sep_row{i}_col{j}", SEPARATOR, *above, fewer, *below)
            marked = old.with_mark(j)
            yield made(f"row_extra_quote{i}_col{j}", QUOTE_MARK, *above, marked, *below)
        spaced = old.parted(" ")
        yield made(f"row_field_delimiter_{i}_0x20", SPACED_ROW, *above, spaced, *below)
    for name, end, weight in (("0xA", "\n", 1691), ("0xD", "\r", 7)):
        yield made(f"file_record_delimiter_{name}", weight, *(replace(r, end=end) for r in rows))
    for name, sign, weight in (
        ("0x3B", ";", 834), ("0x9", "\t", 4), ("0x2C_0x20", ", ", 101), ("0x20", " ", 4),
    ):  # fmt: skip
        yield made(f"file_field_delimiter_{name}", weight, *(r.parted(sign) for r in rows))
    yield made("file_quotation_char_0x27", 11, *rows, quote="'")
    yield made("file_escape_char_0x5C", 1, *rows, escape="\\")
    yield made("file_escape_char_0x00", 7, *rows, escape="")


def second(rows: Sequence[Row], width: int) -> Iterator[Row]:
    """The rows of a second table, which no loader is expected to add to the first."""
    for number, old in enumerate(rows):
        texts = [*old.texts, "" if number else "col1"][:width]
        yield row(texts, "other")


def marks(clean: list[list[str]], loaded: str | None) -> list[float]:
    """The ten marks of a file: success; precision, recall, F1 of headings, of records, of cells.

    None is a loader that failed. Headings and records compare without regard to case; the benchmark
    is more lenient towards numbers and dates that are spelled otherwise.
    """
    if loaded is None:
        return [0.0] * 10
    if not clean:
        return [1.0] * 10
    found = list(csv.reader(io.StringIO(loaded, newline="")))
    head = _alike(_lower(clean[:1]), _lower(found[:1])) if found else [0.0] * 3
    records = _alike(
        ["".join(r).lower() for r in clean[1:]], ["".join(r).lower() for r in found[1:]]
    )
    cells = _alike([c for r in clean for c in r], [c for r in found for c in r])
    return [1.0, *head, *records, *cells]


def _lower(rows: list[list[str]]) -> list[str]:
    return [cell.lower() for r in rows for cell in r]


def _alike(wanted: list[str], found: list[str]) -> list[float]:
    if not wanted:
        return [1.0] * 3
    common = (Counter(wanted) & Counter(found)).total()
    if not common:
        return [0.0] * 3
    precision, recall = common / len(wanted), common / len(found)
    return [precision, recall, 2 * precision * recall / (precision + recall)]


def scores(files: Sequence[Polluted], load: Callable[[bytes], str | None]) -> tuple[float, float]:
    """The simple and the weighted score of a loader, each out of 10."""
    sums = [(sum(marks(file.clean, load(file.data))), file.weight) for file in files]
    weights = sum(weight for _, weight in sums)
    return sum(s for s, _ in sums) / len(sums), sum(s * w for s, w in sums) / weights
