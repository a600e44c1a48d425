"""The one module that knows the order of the steps: sniff, read, match, conform, check, load."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import FileProblem, RoundsError, StoreProblem, UsageProblem
from pipelines.feeds import FEEDS, Policy
from pipelines.ingest import check
from pipelines.ingest.answers import answered, override_period
from pipelines.ingest.aside import decided, refuse_list, set_aside
from pipelines.ingest.conform import Conformed, conform, surroundings
from pipelines.ingest.facts import build_facts, expression
from pipelines.ingest.match import Match, known_headings, match
from pipelines.ingest.read import Found, as_csv, tables
from pipelines.profiles import Profile, known_profiles
from pipelines.settings import Home
from pipelines.warehouse.batch import AMOUNTS, MENTIONS, Batch, Loaded
from pipelines.warehouse.load import load
from pipelines.warehouse.record import Record

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
) -> list[Outcome]:
    """Load every file of the paths, folders with all below them, in the order of their names.

    A file that can't be loaded is an outcome with one sentence; the others go on. UsageProblem for
    a path that isn't there or a profile that isn't known. When the store refuses, what was loaded
    before stays, the file at hand leaves nothing behind, and those after it are not tried.
    """
    files = list(walk(paths))
    profiles = answered(known_profiles(record.home.profiles), record.home)
    if profile and profile not in profiles:
        raise UsageProblem(f"There is no profile {profile}. `rounds status --profiles` lists them.")
    outcomes: list[Outcome] = []
    for number, path in enumerate(files):
        if progress:
            progress(number, len(files), path.name)
        try:
            outcomes.extend(_file(record, path, profiles, profile, options or {}))
        except StoreProblem as error:
            outcomes.append(Outcome(str(path), None, None, "refused", problem=str(error)))
            outcomes.extend(
                Outcome(str(later), None, None, "refused", problem=f"{later.name} {NOT_TRIED}")
                for later in files[number + 1 :]
            )
            break
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


def _file(
    record: Record,
    path: Path,
    profiles: dict[str, Profile],
    name: str | None,
    options: dict[str, str],
) -> Iterator[Outcome]:
    try:
        sha256 = digest(path)
        for found in tables(path, known_headings(profiles)):
            yield _table(record, found, sha256, profiles, name, options)
    except StoreProblem:
        raise
    except OSError as error:
        sentence = f"{path.name} can't be read ({error.strerror}). Check its permissions."
        yield Outcome(str(path), None, None, "refused", problem=sentence)
    except RoundsError as error:
        yield Outcome(str(path), sha256, None, "refused", problem=str(error))


def _table(
    record: Record,
    found: Found,
    sha256: str,
    profiles: dict[str, Profile],
    name: str | None,
    options: dict[str, str],
) -> Outcome:
    label = str(found.path) if found.part is None else f"{found.path}#{found.part}"
    try:
        refuse_list(found)
        fit = match(found, profiles, name)
        said = override_period(record.home, fit.profile.name, found.path.name)
        options = {"period": said, **options} if said else options
        context = _told(found, fit.profile, options)
        if record.find(sha256, found.part, fit.profile.name, context) is not None:
            return Outcome(label, sha256, fit.profile.name, "unchanged")
        batch, notes = prepare(found, fit, record, sha256, options)
        return Outcome(label, sha256, fit.profile.name, "loaded", load(record, batch), notes=notes)
    except FileProblem as error:
        return Outcome(label, sha256, None, "refused", problem=str(error))
    except RoundsError:
        raise
    except Exception as error:
        # A fault of ours in one file must not stop the others. Its text may hold a cell's value.
        place = traceback.extract_tb(error.__traceback__)[-1]
        sentence = (
            f"{found.label} could not be loaded ({type(error).__name__} in "
            f"{Path(place.filename).name}:{place.lineno}), and left nothing behind. "
            "This is a fault of Rounds: please report it with the file's layout."
        )
        return Outcome(label, sha256, None, "refused", problem=sentence)


def _told(found: Found, profile: Profile, options: dict[str, str]) -> str | None:
    """What stands outside the table, as one text for the ledger; None where nothing does."""
    told = surroundings(found, profile, options)
    return "; ".join(f"{name}={value[0]}" for name, value in told.items()) or None


def prepare(
    found: Found, fit: Match, record: Record, sha256: str, options: dict[str, str]
) -> tuple[Batch, tuple[str, ...]]:
    """Everything between the table as found and its load: (the batch, notes for people)."""
    profile = fit.profile
    table = conform(found, fit, options)
    idle = check.furniture(found, table, fit)
    rest = found.frame.filter(~pl.col("record").is_in(idle["record"].implode()))
    problems = pl.concat([check.cell_problems(table, fit), check.extra_cells(found)]).filter(
        ~pl.col("record").is_in(idle["record"].implode())
    )
    stating = table.values.join(idle, on="record", how="anti", maintain_order="left")
    sound = stating.join(problems, on="record", how="anti", maintain_order="left")
    secret = record.home.secret()
    stated = build_facts(stating, profile, currency=record.home.group().currency, secret=secret)
    facts = {
        name: rows.join(problems, on="record", how="anti", maintain_order="left")
        for name, rows in stated.items()
    }
    policies = {feed: policy_of(profile, feed) for feed in facts}
    wrong, repeats = check.check_facts(facts, policies)
    problems = pl.concat([problems, wrong]).unique(maintain_order=True)
    repeats = repeats.join(problems, on="record", how="anti")
    away = pl.concat([problems["record"], repeats["record"]]).unique().implode()
    standing = {n: f.filter(~pl.col("record").is_in(away)) for n, f in facts.items()}
    speaking = pl.concat([f["record"] for f in standing.values()]).unique()
    silent = sound["record"].filter(
        ~sound["record"].is_in(speaking.implode()) & ~sound["record"].is_in(away)
    )
    amounts, unreadable = _amounts(table, fit, rest)
    batch = Batch(
        sha256=sha256,
        path=found.path.name,
        part=found.part,
        profile=profile.name,
        system=profile.system,
        policy=policies,
        facts=standing,
        quarantine=set_aside(
            problems, table, profile, stated, policies, astray=check.astray(found), secret=secret
        ),
        furniture=idle,
        duplicates=repeats,
        amounts=amounts,
        mentions=mentions(sound, profile),
        silent=silent,
        records=found.frame.height,
        has_money=profile.amount is not None,
        unreadable=unreadable,
        order=_order(sound, profile),
        context=_told(found, profile, options),
        encoding=found.encoding,
        delimiter=found.delimiter,
        decided=decided(table, profile, stating),
    )
    headings = {s.name: s.headings[0] for s in profile.sources}
    return batch, tuple(f"column “{headings[n]}”: {q}" for n, q in table.doubts.items())


def policy_of(profile: Profile, feed: str) -> Policy:
    """The policy of a profile for a feed: its own, else the feed's."""
    return profile.policy or FEEDS[feed].policy


