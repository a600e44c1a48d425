"""Words that stand where a figure would."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.format.figures import Number, counted

_NO_UNIT = {"", "each", "ea", "unit"}


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


def quantity(figure: Number | None, unit: str | None) -> str:
    """A quantity of supplies in its unit of measure, in the right number.

    >>> quantity(125, "box"), quantity(1, "vial"), quantity(3, "pouch"), quantity(2, None)
    ('125 boxes', '1 vial', '3 pouches', '2 units')
    """
    noun = "unit" if unit is None or unit.lower() in _NO_UNIT else unit.lower()
    return counted(figure, noun, noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s"))
