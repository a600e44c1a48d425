"""What was known then: the read model's tables as of an earlier event, as common table expressions.

A vintage needs no copy. The rows that were believed at the event are the current ones loaded by
then and the superseded ones that had not yet given way; their marks are worked out anew. The names
are those of the published tables, so any query over the read model runs unchanged below them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pipelines.errors import UsageProblem
from pipelines.warehouse import decided, model
from pipelines.warehouse.coverage import coverage_query
from pipelines.warehouse.publish import marks_query
from pipelines.warehouse.reader import Reader


def event_of(reader: Reader, as_of: int | date) -> int:
    """The event that a load's number or a day means. UsageProblem when nothing was loaded then."""
    if isinstance(as_of, int):
        found = reader.query("SELECT max(event) AS e FROM loads WHERE event <= ?", [as_of])
    else:
        found = reader.query(
            "SELECT max(event) AS e FROM loads WHERE CAST(moment AS DATE) <= ?", [as_of]
        )
    event = found["e"][0]
    if event is None:
        raise UsageProblem("Nothing had been loaded by then. `rounds status` lists the loads.")
    return int(event)


def decided_by(as_of: int | date, source: str = "main") -> str:
    """The condition on a decision's `moment` under which it was known: `source` holds the loads.

    A load's number means the moment of that load, a day its end: what people decided on a day is
    known by it, also where they did after the day's last load.
    """
    if isinstance(as_of, date):
        return f"CAST(moment AS DATE) <= DATE '{as_of}'"
    return f"moment <= (SELECT max(moment) FROM {source}.loads WHERE event <= {as_of})"


def vintage(reader: Reader, as_of: int | date, derived: Mapping[str, str] = model.DERIVED) -> str:
    """The tables of the read model as of a load or a day: "name AS (…), name AS (…)".

    `derived` are those made of others, in order: summed, or line by line (`traced.TRACED`). What
    people had decided is that of the load's moment, or of the day's end (`decided_by`).
    UsageProblem when nothing had been loaded by then.
    """
    event = event_of(reader, as_of)
    tables = {"budget_edits": decided.edits(decided_by(as_of))}
    tables |= {feed: marks_query(feed, known(feed, event, reader.columns)) for feed in model.ROWS}
    tables["coverage"] = coverage_query()
    tables |= derived
    return ", ".join(f"{name} AS ({query})" for name, query in tables.items())


def known(
    feed: str, event: int, columns: Mapping[str, frozenset[str]], source: str = "main"
) -> str:
    """A feed's rows that were believed at an event, without their marks; `source` holds them."""
    names = ", ".join(f'"{name}"' for name in sorted(columns[f"{feed}_history"]))
    return (
        f"(SELECT {names} FROM {source}.{feed} WHERE loaded_in <= {event} UNION ALL "
        f"SELECT {names} FROM {source}.{feed}_history "
        f"WHERE loaded_in <= {event} AND superseded_in > {event})"
    )
