"""What became of one table of one file, and how files are called where people read of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.ingest import privacy
from pipelines.warehouse.batch import Loaded


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one table of one file; the command line prints it."""

    path: str
    sha256: str | None
    profile: str | None
    status: str  # loaded, unchanged or refused
    loaded: Loaded | None = None
    problem: str | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def clean(self) -> bool:
        """Whether nothing was refused and nothing set aside."""
        return self.status != "refused" and not (self.loaded and self.loaded.quarantined)

    def as_json(self) -> dict[str, Any]:
        """The entry of the command line's contract; money as decimal strings."""
        loaded = self.loaded
        money = loaded.money if loaded else None
        return {
            "path": self.path,
            "sha256": self.sha256,
            "profile": self.profile,
            "status": self.status,
            "load": loaded.event if loaded else None,
            "records": loaded.records if loaded else 0,
            "accepted": loaded.accepted if loaded else 0,
            "duplicate": loaded.duplicate if loaded else 0,
            "quarantined": loaded.quarantined if loaded else 0,
            "furniture": loaded.furniture if loaded else 0,
            "rows": loaded.rows if loaded else {},
            "superseded": loaded.superseded if loaded else 0,
            "money": {
                "read": f"{money.read:f}",
                "accepted": f"{money.accepted:f}",
                "duplicate": f"{money.duplicate:f}",
                "quarantined": f"{money.quarantined:f}",
                "unreadable": money.unreadable,
            }
            if money
            else None,
            "problem": self.problem,
            "notes": list(self.notes),
        }


def named(path: Path, part: str | None = None) -> str:
    """A file and its part as they may be written down: without a person's name or number."""
    name = str(path.with_name(privacy.clean_name(path.name)))
    return name if part is None else f"{name}#{privacy.clean_name(part)}"
