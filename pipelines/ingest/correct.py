"""How records that were set aside come back: corrected by hand, or by an answer to a question.

A correction is a load of its own that belongs to the load that it corrects: its records keep their
numbers, their file's date and slice, and what their whole file had decided. Each is accepted,
recognised, or set aside again with its reasons. A record whose turn has passed (corrected before,
withdrawn, stated anew by a later file) isn't loaded, so nothing can become two facts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.errors import UsageProblem
from pipelines.feeds import Policy
from pipelines.ingest import check
from pipelines.ingest.answers import answers_of, asked, with_answers, with_settled
from pipelines.ingest.aside import HIDDEN, set_aside
from pipelines.ingest.conform import Conformed, conform
from pipelines.ingest.corrections import Held, Row, held_of, read_list
from pipelines.ingest.facts import build_facts
from pipelines.ingest.match import Match
from pipelines.ingest.prepare import mentions, policy_of
from pipelines.ingest.read import Found
from pipelines.ingest.recall import because, half_named, recalled
from pipelines.ingest.run import digest
from pipelines.ingest.values import OPEN
from pipelines.profiles import Profile, known_profiles
from pipelines.state import What, decide
from pipelines.warehouse.batch import (
    AMOUNTS,
    DUPLICATES,
    FURNITURE,
    QUARANTINE,
    Batch,
    Head,
    Loaded,
)
from pipelines.warehouse.load import load
from pipelines.warehouse.record import Record
from pipelines.warehouse.waiting import contradicted, entered_late, waiting

OPEN_REASONS = frozenset(OPEN.values())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one record of a correction.

    `what` is accepted, duplicate, outdated (a later file speaks for it), set aside, unchanged (and
    so not loaded), or not waiting.
    """

    load: int
    record: int
    what: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction: the loads it made, by the load that each corrects, and a verdict a record."""

    loads: dict[int, Loaded]
    verdicts: tuple[Verdict, ...]

    @property
    def clean(self) -> bool:
        """Whether every record found its place."""
        return all(v.what in ("accepted", "duplicate", "outdated") for v in self.verdicts)


@dataclass(frozen=True, slots=True)
class _Origin:
    """The load that is corrected, as the ledger has it."""

    load: int
    path: str
    part: str | None
    profile: Profile
    order: str | None
    context: str | None
    decided: Mapping[str, str]


def reload(record: Record, path: Path) -> Corrected:
    """Load the corrected records of a list that `export` wrote.

    UsageProblem when the file isn't there or a profile is not known any more; FileProblem when it
    is no such list.
    """
    if not path.is_file():
        raise UsageProblem(f"There is no file {path}. Check the path.")
    held = {(h.load, h.record): h for h in held_of(waiting(record))}
    origins = _origins(record)
    rows = read_list(path, {load: origin.profile for load, origin in origins.items()})
    verdicts: list[Verdict] = []
    changed: dict[int, list[Held]] = {}
    for row in rows:
        before = held.get((row.load, row.record))
        if before is None:
            verdicts.append(Verdict(row.load, row.record, "not waiting"))
        elif all(before.cells.get(name) == cell for name, cell in row.cells.items()):
            verdicts.append(Verdict(row.load, row.record, "unchanged", (before.said,)))
        else:
            changed.setdefault(row.load, []).append(_with_cells(before, row))
    return _loaded(record, changed, held, origins, digest(path), verdicts)


def answer(
    record: Record, profile: str, column: str, said: str, by: str | None = None
) -> Corrected:
    """Keep an answer to what a column leaves open, and load what was waiting for it.

    It also decides in later files, where their whole column leaves it open. UsageProblem for an
    unknown profile, column or answer.
    """
    profiles = known_profiles(record.home.profiles)
    if profile not in profiles:
        raise UsageProblem(f"There is no profile {profile}. `rounds status --profiles` lists them.")
    source = asked(profiles[profile], column, said)
    decide(record.home, What.ANSWER, profile, source.name, {"answer": said}, by)
    origins = _origins(record)
    waits: dict[int, list[Held]] = {}
    held = held_of(waiting(record))
    for one in held:
        open_ = any(r in OPEN_REASONS and c == source.headings[0] for r, c in one.reasons)
        if open_ and one.load in origins and origins[one.load].profile.name == profile:
            waits.setdefault(one.load, []).append(one)
    known = {(h.load, h.record): h for h in held}
    sha256 = hashlib.sha256(f"{profile}\0{source.name}\0{said}".encode()).hexdigest()
    return _loaded(record, waits, known, origins, sha256, [])


def _with_cells(before: Held, row: Row) -> Held:
    return replace(before, cells={**before.cells, **row.cells})


def _origins(record: Record) -> dict[int, _Origin]:
    """The loads that a correction may belong to, whose profiles are known."""
    said, profiles = answers_of(record.home), known_profiles(record.home.profiles)
    found = record.rows(
        "SELECT event, path, part, profile, file_order, context, decided FROM loads "
        "WHERE what = 'load' AND corrects IS NULL AND quarantined > 0"
    )
    return {
        load: _Origin(
            load, path, part, with_answers(profiles[name], said.get(name, {})), order, context,
            {**(decided or {}), **said.get(name, {})},
        )
        for load, path, part, name, order, context, decided in found
        if name in profiles
    }  # fmt: skip


def _loaded(
    record: Record,
    changed: Mapping[int, Sequence[Held]],
    held: Mapping[tuple[int, int], Held],
    origins: Mapping[int, _Origin],
    sha256: str,
    verdicts: list[Verdict],
) -> Corrected:
    loads: dict[int, Loaded] = {}
    for root, records in sorted(changed.items()):
        if root not in origins:
            raise UsageProblem(
                f"The profile of load {root} is not known any more. Put it back, and try again."
            )
        head, batch = _batch(record, origins[root], records, held, sha256)
        loads[root] = load(record, head, [batch])
        verdicts.extend(_verdicts(record, batch, loads[root], root))
    verdicts.sort(key=lambda v: (v.load, v.record))
    return Corrected(loads, tuple(verdicts))


def _verdicts(record: Record, batch: Batch, loaded: Loaded, root: int) -> list[Verdict]:
    reasons: dict[int, tuple[str, ...]] = {}
    rows = batch.quarantine.select("record", "reason", "column")
    for number, reason, column in rows.iter_rows():
        reasons[number] = (*reasons.get(number, ()), f"{column or 'record'} {reason}")
    late = set(entered_late(record, loaded.event))
    doubled = record.rows("SELECT record FROM duplicates WHERE load = ?", [loaded.event])
    found = dict.fromkeys((number for (number,) in doubled), "duplicate")
    found |= dict.fromkeys(reasons, "set aside")
    every = record.rows("SELECT record FROM corrections WHERE load = ?", [loaded.event])
    return [
        Verdict(root, n, found.get(n, "outdated" if n in late else "accepted"), reasons.get(n, ()))
        for (n,) in every
    ]


def _batch(
    record: Record,
    origin: _Origin,
    records: Sequence[Held],
    held: Mapping[tuple[int, int], Held],
    sha256: str,
) -> tuple[Head, Batch]:
    """The corrected records of one load, taken through the same steps as a file's."""
    found, fit = _table(origin, records)
    profile, secret = fit.profile, record.home.secret()
    table = conform(found, fit)
    month = origin.decided.get("@file_month")
    stated = build_facts(
        table.values,
        profile,
        currency=record.home.group().currency,
        secret=secret,
        month=date.fromisoformat(month) if month else None,
    )
    before = {h.record: held[h.load, h.record] for h in records}
    stated = recalled(record, stated, fit.profile, records, before, secret)
    policies = {feed: policy_of(profile, feed) for feed in stated}
    problems = pl.concat(
        [check.cell_problems(table, fit), _unfilled(table, fit), _kept(records, before),
         *half_named(profile, records)]
    ).unique(maintain_order=True)  # fmt: skip
    facts = _without(stated, problems)
    wrong, repeats = check.check_facts(facts, policies)
    problems = pl.concat([problems, wrong, *_contradictions(record, facts, policies, origin)])
    problems = problems.unique(maintain_order=True)
    repeats = repeats.join(problems, on="record", how="anti")
    standing = _without(_without(stated, problems), repeats)
    sound = table.values.join(problems, on="record", how="anti", maintain_order="left")
    speaking = pl.concat([f["record"] for f in standing.values()]).unique()
    silent = sound["record"].filter(
        ~sound["record"].is_in(speaking.implode())
        & ~sound["record"].is_in(repeats["record"].implode())
    )
    amounts, unreadable = _amounts(table, fit)
    head = Head(
        sha256=sha256,
        path=origin.path,
        part=origin.part,
        profile=profile.name,
        system=profile.system,
        policy=policies,
        has_money=profile.amount is not None,
        context=origin.context,
        corrects=origin.load,
    )
    return head, Batch(
        facts=standing,
        quarantine=set_aside(
            problems, table, profile, stated, policies, astray=problems["record"].head(0),
            secret=secret,
        ),
        furniture=pl.DataFrame(schema=FURNITURE),
        duplicates=repeats.cast(pl.Schema(DUPLICATES)),
        amounts=amounts,
        mentions=mentions(sound, profile),
        silent=silent,
        records=len(records),
        unreadable=unreadable,
        order=origin.order,
        decided=dict(origin.decided),
    )  # fmt: skip


