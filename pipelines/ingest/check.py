"""Which records are facts, which are furniture, which are set aside, and why.

A record is accepted whole or set aside whole. Only a record that cannot be a fact is asked
whether it is furniture: a supplier called “Total Energies” is no total.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipelines.feeds import FEEDS, Feed, Kind, Policy
from pipelines.ingest.conform import KINDS_IN_WORDS, Conformed
from pipelines.ingest.keys import came_twice, hashes
from pipelines.ingest.kinds import hanging
from pipelines.ingest.match import Match
from pipelines.ingest.read import Found
from pipelines.ingest.sniff import normalise_heading
from pipelines.ingest.values import OPEN
from pipelines.ingest.words import word_problems
from pipelines.warehouse.batch import DUPLICATES, FURNITURE, QUARANTINE

TOTAL = r"(?i)^\W*(?:grand |sub ?-?)?totals?\b|^\S.{0,80} result$"  # SAP's sums are “R1A Result”
TOTAL_FOR = r"(?i)^\W*(?:grand |sub ?-?)?totals? (?:for|of)\b"
# Steps of a price, each with its day: a rise, so much more a year, or the new value of a year.
STEP = r"\d{4}-\d{2}-\d{2}\s+(?:[+-]?\d+(?:\.\d+)?%|by -?\d+(?:\.\d+)?|to \d+(?:\.\d+)?)"
STEPS = rf"^\s*{STEP}(?:\s*;\s*{STEP})*\s*;?\s*$"
ONLY_TOTAL = r"(?i)^\W*(?:(?:grand |sub ?-?)?totals?|sum)\W*$"
FIRST_YEAR, LAST_YEAR = 1900, 2150


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on each record: facts that stand, and three tables of records that don't load."""

    facts: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    furniture: pl.DataFrame
    duplicates: pl.DataFrame


def furniture(
    found: Found,
    table: Conformed,
    fit: Match,
    known: pl.DataFrame | None = None,
    *,
    last: bool = True,
) -> pl.DataFrame:
    """(record, class) of the records that state no fact: blank, heading, total, footer.

    Only records that cannot be facts are looked at. `known` are those that the layout of a report
    tells already. `last` says whether the table ends here: a footer stands below all facts.
    """
    idle = _furniture(found, table, fit, last)
    if known is None or not known.height:
        return idle
    return pl.concat([known, idle.join(known, on="record", how="anti")]).sort("record")


def _furniture(found: Found, table: Conformed, fit: Match, last: bool) -> pl.DataFrame:
    frame = found.frame
    needed = _needed(table, fit).hstack(_named_total(table, fit))
    suspect = needed["lacking"] | needed["named"] | _repeats_a_heading(found, table, fit)
    last_fact = frame["record"].filter(~needed["lacking"]).max() or 0
    frame, needed = frame.filter(suspect), needed.filter(suspect)
    if not frame.height:
        return pl.DataFrame(schema=FURNITURE)
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
        titled=pl.any_horizontal(pl.col(c).str.contains(TOTAL_FOR).fill_null(False) for c in cells),
        sole=pl.any_horizontal(pl.col(c).str.contains(ONLY_TOTAL).fill_null(False) for c in cells),
    )
    blank = pl.col("blank")
    classed = looks.hstack(needed).with_columns(
        pl.when(pl.col("filled") == 0)
        .then(pl.lit("blank"))
        .when(pl.col("heading"))
        .then(pl.lit("heading"))
        .when(
            ((blank > 0) & pl.col("sole"))
            | ((blank > 0.5) & pl.col("total"))
            | ((blank >= 0.5) & pl.col("titled"))
            | pl.col("named")
        )
        .then(pl.lit("total"))
        .when(
            pl.lit(last)
            & pl.col("lacking")
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


def _repeats_a_heading(found: Found, table: Conformed, fit: Match) -> pl.Series:
    """Whether a record spells the heading of a column in that column, by record."""
    some = [s for s in fit.profile.sources if s.name in fit.places and s.kind is Kind.TEXT][:2]
    nowhere = table.texts.select(pl.repeat(False, pl.len())).to_series()
    for source in some:
        heading = normalise_heading(found.headings[int(fit.places[source.name][1:])])
        cells = table.texts[source.name]
        if heading.isascii():  # most cells are longer or shorter, and need no small letters
            alike = (cells.str.len_bytes() == len(heading)).arg_true()
            alike = alike.filter(cells.gather(alike).str.to_lowercase() == heading)
            nowhere = nowhere.scatter(alike, True) if len(alike) else nowhere
        else:
            nowhere |= (cells.str.to_lowercase() == heading).fill_null(False)
    return nowhere


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
        s.name
        for s in fit.profile.sources
        if s.required and s.kind is Kind.TEXT and s.name in fit.places
    ]
    records = table.texts["record"]
    if not texts:
        return pl.DataFrame({"named": records.is_null()})
    rows = table.texts.select("record", *texts)
    for name in texts:  # few are left after the first
        says = pl.col(name).str.contains(ONLY_TOTAL)
        rows = rows.filter(pl.col(name).is_null() | says)
    rows = rows.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in texts))
    if not rows.height:
        return pl.DataFrame({"named": records.is_null()})
    return pl.DataFrame({"named": records.is_in(rows["record"].implode())})


