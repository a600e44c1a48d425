"""Total rows that say nothing but their amount, and prove themselves by tying."""

from __future__ import annotations

import polars as pl

LEAST = 2  # a total of one line is as likely that line's repeat


def lone_totals(filled: pl.Series, amounts: pl.Series) -> pl.Series:
    """Whether each record is an unlabelled total: its amount stands alone, and ties.

    `filled` counts the cells of each record that hold anything; `amounts` are the typed amounts,
    null where there is none. A record whose only cell is its amount is a total where that is the
    sum of the amounts before it, of all or of those since the last such record. One that doesn't
    tie is none: it may be what is left of a broken row. Totals are no part of any sum.
    """
    alone = (filled == 1) & amounts.is_not_null()
    if not alone.any():
        return alone
    nought = amounts.fill_null(0)
    sums = nought.zip_with(~alone, nought - nought).cum_sum()
    found: list[int] = []
    before, last, since = 0, -1, nought[0] - nought[0]
    for place in alone.arg_true():
        lines = place - last - 1
        before += lines
        if (amounts[place] == sums[place] and before >= LEAST) or (
            amounts[place] == sums[place] - since and lines >= LEAST
        ):
            found.append(place)
        last, since = place, sums[place]
    return (alone & False).scatter(found, True) if found else alone & False
