"""Loading files into a home, and looking at what then stands there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pipelines.cli import main
from pipelines.ingest.outcome import Outcome
from pipelines.ingest.run import ingest
from pipelines.settings import Home
from pipelines.warehouse.record import Record
from tests.conftest import ROOT

EXPORTS = ROOT / "tests" / "exports"
STANDING = "superseded_in IS NULL"

Row = tuple[Any, ...]


@contextmanager
def record_of(home: Path) -> Iterator[Record]:
    with Record.open(Home(home)) as record:
        yield record


def load(home: Path, *paths: Path, **options: str) -> list[Outcome]:
    """Load files in this order, without publishing."""
    with record_of(home) as record:
        return ingest(record, paths, options=options)


def load_text(home: Path, text: str, name: str = "export.csv", **options: str) -> Outcome:
    """Load one file of this text; it stands beside the home, so that no test meets another's."""
    path = home.parent / "exports" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    [outcome] = load(home, path, **options)
    return outcome


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip archive of these members, by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return out.getvalue()


def facts(home: Path, feed: str, columns: str, where: str = STANDING) -> list[Row]:
    """The facts that stand, sorted; decimals without their trailing zeros."""
    with record_of(home) as record:
        found = record.rows(f"SELECT {columns} FROM fact_{feed} WHERE {where} ORDER BY ALL")
    return [tuple(plain(cell) for cell in row) for row in found]


def rows(home: Path, query: str) -> list[Row]:
    with record_of(home) as record:
        return [tuple(plain(cell) for cell in row) for row in record.rows(query)]


def plain(cell: Any) -> Any:
    return f"{cell.normalize():f}" if isinstance(cell, Decimal) else cell


def rounds(*args: str | Path, **kwargs: Any) -> Result:
    """Run the command line in this process; what it didn't foresee is raised."""
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False, **kwargs)
