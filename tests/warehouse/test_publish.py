"""The read model: its sums are the record's, it appears at once, and readers go on reading."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import StoreProblem
from pipelines.settings import Home
from pipelines.warehouse import model, publish, rollups
from pipelines.warehouse.reader import Reader, open_build
from tests.conftest import ROOT
from tests.loading import EXPORTS, load, load_text, record_of

LABOR = "site,period_start,period_end,hours,amount,employer_cost\n"


def published(home: Path) -> Reader:
    with record_of(home) as record:
        publish.publish(record)
    return open_build(Home(home))


def builds(home: Path) -> list[str]:
    return sorted(p.name for p in (home / "warehouse").iterdir() if p.name != "record.duckdb")


def test_pay_that_spans_months_is_split_by_days_and_adds_up_to_the_cent(home: Path) -> None:
    # 20 September to 3 October: eleven days of fourteen, and three.
    load_text(home, f"{LABOR}E,2026-09-20,2026-10-03,10,100.01,0.05\n")
    found = published(home).query(
        "SELECT CAST(month AS VARCHAR), hours, amount, employer_cost, allocated "
        "FROM labor ORDER BY month"
    )
    assert found.rows() == [
        ("2026-09-01", Decimal("7.8571"), Decimal("78.58"), Decimal("0.04"), True),
        ("2026-10-01", Decimal("2.1429"), Decimal("21.43"), Decimal("0.01"), True),
    ]


def test_amounts_beyond_what_a_double_holds_stay_exact(home: Path) -> None:
    amount = "98765432109876.5432"
    load_text(
        home,
        f"{LABOR}E,2026-09-20,2026-10-03,1,{amount},\nE,2026-10-03,2026-10-03,1,-{amount},\n",
    )
    reader = published(home)
    assert reader.query("SELECT sum(amount) FROM labor").item() == Decimal(0)
    assert reader.query("SELECT sum(amount) FROM labor WHERE allocated").item() == Decimal(amount)


def test_every_feeds_sums_are_the_records(home: Path) -> None:
    load(home, EXPORTS, period="2026-10-03")
    reader = published(home)
    with record_of(home) as record:
        for feed in model.ROWS:
            sums = model.sums(feed)
            known = record.rows(f"SELECT {sums} FROM fact_{feed} WHERE superseded_in IS NULL")
            assert reader.query(f"SELECT {sums} FROM {feed}").rows() == known, feed
    for rollup, sums in (("labor_month", "sum(hours)"), ("supply_month", "sum(quantity)")):
        table = rollup.replace("_month", "").replace("supply", "supply_moves")
        assert (
            reader.query(f"SELECT {sums} FROM {rollup}").rows()
            == reader.query(f"SELECT {sums} FROM {table}").rows()
        )


def test_a_model_that_does_not_tie_is_not_published(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_text(home, f"{LABOR}E,2026-10-03,2026-10-03,1,2,\n")
    former = published(home).build
    doubled = f"({model.LABOR_ROWS}) UNION ALL ({model.LABOR_ROWS})"
    monkeypatch.setitem(model.ROWS, "labor", doubled)
    with record_of(home) as record, pytest.raises(StoreProblem, match="The read model's labor"):
        publish.publish(record)
    assert builds(home) == ["CURRENT", f"rounds-{former}.duckdb"]
    assert publish.current_build(Home(home)) == former


def test_a_roll_up_that_does_not_tie_is_not_published(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_text(home, f"{LABOR}E,2026-10-03,2026-10-03,1,2,\n")
    query = rollups.TABLES["labor_kinds_month"]
    doubled = query.replace("sum(hours)", "2 * sum(hours)")
    monkeypatch.setitem(rollups.TABLES, "labor_kinds_month", doubled)
    with record_of(home) as record, pytest.raises(StoreProblem, match="sums by month"):
        publish.publish(record)


def test_a_sum_by_month_keeps_the_digits_that_it_needs(home: Path) -> None:
    """Twice 98,765,432,109,876.5432 has 15 digits before the point; twice 10.5 has two."""
    amount = "98765432109876.5432"
    load_text(home, f"{LABOR}E,2026-10-03,2026-10-03,10.5,{amount},\n"
              f"E,2026-10-04,2026-10-04,10.5,{amount},\n")  # fmt: skip
    reader = published(home)
    [row] = reader.query(
        "SELECT hours, amount, typeof(hours), typeof(amount) FROM labor_month"
    ).rows()
    assert row == (
        Decimal("21.0000"), Decimal("197530864219753.0864"), "DECIMAL(18,4)", "DECIMAL(38,4)"
    )  # fmt: skip


def test_what_nothing_changed_is_not_made_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_text(home, f"{LABOR}E,2026-10-03,2026-10-03,1,2,\n")
    with record_of(home) as record:
        assert not publish.is_current(record)
        publish.publish(record)
        assert publish.is_current(record)
        monkeypatch.setitem(model.MARKS, "labor", model.LABOR_MARKS + " ")
        assert not publish.is_current(record)  # another version of Rounds
    monkeypatch.undo()
    load_text(home, f"{LABOR}E,2026-10-04,2026-10-04,1,2,\n")
    with record_of(home) as record:
        assert not publish.is_current(record)


def test_at_most_three_builds_are_kept(home: Path) -> None:
    load_text(home, f"{LABOR}E,2026-10-03,2026-10-03,1,2,\n")
    with record_of(home) as record:
        names = [publish.publish(record) for _ in range(5)]
    assert builds(home) == ["CURRENT", *(f"rounds-{name}.duckdb" for name in names[-3:])]
    assert publish.current_build(Home(home)) == names[-1]


def test_readers_read_on_while_it_publishes(home: Path) -> None:
    load_text(home, f"{LABOR}E,2026-10-03,2026-10-03,1,2,\n")
    published(home)
    seen: list[tuple[str, int]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            reader = open_build(Home(home))
            event = reader.query("SELECT event FROM build").item()
            rows = reader.query("SELECT count(*) FROM labor").item()
            seen.append((reader.build, event))
            assert rows == event

    thread = threading.Thread(target=read)
    thread.start()
    for day in range(4, 8):
        load_text(home, f"{LABOR}E,2026-10-0{day},2026-10-0{day},1,2,\n")
        published(home)
    stop.set()
    thread.join()
    assert {int(build[:6]) for build, _ in seen} >= {1, 5}
    assert all(int(build[:6]) == event for build, event in seen)


PUBLISHER = """
import sys
from pathlib import Path
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.record import Record
with Record.open(Home(Path(sys.argv[1]))) as record:
    while True:
        print(publish(record), flush=True)
"""


def test_a_publish_killed_halfway_leaves_the_former_figures(home: Path) -> None:
    load_text(home, f"{LABOR}E,2026-10-03,2026-10-03,1,2,\n")
    for delay in (0.02, 0.1):
        with subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(home)], stdout=subprocess.PIPE, text=True,
            cwd=ROOT,
        ) as child:  # fmt: skip
            assert child.stdout is not None
            told = child.stdout.readline().strip()
            time.sleep(delay)
            os.kill(child.pid, signal.SIGKILL)
            *_, told = (told, *child.stdout.read().split())
        reader = open_build(Home(home))
        assert reader.build >= told
        assert reader.query("SELECT sum(amount) FROM labor").item() == Decimal(2)
    last = published(home)
    assert not (home / "warehouse/draft.duckdb").exists()
    assert len(builds(home)) == 4
    assert last.query("SELECT count(*) FROM labor").item() == 1
