"""Tables as found, made from text, for the tests of the steps that follow."""

from __future__ import annotations

from pathlib import Path

from pipelines.ingest.conform import Conformed, conform
from pipelines.ingest.match import Match, known_headings, match
from pipelines.ingest.read import Found, tables
from pipelines.profiles import Profile, known_profiles, read_profile

PROFILES = known_profiles()


def found(folder: Path, text: str, name: str = "export.csv") -> Found:
    """The only table in a file of this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    [table] = tables(path, known_headings(PROFILES))
    return table


def conformed(table: Found, profile: Profile, **options: str) -> tuple[Conformed, Match]:
    fit = match(table, {profile.name: profile})
    return conform(table, fit, options), fit


def profile_of(folder: Path, text: str) -> Profile:
    """A profile of this TOML; its name, title and system are added."""
    path = folder / "acme.toml"
    path.write_text(f'name = "acme"\ntitle = "Acme"\nsystem = "acme"\n{text}', encoding="utf-8")
    return read_profile(path)
