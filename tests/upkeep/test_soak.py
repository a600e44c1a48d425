"""Hours of everything at once: loads, twenty readers, crashes, a full disk, a clock that jumps.

Bounded: ROUNDS_SOAK_MINUTES (60) of it. At the end every file that was dropped is in the ledger or
was refused, the money is what a count by hand says, no page that was opened had a fault, and the
memory of the app lies flat. It prints a table of memory over time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.settings import Home
from pipelines.upkeep.doctor import Health, look_over
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from tests.bench.sessions import Reader, Run
from tests.browser.serving import dashboard
from tests.conftest import ROOT

pytestmark = pytest.mark.soak

MINUTES = float(os.environ.get("ROUNDS_SOAK_MINUTES", "60"))
READERS, PAUSE = 20, 10.0  # seconds a reader looks at a page
FILE = 4.0  # seconds between two files
LEG = 25.0  # seconds that a watch lives before something happens to it
HEAD = "site,supplier,document,line,date,account,amount,currency\n"
PAGES = ("", "staffing", "contracts", "budget", "supplies", "facilities", "data", "glossary")
# The watch, as a process whose clock is off, and whose disk may end after so many bytes a file.
WATCH = """
import datetime, resource, sys, time
ahead, most = float(sys.argv.pop(1)), int(sys.argv.pop(1))
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
clock, clock_ns = time.time, time.time_ns
time.time = lambda: clock() + ahead
time.time_ns = lambda: clock_ns() + int(ahead * 1e9)
from pipelines.upkeep import watch
from pipelines.warehouse import load, publish, record, undo
now = record.now
for module in (record, load, publish, undo):
    module.now = lambda: now() + datetime.timedelta(seconds=ahead)
watch.FIRST = 1.0
from pipelines.cli import main
main()
"""


@dataclass
class Dropped:
    """What was put into the inbox, and what should stand of it."""

    files: dict[str, bool] = field(default_factory=dict)  # by SHA-256: whether it can be loaded
    bills: dict[tuple[str, str], Decimal] = field(default_factory=dict)


class Life:
    """Everything that happens around the app while it is read."""

    def __init__(self, home: Home, log: Path) -> None:
        self.home, self.log = home, log
        self.dropped = Dropped()
        self.chance = random.Random(11)
        self.ended = threading.Event()
        self.happened: dict[str, int] = {}
        self.number = 0

    def drop(self, name: str, text: str, *, good: bool = True, age: float = 5.0) -> None:
        """Write a file as a person's program would, under a name that is left alone till whole."""
        path = self.home.inbox / name
        part = path.with_name(f"{name}.part")
        part.write_text(text, encoding="utf-8")
        os.utime(part, (time.time() - age,) * 2)
        part.rename(path)
        self.dropped.files[hashlib.sha256(text.encode()).hexdigest()] = good

    def bills(self) -> None:
        """A file of new bills; every third corrects bills of a file that came long before."""
        self.number += 1
        n, lines = self.number, []
        for line in range(40):
            self.bill(lines, f"D{n}", str(line), f"{100 + line}.{n % 100:02}")
        if n % 3 == 0 and n > 12:
            for line in range(0, 40, 4):
                self.bill(lines, f"D{n - 12}", str(line), f"{50 + line}.{n % 100:02}")
        if n % 7 == 0:
            self.drop(f"{n:06}-notes.csv", f"dear all {n},\nplease find attached\n", good=False)
        # Now and then from a machine whose clock is a day ahead, or years behind.
        age = 5.0 if n % 3 == 0 else self.chance.choice((5.0, 5.0, -86_400.0, 3e8))
        self.drop(f"{n:06}-bills.csv", HEAD + "".join(lines), age=age)

    def bill(self, lines: list[str], document: str, line: str, amount: str) -> None:
        site = "ELM" if int(document[1:]) % 2 else "OAK"
        lines.append(
            f"{site},A,{document},{line},2026-10-{1 + int(line) % 28:02},5000,{amount},GBP\n"
        )
        self.dropped.bills[document, line] = Decimal(amount)

    def feed(self, until: float) -> None:
        while time.monotonic() < until:
            self.bills()
            time.sleep(FILE)
        self.ended.set()

    def watch(self, ahead: float = 0.0, most: int = 0, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", WATCH, str(ahead), str(most), "watch", "--every", "0.5"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*command, "--quiet", "1", "--home", str(self.home.root), *more],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def keep_up(self, until: float) -> None:
        """Start a watch again and again, as systemd would: killed, stopped, out of room, off."""
        ways = ("killed", "stopped", "full disk", "an hour ahead", "an hour behind", "killed")
        at = 0
        while time.monotonic() < until:
            way = ways[at % len(ways)]
            at += 1
            self.happened[way] = self.happened.get(way, 0) + 1
            ahead = {"an hour ahead": 3600.0, "an hour behind": -3600.0}.get(way, 0.0)
            # A disk without room for what comes next: the record can't grow by another block.
            size = self.home.record.stat().st_size if self.home.record.exists() else 0
            running = self.watch(ahead, size + 4096 if way == "full disk" else 0)
            with suppress(subprocess.TimeoutExpired):
                running.wait(
                    min(LEG * (0.5 + self.chance.random()), max(1, until - time.monotonic()))
                )
            running.send_signal(signal.SIGKILL if way == "killed" else signal.SIGTERM)
            running.wait(600)  # it ends what it has begun: on a busy machine that takes a while

    def settle(self) -> None:
        """Let a last watch load what is left, and publish what one that was killed had loaded."""
        running = self.watch()
        try:
            until = time.monotonic() + 900
            while time.monotonic() < until and self.missing():
                time.sleep(5)
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(600)
        assert self.watch(0, 0, "--once").wait(600) in (0, 1)  # some files are refused

    def missing(self) -> set[str]:
        """The files, by SHA-256, that the log doesn't say were loaded, known or refused."""
        told = set()
        for text in self.log.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):  # a killed process may have cut a line short
                line = json.loads(text)
                if line.get("event") == "file":
                    told.add(line.get("sha256"))
        good = {sha for sha, whole in self.dropped.files.items() if whole}
        return good - told


