"""The build as somebody sees it: the one way by which pages, packs and commands open it."""

from __future__ import annotations

import os
from dataclasses import replace

from pipelines.access.people import Viewer, find, owner
from pipelines.access.roles import Right
from pipelines.errors import NotShown
from pipelines.settings import Home
from pipelines.state import author
from pipelines.warehouse.reader import Reader, open_build

VIEWER = "ROUNDS_VIEWER"  # the login in whose view a command runs


def opened(home: Home, viewer: Viewer | None = None, *, external: bool = False) -> Reader:
    """The current build as a viewer sees it; without one, as the command's does.

    `external` figures leave the group: small counts of patients are withheld.
    UsageProblem when nothing was published yet, or nobody has the login.
    """
    reader = open_build(home)
    limits = (viewer or viewer_of_command(home)).limits(reader)
    return reader.limited(replace(limits, external=external))


def viewer_of_command(home: Home) -> Viewer:
    """In whose view a command runs: the login that ROUNDS_VIEWER names, else its owner's.

    Who can read the home's files sees everything anyway. NotShown for a login that was ended.
    """
    login = os.environ.get(VIEWER)
    if not login:
        return owner(author())
    person = find(home, login)
    if not person.active:
        raise NotShown(f"The login {person.login} was ended. An administrator can open it again.")
    return person.viewer()


def permit(home: Home, right: str) -> None:
    """NotShown unless who a command runs for has a right."""
    viewer = viewer_of_command(home)
    if not viewer.may(Right(right)):
        raise NotShown(
            f"{viewer.name} may not do this: it needs the right to {right}. "
            "`rounds access roles` tells which roles have it."
        )
