"""No page ever shows a traceback: what goes wrong becomes a sentence with a next step."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

import streamlit as st

from dashboard import layout, store, then, viewing
from dashboard.desk import first
from pipelines.errors import NotShown, RoundsError, UsageProblem

log = logging.getLogger("rounds.dashboard")


def guarded(page: Callable[[], None]) -> Callable[[], None]:
    """A page that says what failed in its own place."""

    @wraps(page)
    def run() -> None:
        try:
            viewing.viewer()
            viewing.seen(page.__module__.rpartition(".")[2].replace("_", "-"), _filters())
            page()
        except viewing.SignedOut as problem:
            layout.signed_out(str(problem))
        except NotShown as problem:
            _failed(str(problem))
        except then.BeingMade as problem:
            layout.page_title("What was known then is being worked out", str(problem))
            then.come_when_ready()
        except UsageProblem as problem:
            if store.is_loaded():
                _failed(str(problem))
            else:
                first.draw()
        except RoundsError as problem:
            _failed(_without_places(str(problem)))
        except Exception as fault:
            # Streamlit steers reruns with exceptions of its own; they are not faults.
            if type(fault).__module__.startswith("streamlit.runtime.scriptrunner"):
                raise
            # The type alone: a message may carry a cell's value.
            log.error("page %s failed: %s", page.__module__, type(fault).__name__, exc_info=True)
            _failed(
                "Rounds has a fault here; the other pages are not affected. "
                "The log of the server says where."
            )

    # Streamlit names a page after its function and its module.
    return run


def _filters() -> dict[str, str]:
    """What the address says of the page's scope, for the audit."""
    asked = st.query_params.to_dict() if not viewing.is_local() else {}
    return {name[:40]: str(value)[:200] for name, value in list(asked.items())[:20]}


def _without_places(problem: str) -> str:
    """What went wrong with a file of the home, without where on the server that lies."""
    return problem if viewing.is_local() else problem.replace(str(store.home().root), "The home")


def _failed(problem: str) -> None:
    layout.page_title("This page can't be shown", problem)
    st.button("Try again", key="try again")
