"""Price rises in words: a contract's terms, and what they cost as far as that is known."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines import format as fmt

UNKNOWN = "not known yet"


def terms(row: Mapping[str, Any]) -> str:
    """How a contract's price rises: "+3.0 %", "agreed steps", "as CPI-U"; "–" if not stated."""
    if row["escalator_steps"]:
        return "agreed steps"
    if row["escalator_index"]:
        return f"as {row['escalator_index']}"
    rise = row["escalator"]
    return fmt.percent(None if rise is None else float(rise) / 100, signed=True)


def cost(low: Decimal | None, high: Decimal | None, currency: str) -> str:
    """What rises cost: "$1.1k", "$1.5k to $2.6k", "from $1.5k", "up to $2.6k", "not known yet"."""
    if low is None and high is None:
        return UNKNOWN
    if low == high:
        return fmt.money(low, currency)
    if high is None:
        return f"from {fmt.money(low, currency)}"
    if low is None:
        return f"up to {fmt.money(high, currency)}"
    return fmt.money_range(low, high, currency)


def total(found: pl.DataFrame, currency: str) -> str:
    """What the rises of several contracts in one currency cost, and of how many nobody knows yet.

    Those of which nothing at all is known are counted and left out of the sum.
    """
    told = found.filter(pl.col("low").is_not_null() | pl.col("high").is_not_null())
    open_ended = found.height - told.height
    if told.is_empty():
        return UNKNOWN
    low, high = (_sum(told[name]) for name in ("low", "high"))
    said = cost(low, high, currency)
    if said == UNKNOWN:  # some have no floor and others no cap
        return UNKNOWN
    return f"{said}, {fmt.count(open_ended)} {UNKNOWN}" if open_ended else said


def _sum(amounts: pl.Series) -> Decimal | None:
    """Their sum, without bound where one of them has none."""
    return None if amounts.null_count() else sum(amounts, Decimal(0))


def finding(following: pl.DataFrame) -> str:
    """What the rises of one year cost, each currency apart: never across two."""
    told = following.filter(pl.col("low").is_not_null() | pl.col("high").is_not_null())
    year, unknown = following["fiscal_year"][0], following.height - told.height
    of = f"of {fmt.counted(unknown, 'contract')}"
    parts = told.group_by("currency", maintain_order=True)
    said = [total(part, str(currency)) for (currency,), part in parts]
    if not said or UNKNOWN in said:
        return f"What price rises cost in {year} is {UNKNOWN}"
    rest = f", {of} {UNKNOWN}" if unknown else ""
    return f"Price rises cost {fmt.names(said)} in {year}{rest}"


def by_contract(found: pl.DataFrame) -> list[list[dict[str, Any]]]:
    """The rows of each contract in the order of its years, the dearest of the next year first."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found.sort("fiscal_year").iter_rows(named=True):
        groups.setdefault((row["site"], row["contract"]), []).append(row)
    return sorted(groups.values(), key=_next, reverse=True)


def _next(rows: list[dict[str, Any]]) -> Decimal:
    """What the rises of next year cost at most, as far as that is known."""
    row = rows[min(1, len(rows) - 1)]
    known = [end for end in (row["high"], row["low"]) if end is not None]
    return Decimal(known[0]) if known else Decimal(-1)
