"""The lake: whole months as Parquet, tied to the record, in a folder and in a bucket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UsageProblem
from pipelines.lake import manifest
from pipelines.lake.check import check
from pipelines.lake.places import place
from pipelines.lake.read import facts_query
from pipelines.lake.write import write
from pipelines.settings import Home
from pipelines.warehouse.record import Record
from tests.conftest import ROOT
from tests.loading import load_text, rounds

SITES = "site,name,region\nELM,Elmwood Clinic,North\nOAK,Oakdale Clinic,South\n"
SPEND = (
    "site,supplier,document,line,date,account,amount,currency\n"
    "ELM,A,1,1,2026-09-01,5000,10.10,GBP\nOAK,A,2,1,2026-10-02,5000,20.20,GBP\n"
)
# The second line once more at another price, and one of November.
LATER = (
    "site,supplier,document,line,date,account,amount,currency\n"
    "OAK,A,2,1,2026-10-02,5000,25.00,GBP\nELM,A,3,1,2026-11-03,5000,1.00,GBP\n"
)
SPENT = "feed=spend/year=2026/month"


def given(home: Path, **files: str) -> Home:
    """A home into which files were loaded; nothing is published yet."""
    for name, text in files.items():
        assert load_text(home, text, f"{name}.csv").status == "loaded"
    return Home(home)


def written(home: Home, to: str | Path, **options: str) -> tuple[int, int]:
    with Record.open(home) as record:
        done = write(record, str(to), **options)
        assert all(tie.ties for tie in check(record, str(to), **options))
    return done.months, done.left


def facts(lake: Path, feed: str = "spend") -> list[tuple[object, ...]]:
    query = facts_query(place(str(lake)), feed)
    return duckdb.sql(
        f"SELECT home, document, amount, load, record, loaded_in, superseded_in FROM ({query}) "
        "ORDER BY ALL"
    ).fetchall()


def test_only_touched_months_are_written_anew_with_what_gave_way(
    home: Path, tmp_path: Path
) -> None:
    place_, lake = given(home, sites=SITES, spend=SPEND), tmp_path / "lake"
    # Two months of invoices, and the register of sites, which has no date.
    assert written(place_, lake) == (3, 0)
    first = manifest.read(place(str(lake)), "home")
    assert first is not None
    assert written(place_, lake) == (0, 3)
    assert manifest.read(place(str(lake)), "home") == first
    undated = "feed=sites/year=__HIVE_DEFAULT_PARTITION__/month=__HIVE_DEFAULT_PARTITION__"
    assert {n for n in first.parts if n.startswith("feed=")} == {
        undated, f"{SPENT}=9", f"{SPENT}=10"
    }  # fmt: skip
    given(home, later=LATER)
    assert written(place_, lake) == (2, 2)  # October and November; September and the sites stay
    second = manifest.read(place(str(lake)), "home")
    assert second is not None
    assert second.parts[f"{SPENT}=9"] == first.parts[f"{SPENT}=9"]
    assert second.parts[f"{SPENT}=10"].sums["amount"] == ("45.2000", "25.0000")
    assert facts(lake) == [
        ("home", "1", Decimal("10.1"), 2, 2, 2, None),
        ("home", "2", Decimal("20.2"), 2, 3, 2, 3),
        ("home", "2", Decimal("25"), 3, 2, 3, None),
        ("home", "3", Decimal("1"), 3, 3, 3, None),
    ]
    # Who holds the former manifest can go on reading what it names.
    assert all((lake / "home=home" / file).exists() for file in first.files)
    assert rounds("undo", "3").exit_code == 0
    assert written(place_, lake) == (2, 2)
    third = manifest.read(place(str(lake)), "home")
    assert third is not None
    assert third.parts[f"{SPENT}=10"].sums["amount"] == ("65.4000", "20.2000")
    assert third.parts[f"{SPENT}=11"].standing == 0
    held = {p.relative_to(lake / "home=home").as_posix() for p in lake.rglob("*.parquet")}
    assert held == third.files | set(third.former)


def test_engines_that_know_the_layout_read_it_as_it_lies(home: Path, tmp_path: Path) -> None:
    budget = "site,version,account,month,amount,currency\nELM,v1,5000,2026-10-01,7.50,GBP\n"
    written(given(home, sites=SITES, spend=SPEND, budget=budget), tmp_path / "lake")
    pattern = f"{tmp_path}/lake/*/feed={{}}/*/*/*.parquet"
    found = duckdb.sql(
        f"SELECT home, year, month, sum(amount) FROM "
        f"read_parquet('{pattern.format('spend')}', hive_partitioning = true) "
        "GROUP BY ALL ORDER BY ALL"
    )
    assert [(h, int(y), int(m), s) for h, y, m, s in found.fetchall()] == [
        ("home", 2026, 9, Decimal("10.1")), ("home", 2026, 10, Decimal("20.2")),
    ]  # fmt: skip
    # A feed's own month keeps its day beside the folder's.
    [(month, day)] = duckdb.sql(
        f"SELECT month, CAST(month_date AS VARCHAR) FROM "
        f"read_parquet('{pattern.format('budget')}', hive_partitioning = true)"
    ).fetchall()
    assert (int(month), day) == (10, "2026-10-01")


def test_a_load_writes_the_lake_where_the_settings_name_one(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    lake = tmp_path / "lake"
    settings = f'lake = "{lake.as_posix()}"\nlake_name = "north"\n'
    (home / "settings.toml").write_text(settings, encoding="utf-8")
    place_ = Home(home)
    for name, text in {"sites": SITES, "spend": SPEND}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    assert rounds("ingest", tmp_path / "sites.csv", tmp_path / "spend.csv").exit_code == 0
    assert [row[:3] for row in facts(lake)] == [
        ("north", "1", Decimal("10.1")), ("north", "2", Decimal("20.2")),
    ]  # fmt: skip
    (tmp_path / "later.csv").write_text(LATER, encoding="utf-8")
    assert rounds("ingest", tmp_path / "later.csv").exit_code == 0
    assert len(facts(lake)) == 4
    [names] = lake.glob("home=north/table=sites/*.parquet")
    named = duckdb.sql(f"SELECT site, name FROM '{names}' WHERE NOT provisional ORDER BY 1")
    assert named.fetchall() == [("ELM", "Elmwood Clinic"), ("OAK", "Oakdale Clinic")]
    checked = rounds("lake", "--check")
    assert checked.exit_code == 0
    assert "4 of 4 months tie to the record (6 rows)" in checked.stdout
    # Off: nothing is written any more.
    (home / "settings.toml").write_text("", encoding="utf-8")
    assert rounds("undo", "3").exit_code == 0
    assert len(facts(lake)) == 4
    assert rounds("lake").exit_code == 2
    # On demand it is; the sums that no longer tie are told until then.
    assert rounds("lake", "--to", lake, "--name", "north", "--check").exit_code == 1
    done = rounds("lake", "--to", lake, "--name", "north")
    assert "2 months with" in done.stdout
    assert written(place_, lake, name="north") == (0, 4)


def test_a_file_that_is_gone_or_altered_is_told(home: Path, tmp_path: Path) -> None:
    place_, lake = given(home, sites=SITES, spend=SPEND), tmp_path / "lake"
    written(place_, lake)
    september, october = (next((lake / f"home=home/{SPENT}={m}").iterdir()) for m in (9, 10))
    september.write_bytes(october.read_bytes())
    october.unlink()
    with Record.open(place_) as record:
        wrong = {(t.feed, t.month, t.lake_rows) for t in check(record, str(lake)) if not t.ties}
    assert wrong == {("spend", 9, 1), ("spend", 10, None)}


def test_homes_write_into_one_lake_side_by_side(home: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    one = given(home, sites=SITES, spend=SPEND)
    other = given(home.parent / "other", sites2=SITES, spend2=LATER)
    written(one, lake, name="north")
    written(other, lake, name="south")
    assert [(row[0], row[2]) for row in facts(lake)] == [
        ("north", Decimal("10.1")), ("north", Decimal("20.2")),
        ("south", Decimal("25")), ("south", Decimal("1")),
    ]  # fmt: skip
    # Each record has load 2: the home tells them apart, and the union is the sum of both.
    total = duckdb.sql(f"SELECT sum(amount) FROM ({facts_query(place(str(lake)), 'spend')})")
    assert total.fetchall() == [(Decimal("56.3"),)]
    with Record.open(other) as record, pytest.raises(UsageProblem, match="Another home"):
        write(record, str(lake), name="north")
    with Record.open(other) as record, pytest.raises(UsageProblem, match="name in the lake"):
        write(record, str(lake), name="../north")


def test_a_record_from_a_backup_is_written_whole(home: Path, tmp_path: Path) -> None:
    """After a restore, load 3 is another load 3."""
    place_, lake = given(home, sites=SITES, spend=SPEND), tmp_path / "lake"
    kept = place_.record.read_bytes()
    given(home, later=LATER)
    written(place_, lake)
    place_.record.write_bytes(kept)
    given(home, other=LATER.replace("25.00", "26.00"))
    assert written(place_, lake) == (4, 0)
    assert [row[2] for row in facts(lake)] == [
        Decimal("10.1"), Decimal("20.2"), Decimal("26"), Decimal("1"),
    ]  # fmt: skip


def test_a_place_that_can_not_be_written_to_costs_no_load(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    settings = f'lake = "{(tmp_path / "file").as_posix()}"\n'
    (home / "settings.toml").write_text(settings, encoding="utf-8")
    path = home.parent / "sites.csv"
    path.write_text(SITES, encoding="utf-8")
    done = rounds("ingest", path)
    assert done.exit_code == 1
    assert "The lake at" in done.stderr
    assert "can still be read" in done.stderr
    with Record.open(Home(home)) as record:
        assert record.rows("SELECT count(*) FROM fact_sites") == [(2,)]


WRITER = """
from pathlib import Path
import sys
from pipelines.lake.write import write
from pipelines.settings import Home
from pipelines.warehouse.record import Record
with Record.open(Home(Path(sys.argv[1]))) as record:
    print("open", flush=True)
    write(record, sys.argv[2])
"""


@pytest.mark.soak
def test_a_killed_write_leaves_the_former_state_and_the_next_one_mends(
    home: Path, tmp_path: Path
) -> None:
    many = "".join(
        f"ELM,A,{n},1,20{20 + n % 5}-{1 + n % 12:02d}-02,5000,1.25,GBP\n" for n in range(3000)
    )
    place_, lake = given(home, sites=SITES, spend=SPEND), tmp_path / "lake"
    written(place_, lake)
    before = facts(lake)
    given(home, many=SPEND.partition("\n")[0] + "\n" + many)
    left = 0
    for pause in (0.05, 0.12, 0.25):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(home), str(lake)],
            stdout=subprocess.PIPE, env=environment,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        left += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert len(facts(lake)) in (len(before), len(before) + 3000)
    assert left
    written(place_, lake)
    assert len(facts(lake)) == len(before) + 3000
    known = manifest.read(place(str(lake)), "home")
    assert known is not None
    held = {p.relative_to(lake / "home=home").as_posix() for p in lake.rglob("*.parquet")}
    assert held == known.files | set(known.former)
    assert not list(lake.rglob("*.new"))
