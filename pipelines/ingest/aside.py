"""What is kept of a record that is set aside: its cells as text, masked, and what it would need.

The cells are those of the profile's columns only. Where they name or number a worker they are kept
as a marked pseudonym, so that a corrected record is still the same worker's. The memo holds
what only the whole file could tell: which line of its bill the record was, which slice it is in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import polars as pl

from pipelines.errors import FileProblem
from pipelines.feeds import FEEDS, Policy
from pipelines.ingest.conform import Conformed
from pipelines.ingest.facts import file_month
from pipelines.ingest.privacy import identifiers, pseudonyms, scrubbed
from pipelines.ingest.read import Found
from pipelines.ingest.sniff import normalise_heading
from pipelines.profiles import Cell, Profile

HIDDEN = "•••"
PSEUDONYM = re.compile(r"~[0-9a-f]{16}")
ABOUT = ("load", "record", "reasons")  # the first headings of a list of records set aside
# A date or a number that only waits for an answer to its column's question is no name.
OPEN_CELL = (
    r"^(?:\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?:[ T,]+\d{1,2}:\d\d[\d:. APMapm]*)?"
    r"|\W{0,3}\d{1,3}[.,]\d{3}\W{0,3})$"
)
ENTRIES = pl.List(pl.Struct({"key": pl.String, "value": pl.String}))


def refuse_list(found: Found) -> None:
    """FileProblem where a table is a list of records set aside: those are corrections."""
    if tuple(normalise_heading(h) for h in found.headings[:3]) == ABOUT:
        raise FileProblem(
            found.path,
            "is a list of records that were set aside: load it with `rounds quarantine reload`.",
            found.part,
        )


def set_aside(
    problems: pl.DataFrame,
    table: Conformed,
    profile: Profile,
    facts: Mapping[str, pl.DataFrame],
    policies: Mapping[str, Policy],
    *,
    astray: pl.Series,
    secret: bytes,
) -> pl.DataFrame:
    """(record, reason, column, cells, memo) of the records with problems.

    `facts` are the rows that the records would state, also those that can't; `astray` are records
    whose cells may stand under the wrong headings.
    """
    records = problems.select("record").unique(maintain_order=True)
    cells = safe_cells(records, table, profile, astray, secret)
    memo = _memo(records, profile, facts, policies)
    return problems.join(cells, on="record", how="left").join(memo, on="record", how="left")


def decided(table: Conformed, profile: Profile, stating: pl.DataFrame) -> dict[str, str]:
    """What the whole file decided and some of its records can't: see `Batch.decided`."""
    said = {name: style.replace(" ", "-") for name, style in table.styles.items()}
    month = file_month(stating, profile)
    return said | ({"@file_month": month.isoformat()} if month else {})


def safe_cells(
    records: pl.DataFrame, table: Conformed, profile: Profile, astray: pl.Series, secret: bytes
) -> pl.DataFrame:
    """(record, cells) of some records: the allow-listed cells, people's names and numbers masked.

    In a file about people, a name may stand in another column where a record has too many or too
    few cells, or where a cell is not what its column holds: those are hidden.
    """
    masked = identifiers(profile)
    wrong = table.texts.join(records, on="record", how="semi", maintain_order="left")
    strange = table.unreadable.join(records, on="record", how="semi", maintain_order="left")
    shifted = wrong["record"].is_in(astray.implode())
    kept = {"record": wrong["record"]}
    for name in (c for c in wrong.columns if c != "record"):
        if name in masked:
            kept[name] = _marked(wrong[name], secret)
        elif masked:
            odd = strange[name]
            if name in table.doubts:
                odd = odd & ~wrong[name].str.contains(OPEN_CELL).fill_null(False)
            hide = (shifted | odd) & wrong[name].is_not_null()
            kept[name] = pl.select(pl.when(hide).then(pl.lit(HIDDEN)).otherwise(wrong[name]))[
                :, 0
            ].alias(name)
        else:
            odd = strange[name] if name in strange.columns else shifted & False
            kept[name] = scrubbed(wrong[name], shifted | odd, secret)
    frame = pl.DataFrame(kept)
    return frame.select("record", cells=_entries(c for c in frame.columns if c != "record"))


def _marked(cells: pl.Series, secret: bytes) -> pl.Series:
    """Cells as marked pseudonyms; those that are one already stay."""
    already = cells.str.contains(f"^{PSEUDONYM.pattern}$").fill_null(False)
    return cells.zip_with(already, "~" + pseudonyms(cells, secret)).alias(cells.name)


def _entries(names: Iterable[str]) -> pl.Expr:
    pairs = [pl.struct(key=pl.lit(name), value=pl.col(name)) for name in names]
    return pl.concat_list(pairs).cast(ENTRIES)


def remembered(profile: Profile) -> dict[tuple[int, str, str], Cell]:
    """The cells of facts that only the whole file, or a worker's own number, could fill.

    By (fact, feed, column); facts are numbered as `build_facts` does.
    """
    found: dict[tuple[int, str, str], Cell] = {}
    number = 0
    for facts in profile.facts:
        for member in facts.across:
            number += 1
            for column, cell in {**facts.cells, **member}.items():
                if cell.count is not None or column == "worker":
                    found[number, facts.feed, column] = cell
    return found


def _memo(
    records: pl.DataFrame,
    profile: Profile,
    facts: Mapping[str, pl.DataFrame],
    policies: Mapping[str, Policy],
) -> pl.DataFrame:
    """(record, memo): `slice`, `FEED.COLUMN` of keys, and `FACT.COLUMN` of what is remembered."""
    parts = []
    for name, rows in facts.items():
        mine = rows.join(records, on="record", how="semi", maintain_order="left")
        first = mine.unique("record", keep="first", maintain_order=True)
        if policies[name] is Policy.REPLACE:
            parts.append(_note(first, "slice", "slice"))
        else:
            parts.extend(_note(first, key, f"{name}.{key}") for key in FEEDS[name].key)
        parts.extend(
            _note(mine.filter(pl.col("fact") == fact), column, f"{fact}.{column}")
            for fact, feed, column in remembered(profile)
            if feed == name
        )
    empty = pl.DataFrame(schema={"record": pl.UInt32, "key": pl.String, "value": pl.String})
    notes = pl.concat([empty, *parts]).unique(["record", "key"], keep="first", maintain_order=True)
    memo = notes.group_by("record", maintain_order=True).agg(memo=pl.struct("key", "value"))
    filled = records.join(memo, on="record", how="left", maintain_order="left")
    return filled.with_columns(pl.col("memo").fill_null(pl.lit([], ENTRIES)))


def _note(rows: pl.DataFrame, column: str, key: str) -> pl.DataFrame:
    value = pl.col(column).cast(pl.String)
    noted = rows.select(pl.col("record").cast(pl.UInt32), key=pl.lit(key), value=value)
    return noted.filter(pl.col("value").is_not_null())
