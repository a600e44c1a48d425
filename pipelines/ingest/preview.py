"""The first records of a table as they would be loaded, and the first that would be set aside."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.feeds import Kind
from pipelines.ingest import check
from pipelines.ingest.aside import PSEUDONYM, safe_cells
from pipelines.ingest.conform import Conformed
from pipelines.ingest.match import Match
from pipelines.ingest.privacy import HIDDEN
from pipelines.ingest.read import Found

ROWS = 5


def previewed(
    found: Found, table: Conformed, fit: Match, data: pl.Series, problems: pl.DataFrame
) -> dict[str, Any]:
    """`rows` and `refused`: (record, cells by column's name, reasons) of the first ones of each.

    `data` are the records that would be loaded: their amounts and dates are shown as they are read.
    The others' cells are shown as they stand in the file. Both are what may be kept of a record:
    people's names and numbers are hidden.
    """
    refused = problems["record"].unique(maintain_order=True).head(ROWS)
    chosen = pl.concat([data.head(ROWS), refused]).to_frame()
    astray = check.astray(found)
    cells = dict(safe_cells(chosen, table, fit.profile, astray, b"preview").iter_rows())
    kinds = {s.name: s.kind for s in fit.profile.sources if s.name in fit.places}
    typed = [n for n, kind in kinds.items() if kind is not Kind.TEXT]
    # `70.0000` is 70.00
    read = pl.col(typed).cast(pl.String).str.replace(r"(\.\d\d\d*?)0+$", "${1}")
    values = {
        row["record"]: row
        for row in table.values.select("record", read)
        .join(chosen, on="record", how="semi")
        .iter_rows(named=True)
    }
    reasons: dict[int, list[str]] = {}
    for record, reason, column in problems.filter(
        pl.col("record").is_in(refused.implode())
    ).iter_rows():
        reasons.setdefault(record, []).append(f"{column or 'the record'} {reason}")

    def shown(record: int, read: bool) -> dict[str, str | None]:
        told = {cell["key"]: cell["value"] for cell in cells[record]}
        if read:
            told |= {name: values[record][name] for name in typed}
        return {name: _hidden(text) for name, text in told.items()}

    return {
        "rows": [{"record": r, "cells": shown(r, True)} for r in data.head(ROWS)],
        "refused": [
            {"record": r, "cells": shown(r, False), "reasons": reasons[r]} for r in refused
        ],
    }


def _hidden(text: str | None) -> str | None:
    """A pseudonym is of no use to who looks at a file that isn't loaded yet."""
    return HIDDEN if text and PSEUDONYM.fullmatch(text) else text
