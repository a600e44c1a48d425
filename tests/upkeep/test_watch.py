"""Files that arrive by themselves: whole ones, growing ones, wrong ones, many, and a store held."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from pipelines.upkeep import watch as watching
from pipelines.upkeep.watch import Watch
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record

SITES = "site,name,region\nELM,Elmwood Clinic,North\n"
HEAD = "site,supplier,document,line,date,account,amount,currency\n"


def spend(number: int, amount: str = "10.00") -> str:
    return f"{HEAD}ELM,A,{number},1,2026-10-01,5000,{amount},GBP\n"


def put(folder: Path, name: str, text: str, age: float = 60) -> Path:
    """A file that was last written so many seconds ago."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time() - age,) * 2)
    return path


@pytest.fixture
def inbox(home: Path) -> Path:
    return Home(home).make().inbox


class Seen(Watch):
    """A watch that keeps what it logs."""

    def __init__(self, inbox: Path, **more: Any) -> None:
        self.lines: list[dict[str, Any]] = []
        super().__init__(Home(inbox.parent), [inbox], self.lines.append, **more)

    def files(self) -> list[tuple[str, str]]:
        return [
            (Path(line["path"]).name, line["status"])
            for line in self.lines
            if line["event"] == "file"
        ]


def total(inbox: Path) -> str:
    return f"{open_build(Home(inbox.parent)).query('SELECT sum(amount) AS s FROM spend')['s'][0]}"


def test_a_file_is_loaded_once_it_is_whole(inbox: Path) -> None:
    seen = Seen(inbox)
    put(inbox, "sites.csv", SITES)
    put(inbox, "growing.csv", spend(1), age=0)
    put(inbox, "big.csv.part", spend(2))
    put(inbox, "~$open.xlsx", "x")
    put(inbox, "empty.csv", "")
    assert seen.look() == []  # the first look only tells how they stand
    seen.look()
    assert seen.files() == [("sites.csv", "loaded")]
    # It was still being written: now it has come to its end.
    put(inbox, "growing.csv", spend(1) + spend(3).removeprefix(HEAD))
    seen.look()
    assert len(seen.files()) == 1
    seen.look()
    assert seen.files()[1:] == [("growing.csv", "loaded")]
    assert total(inbox) == "20.0000"
    (inbox / "big.csv.part").rename(inbox / "big.csv")
    for _ in range(3):
        seen.look()
    assert seen.files()[2:] == [("big.csv", "loaded")]
    assert total(inbox) == "30.0000"
    assert seen.counts.waiting == 0


def test_a_file_from_a_clock_that_is_ahead_is_loaded_as_any_other(inbox: Path) -> None:
    """Else it would wait until this machine's clock has come so far."""
    seen = Seen(inbox)
    put(inbox, "sites.csv", SITES, age=-86_400)
    seen.look()
    assert seen.files() == []
    seen.look()
    assert seen.files() == [("sites.csv", "loaded")]


def test_a_clock_that_is_put_back_prolongs_no_rest(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_record: Record) -> str:
        raise StoreProblem("The disk is full.")

    with monkeypatch.context() as faulty:
        faulty.setattr(watching, "publish", full)
        put(inbox, "sites.csv", SITES)
        seen = Seen(inbox)
        seen.look()
        seen.look()
    assert seen.counts.failures == 1
    clock, beat = time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: clock() - 3600)
    monkeypatch.setattr(time, "monotonic", lambda: beat() + watching.FIRST + 1)
    seen.look()
    assert seen.counts.publishes == 1


def test_a_file_that_changes_is_loaded_anew_and_a_restart_loads_nothing_twice(inbox: Path) -> None:
    seen = Seen(inbox)
    put(inbox, "sites.csv", SITES)
    put(inbox, "a.csv", spend(1), age=50)
    seen.look()
    seen.look()
    put(inbox, "a.csv", spend(1, "12.50"), age=40)
    seen.look()
    seen.look()
    assert [status for path, status in seen.files() if path == "a.csv"] == ["loaded", "loaded"]
    assert total(inbox) == "12.5000"
    again = Seen(inbox)
    again.look()
    again.look()
    assert {status for _, status in again.files()} == {"unchanged"}
    assert again.counts.publishes == 0


def test_what_is_wrong_with_one_file_concerns_no_other(inbox: Path) -> None:
    seen = Seen(inbox)
    put(inbox, "a notes.csv", "dear all,\nplease find attached\n")
    put(inbox, "b sites.csv", SITES)
    put(inbox, "c spend.csv", spend(1) + "ELM,A,2,1,soon,5000,5.00,GBP\n")
    seen.look()
    seen.look()
    assert [status for _, status in seen.files()] == ["refused", "loaded", "loaded"]
    refused = next(line for line in seen.lines if line.get("status") == "refused")
    assert refused["problem"]
    seen.look()
    assert len(seen.files()) == 3  # and is not tried again until it changes
    assert 'rounds_files_total{outcome="refused"} 1' in seen.counts.text()
    assert 'rounds_records_total{outcome="quarantined"} 1' in seen.counts.text()


