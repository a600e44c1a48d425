"""Starting the dashboard: a child process of Streamlit that listens on this machine only."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home

ADDRESS = "127.0.0.1"
AHEAD = "ROUNDS_AHEAD"  # the address whose pages are opened ahead; empty leaves that out


def serve(home: Home, port: int) -> int:
    """Run the dashboard until it is stopped; return its exit status.

    UsageProblem when the port is taken or the dashboard isn't installed.
    """
    app = _app()
    _must_be_free(port)
    click.echo(f"The dashboard opens at http://{ADDRESS}:{port}  (stop it with Ctrl-C)")
    address = f"http://{ADDRESS}:{port}"
    ahead = os.environ.get(AHEAD, address)
    environment = {**os.environ, "ROUNDS_HOME": str(home.root.resolve()), AHEAD: ahead}
    command = [
        sys.executable, "-m", "streamlit", "run", str(app),
        f"--server.address={ADDRESS}", f"--server.port={port}", "--server.headless=true",
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

    if not home.current.exists():
        return
    with suppress(StoreProblem), Record.open(home, wait=0) as record:
        if not is_current(record):
            click.echo("Bringing the figures up to this version of Rounds (once) ...")
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
    return Path(found.origin).with_name("app.py")


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((ADDRESS, port)) == 0:
            raise UsageProblem(
                f"Port {port} is taken by another program. Choose another with --port "
                "(make demo PORT=8600)."
            )
