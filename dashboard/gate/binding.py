"""Whose a browser's session and a file to download are: nobody else gets at them.

Streamlit serves files by an address that tells nothing of a person, and lets a browser take up a
session by its id. Here stands, for this process, whose each of them is.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

MOST = 20_000  # of each; those bound first are forgotten first, and then nobody's

_lock = threading.Lock()
_sessions: dict[str, str] = {}
_files: dict[str, set[str]] = {}
# For whom the file is that is being made, where no script of theirs runs.
making_for: ContextVar[str | None] = ContextVar("making_for", default=None)


def bind(session: str, login: str) -> bool:
    """Say whose a browser's session is; False where it was somebody else's."""
    with _lock:
        _make_room(_sessions, session)
        return _sessions.setdefault(session, login) == login


def owner_of(session: str) -> str | None:
    """Whose a browser's session is; None where nobody knows."""
    with _lock:
        return _sessions.get(session)


def bind_file(file: str, login: str) -> None:
    """Say that somebody may have a file, beside those who may already."""
    with _lock:
        _make_room(_files, file)
        _files.setdefault(file, set()).add(login)


def may_have(file: str, login: str) -> bool:
    """Whether a file was made for somebody."""
    with _lock:
        return login in _files.get(file, ())


def watch(storage: Any) -> None:
    """Let every file that a storage takes in be bound to whom it was made for.

    `storage` is Streamlit's own, of which `load_and_get_id` is wrapped.
    """
    load = storage.load_and_get_id

    def bound(*args: Any, **kwargs: Any) -> str:
        file: str = load(*args, **kwargs)
        if login := _maker():
            bind_file(file, login)
        return file

    storage.load_and_get_id = bound


def _maker() -> str | None:
    if login := making_for.get():
        return login
    context = get_script_run_ctx(suppress_warning=True)
    return owner_of(context.session_id) if context else None


def _make_room(kept: dict[str, Any], coming: str) -> None:
    if coming not in kept:
        while len(kept) >= MOST:
            del kept[next(iter(kept))]
