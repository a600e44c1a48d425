"""Reading the lake with DuckDB: the facts of one home or of all, with the home of each row."""

from __future__ import annotations

from pipelines.errors import UsageProblem
from pipelines.lake import layout, manifest
from pipelines.lake.places import Place


def files_of(at: Place, home: str, feed: str) -> list[str]:
    """The names of the files that hold a feed of a home, as its manifest says."""
    known = manifest.read(at, home)
    if known is None:
        raise UsageProblem(f"Home {home} has written nothing into that lake. Run `rounds lake`.")
    return [f"home={home}/{file}" for _, part in known.of(feed) for file in part.files]


def facts_query(at: Place, feed: str, homes: list[str] | None = None) -> str | None:
    """SQL of a feed's facts over a lake in a folder, with the column `home`; None for no rows."""
    if at.local is None:
        raise UsageProblem("Only a lake in a folder is read this way. Copy the bucket first.")
    selects = []
    for home in manifest.homes(at) if homes is None else homes:
        listed = [f"'{at.local / name}'" for name in files_of(at, home, feed)]
        if listed:
            selects.append(
                f"SELECT '{home}' AS home, {layout.columns_as_recorded(feed)} FROM "
                f"read_parquet([{', '.join(listed)}], hive_partitioning = false)"
            )
    return " UNION ALL ".join(selects) or None
