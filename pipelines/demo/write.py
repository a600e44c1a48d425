"""Files out: one place that writes them, counts them and keeps their bytes the same each run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter

from pipelines.demo.days import Span


class Writer:
    """Writes below `folder` and counts the files and the records (headings don't count)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = 0
        self.records = 0

    def csv(self, path: str, frame: pl.DataFrame, **options: Any) -> None:
        """Write one CSV, UTF-8; `options` go to polars' `write_csv`."""
        target = self._target(path, len(frame))
        frame.write_csv(target, **options)

    def xlsx(self, path: str, sheet: str, frame: pl.DataFrame, day: datetime) -> None:
        """Write one workbook with one sheet, whose creation time is `day`."""
        target = self._target(path, len(frame))
        with xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"}) as book:
            book.set_properties({"created": day})
            page = book.add_worksheet(sheet)
            page.write_row(0, 0, frame.columns)
            for column, values in enumerate(frame.get_columns()):
                page.write_column(1, column, values.to_list())

    def split(
        self, pattern: str, frame: pl.DataFrame, by: str, names: Sequence[str], **options: Any
    ) -> None:
        """Write one CSV for each value of `by`, an index into `names`; `frame` is sorted by it.

        `pattern` holds `{}` where the name goes. `columns` among the options picks and orders.
        """
        columns = options.pop("columns")
        keys = frame[by].to_numpy()
        values, starts = np.unique(keys, return_index=True)
        ends = [*starts[1:].tolist(), len(keys)]
        for value, start, end in zip(values.tolist(), starts.tolist(), ends, strict=True):
            part = frame.slice(start, end - start).select(columns)
            self.csv(pattern.format(names[value]), part, **options)

    def monthly(
        self, pattern: str, frame: pl.DataFrame, span: Span, columns: Sequence[str], **options: Any
    ) -> None:
        """Write one CSV a month, such as `…_2026-10.csv`; `frame` is sorted by `month`."""
        names = [f"{start:%Y-%m}" for start in span.starts]
        self.split(pattern, frame, "month", names, columns=columns, **options)

    def _target(self, path: str, records: int) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self.files += 1
        self.records += records
        return target


def pick(values: Sequence[str | None], places: Any) -> pl.Series:
    """Text by place: the value at each of `places`, an array of whole numbers."""
    return pl.Series(values, dtype=pl.String).gather(pl.Series(np.asarray(places)))
