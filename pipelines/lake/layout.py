"""How the lake is laid out: which folder a fact lies in, and what its columns are called there.

    LAKE/home=NAME/_manifest.json
    LAKE/home=NAME/feed=spend/year=2026/month=3/rows-<sha256>.parquet
    LAKE/home=NAME/table=sites/rows-<sha256>.parquet

A file holds every fact of its month, superseded ones too, with its provenance. The keys of the
folders (`home`, `feed`, `year`, `month`) are no columns of the files: engines that know the layout
(Hive's) add them. A feed's own column `month` is therefore called `month_date` in the files. Rows
without a date lie under `__HIVE_DEFAULT_PARTITION__`, which those engines read as null.
"""

from __future__ import annotations

import hashlib
import re

from pipelines.errors import UsageProblem
from pipelines.feeds import FEEDS, Feed
from pipelines.warehouse.schema import quoted

MANIFEST = "_manifest.json"
UNDATED = "__HIVE_DEFAULT_PARTITION__"
PROVENANCE = "system", "slice", "load", "record", "fact", "loaded_in", "superseded_in"
KEYS = frozenset({"home", "feed", "year", "month"})

# The day that places a fact in a month: pay by the first day of its pay period, an order by the
# day on which it was raised, a contract by the start of its term. Registers of sites have none.
DAY: dict[str, str | None] = {
    "sites": None,
    "labor": "period_start",
    "volume": "date",
    "stock": "as_of",
    "supply_moves": "date",
    "assets": "acquired",
    "work_orders": "created",
    "purchases": "ordered_on",
    "contracts": "start",
    "spend": "date",
    "budget": "month",
    "ledger": "month",
    "positions": "as_of",
    "feedback": "date",
    "remits": "month",
    "targets": "from_month",
}

# Small tables of the published build that say what the facts' codes mean and what people decided.
TABLES = (
    "build", "sites", "site_codes", "accounts", "unmapped", "coverage", "coverage_paid",
    "known_day", "budget_decisions", "budget_edits", "targets", "target_decisions", "rebases",
    "loads", "holidays", "index_values",
)  # fmt: skip

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def named(name: str) -> str:
    """A home's name in the lake. UsageProblem where it can't be the name of a folder."""
    if not _NAME.fullmatch(name):
        raise UsageProblem(
            "A home's name in the lake has letters, digits, points, dashes and underscores only. "
            "Give another with --name, or as `lake_name` in settings.toml."
        )
    return name


def in_file(column: str) -> str:
    """What a feed's column is called in the files."""
    return f"{column}_date" if column in KEYS else column


def measures(feed: Feed) -> tuple[str, ...]:
    """The columns whose sums are held against the record: all decimal ones."""
    return tuple(c.name for c in feed.columns if c.kind.sql.startswith("DECIMAL"))


def placed(feed: str) -> tuple[str, str]:
    """SQL of a fact's year and month over rows `f`, null where it has no date."""
    day = DAY[feed]
    if day is None:
        return "CAST(NULL AS INTEGER)", "CAST(NULL AS INTEGER)"
    column = f"f.{quoted(day)}"
    return f"CAST(year({column}) AS INTEGER)", f"CAST(month({column}) AS INTEGER)"


def folder(feed: str, year: int | None, month: int | None) -> str:
    """The folder of a month within that of the home."""
    parts = (UNDATED if part is None else part for part in (year, month))
    return "feed={}/year={}/month={}".format(feed, *parts)


def columns_in_file(feed: str) -> str:
    """A fact's columns as the files have them, over rows `f`."""
    own = (f"f.{quoted(c)} AS {quoted(in_file(c))}" for c in FEEDS[feed].names)
    return ", ".join((*own, *(f"f.{c}" for c in PROVENANCE)))


def shape() -> str:
    """A text that changes with the columns of the files: with it, all are written anew."""
    texts = "\0".join(columns_in_file(feed) for feed in FEEDS)
    return hashlib.sha256(texts.encode()).hexdigest()[:16]


def columns_as_recorded(feed: str) -> str:
    """The columns of a file as the record has them."""
    own = (f"{quoted(in_file(c))} AS {quoted(c)}" for c in FEEDS[feed].names)
    return ", ".join((*own, *PROVENANCE))
