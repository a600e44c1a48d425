"""What loading costs, as ratios against a reference in the same run. `make bench` prints them.

Nothing here fails for being slow: these machines are noisy. It fails where what was measured did
not do its work. ROUNDS_BENCH_ROWS (10,000,000) is the size of the large file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.bench.invoices import write
from tests.bench.measured import measure

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("ROUNDS_BENCH_ROWS", "10000000"))


def tell(what: str, ours: dict[str, Any], theirs: dict[str, Any], aim: float) -> None:
    ratio = ours["cpu"] / theirs["cpu"]
    print(
        f"\n{what}: {ratio:.2f} times (aim {aim}): {ours['cpu']:.1f} against {theirs['cpu']:.1f} "
        f"processor seconds, {ours['wall']:.1f} s, peak {ours['peak']:,.0f} MB"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    write(folder / "clean.csv", ROWS, mess=False)
    write(folder / "messy.csv", ROWS, mess=True)
    write(folder / "restated.csv", ROWS // 10, mess=False, raised="1")
    return folder


def test_a_large_file(folder: Path) -> None:
    home = folder / "home"
    reference = measure("reference", folder / "clean.csv", folder / "reference.duckdb")
    first = measure("load", folder / "messy.csv", home)
    assert reference["rows"] == first["records"] == ROWS
    assert first["accepted"] + first["quarantined"] + first["duplicate"] == ROWS
    assert min(first["quarantined"], first["duplicate"]) > 0
    tell(f"Load of {ROWS:,} records", first, reference, 1.8)
    tell("Publishing them", measure("publish", home), reference, 1.2)
    again = measure("load", folder / "messy.csv", home)
    assert again["status"] == "unchanged"
    tell("The same file once more, against reading its bytes", again,
         measure("read", folder / "messy.csv"), 2)  # fmt: skip
    restated = measure("load", folder / "restated.csv", home)
    assert restated["superseded"] > 0.9 * ROWS // 10
    tell("Restating a tenth, against the first load", restated, first, 0.3)


def test_descriptions_that_all_differ(tmp_path: Path) -> None:
    rows = ROWS // 10
    for name, told in (("few", False), ("all", True)):
        write(tmp_path / f"{name}.csv", rows, mess=True, told=told)
    reference = measure("reference", _clean(tmp_path, rows), tmp_path / "reference.duckdb")
    for name in ("few", "all"):
        loaded = measure("load", tmp_path / f"{name}.csv", tmp_path / name)
        assert loaded["records"] == rows
        tell(f"Load of {rows:,} records, {name} descriptions differ", loaded, reference, 1.8)


def _clean(folder: Path, rows: int) -> Path:
    write(folder / "clean.csv", rows, mess=False, told=True)
    return folder / "clean.csv"


@pytest.mark.parametrize("rows", [ROWS // 10, ROWS, 2 * ROWS])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, rows: int) -> None:
    write(tmp_path / "messy.csv", rows, mess=True)
    told = measure("load", tmp_path / "messy.csv", tmp_path / "home")
    assert told["records"] == rows
    print(f"\nPeak of loading {rows:,} records: {told['peak']:,.0f} MB (aim 2,500 and flat)")


def test_a_large_workbook(tmp_path: Path) -> None:
    path = tmp_path / "lines.xlsx"
    write(tmp_path / "lines.csv", 500_000, mess=True)
    frame = pl.read_csv(tmp_path / "lines.csv", infer_schema=False)
    frame.write_excel(path, autofit=False)
    ours, theirs = measure("table", path), measure("sheet", path)
    assert (ours["rows"], theirs["rows"]) == (500_000, 500_001)
    tell("500,000 rows of a workbook, against its reader alone", ours, theirs, 2)
