"""What a home has in the lake: one small file that names every other, replaced last.

Who reads the lake reads the manifest first, and only the files that it names. Files that the former
manifest named are kept until the next write, so that who holds that one can go on reading.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipelines.errors import StoreProblem
from pipelines.lake.layout import MANIFEST
from pipelines.lake.places import Place

FORM = 1


@dataclass(frozen=True, slots=True)
class Part:
    """The files of a month of a feed, or of a table, and the sums of what they hold.

    `sums` has of each measure the sum of all rows and that of the standing ones, as text.
    """

    files: tuple[str, ...]
    rows: int
    standing: int
    sums: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A home's part of the lake: up to which event, and what it consists of.

    `owner` tells one home from another of the same name, `moment` is that of the event: a record
    that was brought back from a backup has the same numbers for other loads. `build` is the
    published build whose small tables it has, `shape` that of its files' columns. `parts` are
    by folder (`feed=…/year=…/month=…` or `table=…`), `former` the files that only the manifest
    before named.
    """

    owner: str
    event: int
    moment: str
    build: str
    shape: str
    written: str
    parts: dict[str, Part]
    former: tuple[str, ...] = ()

    @property
    def files(self) -> frozenset[str]:
        """Every file that it names, within the folder of the home."""
        return frozenset(file for part in self.parts.values() for file in part.files)

    def of(self, feed: str) -> Iterator[tuple[str, Part]]:
        """The months of a feed, by folder."""
        for name, part in self.parts.items():
            if name.startswith(f"feed={feed}/"):
                yield name, part

    def text(self) -> bytes:
        """As it is written."""
        told = {
            "form": FORM, "owner": self.owner, "event": self.event, "moment": self.moment,
            "build": self.build, "shape": self.shape, "written": self.written,
            "parts": {
                name: {"files": part.files, "rows": part.rows, "standing": part.standing,
                       "sums": part.sums}
                for name, part in sorted(self.parts.items())
            },
            "former": self.former,
        }  # fmt: skip
        return json.dumps(told, indent=1).encode()


def read(place: Place, home: str) -> Manifest | None:
    """The manifest of a home in the lake; None where it has none.

    StoreProblem where it can't be understood.
    """
    content = place.get(f"home={home}/{MANIFEST}")
    if content is None:
        return None
    try:
        told: dict[str, Any] = json.loads(content)
        if told["form"] != FORM:
            raise KeyError("form")
        parts = {
            name: Part(tuple(p["files"]), p["rows"], p["standing"],
                       {column: tuple(pair) for column, pair in p["sums"].items()})
            for name, p in told["parts"].items()
        }  # fmt: skip
        return Manifest(
            told["owner"], told["event"], told["moment"], told["build"], told["shape"],
            told["written"], parts, tuple(told["former"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreProblem(
            f"The manifest of home {home} in the lake is none that this version reads. "
            "Move that home's folder away, and run `rounds lake`."
        ) from None


def homes(place: Place) -> list[str]:
    """The homes that have written into a lake, by name."""
    local = place.local
    if local is not None:
        found = (p.parent.name for p in local.glob(f"home=*/{MANIFEST}"))
    else:
        names = (n for n in place.names("") if n.endswith(f"/{MANIFEST}") and n.count("/") == 1)
        found = (name.partition("/")[0] for name in names)
    return sorted(name.removeprefix("home=") for name in found)
