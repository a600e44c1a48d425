"""Thousands of changed exports: no traceback, no hang, and every record accounted for."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.ingest import enter
from pipelines.ingest.outcome import Outcome
from pipelines.ingest.read import Found
from pipelines.ingest.run import ingest
from pipelines.settings import Home
from pipelines.warehouse.record import Record
from tests.ingest.fuzzing import Fuzzed, mutated
from tests.loading import EXPORTS

SAMPLES = sorted(p for p in EXPORTS.rglob("*") if p.suffix in (".csv", ".tsv", ".xml"))
FRESH = 400  # files after which a new home is begun
SLOW = 20.0  # seconds that no file may take, on the busiest machine


def chosen(count: int, offset: int = 0) -> Iterator[tuple[Path, str]]:
    """So many samples and seeds: every sample comes as often as any other."""
    order = list(SAMPLES)
    random.Random(7).shuffle(order)
    for number in range(offset, offset + count):
        sample = order[number % len(order)]
        yield sample, f"{sample.parent.name}/{sample.name}:{number}"


def unaccounted(fuzzed: Fuzzed, outcomes: list[Outcome], found: list[Found]) -> str | None:
    """What is wrong with what was told of a file; None where nothing is."""
    if not outcomes:
        return "nothing was told"
    for outcome in outcomes:
        told, problem = outcome.as_json(), outcome.problem
        if outcome.status not in ("loaded", "unchanged", "refused"):
            return f"status {outcome.status}"
        if (outcome.status == "refused") != bool(problem):
            return f"{outcome.status}: {problem}"
        if problem and ("fault of Rounds" in problem or "Traceback" in problem):
            return problem
        if problem and ("\n" in problem or not problem.rstrip().endswith((".", ")", "?"))):
            return f"no sentence: {problem}"
        placed = sum(told[n] for n in ("accepted", "duplicate", "quarantined", "furniture"))
        if told["records"] != placed:
            return f"{told['records']} records, {placed} placed"
        if outcome.loaded and not outcome.loaded.ties:
            return "money does not tie"
    if fuzzed.records is None or any(o.status != "loaded" for o in outcomes):
        return None
    # Headings and what is above them are told apart from records; blank lines are no records.
    above = sum(1 + sum(bool(row) for row in table.preamble) for table in found)
    read = sum(o.as_json()["records"] for o in outcomes)
    if read + above != fuzzed.records:
        return f"{fuzzed.records} records by csv, {read} read and {above} above"
    return None


def fuzz(
    folder: Path, samples: Iterator[tuple[Path, str]], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The faults found; each with its seed, so that it can be had again."""
    faults: list[str] = []
    found: list[Found] = []
    match = enter.match

    def noted(table: Found, *args: object) -> object:
        found.append(table)
        return match(table, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(enter, "match", noted)
    record: Record | None = None
    for number, (sample, seed) in enumerate(samples):
        if number % FRESH == 0:
            if record:
                record.sql.close()
            record = Record.open(Home(folder / f"home{number}"))
        assert record
        fuzzed = mutated(sample.name, sample.read_bytes(), seed)
        path = folder / fuzzed.name
        path.write_bytes(fuzzed.data)
        found.clear()
        begun = time.monotonic()
        try:
            fault = unaccounted(fuzzed, ingest(record, [path]), found)
        except Exception as error:
            fault = f"raised {type(error).__name__}: {error}"
        took = time.monotonic() - begun
        if took > SLOW:
            fault = f"took {took:.1f} seconds"
        if fault:
            faults.append(f"{seed} ({fuzzed.how}): {fault}")
        path.unlink()
    if record:
        record.sql.close()
    return faults


def test_changed_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fuzz(tmp_path, chosen(150), monkeypatch) == []


@pytest.mark.soak
def test_twenty_thousand_changed_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fuzz(tmp_path, chosen(20_000), monkeypatch) == []