async def reading(address: str, until: float, number: int) -> list[Run]:
    """A reader who goes from page to page, as people do."""
    done: list[Run] = []
    scopes = [[], [("region", "North")], [("region", "South")]]
    await asyncio.sleep(number * PAUSE / READERS)
    async with Reader(address) as reader:
        while time.monotonic() < until:
            page = PAGES[(number + len(done)) % len(PAGES)]
            done.append(await reader.run(page, scopes[number % len(scopes)]))
            await asyncio.sleep(PAUSE)
    return done


async def all_reading(address: str, until: float) -> list[Run]:
    many = await asyncio.gather(*(reading(address, until, n) for n in range(READERS)))
    return [run for runs in many for run in runs]


def memory_of(home: Path) -> float:
    """The memory of the app's process in megabytes: the largest that was started for the home."""
    sizes = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError, StopIteration):
            command = (status.parent / "cmdline").read_bytes()
            environment = (status.parent / "environ").read_bytes()
            if b"server.py" in command and str(home).encode() in environment:
                text = status.read_text(encoding="utf-8")
                sizes.append(
                    next(int(x.split()[1]) for x in text.splitlines() if x.startswith("VmRSS"))
                    / 1024
                )
    return max(sizes)


def sampled(home: Path, ended: threading.Event, into: list[tuple[float, float]]) -> None:
    began = time.monotonic()
    while not ended.wait(10):
        into.append((time.monotonic() - began, memory_of(home)))


def test_everything_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").make()
    life = Life(home, tmp_path / "watch.log")
    life.log.touch()
    life.drop("0-sites.csv", "site,name,region\nELM,Elmwood,North\nOAK,Oakdale,South\n")
    days = "".join(
        f"{site},2026-{month:02}-{day:02},visits,{20 + day}\n"
        for site in ("ELM", "OAK") for month in range(1, 11) for day in range(1, 29)
    )  # fmt: skip
    life.drop("1-visits.csv", f"site,date,measure,count\n{days}")
    life.bills()
    life.settle()
    until = time.monotonic() + 60 * MINUTES
    samples: list[tuple[float, float]] = []
    with dashboard(home.root) as address:
        threads = [
            threading.Thread(target=life.feed, args=(until,)),
            threading.Thread(target=life.keep_up, args=(until,)),
            threading.Thread(target=sampled, args=(home.root, life.ended, samples)),
        ]
        for thread in threads:
            thread.start()
        runs = asyncio.run(all_reading(address, until))
        for thread in threads:
            thread.join()
    life.settle()
    tell(life, runs, samples)
    faults = [run for run in runs if run.faults or not run.title]
    assert faults == []
    assert life.missing() == set()
    with Record.open(home) as record:
        rest, events, last = record.rows(
            "SELECT sum(records - accepted - duplicate - quarantined - furniture), count(*), "
            "max(event) FROM loads"
        )[0]
        shas = {sha for (sha,) in record.rows("SELECT sha256 FROM loads")}
        [(money, lines)] = record.rows(
            "SELECT sum(amount), count(*) FROM fact_spend WHERE superseded_in IS NULL"
        )
    assert (rest, events) == (0, last)
    assert {sha for sha, good in life.dropped.files.items() if good} == shas
    assert (money, lines) == (sum(life.dropped.bills.values()), len(life.dropped.bills))
    assert open_build(home).query("SELECT sum(amount) AS s FROM spend")["s"][0] == money
    wrong = [c for c in look_over(home) if c.health is Health.FAULT and c.what != "clock"]
    assert wrong == []
    assert not list(home.warehouse.glob("draft*"))
    flat(samples)


def flat(samples: list[tuple[float, float]]) -> None:
    """The last quarter lies where the second did: what is kept of a build goes with it."""
    sizes = [size for _, size in samples]
    quarter = len(sizes) // 4
    if quarter < 10:
        return  # too short a run to tell
    before, after = (
        statistics.median(sizes[quarter : 2 * quarter]),
        statistics.median(sizes[-quarter:]),
    )
    assert after < 1.05 * before + 15


def tell(life: Life, runs: list[Run], samples: list[tuple[float, float]]) -> None:
    text = life.log.read_text(encoding="utf-8")
    print(
        f"\n{MINUTES:g} minutes: {len(life.dropped.files):,} files, "
        f"{text.count('published')} publishes, {text.count('put off')} put off; watches: "
        + ", ".join(f"{n} {way}" for way, n in life.happened.items())
    )
    slow = sorted(run.seconds for run in runs)
    print(
        f"{len(runs):,} pages by {READERS} readers, {sum(bool(r.faults) for r in runs)} with a "
        f"fault; half within {slow[len(slow) // 2]:.1f} s, 95 of 100 within "
        f"{slow[int(0.95 * len(slow))]:.1f} s"
    )
    print("| minute | memory of the app, MB |\n| --- | --- |")
    each = max(1, len(samples) // 10)
    for at in range(0, len(samples), each):
        part = samples[at : at + each]
        print(f"| {part[0][0] / 60:.1f} | {statistics.median(size for _, size in part):,.0f} |")
