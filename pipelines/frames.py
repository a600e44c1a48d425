"""How the command line writes a frame: for people, as CSV, as JSON, as Parquet."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.downloads import guarded
from pipelines.errors import UsageProblem
from pipelines.terminal import hand_over, harmless


def write_frame(
    frame: pl.DataFrame,
    form: str,
    out: Path | None = None,
    *,
    title: str = "",
    about: dict[str, Any] | None = None,
) -> None:
    """Write a frame to a file, or to standard output.

    `title` stands above the table for people, `about` beside the rows in JSON. UsageProblem for
    Parquet without a file.
    """
    if form == "parquet":
        if out is None:
            raise UsageProblem("Parquet is no text: say where to write it with --out FILE.")
        content = io.BytesIO()
        frame.write_parquet(content)
        out.write_bytes(content.getvalue())
        return
    if form == "json":
        rows = [{k: plain(v) for k, v in row.items()} for row in frame.to_dicts()]
        text = json.dumps({**plain(about or {}), "rows": rows}, indent=1, ensure_ascii=False) + "\n"
    elif form == "csv":
        text = guarded(frame).write_csv()
    else:
        text = harmless(f"{title}\n{table(frame)}\n" if title else f"{table(frame)}\n")
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        hand_over(text)


def plain(value: Any) -> Any:
    """A value as JSON has it: decimals as text, so that no digit is lost; days as ISO."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def table(frame: pl.DataFrame, rows: int = 200) -> str:
    """A frame as lines for people: at most so many rows."""
    with pl.Config(
        tbl_rows=rows, tbl_cols=24, tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True, fmt_str_lengths=60, tbl_width_chars=180,
        tbl_formatting="NOTHING",
    ):  # fmt: skip
        return str(frame)
