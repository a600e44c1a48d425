"""The one module that knows the order of the steps: sniff, read, match, conform, check, load."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import FileProblem, RoundsError, StoreProblem, UsageProblem
from pipelines.ingest import privacy
from pipelines.ingest.answers import answered, override_period
from pipelines.ingest.aside import refuse_list
from pipelines.ingest.match import Match, chosen, known_headings, match
from pipelines.ingest.prepare import Misread, Table, told
from pipelines.ingest.read import Found, as_csv, tables
from pipelines.profiles import Profile, fingerprint, known_profiles, read_profile
from pipelines.settings import Home
from pipelines.state import What, standing
from pipelines.warehouse.batch import Head, Loaded
from pipelines.warehouse.load import load
from pipelines.warehouse.record import Record
from pipelines.warehouse.settled import Glance, Settled, recalled, settle, settled

Progress = Callable[[int, int, str], None]
NOT_TRIED = "was not tried, because the store refused a file before it: load it again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one table of one file; the command line prints it."""

    path: str
    sha256: str | None
    profile: str | None
    status: str  # loaded, unchanged or refused
    loaded: Loaded | None = None
    problem: str | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def clean(self) -> bool:
        """Whether nothing was refused and nothing set aside."""
        return self.status != "refused" and not (self.loaded and self.loaded.quarantined)

    def as_json(self) -> dict[str, Any]:
        """The entry of the command line's contract; money as decimal strings."""
        loaded = self.loaded
        money = loaded.money if loaded else None
        return {
            "path": self.path,
            "sha256": self.sha256,
            "profile": self.profile,
            "status": self.status,
            "load": loaded.event if loaded else None,
            "records": loaded.records if loaded else 0,
            "accepted": loaded.accepted if loaded else 0,
            "duplicate": loaded.duplicate if loaded else 0,
            "quarantined": loaded.quarantined if loaded else 0,
            "furniture": loaded.furniture if loaded else 0,
            "rows": loaded.rows if loaded else {},
            "superseded": loaded.superseded if loaded else 0,
            "money": {
                "read": f"{money.read:f}",
                "accepted": f"{money.accepted:f}",
                "duplicate": f"{money.duplicate:f}",
                "quarantined": f"{money.quarantined:f}",
                "unreadable": money.unreadable,
            }
            if money
            else None,
            "problem": self.problem,
            "notes": list(self.notes),
        }


def ingest(
    record: Record,
    paths: Iterable[Path],
    *,
    profile: str | None = None,
    options: dict[str, str] | None = None,
    progress: Progress | None = None,
    remove: bool = False,
) -> list[Outcome]:
    """Load every file of the paths, folders with all below them, in the order of their names.

    With `remove`, a file that lies in the home's inbox, and of which every record was loaded or
    stood already, is deleted.

    A file that can't be loaded is an outcome with one sentence; the others go on. UsageProblem for
    a path that isn't there or a profile that isn't known. When the store refuses, what was loaded
    before stays, the file at hand leaves nothing behind, and those after it are not tried.
    """
    files = list(walk(paths))
    way = Way(record.home, profile, options or {})
    way.check()
    if profile and profile not in way.profiles:
        raise UsageProblem(f"There is no profile {profile}. `rounds status --profiles` lists them.")
    outcomes: list[Outcome] = []
    fresh: list[Settled] = []
    seen: list[tuple[Glance, str]] = []
    for number, path in enumerate(files):
        if progress:
            progress(number, len(files), path.name)
        try:
            told, news, looks = _file(record, path, way)
            outcomes.extend(_removed(path, record, told) if remove else told)
            fresh.extend(news)
            seen.extend(looks)
        except StoreProblem as error:
            outcomes.append(Outcome(str(path), None, None, "refused", problem=str(error)))
            outcomes.extend(
                Outcome(str(later), None, None, "refused", problem=f"{later.name} {NOT_TRIED}")
                for later in files[number + 1 :]
            )
            break
    else:
        with suppress(StoreProblem):  # a memory only: without it, the files are read once more
            settle(record, fresh, seen)
    if progress:
        progress(len(files), len(files), "")
    return outcomes


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


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """The files of paths and of the folders below them, sorted; hidden ones are passed over."""
    for path in paths:
        if not path.exists():
            raise UsageProblem(f"There is no file or folder {path}. Check the path.")
        if path.is_file():
            yield path
            continue
        below = (p for p in path.rglob("*") if p.is_file())
        yield from sorted(
            p for p in below if not any(x.startswith(".") for x in p.relative_to(path).parts)
        )


