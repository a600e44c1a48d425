"""A real dashboard server for browser tests, started as a user would start it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.serving import AHEAD


@contextmanager
def dashboard(home: Path, *options: str, ahead: bool = False) -> Iterator[str]:
    """The address of `rounds serve` on a home; the server ends with the block.

    It opens its pages ahead only where asked to: most tests look at few of them.
    """
    port = free_port()
    command = [sys.executable, "-m", "pipelines.cli", "serve", "--home", str(home)]
    env = os.environ if ahead else {**os.environ, AHEAD: ""}
    with serving([*command, "--port", str(port), *options], port, env=env) as address:
        yield address


@contextmanager
def serving(
    command: Sequence[str | Path], port: int, health: str = "/_stcore/health", **options: Any
) -> Iterator[str]:
    """The address of a server once it answers; it, and what it started, end with the block.

    `options` are those of `subprocess.Popen`.
    """
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, stdout=quiet, stderr=quiet, start_new_session=True, **options
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}{health}", process)
        yield address
    finally:
        os.killpg(process.pid, 15)
        process.wait(60)


def free_port() -> int:
    """A port on this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers. RuntimeError when it ends, or after a minute."""
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("the server did not answer within a minute")
