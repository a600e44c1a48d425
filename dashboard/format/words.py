"""Words that stand where a figure would."""

from __future__ import annotations

from collections.abc import Sequence


def suppressed(fewer_than: int = 5) -> str:
    """What stands in place of a small number.

    >>> suppressed()
    'fewer than 5'
    """
    return f"fewer than {fewer_than}"


def names(items: Sequence[str], *, limit: int | None = None) -> str:
    """Names in a sentence; those over `limit` are counted.

    >>> names(["Elmwood", "Bayfield", "Summit"]), names(["A", "B", "C", "D"], limit=2)
    ('Elmwood, Bayfield and Summit', 'A, B and 2 more')
    """
    shown = list(items)
    if limit is not None and len(shown) > limit:
        shown = [*shown[:limit], f"{len(shown) - limit} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