def cell_problems(table: Conformed, fit: Match) -> pl.DataFrame:
    """(record, reason, column): required cells that are blank, cells that can't be read."""
    found = [word_problems(table.unreadable, fit.profile)]
    for source in fit.profile.sources:
        if source.name not in fit.places:
            continue
        heading = source.headings[0]
        records = table.texts.select("record", source.name)
        if table.unreadable[source.name].any():
            bad = records.filter(table.unreadable[source.name])
            if source.name in table.doubts:
                open_ = hanging(bad[source.name], source)
                reason = OPEN[table.doubts[source.name]]
                found.append(_reasons(bad.filter(open_).select("record"), reason, heading))
                bad = bad.filter(~open_)
            reason = f"is not {KINDS_IN_WORDS[source.kind]}"
            found.append(_reasons(bad.select("record"), reason, heading))
        if source.required and not source.may_be_blank and records[source.name].null_count():
            blank = records.filter(pl.col(source.name).is_null()).select("record")
            found.append(_reasons(blank, "is blank, and every row needs it", heading))
    return pl.concat(found)


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
    problems = [pl.DataFrame(schema=QUARANTINE)]
    for name, rows in facts.items():
        problems.extend(_feed_problems(rows, FEEDS[name]))
    conflicts, repeats = key_repeats(facts, policies)
    return pl.concat([*problems, conflicts]), repeats


def key_repeats(
    facts: dict[str, pl.DataFrame], policies: dict[str, Policy]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keys that come twice: the contradictions, as problems, and the duplicates."""
    conflicts, repeats = [pl.DataFrame(schema=QUARANTINE)], [pl.DataFrame(schema=DUPLICATES)]
    for name, rows in facts.items():
        if policies[name] is Policy.UPSERT:
            twice = rows.filter(came_twice(hashes(rows, name)))
            doubled, contradicted = _key_repeats(twice, FEEDS[name])
            repeats.append(doubled)
            conflicts.append(contradicted)
    return pl.concat(conflicts), pl.concat(repeats).unique("record", keep="first")


def _feed_problems(rows: pl.DataFrame, feed: Feed) -> list[pl.DataFrame]:
    """The problems of a feed's rows; all rules are tried in one pass, and mostly none is broken."""
    rules = list(_rules(feed))
    broken = [wrong.fill_null(False).alias(str(i)) for i, (wrong, _, _) in enumerate(rules)]
    hit = rows.select(rule.any() for rule in broken).row(0) if rules else ()
    return [
        _reasons(rows.filter(mask).select("record"), reason, column)
        for mask, (_, reason, column), any_ in zip(broken, rules, hit, strict=True)
        if any_
    ]


def _rules(feed: Feed) -> Iterator[tuple[pl.Expr, str, str]]:
    """What may be wrong with a row of a feed: when, what is said of it, and of which column."""
    for column in feed.columns:
        value = pl.col(column.name)
        if column.required:
            yield value.is_null(), "is missing", column.name
        if column.choices:
            expected = ", ".join(column.choices)
            yield ~value.is_in(column.choices), f"is none of: {expected}", column.name
        if column.kind in (Kind.DATE, Kind.MOMENT):
            outside = ~value.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
            yield outside, "is no plausible date", column.name
    if {"period_start", "period_end"} <= set(feed.names):
        turned = pl.col("period_end") < pl.col("period_start")
        yield turned, "lies before the period's first day", "period_end"
    if {"created", "completed"} <= set(feed.names):
        turned = pl.col("completed") < pl.col("created")
        yield turned, "lies before the day of creation", "completed"

    if "escalator_steps" in feed.names:
        steps = pl.col("escalator_steps")
        days = steps.str.extract_all(r"\d{4}-\d{2}-\d{2}")
        none = days.list.eval(pl.element().str.to_date("%Y-%m-%d", strict=False).is_null())
        unclear = ~steps.str.contains(STEPS) | none.list.any()
        yield unclear, "is no list of steps as 2027-07-01 3%; 2028-07-01 by 1200", "escalator_steps"
        turned = pl.col("escalator_cap") < pl.col("escalator_floor")
        yield turned, "lies below the floor", "escalator_cap"


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


def _reasons(records: pl.DataFrame, reason: str, column: str) -> pl.DataFrame:
    if not records.height:
        return pl.DataFrame(schema=QUARANTINE)
    named = records.unique().with_columns(reason=pl.lit(reason), column=pl.lit(column or None))
    return named.cast(pl.Schema(QUARANTINE))
