"""Two hundred people at once: several processes of the app behind a proxy, over one read model.

`make bench` prints the figures for one process and for several on one disk, and for several that
each follow a bucket of a real S3 server (`make spark-env` installs it). The proxy is nginx, set up
by the file that comes along for it (`data/reference/deploy/nginx.conf`); else this is left out.
ROUNDS_BENCH_VIEWERS (200) readers each open a page, look at it for ROUNDS_BENCH_PAUSE (20) seconds,
and go on; ROUNDS_BENCH_PROCESSES (2) serve them, for ROUNDS_BENCH_SECONDS (60).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest

from pipelines.analysis.health import sites
from pipelines.demo.load import load_demo
from pipelines.lake.places import place
from pipelines.settings import Home
from pipelines.upkeep.follow import follow, share
from pipelines.warehouse.reader import open_build
from tests.bench.processor import processor_seconds
from tests.bench.sessions import Reader, Run, Visit
from tests.browser.serving import dashboard, free_port
from tests.conftest import ROOT
from tests.lake.conftest import SERVER, bucket

__all__ = ["bucket"]
pytestmark = pytest.mark.bench

VIEWERS = int(os.environ.get("ROUNDS_BENCH_VIEWERS", "200"))
PROCESSES = int(os.environ.get("ROUNDS_BENCH_PROCESSES", "2"))
PAUSE = float(os.environ.get("ROUNDS_BENCH_PAUSE", "20"))
SECONDS = float(os.environ.get("ROUNDS_BENCH_SECONDS", "60"))
PAGES = "", "site", "staffing", "supplies", "facilities", "contracts", "budget", "explore"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if named := os.environ.get("ROUNDS_DEMO_HOME"):
        return Path(named)
    made = tmp_path_factory.mktemp("viewers")
    load_demo(Home(made), date(2026, 10, 31))
    return made


def configured(folder: Path, port: int, upstreams: Sequence[str]) -> Path:
    """The configuration that comes along, on this machine's ports and without TLS."""
    text = (ROOT / "data/reference/deploy/nginx.conf").read_text(encoding="utf-8")
    servers = "".join(f"  server {upstream};\n" for upstream in upstreams)
    text = re.sub(r"(?:  server 127\.0\.0\.1:\d+;\n)+", servers, text)
    text = re.sub(r"  ssl_\w+ .*\n", "", text)
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace(" Secure;", "")
    text = text.replace("X-Forwarded-Proto https", "X-Forwarded-Proto http")
    text = text.replace("Host $host", "Host $http_host")  # no usual port: it is part of the name
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        "events { worker_connections 2048; }\n"
        "http {\n  log_format places '$upstream_addr $cookie_rounds_place';\n"
        f"  access_log {folder}/access.log places;\n"
        + "".join(f"  {kind}_temp_path {folder}/{kind};\n" for kind in
                  ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + f"{text}}}\n",
        encoding="utf-8",
    )  # fmt: skip
    return path


@contextmanager
def following(home: Path, folder: Path, count: int, url: str) -> Iterator[list[Path]]:
    """Homes that follow one through a bucket, each kept up by a process of its own."""
    share(Home(home), place(url))
    homes = [folder / f"machine{at}" for at in range(count)]
    with ExitStack() as stack:
        for one in homes:
            began = time.perf_counter()
            done = follow(Home(one), place(url))
            assert done is not None
            print(
                f"\n| a home follows a bucket of S3 | {done.size / 1e6:,.0f} MB in "
                f"{time.perf_counter() - began:.1f} s |"
            )
            command = [sys.executable, "-m", "pipelines.cli", "follow", url, "--every", "5",
                       "--home", str(one)]  # fmt: skip
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            stack.callback(process.terminate)
        yield homes


@contextmanager
def served(homes: Sequence[Path], folder: Path) -> Iterator[str]:
    """The address of a proxy before a process for each home."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("there is no nginx here (Debian, Ubuntu: apt-get install nginx-light)")
    port = free_port()
    with ExitStack() as stack:
        addresses = [stack.enter_context(dashboard(home)) for home in homes]
        path = configured(folder, port, [a.removeprefix("http://") for a in addresses])
        proxy = subprocess.Popen([nginx, "-p", str(folder), "-c", str(path)])
        try:
            for _ in range(100):
                with suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5)
                    break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            proxy.terminate()
            proxy.wait(20)


def cookie_of(address: str) -> str:
    """What a browser keeps of its first answer."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        told = answer.headers.get_all("Set-Cookie") or []
    return "; ".join(one.partition(";")[0] for one in told)


