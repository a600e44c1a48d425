"""How wide a table's columns are, on slides and on paper: by measure, not by guess."""

from __future__ import annotations

from pipelines.packs.content import Table
from pipelines.packs.look import width

MOST = 0.45  # of a table that a column may insist on


def widths_of(table: Table, across: float, size: float, head: float, side: float) -> list[float]:
    """Widths by the columns' shares, none narrower than its longest figure, word or heading word.

    All in points: `size` and `head` are those of the letters, `side` the blank on either side.
    """
    needed = []
    for at, column in enumerate(table.columns):
        texts = [row[at].text for row in (*table.rows[: 3 * table.shown], *table.total)]
        words = [word for text in texts for word in ([text] if column.right else text.split())]
        longest = max((width(word, size, bold=True) for word in words), default=0.0)
        heading = max(width(word, head) for word in [*column.label.split(), ""])
        needed.append(min(max(longest, heading) + 2 * side + 1.5, MOST * across))
    total = sum(column.width for column in table.columns)
    wished = [across * column.width / total for column in table.columns]
    given = [max(wish, need) for wish, need in zip(wished, needed, strict=True)]
    slack = [size - need for size, need in zip(given, needed, strict=True)]
    over = sum(given) - across
    if over > 0 and sum(slack) > 0:
        cut = min(1.0, over / sum(slack))
        given = [size - cut * free for size, free in zip(given, slack, strict=True)]
    return [size * across / sum(given) for size in given]
