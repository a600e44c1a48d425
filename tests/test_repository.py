"""The rules of the repository that a machine can hold."""

from __future__ import annotations

import re
import socket
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT, OutsideConnection, is_local

ALLOWED_AT_THE_TOP = re.compile(
    r"dashboard|pipelines|data|tests|pyproject\.toml|README\.md|Makefile|LICENSE|CHANGELOG\.md"
    r"|requirements[a-z.-]*\.lock|\..+"
)
# Written so that this file doesn't hold what it forbids.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home)/")
INDEX_ADDRESS = re.compile(
    r"(?:extra-)?index-url *[= ] *\S*:/|find-link[s][ =]+[\w./~]|registry *= *.https?:"
    r'|"resolved": *"https?:|https?://[a-z0-9./-]*(?:/simple/?\b|/packages/[0-9a-f]{2}/)'
    r"|\bpypi[.]org/simple|\bpythonhosted[.]org|file:/{3}"
)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUN = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["build-system"]["requires"]]
DEV = [*RUN, *PYPROJECT["project"]["optional-dependencies"]["dev"]]
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
LOCKS = {
    "requirements.lock": RUN,
    "requirements-dev.lock": DEV,
    "requirements-spark.lock": [*DEV, *EXTRAS["s3"], *EXTRAS["spark"]],
    **{
        f"tests/{name}.lock": [
            line
            for line in (ROOT / f"tests/{name}.in").read_text("utf-8").splitlines()
            if not line.startswith("#")
        ]
        for name in ("lake/server", "peers/layers", "peers/superset")
    },
}


def tracked() -> list[Path]:
    """Every tracked file that is there, relative to the root."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this folder is no git checkout, or git is missing")
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def lines_of_text() -> list[tuple[Path, int, str]]:
    """Every line of the tracked text files."""
    found = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            found.append((path, number, line))
    return found


def pins(lock: str) -> dict[str, tuple[str, int]]:
    """Name → version and number of hashes. Raises where a line is anything else."""
    pinned: dict[str, tuple[str, int]] = {}
    joined = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in joined.splitlines():
        text = line.partition(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        entry = re.fullmatch(
            r"([\w.-]+)==([\w.+!]+)(?: ; [^\\]*?)?((?: +--hash=sha256:[0-9a-f]{64})+)", text
        )
        assert entry, f"{lock}: this is no exact pin with hashes: {text[:80]}"
        name, version, hashes = entry.groups()
        pinned[canonicalize_name(name)] = (version, hashes.count("sha256"))
    return pinned


def test_the_top_level_holds_only_what_it_should() -> None:
    names = {path.parts[0] for path in tracked()}
    assert sorted(name for name in names if not ALLOWED_AT_THE_TOP.fullmatch(name)) == []


def test_no_tracked_file_is_over_1_mb() -> None:
    sizes = {str(path): (ROOT / path).stat().st_size for path in tracked()}
    assert {path: size for path, size in sizes.items() if size > 1_000_000} == {}


@pytest.mark.parametrize("forbidden", [MACHINE_PATH, INDEX_ADDRESS], ids=["machine", "index"])
def test_no_tracked_file_holds_such_an_address(forbidden: re.Pattern[str]) -> None:
    assert [f"{path}:{n}" for path, n, line in lines_of_text() if forbidden.search(line)] == []


def test_the_forbidden_addresses_are_recognised() -> None:
    assert MACHINE_PATH.search("cd /" + "work/main")
    assert not MACHINE_PATH.search("dashboard/views/" + "home/start.py")
    assert INDEX_ADDRESS.search("--index-url" + " https://somewhere.example/")
    assert INDEX_ADDRESS.search("https://somewhere.example" + "/simple/")
    assert not INDEX_ADDRESS.search("--no-emit-index-url --no-header")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_what_pyproject_asks_for(lock: str) -> None:
    pinned = pins(lock)
    for requirement in map(Requirement, LOCKS[lock]):
        version, _ = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement}, but {version} in {lock}"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", ["requirements-dev.lock", "requirements-spark.lock"])
def test_locks_agree(lock: str) -> None:
    run, more = pins("requirements.lock"), pins(lock)
    assert {name: more.get(name) for name in run} == run


def test_modules_stay_under_400_lines() -> None:
    modules = [path for top in ("dashboard", "pipelines") for path in (ROOT / top).rglob("*.py")]
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules
    }
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_tests_run_in_utc() -> None:
    assert time.localtime().tm_gmtoff == 0


def test_a_connection_outside_is_refused_and_remembered(only_this_machine: list[str]) -> None:
    with socket.socket() as sock, pytest.raises(OutsideConnection):
        sock.connect(("192.0.2.1", 9))
    with pytest.raises(OutsideConnection):
        socket.getaddrinfo("rounds.invalid", 80)
    assert only_this_machine == ["192.0.2.1", "rounds.invalid"]
    only_this_machine.clear()


def test_this_machine_may_be_connected_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert [is_local(host) for host in ("::1", "127.0.0.9", "localhost", "10.0.0.1")] == [
        True,
        True,
        True,
        False,
    ]
