"""Loaders killed at any moment, torn logs, two writers, forty readers: nothing is half done."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import StoreProblem
from pipelines.settings import Home
from pipelines.warehouse.publish import current_build, publish
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from tests.conftest import ROOT
from tests.loading import Row, load_text, record_of, rows

FILES, LINES = 4, 120
LOADER = """
import sys
from pathlib import Path
from pipelines.ingest.run import ingest
from pipelines.settings import Home
from pipelines.warehouse.publish import is_current, publish
from pipelines.warehouse.record import Record
print(flush=True)
with Record.open(Home(Path(sys.argv[1])), wait=60) as record:
    for path in sorted(Path(sys.argv[2]).iterdir()):
        [told] = ingest(record, [path])
        assert told.status in ("loaded", "unchanged"), told.problem
        print("loaded", path.name, flush=True)
        if not is_current(record):
            print("published", publish(record), flush=True)
"""
STATE = (
    "SELECT document, line, CAST(amount AS VARCHAR) FROM fact_spend "
    "WHERE superseded_in IS NULL ORDER BY ALL"
)


def folder_of(path: Path, mark: str = "") -> Path:
    """Files of invoice lines; every second restates half of the one before it."""
    path.mkdir()
    for number in range(FILES):
        restated = range(LINES // 2) if number % 2 else range(0)
        lines = [f"S,{mark}{number - 1}-{n},1,2026-10-01,{n}.75" for n in restated]
        lines += [f"S,{mark}{number}-{n},1,2026-10-01,{n}.25" for n in range(LINES)]
        text = "supplier,document,line,date,amount\n" + "\n".join(lines) + "\n"
        (path / f"{mark}{number}.csv").write_text(text, encoding="utf-8")
    return path


def loader(home: Path, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LOADER, str(home), str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def undisturbed(home: Path, folder: Path) -> tuple[list[Row], float]:
    """What a loader leaves that nobody kills, and how long it takes once it has begun."""
    with loader(home, folder) as child:
        assert child.stdout is not None
        child.stdout.readline()
        begun = time.monotonic()
        _, error = child.communicate()
        assert child.returncode == 0, error
    return rows(home, STATE), time.monotonic() - begun


def killed(home: Path, folder: Path, delay: float) -> tuple[set[str], list[str]]:
    """What a loader acknowledged, loads and builds, until it was killed."""
    with loader(home, folder) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)
        # A line that was cut off acknowledges nothing.
        lines = child.stdout.read().splitlines(keepends=True)
        told = [line.split() for line in lines if line.endswith("\n")]
    loads = {told[1] for told in told if told[0] == "loaded"}
    return loads, [told[1] for told in told if told[0] == "published"]


def ties(record: Record) -> set[str]:
    """The files that the ledger names; each must be there whole."""
    loads = record.rows(
        "SELECT event, path, accepted, money_accepted, records, "
        "accepted + duplicate + quarantined + furniture FROM loads ORDER BY event"
    )
    kept = record.rows(
        "SELECT load, count(*), sum(amount) FROM fact_spend GROUP BY load ORDER BY load"
    )
    assert [(e, n, m) for e, _, n, m, *_ in loads] == kept
    assert all(read == placed for *_, read, placed in loads)
    for table in ("quarantine", "duplicates", "mentions"):
        assert record.rows(
            f"SELECT count(*) FROM {table} WHERE load NOT IN (SELECT event FROM loads)"
        ) == [(0,)]
    return {path for _, path, *_ in loads}


def shown(home: Path) -> Any:
    """The published build ties in itself: as many lines as its ledger says stand."""
    reader = open_build(Home(home))
    return reader.query(
        "SELECT (SELECT event FROM build) AS event, (SELECT max(event) FROM loads) AS last, "
        "(SELECT count(*) FROM spend) + (SELECT count(*) FROM spend_history) AS rows, "
        "(SELECT sum(accepted) FROM loads) AS accepted"
    ).row(0)


def kill_and_look(home: Path, folder: Path, span: float, chance: random.Random) -> set[str]:
    # Longer than one run takes, too: a few loaders come through.
    told, builds = killed(home, folder, chance.random() * span)
    with record_of(home) as record:
        found = ties(record)
    assert told <= found
    build = current_build(Home(home))
    if builds:
        assert build is not None
        assert build >= builds[-1]
    if build is not None:
        assert (home / "warehouse" / f"rounds-{build}.duckdb").exists()
        event, last, lines, accepted = shown(home)
        assert (event, lines) == (last, accepted)
    for path in (home / "warehouse").glob("rounds-*.duckdb"):
        assert not path.with_name(f"{path.name}.wal").exists()
    return found


def kills(tmp_path: Path, count: int) -> None:
    chance = random.Random(3)
    folder = folder_of(tmp_path / "files")
    expected, span = undisturbed(tmp_path / "calm", folder)
    home, number = tmp_path / "home0", 0
    for _ in range(count):
        found = kill_and_look(home, folder, span, chance)
        if len(found) == FILES:
            assert undisturbed(home, folder)[0] == expected
            number += 1
            home = tmp_path / f"home{number}"
    assert undisturbed(home, folder)[0] == expected
    assert not list((home / "warehouse").glob("draft*"))
    assert not list((home / "warehouse").glob("*.new"))


def test_a_loader_killed_at_six_moments(tmp_path: Path) -> None:
    kills(tmp_path, 6)


@pytest.mark.soak
def test_a_loader_killed_at_a_hundred_moments(tmp_path: Path) -> None:
    kills(tmp_path, 100)


def test_a_torn_log_leaves_whole_loads_or_says_that_it_is_damaged(tmp_path: Path) -> None:
    chance = random.Random(4)
    folder = folder_of(tmp_path / "files")
    _, span = undisturbed(tmp_path / "calm", folder)
    torn = 0
    for attempt in range(4):
        home = tmp_path / f"home{attempt}"
        killed(home, folder, (0.3 + 0.6 * chance.random()) * span)
        log = home / "warehouse/record.duckdb.wal"
        if not log.exists() or not log.stat().st_size:
            continue
        whole = log.read_bytes()
        for cut in sorted(chance.sample(range(len(whole)), min(6, len(whole)))):
            copy = tmp_path / "copy"
            shutil.copytree(home, copy)
            (copy / "warehouse/record.duckdb.wal").write_bytes(whole[:cut])
            try:
                with record_of(copy) as record:
                    found = ties(record)
                assert found == {f"{n}.csv" for n in range(len(found))}
            except StoreProblem as problem:
                said = str(problem)
                if "estore it from a backup." not in said or "\n" in said:
                    pytest.fail(said)
            torn += 1
            shutil.rmtree(copy)
        if torn >= 6:
            break
    assert torn


def test_two_loaders_at_once_both_end_well(home: Path, tmp_path: Path) -> None:
    one, other = folder_of(tmp_path / "a", "a"), folder_of(tmp_path / "b", "b")
    children = [loader(home, one), loader(home, other)]
    for child in children:
        with child:
            _, error = child.communicate()
            assert child.returncode == 0, error
    with record_of(home) as record:
        assert len(ties(record)) == 2 * FILES
    assert shown(home)[0] == 2 * FILES


def test_forty_readers_while_files_are_loaded_and_published(home: Path, tmp_path: Path) -> None:
    first, folder = folder_of(tmp_path / "a", "a"), folder_of(tmp_path / "b", "b")
    undisturbed(home, first)
    faults: list[str] = []
    events: set[int] = set()
    done = threading.Event()

    def read() -> None:
        seen = 0
        while not done.is_set():
            try:
                event, last, lines, accepted = shown(home)
            except Exception as error:
                faults.append(f"{type(error).__name__}: {error}")
                return
            if event != last or lines != accepted or event < seen:
                faults.append(f"{event} of {last}: {lines} of {accepted} after {seen}")
            seen = event
            events.add(event)
            time.sleep(0.5)

    readers = [threading.Thread(target=read) for _ in range(40)]
    for reader in readers:
        reader.start()
    try:
        undisturbed(home, folder)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert faults == []
    assert len(events) > 1


def test_a_record_in_the_earlier_layout_of_files_is_read_and_written(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    with duckdb.connect(str(home.record)) as sql:  # as DuckDB writes by itself, and Rounds once did
        sql.execute("CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL)")
    lines = "site,document,line,date,account,supplier,amount,currency\n"
    lines += "".join(f"S1,D{n},1,2026-01-0{n},6000,Acme,{n}.50,USD\n" for n in (1, 2, 3))
    assert load_text(home.root, lines).status == "loaded"
    with Record.open(home) as record:
        [(layout,)] = record.rows(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'record'"
        )
        assert layout.startswith("v1.0")
        publish(record)
    told = open_build(home).query("SELECT supplier, sum(amount) AS amount FROM spend GROUP BY ALL")
    assert told.rows() == [("Acme", Decimal("7.5000"))]
