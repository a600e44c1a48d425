"""What the processes of this one have used of the processor: servers, and what they start."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path


def rest(longest: float = 240, busy: float = 0.15) -> None:
    """Wait until the processes of this one (servers, and what they start) are at rest."""
    until = time.monotonic() + longest
    quiet = 0
    while time.monotonic() < until and quiet < 6:
        before = processor_seconds()
        time.sleep(1)
        quiet = quiet + 1 if processor_seconds() - before < busy else 0


def processor_seconds() -> float:
    """What all running processes below this one have used so far, itself left out; Linux tells."""
    ticks = sum(int(stat[11]) + int(stat[12]) for stat in below().values())
    return ticks / os.sysconf("SC_CLK_TCK")


def below() -> dict[int, list[str]]:
    """The running processes below this one: what Linux tells of each after its name."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, rest_ = path.read_text().split(" ", 1)
            stats[int(pid)] = rest_.rpartition(")")[2].split()
    found = {os.getpid()}
    for _ in range(6):
        found |= {pid for pid, stat in stats.items() if int(stat[1]) in found}
    return {pid: stats[pid] for pid in found - {os.getpid()} if pid in stats}
