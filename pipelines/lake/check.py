"""Whether the lake holds what the record does: every month's rows and sums, file by file."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import duckdb

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.feeds import FEEDS
from pipelines.lake import layout, manifest
from pipelines.lake.places import place
from pipelines.lake.write import name_of, summed, sums_by_month
from pipelines.warehouse.record import Record


@dataclass(frozen=True, slots=True)
class Tie:
    """A month of a feed: what the record has, what the lake's files have, and whether they tie.

    `rows` and `lake_rows` are counts, None where one side lacks the month.
    """

    feed: str
    year: int | None
    month: int | None
    rows: int | None
    lake_rows: int | None
    ties: bool


def check(record: Record, to: str, *, name: str | None = None) -> list[Tie]:
    """Hold every month of a home's part of the lake against the record, by its files.

    UsageProblem where the home has written nothing there.
    """
    at, home = place(to), name_of(record.home, name)
    known = manifest.read(at, home)
    if known is None:
        raise UsageProblem(f"Home {home} has written nothing into that lake. Run `rounds lake`.")
    found: list[Tie] = []
    for feed in FEEDS:
        ours = sums_by_month(record.sql, feed)
        listed = dict(known.of(feed))
        for (year, month), expected in sorted(ours.items(), key=str):
            part = listed.pop(layout.folder(feed, year, month), None)
            lake = None
            if part is not None:
                with ExitStack() as stack:
                    try:
                        files = [
                            str(stack.enter_context(at.fetched(f"home={home}/{file}")))
                            for file in part.files
                        ]
                        lake = summed(record.sql, feed, files)
                    except (StoreProblem, OSError, duckdb.Error):
                        lake = None  # a file that is gone or altered: the month does not tie
            rows = lake[0] if lake else None
            found.append(Tie(feed, year, month, expected[0], rows, lake == expected))
        for name_, part in listed.items():
            year_, month_ = (text.partition("=")[2] for text in name_.split("/")[1:])
            found.append(Tie(feed, _number(year_), _number(month_), None, part.rows, False))
    return found


def _number(text: str) -> int | None:
    return None if text == layout.UNDATED else int(text)
