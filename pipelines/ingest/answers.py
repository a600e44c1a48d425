"""What people answered to a file's questions: which of two readings a column means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipelines.errors import UsageProblem
from pipelines.feeds import Kind
from pipelines.profiles import Profile, Source
from pipelines.settings import Home
from pipelines.state import What, standing

FITS = {
    "day-first": (Kind.DATE, Kind.MOMENT),
    "month-first": (Kind.DATE, Kind.MOMENT),
    "decimal-comma": (Kind.MONEY, Kind.NUMBER, Kind.WHOLE),
    "decimal-point": (Kind.MONEY, Kind.NUMBER, Kind.WHOLE),
}


def answers_of(home: Home) -> dict[str, dict[str, str]]:
    """The answers that stand: by profile, by column."""
    found: dict[str, dict[str, str]] = {}
    for decision in standing(home, What.ANSWER):
        found.setdefault(decision.scope, {})[decision.name] = decision.value["answer"]
    return found


def answered(profiles: Mapping[str, Profile], home: Home) -> dict[str, Profile]:
    """The profiles with what people answered: it decides where a whole column leaves it open."""
    said = answers_of(home)
    return {name: with_answers(p, said.get(name, {})) for name, p in profiles.items()}


def with_answers(profile: Profile, said: Mapping[str, str]) -> Profile:
    """A profile with answers by column."""
    if not said:
        return profile
    sources = tuple(replace(s, answer=said.get(s.name, s.answer)) for s in profile.sources)
    return replace(profile, sources=sources)


def with_settled(profile: Profile, said: Mapping[str, str]) -> Profile:
    """A profile for some records of a file whose columns are decided, whatever the cells say."""
    sources = tuple(replace(s, settled=said.get(s.name)) for s in profile.sources)
    return replace(profile, sources=sources)


def asked(profile: Profile, column: str, answer: str) -> Source:
    """The column that an answer is about, by its name or a heading.

    UsageProblem when there is no such column, or the answer doesn't fit its kind.
    """
    wanted = column.strip().lower()
    for source in profile.sources:
        if wanted in (source.name.lower(), *(h.lower() for h in source.headings)):
            break
    else:
        listed = ", ".join(s.name for s in profile.sources if s.kind is not Kind.TEXT)
        raise UsageProblem(f"{profile.name} has no column {column}; known are {listed}.")
    if answer not in FITS:
        raise UsageProblem(f"There is no answer {answer}; known are {', '.join(FITS)}.")
    if source.kind not in FITS[answer]:
        raise UsageProblem(f"Column {source.name} holds {source.kind}s: {answer} says nothing.")
    return source


def override_period(home: Home, profile: str, file: str) -> str | None:
    """The day that a person said a file of this name stands for; None where nobody has."""
    for decision in standing(home, What.PERIOD):
        if (decision.scope, decision.name) == (profile, file):
            return decision.value["period"]
    return None
