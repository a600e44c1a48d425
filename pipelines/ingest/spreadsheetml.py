"""Spreadsheets that Excel 2003 saved as XML, to frames of text."""

from __future__ import annotations

import re

from pipelines.ingest.archive import Source
from pipelines.ingest.grid import Grid
from pipelines.ingest.xmlevents import walk_xml, xml_text

_SHEET = ["Workbook", "Worksheet"]
_TABLE = [*_SHEET, "Table"]
_ROW = [*_TABLE, "Row"]
_CELL = [*_ROW, "Cell"]
_DATA = [*_CELL, "Data"]  # a comment has such a thing of its own, which is never read
_VISIBLE = [*_SHEET, "WorksheetOptions", "Visible"]


def read_spreadsheetml(source: Source) -> tuple[str, list[Grid]]:
    """The encoding and the visible sheets that hold anything; cells as in any other workbook."""
    encoding, text = xml_text(source)
    book = _Book()
    walk_xml(source, text, book.start, book.end, book.words)
    return encoding, [sheet for sheet in book.sheets if sheet.rows and sheet not in book.hidden]


class _Book:
    def __init__(self) -> None:
        self.path: list[str] = []
        self.sheets: list[Grid] = []
        self.hidden: list[Grid] = []
        self.cell: dict[str, str] = {}
        self.kind = ""
        self.text: list[str] = []
        self.reading = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.path.append(tag)
        if self.path == _SHEET:
            self.sheets.append(Grid(attributes.get("Name", "")))
        elif self.path == _ROW:
            self.sheets[-1].next_row(_number(attributes.get("Index")))
        elif self.path == _CELL:
            self.cell, self.kind, self.text = attributes, "", []
        elif self.path == _DATA:
            self.kind = attributes.get("Type", "")
        self.reading = self.path[: len(_DATA)] == _DATA or self.path == _VISIBLE

    def words(self, text: str) -> None:
        if self.reading:
            self.text.append(text)

    def end(self, tag: str) -> None:
        if self.path == _CELL:
            self.sheets[-1].put(
                _plain("".join(self.text), self.kind),
                (_number(self.cell.get("MergeAcross")) or 0) + 1,
                (_number(self.cell.get("MergeDown")) or 0) + 1,
                (_number(self.cell.get("Index")) or 1) - 1 if "Index" in self.cell else None,
            )
        elif self.path == _VISIBLE:
            if "".join(self.text).strip() != "SheetVisible":
                self.hidden.append(self.sheets[-1])
            self.text = []
        self.path.pop()
        self.reading = self.path[: len(_DATA)] == _DATA


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,7}", text) else None


def _plain(text: str, kind: str) -> str:
    """A cell's text: dates and truths as other workbooks give them."""
    if kind == "DateTime":
        return re.sub(r"T(?:00:00:00(?:\.0+)?$)?", " ", re.sub(r"\.0+$", "", text)).strip()
    if kind == "Boolean":
        return {"1": "true", "0": "false"}.get(text, text)
    return text
