"""Opens every page once for each build, as a reader would, so that its answers are kept by then.

    python -m dashboard.rehearsal http://127.0.0.1:8501

A server of Streamlit does nothing before somebody comes, so `rounds serve` lets the command above
open the first page when the server answers. That run, and each later one that finds a new build,
has all pages opened by a session like any other: the latest month, all sites. It must be a session:
drawing pages in a thread without one leaves marks in what all sessions share (a form stays open).
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from dashboard import garbage, store
from pipelines.errors import RoundsError

# The variable with the server's own address; where it is empty nothing is opened.
WHERE = "ROUNDS_AHEAD"
STARTS = 120.0  # seconds that a server may take to answer
LONGEST = 300.0  # and a page to come
SETTLED = 60.0  # until libraries and the first answers are there, where no page is opened ahead
_log = logging.getLogger("rounds.dashboard")
_lock = threading.Lock()
_begun: set[str] = set()


def begin(pages: Sequence[str]) -> None:
    """Have the pages (their `url_path`) of the current build opened, unless that was begun."""
    address = os.environ.get(WHERE)
    if address is None:
        return
    try:
        build = store.reader().build
    except RoundsError:  # nothing was loaded, or it can't be read: the page says so
        return
    with _lock:
        if build in _begun:
            return
        _begun.add(build)
    if address:
        threading.Thread(target=_open, args=(address, pages), name="rehearsal", daemon=True).start()
    else:  # nobody may open pages for all: what the first readers open is what stays
        later = threading.Timer(SETTLED, garbage.settle)
        later.daemon = True
        later.start()


def _open(address: str, pages: Sequence[str]) -> None:
    try:
        read(address, pages)
    except (OSError, WebSocketException) as fault:
        _log.warning("pages could not be opened ahead: %s", type(fault).__name__)
    garbage.settle()


def read(address: str, pages: Sequence[str]) -> None:
    """Open pages of the server one after the other, each to its end. OSError where that fails."""
    stream = f"ws{address.removeprefix('http')}/_stcore/stream"
    with connect(stream, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        for page in pages:
            asked, told = BackMsg(), ForwardMsg()
            asked.rerun_script.page_name = page
            socket.send(asked.SerializeToString())
            while told.WhichOneof("type") != "script_finished":
                told.ParseFromString(socket.recv(LONGEST, decode=False))


def _wait_for(address: str) -> None:
    until = time.monotonic() + STARTS
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
            return
        time.sleep(0.5)


if __name__ == "__main__":
    _wait_for(sys.argv[1])
    read(sys.argv[1], [""])
