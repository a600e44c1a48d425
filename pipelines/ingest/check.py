"""Which records are facts, which are furniture, which are set aside, and why.

A record is accepted whole or set aside whole. Only a record that cannot be a fact is asked
whether it is furniture: a supplier called “Total Energies” is no total.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.feeds import FEEDS, Feed, Kind, Policy
from pipelines.ingest.conform import KINDS_IN_WORDS, Conformed
from pipelines.ingest.match import Match
from pipelines.ingest.read import Found
from pipelines.ingest.sniff import normalise_heading
from pipelines.profiles import Source
from pipelines.warehouse.batch import DUPLICATES, FURNITURE, QUARANTINE

TOTAL = r"(?i)^\W*(?:grand |sub ?-?)?totals?\b"
ONLY_TOTAL = r"(?i)^\W*(?:grand |sub ?-?)?totals?\W*$"
OPEN = "is open to two readings in this file: say which with `rounds quarantine answer`"
FIRST_YEAR, LAST_YEAR = 1900, 2150


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on each record: facts that stand, and three tables of records that don't load."""

    facts: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    furniture: pl.DataFrame
    duplicates: pl.DataFrame


def furniture(found: Found, table: Conformed, fit: Match) -> pl.DataFrame:
    """(record, class) of the records that state no fact: blank, heading, total, footer."""
    frame = found.frame
    cells = [c for c in frame.columns if c != "record"]
    filled = pl.sum_horizontal(
        (pl.col(c).fill_null("").str.strip_chars() != "").cast(pl.Int32) for c in cells
    )
    headings = [normalise_heading(h) for h in found.headings]
    repeats = [
        pl.col(f"c{i}").str.strip_chars().str.to_lowercase() == name
        for i, name in enumerate(headings)
        if name and f"c{i}" in frame.columns
    ]
    looks = frame.select(
        "record",
        filled=filled,
        heading=pl.sum_horizontal(r.fill_null(False).cast(pl.Int32) for r in repeats)
        >= max(2, (len(repeats) + 1) // 2),
        total=pl.any_horizontal(pl.col(c).str.contains(TOTAL).fill_null(False) for c in cells),
        sole=pl.any_horizontal(pl.col(c).str.contains(ONLY_TOTAL).fill_null(False) for c in cells),
    )
    lame = looks.hstack(_needed(table, fit)).hstack(_named_total(table, fit))
    last_fact = lame.filter(~pl.col("lacking"))["record"].max() or 0
    blank = pl.col("blank")
    classed = lame.with_columns(
        pl.when(pl.col("filled") == 0)
        .then(pl.lit("blank"))
        .when(pl.col("heading"))
        .then(pl.lit("heading"))
        .when(((blank > 0) & pl.col("sole")) | ((blank > 0.5) & pl.col("total")) | pl.col("named"))
        .then(pl.lit("total"))
        .when(
            pl.col("lacking")
            & ~pl.col("measured")
            & (pl.col("filled") <= 2)
            & (pl.col("record") > last_fact)
        )
        .then(pl.lit("footer"))
        .alias("class")
    )
    return (
        classed.filter(pl.col("class").is_not_null())
        .select("record", "class")
        .cast(pl.Schema(FURNITURE))
    )


def _needed(table: Conformed, fit: Match) -> pl.DataFrame:
    """What a record lacks of what every row needs.

    `blank` is the share of required cells without text; `lacking` is true where one is blank or
    unreadable, `measured` where one that is no text (a date, an amount) can be read.
    """
    needed = [
        s for s in fit.profile.sources if s.required and not s.may_be_blank and s.name in fit.places
    ]
    measures = [s.name for s in needed if s.kind is not Kind.TEXT]
    no = pl.repeat(False, pl.len())
    blanks = table.texts.select(
        blank=pl.sum_horizontal(pl.repeat(0, pl.len()), *(pl.col(s.name).is_null() for s in needed))
        / max(1, len(needed))
    )
    values = table.values.select(
        lacking=pl.any_horizontal(no, *(pl.col(s.name).is_null() for s in needed)),
        measured=pl.any_horizontal(no, *(pl.col(n).is_not_null() for n in measures)),
    )
    return blanks.hstack(values)


def _named_total(table: Conformed, fit: Match) -> pl.DataFrame:
    """Whether every required text cell is blank or says “Total”, and one does, by record."""
    texts = [
        pl.col(s.name).fill_null("")
        for s in fit.profile.sources
        if s.required and s.kind is Kind.TEXT and s.name in fit.places
    ]
    if not texts:
        return table.texts.select(named=pl.repeat(False, pl.len()))
    says = [text.str.contains(ONLY_TOTAL) for text in texts]
    return table.texts.select(
        named=pl.any_horizontal(says)
        & pl.all_horizontal(s | (t == "") for s, t in zip(says, texts, strict=True))
    )


def cell_problems(table: Conformed, fit: Match) -> pl.DataFrame:
    """(record, reason, column): required cells that are blank, cells that can't be read."""
    found = [pl.DataFrame(schema=QUARANTINE)]
    for source in fit.profile.sources:
        if source.name not in fit.places:
            continue
        heading = source.headings[0]
        bad = table.unreadable.filter(pl.col(source.name)).select("record")
        found.append(_reasons(bad, _unreadable(table, source), heading))
        if source.required and not source.may_be_blank:
            blank = table.texts.filter(pl.col(source.name).is_null()).select("record")
            found.append(_reasons(blank, "is blank, and every row needs it", heading))
    return pl.concat(found)


def _unreadable(table: Conformed, source: Source) -> str:
    if source.name in table.doubts:
        return OPEN
    return f"is not {KINDS_IN_WORDS[source.kind]}"


def extra_cells(found: Found) -> pl.DataFrame:
    """(record, reason, column): records with filled cells beyond the headings."""
    beyond = [c for c in found.frame.columns if c != "record" and int(c[1:]) >= len(found.headings)]
    if not beyond:
        return pl.DataFrame(schema=QUARANTINE)
    wide = found.frame.filter(
        pl.any_horizontal(pl.col(c).fill_null("").str.strip_chars() != "" for c in beyond)
    )
    return _reasons(wide.select("record"), "has more cells than there are headings", "")


def astray(found: Found) -> pl.Series:
    """The records whose cells may stand under the wrong headings: too many of them, or too few."""
    last = f"c{len(found.headings) - 1}"
    short = found.frame.filter(pl.col(last).is_null())["record"]
    return pl.concat([extra_cells(found)["record"], short])


def check_facts(
    facts: dict[str, pl.DataFrame], policies: dict[str, Policy]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The problems of facts (record, reason, column) and repeats in the file (record, of_record).

    A key that comes twice in one file with the same values is a duplicate; with other values the
    later record is set aside, because the file contradicts itself.
    """
    problems, repeats = [pl.DataFrame(schema=QUARANTINE)], [pl.DataFrame(schema=DUPLICATES)]
    for name, rows in facts.items():
        feed = FEEDS[name]
        problems.extend(_feed_problems(rows, feed))
        if policies[name] is Policy.UPSERT:
            doubled, conflicts = _key_repeats(rows, feed)
            repeats.append(doubled)
            problems.append(conflicts)
    return pl.concat(problems), pl.concat(repeats).unique("record", keep="first")


def _feed_problems(rows: pl.DataFrame, feed: Feed) -> list[pl.DataFrame]:
    found = []
    for column in feed.columns:
        value = pl.col(column.name)
        if column.required:
            found.append(_where(rows, value.is_null(), "is missing", column.name))
        if column.choices:
            wrong = ~value.is_in(column.choices)
            expected = ", ".join(column.choices)
            found.append(_where(rows, wrong, f"is none of: {expected}", column.name))
        if column.kind in (Kind.DATE, Kind.MOMENT):
            outside = ~value.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
            found.append(_where(rows, outside, "is no plausible date", column.name))
    if {"period_start", "period_end"} <= set(feed.names):
        turned = pl.col("period_end") < pl.col("period_start")
        found.append(_where(rows, turned, "lies before the period's first day", "period_end"))
    if {"created", "completed"} <= set(feed.names):
        turned = pl.col("completed") < pl.col("created")
        found.append(_where(rows, turned, "lies before the day of creation", "completed"))
    return found


def _key_repeats(rows: pl.DataFrame, feed: Feed) -> tuple[pl.DataFrame, pl.DataFrame]:
    key, rest = list(feed.key), [n for n in feed.names if n not in feed.key]
    ranked = rows.select(
        "record",
        first=pl.col("record").first().over(key),
        count=pl.len().over(key),
        same=pl.all_horizontal(pl.col(n).eq_missing(pl.col(n).first().over(key)) for n in rest),
    ).filter((pl.col("count") > 1) & (pl.col("record") != pl.col("first")))
    doubled = ranked.filter("same").select("record", of_record="first").cast(pl.Schema(DUPLICATES))
    conflicts = ranked.filter(~pl.col("same")).select("record")
    reason = "comes twice in this file with different values"
    return doubled, _reasons(conflicts, reason, ", ".join(key))


def _where(rows: pl.DataFrame, wrong: pl.Expr, reason: str, column: str) -> pl.DataFrame:
    return _reasons(rows.filter(wrong.fill_null(False)).select("record"), reason, column)


def _reasons(records: pl.DataFrame, reason: str, column: str) -> pl.DataFrame:
    named = records.unique().with_columns(reason=pl.lit(reason), column=pl.lit(column or None))
    return named.cast(pl.Schema(QUARANTINE))
