"""How long a director's pack of 200 sites takes: its content and each format; `make bench` says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipelines.analysis.outlook.study import study
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from tests.bench.large_group import write
from tests.bench.measured import measure

SITES, SHARE = 200, 0.1
MEGABYTES = 1000  # of memory of the process that makes the pack
SECONDS = 5.0  # of processor time for what a pack says and its three formats

pytestmark = pytest.mark.bench


def test_a_pack_of_200_sites(tmp_path: Path) -> None:
    home = Home(tmp_path / "group")
    write(home.root, SITES, SHARE)
    with Record.open(home) as record:
        publish(record)
    reader = open_build(home)
    processor = time.process_time()
    study(reader)  # once a build; beside it for every process
    print(f"\nthe landing's study, once a build: {time.process_time() - processor:.2f} CPU s")
    told = measure("packed", home.root)
    for name, (seconds, cpu, size) in told["took"].items():
        print(f"{name:8} {seconds:6.2f} s, {cpu:6.2f} CPU s, {size / 1000:8,.0f} kB")
    print(f"memory   {told['peak']:6.0f} MB")
    assert sum(cpu for _, cpu, _ in told["took"].values()) < SECONDS
    assert told["peak"] < MEGABYTES
