"""What a person is told of a file's own totals: on loading, on inspection, in the ledger."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.loading import rounds

REPORT = """Rounds Care Inc
General Ledger
October 2026

,Date,Transaction Type,Num,Amount,Balance
Cleaning,,,,,
,10/15/2026,Bill,1,100.00,
Total for Cleaning,,,,"$1,120.00",
TOTAL,,,,$100.00,
"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.csv"
    path.write_text(REPORT, encoding="utf-8")
    return path


def test_inspect_tells_which_totals_tie(home: Path, report: Path) -> None:
    [table] = json.loads(rounds("inspect", report, "--json").stdout)
    assert table["carried"] == {"account": "path"}
    assert table["totals"] == [
        {"record": 8, "column": "Amount", "scope": "its heading, level 1", "stated": "1120.0000",
         "summed": "100.0000", "difference": "1020.0000"},
        {"record": 9, "column": "Amount", "scope": "all records above", "stated": "100.0000",
         "summed": "100.0000", "difference": "0.0000"},
    ]  # fmt: skip
    told = " ".join(rounds("inspect", report).stdout.split())
    assert "totals 1 of 2 totals tie to the records that they cover" in told
    assert told.endswith(
        "record 8: Amount states 1,120.0000, and its heading, level 1 sums to 100.0000: "
        "a difference of 1,020.0000"
    )


def test_the_ledger_keeps_what_the_totals_stated(home: Path, report: Path) -> None:
    [file] = json.loads(rounds("ingest", report, "--json").stdout)["files"]
    assert file["notes"] == [
        "1 of 2 totals tie to the records that they cover",
        "record 8: the total of “Amount” differs by 1020 from the sum of its heading, level 1",
    ]
    [load] = json.loads(rounds("status", "--json").stdout)
    assert (load["totals"], load["untied"]) == (2, 1)
    assert "1 of 2 totals don't tie" in rounds("status").stdout
    found = open_build(Home(home)).query("SELECT record, difference FROM totals ORDER BY record")
    assert found.rows() == [(8, Decimal(1020)), (9, Decimal(0))]
    assert rounds("undo", "1").exit_code == 0
    assert rounds("status").exit_code == 0
