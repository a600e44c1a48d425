"""How the columns of a table are written, where only the whole column can tell.

A long table comes in pieces. The first piece decides how each column is read, every piece votes,
and at the end the votes of all must decide the same: else the table is read anew by what they say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipelines.ingest.amounts import DecimalVotes
from pipelines.ingest.moments import DateVotes

Votes = TypeVar("Votes", DecimalVotes, DateVotes)


@dataclass(slots=True)
class Styles:
    """The votes by which columns are read (`used`), and those of all pieces so far (`seen`).

    `stated` holds what the profile or the format says of a column; it is decided with.
    """

    used: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    stated: dict[str, bool | None] = field(default_factory=dict)

    def of(self, column: str, stated: bool | None) -> Callable[[Votes], Votes]:
        """What a further piece's votes go through, to the votes by which its cells are read."""
        self.stated[column] = stated

        def settle(votes: Votes) -> Votes:
            self.seen[column] = self.seen[column] + votes if column in self.seen else votes
            used: Votes = self.used.setdefault(column, votes)
            return used

        return settle

    def hold(self) -> bool:
        """Whether all pieces together decide what every piece was read by."""
        return all(
            votes.decide(self.stated[column]) == self.used[column].decide(self.stated[column])
            for column, votes in self.seen.items()
        )

    def anew(self) -> Styles:
        """The styles for reading the table again, by the votes of all its pieces."""
        return Styles(used=dict(self.seen))
