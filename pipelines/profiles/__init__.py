"""The profiles: how each source system spells its exports, one TOML file a system and feed.

`known_profiles()` gives all of them: those that ship with Rounds, our own plain layout of every
feed, and what a user has put into the home's `profiles/` folder (which win over ours by name).
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from pipelines.errors import ProfileProblem
from pipelines.feeds import FEEDS, Feed
from pipelines.profiles.model import (
    Cell,
    Context,
    Derived,
    Facts,
    Layout,
    Profile,
    Source,
    Wide,
)
from pipelines.profiles.read import read_profile

HERE = Path(__file__).parent

__all__ = [
    "Cell",
    "Context",
    "Derived",
    "Facts",
    "Layout",
    "Profile",
    "Source",
    "Wide",
    "fingerprint",
    "known_profiles",
    "plain_profile",
    "read_profile",
]


def known_profiles(folder: Path | None = None) -> dict[str, Profile]:
    """All profiles by name; `folder` holds the user's own. ProfileProblem on a faulty file."""
    profiles = dict(_shipped())
    for path in sorted(folder.glob("*.toml")) if folder and folder.is_dir() else []:
        profile = read_profile(path)
        profiles[profile.name] = profile
    return profiles


def fingerprint(folder: Path | None = None) -> str:
    """A digest of the text of all profiles; `folder` holds the user's own."""
    own = sorted(folder.glob("*.toml")) if folder and folder.is_dir() else []
    texts = [path.read_bytes() for path in (*sorted(HERE.glob("*.toml")), *own)]
    return sha256(b"\0".join([repr(FEEDS).encode(), *texts])).hexdigest()


@cache
def _shipped() -> dict[str, Profile]:
    profiles = {plain.name: plain for plain in map(plain_profile, FEEDS.values())}
    for path in sorted(HERE.glob("*.toml")):
        profile = read_profile(path)
        if profile.name in profiles:
            raise ProfileProblem(f"profile {path.name}: the name `{profile.name}` is taken.")
        profiles[profile.name] = profile
    return profiles


def plain_profile(feed: Feed) -> Profile:
    """Our own plain layout of a feed: the headings are the names of the feed's columns."""
    sources = tuple(
        Source(name=column.name, headings=(column.name,), kind=column.kind,
               required=column.required, percent="points" if column.unit == "%" else None)
        for column in feed.columns
    )  # fmt: skip
    cells = {column.name: Cell(column=column.name) for column in feed.columns}
    money = feed.money
    return Profile(
        name=f"rounds_{feed.name}",
        title=f"Rounds plain layout: {feed.title.lower()}",
        system="rounds",
        sources=sources,
        facts=(Facts(feed=feed.name, cells=cells),),
        slice=feed.slice,
        amount=money,
    )
