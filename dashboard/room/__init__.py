"""The page SQL: who may open it, and as whom its questions are asked."""

from __future__ import annotations

import os

from dashboard import store
from pipelines.room.kept import author
from pipelines.warehouse.limits import Limits

RIGHT = "ROUNDS_SQL"  # the environment variable that opens the page while nobody has rights


def allowed() -> bool:
    """Whether the viewer may write SQL."""
    return os.environ.get(RIGHT) == "1"


def limits() -> Limits:
    """What of the build the viewer's questions run on: what the viewer sees of it anyway."""
    return store.reader().limits


def person() -> str:
    """Whose kept questions and history these are."""
    return author()
