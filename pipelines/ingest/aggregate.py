"""Records of single visits become counts in memory, before anything of them is stored."""

from __future__ import annotations

import polars as pl

from pipelines.profiles import Profile

COUNT = "@count"


def aggregated(values: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row for each group of the profile's `aggregate` columns.

    The row has the number of the group's first record and how many records it counts (`@count`).
    All other columns are null: what they held can't reach a fact.
    """
    counted = values.group_by(profile.aggregate, maintain_order=True).agg(
        pl.col("record").first(), pl.len().alias(COUNT)
    )
    rest = [name for name in values.columns if name not in counted.columns]
    nothing = [pl.lit(None, values.schema[name]).alias(name) for name in rest]
    return counted.with_columns(nothing).select(*values.columns, COUNT)
