"""The Budget page's word on each gap: timing, one-off, or what goes on, and the reasons for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, scope, sentences, store
from dashboard.components import Cell, Column, Row, responsive_table
from pipelines.analysis.causes.timing import TIMING, Kind, kind_of

SHOWN = 6  # reasons in sight
WORDS: dict[Kind, str] = {
    "timing": "timing",
    "one_off": "one-off",
    "run_rate": "goes on",
    "mixed": "mixed",
    "none": "–",
}


def kinds(chosen: scope.Scope, by: str) -> Mapping[tuple[str, str], Cell]:
    """The tag of each gap, by the name of a site or subject and its currency."""
    found = store.listed(
        "timing by", chosen.period.start, chosen.period.stop, where=chosen.where, by=by
    )
    return {(row[by], row["currency"]): _tag(row) for row in found.iter_rows(named=True)}


def _tag(row: Mapping[str, Any]) -> Cell:
    """What most of a gap is and, below, what of it is no run-rate."""
    kind = kind_of(row["timing"], row["one_off"], row["run_rate"])
    told = {"timing": row["timing"], "one_off": row["one_off"]}
    words = {"timing": "timing", "one_off": "one-off"}
    second = [
        f"{fmt.money(amount, row['currency'], signed=True)} {words[name]}"
        for name, amount in told.items()
        if amount
    ]
    return Cell(WORDS[kind], second=fmt.names(second), tone="muted" if kind == "none" else "plain")


def reasons(chosen: scope.Scope, currency: str) -> None:
    """What of the gap belongs to other months or came once, site by site; the largest in sight."""
    found = store.listed("timing", chosen.period.start, chosen.period.stop, where=chosen.where)
    if not found:
        return
    rows = [
        (one, reason) for one in found for reason in one.told.reasons if one.currency == currency
    ]
    if not rows:
        layout.block("Nothing of the gap is timing or one-off")
        layout.empty(
            "No pay date, early or late invoice, flat budget or single large line explains any "
            "of it: what there is goes on."
        )
        return
    rows.sort(key=lambda pair: -abs(pair[1].amount))
    timing = sum(reason.amount for _, reason in rows if reason.part in TIMING)
    once = sum(reason.amount for _, reason in rows if reason.part == "one_off")
    said = [
        f"{fmt.money(amount, currency, signed=True)} {what}"
        for amount, what in ((timing, "is timing"), (once, "came once"))
        if amount
    ]
    layout.block(
        f"Of the gap {fmt.names(said)}" if said else "What of the gap is timing cancels out",
        "Timing evens out over the months; largest first.",
    )
    columns = [
        Column("Site"),
        Column("Why", phone="own", quiet=True),
        Column("Month", phone="second", quiet=True),
        Column("Amount", align="right", phone="value"),
    ]
    made = [
        Row(
            [
                Cell(
                    store.name_of(one.site),
                    second=sentences.SUBJECTS.get(one.subject, one.subject.capitalize()),
                ),
                reason.sentence[:1].upper() + reason.sentence[1:],
                fmt.month(one.month),
                fmt.money(reason.amount, currency, signed=True),
            ],
            link=scope.to_site(one.site),
        )
        for one, reason in rows
    ]
    label = "What of the gap is timing or one-off"
    responsive_table(columns, made[:SHOWN], key=f"timing-{currency}", label=label)
    rest = made[SHOWN : 20 * SHOWN]
    if rest:
        title = f"Show {fmt.count(len(rest))} more"
        with st.expander(title, on_change="rerun", key=f"more-timing-{currency}") as more:
            if more.open:
                responsive_table(columns, rest, key=f"timing-rest-{currency}", label=label)
