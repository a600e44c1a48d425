"""What was known then: the earlier load that a page's figures are told as of, by its address.

`as-of` stands in the address of every page, as it does in a number's: a load's number, or a day. A
page that draws its scope is then read from what the read model was (`pipelines.warehouse.earlier`),
so that all of it is told as of that load. Making that takes seconds, once a load.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillMade
from datetime import date

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pipelines.analysis.health import load_days
from pipelines.errors import RoundsError, UsageProblem
from pipelines.settings import Home
from pipelines.warehouse.earlier import earlier, is_now, too_large
from pipelines.warehouse.reader import Reader, open_build
from pipelines.warehouse.vintage import event_of

PARAMETER = "as-of"
PATIENCE = 12.0  # seconds that a page waits before it says that it will follow
OPEN = 3  # earlier states that are held open
_SHOWN = "_the load that this page is told as of"

_made: dict[tuple[str, int | date], Future[Reader]] = {}
_lock = threading.Lock()
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="earlier")


class BeingMade(RoundsError):
    """What was known then is being worked out; the page follows by itself."""


def begin() -> None:
    """Read the address: from here on the run is told as of what it names.

    UsageProblem for what is no load, or where a group is too large; BeingMade until it is there.
    """
    forget()
    text = st.query_params.get(PARAMETER)
    if not text:
        return
    whole = open_build(Home.find())
    as_of = asked(text)
    event = event_of(whole, as_of)
    if is_now(whole, as_of):
        return
    if too_large(whole):
        raise UsageProblem(
            "A group of this size is shown as of an earlier load number by number: open a number, "
            "or Explore, where a load can be chosen too."
        )
    with st.spinner("Working out what was known then"):
        try:
            _begun(whole, as_of).result(PATIENCE)
        except StillMade:
            raise BeingMade(
                "What was known then is worked out once for each load; the page follows by itself."
            ) from None
    st.session_state[_SHOWN] = whole.build, event, as_of


def forget() -> None:
    """Begin a run that is told as of now."""
    st.session_state.pop(_SHOWN, None)


def event() -> int | None:
    """The load that this run is told as of; None where that is now."""
    found = _shown()
    return found[1] if found else None


def of(whole: Reader) -> Reader:
    """The reader of what this run is told as of: of the whole build, where that is now."""
    found = _shown()
    if found is None:
        return whole
    # A build that was published meanwhile has what was known then as well.
    return _begun(whole, found[2]).result()


def day() -> date | None:
    """The day at whose end this run is told, where a day was asked for and it isn't now."""
    found = _shown()
    return found[2] if found and isinstance(found[2], date) else None


def keeps() -> bool:
    """Whether the number of the latest load names all that is known now."""
    whole = open_build(Home.find())
    return is_now(whole, whole.about.event)


def _shown() -> tuple[str, int, int | date] | None:
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    found: tuple[str, int, int | date] | None = st.session_state.get(_SHOWN)
    return found


def days() -> list[tuple[date, int]]:
    """The last load of each of the latest days on which files came, the latest first."""
    return load_days(open_build(Home.find()))


def is_being_made() -> bool:
    """Whether something is being worked out at the moment."""
    with _lock:
        return any(not future.done() for future in _made.values())


@st.fragment(run_every=1.0)
def come_when_ready() -> None:
    """Draw the page anew as soon as what was known then is there."""
    if not is_being_made():
        st.rerun()


def _begun(whole: Reader, as_of: int | date) -> Future[Reader]:
    with _lock:
        key = whole.build, as_of
        found = _made.pop(key, None)
        if found is None or (found.done() and found.exception() is not None):
            found = _worker.submit(earlier, whole, as_of)
        _made[key] = found  # the one asked for last stands last
        for old in [k for k, future in _made.items() if future.done()][: -OPEN or None]:
            del _made[old]
        return found


def asked(text: str) -> int | date:
    """What `as-of` in an address means: a load's number, or a day. UsageProblem for neither."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(
            "What was known then is a load's number or a day as 2026-10-31."
        ) from None
