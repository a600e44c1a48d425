"""JSON documents and JSON lines to frames of text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.ingest.archive import Source
from pipelines.ingest.named import Named, framed
from pipelines.ingest.sniff import decode, sniff_encoding

DEEPEST = 32  # objects within objects in one record
DAMAGED = "is a damaged JSON document in line {line}, perhaps cut short; fetch or export it again."
TWICE = "is a JSON document with an object that has the same name twice; export it again."
DEEP = "is a JSON document nested more deeply than a table should be; export the table alone."
NO_TABLE = "is a JSON document without a list of objects in it; export the table alone."

_BLANKS = " \t\r\n\x1e"  # the last begins a record in JSON text sequences


class _Twice(ValueError):
    """An object names a value twice."""


def read_json(source: Source) -> tuple[str, list[Named]]:
    """The encoding and the tables of a JSON document.

    A table is a list of objects: the document itself, its lines, or a list that stands in it, at
    most one object further down. Objects within a record become columns `a.b`; a list of plain
    values stands in one cell, parted by `; `. Numbers keep their text, null is "".

    FileProblem when it is damaged, holds no list of objects, or is nested too deeply.
    """
    encoding = sniff_encoding(source.data)
    text = decode(source.data, encoding).lstrip("\ufeff").replace("\0", "")
    try:
        values = list(_values(text))
    except _Twice:
        raise source.problem(TWICE) from None
    except json.JSONDecodeError as error:
        raise source.problem(DAMAGED.format(line=error.lineno)) from None
    except RecursionError:
        raise source.problem(DEEP) from None
    found = list(_lists(values))
    if not found:
        raise source.problem(NO_TABLE)
    around = _around(values)
    lone = len(found) == 1
    return encoding, [_table(source, None if lone else n, records, around) for n, records in found]


def _values(text: str) -> Iterator[Any]:
    """The values of a text, one after the other: one in a document, many in JSON lines."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=str
    )
    position = _next(text, 0)
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        yield value
        position = _next(text, position)


def _next(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    return position


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = {_sound(name): value for name, value in pairs}
    if len(named) != len(pairs):
        raise _Twice
    return named


def _lists(values: list[Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The lists of objects in a document, with their names."""
    if len(values) != 1:
        if _is_table(values):
            yield "", values
        return
    document = values[0]
    if isinstance(document, list):
        if _is_table(document):
            yield "", document
        return
    found = list(_inner(document)) if isinstance(document, dict) else []
    if not found and isinstance(document, dict):
        found = [
            (f"{outer}.{name}", records)
            for outer, inner in document.items()
            if isinstance(inner, dict)
            for name, records in _inner(inner)
        ]
    if found:
        yield from found
    elif isinstance(document, dict) and document and not any(map(_is_nest, document.values())):
        yield "", [document]  # a file of JSON lines with one record


def _inner(document: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, value in document.items():
        if isinstance(value, list) and _is_table(value):
            yield name, value


def _is_table(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(member, dict) for member in value)


def _is_nest(value: Any) -> bool:
    return isinstance(value, dict | list)


def _around(values: list[Any]) -> tuple[tuple[str, str], ...]:
    """The plain values that stand beside the lists, as a report's title lines do."""
    if len(values) != 1 or not isinstance(values[0], dict):
        return ()
    plain: list[tuple[str, str]] = []
    for name, value in values[0].items():
        if isinstance(value, dict):
            plain += [(f"{name}.{n}", _text(v)) for n, v in value.items() if not _is_nest(v)]
        elif not _is_nest(value):
            plain.append((name, _text(value)))
    return tuple(plain)


def _table(
    source: Source,
    name: str | None,
    records: list[dict[str, Any]],
    around: tuple[tuple[str, str], ...],
) -> Named:
    try:
        rows = [_flat(record) for record in records]
    except RecursionError:
        raise source.problem(DEEP) from None
    headings = tuple(dict.fromkeys(heading for row in rows for heading in row))
    return Named(name, headings, framed(source, headings, rows, len(rows)), around)


def _flat(record: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str]:
    if depth > DEEPEST:
        raise RecursionError
    row: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            row |= _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            row[prefix + name] = _text(value)
    return row


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        if any(map(_is_nest, value)):
            return _sound(json.dumps(value, ensure_ascii=False))
        return "; ".join(map(_text, value))
    return _sound(str(value))


def _sound(text: str) -> str:
    """The text without half characters, which an escape can write and no encoding can."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
