"""From files to loads: what is counted, what is the same file, what is recognised, what is told."""

from __future__ import annotations

import csv
import gzip
import io
import os
import subprocess
import sys
import time
import zipfile
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import UsageProblem
from pipelines.ingest import enter, prepare, run
from pipelines.settings import Home
from pipelines.state import What, decide
from pipelines.warehouse.record import Record
from pipelines.warehouse.settled import TICK
from pipelines.warehouse.undo import undo
from tests.conftest import ROOT
from tests.loading import EXPORTS, facts, load, load_text, record_of, rows

HEAD = "supplier,document,line,date,amount\n"


def counts(outcome: run.Outcome) -> tuple[int, int, int, int, int]:
    """records, accepted, duplicate, quarantined, furniture"""
    told = outcome.as_json()
    names = ("records", "accepted", "duplicate", "quarantined", "furniture")
    return tuple(told[name] for name in names)  # type: ignore[return-value]


MESSY = f"""Acme,,,,
Bills of October,,,,
{HEAD}A,1,1,2026-10-01,10.10
A,1,2,2026-10-01,20.20
A,1,2,2026-10-01,20.20
,,,,
B,7,1,soon,5.00
B,8,1,2026-10-02,n/a
B,9,1,2026-10-03,-1.05
B,9,1,2026-10-03,2.00
Total,,,,56.45
"""


def test_every_record_and_cent_ends_in_one_place(home: Path) -> None:
    outcome = load_text(home, MESSY)
    # Accepted: A1/1, A1/2, B9/1; the second A1/2 is a repeat; two cells can't be read, and B9/1
    # contradicts itself; a blank record and a total are furniture.
    assert counts(outcome) == (9, 3, 1, 3, 2)
    assert outcome.as_json()["money"] == {
        "read": "56.4500",
        "accepted": "29.2500",
        "duplicate": "20.2000",
        "quarantined": "7.0000",
        "unreadable": 1,
    }
    assert facts(home, "spend", "document, line, amount, record") == [
        ("1", "1", "10.1", 4), ("1", "2", "20.2", 5), ("9", "1", "-1.05", 10),
    ]  # fmt: skip
    assert rows(home, "SELECT record, reason, \"column\", cells['document'] FROM quarantine") == [
        (8, "is not a date", "date", "7"),
        (9, "is not an amount", "amount", "8"),
        (11, "comes twice in this file with different values", "supplier, document, line", "9"),
    ]
    assert rows(home, "SELECT record, class FROM furniture ORDER BY 1") == [
        (7, "blank"), (12, "total"),
    ]  # fmt: skip
    assert rows(home, "SELECT record, of_load, of_record FROM duplicates") == [(6, 1, 5)]


def test_the_same_file_twice_changes_nothing(home: Path) -> None:
    load_text(home, MESSY)
    before = rows(home, "SELECT * FROM loads")
    assert load_text(home, MESSY, "renamed.csv").status == "unchanged"
    assert rows(home, "SELECT * FROM loads") == before


def test_the_same_bytes_under_another_date_are_another_count(home: Path) -> None:
    text = (EXPORTS / "openboxes_stock/openboxes_OAK_2026-10-31.csv").read_text(encoding="utf-8")
    for day in ("2026-10-31", "2026-11-07"):
        assert load_text(home, text, f"openboxes_OAK_{day}.csv").status == "loaded"
    assert load_text(home, text, "count.csv", site="OAK", period="2026-11-07").status == "unchanged"
    found = facts(home, "stock", "CAST(as_of AS VARCHAR), count(*)", "true GROUP BY 1")
    assert found == [("2026-10-31", 2), ("2026-11-07", 2)]


def test_lines_known_already_are_duplicates_and_the_rest_loads(home: Path) -> None:
    one, two, changed = "A,1,1,2026-10-01,10\n", "A,1,2,2026-10-01,20\n", "A,1,1,2026-10-01,11\n"
    load_text(home, HEAD + one + two)
    outcome = load_text(home, HEAD + two + changed + "A,2,1,2026-10-02,5\n")
    assert counts(outcome) == (3, 2, 1, 0, 0)
    assert outcome.as_json()["superseded"] == 1
    assert outcome.as_json()["money"]["duplicate"] == "20.0000"
    assert facts(home, "spend", "document, line, amount, load") == [
        ("1", "1", "11", 2), ("1", "2", "20", 1), ("2", "1", "5", 2),
    ]  # fmt: skip


def test_a_broken_line_keeps_its_place_among_the_lines_of_its_bill(home: Path) -> None:
    lines = (EXPORTS / "xero_bills/bills.csv").read_text(encoding="utf-8-sig")
    load_text(home, lines.replace("7000.00,Cleaning,", "7x00.00,Cleaning,"), "bills.csv")
    assert facts(home, "spend", "line, amount", "document = 'INV-1'") == [("2", "250.1")]
    load_text(home, lines, "bills.csv")
    assert facts(home, "spend", "line, amount", "document = 'INV-1' AND superseded_in IS NULL") == [
        ("1", "7000"), ("2", "250.1"),
    ]  # fmt: skip


