"""Which profile a table belongs to: the one whose columns explain its headings best.

A heading is taken for a column where it is spelled as the profile says, else where only its marks
and blanks differ, else where it is that spelling mistyped and can mean nothing else. What could be
two things is a question to the user, who answers it with `--column "Heading=name"`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pipelines.errors import FileProblem, UsageProblem
from pipelines.ingest.columns import (
    ANSWERED,
    SPELLING,
    Columns,
    may_fit,
    place_columns,
    spelled,
    vocabulary,
)
from pipelines.ingest.kinds import first_cells, share_of_kind
from pipelines.ingest.patients import turn_away_patients
from pipelines.ingest.read import Found
from pipelines.ingest.sniff import normalise_heading
from pipelines.ingest.spelling import Spellings
from pipelines.ingest.statements import statement
from pipelines.ingest.wide import refuse_twins, widen
from pipelines.profiles import Profile, Source
from pipelines.profiles.unwanted import unwanted

WEIGHT = {SPELLING: 0.9}  # of a column found by a misspelt heading, where others count 1
STRANGE = 0.1  # a column of which fewer cells are of its kind is not the one that is meant
APART = 0.05  # by how much more cells must be of the declared kinds, for that to decide


@dataclass(frozen=True, slots=True)
class Match:
    """A profile that fits a table: which of its columns stands in which place (`c0`, `c1`, …).

    `how` tells how each column was found ("exact", "marks", "spelling", "answer"); `questions` are
    headings that could be two things; `answers` are those of the user that were used, as
    `Heading=name`; `missing` are the required columns that no heading stands for, none where the
    profile fits; `score` counts the columns, those less that their cells contradict.
    """

    profile: Profile
    places: dict[str, str]
    unused: tuple[str, ...]
    how: dict[str, str]
    questions: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[Source, ...] = ()
    score: float = 0.0
    of_kind: float | None = None
    usual: int = 0  # how many columns bear the first of their spellings

    @property
    def share(self) -> float:
        """The share of the profile's columns that were found, between 0 and 1."""
        return len(self.places) / max(1, len(self.profile.sources))

    @property
    def rank(self) -> tuple[bool, float, int, float, bool]:
        """What decides between two profiles that fit: those that load before those that refuse.

        Of two that explain as much, the one whose usual headings stand there. Where all else is
        equal, our own plain layout is meant: nobody else spells its headings so.
        """
        plain = self.profile.system == "rounds"
        return not self.profile.refuse, self.score, self.usual, self.share, plain


def known_headings(profiles: Mapping[str, Profile]) -> list[frozenset[str]]:
    """For each profile the set of its normalised headings, as the reader wants them."""
    return [
        frozenset(normalise_heading(h) for source in p.sources for h in source.headings)
        for p in profiles.values()
    ]


def chosen(options: Mapping[str, str] | None) -> dict[str, str]:
    """The answers of `--column`, one a line of the option: heading (or `#3`) → column's name.

    A heading that is to be left unread has no name. UsageProblem where a line has no `=`.
    """
    answers: dict[str, str] = {}
    for line in (options or {}).get("column", "").splitlines():
        heading, equals, name = line.rpartition("=")
        if not equals:
            raise UsageProblem(
                'A column is chosen as --column "Heading=name", or "#3=name" for the third one; '
                "`rounds inspect` lists the names."
            )
        answers[normalise_heading(heading)] = name.strip()
    return answers


def match(
    found: Found,
    profiles: Mapping[str, Profile],
    name: str | None = None,
    answers: Mapping[str, str] | None = None,
) -> Match:
    """The profile of a table.

    `name` is the user's own choice, `answers` say which heading is which column (see `chosen`).
    FileProblem when no profile fits, when two fit equally well, when a heading could be two
    columns, or when the headings are those of patients.
    """
    fits = ranked(found, profiles, name, answers)
    if not fits:
        turn_away_patients(found, None)
        raise _unknown(found, profiles, name, answers or {})
    best = fits[0]
    turn_away_patients(found, best.profile)
    if best.profile.refuse:
        raise FileProblem(found.path, best.profile.refuse, found.part)
    refuse_twins(found, best.profile)
    if question := open_question(fits, answers):
        raise FileProblem(found.path, question, found.part)
    return best


