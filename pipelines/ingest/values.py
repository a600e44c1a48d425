"""From text to typed values, a column at a time, exactly, and with a mask of what couldn't be read.

Each function takes the text cells of one column and gives `Values`. A blank cell is null and not
unreadable. What only the whole column can tell (decimal comma or point, day or month first) is
decided by its votes; where it cannot tell, `question` says what to ask and the cells that hang on
the answer count as unreadable, so that no guess gets into a sum.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from pipelines.ingest.amounts import money, whole
from pipelines.ingest.cells import Values, cleaned
from pipelines.ingest.moments import dates, moments

__all__ = ["Values", "dates", "flags", "moments", "money", "text", "whole"]


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
