"""The steps within one table: conform, check, build facts, and tell where each record ended.

Most tables are one piece. A long one comes in pieces, which are prepared one after the other;
what only the whole table can tell (how dates are written, whether a key comes twice) is kept
between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from pipelines.errors import FileProblem
from pipelines.feeds import FEEDS, Kind, Policy
from pipelines.ingest import check
from pipelines.ingest.aggregate import aggregated
from pipelines.ingest.aside import decided, set_aside
from pipelines.ingest.conform import Conformed, conform, surroundings
from pipelines.ingest.facts import build_facts, expression
from pipelines.ingest.keys import Keys
from pipelines.ingest.match import Match
from pipelines.ingest.patients import mostly_people
from pipelines.ingest.privacy import FINDINGS, Role, guard, roles
from pipelines.ingest.privacy import told as masked
from pipelines.ingest.read import Found
from pipelines.ingest.report import arrange
from pipelines.ingest.styles import Styles
from pipelines.ingest.totals import Tally, mismatches
from pipelines.profiles import Profile
from pipelines.warehouse.batch import AMOUNTS, FURNITURE, MENTIONS, TOTALS, Batch


class Misread(Exception):
    """Later pieces of a table told that the earlier ones were read wrongly."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles


@dataclass(slots=True)
class Table:
    """One table and its profile, on the way to its facts.

    `currency` is the group's, `secret` keys the pseudonyms, `options` are values from the command
    line. `notes` fills with what people should know, once the pieces are through.
    """

    found: Found
    fit: Match
    currency: str
    secret: bytes
    options: dict[str, str] = field(default_factory=dict)
    styles: Styles = field(default_factory=Styles)
    doubts: dict[str, str] = field(default_factory=dict)
    known: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FURNITURE))
    differing: tuple[str, ...] = ()
    seen: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FINDINGS))

    @property
    def policies(self) -> dict[str, Policy]:
        """The policy of each feed that the profile fills."""
        return {feed: policy_of(self.fit.profile, feed) for feed in self.fit.profile.feeds}

    @property
    def notes(self) -> tuple[str, ...]:
        """How headings were taken, and the questions that the file leaves open, by column."""
        headings = {s.name: s.headings[0] for s in self.fit.profile.sources}
        doubts = (f"column “{headings[n]}”: {q}" for n, q in self.doubts.items())
        return (*self.fit.notes, *doubts, *masked(self.seen), *self.differing)

    def pieces(self) -> Iterator[Batch]:
        """The pieces to load. Misread when they must be made again, by the styles it holds."""
        found = self.found.whole() if needs_whole(self.fit.profile) else self.found
        arranged = arrange(found, self.fit)
        found, self.fit, self.known = arranged.found, arranged.fit, arranged.idle
        _no_people_as_headings(found, self.fit)
        tally = Tally(self.fit, arranged.claims)
        keys = {name: Keys(name) for name, p in self.policies.items() if p is Policy.UPSERT}
        frames = found.batches()
        frame: pl.DataFrame | None = next(frames)
        while frame is not None:
            following = next(frames, None)
            piece = replace(found, frame=frame, rest=None)
            yield self._piece(piece, keys, tally, last=following is None)
            frame = following
        if not self.styles.hold():
            raise Misread(self.styles.anew())
        records = [r for k in keys.values() if len(r := k.came_again())]
        if records:
            yield self._again(found, pl.concat(records).unique())

    def _piece(self, found: Found, keys: dict[str, Keys], tally: Tally, *, last: bool) -> Batch:
        profile = self.fit.profile
        frame, seen = guard(found.frame, self.fit.places, profile, self.secret)
        self.seen = pl.concat([self.seen, seen])
        found = replace(found, frame=frame)
        table = conform(found, self.fit, self.options, self.styles)
        self.doubts |= table.doubts
        idle = check.furniture(found, table, self.fit, self.known, last=last)
        idle = pl.concat([idle, tally.found_by_sum(found.frame, table, idle)])
        tally.add(table, idle)
        totals = tally.compared() if last else pl.DataFrame(schema=TOTALS)
        self.differing = mismatches(totals)
        problems = _without(
            pl.concat([check.cell_problems(table, self.fit), check.extra_cells(found)]), idle
        )
        stating = _without(table.values, idle)
        whole = bool(profile.aggregate or profile.sites)
        sound = _without(stating if whole else stating.select("record"), problems)
        stated = aggregated(sound, profile) if profile.aggregate else stating
        built = build_facts(stated, profile, currency=self.currency, secret=self.secret)
        facts = {name: _without(rows, problems) for name, rows in built.items()}
        wrong, repeats = check.check_facts(facts, self.policies)
        problems = pl.concat([problems, wrong]).unique(maintain_order=True)
        repeats = _without(repeats, problems)
        later = pl.concat([wrong.select("record"), repeats.select("record")])
        standing = {name: _without(rows, later) for name, rows in facts.items()}
        for name, rows in standing.items():
            if name in keys:
                keys[name].add(rows)
        told = pl.concat([rows.select("record") for rows in standing.values()])
        silent = _silent(sound["record"], told["record"], later["record"])
        amounts, unreadable = self._amounts(table, idle)
        return Batch(
            facts=standing,
            quarantine=self._aside(problems, table, built, found),
            furniture=idle,
            duplicates=repeats,
            amounts=amounts,
            mentions=mentions(sound, profile),
            silent=silent,
            records=found.frame.height,
            unreadable=unreadable,
            # Also of what is set aside: once corrected, it takes its file's turn.
            order=_order(stating, profile),
            totals=totals,
            decided=decided(table, profile, stating),
        )

    def _again(self, found: Found, records: pl.Series) -> Batch:
        """A second look at records of different pieces that have one key."""
        frames = [
            rows
            for frame in found.batches()
            if (rows := frame.filter(pl.col("record").is_in(records.implode()))).height
        ]
        rows = pl.concat(frames, how="diagonal")
        rows, _ = guard(rows, self.fit.places, self.fit.profile, self.secret)
        few = replace(found, frame=rows, rest=None)
        table = conform(few, self.fit, self.options, self.styles)
        facts = build_facts(
            table.values, self.fit.profile, currency=self.currency, secret=self.secret
        )
        problems, repeats = check.key_repeats(facts, self.policies)
        repeats = _without(repeats, problems)
        gone = pl.concat([problems["record"], repeats["record"]]).unique()
        amounts, _ = self._amounts(table, pl.DataFrame(schema=FURNITURE))
        return Batch(
            facts={},
            quarantine=self._aside(problems, table, facts, few),
            furniture=pl.DataFrame(schema=FURNITURE),
            duplicates=repeats,
            amounts=amounts.filter(pl.col("record").is_in(gone.implode())),
            mentions=pl.DataFrame(schema=MENTIONS),
            silent=pl.Series("record", [], pl.UInt32),
            records=0,
            withdrawn=gone,
        )

    def _aside(
        self,
        problems: pl.DataFrame,
        table: Conformed,
        facts: dict[str, pl.DataFrame],
        found: Found,
    ) -> pl.DataFrame:
        """What is kept of the records with problems; `facts` are those that they would state."""
        if not problems.height:
            return problems
        astray, profile = check.astray(found), self.fit.profile
        return set_aside(
            problems, table, profile, facts, self.policies, astray=astray, secret=self.secret
        )

    @property
    def money_columns(self) -> list[str]:
        """The columns whose sum the ledger accounts for, as far as the file has them."""
        profile = self.fit.profile
        read = {*self.fit.places, *(d.name for d in profile.derived if d.plus or d.minus)}
        read |= {measure.name for measure in profile.wide}
        return [name for name in (profile.amount, *profile.amount_also) if name in read]

    @property
    def has_money(self) -> bool:
        """Whether the table states the amounts that its profile accounts for."""
        return bool(self.money_columns)

    def _amounts(self, table: Conformed, idle: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """(record, amount) of all records but furniture, and how many amounts are no number."""
        names = [name for name in self.money_columns if name in table.values.columns]
        if not names:
            return pl.DataFrame(schema=AMOUNTS), 0
        total = pl.sum_horizontal(pl.col(name).fill_null(0) for name in names)
        stated = pl.any_horizontal(pl.col(name).is_not_null() for name in names)
        amounts = pl.col(names[0]) if len(names) == 1 else pl.when(stated).then(total)
        counted = _without(table.values.select("record", amount=amounts), idle)
        marked = [name for name in names if name in table.unreadable.columns]
        odd = _without(table.unreadable.select("record", *marked), idle)
        bad = sum(int(odd[name].sum()) for name in marked)
        return counted.drop_nulls("amount").cast(pl.Schema(AMOUNTS)), bad


def _no_people_as_headings(found: Found, fit: Match) -> None:
    """FileProblem where a report's heading rows are people: “Sales by Patient Detail”."""
    parts = roles(fit.profile)
    for name, place in fit.places.items():
        carried = place.startswith("c-") and parts.get(name) is not Role.ORGANISATION
        if carried and mostly_people(found.frame[place]):
            raise FileProblem(
                found.path,
                "has people's names as the headings of its groups, and was not read: export the "
                "report by account, supplier or site.",
                found.part,
            )


def told(found: Found, fit: Match, options: dict[str, str]) -> str | None:
    """What stands outside the table, as one text for the ledger; None where nothing does.

    The user's answers about columns are part of it: the same bytes read otherwise are another load.
    """
    around = surroundings(found, fit.profile, options)
    said = [f"{name}={value[0]}" for name, value in around.items()]
    said += [f"column {answer}" for answer in fit.answers]
    if "dates" in options and any(s.kind in (Kind.DATE, Kind.MOMENT) for s in fit.profile.sources):
        said.append(f"dates={options['dates']}")
    return "; ".join(said) or None


def policy_of(profile: Profile, feed: str) -> Policy:
    """The policy of a profile for a feed: its own, else the feed's."""
    return profile.policy or FEEDS[feed].policy


def needs_whole(profile: Profile) -> bool:
    """Whether a profile says something of a record that only the whole table tells."""
    cells = [c for f in profile.facts for m in (f.cells, *f.across) for c in m.values()]
    return (
        profile.layout is not None
        or bool(profile.wide)
        or bool({"@file_month", "@file_months"} & set(profile.slice))
        or any(cell.count for cell in cells)
        or any(derived.running for derived in profile.derived)
    )


def _without(rows: pl.DataFrame, away: pl.DataFrame) -> pl.DataFrame:
    """The rows whose record is none of those in `away`."""
    if not away.height or not rows.height:
        return rows
    gone = np.isin(rows["record"].to_numpy(), away["record"].to_numpy())
    return rows.filter(pl.Series(~gone))


def _silent(sound: pl.Series, told: pl.Series, later: pl.Series) -> pl.Series:
    """The sound records that state no fact, and were not set aside or recognised since."""
    if sound.equals(told):  # one fact each, as in most tables
        return sound.clear()
    return sound.filter(~sound.is_in(pl.concat([told, later]).unique().implode()))


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
