"""XML documents to frames of text: what repeats is a record, what stands around it is a column.

A first walk learns which elements repeat. A second gathers their values. So a payroll-based journal
gives one table of hour entries, each with its day, its employee and the header's facility, and one
of employees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.ingest.archive import Source
from pipelines.ingest.named import WIDE, Named, framed
from pipelines.ingest.xmlevents import walk_xml, xml_text

PATHS = 20_000  # kinds of elements in one document
NO_TABLE = "is an XML document in which nothing repeats; export the table alone."

Path = tuple[str, ...]


def read_xml(source: Source) -> tuple[str, list[Named]]:
    """The encoding and the tables of an XML document, each named after its repeated element.

    A column is a value or an attribute of the record, of what stands in it once, or of what stands
    once around it; it bears the name of its element, `parent.name` where another has that too.

    FileProblem when the document is damaged or unsafe, or nothing in it repeats.
    """
    encoding, text = xml_text(source)
    shape = _Shape(source)
    walk_xml(source, text, shape.start, shape.end, shape.words)
    records = shape.records()
    if not records:
        raise source.problem(NO_TABLE)
    gathered = _Gathered(shape.scopes(), records)
    walk_xml(source, text, gathered.start, gathered.end, gathered.words)
    return encoding, [
        _table(source, name, path, gathered.rows[path])
        for path, name in _names(records).items()
        if gathered.rows[path]
    ]


class _Shape:
    """What the document is made of: its kinds of elements, and which of them repeat."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.path: Path = ()
        self.counts: list[Counter[str]] = [Counter()]
        self.repeated: set[Path] = set()
        self.parents: dict[Path, set[str]] = {}  # elements with elements in them, and which
        self.attributed: set[Path] = set()
        self.seen: dict[Path, None] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.counts[-1][tag] += 1
        if self.path:
            self.parents.setdefault(self.path, set()).add(tag)
        self.path = (*self.path, tag)
        if self.counts[-1][tag] > 1:
            self.repeated.add(self.path)
        if attributes:
            self.attributed.add(self.path)
        self.seen[self.path] = None
        if len(self.seen) > PATHS:
            raise self.source.problem(WIDE)
        self.counts.append(Counter())

    def end(self, _: str) -> None:
        self.path = self.path[:-1]
        self.counts.pop()

    def words(self, _: str) -> None:
        pass

    def scopes(self) -> set[Path]:
        """The elements that come many times, each time with values of their own.

        A list of one is told by its name: `employees` holds each `employee`. A plain value that
        repeats within such an element is no record: it fills further columns.
        """
        many = self.repeated | {
            (*parent, child)
            for parent, children in self.parents.items()
            for child in children
            if len(children) == 1 and len(parent) > 0 and _plural(parent[-1], child)
        }
        return {p for p in many if not self._plain(p) or not _within_any(p, many)}

    def _plain(self, path: Path) -> bool:
        return path not in self.parents and path not in self.attributed

    def records(self) -> list[Path]:
        """The innermost of the scopes, in the document's order."""
        scopes = self.scopes()
        outer = {path[:n] for path in scopes for n in range(1, len(path))}
        return [path for path in self.seen if path in scopes and path not in outer]


def _plural(parent: str, child: str) -> bool:
    one, many = child.lower(), parent.lower()
    return many in (f"{one}s", f"{one}es", f"{one[:-1]}ies", f"{one}list", f"list{one}s")


def _within_any(path: Path, many: set[Path]) -> bool:
    return any(path[:n] in many for n in range(1, len(path)))


Key = tuple[Path, int]  # the place of a value, and which of several it is


@dataclass(slots=True)
class _Scope:
    """The values of one element that comes many times, and of the one around it."""

    outer: _Scope | None
    values: dict[Key, str] = field(default_factory=dict)
    seen: Counter[Path] = field(default_factory=Counter)
    stated: bool = False  # whether a record within it was found

    def all(self) -> dict[Key, str]:
        return (self.outer.all() if self.outer else {}) | self.values


class _Gathered:
    """The records of a document: each a scope, so that what follows it is known to it, too."""

    def __init__(self, scopes: set[Path], records: list[Path]) -> None:
        self.many = scopes
        self.rows: dict[Path, list[_Scope]] = {path: [] for path in records}
        self.first = {path[:n]: path for path in reversed(records) for n in range(len(path) + 1)}
        self.path: Path = ()
        self.scopes: list[_Scope] = [_Scope(None)]
        self.texts: list[list[str]] = [[]]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.path = (*self.path, tag)
        self.texts.append([])
        if self.path in self.many:
            self.scopes.append(_Scope(self.scopes[-1]))
        for name, value in attributes.items():
            self._put((*self.path, name), value)

    def words(self, text: str) -> None:
        self.texts[-1].append(text)

    def end(self, _: str) -> None:
        text = "".join(self.texts.pop()).strip()
        if text:
            self._put(self.path, text)
        if self.path in self.many:
            self._close(self.scopes.pop())
        self.path = self.path[:-1]

    def _put(self, path: Path, value: str) -> None:
        scope = self.scopes[-1]
        scope.values[path, scope.seen[path]] = value
        scope.seen[path] += 1

    def _close(self, scope: _Scope) -> None:
        """Keep a record; an element around records counts as one where none stood in it."""
        if self.path in self.rows:
            self.rows[self.path].append(scope)
        elif scope.values and not scope.stated and self.path in self.first:
            self.rows[self.first[self.path]].append(scope)
        else:
            return
        outer = scope.outer
        while outer and not outer.stated:
            outer.stated = True
            outer = outer.outer


def _names(records: list[Path]) -> dict[Path, str]:
    """The element's name of each table, with its parent's where two elements are called alike."""
    alike = Counter(path[-1] for path in records)
    return {path: path[-1] if alike[path[-1]] == 1 else ".".join(path[-2:]) for path in records}


def _table(source: Source, name: str, path: Path, rows: list[_Scope]) -> Named:
    values = [row.all() for row in rows]
    headings = _headings(path, dict.fromkeys(key for row in values for key in row))
    frame = framed(source, tuple(headings.values()), _renamed(values, headings), len(values))
    return Named(name, tuple(headings.values()), frame)


def _renamed(rows: list[dict[Key, str]], headings: dict[Key, str]) -> Iterator[dict[str, str]]:
    for row in rows:
        yield {headings[key]: value for key, value in row.items()}


def _headings(record: Path, keys: dict[Key, None]) -> dict[Key, str]:
    """A heading for each place: the shortest that no other has; the record's own go first."""
    paths = dict.fromkeys(path for path, _ in keys)
    taken: dict[str, Path] = {}
    for path in sorted(paths, key=lambda p: p[: len(record)] != record):
        length = 1
        while ".".join(path[-length:]) in taken and length < len(path):
            length += 1
        taken[".".join(path[-length:])] = path
    short = {path: heading for heading, path in taken.items()}
    return {(path, n): short[path] if n == 0 else f"{short[path]} {n + 1}" for path, n in keys}
