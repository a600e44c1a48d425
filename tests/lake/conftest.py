"""A real S3 server on this machine, which `make spark-env` installs."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

SERVER = ROOT / ".venv" / "server" / "bin" / "python"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [SERVER, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for name, value in {
            "AWS_ENDPOINT_URL": address, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        until = time.monotonic() + 60
        while True:
            try:
                asked = urllib.request.Request(f"{address}/lake", method="PUT")
                with urllib.request.urlopen(asked, timeout=5):
                    break
            except urllib.error.URLError:
                assert time.monotonic() < until, "the S3 server did not start"
                time.sleep(0.2)
        yield "s3://lake/group"
    finally:
        process.kill()
        process.wait()
