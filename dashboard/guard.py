"""No page ever shows a traceback: what goes wrong becomes a sentence with a next step."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from dashboard import layout
from pipelines.errors import RoundsError, UsageProblem

log = logging.getLogger("rounds.dashboard")


def guarded(page: Callable[[], None]) -> Callable[[], None]:
    """A page that says what failed in its own place."""

    @wraps(page)
    def run() -> None:
        try:
            page()
        except UsageProblem as problem:
            _first_start(str(problem))
        except RoundsError as problem:
            layout.page_title("This page can't be shown", str(problem))
        except Exception as fault:
            # Streamlit steers reruns with exceptions of its own; they are not faults.
            if type(fault).__module__.startswith("streamlit.runtime.scriptrunner"):
                raise
            # The type alone: a message may carry a cell's value.
            log.error("page %s failed: %s", page.__module__, type(fault).__name__, exc_info=True)
            layout.page_title(
                "This page can't be shown",
                "Rounds has a fault here; the other pages are not affected. "
                "The log of the server says where.",
            )

    # Streamlit names a page after its function and its module.
    return run


def _first_start(problem: str) -> None:
    layout.page_title("Nothing has been loaded yet", problem)
    layout.paragraph("1. Put last month's exports into a folder: payroll, stock, work orders.")
    layout.paragraph("2. Load them: rounds ingest FOLDER")
    layout.paragraph("3. Reload this page. Or see an invented group first: rounds demo")