def _amounts(table: Conformed, fit: Match, rest: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """(record, amount) of every record but furniture, and how many amounts are no number."""
    name = fit.profile.amount
    if name is None or name not in fit.places:
        return pl.DataFrame(schema=AMOUNTS), 0
    counted = table.values.select("record", amount=pl.col(name)).join(
        rest.select("record"), on="record", how="semi"
    )
    bad = table.unreadable.filter(pl.col(name)).join(rest.select("record"), on="record", how="semi")
    return counted.filter(pl.col("amount").is_not_null()).cast(pl.Schema(AMOUNTS)), bad.height


def mentions(values: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The sites that the file names, once each: (system, site, name, kind, region)."""
    if not profile.sites:
        return pl.DataFrame(schema=MENTIONS)
    columns = FEEDS["sites"]
    return (
        values.select(
            pl.lit(profile.system).alias("system"),
            *(
                expression(profile.sites.get(n), columns.column(n)).alias(n)
                for n in ("site", "name", "kind", "region")
            ),
        )
        .filter(pl.col("site").is_not_null())
        .unique("site", keep="last", maintain_order=True)
    )


def _order(values: pl.DataFrame, profile: Profile) -> str | None:
    if profile.order is None:
        return None
    latest = values[profile.order].cast(pl.String).max()
    return str(latest) if latest is not None else None


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
