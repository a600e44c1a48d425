"""Total rows that say nothing but their amount, and prove themselves by tying."""

from __future__ import annotations

import polars as pl


def lone_totals(filled: pl.Series, amounts: pl.Series) -> pl.Series:
    """Whether each record is an unlabelled total: its amount stands alone, and ties.

    `filled` counts the cells of each record that hold anything; `amounts` are the typed amounts,
    null where there is none. A record whose only cell is its amount is a total where that is the
    sum of the amounts before it, of all or of those since the last such record. One that doesn't
    tie is none: it may be what is left of a broken row. Totals are no part of any sum.
    """
    alone = (filled == 1) & amounts.is_not_null()
    totals = alone & False
    if not alone.any():
        return totals
    lines = amounts.fill_null(0).zip_with(~alone, amounts.fill_null(0) * 0)
    sums = lines.cum_sum()
    since, counted = 0, 0
    found = []
    for place in alone.arg_true():
        whole, group = sums[place], sums[place] - since
        if place - counted > 1 and amounts[place] in (whole, group):
            found.append(place)
        since, counted = whole, place
    return totals.scatter(found, True) if found else totals
