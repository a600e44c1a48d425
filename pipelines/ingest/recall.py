"""What only the whole file could tell of a record, put back into the facts of its correction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.feeds import FEEDS
from pipelines.ingest.aside import PSEUDONYM, remembered
from pipelines.ingest.corrections import Held
from pipelines.ingest.privacy import identifiers, pseudonyms
from pipelines.profiles import Cell, Profile
from pipelines.warehouse.batch import QUARANTINE
from pipelines.warehouse.record import Record
from pipelines.warehouse.waiting import largest


def because(records: Sequence[int], reason: str, column: str | None) -> pl.DataFrame:
    """(record, reason, column) of the records given."""
    frame = pl.DataFrame({"record": list(records)}, schema={"record": pl.UInt32})
    return frame.with_columns(
        reason=pl.lit(reason), column=pl.lit(column, pl.String)
    ).cast(pl.Schema(QUARANTINE))  # fmt: skip


def half_named(profile: Profile, records: Sequence[Held]) -> list[pl.DataFrame]:
    """Workers that are a pseudonym and a name: of the two together nothing can be made."""
    wrong = []
    for cell in (c for (_, _, column), c in remembered(profile).items() if column == "worker"):
        names = _sources(profile, cell) & identifiers(profile)
        for h in records:
            marks = {bool(PSEUDONYM.fullmatch(h.cells[n] or "")) for n in names if h.cells.get(n)}
            if len(marks) > 1:
                wrong.append(h.record)
    reason = "names its worker by a pseudonym and a name: give the whole name"
    return [because(sorted(set(wrong)), reason, None)]


def _sources(profile: Profile, cell: Cell) -> frozenset[str]:
    """The source columns that a cell is made of, by way of derived ones too."""
    derived = {d.name: d for d in profile.derived}
    found: set[str] = set()
    names = [*(cell.count or ()), *re.findall(r"\{(\w+)\}", cell.text or "")]
    names += [cell.column] if cell.column else []
    while names:
        name = names.pop()
        if name in derived:
            one = derived[name]
            names += [one.origin] if one.origin else re.findall(r"\{(\w+)\}", one.text or "")
        else:
            found.add(name)
    return frozenset(found)


def recalled(
    record: Record,
    facts: dict[str, pl.DataFrame],
    profile: Profile,
    records: Sequence[Held],
    before: Mapping[int, Held],
    secret: bytes,
) -> dict[str, pl.DataFrame]:
    """Facts with what only the whole file could tell: the line of a bill, the worker.

    Where a person changed the cells that it hangs on, a line gets the next free number of the bill
    that it is on now; a worker given by a pseudonym is that one.
    """
    facts = {name: _by_mark(rows, records, secret) for name, rows in facts.items()}
    for (fact, feed, column), cell in remembered(profile).items():
        sources, known, fresh = _sources(profile, cell), {}, []
        for h in records:
            same = all(h.cells.get(n) == before[h.record].cells.get(n) for n in sources)
            value = h.memo.get(f"{fact}.{column}")
            if same and value is not None:
                known[h.record] = value
            elif cell.count is not None:
                fresh.append(h.record)
        rows = _set(facts[feed], fact, column, known)
        numbered = set(known)
        for number in fresh:
            rows = _numbered(record, feed, rows, fact, column, number, numbered)
            numbered.add(number)
        facts[feed] = rows
    return facts


def _by_mark(rows: pl.DataFrame, records: Sequence[Held], secret: bytes) -> pl.DataFrame:
    """The pseudonym of a pseudonym is the worker's own."""
    marks = [c for h in records for c in h.cells.values() if c and PSEUDONYM.fullmatch(c)]
    if "worker" not in rows.columns or not marks:
        return rows
    twice = pseudonyms(pl.Series(marks, dtype=pl.String), secret).to_list()
    own = {again: mark[1:] for again, mark in zip(twice, marks, strict=True)}
    return rows.with_columns(pl.col("worker").replace(own))


def _set(rows: pl.DataFrame, fact: int, column: str, values: Mapping[int, str]) -> pl.DataFrame:
    if not values:
        return rows
    keys, texts = list(values), list(values.values())
    given = pl.col("record").replace_strict(keys, texts, default=None, return_dtype=pl.String)
    chosen = pl.when(pl.col("fact") == fact).then(given).cast(rows.schema[column])
    return rows.with_columns(pl.coalesce(chosen, column).alias(column))


def _numbered(
    record: Record,
    feed: str,
    rows: pl.DataFrame,
    fact: int,
    column: str,
    number: int,
    numbered: set[int],
) -> pl.DataFrame:
    """Give one record's counted column the number after the largest that is taken.

    `numbered` are the records of the correction that have theirs.
    """
    mine = rows.filter((pl.col("record") == number) & (pl.col("fact") == fact))
    if not mine.height:
        return rows
    row = mine.row(0, named=True)
    others = [k for k in FEEDS[feed].key if k != column]
    beside = rows.filter(
        pl.col("record").is_in(numbered),
        *(pl.col(k).eq_missing(pl.lit(row[k], rows.schema[k])) for k in others),
    )
    here = beside[column].cast(pl.Int64, strict=False).to_list()
    taken = max(largest(record, feed, column, row), *(n or 0 for n in here), 0)
    return _set(rows, fact, column, {number: str(taken + 1)})
