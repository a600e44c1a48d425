"""The page SQL: who may open it, and as whom its questions are asked."""

from __future__ import annotations

from dashboard import store, viewing
from pipelines.access.roles import Right
from pipelines.warehouse.limits import Limits


def allowed() -> bool:
    """Whether the viewer may write SQL."""
    return viewing.may(Right.SQL)


def limits() -> Limits:
    """What of the build the viewer's questions run on: what the viewer sees of it anyway."""
    return store.reader().limits


def person() -> str:
    """Whose kept questions and history these are."""
    return viewing.visiting().login
