"""What a load does to what stands: replaced slices, upserted keys, order, ties, a killed loader."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import StoreProblem
from pipelines.feeds import FEEDS, Policy
from pipelines.ingest.facts import TYPES
from pipelines.settings import Home
from pipelines.warehouse.batch import (
    AMOUNTS,
    DUPLICATES,
    FURNITURE,
    MENTIONS,
    QUARANTINE,
    Batch,
    Head,
)
from pipelines.warehouse.load import load as load_batch
from pipelines.warehouse.record import Record
from tests.conftest import ROOT
from tests.loading import EXPORTS, facts, load, load_text, record_of, rows

PAY = (EXPORTS / "paychex_flex/paychex_GRP_2026-10-09.csv").read_text(encoding="utf-8")
HEAD, *LINES = PAY.splitlines(keepends=True)
ELM, OAK = "".join(x for x in LINES if "ELM" in x), "".join(x for x in LINES if "OAK" in x)


def pay(home: Path) -> list[tuple[object, ...]]:
    columns = "company, CAST(check_date AS VARCHAR), site, sum(amount)"
    return facts(home, "labor", columns, "superseded_in IS NULL GROUP BY ALL")


def test_a_file_replaces_the_slice_that_it_holds(home: Path) -> None:
    load_text(home, PAY, "paychex_GRP_2026-10-09.csv")
    restated = load_text(
        home, PAY.replace("255.00", "300.00"), "paychex_GRP_2026-10-09_corrected.csv"
    )
    assert restated.as_json()["superseded"] == 5
    assert pay(home) == [
        ("GRP", "2026-10-09", "ELM", "4800"),
        ("GRP", "2026-10-09", "OAK", "1207.5"),
    ]
    assert facts(home, "labor", "count(*)", "superseded_in = 2") == [(5,)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (HEAD + ELM.replace("GRP", "XYZ"), "paychex_XYZ_2026-10-09.csv"),  # another company
        (HEAD + ELM, "paychex_GRP_2026-10-23.csv"),  # another check date
        (HEAD + ELM, "paychex_GRP_2026-10-09.csv"),  # the other site only
    ],
)
def test_rows_of_other_companies_dates_and_sites_stay(home: Path, text: str, name: str) -> None:
    load_text(home, HEAD + OAK, "paychex_GRP_2026-10-09.csv")
    assert load_text(home, text, name).as_json()["superseded"] == 0
    assert ("GRP", "2026-10-09", "OAK", "1207.5") in pay(home)
    assert [row[3] for row in pay(home)] in (["1207.5", "4755"], ["4755", "1207.5"])


def test_batches_of_one_period_stand_beside_each_other(home: Path) -> None:
    text = (EXPORTS / "adp_wfn/PRGRPEPI_2026-10-03.csv").read_text(encoding="utf-8")
    load_text(home, text, "PRGRPEPI_2026-10-03.csv")
    load_text(home, text.replace("GRP,1,", "GRP,2,"), "PRGRPEPI_2026-10-03_2.csv")
    assert facts(home, "labor", "run, count(*)", "superseded_in IS NULL GROUP BY 1") == [
        ("1", 5), ("2", 5),
    ]  # fmt: skip


def test_equal_rows_of_a_replaced_slice_are_all_facts(home: Path) -> None:
    load_text(home, HEAD + LINES[0] + LINES[0], "paychex_GRP_2026-10-09.csv")
    assert pay(home) == [("GRP", "2026-10-09", "ELM", "5800")]


ORDER = "site,work_order,created,status,completed\n"


def test_a_later_state_takes_over_and_the_earlier_is_kept(home: Path) -> None:
    load_text(home, f"{ORDER}ELM,1,2026-10-01,open,\nELM,2,2026-10-01,open,\n")
    load_text(home, f"{ORDER}ELM,1,2026-10-01,complete,2026-10-03\nELM,2,2026-10-01,open,\n")
    states = facts(home, "work_orders", "work_order, status, loaded_in, superseded_in", "true")
    assert states == [("1", "complete", 2, None), ("1", "open", 1, 2), ("2", "open", 1, None)]


def test_the_same_number_in_two_systems_is_two_things(home: Path) -> None:
    for name in ("atlas_work_orders/work_orders_en.csv", "nyc311/nyc311_2018.csv"):
        load_text(home, (EXPORTS / name).read_text(encoding="utf-8"))
    assert facts(home, "work_orders", "system, count(*)", "superseded_in IS NULL GROUP BY 1") == [
        ("atlas_cmms", 5), ("nyc311", 5),
    ]  # fmt: skip


ORDERED = """
name = "acme"
title = "Acme: hours"
system = "acme"
policy = "{policy}"
slice = ["site"]
order = "exported"
[context.exported]
pattern = "v(\\\\d+)"
required = true
[columns.site]
headings = ["Acme site"]
required = true
[columns.number]
headings = ["Acme number"]
required = true
[columns.cost]
headings = ["Acme cost"]
kind = "money"
[[facts]]
feed = "assets"
site = "site"
asset = "number"
name = "number"
cost = "cost"
"""
VERSIONS = {
    "v1.csv": "Acme site,Acme number,Acme cost\nE,1,10\nE,2,20\nO,3,30\n",
    "v2.csv": "Acme site,Acme number,Acme cost\nE,1,11\n",
    "v3.csv": "Acme site,Acme number,Acme cost\nE,2,22\nO,3,33\n",
}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("replace", [("E", "2", "22"), ("O", "3", "33")]),
        ("upsert", [("E", "1", "11"), ("E", "2", "22"), ("O", "3", "33")]),
    ],
)
@pytest.mark.parametrize("sequence", ["123", "132", "213", "231", "312", "321"])
def test_files_that_carry_an_order_end_the_same_in_any_order_of_arrival(
    home: Path, policy: str, expected: list[tuple[str, ...]], sequence: str
) -> None:
    (home / "profiles").mkdir(parents=True)
    (home / "profiles/acme.toml").write_text(ORDERED.format(policy=policy), encoding="utf-8")
    for number in sequence:
        name = f"v{number}.csv"
        outcome = load_text(home, VERSIONS[name], name)
        assert (outcome.profile, outcome.status) == ("acme", "loaded")
    assert facts(home, "assets", "site, asset, cost") == expected


def batch(records: int = 2) -> Batch:
    """Two invoice lines of 10.00 each."""
    dates = pl.Series(["2026-10-01"]).str.to_date().new_from_index(0, 2)
    amounts = pl.Series([Decimal(10), Decimal(10)], dtype=pl.Decimal(18, 4))
    feed = FEEDS["spend"]
    frame = pl.DataFrame({"record": pl.Series([2, 3], dtype=pl.UInt32)}).with_columns(
        pl.lit(1, pl.Int32).alias("fact"),
        *(pl.lit(None, TYPES[c.kind]).alias(c.name) for c in feed.columns),
        system=pl.lit("acme"), slice=pl.lit(None, pl.String),
    )  # fmt: skip
    frame = frame.with_columns(
        document=pl.Series(["A", "B"]), line=pl.lit("1"), date=dates, amount=amounts
    )
    return Batch(
        facts={"spend": frame},
        quarantine=pl.DataFrame(schema=QUARANTINE), furniture=pl.DataFrame(schema=FURNITURE),
        duplicates=pl.DataFrame(schema=DUPLICATES), mentions=pl.DataFrame(schema=MENTIONS),
        amounts=frame.select("record", "amount").cast(pl.Schema(AMOUNTS)),
        silent=pl.Series([], dtype=pl.UInt32), records=records,
    )  # fmt: skip


HEADING = Head(
    sha256="0" * 64, path="a.csv", part=None, profile="acme", system="acme",
    policy={"spend": Policy.UPSERT}, has_money=True,
)  # fmt: skip


def test_a_batch_that_does_not_tie_leaves_nothing(home: Path) -> None:
    whole = batch()
    extra = whole.amounts.vstack(
        pl.DataFrame({"record": [9], "amount": [Decimal(1)]}).cast(pl.Schema(AMOUNTS))
    )
    with record_of(home) as record:
        for faulty in (replace(whole, records=3), replace(whole, amounts=extra)):
            with pytest.raises(StoreProblem, match=r"a\.csv: its records or its money don't tie"):
                load_batch(record, HEADING, [faulty])
            assert record.rows("SELECT count(*) FROM loads") == [(0,)]
            assert record.rows("SELECT count(*) FROM fact_spend") == [(0,)]
        loaded = load_batch(record, HEADING, [whole])
    assert (loaded.accepted, loaded.money and loaded.money.accepted) == (2, Decimal(20))


def test_a_second_writer_waits_for_the_first(home: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from pipelines.settings import Home; "
        "from pipelines.warehouse.record import Record\n"
        f"with Record.open(Home(Path({str(home)!r}))): print(flush=True); time.sleep(1)"
    )
    first = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    with first:
        assert first.stdout is not None
        first.stdout.readline()
        with pytest.raises(StoreProblem) as problem:
            Record.open(Home(home), wait=0.1)
        assert str(problem.value) == (
            f"{home}/warehouse/record.duckdb is being written to by process {first.pid}. "
            "Wait until it has finished, and try again."
        )
        with Record.open(Home(home), wait=20):
            pass


LOADER = """
import sys
from pathlib import Path
from pipelines.ingest.run import ingest
from pipelines.settings import Home
from pipelines.warehouse.record import Record
with Record.open(Home(Path(sys.argv[1]))) as record:
    for path in sorted(Path(sys.argv[2]).iterdir()):
        ingest(record, [path])
        print(flush=True)
