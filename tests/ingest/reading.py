"""Tables as found, made from text, for the tests of the steps that follow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipelines.feeds import FEEDS
from pipelines.ingest.conform import Conformed, conform
from pipelines.ingest.match import Match, known_headings, match
from pipelines.ingest.read import Found, tables
from pipelines.profiles import Profile, known_profiles, plain_profile, read_profile

PROFILES = known_profiles()
# The plain layouts and a few profiles that stay as they are, whatever else is shipped: what is said
# of a table hangs on all profiles that it is held against.
FEW = {plain.name: plain for plain in map(plain_profile, FEEDS.values())} | {
    path.stem: read_profile(path) for path in sorted((Path(__file__).parent / "profiles").iterdir())
}


def found(
    folder: Path,
    text: str,
    name: str = "export.csv",
    profiles: Mapping[str, Profile] = PROFILES,
) -> Found:
    """The only table in a file of this text, read by who knows these profiles."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    [table] = tables(path, known_headings(profiles))
    return table


def conformed(table: Found, profile: Profile, **options: str) -> tuple[Conformed, Match]:
    fit = match(table, {profile.name: profile})
    return conform(table, fit, options), fit


def profile_of(folder: Path, text: str) -> Profile:
    """A profile of this TOML; its name, title and system are added."""
    path = folder / "acme.toml"
    path.write_text(f'name = "acme"\ntitle = "Acme"\nsystem = "acme"\n{text}', encoding="utf-8")
    return read_profile(path)
