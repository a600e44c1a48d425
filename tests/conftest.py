"""What every test stands on: a home of its own, no network, UTC, and the public exports."""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from pipelines.settings import Home

ROOT = Path(__file__).resolve().parent.parent
NO_REALDATA = (
    "the folder of public exports is missing: set ROUNDS_REALDATA to it to run these tests"
)
NO_BROWSER = "left out by ROUNDS_NO_BROWSER=1: the app was not tried in a browser"

# Two busy cores make a deadline a matter of luck.
settings.register_profile("rounds", deadline=None, database=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("rounds"), derandomize=True)


class OutsideConnection(RuntimeError):
    """The test reached for an address that is not this machine's."""


_reached: list[str] = []


def find_realdata() -> Path | None:
    """The folder of public exports, for tests that are made from its files; None if missing."""
    folder = Path(os.environ.get("ROUNDS_REALDATA") or ROOT.parent / "shared" / "realdata")
    return folder.resolve() if folder.is_dir() else None


def is_local(host: object) -> bool:
    """Whether a host's name or address is this machine; also true where there is none."""
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _check(host: object) -> None:
    if not is_local(host):
        _reached.append(str(host))
        raise OutsideConnection(f"tests may connect to this machine only, not to {host}")


def _guard_the_network() -> None:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    getaddrinfo = socket.getaddrinfo

    def host_of(sock: socket.socket, address: Any) -> object:
        return address[0] if sock.family in (socket.AF_INET, socket.AF_INET6) else None

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _check(host_of(self, address))
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _check(host_of(self, address))
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check(host)
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = guarded_getaddrinfo


def pytest_configure() -> None:
    os.environ["TZ"] = "UTC"
    if hasattr(time, "tzset"):
        time.tzset()
    settings.load_profile("ci" if os.environ.get("CI") else "rounds")
    _guard_the_network()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that stands in tests/browser shares one worker, so that one Chromium runs at a time."""
    for item in items:
        if ROOT / "tests" / "browser" in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for reason in (NO_REALDATA, NO_BROWSER):
        if count := sum(reason in why for why in skipped):
            terminalreporter.write_line(f"SKIPPED {count} tests: {reason}", red=True, bold=True)


@pytest.fixture(autouse=True)
def only_this_machine() -> Iterator[list[str]]:
    """Fails the test that reached outside, even where the code under test hid the error."""
    yield _reached
    if _reached:
        hosts = sorted(set(_reached))
        _reached.clear()
        pytest.fail(f"the test reached for outside addresses: {hosts}", pytrace=False)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, not yet made; ROUNDS_HOME names it, so no test touches a real one."""
    path = tmp_path / "home"
    monkeypatch.setenv("ROUNDS_HOME", str(path))
    return path


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of public exports: ROUNDS_REALDATA, else ../shared/realdata."""
    return find_realdata() or pytest.skip(NO_REALDATA)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small invented group up to 31 October 2026, built once for all workers.

    Read it, don't write to it.
    """
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    folder, done = shared / "demo-home", shared / "demo-home-ready"
    try:
        (shared / "demo-home-lock").mkdir()
    except FileExistsError:
        _wait_for(done)
        return folder
    from pipelines.demo.load import load_demo

    load_demo(Home(folder), date(2026, 10, 31), scale=0.1)
    done.touch()
    return folder


def _wait_for(done: Path) -> None:
    for _ in range(600):
        if done.exists():
            return
        time.sleep(0.5)
    pytest.fail("the invented group was not built within five minutes")