"""


def killed(home: Path, folder: Path, files: int, delay: float) -> None:
    """Start a loader and kill it, `delay` seconds after it has told of so many files."""
    command = [sys.executable, "-c", LOADER, str(home), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        for _ in range(files):
            child.stdout.readline()
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)


def test_a_loader_killed_at_any_moment_leaves_a_consistent_record(
    home: Path, tmp_path: Path
) -> None:
    chance = random.Random(2)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(16):
        lines = "".join(f"S,{number}-{n},1,2026-10-01,{n}.25\n" for n in range(400))
        text = f"supplier,document,line,date,amount\n{lines}"
        (folder / f"{number:02}.csv").write_text(text, encoding="utf-8")
    done = 0
    for files in (1, 2, 3, 4, 6):
        killed(home, folder, files, chance.random() / 8)
        with record_of(home) as record:
            loads = record.rows("SELECT event, accepted, money_accepted FROM loads ORDER BY 1")
            kept = record.rows(
                "SELECT load, count(*), sum(amount) FROM fact_spend GROUP BY 1 ORDER BY 1"
            )
        assert loads == kept
        assert {(count, total) for _, count, total in kept} == {(400, Decimal(79900))}
        assert len(kept) >= max(done, files)  # what was told is kept
        done = len(kept)
    load(home, folder)
    found = rows(home, "SELECT count(*), count(DISTINCT document), sum(amount) FROM fact_spend")
    assert found == [(6400, 6400, "1278400")]
