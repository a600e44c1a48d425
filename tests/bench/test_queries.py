"""How fast the app's queries are on 500 sites and three years. `make bench` prints it.

Every page is opened as a reader would, on the group as a whole, on a region and on one site; each
query that it makes to the read model is timed. ROUNDS_BENCH_SHARE (1) is the share of the full
size: 50M payroll rows, 20M supply moves, 3M work orders, 5M invoice lines.
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.record import Record
from tests.bench.large_group import write

pytestmark = pytest.mark.bench

SHARE = float(os.environ.get("ROUNDS_BENCH_SHARE", "1"))
PAGES = "overview", "staffing", "supplies", "facilities", "contracts", "budget", "site"
SCOPES: tuple[dict[str, str], ...] = ({}, {"region": "Region 3"}, {"site": "S007"})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("ROUNDS_BENCH_HOME")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("large")
    if not (folder / "warehouse/CURRENT").exists():
        rows = write(folder, 500, SHARE)
        with Record.open(Home(folder)) as record:
            publish(record)
        print(f"\n{rows:,} facts written and published")
    return folder


def _open(page: str, scope: dict[str, str]) -> None:
    """The page's run, however long it takes."""
    script = f"from dashboard.views import {page}\n{page}.page()\n"
    test = AppTest.from_string(script, default_timeout=900)
    for name, value in scope.items():
        test.query_params[name] = value
    test.run()
    assert [fault.message for fault in test.exception] == []


def test_the_queries_of_the_pages(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(home))
    took: list[tuple[str, str, float]] = []
    query = Reader.query
    page = ""

    def timed(self: Reader, sql: str, parameters: Any = None) -> pl.DataFrame:
        start = time.perf_counter()
        answer = query(self, sql, parameters)
        took.append((page, sql, 1000 * (time.perf_counter() - start)))
        return answer

    monkeypatch.setattr(Reader, "query", timed)
    for scope in SCOPES:
        for name in PAGES:
            page = f"{name} {' '.join(scope.values())}".strip()
            start, before = time.perf_counter(), len(took)
            _open(name, scope)
            print(f"{page}: {len(took) - before} queries, {time.perf_counter() - start:.1f} s")
    times = sorted(ms for _, _, ms in took)
    assert len(times) > 100
    under = sum(ms < 60 for ms in times) / len(times)
    print(
        f"{len(times)} queries: {under:.1%} under 60 ms (aim 95 %), median "
        f"{statistics.median(times):.0f} ms, 95 of 100 within {times[int(0.95 * len(times))]:.0f} "
        f"ms, slowest {times[-1]:.0f} ms (aim 500)"
    )
    for page, sql, ms in sorted(took, key=lambda row: -row[2])[:15]:
        print(f"  {ms:6.0f} ms  {page}: {' '.join(sql.split())[:220]}")
