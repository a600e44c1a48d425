"""Tables of web pages, which many systems call .xls, to frames of text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from pipelines.ingest.archive import Source
from pipelines.ingest.grid import Grid
from pipelines.ingest.sniff import decode, sniff_encoding

DEEPEST = 64  # tables within tables
NO_TABLE = (
    "is a web page without a table of data, perhaps a sign-in or error page; export the table as "
    "CSV or as an Excel workbook."
)

_UNREAD = {"script", "style", "head", "title", "template", "noscript", "select", "textarea"}
_MARKED = re.compile(r"<!\[[^>]*>?")  # `<![endif]>`: of Excel's own, and the parser stops at others
_DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([A-Za-z0-9._-]+)""", re.I)


def read_html(source: Source) -> tuple[str, list[Grid]]:
    """The encoding and the tables of a web page that have at least two columns and two rows.

    Each row is a record. Markup within cells is left out, a line break is kept; a table within a
    cell is one of its own.
    """
    encoding = sniff_encoding(source.data)
    declared = _DECLARED.search(source.data[:4096])
    text = _as_declared(source.data, declared[1].decode()) if declared else None
    if encoding in ("cp1252", "latin-1") and declared and text is not None:
        encoding = declared[1].decode().lower()
    else:
        text = decode(source.data, encoding)
    page = _Page(source)
    page.feed(_MARKED.sub("", text.replace("\0", "")))
    page.close()
    page.finish()
    tables = [table for table in page.tables if len(table.rows) > 1 and table.width > 1]
    if not tables:
        raise source.problem(NO_TABLE)
    return encoding, tables


def _as_declared(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None


class _Page(HTMLParser):
    """Gathers the tables of a page in the order in which they begin."""

    def __init__(self, source: Source) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.tables: list[Grid] = []
        self.open: list[_Open] = []
        self.unread: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self.unread.append(tag)
        if tag == "body":
            self.unread.clear()
        if tag == "table":
            if len(self.open) >= DEEPEST:
                raise self.source.problem("is a web page nested too deeply to be a table.")
            self.unread.clear()
            self.open.append(_Open(Grid()))
            self.tables.append(self.open[-1].grid)
        if not self.open:
            return
        table, told = self.open[-1], {name: value or "" for name, value in attrs}
        if tag == "tr":
            table.close_cell()
            table.grid.next_row()
        elif tag in ("td", "th"):
            table.close_cell()
            table.cell = told
        elif tag == "br" or (tag in ("p", "div", "li") and table.text):
            table.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.unread and tag == self.unread[-1]:
            self.unread.pop()
        if not self.open:
            return
        if tag in ("td", "th", "tr"):
            self.open[-1].close_cell()
        elif tag == "table":
            self.open.pop().close_cell()

    def handle_data(self, data: str) -> None:
        if self.open and not self.unread:
            self.open[-1].text.append(data.replace("\n", " "))

    def finish(self) -> None:
        """Close what the page left open: many are cut off after their last row."""
        while self.open:
            self.open.pop().close_cell()


class _Open:
    """A table whose end has not come yet, and the cell at hand."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.cell: dict[str, str] | None = None
        self.text: list[str] = []

    def close_cell(self) -> None:
        if self.cell is not None:
            if self.grid.row == 0:
                self.grid.next_row()
            self.grid.put(
                _tidy("".join(self.text)),
                _count(self.cell.get("colspan")),
                _count(self.cell.get("rowspan")),
            )
        self.cell, self.text = None, []


def _count(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"\s*[0-9]{1,5}\s*", text) else 1


def _tidy(text: str) -> str:
    """Runs of blanks to one, as a browser shows them; line breaks that were asked for stay."""
    lines = (re.sub(r"[ \t\r\f\xa0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
