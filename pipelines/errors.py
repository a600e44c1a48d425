"""Everything that can go wrong with a file, a definition, a command or the store.

    RoundsError
    ├── FileProblem       the file is no table that we can read
    ├── ProfileProblem    a profile says something it cannot mean
    ├── UsageProblem      the command was asked for what it cannot do
    │   └── NotShown      what was asked for isn't shown to who asks
    └── StoreProblem      the store cannot be opened, read or written

Bad rows are no errors: they are data, and go to quarantine with their reasons. A message says
what, where, what was expected and what to do. It never carries a cell's value: messages end up in
logs, and a cell may name a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class RoundsError(Exception):
    """Whatever Rounds itself raises: its text is one sentence for the person at the keyboard."""


class FileProblem(RoundsError):
    """The file is no table that we can read: unknown, empty, encrypted, cut short.

    `path` is the file, `part` the sheet or archive member where that is known.
    """

    def __init__(self, path: Path, message: str, part: str | None = None) -> None:
        self.path = path
        self.part = part
        where = path.name if part is None else f"{path.name}#{part}"
        super().__init__(f"{where} {message}")


class ProfileProblem(RoundsError):
    """A profile says something it cannot mean; the text names the file and the place in it."""


class UsageProblem(RoundsError):
    """The command was asked for what it cannot do; nothing was changed."""


class NotShown(UsageProblem):
    """What was asked for isn't shown to who asks; the text says so, and nothing of what it is."""


class StoreProblem(RoundsError):
    """The store cannot be opened, read or written: locked by another process, or a full disk."""


def nearest(name: str, known: Iterable[str], otherwise: str, *, cutoff: float = 0.6) -> str:
    """ "did you mean …?" with the known name next to one that isn't; else what helps instead."""
    close = get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return f"did you mean {close[0]}?" if close else otherwise
