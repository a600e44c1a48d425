"""XML as a stream of its elements, without anything that a document could do harm with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn
from xml.parsers import expat

from pipelines.ingest.archive import Source
from pipelines.ingest.sniff import decode, sniff_encoding

DEEPEST = 64  # elements within elements

DOCTYPE = "holds a document type or entities, which are not read; export it again without them."
DEEP = "is an XML document nested more deeply than a table should be; export the table alone."
DAMAGED = "is a damaged XML document in line {line}, perhaps cut short; fetch or export it again."

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def xml_text(source: Source) -> tuple[str, str]:
    """The encoding and the text of an XML document: as it declares, else as its bytes tell."""
    encoding = sniff_encoding(source.data)
    declared = _DECLARED.match(source.data)
    if encoding in ("latin-1", "cp1252") and declared:
        try:
            return declared[1].decode().lower(), source.data.decode(declared[1].decode())
        except (LookupError, UnicodeDecodeError):
            pass
    return encoding, decode(source.data, encoding).lstrip("\ufeff \t\r\n").replace("\0", "")


def walk_xml(source: Source, text: str, start: Start, end: End, words: Text) -> None:
    """Call `start(tag, attributes)`, `end(tag)` and `words(text)` for all in a document.

    Tags and attributes come without their prefix; namespaces are no attributes. FileProblem when
    the document is damaged, nested too deeply, or has a document type.
    """
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    depth = 0

    def refuse(*_: object) -> NoReturn:
        raise source.problem(DOCTYPE)

    def enter(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise source.problem(DEEP)
        named = {local(k): v for k, v in attributes.items() if not _administrative(k)}
        start(local(tag), named)

    def leave(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(local(tag))

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.CharacterDataHandler = words
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise source.problem(DAMAGED.format(line=error.lineno)) from None


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def _administrative(name: str) -> bool:
    return name == "xmlns" or name.startswith(("xmlns:", "xsi:", "xml:"))
