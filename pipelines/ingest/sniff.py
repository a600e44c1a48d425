"""What a file is, told from its bytes: format, encoding, delimiter, and which record is the header.

Nothing here trusts a file's name. The delimiter and the record of the headings are those that best
match what the profiles know; only where nothing matches does the shape of the table decide.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from pipelines.ingest.delimited import Dialect, split_records
from pipelines.ingest.spelling import nearly

# How readily a character is taken for the delimiter: blanks and colons stand in every text.
DELIMITERS = {
    ",": 1.0,
    ";": 1.0,
    "\t": 1.0,
    "|": 1.0,
    "^": 0.9,
    "~": 0.9,
    "$": 0.9,
    ":": 0.5,
    " ": 0.5,
}
SAMPLE = 1 << 18  # characters that are looked at
DEEP = 100  # records that are looked at for the delimiter
HEAD = 40  # records among which the headings are sought

Known = Sequence[frozenset[str]]

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "PDF document"),
    (b"PAR1", "parquet"),
    (b"PARE", "parquet"),
    (b"SQLite format 3", "SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!", "RAR archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "zstd archive"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"{\\rtf", "RTF document"),
)
_MARKUP = (
    (re.compile(r"<\?mso-application[^>]*excel|urn:schemas-microsoft-com:office:spreadsheet", re.I),
     "spreadsheetml"),
    (re.compile(r"^<\?xml(?!.*(<!doctype html|<html|<body|<tr\b))", re.I | re.S), "xml"),
    (re.compile(r"<!doctype html|<html|<head|<body|<table|<meta|<script", re.I), "html"),
    (re.compile(r"^mime-version:", re.I | re.M), "web archive"),
    (re.compile(r"^<!--|^<[A-Za-z_][\w.:-]*(\s[^<>]*)?/?>\s*(<|[^,;\t|<]*</)"), "xml"),
)  # fmt: skip


def sniff_format(head: bytes) -> str:
    """The format of a file by its first few kilobytes.

    "text", "zip", "ole", "gzip", "parquet", "json", "xml", "spreadsheetml" and "html" can be read
    on; "empty" and every other answer are names for the person at the keyboard ("PDF document").
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if b"%PDF-" in head[:1024]:
        return "PDF document"
    if head[257:262] == b"ustar":
        return "tar archive"
    if not head.strip(b"\0 \t\r\n\x1a\xef\xbb\xbf\xff\xfe"):
        return "empty"
    encoding = sniff_encoding(head)
    text = decode(head, encoding).lstrip("\ufeff \t\r\n")
    for pattern, name in _MARKUP:
        if text[:1] in "<mM" and pattern.search(text[:2048]):
            return name
    if re.match(r'\[?\s*\{\s*(?:\}|"[^"\n]*"\s*:)', text):
        return "json"
    odd = len(re.findall("[\x01-\x08\x0b\x0e-\x19\x1b-\x1f\x7f-\x9f\ufffd]", text))
    return "binary file" if odd > 0.05 * len(text) or text.count("\0") > 0.3 * len(text) else "text"


def sniff_encoding(data: bytes) -> str:
    """The encoding of a text: by its mark, by its zero bytes, by what decodes without fault.

    Answers "utf-8-sig", "utf-16", "utf-32" (with mark), "utf-16-le", "utf-16-be", "ascii",
    "utf-8", "utf-8+cp1252" (mostly the first, some stray bytes of the second), "cp1252" or
    "latin-1".
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return name
    if data.isascii() and b"\0" not in data:
        return "ascii"
    return _wide(data[:65536]) or _narrow(data)


def _wide(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def _narrow(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "ascii" if data.isascii() else "utf-8"
    proper = len(re.findall(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", data))
    stray = data.decode("utf-8", "replace").count("\ufffd")
    if proper > stray:
        return "utf-8+cp1252"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def decode(data: bytes, encoding: str) -> str:
    """The text of `data`; a byte that the encoding hasn't is read as cp1252, never dropped."""
    if encoding == "utf-8+cp1252":
        return data.decode("utf-8", "rounds-cp1252")
    return data.decode(encoding, "replace" if encoding.startswith("utf") else "strict")


def _stray(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    piece = error.object[error.start : error.end]
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in piece), error.end


