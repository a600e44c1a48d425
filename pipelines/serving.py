"""Starting the dashboard: a child process of Streamlit, on this machine only unless told else."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pipelines.access import ways
from pipelines.access.door import has_password
from pipelines.access.people import people
from pipelines.access.ways import Identity, Ways
from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from pipelines.terminal import say

AHEAD = "ROUNDS_AHEAD"  # the address whose pages are opened ahead; empty leaves that out


def serve(
    home: Home, port: int | None = None, address: str | None = None, identity: str | None = None
) -> int:
    """Run the dashboard until it is stopped; return its exit status.

    What isn't given is as the settings say. UsageProblem when the port is taken, the dashboard
    isn't installed, or strangers could open it.
    """
    way = Ways.find(home, identity=identity, address=address, port=port)
    app = _app()
    _must_be_free(way)
    _must_open(home, way)
    seen = f"[{way.address}]" if ":" in way.address else way.address
    say(f"The dashboard opens at {way.url or f'http://{seen}:{way.port}'}  (stop it with Ctrl-C)")
    if way.is_open and not way.is_secure:
        say("Passwords and figures travel readable: put a proxy with TLS before it.")
    # Pages are opened ahead as nobody in particular, who sees nothing where one must sign in.
    usual = "" if way.identity != "local" else f"http://{seen}:{way.port}"
    ahead = os.environ.get(AHEAD, usual)
    environment = {
        **os.environ, "ROUNDS_HOME": str(home.root.resolve()), AHEAD: ahead,
        ways.IDENTITY: way.identity, ways.ADDRESS: way.address,
        "FORWARDED_ALLOW_IPS": ",".join(way.proxies),  # whose word on addresses uvicorn takes
    }  # fmt: skip
    command = [
        sys.executable, "-m", "streamlit", "run", str(app),
        f"--server.address={way.address}", f"--server.port={way.port}", "--server.headless=true",
    ]  # fmt: skip
    _renew(home)
    _prepare(home, ahead)
    try:
        return subprocess.call(command, env=environment, cwd=app.parent)
    except KeyboardInterrupt:
        return 0


def _renew(home: Home) -> None:
    """Publish anew what an earlier version of Rounds published: the pages read today's tables.

    Where another process writes at the moment, it will publish itself.
    """
    from pipelines.warehouse.publish import is_current, publish
    from pipelines.warehouse.record import Record

    if not home.current.exists() or home.follows.exists():
        return
    with suppress(StoreProblem), Record.open(home, wait=0) as record:
        if not is_current(record):
            say("Bringing the figures up to this version of Rounds (once) ...")
            publish(record)


def _prepare(home: Home, ahead: str) -> None:
    """Let children do ahead what people would wait for on the pages; both end by themselves.

    One works out the landing, and keeps what it finds beside the build. The other is the first
    reader of the dashboard, which then opens all of its pages once.
    """
    if not home.current.exists():
        return
    commands = [["pipelines.cli", "landing", "--home", str(home.root.resolve())]]
    if ahead:
        commands.append(["dashboard.rehearsal", ahead])
    for command in commands:
        subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def _app() -> Path:
    # Found by name, not imported: the pipelines know nothing of the dashboard.
    found = importlib.util.find_spec("dashboard")
    if found is None or found.origin is None:
        raise UsageProblem("The dashboard is not installed. Run `make demo` in the checkout.")
    return Path(found.origin).with_name("server.py")


def _must_be_free(way: Ways) -> None:
    family = socket.AF_INET6 if ":" in way.address else socket.AF_INET
    with socket.socket(family) as probe:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(way.address, way.address)
        probe.settimeout(2)
        try:
            taken = probe.connect_ex((host, way.port)) == 0
        except OSError:
            raise UsageProblem(
                f"{way.address} is no address of this machine. Give another with --address."
            ) from None
        if taken:
            raise UsageProblem(
                f"Port {way.port} is taken by another program. Choose another with --port "
                "(make demo PORT=8600)."
            )


def _must_open(home: Home, way: Ways) -> None:
    """UsageProblem where nobody at all could sign in."""
    if way.identity is Identity.LOCAL:
        return
    known = [person.login for person in people(home) if person.active]
    if way.identity is Identity.USERS:
        known = [login for login in known if has_password(home, login)]
    if not known:
        raise UsageProblem(
            "Nobody could sign in. Add an administrator with `rounds access add LOGIN "
            "administrator`, and a password with `rounds access password LOGIN`."
        )