def test_a_store_that_is_held_is_waited_for_ever_longer(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.warehouse.record.WAIT", 0.1)
    holder = subprocess.Popen(
        [sys.executable, "-c",
         "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()",
         str(Home(inbox.parent).record)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        put(inbox, "sites.csv", SITES)
        seen = Seen(inbox)
        seen.look()
        seen.look()
        off = [line for line in seen.lines if line["event"] == "put off"]
        assert [line["seconds"] for line in off] == [watching.FIRST]
        assert "is being written to" in off[0]["problem"]
        seen.look()  # it rests meanwhile
        assert len([line for line in seen.lines if line["event"] == "put off"]) == 1
        seen._rest.until = 0
        seen.look()
        off = [line for line in seen.lines if line["event"] == "put off"]
        assert [line["seconds"] for line in off] == [watching.FIRST, 2 * watching.FIRST]
        assert (seen.counts.failures, seen.counts.waiting) == (2, 1)
    finally:
        holder.communicate(b"\n")
    seen._rest.until = 0
    seen.look()
    assert seen.files() == [("sites.csv", "loaded")]
    assert seen._rest.failed == 0


def test_what_could_not_be_published_is_published_later(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No new file needs to come for it, and neither does it when the watch was started anew."""
    real, tries = watching.publish, list[str]()

    def full(record: Record) -> str:
        tries.append("full")
        raise StoreProblem("The disk is full.")

    monkeypatch.setattr(watching, "publish", full)
    put(inbox, "sites.csv", SITES)
    put(inbox, "spend.csv", spend(1))
    seen = Seen(inbox)
    seen.look()
    seen.look()
    assert [status for _, status in seen.files()] == ["loaded", "loaded"]
    assert seen.counts.failures == 1
    again = Seen(inbox)
    again.look()
    assert tries == ["full", "full"]
    monkeypatch.setattr(watching, "publish", real)
    again._rest.until = 0
    again.look()
    assert again.counts.publishes == 1
    assert total(inbox) == "10.0000"
    again.look()
    assert again.counts.publishes == 1


def test_many_at_once_are_published_once(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "AT_ONCE", 20)
    put(inbox, "0 sites.csv", SITES)
    for n in range(29):
        put(inbox, f"{n + 1:03} spend.csv", spend(n))
    seen = Seen(inbox)
    seen.look()
    seen.look()
    assert len(seen.files()) == 30
    assert total(inbox) == "290.0000"
    assert seen.counts.publishes == 2  # a go of twenty, and one of ten


def test_the_counts_are_open_metrics(inbox: Path, tmp_path: Path) -> None:
    seen = Seen(inbox, metrics=tmp_path / "rounds.prom")
    put(inbox, "sites.csv", SITES)
    seen.look()
    seen.look()
    text = (tmp_path / "rounds.prom").read_text(encoding="utf-8")
    assert text.endswith("# EOF\n")
    declared = dict(re.findall(r"^# TYPE (\w+) (counter|gauge)$", text, re.MULTILINE))
    for line in text.splitlines():
        if not line.startswith("#"):
            matched = re.fullmatch(r"(\w+?)(_total)?(\{\w+=\"\w+\"\})? \d+(\.\d+)?(e\+\d+)?", line)
            assert matched, line
            assert (declared[matched[1]] == "counter") == bool(matched[2]), line
    with Record.open(Home(inbox.parent)) as record:
        assert record.rows("SELECT count(*) FROM loads") == [(1,)]


def test_a_folder_that_isn_t_there_is_told_at_once(inbox: Path) -> None:
    with pytest.raises(UsageProblem, match="no folder"):
        Seen(inbox / "none")


def test_links_lead_nowhere(inbox: Path, tmp_path: Path) -> None:
    outside = put(tmp_path, "outside.csv", SITES)
    (inbox / "link.csv").symlink_to(outside)
    seen = Seen(inbox)
    for _ in range(3):
        seen.look()
    assert seen.files() == []


def test_it_runs_until_it_is_stopped(inbox: Path) -> None:
    put(inbox, "sites.csv", SITES)
    command = [
        sys.executable, "-m", "pipelines.cli", "watch", "--every", "0.2", "--quiet", "0",
        "--home", str(inbox.parent),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = []
        for text in running.stdout:
            lines.append(json.loads(text))
            if lines[-1]["event"] == "published":
                break
        running.send_signal(signal.SIGTERM)
        lines += [json.loads(text) for text in running.stdout]
        assert running.wait(30) == 0
    assert [line["event"] for line in lines] == ["watching", "file", "published", "stopped"]
    assert {"time", "path", "sha256", "records", "accepted"} <= set(lines[1])