def ranked(
    found: Found,
    profiles: Mapping[str, Profile],
    name: str | None = None,
    answers: Mapping[str, str] | None = None,
) -> list[Match]:
    """The profiles that fit a table, the best first.

    Two that explain as many headings are told apart by how many of the first cells are of the kinds
    that they declare.
    """
    spellings = vocabulary(profiles.values())
    candidates = {name: profiles[name]} if name else profiles
    likely = may_fit(found.headings, candidates.values(), spellings, answers or {})
    fits = [
        fit
        for fit in _placed(found, likely, spellings, answers or {})
        if not fit.missing and len(set(fit.places.values())) >= fit.profile.least
    ]
    if len(fits) > 1:
        fits = [judged(found, fit) for fit in fits]
    return sorted(fits, key=lambda fit: (*fit.rank, fit.of_kind or 0.0), reverse=True)


def compared(
    found: Found,
    profiles: Mapping[str, Profile],
    name: str | None = None,
    answers: Mapping[str, str] | None = None,
) -> list[Match]:
    """What each profile explains of a table, also where it doesn't fit.

    A profile of a wide layout stands there with the columns that this table has for its periods;
    one that has none of them, or that is for another report, is left out.
    """
    candidates = [profiles[name]] if name else list(profiles.values())
    return _placed(found, candidates, vocabulary(profiles.values()), answers or {})


def _placed(
    found: Found,
    candidates: Iterable[Profile],
    spellings: Spellings,
    answers: Mapping[str, str],
) -> list[Match]:
    widened = (widen(profile, found.headings) for profile in candidates)
    return [
        _match(found, profile, place_columns(found, profile, spellings, answers), {})
        for profile in widened
        if profile is not None and _right_report(found, profile)
    ]


def _right_report(found: Found, profile: Profile) -> bool:
    """Whether the table says that it is the report which the profile's layout is for."""
    report = profile.layout.report if profile.layout else None
    above = (cell for row in found.preamble for cell in row)
    return report is None or any(map(report.search, (found.path.name, found.part or "", *above)))


def judged(found: Found, fit: Match) -> Match:
    """The match with its score by the kinds of its first cells too."""
    kinds = {source.name: source for source in fit.profile.sources}
    shares = {
        name: share_of_kind(first_cells(found.frame, place), kinds[name])
        for name, place in fit.places.items()
    }
    return _match(found, fit.profile, fit, shares)


def sureness(fits: list[Match]) -> float:
    """How sure the best of judged fits is, between 0 and 1.

    The mean weight of its columns, times the share of first cells of the declared kinds; less where
    another profile explains more than half as much.
    """
    best = fits[0]
    if not best.places:
        return 0.0
    sure = best.score / len(best.places) * (1.0 if best.of_kind is None else best.of_kind)
    lead = 1.0 - fits[1].score / max(best.score, 1.0) if len(fits) > 1 else 1.0
    return round(sure * min(1.0, 0.5 + lead), 2)


def open_question(fits: list[Match], answers: Mapping[str, str] | None = None) -> str | None:
    """What must be asked before the best of the fits may be used; None when nothing must."""
    best = fits[0]
    if len(fits) > 1 and best.rank == fits[1].rank:
        kinds = (best.of_kind or 0.0) - (fits[1].of_kind or 0.0)
        if kinds <= APART:
            return (
                f"could be {best.profile.name} or {fits[1].profile.name}: say which with --profile."
            )
    names = {source.name for source in best.profile.sources}
    for name in (answers or {}).values():
        if name and name not in names:
            near = get_close_matches(name, names, n=1)
            meant = f" (is `{near[0]}` meant?)" if near else ""
            return (
                f"is taken for {best.profile.name}, which has no column `{name}`{meant}; it has "
                f"{', '.join(f'`{n}`' for n in sorted(names))}. Name one of these with --column."
            )
    return best.questions[0] if best.questions else None