def test_workbooks_and_archives_have_an_entry_a_table(home: Path, tmp_path: Path) -> None:
    text = f"{HEAD}A,1,1,2026-10-01,10\n"
    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as book:
        for name, amount in (("April", 10), ("May", 20)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEAD.strip().split(","))
            sheet.write_row(1, 0, ["B", name, "1", "2026-10-01", amount])
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as pack:
        pack.writestr("a/one.csv", text)
        pack.writestr("two.csv", "Colour,Taste\nred,sour\n")
    (tmp_path / "three.csv.gz").write_bytes(gzip.compress(text.replace("A,", "C,").encode()))
    outcomes = load(home, *(tmp_path / n for n in ("book.xlsx", "pack.zip", "three.csv.gz")))
    assert [(Path(o.path).name, o.status) for o in outcomes] == [
        ("book.xlsx#April", "loaded"),
        ("book.xlsx#May", "loaded"),
        ("one.csv", "loaded"),
        ("pack.zip#two.csv", "refused"),
        ("three.csv.gz#three.csv", "loaded"),
    ]
    assert outcomes[2].path.endswith("pack.zip#a/one.csv")
    assert facts(home, "spend", "document, amount") == [
        ("1", "10"), ("1", "10"), ("April", "10"), ("May", "20"),
    ]  # fmt: skip


def test_folders_are_walked_in_order_and_hidden_files_passed_over(tmp_path: Path) -> None:
    for name in ("b/2.csv", "a.csv", ".cache/x.csv", "b/.DS_Store", "b/10.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(p.relative_to(tmp_path)) for p in run.walk([tmp_path])]
    assert found == ["a.csv", "b/10.csv", "b/2.csv"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"paths": ["nowhere"]}, "There is no file or folder nowhere. Check the path."),
        ({"paths": [], "profile": "uk_spent"}, "There is no profile uk_spent. `rounds status "
         "--profiles` lists them."),
    ],
)  # fmt: skip
def test_a_slip_in_the_command_loads_nothing(
    home: Path, options: dict[str, object], said: str
) -> None:
    paths = [Path(p) for p in options.pop("paths")]  # type: ignore[attr-defined]
    with record_of(home) as record, pytest.raises(UsageProblem) as problem:
        run.ingest(record, [EXPORTS, *paths], **options)  # type: ignore[arg-type]
    assert str(problem.value) == said
    assert rows(home, "SELECT count(*) FROM loads") == [(0,)]


