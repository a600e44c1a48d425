"""Rows of any columns, as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.components.register import component

_MOUNT = component("records", shares=("tables",))


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """A column's name, and whether figures stand in it."""

    label: str
    figures: bool = False


def record_table(
    columns: Sequence[RecordColumn],
    rows: Sequence[Sequence[str | None]],
    *,
    key: str,
    label: str,
) -> None:
    """Draw up to some hundred rows of formatted cells; None where nothing stands in one."""
    data = {
        "label": label,
        "columns": [{"label": one.label, "figures": one.figures} for one in columns],
        "rows": [list(row) for row in rows],
    }
    _MOUNT(key=key, data=data)
