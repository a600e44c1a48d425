"""What a file is taken for, without loading it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import FileProblem, UsageProblem
from pipelines.ingest import check
from pipelines.ingest.answers import answered
from pipelines.ingest.conform import conform
from pipelines.ingest.match import known_headings, match
from pipelines.ingest.read import Found, tables
from pipelines.profiles import Profile, known_profiles
from pipelines.settings import Home


def inspect_file(
    path: Path, home: Home, profile: str | None = None, options: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """For each table of the file: how it was read, its profile, the mapping, the first problems.

    UsageProblem when the file isn't there or the profile isn't known; a table that can't be read
    is an entry with its `problem`.
    """
    if not path.is_file():
        raise UsageProblem(f"There is no file {path}. Check the path.")
    profiles = answered(known_profiles(home.profiles), home)
    if profile and profile not in profiles:
        raise UsageProblem(f"There is no profile {profile}. `rounds status --profiles` lists them.")
    try:
        return [
            _seen(found, profiles, profile, options)
            for found in tables(path, known_headings(profiles))
        ]
    except FileProblem as error:
        return [{"table": path.name, "problem": str(error)}]


def _seen(
    found: Found, profiles: dict[str, Profile], name: str | None, options: dict[str, str] | None
) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "table": found.label,
        "format": found.format,
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "header_record": found.header_record,
        "records": found.frame.height,
        "headings": list(found.headings),
        "problem": None,
    }
    try:
        fit = match(found, profiles, name)
        table = conform(found, fit, options)
    except FileProblem as error:
        return seen | {"problem": str(error)}
    idle = check.furniture(found, table, fit)
    problems = pl.concat([check.cell_problems(table, fit), check.extra_cells(found)])
    problems = problems.join(idle, on="record", how="anti")
    places = {place: source for source, place in fit.places.items()}
    return seen | {
        "profile": fit.profile.name,
        "sure": round(fit.share, 2),
        "feeds": list(fit.profile.feeds),
        "mapping": {
            heading: places.get(f"c{index}") for index, heading in enumerate(found.headings)
        },
        "furniture": {str(k): v for k, v in idle.group_by("class").len().sort("class").iter_rows()},
        "problems": [
            {"record": r, "reason": reason, "column": column}
            for r, reason, column in problems.sort("record").head(10).iter_rows()
        ],
        "questions": table.doubts,
    }