codecs.register_error("rounds-cp1252", _stray)


@lru_cache(maxsize=1 << 14)
def normalise_heading(text: str) -> str:
    """A heading as profiles compare it: `"* Cost_Center  "` and `"COST CENTER"` are the same.

    NFKC, lower case, byte-order mark and surrounding blanks gone, runs of blanks and underscores
    to one blank, a leading `*` of required columns gone.
    """
    text = unicodedata.normalize("NFKC", text.replace("\ufeff", "")).lower()
    return re.sub(r"[\s_]+", " ", text).strip().lstrip("*").strip()


def sample_of(text: str) -> str:
    """The beginning of a text, cut at a line's end where it is long."""
    if len(text) <= SAMPLE:
        return text
    cut = max(text.rfind("\n", 0, SAMPLE), text.rfind("\r", 0, SAMPLE))
    return text[: cut + 1] if cut > 0 else text[:SAMPLE]


def sniff_dialect(text: str, known: Known) -> Dialect:
    """The dialect of a delimited text: the one under which a record best matches `known`.

    Where none matches, the one under which the records are most alike and the cells look most
    like words, numbers and dates.
    """
    sample = sample_of(text)
    best = Dialect(",")
    best_score: tuple[float, ...] = (-1.0,)
    for dialect in _candidates(sample):
        records = list(islice(split_records(sample, dialect), DEEP))
        weight = DELIMITERS[dialect.delimiter]
        found, share, cells = _score(records[:HEAD], known)
        if weight < 0.6 and len({len(record) for record in records if record}) > 1:
            # A heading of two words is no two headings: “Category Name,Parent Category Name”.
            found = share = cells = 0.0
        score = (found * weight, share, cells, _shape(records, weight))
        if score > best_score:
            best, best_score = dialect, score
    return replace(best, spaced=True) if _spaced(sample, best) else best


def _spaced(sample: str, dialect: Dialect) -> bool:
    """Whether a blank follows every delimiter, and none stands before one, as in a padded table."""
    mark = dialect.delimiter + " "
    if mark not in sample or dialect.delimiter in " \t":
        return False
    records = islice(split_records(sample, dialect), DEEP)
    cells = [cell for record in records for cell in record[1:]]
    bare = [cell for cell in cells if cell.startswith(" ")]
    padded = any(cell.endswith(" ") and cell != " " for cell in bare)
    quoted = sample.count(mark + dialect.quote)
    return bool(bare) and not padded and len(cells) - len(bare) <= quoted


def _score(records: Sequence[Sequence[str]], known: Known) -> tuple[float, float, float]:
    match = match_header(records, known)
    return match.score if match else (0.0, 0.0, 0.0)


_BARE_COLON = re.compile(r"(?<![0-9Hhm]):|:(?![0-9ms])")  # one that stands in no time of day


def _candidates(sample: str) -> Iterator[Dialect]:
    stated = re.match(r'"?sep=([,;\t|^~$])"?[\r\n]', sample, re.I)  # Excel's own hint
    for delimiter in stated[1] if stated else DELIMITERS:
        if delimiter != "," and delimiter not in sample:
            continue
        if delimiter == ":" and not _BARE_COLON.search(sample):
            continue
        d = re.escape(delimiter)
        escape = "\\" if re.search(rf'"[^"\r\n]*\\"[^"\r\n{d}]', sample) else ""
        yield Dialect(delimiter, '"', escape)
        if re.search(rf"(?:^|{d})'[^'\r\n]*'(?:{d}|$)", sample, re.M):
            yield Dialect(delimiter, "'")


_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[AaPp][Mm])?(?:Z|[-+]\d{2}:?\d{2})?"
_TYPED = re.compile(
    r"""\s*(?:
      [-+(]?\s?[$€£¥]?\s?[-+]?\d[\d,.'’ \u00a0]*(?:[eE][-+]?\d+)?\s?[%)€£$-]?   # a number
    | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T](?:CLOCK))?
    | CLOCK
    | [A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}
    | (?:https?|ftp)://\S+
    )\s*""".replace("CLOCK", _CLOCK),
    re.X,
)
_LIST = re.compile(r"\w[\w .+-]*+(?:[;|]\w[\w .+-]*+)+")  # several values in one cell
_WORDS = re.compile(r"[^\W_][\w .,'’&()/#+-]*", re.S)


