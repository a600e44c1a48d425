"""Small homes made of plain-layout tables, loaded and published like any other file."""

from __future__ import annotations

import csv
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.feeds import FEEDS
from pipelines.ingest.run import ingest
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader, open_build
from pipelines.warehouse.record import Record

Rows = Sequence[Mapping[str, Any]]
Load = Callable[..., Reader]


def table(text: str) -> list[dict[str, str]]:
    """Rows of a table drawn with blanks: headings first, `.` for an empty cell, `+` for a blank."""
    lines = [line.split() for line in textwrap.dedent(text).strip().splitlines()]
    return [
        {
            name: "" if cell == "." else cell.replace("+", " ")
            for name, cell in zip(lines[0], line, strict=True)
        }
        for line in lines[1:]
    ]


def write(folder: Path, feed: str, rows: Rows, name: str = "") -> None:
    """Write rows as the plain layout of a feed; columns that no row has stay empty."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name or feed}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FEEDS[feed].names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def load_folder(folder: Path, home: Home) -> Reader:
    """Load every file of a folder and open what is published; every record must be accepted."""
    with Record.open(home) as record:
        outcomes = ingest(record, [folder])
        assert [o.problem for o in outcomes if o.problem] == []
        for aside in ("quarantine", "duplicates", "furniture"):
            assert record.rows(f"SELECT * FROM {aside}") == []
        publish(record)
    return open_build(home)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load feeds given as drawn tables or rows into this test's home; again to load more."""
    home, batches = Home(tmp_path / "small"), [0]

    def load_feeds(**feeds: str | Rows) -> Reader:
        batches[0] += 1
        folder = tmp_path / f"batch{batches[0]}"
        for feed, rows in feeds.items():
            write(folder, feed, table(rows) if isinstance(rows, str) else rows)
        return load_folder(folder, home)

    return load_feeds


@dataclass(frozen=True, slots=True)
class Home6:
    """The six-site group: read before its second batch and after it."""

    before: Reader
    after: Reader
    first: int  # the last load of the first batch
    home: Home


@pytest.fixture(scope="session")
def group(tmp_path_factory: pytest.TempPathFactory) -> Home6:
    """The six-site group of `tests.metrics.group`, loaded in two batches."""
    from tests.metrics import group as data

    folder = tmp_path_factory.mktemp("group")
    home = Home(folder / "home")
    readers = []
    for name, batch in (("first", data.first_batch()), ("second", data.second_batch())):
        for feed, rows in batch.items():
            write(folder / name, feed, rows)
        readers.append(load_folder(folder / name, home))
    before, after = readers
    return Home6(before, after, before.query("SELECT event FROM build")["event"][0], home)


@pytest.fixture
def told(request: pytest.FixtureRequest, load: Load) -> Reader:
    """What a test's docstring tells: each `feed:` heads a table; `feed again:` is loaded later."""
    batches: list[dict[str, str]] = [{}, {}]
    for block in textwrap.dedent(request.function.__doc__ or "").split("\n\n"):
        heading, _, body = block.strip().partition("\n")
        named = re.fullmatch(r"(\w+)( again)?:", heading.strip())
        if named:
            batches[named[2] is not None][named[1]] = body
    assert batches[0], "the docstring holds no table"
    return [load(**batch) for batch in batches if batch][-1]
