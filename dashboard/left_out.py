"""Months of a budget that are compared with nothing, named."""

from __future__ import annotations

from dashboard import format as fmt
from dashboard import layout, scope, sentences, store
from dashboard.components import Column, Row, responsive_table

GAPS = 12  # site-months left out that are named before they are counted


def draw(chosen: scope.Scope) -> None:
    """Months whose actual is missing, named: they are in neither side."""
    first, last = chosen.period.start, chosen.period.stop
    found = store.listed("left out of budget", first, last, where=chosen.where)
    if found.is_empty():
        return
    layout.block(
        "Left out of both sides",
        "The budget of these months has no whole cost to stand beside it, so it is not compared: "
        "a missing export would look like a saving.",
    )
    rows = [
        Row(
            [
                row["site_name"],
                sentences.SUBJECTS.get(row["subject"], row["subject"].capitalize()),
                fmt.names([fmt.month(month) for month in row["months"]], limit=4),
                "came for a part of the month" if row["partly"] else "never came",
                fmt.money(row["budget"], row["currency"]),
            ],
            link=scope.to_site(row["site"]),
        )
        for row in found.head(GAPS).iter_rows(named=True)
    ]
    columns = [
        Column("Site"),
        Column("Subject", phone="second", quiet=True),
        Column("Months", phone="second", quiet=True),
        Column("Cost", phone="own"),
        Column("Budget left out", align="right", phone="value"),
    ]
    responsive_table(columns, rows, key="left-out", label="Months left out of the comparison")
    if found.height > GAPS:
        layout.note(f"{fmt.counted(found.height - GAPS, 'more line')} like these.")
