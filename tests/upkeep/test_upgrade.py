"""Records of every layout there was are brought to today's, or stay whole in their own.

`homes/layout-N.sql` is what the first version with layout N made of six little files: a register of
two sites, three files of bills and two counts of visits. By hand: the standing bills are 100.10 +
50.25 (D1), 180.00 (D2, after 200.00 in the file before) and 75.40 (D4): 405.75. The fifth file (D2
at 170.00, D5 at 999.99) was withdrawn. One bill waits: its date is “soon”. Visits: 14 + 15 and 9.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.calendar import Period
from pipelines.errors import StoreProblem
from pipelines.ingest.run import ingest
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.state import VERSION as STATE
from pipelines.state import What, decide, place, standing
from pipelines.upkeep.backup import back_up, restore
from pipelines.upkeep.doctor import Health, look_over
from pipelines.warehouse import upgrade
from pipelines.warehouse.publish import is_current, publish
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from pipelines.warehouse.schema import VERSION
from pipelines.warehouse.undo import undo
from tests.conftest import ROOT
from tests.loading import rounds

LAYOUTS = range(1, VERSION)
STANDING = "FROM fact_spend WHERE superseded_in IS NULL"
# The fourth file as it was: the ledger knows its bytes.
FOURTH = (
    "site,supplier,document,line,date,account,amount,currency\n"
    "ELM,Acme,D1,1,2026-01-05,6000,100.10,GBP\n"
    "OAK,Bolt,D2,1,2026-01-20,6100,180.00,GBP\n"
    "OAK,Bolt,D4,1,2026-02-03,6100,75.40,GBP\n"
)


def made(root: Path, layout: int) -> Home:
    """A home whose record is that of a layout, with a pointer to a build of its time."""
    home = Home(root).make()
    script = ROOT / "tests" / "upkeep" / "homes" / f"layout-{layout}.sql"
    with duckdb.connect(str(home.record)) as sql:
        sql.execute(script.read_text(encoding="utf-8"))
    home.current.write_text("000007-20260215090700000000", encoding="utf-8")
    return home


@pytest.fixture(params=LAYOUTS)
def old(request: pytest.FixtureRequest, home: Path) -> tuple[int, Home]:
    return request.param, made(home, request.param)


def held(home: Home) -> tuple[str, Decimal, int]:
    """The layout of a record as the file has it, its standing money, and its events."""
    with duckdb.connect(str(home.record), read_only=True) as sql:
        [(layout,)] = sql.execute("SELECT value FROM meta WHERE name = 'schema'").fetchall()
        [(money,)] = sql.execute(f"SELECT sum(amount) {STANDING}").fetchall()
        [(events,)] = sql.execute("SELECT count(*) FROM loads").fetchall()
    return layout, money, events


def test_a_home_of_each_layout_says_what_it_said(old: tuple[int, Home]) -> None:
    layout, home = old
    with Record.open(home) as record:
        assert not is_current(record)
        publish(record)
    assert held(home) == (str(VERSION), Decimal("405.75"), 7)
    assert held_copy(home, layout) == (str(layout), Decimal("405.75"), 7)
    reader = open_build(home)
    assert reader.query("SELECT site, sum(amount) FROM spend GROUP BY 1 ORDER BY 1").rows() == [
        ("ELM", Decimal("150.35")), ("OAK", Decimal("255.40")),
    ]  # fmt: skip
    assert reader.query("SELECT sum(count) FROM volume").rows() == [(Decimal(38),)]
    assert reader.query("SELECT count(*) FROM waiting").rows() == [(1,)]
    assert told(home, None) == ["330.35", "75.40"]
    # After the third event D2 was 200.00 still, and D4 had not come.
    assert told(home, 3) == ["350.35"]
    # It is one like any other now: nothing is to be done again, and no second copy is made.
    (home.warehouse / f"record-layout-{layout}.duckdb").unlink()
    with Record.open(home) as record:
        assert is_current(record)
    assert sorted(p.name for p in home.warehouse.glob("record*")) == ["record.duckdb"]


def held_copy(home: Home, layout: int) -> tuple[str, Decimal, int]:
    """The same of the copy that was kept."""
    copy = Home(home.root / "copy").make()
    copy.record.write_bytes(upgrade.copy_of(home.record, layout).read_bytes())
    return held(copy)


def told(home: Home, event: int | None) -> list[str]:
    """The bills of January and of February, as anybody is told."""
    span = Period(date(2026, 1, 1), date(2026, 2, 28))
    answer = ask(open_build(home), "spend", period=span, by=("month",), as_of=event)
    return [f"{value:.2f}" for value in answer.frame["value"] if value is not None]


@pytest.mark.parametrize("old", [2], indirect=True)
def test_it_goes_on_from_there(old: tuple[int, Home], tmp_path: Path) -> None:
    """Files are known, a load is withdrawn by what it went by then, a record is corrected."""
    _, home = old
    path = tmp_path / "4-spend.csv"
    path.write_text(FOURTH, encoding="utf-8")
    with Record.open(home) as record:
        [outcome] = ingest(record, [path])
        assert outcome.status == "unchanged"
        undo(record, 6)  # the second count of Elmwood's visits: 12 + 15 again, and 9
        assert record.rows("SELECT sum(count) FROM fact_volume WHERE superseded_in IS NULL") == [
            (Decimal(36),)
        ]
        undo(record, 4)  # D2 is 200.00 again, D4 is gone, and the second file still states D1
        assert record.rows(f"SELECT sum(amount) {STANDING}") == [(Decimal("350.35"),)]
        publish(record)
    listed = tmp_path / "waiting.csv"
    assert rounds("quarantine", "export", "--out", listed, "--home", home.root).exit_code == 0
    listed.write_text(listed.read_text("utf-8-sig").replace("soon", "2026-01-28"), "utf-8")
    result = rounds("quarantine", "reload", listed, "--home", home.root)
    assert result.exit_code == 0, result.output
    with Record.open(home) as record:
        assert record.rows(f"SELECT sum(amount) {STANDING}") == [(Decimal("360.34"),)]


@pytest.mark.parametrize("old", [1], indirect=True)
def test_only_who_writes_brings_it_up(old: tuple[int, Home], tmp_path: Path) -> None:
    """A backup takes it as it is; what comes back is brought up when it is written to."""
    layout, home = old
    home.current.unlink()
    made = back_up(home, tmp_path / "home.tar")
    assert (made.loads, held(home)[0]) == (7, str(layout))
    restore(tmp_path / "home.tar", Home(tmp_path / "back"))
    with Record.open(Home(tmp_path / "back")):
        pass
    assert held(Home(tmp_path / "back")) == (str(VERSION), Decimal("405.75"), 7)


@pytest.mark.parametrize("old", [3], indirect=True)
def test_the_doctor_tells_of_an_earlier_layout_and_of_the_copy(old: tuple[int, Home]) -> None:
    layout, home = old
    home.current.unlink()
    said = [(c.health, c.said) for c in look_over(home) if c.what == "record"]
    assert (Health.LOOK, f"The record has the layout of an earlier version ({layout}, now "
            f"{VERSION}). The next load or `rounds publish` brings it up to date, and keeps a "
            "copy.") in said  # fmt: skip
    assert any("7 loads" not in s and "records, each accounted for" in s for _, s in said)
    assert held(home)[0] == str(layout)
    with Record.open(home):
        pass
    said = [(c.health, c.said) for c in look_over(home) if c.what == "record"]
    assert [s for h, s in said if h is Health.WELL and f"record-layout-{layout}.duckdb" in s]
    assert not [s for _, s in said if "earlier version" in s]


@pytest.mark.parametrize("step", LAYOUTS)
def test_a_fault_in_any_step_leaves_it_as_it_was(
    step: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = made(home, 1)
    real = upgrade.STEPS[step]

    def half(sql: duckdb.DuckDBPyConnection) -> None:
        real(sql)
        sql.execute("DELETE FROM fact_spend WHERE document = 'D4'")
        sql.execute("SELECT no_such_column FROM loads")

    with monkeypatch.context() as faulty:
        faulty.setitem(upgrade.STEPS, step, half)
        with pytest.raises(StoreProblem, match="refused the work"):
            Record.open(place)
    assert held(place) == ("1", Decimal("405.75"), 7)
    with Record.open(place):
        pass
    assert held(place) == (str(VERSION), Decimal("405.75"), 7)


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE fact_spend SET amount = amount + 0.01 WHERE document = 'D4'",
        "DELETE FROM fact_volume WHERE site = 'OAK'",
        "UPDATE loads SET path = 'other.csv' WHERE event = 2",
        "DROP TABLE mentions",
    ],
)
def test_an_upgrade_that_would_change_what_is_said_does_not_happen(
    wrong: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = made(home, 3)
    monkeypatch.setitem(upgrade.STEPS, 4, lambda sql: sql.execute(wrong))
    with pytest.raises(StoreProblem):
        Record.open(place)
    assert held(place) == ("3", Decimal("405.75"), 7)


def test_without_room_for_the_copy_nothing_is_changed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = made(home, 2)
    monkeypatch.setattr(upgrade, "COPY", "raise OSError(28, 'No space left on device')")
    with pytest.raises(StoreProblem, match="Free some space"):
        Record.open(place)
    assert held(place) == ("2", Decimal("405.75"), 7)
    assert [p.name for p in place.warehouse.glob("*.part")] == []


def test_the_lock_is_held_while_it_is_copied(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else may write between the copy and the steps."""
    place = made(home, 3)
    tried: list[str] = []
    real = upgrade.bring_up

    def meanwhile(sql: duckdb.DuckDBPyConnection, layout: int) -> None:
        other = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('DELETE FROM fact_spend')"
        told = subprocess.run(
            [sys.executable, "-c", other, str(place.record)], capture_output=True, text=True
        )
        tried.append(told.stderr)
        real(sql, layout)

    monkeypatch.setattr(upgrade, "bring_up", meanwhile)
    with Record.open(place):
        pass
    assert "lock" in tried[0]
    assert held(place) == (str(VERSION), Decimal("405.75"), 7)


