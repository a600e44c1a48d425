"""Nobody's name is in a file under the home, and workers are keyed pseudonyms everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from pipelines.ingest.privacy import pseudonyms
from tests.loading import EXPORTS, facts, load_text, rounds, rows

JOURNAL = EXPORTS / "gusto_journal/payroll-journal.csv"
NAMES = ("Wilhelmina", "Thaddeus", "Quackenbush", "Oglethorpe", "Featherstonehaugh")
PSEUDONYM = re.compile(r"[0-9a-f]{16}")


def stored(home: Path) -> list[tuple[str, bytes]]:
    """Every file under the home but what people dropped into the inbox."""
    files = [p for p in home.rglob("*") if p.is_file() and home / "inbox" not in p.parents]
    return [(str(p.relative_to(home)), p.read_bytes()) for p in files]


def found_in(home: Path, *words: str) -> list[tuple[str, str]]:
    return [
        (name, word)
        for name, data in stored(home)
        for word in words
        if word.encode() in data or word.encode("utf-16-le") in data
    ]


def test_names_of_a_payroll_reach_no_file(home: Path) -> None:
    assert rounds("ingest", JOURNAL).exit_code == 0
    names = [name for name, _ in stored(home)]
    assert any(name.startswith("warehouse/rounds-") for name in names)
    assert "warehouse/record.duckdb" in names
    assert found_in(home, *NAMES) == []
    workers = [w for (w,) in facts(home, "labor", "DISTINCT worker", "true")]
    assert len(workers) == 3
    assert all(PSEUDONYM.fullmatch(worker) for worker in workers)


def test_names_of_records_set_aside_are_masked_wherever_they_stand(home: Path) -> None:
    head, first, second, third, _ = JOURNAL.read_text(encoding="utf-8").splitlines()
    text = "\n".join(
        [
            head,
            first.replace("72.50", "many"),
            # A comma too many moves the names to the right, one too few to the left.
            second.replace("Regular,", "Regular,,", 1),
            third.replace("Regular,", "", 1),
            # A name in the place of a number.
            first.replace("72.50", "Featherstonehaugh"),
            "",
        ]
    )
    path = home.parent / "journal.csv"
    path.write_text(text, encoding="utf-8")
    result = rounds("ingest", path)
    assert result.exit_code == 1
    assert rows(home, "SELECT count(DISTINCT record) FROM quarantine") == [(4,)]
    kept = rows(
        home, "SELECT cells['last_name'], cells['address'] FROM quarantine WHERE record = 2"
    )
    assert [(bool(re.fullmatch("~[0-9a-f]{16}", name)), site) for name, site in kept] == [
        (True, "ELM")
    ]
    assert found_in(home, *NAMES) == []
    assert not any(name in result.output for name in NAMES)


def test_numbers_of_workers_are_stored_as_pseudonyms_of_this_home_only(
    home: Path, tmp_path: Path
) -> None:
    for place in (home, tmp_path / "other"):
        assert rounds("ingest", EXPORTS / "paychex_flex", "--home", place).exit_code == 0
        assert found_in(place, "000417", "000522", "000903") == []
    here, there = (
        {w for (w,) in facts(h, "labor", "worker", "true")} for h in (home, tmp_path / "other")
    )
    assert len(here) == len(there) == 3
    assert not here & there
    assert (home / "secret.key").stat().st_mode & 0o077 == 0


def test_pseudonyms_are_the_same_for_the_same_worker_and_key() -> None:
    workers = pl.Series(["7", "8", None, "7"])
    one, two, none, again = pseudonyms(workers, b"key").to_list()
    assert one == again != two
    assert none is None
    assert pseudonyms(workers, b"other")[0] != one


def test_columns_that_no_profile_names_are_dropped_unread(home: Path) -> None:
    text = (EXPORTS / "paychex_flex/paychex_GRP_2026-10-09.csv").read_text(encoding="utf-8")
    lines = [f"{line},{'SSN' if i == 0 else '987-65-4320'}" for i, line in
             enumerate(text.splitlines())]  # fmt: skip
    outcome = load_text(home, "\n".join(lines) + "\n", "paychex_GRP_2026-10-09.csv")
    assert outcome.status == "loaded"
    assert found_in(home, "987-65-4320") == []


def test_a_list_of_patients_is_refused_with_the_columns_name(home: Path) -> None:
    path = home.parent / "visits.csv"
    path.write_text("Visit,Patient Name,Provider\n1,Wilhelmina Quackenbush,Dr X\n", "utf-8")
    result = rounds("ingest", path)
    assert result.exit_code == 2
    assert "looks like a list of patients (column “Patient Name”) and was not read" in result.output
    assert found_in(home, *NAMES) == []