async def viewing(address: str, walk: Sequence[Visit], at: int, until: float) -> list[Run]:
    done: list[Run] = []
    await asyncio.sleep(PAUSE * at / VIEWERS)
    cookie = await asyncio.to_thread(cookie_of, address)
    async with Reader(address, cookie=cookie) as reader:
        while time.monotonic() < until:
            done.append(await reader.run(*walk[(at + len(done)) % len(walk)]))
            await asyncio.sleep(PAUSE)
    return done


async def all_viewing(address: str, walks: Sequence[Sequence[Visit]], until: float) -> list[Run]:
    many = await asyncio.gather(*(viewing(address, w, n, until) for n, w in enumerate(walks)))
    assert all(many), "a reader saw no page"
    return [run for runs in many for run in runs]


@pytest.mark.parametrize(
    ("over", "processes"), [*(("disk", n) for n in sorted({1, PROCESSES})), ("bucket", PROCESSES)]
)
def test_viewers_behind_a_proxy(
    home: Path, tmp_path: Path, over: str, processes: int, request: pytest.FixtureRequest
) -> None:
    regions = sorted(set(sites(open_build(Home(home)))["region"].to_list()))
    scopes: list[tuple[tuple[str, str], ...]] = [(), *((("region", r),) for r in regions)]
    walks = [[(page, scopes[n % len(scopes)]) for page in PAGES] for n in range(VIEWERS)]
    with ExitStack() as stack:
        homes = [home] * processes
        if over == "bucket":
            if not SERVER.exists():
                pytest.skip("there is no S3 server here: make spark-env installs one")
            url = request.getfixturevalue("bucket")
            homes = stack.enter_context(following(home, tmp_path, processes, url))
        address = stack.enter_context(served(homes, tmp_path))
        # Once through, so that the caches hold what they hold on a usual morning.
        asyncio.run(all_viewing(address, walks[: len(scopes)], time.monotonic() + PAUSE * 2))
        before = processor_seconds()
        runs = asyncio.run(all_viewing(address, walks, time.monotonic() + SECONDS))
        used = processor_seconds() - before
        sizes = [memory(at) for at in children()]
    assert [run for run in runs if run.faults or not run.title] == []
    # Each browser has met one process, and all processes have met some.
    met: dict[str, set[str]] = {}
    for line in (tmp_path / "access.log").read_text(encoding="utf-8").splitlines():
        upstream, _, place = line.partition(" ")
        if place not in ("-", ""):
            met.setdefault(place, set()).add(upstream)
    assert len(met) >= VIEWERS
    assert {len(upstreams) for upstreams in met.values()} == {1}
    assert len(set().union(*met.values())) == processes
    took = sorted(run.seconds for run in runs)
    print(
        f"\n| {VIEWERS} viewers, {processes} processes over one {over}, "
        f"a page every {PAUSE:g} s and its time | "
        f"{len(runs):,} pages, no fault | half within {took[len(took) // 2]:.1f} s, 95 of 100 "
        f"within {took[int(0.95 * len(took))]:.1f} s | {1000 * used / len(runs):.0f} ms of a core "
        f"a page: {len(runs) / used:.1f} pages a second and core, or "
        f"{PAUSE * len(runs) / used:.0f} viewers | "
        f"{sum(sizes):,.0f} MB in all, {sum(sizes) / processes:,.0f} a process |"
    )


def children() -> list[int]:
    """The servers of the app that this process has started, and theirs."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"server.py" in path.read_bytes():
                found.append(int(path.parent.name))
    below, all_of_them = {os.getpid()}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, rest = path.read_text().split(" ", 1)
            all_of_them[int(pid)] = int(rest.rpartition(")")[2].split()[1])
    for _ in range(6):
        below |= {pid for pid, parent in all_of_them.items() if parent in below}
    return [pid for pid in found if pid in below]


def memory(pid: int) -> float:
    """What a process holds, in megabytes."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(x.split()[1]) for x in text.splitlines() if x.startswith("VmRSS")) / 1024
