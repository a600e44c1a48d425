"""Run as a program: open pages as somebody sees them; tell the processor's seconds of each as JSON.

    python -m tests.bench.scoped HOME WHO TIMES PAGE …

WHO is "local", where nothing is asked of who looks, or a login. Each page runs once for whoever
comes first, with nothing kept, and then TIMES more, each time in a session that has just begun,
which the audit notes; told are the first and the least of the rest.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

SKIPPED = "glossary"  # opened before the clock starts: what is imported once is nobody's cost


def seconds(home: Path, who: str, times: int, pages: list[str]) -> dict[str, list[float]]:
    """By page: the first run, and the least of the others."""
    os.environ["ROUNDS_HOME"] = str(home)
    os.environ["ROUNDS_IDENTITY"] = "local" if who == "local" else "users"
    from streamlit.testing.v1 import AppTest

    from dashboard import viewing
    from pipelines.access import door
    from pipelines.settings import Home

    if who != "local":
        token = door.begin(Home(home), who)
        viewing._token = lambda: token
    found: dict[str, list[float]] = {}
    for page in (SKIPPED, *pages):
        took = []
        for _ in range(times + 1):
            test = AppTest.from_string(
                f"from dashboard.guard import guarded\nfrom dashboard.views import {page}\n"
                f"guarded({page}.page)()\n",
                default_timeout=900,
            )
            start = time.process_time()
            test.run()
            took.append(time.process_time() - start)
            assert not test.exception
            told = " ".join(one.value for one in [*test.title, *test.markdown])
            assert "signed out" not in told
            assert "has a fault" not in told
        found[page] = [took[0], min(took[1:])]
    del found[SKIPPED]
    return found


if __name__ == "__main__":
    place, login, runs, *names = sys.argv[1:]
    print(json.dumps(seconds(Path(place), login, int(runs), names)))
