"""What falls into a span of days of an amount that reaches over several."""

from __future__ import annotations


def share(amount: str, first: str) -> str:
    """The part of a row's amount that falls between `first` and the period's end, by days.

    SQL over rows `f` with `date` and `last`, and periods `p` with `stop`. Differences of rounded
    running shares: the parts of a row add up to the whole.
    """
    days = "(datediff('day', f.date, f.last) + 1)"
    upto = "(datediff('day', f.date, least(f.last, p.stop)) + 1)"
    before = f"greatest(datediff('day', f.date, {first}), 0)"
    running = f"round(CAST({amount} AS DOUBLE)"
    return (
        f"CASE WHEN f.last = f.date THEN {amount} ELSE CAST({running} * {upto} / {days}, 4) "
        f"- {running} * {before} / {days}, 4) AS DECIMAL(18,4)) END"
    )
