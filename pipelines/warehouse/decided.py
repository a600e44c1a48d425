"""Targets and budget amounts that people set, from the state into the read model.

Every version goes along, with author and moment, so that a build can tell what the target was as
it was known on any day. Targets from files are facts like others (`model.TARGETS_ROWS`).
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import duckdb

from pipelines.settings import Home
from pipelines.state import Decision, What, decide, history

TABLE = """
CREATE TABLE target_decisions (number INTEGER NOT NULL, moment TIMESTAMP NOT NULL,
  author VARCHAR NOT NULL, metric VARCHAR NOT NULL, place VARCHAR NOT NULL, site VARCHAR,
  region VARCHAR, from_month DATE NOT NULL, to_month DATE, value DECIMAL(18,6), currency VARCHAR,
  reason VARCHAR)
"""
BUDGETS = """
CREATE TABLE budget_decisions (number INTEGER NOT NULL, moment TIMESTAMP NOT NULL,
  author VARCHAR NOT NULL, site VARCHAR NOT NULL, month DATE NOT NULL, subject VARCHAR NOT NULL,
  currency VARCHAR NOT NULL, amount DECIMAL(18,4), reason VARCHAR)
"""


def stage(sql: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make `target_decisions`, one row a decision; one that takes a target back has no value."""
    sql.execute(TABLE)
    rows = [_row(decision) for decision in history(home, What.TARGET)]
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        sql.executemany(f"INSERT INTO target_decisions VALUES ({marks})", rows)


def stage_budgets(sql: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make `budget_decisions`, one row a decision, and `budget_edits`, the amounts that stand."""
    sql.execute(BUDGETS)
    rows = [
        [d.number, d.moment, d.author, d.scope, *json.loads(d.name), d.value.get("amount"),
         d.value.get("reason")]
        for d in history(home, What.BUDGET)
    ]  # fmt: skip
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        sql.executemany(f"INSERT INTO budget_decisions VALUES ({marks})", rows)
    sql.execute(f"CREATE TABLE budget_edits AS {edits()}")


def edits(known_by: str = "true") -> str:
    """(site, subject, month, currency, amount) of the budget amounts that people set, and stand.

    `known_by` is the condition on the moment under which a decision was known.
    """
    return (
        "SELECT site, subject, month, currency, amount FROM (SELECT * FROM budget_decisions "
        f"WHERE {known_by} QUALIFY row_number() OVER (PARTITION BY site, subject, month, currency "
        "ORDER BY number DESC) = 1) WHERE amount IS NOT NULL"
    )


def keep_budget(
    home: Home, site: str, subject: str, month: date, currency: str, amount: Decimal | None,
    *, reason: str = "", by: str | None = None,
) -> Decision:  # fmt: skip
    """Keep a budget's amount of a site, subject and month, or take it back with None."""
    name = json.dumps([month.replace(day=1).isoformat(), subject, currency])
    value = {"amount": f"{amount:f}", "reason": reason} if amount is not None else {}
    return decide(home, What.BUDGET, site, name, value, by)


def budgets_fingerprint(home: Home) -> str:
    """A text that changes whenever somebody sets an amount of the budget."""
    return BUDGETS + edits() + json.dumps([[d.number, d.value] for d in history(home, What.BUDGET)])


def fingerprint(home: Home) -> str:
    """A text that changes whenever somebody decides about a target."""
    decided = [[d.number, d.scope, d.name, d.value] for d in history(home, What.TARGET)]
    return TABLE + json.dumps(decided)


def keep(
    home: Home, metric: str, place: tuple[str, str], first: date, value: Decimal | None,
    *, last: date | None = None, currency: str | None = None, reason: str = "",
    by: str | None = None,
) -> Decision:  # fmt: skip
    """Keep a target from the month of `first` to that of `last`, or take it back with None.

    `place` is ("all", ""), ("region", name) or ("site", id); `value` is in the metric's own unit.
    StoreProblem when the state can't be written.
    """
    told = {"value": f"{value:f}", "reason": reason} if value is not None else {}
    if told and last is not None:
        told["to"] = last.replace(day=1).isoformat()
    name = [first.replace(day=1).isoformat(), currency or "", *place]
    return decide(home, What.TARGET, metric, json.dumps(name, ensure_ascii=False), told, by)


def _row(decision: Decision) -> list[object]:
    first, currency, kind, place = json.loads(decision.name)
    value = decision.value
    return [
        decision.number, decision.moment, decision.author, decision.scope,
        f"{kind} {place}".strip(), place if kind == "site" else None,
        place if kind == "region" else None, first, value.get("to"),
        Decimal(value["value"]) if value else None, currency or None, value.get("reason"),
    ]  # fmt: skip