def _match(
    found: Found, profile: Profile, columns: Columns | Match, shares: Mapping[str, float | None]
) -> Match:
    told = [share for share in shares.values() if share is not None]
    used = set(columns.places.values())
    return Match(
        profile=profile,
        places=columns.places,
        how=columns.how,
        questions=columns.questions,
        answers=columns.answers,
        notes=columns.notes,
        missing=columns.missing,
        unused=tuple(h for i, h in enumerate(found.headings) if f"c{i}" not in used and h),
        score=_score(columns, shares),
        of_kind=sum(told) / len(told) if told else None,
        usual=_usual(found, profile, columns.places),
    )


def _usual(found: Found, profile: Profile, places: Mapping[str, str]) -> int:
    firsts = {source.name: spelled(source)[0] for source in profile.sources}
    inside = {n: int(p[1:]) for n, p in places.items() if not p.startswith("c-")}
    return sum(normalise_heading(found.headings[i]) == firsts[n] for n, i in inside.items())


def _score(columns: Columns | Match, shares: Mapping[str, float | None]) -> float:
    """The columns that were found; two that are read from one place count as one."""
    best: dict[str, float] = {}
    for name, how in columns.how.items():
        place = columns.places[name]
        best[place] = max(best.get(place, 0.0), _weight(how, shares.get(name)))
    return sum(best.values())


def _weight(how: str, share: float | None) -> float:
    if how == ANSWERED:
        return 1.0
    return 0.0 if share is not None and share < STRANGE else WEIGHT.get(how, 1.0)


def _unknown(
    found: Found, profiles: Mapping[str, Profile], name: str | None, answers: Mapping[str, str]
) -> FileProblem:
    """Name the nearest profile and what it misses: headings are no secret, cells are."""
    known = unwanted(found.headings, found.part, found.frame.height)
    if known and not name:
        return FileProblem(found.path, known, found.part)
    if told := statement(found):
        return FileProblem(found.path, told, found.part)
    if not name and (other := _other_report(found, profiles, answers)):
        return FileProblem(found.path, f"matches no profile: {other}.", found.part)
    best = min(
        compared(found, profiles, name, answers),
        key=lambda fit: (bool(fit.profile.refuse), lacking(fit), -fit.usual),
    )
    missing, nearest = best.missing, best.profile
    if lacking(best) > 0.5:
        hint = "`rounds template` shows the layouts that can always be loaded"
    elif not missing:
        hint = f"it comes nearest to {nearest.name}, which needs more of its columns"
    else:
        lacks = ", ".join(f"“{source.headings[0]}”" for source in missing)
        hint = f"it comes nearest to {nearest.name}, which also needs {lacks}"
        hint += _meant(found, nearest, missing[0])
    return FileProblem(found.path, f"matches no profile: {hint}.", found.part)


def _other_report(
    found: Found, profiles: Mapping[str, Profile], answers: Mapping[str, str]
) -> str | None:
    """The report whose headings a table has without being called so; None where there is none."""
    spellings = vocabulary(profiles.values())
    for profile in profiles.values():
        if _right_report(found, profile) or widen(profile, found.headings) is not profile:
            continue
        if not place_columns(found, profile, spellings, answers).missing:
            return (
                f"it has the headings of {profile.name}, but does not say above them that it is "
                "that report"
            )
    return None


def lacking(fit: Match) -> float:
    """The share of the required columns that a table has not."""
    needed = sum(source.required and not source.instead for source in fit.profile.sources)
    return len(fit.missing) / max(1, needed)


def _meant(found: Found, profile: Profile, missing: Source) -> str:
    """The heading that may be meant by the missing one, and how to say so."""
    known = {heading for source in profile.sources for heading in spelled(source)}
    headings = {normalise_heading(h): h for h in found.headings if h}
    wanted = [heading for heading in headings if heading not in known]
    for heading in spelled(missing):
        for close in get_close_matches(heading, wanted, n=1, cutoff=0.75):
            meant = headings[close]
            return f' (if “{meant}” is meant, say so with --column "{meant}={missing.name}")'
    return ""