def _removed(path: Path, record: Record, outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes of a file, which is deleted if it lies in the inbox and left nothing to mend."""
    inside = path.resolve().is_relative_to(record.home.inbox.resolve())
    whole = all(o.clean and o.sha256 and not record.waiting(o.sha256) for o in outcomes)
    if not inside or not outcomes or not whole:
        return outcomes
    try:
        path.unlink()
    except OSError as error:
        note = f"was loaded, but can't be removed from the inbox ({error.strerror})"
        outcomes[-1] = replace(outcomes[-1], notes=(*outcomes[-1].notes, note))
    return outcomes


def _file(
    record: Record, path: Path, way: Way
) -> tuple[list[Outcome], list[Settled], list[tuple[Glance, str]]]:
    """What became of each table of a file; the file where it needs no second look, and its bytes.

    The bytes are told where they were read and are sure to show if they change.
    """
    outcomes: list[Outcome] = []
    parts: list[tuple[str | None, str]] = []
    sha256: str | None = None
    looks: list[tuple[Glance, str]] = []
    try:
        sha256, looks = _bytes(record, path)
        own = way.of(path)
        if known := settled(record, sha256, own):
            return [
                Outcome(_named(path, part), sha256, profile, "unchanged")
                for part, profile in known.tables
            ], [], looks  # fmt: skip
        for found in tables(path, known_headings(way.profiles)):
            outcome = _table(record, found, sha256, way)
            outcomes.append(outcome)
            parts.append((_part(found), outcome.profile or ""))
    except StoreProblem:
        raise
    except OSError as error:
        sentence = (
            f"{privacy.clean_name(path.name)} can't be read ({error.strerror}). "
            "Check its permissions."
        )
        outcomes.append(Outcome(_named(path), None, None, "refused", problem=sentence))
    except FileProblem as error:
        outcomes.append(
            Outcome(_named(path), sha256, None, "refused", problem=privacy.sentence(error))
        )
    except RoundsError as error:
        outcomes.append(Outcome(_named(path), sha256, None, "refused", problem=str(error)))
    if sha256 is None or not outcomes or any(o.status == "refused" for o in outcomes):
        return outcomes, [], looks
    return outcomes, [Settled(sha256, own, tuple(parts))], looks


def _bytes(record: Record, path: Path) -> tuple[str, list[tuple[Glance, str]]]:
    """The SHA-256 of a file's bytes, and what to remember of them."""
    glance = Glance.at(path)
    if sha256 := recalled(record, glance):
        return sha256, []
    sha256 = digest(path)
    return sha256, [(glance, sha256)] if glance.calm and glance == Glance.at(path) else []


def _named(path: Path, part: str | None = None) -> str:
    """A file and its part as they may be written down: without a person's name or number."""
    name = str(path.with_name(privacy.clean_name(path.name)))
    return name if part is None else f"{name}#{privacy.clean_name(part)}"


def _table(record: Record, found: Found, sha256: str, way: Way) -> Outcome:
    label, part = _named(found.path, found.part), _part(found)
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


def _part(found: Found) -> str | None:
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
        part=_part(found),
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


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_as_csv(path: Path, home: Home, part: str | None = None) -> str:
    """The table of a file as CSV, as found; UsageProblem when it has no such sheet."""
    if not path.is_file():
        raise UsageProblem(f"There is no file {path}. Check the path.")
    for found in tables(path, known_headings(known_profiles(home.profiles))):
        if part is None or found.part == part:
            return as_csv(found)
    raise UsageProblem(f"{path.name} has no sheet {part}. `rounds inspect` lists its tables.")
