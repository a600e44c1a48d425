"""Run as a program: do one thing, and print what it cost as JSON (processor seconds, peak MB).

Each measurement has a process of its own, so that its memory is its own and nothing is warm.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

REFERENCE = """
SELECT * FROM read_csv('{path}', header = true, dateformat = '%m/%d/%Y', columns = {{
  'site': 'VARCHAR', 'entity': 'VARCHAR', 'document': 'VARCHAR', 'line': 'VARCHAR',
  'date': 'DATE', 'due': 'DATE', 'account': 'VARCHAR', 'supplier': 'VARCHAR',
  'description': 'VARCHAR', 'quantity': 'DECIMAL(18,4)', 'amount': 'DECIMAL(18,4)',
  'currency': 'VARCHAR'}})
"""


def reference(path: str, database: str) -> dict[str, Any]:
    """DuckDB's own reader with given types into a table."""
    import duckdb

    with duckdb.connect(database) as sql:
        sql.execute("SET enable_progress_bar = false")
        sql.execute(f"CREATE TABLE lines AS {REFERENCE.format(path=path)}")
        [(rows,)] = sql.execute("SELECT count(*) FROM lines").fetchall()
    return {"rows": rows}


def load(path: str, home: str) -> dict[str, Any]:
    """The whole load of one file into a home."""
    from pipelines.ingest.run import ingest
    from pipelines.settings import Home
    from pipelines.warehouse.record import Record

    with Record.open(Home(Path(home))) as record:
        [outcome] = ingest(record, [Path(path)])
    told = outcome.as_json()
    return {name: told[name] for name in ("status", "records", "accepted", "quarantined",
                                          "duplicate", "superseded")}  # fmt: skip


def publish(home: str) -> dict[str, Any]:
    """The read model of a home."""
    from pipelines.settings import Home
    from pipelines.warehouse.publish import publish as build
    from pipelines.warehouse.record import Record

    with Record.open(Home(Path(home))) as record:
        build(record)
    return {}


def read(path: str) -> dict[str, Any]:
    """The bytes of a file, and nothing more."""
    size = 0
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            size += len(piece)
    return {"bytes": size}


def sheet(path: str) -> dict[str, Any]:
    """A workbook by fastexcel alone, in text mode."""
    import fastexcel

    reader = fastexcel.read_excel(path)
    sheet = reader.load_sheet(0, header_row=None, skip_rows=0, dtypes="string")
    return {"rows": sheet.to_arrow().num_rows}


def table(path: str) -> dict[str, Any]:
    """A workbook by our reader, as `rounds read` does."""
    from pipelines.ingest.match import known_headings
    from pipelines.ingest.read import tables
    from pipelines.profiles import known_profiles

    [found] = tables(Path(path), known_headings(known_profiles()))
    return {"rows": found.frame.height}


def drawn(home: str, sites: str) -> dict[str, Any]:
    """The record of a large group, drawn within the store."""
    from tests.bench.large_group import write

    return {"rows": write(Path(home), int(sites), int(sites) / 500)}


def published(home: str) -> dict[str, Any]:
    """The read model of a home: what of it were roll-ups, in processor seconds, and its size."""
    from pipelines.settings import Home
    from pipelines.warehouse import paid, publish, rollups, timed
    from pipelines.warehouse.record import Record

    started: list[tuple[str, float]] = []

    def noted(_sql: Any, table: str, query: str) -> str:
        started.append((table, time.process_time()))
        return query

    place = Home(Path(home))
    with Record.open(place) as record:
        build = publish.publish(record, noted)
    ended = [*(moment for _, moment in started[1:]), time.process_time()]
    summed = {*rollups.TABLES, *paid.TABLES, *timed.TABLES}
    # The last table's end can't be told from the checks that follow it: it is left out.
    took = sum(
        end - start
        for (table, start), end in zip(started[:-1], ended[:-1], strict=True)
        if table in summed
    )
    size = (place.warehouse / f"rounds-{build}.duckdb").stat().st_size
    return {"rollup": took, "size": size / 1e6}


def asked(home: str) -> dict[str, Any]:
    """Questions as the pages ask them, over the last year, each three times: milliseconds."""
    from datetime import date

    from pipelines.calendar import Period
    from pipelines.metrics.ask import ask
    from pipelines.settings import Home
    from pipelines.warehouse.reader import open_build

    reader = open_build(Home(Path(home)))
    span = Period(date(2025, 11, 1), date(2026, 10, 31))
    took, used = [], []
    for metric in ("labor_cost", "hours_per_visit", "spend", "supply_cost_per_visit", "visits"):
        for by in (("month",), ("region",), ("month", "region")):
            tries = []
            for _ in range(3):
                start, before = time.perf_counter(), time.process_time()
                ask(reader, metric, period=span, by=by)
                tries.append((time.process_time() - before, time.perf_counter() - start))
            used.append(1000 * min(tries)[0])
            took.append(1000 * min(tries)[1])
    return {"query": sorted(used)[len(used) // 2], "slowest": max(used), "ms": max(took)}


def opened(home: str) -> dict[str, Any]:
    """The overview, for the first time in a process and again: processor seconds."""
    import os

    os.environ["ROUNDS_HOME"] = home
    from streamlit.testing.v1 import AppTest

    took = []
    for _ in range(2):
        before = time.process_time()
        test = AppTest.from_string(
            "from dashboard.views import overview\noverview.page()\n", default_timeout=900
        ).run()
        assert not test.exception
        took.append(time.process_time() - before)
    return {"first": took[0], "again": took[1]}


def packed(home: str) -> dict[str, Any]:
    """A director's pack: seconds, processor seconds and bytes of its content and each format."""
    from datetime import date

    from pipelines.packs.make import packs
    from pipelines.packs.write import FORMATS, content_of
    from pipelines.settings import Group, Home
    from pipelines.warehouse.reader import open_build

    reader = open_build(Home(Path(home)))
    wall, processor = time.perf_counter(), time.process_time()
    [pack] = packs(reader, Group(), date(2026, 10, 1), "director")
    took = {"content": (time.perf_counter() - wall, time.process_time() - processor, 0)}
    for form in FORMATS:
        wall, processor = time.perf_counter(), time.process_time()
        size = len(content_of(pack, form))
        took[form] = (time.perf_counter() - wall, time.process_time() - processor, size)
    return {"took": took}


WORK = {
    f.__name__: f
    for f in (reference, load, publish, read, sheet, table, drawn, published, asked, opened, packed)
}


def measure(name: str, *args: str | Path) -> dict[str, Any]:
    """What one of `WORK` told, with `cpu` and `wall` in seconds and `peak` in megabytes.

    Starting Python and importing count as well: they are the same few tenths for all.
    """
    command = [sys.executable, "-m", "tests.bench.measured", name, *map(str, args)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def peak() -> float:
    """The most memory that this process had, in megabytes.

    What `getrusage` tells begins with what the parent had when it started this one; Linux knows
    better.
    """
    with suppress(OSError), open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    began = time.monotonic()
    answer = WORK[sys.argv[1]](*sys.argv[2:])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answer |= {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.monotonic() - began,
        "peak": peak(),
    }
    print(json.dumps(answer))
