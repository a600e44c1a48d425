"""Files into the record, one after the other; one that was loaded already is passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pipelines.errors import FileProblem, RoundsError, StoreProblem, UsageProblem
from pipelines.ingest import privacy
from pipelines.ingest.outcome import Outcome, named
from pipelines.ingest.way import Way
from pipelines.warehouse.record import Record
from pipelines.warehouse.settled import Glance, Settled, recalled, settle, settled

Progress = Callable[[int, int, str], None]
NOT_TRIED = "was not tried, because the store refused a file before it: load it again."


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
                Outcome(named(path, part), sha256, profile, "unchanged")
                for part, profile in known.tables
            ], [], looks  # fmt: skip
        # What reads a file is brought in by the first that must be read.
        from pipelines.ingest.enter import enter, part_of, tables_of

        for found in tables_of(path, way):
            outcome = enter(record, found, sha256, way)
            outcomes.append(outcome)
            parts.append((part_of(found), outcome.profile or ""))
    except StoreProblem:
        raise
    except OSError as error:
        sentence = (
            f"{privacy.clean_name(path.name)} can't be read ({error.strerror}). "
            "Check its permissions."
        )
        outcomes.append(Outcome(named(path), None, None, "refused", problem=sentence))
    except FileProblem as error:
        outcomes.append(
            Outcome(named(path), sha256, None, "refused", problem=privacy.sentence(error))
        )
    except RoundsError as error:
        outcomes.append(Outcome(named(path), sha256, None, "refused", problem=str(error)))
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


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
