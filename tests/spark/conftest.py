"""A real standalone cluster of Spark on this machine: one master, three workers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from pipelines.demo.load import load_demo
from pipelines.lake.write import write
from pipelines.settings import Home
from pipelines.warehouse.record import Record

TODAY = date(2026, 10, 31)
SMALL = 0.1
WORKERS = 3
# Compiled once and not again: no test runs so long that more would pay.
HASTY = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@dataclass(frozen=True, slots=True)
class Cluster:
    """One master and its workers, of which a test may lose some."""

    master: str
    page: int
    start: Callable[[int], subprocess.Popen[bytes]]
    workers: list[subprocess.Popen[bytes]]

    def lose_one(self) -> None:
        """Kill a worker and its executors, as when a machine goes down."""
        worker = next(w for w in self.workers if w.poll() is None)
        os.killpg(worker.pid, 9)
        worker.wait()

    def whole(self) -> None:
        """Start what is missing of three workers, and wait until the master knows of them."""
        while self.left < WORKERS:
            self.workers.append(self.start(len(self.workers)))
        until = time.monotonic() + 240
        while time.monotonic() < until:
            with suppress(OSError):
                address = f"http://127.0.0.1:{self.page}/json/"
                with urllib.request.urlopen(address, timeout=5) as answer:
                    if json.load(answer)["aliveworkers"] == WORKERS:
                        return
            time.sleep(0.5)
        pytest.fail("the cluster was not whole in four minutes")

    @property
    def left(self) -> int:
        return sum(worker.poll() is None for worker in self.workers)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of Spark's own settings, which hold for every Java that a test starts."""
    folder = tmp_path_factory.mktemp("settings")
    (folder / "spark-defaults.conf").write_text(
        "spark.driver.memory 1g\nspark.network.timeout 60s\nspark.executor.heartbeatInterval 5s\n"
        f"spark.driver.extraJavaOptions {HASTY}\nspark.executor.extraJavaOptions {HASTY}\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, settings: Path) -> Iterator[Cluster]:
    import pyspark

    from pipelines.spark.session import java_home

    folder = tmp_path_factory.mktemp("cluster")
    java = java_home() / "bin" / "java"
    root = Path(pyspark.__file__).parent
    port, page = free_port(), free_port()
    environment = {
        **os.environ, "JAVA_HOME": str(java.parent.parent), "SPARK_HOME": str(root),
        "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_CONF_DIR": str(settings),
        "SPARK_DAEMON_JAVA_OPTS": HASTY,
    }  # fmt: skip
    with ExitStack() as stack:

        def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                [root / "bin" / "spark-class", *arguments], env=environment, stdout=log,
                stderr=log, start_new_session=True, cwd=folder,
            )  # fmt: skip
            stack.callback(process.wait)
            stack.callback(lambda: process.poll() is None and os.killpg(process.pid, 9))
            return process

        deploy = "org.apache.spark.deploy"
        start("master", f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(port),
              "--webui-port", str(page))  # fmt: skip
        master = f"spark://127.0.0.1:{port}"

        def worker(number: int) -> subprocess.Popen[bytes]:
            # An executor takes 1 GB, where a Java that runs already knows no other.
            return start(
                f"worker{number}", f"{deploy}.worker.Worker", "--host", "127.0.0.1",
                "--cores", "1", "--memory", "1200m", "--webui-port", str(free_port()),
                "--work-dir", str(folder / f"work{number}"), master,
            )  # fmt: skip

        made = Cluster(master, page, worker, [])
        made.whole()
        yield made
        from pyspark.sql import SparkSession

        if (session := SparkSession.getActiveSession()) is not None:
            session.stop()


@dataclass(frozen=True, slots=True)
class Loaded:
    home: Home
    lake: str


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The demo group at a tenth of its size, published by DuckDB and written to a lake."""
    folder = tmp_path_factory.mktemp("demo")
    home, lake = Home(folder / "demo"), str(folder / "lake")
    load_demo(home, TODAY, scale=SMALL)
    with Record.open(home) as record:
        write(record, lake)
    return Loaded(home, lake)
