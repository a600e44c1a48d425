"""Run as a program: do one thing, and print what it cost as JSON (processor seconds, peak MB).

Each measurement has a process of its own, so that its memory is its own and nothing is warm.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
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


WORK = {f.__name__: f for f in (reference, load, publish, read, sheet, table)}


def measure(name: str, *args: str | Path) -> dict[str, Any]:
    """What one of `WORK` told, with `cpu` and `wall` in seconds and `peak` in megabytes.

    Starting Python and importing count as well: they are the same few tenths for all.
    """
    command = [sys.executable, "-m", "tests.bench.measured", name, *map(str, args)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    began = time.monotonic()
    answer = WORK[sys.argv[1]](*sys.argv[2:])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answer |= {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.monotonic() - began,
        "peak": usage.ru_maxrss / 1024,
    }
    print(json.dumps(answer))
