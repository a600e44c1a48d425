"""Whose a browser's session and a file to download are: nobody else gets at them.

Streamlit serves files by an address that tells nothing of a person, and lets a browser take up a
session by its id. Here stands, for this process, whose each of them is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

MOST = 20_000  # of each; those bound first are forgotten first, and then nobody's

_lock = threading.Lock()
_sessions: dict[str, str] = {}
_grants: dict[str, str] = {}  # by session: what its person may see, as of their last run
_files: dict[str, set[str]] = {}
# For whom (by their grant) the file is that is being made, where no script of theirs runs.
making_for: ContextVar[str | None] = ContextVar("making_for", default=None)


def bind(session: str, login: str, grant: str = "") -> bool:
    """Say whose a browser's session is; False where it was somebody else's.

    `grant` stands for what they may see now: files that are made in the session are for that.
    """
    with _lock:
        _make_room(_sessions, session)
        if _sessions.setdefault(session, login) != login:
            return False
        _make_room(_grants, session)
        _grants[session] = grant or login
        return True


def owner_of(session: str) -> str | None:
    """Whose a browser's session is; None where nobody knows."""
    with _lock:
        return _sessions.get(session)


def bind_file(file: str, grant: str) -> None:
    """Say that somebody, as they may see now, may have a file, beside those who may already."""
    with _lock:
        _make_room(_files, file)
        _files.setdefault(file, set()).add(grant)


def may_have(file: str, grant: str) -> bool:
    """Whether a file was made for somebody who might see then what they may see now."""
    with _lock:
        return grant in _files.get(file, ())


def watch(manager: Any) -> None:
    """Let every file be bound to whom it was made for, and every one that a button will make.

    `manager` is Streamlit's own of files, of which `add_deferred`, and of its storage
    `load_and_get_id`, are wrapped: both return a file's number.
    """
    manager.add_deferred = _bound(manager.add_deferred)
    manager._storage.load_and_get_id = _bound(manager._storage.load_and_get_id)


def _bound(made: Callable[..., str]) -> Callable[..., str]:
    @wraps(made)
    def run(*args: Any, **kwargs: Any) -> str:
        file = made(*args, **kwargs)
        if grant := _maker():
            bind_file(file, grant)
        return file

    return run


def _maker() -> str | None:
    if grant := making_for.get():
        return grant
    context = get_script_run_ctx(suppress_warning=True)
    with _lock:
        return _grants.get(context.session_id) if context else None


def _make_room(kept: dict[str, Any], coming: str) -> None:
    if coming not in kept:
        while len(kept) >= MOST:
            del kept[next(iter(kept))]
