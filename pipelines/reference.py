"""What a group writes down about its calendar and the world: its holidays, and price indexes.

Two small tables beside `settings.toml` in the home, which anybody can keep in a spreadsheet:
`holidays.csv` (date, name) and `indexes.csv` (index, month, value). Neither has to be there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pipelines.errors import UsageProblem

HOLIDAYS, INDEXES = "holidays.csv", "indexes.csv"
T = TypeVar("T")


def holidays(root: Path) -> tuple[date, ...]:
    """The days that the group keeps as holidays, in order. UsageProblem where a row is faulty."""
    return _holidays(root / HOLIDAYS, _content(root / HOLIDAYS))


def indexes(root: Path) -> Mapping[tuple[str, date], Decimal]:
    """What each index stood at in each month, by its name in capitals and the month's first day.

    UsageProblem where a row is faulty, or two give one month different values.
    """
    return _indexes(root / INDEXES, _content(root / INDEXES))


def named(index: str) -> str:
    """An index's name as it is compared: CPI-U, cpi-u and "CPI U" are one."""
    return " ".join(index.upper().replace("-", " ").split())


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b""


@lru_cache(maxsize=8)
def _holidays(path: Path, content: bytes) -> tuple[date, ...]:
    days = {
        _as(path, line, row["date"], date.fromisoformat, "date", "a day as 2026-11-27")
        for line, row in _rows(path, content, ("date",))
    }
    return tuple(sorted(days))


@lru_cache(maxsize=8)
def _indexes(path: Path, content: bytes) -> Mapping[tuple[str, date], Decimal]:
    found: dict[tuple[str, date], Decimal] = {}
    for line, row in _rows(path, content, ("index", "month", "value")):
        month = _as(path, line, row["month"], _month, "month", "a month as 2026-11")
        value = _as(path, line, row["value"], _level, "value", "a number above 0 as 315.664")
        key = named(row["index"]), month
        if found.setdefault(key, value) != value:
            raise UsageProblem(f"{path}, line {line} gives a month a second value. Keep one.")
    return found


def _rows(
    path: Path, content: bytes, needed: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table with their line numbers, by headings in small letters."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem(f"{path} is not in UTF-8. Save it as CSV UTF-8.") from None
    table = csv.reader(io.StringIO(text))
    heads = [cell.strip().lower() for cell in next(table, needed)]
    if missing := [name for name in needed if name not in heads]:
        raise UsageProblem(f"{path} has no column {missing[0]}; it needs {', '.join(needed)}.")
    for cells in table:
        if any(cell.strip() for cell in cells):
            padded = [cell.strip() for cell in cells] + [""] * len(heads)
            yield table.line_num, dict(zip(heads, padded, strict=False))


def _as(path: Path, line: int, cell: str, read: Callable[[str], T], name: str, form: str) -> T:
    try:
        return read(cell)
    except (ValueError, InvalidOperation):
        raise UsageProblem(f"{path}, line {line} has a {name} that is not {form}.") from None


def _month(cell: str) -> date:
    """The first day of a month written as 2026-11 or by any of its days."""
    return date.fromisoformat(cell if cell.count("-") == 2 else f"{cell}-01").replace(day=1)


def _level(cell: str) -> Decimal:
    level = Decimal(cell)
    if not level.is_finite() or level <= 0:
        raise ValueError
    return level