def _shape(records: Sequence[Sequence[str]], weight: float) -> float:
    """How much like a table the records look, 0 to 1: alike in width, of readable cells."""
    rows = [r for r in records if r]
    if not rows:
        return 0.0
    widths = Counter(map(len, rows))
    if weight < 0.6 and len(widths) > 1:
        return 0.0
    pattern = sum(n * max(w - 1, 0.001) / w for w, n in widths.items()) / len(rows) / len(widths)
    cells = [c for r in rows for c in r]
    return weight * pattern * sum(map(_looks, cells)) / len(cells)


def _looks(cell: str) -> float:
    cell = cell.strip()
    if not cell:
        return 0.5
    if _typed(cell):
        return 1.0
    if _WORDS.fullmatch(cell):
        return 0.9
    return 0.6 if _LIST.fullmatch(cell) else 0.1


def _typed(cell: str) -> bool:
    return len(cell) < 60 and _TYPED.fullmatch(cell) is not None


@dataclass(frozen=True, slots=True)
class Match:
    """The record that best matches the profiles: its 1-based number and how well it does."""

    record: int
    score: tuple[float, float, float]  # headings found, share of the profile's, cells


def match_header(records: Sequence[Sequence[str]], known: Known) -> Match | None:
    """The record among `records` that holds most of one profile's headings; None if none does."""
    best: Match | None = None
    holders = _holders(tuple(known))
    for number, record in enumerate(records, 1):
        cells = {normalise_heading(c) for c in record if c and len(c) < 200}
        cells.discard("")
        counts = Counter(i for cell in cells for i in holders.get(cell, ()))
        for i, found in sorted(counts.items()):
            headings = known[i]
            # Misspelt headings count in a record that is explained by half, and half of it by those
            # that are spelled right.
            if found < len(headings) and 2 * found < len(cells) <= 4 * found:
                near = min(found, nearly(cells, headings))
                found += near if 2 * (found + near) >= len(cells) else 0
            if not _enough(found, len(cells), len(headings)):
                continue
            score = (float(found), found / len(headings), float(len(record)))
            if best is None or score > best.score:
                best = Match(number, score)
    return best


@lru_cache(maxsize=16)
def _holders(known: tuple[frozenset[str], ...]) -> dict[str, list[int]]:
    """The places in `known` of the sets that hold a heading."""
    holders: dict[str, list[int]] = {}
    for i, headings in enumerate(known):
        for heading in headings:
            holders.setdefault(heading, []).append(i)
    return holders


def _enough(found: int, cells: int, headings: int) -> bool:
    if found < 2:
        return found == 1 and found == headings == cells
    if found < 3:
        return found >= 0.5 * cells or found >= 0.5 * headings
    return found >= 0.1 * cells


def find_header(records: Iterable[Sequence[str]], known: Known) -> int:
    """The 1-based number of the record that holds the headings; 0 when there is no record.

    By what the profiles know; else the first text-like record that is about as wide as the table.
    """
    rows = list(islice(records, DEEP))
    match = match_header(rows[:HEAD], known)
    return match.record if match else _guess_header(rows)


def _guess_header(rows: Sequence[Sequence[str]]) -> int:
    filled = [sum(bool(c.strip()) for c in row) for row in rows]
    if not any(filled):
        return 0
    widths = Counter(len(row) for row, n in zip(rows, filled, strict=True) if n)
    usual = max(widths, key=lambda w: (widths[w] * (w - 0.9), w))
    wanted = max(1.0, min(usual * 0.7, max(filled) * 0.75))
    first = next(i for i, n in enumerate(filled) if n >= wanted)
    if is_wordy(rows[first]):
        return first + 1
    # A record of numbers: the headings may stand above with a gap, as in financial reports.
    least = max(2.0, 0.4 * wanted)
    above = [i for i in range(first) if filled[i] >= least and is_wordy(rows[i])]
    return 1 + max(above, key=lambda i: (filled[i], i), default=first)


def is_wordy(row: Sequence[str]) -> bool:
    """Whether no cell of a record is a number, a date or a time."""
    return not any(_typed(cell) for cell in row if cell.strip())
