"""How the files of one run are read: the profiles, and what people said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipelines.ingest.answers import answered
from pipelines.profiles import Profile, fingerprint, known_profiles, read_profile
from pipelines.settings import Home
from pipelines.state import What, standing


@dataclass(frozen=True)
class Way:
    """How files are read: the profiles, and what the command line and earlier answers say."""

    home: Home
    name: str | None
    options: dict[str, str]

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """All profiles, with the answers of people in them; read when a file needs them."""
        return answered(known_profiles(self.home.profiles), self.home)

    def check(self) -> None:
        """ProfileProblem where a profile of the user's own is faulty; ours are tested."""
        for path in self.home.profiles.glob("*.toml"):
            read_profile(path)

    @cached_property
    def mark(self) -> str:
        """A digest of what decides how any file is read, besides its bytes and its name."""
        said = [(d.scope, d.name, d.value) for what in (What.ANSWER, What.PERIOD)
                for d in standing(self.home, what)]  # fmt: skip
        own = fingerprint(self.home.profiles)
        told = [own, self.name, sorted(self.options.items()), said, self.home.group().fiscal_start]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def of(self, path: Path) -> str:
        """The digest for a file of this name."""
        return hashlib.sha256(f"{self.mark}\0{path.name}".encode()).hexdigest()
