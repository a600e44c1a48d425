"""How long a director's pack of 200 sites takes: its content and each format; `make bench` says."""

from __future__ import annotations

import resource
import time
from datetime import date
from pathlib import Path

import pytest

from pipelines.analysis.outlook.study import study
from pipelines.packs.make import packs
from pipelines.packs.write import FORMATS, content_of
from pipelines.settings import Group, Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from tests.bench.large_group import write

SITES, SHARE = 200, 0.1
MONTH = date(2026, 10, 1)
MEGABYTES = 1000  # of memory, all in all
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
    wall, processor = time.perf_counter(), time.process_time()
    [pack] = packs(reader, Group(), MONTH, "director")
    took = {"content": (time.perf_counter() - wall, time.process_time() - processor, 0)}
    for form in FORMATS:
        wall, processor = time.perf_counter(), time.process_time()
        size = len(content_of(pack, form))
        took[form] = (time.perf_counter() - wall, time.process_time() - processor, size)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, (seconds, cpu, size) in took.items():
        print(f"{name:8} {seconds:6.2f} s, {cpu:6.2f} CPU s, {size / 1000:8,.0f} kB")
    print(f"memory   {memory:6.0f} MB")
    assert sum(cpu for _, cpu, _ in took.values()) < SECONDS
    assert memory < MEGABYTES
