"""What a file is taken for, without loading it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import FileProblem, UsageProblem
from pipelines.feeds import FEEDS, Kind
from pipelines.ingest import check
from pipelines.ingest.answers import answered
from pipelines.ingest.conform import Conformed, conform
from pipelines.ingest.facts import build_facts
from pipelines.ingest.kinds import first_cells, readable, reading
from pipelines.ingest.match import (
    Match,
    chosen,
    compared,
    judged,
    known_headings,
    lacking,
    match,
    ranked,
    sureness,
)
from pipelines.ingest.preview import previewed
from pipelines.ingest.privacy import guard, sentence, told
from pipelines.ingest.propose import propose
from pipelines.ingest.read import Found, tables
from pipelines.ingest.report import Arranged, arrange
from pipelines.ingest.totals import Tally
from pipelines.profiles import Profile, Source, known_profiles
from pipelines.settings import Home

FIRST = 3  # record numbers, and reasons, that are named as examples
MANY = 10


def inspect_file(
    path: Path,
    home: Home,
    profile: str | None = None,
    options: dict[str, str] | None = None,
    *,
    proposing: bool = False,
    feed: str | None = None,
    rows: bool = False,
) -> list[dict[str, Any]]:
    """For each table of the file: how it was read, its profile, the mapping, the first problems.

    `proposing` adds a profile for a table as a `proposal` (for `feed`, or the one that fits best,
    with what the option `column` says of its headings);
    `rows` adds the first records, and the first that would be set aside, as they may be kept.
    UsageProblem when the file isn't there, or the profile or feed isn't known; a table that can't
    be read is an entry with its `problem`.
    """
    if not path.is_file():
        raise UsageProblem(f"There is no file {path}. Check the path.")
    profiles = answered(known_profiles(home.profiles), home)
    if profile and profile not in profiles:
        raise UsageProblem(f"There is no profile {profile}. `rounds status --profiles` lists them.")
    if feed and feed not in FEEDS:
        raise UsageProblem(f"There is no feed {feed}; known are {', '.join(FEEDS)}.")
    # What is said of columns is then meant for the proposal.
    said = {k: v for k, v in (options or {}).items() if not (proposing and k == "column")}
    seen = []
    try:
        for found in tables(path, known_headings(profiles)):
            entry = _seen(found, profiles, profile, said, home.group().currency, rows)
            if proposing:
                entry |= _proposed(found, profiles, feed, chosen(options))
            seen.append(entry)
    except FileProblem as error:
        seen.append({"table": path.name, "problem": sentence(error)})
    return seen


def _proposed(
    found: Found, profiles: dict[str, Profile], feed: str | None, told: dict[str, str]
) -> dict[str, Any]:
    try:
        proposal = propose(found, profiles, feed, told)
    except FileProblem as error:
        return {"problem": sentence(error)}
    return {"proposal": proposal.as_json()}


def _seen(
    found: Found,
    profiles: dict[str, Profile],
    name: str | None,
    options: dict[str, str],
    currency: str,
    rows: bool,
) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "table": found.label,
        "format": found.format,
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "header_record": found.header_record,
        "records": found.frame.height,
        "headings": list(found.headings),
        "profile": None,
        "problem": None,
    }
    answers = chosen(options)
    fits = [judged(found, fit) for fit in ranked(found, profiles, name, answers)]
    if not fits:
        near = sorted(
            compared(found, profiles, name, answers), key=lambda m: (lacking(m), -m.score)
        )
        seen |= {"runners_up": [_runner(fit) for fit in near if lacking(fit) <= 0.5][:FIRST]}
    else:
        seen |= _mapped(found, fits)
    try:
        fit = match(found, profiles, name, answers)
        arranged = arrange(found, fit)
        frame, masked = guard(
            arranged.found.frame, arranged.fit.places, arranged.fit.profile, b"inspect"
        )
        table = conform(replace(arranged.found, frame=frame), arranged.fit, options)
    except FileProblem as error:
        return seen | {"problem": sentence(error)}
    seen["notes"] = [*seen.get("notes", ()), *told(masked)]
    return seen | _records(arranged, table, currency, rows)


def _mapped(found: Found, fits: list[Match]) -> dict[str, Any]:
    """The best profile, how sure it is, what else it could be, and its columns."""
    fit = fits[0]
    names = {place: name for name, place in fit.places.items()}
    places = [names.get(f"c{index}") for index in range(len(found.headings))]
    return {
        "profile": fit.profile.name,
        "title": fit.profile.title,
        "sure": sureness(fits),
        "feeds": list(fit.profile.feeds),
        "carried": dict(fit.profile.layout.carry) if fit.profile.layout else {},
        "runners_up": [_runner(other) for other in fits[1:4]],
        "mapping": dict(zip(found.headings, places, strict=True)),
        "columns": [_column(found, fit, index, name) for index, name in enumerate(places) if name],
        "dropped": [
            heading or f"#{index + 1}"
            for index, (heading, name) in enumerate(zip(found.headings, places, strict=True))
            if not name
        ],
        "absent": [s.name for s in fit.profile.sources if s.name not in fit.places],
        "notes": list(fit.notes),
        "questions": [{"column": None, "question": q, "answer": "--column"} for q in fit.questions],
    }


def _runner(fit: Match) -> dict[str, Any]:
    return {
        "profile": fit.profile.name,
        "title": fit.profile.title,
        "columns": len(fit.places),
        "of": len(fit.profile.sources),
        "missing": [source.headings[0] for source in fit.missing],
    }


def _column(found: Found, fit: Match, index: int, name: str) -> dict[str, Any]:
    """One column: where it stands, its kind, how it was found and how its cells are read.

    `filled` and `of_kind` count the first cells that are not blank, and those of the kind.
    """
    [source] = [s for s in fit.profile.sources if s.name == name]
    cells = first_cells(found.frame, f"c{index}")
    judged_by_cells = source.kind is not Kind.TEXT and source.pattern is None
    return {
        "place": index + 1,
        "heading": found.headings[index],
        "column": name,
        "kind": str(source.kind),
        "required": source.required,
        "how": fit.how[name],
        "read": reading(found.frame[f"c{index}"], source),
        "filled": len(cells),
        "of_kind": readable(cells, source.kind, source.formats) if judged_by_cells else None,
    }


def _records(arranged: Arranged, table: Conformed, currency: str, rows: bool) -> dict[str, Any]:
    """What the records are, the first problems, and the questions that are left."""
    found, fit = arranged.found, arranged.fit
    idle = check.furniture(found, table, fit, arranged.idle)
    tally = Tally(fit, arranged.claims)
    idle = pl.concat([idle, tally.found_by_sum(found.frame, table, idle)])
    tally.add(table, idle)
    wrong = [check.cell_problems(table, fit), check.extra_cells(found)]
    stating = table.values.join(idle, on="record", how="anti", maintain_order="left")
    # No pseudonym leaves this function: any key will do.
    facts = build_facts(stating, fit.profile, currency=currency, secret=b"inspect")
    cells = pl.concat(wrong)
    sound = {
        feed: rows.join(cells, on="record", how="anti", maintain_order="left")
        for feed, rows in facts.items()
    }
    policies = {feed: fit.profile.policy or FEEDS[feed].policy for feed in sound}
    faults, repeats = check.check_facts(sound, policies)
    problems = pl.concat([cells, faults]).unique(maintain_order=True)
    problems = problems.join(idle, on="record", how="anti").sort("record", maintain_order=True)
    repeats = repeats.join(problems, on="record", how="anti")
    away = pl.concat([idle["record"], problems["record"], repeats["record"]]).implode()
    data = found.frame["record"].filter(~found.frame["record"].is_in(away))
    classes = {"data": data, "duplicate": repeats["record"], "set aside": problems["record"]}
    for kind in idle["class"].unique().sort():
        classes[str(kind)] = idle.filter(pl.col("class") == kind)["record"]
    sources = {source.name: source for source in fit.profile.sources}
    preview = previewed(found, table, fit, data, problems) if rows else {}
    return preview | {
        "classes": [_class(kind, numbers) for kind, numbers in classes.items() if len(numbers)],
        "furniture": {str(k): v for k, v in idle.group_by("class").len().sort("class").iter_rows()},
        "problems": [
            {"record": r, "reason": reason, "column": column}
            for r, reason, column in problems.head(MANY).iter_rows()
        ],
        "reasons": [
            {"reason": reason, "column": column, "records": n, "first": first}
            for reason, column, n, first in problems.group_by(
                "reason", "column", maintain_order=True
            )
            .agg(n=pl.len(), first=pl.col("record").head(FIRST))
            .iter_rows()
        ],
        "questions": [
            {"column": name, "question": question, "answer": _way(sources[name])}
            for name, question in table.doubts.items()
        ],
        "totals": [
            row | {k: f"{row[k]:f}" for k in ("stated", "summed", "difference")}
            for row in tally.compared().iter_rows(named=True)
        ],
    }


def _class(kind: str, numbers: pl.Series) -> dict[str, Any]:
    different = numbers.unique().sort()
    return {"class": kind, "records": len(different), "first": different.head(FIRST).to_list()}


def _way(source: Source) -> str:
    """How the open question of a column is answered."""
    if source.kind in (Kind.DATE, Kind.MOMENT):
        return "--dates day or --dates month, or `day_first` of the column in a profile"
    return "`decimal_comma = true` or `false` of the column in a profile"
