"""What stays is left out of what is looked through for garbage.

Streamlit has every object of the process looked through after each run of a page. Once libraries
and answers are there that takes as long as the run itself, and for a large group's scenarios, of
millions of amounts, many times as long. They are there to stay; what is held by none any more goes
without being looked for, unless it holds itself.
"""

from __future__ import annotations

import gc
import threading
import time

WHOLE = 600.0  # seconds after which, where answers came, what was left out is looked through too
_lock = threading.Lock()
_state = {"grew": False, "whole": time.monotonic()}


def grew() -> None:
    """Something is kept from now on."""
    _state["grew"] = True


def sweep() -> None:
    """Leave out what was kept since the last time; before a run, when garbage was just looked for.

    Of sessions that ended meanwhile some holds itself: it goes when all is looked through again.
    """
    with _lock:
        if not _state["grew"]:
            return
        _state["grew"] = False
        overdue = time.monotonic() - _state["whole"] > WHOLE
    if overdue:
        settle()
    else:
        gc.freeze()


def settle() -> None:
    """Look through everything once, and leave out what stands."""
    with _lock:
        _state["whole"] = time.monotonic()
        gc.unfreeze()
        gc.collect()
        gc.freeze()
