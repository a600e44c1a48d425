"""A real standalone cluster of Spark on this machine: one master, three workers."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
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


@dataclass(frozen=True, slots=True)
class Cluster:
    master: str
    workers: list[subprocess.Popen[bytes]]

    def lose_one(self) -> None:
        """Kill a worker and its executors, as when a machine goes down."""
        worker = next(w for w in self.workers if w.poll() is None)
        os.killpg(worker.pid, 9)
        worker.wait()

    @property
    def left(self) -> int:
        return sum(worker.poll() is None for worker in self.workers)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    import pyspark

    from pipelines.spark.session import java_home

    folder = tmp_path_factory.mktemp("cluster")
    (folder / "spark-defaults.conf").write_text(
        "spark.driver.memory 1g\nspark.network.timeout 60s\nspark.executor.heartbeatInterval 5s\n",
        encoding="utf-8",
    )
    java = java_home() / "bin" / "java"
    root = Path(pyspark.__file__).parent
    port, page = free_port(), free_port()
    environment = {
        **os.environ, "JAVA_HOME": str(java.parent.parent), "SPARK_HOME": str(root),
        "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_CONF_DIR": str(folder),
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
        workers = [
            start(
                f"worker{n}",
                f"{deploy}.worker.Worker",
                "--host",
                "127.0.0.1",
                "--cores",
                "1",
                "--memory",
                "1200m",  # an executor takes 1 GB, where a Java that runs already knows no other
                "--webui-port",
                str(free_port()),
                "--work-dir",
                str(folder / f"work{n}"),
                master,
            )
            for n in range(3)
        ]
        _until_three(page)
        os.environ["SPARK_CONF_DIR"] = str(folder)
        yield Cluster(master, workers)
        del os.environ["SPARK_CONF_DIR"]
        from pyspark.sql import SparkSession

        if (session := SparkSession.getActiveSession()) is not None:
            session.stop()


def _until_three(page: int) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{page}/json/", timeout=5) as answer:
                if answer.read().count(b'"ALIVE"') >= 4:  # the master's own, and three workers'
                    return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail("the cluster did not start in four minutes")


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
