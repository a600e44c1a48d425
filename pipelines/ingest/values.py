"""From text to typed values, a column at a time, exactly, and with a mask of what couldn't be read.

Each function takes the text cells of one column and gives `Values`. A blank cell is null and not
unreadable. What only the whole column can tell (decimal comma or point, day or month first) is
decided by its votes; where it cannot tell, `question` says what to ask and the cells that hang on
the answer count as unreadable, so that no guess gets into a sum.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from pipelines.ingest.amounts import DECIMAL_QUESTION, DecimalVotes, decimal_votes, money, whole
from pipelines.ingest.cells import Values, cleaned
from pipelines.ingest.moments import (
    BOTH_QUESTION,
    ORDER_QUESTION,
    DateVotes,
    Order,
    date_votes,
    dates,
    moments,
)

__all__ = [
    "OPEN",
    "DateVotes",
    "DecimalVotes",
    "Order",
    "Values",
    "date_votes",
    "dates",
    "decimal_votes",
    "flags",
    "moments",
    "money",
    "text",
    "whole",
]

# What is wrong with a cell that hangs on a question, by the question.
OPEN = {
    ORDER_QUESTION: (
        "could be two days, and the column doesn't tell whether the day or the month comes first: "
        "say so with --dates, or `day_first` in the profile"
    ),
    BOTH_QUESTION: (
        "could be two days, and the column has rows with the day first and rows with the month "
        "first: correct it to a form such as 2026-10-31"
    ),
    DECIMAL_QUESTION: (
        "could be two numbers, and the column doesn't tell whether its decimal mark is a point or "
        "a comma: say so with `decimal_comma` in the profile"
    ),
}


def text(column: pl.Series, *, nulls: Collection[str] = ()) -> Values:
    """Stripped text with plain blanks for no-break ones; line breaks stay; "" is null.

    `nulls` are the words that mean "nothing" here ("N/A"); without them such words stay text.
    """
    cells = cleaned(column, nulls, r"[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]")
    return Values(cells, cells.is_null() & False)


_YES = (
    "yes y true t 1 1.0 x on oui o vrai ja j wahr si sí sì s sim verdadero vero ✓ ✔ ☑",
    "no n false f 0 0.0 off non faux nein falsch não nee nej falso ✗ ✘ ☐",
)
_FLAGS = {
    word: yes for words, yes in zip(_YES, (True, False), strict=True) for word in words.split()
}


def flags(column: pl.Series, *, nulls: Collection[str] = ()) -> Values:
    """Yes and no in a few languages, `1`, `0`, `Y`, `x`, as Boolean."""
    cells = cleaned(column, nulls)
    value = cells.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    return Values(value, cells.is_not_null() & value.is_null())