def _without(facts: Mapping[str, pl.DataFrame], away: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {
        name: rows.join(away, on="record", how="anti", maintain_order="left")
        for name, rows in facts.items()
    }


def _table(origin: _Origin, records: Sequence[Held]) -> tuple[Found, Match]:
    """The records as a table under the profile's columns, with what their file's surroundings told.

    What the file's name or preamble had said stands in the ledger, by the name of each value.
    """
    profile = with_settled(_told(origin), origin.decided)
    names = [s.name for s in profile.sources if any(s.name in h.cells for h in records)]
    frame = pl.DataFrame(
        {"record": [h.record for h in records]}
        | {f"c{i}": [h.cells.get(n) or "" for h in records] for i, n in enumerate(names)},
        schema={"record": pl.UInt32} | {f"c{i}": pl.String for i in range(len(names))},
    )
    places = {name: f"c{i}" for i, name in enumerate(names)}
    preamble = tuple((f"{name}={value}",) for name, value in _values(origin).items())
    found = Found(
        path=Path(origin.path), part=origin.part, format="text", encoding=None, delimiter=None,
        headings=tuple(names), header_record=0, preamble=preamble, frame=frame.sort("record"),
    )  # fmt: skip
    return found, Match(profile, places, (), dict.fromkeys(places, "exact"))


def _told(origin: _Origin) -> Profile:
    outside = tuple(
        replace(c, pattern=re.compile(f"^{re.escape(c.name)}=(.*)$", re.DOTALL), formats=(),
                places=("preamble",))
        for c in origin.profile.context
    )  # fmt: skip
    return replace(origin.profile, context=outside)


def _values(origin: _Origin) -> dict[str, str]:
    """The ledger's "name=value; name=value" by name; a value that wasn't told is left out."""
    names = "|".join(re.escape(c.name) for c in origin.profile.context)
    if not names or not origin.context:
        return {}
    pairs = re.findall(rf"(?:^|; )({names})=(.*?)(?=; (?:{names})=|$)", origin.context, re.DOTALL)
    return {name: value for name, value in pairs if value != "None"}


def _amounts(table: Conformed, fit: Match) -> tuple[pl.DataFrame, int]:
    name = fit.profile.amount
    if name is None or name not in fit.places:
        return pl.DataFrame(schema=AMOUNTS), 0
    amounts = table.values.select("record", amount=pl.col(name)).drop_nulls("amount")
    return amounts.cast(pl.Schema(AMOUNTS)), int(table.unreadable[name].sum())


def _unfilled(table: Conformed, fit: Match) -> pl.DataFrame:
    """Cells that were hidden when the record was set aside, and are still to be filled in."""
    parts = [pl.DataFrame(schema=QUARANTINE)]
    for source in fit.profile.sources:
        if source.name in fit.places:
            hidden = table.texts.filter(pl.col(source.name) == HIDDEN)["record"].to_list()
            parts.append(because(hidden, "was hidden: fill it in from the file",
                                  source.headings[0]))  # fmt: skip
    return pl.concat(parts)


def _kept(records: Sequence[Held], before: Mapping[int, Held]) -> pl.DataFrame:
    """Reasons that speak of the record's shape stay until somebody has looked at its cells."""
    parts = [pl.DataFrame(schema=QUARANTINE)]
    for h in records:
        if dict(before[h.record].cells) == dict(h.cells):
            parts.extend(because([h.record], reason, None) for reason, c in h.reasons if not c)
    return pl.concat(parts)


def _contradictions(
    record: Record, facts: dict[str, pl.DataFrame], policies: dict[str, Policy], origin: _Origin
) -> list[pl.DataFrame]:
    reason = "comes twice in this file with different values"
    return [
        because(numbers, reason, None)
        for numbers in contradicted(record, facts, policies, origin.load).values()
    ]