@pytest.mark.parametrize(
    ("layout", "said"), [(VERSION + 1, "a later version"), (0, "no version"), (-3, "no version")]
)
def test_a_layout_that_is_not_known_is_refused_in_a_sentence(
    layout: int, said: str, home: Path
) -> None:
    place = made(home, 4)
    with duckdb.connect(str(place.record)) as sql:
        sql.execute("UPDATE meta SET value = ?", [str(layout)])
    with pytest.raises(StoreProblem, match=said):
        Record.open(place)
    assert held(place) == (str(layout), Decimal("405.75"), 7)
    assert [p.name for p in place.warehouse.glob("record-*")] == []


UPGRADER = """
import sys
from pathlib import Path
from pipelines.settings import Home
from pipelines.warehouse.record import Record
print(flush=True)
with Record.open(Home(Path(sys.argv[1]))):
    pass
"""


def killed_at(home: Home, delay: float) -> float:
    """Let a process bring a record up and kill it after so long; how long it had."""
    with subprocess.Popen(
        [sys.executable, "-c", UPGRADER, str(home.root)], cwd=ROOT, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        begun = time.monotonic()
        try:
            child.wait(delay)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
        return time.monotonic() - begun


def kills(tmp_path: Path, count: int) -> None:
    chance = random.Random(5)
    span = killed_at(made(tmp_path / "calm", 1), 60)
    layouts = set()
    for number in range(count):
        home = made(tmp_path / f"home{number}", 1)
        killed_at(home, span * chance.random())
        # A log that was cut short is read by whoever opens the file next, and writes it away.
        with duckdb.connect(str(home.record)):
            pass
        layout, money, events = held(home)
        assert (money, events) == (Decimal("405.75"), 7)
        layouts.add(layout)
        with Record.open(home):
            pass
        assert held(home) == (str(VERSION), Decimal("405.75"), 7)
    assert layouts <= {"1", str(VERSION)}


def test_it_is_killed_at_two_moments(tmp_path: Path) -> None:
    kills(tmp_path, 2)


@pytest.mark.soak
def test_it_is_killed_at_a_hundred_moments(tmp_path: Path) -> None:
    kills(tmp_path, 100)


def test_every_step_and_every_layout_is_tried() -> None:
    assert sorted(upgrade.STEPS) == list(LAYOUTS)
    homes = {p.name for p in (ROOT / "tests" / "upkeep" / "homes").iterdir()}
    assert homes == {f"layout-{n}.sql" for n in LAYOUTS}


# What people decide has had one layout; a file of it from the first version that kept one.
FIRST_STATE = """
CREATE TABLE decisions (id INTEGER PRIMARY KEY AUTOINCREMENT, moment TEXT NOT NULL,
    author TEXT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT);
CREATE INDEX decisions_by_thing ON decisions (kind, scope, name, id);
CREATE VIEW standing AS SELECT * FROM decisions WHERE value IS NOT NULL
    AND id IN (SELECT max(id) FROM decisions GROUP BY kind, scope, name);
INSERT INTO decisions (moment, author, kind, scope, name, value) VALUES
    ('2026-02-15T09:00:00', 'ana', 'site', 'sage', 'E-1', '{"site": "ELM"}');
PRAGMA user_version = 1;
"""


def test_what_was_decided_in_the_first_layout_stands(home: Path) -> None:
    at = Home(home).make()
    with closing(sqlite3.connect(place(at))) as sql:
        sql.executescript(FIRST_STATE)
    decide(at, What.SITE, "sage", "O-1", {"site": "OAK"}, "ben")
    assert [(d.name, d.value, d.author) for d in standing(at, What.SITE)] == [
        ("E-1", {"site": "ELM"}, "ana"), ("O-1", {"site": "OAK"}, "ben"),
    ]  # fmt: skip
    assert STATE == 1, "a new layout of the state needs a step, and its test here"
