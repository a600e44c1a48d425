"""One table on its way into the record. It knows the order of the steps: read, match, load."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import FileProblem, RoundsError, UsageProblem
from pipelines.ingest import privacy
from pipelines.ingest.answers import override_period
from pipelines.ingest.aside import refuse_list
from pipelines.ingest.match import Match, chosen, known_headings, match
from pipelines.ingest.outcome import Outcome, named
from pipelines.ingest.prepare import Misread, Table, told
from pipelines.ingest.read import Found, as_csv, tables
from pipelines.ingest.way import Way
from pipelines.profiles import known_profiles
from pipelines.settings import Home
from pipelines.warehouse.batch import Head, Loaded
from pipelines.warehouse.load import load
from pipelines.warehouse.record import Record


def tables_of(path: Path, way: Way) -> Iterator[Found]:
    """The tables of a file, as found. FileProblem when it has none."""
    return tables(path, known_headings(way.profiles))


def enter(record: Record, found: Found, sha256: str, way: Way) -> Outcome:
    """Load a table of a file of these bytes; what became of it.

    RoundsError when the store refuses, or the way is none: whatever else is wrong is an outcome.
    """
    label, part = named(found.path, found.part), part_of(found)
    try:
        refuse_list(found)
        fit = match(found, way.profiles, way.name, chosen(way.options))
        said = override_period(record.home, fit.profile.name, found.path.name)
        options = {"period": said, **way.options} if said else way.options
        context = told(found, fit, options)
        if record.find(sha256, part, fit.profile.name, context) is not None:
            return Outcome(label, sha256, fit.profile.name, "unchanged")
        loaded, notes = _load(record, found, fit, sha256, options, context)
        return Outcome(label, sha256, fit.profile.name, "loaded", loaded, notes=notes)
    except FileProblem as error:
        return Outcome(label, sha256, None, "refused", problem=privacy.sentence(error))
    except RoundsError:
        raise
    except Exception as error:
        # A fault of ours in one file must not stop the others. Its text may hold a cell's value.
        place = traceback.extract_tb(error.__traceback__)[-1]
        sentence = (
            f"{privacy.clean_name(found.label)} could not be loaded ({type(error).__name__} in "
            f"{Path(place.filename).name}:{place.lineno}), and left nothing behind. "
            "This is a fault of Rounds: please report it with the file's layout."
        )
        return Outcome(label, sha256, None, "refused", problem=sentence)


def part_of(found: Found) -> str | None:
    """The part of the file that the table is, as it may be written down."""
    return privacy.clean_name(found.part) if found.part is not None else None


def _load(
    record: Record,
    found: Found,
    fit: Match,
    sha256: str,
    options: dict[str, str],
    context: str | None,
) -> tuple[Loaded, tuple[str, ...]]:
    """Load a table by its profile: what became of it, and notes for people."""
    profile = fit.profile
    group, secret = record.home.group(), record.home.secret()
    options = options | {"fiscal_start": str(group.fiscal_start)}
    table = Table(found, fit, group.currency, secret, options)
    head = Head(
        sha256=sha256,
        path=privacy.clean_name(found.path.name),
        part=part_of(found),
        profile=profile.name,
        system=profile.system,
        policy=table.policies,
        has_money=table.has_money,
        context=context,
        encoding=found.encoding,
        delimiter=found.delimiter,
    )
    try:
        loaded = load(record, head, table.pieces())
    except Misread as told_better:
        table = Table(found, fit, group.currency, secret, options, told_better.styles)
        loaded = load(record, head, table.pieces())
    return loaded, table.notes


def read_as_csv(path: Path, home: Home, part: str | None = None) -> str:
    """The table of a file as CSV, as found; UsageProblem when it has no such sheet."""
    if not path.is_file():
        raise UsageProblem(f"There is no file {path}. Check the path.")
    for found in tables(path, known_headings(known_profiles(home.profiles))):
        if part is None or found.part == part:
            return as_csv(found)
    raise UsageProblem(f"{path.name} has no sheet {part}. `rounds inspect` lists its tables.")
