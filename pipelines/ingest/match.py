"""Which profile a table belongs to: the one whose columns explain its headings best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pipelines.errors import FileProblem
from pipelines.ingest.patients import turn_away_patients
from pipelines.ingest.read import Found
from pipelines.ingest.sniff import normalise_heading
from pipelines.profiles import Profile


@dataclass(frozen=True, slots=True)
class Match:
    """A profile that fits a table: which of its columns stands in which place (`c0`, `c1`, …)."""

    profile: Profile
    places: dict[str, str]
    unused: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of the profile's columns that were found, between 0 and 1."""
        return len(self.places) / max(1, len(self.profile.sources))


def known_headings(profiles: Mapping[str, Profile]) -> list[frozenset[str]]:
    """For each profile the set of its normalised headings, as the reader wants them."""
    return [
        frozenset(normalise_heading(h) for source in p.sources for h in source.headings)
        for p in profiles.values()
    ]


def match(found: Found, profiles: Mapping[str, Profile], name: str | None = None) -> Match:
    """The profile of a table.

    `name` is the user's own choice. FileProblem when no profile fits, when two fit equally well,
    or when the headings are those of patients.
    """
    candidates = [profiles[name]] if name else list(profiles.values())
    fits = [fit for fit in (_fit(found, p) for p in candidates) if fit is not None]
    fits.sort(key=lambda fit: (len(fit.places), fit.share), reverse=True)
    if not fits:
        turn_away_patients(found, None)
        raise _unknown(found, candidates)
    if len(fits) > 1 and _rank(fits[0]) == _rank(fits[1]):
        raise FileProblem(
            found.path,
            f"could be {fits[0].profile.name} or {fits[1].profile.name}: say which with --profile.",
            found.part,
        )
    best = fits[0]
    turn_away_patients(found, best.profile)
    return best


def _rank(fit: Match) -> tuple[int, float]:
    return len(fit.places), fit.share


def _fit(found: Found, profile: Profile) -> Match | None:
    headings = [normalise_heading(h) for h in found.headings]
    places: dict[str, str] = {}
    for source in profile.sources:
        spellings = [normalise_heading(h) for h in source.headings]
        index = next((headings.index(s) for s in spellings if s in headings), None)
        if index is not None:
            places[source.name] = f"c{index}"
        elif source.required:
            return None
    used = set(places.values())
    unused = tuple(h for i, h in enumerate(found.headings) if f"c{i}" not in used and h)
    return Match(profile, places, unused)


def _unknown(found: Found, candidates: list[Profile]) -> FileProblem:
    """Name the nearest profile and what it misses: headings are no secret, cells are."""
    headings = {normalise_heading(h) for h in found.headings if h}

    def missing(profile: Profile) -> list[str]:
        return [
            source.headings[0]
            for source in profile.sources
            if source.required
            and not headings & {normalise_heading(spelling) for spelling in source.headings}
        ]

    def nearness(profile: Profile) -> float:
        needed = [s for s in profile.sources if s.required]
        return 1 - len(missing(profile)) / max(1, len(needed))

    nearest = max(candidates, key=nearness)
    if nearness(nearest) < 0.5:
        hint = "`rounds template` shows the layouts that can always be loaded"
    else:
        lacks = ", ".join(f"“{name}”" for name in missing(nearest))
        close = get_close_matches(
            normalise_heading(missing(nearest)[0]), list(headings), n=1, cutoff=0.75
        )
        meant = f" (is “{close[0]}” meant?)" if close else ""
        hint = f"it comes nearest to {nearest.name}, which also needs {lacks}{meant}"
    return FileProblem(found.path, f"matches no profile: {hint}.", found.part)
