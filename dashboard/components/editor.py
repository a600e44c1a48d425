"""A field for SQL that completes the names of tables and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.components.register import component

_MOUNT = component("sql_editor")
# Words that people write most; the rest of the language needs no help.
_WORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "LEFT JOIN", "ON", "USING",
    "WITH", "AS", "AND", "OR", "NOT", "IN", "IS NULL", "BETWEEN", "LIKE", "CASE", "WHEN", "THEN",
    "ELSE", "END", "HAVING", "UNION ALL", "DISTINCT", "DESC", "count(*)", "sum(", "avg(", "min(",
    "max(", "median(", "date_trunc(", "round(", "coalesce(", "FILTER (WHERE", "SUMMARIZE",
    "DESCRIBE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What was pressed ("run", "explain", "cancel"; "" for nothing) and the text as it is now."""

    what: str
    text: str


def sql_editor(
    text: str,
    tables: Mapping[str, Sequence[str]],
    *,
    version: int,
    running: bool,
    key: str,
    label: str,
    example: str = "",
) -> Wish:
    """Draw the field. `text` is put into it whenever `version` changes; else it is the person's.

    `tables` are the names to complete, each with its columns.
    """
    data: dict[str, Any] = {
        "text": text, "version": version, "running": running, "label": label,
        "tables": {name: list(columns) for name, columns in tables.items()},
        "words": list(_WORDS), "placeholder": example,
    }  # fmt: skip
    told = _MOUNT(
        key=key, data=data, on_asked_change=lambda: None, on_text_change=lambda: None
    )  # fmt: skip
    asked = told.asked if isinstance(told.asked, dict) else {}
    now = asked.get("text", told.text if isinstance(told.text, str) else text)
    return Wish(str(asked.get("what", "")), str(now))
