"""The tables of the record: the ledger of loads, the facts of each feed, the quarantine.

A fact carries where it came from (`load`, `record`, `fact`) and when it was believed: from event
`loaded_in` until event `superseded_in`. Loads and undos are events of one sequence, so a vintage is
`loaded_in <= e AND (superseded_in IS NULL OR superseded_in > e)`. Nothing is ever deleted.
A load that `corrects` another holds records of that one which had been set aside, under their own
numbers: the two are one file, whose place in the order of loads is that of the first.
There are no primary keys: an index on a composite key made loads twelve times slower.
"""

from __future__ import annotations

from pipelines.feeds import FEEDS, Feed

VERSION = 5  # a change of layout is a step in upgrade.py

LEDGER = """
CREATE TABLE IF NOT EXISTS loads (
    event INTEGER NOT NULL, moment TIMESTAMP NOT NULL, what VARCHAR NOT NULL, undoes INTEGER,
    sha256 VARCHAR, path VARCHAR, part VARCHAR, profile VARCHAR, system VARCHAR,
    encoding VARCHAR, delimiter VARCHAR, file_order VARCHAR, context VARCHAR,
    records BIGINT, accepted BIGINT, duplicate BIGINT, quarantined BIGINT, furniture BIGINT,
    superseded BIGINT, rows MAP(VARCHAR, BIGINT), policies MAP(VARCHAR, VARCHAR),
    money_read DECIMAL(38,4), money_accepted DECIMAL(38,4), money_duplicate DECIMAL(38,4),
    money_quarantined DECIMAL(38,4), money_unreadable BIGINT,
    corrects INTEGER, decided MAP(VARCHAR, VARCHAR)
);
CREATE TABLE IF NOT EXISTS quarantine (
    load INTEGER NOT NULL, record INTEGER NOT NULL, reason VARCHAR NOT NULL,
    "column" VARCHAR, cells MAP(VARCHAR, VARCHAR), memo MAP(VARCHAR, VARCHAR)
);
CREATE TABLE IF NOT EXISTS corrections (
    load INTEGER NOT NULL, record INTEGER NOT NULL, of_load INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS furniture (
    load INTEGER NOT NULL, record INTEGER NOT NULL, class VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS totals (
    load INTEGER NOT NULL, record INTEGER NOT NULL, "column" VARCHAR NOT NULL,
    scope VARCHAR NOT NULL, stated DECIMAL(38,4) NOT NULL, summed DECIMAL(38,4) NOT NULL,
    difference DECIMAL(38,4) NOT NULL
);
CREATE TABLE IF NOT EXISTS duplicates (
    load INTEGER NOT NULL, record INTEGER NOT NULL, of_load INTEGER, of_record INTEGER
);
CREATE TABLE IF NOT EXISTS mentions (
    load INTEGER NOT NULL, system VARCHAR NOT NULL, site VARCHAR NOT NULL,
    name VARCHAR, kind VARCHAR, region VARCHAR
);
CREATE TABLE IF NOT EXISTS settled (
    sha256 VARCHAR NOT NULL, way VARCHAR NOT NULL, parts VARCHAR[] NOT NULL,
    profiles VARCHAR[] NOT NULL, loads INTEGER[] NOT NULL
);
CREATE TABLE IF NOT EXISTS seen (
    place VARCHAR NOT NULL, mark VARCHAR NOT NULL, sha256 VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL);
"""

PROVENANCE = (
    "system VARCHAR NOT NULL, slice VARCHAR, load INTEGER NOT NULL, record INTEGER NOT NULL, "
    "fact INTEGER NOT NULL, loaded_in INTEGER NOT NULL, superseded_in INTEGER"
)


# Columns that feeds gained since the layout of `VERSION`: (feed, column, type).
ADDED = (
    ("contracts", "notice_unit", "VARCHAR"),
    ("contracts", "notice_months", "BIGINT"),
    ("contracts", "escalator_index", "VARCHAR"),
    ("contracts", "escalator_floor", "DECIMAL(18,4)"),
    ("contracts", "escalator_cap", "DECIMAL(18,4)"),
    ("contracts", "escalator_steps", "VARCHAR"),
)


def quoted(name: str) -> str:
    """A column's name as SQL identifier (`order` and `end` are words of the language)."""
    return f'"{name}"'


def fact_table(feed: Feed) -> str:
    """The DDL of a feed's facts."""
    columns = ", ".join(f"{quoted(c.name)} {c.kind.sql}" for c in feed.columns)
    return f"CREATE TABLE IF NOT EXISTS fact_{feed.name} ({columns}, {PROVENANCE})"


def all_tables() -> list[str]:
    """Every statement that makes the record, in order; one that is there gains newer columns."""
    added = [
        f"ALTER TABLE fact_{feed} ADD COLUMN IF NOT EXISTS {quoted(column)} {kind}"
        for feed, column, kind in ADDED
    ]
    return [LEDGER, *(fact_table(feed) for feed in FEEDS.values()), *added]