def test_a_fault_of_ours_in_one_file_leaves_the_others(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("Wilhelmina")

    first = EXPORTS / "usaid_sites"
    with monkeypatch.context() as patch:
        patch.setattr(prepare, "build_facts", broken)
        [outcome] = load(home, first)
    assert outcome.status == "refused"
    assert outcome.problem is not None
    assert outcome.problem.startswith(
        "service_delivery_site_data.csv could not be loaded (ValueError in test_run.py:"
    )
    assert "Wilhelmina" not in outcome.problem
    assert [o.status for o in load(home, first)] == ["loaded"]


def test_progress_names_each_file(home: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with record_of(home) as record:
        run.ingest(record, [EXPORTS / "openboxes_stock"], progress=lambda *x: told.append(x))
    assert told == [
        (0, 2, "openboxes_ELM_2026-10-31.csv"), (1, 2, "openboxes_OAK_2026-10-31.csv"), (2, 2, ""),
    ]  # fmt: skip


# Whatever is in a file: records and money are conserved, a second time changes nothing, and files
# of different bills end the same in any order.

cell = st.sampled_from(["", "x", "A", "B", "Total", "Total Energies"])
number = st.sampled_from(["1", "2", "", "0007"])
day = st.sampled_from(["2026-10-01", "2026-10-02", "soon", ""])
amount = st.one_of(
    st.sampled_from(["", "n/a", "1.005", "(3.50)", "1,234.56", "-0.01"]),
    st.decimals(-1000, 1000, places=2).map(str),
)
line = st.tuples(cell, number, st.sampled_from(["1", "2", ""]), day, amount)
special = st.sampled_from([("", "", "", "", ""), ("Total", "", "", "", "12.00"), ("note",)])
lines = st.lists(st.one_of(line, line, line, special), max_size=12)


def as_text(records: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD.strip().split(","))
    writer.writerow(("first", "F", "1", "2026-10-01", "1.00"))  # so that a table is there
    writer.writerows(records)
    return out.getvalue()


def into(record: Record, folder: Path, text: str, name: str = "export.csv") -> run.Outcome:
    (folder / name).write_text(text, encoding="utf-8")
    [outcome] = run.ingest(record, [folder / name])
    return outcome


def standing(record: Record) -> list[tuple[Any, ...]]:
    return record.rows(
        "SELECT supplier, document, line, date, amount FROM fact_spend "
        "WHERE superseded_in IS NULL ORDER BY ALL"
    )


@settings(max_examples=20)
@given(lines)
def test_conservation_and_idempotence(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("files")
    with record_of(folder / "home") as record:
        outcome = into(record, folder, as_text(records))
        total, *places = counts(outcome)
        assert total == 1 + len(records)
        assert total == sum(places)
        money = outcome.as_json()["money"]
        parts = [Decimal(money[part]) for part in ("accepted", "duplicate", "quarantined")]
        assert Decimal(money["read"]) == sum(parts)
        before = standing(record)
        assert sum(row[4] for row in before) == parts[0]
        assert into(record, folder, as_text(records)).status == "unchanged"
        again = into(record, folder, as_text(records) + "\n")
        assert counts(again)[1] == 0
        assert standing(record) == before


@settings(max_examples=8)
@given(st.lists(lines, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_files_of_different_slices_end_the_same_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[tuple[str, ...]]], chance: Random
) -> None:
    texts = [
        as_text([(*r[:1], f"{i}-{r[1]}", *r[2:]) if len(r) > 1 and r[1] else r for r in records])
        for i, records in enumerate(files)
    ]
    ends = []
    for order in (texts, chance.sample(texts, len(texts))):
        folder = tmp_path_factory.mktemp("files")
        with record_of(folder / "home") as record:
            for text in order:
                into(record, folder, text)
            ends.append(standing(record))
    assert ends[0] == ends[1]


def test_a_file_that_stands_is_not_read_again_until_something_decides_anew(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes, name, options, profiles and answers decide; a withdrawn load is loaded again."""
    path = tmp_path / "spend.csv"
    path.write_text("document,line,date,amount\nA,1,2026-10-01,5.00\n", encoding="utf-8")
    read: list[str] = []
    reader = enter.tables
    monkeypatch.setattr(enter, "tables", lambda *a: read.append("once") or reader(*a))

    def status(**options: str) -> tuple[str, int]:
        with Record.open(Home(home)) as record:
            [outcome] = run.ingest(record, [path], options=options)
        count = len(read)
        read.clear()
        return outcome.status, count

    assert status() == ("loaded", 1)
    assert status() == ("unchanged", 0)
    assert status(site="OAK") == ("unchanged", 1)
    decide(Home(home), What.ANSWER, "rounds_spend", "date", {"answer": "day-first"})
    assert status() == ("unchanged", 1)
    assert status() == ("unchanged", 0)
    with Record.open(Home(home)) as record:
        undo(record, 1)
    assert status() == ("loaded", 1)
    assert status() == ("unchanged", 0)
    path.rename(path := tmp_path / "other.csv")
    assert status() == ("unchanged", 1)


def test_the_bytes_of_a_file_that_nobody_touched_are_not_read_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One touched just now is not trusted; nor one whose old moment of writing was put back."""
    path = tmp_path / "spend.csv"
    text = f"{HEAD}A,1,1,2026-10-01,10\n"
    path.write_text(text, encoding="utf-8")
    read: list[str] = []
    digest = run.digest
    monkeypatch.setattr(run, "digest", lambda path: read.append(path.name) or digest(path))
    clock = time.time_ns

    def status(later: int = 0) -> tuple[str, int]:
        monkeypatch.setattr(time, "time_ns", lambda: clock() + later * 10**9)
        with Record.open(Home(home)) as record:
            [outcome] = run.ingest(record, [path])
        count = len(read)
        read.clear()
        return outcome.status, count

    assert status() == ("loaded", 1)
    assert status() == ("unchanged", 1)
    assert status(later=3) == ("unchanged", 1)
    assert status() == ("unchanged", 0)
    before = path.stat()
    path.write_text(text.replace("10\n", "11\n"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert status() == ("loaded", 1)
    assert facts(home, "spend", "amount") == [("11",)]


SKIPS = """
import sys
from pathlib import Path
from pipelines.ingest.run import ingest
from pipelines.settings import Home
from pipelines.warehouse.record import Record
with Record.open(Home(Path(sys.argv[1]))) as record:
    [outcome] = ingest(record, [Path(sys.argv[2])])
print(outcome.status, "pandas" in sys.modules)
"""


def test_what_a_file_that_stands_doesn_t_need_is_not_imported(home: Path, tmp_path: Path) -> None:
    """DuckDB imports pandas with the first query that has parameters: longer than all the rest."""
    path = tmp_path / "spend.csv"
    path.write_text(f"{HEAD}A,1,1,2026-10-01,10\n", encoding="utf-8")

    def told() -> str:
        command = [sys.executable, "-c", SKIPS, str(home), str(path)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    time.sleep((TICK + 10**8) / 10**9)  # a file touched just now would be looked at once more
    assert told() == "loaded True\n"
    assert told() == "unchanged False\n"
